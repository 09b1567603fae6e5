"""Gives a picture the colors of a style, without its strokes, for recipes with `colors = "only"`.

The colors' statistics are moved in OKLab. The linear map that gives the content's colors the style's mean and
covariance with the least change is that of optimal transport between two normal distributions (Pitié & Kokaram 2007,
"The linear Monge-Kantorovitch linear colour mapping for example-based colour transfer"). As in NNST (Kolkin et al.
2022, arXiv 2203.13215), only a and b are mapped, smoothed along the edges of the lightness and kept within the style's
range. If either picture is nearly gray, all of OKLab is mapped, so that the colors follow the lightness.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from stylizer.bilateral import smoothed
from stylizer.blend import Palette
from stylizer.color import power_of
from stylizer.oklab import to_oklab, to_srgb
from stylizer.recipe import MAX_STYLE_STRENGTH

_Rgb = NDArray[np.float32]

_GRAY_DEVIATION = 0.012
"""A picture whose a and b deviate less than this is nearly gray; a faded photograph still has twice this."""
_LEAST_DEVIATION = 0.012
"""Added to the mapped deviations, so that the noise of a pale picture doesn't turn into color."""
_LIGHTNESS_SHARE = 0.4
"""How much of the style's lightness a picture gets at a style strength of 1; at the maximum, it gets all of it."""
_CONTRASTS = (0.6, 1.5)
"""The range in which the lightness's contrast may change; lower would hide what the picture shows."""
_RANGE_PERCENTILES = (0.5, 99.5)


@dataclass(frozen=True, slots=True, eq=False)
class StyleColors:
    """The colors of a style or a blend, in OKLab."""

    palette: Palette
    lowest: NDArray[np.float32]
    """(2,): of a and b, without a few outliers."""
    highest: NDArray[np.float32]

    @classmethod
    def of(cls, colors: _Rgb) -> Self:
        """Measure colors, (n, 3) sRGB from 0 to 1."""
        lab = to_oklab(colors)
        lowest, highest = np.percentile(lab[:, 1:], _RANGE_PERCENTILES, axis=0).astype(np.float32)
        return cls(Palette.of(lab), lowest, highest)

    @classmethod
    def blended(cls, styles: Sequence[Self], shares: Sequence[float]) -> Self:
        """Combine the colors of several styles, weighted by their shares."""
        return cls(
            Palette.blended([style.palette for style in styles], shares),
            np.min([style.lowest for style in styles], axis=0),
            np.max([style.highest for style in styles], axis=0),
        )


def recolored(
    content: _Rgb, style: StyleColors, *, strength: float, is_visible: NDArray[np.bool_] | None = None
) -> _Rgb:
    """Give the content picture, (height, width, 3) sRGB from 0 to 1, the style's colors.

    At strength 0 it stays as it is; at 1 it has the style's colors. Above 1, its lightness also becomes more like the
    style's. Only the colors of visible positions, (height, width), count.
    """
    lab = to_oklab(content)
    own = Palette.of(lab.reshape(-1, 3) if is_visible is None or not is_visible.any() else lab[is_visible])
    mapped = np.empty_like(lab)
    if min(_chroma_deviation(own), _chroma_deviation(style.palette)) < _GRAY_DEVIATION:
        mapped[..., 1:] = _transported(lab, own, style.palette, axes=slice(0, 3))[..., 1:]
    else:
        mapped[..., 1:] = _transported(lab, own, style.palette, axes=slice(1, 3))
    colors = np.stack(smoothed([mapped[..., 1], mapped[..., 2]], guide=lab[..., 0]), axis=2)
    mapped[..., 1:] = np.clip(colors, style.lowest, style.highest)
    lightness_share = np.interp(strength, (1, MAX_STYLE_STRENGTH), (_LIGHTNESS_SHARE, 1))
    mapped[..., 0] = lab[..., 0] + lightness_share * (_lightness(lab[..., 0], own, style.palette) - lab[..., 0])
    return to_srgb(lab + np.float32(min(strength, 1)) * (mapped - lab))


def _transported(lab: _Rgb, own: Palette, other: Palette, *, axes: slice) -> _Rgb:
    """Move some axes of the colors from the statistics of `own` to those of `other`; (height, width, axes)."""
    least = _LEAST_DEVIATION**2 * np.eye(axes.stop - axes.start)
    source, target = (palette.covariance[axes, axes] + least for palette in (own, other))
    root = power_of(source, 0.5)
    inverse = power_of(source, -0.5)
    change = inverse @ power_of(root @ target @ root, 0.5) @ inverse
    moved: _Rgb = (lab[..., axes] - own.mean[axes].astype(np.float32)) @ change.T.astype(np.float32)
    return moved + other.mean[axes].astype(np.float32)


def _lightness(lightness: _Rgb, own: Palette, style: Palette) -> _Rgb:
    """The lightness, (height, width), with the style's mean and, within limits, its deviation."""
    contrast = np.sqrt(style.covariance[0, 0] / max(own.covariance[0, 0], 1e-6))
    matched: _Rgb = (lightness - np.float32(own.mean[0])) * np.float32(np.clip(contrast, *_CONTRASTS))
    return matched + np.float32(style.mean[0])


def _chroma_deviation(palette: Palette) -> float:
    return float(np.sqrt(np.trace(palette.covariance[1:, 1:])))
