"""Every photograph with every style: which pictures those are, and how their paintings are named."""

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
"""How the names of pictures end. A camera's raw files aren't among them: many look like TIFF inside."""
MAX_NAME_BYTES = 200
"""Most file systems allow 255. A suffix is added, and a few characters while the file is written."""

Styles: TypeAlias = tuple[StyleFile, ...]
"""A style, or a blend that counts as one."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A photograph and a style, and where their painting goes."""

    content: Path
    styles: Styles
    painting: Path
    gif: Path | None

    def missing(self) -> list[Path]:
        """Its files that aren't there."""
        return [path for path in (self.painting, self.gif) if path is not None and not path.exists()]


def chosen_pictures(
    content: Path | None,
    style: Path | None,
    more_styles: Sequence[str],
    *,
    content_dir: Path | None,
    style_dir: Path | None,
) -> tuple[list[Path], list[Styles]]:
    """The photographs and the styles that were asked for. With --content-dir, the first argument is STYLE."""
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
    """The pictures of a folder by name, but not of folders in it. Raises `UsageError` if there are none."""
    try:
        found = sorted(
            path
            for path in folder.iterdir()
            if path.suffix.lower() in PICTURE_ENDINGS and not path.name.startswith(".") and path.is_file()
        )
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise click.UsageError(f"Can't read the folder {folder} of {option}: {reason}.") from error
    if not found:
        raise click.UsageError(f"The folder {folder} of {option} has no picture. Put {READABLE} files there.")
    return found


def plan_pairs(
    contents: Sequence[Path], styles: Sequence[Styles], *, output: Path, suffix: str, gif_folder: Path | None
) -> list[Pair]:
    """Each photograph in each style, one photograph after another."""
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
    """A name for each photograph and style, such as `photo-waves`; longer only where two would be the same.

    So a name stays when files are added, except if one of them claims it too. None is given to another pair then.
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
    """From (stem, name) of each file: its stem or, if another has that too, its name."""
    claims = Counter(_folded(stem) for stem, _ in names)
    return [stem if claims[_folded(stem)] == 1 else name for stem, name in names]


def _folded(name: str) -> str:
    """The same for all names that may be the same file, as `A.png` and `a.png` are on some systems."""
    return unicodedata.normalize("NFC", name).casefold()


def _digested(name: str, files: str) -> str:
    """A name that only these files have: cut if it is long, with a digest of theirs."""
    digest = hashlib.sha256(os.fsencode(files)).hexdigest()[:8]
    kept = os.fsencode(name)[: MAX_NAME_BYTES - len(digest) - 1].decode(errors="ignore")
    return f"{kept}-{digest}"
