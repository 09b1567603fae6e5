"""A sun over meadows, in soft pastel."""

from __future__ import annotations

import numpy as np

from scripts.styles.brushwork import Canvas, follow, scattered
from scripts.styles.fields import Field, layered_noise, palette, ramp


def pastel_meadow(rng: np.random.Generator, size_px: int) -> Field:
    """A sun over meadows in soft pastel: bold hatching that lets the toned paper shine through its tooth."""
    y, x = np.mgrid[0:size_px, 0:size_px].astype(np.float32) / size_px
    unit = size_px / 1536
    paper = palette("5b2a3c")[0]
    tooth = layered_noise(rng, size_px, cell_px=8 * unit, octaves=2)
    tooth = np.clip((tooth - tooth.mean()) / (4.5 * tooth.std()) + 0.5, 0, 1)
    sway = layered_noise(rng, size_px, cell_px=size_px / 4, octaves=3)
    sun = np.hypot(x - 0.70, (y - 0.27) * 1.0)
    sky = ramp(
        palette("fff2b0", "ffd24d", "ff9a3c", "f4666b", "c9589c", "7a62b8", "4f7fc4"), sun * 1.25 + 0.20 * (sway - 0.5)
    )
    horizon = 0.50 + 0.03 * np.sin(x * 6 + 0.4) + 0.02 * np.sin(x * 15)
    second = 0.62 + 0.05 * np.sin(x * 4.2 + 2.2)
    third = 0.79 + 0.06 * np.sin(x * 5 + 4.4)
    bands = (
        (horizon, palette("2b4f91", "3f74b5", "5d9fc0", "86c4b8"), -0.35),
        (second, palette("1f6b5e", "2f9463", "78b84e", "d3d854"), 0.30),
        (third, palette("b5325a", "e2574c", "f4913e", "f9c64f"), 1.05),
    )
    tone = sky
    lean = np.arctan2(y - 0.27, x - 0.70) + np.pi / 2
    for edge, colors, direction in bands:
        below = (y > edge)[..., None]
        depth = np.clip((y - edge) * 3.4 + 0.9 * (sway - 0.5) + 0.25 * np.sin(x * 23 + y * 31), 0, 1)
        tone = np.where(below, ramp(colors, 1 - depth), tone)
        lean = np.where(below[..., 0], direction + 0.7 * (sway - 0.5), lean)
    return _hatched(tone, lean, paper=paper, tooth=tooth, rng=rng, unit=unit)


def _hatched(tone: Field, lean: Field, *, paper: Field, tooth: Field, rng: np.random.Generator, unit: float) -> Field:
    """The tone laid on in pastel strokes along the lean (radians), three layers, each a little more crossed."""
    size_px = tone.shape[0]
    rubbed = np.clip(0.5 + 0.5 * tooth, 0, 1)[..., None] * 0.72
    picture = paper * (1 - rubbed) + tone * 0.80 * rubbed
    layers = ((40, 26, 210, 0.0, 0.10), (34, 19, 170, 0.16, 0.13), (46, 15, 130, -0.5, 0.17))
    for spacing, width, length, turn, contrast in layers:
        canvas = Canvas(np.zeros_like(tone))
        flow = np.stack([np.cos(lean + turn), np.sin(lean + turn)], axis=-1).astype(np.float32)
        for start in scattered(rng, size_px, spacing_px=spacing * unit):
            path = follow(flow, start, length_px=length * unit * rng.uniform(0.5, 1.3), step_px=8 * unit)
            column, row = np.clip(path[len(path) // 2], 0, size_px - 1).astype(np.int32)
            color = tone[row, column] * (1 + rng.normal(0.03, contrast)) + rng.normal(0, 0.03, 3)
            if rng.random() < contrast:
                # Here and there a cool stroke in the warm and a warm one in the cool, which makes both sing.
                color = color * 0.25 + color[::-1] * 0.75
            canvas.stroke(
                path,
                width_px=width * unit * rng.uniform(0.7, 1.2),
                color=np.clip(color, 0.03, 1),
                rng=rng,
                thickness=rng.uniform(0.75, 1.15),
            )
        color, load = canvas.loose()
        # Pastel catches on the paper's hills, and fills its valleys only where the stick is pressed.
        cover = np.clip((load * 0.95 + tooth - 0.72) * 3.2, 0, 1) * (load > 0)
        picture = picture * (1 - cover[..., None]) + color * cover[..., None]
    grain = 0.93 + 0.14 * tooth
    return np.clip(picture * grain[..., None], 0, 1).astype(np.float32)
