"""`/challenge`: everything about style challenges."""

from __future__ import annotations

from bot.commands.challenge.end import CancelForm, EndButton, KeepButton, cancel, end_now
from bot.commands.challenge.extend import ExtendButton, extend
from bot.commands.challenge.group import challenge
from bot.commands.challenge.list import ChallengePageButton, list_challenges
from bot.commands.challenge.show import ChallengeSelect, MoveButton, show
from bot.commands.challenge.vote import VOTE_CONTROLS
from bot.commands.controls import Control
from bot.commands.forms import Form

challenge.add_command(list_challenges)
challenge.add_command(show)
challenge.add_command(extend)
challenge.add_command(end_now)
challenge.add_command(cancel)

CONTROLS: tuple[type[Control], ...] = (
    ChallengePageButton,
    ChallengeSelect,
    MoveButton,
    ExtendButton,
    EndButton,
    KeepButton,
    *VOTE_CONTROLS,
)
"""The buttons and menus of every card of a challenge."""
FORMS: tuple[type[Form], ...] = (CancelForm,)

__all__ = ["CONTROLS", "FORMS", "challenge"]
