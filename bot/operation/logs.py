"""Logging with structlog: one line per event, readable on a terminal, JSON elsewhere, and never a token."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable
from typing import TextIO

import discord
import structlog
from structlog.typing import EventDict, ProcessorReturnValue, WrappedLogger

from bot.errors import NETWORK_ERRORS
from config.settings import LogSettings

# Anyone with an interaction's token can respond as the bot for 15 minutes.
_TOKEN_IN_PATH = re.compile(r"(/(?:webhooks|interactions)/\d+/)[^/\s?'\"]+")
HIDDEN = "[hidden]"

OUTAGES = (*NETWORK_ERRORS, discord.ConnectionClosed, discord.GatewayNotFound)
"""Errors that discord.py logs with a traceback, then retries."""


def configure_logging(settings: LogSettings, *, secrets: Iterable[str] = (), stream: TextIO | None = None) -> None:
    """Send the logs of structlog and the standard library to standard error, in the configured format."""
    stream = stream or sys.stderr
    on_terminal = settings.format == "console" or (settings.format == "auto" and stream.isatty())
    renderer: structlog.typing.Processor = structlog.processors.JSONRenderer()
    if on_terminal:
        # The default shows the local variables of every frame, including tokens and pictures.
        plain = structlog.dev.plain_traceback
        renderer = structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=plain)
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder(()), _shorten_outages],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *(() if on_terminal else (structlog.processors.format_exc_info,)),
            renderer,
            _SecretFilter(secrets),
        ],
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.level.upper())
    # At "info" these log every connection, at "debug" every byte.
    for chatty in ("discord", "aiosqlite", "alembic", "PIL", "asyncio"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def _shorten_outages(_logger: WrappedLogger, _name: str, entry: EventDict) -> EventDict:
    """Replace the traceback of discord.py's network errors by their message: the place in discord.py helps nobody."""
    error = (entry.get("exc_info") or (None, None))[1]
    if str(entry.get("logger")).startswith("discord.") and isinstance(error, OUTAGES):
        del entry["exc_info"]
        entry["problem"] = str(error) or type(error).__name__
    return entry


class _SecretFilter:
    """The last processor: no token leaves the process, no matter what logged it."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = [secret for secret in secrets if secret]

    def __call__(self, _logger: WrappedLogger, _name: str, line: EventDict | str) -> ProcessorReturnValue:
        text = _TOKEN_IN_PATH.sub(rf"\1{HIDDEN}", str(line))
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return text
