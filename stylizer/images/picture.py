"""A decoded picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A decoded picture: upright, sRGB, without metadata."""

    rgb: NDArray[np.uint8]
    """(height, width, 3): the colors, not mixed with any background; transparent pixels have those of their
    neighbors."""
    alpha: NDArray[np.uint8] | None
    """(height, width); None if the picture is opaque."""

    @property
    def width_px(self) -> int:
        return int(self.rgb.shape[1])

    @property
    def height_px(self) -> int:
        return int(self.rgb.shape[0])
