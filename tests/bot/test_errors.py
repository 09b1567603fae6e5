"""Every error is a frozen dataclass with a sentence that a member can use."""

from __future__ import annotations

import ast
import asyncio
import copy
import pickle
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from discord import app_commands

import bot.errors
from bot.errors import AtelierError, DownloadFailed, FileTooLarge, QueueFull, TooManyJobs
from bot.words import ENGLISH, Words, sentence_for
from stylizer.pool import InvalidRecipe, PictureRole, StylizerError, UnreadablePicture, WorkerDied
from tests.bot.error_examples import EXAMPLES, PAINTER_EXAMPLES

SOURCE = Path(bot.errors.__file__).read_text(encoding="utf-8")


def leaves(error: type[Exception]) -> set[type[Exception]]:
    """Return the subclasses of an error that have no subclasses."""
    below = error.__subclasses__()
    return {leaf for child in below for leaf in leaves(child)} if below else {error}


@pytest.mark.parametrize("error", [*EXAMPLES, *PAINTER_EXAMPLES], ids=lambda error: type(error).__name__)
def test_an_error_is_a_sentence(error: Exception) -> None:
    sentence = sentence_for(error, ENGLISH)

    assert sentence[0].isupper()
    assert sentence.endswith((".", "Discord says: Missing Access"))
    assert len(sentence) < 400
    assert "{" not in sentence


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_one_of_our_errors_reads_as_its_english_sentence(error: AtelierError) -> None:
    assert str(error) == sentence_for(error, ENGLISH)


def test_every_error_has_an_example() -> None:
    assert {type(error) for error in EXAMPLES} == leaves(AtelierError)
    assert {type(error) for error in PAINTER_EXAMPLES} == {
        kind for kind in leaves(StylizerError) if kind.__module__ == "stylizer.errors"
    }


def test_the_documented_error_tree_is_current() -> None:
    drawing = ast.get_docstring(ast.parse(SOURCE)) or ""
    drawn = {line.strip(" ├└─│").split()[0] for line in drawing.splitlines() if "─" in line}

    def below(error: type[AtelierError]) -> set[str]:
        return {error.__name__}.union(*(below(child) for child in error.__subclasses__()))

    assert drawn == below(AtelierError) - {"AtelierError"}


def test_a_picture_is_called_by_its_file_name_if_known() -> None:
    names: dict[PictureRole, str] = {"content": "note.txt"}

    assert sentence_for(UnreadablePicture("content", None), ENGLISH, names=names).startswith("note.txt is damaged")
    assert sentence_for(DownloadFailed("content"), ENGLISH, names=names).startswith("note.txt couldn't")
    assert sentence_for(DownloadFailed("style"), ENGLISH, names=names).startswith("The style picture")


def test_painter_errors_omit_details_meant_for_the_log() -> None:
    assert "memory ran out" in sentence_for(WorkerDied(-9), ENGLISH)
    assert "-9" not in sentence_for(WorkerDied(-9), ENGLISH)


@pytest.mark.parametrize("locale", ["en-US", "de", "fr", "es-ES", "pt-BR", "ja"])
def test_an_invalid_recipe_is_explained_without_its_field_names(locale: str) -> None:
    error = InvalidRecipe("hd", "longest_side_px", "must be from 64 to 2048, not 3")

    said = sentence_for(error, Words.of(locale))
    assert "hd" in said
    assert "longest_side_px" not in said
    assert "must be" not in said


def test_an_error_inside_a_command_is_shown_to_the_member() -> None:
    @app_commands.command(name="x", description="x")
    async def command(_interaction: object) -> None: ...

    error = app_commands.CommandInvokeError(command, TooManyJobs(3))
    assert sentence_for(error, ENGLISH) == str(TooManyJobs(3))


def test_an_unexpected_error_reveals_nothing() -> None:
    assert sentence_for(ZeroDivisionError("secret"), ENGLISH) == ENGLISH("something-went-wrong")


def test_a_command_that_has_changed_is_explained() -> None:
    assert "Restart Discord" in sentence_for(app_commands.CommandNotFound("old", []), ENGLISH)


def test_the_fields_of_an_error_are_frozen() -> None:
    error = QueueFull(100)

    with pytest.raises(FrozenInstanceError):
        error.limit = 200  # type: ignore[misc]  # that it is refused is what is tested
    with pytest.raises(FrozenInstanceError):
        del error.limit
    assert error == QueueFull(100) != QueueFull(200)
    assert {error} == {QueueFull(100)}


def test_an_error_keeps_its_arguments_however_they_were_passed() -> None:
    error = FileTooLarge("content", limit_bytes=5, size_bytes=None, declared=False)

    assert error.args == ("content", None, 5, False)
    assert pickle.loads(pickle.dumps(error)) == copy.copy(error) == error  # noqa: S301 - our own bytes


def test_an_error_keeps_its_cause_traceback_and_notes() -> None:
    @contextmanager
    def scope() -> Iterator[None]:
        yield

    cause, full = OSError("gone"), QueueFull(100)

    def refuse() -> None:
        with ExitStack() as stack:
            stack.enter_context(scope())
            with scope():
                try:
                    raise cause
                except OSError as error:
                    raise full from error

    full.add_note("noted")
    with pytest.raises(QueueFull) as caught:
        refuse()
    assert caught.value is full
    assert caught.value.__cause__ is cause
    assert caught.value.__traceback__ is not None
    assert caught.value.__notes__ == ["noted"]


async def test_an_error_that_ends_a_task_is_raised_where_the_task_is_awaited() -> None:
    async def refuse() -> None:
        raise QueueFull(100)

    task = asyncio.create_task(refuse())
    for _ in range(2):
        with pytest.raises(QueueFull) as caught:
            await task
        assert caught.value == QueueFull(100)
    with pytest.RaisesGroup(QueueFull):
        async with asyncio.TaskGroup() as group:
            group.create_task(refuse())
