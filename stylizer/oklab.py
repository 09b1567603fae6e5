"""OKLab, in which equal distances look equal: L is the lightness from 0 to 1; a and b, the colors, are 0 for grays.

The matrices are from Ottosson 2020, "A perceptual color space for image processing"
(https://bottosson.github.io/posts/oklab/). Pictures are (..., 3) float32.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_Array = NDArray[np.float32]

_LMS_OF_LINEAR = np.array(
    (
        (0.4122214708, 0.5363325363, 0.0514459929),
        (0.2119034982, 0.6806995451, 0.1073969566),
        (0.0883024619, 0.2817188376, 0.6299787005),
    )
)
_LAB_OF_ROOTS = np.array(
    (
        (0.2104542553, 0.7936177850, -0.0040720468),
        (1.9779984951, -2.4285922050, 0.4505937099),
        (0.0259040371, 0.7827717662, -0.8086757660),
    )
)
_LINEAR_OF_LMS, _ROOTS_OF_LAB = np.linalg.inv(_LMS_OF_LINEAR), np.linalg.inv(_LAB_OF_ROOTS)
_TRIALS = 7
"""How often the chroma's range is halved, to less than a hundredth of it."""
_ROUNDING = 1e-4
"""How far linear RGB may leave its range: less than half a level of 255."""


def to_oklab(rgb: _Array) -> _Array:
    """Convert sRGB from 0 to 1."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)  # IEC 61966-2-1
    return _times(np.cbrt(_times(linear, _LMS_OF_LINEAR)), _LAB_OF_ROOTS)


def to_srgb(lab: _Array) -> _Array:
    """Convert to sRGB from 0 to 1. Colors outside sRGB become grayer, with the same lightness and hue."""
    lab = np.concatenate((np.clip(lab[..., :1], 0, 1), lab[..., 1:]), axis=-1)
    linear = _linear_of(lab)
    is_outside = ~_is_shown(linear)
    linear[is_outside] = _grayer(lab[is_outside])
    linear = np.clip(linear, 0, 1)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055).astype(np.float32)


def _grayer(lab: _Array) -> _Array:
    """The linear RGB of colors, (n, 3), with their chroma reduced until they can be shown."""
    shown, hidden = (np.full((len(lab), 1), share, np.float32) for share in (0, 1))
    for _ in range(_TRIALS):
        share = ((shown + hidden) / 2).astype(np.float32)
        fits = _is_shown(_linear_of(_with_chroma(lab, share)))[:, None]
        shown, hidden = np.where(fits, share, shown), np.where(fits, hidden, share)
    return _linear_of(_with_chroma(lab, shown))


def _with_chroma(lab: _Array, share: _Array) -> _Array:
    return np.concatenate((lab[..., :1], lab[..., 1:] * share), axis=-1)


def _linear_of(lab: _Array) -> _Array:
    return _times(_times(lab, _ROOTS_OF_LAB) ** 3, _LINEAR_OF_LMS)


def _is_shown(linear: _Array) -> NDArray[np.bool_]:
    is_shown: NDArray[np.bool_] = np.all((linear >= -_ROUNDING) & (linear <= 1 + _ROUNDING), axis=-1)
    return is_shown


def _times(colors: NDArray[np.floating], matrix: NDArray[np.float64]) -> _Array:
    return (colors.astype(np.float32, copy=False) @ matrix.T.astype(np.float32)).astype(np.float32, copy=False)
