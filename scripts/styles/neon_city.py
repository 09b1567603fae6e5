"""A wet street at night between signs of neon."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from scripts.styles.fields import Field, blurred, coordinates, layered_noise, over, palette, rise, smooth_noise
from scripts.styles.shapes import points_of

TUBES = ("ff2f8e", "22e0ff", "ffb02a", "9a4dff", "3dff9a", "ff4d3a")
HORIZON = 0.60


def neon_city(rng: np.random.Generator, size_px: int) -> Field:
    """Tubes of pink, cyan, amber, violet and green glow on dark bricks and double in the puddles below."""
    unit = size_px / 1024
    x, y = coordinates(size_px)
    walls, haze = _walls(rng, x, y, size_px, unit)
    light = np.zeros((size_px, size_px, 3), np.float32)
    core = np.zeros((size_px, size_px), np.float32)
    for number, ink in enumerate(palette(*TUBES)):
        tubes = _tubes(rng, size_px, number, unit)
        light += ink * (
            1.0 * tubes[..., None]
            + 1.10 * blurred(tubes, radius_px=6 * unit)[..., None]
            + 1.15 * blurred(tubes, radius_px=22 * unit)[..., None]
            + 1.30 * blurred(tubes, radius_px=75 * unit)[..., None]
        )
        core = np.maximum(core, blurred(tubes, radius_px=1.3 * unit))
    scene = walls * (0.55 + 2.3 * light) + 0.62 * light * haze[..., None] + 0.75 * rise(core, 0.55, 0.95)[..., None]
    scene = scene / (1 + 0.22 * scene)
    # The street returns it all, pulled downwards and broken up by ripples.
    rows, columns = np.mgrid[0:size_px, 0:size_px]
    edge = round(HORIZON * size_px)
    far = (rows - edge) / (size_px - edge)
    ripple = (
        np.sin(rows / (3.4 * unit + 14 * unit * np.clip(far, 0, 1)) + 3 * np.sin(columns / (60 * unit)))
        * (5 + 26 * far)
        * unit
    )
    chop = (layered_noise(rng, size_px, cell_px=26 * unit, octaves=3) - 0.5) * 46 * unit * np.clip(far, 0, 1)
    source_row = np.clip(edge - (rows - edge) * 1.42 + chop, 0, size_px - 1).astype(np.int32)
    source_column = np.clip(columns + ripple * 0.55 + chop * 0.6, 0, size_px - 1).astype(np.int32)
    puddle = rise(layered_noise(rng, size_px, cell_px=size_px / 7, octaves=4), 0.22, 0.5)
    asphalt = palette("14142a")[0] * (0.6 + 0.9 * smooth_noise(rng, size_px, cell_px=4 * unit)[..., None])
    mirror = scene[source_row, source_column] * (0.25 + 0.80 * puddle[..., None])
    scene = np.where((rows > edge)[..., None], asphalt * 0.9 + mirror, scene)
    curb = np.exp(-(((rows - edge) / (4 * unit)) ** 2))
    scene = over(scene, np.broadcast_to(palette("05050e")[0], scene.shape), 0.85 * curb)
    return np.asarray(np.clip(scene, 0, 1) ** 0.92, np.float32)


def _walls(rng: np.random.Generator, x: Field, y: Field, size_px: int, unit: float) -> tuple[Field, Field]:
    """Houses of brick and glass, and how thick the mist is before them."""
    house = np.floor(x * 6 + 0.2 * np.sin(x * 31)).astype(np.int64)
    shade = np.modf(np.abs(np.sin(house * 12.9898)) * 43758.5453)[0]
    course = np.floor(y * 58)
    brick = (np.abs(np.mod(y * 58, 1) - 0.5) < 0.42) & (
        np.abs(np.mod(x * 26 + 0.5 * np.mod(course, 2), 1) - 0.5) < 0.46
    )
    each = np.modf(np.abs(np.sin(course * 78.233 + np.floor(x * 26 + 0.5 * np.mod(course, 2)) * 12.9898)) * 43758.5453)[
        0
    ]
    colors = palette("3a2a5a", "22305e", "4a2448", "1c3a52")[house % 4]
    wall = colors * (0.45 + 0.55 * each * brick + 0.3 * shade)[..., None]
    window = (np.mod(x * 24 + shade, 1) > 0.45) & (np.mod(y * 17 + shade * 3, 1) > 0.38) & (house % 2 == 0)
    cell = np.floor(x * 24 + shade) * 7 + np.floor(y * 17 + shade * 3) * 131
    lit = np.modf(np.abs(np.sin(cell * 3.17)) * 43758.5453)[0]
    glass = palette("0a0a1c", "0a0a1c", "ffcf6a", "3a8fb8", "c04a9a", "0a0a1c")[(lit * 5.99).astype(np.int64)]
    wall = np.where(window[..., None], glass * 0.75, wall)
    mist = layered_noise(rng, size_px, cell_px=size_px / 4, octaves=5)
    grime = layered_noise(rng, size_px, cell_px=30 * unit, octaves=3)
    return np.asarray(wall * (0.6 + 0.7 * grime[..., None]), np.float32), np.asarray(0.35 + 0.9 * mist, np.float32)


def _tubes(rng: np.random.Generator, size_px: int, number: int, unit: float) -> Field:
    """The tubes of one color: bent signs of every size."""
    image = Image.new("L", (size_px, size_px))
    pen = ImageDraw.Draw(image)
    for _ in range(5):
        middle = np.array([rng.uniform(0.02, 0.98), rng.uniform(0.03, HORIZON - 0.05)]) * size_px
        reach = rng.choice([24, 40, 62, 96]) * unit
        width = max(2, round(min(8.0, 3.2 + reach / unit / 22) * unit))
        kind = rng.integers(6)
        angle = np.linspace(0, 2 * np.pi, 90)
        if kind == 0:
            for share in (1.0, 0.68, 0.36):
                pen.line(
                    points_of(middle + reach * share * np.stack([np.cos(angle), np.sin(angle)], 1)),
                    fill=255,
                    width=width,
                )
        elif kind == 1:
            bumps = rng.integers(4, 8)
            petal = reach * (0.62 + 0.38 * np.cos(bumps * angle))[:, None]
            pen.line(points_of(middle + petal * np.stack([np.cos(angle), np.sin(angle)], 1)), fill=255, width=width)
        elif kind == 2:
            for row in range(5):
                start = middle + np.array([-reach, (row - 2) * 15 * unit])
                pen.line(
                    [
                        (float(start[0]), float(start[1])),
                        (float(start[0] + 2 * reach * (1 - 0.15 * row)), float(start[1])),
                    ],
                    fill=255,
                    width=width,
                )
        elif kind == 3:
            along = np.linspace(-1, 1, 60)
            wave = np.stack([along * 1.6, 0.35 * np.sin(along * 9 + number)], axis=1)
            for lift in (0, 18 * unit):
                pen.line(points_of(middle + reach * wave + np.array([0, lift])), fill=255, width=width)
        elif kind == 4:
            arrow = np.array([[-1, 0], [0.7, 0], [0.7, -0.4], [1.3, 0.1], [0.7, 0.6], [0.7, 0.22], [-1, 0.22], [-1, 0]])
            pen.line(points_of(middle + reach * arrow), fill=255, width=width, joint="curve")
        else:
            turn = np.linspace(0.4, 5.2 * np.pi, 120)
            pen.line(
                points_of(middle + reach * (turn / 16.4)[:, None] * np.stack([np.cos(turn), np.sin(turn)], 1)),
                fill=255,
                width=width,
            )
    for column in (number + 0.5, number + 3.7):
        place = np.mod(column * 0.1618 * 1.9, 1) * size_px
        pen.line(
            [(place, size_px * 0.02), (place, size_px * rng.uniform(0.25, HORIZON))],
            fill=230,
            width=max(2, round(5 * unit)),
        )
    return np.asarray(image, np.float32) / 255
