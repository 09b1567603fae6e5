"""What is known about the messages that the bot posts by itself, in both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.storage.kept_messages import KeptFile, KeptMessage, KeptMessageRecords
from tests.databases import open_current_database

FORUM, POST = 2**62, 2**62 + 1
MESSAGE = KeptMessage(
    "challenge:7",
    guild_id=2**62 + 2,
    channel_id=FORUM,
    message_id=POST,
    message_channel_id=POST,
    thread_id=POST,
    digest="d" * 64,
    files=(KeptFile(2**62 + 3, "sea.png", "s" * 64), KeptFile(2**62 + 4, "forest.png", "f" * 64)),
    posts=2,
    nonce=2**63 - 1,
)


@pytest.fixture
async def records(database_url: str) -> AsyncIterator[KeptMessageRecords]:
    async with open_current_database(database_url) as sessions:
        yield KeptMessageRecords(sessions)


async def test_a_message_comes_back_as_it_was_saved(records: KeptMessageRecords) -> None:
    new = KeptMessage("challenge:8", guild_id=1, channel_id=2)
    for message in (MESSAGE, new):
        await records.save(message)

    assert await records.get(MESSAGE.key) == MESSAGE
    assert await records.get(new.key) == new
    assert await records.get("challenge:9") is None


async def test_a_message_is_replaced_changed_and_forgotten(records: KeptMessageRecords) -> None:
    await records.save(MESSAGE)
    edited = replace(MESSAGE, digest="e" * 64, files=MESSAGE.files[:1], nonce=None)
    await records.save(edited)
    await records.change(MESSAGE.key, message_id=None)
    await records.change("challenge:9", message_id=POST)

    assert await records.get(MESSAGE.key) == replace(edited, message_id=None)
    assert await records.get("challenge:9") is None
    await records.delete(MESSAGE.key)
    assert await records.get(MESSAGE.key) is None


async def test_the_posts_of_a_forum_are_those_of_its_messages(records: KeptMessageRecords) -> None:
    for message in (
        MESSAGE,
        replace(MESSAGE, key="being posted", message_channel_id=None),
        replace(MESSAGE, key="elsewhere", channel_id=5, message_channel_id=6),
    ):
        await records.save(message)

    assert await records.posts_in(FORUM) == {POST}
