"""The pairs of pictures that the benchmarks paint: every photograph with every style."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from pathlib import Path

from bot.demo import samples

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}


@dataclass(frozen=True, slots=True)
class Pair:
    """A content picture and a style picture, encoded."""

    name: str
    content: bytes
    style: bytes


def find_pairs(folder: Path | None = None) -> list[Pair]:
    """Pair every picture in `folder/content` with every one in `folder/style`, by name; by default, the samples."""
    if folder is None:
        contents = [samples.sample(name) for name in samples.PHOTOGRAPHS]
        styles = [samples.sample(name) for name in samples.STYLES]
    else:
        contents, styles = (
            [(path.name, path.read_bytes()) for path in sorted((folder / kind).iterdir()) if path.suffix in SUFFIXES]
            for kind in ("content", "style")
        )
    return [
        Pair(f"{Path(content_name).stem}-{Path(style_name).stem}", content, style)
        for (content_name, content), (style_name, style) in product(contents, styles)
    ]
