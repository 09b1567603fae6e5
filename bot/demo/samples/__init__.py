"""Pictures to try Atelier with: three photographs, and four styles of the gallery. `CREDITS.md` says whose they are."""

from __future__ import annotations

from pathlib import Path

PHOTOGRAPHS = ("chelsea", "coffee", "astronaut")
STYLES = ("night_wind", "glass_suns", "ink_garden", "pastel_meadow")
"""Samples in the order in which they are used: each photograph meets each style before a pair is repeated."""
BOARD_PHOTOGRAPH = "chelsea"
BOARD_STYLES = (
    "Night wind",
    "Stained glass suns",
    "Woodcut waves",
    "Mosaic shore",
    "Pastel meadow",
    "Golden tree",
    "Neon city",
    "Palette knife harbor",
    "Ink wash mountains",
)
"""The titles of the styles on the first board, in its order."""
SAMPLES_DIR = Path(__file__).parent
STYLES_DIR = Path(__file__).parents[2] / "gallery" / "pictures"


def sample(name: str) -> tuple[str, bytes]:
    """Return the file name and the JPEG of a sample, as for an attachment."""
    filename = f"{name}.jpg"
    if name in PHOTOGRAPHS:
        return filename, (SAMPLES_DIR / filename).read_bytes()
    if name in STYLES:
        return filename, (STYLES_DIR / filename).read_bytes()
    raise ValueError(f"There is no sample {name!r}. Choose one of: {', '.join(PHOTOGRAPHS + STYLES)}.")
