"""The small pictures on a card: what a painting is made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from bot.messages.card import CardFile
from bot.painting.job import Job


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A small picture on a card: already on Discord, or a file that is uploaded with the card."""

    url: str
    file: CardFile | None = None

    @classmethod
    def of(cls, name: str, jpeg: bytes, *, is_spoiler: bool) -> Self:
        """Build a thumbnail that is uploaded with the card."""
        file = CardFile.of(name, jpeg, is_spoiler=is_spoiler)
        return cls(file.uri, file)


@dataclass(frozen=True, slots=True)
class Thumbnails:
    """The content and the style, small; None where there is nothing to show."""

    content: Thumbnail | None = None
    style: Thumbnail | None = None

    @classmethod
    def on_discord(cls, job: Job) -> Self:
        """Show the pictures as they were attached. Discord deletes a command's attachments after a while."""
        content_url, style_url = job.input("content").url, job.input("style").url
        if content_url is None or style_url is None:
            return cls()
        return cls(Thumbnail(content_url), Thumbnail(style_url))

    @classmethod
    def of_gallery(cls, job: Job, style_jpeg: bytes) -> Self:
        """Show the content as it was attached, and the small picture of a style of the gallery."""
        content_url = job.input("content").url
        # Not the name of the one that the worker will make, which is smaller.
        style = Thumbnail.of("gallery.jpg", style_jpeg, is_spoiler=job.is_spoiler)
        return cls(None if content_url is None else Thumbnail(content_url), style)

    @classmethod
    def uploaded(cls, job: Job, content_jpeg: bytes | None, style_jpeg: bytes | None) -> Self:
        """Show the small pictures that a worker made, which last as long as the card: both or none."""
        if content_jpeg is None or style_jpeg is None:
            return cls()
        return cls(
            Thumbnail.of("content.jpg", content_jpeg, is_spoiler=job.is_spoiler),
            Thumbnail.of("style.jpg", style_jpeg, is_spoiler=job.is_spoiler),
        )

    @property
    def files(self) -> tuple[CardFile, ...]:
        """The files that are uploaded with the card."""
        return tuple(t.file for t in (self.content, self.style) if t is not None and t.file is not None)
