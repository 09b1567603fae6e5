"""The pictures of a challenge that are the same for all: fetched, checked and stored, and kept by its row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from bot.challenges.challenge import FixedPicture
from bot.errors import DraftGone
from bot.files.store import Lease
from bot.gallery.files import GalleryFiles
from bot.gallery.style import Style
from bot.sources.picture import SentPicture
from bot.storage.challenges import ChallengeRecords
from bot.words import Words
from bot.words.styles import style_title

FixedRole: TypeAlias = Literal["content", "style"]


@dataclass(frozen=True, slots=True)
class FixedPictures:
    """Sets the fixed pictures of drafts. Everything raises `DraftGone` if the challenge isn't a draft any more."""

    styles: GalleryFiles
    challenges: ChallengeRecords

    def check(self, role: FixedRole, picture: SentPicture) -> None:
        """Refuse at once what can't be a picture, is too large or isn't on Discord, or if the disk is full."""
        self.styles.disk.refuse_if_full()
        self.styles.pictures.check(role, picture)

    async def upload(self, challenge_id: str, role: FixedRole, picture: SentPicture) -> None:
        """Fix a picture that was sent. It takes a download, and a moment for another process to decode it.

        Raises as `check` does; a `DownloadError`, `PictureError` or `PoolError` if there is something wrong with it.
        """
        self.check(role, picture)
        source = picture.as_input(role)
        with self.styles.pictures.store.lease() as lease:
            sha256 = await self.styles.pictures.fetch(source, role, lease=lease)
            fixed = FixedPicture(
                role,
                sha256,
                await self.styles.store_thumbnail(sha256, role, lease),
                source.name,
                is_spoiler=source.is_spoiler,
                width_px=source.width_px,
                height_px=source.height_px,
            )
            await self._fix(challenge_id, role, fixed)

    async def take_style(self, challenge_id: str, style: Style, *, locale: str | None) -> None:
        """Fix a copy of a style of the gallery: the challenge keeps it, whatever happens to the style.

        Its name is that in the challenge's language. Raises `PaintingForgotten`, `PictureError` and `PoolError`.
        """
        with self.styles.pictures.store.lease() as lease:
            sha256 = await self.styles.lease(style, lease)
            thumbnail_sha256 = await self._thumbnail_of(style, sha256, lease)
            name = style_title(style, Words.of(locale))
            fixed = FixedPicture("style", sha256, thumbnail_sha256, name, is_spoiler=style.is_spoiler)
            await self._fix(challenge_id, "style", fixed)

    async def remove(self, challenge_id: str, role: FixedRole) -> None:
        """Leave that picture to the members."""
        await self._fix(challenge_id, role, None)

    async def _thumbnail_of(self, style: Style, sha256: str, lease: Lease) -> str:
        """The style's thumbnail in the store, made again if it isn't there."""
        kept = style.thumbnail_sha256
        if kept is not None and await self.styles.pictures.store.has(kept, lease=lease):
            return kept
        return await self.styles.store_thumbnail(sha256, "style", lease)

    async def _fix(self, challenge_id: str, role: FixedRole, picture: FixedPicture | None) -> None:
        if not await self.challenges.fix(challenge_id, role, picture):
            raise DraftGone
