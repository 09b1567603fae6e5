"""What of a style picture is style: no frame around it, nothing transparent, no strip, and each seed's own look at it.

Pictures are (height, width, 3) float32 RGB from 0 to 1; opacities (height, width, 1) from 0 to 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from stylizer.errors import PictureName
from stylizer.images import Picture, open_picture, resize
from stylizer.recipe import Recipe

# A border differs from its own color no more than JPEG's noise does, but for a speck here and there.
_BORDER_TOLERANCE = 14 / 255
_BORDER_SPECKS = 0.02
# Beside a sharp edge JPEG is noisier, for a block of 16 px at most. In a small picture so much would be half a figure.
_EDGE_TOLERANCE = 40 / 255
_EDGE_PX = 16
_EDGE_SHARE = 0.04
# Of each side: with a wider border, the border is the picture.
_LEAST_KEPT = 0.3
_LEAST_KEPT_PX = 16
# Of a row right inside a frame: what differs from the frame. A figure on plain ground begins with less.
_LEAST_INSIDE = 0.35
_FRAMES = 3

# A canvas is seldom narrower; texture statistics of narrower pictures are those of their edges.
_NARROWEST = 4
_MOST_REFLECTIONS = 16

# How far a seed's look at the style may differ from the plain one: so far that strokes and colors change, and not so
# far that another style is painted. It is not mirrored, for strokes have a direction.
_SMALLEST_PART = 0.85
_FARTHEST, _CLOSEST = 0.88, 1.3

_Rgb = NDArray[np.float32]


def open_style(encoded: bytes, *, name: PictureName, recipe: Recipe) -> Picture:
    """Decode a style picture, as large as a painting may want to see it. Raises as `open_picture` does."""
    longest_side_px = round(recipe.longest_side_px * recipe.style_scale * _CLOSEST)
    return open_picture(encoded, name=name, longest_side_px=longest_side_px, least_side_px=longest_side_px // 2)


@dataclass(frozen=True, slots=True, eq=False)
class Style:
    """The part of a style picture that is style."""

    rgb: _Rgb
    opacity: _Rgb | None
    """How much each position counts; None where all count alike."""
    closeness: float = 1.0
    """How many times as large as usual it is seen."""

    @classmethod
    def of(cls, picture: Picture, *, longest_side_px: float, seed: int) -> Self:
        """The style that `picture` is for a canvas of that longest side, which may be painted at smaller ones first."""
        rgb = picture.rgb.astype(np.float32) / np.float32(255)
        if picture.alpha is None:
            style = cls(without_frame(rgb), None)
        else:
            style = cls(rgb, picture.alpha[..., None].astype(np.float32) / np.float32(255)).cropped_to_opaque()
        style = style.unfolded(longest_side_px)
        if seed != 0:
            style = style.varied(np.random.default_rng((seed, 1)))
        return style.scaled(longest_side_px)

    @property
    def colors(self) -> _Rgb:
        """(n, 3): those of all positions that count for most."""
        if self.opacity is None:
            return self.rgb.reshape(-1, 3)
        colors: _Rgb = self.rgb[self.opacity[..., 0] >= self.opacity.max() / 2]
        return colors

    def scaled(self, longest_side_px: float) -> Self:
        """For a canvas of that longest side: as long as it, its short side half as long at least, never enlarged.

        Nor does it have more positions than a square canvas, which would take more memory than painting does.
        """
        height_px, width_px = self.rgb.shape[:2]
        side_px = longest_side_px * self.closeness
        scale = min(
            max(side_px / max(height_px, width_px), side_px / 2 / min(height_px, width_px)),
            longest_side_px / math.sqrt(height_px * width_px),
            1.0,
        )
        size = {"width_px": max(1, round(width_px * scale)), "height_px": max(1, round(height_px * scale))}
        opacity = None if self.opacity is None else resize(self.opacity, **size)
        return replace(self, rgb=resize(self.rgb, **size), opacity=opacity)

    def cropped_to_opaque(self) -> Self:
        """Without the rows and columns at its sides in which nothing is opaque."""
        if self.opacity is None:
            return self
        is_opaque = self.opacity[..., 0] >= self.opacity.max() / 2
        rows, columns = (np.flatnonzero(is_opaque.any(axis=axis)) for axis in (1, 0))
        return self.part(slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))

    def part(self, rows: slice, columns: slice) -> Self:
        """What is in these rows and columns."""
        opacity = None if self.opacity is None else self.opacity[rows, columns]
        return replace(self, rgb=self.rgb[rows, columns], opacity=opacity)

    def unfolded(self, longest_side_px: float) -> Self:
        """A strip reflected at its long sides until it is wide enough, its middle cut out in a better shape."""
        height_px, width_px = self.rgb.shape[:2]
        length_px, narrow_px = max(height_px, width_px), min(height_px, width_px)
        if length_px <= _NARROWEST * narrow_px:
            return self
        across, along = (0, 1) if height_px < width_px else (1, 0)
        wanted_px = min(longest_side_px / 2, length_px / _NARROWEST)
        reflections = min(math.ceil(wanted_px / narrow_px), _MOST_REFLECTIONS)
        kept_px = min(length_px, _NARROWEST * narrow_px * reflections)
        first_px = (length_px - kept_px) // 2

        def unfold(values: _Rgb) -> _Rgb:
            piece = values.take(range(first_px, first_px + kept_px), along)
            return np.concatenate([np.flip(piece, across) if odd % 2 else piece for odd in range(reflections)], across)

        return replace(self, rgb=unfold(self.rgb), opacity=None if self.opacity is None else unfold(self.opacity))

    def varied(self, rng: np.random.Generator) -> Self:
        """A part of it, seen from another distance."""
        height_px, width_px = self.rgb.shape[:2]
        share = rng.uniform(_SMALLEST_PART, 1.0)
        distance = rng.uniform(1 / _CLOSEST, 1 / _FARTHEST)
        part_height_px, part_width_px = max(1, round(height_px * share)), max(1, round(width_px * share))
        top, left = rng.integers(height_px - part_height_px + 1), rng.integers(width_px - part_width_px + 1)
        part = self.part(slice(top, top + part_height_px), slice(left, left + part_width_px))
        return self if part.is_empty else replace(part, closeness=share / distance)

    @property
    def is_empty(self) -> bool:
        """Whether nothing in it is opaque."""
        return self.opacity is not None and float(self.opacity.max()) < 0.5


def without_frame(rgb: _Rgb) -> _Rgb:
    """The picture without plain borders: a frame all around, or bars at two opposite sides.

    A border has one color, and its edge is sharp: plain ground around a figure, or a plain sky, belongs to a picture.
    So does a border that would leave less than three tenths of a side.
    """
    for _ in range(_FRAMES):
        rows, columns = _inside(rgb), _inside(rgb.transpose(1, 0, 2))
        if (rows, columns) == (slice(0, rgb.shape[0]), slice(0, rgb.shape[1])):
            break
        rgb = rgb[rows, columns]
    return rgb


def _inside(rgb: _Rgb) -> slice:
    """The rows that are no border above or below."""
    height_px = rgb.shape[0]
    whole = slice(0, height_px)
    (above_px, above), (below_px, below) = _plain_rows(rgb), _plain_rows(rgb[::-1])
    is_pair = min(above_px, below_px) > 0 and np.abs(above - below).max() <= _BORDER_TOLERANCE
    if not is_pair or not (_is_sharp(rgb, above_px, above) and _is_sharp(rgb[::-1], below_px, below)):
        return whole
    first, last = above_px + _blurred_rows(rgb, above_px, above), below_px + _blurred_rows(rgb[::-1], below_px, below)
    if height_px - first - last < max(_LEAST_KEPT * height_px, _LEAST_KEPT_PX):
        return whole
    return slice(first, height_px - last)


def _plain_rows(rgb: _Rgb) -> tuple[int, _Rgb]:
    """How many of the first rows have one color, and that color; none where all have."""
    color = np.median(rgb[0], axis=0)
    is_plain = (np.abs(rgb - color).max(axis=2) <= _BORDER_TOLERANCE).mean(axis=1) >= 1 - _BORDER_SPECKS
    return (0 if is_plain.all() else int(is_plain.argmin())), color


def _is_sharp(rgb: _Rgb, first: int, color: _Rgb) -> bool:
    """Whether a good part of the picture begins at once at that row."""
    rows = _edge(rgb, first)
    return bool((np.abs(rows - color).max(axis=2) > _EDGE_TOLERANCE).mean(axis=1).max() >= _LEAST_INSIDE)


def _blurred_rows(rgb: _Rgb, first: int, color: _Rgb) -> int:
    """How many rows from that one on still show the border, in JPEG's noise or mixed with the picture."""
    rows = _edge(rgb, first)
    is_border = (np.abs(rows - color).max(axis=2) <= _EDGE_TOLERANCE).mean(axis=1) > 0.5
    return 1 + (len(rows) if is_border.all() else int(is_border.argmin()))


def _edge(rgb: _Rgb, first: int) -> _Rgb:
    """The rows from that one on in which a border may still be mixed with the picture."""
    return rgb[first : first + min(_EDGE_PX, math.ceil(_EDGE_SHARE * rgb.shape[0]))]
