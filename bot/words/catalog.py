"""The catalogs on disk: gettext `.po` files whose msgids are keys such as `card-waiting-next`.

`locales/en.po` has everything that members read; the other languages have the same keys. `host.po` is for the person
who runs the bot, who reads English on a terminal.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

LOCALES = Path(__file__).parent / "locales"
HOST = Path(__file__).parent / "host.po"
DEFAULT_LOCALE = "en"


def read_catalog(path: Path, *, locale: str | None = None) -> Catalog:
    """Read a catalog; the file's name is its locale, unless another is given."""
    with path.open("rb") as file:
        return read_po(file, locale=locale or path.stem, abort_invalid=True)


def available() -> tuple[str, ...]:
    """The names of all catalogs: `de`, `en`, `es_ES`."""
    return _names_in(LOCALES)


@cache
def _names_in(folder: Path) -> tuple[str, ...]:
    """Cached, because registering the commands needs every text of theirs in every language of Discord."""
    return tuple(sorted(path.stem for path in folder.glob("*.po")))


def path_of(name: str) -> Path:
    """Where the catalog of that name is."""
    return LOCALES / f"{name}.po"


def key_of(message: Message) -> str:
    """The key of an entry; empty for the header."""
    return message.id if isinstance(message.id, str) else message.id[0]


def forms_of(message: Message) -> tuple[str, ...]:
    """The plural forms of an entry, or its only form; empty if it isn't translated."""
    forms = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
    return forms if all(forms) else ()


def best_locale(wanted: str | None, names: Collection[str] | None = None) -> str | None:
    """Choose the catalog for a locale, as Discord names it: its own, else one of its language, else None.

    `es-419` is answered in `es_ES`, and `en-GB` in `en`.
    """
    if not wanted:
        return None
    names = available() if names is None else names
    exact = wanted.replace("-", "_")
    if exact in names:
        return exact
    language = exact.partition("_")[0]
    return next((name for name in names if name.partition("_")[0] == language), None)
