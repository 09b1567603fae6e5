"""Trees by the water on a summer evening, in dots of unmixed color."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from scripts.styles.brushwork import scattered
from scripts.styles.fields import Field, blurred, coordinates, layered_noise, palette, ramp, shaded, smooth_noise


def pointillist_shore(rng: np.random.Generator, size_px: int) -> Field:
    """Dots of violet, orange, blue, green and yellow: each tone is split into its neighbors and its opposite."""
    unit = size_px / 1024
    scene = _scene(rng, size_px)
    canvas = Image.fromarray(np.uint8(np.clip(scene * 0.75 + 0.08, 0, 1) * 255))
    relief = Image.new("F", (size_px, size_px))
    pen, relief_pen = ImageDraw.Draw(canvas), ImageDraw.Draw(relief)
    pure = palette("f8d83a", "f28a1e", "e2403a", "c2408f", "6a4ab0", "2a5ac0", "2aa0c0", "2f9a5a", "9ac83a", "fff3c8")
    for spacing, radius in ((9.5, 8.0), (8.0, 5.8), (9.0, 4.4)):
        for place in scattered(rng, size_px, spacing_px=spacing * unit):
            column, row = np.clip(place, 0, size_px - 1).astype(np.int32)
            tone = scene[row, column]
            choice = rng.random()
            if choice < 0.70:
                # The pure color that comes nearest, as bright as the tone: the eye mixes what the brush did not.
                distance = np.abs(pure - tone).sum(axis=1) + rng.normal(0, 0.22, len(pure))
                near = pure[np.argmin(distance)]
                color = 0.55 * tone + 0.45 * near * (0.35 + 0.9 * tone.mean())
            elif choice < 0.77:
                color = 0.75 * tone[::-1] + 0.25 * tone + np.array([-0.04, -0.06, 0.08])
            else:
                color = tone * rng.uniform(0.65, 1.4)
            red, green, blue = (int(255 * channel) for channel in np.clip(color, 0, 1))
            across, down = radius * unit * rng.uniform(0.7, 1.15, 2)
            box = (place[0] - across, place[1] - down, place[0] + across, place[1] + down)
            pen.ellipse(box, fill=(red, green, blue))
            relief_pen.ellipse(box, fill=float(rng.uniform(1.2, 3.0) * unit))
    height = blurred(np.asarray(relief), radius_px=1.5 * unit)
    return shaded(np.asarray(canvas, np.float32) / 255, height, strength=0.35, gloss=0.15)


def _scene(rng: np.random.Generator, size_px: int) -> Field:
    x, y = coordinates(size_px)
    rough = layered_noise(rng, size_px, cell_px=size_px / 6, octaves=5)
    fine = smooth_noise(rng, size_px, cell_px=size_px / 40)
    sun = np.hypot((x - 0.63) * 0.8, y - 0.30)
    color = ramp(
        palette("fff6c0", "ffdf70", "ffb45a", "f2857a", "b57ac0", "6a8ad8", "3a6ac0"), sun * 1.5 + 0.2 * (rough - 0.5)
    )
    far = 0.40 + 0.04 * np.sin(x * 7 + 1) + 0.05 * (rough - 0.5)
    color = np.where((y > far)[..., None], ramp(palette("7a6ac0", "5a7ac8", "c08ab8"), rough), color)
    shore = 0.50 + 0.012 * np.sin(x * 9)
    ripple = np.sin(y * 150 + 6 * rough + 3 * np.sin(x * 14)) * 0.5 + 0.5
    glow = np.exp(-(((x - 0.63) / (0.05 + 0.25 * (y - 0.45))) ** 2))
    water = ramp(
        palette("1f3f96", "2f6ac0", "3aa0c8", "8ac8c8", "f2b48a", "ffe08a"),
        0.18 + 0.30 * ripple * rough * 1.6 + 0.5 * glow * ripple,
    )
    color = np.where((y > shore)[..., None], water, color)
    bank = 0.76 + 0.16 * np.sin(x * 4.2 + 2.6) + 0.05 * (rough - 0.5)
    grass = ramp(
        palette("16305a", "1f6a52", "6a9a4a", "e0b04a", "f4a07a", "ffdcb0"),
        rough * 0.9 + 0.5 * (fine - 0.5) + 0.16 - 0.5 * np.clip(y - bank - 0.08, 0, 1),
    )
    color = np.where((y > bank)[..., None], grass, color)
    for column, row, across, down in (
        (0.16, 0.22, 0.22, 0.24), (0.03, 0.40, 0.16, 0.20), (0.30, 0.40, 0.10, 0.12),
        (0.93, 0.30, 0.15, 0.24), (0.84, 0.50, 0.07, 0.10),
    ):  # fmt: skip
        reach = np.hypot((x - column) / across, (y - row) / down) + 0.9 * (rough - 0.5) + 0.35 * (fine - 0.5)
        light = np.clip(
            0.55
            - 0.8 * ((y - row) / down) * 0.6
            + 0.5 * np.sign(0.5 - column) * (x - column) / across
            + 0.8 * (fine - 0.5),
            0,
            1,
        )
        leaves = ramp(palette("1a1f5a", "1f4a6a", "2a7a52", "9aa844", "f0b04a", "f49a7a"), light)
        trunk = (np.abs(x - column - 0.02 * np.sin(y * 20)) < 0.012) & (y > row) & (y < row + down + 0.20)
        color = np.where(trunk[..., None], palette("4a2450")[0], color)
        color = np.where((reach < 0.85)[..., None], leaves, color)
    return np.clip(color, 0, 1)
