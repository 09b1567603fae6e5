"""Marbled paper: drops of ink that float on a bath, drawn through with combs, and lifted off."""

from __future__ import annotations

import numpy as np

from scripts.styles.fields import Field, coordinates, layered_noise, palette, smooth_noise

INKS = palette("12203f", "8f1d2c", "e0a43a", "f4ead2", "1f7f86", "d9573a", "f4ead2", "0b0f1c")


def marbled_paper(rng: np.random.Generator, size_px: int) -> Field:
    """Rings of dark blue, wine, gold, cream and teal, combed to feathers and turned into whorls.

    Every step is run backwards from the finished sheet. The drops and the combs are those of Lu, Jaffer, Jin, Zhao and
    Mao 2012, "Mathematical marbling".
    """
    unit = size_px / 1024
    x, y = coordinates(size_px)
    place = np.stack([x, y], axis=-1).reshape(-1, 2)
    place = _unswirl(place, center=(0.30, 0.66), radius=0.15, turn=3.0)
    place = _unswirl(place, center=(0.74, 0.28), radius=0.17, turn=-3.4)
    place = _unswirl(place, center=(0.80, 0.82), radius=0.10, turn=-2.6)
    place = _unswirl(place, center=(0.16, 0.16), radius=0.10, turn=2.4)
    place[:, 1] += 0.022 * np.sin(place[:, 0] * 2 * np.pi * 3.0 + 0.6)
    place[:, 0] += 0.030 * np.sin(place[:, 1] * 2 * np.pi * 2.1)
    # A comb downwards, then one upwards whose teeth run between those of the first.
    for shift, pull in ((0.5, -0.115), (0.0, 0.115)):
        tooth = np.abs(np.mod(place[:, 0] * 13 + shift, 1) - 0.5) * 2
        place[:, 1] += pull * np.exp(-((1 - tooth) / 0.34))
    place[:, 0] += 0.055 * np.sin(place[:, 1] * 2 * np.pi * 1.5 + 1.0)
    color = _sprinkled(rng, place)
    color = color.reshape(size_px, size_px, 3)
    bath = layered_noise(rng, size_px, cell_px=120 * unit, octaves=5)[..., None]
    fiber = smooth_noise(rng, size_px, cell_px=3 * unit)[..., None]
    return np.asarray(np.clip(color * (0.88 + 0.20 * bath) * (0.95 + 0.10 * fiber), 0, 1), np.float32)


def _unswirl(place: Field, *, center: tuple[float, float], radius: float, turn: float) -> Field:
    offset = place - np.array(center, np.float32)
    distance = np.hypot(offset[:, 0], offset[:, 1])
    angle = -turn * np.exp(-((distance / radius) ** 2))
    cos, sin = np.cos(angle), np.sin(angle)
    turned = np.stack([offset[:, 0] * cos - offset[:, 1] * sin, offset[:, 0] * sin + offset[:, 1] * cos], axis=1)
    return np.asarray(turned + np.array(center, np.float32), np.float32)


def _sprinkled(rng: np.random.Generator, place: Field, *, drops: int = 130) -> Field:
    """The color of the bath at each place of (count, 2), after so many drops fell on it."""
    centers = rng.uniform(-0.12, 1.12, (drops, 2)).astype(np.float32)
    radii = rng.uniform(0.05, 0.13, drops) * np.linspace(1.25, 0.6, drops)
    inks = np.cumsum(rng.integers(1, len(INKS) - 1, drops)) % len(INKS)
    color = np.broadcast_to(INKS[0], (len(place), 3)).copy()
    # Fine spray falls last: small drops that push nothing away.
    spray = np.zeros(len(place), bool)
    for cells, share, size in ((34, 0.45, 0.30), (60, 0.30, 0.26)):
        cell = np.floor(place * cells).astype(np.int64)
        chance = np.modf(np.abs(np.sin(cell[:, 0] * 127.1 + cell[:, 1] * 311.7)) * 43758.5453)[0]
        other = np.modf(np.abs(np.sin(cell[:, 0] * 269.5 + cell[:, 1] * 183.3)) * 43758.5453)[0]
        middle = (cell + 0.32 + 0.36 * np.stack([chance, other], axis=1)) / cells
        inside = (other < share) & (np.hypot(*(place - middle).T) < size * (0.4 + 0.6 * chance) / cells)
        color[inside & ~spray] = INKS[(chance * 7919).astype(np.int64) % len(INKS)][inside & ~spray]
        spray |= inside
    open_ = np.flatnonzero(~spray)
    place = place[open_]
    for number in range(drops - 1, -1, -1):
        offset = place - centers[number]
        square = (offset**2).sum(axis=1)
        inside = square < radii[number] ** 2
        color[open_[inside]] = INKS[inks[number]]
        outside = ~inside
        open_, offset, square = open_[outside], offset[outside], square[outside]
        place = centers[number] + offset * np.sqrt(1 - radii[number] ** 2 / square)[:, None]
        place = place.astype(np.float32)
    return color
