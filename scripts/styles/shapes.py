"""Shapes with hard edges: masks, tapered cuts, and cells around points."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from PIL import Image, ImageDraw

from scripts.styles.brushwork import follow, scattered
from scripts.styles.fields import Field


def filled(outlines: Iterable[Field], size_px: int) -> Field:
    """1 inside any of the outlines of (points, 2), 0 outside."""
    mask = Image.new("L", (size_px, size_px))
    pen = ImageDraw.Draw(mask)
    for outline in outlines:
        pen.polygon(points_of(outline), fill=255)
    return np.asarray(mask, np.float32) / 255


def points_of(path: Field) -> list[tuple[float, float]]:
    """A path of (points, 2) as Pillow takes it."""
    return [(float(x), float(y)) for x, y in path]


def tapered(path: Field, *, width_px: float, fullness: float = 0.7) -> Field:
    """The outline of a cut along the path: thin at both ends, `width_px` in the middle."""
    tangent = np.gradient(path, axis=0)
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1)
    normal /= np.hypot(normal[:, 0], normal[:, 1])[:, None] + 1e-6
    half = width_px / 2 * np.sin(np.linspace(0, np.pi, len(path)))[:, None] ** fullness
    return np.concatenate([path + normal * half, (path - normal * half)[::-1]]).astype(np.float32)


def cut(rng: np.random.Generator, flow: Field, tone: Field, *, width_px: float, length_px: float) -> Field:
    """A block gouged along the flow: 1 where it is cut, by wider cuts the higher the tone (0 to 1)."""
    size_px = tone.shape[0]
    cuts = []
    for start in scattered(rng, size_px, spacing_px=float(np.sqrt(0.6 * width_px * length_px))):
        path = follow(flow, start, length_px=length_px * rng.uniform(0.5, 1.5), step_px=max(3.0, length_px / 14))
        column, row = np.clip(path[len(path) // 2], 0, size_px - 1).astype(np.int32)
        this_px = width_px * float(tone[row, column]) * rng.uniform(0.75, 1.25)
        if this_px > 1:
            cuts.append(tapered(path, width_px=this_px))
    return filled(cuts, size_px)


def nearest(points: Field, size_px: int) -> Field:
    """For each pixel, the number of the nearest of the points (count, 2): Voronoi cells.

    By jump flooding: Rong and Tan 2006, "Jump flooding in GPU with applications to Voronoi diagram and distance
    transform".
    """
    cells = np.full((size_px, size_px), -1, np.int32)
    columns, rows = np.clip(points.T, 0, size_px - 1).astype(np.int32)
    cells[rows, columns] = np.arange(len(points))
    y, x = np.mgrid[0:size_px, 0:size_px].astype(np.float32)
    known = np.append(points, [[1e6, 1e6]], axis=0).astype(np.float32)  # -1, no point yet, is the last
    best = (known[cells, 0] - x) ** 2 + (known[cells, 1] - y) ** 2
    jumps = 2 ** np.arange(int(np.log2(max(2, size_px - 1))), -1, -1)
    for jump in [*jumps.tolist(), 1]:
        for down in (-jump, 0, jump):
            for right in (-jump, 0, jump):
                if down == right == 0:
                    continue
                here, there = _overlap(size_px, down), _overlap(size_px, right)
                target = (here[0], there[0])
                candidate = cells[here[1], there[1]]
                distance = (known[candidate, 0] - x[target]) ** 2 + (known[candidate, 1] - y[target]) ** 2
                nearer = distance < best[target]
                cells[target] = np.where(nearer, candidate, cells[target])
                best[target] = np.where(nearer, distance, best[target])
    return cells


def _overlap(size_px: int, shift: int) -> tuple[slice, slice]:
    """Where a side shifted by that much lies on itself: the pixels that receive, and those that give."""
    return slice(max(0, -shift), size_px - max(0, shift)), slice(max(0, shift), size_px - max(0, -shift))


def borders(cells: Field) -> Field:
    """1 at every pixel whose left or upper neighbor belongs to another cell, 0 elsewhere."""
    edge = np.zeros(cells.shape, np.float32)
    edge[:, 1:] += cells[:, 1:] != cells[:, :-1]
    edge[1:, :] += cells[1:, :] != cells[:-1, :]
    return np.minimum(edge, 1)


def identity(cells: Field, *, salt: float = 0.0) -> Field:
    """A number from 0 to 1 for each cell, the same at all of its pixels."""
    return np.asarray(np.modf(np.abs(np.sin(cells * 12.9898 + salt)) * 43758.5453)[0], np.float32)
