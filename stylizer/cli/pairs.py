"""Pairs every photograph with every style, and names their paintings."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import click

from stylizer.blend import shares_of
from stylizer.cli.inputs import StyleFile, chosen_content, chosen_styles
from stylizer.errors import READABLE

PICTURE_ENDINGS = frozenset(
    {".jpg", ".jpeg", ".jfif", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".heic", ".heif", ".hif"}
)
"""The suffixes of pictures. Camera raw files aren't included: many look like TIFF inside."""
MAX_NAME_BYTES = 200
"""Most file systems allow 255. This leaves room for the suffix, and for a few characters while writing the file."""

Styles: TypeAlias = tuple[StyleFile, ...]
"""A style, or a blend that counts as one."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A photograph, a style or blend, and the paths of their painting."""

    content: Path
    styles: Styles
    painting: Path
    gif: Path | None

    def missing(self) -> list[Path]:
        """Its files that don't exist yet."""
        return [path for path in (self.painting, self.gif) if path is not None and not path.exists()]


def chosen_pictures(
    content: Path | None,
    style: Path | None,
    more_styles: Sequence[str],
    *,
    content_dir: Path | None,
    style_dir: Path | None,
) -> tuple[list[Path], list[Styles]]:
    """The requested photographs and styles. With --content-dir, the first argument is STYLE."""
    if content_dir is not None:
        if style is not None:
            raise click.UsageError("Give CONTENT or --content-dir, not both.")
        content, style = None, content
    if style_dir is None:
        blend = tuple(chosen_styles(style, more_styles))
        shares_of([one.weight for one in blend])
        styles = [blend]
    elif style is not None or more_styles:
        raise click.UsageError(f"Give all styles with --style-dir, or only {style or 'those of --style'}.")
    else:
        styles = [(StyleFile(path),) for path in _pictures_in(style_dir, option="--style-dir")]
    if content_dir is None:
        return [chosen_content(content)], styles
    return _pictures_in(content_dir, option="--content-dir"), styles


def _pictures_in(folder: Path, *, option: str) -> list[Path]:
    """The pictures in a folder, sorted by name, without subfolders. Raises `UsageError` if there are none.

    A link to a picture that is gone is one of them: that it can't be painted is said.
    """
    try:
        found = sorted(
            path
            for path in folder.iterdir()
            if path.suffix.lower() in PICTURE_ENDINGS
            and not path.name.startswith(".")
            and (path.is_file() or not path.exists())
        )
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise click.UsageError(f"Can't read the folder {folder} of {option}: {reason}.") from error
    if not found:
        raise click.UsageError(f"The folder {folder} of {option} has no pictures. Put {READABLE} files there.")
    return found


def plan_pairs(
    contents: Sequence[Path], styles: Sequence[Styles], *, output: Path, suffix: str, gif_folder: Path | None
) -> list[Pair]:
    """Pair each photograph with each style, one photograph after another."""
    couples = [(content, blend) for content in contents for blend in styles]
    return [
        Pair(
            content,
            blend,
            painting=output / f"{name}{suffix}",
            gif=None if gif_folder is None else gif_folder / f"{name}.gif",
        )
        for (content, blend), name in zip(couples, _names(contents, styles), strict=True)
    ]


def _names(contents: Sequence[Path], styles: Sequence[Styles]) -> list[str]:
    """A name for each photograph and style, such as `photo-waves`; longer only where two would collide.

    So names stay the same when files are added, unless an added file claims the same name; then no pair gets it.
    """
    content_labels = _labels([(content.stem, content.name) for content in contents])
    style_labels = _labels(
        [("+".join(one.path.stem for one in blend), "+".join(one.path.name for one in blend)) for blend in styles]
    )
    names = [
        (f"{content_label}-{style_label}", "\0".join((content.name, *(one.path.name for one in blend))))
        for content, content_label in zip(contents, content_labels, strict=True)
        for blend, style_label in zip(styles, style_labels, strict=True)
    ]
    claims = Counter(_folded(name) for name, _ in names)
    return [
        name if claims[_folded(name)] == 1 and len(os.fsencode(name)) <= MAX_NAME_BYTES else _digested(name, files)
        for name, files in names
    ]


def _labels(names: Sequence[tuple[str, str]]) -> list[str]:
    """From each file's (stem, name): its stem or, if another file has the same stem, its name."""
    claims = Counter(_folded(stem) for stem, _ in names)
    return [stem if claims[_folded(stem)] == 1 else name for stem, name in names]


def _folded(name: str) -> str:
    """The same for all names that may be the same file, such as `A.png` and `a.png` on some systems."""
    return unicodedata.normalize("NFC", name).casefold()


def _digested(name: str, files: str) -> str:
    """A name unique to these files: the name, shortened if needed, with a digest of the files' names."""
    digest = hashlib.sha256(os.fsencode(files)).hexdigest()[:8]
    kept = os.fsencode(name)[: MAX_NAME_BYTES - len(digest) - 1].decode(errors="ignore")
    return f"{kept}-{digest}"
