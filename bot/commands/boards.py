"""Handles presses under boards: a number, "More like…" and "New board"."""

from __future__ import annotations

from bot.cards.board import CHOICE_PATTERN, MORE_PATTERN, NEW_BOARD_PATTERN
from bot.commands.controls import Control
from bot.commands.interaction import AtelierInteraction
from bot.commands.requests import vary
from bot.commands.style_option import shows_own_styles, titles_in, visitor_of
from bot.errors import PaintingForgotten
from bot.painting.job import Variation
from bot.words import Words


class ChoiceButton(Control, template=CHOICE_PATTERN):
    """Paints one of a board's paintings large, for the member who presses it."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        await vary(interaction, self._match["job_id"], Variation.CHOICE, number=int(self._match["number"]))


class MoreSelect(Control, template=MORE_PATTERN):
    """Makes a board of paintings like one of a board's, for the member who chooses it."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        [number] = self.item.values
        await vary(interaction, self._match["job_id"], Variation.MORE, number=int(number))


class NewBoardButton(Control, template=NEW_BOARD_PATTERN):
    """Makes a board of other styles, for the member who presses it."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        studio = interaction.client.studio
        board = await studio.records.get(self._match["job_id"])
        if board is None:
            raise PaintingForgotten
        styles = await studio.gallery.sample(
            len(board.cells),
            visitor_of(interaction),
            titles_in(Words.of(board.locale)),  # the language in which the board names its styles
            with_own=shows_own_styles(interaction),
            without={style.name for style in board.styles if style.name is not None},
        )
        await vary(interaction, self._match["job_id"], Variation.NEW_BOARD, styles=tuple(styles))


BOARD_COMPONENTS = (ChoiceButton, MoreSelect, NewBoardButton)
