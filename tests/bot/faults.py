"""Faults that tests bring about: a database that is locked, or refuses a row, and a Discord that doesn't answer."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from typing import Any

import discord
import pytest

from tests.bot.conftest import Studio
from tests.databases import FILENAME


def open_as_another_program(studio: Studio) -> sqlite3.Connection:
    """Open a bot's database as another program does."""
    path = studio.app.settings.data_dir / FILENAME
    return sqlite3.connect(path, isolation_level=None, check_same_thread=False)


@asynccontextmanager
async def locked_database(studio: Studio) -> AsyncIterator[None]:
    """Have another program lock the database while the block runs: it can be read, but not written to."""
    with closing(open_as_another_program(studio)) as other:
        await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")  # which may wait for the bot
        yield


@contextmanager
def database_refusing(studio: Studio, change: str, *, condition: str = "true") -> Iterator[None]:
    """Have the database refuse a change of a job (`INSERT` or `UPDATE`) for a reason that the bot doesn't know."""
    with closing(open_as_another_program(studio)) as other:
        other.execute(
            f"CREATE TRIGGER refusal BEFORE {change} ON jobs WHEN {condition} "
            "BEGIN SELECT RAISE(ABORT, 'a detail'); END"
        )
        yield
        other.execute("DROP TRIGGER refusal")


def hold_paintings(monkeypatch: pytest.MonkeyPatch, studio: Studio) -> asyncio.Event:
    """Have Discord keep every edit that posts a painting until this is set."""
    taken, edit = asyncio.Event(), discord.Webhook.edit_message

    async def held(webhook: Any, *args: Any, **changes: Any) -> Any:
        if any("painting." in file.filename for file in changes.get("attachments", ())):
            await studio.env.external_wait(taken.wait(), reason="Discord does not answer")
        return await edit(webhook, *args, **changes)

    monkeypatch.setattr(discord.Webhook, "edit_message", held)
    return taken
