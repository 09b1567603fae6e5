"""Transparent parts: keeps invisible colors out of visible ones."""

from __future__ import annotations

from PIL import Image

from stylizer.images.animation import Frame
from stylizer.images.color import to_eight_bits

FAINTEST_ALPHA = 32
"""A picture that is at most an eighth opaque wasn't meant that way: its alpha is stretched."""
TRUSTED_ALPHA = 64
"""From here on, a pixel has its own color; below, rounding leaves less and less of it."""


def as_frame(image: Image.Image, size_px: tuple[int, int]) -> Frame:
    """Resize the picture: colors as L, RGB, CMYK or LAB, and its alpha, if any.

    Colors are weighted by their alpha while resizing, and transparent pixels get the colors of their neighbors, so that
    the picture has no halo on any background.
    """
    if image.mode.startswith(("I", "F")):
        image = to_eight_bits(image)
    image = _in_plain_mode(image)
    if image.mode not in {"LA", "RGBA"}:
        colors = _resized(image, size_px)
        return Frame(colors, None, _contrast(colors))
    lowest, highest = _extremes(image, "A")
    opaque_mode = image.mode.removesuffix("A")
    if lowest == 255 or highest == 0:
        # An alpha that hides everything is a mistake: some programs leave it at zero.
        colors = _resized(image.convert(opaque_mode), size_px)
        return Frame(colors, None, 0 if highest == 0 else _contrast(colors))
    if highest < FAINTEST_ALPHA:
        image.putalpha(image.getchannel("A").point([min(255, round(alpha * 255 / highest)) for alpha in range(256)]))
    weighted = _resized(image.convert(f"{opaque_mode}a"), size_px)
    contrast = round(_contrast(weighted) * min(1, highest / FAINTEST_ALPHA))
    if image.size != size_px:
        image = weighted.convert(image.mode)
    alpha = image.getchannel("A")
    if _extremes(image, "A") == (255, 255):
        return Frame(image.convert(opaque_mode), None, contrast)
    return Frame(spread_colors(image), alpha, contrast)


def spread_colors(image: Image.Image) -> Image.Image:
    """The colors (L or RGB) of a picture (LA or RGBA), with those of opaque parts spread smoothly over the others."""
    mode = image.mode.removesuffix("A")
    levels = [image]
    while max(levels[-1].size) > 1 and _extremes(levels[-1], "A")[0] < TRUSTED_ALPHA:
        smaller = levels[-1].reduce(2)
        # Four pixels become one, with all the color that they had.
        smaller.putalpha(smaller.getchannel("A").point([min(255, 4 * alpha) for alpha in range(256)]))
        levels.append(smaller)
    colors = levels.pop().convert(mode)
    trust = [min(255, alpha * 255 // TRUSTED_ALPHA) for alpha in range(256)]
    for level in reversed(levels):
        neighbors = colors.resize(level.size, Image.Resampling.BILINEAR)
        colors = Image.composite(level.convert(mode), neighbors, level.getchannel("A").point(trust))
    return colors


def _in_plain_mode(image: Image.Image) -> Image.Image:
    """Convert to L, RGB, CMYK or LAB, or to LA or RGBA if parts may be transparent."""
    if image.mode in {"LA", "RGBA"} or (image.mode in {"L", "RGB", "CMYK", "LAB"} and "transparency" not in image.info):
        return image
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image.convert("L" if image.mode == "1" else "RGB")


def _resized(image: Image.Image, size_px: tuple[int, int]) -> Image.Image:
    return image if image.size == size_px else image.resize(size_px, Image.Resampling.LANCZOS, reducing_gap=3)


def _contrast(image: Image.Image) -> int:
    """The largest difference within any channel."""
    extremes = [_extremes(image, channel) for channel in range(len(image.getbands()))]
    return max(highest - lowest for lowest, highest in extremes)


def _extremes(image: Image.Image, channel: int | str) -> tuple[int, int]:
    """The smallest and the largest value of a channel of eight bits."""
    values = image.getchannel(channel).histogram()
    seen = [value for value, count in enumerate(values) if count]
    return seen[0], seen[-1]
