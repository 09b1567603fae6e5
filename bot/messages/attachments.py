"""The files of cards that the bot posts by itself: which of them a message shows already, also after a restart."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import discord

from bot.messages.card import Card, CardFile
from bot.storage.kept_messages import KeptFile


@dataclass(frozen=True, slots=True)
class Unchanged:
    """An attachment that an edit leaves as it is. discord.py's own class has to be made from all of Discord's data."""

    attachment_id: int

    def to_dict(self) -> dict[str, Any]:
        """Return it as Discord expects it in an edit."""
        return {"id": self.attachment_id}


def digest_of(card: Card) -> str:
    """Changes whenever the card's layout or one of its files does."""
    files = [(file.name, fingerprint_of(file)) for file in card.files]
    content = json.dumps([card.view.to_components(), files], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def fingerprint_of(file: CardFile) -> str:
    """The SHA-256 of a file's bytes; for one on disk its name, which is the same in the store, and its size."""
    if isinstance(file.source, bytes):
        return hashlib.sha256(file.source).hexdigest()
    return f"{file.source.path.name}:{file.source.size_bytes}"


def kept_files(card: Card, message: discord.Message) -> tuple[KeptFile, ...]:
    """The message's attachments that are files of the card."""
    ids = {attachment.filename: attachment.id for attachment in message.attachments}
    return tuple(KeptFile(ids[file.name], file.name, fingerprint_of(file)) for file in card.files if file.name in ids)
