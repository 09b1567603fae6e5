"""Fields, flows and brushes: what the sample styles are painted with. The same seed makes the same strokes."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

Field: TypeAlias = npt.NDArray[Any]
"""A number for every pixel (height, width), or a color (height, width, 3) from 0 to 1."""


def smooth_noise(rng: np.random.Generator, size_px: int, *, cell_px: float) -> Field:
    """Random hills of about `cell_px`, from 0 to 1 over the whole field."""
    cells = max(4, round(size_px / cell_px) + 3)
    grid = Image.fromarray(rng.random((cells, cells), dtype=np.float32))
    field = np.asarray(grid.resize((size_px, size_px), Image.Resampling.BICUBIC))
    low, high = float(field.min()), float(field.max())
    return (field - low) / (high - low)


def layered_noise(rng: np.random.Generator, size_px: int, *, cell_px: float, octaves: int = 4) -> Field:
    """Hills upon hills, each octave half as large and half as high, from 0 to 1."""
    field = np.zeros((size_px, size_px), np.float32)
    for octave in range(octaves):
        field += smooth_noise(rng, size_px, cell_px=cell_px / 2**octave) / 2**octave
    return np.asarray((field - field.min()) / np.ptp(field))


def blurred(field: Field, *, radius_px: float) -> Field:
    """The field through a Gaussian of that standard deviation, its edges repeated outwards."""
    reach = int(np.ceil(radius_px * 3))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / radius_px) ** 2)
    weights /= weights.sum()
    for axis in (0, 1):
        padding = [(reach, reach) if axis == side else (0, 0) for side in (0, 1)]
        padded = np.pad(field, padding, mode="edge")
        length = field.shape[axis]
        field = sum(
            weight * np.take(padded, range(shift, shift + length), axis=axis) for shift, weight in enumerate(weights)
        )
    return field.astype(np.float32)


def ramp(palette: Field, position: Field) -> Field:
    """Colors between neighbors of the palette: position 0 is its first, 1 its last."""
    place = np.clip(position, 0, 1) * (len(palette) - 1)
    below = np.minimum(place.astype(np.int32), len(palette) - 2)
    share = (place - below)[..., None]
    return np.asarray(palette[below] * (1 - share) + palette[below + 1] * share, np.float32)


def palette(*colors: str) -> Field:
    """Colors written as `1a2b3c`, as numbers from 0 to 1."""
    return np.array([[int(c[i : i + 2], 16) / 255 for i in (0, 2, 4)] for c in colors], np.float32)


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
        color = np.asarray(self._color, np.float32) / 255
        relief = blurred(np.asarray(self._relief), radius_px=1.6)
        down, right = np.gradient(relief)
        slope = np.clip(-(down + right), -0.9, 0.9)[..., None]
        shaded = color * (1 + strength * slope)
        return np.asarray(np.clip(shaded + gloss * np.clip(slope - 0.12, 0, None) ** 1.5, 0, 1), np.float32)


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


def streaked(field: Field, flow: Field, *, length_px: int, step_px: float = 3.0) -> Field:
    """The field averaged along the flow, both ways: streaks that run with the brush."""
    size_px = field.shape[0]
    rows, columns = np.mgrid[0:size_px, 0:size_px].astype(np.float32)
    total = field.copy()
    count = 1
    for sign in (-1.0, 1.0):
        x, y = columns.copy(), rows.copy()
        for _ in range(round(length_px / step_px)):
            row = np.clip(y, 0, size_px - 1).astype(np.int32)
            column = np.clip(x, 0, size_px - 1).astype(np.int32)
            x += sign * step_px * flow[row, column, 0]
            y += sign * step_px * flow[row, column, 1]
            total += field[np.clip(y, 0, size_px - 1).astype(np.int32), np.clip(x, 0, size_px - 1).astype(np.int32)]
            count += 1
    total /= count
    return np.asarray((total - total.min()) / np.ptp(total))


def scattered(rng: np.random.Generator, size_px: int, *, spacing_px: float) -> Field:
    """Points of (count, 2) that cover the canvas evenly but not in rows, in random order."""
    places = np.arange(-spacing_px, size_px + spacing_px, spacing_px, dtype=np.float32)
    grid = np.stack(np.meshgrid(places, places), axis=-1).reshape(-1, 2)
    grid += rng.uniform(-0.5, 0.5, grid.shape).astype(np.float32) * spacing_px
    rng.shuffle(grid)
    return grid
