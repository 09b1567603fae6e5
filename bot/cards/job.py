"""The job card: what a painting's message shows until the painting is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import zip_longest
from mimetypes import guess_type

import discord
from discord.utils import escape_markdown, escape_mentions

from bot.cards.alt_texts import content_alt, preview_alt, style_alt
from bot.cards.buttons import OwnerAction, owner_button, variation_button
from bot.cards.card import ACCENT, QUIET, Item, layout, note, picture
from bot.cards.challenge.entry_buttons import entry_variation_button
from bot.cards.changes import COLORS_KEYS, START_KEYS, describe_changes
from bot.messages.card import Card, CardFile
from bot.painting.job import Colors, Job, JobKind, JobState, PaintingOptions, Start, Variation
from bot.painting.progress import Canceling, CardState, Ended, Fetching, Painting, Restarting, Waiting
from bot.painting.thumbnails import Thumbnail, Thumbnails
from bot.sources.names import plain_name
from bot.words import Words
from bot.words.recipes import RecipeTitle
from stylizer.pool import RecipeError

BAR_CELLS = 10
"""More of them wrap on a phone."""

ORIGIN_KEYS: Mapping[Variation, tuple[str, str]] = {
    Variation.AGAIN: ("origin-again", "origin-again-earlier"),
    Variation.STRONGER: ("origin-stronger", "origin-stronger-earlier"),
    Variation.WEAKER: ("origin-weaker", "origin-weaker-earlier"),
    Variation.HD: ("origin-hd", "origin-hd-earlier"),
    Variation.SWAP: ("origin-swap", "origin-swap-earlier"),
    Variation.COLORS: ("origin-colors", "origin-colors-earlier"),
    Variation.MORE_STEPS: ("origin-more-steps", "origin-more-steps-earlier"),
    Variation.EDIT: ("origin-edit", "origin-edit-earlier"),
    Variation.RETRY: ("origin-retry", "origin-retry-earlier"),
    Variation.CHOICE: ("origin-choice", "origin-choice-earlier"),
    Variation.MORE: ("origin-more", "origin-more-earlier"),
    Variation.NEW_BOARD: ("origin-new-board", "origin-new-board-earlier"),
    Variation.LIKE: ("origin-like", "origin-like"),
}
"""The line that names the painting a variation is based on: with a link, and without."""


def job_card(job: Job, state: CardState, thumbnails: Thumbnails, words: Words) -> Card:
    """The card of a job in this state."""
    content = [f"### {_title(job, state, words)}", f"-# {describe(job, words)}", *origin(job, words)]
    rows = captions(job, thumbnails, content=content, style=[_line(state, words)], words=words)
    files = thumbnails.files
    if isinstance(state, Painting) and state.preview is not None:
        name = f"preview-{state.preview_number:02d}.jpg"
        preview = CardFile.of(name, state.preview, is_spoiler=job.is_spoiler)
        rows.append(picture(preview, alt=preview_alt(job, words)))
        files += (preview,)
    if not isinstance(state, (Canceling, Ended)):
        rows.append(discord.ui.ActionRow(owner_button(OwnerAction.CANCEL, job.job_id, job.owner_id, words)))
    elif isinstance(state, Ended) and job.styles and all(picture.sha256 for picture in job.inputs):
        if job.challenge_id is None:
            retry = variation_button(Variation.RETRY, job.job_id, words)
        else:
            retry = entry_variation_button(Variation.RETRY, job, words)
        rows.append(discord.ui.ActionRow(retry))
    return Card(layout(*rows, accent=QUIET if isinstance(state, Ended) else ACCENT), files)


def ended_card(job: Job, words: Words) -> Card:
    """The card of a job that has ended already: where its painting is, or why there is none."""
    match job.state:
        case JobState.FAILED | JobState.CANCELED:
            return job_card(job, Ended(job.state, job.problem), Thumbnails(), words)
        case JobState.DELETED:
            text = words("card-deleted")
        case _:
            text = words("card-done") if job.url is None else words("card-done-link", url=job.url)
    return Card(note(f"-# {describe(job, words)}\n{text}"))


def forgotten_job_card(words: Words) -> Card:
    """The card of a job that the bot no longer knows."""
    return Card(note(words("card-forgotten")))


def captions(job: Job, thumbnails: Thumbnails, *, content: list[str], style: list[str], words: Words) -> list[Item]:
    """Lines of text, some next to the content and some next to the style.

    Each style of a blend has a line of its own, so there all of the others are next to the content.
    """
    if job.is_blend:
        content, lines = [*content, *style], [[line] for line in blend_lines(job, words)]
    else:
        lines = [style]
    return [
        _next_to(thumbnails.content, content, alt=content_alt(job, words), is_spoiler=job.is_spoiler),
        *(
            _next_to(small, text, alt="" if source is None else style_alt(source, words), is_spoiler=job.is_spoiler)
            for small, text, source in zip_longest(thumbnails.styles, lines, job.styles[: len(lines)])
        ),
    ]


def blend_lines(job: Job, words: Words) -> list[str]:
    """What is blended: `**70%** Amber`, and a line for every other style.

    Under a mask, equal shares aren't said: each style may have a color of its own there, and none of them a share.
    """
    names = [
        escape_markdown(escape_mentions(plain_name(style.name) or words("board-unnamed-style"))) for style in job.styles
    ]
    if job.mask is not None and len(set(job.shares)) == 1:
        return names
    return [f"**{words.percent(round(100 * share))}** {name}" for share, name in zip(job.shares, names, strict=True)]


def describe(job: Job, words: Words) -> str:
    """A request in one line. A board's options are those of what is painted large from it, so they aren't shown."""
    options = () if job.kind is JobKind.BOARD else (*describe_painting(job, words), *gallery_style(job, words))
    return " · ".join((*options, words("request-owner", owner_id=job.owner_id)))


def describe_painting(job: Job, words: Words) -> tuple[str, ...]:
    """What `describe_options` says, unless no face was found to spare, and whether only a part is painted."""
    found_none = job.spared_faces == 0
    options = describe_options(replace(job.options, spare_faces=False) if found_none else job.options, words)
    return options if job.mask is None else (*options, words("request-mask"))


def gallery_style(job: Job, words: Words) -> tuple[str, ...]:
    """`in the style of Night wind`, if the only style has a name of its own. Names of files say little."""
    names = [] if job.is_blend else [plain_name(style.name) for style in job.styles]
    return tuple(
        words("request-style", name=escape_markdown(escape_mentions(name)))
        for name in names
        if name and (guess_type(name)[0] or "").partition("/")[0] != "image"
    )


def describe_options(options: PaintingOptions, words: Words) -> tuple[str, ...]:
    """The recipe's title, the size, and what the member chose differently from the recipe."""
    try:
        recipe = options.recipe()
    except RecipeError:  # the recipe has been removed or changed: the job fails, and its card says why
        return (options.recipe_name,)
    parts = [
        RecipeTitle(recipe).in_words(words),
        words("size", longest_side_px=recipe.longest_side_px),
    ]
    strength, strokes, _ = describe_variation(options, words)
    if options.style_strength != 1:
        parts.append(strength)
    if options.stroke_size != 1:
        parts.append(strokes)
    if (colors := Colors(recipe.colors)) is not Colors.STYLE:
        parts.append(words(COLORS_KEYS[colors]))
    if options.start is not Start.CONTENT:
        parts.append(words(START_KEYS[options.start]))
    if options.spare_faces:
        parts.append(words("request-spare-faces"))
    return tuple(parts)


def describe_variation(options: PaintingOptions, words: Words) -> tuple[str, str, str]:
    """What the paintings of a board can differ in: style strength, stroke size and seed."""
    return (
        words("request-strength", strength=float(f"{options.style_strength:.2g}")),
        words("request-strokes", size=float(f"{options.stroke_size:.2g}")),
        words("result-seed", seed=str(options.seed)),
    )


def origin(job: Job, words: Words) -> list[str]:
    """The line that names the painting a variation is based on, with a link if there is one; else nothing."""
    if job.variation is None:
        return []
    linked, earlier = ORIGIN_KEYS[job.variation]
    details: dict[str, object] = {} if job.origin_number is None else {"number": job.origin_number}
    if job.variation is Variation.EDIT:
        details["changes"] = "" if job.before is None else describe_changes(job, job.before, words)
    return [f"-# {words(linked, url=job.origin_url, **details) if job.origin_url else words(earlier, **details)}"]


def _next_to(thumbnail: Thumbnail | None, lines: list[str], *, alt: str, is_spoiler: bool) -> Item:
    if thumbnail is None:
        return discord.ui.TextDisplay("\n".join(lines))
    small = discord.ui.Thumbnail[discord.ui.LayoutView](thumbnail.url, description=alt, spoiler=is_spoiler)
    return discord.ui.Section("\n".join(lines), accessory=small)


def _title(job: Job, state: CardState, words: Words) -> str:
    match state:
        case Fetching():
            return words("card-fetching-title")
        case Waiting():
            return words("card-waiting-title")
        case Painting():
            return words("card-board-title" if job.kind is JobKind.BOARD else "card-painting-title")
        case Restarting():
            return words("card-restarting-title")
        case Canceling():
            return words("card-canceling-title")
        case Ended():
            return words("card-canceled-title" if state.outcome is JobState.CANCELED else "card-failed-title")


def _line(state: CardState, words: Words) -> str:
    match state:
        case Fetching():
            return words("card-fetching")
        case Waiting():
            return _place(state, words)
        case Painting():
            return _progress(state, words)
        case Restarting():
            return words("card-restarting")
        case Canceling():
            return words("card-canceling")
        case Ended():
            is_canceled = state.outcome is JobState.CANCELED
            return state.reason or words("card-canceled" if is_canceled else "something-went-wrong")


def _place(state: Waiting, words: Words) -> str:
    is_next = state.position == 1
    place = words("card-waiting-next") if is_next else words("card-waiting-place", position=state.position)
    times = [] if state.starts is None else [words("card-waiting-starts", starts=state.starts)]
    if state.takes_seconds is not None:
        times.append(words("card-takes", takes_seconds=state.takes_seconds))
    return f"{place}\n-# {' '.join(times)}" if times else place


def _progress(state: Painting, words: Words) -> str:
    if not state.steps:
        setup = words("card-painting-setup")
        if state.seconds_left is None:
            return setup
        return f"{setup}\n-# {words('card-takes', takes_seconds=state.seconds_left)}"
    if state.is_finishing:
        return f"{'▰' * BAR_CELLS}\n{words('card-painting-finishing')}"
    done = state.step / state.steps
    filled = int(done * BAR_CELLS)
    line = f"{'▰' * filled}{'▱' * (BAR_CELLS - filled)} **{words.percent(int(done * 100))}**"
    if state.seconds_left is None:
        return line
    return f"{line}\n{words('card-painting-left', left_seconds=max(state.seconds_left, 1))}"
