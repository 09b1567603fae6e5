"""A program in its own process that does a piece of work per line on its standard input."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Self, cast

import click

from benchmarks.commits import ROOT, environment_of


class Peer:
    """Starts the program in a `with` block; it says that it is ready, and then answers each line with a line."""

    def __init__(self, *command: str, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> None:
        self._process = subprocess.Popen(
            command, cwd=cwd, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.greeting = ""
        """What it said when it was ready."""

    @classmethod
    def of_tree(cls, tree: Path, program: str, *options: str) -> Self:
        """A program of this folder that uses the code of another one."""
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
            raise click.ClickException("A painter has ended; see its output above.")
        return line.strip()
