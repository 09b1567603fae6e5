"""What is wrong with the folder of built-in styles of the bot's host, who reads these on a terminal."""

from __future__ import annotations

from pathlib import Path

from bot.errors.start import StartError
from stylizer.pool import PictureError


class GalleryUnusable(StartError):
    """The root of these errors. The table of a folder is its styles.toml, with an entry for each style."""

    folder: Path


class GalleryFolderMissing(GalleryUnusable):
    """There is no such folder."""


class GalleryTableMissing(GalleryUnusable):
    """The folder has no table."""


class GalleryTableUnreadable(GalleryUnusable):
    problem: str


class GalleryTableNotText(GalleryUnusable):
    """The table isn't UTF-8 text."""


class GalleryTableInvalid(GalleryUnusable):
    """The table isn't valid TOML."""

    problem: str


class GalleryStyleIdInvalid(GalleryUnusable):
    style_id: str


class AboutGalleryEntry(GalleryUnusable):
    """The entry of one style."""

    style_id: str


class GalleryEntryNotTable(AboutGalleryEntry):
    """The entry is a single value."""


class GalleryFieldMissing(AboutGalleryEntry):
    field: str


class GalleryFieldUnknown(AboutGalleryEntry):
    field: str


class GalleryFieldInvalid(AboutGalleryEntry):
    field: str
    problem: str
    """In Pydantic's words."""


class GalleryFileMissing(AboutGalleryEntry):
    file: str


class GalleryFileUnreadable(AboutGalleryEntry):
    file: str
    problem: str


class GalleryFileTooLarge(AboutGalleryEntry):
    file: str
    size_bytes: int
    limit_bytes: int


class GalleryPictureUnusable(AboutGalleryEntry):
    problem: PictureError

    def sentence_fields(self) -> dict[str, object]:
        """The painter's sentence about the picture."""
        return {**self.fields(), "problem": str(self.problem)}
