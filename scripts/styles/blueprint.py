"""A sheet of old blueprints: fronts, arches, gears and trusses in white on Prussian blue."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from scripts.styles.fields import Field, blurred, coordinates, layered_noise, over, palette, ramp, rise, smooth_noise
from scripts.styles.shapes import borders, nearest


def blueprint(rng: np.random.Generator, size_px: int) -> Field:
    """Drawings in three weights of line, with hatched walls, dimensions and center lines; folds and stains."""
    unit = size_px / 1024
    sheet = _Drawing(size_px, rng)
    for left, top, side, draw in (
        (0.02, 0.02, 0.46, sheet.front), (0.50, 0.02, 0.30, sheet.gear), (0.80, 0.02, 0.19, sheet.dome),
        (0.80, 0.22, 0.19, sheet.gear), (0.50, 0.34, 0.26, sheet.dome), (0.76, 0.42, 0.23, sheet.front),
        (0.02, 0.50, 0.30, sheet.dome), (0.32, 0.62, 0.44, sheet.bridge), (0.76, 0.66, 0.23, sheet.gear),
        (0.02, 0.80, 0.20, sheet.front), (0.22, 0.80, 0.19, sheet.gear), (0.76, 0.86, 0.16, sheet.dome),
        (0.42, 0.78, 0.34, sheet.bridge), (0.32, 0.50, 0.17, sheet.gear), (0.90, 0.86, 0.14, sheet.front),
    ):  # fmt: skip
        draw(left * size_px, top * size_px, side * size_px)
    x, y = coordinates(size_px)
    cloud = layered_noise(rng, size_px, cell_px=size_px / 3, octaves=6)
    blue = ramp(palette("05173f", "0a2f73", "1450a0", "2f7cc4", "7cb4dc"), 1.6 * (cloud - 0.5) + 0.36 + 0.10 * y)
    grid = np.maximum(rise(np.cos(x * 2 * np.pi * 32), 0.96, 0.99), rise(np.cos(y * 2 * np.pi * 32), 0.96, 0.99))
    blue = over(blue, np.broadcast_to(palette("9cc8e4")[0], blue.shape), 0.30 * grid)
    # Folded twice, and worn white along the folds; creased all over.
    worn = smooth_noise(rng, size_px, cell_px=14 * unit)
    fold = np.exp(-((np.abs(np.mod(x * 3, 1) - 0.5) * size_px / 3 / (4 * unit)) ** 2))
    fold = np.maximum(fold, np.exp(-((np.abs(np.mod(y * 3, 1) - 0.5) * size_px / 3 / (4 * unit)) ** 2)))
    cells = nearest(rng.uniform(0, size_px, (34, 2)), size_px)
    crease = blurred(borders(cells), radius_px=2 * unit) * 5 * unit * rise(cloud, 0.35, 0.7)
    faded = np.clip(0.55 * fold * rise(worn, 0.3, 0.8) + 0.28 * crease, 0, 0.75)
    blue = over(blue, np.broadcast_to(palette("dbeaf2")[0], blue.shape), faded)
    grain = smooth_noise(rng, size_px, cell_px=2.4 * unit)
    ink = blurred(np.asarray(sheet.image, np.float32) / 255, radius_px=0.8 * unit)
    ink = np.clip(ink * (0.72 + 0.5 * worn) * (0.8 + 0.35 * grain), 0, 1)
    glow = 0.20 * blurred(ink, radius_px=7 * unit)
    sheet_color = over(blue, np.broadcast_to(palette("8cc0e4")[0], blue.shape), glow)
    drawn = over(sheet_color, np.broadcast_to(palette("f4f8f4")[0], blue.shape), ink)
    return np.clip(drawn * (0.93 + 0.12 * grain[..., None]), 0, 1)


class _Drawing:
    """White lines on a sheet. Each drawing fills a square: left, top and side in pixels."""

    def __init__(self, size_px: int, rng: np.random.Generator) -> None:
        self.image = Image.new("L", (size_px, size_px))
        self._pen = ImageDraw.Draw(self.image)
        self._unit = size_px / 1024
        self._rng = rng

    def front(self, left: float, top: float, side: float) -> None:
        """A palace: a hatched base, storeys of arches, a gable and a flight of steps."""
        rows = 4 if side > 300 * self._unit else 3
        columns = 7 if side > 300 * self._unit else 4
        inner, high = side * 0.86, side * 0.56 / rows
        self._wall(left + side * 0.04, top + side * 0.86, inner + side * 0.06, side * 0.07)
        for row in range(rows):
            y = top + side * 0.28 + row * high
            self._line([(left + side * 0.04, y), (left + side * 0.93, y)], 5)
            self._line([(left + side * 0.04, y + high * 0.12), (left + side * 0.93, y + high * 0.12)], 2)
            for column in range(columns):
                x = left + side * 0.07 + column * inner / columns
                self._arch(x + inner / columns * 0.14, y + high * 0.26, inner / columns * 0.62, high * 0.70)
        peak = (left + side * 0.485, top + side * 0.06)
        for inset in (0.0, 0.03):
            eaves = top + side * (0.28 - inset)
            corners = [
                (left + side * (0.04 + 2 * inset), eaves),
                (peak[0], peak[1] + side * 1.4 * inset),
                (left + side * (0.93 - 2 * inset), eaves),
            ]
            self._line([*corners, corners[0]], 5 if inset == 0 else 2)
        self._circle(peak[0], top + side * 0.20, side * 0.045, 3)
        self._measure(left + side * 0.04, left + side * 0.93, top + side * 0.965)

    def dome(self, left: float, top: float, side: float) -> None:
        """A dome seen from above: rings and ribs, a dotted half, a hatched wall all around."""
        x, y = left + side / 2, top + side / 2
        for share, width in ((0.46, 6), (0.42, 2), (0.33, 3), (0.30, 2), (0.18, 4), (0.07, 3)):
            self._circle(x, y, side * share, width)
        for number in range(24):
            angle = number * np.pi / 12
            inner, outer = (0.18, 0.42) if number % 2 else (0.07, 0.30)
            way = np.array([np.cos(angle), np.sin(angle)]) * side
            self._line(
                [(x + way[0] * inner, y + way[1] * inner), (x + way[0] * outer, y + way[1] * outer)], 2 + number % 2
            )
            spot = np.array([x, y]) + way * 0.375
            self._circle(float(spot[0]), float(spot[1]), side * 0.022, 2)
        for number in range(90):
            angle = number * 2 * np.pi / 90
            self._spoke(x, y, (side * 0.42, angle), (side * 0.46, angle + 0.05), 2)
        self._axes(x, y, side * 0.49)

    def gear(self, left: float, top: float, side: float) -> None:
        """Two wheels whose teeth mesh, with spokes and hatched hubs."""
        for share_x, share_y, reach, teeth in ((0.40, 0.42, 0.36, 22), (0.78, 0.78, 0.19, 12)):
            x, y, radius = left + side * share_x, top + side * share_y, side * reach
            outline = []
            for number in range(teeth * 4):
                angle = number * 2 * np.pi / (teeth * 4)
                length = radius * (1.0 if number % 4 < 2 else 0.86)
                outline.append((x + length * np.cos(angle), y + length * np.sin(angle)))
            self._line([*outline, outline[0]], 5)
            for share, width in ((0.76, 2), (0.70, 3), (0.30, 4), (0.16, 5)):
                self._circle(x, y, radius * share, width)
            for number in range(6):
                angle = number * np.pi / 3 + 0.2
                for side_step in (-0.10, 0.10):
                    start = (
                        x + radius * 0.30 * np.cos(angle + side_step * 2),
                        y + radius * 0.30 * np.sin(angle + side_step * 2),
                    )
                    self._line(
                        [
                            start,
                            (
                                x + radius * 0.70 * np.cos(angle + side_step),
                                y + radius * 0.70 * np.sin(angle + side_step),
                            ),
                        ],
                        3,
                    )
            for number in range(40):
                angle = number * 2 * np.pi / 40
                self._spoke(x, y, (radius * 0.16, angle), (radius * 0.30, angle + 0.2), 2)
            self._axes(x, y, radius * 1.12)

    def bridge(self, left: float, top: float, side: float) -> None:
        """A truss over an arch: uprights, diagonals, rivets, and piers of hatched stone."""
        deck, spans = top + side * 0.16, 12
        self._line([(left, deck), (left + side, deck)], 6)
        self._line([(left, deck + side * 0.03), (left + side, deck + side * 0.03)], 2)
        places = np.linspace(0.06, 0.94, spans + 1)
        arch = deck + side * (0.06 + 0.25 * (2 * places - 1) ** 2)
        knots = [(float(left + side * place), float(height)) for place, height in zip(places, arch, strict=True)]
        self._line(knots, 6)
        for number, (x, y) in enumerate(knots):
            self._line([(x, deck), (x, y)], 3)
            self._circle(x, y, side * 0.012, 3)
            if number:
                before = knots[number - 1]
                self._line([(before[0], deck if number % 2 else before[1]), (x, y if number % 2 else deck)], 2)
        for x in (left, left + side * 0.93):
            self._wall(x, deck + side * 0.03, side * 0.07, side * 0.30)
        self._measure(left + side * 0.06, left + side * 0.94, top + side * 0.08)

    def _line(self, points: list[tuple[float, float]], width: float) -> None:
        # Drawn by hand along a ruler: lines end a little beyond their corners, and press changes.
        places = [
            (x + self._rng.normal(0, 0.6) * self._unit, y + self._rng.normal(0, 0.6) * self._unit) for x, y in points
        ]
        shade = int(self._rng.uniform(185, 255))
        self._pen.line(places, fill=shade, width=max(1, round(width * 0.85 * self._unit)), joint="curve")

    def _spoke(self, x: float, y: float, start: tuple[float, float], end: tuple[float, float], width: float) -> None:
        """A line between two places given as distance and angle from a center."""
        self._line([(x + reach * np.cos(angle), y + reach * np.sin(angle)) for reach, angle in (start, end)], width)

    def _circle(self, x: float, y: float, radius: float, width: float) -> None:
        self._pen.ellipse(
            (x - radius, y - radius, x + radius, y + radius),
            outline=235,
            width=max(1, round(width * 0.85 * self._unit)),
        )

    def _arch(self, left: float, top: float, width: float, height: float) -> None:
        bend = [
            (left + width / 2 - width / 2 * np.cos(a), top + width / 2 - width / 2 * np.sin(a))
            for a in np.linspace(0, np.pi, 20)
        ]
        outline = [(left, top + height), *[(float(a), float(b)) for a, b in bend], (left + width, top + height)]
        if self._rng.random() < 0.6:
            self._pen.polygon(outline, fill=int(self._rng.uniform(90, 230)))
        self._line(outline, 3)
        self._line([(left + width / 2, top), (left + width / 2, top + height)], 2)
        self._line([(left, top + height * 0.6), (left + width, top + height * 0.6)], 2)

    def _wall(self, left: float, top: float, width: float, height: float) -> None:
        self._line(
            [(left, top), (left + width, top), (left + width, top + height), (left, top + height), (left, top)], 5
        )
        for step in np.arange(-height, width, 8 * self._unit):
            low, high = max(0.0, -step), min(height, width - step)
            self._line([(left + step + low, top + low), (left + step + high, top + high)], 2)

    def _axes(self, x: float, y: float, reach: float) -> None:
        for start in np.arange(-reach, reach, 26 * self._unit):
            self._line([(x + start, y), (x + start + 16 * self._unit, y)], 2)
            self._line([(x, y + start), (x, y + start + 16 * self._unit)], 2)

    def _measure(self, left: float, right: float, y: float) -> None:
        self._line([(left, y), (right, y)], 2)
        for x in np.linspace(left, right, 6):
            self._line([(x - 6 * self._unit, y + 6 * self._unit), (x + 6 * self._unit, y - 6 * self._unit)], 3)
            self._line([(x, y - 10 * self._unit), (x, y + 10 * self._unit)], 2)
