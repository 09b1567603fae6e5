"""The simulated members who take part in the demo's challenge."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.demo.samples import ENTRIES_DIR

ORGANIZER = "Mia"


@dataclass(frozen=True, slots=True)
class Player:
    """A simulated member, and what they enter."""

    name: str
    avatar: str
    """The sample that serves as their avatar."""
    style: str
    """The style of their entry."""
    appeal: float
    """How much voters like it on average: see `cast_votes`."""

    @property
    def entry(self) -> Path:
        """Their painting."""
        return ENTRIES_DIR / f"chelsea-{self.style}.jpg"


PLAYERS = (
    Player("Ayşe", "batik", "golden_tree", -0.2),
    Player("Kofi", "marbled_paper", "woodcut_waves", 3.0),
    Player("Priya", "palette_knife", "glass_suns", 1.5),
    Player("Mateusz", "low_poly", "neon_city", -1.5),
    Player("Haruto", "paper_cut", "ink_mountains", -1.5),
    Player("Lucía", "cubist_planes", "pastel_meadow", -0.2),
    Player("Amina", "agate", "mosaic_shore", -0.2),
    Player("Leilani", "halftone_comic", "night_wind", 1.5),
)
"""One clear favorite; each of the others is liked as well as one or two more, so they share places."""
VISITOR_APPEAL = 0.0
"""Of what the visitor enters, whatever it is."""
