"""Paintings and previews as files."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stylizer.events import PictureFormat
from stylizer.images.size import fit_size


def encode_picture(
    rgb: NDArray[np.float32] | NDArray[np.uint8],
    alpha: NDArray[np.uint8] | None,
    *,
    picture_format: PictureFormat,
    quality: int = 92,
) -> bytes:
    """Encode (height, width, 3) sRGB, float in 0 … 1 or uint8, without any metadata.

    PNG and WebP keep `alpha`, brought to the picture's size where it differs; JPEG, which has none, shows the picture
    on white. `quality` is that of JPEG and WebP, 1 … 100.
    """
    image = Image.fromarray(_to_uint8(rgb))
    if alpha is not None:
        mask = Image.fromarray(alpha)
        if mask.size != image.size:
            mask = mask.resize(image.size, Image.Resampling.BICUBIC)
        if picture_format == "jpeg":
            image = _on_white(image, mask)
        else:
            image.putalpha(mask)
    encoded = BytesIO()
    match picture_format:
        case "png":
            # Paintings are noise to deflate: the default level takes twice the time for no byte less.
            image.save(encoded, "PNG", compress_level=3)
        case "jpeg":
            image.save(encoded, "JPEG", quality=quality, subsampling=0, optimize=True)
        case "webp":
            image.save(encoded, "WEBP", quality=quality)
    return encoded.getvalue()


def encode_preview(
    rgb: NDArray[np.float32] | NDArray[np.uint8],
    *,
    alpha: NDArray[np.uint8] | None = None,
    longest_side_px: int = 512,
    quality: int = 85,
) -> bytes:
    """A JPEG whose longest side is `longest_side_px`, also of a smaller picture: previews of all scales look alike.

    What `alpha`, of any size, says is transparent is white.
    """
    image = Image.fromarray(_to_uint8(rgb))
    size = fit_size(*image.size, longest_side_px=longest_side_px)
    image = image.resize(size, Image.Resampling.BICUBIC)
    if alpha is not None:
        image = _on_white(image, Image.fromarray(alpha).resize(size, Image.Resampling.BICUBIC))
    encoded = BytesIO()
    image.save(encoded, "JPEG", quality=quality)
    return encoded.getvalue()


def _on_white(image: Image.Image, mask: Image.Image) -> Image.Image:
    return Image.composite(image, Image.new("RGB", image.size, "white"), mask)


def _to_uint8(rgb: NDArray[np.float32] | NDArray[np.uint8]) -> NDArray[np.uint8]:
    if rgb.dtype == np.uint8:
        return rgb.astype(np.uint8, copy=False)
    scaled: NDArray[np.float32] = rgb.astype(np.float32) * np.float32(255)
    return np.rint(scaled).clip(0, 255).astype(np.uint8)
