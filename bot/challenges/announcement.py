"""What the card of a challenge says about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.challenges.challenge import Challenge
from bot.messages.card import CardFile
from bot.painting.job import InputRole


@dataclass(frozen=True, slots=True)
class Announcement:
    """A challenge as everybody may see it by now."""

    challenge: Challenge
    entries: int
    """How many take part. Everything else about them is hidden until the end."""
    pictures: Mapping[InputRole, CardFile] = field(default_factory=dict)
    """Small pictures of what is the same for all, as far as they are there."""
