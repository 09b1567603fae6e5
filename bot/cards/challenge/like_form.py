"""The form that paints a member's own picture as an entry was painted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import discord

from bot.cards.challenge.buttons import PREFIX
from bot.cards.edit_form import option_fields, style_field
from bot.cards.forms import upload_field
from bot.gallery.style import Style
from bot.painting.job import Job
from bot.storage.servers import ServerSettings
from bot.words import Words


def like_form(
    challenge_id: str, number: int, job: Job, styles: Sequence[Style], settings: ServerSettings, words: Words
) -> discord.ui.Modal:
    """The form for a picture, with everything else filled in; `styles` are those to choose from instead."""
    form = discord.ui.Modal(title=words("form-stylize-title"), custom_id=f"{PREFIX}:liked:{challenge_id}:{number}")
    form.add_item(upload_field("content", words("field-content"), words("field-content-description")))
    unmasked = replace(job, inputs=tuple(picture for picture in job.inputs if picture.role != "mask"))
    for field in option_fields(unmasked, settings, words):
        form.add_item(field)
    form.add_item(style_field(unmasked, styles, words))
    return form
