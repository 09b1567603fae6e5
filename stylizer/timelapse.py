"""The timelapse GIF: a painting as it grows, from coarse to fine."""

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

PLAYING_MS = 5000
"""How long the painting takes to grow, in milliseconds."""
MAX_FRAME_MS = 250
"""So a timelapse of few frames takes less than `PLAYING_MS`."""
FIRST_HELD_MS = 600
LAST_HELD_MS = 2500
DEFAULT_GIF_LIMIT_BYTES = 8 * 2**20
MIN_LIMIT_BYTES = 4096
SAMPLE_PX = 24_000
"""Pixels that the palette is chosen from; more would take time and change nothing visible."""
LEVELS = 64**3
"""How many colors are told apart: the upper six bits of red, green and blue."""


@dataclass(frozen=True, slots=True)
class Gif:
    """An encoded animation that loops forever."""

    encoded: bytes
    frames: int


@dataclass(frozen=True, slots=True)
class Effort:
    """How many frames, pixels and colors a GIF gets."""

    frames: int
    longest_side_px: int
    colors: int
    """Not counting the transparent one."""

    @property
    def cost(self) -> float:
        """A number that grows with the bytes it takes, but no faster."""
        return self.frames * self.longest_side_px**2 * math.log2(self.colors)


MAX_FRAMES = 60
MAX_SIDE_PX = 480
"""Of a frame's longest side."""
EFFORTS = tuple(
    Effort(frames, longest_side_px, colors)
    for frames, longest_side_px, colors in (
        (MAX_FRAMES, MAX_SIDE_PX, 255),
        (45, MAX_SIDE_PX, 255),
        (36, MAX_SIDE_PX, 255),
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
"""Best first; the last fits `MIN_LIMIT_BYTES`, no matter what it shows. Frames are given up before size, because 30
frames still look smooth, and size before colors."""


def timelapse_size(width_px: int, height_px: int) -> tuple[int, int]:
    """The (width, height) of the largest frames of a picture of this size that a GIF may have."""
    longest_side_px = min(MAX_SIDE_PX, max(width_px, height_px))
    return fit_size(width_px, height_px, longest_side_px=longest_side_px)


def make_gif(
    frames: Sequence[NDArray[np.uint8]],
    *,
    alpha: NDArray[np.uint8] | None = None,
    limit_bytes: int = DEFAULT_GIF_LIMIT_BYTES,
) -> Gif:
    """Encode a timelapse in at most `limit_bytes`, 480 px and 60 frames; it loops, and the last frame is held.

    `frames` are (height, width, 3) sRGB of one size, coarse to fine; `alpha`, (height, width) of any size, hides parts
    of all of them. A GIF has no partial transparency: pixels at least half as opaque as the most opaque one are shown.
    To fit the limit, frames in between are left out, and the others get smaller, with fewer colors. The same frames
    give the same bytes. A limit of 0 makes no GIF: no bytes, no frames.

    Raises `ValueError` without frames, and for any other limit under `MIN_LIMIT_BYTES`.
    """
    if not frames:
        raise ValueError("a GIF needs at least one frame")
    if limit_bytes == 0:
        return Gif(b"", 0)
    if limit_bytes < MIN_LIMIT_BYTES:
        raise ValueError(f"a GIF needs a limit of {MIN_LIMIT_BYTES} bytes or more, not {limit_bytes}")
    inks: dict[int, Ink] = {}
    shown: NDArray[np.bool_] | None = None
    if alpha is not None and alpha.any():
        height_px, width_px, _ = frames[-1].shape
        small = _resized(alpha, (width_px, height_px))
        shown = small >= int(small.max()) / 2

    def draw(effort: Effort) -> Animation:
        if effort.colors not in inks:
            inks[effort.colors] = Ink.for_frames(frames, colors=effort.colors, shown=shown)
        return Animation.from_frames(frames, effort, inks[effort.colors], shown=shown)

    best, *lesser = _efforts_for(frames)
    animation = draw(best)
    # Estimate from a few frames, so that a small limit doesn't cost a full attempt at the best effort.
    bytes_by_cost = animation.expected_bytes() / best.cost
    if bytes_by_cost * best.cost <= limit_bytes:
        encoded = animation.encode()
        if len(encoded) <= limit_bytes:
            return Gif(encoded, best.frames)
    for effort in lesser:
        if bytes_by_cost * effort.cost <= limit_bytes or effort == lesser[-1]:
            encoded = draw(effort).encode()
            if len(encoded) <= limit_bytes:
                break
    return Gif(encoded, effort.frames)


def _efforts_for(frames: Sequence[NDArray[np.uint8]]) -> tuple[Effort, ...]:
    """The distinct efforts for these frames."""
    longest_side_px = max(frames[-1].shape[:2])
    return tuple(
        dict.fromkeys(
            Effort(min(effort.frames, len(frames)), min(effort.longest_side_px, longest_side_px), effort.colors)
            for effort in EFFORTS
        )
    )


@dataclass(frozen=True, slots=True, eq=False)
class Ink:
    """A palette, and for every color the few palette colors that represent it side by side.

    Thomas Knoll's pattern dithering (US patent 6,606,166, expired): for each color, repeatedly take the palette color
    that is nearest to what those taken so far still lack, and let a pixel's position choose among them. Error diffusion
    looks just as good in a still, but makes everything to the right of a changed pixel flicker, which also takes a
    quarter more bytes.
    """

    quantized: Image.Image
    """An image with the palette."""
    palette: NDArray[np.uint8]
    """(colors, 3) sRGB."""
    patterns: NDArray[np.uint8]
    """(4, `LEVELS`) indices into the palette, dark to bright, by the color's upper six bits. Found when first drawn: a
    small painting has few of all colors."""
    found: NDArray[np.bool_]
    """(`LEVELS`,), of which colors the patterns have been found."""

    @classmethod
    def for_frames(cls, frames: Sequence[NDArray[np.uint8]], *, colors: int, shown: NDArray[np.bool_] | None) -> Self:
        """Choose the ink for the visible parts of these frames, mainly of the last, which is shown longest."""
        chosen = [frames[i] for i in sorted({len(frames) * i // 8 for i in range(8)})] + [frames[-1]] * 2
        pixels = np.concatenate([frame.reshape(-1, 3) if shown is None else frame[shown] for frame in chosen])
        # Random, because a regular step may miss a stripe; with a fixed seed.
        order = np.random.default_rng(0).integers(len(pixels), size=min(SAMPLE_PX, len(pixels)))
        sample = Image.fromarray(pixels[order][None])
        quantized = sample.quantize(colors, Image.Quantize.MEDIANCUT, kmeans=1 + len(order) // 300)
        palette = np.array(quantized.getpalette(), np.uint8).reshape(-1, 3)
        return cls(quantized, palette, np.empty((4, LEVELS), np.uint8), np.zeros(LEVELS, np.bool_))

    def draw(self, frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The frame, (height, width, 3), as (height, width) indices into the palette."""
        height_px, width_px, _ = frame.shape
        level = (frame >> 2).astype(np.int32)
        color = (level[:, :, 0] << 12) | (level[:, :, 1] << 6) | level[:, :, 2]
        self._find_patterns(color)
        place = np.array([[0, 2], [3, 1]], np.int32) << 18
        color |= np.tile(place, (height_px // 2 + 1, width_px // 2 + 1))[:height_px, :width_px]
        return np.take(self.patterns, color)

    def _find_patterns(self, drawn: NDArray[np.int32]) -> None:
        """Find the patterns of these colors, unless that is done."""
        is_drawn = np.zeros(LEVELS, np.bool_)
        is_drawn[drawn] = True
        colors = np.flatnonzero(is_drawn & ~self.found)
        if not len(colors):
            return
        wanted = np.stack((colors >> 12, colors >> 6 & 63, colors & 63), axis=-1).astype(np.float32) * 4 + 2
        lacking = np.zeros_like(wanted)
        taken = []
        for _ in range(4):
            # Half of what is lacking: with all of it, the colors would be so far apart that the pattern shows.
            attempt = np.clip(wanted + lacking / 2, 0, 255).astype(np.uint8)
            nearest = Image.fromarray(attempt[None]).quantize(palette=self.quantized, dither=Image.Dither.NONE)
            taken.append(np.asarray(nearest)[0])
            lacking += wanted - self.palette[taken[-1]]
        luma = self.palette @ np.array([0.299, 0.587, 0.114])
        patterns = np.stack(taken)
        order = np.argsort(luma[patterns], axis=0, kind="stable")
        self.patterns[:, colors] = np.take_along_axis(patterns, order, axis=0)
        self.found[colors] = True


@dataclass(frozen=True, slots=True, eq=False)
class Animation:
    """Frames as palette indices, ready to be encoded."""

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
        """Draw the frames at that effort: the first, the last, and evenly spaced ones between."""
        height_px, width_px, _ = frames[-1].shape
        size = fit_size(width_px, height_px, longest_side_px=effort.longest_side_px)
        chosen = np.linspace(len(frames) - 1, 0, effort.frames).round().astype(int)[::-1]
        drawings = [ink.draw(_resized(frames[i], size)) for i in chosen]
        if shown is not None:
            hidden = _resized(shown * np.uint8(255), size) < 128
            for drawing in drawings:
                # Transparent from the first frame on, so that it is never drawn.
                drawing[hidden] = len(ink.palette)
        return cls(ink, tuple(drawings))

    def expected_bytes(self) -> float:
        """Estimate the size of the GIF from six of its frames."""
        sample = {round(1 + i / 5 * (len(self.drawings) - 2)) for i in range(6)} if len(self.drawings) > 1 else {0}
        return sum(len(self._encode_frame(at)) for at in sample) / len(sample) * len(self.drawings)

    def encode(self) -> bytes:
        """Encode as GIF89a with one global palette, looping forever."""
        height_px, width_px = self.drawings[0].shape
        depth = len(self.ink.palette).bit_length()
        table = self.ink.palette.tobytes().ljust(3 << depth, b"\0")
        header = b"GIF89a" + struct.pack("<HHBBB", width_px, height_px, 0xF0 | (depth - 1), 0, 0)
        forever = b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"
        return b"".join((header, table, forever, *(self._encode_frame(at) for at in range(len(self.drawings))), b";"))

    def _encode_frame(self, at: int) -> bytes:
        """Encode what differs from the frame before. The rest is transparent, which compresses to almost nothing."""
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
        return min(PLAYING_MS // len(self.drawings), MAX_FRAME_MS)


def _resized(frame: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    if (frame.shape[1], frame.shape[0]) == size:
        return frame
    return np.asarray(Image.fromarray(frame).resize(size, Image.Resampling.LANCZOS))
