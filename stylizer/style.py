"""What counts as style in a style picture: without frames and transparent parts, strips unfolded, varied by seed.

Pictures are (height, width, 3) float32 RGB from 0 to 1; opacities (height, width, 1) from 0 to 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from stylizer.errors import PictureName
from stylizer.grain import without_grain
from stylizer.images import Picture, open_picture, read_size, resize, to_float
from stylizer.recipe import Recipe, StylePictureSettings

_Rgb = NDArray[np.float32]


def open_style(encoded: bytes, *, name: PictureName, recipe: Recipe) -> Picture:
    """Decode a style picture, without its grain, at the largest size that a painting may need.

    Raises what `open_picture` raises.
    """
    longest_side_px = round(recipe.longest_side_px * recipe.style_picture.scale * recipe.style_picture.closest)
    picture = open_picture(encoded, name=name, longest_side_px=longest_side_px, min_side_px=longest_side_px // 2)
    shrunk = max(picture.width_px, picture.height_px) / max(read_size(encoded, name=name))
    return replace(picture, rgb=without_grain(picture.rgb, recipe.style_picture, shrunk=shrunk))


@dataclass(frozen=True, slots=True, eq=False)
class Style:
    """The part of a style picture that is style."""

    rgb: _Rgb
    opacity: _Rgb | None
    """How much each position counts; None if all count the same."""
    closeness: float = 1.0
    """How many times larger than usual it appears."""

    @classmethod
    def of(cls, picture: Picture, settings: StylePictureSettings, *, longest_side_px: float, seed: int) -> Self:
        """Prepare a style picture for canvases up to that longest side, as the seed sees it."""
        rgb = to_float(picture.rgb)
        if picture.alpha is None:
            style = cls(without_frame(rgb, settings), None)
        else:
            style = cls(rgb, to_float(picture.alpha[..., None])).cropped_to_opaque()
        style = style.unfolded(longest_side_px, settings)
        if seed != 0:
            style = style.varied(np.random.default_rng((seed, 1)), settings)
        return style.scaled(longest_side_px)

    @property
    def colors(self) -> _Rgb:
        """(n, 3): the colors of all positions that count at least half of the maximum."""
        if self.opacity is None:
            return self.rgb.reshape(-1, 3)
        colors: _Rgb = self.rgb[_is_opaque(self.opacity)]
        return colors

    def scaled(self, longest_side_px: float) -> Self:
        """Scale it for a canvas: to its longest side, with a short side at least half as long, never enlarged.

        It also never has more positions than a square canvas, or it would take more memory than painting does.
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
        """Crop the outer rows and columns in which nothing is opaque."""
        if self.opacity is None:
            return self
        is_opaque = _is_opaque(self.opacity)
        rows, columns = (np.flatnonzero(is_opaque.any(axis=axis)) for axis in (1, 0))
        return self.part(slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))

    def part(self, rows: slice, columns: slice) -> Self:
        """Crop to these rows and columns."""
        opacity = None if self.opacity is None else self.opacity[rows, columns]
        return replace(self, rgb=self.rgb[rows, columns], opacity=opacity)

    def unfolded(self, longest_side_px: float, settings: StylePictureSettings) -> Self:
        """Reflect a narrow strip at its long sides until it is wide enough, and crop it to its middle."""
        height_px, width_px = self.rgb.shape[:2]
        length_px, narrow_px = max(height_px, width_px), min(height_px, width_px)
        narrowest = settings.narrowest_ratio
        if length_px <= narrowest * narrow_px:
            return self
        across, along = (0, 1) if height_px < width_px else (1, 0)
        wanted_px = min(longest_side_px / 2, length_px / narrowest)
        reflections = min(math.ceil(wanted_px / narrow_px), settings.max_reflections)
        kept_px = min(length_px, narrowest * narrow_px * reflections)
        first_px = (length_px - kept_px) // 2

        def unfold(values: _Rgb) -> _Rgb:
            piece = values.take(range(first_px, first_px + kept_px), along)
            return np.concatenate([np.flip(piece, across) if odd % 2 else piece for odd in range(reflections)], across)

        return replace(self, rgb=unfold(self.rgb), opacity=None if self.opacity is None else unfold(self.opacity))

    def varied(self, rng: np.random.Generator, settings: StylePictureSettings) -> Self:
        """Take a random part of it, seen from another distance."""
        height_px, width_px = self.rgb.shape[:2]
        share = rng.uniform(settings.smallest_part, 1.0)
        distance = rng.uniform(1 / settings.closest, 1 / settings.farthest)
        part_height_px, part_width_px = max(1, round(height_px * share)), max(1, round(width_px * share))
        top, left = rng.integers(height_px - part_height_px + 1), rng.integers(width_px - part_width_px + 1)
        rows, columns = slice(top, top + part_height_px), slice(left, left + part_width_px)
        if self.opacity is not None and not _is_opaque(self.opacity)[rows, columns].any():
            return self
        return replace(self.part(rows, columns), closeness=share / distance)


def _is_opaque(opacity: _Rgb) -> NDArray[np.bool_]:
    """(height, width): which positions count at least half of the maximum."""
    is_opaque: NDArray[np.bool_] = opacity[..., 0] >= opacity.max() / 2
    return is_opaque


def without_frame(rgb: _Rgb, settings: StylePictureSettings) -> _Rgb:
    """Crop plain borders: a frame all around, or bars at two opposite sides.

    A border has one color and a sharp edge: plain ground around a figure, or a plain sky, is part of the picture. So is
    a border that leaves too little of a side.
    """
    for _ in range(settings.max_frames):
        rows, columns = _inside(rgb, settings), _inside(rgb.transpose(1, 0, 2), settings)
        if (rows, columns) == (slice(0, rgb.shape[0]), slice(0, rgb.shape[1])):
            break
        rgb = rgb[rows, columns]
    return rgb


def _inside(rgb: _Rgb, settings: StylePictureSettings) -> slice:
    """The rows between the borders above and below."""
    height_px = rgb.shape[0]
    whole = slice(0, height_px)
    (above_px, above), (below_px, below) = _plain_rows(rgb, settings), _plain_rows(rgb[::-1], settings)
    tolerance = settings.border_tolerance_levels / 255
    is_pair = min(above_px, below_px) > 0 and np.abs(above - below).max() <= tolerance
    if not is_pair or not (
        _is_sharp(rgb, above_px, above, settings) and _is_sharp(rgb[::-1], below_px, below, settings)
    ):
        return whole
    first = above_px + _blurred_rows(rgb, above_px, above, settings)
    last = below_px + _blurred_rows(rgb[::-1], below_px, below, settings)
    if height_px - first - last < max(settings.min_kept_share * height_px, settings.min_kept_px):
        return whole
    return slice(first, height_px - last)


def _plain_rows(rgb: _Rgb, settings: StylePictureSettings) -> tuple[int, _Rgb]:
    """How many of the first rows have one color, and that color; 0 if all of them have."""
    color = np.median(rgb[0], axis=0)
    tolerance = settings.border_tolerance_levels / 255

    def are_plain(rows: _Rgb) -> NDArray[np.bool_]:
        is_near = np.abs(rows - color).max(axis=2) <= tolerance
        return np.asarray(is_near.mean(axis=1) >= 1 - settings.border_specks)

    if not are_plain(rgb[:1])[0]:  # as in most pictures, so the others needn't be looked at
        return 0, color
    is_plain = are_plain(rgb)
    return (0 if is_plain.all() else int(is_plain.argmin())), color


def _is_sharp(rgb: _Rgb, first: int, color: _Rgb, settings: StylePictureSettings) -> bool:
    """Whether a good part of the picture begins exactly at that row."""
    differs = np.abs(_edge(rgb, first, settings) - color).max(axis=2) > settings.edge_tolerance_levels / 255
    return bool(differs.mean(axis=1).max() >= settings.min_inside_share)


def _blurred_rows(rgb: _Rgb, first: int, color: _Rgb, settings: StylePictureSettings) -> int:
    """How many rows from that one on still show the border, in JPEG's noise or mixed with the picture."""
    rows = _edge(rgb, first, settings)
    is_border = (np.abs(rows - color).max(axis=2) <= settings.edge_tolerance_levels / 255).mean(axis=1) > 0.5
    return 1 + (len(rows) if is_border.all() else int(is_border.argmin()))


def _edge(rgb: _Rgb, first: int, settings: StylePictureSettings) -> _Rgb:
    """The rows from that one on in which a border may still be mixed with the picture."""
    return rgb[first : first + min(settings.edge_px, math.ceil(settings.edge_share * rgb.shape[0]))]
