"""What stops the demo."""

from __future__ import annotations

import click


class DemoError(click.ClickException):
    """What stops the demo before it has begun, in one sentence."""

    exit_code = 2


class NotPainted(DemoError):
    """What kept the painter from its work, in one sentence."""

    exit_code = 1
