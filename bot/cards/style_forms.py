"""The forms of the gallery: save a picture as a style, and rename a style."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord

from bot.cards.buttons import JOB
from bot.cards.card import MAX_OPTION_LENGTH
from bot.gallery.names import MAX_CREDITS_LENGTH, MAX_NAME_LENGTH
from bot.gallery.style import STYLE_ID_PATTERN, Scope, Style
from bot.words import Words
from bot.words.text import shortened

SAVE_FORM_PREFIX = "atelier:save"
SAVE_FORM_PATTERN = f"{SAVE_FORM_PREFIX}:(?P<key>.+)"
SAVE_OF_JOB_PREFIX = "atelier:save-of"
SAVE_OF_JOB_PATTERN = f"{SAVE_OF_JOB_PREFIX}:{JOB}"
RENAME_FORM_PREFIX = "atelier:rename-style"
RENAME_FORM_PATTERN = f"{RENAME_FORM_PREFIX}:(?P<style_id>{STYLE_ID_PATTERN})"


def save_form(
    custom_id: str, pictures: Sequence[tuple[str, str]], *, name: str, on_server: bool, words: Words
) -> discord.ui.Modal:
    """The form that saves a picture as a style, with a name to begin with.

    `pictures` are the names and keys of the pictures to choose from; a single one needs no choice.
    """
    form = discord.ui.Modal(title=words("form-save-style-title"), custom_id=custom_id)
    if len(pictures) > 1:
        options = [
            discord.SelectOption(label=shortened(label, MAX_OPTION_LENGTH), value=key, default=number == 0)
            for number, (label, key) in enumerate(pictures)
        ]
        which = discord.ui.Select[Any](custom_id="which", options=options, required=False, min_values=0)
        form.add_item(discord.ui.Label(text=words("field-save-which"), component=which))
    form.add_item(_name_field(name, words))
    credit = discord.ui.TextInput[Any](custom_id="credits", required=False, max_length=MAX_CREDITS_LENGTH)
    description = words("field-style-credits-description")
    form.add_item(discord.ui.Label(text=words("field-style-credits"), description=description, component=credit))
    if on_server:
        places = [
            discord.SelectOption(label=words("choice-where-shelf"), value=Scope.SHELF, default=True),
            discord.SelectOption(label=words("choice-where-server"), value=Scope.SERVER),
        ]
        where = discord.ui.Select[Any](custom_id="where", options=places, required=False, min_values=0)
        form.add_item(discord.ui.Label(text=words("field-style-where"), component=where))
    return form


def rename_form(style: Style, words: Words) -> discord.ui.Modal:
    """The form that renames a style."""
    custom_id = f"{RENAME_FORM_PREFIX}:{style.style_id}"
    form = discord.ui.Modal(title=words("form-rename-style-title"), custom_id=custom_id)
    form.add_item(_name_field(style.name, words))
    return form


def _name_field(name: str, words: Words) -> discord.ui.Label[Any]:
    written = discord.ui.TextInput[Any](custom_id="name", default=name or None, max_length=MAX_NAME_LENGTH)
    return discord.ui.Label(text=words("field-style-name"), component=written)
