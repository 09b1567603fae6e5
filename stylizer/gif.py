"""The progress GIF: how a painting came to be, from coarse to fine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

LONGEST_SIDE_PX = 480
MOST_FRAMES = 60


@dataclass(frozen=True, slots=True)
class Gif:
    """An encoded animation that loops forever."""

    encoded: bytes
    frames: int


def make_gif(frames: Sequence[NDArray[np.uint8]], *, limit_bytes: int = 8 * 2**20) -> Gif:
    """Encode (height, width, 3) sRGB frames of one size, coarse to fine, in at most `limit_bytes`."""
    for count, side in ((60, 480), (30, 480), (30, 320), (20, 240), (12, 160), (8, 96), (4, 64), (1, 64)):
        kept = [
            frames[i] for i in np.unique(np.linspace(0, len(frames) - 1, min(count, len(frames))).round().astype(int))
        ]
        images = [Image.fromarray(frame) for frame in kept]
        for image in images:
            image.thumbnail((side, side))
        palette = images[-1].quantize(256)
        shown = [image.quantize(palette=palette) for image in images]
        encoded = BytesIO()
        durations = [100] * (len(shown) - 1) + [2500]
        shown[0].save(encoded, "GIF", save_all=True, append_images=shown[1:], duration=durations, loop=0)
        if encoded.tell() <= limit_bytes:
            break
    return Gif(encoded.getvalue(), len(shown))
