"""Refusals about challenges."""

from __future__ import annotations

from bot.errors.refusals import Refusal


class NotAnOrganizer(Refusal):
    """Somebody who may not organize challenges here."""


class NotAnEntryModerator(Refusal):
    """Somebody who may not decide about the entries of a challenge."""
