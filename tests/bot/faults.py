"""Faults that tests bring about: a locked database, and a Discord that doesn't answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from typing import Any

import discord
import pytest

from tests.bot.conftest import Studio
from tests.databases import open_as_another_program


@asynccontextmanager
async def locked_database(studio: Studio) -> AsyncIterator[None]:
    """Have another program lock the database while the block runs: it can be read, but not written to."""
    with closing(open_as_another_program(studio.data_dir)) as other:
        await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")  # which may wait for the bot
        yield


def hold_edits(monkeypatch: pytest.MonkeyPatch, studio: Studio, *, showing: str = "painting.") -> asyncio.Event:
    """Have Discord keep every edit that shows such a file, or with an empty name every edit, until this is set."""
    taken, edit = asyncio.Event(), discord.Webhook.edit_message

    async def held(webhook: Any, *args: Any, **changes: Any) -> Any:
        if not showing or any(showing in file.filename for file in changes.get("attachments", ())):
            await studio.env.external_wait(taken.wait(), reason="Discord does not answer")
        return await edit(webhook, *args, **changes)

    monkeypatch.setattr(discord.Webhook, "edit_message", held)
    return taken
