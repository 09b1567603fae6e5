"""Layers of colored paper, cut and stacked, each with its shadow on the next."""

from __future__ import annotations

import numpy as np

from scripts.styles.brushwork import scattered
from scripts.styles.fields import Field, blurred, layered_noise, over, palette, rise, smooth_noise
from scripts.styles.shapes import filled
from scripts.styles.watercolor import blob, leaf_outline

PAPERS = palette("0d1b3e", "1d3f72", "1f7a8c", "43b0a0", "f3e2b3", "f6b042", "ef6f4a", "c8324f", "6d1f4e")


def paper_cut(rng: np.random.Generator, size_px: int) -> Field:
    """Waves of paper from deep blue up to wine, with leaves, flowers and holes cut out of every sheet."""
    unit = size_px / 1024
    height = layered_noise(rng, size_px, cell_px=size_px / 3.4, octaves=2)
    rank = np.empty_like(height)
    rank.flat[np.argsort(height, axis=None)] = np.linspace(0, 1, height.size, dtype=np.float32)
    fiber = smooth_noise(rng, size_px, cell_px=2.5 * unit) - 0.5
    cloud = layered_noise(rng, size_px, cell_px=60 * unit, octaves=4) - 0.5
    grain = (1 + 0.16 * fiber + 0.10 * cloud)[..., None]
    picture = PAPERS[0] * grain
    levels = np.linspace(0.10, 0.90, len(PAPERS) - 1)
    for number, level in enumerate(levels, start=1):
        sheet = rise(rank, level - 0.0015, level + 0.0015)
        leaves, holes = _cuttings(rng, rank, low=level - 0.10, high=level + 0.06, unit=unit)
        sheet = np.maximum(sheet * (1 - holes), leaves)
        for reach, dark in ((14, 0.50), (5, 0.35)):
            shifted = np.roll(sheet, (round(reach * unit * 0.8), round(reach * unit * 0.6)), (0, 1))
            fallen = blurred(shifted, radius_px=reach * 0.55 * unit)
            picture = picture * (1 - dark * fallen[..., None])
        tint = PAPERS[number] * grain
        edge = blurred(sheet, radius_px=1.2 * unit)
        down, right = np.gradient(edge)
        rim = np.clip((down + right) * 2.2 * unit, -0.25, 0.45)[..., None]
        picture = over(picture, np.clip(tint * (1 + rim) + 0.12 * np.clip(rim, 0, 1), 0, 1), sheet)
    return np.asarray(np.clip(picture, 0, 1))


def _cuttings(rng: np.random.Generator, rank: Field, *, low: float, high: float, unit: float) -> tuple[Field, Field]:
    """Leaves and flowers that stand out from a sheet's edge, and the holes inside of it."""
    size_px = rank.shape[0]
    down, right = np.gradient(blurred(rank, radius_px=6 * unit))
    leaves: list[Field] = []
    holes: list[Field] = []
    for place in scattered(rng, size_px, spacing_px=58 * unit):
        column, row = np.clip(place, 0, size_px - 1).astype(np.int32)
        here = rank[row, column]
        if not low < here < high:
            continue
        lean = np.arctan2(-down[row, column], -right[row, column])
        if here > low + 0.09:
            if rng.random() < 0.8:
                for turn in (-0.7, 0.0, 0.7):
                    leaf, _ = leaf_outline(place, lean=lean + turn, length_px=rng.uniform(48, 88) * unit, rng=rng)
                    leaves.append(leaf)
            else:
                turn = rng.uniform(0, 6)
                for petal in np.arange(6) * np.pi / 3 + turn:
                    middle = place + 21 * unit * np.array([np.cos(petal), np.sin(petal)])
                    leaves.append(blob(middle, radius_px=15 * unit, rng=rng, wobble=0.08))
                holes.append(blob(place, radius_px=8 * unit, rng=rng, wobble=0.1))
    for place in scattered(rng, size_px, spacing_px=44 * unit):
        column, row = np.clip(place, 0, size_px - 1).astype(np.int32)
        if high < rank[row, column] < high + 0.10:
            leaf, _ = leaf_outline(place, lean=rng.uniform(0, 6.3), length_px=rng.uniform(22, 40) * unit, rng=rng)
            holes.append(leaf)
    shown = filled(leaves, size_px)
    return shown * (1 - filled(holes, size_px)), filled(holes, size_px)
