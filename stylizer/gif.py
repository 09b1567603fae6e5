"""The progress GIF: how a painting came to be, from coarse to fine."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.GifImagePlugin import getdata

from stylizer.images import fit_size

STORY_MS = 5000
"""How long the painting grows."""
SLOWEST_FRAME_MS = 250
"""A short story is over sooner than in `STORY_MS`."""
FIRST_HELD_MS = 600
LAST_HELD_MS = 2500
SMALLEST_LIMIT_BYTES = 4096
SAMPLE_PX = 24_000
"""Pixels that choose the palette; more of them cost time and change nothing that an eye sees."""


@dataclass(frozen=True, slots=True)
class Gif:
    """An encoded animation that loops forever."""

    encoded: bytes
    frames: int


@dataclass(frozen=True, slots=True)
class Effort:
    """How much of the story is told."""

    frames: int
    longest_side_px: int
    colors: int
    """Without the transparent one."""

    @property
    def cost(self) -> float:
        """Grows with the bytes that it takes, but not faster."""
        return self.frames * self.longest_side_px**2 * math.log2(self.colors)


EFFORTS = tuple(
    Effort(frames, longest_side_px, colors)
    for frames, longest_side_px, colors in (
        (60, 480, 255),
        (45, 480, 255),
        (36, 480, 255),
        (30, 440, 255),
        (30, 400, 255),
        (30, 320, 255),
        (24, 280, 255),
        (24, 240, 127),
        (20, 200, 127),
        (16, 160, 127),
        (16, 128, 127),
        (12, 112, 127),
        (10, 96, 63),
        (8, 80, 63),
        (6, 64, 63),
        (3, 64, 31),
        (1, 48, 15),
    )
)
"""The best first; the last fits into `SMALLEST_LIMIT_BYTES`, whatever it shows. Frames are given up before size, for a
story of 30 frames is still smooth, and size before colors."""


def make_gif(
    frames: Sequence[NDArray[np.uint8]], *, alpha: NDArray[np.uint8] | None = None, limit_bytes: int = 8 * 2**20
) -> Gif:
    """Encode the story in at most `limit_bytes`, 480 px and 60 frames; it loops, and the last frame is held.

    `frames` are (height, width, 3) sRGB of one size, coarse to fine; `alpha`, (height, width) of any size, hides parts
    of all of them. A GIF has no half transparency: a pixel shows that is at least half as opaque as the most opaque one
    is. Where the limit asks for it, frames in between are left out and the others get smaller and fewer colors.
    The same frames give the same bytes.

    Raises `ValueError` for no frames at all and for a limit under `SMALLEST_LIMIT_BYTES`.
    """
    if not frames:
        raise ValueError("a GIF needs at least one frame")
    if limit_bytes < SMALLEST_LIMIT_BYTES:
        raise ValueError(f"a GIF needs a limit of {SMALLEST_LIMIT_BYTES} bytes or more, not {limit_bytes}")
    inks: dict[int, Ink] = {}
    shown: NDArray[np.bool_] | None = None
    if alpha is not None and alpha.any():
        height_px, width_px, _ = frames[-1].shape
        shown = _resized(alpha, (width_px, height_px)) >= int(alpha.max()) / 2

    def tell(effort: Effort) -> Animation:
        if effort.colors not in inks:
            inks[effort.colors] = Ink.for_frames(frames, colors=effort.colors, shown=shown)
        return Animation.from_frames(frames, effort, inks[effort.colors], shown=shown)

    best, *lesser = _efforts_for(frames)
    animation = tell(best)
    # A few frames foretell the rest: a small limit must not cost a full attempt at the best effort.
    bytes_by_cost = animation.expected_bytes() / best.cost
    if bytes_by_cost * best.cost <= limit_bytes:
        encoded = animation.encode()
        if len(encoded) <= limit_bytes:
            return Gif(encoded, best.frames)
    for effort in lesser:
        if bytes_by_cost * effort.cost <= limit_bytes or effort == lesser[-1]:
            encoded = tell(effort).encode()
            if len(encoded) <= limit_bytes:
                break
    return Gif(encoded, effort.frames)


def _efforts_for(frames: Sequence[NDArray[np.uint8]]) -> tuple[Effort, ...]:
    """The efforts that differ for these frames."""
    longest_side_px = max(frames[-1].shape[:2])
    return tuple(
        dict.fromkeys(
            Effort(min(effort.frames, len(frames)), min(effort.longest_side_px, longest_side_px), effort.colors)
            for effort in EFFORTS
        )
    )


@dataclass(frozen=True, slots=True, eq=False)
class Ink:
    """A palette, and for every color the few of the palette that stand for it side by side.

    Thomas Knoll's pattern dithering (US patent 6,606,166, expired): for each color, repeatedly take the palette's
    nearest to what the ones taken so far still lack, and let the place of a pixel choose among them. Error diffusion
    would look as good in a still, but makes everything right of a changed pixel flicker, which costs a quarter more
    bytes as well.
    """

    palette: NDArray[np.uint8]
    """(colors, 3) sRGB."""
    patterns: NDArray[np.uint8]
    """(4, 64 * 64 * 64) indices into the palette, dark to bright, by the color's upper six bits."""

    @classmethod
    def for_frames(cls, frames: Sequence[NDArray[np.uint8]], *, colors: int, shown: NDArray[np.bool_] | None) -> Self:
        """The ink for what is shown of these frames, and most of all for the last, which is looked at longest."""
        chosen = [frames[i] for i in sorted({len(frames) * i // 8 for i in range(8)})] + [frames[-1]] * 2
        pixels = np.concatenate([frame.reshape(-1, 3) if shown is None else frame[shown] for frame in chosen])
        # Drawn at random, for a regular step may never see a stripe; and always alike.
        order = np.random.default_rng(0).integers(len(pixels), size=min(SAMPLE_PX, len(pixels)))
        sample = Image.fromarray(pixels[order][None])
        quantized = sample.quantize(colors, Image.Quantize.MEDIANCUT, kmeans=1 + len(order) // 300)
        palette = np.array(quantized.getpalette(), np.uint8).reshape(-1, 3)
        return cls(palette, _patterns(palette, quantized))

    def draw(self, frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The frame (height, width, 3) as (height, width) indices into the palette."""
        height_px, width_px, _ = frame.shape
        level = (frame >> 2).astype(np.int32)
        color = (level[:, :, 0] << 12) | (level[:, :, 1] << 6) | level[:, :, 2]
        place = np.array([[0, 2], [3, 1]], np.int32) << 18
        color |= np.tile(place, (height_px // 2 + 1, width_px // 2 + 1))[:height_px, :width_px]
        return np.take(self.patterns, color)


def _patterns(palette: NDArray[np.uint8], quantized: Image.Image) -> NDArray[np.uint8]:
    levels = np.arange(64, dtype=np.float32) * 4 + 2
    wanted = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1).reshape(-1, 3)
    lacking = np.zeros_like(wanted)
    taken = []
    for _ in range(4):
        # Half of what is lacking: all of it would take colors so far apart that the pattern shows.
        attempt = np.clip(wanted + lacking / 2, 0, 255).astype(np.uint8).reshape(512, 512, 3)
        nearest = Image.fromarray(attempt).quantize(palette=quantized, dither=Image.Dither.NONE)
        taken.append(np.asarray(nearest).reshape(-1))
        lacking += wanted - palette[taken[-1]]
    luma = palette @ np.array([0.299, 0.587, 0.114])
    patterns = np.stack(taken)
    return np.take_along_axis(patterns, np.argsort(luma[patterns], axis=0, kind="stable"), axis=0)


@dataclass(frozen=True, slots=True, eq=False)
class Animation:
    """Frames in ink, ready to be encoded."""

    ink: Ink
    drawings: tuple[NDArray[np.uint8], ...]

    @classmethod
    def from_frames(
        cls,
        frames: Sequence[NDArray[np.uint8]],
        effort: Effort,
        ink: Ink,
        *,
        shown: NDArray[np.bool_] | None,
    ) -> Self:
        """The frames at that effort: the first, the last, and evenly chosen ones between."""
        height_px, width_px, _ = frames[-1].shape
        size = fit_size(width_px, height_px, longest_side_px=effort.longest_side_px)
        chosen = np.linspace(len(frames) - 1, 0, effort.frames).round().astype(int)[::-1]
        drawings = [ink.draw(_resized(frames[i], size)) for i in chosen]
        if shown is not None:
            hidden = _resized(shown * np.uint8(255), size) < 128
            for drawing in drawings:
                # Hidden from the first frame on, what is transparent is never drawn.
                drawing[hidden] = len(ink.palette)
        return cls(ink, tuple(drawings))

    def expected_bytes(self) -> float:
        """About what the GIF takes, by six of its frames."""
        sample = {round(1 + i / 5 * (len(self.drawings) - 2)) for i in range(6)} if len(self.drawings) > 1 else {0}
        return sum(len(self._encode_frame(at)) for at in sample) / len(sample) * len(self.drawings)

    def encode(self) -> bytes:
        """The whole GIF: GIF89a, one global palette, looping forever."""
        height_px, width_px = self.drawings[0].shape
        depth = len(self.ink.palette).bit_length()
        table = self.ink.palette.tobytes().ljust(3 << depth, b"\0")
        header = b"GIF89a" + struct.pack("<HHBBB", width_px, height_px, 0xF0 | (depth - 1), 0, 0)
        forever = b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"
        return b"".join((header, table, forever, *(self._encode_frame(at) for at in range(len(self.drawings))), b";"))

    def _encode_frame(self, at: int) -> bytes:
        """What differs from the frame before. The rest is transparent, and packs to next to nothing."""
        drawing, transparent = self.drawings[at], len(self.ink.palette)
        if at > 0:
            drawing = np.where(drawing == self.drawings[at - 1], np.uint8(transparent), drawing)
        blocks = getdata(Image.fromarray(drawing), duration=self._duration_ms(at), transparency=transparent, disposal=1)
        return b"".join(blocks)

    def _duration_ms(self, at: int) -> int:
        if at == len(self.drawings) - 1:
            return LAST_HELD_MS
        if at == 0:
            return FIRST_HELD_MS
        return min(STORY_MS // len(self.drawings), SLOWEST_FRAME_MS)


def _resized(frame: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    if (frame.shape[1], frame.shape[0]) == size:
        return frame
    return np.asarray(Image.fromarray(frame).resize(size, Image.Resampling.LANCZOS))
