"""What needs no canvas: a picture in the colors of styles but without strokes, or left as it is at strength 0.

It has the events of a painting, and needs no network.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence

import numpy as np
from numpy.typing import NDArray

from stylizer.blend import refuse_repeated, shares_of
from stylizer.events import THUMBNAIL_PX, Event, Finished, Losses, PictureFormat, Progress, Started
from stylizer.images import Picture, encode_preview, encode_within, fit_size, resize, to_bytes, to_float
from stylizer.memory import peak_memory_bytes
from stylizer.recipe import Recipe
from stylizer.recoloring import StyleColors, recolored
from stylizer.style import Style
from stylizer.timelapse import DEFAULT_GIF_LIMIT_BYTES, make_gif, timelapse_size

DEVICE, PRECISION = "CPU", "float32"
_GIF_FRAMES = 20
_NO_LOSSES = Losses(content=0.0, style=0.0, total_variation=0.0, total=0.0)

_Rgb = NDArray[np.float32]


def recolor(
    content: Picture,
    *styles: Picture,
    recipe: Recipe,
    weights: Sequence[float] | None = None,
    seed: int = 0,
    picture_format: PictureFormat = "png",
    painting_limit_bytes: int | None = None,
    gif_limit_bytes: int = DEFAULT_GIF_LIMIT_BYTES,
) -> Generator[Event, None, None]:
    """Yield `Started`, one `Progress` and `Finished`, as `Painter.paint` does with the same parameters.

    A style strength of 0 leaves the content as it is. The GIF fades from the content picture to the result. Every seed
    except 0 looks at another part of the style. Raises `BlendError`.
    """
    began = time.perf_counter()
    shares = shares_of([1.0] * len(styles) if weights is None else weights)
    refuse_repeated(styles, shares)
    width_px, height_px = fit_size(content.width_px, content.height_px, longest_side_px=recipe.longest_side_px)
    yield Started(
        recipe=recipe.name,
        width_px=width_px,
        height_px=height_px,
        steps=1,
        scales=((width_px, height_px),),
        seed=seed,
        precision=PRECISION,
        device=DEVICE,
    )
    before, alpha = _resized(content, width_px, height_px)
    strength = recipe.style_strength
    after = before
    if strength > 0:
        colors = _colors_of(styles, shares, recipe, seed=seed)
        after = recolored(before, colors, strength=strength, is_visible=None if alpha is None else alpha >= 128)
    small_size = timelapse_size(width_px, height_px)
    first, last = (resize(rgb, width_px=small_size[0], height_px=small_size[1]) for rgb in (before, after))
    _, small_alpha = _resized(content, *small_size)
    yield Progress(
        step=1,
        steps=1,
        scale=1,
        scales=1,
        losses=_NO_LOSSES,
        elapsed_seconds=time.perf_counter() - began,
        seconds_left=0.0,
        preview=encode_preview(last, alpha=small_alpha),
    )
    encoded = encode_within(after, alpha, picture_format=picture_format, limit_bytes=painting_limit_bytes)
    gif = make_gif(_faded(first, last), alpha=small_alpha, limit_bytes=gif_limit_bytes)
    yield Finished(
        painting=encoded.encoded,
        picture_format=encoded.picture_format,
        gif=gif.encoded,
        gif_frames=gif.frames,
        recipe=recipe.name,
        width_px=encoded.width_px,
        height_px=encoded.height_px,
        steps=1,
        seed=seed,
        seconds=time.perf_counter() - began,
        losses=_NO_LOSSES,
        precision=PRECISION,
        device=DEVICE,
        peak_memory_bytes=peak_memory_bytes(),
        content_thumbnail=encode_preview(content.rgb, alpha=content.alpha, longest_side_px=THUMBNAIL_PX),
        style_thumbnails=tuple(
            encode_preview(style.rgb, alpha=style.alpha, longest_side_px=THUMBNAIL_PX) for style in styles
        ),
        enlargement=content.enlargement(longest_side_px=max(width_px, height_px)),
        thumbnail=encode_preview(last, alpha=small_alpha, longest_side_px=THUMBNAIL_PX),
    )


def _colors_of(styles: Sequence[Picture], shares: Sequence[float], recipe: Recipe, *, seed: int) -> StyleColors:
    side_px = recipe.longest_side_px * recipe.style_picture.scale
    counted = [(style, share) for style, share in zip(styles, shares, strict=True) if share > 0]
    colors = [
        StyleColors.of(Style.of(style, recipe.style_picture, longest_side_px=side_px, seed=seed).colors)
        for style, _ in counted
    ]
    return StyleColors.blended(colors, [share for _, share in counted])


def _resized(picture: Picture, width_px: int, height_px: int) -> tuple[_Rgb, NDArray[np.uint8] | None]:
    """A picture's colors from 0 to 1 and its transparency, at this size."""
    rgb = resize(to_float(picture.rgb), width_px=width_px, height_px=height_px)
    if picture.alpha is None:
        return rgb, None
    opacity = to_float(picture.alpha[..., None])
    return rgb, to_bytes(resize(opacity, width_px=width_px, height_px=height_px)[..., 0])


def _faded(first: _Rgb, last: _Rgb) -> list[NDArray[np.uint8]]:
    """The frames of a fade from one picture to the other."""
    return [to_bytes(first + np.float32(share) * (last - first)) for share in np.linspace(0, 1, _GIF_FRAMES)]
