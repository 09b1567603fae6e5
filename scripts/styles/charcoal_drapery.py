"""Folds of cloth in charcoal, red chalk and white on gray-brown paper."""

from __future__ import annotations

import numpy as np

from scripts.styles.brushwork import Canvas, follow, scattered
from scripts.styles.fields import Field, blurred, layered_noise, over, palette, rise, smooth_noise, standardized


def charcoal_drapery(rng: np.random.Generator, size_px: int) -> Field:
    """Hatching that follows and crosses the folds: dark and dense in the shade, chalk where the light falls."""
    unit = size_px / 1024
    paper = palette("b59a7a")[0]
    tooth = standardized(layered_noise(rng, size_px, cell_px=5 * unit, octaves=2), spread=0.22)
    height = layered_noise(rng, size_px, cell_px=size_px / 2.6, octaves=2)
    folds = height * 10 + 0.5 * layered_noise(rng, size_px, cell_px=size_px / 6, octaves=3)
    ridge = np.abs(np.mod(folds, 2) - 1) ** 1.25 * 0.16
    ridge += 0.018 * layered_noise(rng, size_px, cell_px=size_px / 9, octaves=3)
    ridge = blurred(ridge, radius_px=5 * unit) * size_px * 0.5
    down, right = np.gradient(ridge)
    lambert = (1 + 0.85 * right + 1.1 * down) / np.sqrt(1 + right**2 + down**2)
    order = np.argsort(lambert, axis=None)
    tone = np.empty(lambert.size, np.float32)
    tone[order] = np.linspace(0, 1, lambert.size, dtype=np.float32)
    tone = tone.reshape(lambert.shape)
    # Hatches go over the form, as a belt around it; contours run along it.
    smooth_down, smooth_right = np.gradient(blurred(folds, radius_px=14 * unit))
    over_form = np.arctan2(smooth_down, smooth_right) + 0.35
    along = over_form + np.pi / 2
    picture = paper * (0.90 + 0.16 * tooth[..., None]) * np.ones((size_px, size_px, 1))
    smudge = blurred(rise(tone, 0.48, 0.05), radius_px=6 * unit)
    picture = over(picture, np.broadcast_to(palette("4a3c34")[0], picture.shape), 0.55 * smudge * (0.6 + 0.5 * tooth))
    passes = (
        ("8f3a22", 0.10, 0.62, over_form + 0.5, 19, 7, 80, 0.85),
        ("b0502c", 0.30, 0.72, along, 24, 6, 120, 0.7),
        ("1c1816", 0.00, 0.40, over_form, 13, 5.5, 90, 1.0),
        ("141110", 0.00, 0.24, over_form - 0.75, 12, 6.5, 70, 1.1),
        ("100d0c", 0.00, 0.12, along, 12, 11, 110, 1.3),
        ("fbf3e2", 0.82, 1.01, over_form + 0.15, 14, 5, 60, 0.85),
        ("fffaf0", 0.93, 1.01, along, 14, 8, 80, 1.15),
    )
    for ink, low, high, lean, spacing, width, length, press in passes:
        picture = _hatch(rng, picture, tooth, tone, (low, high), lean, palette(ink)[0], unit=unit,
                         spacing=spacing, width=width, length=length, press=press)  # fmt: skip
    return np.clip(picture, 0, 1)


def _hatch(
    rng: np.random.Generator,
    picture: Field,
    tooth: Field,
    tone: Field,
    between: tuple[float, float],
    lean: Field,
    ink: Field,
    *,
    unit: float,
    spacing: float,
    width: float,
    length: float,
    press: float,
) -> Field:
    """Strokes wherever the tone lies between two values; they catch on the tooth of the paper."""
    size_px = tone.shape[0]
    canvas = Canvas(np.zeros((size_px, size_px, 3), np.float32))
    flow = np.stack([np.cos(lean), np.sin(lean)], axis=-1).astype(np.float32)
    low, high = between
    for place in scattered(rng, size_px, spacing_px=spacing * unit):
        column, row = np.clip(place, 0, size_px - 1).astype(np.int32)
        if not low <= tone[row, column] + rng.normal(0, 0.03) < high:
            continue
        path = follow(flow, place, length_px=length * unit * rng.uniform(0.5, 1.3), step_px=6 * unit)
        path = path - (path[len(path) // 2] - place)
        load = press * rng.uniform(0.65, 1.1)
        canvas.stroke(path, width_px=width * unit * rng.uniform(0.7, 1.2), color=ink, rng=rng, thickness=load)
    _, load_field = canvas.loose()
    dust = smooth_noise(rng, size_px, cell_px=2.2 * unit)
    cover = np.clip((load_field * 0.9 + tooth + 0.3 * dust - 0.85) * 2.6, 0, 1) * (load_field > 0)
    return over(picture, np.broadcast_to(ink, picture.shape), 0.92 * cover)
