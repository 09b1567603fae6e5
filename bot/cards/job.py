"""The job card: what a painting's message shows until the painting is done."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self, TypeAlias

import discord

from bot.cards.card import Card, CardFile, Item, layout, message_url, picture
from bot.cards.names import content_alt, preview_alt, style_alt
from bot.commands.buttons import End, EndButton, VariationButton
from bot.errors import SOMETHING_WENT_WRONG
from bot.painting.estimates import Estimate
from bot.painting.job import Job, JobState, PaintingOptions, Variation
from stylizer.pool import RecipeError

BAR_CELLS = 10
"""More of them wrap on a phone."""
WORKING = discord.Colour(0x5865F2)
STOPPED = discord.Colour(0x80848E)

VARIED: Mapping[Variation, str] = {
    Variation.AGAIN: "New variation of",
    Variation.STRONGER: "Stronger style of",
    Variation.WEAKER: "Weaker style of",
    Variation.HD: "HD version of",
    Variation.SWAP: "Swapped content and style of",
    Variation.RETRY: "New attempt at",
}


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A small picture on a card: something on Discord already, or a file to come along."""

    url: str
    file: CardFile | None = None

    @classmethod
    def of(cls, name: str, jpeg: bytes, *, is_spoiler: bool) -> Self:
        """A thumbnail that is uploaded with the card."""
        file = CardFile.of(name, jpeg, is_spoiler=is_spoiler)
        return cls(file.uri, file)


@dataclass(frozen=True, slots=True)
class Thumbnails:
    """The content and the style, small; None when there is nothing to show."""

    content: Thumbnail | None = None
    style: Thumbnail | None = None

    @classmethod
    def on_discord(cls, job: Job) -> Self:
        """The pictures as they were attached. Discord deletes a command's attachments after a while."""
        content_url, style_url = job.input("content").url, job.input("style").url
        if content_url is None or style_url is None:
            return cls()
        return cls(Thumbnail(content_url), Thumbnail(style_url))

    @classmethod
    def uploaded(cls, job: Job, content_jpeg: bytes | None, style_jpeg: bytes | None) -> Self:
        """The pictures as a worker made them small: they stay for as long as the card. Both, or none."""
        if content_jpeg is None or style_jpeg is None:
            return cls()
        return cls(
            Thumbnail.of("content.jpg", content_jpeg, is_spoiler=job.is_spoiler),
            Thumbnail.of("style.jpg", style_jpeg, is_spoiler=job.is_spoiler),
        )

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
    starts: Estimate | None = None
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

    @property
    def is_finishing(self) -> bool:
        """Whether every step is done, and the files are being written."""
        return 0 < self.steps <= self.step


@dataclass(frozen=True, slots=True)
class Resting:
    """The bot shuts down; the next process starts the painting over."""


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
            title, line = "Getting ready", "Downloading your pictures …"
        case Waiting():
            title, line = "In the queue", _place(stage)
        case Painting():
            title, line = "Painting", _progress(stage)
        case Resting():
            title, line = "Restarting", "Your painting resumes automatically."
        case Stopped():
            title, line = stage.title, stage.sentence
    rows = captions(job, thumbnails, content=[f"### {title}", f"-# {describe(job)}", *origin(job)], style=[line])
    files = thumbnails.files
    if isinstance(stage, Painting) and stage.preview is not None:
        name = f"preview-{stage.preview_number:02d}.jpg"
        preview = CardFile.of(name, stage.preview, is_spoiler=job.is_spoiler)
        rows.append(picture(preview, alt=preview_alt(job)))
        files += (preview,)
    if not isinstance(stage, Stopped):
        rows.append(discord.ui.ActionRow(EndButton(End.CANCEL, job.job_id, job.owner_id)))
    elif all(picture.sha256 for picture in job.inputs):
        rows.append(discord.ui.ActionRow(VariationButton(Variation.RETRY, job.job_id)))
    return Card(layout(*rows, accent=STOPPED if isinstance(stage, Stopped) else WORKING), files)


def ended_card(job: Job) -> Card:
    """How a job ended that has no card of its own any more: where its painting is, or why there is none."""
    match job.state:
        case JobState.FAILED:
            return job_card(job, Stopped("Not painted", job.problem or SOMETHING_WENT_WRONG), Thumbnails())
        case JobState.CANCELED:
            return job_card(job, Stopped("Canceled", job.problem or "This painting was canceled."), Thumbnails())
        case JobState.DELETED:
            text = "This painting was deleted."
        case _:
            text = "This painting is done."
            if job.message_id is not None:
                guild_id = None if job.message_channel_id else job.guild_id
                url = message_url(guild_id, job.message_channel_id or job.channel_id, job.message_id)
                text = f"This painting is done: {url}"
    return Card(layout(discord.ui.TextDisplay(f"-# {describe(job)}\n{text}"), accent=STOPPED))


def forgotten_job_card() -> Card:
    """Stands for a job that is not known any more."""
    return Card(layout(discord.ui.TextDisplay("Atelier no longer knows this painting."), accent=STOPPED))


def captions(job: Job, thumbnails: Thumbnails, *, content: list[str], style: list[str]) -> list[Item]:
    """Lines of text, some next to the content and some next to the style."""
    return [
        _next_to(thumbnails.content, content, alt=content_alt(job), is_spoiler=job.is_spoiler),
        _next_to(thumbnails.style, style, alt=style_alt(job), is_spoiler=job.is_spoiler),
    ]


def describe(job: Job) -> str:
    """What was asked for, in one line."""
    return " · ".join((*describe_options(job.options), f"for <@{job.owner_id}>"))


def describe_options(options: PaintingOptions) -> tuple[str, ...]:
    """The recipe's title, the size, and what the member chose differently from the recipe, in words."""
    try:
        recipe = options.recipe()
    except RecipeError:  # the recipes have changed since: the job fails for that, and its card says so
        return (options.recipe_name,)
    strength = [] if recipe.style_strength == 1 else [f"style strength {recipe.style_strength:.2g}"]
    return (recipe.title, f"{recipe.longest_side_px} px", *strength, *["colors kept"] * recipe.keep_colors)


def origin(job: Job) -> list[str]:
    """What a variation varies, as one line with a link to it; nothing for a painting of its own."""
    if job.variation is None:
        return []
    varied = "painting" if job.variation is not Variation.RETRY else "request"
    what = f"[this {varied}]({job.origin_url})" if job.origin_url else f"an earlier {varied}"
    return [f"-# {VARIED[job.variation]} {what}"]


def duration(seconds: float) -> str:
    """Seconds as people say them: `14 s`, `2 min 05 s`."""
    whole = math.ceil(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02d} s"


def _next_to(thumbnail: Thumbnail | None, lines: list[str], *, alt: str, is_spoiler: bool) -> Item:
    if thumbnail is None:
        return discord.ui.TextDisplay("\n".join(lines))
    small = discord.ui.Thumbnail[discord.ui.LayoutView](thumbnail.url, description=alt, spoiler=is_spoiler)
    return discord.ui.Section("\n".join(lines), accessory=small)


def _place(stage: Waiting) -> str:
    place = "You are next." if stage.position == 1 else f"Number {stage.position} in the queue."
    return place if stage.starts is None else f"{place}\n-# Starts {stage.starts}."


def _progress(stage: Painting) -> str:
    if not stage.steps:
        return "Setting up the canvas …"
    if stage.is_finishing:
        return f"{'▰' * BAR_CELLS}\nFinishing …"
    done = stage.step / stage.steps
    filled = int(done * BAR_CELLS)
    line = f"{'▰' * filled}{'▱' * (BAR_CELLS - filled)} **{int(done * 100)} %**"
    if stage.seconds_left is None:
        return line
    return f"{line}\nabout {duration(max(stage.seconds_left, 1))} left"
