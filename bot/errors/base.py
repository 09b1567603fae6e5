"""The root of the bot's errors."""

from __future__ import annotations

import aiohttp

from bot.words.error import WordedError

NETWORK_ERRORS = (aiohttp.ClientError, OSError)
"""What discord.py lets through when Discord can't be reached."""


class AtelierError(WordedError):
    """Anything that goes wrong between Discord and the painter."""
