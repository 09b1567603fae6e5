"""The built-in styles: those that come with Atelier, and those of the bot's host.

A folder of styles has pictures, and a file `styles.toml` with a table for each style:

    [starry_night]                   # its ID: lowercase letters, digits and underscores
    file = "starry-night.jpg"
    title = "Starry night"
    credits = "Vincent van Gogh, 1889; public domain"
    words = ["night", "swirls"]      # more words by which members find it; optional, like the credits
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.errors import (
    GalleryEntryNotTable,
    GalleryFieldInvalid,
    GalleryFieldMissing,
    GalleryFieldUnknown,
    GalleryFileMissing,
    GalleryFileTooLarge,
    GalleryFileUnreadable,
    GalleryFolderMissing,
    GalleryPictureUnusable,
    GalleryStyleIdInvalid,
    GalleryTableInvalid,
    GalleryTableMissing,
    GalleryTableNotText,
    GalleryTableUnreadable,
    GalleryUnusable,
)
from bot.gallery.names import MAX_CREDITS_LENGTH, MAX_NAME_LENGTH
from bot.gallery.style import BUILT_IN_KEY_PATTERN, Style
from stylizer.pool import PictureError, PictureName, recognize_picture

SHIPPED = Path(__file__).parent / "pictures"
STYLES_FILE = "styles.toml"
FIRST_BYTES = 4096
"""Enough to recognize a picture by."""

_Text = Annotated[str, Field(min_length=1, max_length=MAX_NAME_LENGTH)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    file: Annotated[str, Field(min_length=1)]
    title: _Text
    credits: Annotated[str, Field(max_length=MAX_CREDITS_LENGTH)] | None = None
    words: tuple[_Text, ...] = ()


def load_built_in(host_folder: Path | None, *, limit_bytes: int, shipped: Path = SHIPPED) -> dict[str, Style]:
    """Load all built-in styles by ID; one of the host replaces a shipped one with the same ID.

    Reads no more than the beginning of each picture of the host. Raises `GalleryUnusable` for a folder, a table or a
    file that can't be used.
    """
    styles = load_folder(shipped) if (shipped / STYLES_FILE).is_file() else {}
    if host_folder is not None:
        styles |= load_folder(host_folder, limit_bytes=limit_bytes)
    return styles


def load_folder(folder: Path, *, limit_bytes: int | None = None) -> dict[str, Style]:
    """Load the styles of a folder by ID; with `limit_bytes`, check each picture's size and first bytes, too."""
    styles = {}
    for key, entry in _entries(folder):
        path = folder / entry.file
        if limit_bytes is not None:
            _check_file(folder, key, entry.file, limit_bytes=limit_bytes)
        styles[key] = Style(entry.title, style_id=key, credits=entry.credits or None, path=path, words=entry.words)
    return styles


def _entries(folder: Path) -> Iterator[tuple[str, _Entry]]:
    for key, table in _read(folder).items():
        if not re.fullmatch(BUILT_IN_KEY_PATTERN, key):
            raise GalleryStyleIdInvalid(folder, key)
        try:
            yield key, _Entry.model_validate(table)
        except ValidationError as error:
            raise _entry_error(folder, key, error) from error


def _read(folder: Path) -> Mapping[str, Any]:
    try:
        if not folder.is_dir():
            raise GalleryFolderMissing(folder)
        return tomllib.loads((folder / STYLES_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise GalleryTableMissing(folder) from error
    except OSError as error:
        raise GalleryTableUnreadable(folder, error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise GalleryTableNotText(folder) from error
    except tomllib.TOMLDecodeError as error:
        raise GalleryTableInvalid(folder, str(error)) from error


def _entry_error(folder: Path, key: str, error: ValidationError) -> GalleryUnusable:
    first: Any = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in first["loc"])
    match first["type"]:
        case "missing":
            return GalleryFieldMissing(folder, key, field)
        case "extra_forbidden":
            return GalleryFieldUnknown(folder, key, field)
        case "model_type":
            return GalleryEntryNotTable(folder, key)
    message = str(first["msg"])
    return GalleryFieldInvalid(folder, key, field, f"{message[:1].lower()}{message[1:]}")


def _check_file(folder: Path, key: str, name: str, *, limit_bytes: int) -> None:
    path = folder / name
    try:
        with path.open("rb") as file:
            size_bytes, beginning = path.stat().st_size, file.read(FIRST_BYTES)
    except FileNotFoundError as error:
        raise GalleryFileMissing(folder, key, name) from error
    except OSError as error:
        raise GalleryFileUnreadable(folder, key, name, error.strerror or str(error)) from error
    if size_bytes > limit_bytes:
        raise GalleryFileTooLarge(folder, key, name, size_bytes, limit_bytes)
    try:
        recognize_picture(beginning, name=PictureName(filename=name))
    except PictureError as error:
        raise GalleryPictureUnusable(folder, key, error) from error
