"""The demo's page in a real browser: what a visitor types, presses and sees."""

from __future__ import annotations

import asyncio
import itertools
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import expect

from bot.demo.page import LivePage, open_page
from bot.demo.samples import SAMPLES_DIR, STYLES_DIR
from bot.demo.stage import SampleOptions, Stage, open_stage
from config.settings import Settings
from stylizer.pool import FakeEngine, StepGate
from tests.browser.conftest import DESKTOP, PHONE, Visitor

pytestmark = [pytest.mark.timeout(600), pytest.mark.asyncio(loop_scope="session")]

FRAMES = 4
SAMPLE = "chelsea.jpg in the style of night_wind.jpg"


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo with a fake painter that waits at a gate."""

    stage: Stage
    page: LivePage
    gate: StepGate


@asynccontextmanager
async def open_demo(start: Callable[[Stage], Awaitable[object]] = Stage.stylize_sample) -> AsyncIterator[Demo]:
    """Open the demo with a sample in progress. The clock advances far enough for every step to be shown."""
    gate = StepGate()
    seconds = itertools.count(step=10)
    engine = FakeEngine(FRAMES, gate=gate)
    options = SampleOptions(size_px=96)
    async with open_stage(Settings(), options, engine=engine, clock=lambda: float(next(seconds))) as stage:
        await stage.welcome()
        await start(stage)
        async with open_page(stage) as page:
            yield Demo(stage, page, gate)


async def sees_preview(visitor: Visitor) -> None:
    """Wait until the newest message's preview has loaded and is shown: it's hidden until it is decoded, too."""
    await expect(visitor.gallery.first).not_to_have_js_property("naturalWidth", 0)
    await expect(visitor.gallery.first).to_be_visible()


async def sees_first_preview(visitor: Visitor, demo: Demo) -> None:
    """Open the page and wait until the sample's first preview is shown."""
    await visitor.open(demo.page.url)
    demo.gate.let_through()
    await expect(visitor.newest).to_contain_text("25%")
    await sees_preview(visitor)


async def sees_result(visitor: Visitor, demo: Demo) -> None:
    """Open the page and wait until the sample is painted."""
    demo.gate.open()
    await visitor.open(demo.page.url)
    await expect(visitor.newest.get_by_role("button", name="Again")).to_be_enabled()


async def test_the_page_greets_with_a_sample_in_progress(visitor: Visitor) -> None:
    async with open_demo() as demo:
        await visitor.open(demo.page.url)

        await expect(visitor.messages.first).to_contain_text("Welcome to Atelier")
        await expect(visitor.newest).to_contain_text("You used /stylize")
        await expect(visitor.newest.get_by_role("button", name="Cancel")).to_be_enabled()


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_a_board_grows_and_the_pressed_number_is_painted_large(visitor: Visitor) -> None:
    async with open_demo(Stage.explore_sample) as demo:
        await visitor.open(demo.page.url)
        demo.gate.let_through()
        await expect(visitor.newest).to_contain_text("Painting your board")
        await sees_preview(visitor)
        assert await visitor.overflowing() == []

        demo.gate.open()
        await expect(visitor.newest.get_by_role("button", name="New board")).to_be_enabled()
        assert await visitor.overflowing() == []
        await visitor.press("6")

        await expect(visitor.messages).to_have_count(3)
        await expect(visitor.newest).to_contain_text("Number 6 of this board")
        await expect(visitor.newest.get_by_role("button", name="Again")).to_be_enabled()


async def test_the_preview_grows_and_the_result_arrives_by_itself(visitor: Visitor) -> None:
    async with open_demo() as demo:
        await visitor.open(demo.page.url)

        demo.gate.let_through()
        await expect(visitor.newest).to_contain_text("25%")
        await visitor.sees_picture(f"{SAMPLE} (in progress)")
        first = await visitor.picture(f"{SAMPLE} (in progress)").get_attribute("src")

        demo.gate.let_through()
        await expect(visitor.newest).to_contain_text("50%")
        await expect(visitor.picture(f"{SAMPLE} (in progress)")).not_to_have_attribute("src", first or "")

        demo.gate.open()
        await expect(visitor.newest).to_contain_text("96 × 64 px")
        await visitor.sees_picture(SAMPLE, width_px=96)
        await visitor.sees_picture(f"Timelapse of {SAMPLE}", width_px=96)


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_a_growing_preview_never_vanishes_fades_or_changes_its_size(visitor: Visitor) -> None:
    async with open_demo() as demo:
        await sees_first_preview(visitor, demo)

        await visitor.watch()
        for done in ("50%", "75%"):
            last = await visitor.gallery.first.get_attribute("src")
            demo.gate.let_through()
            await expect(visitor.newest).to_contain_text(done)
            await expect(visitor.gallery.first).not_to_have_attribute("src", last or "")
            await sees_preview(visitor)

        seen = [picture for frame in await visitor.sightings() for picture in frame]
        assert all(picture.is_shown and picture.opacity == 1 for picture in seen)
        assert len({tuple(picture.size_px) for picture in seen}) == 1


async def test_a_preview_that_loads_after_the_next_one_is_drawn_leaves_no_gap(visitor: Visitor) -> None:
    async with open_demo() as demo:
        await sees_first_preview(visitor, demo)

        await visitor.watch()
        await visitor.redraw_pictures_twice()

        assert all(picture.is_shown for frame in await visitor.sightings() for picture in frame)


async def test_the_painting_takes_the_place_of_its_last_preview_without_a_gap(visitor: Visitor) -> None:
    async with open_demo() as demo:
        await sees_first_preview(visitor, demo)

        await visitor.watch()
        demo.gate.open()
        await expect(visitor.gallery.first).to_have_js_property("naturalWidth", 96)

        assert all(frame and frame[0].is_shown for frame in await visitor.sightings())


async def test_the_card_shows_both_pictures_small(visitor: Visitor) -> None:
    async with open_demo() as demo:
        await visitor.open(demo.page.url)

        await expect(visitor.newest.locator(".section-accessory img")).to_have_count(2)


async def test_a_visitor_uploads_two_pictures_of_their_own(visitor: Visitor) -> None:
    async with open_demo() as demo:
        demo.gate.open()
        await visitor.open(demo.page.url)
        await expect(visitor.newest.get_by_role("button", name="Again")).to_be_enabled()

        await visitor.stylize(SAMPLES_DIR / "coffee.jpg", STYLES_DIR / "glass_suns.jpg", recipe="draft", size="64")

        await expect(visitor.messages).to_have_count(3)
        await expect(visitor.newest).to_contain_text("Draft · 64 × 43 px")
        await visitor.sees_picture("coffee.jpg in the style of glass_suns.jpg", width_px=64)


async def test_cancel_stops_a_painting(visitor: Visitor) -> None:
    async with open_demo() as demo:
        await visitor.open(demo.page.url)
        demo.gate.let_through()
        await expect(visitor.newest).to_contain_text("25%")

        await visitor.press("Cancel")

        await expect(visitor.newest).to_contain_text("Canceled")


async def test_the_buttons_of_a_result_work(visitor: Visitor) -> None:
    async with open_demo() as demo:
        demo.gate.open()
        await visitor.open(demo.page.url)
        await expect(visitor.newest.get_by_role("button", name="Again")).to_be_enabled()

        await visitor.press("Again")
        await expect(visitor.messages).to_have_count(3)
        await expect(visitor.newest).to_contain_text("96 × 64 px")

        await visitor.press("Delete")
        await expect(visitor.newest).to_contain_text("Delete this painting?")
        await visitor.press("Delete")
        await expect(visitor.newest).to_contain_text("The painting was deleted.")
        await expect(visitor.messages).to_have_count(3)


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("is_at_end", [True, False], ids=["at the end", "scrolled"])
async def test_the_menu_of_a_small_painting_opens(visitor: Visitor, is_at_end: bool) -> None:
    async with open_demo() as demo:
        await sees_result(visitor, demo)
        for count in (3, 4, 5):
            await visitor.press("Again")
            await expect(visitor.messages).to_have_count(count)
            await expect(visitor.newest.get_by_role("button", name="Again")).to_be_enabled()
        await visitor.sees_end_of(visitor.newest)
        if not is_at_end:
            await visitor.scroll_up()
        message = visitor.newest if is_at_end else visitor.messages.nth(1)

        await message.locator(".select-trigger").click()

        await expect(message.get_by_role("option").first).to_be_in_viewport()


@pytest.mark.parametrize("viewport", [PHONE], ids=["phone"])
async def test_a_painting_is_saved_as_a_style_from_the_apps_of_its_message(visitor: Visitor) -> None:
    async with open_demo() as demo:
        await sees_result(visitor, demo)

        await visitor.newest.get_by_role("button", name="Apps").tap()
        await expect(visitor.apps).to_have_text(["Save as style", "Stylize this"])
        assert await visitor.overflowing() == []
        await visitor.press_key("Enter")
        await visitor.form.get_by_role("textbox").first.fill("Night cat")
        await visitor.form.get_by_role("button", name="Submit").click()

        await expect(visitor.newest).to_contain_text("Only you can see this")
        await expect(visitor.newest).to_contain_text("Night cat")
        await expect(visitor.newest.get_by_role("button", name="Apps")).to_have_count(0)


async def test_the_apps_of_a_member_and_of_a_message_are_reached_by_keyboard(visitor: Visitor) -> None:
    async with open_demo() as demo:
        await sees_result(visitor, demo)

        await visitor.newest.get_by_role("button", name="Apps").focus()
        await visitor.press_key("Enter")
        await expect(visitor.apps.first).to_be_focused()
        await visitor.press_key("ArrowDown")
        await visitor.press_key("Enter")
        await expect(visitor.form).to_contain_text("Stylize this")
        await visitor.press_key("Escape")
        await expect(visitor.newest.get_by_role("button", name="Apps")).to_be_focused()

        await visitor.say("Paint me!")
        await visitor.newest.get_by_role("button", name="You").focus()
        await visitor.press_key(" ")
        await expect(visitor.apps).to_have_text(["Stylize avatar"])
        await visitor.press_key("Enter")
        await expect(visitor.form).to_contain_text("Stylize avatar")


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_the_channel_follows_its_newest_card_until_the_visitor_scrolls_up(visitor: Visitor) -> None:
    async with open_demo() as demo:
        await sees_first_preview(visitor, demo)
        await visitor.sees_end_of(visitor.newest)

        await visitor.scroll_up()
        await demo.page.stylize_sample(demo.stage.members[1])
        await expect(visitor.messages).to_have_count(3)

        await expect(visitor.messages.first.get_by_role("heading")).to_be_in_viewport()
        await expect(visitor.newest).not_to_be_in_viewport()


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_what_the_visitor_sends_comes_into_view(visitor: Visitor) -> None:
    async with open_demo() as demo:
        await sees_first_preview(visitor, demo)

        await visitor.scroll_up()
        await visitor.say("Hello there")

        await expect(visitor.newest).to_contain_text("Hello there")
        await visitor.sees_end_of(visitor.newest)

        await visitor.scroll_up()
        await visitor.command("server settings")

        await expect(visitor.newest).to_contain_text("Only you can see this")
        await visitor.sees_end_of(visitor.newest)


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_trying_a_sample_starts_another_and_brings_it_into_view(visitor: Visitor) -> None:
    async with open_demo() as demo:
        await sees_first_preview(visitor, demo)
        await visitor.scroll_up()

        await visitor.press("Try a sample", visitor.messages.first)

        await expect(visitor.messages).to_have_count(3)
        await expect(visitor.newest).to_contain_text("You used /stylize")
        await visitor.sees_end_of(visitor.newest)


async def test_the_visitor_sees_through_the_eyes_of_another_member(visitor: Visitor) -> None:
    async with open_demo() as demo:
        await visitor.open(demo.page.url)
        await visitor.command("server settings")
        await expect(visitor.newest).to_contain_text("Only you can see this")

        await visitor.see_as("Mia")
        await expect(visitor.messages).to_have_count(2)
        await visitor.press("Cancel")
        await expect(visitor.messages).to_have_count(3)
        await expect(visitor.newest).to_contain_text("Only you can see this")
        await expect(visitor.messages.nth(1).get_by_role("button", name="Cancel")).to_be_enabled()
        await visitor.press("Try a sample", visitor.messages.first)
        await expect(visitor.newest).to_contain_text("Mia used /stylize")
        await visitor.type("/")
        await expect(visitor.offered_commands).to_contain_text("/stylize")
        await expect(visitor.offered_commands).not_to_contain_text("/server settings")

        await visitor.see_as("You")
        await expect(visitor.messages).to_have_count(4)
        await expect(visitor.messages.nth(2)).to_contain_text("Only you can see this")


@pytest.mark.parametrize("viewport", [PHONE], ids=["phone"])
async def test_everything_fits_on_a_phone(visitor: Visitor) -> None:
    async with open_demo() as demo:
        await sees_first_preview(visitor, demo)
        assert await visitor.overflowing() == []
        assert await visitor.sees_on_one_line("▰")

        demo.gate.open()
        await expect(visitor.gallery).to_have_count(2)
        await expect(visitor.gallery.last).not_to_have_js_property("naturalWidth", 0)
        await visitor.command("server settings")
        await expect(visitor.newest).to_contain_text("Only you can see this")
        assert await visitor.overflowing() == []
        await expect(visitor.composer).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("viewport", [PHONE], ids=["phone"])
async def test_a_challenge_is_entered_voted_on_and_skipped_to_its_results(visitor: Visitor) -> None:
    async with open_demo(Stage.open_challenge) as demo:
        demo.gate.open()
        await visitor.open(demo.page.url)
        challenge = visitor.message("Organized by")

        await visitor.press("Enter", challenge)
        await visitor.choose("Or a style of the gallery", "Agate slices")
        await visitor.form.get_by_role("button", name="Submit").click()
        await expect(visitor.newest).to_contain_text("96 × 64 px")
        await visitor.press("Submit")
        await expect(visitor.newest).to_contain_text("Entered.")

        await visitor.press("Skip to the voting", visitor.message("Only in this demo"))
        await visitor.open_thread(challenge)
        await expect(visitor.message("Entry 9")).to_be_visible()
        assert await visitor.overflowing() == []
        await visitor.leave_thread()
        await expect(challenge.get_by_role("heading")).to_be_in_viewport()

        await visitor.press("Vote", challenge)
        await expect(visitor.newest).to_contain_text("0 duels so far")
        assert await visitor.overflowing() == []
        await visitor.press("Left")
        await expect(visitor.newest).to_contain_text("1 duel so far")

        await visitor.press("Skip to the end", visitor.message("Only in this demo"))
        await expect(visitor.newest).to_contain_text("Results: Nine lives")
        await visitor.sees_end_of(visitor.newest)
        assert await visitor.overflowing() == []


@pytest.mark.weights
async def test_the_whole_demo_paints_in_the_browser(visitor: Visitor, tmp_path: Path) -> None:
    leftovers = tmp_path / "leftovers"
    leftovers.mkdir()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot", "demo", "--no-browser", "--recipe", "draft", "--size", "64"),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(leftovers)},
    )
    try:
        assert process.stdout is not None
        url = (await process.stdout.readline()).decode().strip()
        await visitor.open(url)
        await sees_preview(visitor)
        await expect(visitor.newest).to_contain_text(re.compile(r"\d+%"))
        await visitor.press("Cancel")
        await expect(visitor.newest).to_contain_text("Canceled")

        await visitor.stylize(SAMPLES_DIR / "astronaut.jpg", STYLES_DIR / "ink_garden.jpg", recipe="draft", size="64")

        await expect(visitor.messages).to_have_count(6)
        await expect(visitor.newest).to_contain_text("Draft · 64 × 64 px")
        await visitor.sees_picture("astronaut.jpg in the style of ink_garden.jpg", width_px=64)
        await visitor.sees_picture("Timelapse of astronaut.jpg in the style of ink_garden.jpg", width_px=64)

        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
        assert list(leftovers.glob("atelier-demo-*")) == []
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
