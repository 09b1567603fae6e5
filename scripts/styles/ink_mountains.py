"""Mountains in ink on old paper, ridge behind ridge, with pines and a red sun."""

from __future__ import annotations

import numpy as np

from scripts.styles.brushwork import Canvas, follow, scattered
from scripts.styles.fields import Field, coordinates, layered_noise, palette, rise, standardized

INK = palette("0d1014")[0]


def ink_mountains(rng: np.random.Generator, size_px: int) -> Field:
    """Washes that fade into mist, dry strokes down every slope, and thin tints of indigo, green and rust."""
    unit = size_px / 1024
    x, y = coordinates(size_px)
    fiber = layered_noise(rng, size_px, cell_px=6 * unit, octaves=2)
    cloud = layered_noise(rng, size_px, cell_px=size_px / 3, octaves=6)
    picture = palette("efe0bf")[0] * (0.86 + 0.10 * fiber + 0.12 * cloud)[..., None]
    sky = np.clip((0.30 - y) * 1.6 * (0.4 + cloud), 0, 0.55)[..., None]
    picture = picture * (1 - sky) + palette("7a97a8")[0] * sky
    sun = np.hypot(x - 0.70, y - 0.15) + 0.006 * (fiber - 0.5)
    disc = (1 - rise(sun, 0.078, 0.083))[..., None] * (0.80 + 0.25 * cloud[..., None])
    picture = picture * (1 - disc) + palette("c5301c")[0] * disc
    tints = ("4a86b4", "3a8a92", "5f9a3a", "c8641e", "2a5a8a", "9a3f1c")
    levels = (0.24, 0.36, 0.48, 0.60, 0.74, 0.88)
    for number, (level, tint) in enumerate(zip(levels, tints, strict=True)):
        near = number / (len(levels) - 1)
        profile = layered_noise(rng, size_px, cell_px=size_px / (2.6 + 1.1 * number), octaves=5)[size_px // 2]
        peaks = (profile - 0.5) * (0.34 - 0.14 * near)
        edge = (level - peaks)[None, :]
        depth = (y - edge) / (0.17 + 0.05 * near)
        body = rise(depth, 0.0, 0.02) * np.clip(1.0 - depth * 0.78, 0.10 * near, 1) ** 1.2
        grain = 0.66 + 0.55 * layered_noise(rng, size_px, cell_px=70 * unit, octaves=5) * (0.7 + 0.5 * fiber)
        wash = np.clip(body * grain * (0.62 + 0.36 * near), 0, 0.95)[..., None]
        tone = palette(tint)[0] * (0.95 - 0.45 * near)
        # Mist lies over what is farther away before the next ridge is painted.
        mist = (rise(depth, -0.5, 0.0) * (1 - rise(depth, 0.0, 0.01)) * 0.20)[..., None]
        picture = picture * (1 - mist) + palette("f2e8d0")[0] * mist
        picture = picture * (1 - wash) + (tone * (0.72 - 0.25 * near) + INK * (0.28 + 0.25 * near)) * wash
        picture = _slopes(rng, picture, x, edge, depth, near, fiber, unit)
        if number >= 2:
            picture = _pines(rng, picture, edge[0], near, fiber, unit)
    return np.asarray(np.clip(picture, 0, 1), np.float32)


def _slopes(
    rng: np.random.Generator,
    picture: Field,
    x: Field,
    edge: Field,
    depth: Field,
    near: float,
    fiber: Field,
    unit: float,
) -> Field:
    """Dry strokes that fall from the ridge, and the ridge itself drawn with a loaded brush."""
    size_px = x.shape[0]
    canvas = Canvas(np.zeros((size_px, size_px, 3), np.float32))
    slope = np.gradient(edge[0]) * size_px
    fall = np.broadcast_to(np.clip(slope, -2.5, 2.5)[None, :], x.shape)
    side = np.sign(fall) * np.clip(np.abs(fall), 0.35, 1.4)
    flow = np.stack([np.ones_like(x) * side, np.ones_like(x) * 1.3 + 0.25 * np.sin(x * 60)], axis=-1)
    flow /= np.hypot(flow[..., 0], flow[..., 1])[..., None]
    for place in scattered(rng, size_px, spacing_px=(25 - 3 * near) * unit):
        column, row = np.clip(place, 0, size_px - 1).astype(np.int32)
        deep = depth[row, column]
        shady = fall[row, column] > 0
        if not 0.02 < deep < 1.3 or rng.random() < (0.05 if shady else 0.75) + 0.35 * deep:
            continue
        path = follow(flow, place, length_px=rng.uniform(40, 130) * unit, step_px=5 * unit)
        width = rng.uniform(5, 20) * unit * (0.6 + 0.6 * near)
        canvas.stroke(path, width_px=width, color=INK, rng=rng, thickness=rng.uniform(0.3, 0.75) * (0.65 + 0.5 * near))
    columns = np.arange(-10, size_px + 10, 6 * unit)
    height = np.interp(columns, np.arange(size_px), edge[0]) * size_px
    ridge = np.stack([columns, height + rng.normal(0, 1.2 * unit, len(columns))], axis=1)
    for first in range(0, len(ridge) - 6, 14):
        if rng.random() < 0.85:
            part = ridge[first : first + int(rng.integers(9, 22))]
            canvas.stroke(
                part.astype(np.float32), width_px=rng.uniform(4, 10) * unit, color=INK, rng=rng, thickness=1.0
            )
    return _inked(canvas, picture, fiber, strength=0.62 + 0.33 * near)


def _pines(rng: np.random.Generator, picture: Field, edge: Field, near: float, fiber: Field, unit: float) -> Field:
    """Pines on a ridge: a bent trunk, and clouds of short needles at the ends of its branches."""
    size_px = picture.shape[0]
    canvas = Canvas(np.zeros((size_px, size_px, 3), np.float32))
    for column in rng.uniform(0, size_px, round(11 - 3 * near)):
        high = rng.uniform(50, 90) * unit * (0.55 + 1.0 * near)
        root = np.array([column, edge[int(column)] * size_px + 6 * unit])
        along = np.linspace(0, 1, 12)
        bend = np.sin(along * rng.uniform(2, 5)) * rng.normal(0, 0.14)
        trunk = root + np.stack([bend * high, -along * high], axis=1)
        canvas.stroke(trunk.astype(np.float32), width_px=high * 0.08, color=INK, rng=rng, thickness=1.2)
        for share in np.linspace(0.32, 1, 6):
            side = rng.choice([-1, 1])
            reach = high * 0.42 * (1.15 - share * 0.8)
            knot = trunk[int(share * 11)]
            for _ in range(9):
                middle = knot + np.array([side * rng.uniform(-0.3, 1) * reach, rng.normal(0, 0.03) * high])
                lean = rng.uniform(-0.35, 0.35)
                way = np.array([np.cos(lean), np.sin(lean)]) * rng.uniform(0.10, 0.2) * high
                needle = middle + np.linspace(-1, 1, 5)[:, None] * way
                canvas.stroke(needle.astype(np.float32), width_px=high * 0.055, color=INK, rng=rng, thickness=0.95)
    return _inked(canvas, picture, fiber, strength=0.70 + 0.28 * near)


def _inked(canvas: Canvas, picture: Field, fiber: Field, *, strength: float) -> Field:
    _, load = canvas.loose()
    paper = standardized(fiber, spread=0.25)
    cover = np.clip((load * 0.95 + paper - 0.72) * 2.8, 0, 1) * (load > 0) * strength
    return np.asarray(picture * (1 - cover[..., None]) + INK * cover[..., None], np.float32)
