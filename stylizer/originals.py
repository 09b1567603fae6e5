"""The pictures that a painting is made from, in the colors that it is painted in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from stylizer.blend import Palette
from stylizer.color import is_gray, match_colors, match_luminance, to_luminance
from stylizer.images import Picture, to_float
from stylizer.recipe import Recipe
from stylizer.style import Style

Shown = Literal["painted", "kept", "gray"]
"""The colors in which a canvas is shown: as painted, the content's own, or none."""

_Rgb = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Originals:
    """What a painting starts from and aims at; all pictures are float32 from 0 to 1, at sizes of their own."""

    content: _Rgb
    styles: Sequence[tuple[Style, float]]
    """Those that count, each with its share."""
    continued: _Rgb | None
    """The painting to go on from, if there is one."""
    shown: Shown

    @classmethod
    def of(
        cls,
        content: Picture,
        blend: Sequence[tuple[Picture, float]],
        start: Picture | None,
        recipe: Recipe,
        *,
        seed: int,
    ) -> Self:
        """Prepare the pictures as the recipe's `colors` and `style_picture` say; the longest side is the recipe's."""
        side_px = recipe.longest_side_px * recipe.style_picture.scale
        counted = [(picture, share) for picture, share in blend if share > 0]
        styles = [
            (Style.of(picture, recipe.style_picture, longest_side_px=side_px, seed=seed), share)
            for picture, share in counted
        ]
        rgb = to_float(content.rgb)
        continued = None if start is None else to_float(start.rgb)
        if recipe.colors == "content":
            gray = to_luminance(rgb)
            return cls(
                content=gray,
                styles=[
                    (replace(style, rgb=match_luminance(to_luminance(style.rgb), gray, style.opacity)), share)
                    for style, share in styles
                ],
                continued=None if continued is None else to_luminance(continued),
                shown="kept",
            )
        has_colors = not is_gray(content.rgb)
        if recipe.colors == "matched":
            palette = Palette.of(rgb.reshape(-1, 3))
            styles = [
                (replace(style, rgb=match_colors(style.rgb, Palette.of(style.colors), palette)), share)
                for style, share in styles
            ]
        else:
            has_colors = has_colors or not all(is_gray(picture.rgb) for picture, _ in counted)
        return cls(rgb, styles, continued, "painted" if has_colors else "gray")
