"""The files of a finished painting or board, ready to be sent."""

from __future__ import annotations

from functools import partial
from typing import cast

from bot.errors import NotPosted, PaintingForgotten, Undeliverable
from bot.files.store import Lease, PictureStore
from bot.messages.answer import MAX_UPLOAD_BYTES
from bot.messages.card import CardFile, FileOnDisk
from bot.painting.job import Job, Result
from bot.painting.progress import FinishedPainting
from bot.painting.thumbnails import Thumbnails
from stylizer.events import PICTURE_SUFFIXES, PictureFormat


async def leased_file(store: PictureStore, sha256: str | None, lease: Lease) -> FileOnDisk | None:
    """Lease a file, and return it; None if there is none, or it is gone."""
    if sha256 is None or not await store.has(sha256, lease=lease):
        return None
    size_bytes = await store.size_of(sha256)
    return None if size_bytes is None else FileOnDisk(store.path_of(sha256), size_bytes)


async def stored_file(store: PictureStore, result: Result, lease: Lease) -> FileOnDisk:
    """Lease the file of a result, and return it. Raises `PaintingForgotten` if it is gone."""
    file = await leased_file(store, result.sha256, lease)
    if file is None:
        raise PaintingForgotten
    return file


async def stored_painting(store: PictureStore, job: Job, lease: Lease) -> CardFile:
    """Lease the painting of a job, and return it. Raises `PaintingForgotten` if it is gone."""
    result = job.result("painting")
    if result is None:
        raise PaintingForgotten
    return CardFile.of(_painting_name(result), await stored_file(store, result, lease), is_spoiler=job.is_spoiler)


async def stored_thumbnail(store: PictureStore, job: Job, lease: Lease) -> CardFile | None:
    """Lease the small picture of a painting, and return it, named by its job; None if it isn't there."""
    result = job.result("thumbnail")
    file = None if result is None else await leased_file(store, result.sha256, lease)
    if result is None or file is None:
        return None
    return CardFile.of(f"{job.job_id}{suffix_of(result)}", file, is_spoiler=job.is_spoiler)


async def stored_sheet(store: PictureStore, board: Job, lease: Lease, limit_bytes: int) -> CardFile:
    """Lease the sheet of a board, and return it. Raises `PaintingForgotten`, and `Undeliverable` if it is too large."""
    result = board.result("sheet")
    if result is None:
        raise PaintingForgotten
    sheet = await stored_file(store, result, lease)
    if sheet.size_bytes > limit_bytes:
        raise Undeliverable(NotPosted.TOO_LARGE)
    return CardFile.of("board.jpg", sheet, is_spoiler=board.is_spoiler)


def fitted(
    job: Job, result: Result, painting: FileOnDisk, gif: FileOnDisk | None, thumbnails: Thumbnails, limit_bytes: int
) -> tuple[FinishedPainting, Thumbnails]:
    """The files of a result's card, without the GIF or the thumbnails if there is no room for them.

    Raises `Undeliverable` if there is no room for the painting.
    """
    if painting.size_bytes > limit_bytes:
        raise Undeliverable(NotPosted.TOO_LARGE)
    if any(file.size_bytes > limit_bytes for file in thumbnails.files):
        thumbnails = Thumbnails()
    others_bytes = painting.size_bytes + sum(file.size_bytes for file in thumbnails.files)
    room_bytes = min(limit_bytes, MAX_UPLOAD_BYTES - others_bytes)
    named = partial(CardFile.of, is_spoiler=job.is_spoiler)
    finished = FinishedPainting(
        result,
        painting=named(_painting_name(result), painting),
        timelapse=named("progress.gif", gif) if gif is not None and gif.size_bytes <= room_bytes else None,
    )
    return finished, thumbnails


def suffix_of(picture: Result) -> str:
    """The suffix of a picture's file: `.png`, for example."""
    return PICTURE_SUFFIXES[cast("PictureFormat", picture.media_type.removeprefix("image/"))]


def _painting_name(painting: Result) -> str:
    """What a painting's file is called on Discord."""
    return f"painting{suffix_of(painting)}"
