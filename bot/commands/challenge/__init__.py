"""`/challenge`: everything about style challenges."""

from __future__ import annotations

from bot.commands.challenge.decide import DECIDING
from bot.commands.challenge.enter import EnterButton, EnterForm
from bot.commands.challenge.export import ExportButton
from bot.commands.challenge.group import challenge
from bot.commands.challenge.leaderboard import LeadersButton
from bot.commands.challenge.made import MADE, LikeForm
from bot.commands.challenge.mine import MINE
from bot.commands.challenge.results import RESULTS
from bot.commands.challenge.review import REVIEWING, RejectForm
from bot.commands.challenge.submit import SUBMITTING
from bot.commands.controls import Control
from bot.commands.forms import Form

CONTROLS: tuple[type[Control], ...] = (
    EnterButton,
    *MINE,
    *SUBMITTING,
    *REVIEWING,
    *MADE,
    *RESULTS,
    *DECIDING,
    LeadersButton,
    ExportButton,
)
"""The buttons and menus of every card of a challenge."""
FORMS: tuple[type[Form], ...] = (EnterForm, RejectForm, LikeForm)

__all__ = ["CONTROLS", "FORMS", "challenge"]
