"""What a painting and a moment must be like for an entry."""

from __future__ import annotations

from datetime import datetime

from bot.challenges.challenge import Challenge, Phase
from bot.errors import EntriesClosed, EntriesNotOpen, PaintingUnfit
from bot.painting.job import Job, JobKind


def check_open(phase: Phase, opens_at: datetime, closes_at: datetime, *, now: datetime) -> None:
    """Check that a challenge accepts entries at this moment. Raises `EntriesNotOpen` and `EntriesClosed`."""
    if phase is Phase.SCHEDULED:
        raise EntriesNotOpen(opens_at)
    if phase is not Phase.OPEN or now >= closes_at:
        raise EntriesClosed


def check_fits(challenge: Challenge, job: Job) -> None:
    """Check that a painting is painted as a challenge wants it. Raises `PaintingUnfit`."""
    if job.kind is not JobKind.PAINTING or job.result("painting") is None:
        raise PaintingUnfit("kind")
    for fixed in challenge.fixed:
        if [picture.sha256 for picture in job.inputs if picture.role == fixed.role] != [fixed.sha256]:
            raise PaintingUnfit("content" if fixed.role == "content" else "style")
    if challenge.recipe_name not in {None, job.options.recipe_name}:
        raise PaintingUnfit("recipe")
