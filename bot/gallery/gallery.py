"""The gallery: adds, finds, lists, renames and removes styles, by its rules."""

from __future__ import annotations

import asyncio
import random
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

import structlog

from bot.errors import (
    NoGalleryHere,
    StyleBuiltIn,
    StyleExists,
    StyleNameTaken,
    StyleNotFound,
    StyleNotYours,
    TooManyStyles,
)
from bot.gallery.names import MAX_NAME_LENGTH, checked_name
from bot.gallery.search import Entry, Index, search
from bot.gallery.style import Scope, Shelf, Style, Visitor, is_stored_id
from bot.storage.styles import StyleRecords
from bot.words.text import folded, shortened
from config.settings import GallerySettings

log = structlog.get_logger()

MAX_SUGGESTIONS = 25
"""What Discord shows below an option that is being typed."""
MAX_STYLES_IN_MEMORY = 100_000
MAX_SHELVES_IN_MEMORY = 1000
"""Beyond either, the shelves that nobody has looked at for longest are read again when somebody does."""
LARGE_SHELF = 500
"""Shelves with at least this many styles are loaded at startup: ten thousand take a fifth of a second."""

TitleOf = Callable[[Style], str]
"""A style's name in a member's language."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the styles of one scope, by name."""

    scope: Scope
    styles: tuple[Style, ...]
    number: int
    """From 0."""
    pages: int
    """At least 1."""
    total: int
    """How many styles there are on all pages."""


class Gallery:
    """Every style that members can choose.

    Members' styles are rows; the shelves that are looked at are in memory, too, because they are searched at every key
    that a member presses. Changes go to the database first.
    """

    def __init__(
        self,
        records: StyleRecords,
        built_in: Mapping[str, Style],
        limits: GallerySettings,
        *,
        large_shelf: int = LARGE_SHELF,
    ) -> None:
        """`load` reads shelves of at least `large_shelf` styles."""
        self._records = records
        self.built_in = built_in
        """By ID."""
        self._limits = limits
        self._shelves: OrderedDict[Shelf, Index] = OrderedDict()
        self._large_shelf = large_shelf
        self._changing = asyncio.Lock()

    async def load(self) -> None:
        """Read the large shelves, the largest first, so that nobody has to wait for that while they type."""
        room = MAX_STYLES_IN_MEMORY
        async with self._changing:
            for shelf, styles in await self._records.large_shelves(at_least=self._large_shelf):
                if styles <= room:
                    room -= len(await self._load(shelf))

    async def get(self, style_id: str, visitor: Visitor) -> Style:
        """The style with that ID. Raises `StyleNotFound` if there is none that the member can see."""
        for shelf in visitor.shelves:
            if (style := (await self._index(shelf)).get(style_id)) is not None:
                return style
        if style_id in self.built_in:
            return self.built_in[style_id]
        raise StyleNotFound("")

    async def find(self, sha256: str, name: str | None, visitor: Visitor) -> Style | None:
        """The style that a member or a server added with that picture and name, if the member can see one."""
        for shelf in visitor.shelves:
            for style in await self._index(shelf):
                if (style.sha256, style.name) == (sha256, name):
                    return style
        return None

    async def resolve(self, written: str, visitor: Visitor, title_of: TitleOf) -> Style:
        """The style that a member means: by ID, as a suggestion gives it, else by its whole name.

        A built-in style has its name in English, too. If several have the name, it is the member's own, else the
        server's. Raises `StyleNotFound`.
        """
        try:
            return await self.get(written.strip(), visitor)
        except StyleNotFound:
            wanted = folded(written)
        for index in await self._indexes(visitor, title_of):
            for entry in index.entries:
                if entry.title == wanted or (entry.style.owner_id is None and folded(entry.style.name) == wanted):
                    return entry.style
        raise StyleNotFound("" if is_stored_id(written) else shortened(written.strip(), MAX_NAME_LENGTH))

    async def suggest(
        self,
        typed: str,
        visitor: Visitor,
        title_of: TitleOf,
        *,
        limit: int = MAX_SUGGESTIONS,
        keep: Callable[[Style], bool] = lambda _: True,
    ) -> list[Style]:
        """The styles that fit best what a member has typed so far, without those that `keep` is false for."""
        return search(typed, await self._indexes(visitor, title_of), limit=limit, keep=keep)

    async def sample(
        self, count: int, visitor: Visitor, title_of: TitleOf, *, with_own: bool, without: Collection[str] = ()
    ) -> list[Style]:
        """Different styles that a member can choose, at random; those titled `without` only if others run out.

        `with_own` draws from their own, too, which nobody else may see.
        """
        indexes = await self._shown_indexes(visitor, title_of, with_own=with_own)
        styles = {title_of(style): style for index in indexes for style in index}
        wanted = [title for title in styles if title not in without]
        rest = [title for title in styles if title in without]
        chosen = random.sample(wanted, min(count, len(wanted)))
        chosen += random.sample(rest, min(count - len(chosen), len(rest)))
        return [styles[title] for title in chosen]

    async def most_used(self, visitor: Visitor, title_of: TitleOf, *, with_own: bool) -> list[Style]:
        """What a member can choose: the server's, then the built-in styles, each by use; `with_own` first their own."""
        indexes = await self._shown_indexes(visitor, title_of, with_own=with_own)
        return [style for index in indexes for style in sorted(index, key=lambda style: -style.uses)]

    async def page(self, scope: Scope, visitor: Visitor, title_of: TitleOf, *, number: int = 0, size: int) -> Page:
        """The styles of a scope, by name, `size` to a page. A number beyond the last page gives the last page."""
        shelf = None if scope is Scope.BUILT_IN else self.shelf(scope, visitor)
        index = self._built_in_index(title_of) if shelf is None else await self._index(shelf)
        pages = max(-(-len(index) // size), 1)
        number = min(max(number, 0), pages - 1)
        entries = index.entries[number * size : (number + 1) * size]
        return Page(scope, tuple(entry.style for entry in entries), number, pages, len(index))

    def shelf(self, scope: Scope, visitor: Visitor) -> Shelf:
        """The member's own shelf, or the server's. Raises `NoGalleryHere` if they are on no server."""
        if scope is Scope.SHELF:
            return visitor.own
        if visitor.server is None:
            raise NoGalleryHere
        return visitor.server

    async def check_new(self, name: str, shelf: Shelf, visitor: Visitor, *, sha256: str | None = None) -> str:
        """Check a style before it is added, and return its cleaned name.

        Raises `StyleNameLength`, `StyleNameTaken`, `StyleExists` and `TooManyStyles`.
        """
        name = checked_name(name)
        self._refuse_new(name, await self._index(shelf), shelf, visitor, sha256=sha256)
        return name

    async def add(self, style: Style, visitor: Visitor) -> Style:
        """Add a style whose picture and thumbnail are in the store, and leased. Raises as `check_new` does."""
        style = replace(style, name=checked_name(style.name))
        async with self._changing:  # so that of two at once, the second is refused by the limits
            index = await self._load(style.shelf)
            self._refuse_new(style.name, index, style.shelf, visitor, sha256=style.sha256)
            if not await self._records.add(style):
                raise StyleNameTaken(style.name)
            self._shelves[style.shelf] = index.with_style(style)
        log.info("style.added", style=style.style_id, scope=style.scope, member=style.owner_id)
        return style

    async def rename(self, style_id: str, name: str, visitor: Visitor) -> Style:
        """Rename a style for its owner or a curator; return it with the new name.

        Raises `StyleNotFound`, `StyleBuiltIn`, `StyleNotYours`, `StyleNameLength` and `StyleNameTaken`.
        """
        style = await self.changeable(style_id, visitor)
        renamed = replace(style, name=checked_name(name))
        async with self._changing:
            index = await self._load(style.shelf)
            if index.get(style_id) is None:
                raise StyleNotFound(style.name)
            if not await self._records.rename(renamed):
                raise StyleNameTaken(renamed.name)
            self._shelves[style.shelf] = index.with_style(renamed)
        return renamed

    async def remove(self, style_id: str, visitor: Visitor) -> Style:
        """Remove a style for its owner or a curator; return it. Raises as `changeable` does.

        Its files are deleted by the janitor, unless something else needs them.
        """
        style = await self.changeable(style_id, visitor)
        async with self._changing:
            await self._records.remove(style_id)
            self._shelves[style.shelf] = (await self._load(style.shelf)).without(style_id)
        log.info("style.removed", style=style_id, scope=style.scope, by=visitor.member_id)
        return style

    async def changeable(self, style_id: str, visitor: Visitor) -> Style:
        """The style with that ID, if the member may change it.

        Raises `StyleNotFound`, `StyleBuiltIn` and `StyleNotYours`.
        """
        style = await self.get(style_id, visitor)
        if style.owner_id is None:
            raise StyleBuiltIn(style.name)
        if not visitor.may_change(style):
            raise StyleNotYours(style.name, style.owner_id)
        return style

    async def count_use(self, style: Style) -> None:
        """Count a painting that was asked for with a style."""
        if style.scope is Scope.BUILT_IN:
            return
        await self._records.count_use(style.style_id)
        index = self._shelves.get(style.shelf)
        if index is not None and (known := index.get(style.style_id)) is not None:
            index.update(replace(known, uses=known.uses + 1))

    async def knows(self, member_id: int) -> bool:
        """Whether a member has added any style that is still there."""
        return await self._records.knows(member_id)

    async def pictures_of(self, member_id: int) -> set[str]:
        """The pictures and thumbnails of all styles that a member added."""
        return await self._records.pictures_of(member_id)

    async def forget_member(self, member_id: int) -> int:
        """Remove every style that a member added, to servers too; return how many."""
        async with self._changing:
            removed = await self._records.forget_member(member_id)
            for shelf, index in list(self._shelves.items()):
                self._shelves[shelf] = index.without_owner(member_id)
        return removed

    def _refuse_new(self, name: str, index: Index, shelf: Shelf, visitor: Visitor, *, sha256: str | None) -> None:
        taken = folded(name)
        for entry in index.entries:
            if sha256 is not None and entry.style.sha256 == sha256:
                raise StyleExists(entry.style.name)
            if entry.title == taken:
                raise StyleNameTaken(entry.style.name)
        of_member, of_server = self._limits.member_limit, self._limits.server_limit
        if shelf.scope is Scope.SHELF:
            if of_member and len(index) >= of_member:
                raise TooManyStyles("member", of_member)
            return
        if of_server and len(index) >= of_server:
            raise TooManyStyles("server", of_server)
        theirs = sum(style.owner_id == visitor.member_id for style in index)
        if of_member and theirs >= of_member and not visitor.curates:
            raise TooManyStyles("member here", of_member)

    async def _indexes(self, visitor: Visitor, title_of: TitleOf) -> list[Index]:
        """What a member can choose from: their own, then the server's, then the built-in styles."""
        return [*[await self._index(shelf) for shelf in visitor.shelves], self._built_in_index(title_of)]

    async def _shown_indexes(self, visitor: Visitor, title_of: TitleOf, *, with_own: bool) -> list[Index]:
        """What can be shown to a member who names no style: their own only where nobody else sees it."""
        own, *others = await self._indexes(visitor, title_of)
        return [own, *others] if with_own else others

    def _built_in_index(self, title_of: TitleOf) -> Index:
        return Index(Entry.of(style, title_of(style)) for style in self.built_in.values())

    async def _index(self, shelf: Shelf) -> Index:
        if shelf not in self._shelves:
            async with self._changing:  # a style that is added meanwhile would be missed
                return await self._load(shelf)
        self._shelves.move_to_end(shelf)
        return self._shelves[shelf]

    async def _load(self, shelf: Shelf) -> Index:
        """The styles of a shelf, from memory if they are there. The caller holds the lock."""
        index = self._shelves.get(shelf)
        if index is None:
            entries = [Entry.of(style) async for styles in self._records.of_shelf(shelf) for style in styles]
            index = self._shelves[shelf] = Index(entries)
            styles = sum(map(len, self._shelves.values()))
            while len(self._shelves) > 1 and (
                styles > MAX_STYLES_IN_MEMORY or len(self._shelves) > MAX_SHELVES_IN_MEMORY
            ):
                styles -= len(self._shelves.popitem(last=False)[1])
        return index
