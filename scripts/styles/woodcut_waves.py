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
    sun_x, sun_y, sun_radius = 0.64, 0.25, 0.135
    sun = np.hypot(x - sun_x, y - sun_y)
    region = np.zeros((size_px, size_px), np.int64)
    flow = np.stack([x - sun_x, y - sun_y], axis=-1)
    turn = np.arctan2(y - sun_y, x - sun_x)
    beam = 0.5 + 0.5 * np.sign(np.sin(turn * 17))
    tone = np.clip(0.34 + 0.62 * beam - 0.25 * sun, 0.1, 1)
    color = ramp(palette("f6e6bd", "f4cf7c", "8fc0bd", "3f86a0"), sun * 1.5 + 0.15 * sway)

    clouds = rise(
        layered_noise(rng, size_px, cell_px=size_px / 5, octaves=3) - 0.35 * np.abs(y - 0.14) - 0.35, 0.19, 0.20
    )
    inside = (clouds > 0.5) & (y < 0.42)
    region[inside] = 1
    flow = np.where(inside[..., None], np.stack([np.ones_like(x), 1.6 * np.cos(x * 21 + y * 13)], axis=-1), flow)
    tone = np.where(inside, np.clip(0.95 - 3.0 * np.abs(sway), 0.35, 1), tone)
    color = np.where(inside[..., None], palette("f6ead0")[0], color)

    disc = sun < sun_radius
    region[disc] = 2
    flow = np.where(disc[..., None], np.stack([-(y - sun_y), x - sun_x], axis=-1), flow)
    tone = np.where(disc, 0.62 + 0.40 * (sun < sun_radius * 0.62), tone)
    color = np.where(disc[..., None], palette("d8371f")[0], color)

    hills = (
        (0.43, 0.050, 6.0, 0.3, "5a9a8a", 1.1), (0.50, 0.060, 4.4, 2.0, "e0952f", -0.9),
        (0.575, 0.045, 7.3, 4.4, "c2452b", 1.3),
    )  # fmt: skip
    for number, (level, swing, waves, shift, ink, lean) in enumerate(hills):
        edge = level + swing * np.sin(x * waves + shift) + 0.02 * np.sin(x * 17 + shift)
        below = y > edge
        region[below] = 3 + number
        slope = np.stack([np.ones_like(x), lean * np.sin(x * 9 + shift) + 0.6 + (y - edge) * 5 * lean], axis=-1)
        flow = np.where(below[..., None], slope, flow)
        light = np.clip(0.80 - (y - edge) * 4.5 + 0.9 * sway, 0.12, 0.95)
        tone = np.where(below, light, tone)
        color = np.where(below[..., None], palette(ink)[0], color)

    for number in range(7):
        level = 0.635 + 0.058 * number
        waves = 26 / (1 + 0.30 * number)
        phase = x * waves + 1.9 * number
        crest = np.abs(np.sin(phase / 2)) ** 1.5
        edge = level + 0.020 + (0.012 + 0.0075 * number) * (1 - 2 * crest) + 0.02 * sway
        below = y > edge
        region[below] = 10 + number
        drop = (y - edge) / (0.05 + 0.012 * number)
        pitch = -np.sign(np.sin(phase)) * 1.5 * (1 - crest) * np.exp(-drop)
        flow = np.where(
            below[..., None], np.stack([np.ones_like(x), pitch + 0.7 * np.sin(phase + drop * 2)], axis=-1), flow
        )
        foam = drop < 0.42 * (0.4 + crest)
        tone = np.where(below, np.clip(np.where(foam, 1.0, 0.62 - 0.30 * drop + 0.5 * sway), 0.1, 1), tone)
        sea = palette("2f7f96", "1d5f86", "2a8f92")[number % 3]
        color = np.where(below[..., None], np.where(foam[..., None], palette("f6ead0")[0], sea), color)

    flow = unit_vectors(flow)
    outline = blurred(borders(region), radius_px=3.0 * unit)
    key = 1 - rise(outline * 8 * unit, 0.35, 0.55)
    fine = cut(rng, flow, tone * key, width_px=7.5 * unit, length_px=60 * unit)
    broad = cut(rng, flow, np.clip(tone * 1.6 - 0.60, 0, 1) * key, width_px=14 * unit, length_px=120 * unit)
    opened = np.maximum(fine, broad) * key
    # Ink lies unevenly: it skips in the wood's grain and is starved in places.
    grain = smooth_noise(rng, size_px, cell_px=2.2 * unit)
    wood = np.sin(y * 560 + 18 * layered_noise(rng, size_px, cell_px=size_px / 3) + 30 * sway)
    worn = np.clip(0.94 - 0.10 * (grain > 0.80) - 0.09 * (wood > 0.72) * grain, 0, 1)
    paper = palette("f4e6c6")[0] * (0.96 + 0.06 * grain[..., None])
    flat = over(paper * np.ones_like(color), color, np.clip(worn - 0.06 * (wood > 0.5), 0, 1))
    printed = over(flat, np.broadcast_to(palette("151a2b")[0], color.shape), (1 - opened) * worn)
    return np.clip(printed, 0, 1)
