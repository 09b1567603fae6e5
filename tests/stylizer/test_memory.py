from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from stylizer.errors import OutOfMemory
from stylizer.memory import (
    CanvasMemory,
    OwnMemory,
    default_memory_limit_bytes,
    free_memory_bytes,
    longest_side_px,
)

MEMINFO = "MemTotal:       16000000 kB\nMemFree:         1000000 kB\nMemAvailable:    8000000 kB\n"
FREE_BYTES = 8_000_000 * 1024
STATM = "200000 50000 0 0 0 100000 0\n"
"""Of the bot's process, in pages: 50,000 are resident."""
WARM = OwnMemory(50_000 * 4096, 100_000 * 4096, 200_000 * 4096)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine of 16 GB, half of it in use, on which this process is in the control group /atelier.slice/bot."""
    (tmp_path / "self").mkdir()
    (tmp_path / "self" / "statm").write_text(STATM)
    (tmp_path / "self" / "cgroup").write_text("4:memory:/older/bot\n1:name=systemd:/\n0::/atelier.slice/bot\n")
    (tmp_path / "meminfo").write_text(MEMINFO)
    (tmp_path / "groups" / "atelier.slice" / "bot").mkdir(parents=True)
    (tmp_path / "groups" / "memory" / "older" / "bot").mkdir(parents=True)
    monkeypatch.setattr("stylizer.memory.PROC", tmp_path)
    monkeypatch.setattr("stylizer.memory.CONTROL_GROUPS", tmp_path / "groups")
    monkeypatch.setattr("resource.getpagesize", lambda: 4096)
    return tmp_path


def limit_group(folder: Path, *, limit: str, used: int, cached: int = 0, name: str = "memory.max") -> None:
    """Write the limit and usage of a folder's control group."""
    (folder / name).write_text(f"{limit}\n")
    (folder / "memory.current").write_text(f"{used}\n")
    (folder / "memory.stat").write_text(f"anon {used - cached}\ninactive_file {cached}\n")


def test_a_painting_can_use_the_machines_available_memory(machine: Path) -> None:
    assert free_memory_bytes(beyond=WARM) == FREE_BYTES


@pytest.mark.parametrize("group", ["", "atelier.slice", "atelier.slice/bot"])
@pytest.mark.parametrize("name", ["memory.max", "memory.high"])
def test_limits_of_the_control_group_and_its_parents_apply(machine: Path, group: str, name: str) -> None:
    limit_group(machine / "groups" / group, limit="2000000000", used=500_000_000, name=name)
    assert free_memory_bytes(beyond=WARM) == 1_500_000_000
    assert default_memory_limit_bytes() == 1_800_000_000


def test_the_lowest_of_several_limits_applies(machine: Path) -> None:
    limit_group(machine / "groups", limit="6000000000", used=5_000_000_000)
    limit_group(machine / "groups" / "atelier.slice" / "bot", limit="2000000000", used=100_000_000)
    assert free_memory_bytes(beyond=WARM) == 1_000_000_000
    assert default_memory_limit_bytes() == 1_800_000_000


def test_reclaimable_file_cache_counts_as_free(machine: Path) -> None:
    limit_group(machine / "groups" / "atelier.slice", limit="2000000000", used=1_900_000_000, cached=1_000_000_000)
    assert free_memory_bytes(beyond=WARM) == 1_100_000_000


def test_limits_of_version_1_control_groups_apply(machine: Path) -> None:
    folder = machine / "groups" / "memory" / "older"
    (folder / "memory.limit_in_bytes").write_text("2000000000\n")
    (folder / "memory.usage_in_bytes").write_text("700000000\n")
    (folder / "memory.stat").write_text("cache 9\ntotal_inactive_file 200000000\n")
    assert free_memory_bytes(beyond=WARM) == 1_500_000_000
    assert default_memory_limit_bytes() == 1_800_000_000


def test_a_container_that_sees_its_group_as_the_root_has_its_limit(machine: Path) -> None:
    (machine / "self" / "cgroup").write_text("0::/system.slice/docker-0123.scope\n")
    limit_group(machine / "groups", limit="2000000000", used=500_000_000)
    assert free_memory_bytes(beyond=WARM) == 1_500_000_000


def test_a_group_without_a_limit_has_the_machines_limit(machine: Path) -> None:
    limit_group(machine / "groups", limit="max", used=500_000_000)
    assert free_memory_bytes(beyond=WARM) == FREE_BYTES
    assert default_memory_limit_bytes() == 16_000_000 * 1024 * 9 // 10


def test_memory_freed_by_earlier_paintings_is_available_to_the_next(machine: Path) -> None:
    (machine / "self" / "statm").write_text("200000 60000 0 0 0 100000 0\n")
    (machine / "77").mkdir()
    (machine / "77" / "statm").write_text("200000 70000 0 0 0 100000 0\n")
    assert free_memory_bytes(beyond=WARM) == FREE_BYTES + 10_000 * 4096
    assert free_memory_bytes(beyond=WARM, process=77) == FREE_BYTES + 20_000 * 4096


def test_a_process_without_a_painter_needs_memory_for_it_first(machine: Path) -> None:
    (machine / "self" / "statm").write_text("20000 10000 0 0 0 10000 0\n")
    assert free_memory_bytes(beyond=WARM) == FREE_BYTES - 40_000 * 4096
    assert free_memory_bytes(beyond=WARM, process=77) == FREE_BYTES  # one that the system says nothing about


def test_a_system_that_reports_nothing_limits_nothing(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stylizer.memory.PROC", machine / "nothing")
    assert default_memory_limit_bytes() is None
    assert free_memory_bytes(beyond=OwnMemory.now()) is None
    assert CanvasMemory(OwnMemory.now(), 0, 1, 1).largest_pixels() is None


def test_the_scarcest_memory_determines_the_largest_canvas(machine: Path) -> None:
    memory = CanvasMemory(WARM, fixed_bytes=8_000 * 1024, resident_bytes_per_pixel=1024, reserved_bytes_per_pixel=2048)
    assert memory.largest_pixels() == 8_000_000 - 8_000
    assert memory.largest_pixels(limit_bytes=2_056_000 * 1024) == 1_024_000
    assert memory.largest_pixels(limit_bytes=5) == 0


def test_a_canvas_in_strips_takes_less_but_no_less_than_the_largest_whole_one(machine: Path) -> None:
    memory = CanvasMemory(WARM, 8_000 * 1024, 4096, 4096, 500_000, 1024, 2048)
    assert memory.largest_pixels() == 8_000_000 - 8_000
    for pixels_kilobytes, pixels in ((1_000_000, 250_000), (2_000_000, 1_000_000), (3_000_000, 1_500_000)):
        assert memory.largest_pixels(limit_bytes=(pixels_kilobytes + 8_000) * 1024) == pixels
    beyond_painter = [
        memory.process_bytes(width_px=1_000, height_px=height_px) - WARM.resident_bytes - 8_000 * 1024
        for height_px in (400, 500, 501, 3_000)
    ]
    assert beyond_painter == [400_000 * 4096, 500_000 * 4096, 500_000 * 4096, 3_000_000 * 1024]


def test_a_larger_canvas_is_whole_if_twice_its_memory_is_free(machine: Path) -> None:
    memory = CanvasMemory(WARM, 8_000 * 1024, 8 * 1024, 8 * 1024, 400_000, 1024, 1024, roomy_whole_pixels=500_000)
    cramped = replace(memory, fixed_bytes=8_001 * 1024)
    assert (memory.largest_pixels(), cramped.largest_pixels()) == (8_000_000 - 8_000, 8_000_000 - 8_001)
    for pixels, whole, whole_if_cramped in ((400_000, True, True), (499_500, True, False), (500_001, False, False)):
        assert (memory.is_whole(pixels), cramped.is_whole(pixels)) == (whole, whole_if_cramped)
    assert memory.masked().is_whole(2_000_000)
    for pixels_high, bytes_per_pixel in ((400, 8 * 1024), (500, 8 * 1024), (4_000, 1024)):
        taken = memory.process_bytes(width_px=1_000, height_px=pixels_high) - WARM.resident_bytes - 8_000 * 1024
        assert taken == pixels_high * 1_000 * bytes_per_pixel


def test_a_canvas_too_large_for_memory_is_refused_with_a_size_that_fits(machine: Path) -> None:
    memory = CanvasMemory(WARM, fixed_bytes=0, resident_bytes_per_pixel=8_000, reserved_bytes_per_pixel=8_000)
    memory.check(width_px=1_280, height_px=800)
    with pytest.raises(OutOfMemory, match=r"paint 1600 × 1000 px\. Choose 1280 px or less\.$"):
        memory.check(width_px=1_600, height_px=1_000)
    memory.check(width_px=2_000, height_px=100)
    with pytest.raises(OutOfMemory):
        memory.check(width_px=2_048, height_px=100)  # the style picture is equally long, but wider
    memory.check(width_px=1_200, height_px=800, style_scale=1.5)
    with pytest.raises(OutOfMemory):
        memory.check(width_px=1_200, height_px=800, style_scale=1.8)


@pytest.mark.parametrize(
    ("pixels", "width", "height", "side_px"),
    [
        (512 * 512, 1, 1, 512),
        (512 * 512 - 1, 1, 1, 480),
        (512 * 512, 300, 200, 608),
        (512 * 512, 200, 300, 608),
        (512 * 512, 4_000, 40, 1_024),
        (64 * 64, 7, 7, 64),
        (64 * 64 - 1, 7, 7, 0),
        (0, 1, 1, 0),
        (10**9, 1, 1, 2_048),
    ],
)
def test_the_longest_side_is_a_round_number_that_recipes_accept(
    pixels: int, width: int, height: int, side_px: int
) -> None:
    assert longest_side_px(pixels, width=width, height=height) == side_px


@pytest.mark.parametrize("limit", ["RLIMIT_DATA", "RLIMIT_AS"])
def test_the_limits_of_the_process_itself_apply(limit: str) -> None:
    script = f"""
import resource
from stylizer.memory import OwnMemory, reservable_memory_bytes

own = OwnMemory.now()
taken = {{"RLIMIT_DATA": own.writable_bytes, "RLIMIT_AS": own.address_bytes}}["{limit}"]
resource.setrlimit(resource.{limit}, (taken + 10_000_000, taken + 10_000_000))
print(reservable_memory_bytes(beyond=own))
"""
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert output.stdout == "10000000\n"


def test_a_process_uses_no_more_than_its_limit() -> None:
    script = """
from stylizer.memory import OwnMemory, limit_memory, reservable_memory_bytes

before = OwnMemory.now()
limit_memory(64 * 2**20)
assert reservable_memory_bytes(beyond=before) <= 64 * 2**20
fits = bytearray(32 * 2**20)
try:
    bytearray(64 * 2**20)
except MemoryError:
    print("refused")
"""
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (output.stdout, output.stderr) == ("refused\n", "")
