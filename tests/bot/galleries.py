"""Galleries for tests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.bot.conftest import picture

TEN = tuple(
    f"{number:02} {color}"
    for number, color in enumerate(
        ("Amber", "Birch", "Cobalt", "Dune", "Ember", "Fern", "Gold", "Haze", "Indigo", "Jade")
    )
)
"""In the order in which they are listed, before any style that comes with Atelier."""


def host_gallery(folder: Path, names: Sequence[str] = TEN) -> Path:
    """Make a folder of styles as a host does, each of another color."""
    folder.mkdir()
    tables = []
    for number, name in enumerate(names):
        (folder / f"{number}.png").write_bytes(style_picture(number))
        tables.append(f'[t_{number}]\nfile = "{number}.png"\ntitle = "{name}"\n')
    (folder / "styles.toml").write_text("\n".join(tables), encoding="utf-8")
    return folder


def style_picture(number: int) -> bytes:
    """The picture of a style in such a folder."""
    return picture(f"#{25 * number:02x}64{250 - 25 * number:02x}")
