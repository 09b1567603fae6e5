"""Enamel flung and dripped on raw canvas, layer over layer."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from scripts.styles.fields import Field, blurred, layered_noise, palette, shaded, smooth_noise
from scripts.styles.shapes import points_of

ENAMELS = (
    "14141a",
    "f2ead8",
    "c8402a",
    "1f6f8a",
    "e8b03a",
    "14141a",
    "f2ead8",
    "2a3f7a",
    "14141a",
    "d9662a",
    "f2ead8",
    "14141a",
)


def drip_painting(rng: np.random.Generator, size_px: int) -> Field:
    """Loops of black, cream, rust, blue and yellow that swell, thin out, break into drops and lie on one another."""
    unit = size_px / 1024
    ground = layered_noise(rng, size_px, cell_px=150 * unit, octaves=4)[..., None]
    weave = smooth_noise(rng, size_px, cell_px=3 * unit)[..., None]
    raw = palette("b8925f")[0] * (0.72 + 0.4 * ground) * (0.9 + 0.18 * weave)
    canvas = Image.fromarray(np.uint8(np.clip(raw, 0, 1) * 255))
    relief = Image.new("F", (size_px, size_px))
    pens = (ImageDraw.Draw(canvas), ImageDraw.Draw(relief))
    for index, color in enumerate(palette(*ENAMELS)):
        for _ in range(9 if index < 5 else 14):
            _pour(
                pens,
                rng,
                size_px,
                color,
                thick_px=min(26.0, 2.5 + rng.exponential(7.5 - 0.25 * index)) * unit,
                unit=unit,
            )
        for _ in range(26):
            _splash(pens, rng, rng.uniform(0, size_px, 2), color, min(34.0, 3 + rng.exponential(9)) * unit)
    height = blurred(np.asarray(relief), radius_px=1.4 * unit)
    return shaded(np.asarray(canvas, np.float32) / 255, height, strength=0.16, gloss=0.30)


Pens = tuple[ImageDraw.ImageDraw, ImageDraw.ImageDraw]


def _pour(pens: Pens, rng: np.random.Generator, size_px: int, color: Field, *, thick_px: float, unit: float) -> None:
    """One pour from a stick: the hand swings in loops, slow where the line is thick, fast where it is thin."""
    steps = int(rng.uniform(160, 420))
    turning = np.convolve(rng.normal(0, 0.38, steps + 40), np.hanning(40) / 10, "same")[:steps] + rng.normal(0, 0.03)
    lean = rng.uniform(0, 2 * np.pi) + np.cumsum(turning * 0.5)
    pace = 6.5 * unit * np.exp(np.convolve(rng.normal(0, 1.2, steps + 30), np.hanning(30) / 15, "same")[:steps])
    pace = np.clip(pace, 2.5 * unit, 24 * unit)
    path = rng.uniform(-0.05, 1.05, 2) * size_px + np.cumsum(
        np.stack([np.cos(lean), np.sin(lean)], axis=1) * pace[:, None], axis=0
    )
    width = np.clip(thick_px * (6.5 * unit / pace) ** 1.5, 1.3 * unit, thick_px * 2.6)
    for index in range(steps - 1):
        if not -0.1 * size_px < path[index].min() <= path[index].max() < 1.1 * size_px:
            continue
        _blot(pens, path[index], width[index] / 2, color, rng, unit)
        pens[0].line(points_of(path[index : index + 2]), fill=_ink(color, 1.0), width=max(1, round(width[index])))
        pens[1].line(
            points_of(path[index : index + 2]), fill=float(width[index] * 0.35), width=max(1, round(width[index] * 0.6))
        )
        if rng.random() < 0.05:
            aside = path[index] + rng.normal(0, 22 * unit, 2)
            _blot(pens, aside, rng.exponential(2.4) * unit + unit, color, rng, unit)


def _splash(pens: Pens, rng: np.random.Generator, place: Field, color: Field, radius: float) -> None:
    """A drop that burst: one blot, and smaller ones thrown from it in one direction."""
    lean = rng.uniform(0, 2 * np.pi)
    unit = radius / 9
    _blot(pens, place, radius * 0.7, color, rng, unit)
    for _ in range(rng.integers(5, 16)):
        way = lean + rng.normal(0, 0.9)
        far = radius * (0.6 + rng.exponential(1.6))
        spot = place + far * np.array([np.cos(way), np.sin(way)])
        _blot(pens, spot, radius * rng.uniform(0.08, 0.32), color, rng, unit)


def _blot(pens: Pens, place: Field, radius: float, color: Field, rng: np.random.Generator, unit: float) -> None:
    center = points_of(np.asarray(place)[None])[0]
    pens[0].circle(center, max(0.8, radius), fill=_ink(color, 1 + rng.normal(0, 0.015)))
    pens[1].circle(center, max(0.5, radius * 0.7), fill=float(min(radius, 9 * unit) * 0.7))


def _ink(color: Field, light: float) -> tuple[int, int, int]:
    red, green, blue = (int(255 * channel) for channel in np.clip(color * light, 0, 1))
    return red, green, blue
