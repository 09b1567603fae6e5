"""The queue as one member sees it: their own paintings, how many there are in all, and what is left today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import discord

from bot.cards.buttons import show_button
from bot.cards.card import ACCENT, MAX_TEXT_LENGTH, Item, layout
from bot.cards.job import describe_options
from bot.painting.job import Job, JobKind, JobState
from bot.painting.speed import Expected
from bot.painting.usage import Allowance
from bot.words import Words

MAX_LINES = 20
ROOM_FOR_TITLE = 100
"""Characters of a card that its title, and the marks around texts, take at most."""


@dataclass(frozen=True, slots=True)
class JobInProgress:
    """A job in progress, and how far it is."""

    job: Job
    position: int | None = None
    """1 is the next; None for one that doesn't wait for its turn."""
    expected: Expected | None = None
    """None for one that neither waits for its turn nor is painted."""


def queue_card(
    in_progress: list[JobInProgress],
    *,
    waiting: int,
    painting: int,
    allowance: Allowance | None,
    resets_at: datetime,
    undelivered: Sequence[Job] = (),
    words: Words,
) -> discord.ui.LayoutView:
    """What `/queue` answers. `allowance` is what the member may still ask for today; None for any number.

    `undelivered` are up to five paintings that couldn't be posted anywhere.
    """
    totals = _totals(waiting, painting, words)
    if allowance is not None:
        totals += f"\n-# {_left_today(allowance, resets_at, words)}"
    lost: list[Item] = []
    if undelivered:
        text = "\n".join(f"{number}. {_undelivered(job, words)}" for number, job in enumerate(undelivered, start=1))
        buttons = [show_button(job.job_id, number, words) for number, job in enumerate(undelivered, start=1)]
        lost = [
            discord.ui.TextDisplay(f"{words('queue-undelivered-title')}\n{text}"),
            discord.ui.ActionRow(*buttons),
        ]
    room = MAX_TEXT_LENGTH - sum(len(item.content) for item in lost if isinstance(item, discord.ui.TextDisplay))
    lines = _lines(in_progress, room - len(totals) - ROOM_FOR_TITLE, words) or [words("queue-none")]
    return layout(
        discord.ui.TextDisplay("\n".join((words("queue-title"), *lines))),
        *lost,
        discord.ui.Separator(),
        discord.ui.TextDisplay(f"-# {totals}"),
        accent=ACCENT,
    )


def _lines(in_progress: Sequence[JobInProgress], room: int, words: Words) -> list[str]:
    """The first jobs, and how many more there are, within so many characters."""
    lines: list[str] = []
    for index, each in enumerate(in_progress):
        line, more = f"- {_line(each, words)}", f"- {words('queue-more', count=len(in_progress) - index)}"
        if index == MAX_LINES or len("\n".join([*lines, line, more])) > room:
            return [*lines, more]
        lines.append(line)
    return lines


def _line(entry: JobInProgress, words: Words) -> str:
    request, progress = _request(entry.job, words, url=entry.job.url), _progress(entry, words)
    if entry.job.guild_id is None:
        return words("queue-line", request=request, progress=progress)
    return words("queue-line-channel", request=request, channel_id=entry.job.channel_id, progress=progress)


def _undelivered(job: Job, words: Words) -> str:
    request = _request(job, words)
    if job.guild_id is None:
        return request
    return words("queue-undelivered-line", request=request, channel_id=job.channel_id)


def _request(job: Job, words: Words, *, url: str | None = None) -> str:
    """What was asked for. It links to the job's message, at `url`: several jobs may have the same options."""
    is_board = job.kind is JobKind.BOARD
    title, *more = [words("board-title")] if is_board else describe_options(job.options, words)
    return " · ".join((f"**{title if url is None else f'[{title}]({url})'}**", *more))


def _progress(entry: JobInProgress, words: Words) -> str:
    starts, done = entry.expected and entry.expected.starts, entry.expected and entry.expected.done
    end = [words("queue-done", done=done)] if done else []
    if entry.position is not None:
        is_next = entry.position == 1
        position = words("queue-next") if is_next else words("queue-place", position=entry.position)
        start = [words("queue-starts", starts=starts)] if starts else []
        return words.joined(position, *start, *end)
    if entry.expected is not None:
        return words.joined(words("queue-painting"), *end)
    return words("queue-posting" if entry.job.state is JobState.PAINTED else "queue-fetching")


def _totals(waiting: int, painting: int, words: Words) -> str:
    counts = []
    if waiting:
        counts.append(words("queue-totals-waiting", count=waiting))
    if painting:
        counts.append(words("queue-totals-painting", count=painting))
    return words("queue-totals", totals=words.joined(*counts)) if counts else words("queue-totals-empty")


def _left_today(allowance: Allowance, resets_at: datetime, words: Words) -> str:
    key = "queue-allowance-server" if allowance.who == "server" else "queue-allowance"
    return words(key, left=allowance.left, count=allowance.limit, resets_at=resets_at)
