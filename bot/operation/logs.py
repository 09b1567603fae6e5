"""Logs by structlog: one line per event, readable on a terminal, JSON elsewhere, never with a token in it."""

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

# Whoever has an interaction's token can answer in the bot's name for 15 minutes.
_TOKEN_IN_PATH = re.compile(r"(/(?:webhooks|interactions)/\d+/)[^/\s?'\"]+")
HIDDEN = "[hidden]"

OUTAGES = (*NETWORK_ERRORS, discord.ConnectionClosed, discord.GatewayNotFound)
"""What discord.py logs with a traceback, and then tries again."""


def configure_logging(settings: LogSettings, *, secrets: Iterable[str] = (), stream: TextIO | None = None) -> None:
    """Send what structlog and the standard library log to standard error, in the form that the settings name."""
    stream = stream or sys.stderr
    on_terminal = settings.format == "console" or (settings.format == "auto" and stream.isatty())
    renderer: structlog.typing.Processor = structlog.processors.JSONRenderer()
    if on_terminal:
        # By default it shows the local variables of every frame: tokens and pictures are among them.
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
        foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder(()), _tell_outages_in_a_line],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *(() if on_terminal else (structlog.processors.format_exc_info,)),
            renderer,
            _Hiding(secrets),
        ],
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.level.upper())
    # At "info" these tell about every connection, at "debug" about every byte.
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


def _tell_outages_in_a_line(_logger: WrappedLogger, _name: str, entry: EventDict) -> EventDict:
    """Leave of discord.py's network errors what they say: where in it they were raised helps nobody."""
    error = (entry.get("exc_info") or (None, None))[1]
    if str(entry.get("logger")).startswith("discord.") and isinstance(error, OUTAGES):
        del entry["exc_info"]
        entry["problem"] = str(error) or type(error).__name__
    return entry


class _Hiding:
    """The last processor: whatever wrote a token into a line, it does not leave the process."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = [secret for secret in secrets if secret]

    def __call__(self, _logger: WrappedLogger, _name: str, line: EventDict | str) -> ProcessorReturnValue:
        text = _TOKEN_IN_PATH.sub(rf"\1{HIDDEN}", str(line))
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return text
