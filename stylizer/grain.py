"""Removes the grain of style pictures: what a camera, JPEG or a sharpening filter left in single pixels.

A painting that is as large as its style picture would show it as a weave or a pattern of dots.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from stylizer.recipe import StylePictureSettings

# By how much a Gaussian blur of 1 px weakens details of 2 to 4 px more than those of 4 to 8 px, as a logarithm: around
# 3 and 6 px, 2 (pi sigma)^2 (1 / 3^2 - 1 / 6^2).
_WEAKENING = 1.6
_MAX_BLUR_PX = 1.0
"""A dithered picture consists of single pixels: more would leave nothing of it."""


def without_grain(rgb: NDArray[np.uint8], settings: StylePictureSettings, *, shrunk: float) -> NDArray[np.uint8]:
    """Blur a style picture, (height, width, 3), as its grain requires.

    `shrunk` is its size relative to its file's: the smaller it is, the less of the grain is left.
    """
    picture = Image.fromarray(rgb)
    blur_px = max(settings.grain_px, _blur_for(picture, most=settings.finest_contrast))
    return np.asarray(picture.filter(ImageFilter.GaussianBlur(blur_px * shrunk)))


def _blur_for(picture: Image.Image, *, most: float) -> float:
    """The blur, in pixels, after which the finest details have about `most` times the contrast of those twice as large.

    It is exact for details of 3 and 6 px. Real spectra reach further up: with 0.85, pictures end at 0.85 to 1.
    """
    finest, finer = _contrasts(picture.convert("L").convert("F"))
    excess = finest / max(most * finer, 1e-6)
    return 0.0 if excess <= 1 else min(math.sqrt(math.log(excess) / _WEAKENING), _MAX_BLUR_PX)


def _contrasts(picture: Image.Image) -> list[float]:
    """The standard deviations of details of 2 to 4 px and of 4 to 8 px: what halving the picture twice loses."""
    contrasts = []
    for _ in range(2):
        half = picture.resize((max(1, picture.width // 2), max(1, picture.height // 2)), Image.Resampling.BICUBIC)
        lost = np.asarray(picture) - np.asarray(half.resize(picture.size, Image.Resampling.BICUBIC))
        contrasts.append(float(lost.std()))
        picture = half
    return contrasts
