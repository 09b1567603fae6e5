"""Bursts and swooping shapes out of an old comic book, in coarse printer's dots."""

from __future__ import annotations

import numpy as np

from scripts.styles.fields import Field, blurred, coordinates, layered_noise, over, palette, rise, smooth_noise
from scripts.styles.shapes import borders


def halftone_comic(rng: np.random.Generator, size_px: int) -> Field:
    """Cyan, magenta and yellow dots at three angles under fat black lines, a little out of register."""
    unit = size_px / 1024
    x, y = coordinates(size_px)
    area = np.zeros((size_px, size_px), np.int64)
    sway = layered_noise(rng, size_px, cell_px=size_px / 3, octaves=2) - 0.5
    ink = np.zeros((size_px, size_px, 3), np.float32)

    def put(where: Field, number: Field | int, dots: Field) -> None:
        area[where] = (number + np.zeros_like(area))[where]
        ink[where] = np.broadcast_to(dots, ink.shape)[where]

    # What is printed, as shares of cyan, magenta and yellow ink.
    fade = np.clip(1.15 - 1.3 * y + 0.5 * sway, 0.05, 1)[..., None]
    put(np.ones_like(x, bool), 0, fade * np.array([0.85, 0.25, 0.0]) + (1 - fade) * np.array([0.0, 0.55, 0.75]))
    stripe = np.floor((y + 0.22 * np.sin(x * 5 + 0.5) + 0.10 * np.sin(x * 11)) * 13).astype(np.int64)
    ribbons = (stripe >= 8) & (stripe <= 12)
    inks = np.array(
        [[0, 0.05, 0.95], [0.95, 0.15, 0], [0, 0.95, 0.9], [0.05, 0.0, 0.05], [0.85, 0.0, 0.85]], np.float32
    )
    put(ribbons, stripe + 10, inks[(stripe * 2) % 5] * (0.45 + 0.55 * np.mod(x * 2.5 + 0.2 * stripe, 1))[..., None])
    bursts = (
        (0.30, 0.29, 0.25, 13, 0.2), (0.76, 0.72, 0.225, 11, 0.7), (0.83, 0.19, 0.13, 9, 0.1),
        (0.14, 0.80, 0.13, 9, 0.5), (0.47, 0.60, 0.075, 8, 0.3), (0.57, 0.07, 0.06, 7, 0.9),
    )  # fmt: skip
    for number, (column, row, reach, points, shift) in enumerate(bursts):
        distance = np.hypot(x - column, y - row) / reach
        turn = np.mod(np.arctan2(y - row, x - column) / (2 * np.pi) + shift / points, 1) * points
        spike = np.abs(np.mod(turn, 1) - 0.5) * 2
        wobble = 0.12 * np.sin(np.floor(turn) * 2.4 + number)
        for ring, size in enumerate((1.0, 0.78, 0.56, 0.30)):
            edge = size * (0.70 + (0.36 + wobble) * spike) if ring < 3 else size * np.ones_like(spike)
            colors = ((0.02, 0.95, 0.95), (0.0, 0.10, 0.98), (0.95, 0.35, 0.0), (0.0, 0.92, 0.25))
            paper = (ring + number) % 4 == 3
            full = np.array((0.0, 0.0, 0.05) if paper else colors[(ring + number) % 4])
            strength = np.clip(1.15 - 0.75 * distance / max(size, 0.1) + 0.3 * ring, 0.25, 1)[..., None]
            put(distance < edge, 100 + 10 * number + ring, full * strength)

    pitch = 11.5 * unit
    printed = palette("f5ecd4")[0] * np.ones((size_px, size_px, 1), np.float32)
    grain = smooth_noise(rng, size_px, cell_px=2.5 * unit)
    absorbed = np.array([[0.98, 0.30, 0.10], [0.10, 0.95, 0.42], [0.02, 0.10, 0.95]], np.float32)
    for channel, (angle, down, right) in enumerate(((0.26, 2, -1), (1.31, -2, 2), (0.0, 1, 2))):
        share = np.roll(ink[..., channel], (round(down * unit), round(right * unit)), (0, 1))
        turned_x = (x * np.cos(angle) + y * np.sin(angle)) * size_px / pitch
        turned_y = (-x * np.sin(angle) + y * np.cos(angle)) * size_px / pitch
        wave = 0.5 + 0.25 * (np.cos(2 * np.pi * turned_x) + np.cos(2 * np.pi * turned_y))
        dots = rise(wave + 1.02 * share, 0.95, 1.05) * (share > 0.03)
        laid = dots * (0.97 - 0.10 * (grain > 0.72))
        printed = printed * (1 - laid[..., None] * absorbed[channel])

    # The inker's brush: fat outlines that swell, and feathered lines inside of the shapes.
    swell = 2.0 + 2.6 * smooth_noise(rng, size_px, cell_px=90 * unit)
    line = blurred(borders(area), radius_px=2.6 * unit) * 6.6 * unit
    black = rise(line * swell, 0.85, 1.15)
    feather = np.abs(np.mod((y - 0.22 * np.sin(x * 5 + 0.5)) * 44 + x * 18, 1) - 0.5)
    shade = (
        rise(0.34 * np.clip(1.15 - np.mod(x * 2.5 + 0.2 * stripe, 1) * 2.6, 0, 1) - feather, 0.0, 0.03)
        * ribbons
        * (area < 100)
    )
    black = np.maximum(black, shade)
    return np.clip(over(printed, np.broadcast_to(palette("14121a")[0], printed.shape), black * 0.97), 0, 1)
