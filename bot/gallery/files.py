"""The pictures of styles: fetched, checked and stored when a style is added, found when it is shown or painted with."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from bot.errors import PaintingForgotten
from bot.files.disk import Disk
from bot.files.pictures import Pictures
from bot.files.store import Lease
from bot.gallery.gallery import Gallery
from bot.gallery.names import cleaned_credits
from bot.gallery.style import Scope, Style, Visitor
from bot.gallery.thumbnails import GALLERY_THUMBNAIL_PX, BuiltInThumbnails, MakeThumbnail
from bot.painting.job import Input
from bot.sources.picture import SentPicture
from bot.words import Words
from bot.words.styles import style_title
from stylizer import pool
from stylizer.pool import PictureRole


@dataclass(frozen=True, slots=True)
class StoredPicture:
    """A picture that is in the store already, such as a painting."""

    sha256: str
    is_spoiler: bool = False


@dataclass(frozen=True, slots=True)
class NewStyle:
    """What a member wants to add."""

    name: str
    scope: Scope
    picture: SentPicture | StoredPicture
    credits: str | None = None


@dataclass(frozen=True, slots=True)
class GalleryFiles:
    """Adds styles with their pictures, and finds the pictures of styles."""

    gallery: Gallery
    pictures: Pictures
    disk: Disk
    built_in: BuiltInThumbnails
    make_thumbnail: MakeThumbnail
    stored: dict[Path, str] = field(default_factory=dict)
    """What the store calls the built-in pictures that were put there."""

    @classmethod
    def of(
        cls, gallery: Gallery, pictures: Pictures, *, disk: Disk, data_dir: Path, make: MakeThumbnail
    ) -> GalleryFiles:
        """Keep the thumbnails of built-in styles in the data directory."""
        return cls(gallery, pictures, disk, BuiltInThumbnails(data_dir / "thumbnails", make), make)

    async def check_folder(self, folder: Path | None) -> None:
        """Check that every picture of the host's folder can be decoded. Raises `GalleryUnusable`."""
        if folder is not None:
            await self.built_in.check(self.gallery.built_in.values(), folder=folder)

    def check(self, new: NewStyle, visitor: Visitor) -> None:
        """Refuse at once what needs no database: a file that is no picture, a full disk, a server without a gallery."""
        self.gallery.shelf(new.scope, visitor)
        self.disk.refuse_if_full()
        if isinstance(new.picture, SentPicture):
            self.pictures.check("style", new.picture)

    async def add(self, new: NewStyle, visitor: Visitor) -> Style:
        """Add a style. It takes a download, and a moment for another process to decode the picture.

        Raises as `check` and `Gallery.check_new` do; a `DownloadError`, `PictureError` or `PoolError` if there is
        something wrong with the picture, and `PaintingForgotten` for a stored one that is gone.
        """
        self.check(new, visitor)
        shelf = self.gallery.shelf(new.scope, visitor)
        await self.gallery.check_new(new.name, shelf, visitor)
        with self.pictures.store.lease() as lease:
            sha256 = await self._fetch(new.picture, lease)
            await self.gallery.check_new(new.name, shelf, visitor, sha256=sha256)
            style = Style(
                new.name,
                shelf=shelf,
                owner_id=visitor.member_id,
                credits=cleaned_credits(new.credits),
                sha256=sha256,
                thumbnail_sha256=await self.store_thumbnail(sha256, "style", lease),
                is_spoiler=_is_spoiler(new.picture),
            )
            return await self.gallery.add(style, visitor)

    async def store_thumbnail(self, sha256: str, role: PictureRole, lease: Lease) -> str:
        """Store a thumbnail of a stored picture, and return its SHA-256. Errors call the picture by its role.

        Raises `PaintingForgotten` if the picture is gone, and a `PictureError` or `PoolError` if it can't be decoded.
        """
        picture = await self.pictures.store.read(sha256)
        if picture is None:
            raise PaintingForgotten
        name = pool.PictureName(role)
        thumbnail = await self.make_thumbnail(picture, name=name, longest_side_px=GALLERY_THUMBNAIL_PX)
        return await self.pictures.store.put(thumbnail, lease=lease)

    async def thumbnail(self, style: Style) -> bytes | None:
        """The style's picture as a small JPEG; None if it can't be read or made."""
        if style.thumbnail_sha256 is not None:
            return await self.pictures.store.read_if_possible(style.thumbnail_sha256)
        try:
            return await self.built_in.of(style)
        except (pool.PictureError, pool.PoolError, OSError):
            return None

    async def as_input(self, style: Style, lease: Lease, *, locale: str | None) -> Input:
        """The style as a job records it, with its picture leased in the store. Raises `PaintingForgotten`.

        `locale` is the job's: its cards show the name of a built-in style in that language.
        """
        return Input(
            "style",
            sha256=await self.lease(style, lease),
            thumbnail_sha256=style.thumbnail_sha256,
            name=style_title(style, Words.of(locale)),
            is_spoiler=style.is_spoiler,
        )

    async def lease(self, style: Style, lease: Lease) -> str:
        """Lease the style's picture in the store, and return its SHA-256. Raises `PaintingForgotten` if it is gone."""
        store = self.pictures.store
        if style.path is not None:
            stored = self.stored.get(style.path)
            if stored is not None and await store.has(stored, lease=lease):
                return stored
            try:
                sha256 = self.stored[style.path] = await store.put(style.path, lease=lease)
            except FileNotFoundError as error:
                raise PaintingForgotten from error
            return sha256
        if style.sha256 is None or not await store.has(style.sha256, lease=lease):
            raise PaintingForgotten
        return style.sha256

    async def _fetch(self, source: SentPicture | StoredPicture, lease: Lease) -> str:
        if isinstance(source, SentPicture):
            return await self.pictures.fetch(source.as_input("style"), "style", lease=lease)
        if not await self.pictures.store.has(source.sha256, lease=lease):
            raise PaintingForgotten
        return source.sha256


def _is_spoiler(source: SentPicture | StoredPicture) -> bool:
    return source.is_spoiler() if isinstance(source, SentPicture) else source.is_spoiler
