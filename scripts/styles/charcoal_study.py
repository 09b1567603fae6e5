"""Fruit on a table in charcoal, red chalk and white on gray-brown paper."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scripts.styles.brushwork import Canvas, follow, scattered
from scripts.styles.fields import (
    Field,
    blurred,
    coordinates,
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
    """Hatching around round forms: dark and crossed in the shade, white chalk where the light falls."""
    unit = size_px / 1024
    paper = palette("b8986f")[0]
    tooth = standardized(layered_noise(rng, size_px, cell_px=5 * unit, octaves=2), spread=0.22)
    tone, over_form = _still_life(rng, size_px)
    along = over_form + np.pi / 2
    picture = paper * (0.90 + 0.16 * tooth[..., None]) * np.ones((size_px, size_px, 1))
    smudge = blurred(rise(tone, 0.48, 0.05), radius_px=6 * unit)
    picture = over(picture, np.broadcast_to(palette("4a3c34")[0], picture.shape), 0.55 * smudge * (0.6 + 0.5 * tooth))
    sticks = (
        _Stick("8f3a22", 0.14, 0.60, over_form + 0.5, 17, 7, 80, 0.85),
        _Stick("b0502c", 0.34, 0.70, along, 24, 6, 110, 0.7),
        _Stick("1c1816", 0.00, 0.42, over_form, 13, 5.5, 90, 1.0),
        _Stick("141110", 0.00, 0.27, over_form - 0.75, 12, 6.5, 70, 1.1),
        _Stick("100d0c", 0.00, 0.13, along, 12, 11, 100, 1.3),
        _Stick("fbf3e2", 0.78, 1.01, over_form + 0.15, 13, 5, 56, 0.85),
        _Stick("fffaf0", 0.92, 1.01, along, 13, 8, 60, 1.2),
    )
    for stick in sticks:
        picture = _hatch(rng, picture, stick, tooth=tooth, tone=tone, unit=unit)
    return np.clip(picture, 0, 1)


def _still_life(rng: np.random.Generator, size_px: int) -> tuple[Field, Field]:
    """How light each place is, and which way (radians) a hatch goes over the form there."""
    x, y = coordinates(size_px)
    rough = layered_noise(rng, size_px, cell_px=size_px / 5, octaves=4) - 0.5
    tone = np.where(y < 0.40, 0.14 + 0.36 * x + 0.6 * rough, 0.74 - 0.30 * (y - 0.4) + 0.7 * rough)
    tone = np.clip(tone, 0.02, 0.78)
    lean = np.where(y < 0.40, 0.9 + 0.8 * rough, 0.12 + 0.5 * rough)
    fruits = (
        (0.14, 0.20, 0.155), (0.86, 0.17, 0.165), (0.50, 0.14, 0.145), (0.33, 0.36, 0.160), (0.70, 0.37, 0.150),
        (0.05, 0.48, 0.135), (0.95, 0.50, 0.140), (0.51, 0.56, 0.175), (0.22, 0.63, 0.140), (0.78, 0.66, 0.155),
        (0.40, 0.83, 0.140), (0.08, 0.86, 0.150), (0.64, 0.92, 0.130), (0.93, 0.90, 0.145),
    )  # fmt: skip
    for column, row, radius in fruits:
        right, down = (x - column) / radius, (y - row) / (radius * rng.uniform(0.88, 1.0))
        # What stands before the light throws a shadow down to the right.
        shadow = np.hypot((right - 0.62) / 1.25, (down - 0.78) / 0.75)
        tone = np.where(shadow < 1, np.minimum(tone, 0.04 + 0.42 * shadow**2), tone)
        wobble = 1 + 0.035 * np.sin(3 * np.arctan2(down, right) + column * 20)
        distance = np.hypot(right, down) / wobble
        inside = distance < 1
        height = np.sqrt(np.clip(1 - distance**2, 0, 1))
        light = -0.55 * right - 0.62 * down + 0.56 * height
        bounce = 0.20 * np.clip(0.6 * right + 0.7 * down, 0, 1) ** 2
        ball = np.clip(0.30 + 0.62 * light + bounce + 0.25 * rough, 0.03, 1)
        ball = np.where(distance > 0.965, 0.02, ball)
        tone = np.where(inside, ball, tone)
        # Hatches run one way over all of the drawing, and bend a little where they go over a form.
        turn = -0.85 + 0.75 * (right + down) + 0.3 * np.sin(column * 40)
        lean = np.where(inside, turn, lean)
        stem = (np.abs(right + 0.10 * np.sin(down * 4) - 0.08) < 0.035) & (down > -0.95) & (down < -0.45)
        tone = np.where(stem, 0.02, tone)
        dent = np.hypot(right - 0.06, (down + 0.45) / 0.45)
        tone = np.where(dent < 0.26, np.minimum(tone, 0.06 + dent), tone)
    return np.asarray(tone, np.float32), np.asarray(lean, np.float32)


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
