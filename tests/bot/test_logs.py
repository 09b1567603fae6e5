"""Logs: readable on a terminal, JSON elsewhere, and without tokens."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from bot.operation.logs import configure_logging
from config.settings import LogSettings


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """Restore the process's logging afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def test_lines_are_json_outside_of_a_terminal() -> None:
    stream = io.StringIO()
    configure_logging(LogSettings(), stream=stream)
    structlog.get_logger("bot").info("job.accepted", job="1")
    logging.getLogger("stylizer").warning("Worker %s ended", "painter-0")
    ours, theirs = map(json.loads, stream.getvalue().splitlines())
    assert (ours["event"], ours["job"], ours["level"]) == ("job.accepted", "1", "info")
    assert (theirs["event"], theirs["logger"]) == ("Worker painter-0 ended", "stylizer")
    assert "timestamp" in ours


def test_lines_are_readable_on_a_terminal() -> None:
    stream = Terminal()
    configure_logging(LogSettings(), stream=stream)
    structlog.get_logger("bot").info("job.accepted", job="1")
    assert "job.accepted" in stream.getvalue()
    assert not stream.getvalue().startswith("{")


@pytest.mark.parametrize("form", ["console", "json"])
def test_tokens_never_leave_the_process(form: str) -> None:
    stream = io.StringIO()
    configure_logging(LogSettings.model_validate({"format": form}), secrets=["bot.token"], stream=stream)
    log = structlog.get_logger("bot")
    log.error("Unauthorized: Bot bot.token")
    logging.getLogger("discord.http").warning("PATCH https://x/webhooks/12/aW50ZXJ/messages/@original is limited")
    log.error("failed", exc_info=ValueError("POST /interactions/1/aW50ZXJ/callback with bot.token"))
    assert "bot.token" not in stream.getvalue()
    assert "aW50ZXJ" not in stream.getvalue()
    assert "/webhooks/12/[hidden]/messages" in stream.getvalue()


@pytest.mark.parametrize("form", ["console", "json"])
def test_a_traceback_shows_no_variables_because_they_may_contain_tokens(form: str) -> None:
    stream = io.StringIO()
    configure_logging(LogSettings.model_validate({"format": form}), stream=stream)
    token = "-".join(["aW50", "ZXJ"])  # joined here so that the source line in the traceback doesn't contain it
    try:
        json.loads(token)
    except ValueError:
        structlog.get_logger("bot").exception("job.failed")
    assert "Traceback" in stream.getvalue()
    assert token not in stream.getvalue()


@pytest.mark.parametrize("form", ["console", "json"])
def test_an_outage_of_discord_is_logged_without_a_traceback(form: str) -> None:
    stream = io.StringIO()
    configure_logging(LogSettings.model_validate({"format": form}), stream=stream)
    error = ConnectionRefusedError("Cannot connect to host gateway.discord.gg")
    logging.getLogger("discord.shard").error("Failed to connect for shard_id: %s. Retrying...", 0, exc_info=error)
    assert stream.getvalue().count("\n") == 1
    assert "exception" not in stream.getvalue()
    assert "Cannot connect to host gateway.discord.gg" in stream.getvalue()


def test_other_errors_keep_their_traceback() -> None:
    stream = io.StringIO()
    configure_logging(LogSettings(), stream=stream)
    error = ZeroDivisionError("a mistake")
    logging.getLogger("discord.client").error("Ignoring exception in on_ready", exc_info=error)
    assert "ZeroDivisionError" in json.loads(stream.getvalue())["exception"]


def test_the_configured_level_applies() -> None:
    stream = io.StringIO()
    configure_logging(LogSettings(level="warning"), stream=stream)
    structlog.get_logger("bot").info("quiet")
    assert stream.getvalue() == ""


@pytest.mark.parametrize("library", ["discord.client", "alembic.runtime.migration", "aiosqlite"])
def test_libraries_log_only_warnings_and_errors(library: str) -> None:
    stream = io.StringIO()
    configure_logging(LogSettings(), stream=stream)
    logging.getLogger(library).info("connecting")
    logging.getLogger(library).warning("refused")
    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["refused"]
