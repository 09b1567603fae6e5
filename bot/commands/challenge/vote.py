"""Vote: duels and favorites, which each voter sees alone."""

from __future__ import annotations

import re
from abc import abstractmethod
from dataclasses import dataclass, replace
from datetime import datetime

import discord

from bot.cards.challenge.buttons import VOTE_PATTERN
from bot.cards.challenge.duel import (
    DUEL_PATTERN,
    DUELS_DONE_PATTERN,
    duel_card,
    duels_done_card,
    no_duel_card,
    voting_closed_card,
)
from bot.cards.challenge.favorites import (
    FAVORITE_PATTERN,
    FAVORITES_PATTERN,
    FIRST_PAGE,
    VOTES,
    entries_of_page,
    favorites_card,
    votes_card,
)
from bot.challenges.ballot import Cast
from bot.challenges.challenge import Voting
from bot.challenges.duel import Outcome
from bot.challenges.eligibility import Applicant
from bot.challenges.pictures import shown_paintings, small_paintings
from bot.challenges.voting import BlindVoting, DuelTurn, FavoritesTurn
from bot.commands.answers import acknowledge
from bot.commands.cards import show_card
from bot.commands.controls import Control
from bot.commands.interaction import AtelierInteraction
from bot.errors import ChallengeOver, VotingClosed
from bot.messages.card import Card
from bot.words import sentence_for, words_of


@dataclass(frozen=True, slots=True)
class _Press:
    """A press of a button that concerns a vote, at the time when it was received."""

    voting: BlindVoting
    challenge_id: str
    applicant: Applicant
    now: datetime


class VoteButton(Control, template=VOTE_PATTERN):
    """Begins to vote, or goes on where the voter stopped."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        press = _press(interaction, self._match)
        if interaction.message is not None and interaction.message.flags.ephemeral:  # on a card of their own
            await acknowledge(interaction)
        else:
            await acknowledge(interaction, thinking=True, ephemeral=True)
        challenge = await press.voting.admit(press.challenge_id, press.applicant, now=press.now)
        if challenge.voting is Voting.DUELS:
            turn = await press.voting.next_duel(press.challenge_id, press.applicant, now=press.now)
            await _show_duel(interaction, turn)
        else:
            favorites = await press.voting.favorites(press.challenge_id, press.applicant, now=press.now)
            await _show_favorites(interaction, favorites, FIRST_PAGE)


class _VoterControl(Control, template="atelier:challenge:voter"):
    """A button on a voter's own card, which says so if voting is over."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        press = _press(interaction, self._match)
        await acknowledge(interaction)
        try:
            await self._vote(interaction, press)
        except (VotingClosed, ChallengeOver) as closed:
            await show_card(interaction, voting_closed_card(sentence_for(closed, words_of(interaction))))

    @abstractmethod
    async def _vote(self, interaction: AtelierInteraction, press: _Press) -> None:
        """Do what the button is for."""


class DuelButton(_VoterControl, template=DUEL_PATTERN):
    """Answers a duel, and shows the next one."""

    async def _vote(self, interaction: AtelierInteraction, press: _Press) -> None:
        duel_id, outcome = self._match["duel_id"], Outcome(self._match["outcome"])
        turn = await press.voting.answer(press.challenge_id, duel_id, outcome, press.applicant, now=press.now)
        notice = None if turn.is_counted else words_of(interaction)("duel-already-answered")
        await _show_duel(interaction, turn, notice=notice)


class DuelsDoneButton(_VoterControl, template=DUELS_DONE_PATTERN):
    """Ends the voter's duels for now."""

    async def _vote(self, interaction: AtelierInteraction, press: _Press) -> None:
        turn = await press.voting.next_duel(press.challenge_id, press.applicant, now=press.now)
        await show_card(interaction, duels_done_card(turn.challenge, words_of(interaction), answered=turn.answered))


class FavoriteButton(_VoterControl, template=FAVORITE_PATTERN):
    """Gives an entry a vote, or takes it back. Pressed again, it changes nothing."""

    async def _vote(self, interaction: AtelierInteraction, press: _Press) -> None:
        number, page, words = int(self._match["number"]), self._match["page"], words_of(interaction)
        change = press.voting.vote if self._match["state"] == "on" else press.voting.take_back
        turn = await change(press.challenge_id, number, press.applicant, now=press.now)
        if turn.cast is Cast.LIMIT:
            await _show_favorites(interaction, turn, VOTES, notice=words("favorites-limit", number=number))
            return
        is_there = any(entry.number == number for entry in turn.entries)
        await _show_favorites(interaction, turn, page, notice=None if is_there else words("favorite-gone"))


class FavoritesPageButton(_VoterControl, template=FAVORITES_PATTERN):
    """Turns to another page, or to the list of the voter's votes."""

    async def _vote(self, interaction: AtelierInteraction, press: _Press) -> None:
        turn = await press.voting.favorites(press.challenge_id, press.applicant, now=press.now)
        await _show_favorites(interaction, turn, self._match["page"])


VOTE_CONTROLS = (VoteButton, DuelButton, DuelsDoneButton, FavoriteButton, FavoritesPageButton)
"""The buttons of a challenge that is being voted on, and of voters' own cards."""


def _press(interaction: AtelierInteraction, match: re.Match[str]) -> _Press:
    voting, user = interaction.client.studio.voting, interaction.user
    applicant = Applicant(user.id, interaction.guild_id, user.created_at, joined_at=None, is_bot=user.bot)
    if isinstance(user, discord.Member):
        role_ids = frozenset(role.id for role in user.roles)
        applicant = replace(applicant, joined_at=user.joined_at, role_ids=role_ids)
    return _Press(voting, match["challenge_id"], applicant, voting.now())


async def _show_duel(interaction: AtelierInteraction, turn: DuelTurn, *, notice: str | None = None) -> None:
    words, pair = words_of(interaction), turn.pair
    if pair is None:
        await show_card(interaction, no_duel_card(turn, words))
        return
    studio = interaction.client.studio
    jobs = await studio.voting.jobs_of(turn.challenge.challenge_id, (pair.left, pair.right))
    # A client may keep a picture for its name, so the names of two pairs differ.
    named = [
        (f"left-{pair.number}", jobs.get(pair.left.job_id)),
        (f"right-{pair.number}", jobs.get(pair.right.job_id)),
    ]
    with studio.pictures.store.lease() as lease:
        limit_bytes = interaction.filesize_limit
        paintings = await shown_paintings(studio.pictures.store, named, lease, limit_bytes=limit_bytes)
        await _show(interaction, duel_card(turn, pair, paintings, words, notice=notice))


async def _show_favorites(
    interaction: AtelierInteraction, turn: FavoritesTurn, page: str, *, notice: str | None = None
) -> None:
    words, store = words_of(interaction), interaction.client.studio.pictures.store
    is_list = page == VOTES and bool(turn.votes)
    if is_list:
        entries = tuple(entry for entry in turn.entries if entry.number in turn.votes)
    else:
        entries = entries_of_page(turn, _page_number(page))
    jobs = await interaction.client.studio.voting.jobs_of(turn.challenge.challenge_id, entries)
    prefix = "small-entry" if is_list else "entry"
    named = [(f"{prefix}-{entry.number}", jobs.get(entry.job_id)) for entry in entries]
    with store.lease() as lease:
        if is_list:
            paintings = await small_paintings(store, named, lease)
        else:
            paintings = await shown_paintings(store, named, lease, limit_bytes=interaction.filesize_limit)
        shown = {entry.number or 0: painting for entry, painting in zip(entries, paintings, strict=True)}
        if is_list:
            card = votes_card(turn, shown, words, notice=notice)
        else:
            card = favorites_card(turn, _page_number(page), shown, words, notice=notice)
        await _show(interaction, card)


def _page_number(page: str) -> int:
    """Where a page is, from 0; the first one if a voter has taken back all votes of the list."""
    return 0 if page == VOTES else int(page)


async def _show(interaction: AtelierInteraction, card: Card) -> None:
    """Show the card in place of what the answer showed before, and send only the files that aren't there yet."""
    message = interaction.message
    is_own = message is not None and message.flags.ephemeral
    there = message.attachments if message is not None and is_own else ()
    await show_card(interaction, card, kept={attachment.filename: attachment for attachment in there})
