"""Runs a program in its own process, which does a piece of work for each line of its standard input."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Self, cast

import click

from benchmarks.commits import ROOT, environment_of


class Peer:
    """A program, started by a `with` block. It prints a line when it is ready, then answers each line with a line."""

    def __init__(self, *command: str, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> None:
        self._process = subprocess.Popen(
            command, cwd=cwd, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.greeting = ""
        """The line it printed when it was ready."""

    @classmethod
    def of_tree(cls, tree: Path, program: str, *options: str) -> Self:
        """A program in this folder that uses another folder's code."""
        return cls(sys.executable, str(ROOT / "benchmarks" / program), *options, cwd=tree, env=environment_of(tree))

    def __enter__(self) -> Self:
        self.greeting = self._read()
        return self

    def __exit__(self, *_: object) -> None:
        with self._process:
            self._process.kill()

    def ask(self, request: str) -> str:
        """Send a line, and wait for the answer."""
        print(request, file=self._process.stdin, flush=True)
        return self._read()

    def _read(self) -> str:
        line = cast("IO[str]", self._process.stdout).readline()
        if not line:
            raise click.ClickException("A painter ended unexpectedly; see its output above.")
        return line.strip()
