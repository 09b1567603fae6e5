"""The scales of a painting: the canvases that a recipe paints, from coarse to fine."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from stylizer.images import fit_size
from stylizer.recipe import LAYERS, SHALLOW_LAYERS, Recipe, load_recipe
from stylizer.step_cost import CanvasScale
from stylizer.weights import layer_shapes

MAX_WHOLE_PIXELS = 2**19
"""Larger canvases and style pictures are processed in strips (`strips.py`), because whole ones take 3 KB per pixel.
Smaller ones fit in memory, and strips would take longer: they compute the shallow layers again for the gradient."""


def plan_scales(recipe: Recipe, *, width_px: int, height_px: int, start_px: int = 0) -> tuple[CanvasScale, ...]:
    """The recipe's scales for a canvas of this size, coarsest first.

    The coarsest scale decides how large the strokes are. So for a larger painting, a recipe with several scales gets
    additional coarser ones, each with half the side of the next, and with the number of steps of the recipe's first
    scale. Scales that would be smaller than the recipe's smallest size are painted at that size, and scales of equal
    size and settings are merged. To continue a painting whose longest side is `start_px`, only larger scales are
    painted; if it already has the final size, it gets the recipe's `more_steps`.
    """
    longest_side_px = max(width_px, height_px)
    smallest_px = max(
        recipe.scaling.smallest_px,
        math.ceil(recipe.scaling.narrowest_px * longest_side_px / min(width_px, height_px)),
    )
    settings = list(recipe.scales)
    while len(recipe.scales) > 1 and longest_side_px * settings[0].fraction >= 2 * recipe.scaling.coarsest_px:
        settings.insert(0, replace(settings[0], fraction=settings[0].fraction / 2))
    scales: list[CanvasScale] = []
    for scale in settings:
        side_px = min(max(round(longest_side_px * scale.fraction), smallest_px), longest_side_px)
        size = fit_size(width_px, height_px, longest_side_px=side_px)
        last = scales[-1] if scales else None
        if last and (last.width_px, last.height_px) == size and last.settings.has_settings_of(scale):
            scales[-1] = replace(last, steps=last.steps + scale.steps)
        else:
            scales.append(
                CanvasScale(*size, scale.steps, relative_cost(recipe.at(scale), pixels=math.prod(size)), scale)
            )
    larger = tuple(scale for scale in scales if max(scale.width_px, scale.height_px) > start_px)
    return larger or (replace(scales[-1], steps=recipe.more_steps),)


def relative_cost(recipe: Recipe, *, pixels: int = 0) -> float:
    """How long an evaluation takes per pixel, relative to the default recipe on a small canvas.

    Nearly all of it is convolutions, up to the deepest layer that the recipe uses: forward and for the gradient, and
    in strips once more for the shallow layers.
    """
    evaluation = 2 * _convolutions(_used_layers(recipe))
    if pixels > MAX_WHOLE_PIXELS:
        evaluation += _convolutions(SHALLOW_LAYERS)
    return evaluation / (2 * _convolutions(_used_layers(load_recipe())))


def _used_layers(recipe: Recipe) -> Sequence[str]:
    deepest = max((*recipe.content_layers, *recipe.style_layers), key=LAYERS.index)
    return LAYERS[: LAYERS.index(deepest) + 1]


def _convolutions(layers: Sequence[str]) -> float:
    """Multiplications per pixel of the canvas."""
    positions = {layer: 4.0 ** -(int(layer[len("block")]) - 1) for layer in layers}
    return sum(positions[layer] * math.prod(layer_shapes()[layer]) for layer in layers)
