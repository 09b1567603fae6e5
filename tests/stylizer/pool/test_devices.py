from __future__ import annotations

from pathlib import Path

import pytest

from stylizer.pool import default_devices
from stylizer.pool.devices import parse_devices

TWO_GPUS = """\
GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-1f2e3d4c-0000-1111-2222-333344445555)
GPU 1: NVIDIA H100 80GB HBM3 (UUID: GPU-99887766-aaaa-bbbb-cccc-ddddeeeeffff)
"""
ONE_DIVIDED = """\
GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-1f2e3d4c-0000-1111-2222-333344445555)
  MIG 3g.20gb     Device  0: (UUID: MIG-c7384736-a75d-5afc-978f-d2f1294409fd)
  MIG 3g.20gb     Device  1: (UUID: MIG-a28ad590-3fda-56dd-84fc-0a0b96edc58d)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-99887766-aaaa-bbbb-cccc-ddddeeeeffff)
"""


def install_driver(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Replace the NVIDIA driver's program."""
    program = folder / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")


def test_each_gpu_is_a_device() -> None:
    assert parse_devices(TWO_GPUS) == (
        "GPU-1f2e3d4c-0000-1111-2222-333344445555",
        "GPU-99887766-aaaa-bbbb-cccc-ddddeeeeffff",
    )


def test_a_divided_gpu_counts_as_its_parts() -> None:
    assert parse_devices(ONE_DIVIDED) == (
        "MIG-c7384736-a75d-5afc-978f-d2f1294409fd",
        "MIG-a28ad590-3fda-56dd-84fc-0a0b96edc58d",
        "GPU-99887766-aaaa-bbbb-cccc-ddddeeeeffff",
    )


def test_gpus_are_listed_by_the_driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_driver(tmp_path, monkeypatch, f"[ \"$*\" = -L ] && echo '{TWO_GPUS}'")
    assert len(default_devices()) == 2


def test_a_driver_that_fails_means_no_gpu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    install_driver(tmp_path, monkeypatch, "exit 9")
    assert default_devices() == ()
    assert "doesn't answer" in caplog.text


def test_a_driver_that_hangs_means_no_gpu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    install_driver(tmp_path, monkeypatch, "exec sleep 600")
    assert default_devices(driver_timeout_seconds=0.05) == ()
    assert "doesn't answer" in caplog.text


def test_no_driver_means_no_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert default_devices() == ()


@pytest.mark.parametrize(
    ("visible", "devices"),
    [
        ("0,2", ("0", "2")),
        (" GPU-a , GPU-b ", ("GPU-a", "GPU-b")),
        ("", ()),
        ("-1", ()),
        ("NoDevFiles", ()),
        ("0,-1,1", ("0",)),
    ],
)
def test_the_operators_choice_is_kept(
    visible: str, devices: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_driver(tmp_path, monkeypatch, f"echo '{TWO_GPUS}'")
    assert default_devices(visible) == devices
