"""Keeping the content's colours: paint in luminance, then merge it with the content's chroma.

Luminance-only transfer of Gatys, Bethge, Hertzmann & Shechtman 2016 (arXiv 1606.05897), section 5. Pictures are
(height, width, 3) float32 RGB from 0 to 1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# ITU-R BT.601, the luma of JPEG's YCbCr.
_LUMA = np.array((0.299, 0.587, 0.114), np.float32)


def to_luminance(rgb: NDArray[np.float32]) -> NDArray[np.float32]:
    """The picture in grey, still with three channels."""
    return np.repeat((rgb @ _LUMA)[..., None], 3, axis=2)


def match_luminance(style: NDArray[np.float32], content: NDArray[np.float32]) -> NDArray[np.float32]:
    """The grey style picture with the mean and deviation of the grey content picture (eq. 10), clipped to 0 to 1."""
    deviation = max(float(style.std()), 1e-3)
    matched: NDArray[np.float32] = (style - style.mean()) * (content.std() / deviation) + content.mean()
    return np.clip(matched, 0, 1).astype(np.float32)


def merge_luminance(painting: NDArray[np.float32], content: NDArray[np.float32]) -> NDArray[np.float32]:
    """The painting's luminance with the content's chroma (Cb and Cr as they are), clipped to 0 to 1."""
    change = (painting - content) @ _LUMA
    return np.clip(content + change[..., None], 0, 1).astype(np.float32)
