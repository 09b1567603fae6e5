"""Crystal mountains out of flat triangles."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from scripts.styles.fields import Field, coordinates, layered_noise, palette, ramp
from scripts.styles.shapes import nearest, points_of


def low_poly(rng: np.random.Generator, size_px: int) -> Field:
    """Triangles large and small, each of one color that its slope to the light decides; dark where it turns away."""
    x, y = coordinates(size_px)
    points = _points(rng, size_px)
    scene = _scene(rng, x, y, size_px)
    image = Image.fromarray(np.uint8(scene * 255))
    pen = ImageDraw.Draw(image)
    for corners in _triangles(nearest(points, size_px)):
        outline = points[corners]
        column, row = np.clip(outline.mean(axis=0), 0, size_px - 1).astype(np.int32)
        # A facet is turned by chance: to the lamp, to the blue of the sky, or into the shade.
        facing = rng.normal(0, 1)
        color = scene[row, column] * np.exp(0.30 * facing)
        tint = palette("fff0c0" if facing > 0 else "161a5a")[0]
        share = min(0.45, 0.20 * abs(facing))
        color = np.clip(color * (1 - share) + tint * share + rng.normal(0, 0.02, 3), 0, 1)
        red, green, blue = (int(255 * channel) for channel in color)
        pen.polygon(points_of(outline), fill=(red, green, blue))
        pen.line(points_of(outline[[0, 1, 2, 0]]), fill=(red, green, blue), width=2)
    return np.asarray(image, np.float32) / 255


def _points(rng: np.random.Generator, size_px: int) -> Field:
    """Corners of triangles: sparse in places, crowded in others, and never too close to each other."""
    crowd = layered_noise(rng, size_px, cell_px=size_px / 4, octaves=3)
    kept: list[Field] = []
    for point in rng.uniform(-0.06, 1.06, (5000, 2)) * size_px:
        column, row = np.clip(point, 0, size_px - 1).astype(np.int32)
        room = size_px * (0.018 + 0.080 * (1 - float(crowd[row, column])) ** 1.6)
        if not kept or np.min(np.hypot(*(np.array(kept) - point).T)) > room:
            kept.append(point)
    return np.array(kept, np.float32)


def _triangles(cells: Field) -> list[list[int]]:
    """The Delaunay triangles of the points: where two by two pixels belong to three cells, three cells meet."""
    meeting = np.stack([cells[:-1, :-1], cells[:-1, 1:], cells[1:, 1:], cells[1:, :-1]], axis=-1).reshape(-1, 4)
    meeting = meeting[(np.diff(np.sort(meeting, axis=1), axis=1) > 0).sum(axis=1) >= 2]
    found = set()
    for skipped in range(4):
        three = np.sort(np.delete(meeting, skipped, axis=1), axis=1)
        distinct = (three[:, 0] != three[:, 1]) & (three[:, 1] != three[:, 2])
        found |= {tuple(corners) for corners in np.unique(three[distinct], axis=0).tolist()}
    return [list(corners) for corners in sorted(found)]


def _scene(rng: np.random.Generator, x: Field, y: Field, size_px: int) -> Field:
    rough = layered_noise(rng, size_px, cell_px=size_px / 5, octaves=4)
    sun = np.hypot(x - 0.36, y - 0.24)
    color = ramp(
        palette("fff6c9", "ffd76a", "ff8a3c", "e2405a", "8a2f7a", "3a2a70", "1a1f5a"), sun * 1.7 + 0.35 * (rough - 0.5)
    )
    ridges = (
        (0.40, 0.22, 3.1, 0.4, palette("2a1f5a", "7a3a8c", "f08a6a", "ffd08a")),
        (0.56, 0.24, 4.3, 2.1, palette("141a4a", "2a4a9c", "3a9ac0", "bfe8d8")),
        (0.74, 0.20, 5.9, 4.0, palette("2a0f3a", "a02a5a", "f0603c", "ffb84a")),
        (0.90, 0.16, 7.7, 1.1, palette("08163a", "0f4a6a", "1fa08c", "c8e86a")),
    )
    for height, swing, waves, shift, colors in ridges:
        zigzag = np.abs(np.mod(x * waves / 2 + shift, 2) - 1)
        edge = height - swing * (zigzag - 0.4) - 0.04 * np.sin(x * waves * 3 + shift) - 0.10 * (rough - 0.5)
        slope = np.mod(x * waves / 2 + shift + 0.35 * (rough - 0.5), 2) < 1
        place = np.clip(0.12 + 0.62 * slope - (y - edge) * 1.2 + 0.7 * (rough - 0.4), 0, 1)
        color = np.where((y > edge)[..., None], ramp(colors, place), color)
    return np.clip(color, 0, 1)
