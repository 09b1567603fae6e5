"""Gives the winners of challenges their role."""

from __future__ import annotations

from functools import partial

import structlog

from bot.challenges.notices import Notices
from bot.challenges.outcome import winners_of
from bot.challenges.presenter import ChallengePresenter
from bot.errors import RoleNotGiven
from bot.servers.roles import MemberRoles
from bot.storage.challenges import ChallengeRecords
from bot.storage.due import DueEntry
from bot.storage.entries import EntryRecords

log = structlog.get_logger()

REWARD = "challenge-reward"
"""The kind of entries in the schedule whose key is a challenge: its winners get their role."""


class Winners:
    """Gives everybody with a first place the role of winners, or tells the organizer why that isn't possible."""

    def __init__(
        self,
        *,
        challenges: ChallengeRecords,
        entries: EntryRecords,
        roles: MemberRoles,
        notices: Notices,
        presenter: ChallengePresenter,
    ) -> None:
        self._challenges = challenges
        self._entries = entries
        self._roles = roles
        self._notices = notices
        self._presenter = presenter

    async def reward(self, due: DueEntry) -> None:
        """Give the role to the winners of the challenge that is due."""
        challenge = await self._challenges.get(due.key)
        if challenge is None or challenge.winner_role_id is None or not challenge.is_revealed:
            return
        entries = await self._entries.of_challenge(challenge.challenge_id)
        winners = {entry.member_id for entry in winners_of(challenge, entries)}
        try:
            for member_id in sorted(winners):
                await self._roles.give(challenge.guild_id, challenge.winner_role_id, member_id)
        except RoleNotGiven as error:
            await self._notices.send(
                challenge,
                challenge.organizer_id,
                partial(self._presenter.role_problem, challenge, error),
                about="reward",
            )
            log.info("challenge.role_not_given", challenge=challenge.challenge_id, problem=error.why.value)
