"""Pages of styles for a member who has asked for a painting without a style."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from bot.gallery.files import GalleryFiles
from bot.gallery.style import Style, Visitor
from bot.messages.card import CardFile
from bot.painting.job import Job
from bot.words import Words
from bot.words.styles import style_title
from stylizer.pool import compose_sheet

PAGE_SIZE = 9
CELL_SHAPE, CELL_PX = (1, 1), 240
"""Thumbnails are up to 400 px long; three of these are wider than Discord shows a picture."""
MENU_SIZE = 25
"""What Discord allows in one menu."""


@dataclass(frozen=True, slots=True)
class StylePage:
    """Some styles to choose from."""

    styles: tuple[Style, ...]
    """Those on the sheet: the first is number 1."""
    listed: tuple[Style, ...]
    """Those in the menu: the same, and as many before or after them as there is room for."""
    sheet: CardFile
    number: int
    """From 0."""
    pages: int


@dataclass(frozen=True, slots=True)
class StyleChooser:
    """Finds and draws the styles that a job's owner can choose from."""

    styles: GalleryFiles
    has_joined: Callable[[int], bool]
    """Whether the bot is a member of a server: else its styles can't be used there."""
    is_direct: Callable[[int], Awaitable[bool]]
    """Whether a channel is a direct message with the bot: there, a member's own styles are shown."""

    async def first_page(self, job: Job) -> StylePage:
        """The page that a member sees first, for a job whose interaction is over."""
        guild_id = job.guild_id if job.guild_id is not None and self.has_joined(job.guild_id) else None
        with_own = job.is_private or (job.guild_id is None and await self.is_direct(job.channel_id))
        return await self.page(job, Visitor(job.owner_id, guild_id), number=0, with_own=with_own)

    async def page(self, job: Job, visitor: Visitor, *, number: int, with_own: bool) -> StylePage:
        """A page of nine styles; `with_own` if nobody but the member sees it.

        A number beyond the last page gives the last page.
        """
        title_of = partial(style_title, words=Words.of(job.locale))
        styles = await self.styles.gallery.most_used(visitor, title_of, with_own=with_own)
        pages = max(-(-len(styles) // PAGE_SIZE), 1)
        number = min(max(number, 0), pages - 1)
        first = number * PAGE_SIZE
        first_listed = max(min(first, len(styles) - MENU_SIZE), 0)
        shown = styles[first : first + PAGE_SIZE]
        return StylePage(
            tuple(shown),
            tuple(styles[first_listed : first_listed + MENU_SIZE]),
            await self._sheet(shown, number, is_spoiler=job.is_spoiler or any(style.is_spoiler for style in shown)),
            number,
            pages,
        )

    async def _sheet(self, styles: list[Style], number: int, *, is_spoiler: bool) -> CardFile:
        thumbnails = await asyncio.gather(*map(self.styles.thumbnail, styles))
        sheet = await asyncio.to_thread(compose_sheet, thumbnails or [None], size_px=CELL_SHAPE, cell_px=CELL_PX)
        return CardFile.of(f"styles-{number + 1}.jpg", sheet, is_spoiler=is_spoiler)
