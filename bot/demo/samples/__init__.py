"""Pictures to try Atelier with: photographs, styles of the gallery, and paintings of both.

`CREDITS.md` says whose they are, and how the paintings were made.
"""

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
ENTRIES_DIR = SAMPLES_DIR / "entries"
HISTORY_DIR = SAMPLES_DIR / "history"
STYLES_DIR = Path(__file__).parents[2] / "gallery" / "pictures"


def sample(name: str) -> tuple[str, bytes]:
    """Return the file name and the JPEG of a sample, as for an attachment."""
    filename = f"{name}.jpg"
    if name in PHOTOGRAPHS:
        return filename, (SAMPLES_DIR / filename).read_bytes()
    styles = sorted(path.stem for path in STYLES_DIR.glob("*.jpg"))
    if name in styles:
        return filename, (STYLES_DIR / filename).read_bytes()
    raise ValueError(f"There is no sample {name!r}. Choose one of: {', '.join([*PHOTOGRAPHS, *styles])}.")
