"""The scales of a painting: the canvases that a recipe paints, from coarse to fine."""

from __future__ import annotations

import math
from dataclasses import replace

from stylizer.images import fit_size
from stylizer.recipe import Recipe
from stylizer.step_cost import CanvasScale


def plan_scales(recipe: Recipe, *, width_px: int, height_px: int, start_px: int = 0) -> tuple[CanvasScale, ...]:
    """The recipe's scales for a canvas of that size, coarsest first.

    The coarsest scale decides how large the strokes are, so for a larger painting a recipe of several scales gets
    coarser ones, each with half the side and as many steps as its own first. Scales that would be smaller than the
    recipe's smallest are painted at that size, and scales of the same size are merged. A style strength of 0 leaves the
    content as it is, in one step. To continue a painting whose longest side is `start_px`, only the larger scales are
    painted.
    """
    if recipe.style_strength == 0:
        return (CanvasScale(width_px, height_px, 1),)
    longest_side_px = max(width_px, height_px)
    smallest_px = max(
        recipe.scaling.smallest_px,
        math.ceil(recipe.scaling.narrowest_px * longest_side_px / min(width_px, height_px)),
    )
    fractions = [scale.fraction for scale in recipe.scales]
    steps = [scale.steps for scale in recipe.scales]
    while len(recipe.scales) > 1 and longest_side_px * fractions[0] >= 2 * recipe.scaling.coarsest_px:
        fractions.insert(0, fractions[0] / 2)
        steps.insert(0, steps[0])
    scales: list[CanvasScale] = []
    for fraction, scale_steps in zip(fractions, steps, strict=True):
        side_px = min(max(round(longest_side_px * fraction), smallest_px), longest_side_px)
        size = fit_size(width_px, height_px, longest_side_px=side_px)
        if scales and (scales[-1].width_px, scales[-1].height_px) == size:
            scales[-1] = replace(scales[-1], steps=scales[-1].steps + scale_steps)
        else:
            scales.append(CanvasScale(*size, scale_steps))
    return tuple(scale for scale in scales if max(scale.width_px, scale.height_px) > start_px)
