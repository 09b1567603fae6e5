"""Which picture a form is for: a short key that outlives the process where it can say so by itself."""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from collections import OrderedDict

from yarl import URL

from bot.sources.picture import CDN, MEDIA_HOST, SIGNATURE, SentPicture

MAX_KEY_LENGTH = 100
"""What Discord allows for the value of an option, and for a form's id."""
MAX_REMEMBERED = 5000
"""Pictures of open forms, about 2 MB."""

_FOLDERS = {
    "a": f"{CDN}/attachments/",
    "e": f"{CDN}/ephemeral-attachments/",
    "c": f"{CDN}/",
    "m": f"https://{MEDIA_HOST}/",
    "u": "",
}
"""How a key begins, and how the URL that it stands for does."""
_HIDDEN = "!"
_REMEMBERED = "#"
_SHORTHANDS = (("/users/", "^u"), ("/avatars/", "^v"), ("?size=1024", "^s"))
_ID = re.compile(r"(?<![0-9])[1-9][0-9]{15,18}(?![0-9])")
_SHORT_ID = re.compile(r"~([A-Za-z0-9_-]{11})")
_HASH = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
_SHORT_HASH = re.compile(r"\^h([A-Za-z0-9_-]{22})")


class PictureKeys:
    """Gives pictures keys, and finds them again.

    A picture that was given a key in this process is found with all that was known of it. After a restart a key stands
    for the URL that it holds: an attachment's without its signature, which Discord gives anew. A URL that is too long,
    as that of a link preview is, is known to this process only.
    """

    def __init__(self) -> None:
        self._remembered: OrderedDict[str, SentPicture] = OrderedDict()

    def key(self, picture: SentPicture, *, max_length: int = MAX_KEY_LENGTH) -> str:
        """A key for the picture, of at most so many letters."""
        written = _written(picture)
        if written is None or len(written) > max_length:
            written = f"{_REMEMBERED}{secrets.token_urlsafe(9)}"
        self._remembered[written] = picture
        self._remembered.move_to_end(written)
        while len(self._remembered) > MAX_REMEMBERED:
            self._remembered.popitem(last=False)
        return written

    def find(self, key: str, *, poster_id: int | None = None) -> SentPicture | None:
        """The picture of that key; None for one that only a former process knew."""
        return self._remembered.get(key) or _read(key, poster_id=poster_id)


def short_id(snowflake: int) -> str:
    """A Discord ID in eleven letters."""
    return _letters(snowflake.to_bytes(8))


def long_id(short: str) -> int:
    """The Discord ID of eleven letters. Raises `ValueError`."""
    return int.from_bytes(_bytes(short))


def _written(picture: SentPicture) -> str | None:
    """The key that says it all; None where there is no telling it from another."""
    url = URL(picture.url)
    address = str(url.without_query_params(*SIGNATURE))
    if "~" in address or "^" in address:
        return None
    letter, folder = next((letter, folder) for letter, folder in _FOLDERS.items() if address.startswith(folder))
    rest = _ID.sub(lambda found: f"~{short_id(int(found[0]))}", address.removeprefix(folder))
    rest = _HASH.sub(lambda found: f"^h{_letters(bytes.fromhex(found[0]))}", rest)
    for long, short in _SHORTHANDS:
        rest = rest.replace(long, short)
    return f"{_HIDDEN if picture.hidden else ''}{letter}{rest}"


def _read(key: str, *, poster_id: int | None) -> SentPicture | None:
    hidden = key.startswith(_HIDDEN)
    letter, rest = key.removeprefix(_HIDDEN)[:1], key.removeprefix(_HIDDEN)[1:]
    if letter not in _FOLDERS:
        return None
    for long, short in _SHORTHANDS:
        rest = rest.replace(short, long)
    try:
        rest = _SHORT_HASH.sub(lambda found: _bytes(found[1]).hex(), rest)
        address = _FOLDERS[letter] + _SHORT_ID.sub(lambda found: str(long_id(found[1])), rest)
        name = URL(address).name
    except ValueError:
        return None
    return SentPicture(address, name, hidden=hidden, poster_id=poster_id) if name else None


def _letters(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(letters: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(letters + "=" * (-len(letters) % 4))
    except binascii.Error as error:
        raise ValueError(letters) from error
