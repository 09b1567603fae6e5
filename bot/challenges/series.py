"""A series: a challenge that comes again every week, with the next theme of a list."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from bot.challenges.challenge import MAX_THEME_LENGTH
from bot.errors import NoThemes, ThemeTooLong, TooManyThemes

MAX_THEMES = 52
"""A year of weeks."""
MAX_RUNNING_SERIES = 5
"""On one server: `/challenge settings` lists them on one card."""
WEEK_DAYS = 7


@dataclass(frozen=True, slots=True)
class Series:
    """The themes of the challenges that follow the first one."""

    guild_id: int
    organizer_id: int
    themes: tuple[str, ...]
    """In their order, without the theme of the first challenge."""
    series_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    every_days: int = WEEK_DAYS
    next_theme: int = 0
    """Which theme comes next, from 0."""
    is_active: bool = False
    """Whether another challenge will be announced: not before the first one is, nor once the series is stopped."""
    title: str | None = None
    """What its next challenges are called; None leaves it at the title of the first one."""

    @property
    def themes_left(self) -> tuple[str, ...]:
        """The themes that are still to come."""
        return self.themes[self.next_theme :]


def read_themes(written: str) -> tuple[str, ...]:
    """The themes of a list, one a line. Raises `NoThemes`, `TooManyThemes` and `ThemeTooLong`."""
    themes = tuple(line.strip() for line in written.splitlines() if line.strip())
    if not themes:
        raise NoThemes
    if len(themes) > MAX_THEMES:
        raise TooManyThemes(len(themes), MAX_THEMES)
    for number, theme in enumerate(themes, start=1):
        if len(theme) > MAX_THEME_LENGTH:
            raise ThemeTooLong(number, len(theme), MAX_THEME_LENGTH)
    return themes
