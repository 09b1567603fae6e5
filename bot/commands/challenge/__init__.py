"""`/challenge`: everything about style challenges."""

from __future__ import annotations

from bot.commands.challenge.group import challenge
from bot.commands.challenge.vote import VOTE_CONTROLS
from bot.commands.controls import Control
from bot.commands.forms import Form

CONTROLS: tuple[type[Control], ...] = (*VOTE_CONTROLS,)
"""The buttons and menus of every card of a challenge."""
FORMS: tuple[type[Form], ...] = ()

__all__ = ["CONTROLS", "FORMS", "challenge"]
