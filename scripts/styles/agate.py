"""Slices of agate: thin mineral bands around crystal hearts, with veins of gold."""

from __future__ import annotations

import numpy as np

from scripts.styles.fields import Field, blurred, coordinates, layered_noise, over, palette, rise, shaded, smooth_noise
from scripts.styles.shapes import borders, identity, nearest

BANDS = 8192


def agate(rng: np.random.Generator, size_px: int) -> Field:
    """Bands of blue, wine and amber that follow one another around a dozen hearts of quartz."""
    unit = size_px / 1024
    x, y = coordinates(size_px)
    bend_x, bend_y = (0.16 * (layered_noise(rng, size_px, cell_px=size_px / 3.2, octaves=5) - 0.5) for _ in range(2))
    x, y = x + bend_x, y + bend_y
    hearts = ((0.27, 0.30, 1.0), (0.76, 0.24, 0.72), (0.70, 0.72, 1.1), (0.20, 0.80, 0.62), (0.46, 0.56, 0.34),
              (0.99, 0.52, 0.45), (0.50, 0.05, 0.40), (0.03, 0.54, 0.36), (0.44, 0.97, 0.40))  # fmt: skip
    distances = np.stack(
        [
            np.hypot(x - column, (y - row) * stretch) / reach
            for (column, row, reach), stretch in zip(hearts, rng.uniform(0.8, 1.25, len(hearts)), strict=True)
        ]
    )
    heart = np.argmin(distances, axis=0)
    depth = np.min(distances, axis=0)
    crinkle = layered_noise(rng, size_px, cell_px=46 * unit, octaves=4) - 0.5
    depth = depth + 0.035 * crinkle * rise(depth, 0.03, 0.2)
    tables = np.stack([_bands(rng, number) for number in range(len(hearts))])
    color = tables[heart, np.clip(depth * 2.0 * BANDS, 0, BANDS - 1).astype(np.int32)]

    # The hearts are druses: small crystals, each with its own facet turned to the light.
    cells = nearest(rng.uniform(0, size_px, (5200, 2)), size_px)
    facet = 0.30 + 0.75 * identity(cells)
    glitter = rise(identity(cells, salt=3.0), 0.86, 0.95)
    tint = palette("7e4fb5", "2c6fa8", "c65a8a", "d9a441", "7e4fb5", "2c6fa8", "c65a8a", "d9a441", "2c6fa8")[heart]
    crystal = tint * facet[..., None] * 1.15 + 0.45 * glitter[..., None]
    crystal *= 1 - 0.55 * blurred(borders(cells), radius_px=1.2 * unit)[..., None]
    druse = 1 - rise(depth, 0.062, 0.070)
    color = over(color, crystal, druse)

    # Gold has run into the seams between two hearts, and along one band of each.
    ordered = np.sort(distances, axis=0)
    seam = 1 - rise(ordered[1] - ordered[0] + 0.02 * crinkle, 0.012, 0.020)
    ring = 1 - rise(np.abs(depth - 0.073), 0.0028, 0.0045)
    gold_cover = np.maximum(seam, ring)
    flakes = smooth_noise(rng, size_px, cell_px=5 * unit)
    gold = palette("9a6a1c", "d9a23a", "ffe9a0")[np.clip(flakes * 3, 0, 2).astype(np.int32)]
    color = over(color, gold, gold_cover)
    relief = blurred(gold_cover, radius_px=2.2 * unit) * 7 * unit + 0.6 * flakes
    return shaded(color, relief, strength=0.35, gloss=0.5)


def _bands(rng: np.random.Generator, number: int) -> Field:
    """The colors of one heart's bands from its middle outwards: broad ones cut up by hairlines."""
    sets = (
        palette("071b3a", "0e4a7c", "1f8fb0", "8fd0cf", "f2ead2", "c96f32"),
        palette("3a0a24", "86193f", "cf3f56", "f09a7e", "f7e3c8", "2f6f86"),
        palette("2a1204", "7a3410", "c8661b", "edaa3c", "f9e6b4", "7c1c2c"),
    )
    colors = sets[number % 3]
    table = np.empty((BANDS, 3), np.float32)
    place, index = 0, 0
    while place < BANDS:
        broad = rng.random() < 0.3
        width = int(rng.uniform(240, 420) if broad else rng.uniform(50, 150))
        index = (index + int(rng.integers(1, 4))) % len(colors)
        fade = np.linspace(0, 1, width)[:, None] ** 1.5
        band = colors[index] * (1 - 0.35 * fade) + colors[(index + 1) % len(colors)] * 0.35 * fade
        lines = 1 + 0.16 * np.sin(np.arange(width) / rng.uniform(4, 9))[:, None]
        table[place : place + width] = (band * lines)[: BANDS - place]
        place += width
        if rng.random() < 0.6 and place < BANDS:
            hair = int(rng.uniform(14, 30))
            table[place : place + hair] = colors[4] if rng.random() < 0.6 else colors[0]
            place += hair
    return np.clip(table, 0, 1)
