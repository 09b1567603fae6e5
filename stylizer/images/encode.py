"""Encodes paintings and previews."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stylizer.events import PictureFormat
from stylizer.images.size import fit_size

WEBP_QUALITIES = (95, 90, 80, 70, 50)
"""Tried one after another if a painting doesn't fit its limit in the requested format."""
SHRINK = 0.7
"""After the lowest of them, each side is multiplied by this repeatedly, for about half the pixels each time."""
_QUALITY = 92
"""Of JPEG and WebP."""
_PREVIEW_QUALITY = 85
_WEBP_OUT_OF_MEMORY = {"encoding error 1", "encoding error 2"}
"""VP8_ENC_ERROR_OUT_OF_MEMORY and VP8_ENC_ERROR_BITSTREAM_OUT_OF_MEMORY of libwebp's encode.h, reported by Pillow."""


@dataclass(frozen=True, slots=True)
class EncodedPicture:
    """A picture's file."""

    encoded: bytes
    picture_format: PictureFormat
    width_px: int
    height_px: int


def encode_within(
    rgb: NDArray[np.float32] | NDArray[np.uint8],
    alpha: NDArray[np.uint8] | None,
    *,
    picture_format: PictureFormat,
    limit_bytes: int | None,
) -> EncodedPicture:
    """Encode as `encode_picture` does, in at most `limit_bytes`; None is no limit.

    A picture that doesn't fit in the requested format becomes WebP, which keeps transparency, at lower and lower
    quality and then at smaller and smaller sizes. Only one file is in memory at a time. If not even one pixel fits, the
    result is that pixel. Raises MemoryError if an encoder is refused memory.
    """
    image = _with_alpha(rgb, alpha)
    del rgb
    encoded = _encode(image, picture_format)
    if limit_bytes is None or len(encoded) <= limit_bytes:
        return EncodedPicture(encoded, picture_format, *image.size)
    for smaller, quality in _smaller(image, below=_QUALITY if picture_format == "webp" else 100):
        del encoded
        encoded = _encode(smaller, "webp", quality=quality)
        size = smaller.size
        if len(encoded) <= limit_bytes:
            break
    return EncodedPicture(encoded, "webp", *size)


def _smaller(image: Image.Image, *, below: int) -> Iterator[tuple[Image.Image, int]]:
    """Pictures and qualities that take fewer and fewer bytes as WebP, all of less quality than `below`."""
    for quality in WEBP_QUALITIES:
        if quality < below:
            yield image, quality
    width_px, height_px = image.size
    while max(width_px, height_px) > 1:
        width_px, height_px = max(int(width_px * SHRINK), 1), max(int(height_px * SHRINK), 1)
        yield image.resize((width_px, height_px), Image.Resampling.LANCZOS), WEBP_QUALITIES[-1]


def encode_picture(
    rgb: NDArray[np.float32] | NDArray[np.uint8],
    alpha: NDArray[np.uint8] | None,
    *,
    picture_format: PictureFormat,
    quality: int = _QUALITY,
) -> bytes:
    """Encode (height, width, 3) sRGB, float in 0 … 1 or uint8, without any metadata.

    PNG and WebP keep `alpha`, (height, width) uint8, resized to the picture if needed; JPEG, which has none, shows the
    picture on white. `quality` is that of JPEG and WebP, 1 … 100.
    """
    return _encode(_with_alpha(rgb, alpha), picture_format, quality=quality)


def _with_alpha(rgb: NDArray[np.float32] | NDArray[np.uint8], alpha: NDArray[np.uint8] | None) -> Image.Image:
    """RGB, or RGBA if there is an alpha, of any size."""
    image = Image.fromarray(_to_uint8(rgb))
    if alpha is not None:
        mask = Image.fromarray(alpha)
        if mask.size != image.size:
            mask = mask.resize(image.size, Image.Resampling.BICUBIC)
        image.putalpha(mask)
    return image


def _encode(image: Image.Image, picture_format: PictureFormat, *, quality: int = _QUALITY) -> bytes:
    encoded = BytesIO()
    match picture_format:
        case "png":
            # To deflate, paintings are noise: the default level takes twice the time and saves nothing.
            image.save(encoded, "PNG", compress_level=3)
        case "jpeg":
            if image.mode == "RGBA":
                image = _on_white(image.convert("RGB"), image.getchannel("A"))
            # Not optimized: Pillow would keep the file in a buffer that is too small for noise.
            image.save(encoded, "JPEG", quality=quality, subsampling=0)
        case "webp":
            try:
                image.save(encoded, "WEBP", quality=quality)
            except ValueError as error:
                if str(error) not in _WEBP_OUT_OF_MEMORY:
                    raise
                raise MemoryError("libwebp was refused memory") from error
    return encoded.getvalue()


def encode_preview(
    rgb: NDArray[np.float32] | NDArray[np.uint8],
    *,
    alpha: NDArray[np.uint8] | None = None,
    longest_side_px: int = 512,
) -> bytes:
    """Encode a JPEG with this longest side, enlarging if needed, so that previews of all scales look alike.

    Transparent parts, by an `alpha` of any size, become white.
    """
    image = Image.fromarray(_to_uint8(rgb))
    size = fit_size(*image.size, longest_side_px=longest_side_px)
    image = image.resize(size, Image.Resampling.BICUBIC)
    if alpha is not None:
        image = _on_white(image, Image.fromarray(alpha).resize(size, Image.Resampling.BICUBIC))
    encoded = BytesIO()
    image.save(encoded, "JPEG", quality=_PREVIEW_QUALITY)
    return encoded.getvalue()


def _on_white(image: Image.Image, mask: Image.Image) -> Image.Image:
    return Image.composite(image, Image.new("RGB", image.size, "white"), mask)


def _to_uint8(rgb: NDArray[np.float32] | NDArray[np.uint8]) -> NDArray[np.uint8]:
    if rgb.dtype == np.uint8:
        return rgb.astype(np.uint8, copy=False)
    # In place: at 2048 px each copy takes 50 MB.
    scaled: NDArray[np.float32] = np.multiply(rgb, np.float32(255), dtype=np.float32)
    np.rint(scaled, out=scaled)
    return np.clip(scaled, 0, 255, out=scaled).astype(np.uint8)
