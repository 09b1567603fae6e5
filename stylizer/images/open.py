"""The way in: encoded bytes to sRGB arrays."""

from __future__ import annotations

import warnings
from contextlib import nullcontext
from io import BytesIO

import numpy as np
from PIL import Image, ImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from stylizer.errors import PictureError, PictureTooHeavy, UnreadablePicture
from stylizer.images.color import to_srgb
from stylizer.images.formats import Reader, recognize_picture
from stylizer.images.gif import gif_size
from stylizer.images.jpeg import jpeg_essence
from stylizer.images.orient import orientation_of
from stylizer.images.picture import Picture
from stylizer.images.png import png_essence
from stylizer.images.size import LIMIT_PX, check_size, fit_size
from stylizer.images.tiff import TIFF_COMPRESSIONS, TILE_LENGTH, TILE_WIDTH, check_directory, tiff_silenced
from stylizer.images.transparency import on_white
from stylizer.images.webp import webp_size


def open_picture(encoded: bytes, *, name: str = "The picture", longest_side_px: int | None = None) -> Picture:
    """Decode a JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF picture; of an animation, its first frame.

    `name` begins the sentence of every error. With `longest_side_px` a larger picture is shrunk to it, as early as its
    format allows; a smaller one is never enlarged. A damaged colour profile or orientation is ignored.

    Raises `EmptyPicture`, `NotAPicture`, `UnreadablePicture`, `PictureTooLarge`, `PictureTooSmall` or
    `PictureTooHeavy`, and nothing else, for any bytes.
    """
    reader = recognize_picture(encoded, name=name)
    # libtiff tells its troubles to the standard error, past Python, and Pillow logs some: the refusal tells them.
    quiet = tiff_silenced() if reader is TiffImageFile else nullcontext()
    try:
        with warnings.catch_warnings(action="ignore"), quiet:
            return _decode(reader, encoded, name, longest_side_px)
    except PictureError:
        raise
    except MemoryError as error:
        raise PictureTooHeavy(name) from error
    except Exception as error:  # decoders raise anything from struct.error to IndexError on hostile bytes
        raise UnreadablePicture(name) from error


def _decode(reader: Reader, encoded: bytes, name: str, longest_side_px: int | None) -> Picture:
    profile: bytes | None = None
    if reader is WebPImageFile:
        # Its decoder allocates the whole canvas as soon as it is made.
        check_size(webp_size(encoded), name)
    elif reader is GifImageFile:
        # So does this one, for some ways of disposal.
        check_size(gif_size(encoded), name)
    elif reader is JpegImageFile:
        encoded = jpeg_essence(encoded)
    elif reader is PngImageFile:
        encoded, profile = png_essence(encoded)
    elif reader is TiffImageFile:
        check_directory(encoded)
    with reader(BytesIO(encoded)) as image:
        check_size(image.size, name)
        _check_coding(image, name)
        size_px = image.size
        if longest_side_px is not None and longest_side_px < max(size_px):
            size_px = fit_size(*size_px, longest_side_px=longest_side_px)
            # JPEG alone can be decoded smaller. Twice the size leaves the antialiasing something to work with.
            image.draft(None, (size_px[0] * 2, size_px[1] * 2))
        orientation = orientation_of(image)
        profile = image.info.get("icc_profile", profile)
        image.load()
        colours, alpha = on_white(image)
    if size_px != colours.size:
        colours = colours.resize(size_px, Image.Resampling.LANCZOS, reducing_gap=3)
        alpha = alpha and alpha.resize(size_px, Image.Resampling.LANCZOS, reducing_gap=3)
    colours = to_srgb(colours, profile)
    if orientation is not None:
        colours = colours.transpose(orientation)
        alpha = alpha and alpha.transpose(orientation)
    return Picture(np.asarray(colours), None if alpha is None else np.asarray(alpha))


def _check_coding(image: ImageFile.ImageFile, name: str) -> None:
    """Refuse what takes a decoder minutes or gigabytes, however small the picture is."""
    if isinstance(image, BmpImageFile) and image.tile[0].codec_name == "bmp_rle":
        raise UnreadablePicture(name, "RLE")  # Pillow unpacks it in Python, byte by byte
    if isinstance(image, TiffImageFile):
        compression = image.info["compression"]
        if compression not in TIFF_COMPRESSIONS:
            raise UnreadablePicture(name, compression.upper().replace("_", " "))
        # A tile is unpacked as a whole, however little of it the picture shows.
        if int(image.tag_v2.get(TILE_WIDTH, 1)) * int(image.tag_v2.get(TILE_LENGTH, 1)) > LIMIT_PX:
            raise ValueError("a tile larger than any picture")
