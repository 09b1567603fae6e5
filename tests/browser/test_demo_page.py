"""The demo's page in a real browser: what a visitor types, presses and sees."""

from __future__ import annotations

import asyncio
import itertools
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import expect

import bot.demo.samples
from bot.demo.page import LivePreview, open_page
from bot.demo.stage import SampleOrder, Stage, open_stage
from config.settings import Settings
from stylizer.pool import FakeEngine, StepGate
from tests.browser.conftest import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

SAMPLES = Path(bot.demo.samples.__file__).parent
FRAMES = 4


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo with a fake painter that waits at a gate."""

    stage: Stage
    page: LivePreview
    gate: StepGate


@asynccontextmanager
async def open_demo() -> AsyncIterator[Demo]:
    """The demo, its sample begun. Each step of the painter that is let through comes long after the one before."""
    gate = StepGate()
    seconds = itertools.count(step=10)
    engine = FakeEngine(FRAMES, gate=gate)
    async with open_stage(Settings(), engine=engine, clock=lambda: float(next(seconds))) as stage:
        await stage.welcome()
        await stage.order_sample(SampleOrder(size_px=96))
        async with open_page(stage) as page:
            yield Demo(stage, page, gate)


async def test_the_page_greets_with_a_sample_under_way(visitor: Visitor) -> None:
    async with open_demo() as demo:
        await visitor.open(demo.page.url)

        await expect(visitor.messages.first).to_contain_text("Welcome to Atelier")
        await expect(visitor.newest).to_contain_text("You used /stylize")
        await expect(visitor.newest.get_by_role("button", name="Cancel")).to_be_enabled()


async def test_the_preview_grows_and_the_result_arrives_by_itself(visitor: Visitor) -> None:
    async with open_demo() as demo:
        await visitor.open(demo.page.url)

        demo.gate.let_through()
        await expect(visitor.newest).to_contain_text("25 %")
        await visitor.sees_picture("The painting so far")
        first = await visitor.picture("The painting so far").get_attribute("src")

        demo.gate.let_through()
        await expect(visitor.newest).to_contain_text("50 %")
        await expect(visitor.picture("The painting so far")).not_to_have_attribute("src", first or "")

        demo.gate.open()
        await expect(visitor.newest).to_contain_text("96 x 64 px")
        await visitor.sees_picture("The painting", width_px=96)
        await visitor.sees_picture("How it was painted", width_px=96)


async def test_the_card_shows_both_pictures_small(visitor: Visitor) -> None:
    async with open_demo() as demo:
        await visitor.open(demo.page.url)

        await expect(visitor.newest.locator(".section-accessory img")).to_have_count(2)


async def test_a_visitor_uploads_two_pictures_of_their_own(visitor: Visitor) -> None:
    async with open_demo() as demo:
        demo.gate.open()
        await visitor.open(demo.page.url)
        await expect(visitor.newest.get_by_role("button", name="Again")).to_be_enabled()

        await visitor.stylize(SAMPLES / "coffee.jpg", SAMPLES / "glass_suns.jpg", recipe="draft", size="64")

        await expect(visitor.messages).to_have_count(3)
        await expect(visitor.newest).to_contain_text("Draft · 64 x 43 px")
        await visitor.sees_picture("The painting", width_px=64)


async def test_cancel_stops_a_painting(visitor: Visitor) -> None:
    async with open_demo() as demo:
        await visitor.open(demo.page.url)
        demo.gate.let_through()
        await expect(visitor.newest).to_contain_text("25 %")

        await visitor.press("Cancel")

        await expect(visitor.newest).to_contain_text("Cancelled")


async def test_the_buttons_of_a_result_work(visitor: Visitor) -> None:
    async with open_demo() as demo:
        demo.gate.open()
        await visitor.open(demo.page.url)
        await expect(visitor.newest.get_by_role("button", name="Again")).to_be_enabled()

        await visitor.press("Again")
        await expect(visitor.messages).to_have_count(3)
        await expect(visitor.newest).to_contain_text("96 x 64 px")

        await visitor.press("Delete")
        await expect(visitor.messages).to_have_count(2)


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

        await visitor.stylize(SAMPLES / "astronaut.jpg", SAMPLES / "ink_garden.jpg", recipe="draft", size="64")

        await expect(visitor.messages).to_have_count(3)
        await expect(visitor.messages.nth(1)).to_contain_text("64 x 43 px")
        await expect(visitor.newest).to_contain_text(re.compile(r"\d+ %"))
        await expect(visitor.newest).to_contain_text("Draft · 64 x 64 px")
        await visitor.sees_picture("The painting", width_px=64)
        await visitor.sees_picture("How it was painted", width_px=64)

        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
        assert list(leftovers.glob("atelier-demo-*")) == []
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
