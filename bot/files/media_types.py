"""Decides by what Discord says about a file whether it is a picture, before a byte is downloaded."""

from __future__ import annotations

from pathlib import PurePath

from bot.errors import FileTooLarge, WrongFileType
from bot.painting.job import Job
from bot.sources.picture import SentPicture
from stylizer import pool
from stylizer.pool import EmptyPicture

CONTENT, STYLE = str(pool.CONTENT), str(pool.STYLE)
"""What errors call a job's pictures."""
PAINTER_NAMES = {str(name): name for name in (pool.CONTENT, pool.STYLE, *pool.style_names(pool.MAX_STYLES))}
"""What the painter calls them."""

_SUFFIXES_OF = {
    "image/jpeg": (".jpg", ".jpeg", ".jfif"),
    "image/png": (".png",),
    "image/webp": (".webp",),
    "image/gif": (".gif",),
    "image/bmp": (".bmp",),
    "image/tiff": (".tif", ".tiff"),
    "image/avif": (".avif",),
    "image/heic": (".heic", ".heif", ".hif"),
}
_SYNONYMS = {
    "image/jpg": "image/jpeg",
    "image/x-ms-bmp": "image/bmp",
    "image/apng": "image/png",
    "image/vnd.mozilla.apng": "image/png",
    "image/avif-sequence": "image/avif",
    "image/heif": "image/heic",
    "image/heic-sequence": "image/heic",
    "image/heif-sequence": "image/heic",
}
_SUFFIXES = {suffix for suffixes in _SUFFIXES_OF.values() for suffix in suffixes}
_UNSPECIFIC = {None, "", "application/octet-stream"}


def input_names(job: Job) -> tuple[str, ...]:
    """What errors call each of a job's inputs, in their order: `STYLE`, or `Style 2` if there are several."""
    styles = map(str, pool.style_names(len(job.styles)))
    return tuple(next(styles) if one.role == "style" else CONTENT for one in job.inputs)


def is_picture(picture: SentPicture) -> bool:
    """Whether a file's media type or, without one, its name is a readable picture's. A link with neither may be one."""
    stated = picture.content_type.partition(";")[0].strip().lower() if picture.content_type else None
    if stated in _UNSPECIFIC:
        suffix = PurePath(picture.filename).suffix.lower()
        return suffix in _SUFFIXES or (picture.is_link and not suffix)
    return _SYNONYMS.get(stated or "", stated) in _SUFFIXES_OF


def check_picture(name: str, picture: SentPicture, *, limit_bytes: int) -> None:
    """Refuse what is known to be wrong before downloading: `WrongFileType`, `EmptyPicture`, `FileTooLarge`."""
    if not is_picture(picture):
        raise WrongFileType(name, picture.filename)
    if picture.size_bytes is None:
        return
    if picture.size_bytes <= 0:
        raise EmptyPicture(*PAINTER_NAMES[name])
    if picture.size_bytes > limit_bytes:
        raise FileTooLarge(name, picture.size_bytes, limit_bytes)
