"""Pictures to try Atelier with: three photographs and four styles. `CREDITS.md` says whose they are."""

from __future__ import annotations

from importlib import resources

PHOTOGRAPHS = ("astronaut", "chelsea", "coffee")
STYLES = ("night_wind", "glass_suns", "pastel_meadow", "ink_garden")


def sample(name: str) -> tuple[str, bytes]:
    """Return the file name and the JPEG of a sample, as for an attachment."""
    if name not in PHOTOGRAPHS + STYLES:
        raise ValueError(f"There is no sample {name!r}. Choose one of: {', '.join(PHOTOGRAPHS + STYLES)}.")
    filename = f"{name}.jpg"
    return filename, resources.files(__package__).joinpath(filename).read_bytes()
