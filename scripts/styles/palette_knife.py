"""A harbor at dusk, laid on with a palette knife."""

from __future__ import annotations

import numpy as np

from scripts.styles.brushwork import Canvas, scattered
from scripts.styles.fields import Field, coordinates, layered_noise, palette, ramp


def palette_knife(rng: np.random.Generator, size_px: int) -> Field:
    """Slabs of thick paint: level ones for sky and water, upright ones for houses and masts, edges scraped."""
    unit = size_px / 1024
    x, y = coordinates(size_px)
    patches = layered_noise(rng, size_px, cell_px=size_px / 5, octaves=4)
    sky = ramp(
        palette("123c69", "2b6f9e", "6fa8b8", "f3d9a4", "f6a04d", "e2562f", "a8233a"), y * 1.9 + 0.75 * (patches - 0.5)
    )
    town = palette("10182e", "7d1f2f", "d8432b", "f08c2e", "f7d9a0", "1c5a7a", "2f8f8a", "22304f")
    house = np.floor(x * 15 + 0.9 * np.sin(x * 19)).astype(np.int64)
    roof = 0.34 + 0.13 * np.modf(np.abs(np.sin(house * 12.9898)) * 43758.5453)[0]
    wall = town[(house * 5 + (y * 7).astype(np.int64) * 3) % len(town)]
    water = ramp(
        palette("0a1730", "143a63", "1f6f8b", "e2673a", "f7c46a", "183a5e", "0d1c3a"),
        np.mod((y - 0.62) * 2.2 + 0.9 * (patches - 0.5) + 0.2, 1),
    )
    mirrored = np.clip(0.62 - (y - 0.62), 0, 1)
    mirror = town[(house * 5 + (mirrored * 7).astype(np.int64) * 3) % len(town)]
    water = np.where((patches > 0.5)[..., None] & (y < 0.93)[..., None], 0.5 * water + 0.5 * mirror, water)
    tone = np.where((y > roof)[..., None], wall, sky)
    tone = np.where((y > 0.62)[..., None], water, tone).astype(np.float32)
    upright = (y > roof) & (y < 0.64)

    canvas = Canvas(tone * 0.45)
    for spacing, width, length, jitter in (
        (48, 92, 150, 0.08),
        (46, 66, 110, 0.13),
        (52, 38, 84, 0.2),
        (64, 10, 80, 0.3),
    ):
        for start in scattered(rng, size_px, spacing_px=spacing * unit):
            column, row = np.clip(start, 0, size_px - 1).astype(np.int32)
            lean = rng.normal(np.pi / 2 if upright[row, column] else 0.0, 0.13)
            if not upright[row, column] and y[row, column] < 0.5 and rng.random() < 0.6:
                lean += rng.choice([-0.7, 0.5])
            slab_width = width * unit * rng.uniform(0.6, 1.2)
            slab_length = length * unit * rng.uniform(0.5, 1.2)
            way = np.array([np.cos(lean), np.sin(lean)])
            middle = start + way * rng.normal(0, 4 * unit)
            color = tone[row, column] * (1 + rng.normal(0, jitter)) + rng.normal(0, jitter * 0.35, 3)
            if width < 40 and rng.random() < 0.16:
                color = palette("fbe9c0", "f7c46a", "0a1226", "e2562f", "3fb0a8")[rng.integers(5)]
            second = tone[tuple(np.clip([row + rng.normal(0, 60 * unit), column], 0, size_px - 1).astype(int))]
            _slab(canvas, rng, middle, way, slab_width, slab_length, np.clip(color, 0, 1), second)
    return canvas.lit(strength=0.6, gloss=0.55)


def _slab(
    canvas: Canvas,
    rng: np.random.Generator,
    middle: Field,
    way: Field,
    width_px: float,
    length_px: float,
    color: Field,
    second: Field,
) -> None:
    """One pull of the knife: two colors that were not mixed, side by side, and a ridge where it was lifted."""
    across = np.array([-way[1], way[0]])
    strips = max(1, round(width_px / (canvas.size_px / 100)))
    share = np.clip(np.cumsum(rng.normal(0, 0.22, strips)) + rng.uniform(0, 0.3), 0, 0.75)
    start = -length_px / 2 + np.cumsum(rng.normal(0, length_px * 0.02, strips))
    for strip in range(strips):
        offset = ((strip + 0.5) / strips - 0.5) * width_px
        along = np.linspace(start[strip], start[strip] + length_px * rng.uniform(0.9, 1.05), 6)
        path = middle + way * along[:, None] + across * offset
        edge = strip in (0, strips - 1)
        canvas.stroke(
            path.astype(np.float32),
            width_px=width_px / strips * 1.5,
            color=np.clip(color * (1 - share[strip]) + second * share[strip], 0, 1),
            rng=rng,
            thickness=1.5 if edge else rng.uniform(0.7, 0.9),
            streaks=0.035,
        )
