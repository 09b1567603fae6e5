"""Paintings that go on from a former one."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from stylizer.errors import StartOfAnotherShape, StartTooLarge
from stylizer.events import Event, Finished, Started
from stylizer.images import Picture, open_picture
from stylizer.painter import Painter
from stylizer.recipe import Recipe, Scale, load_recipe
from stylizer.scales import plan_scales
from stylizer.timelapse import DEFAULT_GIF_LIMIT_BYTES
from tests.stylizer.conftest import photograph, plain, stripes, strokes

SMALL_PX, LARGE_PX = 64, 128
CONTENT = photograph(96, 72)


@pytest.fixture
def recipe() -> Recipe:
    return load_recipe("painterly", longest_side_px=LARGE_PX, scales=(Scale(0.5, 12), Scale(1.0, 4)))


def paint(
    painter: Painter,
    recipe: Recipe,
    *,
    start: Picture | None = None,
    seed: int = 0,
    content: Picture = CONTENT,
    with_gif: bool = False,
) -> list[Event]:
    limit_bytes = DEFAULT_GIF_LIMIT_BYTES if with_gif else 0
    return list(
        painter.paint(content, strokes(128), recipe=recipe, start=start, seed=seed, gif_limit_bytes=limit_bytes)
    )


def painted(events: list[Event]) -> Picture:
    assert isinstance(events[-1], Finished)
    return open_picture(events[-1].painting)


def small(painter: Painter, recipe: Recipe, *, seed: int = 0) -> Picture:
    coarsest = Scale(1.0, recipe.scales[0].steps)
    return painted(paint(painter, recipe.with_overrides(longest_side_px=SMALL_PX, scales=(coarsest,)), seed=seed))


def structure(painting: Picture) -> NDArray[np.float64]:
    """Return the painting at the small one's size."""
    image = Image.fromarray(painting.rgb).resize((SMALL_PX, SMALL_PX * 3 // 4), Image.Resampling.LANCZOS)
    return np.asarray(image, np.float64)


def distance(one: Picture, other: Picture) -> float:
    return float(np.sqrt(np.square(structure(one) - structure(other)).mean()))


@pytest.mark.parametrize(
    "overrides",
    [{}, {"colors": "content"}, {"colors": "matched"}, {"style_strength": 0.5}, {"style_strength": 2.0}],
    ids=str,
)
def test_the_large_painting_has_the_structure_of_the_small_one(
    tiny_painter: Painter, recipe: Recipe, overrides: dict[str, Any]
) -> None:
    recipe = recipe.with_overrides(**overrides)
    chosen = small(tiny_painter, recipe, seed=1)
    continued = painted(paint(tiny_painter, recipe, start=chosen, seed=1))
    others = [painted(paint(tiny_painter, recipe, seed=seed)) for seed in (0, 2)]
    assert (continued.width_px, continued.height_px) == (LARGE_PX, LARGE_PX * 3 // 4)
    assert distance(continued, chosen) < min(distance(other, chosen) for other in others) / 2


@pytest.mark.weights
def test_the_real_network_keeps_the_structure_of_the_small_painting(real_painter: Painter) -> None:
    recipe = load_recipe("draft", longest_side_px=LARGE_PX, scales=(Scale(0.5, 12), Scale(1.0, 3)))
    chosen = small(real_painter, recipe, seed=1)
    continued = painted(paint(real_painter, recipe, start=chosen, seed=1))
    other = painted(paint(real_painter, recipe, seed=2))
    assert distance(continued, chosen) < distance(other, chosen) / 2


def test_a_continued_painting_is_nearly_the_one_painted_without_a_break(tiny_painter: Painter, recipe: Recipe) -> None:
    chosen = small(tiny_painter, recipe)
    continued, whole = (painted(paint(tiny_painter, recipe, start=start)) for start in (chosen, None))
    other = painted(paint(tiny_painter, recipe, seed=1))
    differences = [np.abs(one.rgb.astype(int) - whole.rgb).mean() for one in (continued, other)]
    assert differences[0] < differences[1] / 5


def test_only_scales_larger_than_the_start_are_painted(tiny_painter: Painter, quick_recipe: Recipe) -> None:
    recipe = quick_recipe.with_overrides(longest_side_px=256)
    scales = {}
    for size_px in (64, 128, 141, 200):
        start = photograph(size_px, size_px * 2 // 3)
        started = next(tiny_painter.paint(photograph(256, 171), stripes(), recipe=recipe, start=start))
        assert isinstance(started, Started)
        scales[size_px] = started.scales
    both, last = ((141, 94), (256, 171)), ((256, 171),)
    assert scales == {64: both, 128: both, 141: last, 200: last}


def test_a_recipe_with_one_scale_continues_at_that_scale(tiny_painter: Painter) -> None:
    recipe = load_recipe("classic", longest_side_px=96, scales=(Scale(1.0, 2),))
    started, *_, last = paint(tiny_painter, recipe, start=photograph(48, 36))
    assert isinstance(started, Started)
    assert started.scales == ((96, 72),)
    assert isinstance(last, Finished)


def test_the_timelapse_of_a_continued_painting_begins_with_the_small_one(tiny_painter: Painter, recipe: Recipe) -> None:
    start = plain(48, 36, (250, 0, 0))
    last = paint(tiny_painter, recipe, start=start, with_gif=True)[-1]
    assert isinstance(last, Finished)
    with Image.open(io.BytesIO(last.gif)) as gif:
        red, green, blue = np.asarray(gif.convert("RGB")).reshape(-1, 3).mean(axis=0)
    assert red > 230
    assert max(green, blue) < 30


def test_a_painting_of_the_same_size_gets_more_steps_on_the_finest_canvas(
    tiny_painter: Painter, recipe: Recipe
) -> None:
    first = paint(tiny_painter, recipe)
    started, *_, last = paint(tiny_painter, recipe.with_overrides(more_steps=7), start=painted(first))
    assert isinstance(first[-1], Finished)
    assert isinstance(started, Started)
    assert (started.scales, started.steps) == (((LARGE_PX, LARGE_PX * 3 // 4),), 7)
    assert isinstance(last, Finished)
    assert last.losses.total < first[-1].losses.total
    assert distance(painted(first), painted([last])) < distance(
        painted(first), painted(paint(tiny_painter, recipe, seed=1))
    )


def test_more_steps_are_taken_with_all_layers_of_the_recipe() -> None:
    draft = load_recipe("draft")
    (last,) = plan_scales(draft, width_px=512, height_px=384, start_px=512)
    assert last.steps == draft.more_steps
    assert draft.at(last.settings) == draft
    assert draft.at(draft.scales[-1]) != draft


@pytest.mark.parametrize("size", [(132, 99), (200, 150)])
def test_a_larger_painting_is_refused(tiny_painter: Painter, recipe: Recipe, size: tuple[int, int]) -> None:
    with pytest.raises(StartTooLarge, match=r"so it can't be continued at 128 px\. Choose a larger size"):
        paint(tiny_painter, recipe, start=photograph(*size))


@pytest.mark.parametrize("size", [(64, 64), (48, 64), (64, 43)])
def test_a_painting_of_another_shape_is_refused(tiny_painter: Painter, recipe: Recipe, size: tuple[int, int]) -> None:
    with pytest.raises(StartOfAnotherShape, match=r"would be \d+ × \d+\. Continue a painting of the same picture"):
        paint(tiny_painter, recipe, start=photograph(*size))


@pytest.mark.parametrize("size", [(64, 48), (64, 47), (65, 49), (33, 25)])
def test_rounded_sides_are_no_other_shape(tiny_painter: Painter, recipe: Recipe, size: tuple[int, int]) -> None:
    assert painted(paint(tiny_painter, recipe, start=photograph(*size))).width_px == LARGE_PX


def test_a_transparent_painting_is_continued_with_its_transparency(tiny_painter: Painter, recipe: Recipe) -> None:
    content = photograph(96, 72, alpha=True)
    recipe = recipe.with_overrides(scales=(Scale(0.5, 2), Scale(1.0, 2)))
    chosen = painted(paint(tiny_painter, recipe.with_overrides(longest_side_px=SMALL_PX), content=content))
    continued = painted(paint(tiny_painter, recipe, start=chosen, content=content))
    assert continued.alpha is not None
    assert (continued.alpha[:, :50].max(), continued.alpha[:, 80:].min()) == (0, 255)
