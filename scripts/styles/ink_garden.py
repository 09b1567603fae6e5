"""Poppies and leaves, in watercolor and ink."""

from __future__ import annotations

import numpy as np

from scripts.styles.brushwork import follow, scattered
from scripts.styles.fields import Field, layered_noise
from scripts.styles.watercolor import Sheet, blob, leaf_outline


def ink_garden(rng: np.random.Generator, size_px: int) -> Field:
    """Poppies and leaves in watercolor: washes that bleed and dry with dark rims, drawn over with a wet pen."""
    unit = size_px / 1536
    sheet = Sheet(size_px, rng)
    clouds = layered_noise(rng, size_px, cell_px=size_px / 3, octaves=5)
    sheet.flood(0.16 * clouds**2, pigment="ochre")
    sheet.flood(0.16 * (1 - clouds) ** 2, pigment="teal")
    for _ in range(34):
        spot = blob(rng.uniform(0, size_px, 2), radius_px=rng.uniform(90, 220) * unit, rng=rng, wobble=0.35)
        pigment = str(rng.choice(["teal", "sap", "ochre", "indigo", "violet"]))
        sheet.wash(spot, pigment=pigment, depth=rng.uniform(0.18, 0.42))
    flowers: list[Field] = []
    for place in scattered(rng, size_px, spacing_px=150 * unit):
        if all(np.hypot(*(place - other)) > 225 * unit for other in flowers):
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
        sheet.wash(outline, pigment=colors[petal % 2], depth=rng.uniform(0.32, 0.66), bleed=0.20)
        # The pen does not follow the wash exactly, which is what makes it look drawn.
        sheet.line(outline + rng.normal(0, 3 * unit, 2), width_px=3.6 * unit)
        for _ in range(5):
            way = lean + rng.normal(0, 0.35)
            reach = np.linspace(0.22, rng.uniform(0.6, 0.95), 12)
            bend = np.sin(reach * 3) * rng.normal(0, 0.05)
            ray = [reach * np.cos(way) - bend * np.sin(way), reach * np.sin(way) + bend * np.cos(way)]
            sheet.line(place + radius * np.stack(ray, axis=1), width_px=1.9 * unit)
    sheet.wash(blob(place, radius_px=radius * 0.22, rng=rng, wobble=0.2), pigment="indigo", depth=0.55, bleed=0.2)
    for _ in range(22):
        way = rng.uniform(0, 2 * np.pi)
        dot = place + radius * rng.uniform(0.16, 0.36) * np.array([np.cos(way), np.sin(way)])
        sheet.line(blob(dot, radius_px=rng.uniform(1.5, 3) * unit, rng=rng, wobble=0.2), width_px=3 * unit)
