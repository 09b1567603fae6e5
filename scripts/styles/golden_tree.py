"""A tree of spirals on gold leaf, over robes and a meadow of ornament."""

from __future__ import annotations

import itertools

import numpy as np
from PIL import Image, ImageDraw

from scripts.styles.brushwork import scattered
from scripts.styles.fields import (
    Field,
    blurred,
    coordinates,
    layered_noise,
    palette,
    ramp,
    rise,
    shaded,
    smooth_noise,
)
from scripts.styles.shapes import borders, identity, points_of

BARK = ("2a170c", "4a2b14", "6b4420")
JEWELS = ("b5301f", "1f4f8f", "1f7a5a", "e8dcc0", "151216", "6a3a8f", "e07a2a", "2f9aa8")


def golden_tree(rng: np.random.Generator, size_px: int) -> Field:
    """Branches that curl up in dozens of spirals, hung with eyes and triangles; gold between them, jewels below."""
    unit = size_px / 1024
    gold, leaf_relief = _gold(rng, size_px, unit)
    canvas = Image.fromarray(np.uint8(gold * 255))
    relief = Image.fromarray(leaf_relief)
    pens = (ImageDraw.Draw(canvas), ImageDraw.Draw(relief))
    _robes(pens, rng, size_px, unit)
    for start, lean, length, width in (
        ((0.50, 0.86), -1.57, 0.42, 46), ((0.49, 0.50), -2.5, 0.34, 28), ((0.51, 0.48), -0.6, 0.34, 28),
        ((0.50, 0.56), -2.95, 0.36, 24), ((0.50, 0.58), -0.15, 0.36, 24), ((0.50, 0.46), -1.9, 0.26, 24),
        ((0.50, 0.46), -1.1, 0.26, 24),
    ):  # fmt: skip
        _branch(pens, rng, np.array(start) * size_px, lean, length * size_px, width * unit, depth=3, unit=unit)
    for place in scattered(rng, size_px, spacing_px=86 * unit):
        if place[1] < 0.70 * size_px:
            _jewel(pens, rng, place, rng.uniform(9, 21) * unit, unit)
    for place in scattered(rng, size_px, spacing_px=38 * unit):
        edge = (0.845 + 0.03 * np.sin(place[0] / size_px * 9)) * size_px
        if place[1] > edge:
            _jewel(pens, rng, place, rng.uniform(11, 25) * unit, unit)
    color = np.asarray(canvas, np.float32) / 255
    dust = smooth_noise(rng, size_px, cell_px=2.5 * unit)[..., None]
    height = blurred(np.asarray(relief), radius_px=1.6 * unit)
    return shaded(np.clip(color * (0.88 + 0.22 * dust), 0, 1), height, strength=0.40, gloss=0.45)


def _gold(rng: np.random.Generator, size_px: int, unit: float) -> tuple[Field, Field]:
    """Leaf upon leaf of gold, each square a little darker or warmer, worn through to red in places."""
    x, y = coordinates(size_px)
    warp = 0.03 * (layered_noise(rng, size_px, cell_px=size_px / 6, octaves=4) - 0.5)
    cells = (np.floor((x + warp) * 11) * 31 + np.floor((y - warp) * 11)).astype(np.int64)
    rough = layered_noise(rng, size_px, cell_px=30 * unit, octaves=4)
    cloud = layered_noise(rng, size_px, cell_px=size_px / 4, octaves=4)
    tone = 0.42 * rough + 0.42 * cloud + 0.20 * identity(cells)
    color = ramp(palette("6e3d12", "a86a1c", "d39a2e", "edc35a", "fbe6a0"), tone)
    seams = blurred(borders(cells), radius_px=1.4 * unit) * 2.5 * unit
    color = color * (1 - 0.45 * seams[..., None])
    worn = rise(rough - 0.4 * cloud, 0.42, 0.5)[..., None]
    color = color * (1 - worn * 0.8) + palette("8a3318")[0] * worn * 0.8
    return np.clip(color, 0, 1), (rough * 7 * unit).astype(np.float32)


Pens = tuple[ImageDraw.ImageDraw, ImageDraw.ImageDraw]


def _branch(
    pens: Pens,
    rng: np.random.Generator,
    start: Field,
    lean: float,
    length: float,
    width: float,
    *,
    depth: int,
    unit: float,
) -> None:
    """A branch that begins nearly straight, curls ever tighter, and lets others go on its way."""
    steps = 150
    turn = rng.choice([-1.0, 1.0])
    along = np.linspace(0, 1, steps)
    bend = np.where(along < 0.35, 0.5 * np.sin(along * 9), turn * np.clip(along - 0.35, 0, 1) ** 1.25 * 21)
    radius = np.where(along < 0.35, 1.0, np.clip(1 - (along - 0.35) * 1.28, 0.13, 1))
    lean_along = lean + (0.0 if depth == 3 and width > 40 * unit else 1.0) * bend
    path = (
        start
        + np.cumsum(np.stack([np.cos(lean_along), np.sin(lean_along)], axis=1) * radius[:, None], axis=0) * length / 75
    )
    swell = width * (1 - 0.72 * along)
    color_pen, relief_pen = pens
    for number, (share, ink) in enumerate(((1.0, BARK[0]), (0.66, BARK[1 + depth % 2]), (0.22, "c8913a"))):
        for (here, there), thick in zip(itertools.pairwise(path), swell, strict=False):
            thickness = max(1, round(thick * share))
            color_pen.line(points_of(np.stack([here, there])), fill=f"#{ink}", width=thickness)
            color_pen.circle(points_of(here[None])[0], thickness / 2, fill=f"#{ink}")
            relief_pen.line(points_of(np.stack([here, there])), fill=float((4 + 3 * number) * unit), width=thickness)
    if depth == 0:
        return
    for _ in range(3 if depth > 1 else 2):
        at = rng.integers(12, int(steps * 0.42))
        child_lean = lean_along[at] + rng.choice([-1, 1]) * rng.uniform(0.5, 1.1)
        _branch(
            pens,
            rng,
            path[at],
            child_lean,
            length * rng.uniform(0.5, 0.78),
            max(width * 0.58, 5 * unit),
            depth=depth - 1,
            unit=unit,
        )


def _jewel(pens: Pens, rng: np.random.Generator, place: Field, radius: float, unit: float) -> None:
    color_pen, relief_pen = pens
    inks = [f"#{JEWELS[index]}" for index in rng.permutation(len(JEWELS))]
    x, y = float(place[0]), float(place[1])
    kind = rng.random()
    if kind < 0.6:
        squash = rng.uniform(0.6, 1.0)
        for share, ink in zip((1.0, 0.80, 0.55, 0.26), ("#2a170c", *inks), strict=False):
            box = (x - radius * share, y - radius * share * squash, x + radius * share, y + radius * share * squash)
            color_pen.ellipse(box, fill=ink)
            relief_pen.ellipse(box, fill=float((8 - 4 * share) * unit))
    elif kind < 0.85:
        lean = rng.uniform(0, 6.3)
        for share, ink in zip((1.0, 0.62), ("#151216", inks[0]), strict=True):
            corners = [
                (x + radius * share * np.cos(lean + a), y + radius * share * np.sin(lean + a)) for a in (0, 2.1, 4.2)
            ]
            color_pen.polygon([(float(a), float(b)) for a, b in corners], fill=ink)
            relief_pen.polygon([(float(a), float(b)) for a, b in corners], fill=float(5 * unit))
    else:
        half = radius * 0.8
        color_pen.rectangle((x - half, y - half * 1.5, x + half, y + half * 1.5), fill="#151216")
        color_pen.rectangle((x - half * 0.55, y - half, x + half * 0.55, y + half), fill=inks[1])
        relief_pen.rectangle((x - half, y - half * 1.5, x + half, y + half * 1.5), fill=float(5 * unit))


def _robes(pens: Pens, rng: np.random.Generator, size_px: int, unit: float) -> None:
    """Two standing shapes at the sides: one patched with upright blocks, the other with round flowers."""
    color_pen, relief_pen = pens
    for side in (0, 1):
        for row in np.arange(0.36, 0.92, 0.034):
            reach = 0.24 * np.sin((row - 0.30) / 0.62 * np.pi * 0.62) ** 0.8
            for column in np.arange(0, reach, 0.030):
                across = (1 - column - 0.03) if side else column
                x0, y0 = across * size_px + rng.normal(0, 2 * unit), row * size_px + rng.normal(0, 3 * unit)
                x1, y1 = x0 + rng.uniform(0.020, 0.030) * size_px, y0 + rng.uniform(0.022, 0.040) * size_px
                if side == 0:
                    ink = rng.choice(["151216", "e8dcc0", "8a8478", "151216", "c8913a", "b5301f"])
                    color_pen.rectangle((x0, y0, x1, y1), fill=f"#{ink}")
                    relief_pen.rectangle((x0, y0, x1, y1), fill=float(rng.uniform(2, 6) * unit))
                else:
                    color_pen.rectangle(
                        (x0, y0, x1, y1), fill=f"#{rng.choice(['c8913a', 'b5301f', 'e07a2a', '6a3a8f', '1f4f8f'])}"
                    )
                    _jewel(pens, rng, np.array([x0, y0]), rng.uniform(9, 17) * unit, unit)
