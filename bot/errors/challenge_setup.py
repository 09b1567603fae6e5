"""Refusals while an organizer sets up a challenge."""

from __future__ import annotations

from typing import Literal

from bot.errors.refusals import Refusal
from bot.words.values import Permissions


class DraftGone(Refusal):
    """A challenge that isn't a draft any more."""


class DraftTextGone(Refusal):
    """What was written in a form, and isn't kept any more."""


class ChallengeTextMissing(Refusal):
    """A title or a theme of nothing but spaces."""

    text: Literal["title", "theme"]

    @property
    def key(self) -> str:
        """By what is missing."""
        return f"challenge-text-missing-{self.text}"

    def sentence_fields(self) -> dict[str, object]:
        """Nothing else."""
        return {}


class NoThemes(Refusal):
    """A list of themes without any."""


class TooManyThemes(Refusal):
    count: int
    limit: int


class ThemeTooLong(Refusal):
    number: int
    """Which line of the list it is, from 1."""
    length: int
    limit: int


class TooManySeries(Refusal):
    """A server that has enough series running."""

    limit: int


class SeriesStopped(Refusal):
    """A series that was stopped, or whose last challenge was announced."""


class SeriesMovedOn(Refusal):
    """A list of themes that begins with one that was announced in the meantime."""


class OneStyleNeeded(Refusal):
    """A form with a style's name and a picture, or with neither."""


class NoUpload(Refusal):
    """A form without the picture that it is for."""


class ChannelNotYours(Refusal):
    """A channel where the organizer can't post, so the bot doesn't for them."""

    channel_id: int


class RoleForWinners(Refusal):
    """A role that can't be given to winners."""

    role_id: int
    why: Literal["bot", "managed", "member"]
    """The bot can't give it; nobody can; the member who chose it couldn't."""

    @property
    def key(self) -> str:
        """By the reason."""
        return f"role-for-winners-{self.why}"

    def sentence_fields(self) -> dict[str, object]:
        """The role."""
        return {"role_id": self.role_id}


class RoleForVoters(Refusal):
    """A role that no member has, so that nobody could vote."""

    role_id: int
    why: Literal["bot", "gone"]
    """Only a bot has it; it was deleted."""

    @property
    def key(self) -> str:
        """By the reason."""
        return f"role-for-voters-{self.why}"

    def sentence_fields(self) -> dict[str, object]:
        """The role, as far as it exists."""
        return {} if self.why == "gone" else {"role_id": self.role_id}


class ChannelNeedsPermissions(Refusal):
    """A channel where the bot lacks permissions that a challenge needs."""

    channel_id: int
    permissions: tuple[str, ...]

    def sentence_fields(self) -> dict[str, object]:
        """The channel, and what is missing there."""
        return {"channel_id": self.channel_id, "permissions": Permissions(self.permissions)}
