"""The form with which a member enters a challenge: what isn't the same for all, or a painting they have already."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from bot.cards.card import MAX_OPTION_LENGTH
from bot.cards.challenge.buttons import PREFIX
from bot.cards.forms import MAX_FORM_TITLE_LENGTH, MAX_OPTIONS, menu_field, recipe_options, upload_field
from bot.cards.job import describe_options
from bot.challenges.challenge import Challenge
from bot.gallery.style import Style
from bot.painting.job import Job
from bot.sources.names import plain_name
from bot.words import Words
from bot.words.styles import style_title
from bot.words.text import shortened

MAX_HISTORY = MAX_OPTIONS
MAX_STYLES = MAX_OPTIONS


def enter_form(
    challenge: Challenge, *, styles: Sequence[Style], history: Sequence[Job], recipe: str, words: Words
) -> discord.ui.Modal | None:
    """The form; None if there is nothing to fill in.

    `styles` are those of the gallery to choose from, `history` the member's paintings that follow the rules, newest
    first, and `recipe` the one that is chosen already.
    """
    title = shortened(words("form-enter-title", title=challenge.title), MAX_FORM_TITLE_LENGTH)
    form = discord.ui.Modal(title=title, custom_id=f"{PREFIX}:entry:{challenge.challenge_id}")
    is_required = not history
    if challenge.fixed_picture("content") is None:
        text, description = words("field-content"), words("field-content-description")
        form.add_item(upload_field("content", text, description, required=is_required))
    if challenge.fixed_picture("style") is None:
        form.add_item(upload_field("style", words("field-style"), words("field-style-description"), required=False))
        if styles:
            text, description = words("field-gallery-style"), words("field-gallery-style-description")
            form.add_item(menu_field("gallery", text, description, _styles(styles, words)))
    if challenge.recipe_name is None:
        text, description = words("field-recipe"), words("field-recipe-description")
        form.add_item(menu_field("recipe", text, description, recipe_options(recipe, words)))
    if history:
        text, description = words("field-history"), words("field-history-description")
        form.add_item(menu_field("history", text, description, [_painting(job, words) for job in history]))
    return form if form.children else None


def _styles(styles: Sequence[Style], words: Words) -> list[discord.SelectOption]:
    return [
        discord.SelectOption(label=shortened(style_title(style, words), MAX_OPTION_LENGTH), value=style.style_id)
        for style in styles
    ]


def _painting(job: Job, words: Words) -> discord.SelectOption:
    """A painting by its date and its pictures; its recipe below."""
    names = [name for picture in job.inputs if (name := plain_name(picture.name)) is not None]
    parts = (f"{job.created_at:%Y-%m-%d %H:%M}", " + ".join(names))
    return discord.SelectOption(
        label=shortened(" · ".join(part for part in parts if part), MAX_OPTION_LENGTH),
        value=job.job_id,
        description=shortened(" · ".join(describe_options(job.options, words)), MAX_OPTION_LENGTH),
    )
