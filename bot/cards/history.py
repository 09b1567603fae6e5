"""A member's history: pages of paintings, and one painting of a page with its buttons.

The custom IDs say which page it is, so that the buttons survive restarts. They hold at most 100 characters, so IDs in
them are written in base 64.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Self

import discord
from discord.utils import escape_markdown, format_dt

from bot.cards.alt_texts import result_alt, timelapse_alt
from bot.cards.board import choice_rows, new_board_buttons
from bot.cards.buttons import back_out_button, button
from bot.cards.card import ACCENT, MAX_OPTION_LENGTH, Item, layout, picture
from bot.cards.delete import delete_question
from bot.cards.job import describe_painting
from bot.cards.result import action_rows
from bot.messages.card import Card, CardFile
from bot.painting.job import Job, JobKind
from bot.sources.keys import long_id, short_id
from bot.storage.history import Cursor, Direction, Entry, Page
from bot.words import Words
from bot.words.text import shortened

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BOOKMARK = (
    "(?P<member>[A-Za-z0-9_-]{11}):(?P<only>[af]):"
    f"(?:(?P<direction>[{''.join(Direction)}])(?P<at>[0-9a-f]{{1,14}}):(?P<job>[A-Za-z0-9_-]{{22}}))?"
)


class PaintingAction(StrEnum):
    """What the buttons of an open painting do, besides those that it has below its result."""

    STAR = "star"
    UNSTAR = "unstar"
    SHOW = "show"
    DELETE = "delete"
    """Asks first."""
    ERASE = "erase"
    """The answer to the question is yes. A longer word wouldn't fit in a custom ID."""
    KEEP = "keep"


PAGE_PATTERN = f"atelier:history:page:(?P<button>[a-z]+):{_BOOKMARK}"
OPEN_PATTERN = f"atelier:history:open:{_BOOKMARK}"
ACTION_PATTERN = f"atelier:history:(?P<action>{'|'.join(PaintingAction)}):(?P<its_job>[A-Za-z0-9_-]{{22}}):{_BOOKMARK}"


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A page of a history: whose, and from where on."""

    member_id: int
    favorites_only: bool = False
    cursor: Cursor | None = None
    """None for the first page."""
    direction: Direction = Direction.FROM

    @classmethod
    def of(cls, match: re.Match[str]) -> Self:
        """Read a bookmark from a custom ID."""
        bookmark = cls(long_id(match["member"]), favorites_only=match["only"] == "f")
        if match["job"] is None:
            return bookmark
        at = _EPOCH + timedelta(microseconds=int(match["at"], 16))
        return replace(bookmark, cursor=Cursor(at, long_job_id(match["job"])), direction=Direction(match["direction"]))

    def __str__(self) -> str:
        """The bookmark as a part of a custom ID."""
        start = f"{short_id(self.member_id)}:{'f' if self.favorites_only else 'a'}:"
        if self.cursor is None:
            return start
        microseconds = (self.cursor.at - _EPOCH) // timedelta(microseconds=1)
        return f"{start}{self.direction}{microseconds:x}:{short_job_id(self.cursor.job_id)}"


@dataclass(frozen=True, slots=True)
class SmallPictures:
    """What the cards of a history show of its paintings, by the ID of the job."""

    files: Mapping[str, CardFile] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()
    """The jobs whose paintings are no longer in the store."""


def history_card(
    page: Page, bookmark: Bookmark, pictures: SmallPictures, words: Words, *, is_own: bool, is_deleted: bool = False
) -> Card:
    """A page of paintings, newest first. `is_deleted` says that one of them was just deleted."""
    rows: list[Item] = [discord.ui.TextDisplay(_title(bookmark, words, is_own=is_own))]
    if is_deleted:
        rows.append(discord.ui.TextDisplay(words("delete-done")))
    if not page.entries:
        rows.append(discord.ui.TextDisplay(_nothing(bookmark, words)))
    here = bookmark
    if page.entries:
        here = replace(bookmark, cursor=Cursor.of(page.entries[0].job), direction=Direction.FROM)
        rows += [_section(number, entry, pictures, words) for number, entry in enumerate(page.entries, start=1)]
        rows.append(discord.ui.ActionRow(_choice(page.entries, here, words)))
    rows.append(discord.ui.ActionRow(*_turns(page, bookmark, words, is_own=is_own)))
    shown = [pictures.files[entry.job.job_id] for entry in page.entries if entry.job.job_id in pictures.files]
    return Card(layout(*rows, accent=ACCENT), tuple(shown))


def painting_card(
    entry: Entry,
    bookmark: Bookmark,
    pictures: SmallPictures,
    words: Words,
    *,
    kept_until: datetime,
    is_challenge_entry: bool = False,
    is_own: bool,
) -> Card:
    """One painting of a history, with everything that can be done with it. `bookmark` is the page that it is on."""
    job, is_gone = entry.job, entry.job.job_id in pictures.gone
    lines = [
        f"### {_name(entry, words)}",
        escape_markdown(result_alt(job, words)),
        _where(job, pictures, words),
    ]
    if not is_gone:
        if entry.is_favorite:
            lines.append(words("history-kept-favorite"))
        elif is_challenge_entry:
            lines.append(words("history-kept-entry"))
        else:
            lines.append(words("history-kept-until", date=format_dt(kept_until, "D")))
    actions: list[Item] = []
    if is_own:
        star = PaintingAction.UNSTAR if entry.is_favorite else PaintingAction.STAR
        actions.append(_action(star, job, bookmark, words("button-unstar" if entry.is_favorite else "button-star")))
    actions.append(_action(PaintingAction.DELETE, job, bookmark, words("button-delete")))
    last = [] if is_gone else [_action(PaintingAction.SHOW, job, bookmark, words("button-show-here"))]
    last.append(_turn("back", bookmark, words("button-history-back")))
    rows = (
        [*choice_rows(job, words), discord.ui.ActionRow(*new_board_buttons(job, words), *actions)]
        if job.kind is JobKind.BOARD
        else action_rows(job, words, *actions)
    )
    view = layout(
        _with_picture("\n".join(lines), job, pictures, words),
        *rows,
        discord.ui.ActionRow(*last),
        accent=ACCENT,
    )
    return Card(view, tuple(file for job_id, file in pictures.files.items() if job_id == job.job_id))


def history_delete_question(job: Job, bookmark: Bookmark, words: Words, *, has_posts: bool) -> discord.ui.LayoutView:
    """Ask whether to delete an open painting, in its place. Both answers lead back to the history."""
    erase_id = _action_id(PaintingAction.ERASE, job, bookmark)
    yes = button(erase_id, words("button-delete"), style=discord.ButtonStyle.danger)
    no = back_out_button(_action_id(PaintingAction.KEEP, job, bookmark), words)
    return delete_question(yes, no, words, has_posts=has_posts)


def shown_painting(job: Job, files: Sequence[CardFile], words: Words) -> Card:
    """A painting, and if there is one, its timelapse, or a board's sheet, without anything else."""
    alts = (result_alt(job, words), timelapse_alt(job, words))
    view = layout(*(picture(file, alt=alt) for file, alt in zip(files, alts, strict=False)), accent=ACCENT)
    return Card(view, tuple(files))


def short_job_id(job_id: str) -> str:
    """A job's ID in 22 characters."""
    return base64.urlsafe_b64encode(bytes.fromhex(job_id)).decode().rstrip("=")


def long_job_id(short: str) -> str:
    """The job's ID again."""
    return base64.urlsafe_b64decode(f"{short}==").hex()


def _title(bookmark: Bookmark, words: Words, *, is_own: bool) -> str:
    if not is_own:
        return words("history-title-member", member_id=bookmark.member_id)
    return words("history-title-starred" if bookmark.favorites_only else "history-title")


def _nothing(bookmark: Bookmark, words: Words) -> str:
    return (
        words("history-none-starred", star=words("button-star")) if bookmark.favorites_only else words("history-none")
    )


def _section(number: int, entry: Entry, pictures: SmallPictures, words: Words) -> Item:
    text = f"**{number}.** {_name(entry, words)}\n{_where(entry.job, pictures, words)}"
    return _with_picture(text, entry.job, pictures, words)


def _with_picture(text: str, job: Job, pictures: SmallPictures, words: Words) -> Item:
    file = pictures.files.get(job.job_id)
    if file is None:
        return discord.ui.TextDisplay(text)
    small = discord.ui.Thumbnail[Any](file.uri, description=result_alt(job, words), spoiler=file.is_spoiler)
    return discord.ui.Section(text, accessory=small)


def _name(entry: Entry, words: Words) -> str:
    """What it is: `⭐ **Painterly** · 512 px · 14 sec`."""
    title, *more = _description(entry.job, words)
    star = "⭐ " if entry.is_favorite else ""
    seconds = [] if entry.job.painting_seconds is None else [words.duration(entry.job.painting_seconds)]
    return " · ".join((f"{star}**{title}**", *more, *seconds))


def _description(job: Job, words: Words) -> tuple[str, ...]:
    return (words("board-title"),) if job.kind is JobKind.BOARD else describe_painting(job, words)


def _where(job: Job, pictures: SmallPictures, words: Words) -> str:
    """When it was asked for, and where it is: on Discord, or nowhere any more."""
    parts = [format_dt(job.created_at, "f")]
    if job.url is not None:
        parts.append(words("history-link", url=job.url))
    if job.job_id in pictures.gone:
        deleted_at = job.files_deleted_at
        gone = (
            words("history-gone")
            if deleted_at is None
            else words("history-gone-since", date=format_dt(deleted_at, "D"))
        )
        return f"{' · '.join(parts)}\n-# {gone}"
    return " · ".join(parts)


def _choice(entries: Sequence[Entry], here: Bookmark, words: Words) -> Item:
    options = [
        discord.SelectOption(
            label=shortened(f"{number}. {' · '.join(_description(entry.job, words))}", MAX_OPTION_LENGTH),
            value=entry.job.job_id,
        )
        for number, entry in enumerate(entries, start=1)
    ]
    placeholder = words("select-history")
    return discord.ui.Select[Any](custom_id=f"atelier:history:open:{here}", options=options, placeholder=placeholder)


def _turns(page: Page, bookmark: Bookmark, words: Words, *, is_own: bool) -> list[Item]:
    """The buttons that turn pages. Those that lead nowhere are disabled."""
    newer = older = replace(bookmark, cursor=None)
    if page.entries:
        newer = replace(bookmark, cursor=Cursor.of(page.entries[0].job), direction=Direction.NEWER)
        older = replace(bookmark, cursor=Cursor.of(page.entries[-1].job), direction=Direction.OLDER)
    turns = [
        _turn("newer", newer, words("button-history-newer"), is_enabled=page.has_newer),
        _turn("older", older, words("button-history-older"), is_enabled=page.has_older),
    ]
    if is_own:
        other = Bookmark(bookmark.member_id, favorites_only=not bookmark.favorites_only)
        label = words("button-history-all" if bookmark.favorites_only else "button-history-favorites")
        turns.append(_turn("filter", other, label))
    return turns


def _turn(name: str, bookmark: Bookmark, label: str, *, is_enabled: bool = True) -> Item:
    """A button that leads to another page. No two on a card may have the same custom ID, hence the name."""
    return button(f"atelier:history:page:{name}:{bookmark}", label, disabled=not is_enabled)


def _action(action: PaintingAction, job: Job, bookmark: Bookmark, label: str) -> Item:
    return button(_action_id(action, job, bookmark), label)


def _action_id(action: PaintingAction, job: Job, bookmark: Bookmark) -> str:
    return f"atelier:history:{action}:{short_job_id(job.job_id)}:{bookmark}"
