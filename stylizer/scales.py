"""The scales of a painting: the canvases that a recipe paints, from coarse to fine."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from stylizer.images import fit_size
from stylizer.recipe import LAYERS, SHALLOW_LAYERS, Recipe, Scale, load_recipe
from stylizer.step_cost import CanvasScale
from stylizer.weights import layer_shapes

MAX_WHOLE_PIXELS = 2**19
"""Larger canvases and style pictures may be processed in strips (`strips.py`), because whole ones take 2 KB per pixel.
Smaller ones fit in memory, and strips take longer: they compute the shallow layers again for the gradient."""

ROOMY_WHOLE_PIXELS = 3 * 2**19
"""Up to this, as at 1536 × 1024 px, canvases are whole where there is room. 1024 × 1024 px fit in 3 GB."""

_CLEARLY_LARGER = 1.25
"""A scale that is less than this many times as large as the one before is merged with it."""


def plan_scales(
    recipe: Recipe, *, width_px: int, height_px: int, start_px: int = 0, styles: int = 1, regions: int = 0
) -> tuple[CanvasScale, ...]:
    """The recipe's scales for a canvas of this size, coarsest first.

    The coarsest scale decides how large the strokes are. So for a larger painting, a recipe with several scales gets
    additional coarser ones, each with half the side of the next, and with the number of steps of the recipe's first
    scale. A scale below the recipe's smallest size is painted at that size. For a banner, a scale that would be too
    narrow is painted larger, with fewer steps, in the same time: with all its steps, a canvas so close to the final
    size would lose the content. A scale hardly larger than the one before, and with its settings, is merged with it.

    To continue a painting whose longest side is `start_px`, only scales that are larger are painted. If it already has
    the final size, it gets the recipe's `more_steps` with the recipe's own settings: those of its last scale may be for
    a few steps only, and more of them would replace large strokes with fine ones.

    How long they take also depends on the number of `styles`, and on the `regions` of a mask; 0 if there is none.
    """
    longest_side_px = max(width_px, height_px)
    narrowest_px = math.ceil(recipe.scaling.narrowest_px * longest_side_px / min(width_px, height_px))
    settings = list(recipe.scales)
    while len(recipe.scales) > 1 and longest_side_px * settings[0].fraction >= 2 * recipe.scaling.coarsest_px:
        settings.insert(0, replace(settings[0], fraction=settings[0].fraction / 2))
    if start_px >= longest_side_px:
        settings, start_px = [Scale(1.0, recipe.more_steps)], 0
    scales: list[CanvasScale] = []
    for scale in settings:
        planned_px = max(round(longest_side_px * scale.fraction), recipe.scaling.smallest_px)
        side_px = min(max(planned_px, narrowest_px), longest_side_px)
        size = fit_size(width_px, height_px, longest_side_px=side_px)
        steps = max(1, round(scale.steps * min(1.0, planned_px / side_px) ** 2))
        last = scales[-1] if scales else None
        if last and side_px < _CLEARLY_LARGER * last.longest_side_px and last.settings.has_settings_of(scale):
            steps += scales.pop().steps
        cost = relative_cost(recipe.at(scale), pixels=math.prod(size), regions=regions)
        scales.append(CanvasScale(*size, steps, cost, scale, styles))
    return tuple(scale for scale in scales if scale.longest_side_px > start_px)


def relative_cost(recipe: Recipe, *, pixels: int = 0, regions: int = 0) -> float:
    """How long an evaluation takes per pixel, relative to the default recipe on a small canvas without a mask.

    Nearly all of it is convolutions, up to the deepest layer that the recipe uses: forward and for the gradient, and
    in strips, as the largest canvases are, once more for the shallow layers. With a mask, which is never painted in
    strips, each region has a Gram matrix of its own; measured on two cores, this agrees within a tenth for one to five
    regions.
    """
    evaluation = 2 * _convolutions(_used_layers(recipe))
    if regions:
        evaluation += 2 * regions * _gram_matrices(recipe.style_layers)
    elif pixels > ROOMY_WHOLE_PIXELS:
        evaluation += _convolutions(SHALLOW_LAYERS)
    return evaluation / (2 * _convolutions(_used_layers(load_recipe())))


def _used_layers(recipe: Recipe) -> Sequence[str]:
    deepest = max((*recipe.content_layers, *recipe.style_layers), key=LAYERS.index)
    return LAYERS[: LAYERS.index(deepest) + 1]


def _convolutions(layers: Iterable[str]) -> float:
    """Multiplications per pixel of the canvas."""
    return sum(_positions(layer) * math.prod(layer_shapes()[layer]) for layer in layers)


def _gram_matrices(layers: Iterable[str]) -> float:
    """Multiplications per pixel of the canvas."""
    return sum(_positions(layer) * layer_shapes()[layer][-1] ** 2 for layer in layers)


def _positions(layer: str) -> float:
    """Per pixel of the canvas."""
    return float(4.0 ** -(int(layer[len("block")]) - 1))
