"""Handles presses under boards: a number, "More like…" and "New board"."""

from __future__ import annotations

import re
from typing import Any, Self

import discord

from bot.cards.board import CHOICE_PATTERN, MORE_PATTERN, NEW_BOARD_PATTERN
from bot.commands.answers import answering_presses
from bot.commands.interaction import AtelierInteraction
from bot.commands.requests import vary
from bot.commands.style_option import titles_in, visitor_of
from bot.errors import PaintingForgotten
from bot.painting.job import Variation
from bot.words import words_of

_Button = discord.ui.Button[Any]


class ChoiceButton(discord.ui.DynamicItem[_Button], template=CHOICE_PATTERN):
    """Paints one of a board's paintings large, for the member who presses it."""

    def __init__(self, button: _Button, match: re.Match[str]) -> None:
        super().__init__(button)
        self._job_id = match["job_id"]
        self._number = int(match["number"])

    @classmethod
    async def from_custom_id(cls, _interaction: Any, item: Any, match: re.Match[str], /) -> Self:
        """The button that was pressed."""
        return cls(item, match)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Accept the large painting as a new job."""
        pressed: AtelierInteraction = interaction
        async with answering_presses(pressed):
            await vary(pressed, self._job_id, Variation.CHOICE, number=self._number)


class MoreSelect(discord.ui.DynamicItem[discord.ui.Select[Any]], template=MORE_PATTERN):
    """Makes a board of paintings like one of a board's, for the member who chooses it."""

    def __init__(self, select: discord.ui.Select[Any], match: re.Match[str]) -> None:
        super().__init__(select)
        self._job_id = match["job_id"]

    @classmethod
    async def from_custom_id(cls, _interaction: Any, item: Any, match: re.Match[str], /) -> Self:
        """The menu that was used."""
        return cls(item, match)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Accept the board as a new job."""
        pressed: AtelierInteraction = interaction
        async with answering_presses(pressed):
            [number] = self.item.values
            await vary(pressed, self._job_id, Variation.MORE, number=int(number))


class NewBoardButton(discord.ui.DynamicItem[_Button], template=NEW_BOARD_PATTERN):
    """Makes a board of other styles, for the member who presses it."""

    def __init__(self, button: _Button, match: re.Match[str]) -> None:
        super().__init__(button)
        self._job_id = match["job_id"]

    @classmethod
    async def from_custom_id(cls, _interaction: Any, item: Any, match: re.Match[str], /) -> Self:
        """The button that was pressed."""
        return cls(item, match)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Accept the board as a new job."""
        pressed: AtelierInteraction = interaction
        async with answering_presses(pressed):
            studio = pressed.client.studio
            board = await studio.records.get(self._job_id)
            if board is None:
                raise PaintingForgotten
            styles = await studio.gallery.sample(
                len(board.cells),
                visitor_of(pressed),
                titles_in(words_of(pressed)),
                without={style.name for style in board.styles if style.name is not None},
            )
            await vary(pressed, self._job_id, Variation.NEW_BOARD, styles=tuple(styles))


BOARD_COMPONENTS = (ChoiceButton, MoreSelect, NewBoardButton)
