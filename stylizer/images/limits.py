"""How large a picture any format may be, for people; docs/user-guide.md lists each format."""

from __future__ import annotations

from stylizer.images import avif, heif, webp
from stylizer.images.size import MAX_DECODING_BYTES, MAX_PIXELS, megapixels

STILL_MEGAPIXELS = megapixels(
    int(MAX_DECODING_BYTES / max(avif.BYTES_PER_PIXEL, heif.BYTES_PER_TRANSPARENT_PIXEL, webp.BYTES_PER_PIXEL))
)
"""A still picture of any format may have this many; these formats need most to be decoded."""
JPEG_MEGAPIXELS = megapixels(MAX_PIXELS)
"""A JPEG may have this many, unless it is progressive."""
