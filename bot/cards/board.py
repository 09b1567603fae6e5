"""The board: a sheet of small paintings with numbers, and what can be done with each."""

from __future__ import annotations

from typing import Any

import discord
from discord.utils import escape_markdown, escape_mentions

from bot.cards.alt_texts import board_alt
from bot.cards.buttons import JOB, OwnerAction, button, owner_button
from bot.cards.card import DONE, Item, layout, picture, rows
from bot.cards.job import describe_variation, origin
from bot.messages.card import Card, CardFile
from bot.painting.job import Job
from bot.sources.names import plain_name
from bot.words import Words

CHOICE_PATTERN = f"atelier:choice:{JOB}:(?P<number>[1-9])"
MORE_PATTERN = f"atelier:more:{JOB}"
NEW_BOARD_PATTERN = f"atelier:new_board:{JOB}"


def board_card(job: Job, sheet: CardFile, words: Words) -> Card:
    """The card of a painted board."""
    view = layout(
        discord.ui.TextDisplay("\n".join(_heading(job, words))),
        picture(sheet, alt=board_alt(job, words)),
        discord.ui.TextDisplay("\n".join(cell_names(job, words))),
        *choice_rows(job, words),
        discord.ui.ActionRow(
            *new_board_buttons(job, words), owner_button(OwnerAction.DELETE, job.job_id, job.owner_id, words)
        ),
        accent=DONE,
    )
    return Card(view, (sheet,))


def choice_rows(job: Job, words: Words) -> list[Item]:
    """What chooses among the paintings of a board: a button for each, and a menu for more like one of them."""
    return [*_number_rows(job), discord.ui.ActionRow(_more_select(job, words))]


def new_board_buttons(job: Job, words: Words) -> list[Item]:
    """A button for other styles, if the board shows styles."""
    if len(job.styles) == 1:
        return []
    return [button(f"atelier:new_board:{job.job_id}", words("button-new-board"))]


def _heading(job: Job, words: Words) -> list[str]:
    owner = words("request-owner", owner_id=job.owner_id)
    return [f"### {words('board-title')}", words("board-hint"), f"-# {owner}", *origin(job, words)]


def cell_names(job: Job, words: Words) -> list[str]:
    """A line for each cell that says what is different about it."""
    names = _style_names(job, words) if len(job.styles) > 1 else _differences(job, words)
    return [f"-# **{number}** {name}" for number, name in enumerate(names, start=1)]


def _style_names(job: Job, words: Words) -> list[str]:
    names = [plain_name(job.styles[cell.style_position].name) for cell in job.cells]
    return [escape_markdown(escape_mentions(name)) if name else words("board-unnamed-style") for name in names]


def _differences(job: Job, words: Words) -> list[str]:
    sayings = [describe_variation(cell.options, words) for cell in job.cells]
    differing = [part for part in zip(*sayings, strict=True) if len(set(part)) > 1]
    return [" · ".join(parts) for parts in zip(*differing, strict=True)]


def _number_rows(job: Job) -> list[Item]:
    numbers = range(1, len(job.cells) + 1)
    buttons = [button(f"atelier:choice:{job.job_id}:{number}", str(number)) for number in numbers]
    return rows(buttons)


def _more_select(job: Job, words: Words) -> Item:
    options = [
        discord.SelectOption(label=words("board-more-like", number=number), value=str(number))
        for number in range(1, len(job.cells) + 1)
    ]
    return discord.ui.Select[Any](
        custom_id=f"atelier:more:{job.job_id}", placeholder=words("board-more-placeholder"), options=options
    )
