"""The demo: on a page, or once into a folder."""

from __future__ import annotations

import asyncio
import io
import itertools
import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from click.testing import CliRunner
from PIL import Image
from simcord.actors import MemberActor
from simcord.components import walk_components

from bot.__main__ import main
from bot.demo.errors import DemoError, NotPainted
from bot.demo.page import LivePage, open_page
from bot.demo.samples import BOARD_STYLES, sample
from bot.demo.stage import SampleOptions, Stage, open_stage
from bot.demo.terminal import paint_once
from config.settings import Settings
from stylizer.errors import WorkerDied
from stylizer.pool import FakeEngine, StepGate

pytestmark = pytest.mark.usefixtures("current_databases")

SMALL = SampleOptions(recipe="draft", size_px=64)


class Page:
    """The demo's page as a browser uses it, without the browser."""

    def __init__(self, http: aiohttp.ClientSession, page: LivePage) -> None:
        self._http = http
        self._page = page
        self.url, _, capability = page.url.partition("#")
        self._headers = {"X-Simcord-Capability": capability}
        self._sequence = 0
        self.seen: dict[str, Any] = {}

    async def open(self) -> None:
        """Open the channel."""
        async with self._http.post(f"{self.url}api/pages", json={}, headers=self._headers) as answer:
            self.seen = await answer.json()
        self._headers["X-Simcord-Context"] = self.seen["context"]["id"]

    async def another_sees(self, text: str) -> None:
        """Refresh another tab until its newest message contains a text."""
        tab = Page(self._http, self._page)
        await tab.open()
        await tab.look_until(text)

    async def look(self) -> None:
        """Refresh the page."""
        async with self._http.get(f"{self.url}api/state", headers=self._headers) as answer:
            self.seen = await answer.json()

    async def status(self, headers: Mapping[str, str] | None = None, *, of: str = "state") -> int:
        """Return the status of a refresh, or of another address, with some headers changed."""
        async with self._http.get(f"{self.url}api/{of}", headers={**self._headers, **(headers or {})}) as answer:
            return answer.status

    async def look_until(self, text: str) -> None:
        """Refresh until the newest message contains a text."""
        while text not in str(self.newest["components"]):
            await asyncio.sleep(0.05)
            await self.look()

    async def look_for(self, text: str) -> dict[str, Any]:
        """Refresh until a message contains a text, and return the message."""
        while True:
            for message in self.seen["messages"].values():
                if text in str(message["components"]):
                    found: dict[str, Any] = message
                    return found
            await asyncio.sleep(0.05)
            await self.look()

    @property
    def newest(self) -> dict[str, Any]:
        """The channel's newest message at the last refresh."""
        newest: dict[str, Any] = self.seen["messages"][self.seen["timeline"][-1]]
        return newest

    @property
    def preview(self) -> str:
        """The asset ID of the picture in the newest message's gallery."""
        galleries = [item for item in walk_components(self.newest["components"]) if item["type"] == 12]
        asset_id: str = galleries[0]["items"][0]["media"]["asset_id"]
        return asset_id

    async def picture(self, asset_id: str) -> Image.Image:
        """Download a picture like the browser."""
        async with self._http.get(f"{self.url}api/assets/{asset_id}", headers=self._headers) as answer:
            assert answer.status == 200
            return Image.open(io.BytesIO(await answer.read()))

    async def press(self, label: str, message: dict[str, Any] | None = None) -> dict[str, Any]:
        """Press a message's button (default: the newest's) as of the last refresh, and return the receipt."""
        message = message or self.newest
        button = next(item for item in walk_components(message["components"]) if item.get("label") == label)
        return await self.act("click", target_id=message["id"], control_key=button["control_key"])

    async def see_as(self, member: MemberActor) -> None:
        """Switch the view to another member."""
        receipt = await self.act("viewer", viewer_id=str(member.id))
        assert receipt["settlement"] == "settled"
        await self.look()

    async def stylize(self, content: tuple[str, bytes], style: tuple[str, bytes]) -> dict[str, Any]:
        """Send `/stylize` with two uploads, and return the receipt."""
        options = {"content": {"upload": 0}, "style": {"upload": 1}, "recipe": "draft", "size": "64"}
        return await self.run("stylize", options, uploads={"content": content, "style": style})

    async def commands(self) -> dict[str, dict[str, Any]]:
        """Return the commands that the viewer may use, by what is typed."""
        async with self._http.get(f"{self.url}api/commands", headers=self._headers) as answer:
            return {entry["invocation"]: entry for entry in (await answer.json())["entries"]}

    async def run(
        self,
        invocation: str,
        options: Mapping[str, Any] | None = None,
        *,
        uploads: Mapping[str, tuple[str, bytes]] | None = None,
    ) -> dict[str, Any]:
        """Run a command, and return the receipt."""
        command = (await self.commands())[invocation]
        return await self.act(
            "run_command",
            uploads=uploads,
            command_id=command["commandId"],
            path=command["path"],
            schema_fingerprint=command["schemaFingerprint"],
            options=options or {},
        )

    async def menus(self) -> dict[str, list[str]]:
        """Return what the viewer can choose from the menus of messages and of members."""
        async with self._http.get(f"{self.url}api/menus", headers=self._headers) as answer:
            offered: dict[str, list[str]] = await answer.json()
            return offered

    async def choose_from_menu(self, kind: str, command: str, message_id: str) -> int:
        """Choose a command from the menu of a message or of its author, and return the answer's status."""
        choice = {"kind": kind, "command": command, "message_id": message_id}
        async with self._http.post(f"{self.url}api/menus", headers=self._headers, json=choice) as answer:
            return answer.status

    async def show_thread(self, thread_id: object) -> int:
        """Show a thread, or the channel again (None), and return the answer's status."""
        answering = self._http.post(f"{self.url}api/channel", headers=self._headers, json={"thread_id": thread_id})
        async with answering as answer:
            status = answer.status
        await self.look()
        return status

    async def fill_in(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Send the form that the last refresh shows, and return the receipt."""
        return await self.act("modal_submit", modal_handle=self.seen["modal"]["handle"], values=dict(values))

    async def act(
        self, kind: str, *, uploads: Mapping[str, tuple[str, bytes]] | None = None, **details: Any
    ) -> dict[str, Any]:
        """Perform an action on the last refresh, and return the receipt."""
        self._sequence += 1
        action = {
            "kind": kind,
            "protocol_version": 3,
            "sequence": self._sequence,
            "request_id": f"action {self._sequence}",
            "generation": self.seen["context"]["generation"],
            "bot_generation": self.seen["botGeneration"],
            "published_revision": self.seen["publishedRevision"],
            **details,
        }
        form: dict[str, Any] = {"json": action}
        if uploads:
            form = {"data": aiohttp.FormData(quote_fields=False)}
            form["data"].add_field("payload", json.dumps(action))
            for name, (filename, content) in uploads.items():
                form["data"].add_field(f"file:{name}", content, filename=filename)
        async with self._http.post(f"{self.url}api/action", headers=self._headers, **form) as answer:
            assert answer.status == 200
            receipt: dict[str, Any] = await answer.json()
            return receipt


@asynccontextmanager
async def open_demo(
    gate: StepGate, start: Callable[[Stage], Awaitable[object]] = Stage.stylize_sample
) -> AsyncIterator[tuple[Stage, LivePage, Page]]:
    """Open the demo with a fake painter and a sample in progress, and its page."""
    seconds = itertools.count(step=10)
    engine = FakeEngine(4, gate=gate)
    async with (
        open_stage(Settings(), SMALL, engine=engine, clock=lambda: float(next(seconds))) as stage,
        aiohttp.ClientSession() as http,
    ):
        await stage.welcome()
        await start(stage)
        async with open_page(stage) as live:
            page = Page(http, live)
            await page.open()
            yield stage, live, page


async def test_once_writes_the_painting_and_its_gif(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    await paint_once(Settings(), SMALL, folder=tmp_path, engine=FakeEngine())

    printed = [Path(line) for line in capsys.readouterr().out.splitlines()[-2:]]
    assert printed == [tmp_path / "painting.png", tmp_path / "progress.gif"]
    with Image.open(printed[0]) as painting, Image.open(printed[1]) as gif:
        assert painting.size == (64, 43)
        assert getattr(gif, "n_frames", 1) > 1


async def test_once_says_why_there_is_no_painting(tmp_path: Path) -> None:
    engine = FakeEngine(fail_at=1, error=WorkerDied(9))

    with pytest.raises(NotPainted, match=r"The painter stopped unexpectedly"):
        await paint_once(Settings(), SMALL, folder=tmp_path, engine=engine)


async def test_once_shows_why_the_bot_refuses_a_sample(tmp_path: Path) -> None:
    with pytest.raises(NotPainted, match="doesn't have enough memory for a painting"):
        await paint_once(Settings(), SMALL, folder=tmp_path, engine=FakeEngine(largest_pixels=0))


async def test_limits_of_the_users_own_bot_do_not_apply_to_the_sample(tmp_path: Path) -> None:
    settings = Settings.model_validate({"uploads": {"limit_bytes": 2048}, "queue": {"limit": 1}})

    await paint_once(settings, SMALL, folder=tmp_path, engine=FakeEngine())

    assert (tmp_path / "painting.png").exists()


def test_once_paints_in_a_process_of_its_own_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """The browser's tests run the demo's process with the real painter."""
    leftovers, folder = tmp_path / "leftovers", tmp_path / "out"
    leftovers.mkdir()
    program = (
        "from pathlib import Path; from bot.demo.terminal import run_demo; from stylizer.pool import FakeEngine; "
        f"run_demo(once=Path({str(folder)!r}), recipe='draft', size_px=64, engine=FakeEngine())"
    )

    ended = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "TMPDIR": str(leftovers)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines() == [str(folder / "painting.png"), str(folder / "progress.gif")]
    with Image.open(folder / "painting.png") as painting:
        assert painting.size == (64, 43)
    assert "100%" in ended.stderr
    assert list(leftovers.glob("atelier-demo-*")) == []


async def test_the_page_opens_with_a_welcome_and_a_sample_being_painted() -> None:
    async with open_demo(StepGate()) as (_, _, page):
        first, newest = (page.seen["messages"][message] for message in page.seen["timeline"])
        assert "Welcome to Atelier" in str(first["components"])
        assert "'label': 'Cancel'" in str(newest["components"])
        assert newest["author"]["name"] == "Atelier"


async def test_the_demo_starts_with_a_board_of_nine_styles_and_paints_the_one_that_is_pressed() -> None:
    gate = StepGate()
    async with open_demo(gate, Stage.explore_sample) as (_, _, page):
        gate.let_through()
        await page.look_until("Painting your board")
        gate.open()
        await page.look_until("New board")
        assert [title for title in BOARD_STYLES if title not in str(page.newest["components"])] == []
        assert {str(number) for number in range(1, 10)} <= {
            item.get("label") for item in walk_components(page.newest["components"])
        }

        await page.press("6")
        while len(page.seen["timeline"]) < 3:
            await page.look()
        await page.look_until("512 × 341 px")

        assert "Number 6 of" in str(page.newest["components"])


async def test_the_page_updates_itself_while_a_painting_runs() -> None:
    gate = StepGate()
    async with open_demo(gate) as (_, _, page):
        gate.let_through()
        await page.look_until("25%")
        gate.open()
        await page.look_until("64 × 43 px")

        pictures = [item for item in walk_components(page.newest["components"]) if item["type"] == 12]
        assert all(entry["media"]["available"] for item in pictures for entry in item["items"])


async def test_the_page_shows_what_the_member_sent() -> None:
    async with open_demo(StepGate()) as (_, _, page):
        thumbnails = [item for item in walk_components(page.newest["components"]) if item["type"] == 11]
        assert [thumbnail["media"]["available"] for thumbnail in thumbnails] == [True, True]


async def test_the_page_knows_a_pictures_size_before_it_has_loaded() -> None:
    gate = StepGate()
    async with open_demo(gate) as (_, _, page):
        gate.let_through()
        await page.look_until("25%")

        preview = page.seen["assets"][page.preview]

        assert (preview["displayWidth"], preview["displayHeight"]) == (await page.picture(page.preview)).size


async def test_a_preview_is_served_even_after_the_next_one_has_replaced_it() -> None:
    gate = StepGate()
    async with open_demo(gate) as (_, _, page):
        gate.let_through()
        await page.look_until("25%")
        gate.let_through()
        await page.another_sees("50%")

        assert (await page.picture(page.preview)).width == page.seen["assets"][page.preview]["displayWidth"]


async def test_every_state_is_complete_no_matter_how_often_the_bot_replaces_pictures() -> None:
    gate = StepGate()
    async with open_demo(gate) as (_, _, page):
        gate.open()
        while "64 × 43 px" not in str(page.newest["components"]):
            await page.look()
            pictures = [item for item in walk_components(page.newest["components"]) if item["type"] == 12]
            assert all(entry["media"]["available"] for item in pictures for entry in item["items"])


async def test_a_press_counts_even_if_the_painting_has_progressed() -> None:
    gate = StepGate()
    async with open_demo(gate) as (_, _, page):
        gate.let_through()
        await page.look_until("25%")
        gate.let_through()
        await page.another_sees("50%")

        receipt = await page.press("Cancel")

        assert receipt["settlement"] == "settled"
        await page.look_until("Canceled")


async def test_a_press_on_a_button_that_has_changed_does_nothing() -> None:
    gate = StepGate()
    async with open_demo(gate) as (stage, _, page):
        cancel = page.seen
        gate.open()
        await page.look_until("64 × 43 px")
        page.seen = cancel

        receipt = await page.press("Cancel")

        assert receipt["rejected"] is True
        await page.look()
        assert "64 × 43 px" in str(page.newest["components"])
        assert stage.env.errors == []


async def test_presses_and_refreshes_wait_for_each_other() -> None:
    async with open_demo(StepGate()) as (_, _, page):
        _, receipt, _ = await asyncio.gather(page.look(), page.press("Cancel"), page.look())

        assert receipt["settlement"] == "settled"


async def test_files_of_any_name_can_be_uploaded() -> None:
    gate = StepGate()
    gate.open()
    name = 'Grüße "aus" 東京.jpg'
    async with open_demo(gate) as (stage, _, page):
        receipt = await page.stylize((name, sample("coffee")[1]), sample("ink_garden"))

        assert receipt["settlement"] == "settled"
        await page.look()
        assert len(page.seen["timeline"]) == 3
        await page.look_until("64 × 43 px")
        assert (name, sample("coffee")[1]) in stage.uploads.files.values()


async def test_a_painting_can_be_as_large_as_an_attached_picture() -> None:
    gate = StepGate()
    gate.open()
    async with open_demo(gate) as (_, _, page):
        options = {"content": {"upload": 0}, "style": {"upload": 1}, "recipe": "draft", "size": "0"}
        small = io.BytesIO()
        Image.new("RGB", (96, 72), "teal").save(small, "PNG")
        uploads = {"content": ("small.png", small.getvalue()), "style": sample("ink_garden")}
        receipt = await page.run("stylize", options, uploads=uploads)

        assert receipt["settlement"] == "settled"
        await page.look_until("96 × 72 px")


async def test_a_link_to_another_site_is_refused_as_on_discord() -> None:
    async with open_demo(StepGate()) as (_, _, page):
        options = {"content_link": "https://example.org/sea.png", "style": {"upload": 0}}
        await page.run("stylize", options, uploads={"style": sample("ink_garden")})
        await page.look()

        assert "The content picture isn't hosted on Discord." in str(page.newest)


async def test_the_visitor_owns_the_server_and_nobody_else_sees_its_settings() -> None:
    async with open_demo(StepGate()) as (stage, _, page):
        await page.run("server settings")
        await page.look()
        settings = page.newest
        assert settings["ephemeral"]
        assert "Atelier on this server" in str(settings["components"])

        await page.see_as(stage.members[1])

        assert settings["id"] not in page.seen["timeline"]
        assert "server settings" not in await page.commands()


async def test_another_member_cannot_cancel_the_visitors_painting() -> None:
    async with open_demo(StepGate()) as (stage, _, page):
        await page.see_as(stage.members[1])
        card = page.newest

        await page.press("Cancel")
        await page.look()

        assert page.newest["ephemeral"]
        assert page.newest["id"] != card["id"]
        assert "'label': 'Cancel'" in str(page.seen["messages"][card["id"]]["components"])
        await page.see_as(stage.visitor)
        assert page.newest["id"] == card["id"]


async def test_a_painting_is_saved_as_a_style_from_its_messages_menu() -> None:
    gate = StepGate()
    gate.open()
    async with open_demo(gate) as (_, _, page):
        await page.look_until("64 × 43 px")
        assert (await page.menus())["message"] == ["Save as style", "Stylize this"]

        assert await page.choose_from_menu("message", "Save as style", page.newest["id"]) == 200
        await page.look()
        form = page.seen["modal"]["payload"]
        assert form["title"] == "Save as style"

        receipt = await page.fill_in({"name": "Night cat"})
        assert receipt["settlement"] == "settled"
        await page.look_until("Night cat")
        assert page.newest["ephemeral"]


async def test_a_members_avatar_is_stylized_from_the_menu_of_their_name() -> None:
    async with open_demo(StepGate()) as (stage, _, page):
        await page.act("send_message", content="Paint me!")
        await page.look()
        assert (await page.menus())["user"] == ["Stylize avatar"]

        assert await page.choose_from_menu("user", "Stylize avatar", page.newest["id"]) == 200
        await page.look()

        assert page.seen["modal"]["payload"]["title"] == "Stylize avatar"
        await page.see_as(stage.members[1])
        assert page.seen["modal"] is None


async def test_a_menus_command_that_cannot_be_sent_is_refused_and_the_page_goes_on() -> None:
    async with open_demo(StepGate()) as (stage, _, page):
        newest = page.newest["id"]
        assert await page.choose_from_menu("message", "Save as style", "1") == 409
        assert await page.choose_from_menu("message", "Paint the moon", newest) == 409
        assert await page.choose_from_menu("message", "Save as style", "newest") == 400

        assert (await page.press("Cancel"))["settlement"] == "settled"
        assert stage.env.errors == []


async def test_try_a_sample_paints_another_pair_for_the_member_who_pressed_it() -> None:
    async with open_demo(StepGate()) as (stage, _, page):
        await page.see_as(stage.members[1])

        await page.press("Try a sample", page.seen["messages"][page.seen["timeline"][0]])

        while len(page.seen["timeline"]) < 3:
            await page.look()
        first, second = (page.seen["messages"][message] for message in page.seen["timeline"][1:])
        assert second["interaction_header"]["user"]["name"] == "Mia"
        assert second["interaction_header"]["name"] == "stylize"
        pictures = [
            {entry["media"]["asset_id"] for entry in walk_components(card["components"]) if entry["type"] == 11}
            for card in (first, second)
        ]
        assert len(pictures[0] | pictures[1]) == 4


async def test_the_visitor_enters_a_challenge_that_simulated_members_have_entered_and_has_a_history() -> None:
    gate = StepGate()
    gate.open()
    async with open_demo(gate, Stage.open_challenge) as (stage, _, page):
        announcement = await page.look_for("Nine lives")
        assert "8 entries" in str(announcement["components"])
        assert f"<@{stage.members[1].id}>" in str(announcement["components"])

        await page.press("Enter", announcement)
        await page.look()
        fields = walk_components(page.seen["modal"]["payload"]["components"])
        styles = next(field for field in fields if field.get("custom_id") == "gallery")
        await page.fill_in({"gallery": [styles["options"][0]["value"]]})
        await page.look_until("Submit")
        assert "64 × 43 px" in str(page.newest["components"])
        await page.press("Submit")
        await page.look_until("Entered")

        await page.run("history")
        await page.look_until("Your paintings")
        thumbnails = [item for item in walk_components(page.newest["components"]) if item["type"] == 11]
        assert [thumbnail["media"]["available"] for thumbnail in thumbnails] == [True] * 4


async def test_skipping_leads_from_the_entries_through_the_voting_to_the_results() -> None:
    async with open_demo(StepGate(), Stage.open_challenge) as (_, _, page):
        announcement = await page.look_for("Nine lives")
        await page.press("Skip to the voting", await page.look_for("Only in this demo"))
        await page.look_for("Skip to the end")
        assert await page.show_thread(announcement["id"]) == 200
        entries = [str(page.seen["messages"][message]["components"]) for message in page.seen["timeline"]]
        assert [f"**Entry {number}**" in " ".join(entries) for number in range(1, 10)] == [True] * 8 + [False]
        assert "<@" not in " ".join(entries)
        assert await page.show_thread(None) == 200

        await page.press("Vote", await page.look_for("**Voting is open**"))
        await page.look_until("0 duels so far")
        await page.press("Left")
        await page.look_until("1 duel so far")

        await page.press("Skip to the end", await page.look_for("Skip to the end"))
        results = await page.look_for("Results: Nine lives")

        assert "8 entries · 10 voters · 181 duels" in str(results["components"])
        ended = await page.look_for("The challenge has ended")
        assert not any(item["type"] == 2 for item in walk_components(ended["components"]))
        await page.show_thread(announcement["id"])
        await page.look_for("· place 1 ·")


async def test_a_challenge_that_was_canceled_cannot_be_skipped() -> None:
    async with open_demo(StepGate(), Stage.open_challenge) as (stage, _, page):
        [challenge] = await stage.app.client.studio.challenges.running()
        await stage.app.client.studio.life.cancel(challenge)

        canceled = await page.look_for("The challenge was canceled")

        assert not any(item["type"] == 2 for item in walk_components(canceled["components"]))


async def test_what_the_visitor_does_in_a_thread_stays_there_and_other_threads_cannot_be_shown() -> None:
    async with open_demo(StepGate(), Stage.open_challenge) as (_, _, page):
        announcement = await page.look_for("Nine lives")
        there = page.seen["timeline"]
        await page.show_thread(announcement["id"])
        assert page.seen["channel"]["name"] == "Nine lives"

        await page.act("send_message", content="What a cat!")
        await page.run("queue")
        await page.look()
        assert [page.seen["messages"][message]["content"] for message in page.seen["timeline"]] == ["What a cat!", ""]

        await page.show_thread(None)
        assert page.seen["timeline"] == there
        assert await page.show_thread("1") == 409
        assert await page.show_thread("the thread") == 400
        assert page.seen["timeline"] == there


async def test_a_closed_page_says_so() -> None:
    async with open_demo(StepGate()) as (_, live, page):
        await page.act("close")
        await live.wait_closed()

        assert await page.status() == 410


async def test_the_page_requires_its_secret_and_a_name_of_this_machine() -> None:
    async with open_demo(StepGate()) as (_, _, page):
        assert await page.status() == 200
        assert await page.status({"X-Simcord-Capability": "guessed"}) == 401
        assert await page.status({"X-Simcord-Capability": "guessed"}, of="menus") == 401
        assert await page.status({"X-Simcord-Context": "guessed"}, of="menus") == 410
        assert await page.status({"Host": "elsewhere.example"}) == 403


async def test_the_page_shows_the_real_date() -> None:
    async with open_demo(StepGate()) as (stage, _, page):
        assert abs(datetime.now(UTC) - stage.env.now()) < timedelta(minutes=5)
        assert page.newest["timestamp"][:4] == f"{stage.env.now():%Y}"


def test_a_taken_port_is_reported_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        ended = CliRunner().invoke(main, ["demo", "--no-browser", "--port", str(port)])

    assert ended.exit_code == 2
    assert f"Can't use port {port}" in ended.stderr
    assert "--port" in ended.stderr


def test_an_unusable_folder_is_reported_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    ended = CliRunner().invoke(main, ["demo", "--once", str(tmp_path / "file" / "out")])

    assert ended.exit_code == 2
    assert "as a folder" in ended.stderr


def test_an_invalid_setting_is_reported_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATELIER_ENGINE__WORKERS", "many")

    ended = CliRunner().invoke(main, ["demo", "--no-browser"])

    assert ended.exit_code == 2
    assert "ATELIER_ENGINE__WORKERS" in ended.stderr


def test_without_its_extra_the_demo_says_how_to_install_it() -> None:
    ended = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; sys.modules['simcord'] = None; from bot.__main__ import main; main()",
            "demo",
        ],
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 2
    assert "atelier-bot[demo]" in ended.stderr
    assert "Traceback" not in ended.stderr


async def test_a_port_taken_during_startup_is_reported_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        async with open_stage(Settings(), engine=FakeEngine()) as stage:
            with pytest.raises(DemoError, match="can't use port"):
                async with open_page(stage, port=server.getsockname()[1]):
                    pass


async def test_the_users_own_data_directory_is_left_alone(tmp_path: Path) -> None:
    async with open_stage(Settings(data_dir=tmp_path / "own"), engine=FakeEngine()) as stage:
        assert stage.app.settings.data_dir != tmp_path / "own"
        private = stage.app.settings.data_dir
        await stage.stylize_sample()

    assert not (tmp_path / "own").exists()
    assert not private.exists()
