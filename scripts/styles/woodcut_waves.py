"""A sun over hills and a rough sea, cut in wood and printed from four blocks."""

from __future__ import annotations

import numpy as np

from scripts.styles.fields import (
    Field,
    blurred,
    coordinates,
    layered_noise,
    over,
    palette,
    ramp,
    rise,
    smooth_noise,
    unit_vectors,
)
from scripts.styles.shapes import borders, cut


def woodcut_waves(rng: np.random.Generator, size_px: int) -> Field:
    """Gouge marks that run with rays, slopes and waves; a black key block over flat red, ochre, blue and cream."""
    unit = size_px / 1024
    x, y = coordinates(size_px)
    sway = layered_noise(rng, size_px, cell_px=size_px / 4, octaves=3) - 0.5
    design = _Design(size_px)
    _draw_sky(rng, design, x, y, sway)
    _draw_hills(design, x, y, sway)
    _draw_sea(design, x, y, sway)

    flow = unit_vectors(design.flow)
    outline = blurred(borders(design.region), radius_px=3.0 * unit)
    key = 1 - rise(outline * 8 * unit, 0.35, 0.55)
    fine = cut(rng, flow, design.tone * key, width_px=7.5 * unit, length_px=60 * unit)
    broad = cut(rng, flow, np.clip(design.tone * 1.6 - 0.60, 0, 1) * key, width_px=14 * unit, length_px=120 * unit)
    opened = np.maximum(fine, broad) * key
    # Ink lies unevenly: it skips in the wood's grain and is starved in places.
    grain = smooth_noise(rng, size_px, cell_px=2.2 * unit)
    wood = np.sin(y * 560 + 18 * layered_noise(rng, size_px, cell_px=size_px / 3) + 30 * sway)
    worn = np.clip(0.94 - 0.10 * (grain > 0.80) - 0.09 * (wood > 0.72) * grain, 0, 1)
    paper = palette("f4e6c6")[0] * (0.96 + 0.06 * grain[..., None])
    flat = over(paper * np.ones_like(design.color), design.color, np.clip(worn - 0.06 * (wood > 0.5), 0, 1))
    printed = over(flat, np.broadcast_to(palette("151a2b")[0], flat.shape), (1 - opened) * worn)
    return np.clip(printed, 0, 1)


class _Design:
    """What is cut and printed at each pixel."""

    def __init__(self, size_px: int) -> None:
        self.region = np.full((size_px, size_px), -1, np.int64)
        """Where a black outline runs: between two regions."""
        self.flow = np.zeros((size_px, size_px, 2), np.float32)
        self.tone = np.zeros((size_px, size_px), np.float32)
        """How much is cut away, from 0 to 1."""
        self.color = np.zeros((size_px, size_px, 3), np.float32)

    def draw(self, where: Field, *, flow: tuple[Field, Field], tone: Field, color: Field) -> None:
        """Draw a new region over what is there: which way its cuts run, how many there are, and its flat color."""
        self.region[where] = self.region.max() + 1
        self.flow[where] = np.stack(flow, axis=-1)[where]
        self.tone[where] = tone[where]
        self.color[where] = np.broadcast_to(color, self.color.shape)[where]


def _draw_sky(rng: np.random.Generator, design: _Design, x: Field, y: Field, sway: Field) -> None:
    right, down = x - 0.64, y - 0.25
    distance = np.hypot(right, down)
    beam = 0.5 + 0.5 * np.sign(np.sin(np.arctan2(down, right) * 17))
    glow = ramp(palette("f6e6bd", "f4cf7c", "8fc0bd", "3f86a0"), distance * 1.5 + 0.15 * sway)
    tone = np.clip(0.34 + 0.62 * beam - 0.25 * distance, 0.1, 1)
    design.draw(np.ones_like(x, bool), flow=(right, down), tone=tone, color=glow)
    heap = layered_noise(rng, x.shape[0], cell_px=x.shape[0] / 5, octaves=3) - 0.35 * np.abs(y - 0.14) - 0.35
    clouds = (rise(heap, 0.19, 0.20) > 0.5) & (y < 0.42)
    tone = np.clip(0.95 - 3.0 * np.abs(sway), 0.35, 1)
    curl = (np.ones_like(x), 1.6 * np.cos(x * 21 + y * 13))
    design.draw(clouds, flow=curl, tone=tone, color=palette("f6ead0")[0])
    radius = 0.135
    tone = 0.62 + 0.40 * (distance < radius * 0.62)
    design.draw(distance < radius, flow=(-down, right), tone=tone, color=palette("d8371f")[0])


def _draw_hills(design: _Design, x: Field, y: Field, sway: Field) -> None:
    for level, swing, waves, shift, ink, lean in (
        (0.43, 0.050, 6.0, 0.3, "5a9a8a", 1.1),
        (0.50, 0.060, 4.4, 2.0, "e0952f", -0.9),
        (0.575, 0.045, 7.3, 4.4, "c2452b", 1.3),
    ):
        edge = level + swing * np.sin(x * waves + shift) + 0.02 * np.sin(x * 17 + shift)
        slope = (np.ones_like(x), lean * np.sin(x * 9 + shift) + 0.6 + (y - edge) * 5 * lean)
        tone = np.clip(0.80 - (y - edge) * 4.5 + 0.9 * sway, 0.12, 0.95)
        design.draw(y > edge, flow=slope, tone=tone, color=palette(ink)[0])


def _draw_sea(design: _Design, x: Field, y: Field, sway: Field) -> None:
    for number in range(7):
        level = 0.635 + 0.058 * number
        phase = x * 26 / (1 + 0.30 * number) + 1.9 * number
        crest = np.abs(np.sin(phase / 2)) ** 1.5
        edge = level + 0.020 + (0.012 + 0.0075 * number) * (1 - 2 * crest) + 0.02 * sway
        drop = (y - edge) / (0.05 + 0.012 * number)
        pitch = -np.sign(np.sin(phase)) * 1.5 * (1 - crest) * np.exp(-drop)
        wave = (np.ones_like(x), pitch + 0.7 * np.sin(phase + drop * 2))
        foam = drop < 0.42 * (0.4 + crest)
        tone = np.clip(np.where(foam, 1.0, 0.62 - 0.30 * drop + 0.5 * sway), 0.1, 1)
        sea = palette("2f7f96", "1d5f86", "2a8f92")[number % 3]
        color = np.where(foam[..., None], palette("f6ead0")[0], sea)
        design.draw(y > edge, flow=wave, tone=tone, color=color)
