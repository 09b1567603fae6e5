"""The job card: what a painting's message shows until the painting is done."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

import discord
from discord.utils import format_dt

from bot.cards.card import Card, CardFile, Item, layout
from bot.commands.buttons import End, EndButton, VariationButton
from bot.errors import SOMETHING_WENT_WRONG
from bot.jobs.job import Job, JobState, Order, Variation
from stylizer.pool import RecipeError

BAR_CELLS = 16
WORKING = discord.Colour(0x5865F2)
STOPPED = discord.Colour(0x80848E)


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A small picture on a card: something on Discord already, or a file to come along."""

    url: str
    file: CardFile | None = None

    @classmethod
    def of(cls, name: str, jpeg: bytes) -> Thumbnail:
        """A thumbnail that is uploaded with the card."""
        file = CardFile(name, jpeg)
        return cls(file.uri, file)


@dataclass(frozen=True, slots=True)
class Thumbnails:
    """The content and the style, small; None when there is nothing to show."""

    content: Thumbnail | None = None
    style: Thumbnail | None = None

    @classmethod
    def on_discord(cls, job: Job) -> Thumbnails:
        """The pictures as they were attached, where they were."""
        if job.content.url is None or job.style.url is None:
            return cls()
        return cls(Thumbnail(job.content.url), Thumbnail(job.style.url))

    @property
    def files(self) -> tuple[CardFile, ...]:
        """What has to come along with the card."""
        return tuple(t.file for t in (self.content, self.style) if t is not None and t.file is not None)


@dataclass(frozen=True, slots=True)
class Fetching:
    """The job's pictures come from Discord."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The job waits for its turn."""

    position: int
    """1 is the next."""
    starts_at: datetime | None = None
    """When it is likely to be painted; None where that cannot be said."""


@dataclass(frozen=True, slots=True)
class Painting:
    """The job is being painted."""

    step: int = 0
    steps: int = 0
    seconds_left: float | None = None
    preview: bytes | None = None
    """JPEG."""
    preview_number: int = 0


@dataclass(frozen=True, slots=True)
class Resting:
    """The bot ends; the next process paints the job anew."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """The job ended without a painting."""

    title: str
    sentence: str


Stage: TypeAlias = Fetching | Waiting | Painting | Resting | Stopped


def job_card(job: Job, stage: Stage, thumbnails: Thumbnails) -> Card:
    """The card of a job at this stage."""
    match stage:
        case Fetching():
            title, line = "Fetching the pictures", "They come slowly just now …"
        case Waiting():
            title, line = "Waiting for the easel", _place(stage)
        case Painting():
            title, line = "Painting", _progress(stage)
        case Resting():
            title, line = "Resting", "Atelier is restarting. Your painting goes on by itself in a moment."
        case Stopped():
            title, line = stage.title, stage.sentence
    rows: list[Item] = [
        _beside(thumbnails.content, f"### {title}", f"-# {describe(job)}"),
        _beside(thumbnails.style, line),
    ]
    files = thumbnails.files
    if isinstance(stage, Painting) and stage.preview is not None:
        preview = CardFile(f"preview-{stage.preview_number:02d}.jpg", stage.preview)
        rows.append(discord.ui.MediaGallery(discord.MediaGalleryItem(preview.uri, description="The painting so far")))
        files += (preview,)
    if not isinstance(stage, Stopped):
        rows.append(discord.ui.ActionRow(EndButton(End.CANCEL, job.job_id, job.owner_id)))
    elif job.content.sha256 and job.style.sha256:
        rows.append(discord.ui.ActionRow(VariationButton(Variation.RETRY, job.job_id)))
    return Card(layout(*rows, accent=STOPPED if isinstance(stage, Stopped) else WORKING), files)


def ended_card(job: Job) -> Card:
    """How a job ended that has no card of its own any more: where its painting is, or why there is none."""
    match job.state:
        case JobState.FAILED:
            return job_card(job, Stopped("Not painted", job.problem or SOMETHING_WENT_WRONG), Thumbnails())
        case JobState.CANCELLED:
            return job_card(job, Stopped("Canceled", job.problem or "This painting was canceled."), Thumbnails())
        case JobState.DELETED:
            text = "This painting was deleted."
        case _:
            place = "@me" if job.message_channel_id or job.guild_id is None else job.guild_id
            url = f"https://discord.com/channels/{place}/{job.message_channel_id or job.channel_id}/{job.message_id}"
            text = "This painting is done." if job.message_id is None else f"This painting is done: {url}"
    return Card(layout(discord.ui.TextDisplay(f"-# {describe(job)}\n{text}"), accent=STOPPED))


def forgotten_job_card() -> Card:
    """Stands for a job that is not known any more."""
    return Card(layout(discord.ui.TextDisplay("Atelier no longer knows this painting."), accent=STOPPED))


def describe(job: Job) -> str:
    """The order in one line."""
    return " · ".join((*ordered(job.order), f"for <@{job.owner_id}>"))


def ordered(order: Order) -> tuple[str, ...]:
    """The recipe's title, the size, and what the member chose differently from the recipe, in words."""
    try:
        recipe = order.recipe()
    except RecipeError:  # the recipes have changed since: the job fails for that, and no card beside it
        return (order.recipe_name,)
    strength = [] if recipe.style_strength == 1 else [f"style strength {recipe.style_strength:.2g}"]
    return (recipe.title, f"{recipe.longest_side_px} px", *strength, *["colours kept"] * recipe.keep_colors)


def duration(seconds: float) -> str:
    """Seconds as people say them: `14 s`, `2 min 05 s`."""
    whole = math.ceil(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02d} s"


def _beside(thumbnail: Thumbnail | None, *texts: str) -> Item:
    if thumbnail is None:
        return discord.ui.TextDisplay("\n".join(texts))
    return discord.ui.Section(*texts, accessory=discord.ui.Thumbnail(thumbnail.url))


def _place(stage: Waiting) -> str:
    place = "You are next." if stage.position == 1 else f"Number {stage.position} in the queue."
    # Discord counts down by itself: the card need not be edited for that.
    return place if stage.starts_at is None else f"{place}\n-# Begins probably {format_dt(stage.starts_at, 'R')}."


def _progress(stage: Painting) -> str:
    if not stage.steps:
        return "Setting up the canvas …"
    done = stage.step / stage.steps
    filled = int(done * BAR_CELLS)
    line = f"{'▰' * filled}{'▱' * (BAR_CELLS - filled)} **{int(done * 100)} %**"
    return line if stage.seconds_left is None else f"{line}\nabout {duration(stage.seconds_left)} left"
