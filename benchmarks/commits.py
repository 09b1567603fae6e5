"""Checks out past commits, so that their code can run next to this code."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

ROOT = Path(__file__).parents[1]
"""The root folder of this code."""


@contextmanager
def checked_out(commit: str) -> Iterator[Path]:
    """Check out a commit into a folder that is removed at the end of the block."""
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / "tree"
        git = ("git", "-C", str(ROOT), "worktree")
        added = subprocess.run(
            (*git, "add", "--detach", str(folder), commit), capture_output=True, text=True, check=False
        )
        if added.returncode != 0:
            raise click.UsageError(f"Can't check out {commit}: {added.stderr.strip()}")
        try:
            yield folder
        finally:
            subprocess.run((*git, "remove", "--force", str(folder)), capture_output=True, check=True)


def commit_id(tree: Path) -> str:
    """The full ID of the commit that is checked out in a folder."""
    git = ("git", "-C", str(tree), "rev-parse", "HEAD")
    return subprocess.run(git, capture_output=True, text=True, check=True).stdout.strip()


def environment_of(tree: Path) -> dict[str, str]:
    """The environment for a process that runs the code in a folder."""
    return {**os.environ, "PYTHONPATH": str(tree), "TF_CPP_MIN_LOG_LEVEL": "3"}
