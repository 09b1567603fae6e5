"""Every kind of pixel to sRGB of eight bits."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image, ImageCms

LARGEST_PROFILE_BYTES = 8 * 2**20
"""The largest press profiles have about 3 MiB; what is larger is ignored."""


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The picture as sRGB by its colour profile; a damaged or unfitting one is ignored."""
    srgb = ImageCms.createProfile("sRGB")
    if image.mode == "LAB":
        converted = ImageCms.profileToProfile(image, ImageCms.createProfile("LAB"), srgb, outputMode="RGB")
        return converted or image.convert("RGB")
    if profile and len(profile) <= LARGEST_PROFILE_BYTES:
        try:
            own = ImageCms.ImageCmsProfile(BytesIO(profile))
            converted = ImageCms.profileToProfile(image, own, srgb, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
            converted = None
        if converted is not None:
            return converted
    return image if image.mode == "RGB" else image.convert("RGB")


def to_eight_bits(image: Image.Image) -> Image.Image:
    """Grey of 16 or 32 bits or floats as mode L; what their white is, the largest value tells.

    Where a PNG declares one grey transparent, as mode LA: two greys of 16 bits may be one of eight.
    """
    values = np.nan_to_num(np.asarray(image, np.float32), nan=0, posinf=0, neginf=0)
    if image.mode.startswith("I;16"):
        white = 65535.0
    else:
        brightest = float(values.max())
        white = next((limit for limit in (1.0, 255.0, 65535.0) if brightest <= limit), brightest)
    grey = Image.fromarray((np.clip(values / white, 0, 1) * 255 + 0.5).astype(np.uint8))
    if "transparency" in image.info:
        grey.putalpha(Image.fromarray((values != image.info["transparency"]) * np.uint8(255)))
    return grey
