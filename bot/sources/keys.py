"""Short keys that say which picture a form is about; most of them still work after a restart."""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from collections import OrderedDict

from yarl import URL

from bot.sources.picture import CDN, MEDIA_HOST, SIGNATURE, SentPicture

MAX_KEY_LENGTH = 100
"""Discord's limit for the value of a select option, and for a form's custom ID."""
MAX_REMEMBERED = 5000
"""Pictures of open forms, about 2 MB."""

_FOLDERS = {
    "a": f"{CDN}/attachments/",
    "e": f"{CDN}/ephemeral-attachments/",
    "c": f"{CDN}/",
    "m": f"https://{MEDIA_HOST}/",
    "u": "",
}
"""A key's first letter, and how the URL that it encodes begins."""
_SPOILER_MARK = "!"
_MEMORY_MARK = "#"
_SHORTHANDS = (("/users/", "^u"), ("/avatars/", "^v"), ("?size=1024", "^s"))
_ID = re.compile(r"(?<![0-9])[1-9][0-9]{15,18}(?![0-9])")
_SHORT_ID = re.compile(r"~([A-Za-z0-9_-]{11})")
_HASH = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
_SHORT_HASH = re.compile(r"\^h([A-Za-z0-9_-]{22})")


class PictureKeys:
    """Makes keys for pictures, and finds the pictures again.

    In the same process a key finds the picture with everything known about it. After a restart it finds the URL that
    it encodes: an attachment's without its signature, which Discord can refresh. A URL that is too long to encode, such
    as a link preview's, is only found by the process that made the key.
    """

    def __init__(self, *, max_remembered: int = MAX_REMEMBERED) -> None:
        self._max_remembered = max_remembered
        self._remembered: OrderedDict[str, SentPicture] = OrderedDict()

    def key(self, picture: SentPicture, *, max_length: int = MAX_KEY_LENGTH) -> str:
        """Return a key for the picture, at most `max_length` characters long."""
        key = _encode(picture)
        if key is None or len(key) > max_length:
            key = f"{_MEMORY_MARK}{secrets.token_urlsafe(9)}"
        self._remembered[key] = picture
        self._remembered.move_to_end(key)
        while len(self._remembered) > self._max_remembered:
            self._remembered.popitem(last=False)
        return key

    def find(self, key: str, *, poster_id: int | None = None) -> SentPicture | None:
        """Return the picture of a key, or None if only an earlier process knew it."""
        return self._remembered.get(key) or _decode(key, poster_id=poster_id)


def short_id(snowflake: int) -> str:
    """Encode a Discord ID as eleven characters."""
    return _base64(snowflake.to_bytes(8))


def long_id(short: str) -> int:
    """Decode a Discord ID from `short_id`. Raises `ValueError`."""
    return int.from_bytes(_from_base64(short))


def _encode(picture: SentPicture) -> str | None:
    """Encode the picture's URL as a key; None if the URL contains a character that the encoding uses itself."""
    url = URL(picture.url)
    address = str(url.without_query_params(*SIGNATURE))
    if "~" in address or "^" in address:
        return None
    letter, folder = next((letter, folder) for letter, folder in _FOLDERS.items() if address.startswith(folder))
    rest = _ID.sub(lambda found: f"~{short_id(int(found[0]))}", address.removeprefix(folder))
    rest = _HASH.sub(lambda found: f"^h{_base64(bytes.fromhex(found[0]))}", rest)
    for long, short in _SHORTHANDS:
        rest = rest.replace(long, short)
    return f"{_SPOILER_MARK if picture.hidden else ''}{letter}{rest}"


def _decode(key: str, *, poster_id: int | None) -> SentPicture | None:
    hidden = key.startswith(_SPOILER_MARK)
    letter, rest = key.removeprefix(_SPOILER_MARK)[:1], key.removeprefix(_SPOILER_MARK)[1:]
    if letter not in _FOLDERS:
        return None
    for long, short in _SHORTHANDS:
        rest = rest.replace(short, long)
    try:
        rest = _SHORT_HASH.sub(lambda found: _from_base64(found[1]).hex(), rest)
        address = _FOLDERS[letter] + _SHORT_ID.sub(lambda found: str(long_id(found[1])), rest)
        name = URL(address).name
    except ValueError:
        return None
    return SentPicture(address, name, hidden=hidden, poster_id=poster_id) if name else None


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _from_base64(encoded: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    except binascii.Error as error:
        raise ValueError(encoded) from error
