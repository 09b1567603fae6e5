"""Fields of numbers and colors: noise, ramps, blurs and light. The same seed makes the same field."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

Field: TypeAlias = npt.NDArray[Any]
"""A number for every pixel (height, width), or a color (height, width, 3) from 0 to 1."""


def coordinates(size_px: int) -> tuple[Field, Field]:
    """How far right and how far down each pixel is, from 0 to 1."""
    y, x = np.mgrid[0:size_px, 0:size_px].astype(np.float32) / size_px
    return x, y


def rise(field: Field, low: float, high: float) -> Field:
    """0 up to `low`, 1 from `high` on, and a smooth slope between them; it falls where `high` is the lower one."""
    share = np.clip((field - low) / (high - low), 0, 1)
    return np.asarray(share * share * (3 - 2 * share), np.float32)


def over(below: Field, above: Field, cover: Field) -> Field:
    """One layer of color over another: `cover` is 1 where only the upper one is seen."""
    return np.asarray(below * (1 - cover[..., None]) + above * cover[..., None], np.float32)


def shaded(color: Field, relief: Field, *, strength: float, gloss: float = 0.0) -> Field:
    """Colors on a relief (heights in pixels) under a lamp at the upper left."""
    down, right = np.gradient(relief)
    slope = np.clip(-(down + right), -0.9, 0.9)[..., None]
    light = color * (1 + strength * slope) + gloss * np.clip(slope - 0.12, 0, None) ** 1.5
    return np.asarray(np.clip(light, 0, 1), np.float32)


def standardized(field: Field, *, spread: float) -> Field:
    """The field around 0.5 with that standard deviation, cut off at 0 and 1."""
    return np.asarray(np.clip(0.5 + spread * (field - field.mean()) / (field.std() + 1e-6), 0, 1), np.float32)


def unit_vectors(flow: Field) -> Field:
    """The flow of (size, size, 2), each vector brought to length 1."""
    length = np.hypot(flow[..., 0], flow[..., 1])[..., None]
    return np.asarray(flow / (length + 1e-6), np.float32)


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
    padded = np.pad(field, [(reach, reach), (reach, reach)] + [(0, 0)] * (field.ndim - 2), mode="edge")
    height, width = padded.shape[:2]
    down, right = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :]
    passed = np.exp(-2 * (np.pi * radius_px) ** 2 * (down**2 + right**2)).astype(np.float32)
    passed = passed.reshape(passed.shape + (1,) * (field.ndim - 2))
    spectrum = np.fft.rfft2(padded.astype(np.float32), axes=(0, 1)) * passed
    smooth = np.fft.irfft2(spectrum, s=(height, width), axes=(0, 1))
    return smooth[reach : height - reach, reach : width - reach].astype(np.float32)


def ramp(palette: Field, position: Field) -> Field:
    """Colors between neighbors of the palette: position 0 is its first, 1 its last."""
    place = np.clip(position, 0, 1) * (len(palette) - 1)
    below = np.minimum(place.astype(np.int32), len(palette) - 2)
    share = (place - below)[..., None]
    return np.asarray(palette[below] * (1 - share) + palette[below + 1] * share, np.float32)


def palette(*colors: str) -> Field:
    """Colors written as `1a2b3c`, as numbers from 0 to 1."""
    return np.array([[int(c[i : i + 2], 16) / 255 for i in (0, 2, 4)] for c in colors], np.float32)


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
