"""The sample styles, painted by rule and chance, so that they belong to nobody: no artist's picture was used."""

from __future__ import annotations

import numpy as np

from scripts.samples.brushwork import (
    Canvas,
    Field,
    blurred,
    follow,
    layered_noise,
    palette,
    ramp,
    scattered,
    smooth_noise,
    streaked,
)
from scripts.samples.watercolor import Sheet, blob, leaf_outline


def night_wind(rng: np.random.Generator, size_px: int) -> Field:
    """Wind and stars over dark hills: thick, curved strokes on a swirling flow, blue against gold."""
    y, x = np.mgrid[0:size_px, 0:size_px].astype(np.float32) / size_px
    whirls = ((0.36, 0.38, 0.20, 1.0), (0.66, 0.50, 0.13, -1.0), (0.88, 0.22, 0.15, 1.0), (0.10, 0.14, 0.13, -1.0))
    stars = ((0.62, 0.14, 0.050), (0.17, 0.42, 0.040), (0.88, 0.50, 0.036), (0.44, 0.07, 0.030), (0.84, 0.20, 0.078))
    sway = smooth_noise(rng, size_px, cell_px=size_px / 4)
    flow = np.stack([np.ones_like(x), 0.9 * (sway - 0.5) + 0.35 * np.sin(x * 7 + 1)], axis=-1)
    for center_x, center_y, radius, turn in whirls:
        dx, dy = x - center_x, y - center_y
        distance = np.hypot(dx, dy) + 1e-6
        pull = 3.2 * np.exp(-((distance / radius) ** 2))
        flow += (pull / distance * turn)[..., None] * np.stack([-dy + 0.18 * dx, dx + 0.18 * dy], axis=-1)
    halo = np.zeros_like(x)
    for center_x, center_y, radius in stars:
        dx, dy = x - center_x, y - center_y
        distance = np.hypot(dx, dy) + 1e-6
        near = np.exp(-((distance / (1.7 * radius)) ** 2))
        flow = flow * (1 - near)[..., None] + (3 * near / distance)[..., None] * np.stack([-dy, dx], axis=-1)
        halo = np.maximum(halo, np.exp(-((distance / (1.25 * radius)) ** 2)))
    ridge = 0.74 + 0.05 * np.sin(x * 5.2 + 0.6) + 0.03 * np.sin(x * 13 + 2) - 0.07 * np.exp(-(((x - 0.9) / 0.2) ** 2))
    nearer = ridge + 0.11 + 0.04 * np.sin(x * 4 + 3.5)
    for edge, lean in ((ridge, 1.0), (nearer, 1.6)):
        slope = np.gradient(edge, axis=1) * size_px
        below = np.clip((y - edge) * 30 + 0.5, 0, 1)[..., None]
        along = np.stack([np.ones_like(x), slope + lean * 0.45 * np.sin(x * 11 + y * 17)], axis=-1)
        flow = flow * (1 - below) + along * below
    flow = (flow / (np.hypot(flow[..., 0], flow[..., 1])[..., None] + 1e-6)).astype(np.float32)

    wind = streaked(smooth_noise(rng, size_px, cell_px=size_px / 26), flow, length_px=size_px // 9)
    wind = 0.5 + (wind - wind.mean()) / (4.2 * wind.std())
    sky = palette("0b1437", "14246b", "1d3f9c", "2563b8", "3f8fd0", "7cc0dc", "c9e3d8", "f3eebd")
    gold = palette("3d7fc4", "8fc3c9", "e8dc8b", "f8c93c", "f5a31f", "fff3b8")
    land = palette("0a1230", "10264a", "17425a", "1f5f57", "3f7f4c", "8a9a3f", "c9a845")
    position = np.clip(wind * (0.98 - 0.22 * y) - 0.04, 0, 1)
    tone = ramp(sky, position)
    tone = np.where((halo > 0.1)[..., None], ramp(gold, np.clip(halo * 1.06 + (wind - 0.5) * 0.35, 0, 1)), tone)
    hills = ramp(land, np.clip(wind * 0.75 + 0.05 * np.sin(x * 40), 0, 1))
    front = ramp(land, np.clip(wind * 0.55 - 0.05, 0, 1))
    tone = np.where((y > ridge)[..., None], hills, tone)
    tone = np.where((y > nearer)[..., None], front, tone).astype(np.float32)

    canvas = Canvas(tone * 0.55)
    unit = size_px / 1536
    for spacing, width, length, jitter in ((30, 34, 190, 0.05), (21, 22, 130, 0.07), (24, 15, 100, 0.10)):
        for start in scattered(rng, size_px, spacing_px=spacing * unit):
            path = follow(flow, start, length_px=length * unit * rng.uniform(0.6, 1.25), step_px=7 * unit)
            column, row = np.clip(path[len(path) // 2], 0, size_px - 1).astype(np.int32)
            color = tone[row, column] * (1 + rng.normal(0, jitter)) + rng.normal(0, jitter * 0.4, 3)
            if width < 20:
                # The last, thin layer picks out what the light catches and what it leaves.
                color = np.clip(color, 0, 1) ** rng.choice([0.62, 0.75, 1.25, 1.55])
            canvas.stroke(
                path,
                width_px=width * unit * rng.uniform(0.75, 1.2),
                color=np.clip(color, 0, 1),
                rng=rng,
                thickness=rng.uniform(0.6, 1.3),
            )
    return canvas.lit(strength=0.55, gloss=0.5)


def glass_suns(rng: np.random.Generator, size_px: int) -> Field:
    """Suns and beams in leaded glass: rings cut into pieces, each with its own color, bubbles and lit rim."""
    y, x = np.mgrid[0:size_px, 0:size_px].astype(np.float32) / size_px
    warp_x = 0.012 * (smooth_noise(rng, size_px, cell_px=size_px / 7) - 0.5)
    warp_y = 0.012 * (smooth_noise(rng, size_px, cell_px=size_px / 7) - 0.5)
    x, y = x + warp_x, y + warp_y
    warm = palette("7a0f1d", "b3161f", "d93a1c", "ee6b1a", "f7a21b", "fbcf3a", "fdeb8a")
    cool = palette("0c1c52", "123a8c", "1661b0", "168fb5", "17a58c", "4fb86a", "bfd96b")
    wine = palette("2a0f4a", "4c1a73", "7a2a8f", "a83d94", "d0588a", "ee8f8a", "f9d2b0")
    discs = (
        (0.33, 0.36, 0.335, 6, warm), (0.78, 0.70, 0.285, 5, wine), (0.83, 0.20, 0.205, 4, cool),
        (0.17, 0.84, 0.225, 4, cool), (0.50, 0.78, 0.120, 3, warm), (0.57, 0.07, 0.100, 2, wine),
        (0.055, 0.58, 0.085, 2, wine), (0.93, 0.45, 0.075, 2, warm), (0.62, 0.40, 0.075, 2, cool),
    )  # fmt: skip
    # Between the suns, beams: a few long cuts, and across them shorter ones that shift from beam to beam.
    angle = np.float32(0.62)
    beam = np.floor((x * np.cos(angle) + y * np.sin(angle)) * 11)
    cut = np.floor((-x * np.sin(angle) + y * np.cos(angle)) * 7 + 0.37 * beam * 1.618)
    piece = (beam * 61 + cut * 7 + 20000).astype(np.int64)
    place = np.mod(beam * 0.137 + cut * 0.211 + 0.15, 1)
    color = np.where((np.mod(beam, 3) == 0)[..., None], ramp(wine, place), ramp(cool, place * 0.9))
    for number, (center_x, center_y, radius, rings, colors) in enumerate(discs):
        dx, dy = x - center_x, y - center_y
        distance = np.hypot(dx, dy) / radius
        inside = distance < 1
        ring = np.floor(distance * rings)
        sectors = np.where(ring == 0, 1, 4 + 3 * ring)
        turn = np.mod(np.arctan2(dy, dx) / (2 * np.pi) + 0.11 * number + 0.07 * ring, 1)
        sector = np.floor(turn * sectors)
        place = np.mod(0.23 * ring + 0.29 * sector + 0.13 * number + 0.06 * ring * sector, 1)
        place = np.where(ring == 0, 0.95, place)
        other = (warm, cool, wine)[(number + 1) % 3]
        contrast = (np.mod(ring + sector, 4) == 3) & (ring > 0)
        glass = np.where(contrast[..., None], ramp(other, place), ramp(colors, place))
        color = np.where(inside[..., None], glass, color)
        piece = np.where(inside, (100000 * (number + 1) + ring * 100 + sector).astype(np.int64), piece)

    edge = np.zeros((size_px, size_px), np.float32)
    edge[:, 1:] += piece[:, 1:] != piece[:, :-1]
    edge[1:, :] += piece[1:, :] != piece[:-1, :]
    unit = size_px / 1536
    lead = np.clip(blurred(np.minimum(edge, 1), radius_px=5.5 * unit) * 15 * unit - 0.40, 0, 1)
    rim = np.clip(blurred(np.minimum(edge, 1), radius_px=17 * unit) * 24 * unit, 0, 1)

    # Each piece has its own lightness, its own drawn-out streaks and its own bubbles.
    identity = np.modf(np.abs(np.sin(piece * 12.9898)) * 43758.5453)[0].astype(np.float32)
    lean = identity * 2 * np.pi
    flow = np.stack([np.cos(lean), np.sin(lean)], axis=-1).astype(np.float32)
    streaks = streaked(smooth_noise(rng, size_px, cell_px=5 * unit), flow, length_px=round(60 * unit))
    streaks = np.clip(0.5 + (streaks - streaks.mean()) / (5 * streaks.std()), 0, 1)
    clouds = layered_noise(rng, size_px, cell_px=70 * unit)
    bubbles = np.clip(smooth_noise(rng, size_px, cell_px=9 * unit) - 0.78, 0, None) * 2.4
    light = 0.62 + 0.34 * identity + 0.42 * (streaks - 0.5) + 0.5 * (clouds - 0.5) + 0.3 * rim * (1 - rim) + bubbles
    glow = 0.16 * np.exp(-(((x - 0.33) ** 2 + (y - 0.36) ** 2) / 0.12))
    glass = np.clip(color * (light + glow)[..., None] * 1.12, 0, 1)

    # The lead is round: lit from the upper left, with hammer marks.
    height = blurred(lead, radius_px=2.4 * unit)
    down, right = np.gradient(height)
    shine = np.clip(-(down + right) * 6 * unit, -0.4, 1)
    metal = 0.075 + 0.05 * smooth_noise(rng, size_px, cell_px=7 * unit) + 0.45 * np.clip(shine, 0, 1)
    metal = metal[..., None] * np.array([0.95, 1.0, 1.1], np.float32)
    return np.asarray(np.clip(glass * (1 - lead[..., None]) + metal * lead[..., None], 0, 1), np.float32)


def pastel_meadow(rng: np.random.Generator, size_px: int) -> Field:
    """A sun over meadows in soft pastel: bold hatching that lets the toned paper shine through its tooth."""
    y, x = np.mgrid[0:size_px, 0:size_px].astype(np.float32) / size_px
    unit = size_px / 1536
    paper = palette("5b2a3c")[0]
    tooth = layered_noise(rng, size_px, cell_px=8 * unit, octaves=2)
    tooth = np.clip((tooth - tooth.mean()) / (4.5 * tooth.std()) + 0.5, 0, 1)
    sway = layered_noise(rng, size_px, cell_px=size_px / 4, octaves=3)
    sun = np.hypot(x - 0.70, (y - 0.27) * 1.0)
    sky = ramp(
        palette("fff2b0", "ffd24d", "ff9a3c", "f4666b", "c9589c", "7a62b8", "4f7fc4"), sun * 1.25 + 0.20 * (sway - 0.5)
    )
    horizon = 0.50 + 0.03 * np.sin(x * 6 + 0.4) + 0.02 * np.sin(x * 15)
    second = 0.62 + 0.05 * np.sin(x * 4.2 + 2.2)
    third = 0.79 + 0.06 * np.sin(x * 5 + 4.4)
    bands = (
        (horizon, palette("2b4f91", "3f74b5", "5d9fc0", "86c4b8"), -0.35),
        (second, palette("1f6b5e", "2f9463", "78b84e", "d3d854"), 0.30),
        (third, palette("b5325a", "e2574c", "f4913e", "f9c64f"), 1.05),
    )
    tone = sky
    lean = np.arctan2(y - 0.27, x - 0.70) + np.pi / 2
    for edge, colors, direction in bands:
        below = (y > edge)[..., None]
        depth = np.clip((y - edge) * 3.4 + 0.9 * (sway - 0.5) + 0.25 * np.sin(x * 23 + y * 31), 0, 1)
        tone = np.where(below, ramp(colors, 1 - depth), tone)
        lean = np.where(below[..., 0], direction + 0.7 * (sway - 0.5), lean)
    return _hatched(tone, lean, paper=paper, tooth=tooth, rng=rng, unit=unit)


def _hatched(tone: Field, lean: Field, *, paper: Field, tooth: Field, rng: np.random.Generator, unit: float) -> Field:
    """The tone laid on in pastel strokes along the lean (radians), three layers, each a little more crossed."""
    size_px = tone.shape[0]
    rubbed = np.clip(0.5 + 0.5 * tooth, 0, 1)[..., None] * 0.72
    picture = paper * (1 - rubbed) + tone * 0.80 * rubbed
    layers = ((40, 26, 210, 0.0, 0.10), (34, 19, 170, 0.16, 0.13), (46, 15, 130, -0.5, 0.17))
    for spacing, width, length, turn, contrast in layers:
        canvas = Canvas(np.zeros_like(tone))
        flow = np.stack([np.cos(lean + turn), np.sin(lean + turn)], axis=-1).astype(np.float32)
        for start in scattered(rng, size_px, spacing_px=spacing * unit):
            path = follow(flow, start, length_px=length * unit * rng.uniform(0.5, 1.3), step_px=8 * unit)
            column, row = np.clip(path[len(path) // 2], 0, size_px - 1).astype(np.int32)
            color = tone[row, column] * (1 + rng.normal(0.03, contrast)) + rng.normal(0, 0.03, 3)
            if rng.random() < contrast:
                # Here and there a cool stroke in the warm and a warm one in the cool, which makes both sing.
                color = color * 0.25 + color[::-1] * 0.75
            canvas.stroke(
                path,
                width_px=width * unit * rng.uniform(0.7, 1.2),
                color=np.clip(color, 0.03, 1),
                rng=rng,
                thickness=rng.uniform(0.75, 1.15),
            )
        color, load = canvas.loose()
        # Pastel catches on the paper's hills, and fills its valleys only where the stick is pressed.
        cover = np.clip((load * 0.95 + tooth - 0.72) * 3.2, 0, 1) * (load > 0)
        picture = picture * (1 - cover[..., None]) + color * cover[..., None]
    grain = 0.93 + 0.14 * tooth
    return np.clip(picture * grain[..., None], 0, 1).astype(np.float32)


def ink_garden(rng: np.random.Generator, size_px: int) -> Field:
    """Poppies and leaves in watercolor: washes that bleed and dry with dark rims, drawn over with a wet pen."""
    unit = size_px / 1536
    sheet = Sheet(size_px, rng)
    clouds = layered_noise(rng, size_px, cell_px=size_px / 3, octaves=5)
    sheet.flood(0.16 * clouds**2, pigment="ochre")
    sheet.flood(0.16 * (1 - clouds) ** 2, pigment="teal")
    for _ in range(26):
        spot = blob(rng.uniform(0, size_px, 2), radius_px=rng.uniform(90, 220) * unit, rng=rng, wobble=0.35)
        pigment = str(rng.choice(["teal", "sap", "ochre", "indigo", "violet"]))
        sheet.wash(spot, pigment=pigment, depth=rng.uniform(0.10, 0.30))
    flowers: list[Field] = []
    for place in scattered(rng, size_px, spacing_px=150 * unit):
        if all(np.hypot(*(place - other)) > 215 * unit for other in flowers):
            flowers.append(place)
    downwards = np.stack([1.6 * (clouds - 0.5), np.ones_like(clouds)], axis=-1)
    for place in flowers:
        stem = follow(downwards, place, length_px=rng.uniform(200, 330) * unit, step_px=8 * unit)
        sheet.line(stem, width_px=7 * unit)
        for along in np.linspace(0.35, 0.9, rng.integers(2, 5)):
            _grow_leaf(sheet, stem[int(along * (len(stem) - 1))], rng=rng, unit=unit)
    for place in flowers:
        _open_flower(sheet, place, rng=rng, unit=unit)
    for _ in range(420):
        radius = rng.exponential(3.0) * unit + unit
        sheet.drop(blob(rng.uniform(0, size_px, 2), radius_px=radius, rng=rng, wobble=0.25))
    return sheet.dried()


def _grow_leaf(sheet: Sheet, root: Field, *, rng: np.random.Generator, unit: float) -> None:
    lean = rng.uniform(-0.9, 0.5) if rng.random() < 0.5 else np.pi - rng.uniform(-0.9, 0.5)
    length = rng.uniform(90, 190) * unit
    leaf, vein = leaf_outline(root, lean=lean, length_px=length, rng=rng)
    pigment = str(rng.choice(["sap", "teal", "sap", "indigo"]))
    sheet.wash(leaf, pigment=pigment, depth=rng.uniform(0.45, 0.95), bleed=0.16)
    sheet.line(leaf, width_px=3.2 * unit)
    sheet.line(vein, width_px=3.6 * unit)
    for share in np.linspace(0.2, 0.8, 5):
        start = vein[int(share * (len(vein) - 1))]
        for side in (-1, 1):
            end = start + length * 0.20 * np.array([np.cos(lean + side * 0.8), np.sin(lean + side * 0.8)])
            sheet.line(np.linspace(start, end, 8), width_px=1.8 * unit)


def _open_flower(sheet: Sheet, place: Field, *, rng: np.random.Generator, unit: float) -> None:
    radius = rng.uniform(80, 150) * unit
    pairs = (("vermilion", "orange"), ("rose", "vermilion"), ("violet", "rose"), ("orange", "ochre"))
    colors = pairs[rng.choice(4, p=(0.34, 0.28, 0.18, 0.20))]
    turn = rng.uniform(0, 2 * np.pi)
    petals = int(rng.integers(5, 8))
    for petal in range(petals):
        lean = turn + petal * 2 * np.pi / petals + rng.normal(0, 0.12)
        middle = place + radius * 0.52 * np.array([np.cos(lean), np.sin(lean)])
        outline = blob(middle, radius_px=radius * rng.uniform(0.46, 0.62), rng=rng, wobble=0.16)
        sheet.wash(outline, pigment=colors[petal % 2], depth=rng.uniform(0.40, 0.80), bleed=0.20)
        # The pen does not follow the wash exactly, which is what makes it look drawn.
        sheet.line(outline + rng.normal(0, 3 * unit, 2), width_px=3.6 * unit)
        for _ in range(5):
            way = lean + rng.normal(0, 0.35)
            reach = np.linspace(0.22, rng.uniform(0.6, 0.95), 12)
            bend = np.sin(reach * 3) * rng.normal(0, 0.05)
            ray = [reach * np.cos(way) - bend * np.sin(way), reach * np.sin(way) + bend * np.cos(way)]
            sheet.line(place + radius * np.stack(ray, axis=1), width_px=1.9 * unit)
    sheet.wash(blob(place, radius_px=radius * 0.24, rng=rng, wobble=0.2), pigment="indigo", depth=1.3, bleed=0.2)
    for _ in range(34):
        way = rng.uniform(0, 2 * np.pi)
        dot = place + radius * rng.uniform(0.16, 0.36) * np.array([np.cos(way), np.sin(way)])
        sheet.line(blob(dot, radius_px=rng.uniform(1.5, 4) * unit, rng=rng, wobble=0.2), width_px=4 * unit)
