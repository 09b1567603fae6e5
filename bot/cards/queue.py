"""The queue as one member sees it: their own paintings under way, how many there are in all, and what is left today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import discord
from discord.utils import format_dt

from bot.cards.card import Item, layout
from bot.cards.job import WORKING, describe_options
from bot.commands.buttons import ShowButton
from bot.painting.job import Job, JobState
from bot.painting.speed import Expected
from bot.painting.usage import Allowance

MOST_LINES = 20
"""A card holds 4,000 characters."""


@dataclass(frozen=True, slots=True)
class Place:
    """A job that is under way, and where it stands."""

    job: Job
    position: int | None = None
    """1 is the next; None for one that does not wait for its turn."""
    expected: Expected | None = None
    """None for one that neither waits for its turn nor is painted."""


def queue_card(
    places: list[Place],
    *,
    waiting: int,
    painting: int,
    allowance: Allowance | None,
    resets_at: datetime,
    undelivered: Sequence[Job] = (),
) -> discord.ui.LayoutView:
    """What `/queue` answers. `allowance` is what the member may still ask for today; None for any number.

    `undelivered` are up to five paintings that Discord took nowhere.
    """
    lines = [_line(place) for place in places[:MOST_LINES]]
    if len(places) > MOST_LINES:
        lines.append(f"- … and {len(places) - MOST_LINES} more")
    if not places:
        lines.append("Nothing in the queue. Start with **/stylize**.")
    totals = f"-# Queue: {_totals(waiting, painting)}."
    if allowance is not None:
        whose = "this server's " if allowance.who == "server" else ""
        totals += f" {allowance.left} of {whose}{allowance.limit} left today; resets at {format_dt(resets_at, 't')}."
    lost: list[Item] = []
    if undelivered:
        text = "\n".join(f"{n}. {_title(job)}{_place(job)}" for n, job in enumerate(undelivered, start=1))
        buttons = [ShowButton(job.job_id, number=number) for number, job in enumerate(undelivered, start=1)]
        lost = [
            discord.ui.TextDisplay(f"### Done, but couldn't be posted\n{text}"),
            discord.ui.ActionRow(*buttons),
        ]
    return layout(
        discord.ui.TextDisplay("\n".join(("### Your paintings", *lines))),
        *lost,
        discord.ui.Separator(),
        discord.ui.TextDisplay(totals),
        accent=WORKING,
    )


def _line(place: Place) -> str:
    return f"- {_title(place.job)}{_place(place.job)}: {_progress(place)}"


def _title(job: Job) -> str:
    title, *more = describe_options(job.options)
    return " · ".join((f"**{title}**", *more))


def _place(job: Job) -> str:
    return "" if job.guild_id is None else f" in <#{job.channel_id}>"


def _progress(place: Place) -> str:
    starts, done = place.expected and place.expected.starts, place.expected and place.expected.done
    end = f", done {done}" if done else ""
    if place.position is not None:
        start = f", starts {starts}" if starts else ""
        return ("next" if place.position == 1 else f"number {place.position} in the queue") + start + end
    if place.expected is not None:
        return f"being painted{end}"
    return "painted, being posted" if place.job.state is JobState.PAINTED else "downloading your pictures"


def _totals(waiting: int, painting: int) -> str:
    counts = [*[f"{waiting} waiting"] * bool(waiting), *[f"{painting} being painted"] * bool(painting)]
    return ", ".join(counts) or "empty"
