"""Measures how fast the gallery answers on a server with ten thousand styles, with a database behind it.

`.venv/bin/python -m benchmarks.gallery` prints the 50th and the 99th percentile of what members wait for, and exits
with 1 if the 99th of anything is above 100 ms. It also prints what the processor needed, because everything takes
longer on a busy machine. `--database URL` uses another database than SQLite in a temporary folder; it must be empty.
"""

from __future__ import annotations

import asyncio
import logging
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TypeAlias

import click
import structlog
from rich.console import Console
from rich.table import Table
from sqlalchemy import insert

from benchmarks.targets import percentile
from bot.gallery.gallery import Gallery
from bot.gallery.style import Scope, Shelf, Style, Visitor
from bot.storage.engine import open_database
from bot.storage.models import StyleRow
from bot.storage.sessions import Sessions
from bot.storage.styles import StyleRecords, columns_of
from config.settings import GallerySettings

STYLES = 10_000
QUERIES = 1000
OTHERS = 100
"""How often the rarer things are measured."""
TARGET_MS = 100.0
LIMITS = GallerySettings(server_limit=0, member_limit=0)
GUILD_ID, MEMBER_ID = 2**62, 2**61
LEAVING_ID = MEMBER_ID + 2
"""A member who is forgotten, with a few styles on the server."""
STYLES_OF_LEAVING = 3
COLORS = ("amber", "azure", "coral", "crimson", "ebony", "golden", "indigo", "ivory", "scarlet", "violet")
KINDS = ("cubist", "gothic", "hazy", "jagged", "marbled", "pointillist", "quiet", "ragged", "stained", "woven")
THINGS = ("canal", "cathedral", "dunes", "forest", "harbor", "meadow", "mosaic", "orchard", "starlight", "waterfall")

Act: TypeAlias = Callable[[], Awaitable[object]]


def names() -> list[str]:
    """Ten thousand names of three words and a number."""
    words = list(product(COLORS, KINDS, THINGS))
    return [f"{' '.join(words[number % len(words)])} {number // len(words) + 1}" for number in range(STYLES)]


def typed(name: str, chance: random.Random) -> str:
    """What a member who looks for a style has typed at some moment: a part of its name, half the time with a typo."""
    words = name.split()
    text = " ".join(words[chance.randrange(len(words) - 1) :])
    text = text[: chance.randint(1, len(text))]
    if len(text) > 2 and chance.random() < 0.5:
        at = chance.randrange(len(text))
        text = text[:at] + chance.choice(["", "x", text[at] * 2]) + text[at + 1 :]
    return text


async def fill(sessions: Sessions) -> None:
    """Save ten thousand styles of one server."""
    chance = random.Random(1)  # noqa: S311 - not for secrets
    rows = [
        columns_of(
            Style(
                name,
                shelf=Shelf.of_server(GUILD_ID),
                owner_id=MEMBER_ID,
                credits="somebody",
                sha256=f"{number:064x}",
                thumbnail_sha256=f"{number:064x}",
                uses=chance.randrange(1000),
            )
        )
        for number, name in enumerate(names())
    ]
    async with sessions.begin() as session:
        await session.execute(insert(StyleRow), rows)


@dataclass(frozen=True, slots=True)
class Row:
    """What is measured."""

    label: str
    act: Act
    times: int = OTHERS
    prepare: Act | None = None
    """What happens before each time, and isn't measured."""


async def measure(row: Row, clock: Callable[[], float]) -> list[float]:
    """How long it took each time by a clock, in milliseconds, shortest first."""
    taken = []
    for _ in range(row.times):
        if row.prepare is not None:
            await row.prepare()
        began = clock()
        await row.act()
        taken.append((clock() - began) * 1000)
    return sorted(taken)


async def run(database: str) -> bool:
    """Measure and print everything; return whether all of it was fast enough."""
    async with open_database(database) as sessions:
        await fill(sessions)
        records = StyleRecords(sessions)
        began = time.perf_counter()
        await Gallery(records, {}, LIMITS).load()
        loaded_ms = (time.perf_counter() - began) * 1000
        return await report(rows(records), f"Reading the names at the start took {loaded_ms:.0f} ms.")


async def report(measured: Sequence[Row], remark: str) -> bool:
    """Measure and print these rows; return whether all of them were fast enough."""
    columns = ("p50 ms", "p99 ms", "p50 ms of processor time", "p99 ms of processor time")
    table = Table("", "times", *columns, title=f"{STYLES:,} styles on one server")
    slow = []
    for row in measured:
        p50, p99 = _percentiles(await measure(row, time.perf_counter))
        computed = _percentiles(await measure(row, time.process_time))
        table.add_row(row.label, str(row.times), *(f"{ms:.1f}" for ms in (p50, p99, *computed)))
        if p99 > TARGET_MS:
            slow.append(row.label)
    Console().print(table)
    print(remark)
    if slow:
        print(f"Took more than {TARGET_MS:g} ms at the 99th percentile: {', '.join(slow)}.")
    return not slow


def rows(records: StyleRecords) -> Sequence[Row]:
    """What members wait for on a server with that many styles."""
    chance = random.Random(2)  # noqa: S311 - not for secrets
    known = names()
    visitor = Visitor(MEMBER_ID + 1, GUILD_ID, curates=True)
    everyone = Shelf.of_server(GUILD_ID)
    gallery = Gallery(records, {}, LIMITS)

    async def suggest() -> None:
        await gallery.suggest(typed(chance.choice(known), chance), visitor, name_of)

    async def resolve() -> None:
        await gallery.resolve(chance.choice(known), visitor, name_of)

    async def turn_page() -> None:
        await gallery.page(Scope.SERVER, visitor, name_of, number=chance.randrange(STYLES // 8), size=8)

    async def count_use() -> None:
        await gallery.count_use(await gallery.resolve(chance.choice(known), visitor, name_of))

    async def add(owner_id: int) -> Style:
        number = chance.getrandbits(200)
        new = Style(
            f"new {number}"[:60], everyone, owner_id=owner_id, sha256=f"{number:064x}", thumbnail_sha256="0" * 64
        )
        return await gallery.add(new, visitor)

    async def add_and_remove() -> None:
        await gallery.remove((await add(1)).style_id, visitor)

    async def start() -> None:
        nonlocal gallery
        gallery = Gallery(records, {}, LIMITS)
        await gallery.load()

    async def add_styles_of_leaving() -> None:
        for _ in range(STYLES_OF_LEAVING):
            await add(LEAVING_ID)

    async def forget() -> None:
        await gallery.pictures_of(LEAVING_ID)
        await gallery.forget_member(LEAVING_ID)

    async def add_and_forget() -> None:
        await add_styles_of_leaving()
        await forget()

    async def ask_whether_known() -> None:
        await gallery.knows(MEMBER_ID)

    return (
        Row("suggestions for what is typed, half of it with typos", suggest, QUERIES),
        Row("the first suggestions after a start", suggest, prepare=start),
        Row("the first suggestions after a member was forgotten", suggest, prepare=add_and_forget),
        Row("a style by its name", resolve, QUERIES),
        Row("a page of the list", turn_page, QUERIES),
        Row("one more use", count_use),
        Row("a style added and removed", add_and_remove),
        Row("/forget-me: is the owner of all these styles known?", ask_whether_known),
        Row(f"Forget me: {STYLES_OF_LEAVING} styles", forget, prepare=add_styles_of_leaving),
    )


def _percentiles(taken: list[float]) -> tuple[float, float]:
    """The 50th and the 99th percentile."""
    return percentile(taken, 0.5), percentile(taken, 0.99)


def name_of(style: Style) -> str:
    """A style's name in English."""
    return style.name


@click.command()
@click.option("--database", metavar="URL", help="An empty database; by default, SQLite in a temporary folder.")
def main(database: str | None) -> None:
    """Measure the gallery on a server with ten thousand styles."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory() as folder:
        url = database or f"sqlite+aiosqlite:///{Path(folder) / 'gallery.sqlite3'}"
        sys.exit(0 if asyncio.run(run(url)) else 1)


if __name__ == "__main__":
    main()
