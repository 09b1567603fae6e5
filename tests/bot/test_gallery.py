"""The gallery's rules: names, limits, who may change what, and what is found by what is typed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.errors import (
    NoGalleryHere,
    StyleBuiltIn,
    StyleExists,
    StyleNameLength,
    StyleNameTaken,
    StyleNotFound,
    StyleNotYours,
    TooManyStyles,
)
from bot.gallery.gallery import MAX_SUGGESTIONS, Gallery
from bot.gallery.names import suggested_name
from bot.gallery.style import Scope, Shelf, Style, Visitor
from bot.storage.sessions import Sessions
from bot.storage.styles import StyleRecords
from bot.words.text import folded
from config.settings import GallerySettings
from tests.bot.conftest import picture
from tests.bot.test_retention import sha256
from tests.databases import open_current_database

SERVER, OTHER_SERVER = 10, 11
ALICE = Visitor(1, SERVER)
BOB = Visitor(2, SERVER)
CURATOR = Visitor(3, SERVER, curates=True)
BUILT_IN = {
    key: Style(title, style_id=key, path=Path(f"{key}.jpg"), words=words)
    for key, title, words in (
        ("ink_wash", "Ink wash", ("sumi", "brush")),
        ("stained_glass", "Stained glass", ("window", "church")),
        ("woodcut", "Woodcut", ("print", "relief")),
    )
}


@pytest.fixture
async def sessions(database_url: str) -> AsyncIterator[Sessions]:
    async with open_current_database(database_url) as sessions:
        yield sessions


@pytest.fixture
def records(sessions: Sessions) -> StyleRecords:
    return StyleRecords(sessions)


def open_gallery(records: StyleRecords, **limits: Any) -> Gallery:
    return Gallery(records, BUILT_IN, GallerySettings(**limits))


@pytest.fixture
def gallery(records: StyleRecords) -> Gallery:
    return open_gallery(records)


def new(name: str, visitor: Visitor = ALICE, scope: Scope = Scope.SERVER, *, uses: int = 0, **fields: object) -> Style:
    """Make a style that a member adds, with a picture of its own."""
    shelf = Shelf.of_member(visitor.member_id) if scope is Scope.SHELF else Shelf.of_server(visitor.guild_id or 0)
    pictures = {"sha256": sha256(name.encode()), "thumbnail_sha256": sha256(picture()), **fields}
    return Style(name, shelf=shelf, owner_id=visitor.member_id, uses=uses, **pictures)  # type: ignore[arg-type]  # names


def name_of(style: Style) -> str:
    return style.name


async def found(gallery: Gallery, typed: str, visitor: Visitor = ALICE) -> list[str]:
    return [style.name for style in await gallery.suggest(typed, visitor, name_of)]


async def test_a_style_is_there_after_a_restart_as_it_was_added(gallery: Gallery, records: StyleRecords) -> None:
    style = await gallery.add(new("Café *Nuit*", uses=3, credits="Vincent", is_spoiler=True), ALICE)

    again = open_gallery(records)
    assert await again.get(style.style_id, BOB) == style
    assert await again.resolve("cafe nuit", BOB, name_of) == style


async def test_a_members_own_styles_are_the_same_everywhere_and_hidden_from_others(gallery: Gallery) -> None:
    style = await gallery.add(new("Mine", scope=Scope.SHELF), ALICE)

    for elsewhere in (Visitor(ALICE.member_id), Visitor(ALICE.member_id, OTHER_SERVER)):
        assert await gallery.get(style.style_id, elsewhere) == style
    for other in (BOB, CURATOR):
        assert "Mine" not in await found(gallery, "mine", other)
        with pytest.raises(StyleNotFound):
            await gallery.get(style.style_id, other)
        with pytest.raises(StyleNotFound):
            await gallery.remove(style.style_id, other)


async def test_a_servers_styles_are_hidden_elsewhere(gallery: Gallery) -> None:
    style = await gallery.add(new("Ours"), ALICE)

    assert await found(gallery, "ours", BOB) == ["Ours"]
    for elsewhere in (Visitor(ALICE.member_id), Visitor(ALICE.member_id, OTHER_SERVER)):
        with pytest.raises(StyleNotFound):
            await gallery.get(style.style_id, elsewhere)


async def test_members_change_their_own_styles_and_curators_all_of_a_server(gallery: Gallery) -> None:
    style = await gallery.add(new("Waves"), ALICE)

    with pytest.raises(StyleNotYours) as refused:
        await gallery.rename(style.style_id, "Mine now", BOB)
    assert refused.value.owner_id == ALICE.member_id
    with pytest.raises(StyleNotYours):
        await gallery.remove(style.style_id, BOB)
    await gallery.rename(style.style_id, "Great waves", ALICE)
    await gallery.rename(style.style_id, "Greater waves", CURATOR)
    assert await found(gallery, "waves", BOB) == ["Greater waves"]
    await gallery.remove(style.style_id, CURATOR)
    assert await found(gallery, "waves", BOB) == []


async def test_nobody_changes_a_built_in_style(gallery: Gallery) -> None:
    for change in (gallery.rename("woodcut", "Mine", CURATOR), gallery.remove("woodcut", CURATOR)):
        with pytest.raises(StyleBuiltIn):
            await change


async def test_a_name_is_taken_once_per_place_whatever_its_case_and_accents(
    gallery: Gallery, records: StyleRecords
) -> None:
    await gallery.add(new("Café Nuit"), ALICE)
    other = await gallery.add(new("Other"), ALICE)

    for name in ("cafe nuit", "CAFÉ  NUIT", "Cafe\u0301-nuit!"):
        with pytest.raises(StyleNameTaken) as refused:
            await gallery.add(new(name, sha256="f" * 64), BOB)
        assert refused.value.name == "Café Nuit"
        with pytest.raises(StyleNameTaken):
            await gallery.rename(other.style_id, name, ALICE)
    await gallery.rename(other.style_id, "OTHER", ALICE)  # its own name isn't taken
    await gallery.add(new("Cafe Nuit", scope=Scope.SHELF), ALICE)
    await open_gallery(records).add(new("Cafe Nuit", Visitor(1, OTHER_SERVER)), Visitor(1, OTHER_SERVER))


async def test_the_same_picture_twice_names_the_style_that_has_it(gallery: Gallery) -> None:
    await gallery.add(new("Waves", sha256="a" * 64), ALICE)

    with pytest.raises(StyleExists) as refused:
        await gallery.add(new("Sea", BOB, sha256="a" * 64), BOB)
    assert refused.value.name == "Waves"
    await gallery.add(new("Sea", scope=Scope.SHELF, sha256="a" * 64), ALICE)


async def test_of_two_members_who_take_a_name_at_once_one_is_refused(gallery: Gallery) -> None:
    adding = [gallery.add(new("Waves", who, sha256=str(who.member_id) * 64), who) for who in (ALICE, BOB)]
    outcomes = await asyncio.gather(*adding, return_exceptions=True)

    assert [type(outcome) for outcome in outcomes].count(Style) == 1
    assert [type(outcome) for outcome in outcomes].count(StyleNameTaken) == 1


async def test_the_database_holds_names_and_pictures_unique_by_itself(records: StyleRecords) -> None:
    assert await records.add(new("Waves"))
    assert not await records.add(new("waves", sha256="f" * 64))
    assert not await records.add(new("Sea", sha256=sha256(b"Waves")))
    assert await records.add(new("waves", scope=Scope.SHELF))
    assert not await records.add(new("Waves", scope=Scope.SHELF, sha256="f" * 64))


@pytest.mark.parametrize("name", ["", "   ", "\u200b\u202e", "x" * 61])
async def test_a_name_has_1_to_60_characters(gallery: Gallery, name: str) -> None:
    with pytest.raises(StyleNameLength):
        await gallery.add(new(name), ALICE)


async def test_a_name_is_kept_on_one_line_without_control_characters(gallery: Gallery) -> None:
    assert (await gallery.add(new(" A\nlong\u202e   name\t"), ALICE)).name == "A long name"


async def test_a_server_keeps_as_many_styles_as_its_host_allows(records: StyleRecords) -> None:
    gallery = open_gallery(records, server_limit=2, member_limit=0)
    await gallery.add(new("One"), ALICE)
    await gallery.add(new("Two"), BOB)

    with pytest.raises(TooManyStyles) as refused:
        await gallery.add(new("Three", CURATOR), CURATOR)
    assert (refused.value.who, refused.value.limit) == ("server", 2)


async def test_a_member_adds_as_many_styles_as_their_host_allows_and_curators_any(records: StyleRecords) -> None:
    gallery = open_gallery(records, server_limit=0, member_limit=1)
    await gallery.add(new("One"), ALICE)
    await gallery.add(new("One", scope=Scope.SHELF), ALICE)

    for scope, who in ((Scope.SERVER, "member here"), (Scope.SHELF, "member")):
        with pytest.raises(TooManyStyles) as refused:
            await gallery.add(new("Two", scope=scope), ALICE)
        assert (refused.value.who, refused.value.limit) == (who, 1)
    for name in ("Two", "Three"):
        await gallery.add(new(name, CURATOR), CURATOR)


async def test_in_direct_messages_there_is_no_servers_gallery(gallery: Gallery) -> None:
    with pytest.raises(NoGalleryHere):
        await gallery.page(Scope.SERVER, Visitor(1), name_of, size=8)


async def test_suggestions_come_exact_first_then_by_prefix_word_and_typo(gallery: Gallery) -> None:
    for name in ("Rosewood", "Rose", "Rose garden", "Wild rose", "Rise", "Sea"):
        await gallery.add(new(name), ALICE)

    assert await found(gallery, "rose") == ["Rose", "Rose garden", "Rosewood", "Wild rose", "Rise"]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("woodcu", "Woodcut"),
        ("wodcut", "Woodcut"),
        ("woodcutt", "Woodcut"),
        ("wodoc", "Woodcut"),
        ("glass", "Stained glass"),
        ("glas sta", "Stained glass"),
        ("stainedglass", "Stained glass"),
        ("galss", "Stained glass"),
        ("church", "Stained glass"),
        ("sumi", "Ink wash"),
        ("ÌNK", "Ink wash"),
        ("tusche", "Ink wash"),
    ],
)
async def test_a_style_is_found_by_a_part_of_its_name_with_typos(gallery: Gallery, typed: str, first: str) -> None:
    def title_of(style: Style) -> str:
        return {"ink_wash": "Tusche"}.get(style.style_id, style.name) if typed == "tusche" else style.name

    [best, *_] = await gallery.suggest(typed, ALICE, title_of)
    assert best.name == first


async def test_a_built_in_style_has_its_name_in_the_members_language_and_in_english(gallery: Gallery) -> None:
    def german(style: Style) -> str:
        return {"stained_glass": "Buntglas"}.get(style.style_id, style.name)

    for name in ("buntglas", "Stained Glass"):
        assert (await gallery.resolve(name, ALICE, german)).style_id == "stained_glass"
    for typed in ("bunt", "stain", "glas", "stainde"):
        assert [style.style_id for style in await gallery.suggest(typed, ALICE, german)] == ["stained_glass"]


async def test_nothing_is_suggested_for_what_resembles_nothing(gallery: Gallery) -> None:
    assert await found(gallery, "zzzzzz") == []
    assert await found(gallery, "xq") == []


async def test_equally_good_suggestions_are_ordered_by_uses_then_own_server_and_built_in(gallery: Gallery) -> None:
    await gallery.add(new("Ink mine", scope=Scope.SHELF), ALICE)
    await gallery.add(new("Ink ours", BOB), BOB)
    often = await gallery.add(new("Ink often used", BOB), BOB)
    assert await found(gallery, "ink") == ["Ink mine", "Ink often used", "Ink ours", "Ink wash"]

    await gallery.count_use(often)

    assert await found(gallery, "ink") == ["Ink often used", "Ink mine", "Ink ours", "Ink wash"]


async def test_uses_are_counted_in_the_database_and_not_for_built_in_styles(
    gallery: Gallery, records: StyleRecords
) -> None:
    style = await gallery.add(new("Waves"), ALICE)
    for _ in range(3):
        await gallery.count_use(style)
    await gallery.count_use(BUILT_IN["woodcut"])

    assert (await open_gallery(records).get(style.style_id, ALICE)).uses == 3
    assert (await gallery.get(style.style_id, ALICE)).uses == 3


async def test_without_a_letter_typed_the_most_used_styles_are_suggested(gallery: Gallery) -> None:
    for number in range(30):
        await gallery.add(new(f"Style {number}", CURATOR, uses=number), CURATOR)

    suggestions = await found(gallery, "")
    assert len(suggestions) == MAX_SUGGESTIONS
    assert suggestions[:2] == ["Style 29", "Style 28"]


async def test_a_name_means_ones_own_style_before_the_servers_and_the_built_in_one(gallery: Gallery) -> None:
    assert (await gallery.resolve("Woodcut", ALICE, name_of)).scope is Scope.BUILT_IN
    await gallery.add(new("woodcut!", BOB), BOB)
    assert (await gallery.resolve("Woodcut", ALICE, name_of)).scope is Scope.SERVER
    await gallery.add(new("Wood cut", scope=Scope.SHELF), ALICE)
    assert (await gallery.resolve("wood CUT", ALICE, name_of)).scope is Scope.SHELF
    with pytest.raises(StyleNotFound) as refused:
        await gallery.resolve("Wood*cutter", ALICE, name_of)
    assert str(refused.value).count(r"Wood\*cutter") == 1


async def test_pages_are_in_the_order_of_names(gallery: Gallery) -> None:
    for name in ("émeraude", "Zebra", "azure", "Fire", "Dunes"):
        await gallery.add(new(name), ALICE)

    first, last = [await gallery.page(Scope.SERVER, BOB, name_of, number=number, size=3) for number in (0, 9)]

    assert [style.name for style in first.styles] == ["azure", "Dunes", "émeraude"]
    assert [style.name for style in last.styles] == ["Fire", "Zebra"]
    assert (first.number, last.number, last.pages, last.total) == (0, 1, 2, 5)
    own = await gallery.page(Scope.SHELF, BOB, name_of, size=3)
    assert (own.styles, own.number, own.pages, own.total) == ((), 0, 1, 0)


async def test_a_forgotten_members_styles_are_gone_everywhere(gallery: Gallery, records: StyleRecords) -> None:
    await gallery.add(new("Ours"), ALICE)
    await gallery.add(new("Mine", scope=Scope.SHELF, sha256="a" * 64), ALICE)
    kept = await gallery.add(new("Bob's", BOB), BOB)
    assert "a" * 64 in await gallery.pictures_of(ALICE.member_id)

    assert await gallery.knows(ALICE.member_id)
    assert await gallery.forget_member(ALICE.member_id) == 2

    assert not await gallery.knows(ALICE.member_id)
    assert [style.name for style in (await gallery.page(Scope.SERVER, ALICE, name_of, size=9)).styles] == ["Bob's"]
    assert (await gallery.page(Scope.SHELF, ALICE, name_of, size=9)).total == 0
    assert await records.needed_pictures() == {kept.sha256, kept.thumbnail_sha256}


async def test_what_members_type_waits_for_no_database_after_a_start_or_after_somebody_is_forgotten(
    gallery: Gallery, records: StyleRecords, sessions: Sessions
) -> None:
    for name, member in (("Sea", ALICE), ("Waves", ALICE), ("Sea at night", BOB)):
        await gallery.add(new(name, member), member)
    again = Gallery(records, BUILT_IN, GallerySettings(), large_shelf=3)

    await again.load()
    visitor = Visitor(4, SERVER)
    await again.suggest("", Visitor(4), name_of)  # the member's own shelf, which is small
    await again.forget_member(BOB.member_id)
    async with sessions.begin() as session:
        await session.execute(text("DROP TABLE styles"))

    assert await found(again, "sea", visitor) == ["Sea"]


@pytest.mark.parametrize(
    ("filename", "name"),
    [
        ("starry_night.jpg", "Starry night"),
        ("SPOILER_the-scream.png", "The scream"),
        ("x" * 99 + ".png", "X" + "x" * 59),
        (".png", ".png"),
        (None, ""),
    ],
)
def test_a_files_name_suggests_a_name_for_the_style(filename: str | None, name: str) -> None:
    assert suggested_name(filename) == name


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Straße", "STRASSE", True),
        ("かば", "がば", False),
        ("ｶﾞ", "ガ", True),
        ("한국", "한국", True),
        ("🎨", "🖌", False),
        ("й", "и", True),
    ],
)
def test_names_are_compared_as_members_read_them(one: str, other: str, same: bool) -> None:
    assert (folded(one) == folded(other)) is same
