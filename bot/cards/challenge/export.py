"""What organizers read with the export of a challenge."""

from __future__ import annotations

from bot.challenges.challenge import Challenge
from bot.challenges.export.exports import SMALLER_PX, MadeExport
from bot.words import Words
from bot.words.values import Escaped


def exported_text(challenge: Challenge, made: MadeExport, words: Words) -> str:
    """What is in the export, and what was done so that it can be sent."""
    lines = [words("export-done", title=Escaped(challenge.title))]
    if made.is_smaller:
        lines.append(words("export-smaller", largest_px=SMALLER_PX))
    if len(made.parts) > 1:
        lines.append(words("export-parts", count=len(made.parts)))
    return "\n".join(lines)
