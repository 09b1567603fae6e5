"""The queue as one member sees it: their own paintings under way, how many there are in all, and what is left today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import discord
from discord.utils import format_dt

from bot.cards.card import layout
from bot.cards.job import WORKING, ordered
from bot.jobs.job import Job, JobState
from bot.jobs.speed import Expected

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
    places: list[Place], *, waiting: int, painting: int, left_today: int | None, anew_at: datetime
) -> discord.ui.LayoutView:
    """What `/queue` answers. `left_today` is how many more paintings the member may ask for; None for any number."""
    lines = [_line(place) for place in places[:MOST_LINES]]
    if len(places) > MOST_LINES:
        lines.append(f"- … and {len(places) - MOST_LINES} more")
    if not places:
        lines.append("None is under way. **/stylize** begins one.")
    totals = f"-# In all, {_are(waiting, 'waiting')} and {_are(painting, 'being painted')}."
    if left_today is not None:
        totals += f" You may ask for {left_today} more today; a new day begins {format_dt(anew_at, 'R')}."
    return layout(
        discord.ui.TextDisplay("\n".join(("### Your paintings", *lines))),
        discord.ui.Separator(),
        discord.ui.TextDisplay(totals),
        accent=WORKING,
    )


def _line(place: Place) -> str:
    title, *more = ordered(place.job.order)
    what = " · ".join((f"**{title}**", *more))
    where = "" if place.job.guild_id is None else f" in <#{place.job.channel_id}>"
    return f"- {what}{where}: {_progress(place)}"


def _progress(place: Place) -> str:
    starts_at = place.expected and place.expected.starts_at
    done_at = place.expected and place.expected.done_at
    done = f", done probably {format_dt(done_at, 'R')}" if done_at else ""
    if place.position is not None:
        begins = f", begins probably {format_dt(starts_at, 'R')}" if starts_at else ""
        return ("next" if place.position == 1 else f"number {place.position} in the queue") + begins + done
    if place.expected is not None:
        return f"being painted{done}"
    return "painted, and on its way here" if place.job.state is JobState.PAINTED else "its pictures are being fetched"


def _are(count: int, what: str) -> str:
    return f"1 painting is {what}" if count == 1 else f"{count} paintings are {what}"
