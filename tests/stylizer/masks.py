"""Masks for tests, as they come from drawing programs and phones."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageDraw

from stylizer.images import Picture, open_picture

WIDTH_PX, HEIGHT_PX = 96, 64
RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)

Color = tuple[int, int, int]


def bars(*colors: Color, width_px: int = WIDTH_PX, height_px: int = HEIGHT_PX, quality: int | None = None) -> Picture:
    """Upright bars of equal width on black, with antialiased edges; with `quality`, after JPEG compression."""
    image = Image.new("RGB", (width_px * 4, height_px * 4))
    draw = ImageDraw.Draw(image)
    pitch_px = image.width / len(colors)
    for number, color in enumerate(colors):
        left_px = pitch_px * (number + 0.1)
        draw.rectangle((left_px, image.height * 0.1, left_px + pitch_px * 0.8, image.height * 0.9), fill=color)
    return compressed(image.resize((width_px, height_px), Image.Resampling.LANCZOS), quality)


def halves(left: Color, right: Color, *, width_px: int = WIDTH_PX, height_px: int = HEIGHT_PX) -> Picture:
    """A mask of two colors with a sharp edge."""
    rgb = np.full((height_px, width_px, 3), right, np.uint8)
    rgb[:, : width_px // 2] = left
    return Picture(rgb, None)


def compressed(image: Image.Image, quality: int | None) -> Picture:
    """The image as it comes back from a PNG file, or from a JPEG file of that quality."""
    file = io.BytesIO()
    if quality is None:
        image.save(file, "PNG")
    else:
        image.save(file, "JPEG", quality=quality)
    return open_picture(file.getvalue())
