"""What a visitor of the demo's page does before a message is photographed: each step acts on two windows at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from playwright.async_api import Locator, Page, expect

from bot.demo.page import LivePage
from bot.demo.stage import Stage
from scripts.messages import MESSAGE, PAINTING_TIMEOUT_MS, wait_until_painted

FORM = "#modal-root [role=dialog]"
ENTRY = ".select-option:visible"
"""An entry of an open menu."""
THINKING = ".message-loading"
WHOLE_FORMS = ".modal-dialog, .modal-dialog * { max-height: none !important; }"
"""Shows a form without a scroll bar."""
NO_ACTIONS = ".message-context-actions { display: none !important; }"
"""Hides what a phone always shows next to a message with a picture."""
DESKTOP_PX, PHONE_PX = 1280, 390

T = TypeVar("T")


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
    members: dict[str, int] = field(default_factory=dict)
    """The IDs of simulated members who aren't on the page, by name."""

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

    async def between_presses(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do something with the bot itself, while the page does nothing, and return what it returns."""
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        async def do() -> None:
            try:
                done.set_result(await work())
            except Exception as error:  # noqa: BLE001 - whoever waits for it raises it
                done.set_exception(error)

        self.stage.requests.put_nowait(do)
        return await done


Step: TypeAlias = Callable[[Visit], Awaitable[None]]


def send(command: str, **options: Any) -> Step:
    """Send a command; a file is its name and its bytes."""

    async def step(visit: Visit) -> None:
        await visit.follow(visit.demo.send(command, **options))

    return step


def press(label: str) -> Step:
    """Press a button whose answer is another message."""

    async def step(visit: Visit) -> None:
        await visit.follow(_button(visit.desktop.locator(visit.message), label).first.click())

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
        windows = visit.windows.values()
        # At the same time: a fast painter may be done before a second wait begins.
        await asyncio.gather(*(wait_until_painted(window, percent, message=visit.message) for window in windows))

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


def latest(text: str) -> Step:
    """Go on with the latest message that says this, which may be posted within a while."""

    async def step(visit: Visit) -> None:
        found = visit.desktop.locator(MESSAGE, has_text=text).last
        await expect(found).to_be_visible(timeout=PAINTING_TIMEOUT_MS)
        visit.message = f'{MESSAGE}[data-message-id="{await found.get_attribute("data-message-id")}"]'

    return step


def press_here(label: str) -> Step:
    """Press a button that changes the message itself."""

    async def step(visit: Visit) -> None:
        await _button(visit.desktop.locator(visit.message), label).first.click()

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


def type_command(command: str) -> Step:
    """Type a command that opens a form, which is photographed instead of a message."""

    async def step(visit: Visit) -> None:
        for window in visit.windows.values():
            composer = window.locator("#channel-composer-input")
            await composer.click()
            await composer.press_sequentially(f"/{command}")
            await expect(window.locator(".command-popup")).to_contain_text(f"/{command}")
            await window.keyboard.press("Enter")
            await window.locator("#send-message").click()
            await expect(window.locator(FORM)).to_be_visible()
        visit.message = FORM

    return step


def write(**texts: str) -> Step:
    """Write into fields of the open form, named by their custom IDs."""

    async def step(visit: Visit) -> None:
        for window in visit.windows.values():
            for field_id, text in texts.items():
                await _field(window, field_id).get_by_role("textbox").fill(text)

    return step


def upload(field_id: str, path: Path) -> Step:
    """Upload a file in the open form."""

    async def step(visit: Visit) -> None:
        for window in visit.windows.values():
            await _field(window, field_id).locator("input[type=file]").set_input_files(path)

    return step


def choose_in_form(field_id: str, entry: str) -> Step:
    """Choose an entry of a menu of the open form."""

    async def step(visit: Visit) -> None:
        for window in visit.windows.values():
            await _field(window, field_id).get_by_role("combobox").click()
            await _entry(window, entry).first.click()

    return step


def submit() -> Step:
    """Submit the open form, whose answer is another message."""

    async def step(visit: Visit) -> None:
        await _leave_form(visit.windows[PHONE_PX])
        await visit.follow(_submit_button(visit.desktop).click())

    return step


def submit_here(card: str, text: str) -> Step:
    """Submit the open form, which changes the message of an earlier card: it says this then."""

    async def step(visit: Visit) -> None:
        await _leave_form(visit.windows[PHONE_PX])
        await _submit_button(visit.desktop).click()
        visit.message = visit.messages[card]
        await says(text)(visit)

    return step


def choose_instead(shown: str, entry: str) -> Step:
    """Choose an entry of the menu that shows another one, which changes the message itself."""

    async def step(visit: Visit) -> None:
        menu = visit.desktop.locator(visit.message).get_by_role("combobox").filter(has_text=shown)
        await menu.click()
        await _entry(visit.desktop, entry).click()
        await reload()(visit)
        for window in visit.windows.values():
            await expect(window.locator(visit.message).get_by_role("combobox").filter(has_text=entry)).to_be_visible()

    return step


def reload() -> Step:
    """Open the page again.

    simcord's page remembers what a menu showed by its position, and shows it in the menu that is there after a change.
    """

    async def step(visit: Visit) -> None:
        for window in visit.windows.values():
            await window.reload()
            await window.add_style_tag(content=WHOLE_FORMS + NO_ACTIONS)
            await expect(window.locator(visit.message)).to_be_visible()

    return step


def says(text: str) -> Step:
    """Wait until the message says this."""

    async def step(visit: Visit) -> None:
        for window in visit.windows.values():
            await expect(window.locator(visit.message)).to_contain_text(text, timeout=PAINTING_TIMEOUT_MS)

    return step


def remember(card: str) -> Step:
    """Go back to the message with `back_to` later, by this name."""

    async def step(visit: Visit) -> None:
        visit.messages[card] = visit.message

    return step


def open_thread(text: str) -> Step:
    """Show the thread of the message, and go on with the message in it that says this."""

    async def step(visit: Visit) -> None:
        for window in visit.windows.values():
            await window.locator(visit.message).locator(".thread-summary").click()
            await expect(window.locator("#thread-back")).to_be_visible()
        found = visit.desktop.locator(MESSAGE, has_text=text).first
        its_id = await found.get_attribute("data-message-id")
        visit.message = f'{MESSAGE}[data-message-id="{its_id}"]'

    return step


def leave_thread() -> Step:
    """Show the channel again."""

    async def step(visit: Visit) -> None:
        for window in visit.windows.values():
            await window.locator("#thread-back").click()
            await expect(window.locator("#thread-back")).to_be_hidden()

    return step


def _button(message: Locator, label: str) -> Locator:
    return message.locator(".component-button").and_(message.page.get_by_role("button", name=label, exact=True))


def _entry(window: Page, label: str) -> Locator:
    return window.locator(ENTRY, has_text=label)


def _field(window: Page, field_id: str) -> Locator:
    return window.locator(f'{FORM} .modal-field[data-custom-id="{field_id}"]')


def _submit_button(window: Page) -> Locator:
    return window.locator(FORM).get_by_role("button", name="Submit")


async def _leave_form(window: Page) -> None:
    await window.locator(FORM).locator(".modal-close").click()
    await expect(window.locator(FORM)).to_have_count(0)
