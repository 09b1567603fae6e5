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

    def enlargement(self, *, longest_side_px: int) -> float:
        """How many times larger it is with this longest side; 1 if it isn't."""
        return max(1.0, longest_side_px / max(self.width_px, self.height_px))

    def equals(self, other: Picture) -> bool:
        """Whether both have the same pixels."""
        if self.alpha is None or other.alpha is None:
            has_same_alpha = self.alpha is other.alpha
        else:
            has_same_alpha = np.array_equal(self.alpha, other.alpha)
        return has_same_alpha and np.array_equal(self.rgb, other.rgb)


def to_float(values: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Levels of 0 to 255 as float32 from 0 to 1, in the same shape."""
    return values.astype(np.float32) / np.float32(255)


def to_bytes(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Values from 0 to 1 as levels of 0 to 255, rounded; values outside are clipped."""
    return np.clip(np.rint(values * 255), 0, 255).astype(np.uint8)
