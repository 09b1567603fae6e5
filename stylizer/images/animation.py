"""Finds the first frame of an animation that shows something, with limited work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image, ImageFile

from stylizer.images.size import MAX_DECODING_BYTES

MAX_FRAMES = 100
"""Four seconds at 25 frames a second: no animation begins with a longer blank part."""
MAX_FRAME_PIXELS = 100_000_000
"""Of all frames together that are looked at."""
BYTES_PER_PIXEL = 24
"""Memory of a frame that is drawn over another: both, what is restored after it, and its weighted colors."""

BLANK_CONTRAST = 16
"""Difference of darkest and brightest, of 256 levels: nothing is visible with less."""
SEEN_CONTRAST = 96
"""Required of a frame after a blank one, because animations fade in."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame at the needed size."""

    colors: Image.Image
    alpha: Image.Image | None
    contrast: int
    """Difference of its extremes, 0 … 255; transparent pixels count as black, and alpha counts as a color."""


def max_frames(size: tuple[int, int]) -> int:
    """How many frames of an animation of that size to look at; at least one."""
    pixels = max(1, size[0] * size[1])
    if pixels * BYTES_PER_PIXEL > MAX_DECODING_BYTES:
        return 1
    return max(1, min(MAX_FRAMES, MAX_FRAME_PIXELS // pixels))


def first_visible_frame(frames: Iterator[Frame]) -> Frame:
    """The first frame; if it is blank, the first later one that shows something, else the most contrasting."""
    best = next(frames)
    if best.contrast > BLANK_CONTRAST:
        return best
    # The next frame may be decoded into the same memory.
    best = Frame(best.colors.copy(), best.alpha and best.alpha.copy(), best.contrast)
    for frame in frames:
        if frame.contrast >= SEEN_CONTRAST:
            return frame
        if frame.contrast > best.contrast:
            best = Frame(frame.colors.copy(), frame.alpha and frame.alpha.copy(), frame.contrast)
    return best


def seek_frames(image: ImageFile.ImageFile, count: int) -> Iterator[Image.Image]:
    """Decode the frames 1 … `count` - 1, up to the first missing or damaged one."""
    for number in range(1, count):
        try:
            image.seek(number)
            image.load()
        except Exception:  # noqa: BLE001 - decoders raise anything; earlier frames stay
            return
        yield image
