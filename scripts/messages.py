"""Photographs of messages on the demo's page in a headless Chromium, for the scripts that make the documents' pictures.

`browser.sh` installs Chromium where it can.
"""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import click
from PIL import Image
from playwright.async_api import Browser, FloatRect, Locator, Page, async_playwright, expect

MESSAGE = "article.channel-message"
MARGIN_PX = 16
PAINTING_TIMEOUT_MS = 600_000
MAX_SCREENSHOTS = 10

_CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_RIGHT_END = """
message => {
  const parts = [...message.querySelectorAll(".message-header, .component-container, .message-content > *")];
  if (!parts.length) return message.getBoundingClientRect().width; // a form
  const words = parts.map(part => {
    const range = document.createRange();
    range.selectNodeContents(part);
    return part.matches(".component-container") ? part.getBoundingClientRect() : range.getBoundingClientRect();
  });
  return Math.max(...words.map(box => box.right)) - message.getBoundingClientRect().left;
}
"""
_IS_PAINTED = """
([message, percent]) => {
  const card = document.querySelector(message);
  const shown = card?.textContent.match(/(\\d+) ?%/);
  return shown && Number(shown[1]) >= percent && card.querySelector(".component-gallery img");
}
"""


@asynccontextmanager
async def open_chromium() -> AsyncIterator[Browser]:
    """Run Chromium while the block runs. Raises `ClickException` if there is none."""
    chromium = next(filter(None, map(shutil.which, _CHROMIUMS)), None)
    if chromium is None:
        raise click.ClickException("There is no Chromium: install it (Debian: apt-get install chromium).")
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium's sandbox refuses root
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=sandbox)
        yield browser
        await browser.close()


async def wait_until_painted(page: Page, percent: int, *, message: str = MESSAGE) -> None:
    """Wait until a message shows a preview and at least this progress; `message` is a selector."""
    await page.wait_for_function(_IS_PAINTED, arg=[message, percent], timeout=PAINTING_TIMEOUT_MS)


async def photograph(message: Locator) -> Image.Image:
    """Photograph a message with all of its pictures, without the empty space to its right."""
    await message.page.mouse.move(0, 0)  # so that nothing is drawn as if the mouse were over it
    for picture in await message.locator("img:not(.kept-picture)").all():
        await expect(picture).not_to_have_js_property("naturalWidth", 0, timeout=PAINTING_TIMEOUT_MS)
    shown, screenshot = await _screenshot(message)
    right_px = await message.evaluate(_RIGHT_END) + MARGIN_PX
    scale = screenshot.width / shown["width"]
    return screenshot.crop((0, 0, min(round(right_px * scale), screenshot.width), screenshot.height))


async def _screenshot(message: Locator) -> tuple[FloatRect, Image.Image]:
    """Where a message is on the page, and a picture of it, taken while nothing moved."""
    for _ in range(MAX_SCREENSHOTS):
        await message.scroll_into_view_if_needed()
        before = await message.bounding_box()
        png = await message.screenshot()
        after = await message.bounding_box()
        if before is not None and before == after:
            return before, Image.open(io.BytesIO(png)).convert("RGB")
    raise click.ClickException("The message isn't on the page, or it keeps moving.")
