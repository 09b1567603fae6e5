"""Watercolor and ink: washes that bleed, granulate and dry with dark rims, and a wet pen over them."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from scripts.styles.fields import Field, blurred, layered_noise

# Watercolor only takes light away: how much of red, green and blue each pigment keeps from coming back.
PIGMENTS = {
    "vermilion": (0.06, 1.25, 1.55),
    "rose": (0.16, 1.30, 0.62),
    "orange": (0.03, 0.62, 1.70),
    "ochre": (0.13, 0.34, 1.25),
    "sap": (0.95, 0.34, 1.25),
    "teal": (1.45, 0.42, 0.52),
    "indigo": (1.55, 1.02, 0.40),
    "violet": (0.85, 1.30, 0.42),
}


class Sheet:
    """A sheet of rough paper that washes and lines are laid on."""

    def __init__(self, size_px: int, rng: np.random.Generator) -> None:
        """Wet an empty square sheet."""
        self.size_px = size_px
        self._rng = rng
        self._unit = size_px / 1536
        self._grain = layered_noise(rng, size_px, cell_px=7 * self._unit, octaves=2)
        self._pools = layered_noise(rng, size_px, cell_px=80 * self._unit, octaves=5)
        self._absorbed = np.zeros((size_px, size_px, 3), np.float32)
        self._ink = np.zeros((size_px, size_px), np.float32)

    def flood(self, depth: Field, *, pigment: str) -> None:
        """Tint the whole sheet, at each pixel as deep as given."""
        self._absorbed += (depth * (0.8 + 0.4 * self._grain))[..., None] * np.array(PIGMENTS[pigment])

    def wash(self, outline: Field, *, pigment: str, depth: float, layers: int = 14, bleed: float = 0.30) -> None:
        """Fill an outline of (points, 2) with thin layers, each of which runs a little differently."""
        margin = 70 * self._unit
        low = np.clip(outline.min(axis=0) - margin, 0, self.size_px - 1).astype(int)
        high = np.clip(outline.max(axis=0) + margin, low + 2, self.size_px).astype(int)
        window = (slice(low[1], high[1]), slice(low[0], high[0]))
        shape_px = (int(high[0] - low[0]), int(high[1] - low[1]))
        density = np.zeros((shape_px[1], shape_px[0]), np.float32)
        rough = frayed(outline, rng=self._rng, spread=bleed)
        for _ in range(layers):
            density += covered(frayed(rough, rng=self._rng, spread=bleed) - low, shape_px) / layers
        # Water carries pigment to the rim, and leaves it in the paper's valleys.
        rim = np.clip(density - blurred(density, radius_px=9 * self._unit), 0, 1) * 1.5
        pooled = density * (0.28 + 1.15 * self._pools[window] ** 1.4)
        laid = (pooled + rim) * (0.66 + 0.68 * self._grain[window]) * depth
        self._absorbed[window] += laid[..., None] * np.array(PIGMENTS[pigment], np.float32)

    def line(self, path: Field, *, width_px: float) -> None:
        """Draw a pen along a path of (points, 2), now pressed, now light."""
        press = np.interp(np.linspace(0, 5, len(path)), np.arange(6), self._rng.uniform(0.25, 1.25, 6)) * width_px
        low = np.clip(path.min(axis=0) - width_px * 1.5 - 2, 0, self.size_px - 1).astype(int)
        high = np.clip(path.max(axis=0) + width_px * 1.5 + 2, low + 1, self.size_px).astype(int)
        mask = Image.new("L", (int(high[0] - low[0]), int(high[1] - low[1])))
        pen = ImageDraw.Draw(mask)
        points = [(float(x), float(y)) for x, y in path - low]
        for here, there, width in zip(points, points[1:], press.tolist(), strict=False):
            pen.line([here, there], fill=255, width=max(1, round(width)))
            pen.circle(here, radius=width / 2, fill=255)
        self._blot(np.asarray(mask, np.float32) / 255, low)

    def drop(self, outline: Field) -> None:
        """Let a drop of ink fall, of that outline."""
        low = np.clip(outline.min(axis=0), 0, self.size_px - 1).astype(int)
        high = np.clip(outline.max(axis=0) + 1, low + 1, self.size_px).astype(int)
        self._blot(covered(outline - low, (int(high[0] - low[0]), int(high[1] - low[1]))), low)

    def dried(self) -> Field:
        """The sheet as light comes back from it: (size, size, 3) from 0 to 1."""
        paper = np.array([0.985, 0.965, 0.915], np.float32) * (0.965 + 0.05 * self._grain[..., None])
        ink = self._ink * np.clip(0.62 + 0.55 * self._grain, 0, 1)
        absorbed = self._absorbed + ink[..., None] * np.array([2.3, 2.15, 1.75], np.float32)
        return np.asarray(np.clip(paper * np.exp(-absorbed * 1.12), 0, 1), np.float32)

    def _blot(self, mask: Field, corner: Field) -> None:
        window = self._ink[corner[1] : corner[1] + mask.shape[0], corner[0] : corner[0] + mask.shape[1]]
        np.maximum(window, mask, out=window)


def blob(center: Field, *, radius_px: float, rng: np.random.Generator, wobble: float) -> Field:
    """A closed outline of (points, 2) around a center, round but for a slow wobble."""
    angle = np.linspace(0, 2 * np.pi, 33)
    reach = np.ones_like(angle)
    for wave in (2, 3, 5):
        reach += wobble * rng.normal(0, 0.5) / np.sqrt(wave) * np.sin(wave * angle + rng.uniform(0, 2 * np.pi))
    return (center + radius_px * np.stack([reach * np.cos(angle), reach * np.sin(angle)], axis=1)).astype(np.float32)


def leaf_outline(root: Field, *, lean: float, length_px: float, rng: np.random.Generator) -> tuple[Field, Field]:
    """The closed outline and the middle vein of a leaf that grows from its root towards `lean` (radians)."""
    along = np.linspace(0, 1, 20)
    bend = rng.normal(0, 0.35)
    direction = lean + bend * along
    vein = root + np.cumsum(np.stack([np.cos(direction), np.sin(direction)], axis=1), axis=0) * length_px / 20
    width = rng.uniform(0.16, 0.26) * length_px * np.sin(np.pi * along**0.8)
    normal = np.stack([-np.sin(direction), np.cos(direction)], axis=1)
    outline = np.concatenate([vein + normal * width[:, None], (vein - normal * width[:, None])[::-1]])
    return outline.astype(np.float32), vein.astype(np.float32)


def frayed(outline: Field, *, rng: np.random.Generator, spread: float) -> Field:
    """The outline with its edges broken again and again, as water frays a wash (after Tyler Hobbs's polygons)."""
    for _ in range(3):
        following = np.roll(outline, -1, axis=0)
        edge = following - outline
        length = np.hypot(edge[:, 0], edge[:, 1])[:, None]
        middle = (outline + following) / 2 + rng.normal(0, 1, outline.shape) * length * spread
        outline = np.stack([outline, middle], axis=1).reshape(-1, 2).astype(np.float32)
    return outline


def covered(outline: Field, shape_px: tuple[int, int]) -> Field:
    """1 inside the outline, 0 outside, on a canvas of (width, height)."""
    mask = Image.new("L", shape_px)
    ImageDraw.Draw(mask).polygon([(float(x), float(y)) for x, y in outline], fill=255)
    return np.asarray(mask, np.float32) / 255
