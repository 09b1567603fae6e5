"""Handles submitted forms. Their custom IDs say what they are for, so forms survive restarts."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

import discord

from bot.commands.answers import answering_presses
from bot.commands.interaction import AtelierInteraction
from bot.errors import FormOutdated
from bot.sources.picture import SentPicture


class Filled:
    """What a member filled in. A field that the form doesn't have is empty."""

    def __init__(self, data: Any) -> None:
        """Read the data of the interaction that submits the form."""
        self._fields = {field["custom_id"]: field for field in _fields(data.get("components", []))}
        self._attachments = data.get("resolved", {}).get("attachments", {})

    def text(self, field: str) -> str:
        """What was written."""
        return str(self._fields.get(field, {}).get("value") or "")

    def choice(self, field: str) -> str | None:
        """What was chosen, if anything."""
        values = self._fields.get(field, {}).get("values") or []
        return str(values[0]) if values else None

    def picture(self, field: str) -> SentPicture | None:
        """What was uploaded, if anything."""
        uploaded = self._attachments.get(self.choice(field) or "")
        return None if uploaded is None else SentPicture.uploaded(uploaded)


class Form:
    """Handles submissions of one kind of form."""

    template: ClassVar[re.Pattern[str]]
    """Matches the ids of these forms."""

    @classmethod
    @abstractmethod
    async def submit(cls, interaction: AtelierInteraction, match: re.Match[str], filled: Filled) -> None:
        """Do what the form is for. The bot's own errors become the answer."""


async def show_form(interaction: AtelierInteraction, form: discord.ui.Modal) -> None:
    """Answer an interaction with a form.

    discord.py would keep it in memory, and lose it in a restart. So it is made to forget the form at once:
    submissions are handled by `submit_form`.
    """
    form.stop()  # discord.py keeps only forms that haven't stopped
    await interaction.response.send_modal(form)


async def submit_form(interaction: AtelierInteraction, forms: Iterable[type[Form]]) -> None:
    """Pass a submitted form to its class, or say that the form is outdated."""
    data: Any = interaction.data or {}
    async with answering_presses(interaction):
        for form in forms:
            if match := form.template.fullmatch(data.get("custom_id", "")):
                await form.submit(interaction, match, Filled(data))
                return
        raise FormOutdated


def _fields(components: Iterable[Any]) -> Iterator[Any]:
    """Every field, within labels and rows too."""
    for component in components:
        if "custom_id" in component:
            yield component
        inner = component.get("component")
        yield from _fields([*component.get("components", []), *([] if inner is None else [inner])])
