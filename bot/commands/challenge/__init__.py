"""`/challenge`: everything about style challenges."""

from __future__ import annotations

from bot.commands.challenge.create import TextsForm, create
from bot.commands.challenge.decide import DECIDING
from bot.commands.challenge.end import CancelForm, EndButton, KeepButton, cancel, end_now
from bot.commands.challenge.enter import EnterButton, EnterForm, enter
from bot.commands.challenge.export import ExportButton, export
from bot.commands.challenge.extend import ExtendButton, extend
from bot.commands.challenge.group import challenge
from bot.commands.challenge.leaderboard import LeadersButton, leaderboard
from bot.commands.challenge.list import ChallengePageButton, list_challenges
from bot.commands.challenge.made import MADE, LikeForm
from bot.commands.challenge.mine import MINE
from bot.commands.challenge.results import RESULTS
from bot.commands.challenge.retry import RetryButton
from bot.commands.challenge.review import REVIEWING, RejectForm, review
from bot.commands.challenge.settings import SETTINGS_CONTROLS, SeriesForm, settings
from bot.commands.challenge.setup import SETUP_CONTROLS, SETUP_FORMS
from bot.commands.challenge.show import ChallengeSelect, MoveButton, show
from bot.commands.challenge.submit import SUBMITTING
from bot.commands.challenge.vote import VOTE_CONTROLS
from bot.commands.controls import Control
from bot.commands.forms import Form

challenge.add_command(create)
challenge.add_command(enter)
challenge.add_command(review)
challenge.add_command(list_challenges)
challenge.add_command(show)
challenge.add_command(extend)
challenge.add_command(end_now)
challenge.add_command(cancel)
challenge.add_command(leaderboard)
challenge.add_command(export)
challenge.add_command(settings)

CONTROLS: tuple[type[Control], ...] = (
    RetryButton,
    *SETUP_CONTROLS,
    *SETTINGS_CONTROLS,
    EnterButton,
    *MINE,
    *SUBMITTING,
    *REVIEWING,
    *MADE,
    *RESULTS,
    *DECIDING,
    LeadersButton,
    ExportButton,
    ChallengePageButton,
    ChallengeSelect,
    MoveButton,
    ExtendButton,
    EndButton,
    KeepButton,
    *VOTE_CONTROLS,
)
"""The buttons and menus of every card of a challenge."""
FORMS: tuple[type[Form], ...] = (TextsForm, *SETUP_FORMS, SeriesForm, EnterForm, RejectForm, LikeForm, CancelForm)

__all__ = ["CONTROLS", "FORMS", "challenge"]
