"""An SQLite file that doesn't exist yet: connecting would create it, which a check must not do."""

from __future__ import annotations

import tempfile
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from sqlalchemy import URL

from bot.errors import DatabaseNotWritable
from bot.storage.faults import place_of

MODES_THAT_CREATE_NO_FILE = {"ro", "rw", "memory"}


def missing_file(url: URL) -> Path | None:
    """The file that connecting to this database would create; None if there is none to create."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    name = url.database
    if name.startswith("file:"):  # https://sqlite.org/uri.html
        name = url2pathname(urlsplit(name).path)
        if url.query.get("mode") in MODES_THAT_CREATE_NO_FILE:
            return None
    path = Path(name)
    return None if path.exists() else path.absolute()


def refuse_if_uncreatable(path: Path, url: URL, *, new_folder: Path | None = None) -> None:
    """Raise `DatabaseNotWritable` if this file can't be created; `new_folder` is a folder that is created before it."""
    new = new_folder.absolute() if new_folder is not None and not new_folder.exists() else None
    if new is not None and path.parent in {new, *new.parents}:
        return
    try:
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise DatabaseNotWritable(place_of(url), error.strerror or str(error)) from error
