"""Pictures for these tests."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image


def picture(*, width_px: int = 64, height_px: int = 48, seed: int = 0, kind: str = "JPEG") -> bytes:
    """Encode a small picture in soft colors; the same seed gives the same picture."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 256, (6, 8, 3), dtype=np.uint8))
    buffer = io.BytesIO()
    coarse.resize((width_px, height_px), Image.Resampling.BICUBIC).save(buffer, kind)
    return buffer.getvalue()


def noise(*, side_px: int, seed: int = 0) -> bytes:
    """Encode a PNG that no encoder can make much smaller."""
    rng = np.random.default_rng(seed)
    buffer = io.BytesIO()
    Image.fromarray(rng.integers(0, 256, (side_px, side_px, 3), dtype=np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def opened(encoded: bytes) -> Image.Image:
    """Decode a picture completely."""
    image = Image.open(io.BytesIO(encoded))
    image.load()
    return image
