"""Errors that end the demo with one sentence."""

from __future__ import annotations

import click


class DemoError(click.ClickException):
    """A problem that keeps the demo from starting."""

    exit_code = 2


class NotPainted(DemoError):
    """A problem that kept the sample from being painted."""

    exit_code = 1
