"""Predicts how much time and memory a painting will take, from what a machine has measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

from stylizer.memory import CanvasMemory
from stylizer.recipe import Recipe
from stylizer.scales import plan_scales
from stylizer.step_cost import StepCost


class Estimate(NamedTuple):
    """What a painting will take."""

    seconds: float
    memory_bytes: int | None
    """Memory of the painting process; None if unknown, as on a GPU."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What painting costs on one device, at one precision."""

    device: str
    """The device's name, for people."""
    precision: str
    """`float32`, `bfloat16` or `float16`."""
    step_costs: Mapping[str, StepCost]
    """The cost of a step, by the recipe it was measured with, latest last; never empty."""
    memory: CanvasMemory | None = None
    """The memory a canvas takes; None if unknown."""

    def __post_init__(self) -> None:
        if not self.step_costs:
            raise ValueError("nothing was measured")

    def measured(self, recipe_name: str, step_cost: StepCost) -> Self:
        """Return a copy with a painting's measurement for this recipe."""
        others = {name: cost for name, cost in self.step_costs.items() if name != recipe_name}
        return replace(self, step_costs={**others, recipe_name: step_cost})

    def estimate(
        self, recipe: Recipe, *, width_px: int, height_px: int, start_px: int = 0, styles: int = 1, regions: int = 0
    ) -> Estimate:
        """Estimate a painting of this size, in this many styles.

        `start_px` is the longest side of the painting it continues, if any, and `regions` how many its mask has. A
        recipe without a measurement is assumed to have the step cost of the one measured last.
        """
        cost = self.step_costs.get(recipe.name) or [*self.step_costs.values()][-1]
        size = {"width_px": width_px, "height_px": height_px}
        scales = plan_scales(recipe, **size, start_px=start_px, styles=styles, regions=regions)
        seconds = cost.seconds(scales) if recipe.is_painted else 0.0
        if self.memory is None:
            return Estimate(seconds, None)
        memory = self.memory.masked() if regions else self.memory
        return Estimate(seconds, memory.process_bytes(**size, style_scale=recipe.style_picture.scale))
