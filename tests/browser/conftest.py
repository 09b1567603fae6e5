"""Fixtures: a headless Chromium, and a visitor who uses the demo's page in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, ViewportSize, async_playwright, expect

from tests.databases import new_databases_are_current

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
EXPECT_TIMEOUT_MS = 120_000
"""For one expectation; the painter may keep the CPU busy."""
MAX_SCROLLS = 10
SCROLL_TIMEOUT_MS = 2_000
"""For one scroll to take effect; a page that redraws at that moment ignores it."""


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The path of Chromium. If it is missing, the test is skipped; in CI, which installs it, it fails."""
    for name in CHROMIUMS:
        if found := shutil.which(name):
            return found
    problem = "Chromium is missing. Install it to run the browser tests (Debian: apt-get install chromium)."
    if os.environ.get("CI"):
        pytest.fail(problem)
    pytest.skip(problem)


WATCH = """
() => {
  // Record what each frame shows of the newest message's gallery, just before the browser paints it.
  window.sightings = [];
  const isShown = (image) =>
    image.complete && image.naturalWidth > 0 && getComputedStyle(image).visibility === "visible";
  const look = () => {
    const message = [...document.querySelectorAll("article.channel-message")].at(-1);
    const frames = [...message.querySelectorAll(".component-gallery .media-lightbox-trigger")];
    window.sightings.push(frames.map((frame) => ({
      is_shown: [...frame.querySelectorAll("img")].some(isShown),
      opacity: Number(getComputedStyle(frame).opacity),
      size_px: [frame.offsetWidth, frame.offsetHeight],
    })));
    requestAnimationFrame(look);
  };
  look();
}
"""
REDRAW_TWICE = """
async () => {
  // As simcord does for a changed message; the pictures load only after the second time, those of the first time, too.
  const nextFrame = () => new Promise(requestAnimationFrame);
  const redraw = () => {
    const gallery = [...document.querySelectorAll("article.channel-message .component-gallery")].at(-1);
    const drawn = gallery.cloneNode(true);
    drawn.querySelectorAll(".kept-picture").forEach((image) => image.remove());
    drawn.querySelectorAll(".is-loading").forEach((frame) => frame.classList.remove("is-loading"));
    drawn.querySelectorAll("img").forEach((image) => image.removeAttribute("src"));
    gallery.replaceWith(drawn);
    return drawn.querySelector("img");
  };
  const first = redraw();
  await nextFrame();
  redraw();
  await nextFrame();
  first.dispatchEvent(new Event("load"));
  await nextFrame();
  await nextFrame();
}
"""
OVERFLOWING = """
() => {
  const found = [document.documentElement, document.getElementById("channel-timeline")]
    .filter((element) => element.scrollWidth > element.clientWidth)
    .map((element) => element.id || element.tagName);
  for (const card of document.querySelectorAll("article.channel-message .component-container")) {
    const { left, right } = card.getBoundingClientRect();
    for (const part of card.querySelectorAll("button, img, p, h2")) {
      if (!part.checkVisibility()) continue;
      const box = part.getBoundingClientRect();
      if (box.left < left || box.right > right) found.push(part.outerHTML.slice(0, 80));
    }
  }
  return found;
}
"""


IS_ON_ONE_LINE = """
(message, text) => {
  const texts = document.createTreeWalker(message, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    if (!texts.currentNode.data.startsWith(text)) continue;
    // Up to the line break: the percentage is a separate node, in bold.
    const line = document.createRange();
    line.setStartBefore(texts.currentNode);
    let last = texts.currentNode;
    while (last.nextSibling && last.nextSibling.nodeName !== "BR") last = last.nextSibling;
    line.setEndAfter(last);
    return line.getBoundingClientRect().height < 1.5 * line.getClientRects()[0].height;
  }
  throw new Error(`No text starts with ${text}.`);
}
"""

IS_AT_ITS_END = """
(message) => {
  const timeline = message.closest("#channel-timeline");
  return message.getBoundingClientRect().bottom <= timeline.getBoundingClientRect().bottom + 1;
}
"""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a frame shows in one place of the newest message's gallery."""

    is_shown: bool
    """Whether a picture is visible."""
    opacity: float
    size_px: list[int]


class Visitor:
    """A visitor of the demo's page."""

    def __init__(self, page: Page) -> None:
        self._page = page

    async def open(self, url: str) -> None:
        """Open the page and wait for the channel."""
        await self._page.goto(url)
        await expect(self._page.locator("#channel-name")).to_have_text("atelier")

    @property
    def messages(self) -> Locator:
        """The channel's messages, oldest first."""
        return self._page.locator("article.channel-message")

    @property
    def newest(self) -> Locator:
        """The channel's newest message."""
        return self.messages.last

    def message(self, text: str) -> Locator:
        """Return the first message with a text."""
        return self.messages.filter(has_text=text).first

    @property
    def gallery(self) -> Locator:
        """The pictures in the newest message's galleries."""
        return self.newest.locator(".component-gallery img:not(.kept-picture)")

    def picture(self, description: str) -> Locator:
        """Return the newest message's picture with this description."""
        return self.newest.get_by_role("img", name=description, exact=True)

    async def sees_picture(self, description: str, *, width_px: int | None = None) -> None:
        """Wait until the newest message's picture with this description has loaded with this width."""
        loaded = expect(self.picture(description))
        await loaded.not_to_have_js_property("naturalWidth", 0)
        if width_px is not None:
            await loaded.to_have_js_property("naturalWidth", width_px)

    async def stylize(self, content: Path, style: Path, **options: str) -> None:
        """Type `/stylize`, upload two files, choose options, and send the command."""
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

    async def press(self, label: str, message: Locator | None = None) -> None:
        """Press a button of a message (default: the newest)."""
        buttons = (message or self.newest).locator(".component-button")
        await buttons.and_(self._page.get_by_role("button", name=label, exact=True)).click()

    @property
    def apps(self) -> Locator:
        """The entries of the open menu *Apps*."""
        return self._page.get_by_role("menuitem")

    @property
    def form(self) -> Locator:
        """The form that is open."""
        return self._page.get_by_role("dialog")

    async def choose(self, menu: str, entry: str) -> None:
        """Choose an entry of a menu of the form that is open."""
        await self.form.get_by_role("combobox", name=menu).click()
        await self._page.locator(".select-option:visible", has_text=entry).click()

    async def open_thread(self, message: Locator) -> None:
        """Open the thread below a message."""
        await message.locator(".thread-summary").click()

    async def leave_thread(self) -> None:
        """Go back from a thread to the channel."""
        await self._page.get_by_role("button", name="Back to the channel").click()

    async def press_key(self, key: str) -> None:
        """Press a key on what has the focus."""
        await self._page.keyboard.press(key)

    async def type(self, text: str) -> None:
        """Type into the composer."""
        await self._page.locator("#channel-composer-input").click()
        await self._page.locator("#channel-composer-input").press_sequentially(text)

    async def say(self, text: str) -> None:
        """Send an ordinary message."""
        await self.type(text)
        await self._page.keyboard.press("Enter")

    async def command(self, name: str) -> None:
        """Type and send a command that needs no options."""
        await self.type(f"/{name}")
        await expect(self.offered_commands).to_contain_text(f"/{name}")
        await self._page.keyboard.press("Enter")
        await self._page.locator("#send-message").click()

    @property
    def offered_commands(self) -> Locator:
        """The list of commands while one is being typed."""
        return self._page.locator(".command-popup")

    @property
    def composer(self) -> Locator:
        """The field to type messages in."""
        return self._page.locator("#channel-composer")

    async def see_as(self, name: str) -> None:
        """Switch the view to another member."""
        picker = self._page.get_by_label("Viewing as").last
        await picker.select_option(label=name)
        await expect(picker.locator("option:checked")).to_have_text(name)
        await expect(self._page.locator("#preview-app")).to_have_attribute("aria-busy", "false")

    async def scroll_up(self) -> None:
        """Scroll to the start of the channel with the wheel or a finger; retry if the page redraws at that moment."""
        beginning = self.messages.first.get_by_role("heading")
        for _ in range(MAX_SCROLLS - 1):
            await self._scroll_once()
            with suppress(AssertionError):
                await expect(beginning).to_be_in_viewport(timeout=SCROLL_TIMEOUT_MS)
                return
        await self._scroll_once()
        await expect(beginning).to_be_in_viewport()

    async def _scroll_once(self) -> None:
        timeline = self._page.locator("#channel-timeline")
        if self._is_on_a_phone:
            touch = await self._page.context.new_cdp_session(self._page)
            for kind, y in (("touchStart", 200), *(("touchMove", y) for y in range(220, 800, 20)), ("touchEnd", None)):
                points = [] if y is None else [{"x": 200, "y": y}]
                await touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        else:
            await timeline.hover()
            await self._page.mouse.wheel(0, -5000)

    @property
    def _is_on_a_phone(self) -> bool:
        return self._page.viewport_size == PHONE

    async def sees_end_of(self, message: Locator) -> None:
        """Wait until the end of a message is in view."""
        await self._page.wait_for_function(IS_AT_ITS_END, arg=await message.element_handle())

    async def watch(self) -> None:
        """Start recording what each frame shows."""
        await self._page.evaluate(WATCH)

    async def sightings(self) -> list[list[Sighting]]:
        """Return what each frame since `watch` showed, picture by picture."""
        return [[Sighting(**seen) for seen in frame] for frame in await self._page.evaluate("window.sightings")]

    async def redraw_pictures_twice(self) -> None:
        """Redraw the newest message's gallery twice before its pictures load; then the first of them loads late."""
        await self._page.evaluate(REDRAW_TWICE)

    async def sees_on_one_line(self, text: str) -> bool:
        """Whether a line of the newest message that starts with a text fits on one line."""
        is_on_one_line: bool = await self.newest.evaluate(IS_ON_ONE_LINE, text)
        return is_on_one_line

    async def overflowing(self) -> list[str]:
        """Return elements that overflow the page's width or their card."""
        found: list[str] = await self._page.evaluate(OVERFLOWING)
        return found

    async def save_screenshot(self, path: Path) -> None:
        """Save a screenshot of the page for humans."""
        await self._page.screenshot(path=path)


@pytest.fixture
def viewport() -> ViewportSize:
    """The size of the visitor's window; tests may override it."""
    return DESKTOP


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(chromium_path: str) -> AsyncIterator[Browser]:
    """A Chromium shared by all tests."""
    # Chromium's sandbox refuses to run as root, which tests in a container do.
    flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else [*FLAGS]
    expect.set_options(timeout=EXPECT_TIMEOUT_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path, args=flags)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(autouse=True, scope="module", loop_scope="session")
async def current_databases() -> AsyncIterator[None]:
    """The demo's new databases need no migrating, which takes longer than opening its page."""
    async with new_databases_are_current():
        yield


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(browser: Browser, tmp_path: Path, viewport: ViewportSize) -> AsyncIterator[Visitor]:
    """A visitor with a fresh browser profile. At the end, a screenshot is saved in the test's folder."""
    is_phone = viewport == PHONE
    async with await browser.new_context(viewport=viewport, has_touch=is_phone, is_mobile=is_phone) as context:
        context.set_default_timeout(EXPECT_TIMEOUT_MS)
        visitor = Visitor(await context.new_page())
        yield visitor
        await visitor.save_screenshot(tmp_path / "page.png")
