"""`/challenge`: everything about style challenges."""

from __future__ import annotations

from bot.commands.challenge.group import challenge
from bot.commands.controls import Control
from bot.commands.forms import Form

CONTROLS: tuple[type[Control], ...] = ()
"""The buttons and menus of every card of a challenge."""
FORMS: tuple[type[Form], ...] = ()

__all__ = ["CONTROLS", "FORMS", "challenge"]
