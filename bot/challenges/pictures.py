"""The paintings of entries as voters see them: under names that say nothing about who painted them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bot.files.store import Lease, PictureStore
from bot.messages.answer import MAX_UPLOAD_BYTES
from bot.messages.card import CardFile
from bot.painting.job import Job
from bot.painting.result_files import leased_file, suffix_of


@dataclass(frozen=True, slots=True)
class ShownPainting:
    """A painting on a card."""

    file: CardFile
    width_px: int | None
    """None if its size in pixels is unknown, like `height_px`."""
    height_px: int | None


async def shown_paintings(
    store: PictureStore, named: Sequence[tuple[str, Job | None]], lease: Lease, *, limit_bytes: int
) -> list[ShownPainting | None]:
    """The leased paintings of these jobs, to be sent together in files of these names; None where one is gone.

    Where they don't fit one request, or one exceeds `limit_bytes`, the largest are replaced by their thumbnails.
    """
    found = [await _painting(store, name, job, lease, kind="painting") for name, job in named]
    by_size = sorted(range(len(named)), key=lambda place: _size_bytes(found[place]), reverse=True)
    for place in by_size:
        total_bytes = sum(map(_size_bytes, found))
        if _size_bytes(found[place]) > limit_bytes or total_bytes > MAX_UPLOAD_BYTES:
            found[place] = await _painting(store, *named[place], lease, kind="thumbnail")
    return found


async def small_paintings(
    store: PictureStore, named: Sequence[tuple[str, Job | None]], lease: Lease
) -> list[ShownPainting | None]:
    """The leased thumbnails of these jobs, as files of these names; None where one is gone."""
    return [await _painting(store, name, job, lease, kind="thumbnail") for name, job in named]


async def _painting(
    store: PictureStore, name: str, job: Job | None, lease: Lease, *, kind: Literal["painting", "thumbnail"]
) -> ShownPainting | None:
    result = None if job is None else job.result(kind)
    file = None if result is None else await leased_file(store, result.sha256, lease)
    if job is None or result is None or file is None:
        return None
    named = CardFile.of(f"{name}{suffix_of(result)}", file, is_spoiler=job.is_spoiler)
    return ShownPainting(named, result.width_px, result.height_px)


def _size_bytes(painting: ShownPainting | None) -> int:
    return 0 if painting is None else painting.file.size_bytes
