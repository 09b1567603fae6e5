"""Rocks and folds in charcoal, red chalk and white on gray-brown paper."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scripts.styles.brushwork import Canvas, follow, scattered
from scripts.styles.fields import (
    Field,
    blurred,
    layered_noise,
    over,
    palette,
    rise,
    smooth_noise,
    standardized,
)


@dataclass(frozen=True, slots=True)
class _Stick:
    """How one stick is used: lengths in pixels of a picture of 1024."""

    ink: str
    low: float
    """It is used where the tone is at least this, and lower than `high`."""
    high: float
    lean: Field
    """Which way its strokes run at each pixel, in radians."""
    spacing: float
    width: float
    length: float
    press: float


def charcoal_study(rng: np.random.Generator, size_px: int) -> Field:
    """Hatching over rugged forms: dark and crossed in the shade, white chalk where the light falls."""
    unit = size_px / 1024
    paper = palette("b8986f")[0]
    tooth = standardized(layered_noise(rng, size_px, cell_px=5 * unit, octaves=2), spread=0.22)
    tone, over_form = _forms(rng, size_px)
    along = over_form + np.pi / 2
    picture = paper * (0.90 + 0.16 * tooth[..., None]) * np.ones((size_px, size_px, 1))
    smudge = blurred(rise(tone, 0.28, 0.03), radius_px=6 * unit)
    picture = over(picture, np.broadcast_to(palette("4a3c34")[0], picture.shape), 0.55 * smudge * (0.6 + 0.5 * tooth))
    sticks = (
        _Stick("8f3a22", 0.12, 0.46, over_form + 0.5, 17, 7, 80, 0.85),
        _Stick("b0502c", 0.28, 0.62, along, 24, 6, 110, 0.7),
        _Stick("1c1816", 0.00, 0.28, over_form, 13, 5.5, 90, 1.0),
        _Stick("141110", 0.00, 0.13, over_form - 0.75, 12, 6.5, 70, 1.1),
        _Stick("100d0c", 0.00, 0.04, along, 12, 11, 100, 1.3),
        _Stick("fbf3e2", 0.78, 1.01, over_form + 0.15, 13, 5, 56, 0.85),
        _Stick("fffaf0", 0.92, 1.01, along, 13, 8, 60, 1.2),
    )
    for stick in sticks:
        picture = _hatch(rng, picture, stick, tooth=tooth, tone=tone, unit=unit)
    return np.clip(picture, 0, 1)


def _forms(rng: np.random.Generator, size_px: int) -> tuple[Field, Field]:
    """How light each place is, and which way (radians) a hatch goes over the form there."""
    unit = size_px / 1024
    height = layered_noise(rng, size_px, cell_px=size_px / 7, octaves=2)
    # Folded upon itself, a soft hill gets ridges, as rocks and cloth have them.
    ridges: Field = np.abs(
        np.mod(height * 5 + 0.8 * layered_noise(rng, size_px, cell_px=size_px / 7, octaves=3), 2) - 1
    )
    relief = blurred(ridges * 0.16 + height * 0.5, radius_px=7 * unit) * size_px * 0.7
    down, right = np.gradient(relief)
    light = -(0.75 * right + 0.9 * down) + 0.12 * layered_noise(rng, size_px, cell_px=size_px / 12, octaves=3)
    tone = np.empty_like(light)
    tone.flat[np.argsort(light, axis=None)] = np.linspace(0, 1, light.size, dtype=np.float32)
    # Hatches run one way over all of the drawing, and bend where they go over a form.
    bend = np.clip(blurred(np.asarray(right - down), radius_px=16 * unit), -1, 1)
    return np.asarray(tone, np.float32), np.asarray(-0.85 + 0.9 * bend, np.float32)


def _hatch(rng: np.random.Generator, picture: Field, stick: _Stick, *, tooth: Field, tone: Field, unit: float) -> Field:
    """Strokes of the stick wherever the tone lies between its two values; they catch on the tooth of the paper."""
    size_px = tone.shape[0]
    ink = palette(stick.ink)[0]
    canvas = Canvas(np.zeros((size_px, size_px, 3), np.float32))
    flow = np.stack([np.cos(stick.lean), np.sin(stick.lean)], axis=-1).astype(np.float32)
    for place in scattered(rng, size_px, spacing_px=stick.spacing * unit):
        column, row = np.clip(place, 0, size_px - 1).astype(np.int32)
        if not stick.low <= tone[row, column] + rng.normal(0, 0.08) < stick.high:
            continue
        path = follow(flow, place, length_px=stick.length * unit * rng.uniform(0.5, 1.3), step_px=6 * unit)
        path = path - (path[len(path) // 2] - place)
        load = stick.press * rng.uniform(0.65, 1.1)
        width_px = stick.width * unit * rng.uniform(0.7, 1.2)
        canvas.stroke(path, width_px=width_px, color=ink, rng=rng, thickness=load)
    _, thickness = canvas.loose()
    dust = smooth_noise(rng, size_px, cell_px=2.2 * unit)
    cover = np.clip((thickness * 0.9 + tooth + 0.3 * dust - 0.85) * 2.6, 0, 1) * (thickness > 0)
    return over(picture, np.broadcast_to(ink, picture.shape), 0.92 * cover)
