"""The card from which a member chooses the style of their painting.

The custom IDs hold all a press needs; `bot/commands/chooser.py` handles the presses.
"""

from __future__ import annotations

from typing import Any

import discord
from discord.utils import escape_markdown, escape_mentions

from bot.cards.buttons import JOB, OwnerAction, button, owner_button
from bot.cards.card import ACCENT, MAX_OPTION_LENGTH, Item, layout, picture, rows
from bot.cards.job import describe
from bot.cards.styles import SCOPE_KEYS
from bot.gallery.names import MAX_NAME_LENGTH
from bot.gallery.style import STYLE_ID_PATTERN, Style
from bot.messages.card import Card
from bot.painting.chooser import StylePage
from bot.painting.job import Job
from bot.words import Words
from bot.words.styles import style_title
from bot.words.text import shortened

PREFIX = "atelier:choose"
STYLE_PATTERN = f"{PREFIX}:style:{JOB}:(?P<style_id>{STYLE_ID_PATTERN})"
MENU_PATTERN = f"{PREFIX}:menu:{JOB}"
PAGE_PATTERN = f"{PREFIX}:page:{JOB}:(?P<number>[0-9]{{1,6}})"
SURPRISE_PATTERN = f"{PREFIX}:surprise:{JOB}"
NAME_PATTERN = f"{PREFIX}:name:{JOB}"
NAME_FORM_PATTERN = f"{PREFIX}:named:{JOB}"


def chooser_card(job: Job, page: StylePage, words: Words) -> Card:
    """The card that asks for the style of a painting."""
    heading = [f"### {words('chooser-title')}", words("chooser-hint"), f"-# {describe(job, words)}"]
    view = layout(
        discord.ui.TextDisplay("\n".join(heading)),
        picture(page.sheet, alt=words("alt-chooser", number=len(page.styles))),
        discord.ui.TextDisplay("\n".join(_names(page, words))),
        *_number_rows(job, page),
        discord.ui.ActionRow(_menu(job, page, words)),
        *_page_row(job, page, words),
        discord.ui.ActionRow(
            button(f"{PREFIX}:name:{job.job_id}", words("button-style-name")),
            button(f"{PREFIX}:surprise:{job.job_id}", words("button-surprise")),
            owner_button(OwnerAction.CANCEL, job.job_id, job.owner_id, words),
        ),
        accent=ACCENT,
    )
    return Card(view, (page.sheet,))


def name_form(job: Job, words: Words) -> discord.ui.Modal:
    """The form that asks for the name of any style, such as a member's own, which the card may not show."""
    form = discord.ui.Modal(title=words("chooser-title"), custom_id=f"{PREFIX}:named:{job.job_id}")
    name = discord.ui.TextInput[Any](custom_id="name", max_length=MAX_NAME_LENGTH)
    description = words("field-style-name-description")
    form.add_item(discord.ui.Label(text=words("field-style-name"), description=description, component=name))
    return form


def _names(page: StylePage, words: Words) -> list[str]:
    titles = (style_title(style, words) for style in page.styles)
    return [
        f"-# **{number}** {escape_markdown(escape_mentions(title))}" for number, title in enumerate(titles, start=1)
    ]


def _number_rows(job: Job, page: StylePage) -> list[Item]:
    buttons = [
        button(f"{PREFIX}:style:{job.job_id}:{style.style_id}", str(number))
        for number, style in enumerate(page.styles, start=1)
    ]
    return rows(buttons)


def _menu(job: Job, page: StylePage, words: Words) -> Item:
    numbers = {style.style_id: number for number, style in enumerate(page.styles, start=1)}
    options = [
        discord.SelectOption(
            label=_label(style, numbers.get(style.style_id), words),
            value=style.style_id,
            description=words(SCOPE_KEYS[style.scope]),
        )
        for style in page.listed
    ]
    return discord.ui.Select[Any](
        custom_id=f"{PREFIX}:menu:{job.job_id}", placeholder=words("select-chooser"), options=options
    )


def _label(style: Style, number: int | None, words: Words) -> str:
    title = style_title(style, words)
    return shortened(title if number is None else f"{number}. {title}", MAX_OPTION_LENGTH)


def _page_row(job: Job, page: StylePage, words: Words) -> list[Item]:
    """The buttons that turn pages, and between them which page this is; none for a single page."""
    if page.pages == 1:
        return []
    numbers = (page.number - 1, page.number + 1)
    back, forward = (
        discord.ui.Button[discord.ui.LayoutView](
            label=label,
            custom_id=f"{PREFIX}:page:{job.job_id}:{max(number, 0)}",
            disabled=not 0 <= number < page.pages,
        )
        for number, label in zip(numbers, (words("button-previous"), words("button-next")), strict=True)
    )
    here = discord.ui.Button[discord.ui.LayoutView](
        label=words("styles-page", page=page.number + 1, pages=page.pages), custom_id=f"{PREFIX}:here", disabled=True
    )
    return [discord.ui.ActionRow(back, here, forward)]
