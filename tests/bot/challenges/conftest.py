"""Fixtures for style challenges: a studio, and the calendar that it goes by."""

from __future__ import annotations

import pytest

from tests.bot.challenges.making import Calendar
from tests.bot.conftest import OpenStudio, Studio


@pytest.fixture
def calendar() -> Calendar:
    """The time by which challenges change; tests let it pass."""
    return Calendar()


@pytest.fixture
async def studio(open_studio: OpenStudio, calendar: Calendar) -> Studio:
    """A studio that goes by the calendar."""
    return await calendar.open(open_studio)
