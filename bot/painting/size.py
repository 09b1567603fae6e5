"""How large a painting is when its size depends on the content picture, and the sizes that nobody can ask for."""

from __future__ import annotations

from dataclasses import replace

from bot.errors import ContentSizeUnknown, SizeTooLarge, SizeTooSmall
from bot.painting.job import AS_CONTENT, Input, PaintingOptions
from bot.sources.picture import SentPicture
from stylizer.recipe import MAX_SIZE_PX, MIN_SIZE_PX


def chosen_size(options: PaintingOptions, content: SentPicture | Input) -> PaintingOptions:
    """The options with the size in pixels that a member chose for this picture.

    Raises `ContentSizeUnknown`, `SizeTooLarge` and `SizeTooSmall`.
    """
    size_px = options.size_px
    if size_px is None:
        return options
    if size_px == AS_CONTENT:
        if content.shape is None:
            raise ContentSizeUnknown
        size_px = max(MIN_SIZE_PX, *content.shape)
    if size_px > MAX_SIZE_PX:
        raise SizeTooLarge(size_px, MAX_SIZE_PX)
    if size_px < MIN_SIZE_PX:
        raise SizeTooSmall(size_px, MIN_SIZE_PX)
    return replace(options, size_px=size_px)


def default_size(options: PaintingOptions, content: SentPicture | Input, *, largest_px: int | None) -> PaintingOptions:
    """The options with the size that a member prefers, as near to it as possible: nobody asked for it here.

    A picture of unknown size is painted at the recipe's. `largest_px` is what the server allows; None for any.
    """
    if options.size_px != AS_CONTENT:
        return options
    if content.shape is None:
        return replace(options, size_px=None)
    return replace(options, size_px=min(max(MIN_SIZE_PX, *content.shape), largest_px or MAX_SIZE_PX))
