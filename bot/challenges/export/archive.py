"""Writes an export as ZIP files that are small enough to be sent. Blocks: call it in a thread."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path

from bot.challenges.export.contents import ExportedFile
from bot.errors import ExportTooLarge

OVERHEAD_BYTES = 512
"""Reserved for each file besides its bytes: its name, twice, and what is known about it."""
MAX_PARTS = 40


def total_bytes(files: Sequence[ExportedFile]) -> int:
    """The most that these files take in one ZIP."""
    return sum(file.size_bytes + OVERHEAD_BYTES for file in files)


def write_parts(files: Sequence[ExportedFile], folder: Path, name: str, *, limit_bytes: int) -> list[Path]:
    """Write files into as few ZIPs as their order allows, each of this size at most, and return where they are.

    Raises `ExportTooLarge` if a file is too large, or too many ZIPs would be needed, and `OSError`.
    """
    parts: list[list[ExportedFile]] = [[]]
    for file in files:
        if total_bytes([file]) > limit_bytes:
            raise ExportTooLarge(file.size_bytes, limit_bytes)
        if total_bytes([*parts[-1], file]) > limit_bytes:
            parts.append([])
        parts[-1].append(file)
    if len(parts) > MAX_PARTS:
        raise ExportTooLarge(total_bytes(files), MAX_PARTS * limit_bytes)
    names = [f"{name}.zip"] if len(parts) == 1 else [f"{name}-{number}.zip" for number in range(1, len(parts) + 1)]
    return [_write(part, folder / its_name) for part, its_name in zip(parts, names, strict=True)]


def _write(files: Sequence[ExportedFile], path: Path) -> Path:
    with zipfile.ZipFile(path, "x", zipfile.ZIP_STORED) as archive:
        for file in files:
            if isinstance(file.source, Path):  # a picture, which is compressed already
                archive.write(file.source, file.name)
            else:
                archive.writestr(file.name, file.source, zipfile.ZIP_DEFLATED)
    return path
