"""The command line's files: read, checked before painting, and written so that a painting is never lost."""

from __future__ import annotations

import contextlib
import itertools
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

MAX_FILE_BYTES = 256 * 2**20
_MAX_START_BYTES = 200
"""How much of its name an unfinished file has."""
MEMORY_FOLDER = Path("/dev/shm")  # noqa: S108 - the last resort; only creates new files, and reads none


def read_file(path: Path) -> bytes:
    """Read a picture. Raises `UsageError` if that isn't possible, or if it is too large to be one."""
    try:
        with path.open("rb") as file:
            encoded = file.read(MAX_FILE_BYTES + 1)
    except IsADirectoryError as error:
        raise click.UsageError(f"{path} is a folder; paint folders with --content-dir and --style-dir.") from error
    except OSError as error:
        raise click.UsageError(f"Can't read {path}: {_reason(error)}.") from error
    if len(encoded) > MAX_FILE_BYTES:
        raise click.UsageError(f"{path} is too large; the limit is {MAX_FILE_BYTES // 2**20} MiB.")
    return encoded


def check_writable(path: Path) -> None:
    """Refuse a file that can't be written before painting, not after it."""
    folder = path.absolute().parent
    if not folder.is_dir():
        raise click.UsageError(f"There's no folder {folder} for {path.name}; create it first.")
    if path.is_dir():
        raise click.UsageError(f"{path} is a folder; give a file name.")
    if not os.access(folder, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise click.UsageError(f"Can't write {path}: permission denied.")


def make_folder(path: Path) -> None:
    """Make a folder and its parents, if needed. Raises `UsageError` if no file can be written there."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.UsageError(f"Can't make the folder {path}: {_reason(error)}.") from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise click.UsageError(f"Can't write to the folder {path}: permission denied.")


def check_separate(path: Path, pictures: Iterable[tuple[str, Path]]) -> None:
    """Refuse to overwrite the pictures that the painting is made from, each with the name of its argument."""
    for name, picture in pictures:
        if is_same_file(path, picture):
            raise click.UsageError(f"{path} is the picture {name}, which would be overwritten; choose another name.")


def cell_paths(sheet: Path, count: int) -> list[Path]:
    """Where a board's small paintings go: `ideas-1.png` and so on, next to `ideas.jpg`."""
    return [sheet.with_name(f"{sheet.stem}-{number}.png") for number in range(1, count + 1)]


def is_same_file(path: Path, other: Path) -> bool:
    """Whether both exist and are the same file."""
    try:
        return path.samefile(other)
    except OSError:  # one of them does not exist
        return False


@dataclass(frozen=True, slots=True)
class Saved:
    """A file that was written, or wasn't."""

    place: Path | None
    """Where it is; None if it couldn't be written anywhere."""
    problem: str | None
    """Why it isn't where the user wanted it."""


def save_file(path: Path, encoded: bytes) -> Saved:
    """Write the file, or save it elsewhere if its folder vanished or its disk filled up during the painting."""
    try:
        _write(path, encoded)
    except OSError as error:
        problem = f"Can't write {path}: {_reason(error)}."
        for folder in _spare_folders():
            with contextlib.suppress(OSError):
                spare = _write_new(folder / path.name, encoded)
                return Saved(spare, f"{problem} Saved to {spare} instead.")
        return Saved(None, f"{problem} Couldn't save it anywhere else.")
    return Saved(path, None)


def report_unsaved(saved: Sequence[Saved]) -> None:
    """Fail if files aren't where they should be."""
    problems = [file.problem for file in saved if file.problem is not None]
    if problems:
        raise click.ClickException(" ".join(problems))


def _write(path: Path, encoded: bytes) -> None:
    """Write the whole file, or nothing if the disk is full: an older file stays until the new one is complete."""
    path = path.resolve()  # a link stays one
    # A file system limits the length of names, and this one must not be too long where the file's isn't.
    start = os.fsencode(path.name)[:_MAX_START_BYTES].decode(errors="ignore")
    unfinished = path.with_name(f".{start}.part")
    try:
        unfinished.write_bytes(encoded)
        unfinished.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        raise


def _write_new(path: Path, encoded: bytes) -> Path:
    """Write a new file of that name, with a number if there is one already; return its path."""
    for number in itertools.count(1):
        place = path if number == 1 else path.with_stem(f"{path.stem}-{number}")
        with contextlib.suppress(FileExistsError):
            with place.open("xb") as file:
                try:
                    file.write(encoded)
                    file.flush()
                except OSError:
                    place.unlink()
                    raise
            return place
    raise AssertionError("there is a next number")


def _spare_folders() -> Iterator[Path]:
    """Folders to save a painting in, best first; not all of them exist."""
    with contextlib.suppress(RuntimeError):
        yield Path.home()
    with contextlib.suppress(OSError):
        yield Path.cwd()
    with contextlib.suppress(OSError):
        yield Path(tempfile.gettempdir())
    yield MEMORY_FOLDER


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
