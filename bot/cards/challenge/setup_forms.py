"""The forms of a challenge's draft, and the card that offers to fill one in again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

import discord

from bot.cards.buttons import button
from bot.cards.card import DANGER, MAX_OPTION_LENGTH, layout
from bot.cards.challenge.buttons import CHALLENGE, PREFIX
from bot.challenges.challenge import MAX_THEME_LENGTH, MAX_TITLE_LENGTH
from bot.challenges.series import Series
from bot.gallery.names import MAX_NAME_LENGTH
from bot.gallery.style import Style
from bot.words import Words
from bot.words.styles import style_title
from bot.words.text import shortened

MAX_TIME_LENGTH = 100
MAX_THEMES_LENGTH = 4000
"""What Discord allows in one field."""
MAX_MENU_STYLES = 25
AGAIN = ":again"
"""Ends the ID of a form that was opened again: the message that it comes from says what was wrong."""
_NEW = "0" * 32


class Purpose(StrEnum):
    """What the form of a challenge's texts and times is for."""

    NEW = "new"
    LIKE = "like"
    """A new challenge with the rules of an earlier one."""
    EDIT = "edit"


TEXTS_FORM_PATTERN = f"{PREFIX}:texts:(?P<purpose>{'|'.join(Purpose)}):{CHALLENGE}(?P<again>{AGAIN})?"
THEMES_FORM_PATTERN = f"{PREFIX}:themes:{CHALLENGE}(?P<again>{AGAIN})?"
SERIES_FORM_PATTERN = f"{PREFIX}:series:(?P<series_id>[0-9a-f]{{32}}):(?P<next_theme>[0-9]{{1,6}})(?P<again>{AGAIN})?"
STYLE_FORM_PATTERN = f"{PREFIX}:style:{CHALLENGE}(?P<again>{AGAIN})?"
CONTENT_FORM_PATTERN = f"{PREFIX}:content:{CHALLENGE}"
RETRY_PATTERN = f"{PREFIX}:retry:(?P<key>[0-9]{{1,20}}-[0-9a-f]{{32}})"


def texts_form_id(purpose: Purpose, challenge_id: str | None = None) -> str:
    """The ID of the form for a new challenge, or about that one."""
    return f"{PREFIX}:texts:{purpose}:{challenge_id or _NEW}"


def themes_form_id(challenge_id: str) -> str:
    """The ID of the form for the themes of a series."""
    return f"{PREFIX}:themes:{challenge_id}"


def series_form_id(series: Series) -> str:
    """The ID of the form for what is still to come of a series."""
    return f"{PREFIX}:series:{series.series_id}:{series.next_theme}"


def style_form_id(challenge_id: str) -> str:
    """The ID of the form for the style of all entries."""
    return f"{PREFIX}:style:{challenge_id}"


def texts_form(custom_id: str, texts: Mapping[str, str], *, zone: str, words: Words) -> discord.ui.Modal:
    """The form for a challenge's title, theme and times, filled in. `zone` names the time zone of the times."""
    form = discord.ui.Modal(title=words("form-challenge-title"), custom_id=custom_id)
    form.add_item(_line("title", words("field-challenge-title"), texts, max_length=MAX_TITLE_LENGTH))
    form.add_item(
        _line(
            "theme",
            words("field-challenge-theme"),
            texts,
            max_length=MAX_THEME_LENGTH,
            description=words("field-challenge-theme-description"),
            style=discord.TextStyle.paragraph,
        )
    )
    for field, label in (
        ("opens", words("field-challenge-opens")),
        ("closes", words("field-challenge-closes")),
        ("ends", words("field-challenge-ends")),
    ):
        is_first = field == "opens"
        described = words("field-challenge-times-description", zone=zone) if is_first else None
        line = _line(field, label, texts, max_length=MAX_TIME_LENGTH, description=described, required=not is_first)
        form.add_item(line)
    return form


def themes_form(custom_id: str, texts: Mapping[str, str], words: Words) -> discord.ui.Modal:
    """The form for the themes of the weeks that follow."""
    form = discord.ui.Modal(title=words("form-themes-title"), custom_id=custom_id)
    form.add_item(_themes(texts, words))
    return form


def series_form(custom_id: str, texts: Mapping[str, str], words: Words) -> discord.ui.Modal:
    """The form for the title of a series, and the themes that are still to come."""
    form = discord.ui.Modal(title=words("form-themes-title"), custom_id=custom_id)
    form.add_item(_line("title", words("field-challenge-title"), texts, max_length=MAX_TITLE_LENGTH))
    form.add_item(_themes(texts, words))
    return form


def fixed_style_form(
    custom_id: str, texts: Mapping[str, str], styles: Sequence[Style], words: Words
) -> discord.ui.Modal:
    """The form for the style of all entries: one of the gallery from a menu or by its name, or a picture."""
    form = discord.ui.Modal(title=words("form-fixed-style-title"), custom_id=custom_id)
    if styles:
        options = [
            discord.SelectOption(label=shortened(style_title(style, words), MAX_OPTION_LENGTH), value=style.style_id)
            for style in styles[:MAX_MENU_STYLES]
        ]
        menu = discord.ui.Select[Any](custom_id="style", options=options, required=False, min_values=0)
        form.add_item(discord.ui.Label(text=words("field-fixed-style-menu"), component=menu))
    form.add_item(
        _line(
            "name",
            words("field-fixed-style-name"),
            texts,
            max_length=MAX_NAME_LENGTH,
            required=False,
        )
    )
    form.add_item(_upload("picture", words("field-fixed-style-picture"), required=False))
    return form


def fixed_content_form(challenge_id: str, words: Words) -> discord.ui.Modal:
    """The form for the content picture of all entries."""
    form = discord.ui.Modal(title=words("form-fixed-content-title"), custom_id=f"{PREFIX}:content:{challenge_id}")
    form.add_item(_upload("picture", words("field-fixed-content-picture"), required=True))
    return form


def retry_card(sentence: str, key: str, words: Words) -> discord.ui.LayoutView:
    """Say what is wrong with what was written, and offer to change it."""
    retry = button(f"{PREFIX}:retry:{key}", words("button-try-again"), style=discord.ButtonStyle.primary)
    return layout(discord.ui.TextDisplay(sentence), discord.ui.ActionRow(retry), accent=DANGER)


def _themes(texts: Mapping[str, str], words: Words) -> discord.ui.Label[Any]:
    return _line(
        "themes",
        words("field-themes"),
        texts,
        max_length=MAX_THEMES_LENGTH,
        description=words("field-themes-description"),
        style=discord.TextStyle.paragraph,
    )


def _line(
    field: str,
    label: str,
    texts: Mapping[str, str],
    *,
    max_length: int,
    description: str | None = None,
    style: discord.TextStyle = discord.TextStyle.short,
    required: bool = True,
) -> discord.ui.Label[Any]:
    written = discord.ui.TextInput[Any](
        custom_id=field,
        style=style,
        default=texts.get(field, "")[:max_length] or None,
        required=required,
        max_length=max_length,
    )
    return discord.ui.Label(text=label, description=description, component=written)


def _upload(field: str, label: str, *, required: bool) -> discord.ui.Label[Any]:
    upload = discord.ui.FileUpload[Any](
        custom_id=field, required=required, min_values=1 if required else 0, max_values=1
    )
    return discord.ui.Label(text=label, component=upload)
