"""Of an animation the first frame that shows something, found with bounded work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image, ImageFile

from stylizer.images.size import MAX_DECODING_BYTES

MAX_FRAMES = 100
"""Four seconds at 25 frames a second: no animation begins with more of nothing."""
MAX_FRAME_PIXELS = 100_000_000
"""In all frames together that are looked at."""
BYTES_PER_PIXEL = 24
"""What a frame takes that is laid over others: both, what is restored behind it, and its colors with their weights."""

BLANK_CONTRAST = 16
"""From the darkest to the brightest of 256: with less, nothing is seen."""
SEEN_CONTRAST = 96
"""What a frame after a blank one must have: animations fade in."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame at the size that is needed."""

    colors: Image.Image
    alpha: Image.Image | None
    contrast: int
    """Between its extremes, 0 … 255; what is transparent counts as black, and its transparency as a color."""


def frames_allowed(size: tuple[int, int]) -> int:
    """How many frames of an animation of that size are looked at: at least the first."""
    pixels = max(1, size[0] * size[1])
    if pixels * BYTES_PER_PIXEL > MAX_DECODING_BYTES:
        return 1
    return max(1, min(MAX_FRAMES, MAX_FRAME_PIXELS // pixels))


def first_that_shows(frames: Iterator[Frame]) -> Frame:
    """The first frame, unless it is blank: then the first after it that shows something, or else shows most."""
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
    """Decode the frames 1 … `count` - 1, as far as there are any and they are sound."""
    for number in range(1, count):
        try:
            image.seek(number)
            image.load()
        except Exception:  # noqa: BLE001 - decoders raise anything, and what was seen before stays
            return
        yield image
