"""A headless Chromium, and somebody who looks at the demo's page in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, async_playwright, expect

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MS = 120_000
"""For one thing to show; a painter may have the processor to itself."""


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The Chromium of this machine. Without one the test is skipped; in CI, which installs it, it fails."""
    for name in CHROMIUMS:
        if found := shutil.which(name):
            return found
    problem = "There is no Chromium: install it (Debian: apt-get install chromium) to run the browser tests."
    if os.environ.get("CI"):
        pytest.fail(problem)
    pytest.skip(problem)


class Visitor:
    """Somebody in front of the demo's page, who looks and presses."""

    def __init__(self, page: Page) -> None:
        self._page = page

    async def open(self, url: str) -> None:
        """Go to the page and wait for the conversation."""
        await self._page.goto(url)
        await expect(self._page.locator("#channel-name")).to_have_text("atelier")

    @property
    def messages(self) -> Locator:
        """The channel's messages, the oldest first."""
        return self._page.locator("article.channel-message")

    @property
    def newest(self) -> Locator:
        """The channel's last message."""
        return self.messages.last

    def picture(self, description: str) -> Locator:
        """The picture of the newest message that is described so."""
        return self.newest.get_by_role("img", name=description, exact=True)

    async def sees_picture(self, description: str, *, width_px: int | None = None) -> None:
        """Wait until the newest message's picture of that description has loaded, and is so wide."""
        loaded = expect(self.picture(description))
        await loaded.not_to_have_js_property("naturalWidth", 0)
        if width_px is not None:
            await loaded.to_have_js_property("naturalWidth", width_px)

    async def stylize(self, content: Path, style: Path, **options: str) -> None:
        """Type `/stylize`, upload two files, choose the options, and send it."""
        composer = self._page.locator("#channel-composer-input")
        await composer.click()
        await composer.press_sequentially("/stylize")
        await expect(self._page.locator(".command-popup")).to_contain_text("Paint one picture")
        await self._page.keyboard.press("Enter")
        for name, path in (("content", content), ("style", style)):
            await self._page.locator(".command-ghost").click()
            await self._page.locator(f".command-suggestion[data-value={name}]").click()
            await self._page.locator(f"input.command-file-input[data-option={name}]").set_input_files(path)
        for name, value in options.items():
            await self._page.locator(".command-ghost").click()
            await self._page.locator(f".command-suggestion[data-value={name}]").click()
            await self._page.locator(f"input.command-option-input[data-option={name}]").press_sequentially(value)
            await self._page.keyboard.press("Enter")
        await self._page.locator("#send-message").click()

    async def press(self, label: str) -> None:
        """Press a button of the newest message."""
        await self.newest.get_by_role("button", name=label, exact=True).click()

    async def photograph(self, path: Path) -> None:
        """Keep a picture of the page, for people."""
        await self._page.screenshot(path=path)


@pytest.fixture
async def visitor(chromium_path: str, tmp_path: Path) -> AsyncIterator[Visitor]:
    """Somebody with a fresh browser, who leaves a picture of what they saw last in the test's folder."""
    # Chromium's sandbox refuses to be run by root, which is who runs tests in a container.
    flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else [*FLAGS]
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path, args=flags)
        page = await browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(PATIENCE_MS)
        somebody = Visitor(page)
        yield somebody
        await somebody.photograph(tmp_path / "page.png")
        await browser.close()
