"""Entries with their paintings, as cards show them."""

from __future__ import annotations

from dataclasses import dataclass

from bot.challenges.challenge import Challenge
from bot.challenges.entry import Entry
from bot.messages.card import CardFile
from bot.painting.job import Job


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """An entry with the job that painted it."""

    entry: Entry
    job: Job
    painting: CardFile | None
    """None if its file is gone."""


@dataclass(frozen=True, slots=True)
class EntriesPage:
    """Some entries of a challenge, by number."""

    challenge: Challenge
    entries: tuple[ShownEntry, ...]
