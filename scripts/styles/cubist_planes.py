"""A still life taken apart into planes, in the colors of early cubism."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from scripts.styles.fields import (
    Field,
    blurred,
    coordinates,
    layered_noise,
    over,
    palette,
    ramp,
    rise,
    shaded,
    smooth_noise,
    standardized,
    streaked,
)
from scripts.styles.shapes import borders, identity, points_of

LEANS = (0.0, 1.05, -0.96, 1.57, 0.35, -0.45)
"""The few directions (radians) in which planes are cut: that they recur holds the picture together."""


def cubist_planes(rng: np.random.Generator, size_px: int) -> Field:
    """Planes of ocher, umber, slate and cream, each going from dark to light, with rust and blue between them."""
    unit = size_px / 1024
    x, y = coordinates(size_px)
    image = Image.new("I", (size_px, size_px))
    pen = ImageDraw.Draw(image)
    whole = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32) * size_px
    for number, polygon in enumerate(_planes(rng, whole, smallest=(46 * unit) ** 2, largest=(250 * unit) ** 2)):
        pen.polygon(points_of(polygon), fill=number + 1)
    cells = np.asarray(image).astype(np.int64)
    # Round things among the planes: rims of bottles and bowls, and the body of a guitar.
    for number, (column, row, radius, squash) in enumerate((
        (0.36, 0.34, 0.20, 1.0), (0.36, 0.34, 0.075, 1.0), (0.55, 0.58, 0.25, 1.15), (0.55, 0.58, 0.085, 1.0),
        (0.80, 0.22, 0.13, 0.5), (0.80, 0.22, 0.08, 0.5), (0.16, 0.78, 0.15, 0.8), (0.86, 0.84, 0.17, 1.2),
    )):  # fmt: skip
        inside = np.hypot(x - column, (y - row) * squash) < radius
        cells = np.where(inside, cells + 10_007 * (number + 1), cells)
    _, cells = np.unique(cells, return_inverse=True)
    cells = cells.reshape(size_px, size_px)

    lean = np.array(LEANS)[(identity(cells, salt=2.0) * 5.99).astype(np.int64)] + 0.35
    across = x * np.cos(lean) + y * np.sin(lean)
    count = int(cells.max()) + 1
    low, high = np.full(count, 9.0), np.full(count, -9.0)
    np.minimum.at(low, cells.ravel(), across.ravel())
    np.maximum.at(high, cells.ravel(), across.ravel())
    slope = (across - low[cells]) / (high[cells] - low[cells] + 1e-6)
    earth = palette("1a1310", "4a2f1c", "8a5a2a", "c8924a", "e8c88a", "f6ead0")
    slate = palette("10161f", "24384a", "4a6a7c", "8aa4a8", "c8d4c8", "f4ecd8")
    rust = palette("2a0f0c", "7a2416", "c04a24", "e08a4a", "f0c08a", "f6e4c4")
    blue = palette("0a1230", "143a70", "1f6a9a", "5aa0b4", "a8d0c8", "f0ecd4")
    flow = np.stack([-np.sin(lean), np.cos(lean)], axis=-1).astype(np.float32)
    fine = standardized(
        streaked(smooth_noise(rng, size_px, cell_px=5 * unit), flow, length_px=round(34 * unit)), spread=0.2
    )
    broad = standardized(
        streaked(smooth_noise(rng, size_px, cell_px=15 * unit), flow, length_px=round(60 * unit)), spread=0.2
    )
    cloud = layered_noise(rng, size_px, cell_px=size_px / 3, octaves=3)
    base = 0.10 + 0.46 * identity(cells, salt=4.0) + 0.18 * (cloud - 0.5)
    light = base + 0.46 * slope**1.4 + 0.20 * (fine - 0.5) + 0.26 * (broad - 0.5)
    kind = identity(cells, salt=1.0)
    color = ramp(earth, light)
    for colors, start, end in ((slate, 0.42, 0.68), (rust, 0.68, 0.84), (blue, 0.84, 1.0)):
        color = np.where(((kind >= start) & (kind < end))[..., None], ramp(colors, light), color)
    # Some planes are hatched like wood or strung like a guitar.
    strings = (identity(cells, salt=7.0) > 0.86) & (np.mod(across * 42, 1) < 0.22)
    color = np.where(strings[..., None], color * 0.30, color)
    edge = blurred(borders(cells), radius_px=2.1 * unit) * 5 * unit
    swell = smooth_noise(rng, size_px, cell_px=110 * unit)
    line = rise(edge * (0.35 + 1.1 * swell), 0.30, 0.75)
    color = over(color, np.broadcast_to(palette("120d0c")[0], color.shape), 0.92 * line)
    relief = (fine * 2.6 + broad * 3.0) * unit * (1 - line)
    return shaded(color, relief, strength=0.55, gloss=0.2)


def _planes(rng: np.random.Generator, polygon: Field, *, smallest: float, largest: float) -> list[Field]:
    """The polygon cut in two, and the pieces again, until each is as small as chance wants it."""
    following = np.roll(polygon, -1, axis=0)
    area = abs(float((polygon[:, 0] * following[:, 1] - polygon[:, 1] * following[:, 0]).sum())) / 2
    if area < smallest * np.exp(rng.uniform(0.4, 1) * np.log(largest / smallest)):
        return [polygon]
    lean = rng.choice(LEANS) + rng.normal(0, 0.09)
    normal = np.array([-np.sin(lean), np.cos(lean)])
    through = polygon.mean(axis=0) + rng.normal(0, 0.10, 2) * np.sqrt(area)
    height = (polygon - through) @ normal
    pieces = [_clipped(polygon, height), _clipped(polygon, -height)]
    if min(map(len, pieces)) < 3:
        return [polygon]
    return [plane for piece in pieces for plane in _planes(rng, piece, smallest=smallest, largest=largest)]


def _clipped(polygon: Field, height: Field) -> Field:
    """What of a convex polygon lies where its corners' height is positive."""
    kept = []
    for index, corner in enumerate(polygon):
        after = (index + 1) % len(polygon)
        if height[index] >= 0:
            kept.append(corner)
        if (height[index] >= 0) != (height[after] >= 0):
            share = height[index] / (height[index] - height[after])
            kept.append(corner + share * (polygon[after] - corner))
    return np.array(kept, np.float32).reshape(-1, 2)
