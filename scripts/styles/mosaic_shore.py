"""A sun over a sea of scales, laid in small stones."""

from __future__ import annotations

import numpy as np

from scripts.styles.fields import Field, blurred, coordinates, layered_noise, over, palette, shaded, smooth_noise
from scripts.styles.shapes import borders, identity

ROW = 1 / 34
"""A row of stones, as a share of the side."""


def mosaic_shore(rng: np.random.Generator, size_px: int) -> Field:
    """Rows of stones that run around a sun, its rays, hills and wave scales; pale mortar between them."""
    unit = size_px / 1024
    x, y = coordinates(size_px)
    x = x + 0.008 * (smooth_noise(rng, size_px, cell_px=60 * unit) - 0.5)
    y = y + 0.008 * (smooth_noise(rng, size_px, cell_px=60 * unit) - 0.5)
    stones = _Stones(x)
    sun = np.hypot(x - 0.36, y - 0.30)
    turn = np.arctan2(y - 0.30, x - 0.36)
    stones.lay(np.ones_like(x, bool), sun, turn * np.maximum(np.round(sun / ROW), 1) * ROW)
    ray = np.mod(np.floor((turn / (2 * np.pi) + 0.5) * 28), 2) == 0
    sky = palette("1c5a8c", "2f86a6", "174068", "66b3b0")
    band = np.floor(sun / ROW / 3).astype(np.int64)
    stones.color = sky[(band + stones.chance(1.0, 0.8)) % len(sky)]
    rays = ray & (sun < 0.36) & (sun > 0.16)
    stones.color[rays] = palette("f0b23a", "e0862a", "f6d982", "d9622a")[stones.chance(2.0, 3.99)][rays]
    disc = sun < 0.168
    ring = np.clip(np.floor(sun / ROW * 1.25), 0, 6).astype(np.int64)
    fire = palette("fff0b8", "f8cf5a", "f8cf5a", "f0992e", "d9522a", "a82a2a", "7a1a2a")[ring]
    stones.color = np.where(disc[..., None], fire, stones.color)

    for number, (level, swing, waves, shift) in enumerate(((0.54, 0.07, 6.0, 0.6), (0.63, 0.06, 8.4, 3.0))):
        edge = level + swing * np.sin(x * waves + shift)
        below = y > edge
        stones.lay(below, y - edge + 5 * (number + 1), x * 1.12)
        layer = np.floor((y - edge) / ROW).astype(np.int64)
        earth = (palette("7a2f22", "c25a2c", "e3a04a", "8a3a2a"), palette("2c5a3a", "6a8f3a", "b9b04a", "1f4436"))[
            number
        ]
        tint = earth[(np.clip(layer, 0, 9) // 2 + stones.chance(3.0 + number, 1.4)) % len(earth)]
        stones.color = np.where(below[..., None], tint, stones.color)

    radius = 0.16
    for line in range(7):
        top = 0.700 + line * radius * 0.56
        column = np.floor(x / (2 * radius) + 0.5 * (line % 2))
        middle = (column + 0.5 - 0.5 * (line % 2)) * 2 * radius
        distance = np.hypot(x - middle, y - top - radius * 0.35)
        scale = (distance < radius) | (y > top + radius * 0.35)
        angle = np.arctan2(y - top - radius * 0.35, x - middle)
        ring_row = np.maximum(np.round(distance / ROW), 1)
        stones.lay(scale, distance + 20 + line * 3 + column, angle * ring_row * ROW)
        ring = np.clip(np.floor((radius - distance) / ROW), 0, 5).astype(np.int64)
        seas = (
            palette("f3ead0", "164a7a", "2f8fa0", "12335c", "7cc4b8", "d9542c"),
            palette("e9dcb4", "1f7f86", "0f2c52", "3fa39a", "1d5f8c", "d9542c"),
        )
        tint = seas[(line + column.astype(np.int64)[0, 0]) % 2][ring]
        stones.color = np.where(scale[..., None], tint, stones.color)
    return _set(rng, stones, unit)


class _Stones:
    """The number and the color of the stone at each pixel."""

    def __init__(self, x: Field) -> None:
        self.number: Field = np.zeros(x.shape, np.int64)
        self.color = np.zeros((*x.shape, 3), np.float32)

    def lay(self, where: Field, across: Field, along: Field) -> None:
        """Lay rows over an area: `across` counts its rows, `along` runs down each of them."""
        row = np.floor(across / ROW).astype(np.int64)
        length = 0.8 + 0.6 * identity(row)
        place = np.floor(along / (ROW * length) + identity(row, salt=1.0)).astype(np.int64)
        self.number = np.where(where, row * 4099 + place * 17, self.number)

    def chance(self, salt: float, most: float) -> Field:
        """A whole number below `most` + 1 for each stone."""
        return np.asarray((identity(self.number, salt=salt) * most).astype(np.int64))


def _set(rng: np.random.Generator, stones: _Stones, unit: float) -> Field:
    """The stones in their mortar: each of its own lightness, tilted its own way, chipped at its rim."""
    size_px = stones.number.shape[0]
    edge = blurred(borders(stones.number), radius_px=1.6 * unit) * 4 * unit
    chips = smooth_noise(rng, size_px, cell_px=5 * unit)
    mortar = np.clip((edge + 0.45 * (chips - 0.5) - 0.36) * 4, 0, 1)
    veins = layered_noise(rng, size_px, cell_px=22 * unit, octaves=4) - 0.5
    light = 0.76 + 0.38 * identity(stones.number, salt=5.0) + 0.30 * veins
    hue = 0.10 * (np.stack([identity(stones.number, salt=s) for s in (6.0, 7.0, 8.0)], axis=-1) - 0.5)
    stone = np.clip(stones.color * light[..., None] + hue, 0, 1)
    tilt = 5 * unit * blurred(1 - mortar, radius_px=2.0 * unit)
    grout = palette("8f8470")[0] * (0.72 + 0.3 * smooth_noise(rng, size_px, cell_px=3 * unit)[..., None])
    return shaded(over(stone, grout, mortar), tilt, strength=0.22, gloss=0.12)
