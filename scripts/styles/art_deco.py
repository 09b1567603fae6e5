"""Towers before a rising sun, over a frieze of fans: a poster of the 1920s."""

from __future__ import annotations

import numpy as np

from scripts.styles.fields import Field, blurred, coordinates, over, palette, ramp, rise, smooth_noise
from scripts.styles.shapes import borders

GOLD = palette("8a5a1c", "d9a441", "fbe7a8")
PANELS = (
    palette("08262e", "0f5a63", "3fa79a"),
    palette("12101c", "3a2440", "8a4a6a"),
    palette("7a1f2a", "d9502f", "f7a85a"),
    palette("c98a2f", "f0c765", "fdf0c8"),
)


def art_deco(rng: np.random.Generator, size_px: int) -> Field:
    """Sprayed gradients within gold lines: rays, stepped towers and ribbed fans in teal, black, coral and cream."""
    unit = size_px / 1024
    x, y = coordinates(size_px)
    panel = np.zeros((size_px, size_px), np.int64)
    area = np.zeros((size_px, size_px), np.int64)
    light = np.zeros((size_px, size_px), np.float32)
    distance = np.hypot(x - 0.5, y - 0.60)
    turn = np.arctan2(y - 0.60, x - 0.5)
    ray = np.floor((turn + np.pi) / (2 * np.pi) * 44).astype(np.int64)
    ring = np.floor(distance * 7.5).astype(np.int64)
    panel[:] = np.array([0, 1, 3, 1, 0, 2])[(ray + 2 * (ring % 2)) % 6]
    area[:] = ray + 100 * ring
    light[:] = np.mod(distance * 7.5, 1) * 0.85 + 0.1
    sun = distance < 0.20
    band = np.floor(distance / 0.20 * 5).astype(np.int64)
    panel[sun] = np.array([3, 2, 3, 2, 3, 2])[np.clip(band, 0, 5)][sun]
    area[sun] = 900 + band[sun]
    light[sun] = np.mod(distance / 0.20 * 5, 1)[sun]

    towers = (
        (0.10, 0.10, 0.30), (0.24, 0.085, 0.40), (0.76, 0.085, 0.36), (0.90, 0.10, 0.26), (0.37, 0.06, 0.47),
        (0.63, 0.06, 0.45), (0.01, 0.07, 0.44), (0.99, 0.07, 0.42),
    )  # fmt: skip
    for number, (middle, half, top) in enumerate(towers):
        for step, share in enumerate((1.0, 0.72, 0.46, 0.2, 0.06)):
            inside = (
                (np.abs(x - middle) < half * share) & (y > top - 0.055 * step - (0.07 if step == 4 else 0)) & (y < 0.70)
            )
            rib = np.floor((x - middle) / (half * share) * max(0.6, 1.9 - 0.6 * step)).astype(np.int64)
            panel[inside] = np.array([1, 0, 1, 2])[(number + step) % 4]
            area[inside] = (2000 + number * 100 + step * 15 + rib)[inside]
            light[inside] = (
                np.clip(0.95 - (y - top + 0.055 * step) * 2.2, 0.05, 0.95)[inside]
                * np.where(rib % 2 == 0, 1, 0.45)[inside]
            )
            windows = (
                inside & (np.mod(y * 34, 1) < 0.42) & (np.mod((x - middle) / half * 4 + 0.25, 1) < 0.40) & (step < 3)
            )
            panel[windows], light[windows] = 3, 0.8

    radius = 0.125
    for line in range(6):
        base = 0.735 + line * 0.068
        column = np.floor(x / (2 * radius) + 0.5 * (line % 2)).astype(np.int64)
        hub = (column + 0.5 - 0.5 * (line % 2)) * 2 * radius
        center = base + radius * 0.55
        reach = np.hypot(x - hub, y - center)
        fan = (reach < radius) | (y > center)
        angle = np.arctan2(y - center, x - hub)
        rib = np.floor((angle + np.pi) / (2 * np.pi) * 26).astype(np.int64)
        ring = np.floor(reach / radius * 3.4).astype(np.int64)
        order = np.array([[1, 0, 3], [3, 2, 1], [0, 1, 0], [2, 3, 1]])
        tint = order[(line + column) % 4, np.clip(ring % 3, 0, 2)]
        panel[fan] = tint[fan]
        area[fan] = (5000 + line * 2000 + column * 200 + ring * 40 + np.where(ring > 0, rib, 0))[fan]
        light[fan] = (0.12 + 0.8 * np.mod(reach / radius * 3.4, 1) * np.where((rib % 2 == 0) | (ring == 0), 1, 0.6))[
            fan
        ]

    # The airbrush: a gradient breaks up into specks.
    speck = (smooth_noise(rng, size_px, cell_px=2.3 * unit) - 0.5) * 0.42
    color = np.zeros((size_px, size_px, 3), np.float32)
    for number, colors in enumerate(PANELS):
        color = np.where((panel == number)[..., None], ramp(colors, light + speck), color)
    line_width = rise(blurred(borders(area), radius_px=1.6 * unit) * 4 * unit, 0.42, 0.66)
    metal = ramp(GOLD, 0.5 + 0.5 * np.sin((x + y) * 24 + 2 * np.sin(y * 13)) + speck)
    color = over(color, metal, line_width)
    paper = 0.93 + 0.09 * smooth_noise(rng, size_px, cell_px=5 * unit)[..., None]
    return np.clip(color * paper, 0, 1)
