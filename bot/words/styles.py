"""Styles as members read them: the shipped ones in every language, others by the name that they were given."""

from __future__ import annotations

from bot.gallery.style import Scope, Style
from bot.words.words import ENGLISH, Words


def style_title(style: Style, words: Words) -> str:
    """`Ink wash`, or a member's own name for a style, as it was written.

    The bot's host may have replaced a shipped style: a title that isn't the shipped one stays as it is.
    """
    key = f"style-title-{style.style_id.replace('_', '-')}"
    if style.scope is Scope.BUILT_IN and ENGLISH.has(key) and ENGLISH(key) == style.name:
        return words(key)
    return style.name
