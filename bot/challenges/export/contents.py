"""What an export contains, before it is written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.challenges.challenge import Challenge
from bot.challenges.entry import Entry
from bot.painting.job import Job

WINNER_GIF = "winner.gif"
DATA, BALLOTS, PAGE, README = "challenge.json", "ballots.json", "index.html", "README.txt"


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A file of an export."""

    name: str
    """Its path within the ZIP."""
    source: bytes | Path
    """A file on disk is copied in pieces."""
    size_bytes: int
    """Of a text, once it is compressed."""
    width_px: int | None = None
    """Of a picture, if known, like `height_px`."""
    height_px: int | None = None


@dataclass(frozen=True, slots=True)
class ExportedEntry:
    """An entry with its member's name."""

    entry: Entry
    job: Job
    name: str
    """What its member is called on the server."""
    painting: ExportedFile | None
    """None if its file is gone."""


@dataclass(frozen=True, slots=True)
class Export:
    """A challenge that has ended."""

    challenge: Challenge
    entries: tuple[ExportedEntry, ...]
    """The best first."""
    timelapse: ExportedFile | None = None
    ballots: bytes | None = None
    """None if there was no vote."""
