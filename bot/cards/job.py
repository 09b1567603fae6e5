"""The job card: what a painting's message shows until the painting is done."""

from __future__ import annotations

import math
from collections.abc import Mapping

import discord

from bot.cards.card import Item, layout, picture
from bot.cards.names import content_alt, preview_alt, style_alt
from bot.commands.buttons import End, EndButton, VariationButton
from bot.errors import SOMETHING_WENT_WRONG
from bot.messages.address import message_url
from bot.messages.card import Card, CardFile
from bot.painting.job import Job, JobState, PaintingOptions, Variation
from bot.painting.progress import CardState, Ended, Fetching, Painting, Restarting, Waiting
from bot.painting.thumbnails import Thumbnail, Thumbnails
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


def job_card(job: Job, state: CardState, thumbnails: Thumbnails) -> Card:
    """The card of a job in this state."""
    match state:
        case Fetching():
            title, line = "Getting ready", "Downloading your pictures …"
        case Waiting():
            title, line = "In the queue", _place(state)
        case Painting():
            title, line = "Painting", _progress(state)
        case Restarting():
            title, line = "Restarting", "Your painting resumes automatically."
        case Ended():
            title, line = _end(state)
    rows = captions(job, thumbnails, content=[f"### {title}", f"-# {describe(job)}", *origin(job)], style=[line])
    files = thumbnails.files
    if isinstance(state, Painting) and state.preview is not None:
        name = f"preview-{state.preview_number:02d}.jpg"
        preview = CardFile.of(name, state.preview, is_spoiler=job.is_spoiler)
        rows.append(picture(preview, alt=preview_alt(job)))
        files += (preview,)
    if not isinstance(state, Ended):
        rows.append(discord.ui.ActionRow(EndButton(End.CANCEL, job.job_id, job.owner_id)))
    elif all(picture.sha256 for picture in job.inputs):
        rows.append(discord.ui.ActionRow(VariationButton(Variation.RETRY, job.job_id)))
    return Card(layout(*rows, accent=STOPPED if isinstance(state, Ended) else WORKING), files)


def ended_card(job: Job) -> Card:
    """How a job ended that has no card of its own any more: where its painting is, or why there is none."""
    match job.state:
        case JobState.FAILED | JobState.CANCELED:
            return job_card(job, Ended(job.state, job.problem), Thumbnails())
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


def _end(state: Ended) -> tuple[str, str]:
    if state.outcome is JobState.CANCELED:
        return "Canceled", state.reason or "This painting was canceled."
    return "Not painted", state.reason or SOMETHING_WENT_WRONG


def _place(state: Waiting) -> str:
    place = "You are next." if state.position == 1 else f"Number {state.position} in the queue."
    return place if state.starts is None else f"{place}\n-# Starts {state.starts}."


def _progress(state: Painting) -> str:
    if not state.steps:
        return "Setting up the canvas …"
    if state.is_finishing:
        return f"{'▰' * BAR_CELLS}\nFinishing …"
    done = state.step / state.steps
    filled = int(done * BAR_CELLS)
    line = f"{'▰' * filled}{'▱' * (BAR_CELLS - filled)} **{int(done * 100)} %**"
    if state.seconds_left is None:
        return line
    return f"{line}\nabout {duration(max(state.seconds_left, 1))} left"
