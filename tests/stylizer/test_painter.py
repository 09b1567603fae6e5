"""The painter with a tiny network, and in a few tests with the real one."""

from __future__ import annotations

import io
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageDraw, ImageFilter, ImageSequence

from stylizer.colors_only import recolor
from stylizer.errors import OutOfMemory, UnknownPrecision
from stylizer.events import THUMBNAIL_PX, Event, Finished, Progress, Started
from stylizer.images import Picture, encode_preview
from stylizer.objective import Aim, Evaluation, Objective, WeightedStyle
from stylizer.optimizers import make_optimizer
from stylizer.painter import Painter
from stylizer.recipe import Colors, Recipe, Scale, load_recipe, recipe_names
from stylizer.scales import plan_scales
from stylizer.timelapse import DEFAULT_GIF_LIMIT_BYTES
from stylizer.vgg16 import VGG16
from stylizer.weights import load_weights, random_weights
from tests.stylizer.conftest import TINY_CHANNELS, photograph, plain, shortened, stripes, strokes


def paint(
    painter: Painter,
    recipe: Recipe,
    *,
    content: Picture | None = None,
    style: Picture | None = None,
    seed: int = 0,
    with_gif: bool = False,
) -> list[Event]:
    """Return the events of a painting. Its GIF would take longer than painting does with a tiny network."""
    pictures = (content or photograph(), style or stripes())
    limit_bytes = DEFAULT_GIF_LIMIT_BYTES if with_gif else 0
    return list(painter.paint(*pictures, recipe=recipe, seed=seed, gif_limit_bytes=limit_bytes))


SLOW = {"settled_decrease": 1, "settled_steps": 2}
"""L-BFGS's settings with which every step counts as slow, and the second is the last."""


def finished(events: list[Event]) -> Finished:
    last = events[-1]
    assert isinstance(last, Finished)
    return last


def pixels(encoded: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(encoded)))


def test_the_events_are_started_then_every_step_then_finished(tiny_painter: Painter, quick_recipe: Recipe) -> None:
    started, *steps, last = paint(tiny_painter, quick_recipe)
    assert isinstance(started, Started)
    assert (started.width_px, started.height_px) == (64, 43)
    assert [step.step for step in steps if isinstance(step, Progress)] == list(range(1, started.steps + 1))
    assert isinstance(last, Finished)
    assert (last.width_px, last.height_px, last.steps) == (64, 43, started.steps)
    assert pixels(last.painting).shape == (43, 64, 3)


def test_a_painter_asks_before_it_computes_a_step_ahead(tiny_painter: Painter, quick_recipe: Recipe) -> None:
    answers = []

    def is_canceled() -> bool:
        answers.append(True)
        return True

    started, *steps, last = tiny_painter.paint(photograph(), stripes(), recipe=quick_recipe, is_canceled=is_canceled)

    assert isinstance(started, Started)
    assert len(answers) == len(steps) - len(started.scales)  # no step follows the last one of a scale
    assert finished([last]).painting == finished(paint(tiny_painter, quick_recipe)).painting


def test_the_first_step_already_has_a_preview_at_full_size(tiny_painter: Painter, quick_recipe: Recipe) -> None:
    first = paint(tiny_painter, quick_recipe)[1]
    assert isinstance(first, Progress)
    assert first.preview is not None
    with Image.open(io.BytesIO(first.preview)) as preview:
        assert preview.format == "JPEG"
        assert preview.width > preview.height


def test_the_painting_gets_closer_to_the_style(tiny_painter: Painter) -> None:
    steps = [
        event for event in paint(tiny_painter, load_recipe("sketch", longest_side_px=64)) if isinstance(event, Progress)
    ]
    assert steps[-1].losses.style < steps[0].losses.style / 2
    assert steps[-1].losses.total == pytest.approx(
        steps[-1].losses.content + steps[-1].losses.style + steps[-1].losses.total_variation, rel=1e-4
    )


def test_the_time_left_falls_to_zero(tiny_painter: Painter, quick_recipe: Recipe) -> None:
    steps = [event for event in paint(tiny_painter, quick_recipe) if isinstance(event, Progress)]
    assert all(step.seconds_left is not None and step.seconds_left >= 0 for step in steps)
    assert steps[-1].seconds_left == 0


def test_a_warm_painter_knows_what_a_step_takes_and_each_painting_measures_it_again(
    tiny_painter: Painter, quick_recipe: Recipe
) -> None:
    assert tiny_painter.step_cost.seconds_per_pixel > 0

    last = finished(paint(tiny_painter, quick_recipe))

    assert last.step_cost == tiny_painter.step_cost
    scales = plan_scales(quick_recipe, width_px=last.width_px, height_px=last.height_px)
    assert 0 < tiny_painter.step_cost.seconds(scales) <= 1.001 * last.seconds


def test_a_photograph_left_as_it_is_measures_nothing(tiny_painter: Painter, quick_recipe: Recipe) -> None:
    before = tiny_painter.step_cost

    paint(tiny_painter, quick_recipe.with_overrides(style_strength=0.0))

    assert tiny_painter.step_cost == before


def test_a_scale_ends_when_nothing_moves_any_more(tiny_painter: Painter, quick_recipe: Recipe) -> None:
    recipe = quick_recipe.with_overrides(longest_side_px=255, lbfgs=SLOW)
    started, *steps, last = paint(tiny_painter, recipe, with_gif=True)
    assert isinstance(started, Started)
    assert isinstance(last, Finished)
    done = [(step.scale, step.step, step.steps) for step in steps if isinstance(step, Progress)]
    assert done == [(1, 1, 9), (1, 2, 8), (2, 3, 8), (2, 4, 7), (3, 5, 7), (3, 6, 6)]
    assert (started.steps, last.steps) == (9, 6)
    assert isinstance(steps[-1], Progress)
    assert steps[-1].seconds_left == 0
    with Image.open(io.BytesIO(last.gif)) as gif:
        frames = [np.asarray(frame.convert("RGB"), float) for frame in ImageSequence.Iterator(gif)]
    painting = Image.fromarray(pixels(last.painting)).resize(frames[-1].shape[1::-1])
    assert np.abs(frames[-1] - np.asarray(painting)).mean() < 8
    assert len(frames) == 7


def test_stopping_early_does_not_change_the_painting_before(tiny_painter: Painter, quick_recipe: Recipe) -> None:
    planned = shortened(quick_recipe.with_overrides(longest_side_px=192), steps=2)
    early = shortened(planned, steps=3).with_overrides(lbfgs=SLOW)
    assert finished(paint(tiny_painter, early)).painting == finished(paint(tiny_painter, planned)).painting


@pytest.mark.parametrize("name", recipe_names())
def test_every_recipe_paints(tiny_painter: Painter, name: str) -> None:
    recipe = shortened(load_recipe(name, longest_side_px=96), steps=2)
    result = finished(paint(tiny_painter, recipe))
    assert max(result.width_px, result.height_px) == 96
    assert result.recipe == name


@pytest.mark.parametrize(("width_px", "height_px"), [(256, 32), (32, 256), (300, 16), (17, 17)])
def test_the_shape_of_the_content_is_kept(
    tiny_painter: Painter, quick_recipe: Recipe, width_px: int, height_px: int
) -> None:
    result = finished(paint(tiny_painter, quick_recipe, content=photograph(width_px, height_px)))
    assert max(result.width_px, result.height_px) == 64
    assert result.width_px / result.height_px == pytest.approx(width_px / height_px, rel=0.2)
    assert pixels(result.painting).shape[:2] == (result.height_px, result.width_px)


@pytest.mark.parametrize(("size", "enlargement"), [((16, 12), 4.0), ((64, 48), 1.0), ((640, 480), 1.0)])
def test_finished_reports_how_much_the_content_was_enlarged(
    tiny_painter: Painter, quick_recipe: Recipe, size: tuple[int, int], enlargement: float
) -> None:
    content = Picture(np.full((size[1], size[0], 3), 90, np.uint8), None)

    assert finished(paint(tiny_painter, quick_recipe, content=content)).enlargement == enlargement


def test_the_same_seed_gives_the_same_bytes_and_another_seed_differs(
    tiny_painter: Painter, quick_recipe: Recipe
) -> None:
    first, again, other = (finished(paint(tiny_painter, quick_recipe, seed=seed, with_gif=True)) for seed in (3, 3, 4))
    assert (first.painting, first.gif) == (again.painting, again.gif)
    assert other.painting != first.painting


def test_painting_can_stop_after_any_step_and_the_painter_stays_usable(
    tiny_painter: Painter, quick_recipe: Recipe
) -> None:
    with closing(tiny_painter.paint(photograph(), stripes(), recipe=quick_recipe)) as painting:
        assert isinstance(next(painting), Started)
        assert isinstance(next(painting), Progress)
    assert finished(paint(tiny_painter, quick_recipe)).steps == 9


def test_transparency_is_restored_on_the_painting(tiny_painter: Painter, quick_recipe: Recipe) -> None:
    content = photograph(64, 64, alpha=True)
    result = finished(paint(tiny_painter, quick_recipe, content=content))
    painting = pixels(result.painting)
    assert painting.shape == (64, 64, 4)
    assert painting[:, :28, 3].max() == 0
    assert painting[:, 36:, 3].min() == 255


def test_the_gif_of_a_transparent_painting_is_transparent(tiny_painter: Painter, quick_recipe: Recipe) -> None:
    content = photograph(64, 64, alpha=True)
    result = finished(paint(tiny_painter, quick_recipe, content=content, with_gif=True))
    with Image.open(io.BytesIO(result.gif)) as gif:
        for frame in ImageSequence.Iterator(gif):
            alpha = np.asarray(frame.convert("RGBA").getchannel("A"))
            assert alpha[:, :28].max() == 0
            assert alpha[:, 36:].min() == 255


def test_previews_and_thumbnails_of_a_transparent_picture_are_on_white(
    tiny_painter: Painter, quick_recipe: Recipe
) -> None:
    events = paint(tiny_painter, quick_recipe, content=photograph(64, 64, alpha=True))
    previews = [event.preview for event in events if isinstance(event, Progress) and event.preview is not None]
    for encoded in (*previews, finished(events).content_thumbnail, finished(events).thumbnail):
        shown = pixels(encoded)
        assert shown[:, : shown.shape[1] * 2 // 5].min() > 230
        assert shown[:, shown.shape[1] * 3 // 5 :].mean() < 200


@pytest.mark.parametrize("strength", [0.1, 1])
def test_the_thumbnail_shows_the_painting(tiny_painter: Painter, quick_recipe: Recipe, strength: float) -> None:
    last = finished(paint(tiny_painter, quick_recipe.with_overrides(style_strength=strength)))
    shown = pixels(encode_preview(pixels(last.painting), longest_side_px=THUMBNAIL_PX))
    assert np.abs(pixels(last.thumbnail) - shown.astype(float)).mean() < 1


def test_keeping_colors_keeps_the_chroma_of_the_content(tiny_painter: Painter, quick_recipe: Recipe) -> None:
    content = photograph(64, 64)
    kept = finished(paint(tiny_painter, quick_recipe.with_overrides(colors="content"), content=content))
    chroma = [
        np.asarray(Image.fromarray(rgb).convert("YCbCr"), dtype=float)[..., 1:]
        for rgb in (content.rgb, pixels(kept.painting))
    ]
    # A pixel that leaves the range of RGB loses some chroma; the picture as a whole does not.
    assert np.median(np.abs(chroma[0] - chroma[1])) <= 2


def test_matched_colors_are_nearer_to_the_content_than_the_styles(tiny_painter: Painter, quick_recipe: Recipe) -> None:
    content, style = photograph(64, 64), stripes(64, 64)
    recipe = quick_recipe.with_overrides(start={"picture": "noise"})  # begins with nothing but the style's colors
    away = {}
    for colors in ("style", "matched"):
        painting = painted(tiny_painter, recipe.with_overrides(colors=colors), content, style)
        away[colors] = np.abs(painting.mean(axis=(0, 1)) - content.rgb.mean(axis=(0, 1))).max()
    assert away["matched"] < away["style"] / 2


def test_only_the_colors_need_no_steps(tiny_painter: Painter, quick_recipe: Recipe) -> None:
    recipe = quick_recipe.with_overrides(colors="only")
    events = paint(tiny_painter, recipe, seed=2)
    assert [type(event) for event in events] == [Started, Progress, Finished]
    assert finished(events).painting == finished(list(recolor(photograph(), stripes(), recipe=recipe, seed=2))).painting


def test_noise_is_a_start_without_the_content(tiny_painter: Painter, quick_recipe: Recipe) -> None:
    recipe = shortened(quick_recipe.with_overrides(start={"picture": "noise"}), steps=1)
    away = []
    for content in (photograph(), plain()):
        with closing(tiny_painter.paint(content, strokes(), recipe=recipe)) as painting:
            _, first = next(painting), next(painting)
        assert isinstance(first, Progress)
        assert first.preview is not None
        away.append(np.abs(pixels(first.preview).mean(axis=(0, 1)) - strokes().rgb.mean(axis=(0, 1))).max())
    assert max(away) < 40


def test_a_gray_photograph_with_matched_colors_is_painted_gray(tiny_painter: Painter, quick_recipe: Recipe) -> None:
    gray = Picture(np.asarray(Image.fromarray(photograph().rgb).convert("L").convert("RGB")), None)
    painting = painted(tiny_painter, quick_recipe.with_overrides(colors="matched"), gray, strokes())
    assert painting.std() > 5
    assert np.ptp(painting, axis=2).max() == 0


def test_more_strength_ends_closer_to_the_style(tiny_painter: Painter) -> None:
    recipe = load_recipe("draft", longest_side_px=64)
    errors = []
    for strength in (1.0, 2.0):
        result = finished(paint(tiny_painter, recipe.with_overrides(style_strength=strength)))
        errors.append(result.losses.style)
    assert errors[1] < errors[0]


def painted(painter: Painter, recipe: Recipe, content: Picture, style: Picture, *, seed: int = 0) -> np.ndarray:
    """Return the painting's pixels as floats from 0 to 255."""
    return pixels(finished(paint(painter, recipe, content=content, style=style, seed=seed)).painting).astype(float)


@pytest.mark.parametrize("name", recipe_names())
@pytest.mark.parametrize("colors", ["style", "content", "matched"])
def test_zero_strength_returns_the_photograph(tiny_painter: Painter, name: str, colors: Colors) -> None:
    content = photograph(96, 64, alpha=True)
    recipe = load_recipe(name, longest_side_px=96, style_strength=0, colors=colors)
    started, step, last = paint(tiny_painter, recipe, content=content, seed=3)
    assert isinstance(started, Started)
    assert (started.steps, started.scales) == (1, ((96, 64),))
    assert isinstance(step, Progress)
    assert step.preview is not None
    assert isinstance(last, Finished)
    painting = pixels(last.painting)
    np.testing.assert_allclose(painting[..., :3].astype(int), content.rgb, atol=1)
    np.testing.assert_array_equal(painting[..., 3], content.alpha)


def test_zero_strength_has_a_gif_too(tiny_painter: Painter, quick_recipe: Recipe) -> None:
    last = finished(paint(tiny_painter, quick_recipe.with_overrides(style_strength=0), with_gif=True))
    with Image.open(io.BytesIO(last.gif)) as gif:
        assert gif.format == "GIF"


@pytest.mark.parametrize("name", recipe_names())
def test_a_weaker_style_gradually_restores_the_photograph(tiny_painter: Painter, name: str) -> None:
    content = photograph(64, 64)
    recipe = shortened(load_recipe(name, longest_side_px=64), steps=5)
    away = [
        np.abs(
            painted(tiny_painter, recipe.with_overrides(style_strength=s), content, stripes(64, 64)) - content.rgb
        ).mean()
        for s in (0.01, 0.25, 0.5, 1)
    ]
    assert away == sorted(away)
    assert away[0] < away[-1] / 2


@pytest.mark.parametrize("name", ["painterly", "classic"])
def test_equal_steps_up_to_1_are_equal_steps_of_content_error(tiny_painter: Painter, name: str) -> None:
    content = photograph(64, 48)
    recipe = shortened(load_recipe(name, longest_side_px=64), steps=6)
    error_of = tiny_painter.content_error.from_content(content.rgb.astype(np.float32) / np.float32(255))
    strengths = (0, 0.25, 0.5, 0.75, 1)
    paintings = [painted(tiny_painter, recipe.with_overrides(style_strength=s), content, strokes()) for s in strengths]
    errors = np.array([error_of(painting.astype(np.float32) / np.float32(255)) for painting in paintings])
    np.testing.assert_allclose(np.diff(errors), errors[-1] / 4, rtol=0.15)


def test_previews_and_timelapse_fade_like_the_painting(tiny_painter: Painter, quick_recipe: Recipe) -> None:
    content = photograph(96, 72)
    recipe = quick_recipe.with_overrides(style_strength=0.1)
    last = finished(paint(tiny_painter, recipe, content=content, style=strokes(), with_gif=True))
    with Image.open(io.BytesIO(last.gif)) as gif:
        frames = [np.asarray(frame.convert("RGB"), float) for frame in ImageSequence.Iterator(gif)]
    full = painted(tiny_painter, recipe.with_overrides(style_strength=1), content, strokes())
    shown = np.asarray(Image.fromarray(full.astype(np.uint8)).resize(frames[0].shape[1::-1]), float)
    for frame in frames[1:]:
        assert np.abs(frame - frames[0]).mean() < np.abs(shown - frames[0]).mean() * 0.6


def test_gray_pictures_give_a_gray_painting(tiny_painter: Painter, quick_recipe: Recipe) -> None:
    gray = [
        Picture(np.asarray(Image.fromarray(picture.rgb).convert("L").convert("RGB")), None)
        for picture in (photograph(), strokes())
    ]
    events = paint(tiny_painter, quick_recipe, content=gray[0], style=gray[1])
    last = finished(events)
    painting = pixels(last.painting).astype(int)
    assert painting.std() > 5
    assert np.ptp(painting, axis=2).max() == 0
    assert isinstance(events[1], Progress)
    assert events[1].preview is not None
    previewed = pixels(events[1].preview).astype(int)
    assert np.ptp(previewed, axis=2).max() <= 2
    colored = painted(tiny_painter, quick_recipe, gray[0], strokes())
    assert np.ptp(colored, axis=2).mean() > 2


@pytest.mark.parametrize("name", recipe_names())
@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("colors", ["style", "content", "matched"])
def test_a_plain_photograph_is_painted(tiny_painter: Painter, name: str, seed: int, colors: Colors) -> None:
    recipe = shortened(load_recipe(name, longest_side_px=64, colors=colors), steps=4)
    painting = painted(tiny_painter, recipe, plain(), strokes(), seed=seed)
    assert painting.std(axis=(0, 1)).max() > 3


def test_the_surroundings_of_a_transparent_style_are_never_visible(tiny_painter: Painter, quick_recipe: Recipe) -> None:
    alpha = np.zeros((64, 64), np.uint8)
    alpha[20:50, 10:60] = 255
    paintings = []
    for hidden in (0, 255):
        rgb = np.where(alpha[..., None] > 0, strokes(64).rgb, np.uint8(hidden))
        paintings.append(painted(tiny_painter, quick_recipe, photograph(), Picture(rgb, alpha)))
    np.testing.assert_array_equal(paintings[0], paintings[1])


def test_a_transparent_style_can_be_painted_in_the_colors_of_the_content(
    tiny_painter: Painter, quick_recipe: Recipe
) -> None:
    alpha = np.asarray(Image.new("L", (64, 64), 0))
    alpha = np.where(np.hypot(*np.mgrid[-32:32, -32:32]) < 25, 255, alpha).astype(np.uint8)
    recipe = quick_recipe.with_overrides(colors="content")
    assert painted(tiny_painter, recipe, photograph(), Picture(strokes(64).rgb, alpha), seed=2).std() > 5


def test_the_gif_stays_within_its_limit(tiny_painter: Painter, quick_recipe: Recipe) -> None:
    events = list(tiny_painter.paint(photograph(), stripes(), recipe=quick_recipe, gif_limit_bytes=20_000))
    assert len(finished(events).gif) <= 20_000


def test_no_gif_is_made_if_none_is_wanted(tiny_painter: Painter, quick_recipe: Recipe) -> None:
    with_gif, without = (finished(paint(tiny_painter, quick_recipe, with_gif=is_wanted)) for is_wanted in (True, False))

    assert (without.gif, without.gif_frames) == (b"", 0)
    assert without.painting == with_gif.painting


def test_the_painting_stays_within_its_limit(tiny_painter: Painter, quick_recipe: Recipe) -> None:
    recipe = quick_recipe.with_overrides(longest_side_px=128)
    grain = Picture(np.random.default_rng(1).integers(0, 256, (96, 128, 3), dtype=np.uint8), None)
    whole, limited, tiny = (
        finished(list(tiny_painter.paint(grain, grain, recipe=recipe, painting_limit_bytes=limit, gif_limit_bytes=0)))
        for limit in (None, 12_000, 500)
    )
    assert len(whole.painting) > 12_000
    assert (whole.picture_format, whole.width_px) == ("png", 128)
    assert (limited.picture_format, limited.width_px, pixels(limited.painting).shape) == ("webp", 128, (96, 128, 3))
    assert len(limited.painting) <= 12_000
    assert len(tiny.painting) <= 500
    assert pixels(tiny.painting).shape == (tiny.height_px, tiny.width_px, 3)
    assert tiny.width_px < 128


def test_scales_that_would_be_too_small_are_merged_into_one() -> None:
    scales = plan_scales(load_recipe("painterly"), width_px=116, height_px=58)
    assert [(scale.width_px, scale.height_px) for scale in scales] == [(64, 32), (116, 58)]
    assert sum(scale.steps for scale in scales) == load_recipe("painterly").steps


def test_a_long_narrow_picture_stays_wide_enough_for_its_content() -> None:
    scales = plan_scales(load_recipe("painterly"), width_px=64, height_px=512)
    assert [(scale.width_px, scale.height_px, scale.steps) for scale in scales] == [(35, 282, 5), (64, 512, 9)]


@pytest.mark.parametrize("recipe", ["draft", "painterly", "hd"])
@pytest.mark.parametrize("longest_side_px", [512, 1024, 2048])
def test_strokes_keep_their_size_in_larger_paintings(recipe: str, longest_side_px: int) -> None:
    scales = plan_scales(load_recipe(recipe), width_px=longest_side_px, height_px=longest_side_px // 2)
    assert scales[0].width_px <= 128
    assert scales[-1].width_px == longest_side_px


def test_a_recipe_with_one_scale_keeps_one_scale() -> None:
    assert [scale.width_px for scale in plan_scales(load_recipe("classic"), width_px=2048, height_px=512)] == [2048]


def test_an_unknown_precision_is_refused() -> None:
    with pytest.raises(UnknownPrecision, match="auto, float32, bfloat16 or float16"):
        Painter(weights=random_weights(TINY_CHANNELS), precision="float64")


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_half_the_bits_paint_nearly_the_same(tiny_painter: Painter, quick_recipe: Recipe, precision: str) -> None:
    rough = Painter(weights=random_weights(TINY_CHANNELS), precision=precision)
    exact = finished(paint(tiny_painter, quick_recipe)).losses.total
    assert finished(paint(rough, quick_recipe)).losses.total == pytest.approx(exact, rel=0.3)


@pytest.mark.parametrize(
    "error",
    [
        tf.errors.ResourceExhaustedError(None, None, "no room"),
        MemoryError(),
        RuntimeError("can't start new thread"),  # whose stack doesn't fit
    ],
)
def test_a_canvas_that_does_not_fit_says_so(
    tiny_painter: Painter, quick_recipe: Recipe, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def exhausted(*_: object, **_more: object) -> None:
        raise error

    monkeypatch.setattr(Objective, "aim", exhausted)
    with pytest.raises(OutOfMemory, match="64 × 43"):
        paint(tiny_painter, quick_recipe)


def test_a_canvas_larger_than_the_free_memory_is_refused_before_painting(
    tiny_painter: Painter, quick_recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tiny_painter.canvas_memory is not None
    monkeypatch.setattr(tiny_painter, "canvas_memory", replace(tiny_painter.canvas_memory, fixed_bytes=10**15))
    with pytest.raises(OutOfMemory, match="64 × 43"):
        next(tiny_painter.paint(photograph(), stripes(), recipe=quick_recipe))


@pytest.mark.weights
@pytest.mark.parametrize("recipe", ["painterly", "classic"])
def test_float16_has_nearly_the_gradient_of_float32(recipe: str) -> None:
    weights, gradients = load_weights(), []
    content, style = (tf.constant(picture.rgb[None] / np.float32(255)) for picture in (photograph(), strokes(48, 32)))
    for dtype in (tf.float32, tf.float16):
        objective = Objective(VGG16(weights, compute_dtype=dtype), load_recipe(recipe))
        aim = objective.aim(content, [WeightedStyle(style)], load_recipe(recipe))
        gradients.append(objective.evaluate(0.9 * content + 0.1 * style, aim).gradient)
    exact, rough = gradients
    assert float(tf.norm(rough - exact) / tf.norm(exact)) < 0.05


def test_the_same_picture_as_content_and_style_costs_no_extra_evaluations(
    tiny_painter: Painter, quick_recipe: Recipe
) -> None:
    evaluations = tf.Variable(0)
    objective = Objective(tiny_painter.network, quick_recipe)

    def counted(picture: tf.Tensor, aim: Aim) -> Evaluation:
        evaluations.assign_add(1)
        evaluation: Evaluation = objective.evaluate(picture, aim)
        return evaluation

    picture = tf.constant(stripes().rgb[None] / np.float32(255))
    aim = objective.aim(picture, [WeightedStyle(picture)], quick_recipe)
    optimizer = make_optimizer(quick_recipe, counted, objective.aim_spec)
    state = optimizer.start(picture, aim)
    for _ in range(90):
        state = optimizer.step(state, aim)
    assert evaluations.numpy() <= 1.2 * 90


@pytest.mark.weights
def test_the_real_network_paints_a_photograph_in_the_colors_of_the_style(real_painter: Painter) -> None:
    recipe = shortened(load_recipe("painterly", longest_side_px=64), steps=12)
    blue = Picture(np.full((64, 64, 3), (20, 40, 160), np.uint8) + stripes(64, 64).rgb // 8, None)
    events = paint(real_painter, recipe, content=photograph(64, 64), style=blue)
    painting = pixels(finished(events).painting).astype(float)
    before, after = (
        np.abs(rgb.reshape(-1, 3).mean(axis=0) - blue.rgb.reshape(-1, 3).mean(axis=0)).sum()
        for rgb in (photograph(64, 64).rgb.astype(float), painting)
    )
    assert after < before / 2
    edges = np.concatenate((painting[0], painting[-1], painting[:, 0], painting[:, -1]))
    assert edges.mean() > 0.7 * painting.mean(), "no dark border"


def blurred(painting: np.ndarray, radius_px: float) -> np.ndarray:
    image = Image.fromarray(painting[..., :3].astype(np.uint8))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(radius_px)), float)


def grain(painting: np.ndarray) -> float:
    """Return how far pixels are from the median of their neighbors."""
    image = Image.fromarray(painting.astype(np.uint8))
    return float(np.abs(painting - np.asarray(image.filter(ImageFilter.MedianFilter(3)), float)).mean())


def disc(width_px: int = 64, height_px: int = 48) -> Picture:
    """Make a red disc on a color gradient."""
    y, x = np.mgrid[:height_px, :width_px]
    ground = np.dstack((x * 255 // width_px, y * 200 // height_px, 128 + 0 * x)).astype(np.uint8)
    image = Image.fromarray(ground)
    ImageDraw.Draw(image).ellipse(
        (width_px * 0.3, height_px * 0.24, width_px * 0.7, height_px * 0.78), fill=(220, 60, 40)
    )
    return Picture(np.asarray(image), None)


@pytest.mark.weights
@pytest.mark.parametrize("name", ["classic", "draft"])
def test_each_press_of_stronger_or_weaker_is_visible(real_painter: Painter, name: str) -> None:
    recipe = shortened(load_recipe(name, longest_side_px=64), steps=20 if name == "classic" else 5)
    for presses in ((0, 0.25), (0.75, 1), (1.75, 2)):
        one, other = (
            painted(real_painter, recipe.with_overrides(style_strength=strength), disc(), strokes(128))
            for strength in presses
        )
        assert np.abs(blurred(one, 2) - blurred(other, 2)).mean() >= 2


@pytest.mark.weights
def test_classic_paints_no_grain_at_any_seed(real_painter: Painter) -> None:
    recipe = shortened(load_recipe("classic", longest_side_px=64), steps=40)
    content = disc().rgb.copy()
    content[:24] = (60, 110, 200)
    soft = Image.fromarray(strokes(64).rgb).filter(ImageFilter.GaussianBlur(4))
    plain_one, other = (
        painted(real_painter, recipe, Picture(content, None), Picture(np.asarray(soft), None), seed=seed)
        for seed in (0, 1)
    )
    assert grain(other) < 1.5 * grain(plain_one) + 0.5


@pytest.mark.weights
def test_a_sticker_paints_in_its_own_colors(real_painter: Painter) -> None:
    alpha = Image.new("L", (128, 128), 0)
    ImageDraw.Draw(alpha).ellipse((10, 24, 118, 104), fill=255)
    on_white = Image.composite(Image.fromarray(strokes(128).rgb), Image.new("RGB", (128, 128), "white"), alpha)
    sticker = Picture(np.asarray(on_white), np.asarray(alpha))
    painting = painted(real_painter, load_recipe("draft", longest_side_px=64), disc(), sticker)
    assert (painting.min(axis=2) > 235).mean() < 0.01
    assert painting.mean() < 130


@pytest.mark.weights
@pytest.mark.parametrize(("seed", "color"), [(0, (200, 180, 150)), (1, (0, 0, 0))])
def test_a_plain_photograph_gets_the_strokes_of_the_style(
    real_painter: Painter, seed: int, color: tuple[int, int, int]
) -> None:
    recipe = load_recipe("draft", longest_side_px=64)
    painting = painted(real_painter, recipe, plain(64, 48, color), strokes(128), seed=seed)
    strokes_deviation = strokes(64).rgb.astype(float).mean(axis=2).std()
    assert painting.mean(axis=2).std() > strokes_deviation / 2


@pytest.mark.weights
def test_each_seed_paints_a_visible_variation_of_equal_quality(real_painter: Painter) -> None:
    recipe = shortened(load_recipe("draft", longest_side_px=64), steps=6)
    paintings, style_losses = [], []
    for seed in range(3):
        result = finished(paint(real_painter, recipe, content=disc(), style=strokes(128), seed=seed))
        paintings.append(pixels(result.painting).astype(float))
        style_losses.append(result.losses.style)
    for number, painting in enumerate(paintings):
        for other in paintings[:number]:
            assert np.abs(blurred(painting, 2) - blurred(other, 2)).mean() > 9
    assert max(style_losses[1:]) < 2 * style_losses[0]


def test_a_single_step_is_judged_before_it_is_taken(tiny_painter: Painter, quick_recipe: Recipe) -> None:
    recipe = quick_recipe.with_overrides(longest_side_px=64, scales=(Scale(1.0, 30),))
    content, style = photograph(64, 43), strokes()
    whole = finished(paint(tiny_painter, recipe, content=content, style=style))
    one_more = recipe.with_overrides(more_steps=1)
    start = Picture(pixels(whole.painting), None)
    more = finished(list(tiny_painter.paint(content, style, recipe=one_more, start=start, gif_limit_bytes=0)))
    assert more.losses.total < whole.losses.total * 1.01
