"""Decides by what Discord says about a file whether it is a picture, before a byte is downloaded."""

from __future__ import annotations

from pathlib import PurePath

from bot.errors import FileTooLarge, WrongFileType
from bot.sources.picture import SentPicture
from stylizer.pool import EmptyPicture, PictureName, PictureRole

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


def is_picture(picture: SentPicture) -> bool:
    """Whether a file's media type or, without one, its name is a readable picture's. A link with neither may be one."""
    stated = picture.content_type.partition(";")[0].strip().lower() if picture.content_type else None
    if stated in _UNSPECIFIC:
        suffix = PurePath(picture.filename).suffix.lower()
        return suffix in _SUFFIXES or (picture.is_link and not suffix)
    return _SYNONYMS.get(stated or "", stated) in _SUFFIXES_OF


def check_picture(role: PictureRole, picture: SentPicture, *, limit_bytes: int) -> None:
    """Refuse what is known to be wrong before downloading: `WrongFileType`, `EmptyPicture`, `FileTooLarge`."""
    if not is_picture(picture):
        raise WrongFileType(role, picture.filename)
    if picture.size_bytes is None:
        return
    if picture.size_bytes <= 0:
        raise EmptyPicture(*PictureName(role))
    if picture.size_bytes > limit_bytes:
        raise FileTooLarge(role, picture.size_bytes, limit_bytes)
