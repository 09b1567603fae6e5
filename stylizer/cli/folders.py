"""`--content-dir` and `--style-dir`: every photograph in every style, into a folder."""

from __future__ import annotations

import json
import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias, get_args

import click

from stylizer.cli.files import is_same_file, make_folder, save_file
from stylizer.cli.inputs import Inputs, open_content, open_inputs, open_style_file
from stylizer.cli.painting import CommandPainter, describe_faces
from stylizer.cli.pairs import PICTURE_ENDINGS, Pair
from stylizer.cli.progress import duration, progress_bar
from stylizer.cli.sense import warn_if_gray
from stylizer.cli.size import sized
from stylizer.errors import PictureError, StylizerError
from stylizer.events import Finished, PictureFormat
from stylizer.events import Progress as StepDone
from stylizer.recipe import Recipe
from stylizer.timelapse import DEFAULT_GIF_LIMIT_BYTES

Status: TypeAlias = Literal["painted", "skipped", "failed", "left"]
"""Files that already exist are skipped; what an interruption prevented is left."""

_FAILURE = click.ClickException.exit_code


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of a pair."""

    status: Status
    seconds: float | None = None
    faces: int | None = None
    """How many faces were spared; None if none were to be."""
    problem: str | None = None
    exit_code: int = 0


class Opened(NamedTuple):
    """What a painting is made from."""

    inputs: Inputs
    recipe: Recipe


def refuse_options_of_one_painting(options: Mapping[str, object]) -> None:
    """Refuse options that don't work with folders, if they have a value."""
    for option, value in options.items():
        if value is not None:
            raise click.UsageError(
                f"{option} doesn't work with folders; leave it out, or give CONTENT and STYLE instead of folders."
            )


def check_folders(output: Path, *, gif: Path | None, input_folders: Sequence[Path | None]) -> None:
    """Refuse folders that can't be painted into."""
    for option, folder in (("-o", output), ("--gif", gif)):
        if folder is None:
            continue
        if not folder.is_dir() and (folder.exists() or folder.suffix.lower() in PICTURE_ENDINGS):
            raise click.UsageError(
                f"{option} {folder} must be a folder: --content-dir and --style-dir paint more than one picture."
            )
        if any(is_same_file(folder, one) for one in input_folders if one is not None):
            raise click.UsageError(
                f"{option} {folder} is also an input folder, so the next run would use these paintings as inputs. "
                "Choose another folder."
            )


def paint_folders(
    pairs: Sequence[Pair],
    painter: CommandPainter,
    *,
    recipe: Recipe,
    as_content: bool,
    seed: int,
    picture_format: PictureFormat,
    as_json: bool,
) -> None:
    """Paint the pairs whose files don't exist yet, and print the outcome, even if interrupted.

    With `as_content`, each painting has its photograph's own size. A picture that all pairs need is checked before
    anything is painted: raises what `open_picture` raises for it.
    """
    if any(pair.missing() for pair in pairs):
        _open_shared(pairs, recipe, as_content=as_content)
    for folder in dict.fromkeys(path.parent for pair in pairs for path in pair.missing()):
        make_folder(folder)
    run = FolderRun(
        pairs,
        recipe=recipe,
        as_content=as_content,
        seed=seed,
        picture_format=picture_format,
    )
    try:
        run.paint(painter, quiet=as_json)
    except BaseException:
        if run.count("painted"):
            run.report(as_json=as_json)
        raise
    run.report(as_json=as_json)
    if run.exit_code:
        raise click.exceptions.Exit(run.exit_code)


class FolderRun:
    """Paints pairs, one after another, and records the outcome of each."""

    def __init__(
        self,
        pairs: Sequence[Pair],
        *,
        recipe: Recipe,
        as_content: bool,
        seed: int,
        picture_format: PictureFormat,
    ) -> None:
        self._recipe = recipe
        self._as_content = as_content
        self._seed = seed
        self._picture_format = picture_format
        self._missing = {pair: pair.missing() for pair in pairs}
        self._results = {pair: Result("left" if files else "skipped") for pair, files in self._missing.items()}
        self._began = time.perf_counter()
        self._can_save = True
        self._warned: set[Path] = set()
        """The photographs that are checked for being gray."""

    @property
    def exit_code(self) -> int:
        """0 if nothing failed, 2 if pictures couldn't be used, 1 if anything else went wrong."""
        return min((result.exit_code for result in self._results.values() if result.exit_code), default=0)

    def count(self, status: Status) -> int:
        """How many pairs have this status."""
        return sum(result.status == status for result in self._results.values())

    def paint(self, painter: CommandPainter, *, quiet: bool) -> None:
        """Paint what is missing; the painter is opened for the first pair whose pictures can be used.

        Unusable pictures don't stop it. A painting that can't be saved in its folder does, because the next ones
        couldn't be saved either. Raises what `CommandPainter.open_for` raises.
        """
        waiting = [pair for pair, files in self._missing.items() if files]
        with progress_bar(quiet=quiet) as bar:
            task = bar.add_task("Warming up", total=None, numbers="")
            for number, pair in enumerate(waiting):
                opened = self._open(pair)
                if opened is None:
                    continue
                painter.open_for(opened.recipe)
                count = f"{number}/{len(waiting)}"
                bar.update(task, total=len(waiting), completed=number, description="Painting", numbers=count)
                for done in self._paint(pair, opened, painter):
                    left = duration(self._seconds_left(done, later=len(waiting) - number - 1))
                    bar.update(task, completed=number + done.step / done.steps, numbers=f"{count}  {left} left")
                if not self._can_save:
                    break

    def report(self, *, as_json: bool) -> None:
        """Print the counts, as JSON with every pair; on standard error, print each problem once."""
        folder = next(iter(self._results)).painting.parent
        seconds = time.perf_counter() - self._began
        counts = {status: self.count(status) for status in get_args(Status)}
        if as_json:
            paintings = [_numbers(pair, result) for pair, result in self._results.items()]
            click.echo(json.dumps({"seconds": round(seconds, 3), **counts, "paintings": paintings}))
        else:
            explained = {"skipped": " (already there)"}
            parts = [f"{counts['painted']} painted"]
            parts += [
                f"{count} {status}{explained.get(status, '')}"
                for status, count in counts.items()
                if count and status != "painted"
            ]
            to_resume = ". Run the same command again to resume." if counts["left"] else ""
            click.echo(f"{folder}: {', '.join(parts)}, in {duration(seconds)}{self._describe_faces()}{to_resume}")
        problems = (result.problem for result in self._results.values() if result.problem is not None)
        for problem in dict.fromkeys(problems):
            click.echo(f"stylizer: {' '.join(problem.split())}", err=True)

    def _describe_faces(self) -> str:
        faces = [result.faces for result in self._results.values() if result.faces is not None]
        if not faces:
            return ""
        without = faces.count(0)
        where = f" (none in {without} of {len(faces)} paintings)" if 0 < without < len(faces) else ""
        return f"{describe_faces(sum(faces))}{where}"

    def _open(self, pair: Pair) -> Opened | None:
        """Open the photograph and the styles, and size the recipe; None if one of the pictures can't be used."""
        try:
            recipe = sized(self._recipe, pair.content, as_content=self._as_content)
            inputs = open_inputs(pair.content, pair.styles, recipe=recipe)
            if pair.content not in self._warned:
                warn_if_gray(pair.content, inputs.content, recipe)
                self._warned.add(pair.content)
            return Opened(inputs, recipe)
        except PictureError as error:
            problem = str(error)
        except click.UsageError as error:
            problem = error.format_message()
        self._results[pair] = Result("failed", problem=problem, exit_code=click.UsageError.exit_code)
        return None

    def _paint(self, pair: Pair, opened: Opened, painter: CommandPainter) -> Generator[StepDone, None, None]:
        """Yield each step, and save the painting."""
        try:
            for event in painter.paint(
                opened.inputs,
                pair.styles,
                recipe=opened.recipe,
                seed=self._seed,
                picture_format=self._picture_format,
                gif_limit_bytes=DEFAULT_GIF_LIMIT_BYTES if pair.gif in self._missing[pair] else 0,
            ):
                match event:
                    case StepDone():
                        yield event
                    case Finished():
                        self._results[pair] = self._save(pair, event)
        except StylizerError as error:
            self._results[pair] = Result("failed", problem=f"{pair.content}: {error}", exit_code=_FAILURE)

    def _save(self, pair: Pair, finished: Finished) -> Result:
        """Save the files that are missing."""
        encoded = {pair.painting: finished.painting, pair.gif: finished.gif}
        saved = [save_file(path, encoded[path]) for path in self._missing[pair]]
        problems = [file.problem for file in saved if file.problem is not None]
        if problems:
            self._can_save = False
            return Result("failed", problem=" ".join(problems), exit_code=_FAILURE)
        return Result("painted", seconds=finished.seconds, faces=finished.faces)

    def _seconds_left(self, done: StepDone, *, later: int) -> float:
        """The time for the rest of this painting and for `later` ones, if they take as long as those so far."""
        left = done.seconds_left or 0.0
        known = [result.seconds for result in self._results.values() if result.seconds is not None]
        return left + later * (sum(known) + done.elapsed_seconds + left) / (len(known) + 1)


def _open_shared(pairs: Sequence[Pair], recipe: Recipe, *, as_content: bool) -> None:
    """Open the photograph or the styles that all pairs share, to refuse them early."""
    if len({pair.content for pair in pairs}) == 1:
        recipe = sized(recipe, pairs[0].content, as_content=as_content)
        open_content(pairs[0].content, recipe)
    if len({pair.styles for pair in pairs}) == 1:
        for style in pairs[0].styles:
            open_style_file(style.path, recipe)


def _numbers(pair: Pair, result: Result) -> dict[str, object]:
    return {
        "file": str(pair.painting),
        "gif": None if pair.gif is None else str(pair.gif),
        "content": str(pair.content),
        "styles": [style.written for style in pair.styles],
        "status": result.status,
        "seconds": None if result.seconds is None else round(result.seconds, 3),
        "faces": result.faces,
        "problem": result.problem,
    }
