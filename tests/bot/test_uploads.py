"""A card's files, opened for a request."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import PaintingForgotten, PaintingUnreadable
from bot.messages.card import CardFile, FileOnDisk
from bot.messages.uploads import opened


def on_disk(path: Path, name: str = "painting.png") -> CardFile:
    return CardFile(name, FileOnDisk(path, 8))


@pytest.fixture
def painting(tmp_path: Path) -> Path:
    path = tmp_path / "painting"
    path.write_bytes(b"painting")
    return path


def test_files_are_closed_after_the_request(painting: Path) -> None:
    files = [on_disk(painting), CardFile("preview.jpg", b"small")]

    with opened(files) as uploads:
        sent = {name: upload.fp.read() for name, upload in uploads.items()}

    assert sent == {"painting.png": b"painting", "preview.jpg": b"small"}
    assert uploads["painting.png"].fp.closed


def test_files_are_closed_even_if_discord_py_never_sees_them(painting: Path) -> None:
    with pytest.raises(ConnectionResetError), opened([on_disk(painting)]) as uploads:
        raise ConnectionResetError

    assert uploads["painting.png"].fp.closed


def test_a_file_closed_by_discord_py_may_be_closed_again(painting: Path) -> None:
    with opened([on_disk(painting)]) as uploads:
        uploads["painting.png"].close()

    assert uploads["painting.png"].fp.closed


def test_a_missing_file_is_forgotten(painting: Path) -> None:
    with pytest.raises(PaintingForgotten), opened([on_disk(painting), on_disk(painting.with_name("gone"), "gone.gif")]):
        pytest.fail("it was opened")


def test_a_file_that_cannot_be_opened_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(PaintingUnreadable), opened([on_disk(tmp_path)]):
        pytest.fail("it was opened")


def test_a_file_that_cannot_be_read_while_it_is_sent_is_unreadable(tmp_path: Path) -> None:
    broken = tmp_path / "painting"
    broken.symlink_to("/proc/self/mem")  # opens, but can't be read from its beginning

    with pytest.raises(PaintingUnreadable), opened([on_disk(broken)]) as uploads:
        uploads["painting.png"].fp.read(1)


def test_the_size_of_a_file_is_known_without_reading_it(tmp_path: Path) -> None:
    assert on_disk(tmp_path / "gone").size_bytes == 8
    assert CardFile("preview.jpg", b"small").size_bytes == 5
