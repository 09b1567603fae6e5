"""Make the user guide's pictures: `.venv/bin/python -m scripts.screenshots [NAME …]`; it takes several minutes.

The demo's page is open in two windows of a headless Chromium, one as wide as a desktop's and one as wide as a phone's.
`CARDS` says what happens there, and each of its messages is photographed in both, as `NAME-1280.webp` and
`NAME-390.webp`. With names, everything happens as well, but only those are saved. Photographs and styles may be
published: `bot/demo/samples/CREDITS.md` and `bot/gallery/pictures/styles.toml` have the sources.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import click
from PIL import Image
from playwright.async_api import Browser, Locator, Page, expect

from bot.demo.page import LivePage, open_page
from bot.demo.samples import BOARD_PHOTOGRAPH, BOARD_STYLES, sample
from bot.demo.stage import Stage, open_stage
from bot.operation.logs import configure_logging
from config.settings import LogSettings, Settings
from scripts.messages import MESSAGE, PAINTING_TIMEOUT_MS, open_chromium, photograph, wait_until_painted
from stylizer.pool import FakeEngine

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "images" / "user-guide"
FORM = "#modal-root [role=dialog]"
ENTRY = ".select-option:visible"
"""An entry of an open menu."""
THINKING = ".message-loading"
WHOLE_FORMS = ".modal-dialog, .modal-dialog * { max-height: none !important; }"
"""Shows a form without a scroll bar."""
NO_ACTIONS = ".message-context-actions { display: none !important; }"
"""Hides what a phone always shows next to a message with a picture."""
DESKTOP_PX, PHONE_PX = 1280, 390
HEIGHT_PX = 2400
"""High enough for every card, so that none is scrolled while it is photographed."""
SCALE = 1.5
ANSWER_TIMEOUT_MS = 60_000
"""For an answer that needs no painting; the painter may keep the CPU busy."""
MAX_BYTES = 120_000
QUALITIES = (86, 78, 70, 60, 50, 40, 30, 20)
"""The first of these whose file is small enough is taken."""
PAINTED_PX = 384
FAKE_FRAMES, FAKE_SECONDS_PER_FRAME = 10, 0.3


@dataclass(slots=True)
class Visit:
    """What the steps act on: the demo, its two windows, and the message that they are about."""

    stage: Stage
    demo: LivePage
    windows: Mapping[int, Page]
    """By width."""
    message: str = MESSAGE
    """The selector of the current message."""
    messages: dict[str, str] = field(default_factory=dict)
    """The selectors of the messages that were photographed, by card."""

    @property
    def desktop(self) -> Page:
        """The window in which buttons are pressed."""
        return self.windows[DESKTOP_PX]

    async def follow(self, action: Awaitable[object]) -> None:
        """Do something that the bot answers with a message. That becomes the current one."""
        seen = await self.newest_id()
        await action
        await expect(self.desktop.locator(MESSAGE).last).not_to_have_attribute("data-message-id", seen)
        self.message = f'{MESSAGE}[data-message-id="{await self.newest_id()}"]'
        for window in self.windows.values():
            shown = window.locator(self.message)
            await expect(shown).to_be_visible()
            await expect(shown.locator(THINKING)).to_have_count(0)

    async def newest_id(self) -> str:
        """The newest message's ID."""
        return await self.desktop.locator(MESSAGE).last.get_attribute("data-message-id") or ""


Step: TypeAlias = Callable[[Visit], Awaitable[None]]


def send(command: str, **options: Any) -> Step:
    """Send a command; a file is its name and its bytes."""

    async def step(visit: Visit) -> None:
        await visit.follow(visit.demo.send(command, **options))

    return step


def press(label: str) -> Step:
    """Press a button whose answer is another message."""

    async def step(visit: Visit) -> None:
        await visit.follow(_button(visit.desktop.locator(visit.message), label).click())

    return step


def open_form(label: str) -> Step:
    """Press a button that opens a form, which is photographed instead of the message."""

    async def step(visit: Visit) -> None:
        for window in visit.windows.values():
            await _button(window.locator(visit.message), label).click()
            await expect(window.locator(FORM)).to_be_visible()
        visit.message = FORM

    return step


def close_form() -> Step:
    """Close the form."""

    async def step(visit: Visit) -> None:
        for window in visit.windows.values():
            await window.keyboard.press("Escape")
            await expect(window.locator(FORM)).to_have_count(0)

    return step


def open_menu(placeholder: str) -> Step:
    """Open a menu of the message."""

    async def step(visit: Visit) -> None:
        for window in visit.windows.values():
            await window.locator(visit.message).get_by_role("combobox", name=placeholder, exact=True).click()
            await expect(window.locator(ENTRY).first).to_be_visible()

    return step


def choose_here(position: int) -> Step:
    """Choose the entry at a position of the open menu, counted from 0, which changes the message itself."""

    async def step(visit: Visit) -> None:
        await visit.windows[PHONE_PX].keyboard.press("Escape")
        await visit.desktop.locator(ENTRY).nth(position).click()

    return step


def choose(entry: str) -> Step:
    """Choose an entry of the open menu whose answer is another message."""

    async def step(visit: Visit) -> None:
        await visit.windows[PHONE_PX].keyboard.press("Escape")
        await visit.follow(_entry(visit.desktop, entry).click())

    return step


def choose_form(entry: str) -> Step:
    """Choose an entry of the open menu that opens a form, which is photographed instead of the message."""

    async def step(visit: Visit) -> None:
        for window in visit.windows.values():
            await _entry(window, entry).click()
            await expect(window.locator(FORM)).to_be_visible()
        visit.message = FORM

    return step


def painted(percent: int) -> Step:
    """Wait until the message shows this progress."""

    async def step(visit: Visit) -> None:
        for window in visit.windows.values():
            await wait_until_painted(window, percent, message=visit.message)

    return step


def shows(label: str) -> Step:
    """Wait until the message has this button."""

    async def step(visit: Visit) -> None:
        for window in visit.windows.values():
            button = _button(window.locator(visit.message), label)
            await expect(button).to_be_visible(timeout=PAINTING_TIMEOUT_MS)

    return step


def newest(text: str) -> Step:
    """Go on with the newest message, which says this."""

    async def step(visit: Visit) -> None:
        await expect(visit.desktop.locator(MESSAGE).last).to_contain_text(text)
        visit.message = f'{MESSAGE}[data-message-id="{await visit.newest_id()}"]'

    return step


def press_here(label: str) -> Step:
    """Press a button that changes the message itself."""

    async def step(visit: Visit) -> None:
        await _button(visit.desktop.locator(visit.message), label).click()

    return step


def back_to(card: str) -> Step:
    """Go on with the message of an earlier card."""

    async def step(visit: Visit) -> None:
        visit.message = visit.messages[card]

    return step


def play(seconds: float) -> Step:
    """Let a GIF play; the first frame of a timelapse is the photograph."""

    async def step(_: Visit) -> None:
        await asyncio.sleep(seconds)

    return step


def show_paintings_here() -> Step:
    """Make the channel the server's showcase."""

    async def step(visit: Visit) -> None:
        server_id = visit.stage.visitor.guild.id
        await visit.stage.app.client.studio.servers.change(server_id, showcase_channel_id=visit.stage.channel.id)

    return step


def limit_size(longest_side_px: int | None) -> Step:
    """Set the server's largest size."""

    async def step(visit: Visit) -> None:
        server_id = visit.stage.visitor.guild.id
        await visit.stage.app.client.studio.servers.change(server_id, largest_size_px=longest_side_px)

    return step


CARDS: Mapping[str, Sequence[Step]] = {
    "board-growing": [
        limit_size(PAINTED_PX),
        send("explore", content=sample(BOARD_PHOTOGRAPH), styles=", ".join(BOARD_STYLES)),
        painted(50),
    ],
    "board": [shows("New board")],
    "painting": [press("6"), painted(40)],
    "queue": [send("queue")],
    "result": [back_to("painting"), shows("Again"), play(3)],
    "edit": [open_form("Edit…")],
    "compare": [close_form(), back_to("result"), open_menu("More…"), choose("Compare with the content"), play(2)],
    "original": [back_to("result"), open_menu("More…"), choose("Original file")],
    "share": [
        show_paintings_here(),
        back_to("result"),
        open_menu("More…"),
        choose("Share in the showcase"),
        newest("Painted by"),
    ],
    "star": [back_to("result"), press("Star")],
    "save-as-style": [back_to("result"), open_menu("More…"), choose_form("Save as style")],
    "style-saved": [
        close_form(),
        send("style add", picture=sample("night_wind"), name="Night sky", where="server"),
    ],
    "style-rename": [open_form("Rename…")],
    "style-remove": [close_form(), back_to("style-saved"), press("Remove")],
    "chooser": [send("stylize", content=sample(BOARD_PHOTOGRAPH)), shows("Surprise me")],
    "blend": [
        send("blend", content=sample("coffee"), styles="Night wind, Golden tree", weights="70 30", recipe="sketch"),
        shows("Again"),
        play(3),
    ],
    "history": [send("history")],
    "history-open": [open_menu("Open a painting"), choose_here(0), shows("Back to the list")],
    "canceled": [
        send("stylize", content=sample(BOARD_PHOTOGRAPH), style=sample("night_wind")),
        press_here("Cancel"),
        shows("Try again"),
    ],
    "style-list": [send("style list", where="builtin")],
    "style-show": [send("style show", style="Golden tree")],
    "preferences": [send("preferences")],
    "help": [send("help")],
    "recipes": [send("recipes")],
    "privacy": [send("privacy")],
    "forget-me": [send("forget-me")],
    "server": [limit_size(None), send("server settings")],
    "daily-limits": [open_form("Change")],
    "refusal": [close_form(), send("stylize", content=("notes.txt", b"Buy paint."), style=sample("night_wind"))],
    "delete": [back_to("result"), press("Delete")],
}
"""What leads to each card, in the order in which it happens. The message is photographed after the last step."""


@click.command()
@click.argument("names", type=click.Choice(tuple(CARDS)), nargs=-1)
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), default=FOLDER, show_default=True)
@click.option("--fake", is_flag=True, help="Only blend colors instead of painting, to look at the layout quickly.")
def make(names: tuple[str, ...], folder: Path, fake: bool) -> None:
    """Make all pictures, or only those of the named cards."""
    folder.mkdir(parents=True, exist_ok=True)
    configure_logging(LogSettings(level="warning"))
    asyncio.run(_make(names or tuple(CARDS), folder, fake=fake))


async def _make(names: Sequence[str], folder: Path, *, fake: bool) -> None:
    engine = FakeEngine(FAKE_FRAMES, seconds_per_frame=FAKE_SECONDS_PER_FRAME) if fake else None
    expect.set_options(timeout=ANSWER_TIMEOUT_MS)
    async with open_stage(Settings(), engine=engine) as stage, open_chromium() as browser:
        await stage.welcome()
        async with open_page(stage) as demo:
            windows = {width_px: await _open_window(browser, demo, width_px) for width_px in (DESKTOP_PX, PHONE_PX)}
            visit = Visit(stage, demo, windows)
            for name, steps in CARDS.items():
                for step in steps:
                    await step(visit)
                visit.messages[name] = visit.message
                if name in names:
                    for width_px, window in windows.items():
                        _save(await photograph(window.locator(visit.message)), folder / f"{name}-{width_px}.webp")


async def _open_window(browser: Browser, demo: LivePage, width_px: int) -> Page:
    is_phone = width_px == PHONE_PX
    window = await browser.new_page(
        viewport={"width": width_px, "height": HEIGHT_PX},
        device_scale_factor=SCALE,
        has_touch=is_phone,
        is_mobile=is_phone,
        bypass_csp=True,  # for the style of forms
    )
    await window.goto(demo.url)
    await window.add_style_tag(content=WHOLE_FORMS + NO_ACTIONS)
    await expect(window.locator(MESSAGE)).to_have_count(1)
    return window


def _button(message: Locator, label: str) -> Locator:
    return message.locator(".component-button").and_(message.page.get_by_role("button", name=label, exact=True))


def _entry(window: Page, label: str) -> Locator:
    return window.locator(ENTRY, has_text=label)


def _save(picture: Image.Image, path: Path) -> None:
    for quality in QUALITIES:
        encoded = io.BytesIO()
        picture.save(encoded, "WEBP", quality=quality, method=6)
        if encoded.tell() <= MAX_BYTES:
            break
    path.write_bytes(encoded.getvalue())
    click.echo(f"{path.name}: {picture.width} × {picture.height} px, {encoded.tell() / 1000:.0f} kB")


if __name__ == "__main__":
    make()
