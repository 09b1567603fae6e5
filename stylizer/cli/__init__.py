"""The command line: `python -m stylizer`."""

from stylizer.cli.command import main

__all__ = ["main"]
