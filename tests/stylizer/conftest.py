"""Fixtures: a tiny painter (VGG16's layers with a few channels, to run real TensorFlow quickly), and pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageDraw

from stylizer.images import Picture
from stylizer.recipe import Recipe, load_recipe
from stylizer.weights import random_weights

if TYPE_CHECKING:
    from stylizer.objective import Aim
    from stylizer.painter import Painter

TINY_CHANNELS = (4, 6, 8, 8, 8)


@pytest.fixture(scope="session")
def tiny_painter() -> Painter:
    from stylizer.painter import Painter  # noqa: PLC0415 - takes seconds, and most tests don't paint

    return Painter(weights=random_weights(TINY_CHANNELS), precision="float32")


@pytest.fixture(scope="session")
def real_painter() -> Painter:
    """A painter with the real weights, for tests marked `weights`."""
    from stylizer.painter import Painter  # noqa: PLC0415 - takes seconds, and most tests don't paint

    return Painter(precision="float32")


@pytest.fixture
def quick_recipe() -> Recipe:
    """The recipe `painterly` with few steps, at 64 px."""
    return shortened(load_recipe("painterly", longest_side_px=64), steps=3)


def shortened(recipe: Recipe, *, steps: int) -> Recipe:
    """Return a recipe with `steps` steps at each scale."""
    scales = tuple(type(scale)(scale.fraction, steps) for scale in recipe.scales)
    return recipe.with_overrides(scales=scales)


def style_grams(aim: Aim, recipe: Recipe) -> list[np.ndarray]:
    """Return the Gram matrices that an aim's style targets are made of: Wasserstein targets are their square roots."""
    targets = zip(recipe.style_layers, (target.numpy() for target in aim.style), strict=True)
    distances = recipe.style_distances
    return [target @ target if distances.get(layer) == "wasserstein" else target for layer, target in targets]


def photograph(width_px: int = 48, height_px: int = 32, *, alpha: bool = False) -> Picture:
    """Make a smooth picture with a bright disc in it; with `alpha`, its left half is transparent."""
    x, y = np.meshgrid(np.linspace(0, 1, width_px), np.linspace(0, 1, height_px))
    disc = ((x - 0.5) ** 2 + (y - 0.5) ** 2 < 0.08).astype(float)
    rgb = np.stack((0.2 + 0.6 * x, 0.3 + 0.5 * disc, 0.8 - 0.6 * y), axis=2)
    mask = np.where(x < 0.5, 0, 255).astype(np.uint8) if alpha else None
    return Picture(np.round(rgb * 255).astype(np.uint8), mask)


def stripes(width_px: int = 40, height_px: int = 40) -> Picture:
    """Make a style of saturated diagonal stripes."""
    x, y = np.meshgrid(np.arange(width_px), np.arange(height_px))
    wave = np.sin((x + y) / 3)
    rgb = np.stack((0.5 + 0.5 * wave, 0.5 - 0.3 * wave, 0.2 + 0.2 * wave), axis=2)
    return Picture(np.round(rgb * 255).astype(np.uint8), None)


def strokes(width_px: int = 64, height_px: int | None = None) -> Picture:
    """Make a style of short slanted strokes in many colors on dark blue."""
    size = (width_px, width_px if height_px is None else height_px)
    rng = np.random.default_rng(0)
    ground = Image.new("RGB", size, (20, 40, 120))
    draw = ImageDraw.Draw(ground)
    number = size[0] * size[1] // 65 + 40
    for x, y, color in zip(
        rng.integers(0, size[0], number),
        rng.integers(0, size[1], number),
        rng.integers(0, 256, (number, 3)) // (3, 2, 1),
        strict=True,
    ):
        draw.line((int(x), int(y), int(x) + 20, int(y) + 8), fill=tuple(map(int, color)), width=3)
    return Picture(np.asarray(ground), None)


def plain(width_px: int = 64, height_px: int = 64, color: tuple[int, int, int] = (200, 180, 150)) -> Picture:
    """Make a picture of a single color."""
    return Picture(np.full((height_px, width_px, 3), color, np.uint8), None)
