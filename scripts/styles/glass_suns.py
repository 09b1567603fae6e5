"""Suns and beams in leaded glass."""

from __future__ import annotations

import numpy as np

from scripts.styles.fields import Field, blurred, layered_noise, palette, ramp, smooth_noise, streaked


def glass_suns(rng: np.random.Generator, size_px: int) -> Field:
    """Suns and beams in leaded glass: rings cut into pieces, each with its own color, bubbles and lit rim."""
    y, x = np.mgrid[0:size_px, 0:size_px].astype(np.float32) / size_px
    warp_x = 0.012 * (smooth_noise(rng, size_px, cell_px=size_px / 7) - 0.5)
    warp_y = 0.012 * (smooth_noise(rng, size_px, cell_px=size_px / 7) - 0.5)
    x, y = x + warp_x, y + warp_y
    warm = palette("7a0f1d", "b3161f", "d93a1c", "ee6b1a", "f7a21b", "fbcf3a", "fdeb8a")
    cool = palette("0c1c52", "123a8c", "1661b0", "168fb5", "17a58c", "4fb86a", "bfd96b")
    wine = palette("2a0f4a", "4c1a73", "7a2a8f", "a83d94", "d0588a", "ee8f8a", "f9d2b0")
    discs = (
        (0.33, 0.36, 0.335, 6, warm), (0.78, 0.70, 0.285, 5, wine), (0.83, 0.20, 0.205, 4, cool),
        (0.17, 0.84, 0.225, 4, cool), (0.50, 0.78, 0.120, 3, warm), (0.57, 0.07, 0.100, 2, wine),
        (0.055, 0.58, 0.085, 2, wine), (0.93, 0.45, 0.075, 2, warm), (0.62, 0.40, 0.075, 2, cool),
    )  # fmt: skip
    # Between the suns, beams: a few long cuts, and across them shorter ones that shift from beam to beam.
    angle = np.float32(0.62)
    beam = np.floor((x * np.cos(angle) + y * np.sin(angle)) * 11)
    cut = np.floor((-x * np.sin(angle) + y * np.cos(angle)) * 7 + 0.37 * beam * 1.618)
    piece = (beam * 61 + cut * 7 + 20000).astype(np.int64)
    place = np.mod(beam * 0.137 + cut * 0.211 + 0.15, 1)
    color = np.where((np.mod(beam, 3) == 0)[..., None], ramp(wine, place), ramp(cool, place * 0.9))
    for number, (center_x, center_y, radius, rings, colors) in enumerate(discs):
        dx, dy = x - center_x, y - center_y
        distance = np.hypot(dx, dy) / radius
        inside = distance < 1
        ring = np.floor(distance * rings)
        sectors = np.where(ring == 0, 1, 4 + 3 * ring)
        turn = np.mod(np.arctan2(dy, dx) / (2 * np.pi) + 0.11 * number + 0.07 * ring, 1)
        sector = np.floor(turn * sectors)
        place = np.mod(0.23 * ring + 0.29 * sector + 0.13 * number + 0.06 * ring * sector, 1)
        place = np.where(ring == 0, 0.95, place)
        other = (warm, cool, wine)[(number + 1) % 3]
        contrast = (np.mod(ring + sector, 4) == 3) & (ring > 0)
        glass = np.where(contrast[..., None], ramp(other, place), ramp(colors, place))
        color = np.where(inside[..., None], glass, color)
        piece = np.where(inside, (100000 * (number + 1) + ring * 100 + sector).astype(np.int64), piece)

    edge = np.zeros((size_px, size_px), np.float32)
    edge[:, 1:] += piece[:, 1:] != piece[:, :-1]
    edge[1:, :] += piece[1:, :] != piece[:-1, :]
    unit = size_px / 1536
    lead = np.clip(blurred(np.minimum(edge, 1), radius_px=5.5 * unit) * 15 * unit - 0.40, 0, 1)
    rim = np.clip(blurred(np.minimum(edge, 1), radius_px=17 * unit) * 24 * unit, 0, 1)

    # Each piece has its own lightness, its own drawn-out streaks and its own bubbles.
    identity = np.modf(np.abs(np.sin(piece * 12.9898)) * 43758.5453)[0].astype(np.float32)
    lean = identity * 2 * np.pi
    flow = np.stack([np.cos(lean), np.sin(lean)], axis=-1).astype(np.float32)
    streaks = streaked(smooth_noise(rng, size_px, cell_px=5 * unit), flow, length_px=round(60 * unit))
    streaks = np.clip(0.5 + (streaks - streaks.mean()) / (5 * streaks.std()), 0, 1)
    clouds = layered_noise(rng, size_px, cell_px=70 * unit)
    bubbles = np.clip(smooth_noise(rng, size_px, cell_px=9 * unit) - 0.78, 0, None) * 2.4
    light = 0.62 + 0.34 * identity + 0.42 * (streaks - 0.5) + 0.5 * (clouds - 0.5) + 0.3 * rim * (1 - rim) + bubbles
    glow = 0.16 * np.exp(-(((x - 0.33) ** 2 + (y - 0.36) ** 2) / 0.12))
    glass = np.clip(color * (light + glow)[..., None] * 1.12, 0, 1)

    # The lead is round: lit from the upper left, with hammer marks.
    height = blurred(lead, radius_px=2.4 * unit)
    down, right = np.gradient(height)
    shine = np.clip(-(down + right) * 6 * unit, -0.4, 1)
    metal = 0.075 + 0.05 * smooth_noise(rng, size_px, cell_px=7 * unit) + 0.45 * np.clip(shine, 0, 1)
    metal = metal[..., None] * np.array([0.95, 1.0, 1.1], np.float32)
    return np.asarray(np.clip(glass * (1 - lead[..., None]) + metal * lead[..., None], 0, 1), np.float32)
