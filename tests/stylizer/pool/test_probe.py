"""What a worker would paint with, found out in a process of its own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from stylizer.pool import probe as probing
from stylizer.pool.probe import Equipment, probe


@pytest.mark.weights
async def test_the_shipped_weights_fit_and_the_device_has_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    found = await probe(precision="float32", threads=1)
    assert found == Equipment("shipped", None, "float32", "as set", "CPU, 1 thread", 0)


async def test_a_painter_that_cannot_start_is_told_about(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho first >&2\necho 'No module named tensorflow' >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(broken))
    assert (await probe()).problem == "No module named tensorflow"


async def test_a_painter_that_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    hung = tmp_path / "python"
    hung.write_text("#!/bin/sh\nexec sleep 600\n")
    hung.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(hung))
    monkeypatch.setattr(probing, "PATIENCE_SECONDS", 0.2)
    problem = (await probe()).problem
    assert problem is not None
    assert "no answer" in problem
