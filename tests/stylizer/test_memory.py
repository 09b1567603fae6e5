from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from stylizer.memory import OwnMemory, available_memory_bytes, default_memory_limit_bytes

MEMINFO = "MemTotal:       16000000 kB\nMemFree:         1000000 kB\nMemAvailable:    8000000 kB\n"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine of 16 GB, half of it in use, without containers; the folder is its control group."""
    (tmp_path / "meminfo").write_text(MEMINFO)
    monkeypatch.setattr("stylizer.memory._MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr("stylizer.memory._CONTROL_GROUP", tmp_path)
    return tmp_path


def test_a_painting_may_take_what_the_machine_has_to_give(machine: Path) -> None:
    assert available_memory_bytes(beyond=OwnMemory.now()) == pytest.approx(8_000_000 * 1024, rel=0.01)


def test_the_limit_of_a_container_counts(machine: Path) -> None:
    (machine / "memory.max").write_text("2000000000\n")
    (machine / "memory.current").write_text("500000000\n")
    assert available_memory_bytes(beyond=OwnMemory.now()) == pytest.approx(1_500_000_000, rel=0.01)
    assert default_memory_limit_bytes() == 1_800_000_000


def test_a_container_without_a_limit_has_its_machine_s(machine: Path) -> None:
    (machine / "memory.max").write_text("max\n")
    (machine / "memory.current").write_text("500000000\n")
    assert available_memory_bytes(beyond=OwnMemory.now()) == pytest.approx(8_000_000 * 1024, rel=0.01)
    assert default_memory_limit_bytes() == 16_000_000 * 1024 * 9 // 10


def test_what_earlier_paintings_left_behind_is_there_for_the_next(machine: Path) -> None:
    available = available_memory_bytes(beyond=OwnMemory(resident_bytes=0, writable_bytes=0))
    assert available is not None
    assert available > 8_000_000 * 1024 + 10 * 2**20


def test_a_system_that_tells_nothing_limits_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, machine: Path
) -> None:
    monkeypatch.setattr("stylizer.memory._MEMINFO", tmp_path / "nothing")
    monkeypatch.setattr("stylizer.memory._STATM", tmp_path / "nothing")
    assert default_memory_limit_bytes() is None
    assert available_memory_bytes(beyond=OwnMemory.now()) is None


def test_a_process_takes_no_more_than_its_limit() -> None:
    script = """
from stylizer.memory import OwnMemory, available_memory_bytes, limit_memory

before = OwnMemory.now()
limit_memory(64 * 2**20)
assert available_memory_bytes(beyond=before) <= 64 * 2**20
fits = bytearray(32 * 2**20)
try:
    bytearray(64 * 2**20)
except MemoryError:
    print("refused")
"""
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (told.stdout, told.stderr) == ("refused\n", "")
