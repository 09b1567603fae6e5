"""Pictures for the benchmarks' tests: (height, width, 3) float32 RGB from 0 to 1."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image

from benchmarks.surface import Rgb
from stylizer.images import Picture
from tests.stylizer.conftest import photograph, strokes


def as_rgb(picture: Picture) -> Rgb:
    return picture.rgb.astype(np.float32) / np.float32(255)


def content(width_px: int = 96, height_px: int = 64) -> Rgb:
    return as_rgb(photograph(width_px, height_px))


def style(width_px: int = 96, height_px: int = 64) -> Rgb:
    return as_rgb(strokes(width_px, height_px))


def with_noise(rgb: Rgb, levels: float) -> Rgb:
    noise = np.random.default_rng(0).normal(0, levels / 255, rgb.shape)
    return np.clip(rgb + noise, 0, 1).astype(np.float32)


def encoded(rgb: Rgb) -> bytes:
    file = BytesIO()
    Image.fromarray(np.round(rgb * 255).astype(np.uint8)).save(file, "PNG")
    return file.getvalue()
