"""Cotton dyed in indigo and brown around drawings in wax, the wax cracked by the dyer's hands."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from scripts.styles.brushwork import follow, scattered
from scripts.styles.fields import Field, blurred, coordinates, layered_noise, palette, rise, smooth_noise
from scripts.styles.shapes import borders, nearest, points_of
from scripts.styles.watercolor import blob, leaf_outline

DYES = palette("1b2a66", "f6e8c8", "9a4e22", "4f8ac4", "e8a436", "bb2c2e")
INDIGO, WAX, BROWN, BLUE, OCHER, RED = range(6)


def batik(rng: np.random.Generator, size_px: int) -> Field:
    """Large flowers, leaves and vines with rows of dots on dark indigo, every free place filled with small marks."""
    unit = size_px / 1024
    cloth = Image.new("L", (size_px, size_px), INDIGO)
    pen = ImageDraw.Draw(cloth)
    sway = layered_noise(rng, size_px, cell_px=size_px / 4, octaves=2) - 0.5
    angle = 9 * sway
    flow = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    flowers = (
        (0.27, 0.27, 205), (0.77, 0.34, 175), (0.40, 0.75, 190), (0.87, 0.83, 180), (0.03, 0.60, 140),
        (0.55, 0.03, 125), (0.98, 0.04, 120), (0.07, 0.98, 150), (0.60, 0.55, 70), (0.04, 0.04, 80), (0.62, 0.99, 80),
        (0.99, 0.58, 70),
    )  # fmt: skip
    for place in scattered(rng, size_px, spacing_px=15 * unit):
        radius = rng.choice([1.8, 2.6, 3.6]) * unit
        pen.circle(points_of(place[None])[0], radius, fill=int(rng.choice([WAX, BLUE, WAX, OCHER])))
    for place in scattered(rng, size_px, spacing_px=54 * unit):
        _leaf(pen, rng, place, rng.uniform(0, 2 * np.pi), rng.uniform(44, 84) * unit, unit)
    for column, row, _ in flowers:
        for turn in (0.4, 2.5, 4.6):
            start = np.array([column, row]) * size_px
            path = follow(np.roll(flow, round(turn * 60 * unit), 0), start, length_px=430 * unit, step_px=8 * unit)
            pen.line(points_of(path), fill=INDIGO, width=round(24 * unit), joint="curve")
            pen.line(points_of(path), fill=WAX, width=round(13 * unit), joint="curve")
            pen.line(points_of(path), fill=BROWN, width=round(6 * unit), joint="curve")
            for index in range(6, len(path) - 2, 6):
                lean = np.arctan2(*(path[index + 1] - path[index])[::-1]) + rng.choice([-0.9, 0.9])
                _leaf(pen, rng, path[index], lean, rng.uniform(64, 120) * unit, unit)
    for column, row, reach in flowers:
        _flower(pen, rng, np.array([column, row]) * size_px, reach * unit, unit)
    return _dyed(rng, np.asarray(cloth), size_px, unit)


def _leaf(
    pen: ImageDraw.ImageDraw, rng: np.random.Generator, root: Field, lean: float, length: float, unit: float
) -> None:
    outline, vein = leaf_outline(root, lean=lean, length_px=length, rng=rng)
    middle = vein.mean(axis=0)
    for share, dye in ((1.22, INDIGO), (1.08, WAX), (0.90, int(rng.choice([BLUE, OCHER, BROWN, RED])))):
        pen.polygon(points_of(middle + (outline - middle) * share), fill=dye)
    pen.line(points_of(vein), fill=WAX, width=round(3 * unit))
    for index in range(3, len(vein) - 2, 3):
        for side in (-0.8, 0.8):
            tip = vein[index] + length * 0.15 * np.array([np.cos(lean + side), np.sin(lean + side)])
            pen.line(points_of(np.stack([vein[index], tip])), fill=WAX, width=max(1, round(1.8 * unit)))


def _flower(pen: ImageDraw.ImageDraw, rng: np.random.Generator, place: Field, reach: float, unit: float) -> None:
    """Rings of petals, each ring between two rows of dots."""
    pen.circle(points_of(place[None])[0], reach * 1.06, fill=INDIGO)
    turn = rng.uniform(0, 1)
    dyes = rng.permutation([RED, OCHER, BLUE, BROWN]).tolist()
    for number, (share, petals) in enumerate(((0.80, 12), (0.54, 9), (0.30, 6))):
        for petal in range(petals):
            lean = turn + (petal + 0.5 * number) * 2 * np.pi / petals
            way = np.array([np.cos(lean), np.sin(lean)])
            width = reach * share * np.pi / petals * 1.15
            side = np.array([-way[1], way[0]])
            angle = np.linspace(0, 2 * np.pi, 30)
            # A petal: round outside, pointed towards the middle.
            ring = np.stack([np.cos(angle), np.sin(angle) * (0.72 + 0.28 * np.cos(angle))], axis=1)
            for grow, dye in ((1.16, INDIGO), (1.0, WAX), (0.80, dyes[number]), (0.36, dyes[(number + 1) % 4])):
                shape = (
                    place
                    + way * reach * share
                    + ring[:, :1] * way * reach * 0.20 * grow
                    + ring[:, 1:] * side * width * grow
                )
                pen.polygon(points_of(shape), fill=dye)
            for dot in np.linspace(-0.5, 0.5, 4):
                pen.circle(points_of((place + way * reach * (share + 0.17 * dot))[None])[0], 2.2 * unit, fill=WAX)
    pen.circle(points_of(place[None])[0], reach * 0.17, fill=WAX)
    pen.circle(points_of(place[None])[0], reach * 0.13, fill=dyes[3])
    for radius, count in ((1.06, 46), (0.10, 9), (0.05, 5)):
        for lean in np.arange(count) * 2 * np.pi / count:
            dot = place + reach * radius * np.array([np.cos(lean), np.sin(lean)])
            pen.polygon(points_of(blob(dot, radius_px=3.4 * unit, rng=rng, wobble=0.1)), fill=WAX)


def _dyed(rng: np.random.Generator, dyes: Field, size_px: int, unit: float) -> Field:
    """The cloth out of the baths: edges that crept, clouds of dye, and dark veins where the wax broke."""
    x, y = coordinates(size_px)
    creep = 5 * unit
    shift_x = ((smooth_noise(rng, size_px, cell_px=9 * unit) - 0.5) * creep).astype(np.int64)
    shift_y = ((smooth_noise(rng, size_px, cell_px=9 * unit) - 0.5) * creep).astype(np.int64)
    rows, columns = np.mgrid[0:size_px, 0:size_px]
    crept = dyes[np.clip(rows + shift_y, 0, size_px - 1), np.clip(columns + shift_x, 0, size_px - 1)]
    color = blurred(DYES[crept], radius_px=1.1 * unit)
    clouds = layered_noise(rng, size_px, cell_px=90 * unit, octaves=5)
    color = color * (0.80 + 0.42 * clouds[..., None])
    veins = np.zeros((size_px, size_px), np.float32)
    for count, width, depth in ((70, 2.2, 0.85), (420, 1.3, 0.6)):
        points = rng.uniform(-0.05, 1.05, (count, 2)).astype(np.float32) * size_px
        cells = nearest(np.clip(points, 0, size_px - 1), size_px)
        bent = cells[np.clip(rows + shift_x * 4, 0, size_px - 1), np.clip(columns + shift_y * 4, 0, size_px - 1)]
        line = rise(blurred(borders(bent), radius_px=width * unit) * 4 * unit, 0.35, 0.8)
        broken = rise(layered_noise(rng, size_px, cell_px=120 * unit, octaves=3), 0.36, 0.6)
        veins = np.maximum(veins, depth * line * broken)
    color = color * (1 - veins[..., None]) + DYES[INDIGO] * 1.2 * veins[..., None]
    weave = np.sin(x * size_px / unit * 1.5) * 0.5 + np.sin(y * size_px / unit * 1.5) * 0.5
    return np.asarray(np.clip(color * (1 + 0.06 * weave[..., None]), 0, 1), np.float32)
