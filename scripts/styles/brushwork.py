"""Brushes, and the paths they take. The same seed makes the same strokes."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from scripts.styles.fields import Field, blurred, shaded


class Canvas:
    """Color and relief of a painting that grows stroke by stroke."""

    def __init__(self, ground: Field) -> None:
        """Begin on a ground of (size, size, 3) colors from 0 to 1."""
        self.size_px = ground.shape[0]
        self._color = Image.fromarray(np.uint8(np.clip(ground, 0, 1) * 255 + 0.5))
        self._relief = Image.new("F", (self.size_px, self.size_px))
        self._color_pen = ImageDraw.Draw(self._color)
        self._relief_pen = ImageDraw.Draw(self._relief)

    def stroke(
        self,
        path: Field,
        *,
        width_px: float,
        color: Field,
        rng: np.random.Generator,
        thickness: float = 1.0,
        streaks: float = 0.09,
    ) -> None:
        """Draw a loaded brush along a path of (points, 2): bristle by bristle, ragged at both ends.

        `streaks` is how much the bristles differ in lightness; `thickness` how high the paint stands.
        """
        tangent = np.gradient(path, axis=0)
        normal = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1)
        normal /= np.hypot(normal[:, 0], normal[:, 1])[:, None] + 1e-6
        bristles = max(4, round(width_px / 2.6))
        across = np.linspace(-1, 1, bristles)
        taper = np.sin(np.linspace(0.18, 1, len(path)) * np.pi * 0.93) ** 0.35
        lightness = np.convolve(rng.normal(0, streaks * 1.6, bristles + 2), [0.25, 0.5, 0.25], "valid")
        tint = rng.normal(0, streaks * 0.25, (bristles, 3))
        ridge = np.sqrt(1.04 - across**2) + rng.normal(0, 0.22, bristles)
        # A brush leaves more paint at its edges than a rule would, and its middle bristles are drawn last.
        for index in np.argsort(-np.abs(across) + rng.normal(0, 0.35, bristles)):
            first = rng.integers(0, max(1, len(path) // 6))
            last = len(path) - rng.integers(0, max(1, len(path) // 4))
            if last - first < 2:
                continue
            line = path[first:last] + normal[first:last] * (across[index] * width_px / 2 * taper[first:last, None])
            points = [(float(x), float(y)) for x, y in line]
            shade = np.clip((color + tint[index]) * (1 + lightness[index]), 0, 1)
            red, green, blue = (int(channel * 255 + 0.5) for channel in shade)
            bristle_px = max(2, round(width_px / bristles * 1.7))
            self._color_pen.line(points, fill=(red, green, blue), width=bristle_px)
            self._relief_pen.line(points, fill=float(ridge[index] * thickness), width=bristle_px)

    def loose(self) -> tuple[Field, Field]:
        """The colors, and how thick the paint lies at each pixel: 0 where there is none, about 1 within a stroke."""
        return np.asarray(self._color, np.float32) / 255, np.asarray(self._relief, np.float32)

    def lit(self, *, strength: float, gloss: float = 0.0) -> Field:
        """The painting under a lamp at the upper left: its relief shaded, its ridges glossy."""
        color, relief = self.loose()
        return shaded(color, blurred(relief, radius_px=1.6), strength=strength, gloss=gloss)


def follow(flow: Field, start: Field, *, length_px: float, step_px: float = 6.0) -> Field:
    """The path of (points, 2) that a leaf takes on the flow of (size, size, 2) unit vectors."""
    size_px = flow.shape[0]
    steps = max(4, round(length_px / step_px))
    path = np.empty((steps, 2), np.float32)
    place = np.array(start, np.float32)
    for step in range(steps):
        path[step] = place
        column, row = np.clip(place, 0, size_px - 1).astype(np.int32)
        place = place + flow[row, column] * step_px
    return path


def scattered(rng: np.random.Generator, size_px: int, *, spacing_px: float) -> Field:
    """Points of (count, 2) that cover the canvas evenly but not in rows, in random order."""
    places = np.arange(-spacing_px, size_px + spacing_px, spacing_px, dtype=np.float32)
    grid = np.stack(np.meshgrid(places, places), axis=-1).reshape(-1, 2)
    grid += rng.uniform(-0.5, 0.5, grid.shape).astype(np.float32) * spacing_px
    rng.shuffle(grid)
    return grid
