"""Masks: pictures that say where each style goes, and what stays as it is.

Black and transparent parts are left untouched. In a mask without colors, white is painted, and gray is painted partly.
In a mask of flat colors, each color is the region of one style: white first, then the colors in the order of the
rainbow, from red to pink. A single color, like white alone, is painted in all styles together.
"""

from __future__ import annotations

import colorsys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from stylizer.errors import (
    MASK,
    MAX_BLENDED_STYLES,
    EmptyMask,
    MaskColorsTooSimilar,
    MaskColorsTooSmall,
    MaskNotFlat,
    MaskOfAnotherShape,
    PictureName,
    WeightsInRegions,
    WrongNumberOfMaskColors,
)
from stylizer.images import Picture, fit_size, has_shape_of, resize

FEATHER = 0.02
"""How wide edges are feathered, relative to the longest side."""

SPARED_SHARE = 0.67
"""How much of a spared face stays as it is. The rest of each pixel is painted: the face gets the style's strokes and
colors, but eyes and mouth stay where they are. A higher share looks like a photograph pasted into a painting."""

# How far JPEG noise moves black and white, in levels.
_NOISE = 16
# A pixel counts as colored from this chroma on: scanned paper has less, pastels have more.
_COLORED_CHROMA = 32
# Pixels that differ less than this from their neighbors aren't at an edge, where colors mix.
_FLAT_LEVELS = 40
# A pixel's color is decided by the pixels within this distance.
_SURROUNDINGS_PX = 2
# Colors closer than this are the same: a distance in RGB levels.
_SAME_COLOR = 80.0
_MIN_COLOR_SHARE = 0.0005
"""A color that covers a smaller share of the picture is a speck, and a mask with only specks of color has none."""
_MIN_SIMILAR_SHARE = 0.02
"""A flat color that covers this share of the picture was meant, however close it is to another one."""
_MIN_COVERED_SHARE = 0.8
"""At least this share of a mask must have one of its flat colors; the rest is mixed edges."""
_FIRST_HUE = -20 / 360
"""Where the rainbow begins: crimson still counts as red, but the pale colors of that hue are pink."""
_PALE_SATURATION, _GRAY_SATURATION = 0.5, 0.15
_MAX_SORTED_PX = 512
"""Colors are identified at this longest side."""

# The ellipse over a face: its half axes and the upward shift of its center, relative to the face's box, which starts at
# the eyebrows; and the share of the half axes over which it fades.
_ELLIPSE_WIDTH, _ELLIPSE_HEIGHT, _FOREHEAD, _SOFT_EDGE = 0.74, 0.94, 0.06, 0.4

_Levels = NDArray[np.uint8]
_Rgb = NDArray[np.float32]


class Face(NamedTuple):
    """A face's box, from the eyebrows to the chin, relative to the picture's width and height: 0 to 1, or beyond."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True, eq=False)
class Mask:
    """The regions of a painting."""

    regions: _Rgb
    """(height, width, regions) float32: how much of each pixel belongs to each region, from 0 to 1. The rest is left
    untouched. A single region is painted in all styles together; if there are several, each has its own style."""
    faces: _Rgb | None = None
    """(height, width, 1): how much of each pixel is a face to spare; None if there are no faces."""

    @classmethod
    def of(
        cls, picture: Picture, *, width_px: int, height_px: int, shares: Sequence[float], name: PictureName = MASK
    ) -> Self:
        """Read a mask for a canvas of this size, and for styles with these shares.

        Raises `MaskOfAnotherShape`, `EmptyMask`, `MaskNotFlat`, `MaskColorsTooSimilar`, `MaskColorsTooSmall` and
        `WrongNumberOfMaskColors`; `WeightsInRegions` if styles with regions of their own have different shares.
        """
        if not has_shape_of(picture, width_px=width_px, height_px=height_px):
            raise MaskOfAnotherShape(*name, width_px, height_px)
        rgb = _on_black(picture)
        if _is_colored(rgb):
            regions = _color_regions(rgb, styles=len(shares), name=name)
        else:
            regions = _brightness(rgb)[..., None]
        if regions.max() == 0:
            raise EmptyMask(*name)
        if regions.shape[2] > 1 and min(shares) < max(shares):
            raise WeightsInRegions
        regions = resize(regions, width_px=width_px, height_px=height_px)
        return cls(_feathered(regions, round(FEATHER * max(width_px, height_px))))

    @classmethod
    def of_everything(cls, *, width_px: int, height_px: int) -> Self:
        """A single region that covers the whole canvas."""
        return cls(np.ones((height_px, width_px, 1), np.float32))

    def sparing(self, faces: Sequence[Face]) -> Self:
        """The same mask, with these faces spared."""
        height_px, width_px = self.regions.shape[:2]
        return replace(self, faces=np.maximum.reduce([_ellipse(face, width_px, height_px) for face in faces]))

    @property
    def opacity(self) -> _Rgb:
        """(height, width, 1): how much of each pixel is painted."""
        opacity: _Rgb = np.minimum(self.regions.sum(axis=2, keepdims=True), 1)
        return opacity if self.faces is None else opacity * (1 - SPARED_SHARE * self.faces)

    @property
    def has_one_region(self) -> bool:
        """Whether all styles are painted together."""
        return bool(self.regions.shape[2] == 1)

    def scaled(self, *, width_px: int, height_px: int) -> Self:
        """The same mask for a canvas of another size."""
        size = {"width_px": width_px, "height_px": height_px}
        return type(self)(resize(self.regions, **size), None if self.faces is None else resize(self.faces, **size))

    def composed(self, untouched: _Rgb, *pictures: _Rgb) -> _Rgb:
        """Lay one picture per region, or one for all, over the untouched picture; all have the mask's size."""
        if len(pictures) == 1:
            return untouched + self.opacity * (pictures[0] - untouched)
        composed = untouched.copy()
        for number, picture in enumerate(pictures):
            composed += self.regions[..., number, None] * (picture - untouched)
        return np.clip(composed, 0, 1, out=composed)


def _ellipse(face: Face, width_px: int, height_px: int) -> _Rgb:
    """A soft ellipse over a face including the forehead, (height, width, 1)."""
    center_x, center_y = (face.left + face.right) / 2, (face.top + face.bottom) / 2
    width, height = face.right - face.left, face.bottom - face.top
    x = ((np.arange(width_px) + 0.5) / width_px - center_x) / (_ELLIPSE_WIDTH * width)
    y = ((np.arange(height_px) + 0.5) / height_px - center_y + _FOREHEAD * height) / (_ELLIPSE_HEIGHT * height)
    covered = np.clip((1 - np.hypot(x[None], y[:, None])) / _SOFT_EDGE, 0, 1)[..., None]
    smooth: _Rgb = (covered * covered * (3 - 2 * covered)).astype(np.float32)
    return smooth


class _Color(NamedTuple):
    """One of the flat colors of a mask."""

    rgb: NDArray[np.float64]
    """(3,), in levels."""

    @property
    def is_black(self) -> bool:
        return float(np.linalg.norm(self.rgb)) < _SAME_COLOR

    @property
    def rank(self) -> tuple[bool, float, float]:
        """A sort key: white and grays, then the rainbow; for equal hues, lighter first."""
        hue, saturation, value = colorsys.rgb_to_hsv(*(self.rgb / 255))
        if saturation < _GRAY_SATURATION:
            return (False, 0.0, -value)
        is_pink = saturation < _PALE_SATURATION and hue > 0.5
        return (True, hue if is_pink else (hue - _FIRST_HUE) % 1, -value)


def _on_black(picture: Picture) -> _Levels:
    """Put the picture on black, because transparent parts are left untouched."""
    if picture.alpha is None:
        return picture.rgb
    opacity = picture.alpha[..., None].astype(np.uint16)
    return ((picture.rgb * opacity + 127) // 255).astype(np.uint8)


def _is_colored(rgb: _Levels) -> bool:
    chroma = rgb.max(axis=2) - rgb.min(axis=2)
    return float((chroma >= _COLORED_CHROMA).mean()) >= _MIN_COLOR_SHARE


def _brightness(rgb: _Levels) -> _Rgb:
    """How bright each pixel is, from 0 to 1; JPEG noise doesn't change black and white."""
    levels = np.asarray(Image.fromarray(rgb).convert("L"), np.float32)
    brightness: _Rgb = np.clip((levels - _NOISE) / (255 - 2 * _NOISE), 0, 1)
    return brightness


def _color_regions(rgb: _Levels, *, styles: int, name: PictureName) -> _Rgb:
    """One region per color, in the order of the colors."""
    colors = sorted((color for color in _flat_colors(rgb, name) if not color.is_black), key=lambda color: color.rank)
    if not colors:
        raise MaskColorsTooSmall(*name)
    if len(colors) not in {1, styles}:
        raise WrongNumberOfMaskColors(*name, len(colors), styles)
    nearest = _nearest(rgb, [_Color(np.zeros(3)), *colors])
    # At an edge between two regions, mixed colors may be nearest to a third color, so the surroundings decide.
    blur = ImageFilter.BoxBlur(_SURROUNDINGS_PX)
    votes = [_filtered(nearest == number, blur) for number in range(len(colors) + 1)]
    numbers = np.argmax(votes, axis=0)
    return np.stack([numbers == number for number in range(1, len(colors) + 1)], axis=2).astype(np.float32)


def _flat_colors(rgb: _Levels, name: PictureName) -> list[_Color]:
    """The colors of a mask, largest first, unless they are specks.

    Raises `MaskNotFlat` unless the picture has a few flat colors, and `MaskColorsTooSimilar` if two of them hardly
    differ.
    """
    image = Image.fromarray(rgb)
    if max(image.size) > _MAX_SORTED_PX:
        image = image.resize(fit_size(*image.size, longest_side_px=_MAX_SORTED_PX), Image.Resampling.NEAREST)
    pixels = np.asarray(image)
    lowest, highest = _lowest_around(pixels), 255 - _lowest_around(255 - pixels)
    is_flat = (highest - lowest).max(axis=2) <= _FLAT_LEVELS
    rest = pixels[is_flat].astype(np.int64)
    colors: list[_Color] = []
    similar_colors: list[_Color] = []
    """Each is too close to one of the others."""
    while len(rest) >= _MIN_COLOR_SHARE * is_flat.size and len(colors) <= MAX_BLENDED_STYLES + 1:
        center = _commonest(rest)
        distance = np.linalg.norm(rest - center, axis=1)
        if (distance < _SAME_COLOR).sum() < _MIN_COLOR_SHARE * is_flat.size:
            break
        similar = rest[(distance >= _SAME_COLOR / 2) & (distance < _SAME_COLOR)]
        if len(similar) >= _MIN_SIMILAR_SHARE * is_flat.size:
            spread = np.linalg.norm(similar - _commonest(similar), axis=1)
            if (spread < _NOISE).sum() >= _MIN_SIMILAR_SHARE * is_flat.size:  # else they are shades between two others
                similar_colors.append(_Color(_commonest(similar)))
        colors.append(_Color(center))
        rest = rest[distance >= _SAME_COLOR]
    if similar_colors and _covered_share(pixels, [*colors, *similar_colors], _NOISE) >= _MIN_COVERED_SHARE:
        raise MaskColorsTooSimilar(*name)
    if len(colors) > MAX_BLENDED_STYLES + 1 or _covered_share(pixels, colors, _SAME_COLOR / 2) < _MIN_COVERED_SHARE:
        raise MaskNotFlat(*name)
    return colors


def _covered_share(pixels: _Levels, colors: list[_Color], distance: float) -> float:
    """The share of the pixels, (height, width, 3), that are closer than this to one of the colors."""
    if not colors:
        return 0.0
    nearest = _rgb_of(colors)[_nearest(pixels, colors)]
    return float((np.linalg.norm(pixels - nearest, axis=2) < distance).mean())


def _commonest(pixels: NDArray[np.int64]) -> NDArray[np.float64]:
    """The color that most of the pixels, (pixels, 3), have about."""
    bins = pixels // 32 @ (64, 8, 1)
    commonest: NDArray[np.float64] = pixels[bins == np.bincount(bins).argmax()].mean(axis=0)
    return commonest


def _nearest(pixels: _Levels, colors: list[_Color]) -> NDArray[np.uint8]:
    """(height, width): the number of the nearest color."""
    nearest = np.zeros(pixels.shape[:2], np.uint8)
    least = np.full(pixels.shape[:2], np.inf, np.float32)
    for number, color in enumerate(colors):
        distance = np.square(pixels - color.rgb.astype(np.float32)).sum(axis=2)
        is_nearer = distance < least
        nearest[is_nearer], least[is_nearer] = number, distance[is_nearer]
    return nearest


def _rgb_of(colors: list[_Color]) -> NDArray[np.float64]:
    return np.stack([color.rgb for color in colors])


def _feathered(regions: _Rgb, width_px: int) -> _Rgb:
    """Blend the regions with each other and with the untouched part.

    The untouched part stays exactly as it is: regions fade on their own side of the edge.
    """
    opacity = _faded_inwards(np.minimum(regions.sum(axis=2), 1), width_px)[..., None]
    if regions.shape[2] == 1:
        return opacity
    blur = ImageFilter.GaussianBlur(width_px / 2)
    blurred = np.stack([_filtered(regions[..., number], blur) for number in range(regions.shape[2])], axis=2)
    shares = np.maximum(blurred, 1e-6 * regions)
    feathered: _Rgb = opacity * shares / np.maximum(shares.sum(axis=2, keepdims=True), 1e-9)
    return feathered


def _faded_inwards(opacity: _Rgb, width_px: int) -> _Rgb:
    """Fade a mask inwards: the mean of the mask and its erosions, pixel by pixel."""
    left = np.rint(opacity * 255).astype(np.uint8)
    total = left.astype(np.float32)
    for _ in range(1, width_px):
        left = _lowest_around(left)
        total += left
    faded: _Rgb = total / np.float32(255 * max(1, width_px))
    return faded


def _lowest_around(levels: _Levels) -> _Levels:
    """The lowest level of each pixel and its eight neighbors, per channel."""
    lowest = levels.copy()
    np.minimum(lowest[1:], levels[:-1], out=lowest[1:])
    np.minimum(lowest[:-1], levels[1:], out=lowest[:-1])
    rows = lowest.copy()
    np.minimum(lowest[:, 1:], rows[:, :-1], out=lowest[:, 1:])
    np.minimum(lowest[:, :-1], rows[:, 1:], out=lowest[:, :-1])
    return lowest


def _filtered(region: NDArray[np.bool_] | _Rgb, kind: ImageFilter.Filter) -> _Rgb:
    """Filter a region, (height, width) from 0 to 1, with Pillow."""
    levels = Image.fromarray(np.rint(region * np.float32(255)).astype(np.uint8))
    filtered: _Rgb = np.asarray(levels.filter(kind), np.float32) / np.float32(255)
    return filtered
