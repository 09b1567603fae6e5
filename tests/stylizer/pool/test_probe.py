"""Probe a worker's weights and device in a separate process."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from pathlib import Path

import pytest

from stylizer.pool.probe import Equipment, probe


@pytest.mark.weights
async def test_the_shipped_weights_load_and_the_device_has_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    found = await probe(precision="float32", threads=1)
    assert found == Equipment("shipped", None, "float32", "as set", "CPU, 1 thread", 0)


def fake_python(folder: Path, script: str) -> str:
    """Write a program that stands in for the probing Python, and return its path."""
    program = folder / "python"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return str(program)


async def test_a_painter_that_cannot_start_is_reported(tmp_path: Path) -> None:
    broken = fake_python(tmp_path, "echo first >&2\necho 'No module named tensorflow' >&2\nexit 1")
    assert (await probe(python=broken)).problem == "No module named tensorflow"


@pytest.mark.parametrize("answer", ["", "Downloading", "Downloading {}", "[]", "{}", '{"gpus": 1}', "7", "\\377"])
async def test_a_malformed_answer_is_reported(tmp_path: Path, answer: str) -> None:
    babbling = fake_python(tmp_path, f"printf '{answer}'")
    assert (await probe(python=babbling)).problem == "its answer makes no sense"


async def test_output_before_the_answer_is_skipped(tmp_path: Path) -> None:
    expected = Equipment("keras", None, "float32", "as set", "CPU, 1 thread", 0)
    talkative = fake_python(tmp_path, f"echo Downloading\necho '{json.dumps(dataclasses.asdict(expected))}'")
    assert await probe(weights="keras", python=talkative) == expected


async def test_it_is_asked_about_the_settings_of_the_workers(tmp_path: Path) -> None:
    repeating = fake_python(tmp_path, 'echo "$*" >&2\nexit 1')
    asked = (await probe(precision="float16", threads=3, deterministic=False, python=repeating)).problem
    assert asked == "-m stylizer.pool.probe --weights shipped --precision float16 --threads 3 --nondeterministic"


async def test_a_silent_painter_times_out(tmp_path: Path) -> None:
    hung = fake_python(tmp_path, "exec sleep 600")
    problem = (await probe(python=hung, timeout_seconds=0.2)).problem
    assert problem == "it didn't answer within 0.2 seconds"


async def test_a_painter_that_only_talks_times_out(tmp_path: Path) -> None:
    flooding = fake_python(tmp_path, "exec cat /dev/zero")
    async with asyncio.timeout(60):
        problem = (await probe(python=flooding, timeout_seconds=0.2)).problem
    assert problem == "it didn't answer within 0.2 seconds"
