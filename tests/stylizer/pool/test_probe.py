"""Probe a worker's weights and device in a separate process."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path

import pytest

from stylizer.pool import probe as probing
from stylizer.pool.probe import Equipment, probe


@pytest.mark.weights
async def test_the_shipped_weights_load_and_the_device_has_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    found = await probe(precision="float32", threads=1)
    assert found == Equipment("shipped", None, "float32", "as set", "CPU, 1 thread", 0)


async def test_a_painter_that_cannot_start_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho first >&2\necho 'No module named tensorflow' >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(broken))
    assert (await probe()).problem == "No module named tensorflow"


@pytest.mark.parametrize("answer", ["", "Downloading", "Downloading {}", "[]", "{}", '{"gpus": 1}', "7", "\\377"])
async def test_a_malformed_answer_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, answer: str) -> None:
    babbling = tmp_path / "python"
    babbling.write_text(f"#!/bin/sh\nprintf '{answer}'\n")
    babbling.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(babbling))
    assert (await probe()).problem == "its answer makes no sense"


async def test_output_before_the_answer_is_skipped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    expected = Equipment("keras", None, "float32", "as set", "CPU, 1 thread", 0)
    talkative = tmp_path / "python"
    talkative.write_text(f"#!/bin/sh\necho Downloading\necho '{json.dumps(dataclasses.asdict(expected))}'\n")
    talkative.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(talkative))
    assert await probe(weights="keras") == expected


async def test_a_silent_painter_times_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    hung = tmp_path / "python"
    hung.write_text("#!/bin/sh\nexec sleep 600\n")
    hung.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(hung))
    monkeypatch.setattr(probing, "PROBE_TIMEOUT_SECONDS", 0.2)
    problem = (await probe()).problem
    assert problem is not None
    assert "didn't answer" in problem
