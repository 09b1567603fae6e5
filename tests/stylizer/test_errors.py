"""Errors are frozen dataclasses that still behave like exceptions."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import FrozenInstanceError, fields

import pytest

from stylizer.errors import (
    EmptyPicture,
    IncompletePicture,
    NotAPicture,
    OutOfMemory,
    PictureName,
    StylizerError,
    UnknownRecipe,
    WorkerDied,
)


def test_an_error_has_typed_fields_and_equals_another_with_the_same() -> None:
    error = OutOfMemory(1024, height_px=683)
    assert [field.name for field in fields(error)] == ["width_px", "height_px", "largest_px"]
    assert error == OutOfMemory(1024, 683, None)
    assert error != OutOfMemory(1024, 683, 0)
    assert len({error, OutOfMemory(1024, 683)}) == 1


def test_a_field_cannot_be_changed_or_deleted() -> None:
    error = UnknownRecipe("oil", ("draft",))
    with pytest.raises(FrozenInstanceError, match="recipe"):
        error.recipe = "watercolor"  # type: ignore[misc]  # which is the point
    with pytest.raises(FrozenInstanceError, match="known"):
        del error.known
    assert error == UnknownRecipe("oil", ("draft",))


def test_an_error_accepts_only_its_own_fields() -> None:
    with pytest.raises(TypeError, match="height_px"):
        OutOfMemory(1024)  # type: ignore[call-arg]  # which is the point


def test_an_error_keeps_its_cause_traceback_and_notes() -> None:
    @contextmanager
    def boundary() -> Iterator[None]:
        yield  # a context manager sets the traceback of exceptions passing through it

    lost = WorkerDied(-9)
    lost.add_note("in the middle of a test")
    with pytest.raises(WorkerDied) as raised, boundary():
        raise lost from ValueError("killed")
    assert isinstance(raised.value.__cause__, ValueError)
    assert raised.value.__traceback__ is not None
    assert raised.value.__notes__ == ["in the middle of a test"]


@pytest.mark.parametrize(
    "error",
    [
        OutOfMemory(width_px=1024, height_px=683, largest_px=608),
        NotAPicture("content", filename="note.txt", kind="text"),
        UnknownRecipe("oil", known=("draft", "hd")),
        StylizerError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_any_error_can_be_pickled_and_copied(error: StylizerError) -> None:
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):  # noqa: S301 - our own
        assert twin == error
        assert str(twin) == str(error)


@pytest.mark.parametrize(
    ("name", "beginning"),
    [
        (PictureName(), "The picture is empty"),
        (PictureName("content"), "The content picture is empty"),
        (PictureName("style"), "The style picture is empty"),
        (PictureName("style", "note.txt"), "note.txt is empty"),
    ],
)
def test_a_picture_is_called_by_its_file_name_or_role(name: PictureName, beginning: str) -> None:
    error = EmptyPicture(*name)
    assert error.picture == name
    assert str(error).startswith(beginning)


@pytest.mark.parametrize(
    ("percent", "arrived"), [(None, "a coarse version of it"), (0, "the beginning of it"), (40, "about 40% of it")]
)
def test_an_incomplete_picture_says_how_much_arrived(percent: int | None, arrived: str) -> None:
    assert f"is incomplete: only {arrived} arrived." in str(IncompletePicture("content", None, percent))


def test_a_worker_that_the_system_killed_probably_ran_out_of_memory() -> None:
    assert "probably because memory ran out" in str(WorkerDied(-9))
    assert "memory" not in str(WorkerDied(1))
    assert "exit code" not in str(WorkerDied(None))
