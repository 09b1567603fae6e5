"""The small pictures on a card: what a painting is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Self

from bot.messages.card import CardFile
from bot.painting.job import Input, Job

NO_JPEGS: Mapping[int, bytes] = MappingProxyType({})


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
    """The content and the styles, small; None where there is nothing to show."""

    content: Thumbnail | None = None
    styles: tuple[Thumbnail | None, ...] = ()
    """Of a painting, by position; a board's styles have none."""

    @classmethod
    def before_painting(cls, job: Job, style_jpegs: Mapping[int, bytes] = NO_JPEGS) -> Self:
        """Show the pictures as they were attached, and small pictures of styles of the gallery, by position.

        Discord deletes a command's attachments after a while.
        """

        def style(picture: Input) -> Thumbnail | None:
            if (jpeg := style_jpegs.get(picture.position)) is not None:
                # Named differently from the worker's thumbnail, which is smaller.
                return Thumbnail.of(_numbered("gallery", picture.position), jpeg, is_spoiler=job.is_spoiler)
            return _attached(picture)

        return cls(_attached(job.input("content")), tuple(map(style, _shown_styles(job))))

    @classmethod
    def uploaded(cls, job: Job, content_jpeg: bytes | None, style_jpegs: Sequence[bytes | None]) -> Self:
        """Show the small pictures that a worker made, which last as long as the card: all or none."""
        shown = _shown_styles(job)
        jpegs = [jpeg for jpeg in style_jpegs[: len(shown)] if jpeg is not None]
        if content_jpeg is None or len(jpegs) < len(shown):
            return cls()
        return cls(
            Thumbnail.of("content.jpg", content_jpeg, is_spoiler=job.is_spoiler),
            tuple(
                Thumbnail.of(_numbered("style", position), jpeg, is_spoiler=job.is_spoiler)
                for position, jpeg in enumerate(jpegs)
            ),
        )

    @property
    def files(self) -> tuple[CardFile, ...]:
        """The files that are uploaded with the card."""
        return tuple(t.file for t in (self.content, *self.styles) if t is not None and t.file is not None)


def _numbered(name: str, position: int) -> str:
    """`style.jpg`, and for the others of a blend `style-2.jpg` and so on."""
    return f"{name}-{position + 1}.jpg" if position else f"{name}.jpg"


def _attached(picture: Input) -> Thumbnail | None:
    return None if picture.url is None else Thumbnail(picture.url)


def _shown_styles(job: Job) -> tuple[Input, ...]:
    return () if job.cells else job.styles
