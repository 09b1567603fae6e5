"""Mountains at sunset out of flat triangles."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from scripts.styles.fields import Field, coordinates, layered_noise, palette, ramp
from scripts.styles.shapes import nearest, points_of


def low_poly(rng: np.random.Generator, size_px: int) -> Field:
    """Triangles large and small, each of one color that its slope to the light decides."""
    x, y = coordinates(size_px)
    points = _points(rng, size_px)
    scene = _scene(rng, x, y, size_px)
    image = Image.fromarray(np.uint8(scene * 255))
    pen = ImageDraw.Draw(image)
    for corners in _triangles(nearest(points, size_px)):
        outline = points[corners]
        column, row = np.clip(outline.mean(axis=0), 0, size_px - 1).astype(np.int32)
        light = 1 + rng.normal(0, 0.13)
        drift = rng.normal(0, 0.035, 3)
        red, green, blue = (int(255 * channel) for channel in np.clip(scene[row, column] * light + drift, 0, 1))
        pen.polygon(points_of(outline), fill=(red, green, blue))
    return np.asarray(image, np.float32) / 255


def _points(rng: np.random.Generator, size_px: int) -> Field:
    """Corners of triangles: sparse in places, crowded in others, and never too close to each other."""
    crowd = layered_noise(rng, size_px, cell_px=size_px / 4, octaves=3)
    kept: list[Field] = []
    for point in rng.uniform(-0.06, 1.06, (5000, 2)) * size_px:
        column, row = np.clip(point, 0, size_px - 1).astype(np.int32)
        room = size_px * (0.022 + 0.075 * (1 - float(crowd[row, column])) ** 1.6)
        if not kept or np.min(np.hypot(*(np.array(kept) - point).T)) > room:
            kept.append(point)
    return np.array(kept, np.float32)


def _triangles(cells: Field) -> list[list[int]]:
    """The Delaunay triangles of the points: three cells meet where two by two pixels belong to three of them."""
    meeting = np.stack([cells[:-1, :-1], cells[:-1, 1:], cells[1:, 1:], cells[1:, :-1]], axis=-1).reshape(-1, 4)
    found = set()
    for skipped in range(4):
        three = np.delete(meeting, skipped, axis=1)
        three = np.sort(three, axis=1)
        distinct = (three[:, 0] != three[:, 1]) & (three[:, 1] != three[:, 2])
        found |= {tuple(corners) for corners in np.unique(three[distinct], axis=0).tolist()}
    return [list(corners) for corners in sorted(found)]


def _scene(rng: np.random.Generator, x: Field, y: Field, size_px: int) -> Field:
    rough = layered_noise(rng, size_px, cell_px=size_px / 5, octaves=4)
    sun = np.hypot(x - 0.36, y - 0.30)
    color = ramp(
        palette("fff6c9", "ffd76a", "ff9d4a", "f2635a", "b53f78", "5d2f7f", "2b2560"), sun * 1.25 + 0.18 * (rough - 0.5)
    )
    ridges = (
        (0.46, 0.10, 3.1, 0.4, palette("8a4a8c", "c56a86", "f0a07a")),
        (0.60, 0.12, 4.3, 2.1, palette("3a2d6e", "6a4a96", "b56aa0")),
        (0.74, 0.09, 5.9, 4.0, palette("123a5c", "1f6a80", "4fa79a")),
        (0.88, 0.08, 7.7, 1.1, palette("0a1c3a", "14506a", "2f9c86", "f2b84f")),
    )
    for height, swing, waves, shift, colors in ridges:
        zigzag = np.abs(np.mod(x * waves / 2 + shift, 2) - 1)
        edge = height - swing * (zigzag - 0.5) - 0.05 * np.sin(x * waves * 3 + shift) - 0.10 * (rough - 0.5)
        slope = np.mod(x * waves / 2 + shift, 2) < 1
        place = np.clip((y - edge) * 2.8 + 0.55 * slope + 0.5 * (rough - 0.5), 0, 1)
        color = np.where((y > edge)[..., None], ramp(colors, 1 - place), color)
    return np.clip(color, 0, 1)
