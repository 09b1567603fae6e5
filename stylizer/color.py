"""Painting in the content's colors, in two ways: from Gatys, Bethge, Hertzmann & Shechtman 2016 (arXiv 1606.05897).

Either the luminance alone is painted, and merged with the content's chroma; or the style's colors are matched to the
content's before painting. Pictures are (height, width, 3) float32 RGB from 0 to 1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stylizer.blend import Palette

# ITU-R BT.601, the luma of JPEG's YCbCr.
_LUMA = np.array((0.299, 0.587, 0.114), np.float32)
_GRAY_MEAN_CHROMA, _GRAY_CHROMA = 1.5, 8
_LEAST_VARIANCE = 0.01**2
"""Added to the variance in every direction: a style of few colors has none in some, and their noise isn't color."""


def is_gray(rgb: NDArray[np.uint8]) -> bool:
    """Whether a picture, (height, width, 3) sRGB, has no colors apart from JPEG's noise."""
    chroma = rgb.max(axis=2) - rgb.min(axis=2)
    return float(chroma.mean()) <= _GRAY_MEAN_CHROMA and float(np.percentile(chroma, 99.9)) <= _GRAY_CHROMA


def to_luminance(rgb: NDArray[np.float32]) -> NDArray[np.float32]:
    """Make a picture gray, (height, width, 3)."""
    return np.repeat((rgb @ _LUMA)[..., None], 3, axis=2)


def match_luminance(
    style: NDArray[np.float32], content: NDArray[np.float32], opacity: NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    """Give the gray style picture the mean and deviation of the gray content picture (eq. 10), clipped to 0 to 1.

    Strokes have to stay visible, so at least half of the style's own deviation is kept, with room for it above and
    below the mean. `opacity`, (height, width, 1), says how much each position of the style counts.
    """
    weights = np.broadcast_to(1.0 if opacity is None else opacity, style.shape)
    mean = np.average(style, weights=weights)
    own = max(float(np.sqrt(np.average(np.square(style - mean), weights=weights))), 1e-3)
    deviation = max(float(content.std()), own / 2)
    brightness = np.clip(content.mean(), min(deviation, 0.5), max(1 - deviation, 0.5))
    matched: NDArray[np.float32] = np.clip((style - mean) * (deviation / own) + brightness, 0, 1).astype(np.float32)
    return matched


def match_colors(style: NDArray[np.float32], own: Palette, content: Palette) -> NDArray[np.float32]:
    """Give the style picture, whose colors are `own`, the content's mean and covariance, clipped to 0 to 1.

    The linear map by square roots of the covariances, which turns colors less than Cholesky factors do (section 4).
    Strokes have to stay visible: if the content has less than half of the style's deviation, the rest becomes light and
    dark, with room for it above and below the mean.
    """
    spread = own.covariance + _LEAST_VARIANCE * np.eye(3)
    wanted = content.covariance + _LEAST_VARIANCE * np.eye(3)
    lacking = max(np.trace(spread) / 4 - np.trace(wanted), 0)
    wanted += lacking / 3  # along the grays, from (0, 0, 0) to (1, 1, 1)
    deviation = float(np.sqrt(_LUMA @ wanted @ _LUMA))
    brightness = float(content.mean @ _LUMA)
    lightened = np.clip(brightness, min(deviation, 0.5), max(1 - deviation, 0.5)) - brightness
    change = power_of(wanted, 0.5) @ power_of(spread, -0.5)
    shift = content.mean + lightened - change @ own.mean
    matched: NDArray[np.float32] = np.clip(style @ change.T.astype(np.float32) + shift.astype(np.float32), 0, 1)
    return matched


def power_of(covariance: NDArray[np.float64], exponent: float) -> NDArray[np.float64]:
    """A power of a symmetric matrix with positive eigenvalues."""
    values, vectors = np.linalg.eigh(covariance)
    power: NDArray[np.float64] = (vectors * values**exponent) @ vectors.T
    return power


def merge_luminance(painting: NDArray[np.float32], content: NDArray[np.float32]) -> NDArray[np.float32]:
    """Combine the painting's luminance with the content's chroma (Cb and Cr unchanged), clipped to 0 to 1."""
    change = (painting - content) @ _LUMA
    return np.clip(content + change[..., None], 0, 1).astype(np.float32)
