"""The export of a challenge: a gallery that opens from the disk, and ballots that anyone can count again."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from structlog.testing import LogCapture

from bot.__main__ import main
from bot.challenges.challenge import Challenge, Phase, Ties, Voting
from bot.challenges.export import exports
from bot.challenges.export.archive import MAX_PARTS, write_parts
from bot.challenges.export.contents import ExportedFile
from bot.errors import ExportTooLarge
from tests.bot.challenges.making import Calendar, add_challenge, enter
from tests.bot.challenges.votes import card_of, end, entry_of, favor, prefer, results, voting
from tests.bot.conftest import Studio, ephemeral_text, override_interactions, picture


class Links(HTMLParser):
    """What a page refers to, and its pictures without an alternative text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.targets: set[str] = set()
        self.without_alt: list[Any] = []
        self.tags: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.tags.add(tag)
        self.targets |= {value for name in ("src", "href") if (value := named.get(name))}
        if tag == "img" and not named.get("alt"):
            self.without_alt.append(attrs)


async def held(studio: Studio, calendar: Calendar, **fields: Any) -> Challenge:
    """A challenge between Alice, who wins, Bob, and three who have left the server."""
    members = (studio.alice.id, studio.bob.id, 103, 104, 105)
    challenge = await voting(studio, calendar, members, **fields)
    await prefer(studio, challenge, members)
    return await end(studio, calendar, challenge)


def zips(studio: Studio, answer: Any) -> list[zipfile.ZipFile]:
    """The ZIPs that answer a command."""
    messages = [answer.response, *answer.followups] if answer.followups else [answer.response]
    attachments = {attachment.id: attachment for message in messages for attachment in message.attachments}
    cdn = studio.env.backend.cdn
    return [zipfile.ZipFile(io.BytesIO(cdn.get(attachment.url) or b"")) for attachment in attachments.values()]


async def exported(studio: Studio, **options: Any) -> zipfile.ZipFile:
    """The only ZIP that the organizer gets."""
    answer = await studio.mia.slash(studio.channel, "challenge export", **options)
    [archive] = zips(studio, answer)
    return archive


async def test_the_gallery_opens_from_the_disk(studio: Studio, calendar: Calendar) -> None:
    await held(studio, calendar, title='Harbors & "more" <b>', theme="Paint <script>a harbor</script>.\nAt night.")
    archive = await exported(studio)

    page = archive.read("index.html").decode()
    links = Links(page)
    assert links.targets <= set(archive.namelist())
    assert {f"paintings/entry-{number}.png" for number in range(1, 6)} <= links.targets
    assert links.without_alt == []
    assert "script" not in links.tags
    assert "http" not in page
    assert "Harbors &amp; &quot;more&quot; &lt;b&gt;" in page
    assert "5 entries · 12 voters · 120 duels" in page
    assert ">alice<" in page
    assert page.index("First place") < page.index("On the podium") < page.index("All entries")


async def test_pages_and_explanations_are_in_the_language_of_the_server(studio: Studio, calendar: Calendar) -> None:
    await held(studio, calendar, locale="de")
    archive = await exported(studio)

    readme, page = archive.read("README.txt").decode(), archive.read("index.html").decode()
    assert readme.startswith("Das ist eine Stil-Challenge")
    assert "\n       python -m bot recount ballots.json\n" in readme
    assert "$" not in readme
    assert '<html lang="de">' in page
    assert page.index("Erster Platz") < page.index("Alle Beiträge")
    assert "Mitglied 103" in page


async def test_explanations_are_in_english_elsewhere(studio: Studio, calendar: Calendar) -> None:
    await held(studio, calendar, locale="cs")
    archive = await exported(studio)

    assert archive.read("README.txt").decode().startswith("This is a style challenge")


async def test_everything_is_in_the_data(studio: Studio, calendar: Calendar) -> None:
    challenge = await held(studio, calendar)
    archive = await exported(studio, challenge=challenge.title)

    data = json.loads(archive.read("challenge.json"))
    assert (data["schema"], data["title"], data["voting"]) == (1, "Harbors at night", "duels")
    assert data["ballots_sha256"] == challenge.ballots_sha256
    best = data["entries"][0]
    assert (best["member"], best["member_id"]) == ("alice", str(studio.alice.id))
    assert best["standing"]["place"] == 1
    assert best["recipe"] == "painterly"
    assert archive.read(best["painting"]) == picture("teal" if studio.alice.id % 2 else "darkorange")
    assert [entry["member"] for entry in data["entries"]].count("Member 103") == 1


async def test_the_ballots_are_those_whose_hash_was_published_and_name_nobody(
    studio: Studio, calendar: Calendar
) -> None:
    challenge = await held(studio, calendar)
    archive = await exported(studio)

    ballots = archive.read("ballots.json")
    assert hashlib.sha256(ballots).hexdigest() == challenge.ballots_sha256
    assert str(studio.alice.id).encode() not in ballots
    assert re.findall(rb'"(\w+)":', ballots)[:1] == [b"ballots"]


async def test_the_export_stays_the_same_when_an_entrant_is_forgotten(studio: Studio, calendar: Calendar) -> None:
    challenge = await held(studio, calendar)
    await studio.app.client.studio.janitor.forget_member(studio.bob.id, in_progress=())
    archive = await exported(studio)

    assert hashlib.sha256(archive.read("ballots.json")).hexdigest() == challenge.ballots_sha256
    assert len(json.loads(archive.read("challenge.json"))["entries"]) == 4
    assert "bob" not in archive.read("index.html").decode()


async def test_anyone_can_count_again(studio: Studio, calendar: Calendar, tmp_path: Path) -> None:
    await held(studio, calendar)
    archive = await exported(studio)

    result = recount(saved(archive, tmp_path))

    assert result.exit_code == 0
    assert "All places are as published." in result.output
    assert "12 voters, 120 duels" in result.output
    assert re.search(r"│ 1 +│ \d+ +│ \d+% +│ \d+-\d+% +│", result.output)


async def test_favorites_are_counted_again_from_the_ballots_alone(
    studio: Studio, calendar: Calendar, tmp_path: Path
) -> None:
    members = (101, 102, 103)
    challenge = await voting(studio, calendar, members, voting=Voting.FAVORITES)
    await favor(studio, calendar, challenge, 102, voters=(1, 2))
    challenge = await end(studio, calendar, challenge)
    winner = await entry_of(studio, challenge, 102)
    ballots = tmp_path / "ballots.json"
    ballots.write_bytes((await exported(studio)).read("ballots.json"))

    result = recount(ballots, "--hash", challenge.ballots_sha256 or "")

    assert result.exit_code == 0
    assert re.search(rf"│ 1 +│ {winner.number} +│ 2 ", result.output)
    assert "as published" in result.output


async def test_a_decided_tie_is_explained_when_votes_are_counted_again(
    studio: Studio, calendar: Calendar, tmp_path: Path
) -> None:
    challenge = await voting(studio, calendar, (101, 102), ties=Ties.DECIDED)
    await prefer(studio, challenge, (101, 102), voters=1)
    challenge = await end(studio, calendar, challenge)
    await studio.app.client.studio.results.decide(challenge, (await entry_of(studio, challenge, 102)).number or 0)
    await calendar.settle(studio)
    archive = await exported(studio)

    result = recount(saved(archive, tmp_path))

    assert json.loads(archive.read("challenge.json"))["tie_decided"] is True
    assert "The organizers chose the winner." in archive.read("index.html").decode()
    assert result.exit_code == 0
    assert "The organizers chose the winner" in result.output


async def test_changed_ballots_are_noticed(studio: Studio, calendar: Calendar, tmp_path: Path) -> None:
    await held(studio, calendar)
    archive = await exported(studio)
    forged = tmp_path / "forged.zip"
    with zipfile.ZipFile(forged, "w") as copy:
        for name in archive.namelist():
            data = archive.read(name)
            copy.writestr(name, data.replace(b'"left"', b'"right"', 1) if name == "ballots.json" else data)

    result = recount(forged)

    assert result.exit_code == 1
    assert "aren't those whose hash was published" in result.output


@pytest.mark.parametrize("content", [b"", b"[]", b'{"voting": "duels"}', b"PK\x03\x04"])
def test_a_file_without_ballots_gets_a_sentence(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "something"
    path.write_bytes(content)

    result = recount(path)

    assert result.exit_code == 1
    assert "The file has no ballots" in result.output


def test_a_zip_of_something_else_gets_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "other.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("letter.txt", "Hello")

    result = recount(path)

    assert result.exit_code == 1
    assert result.output.startswith("Can't count the votes in")


async def test_only_organizers_can_export(studio: Studio, calendar: Calendar) -> None:
    await held(studio, calendar)

    by_command = await studio.alice.slash(studio.channel, "challenge export")
    by_button = await studio.alice.click(results(studio), label="Export")

    assert "Only organizers" in ephemeral_text(by_command)
    assert "Only organizers" in ephemeral_text(by_button)


async def test_an_organizer_exports_with_the_button(studio: Studio, calendar: Calendar) -> None:
    await held(studio, calendar)

    answer = await studio.mia.click(results(studio), label="Export")

    message = card_of(answer)
    assert message.ephemeral
    assert message.content.startswith("Here is everything about **Harbors at night**.")
    [attachment] = message.attachments
    assert attachment.filename.endswith(".zip")


async def test_nothing_is_exported_before_the_end(studio: Studio, calendar: Calendar) -> None:
    challenge = await voting(studio, calendar, (101, 102))

    answer = await studio.mia.slash(studio.channel, "challenge export", challenge=challenge.challenge_id)
    without = await studio.mia.slash(studio.channel, "challenge export")
    unknown = await studio.mia.slash(studio.channel, "challenge export", challenge="*")

    assert "hasn't ended yet" in ephemeral_text(answer)
    assert "No challenge has ended" in ephemeral_text(without)
    assert "no challenge called" in ephemeral_text(unknown)


async def test_only_challenges_that_have_ended_are_suggested(studio: Studio) -> None:
    for title, phase in (("Dusk", Phase.ENDED), ("Dawn", Phase.VOTING)):
        await add_challenge(studio, title=title, phase=phase)

    choices = await studio.mia.autocomplete(studio.channel, "challenge export", "challenge", "d")

    assert [choice["name"] for choice in choices] == ["Dusk · over"]


async def test_a_large_export_has_smaller_paintings_in_several_files(
    studio: Studio, calendar: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    challenge = await voting(studio, calendar, ())
    challenge = await add_challenge(studio, phase=Phase.VOTING, title="Large", ends_at=calendar.now)
    for number in range(1, 7):
        noisy = picture(size=(1200, 400), noisy=True)
        await enter(studio, challenge, 100 + number, number=number, painting=noisy)
    await studio.app.client.studio.results.close(challenge, now=calendar.now)
    override_interactions(monkeypatch, attachment_size_limit=500_000)

    answer = await studio.mia.slash(studio.channel, "challenge export", challenge="Large")

    archives = zips(studio, answer)
    assert len(archives) > 1
    said = card_of(answer).content if answer.response is None else answer.response.content
    assert "The paintings are JPEGs of at most 1024 px" in said
    assert f"There are {len(archives)} ZIP files" in said
    names = [name for archive in archives for name in archive.namelist()]
    assert len(names) == len(set(names))
    assert {f"paintings/entry-{number}.jpg" for number in range(1, 7)} <= set(names)
    assert Links(archives[0].read("index.html").decode()).targets <= set(names)


async def test_a_part_that_cannot_be_sent_leaves_those_before_it(
    studio: Studio, calendar: Calendar, logs: LogCapture, monkeypatch: pytest.MonkeyPatch
) -> None:
    challenge = await add_challenge(studio, phase=Phase.VOTING, title="Large", ends_at=calendar.now)
    for number in range(1, 7):
        await enter(studio, challenge, 100 + number, number=number, painting=picture(size=(1200, 400), noisy=True))
    await studio.app.client.studio.results.close(challenge, now=calendar.now)
    override_interactions(monkeypatch, attachment_size_limit=500_000)
    studio.env.inject_error("POST", "/webhooks/*/*", status=400, code=40005, message="Too large", times=1)

    answer = await studio.mia.slash(studio.channel, "challenge export", challenge="Large")

    [archive] = [message for message in (answer.response, *answer.followups) if message and message.attachments]
    assert archive.content.startswith("Here is everything about **Large**.")
    assert answer.followups[-1].ephemeral
    assert "Something went wrong" in answer.followups[-1].content
    assert [entry["command"] for entry in logs.entries if entry["log_level"] == "error"] == ["export"]
    logs.entries.clear()


async def test_an_export_leaves_nothing_on_the_disk(studio: Studio, calendar: Calendar) -> None:
    folder = studio.data_dir / "exports"
    folder.mkdir()
    (folder / "half.zip").touch()  # as an export leaves it whose bot was killed
    await studio.restart()
    assert not folder.exists()
    await held(studio, calendar)

    await exported(studio)

    assert not folder.exists()


async def test_a_disk_without_room_for_an_export_is_named(
    studio: Studio, calendar: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*_: Any, **__: Any) -> list[Path]:
        raise OSError(errno.ENOSPC, "No space left on device")

    await held(studio, calendar)
    monkeypatch.setattr(exports, "write_parts", no_room)

    assert "disk is full" in ephemeral_text(await studio.mia.slash(studio.channel, "challenge export"))


def test_files_are_split_into_as_few_zips_as_fit(tmp_path: Path) -> None:
    files = [ExportedFile(f"{number}.png", bytes(1000), 1000) for number in range(5)]

    parts = write_parts(files, tmp_path, "it", limit_bytes=3100)

    assert [part.name for part in parts] == ["it-1.zip", "it-2.zip", "it-3.zip"]
    assert [zipfile.ZipFile(part).namelist() for part in parts][:2] == [["0.png", "1.png"], ["2.png", "3.png"]]


def test_what_fits_nowhere_is_too_large(tmp_path: Path) -> None:
    with pytest.raises(ExportTooLarge):
        write_parts([ExportedFile("1.png", bytes(1000), 1000)], tmp_path, "it", limit_bytes=1000)
    many = [ExportedFile(f"{number}.png", bytes(1000), 1000) for number in range(MAX_PARTS + 1)]
    with pytest.raises(ExportTooLarge):
        write_parts(many, tmp_path, "it", limit_bytes=2000)


def saved(archive: zipfile.ZipFile, folder: Path) -> Path:
    """The ZIP as a file."""
    path = folder / "export.zip"
    assert archive.fp is not None
    archive.fp.seek(0)
    path.write_bytes(archive.fp.read())
    return path


def recount(path: Path, *options: str) -> Any:
    """What `python -m bot recount` prints."""
    return CliRunner().invoke(main, ["recount", str(path), *options])
