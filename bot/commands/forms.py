"""Forms that come back filled in: their ids say what they are for, before and after a restart alike."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

import discord

from bot.commands.answers import answering_presses
from bot.commands.interaction import AtelierInteraction
from bot.errors import FormOutdated
from bot.sources.picture import SentPicture


class Filled:
    """What a member has filled into a form. A field that the form doesn't have is empty."""

    def __init__(self, data: Any) -> None:
        """Read the data of the interaction that brought the form back."""
        self._fields = {field["custom_id"]: field for field in _fields(data.get("components", []))}
        self._attachments = data.get("resolved", {}).get("attachments", {})

    def text(self, field: str) -> str:
        """What was written."""
        return str(self._fields.get(field, {}).get("value") or "")

    def choice(self, field: str) -> str | None:
        """What was chosen, where anything was."""
        values = self._fields.get(field, {}).get("values") or []
        return str(values[0]) if values else None

    def picture(self, field: str) -> SentPicture | None:
        """What was uploaded, where anything was."""
        uploaded = self._attachments.get(self.choice(field) or "")
        return None if uploaded is None else SentPicture.uploaded(uploaded)


class Form:
    """What happens when a form comes back."""

    template: ClassVar[re.Pattern[str]]
    """Matches the ids of these forms."""

    @classmethod
    async def submit(cls, interaction: AtelierInteraction, match: re.Match[str], filled: Filled) -> None:
        """Do what the form is for. Errors of our own become the answer."""
        raise NotImplementedError


async def show_form(interaction: AtelierInteraction, form: discord.ui.Modal) -> None:
    """Answer an interaction with a form.

    discord.py would keep it in memory, and forget it in a restart. It isn't given the form to keep: each comes back
    through `submit_form`.
    """
    form.stop()  # discord.py keeps what has not ended
    await interaction.response.send_modal(form)


async def submit_form(interaction: AtelierInteraction, forms: Iterable[type[Form]]) -> None:
    """Hand a form that came back to its class, or say that there is none any more."""
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
