"""Make the documents' pictures of cards: `.venv/bin/python -m scripts.screenshots [NAME …]`; all take many minutes.

The demo's page is open in two windows of a headless Chromium, one as wide as a desktop's and one as wide as a phone's.
The parts say what happens there, each on a server of its own, and each message is photographed in both, as
`NAME-1280.webp` and `NAME-390.webp`. With names, the parts of those happen up to the last of them, and only they are
saved. Photographs and styles may be published: `bot/demo/samples/CREDITS.md` and `bot/gallery/pictures/styles.toml`
have the sources.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
from PIL import Image
from playwright.async_api import Browser, Page, expect

from bot.demo.page import LivePage, open_page
from bot.demo.stage import open_stage
from bot.operation.logs import configure_logging
from config.settings import LogSettings, Settings
from scripts.challenge_cards import CHALLENGE_CARDS
from scripts.guide_cards import GUIDE_CARDS
from scripts.messages import MESSAGE, open_chromium, photograph
from scripts.visit import DESKTOP_PX, NO_ACTIONS, PHONE_PX, WHOLE_FORMS, Step, Visit
from stylizer.pool import FakeEngine

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
HEIGHT_PX = 2400
"""High enough for every card, so that none is scrolled while it is photographed."""
SCALE = 1.5
ANSWER_TIMEOUT_MS = 60_000
"""For an answer that needs no painting; the painter may keep the CPU busy."""
MAX_BYTES = 120_000
QUALITIES = (86, 78, 70, 60, 50, 40, 30, 20)
"""The first of these whose file is small enough is taken."""
FAKE_FRAMES, FAKE_SECONDS_PER_FRAME = 10, 0.3


@dataclass(frozen=True, slots=True)
class Part:
    """Cards that are made on the same server."""

    cards: Mapping[str, Sequence[Step]]
    max_bytes: int
    """Of each picture."""


PARTS: Mapping[str, Part] = {
    "user-guide": Part(GUIDE_CARDS, max_bytes=MAX_BYTES),
    "challenges": Part(CHALLENGE_CARDS, max_bytes=106_000),
}
"""By the folder of their pictures."""
NAMES = tuple(name for part in PARTS.values() for name in part.cards)


@click.command()
@click.argument("names", type=click.Choice(NAMES), nargs=-1)
@click.option("--part", "parts", type=click.Choice(tuple(PARTS)), multiple=True, help="Make all pictures of this part.")
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), default=IMAGES, show_default=True)
@click.option("--fake", is_flag=True, help="Only blend colors instead of painting, to look at the layout quickly.")
def make(names: tuple[str, ...], parts: tuple[str, ...], folder: Path, fake: bool) -> None:
    """Make all pictures, or only those of the named cards and parts."""
    configure_logging(LogSettings(level="warning"))
    wanted = {*names, *(name for part in parts for name in PARTS[part].cards)} or {*NAMES}
    for title, part in PARTS.items():
        if not wanted.isdisjoint(part.cards):
            (folder / title).mkdir(parents=True, exist_ok=True)
            asyncio.run(_make(part, wanted & part.cards.keys(), folder / title, fake=fake))


async def _make(part: Part, names: Collection[str], folder: Path, *, fake: bool) -> None:
    engine = FakeEngine(FAKE_FRAMES, seconds_per_frame=FAKE_SECONDS_PER_FRAME) if fake else None
    expect.set_options(timeout=ANSWER_TIMEOUT_MS)
    async with open_stage(Settings(), engine=engine) as stage, open_chromium() as browser:
        await stage.welcome()
        async with open_page(stage) as demo:
            windows = {width_px: await _open_window(browser, demo, width_px) for width_px in (DESKTOP_PX, PHONE_PX)}
            visit = Visit(stage, demo, windows)
            left = set(names)
            for name, steps in part.cards.items():
                if not left:
                    break
                for step in steps:
                    await step(visit)
                visit.messages[name] = visit.message
                if name in left:
                    left.remove(name)
                    for width_px, window in windows.items():
                        picture = await photograph(window.locator(visit.message))
                        _save(picture, folder / f"{name}-{width_px}.webp", max_bytes=part.max_bytes)


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


def _save(picture: Image.Image, path: Path, *, max_bytes: int) -> None:
    for quality in QUALITIES:
        encoded = io.BytesIO()
        picture.save(encoded, "WEBP", quality=quality, method=6)
        if encoded.tell() <= max_bytes:
            break
    path.write_bytes(encoded.getvalue())
    click.echo(f"{path.name}: {picture.width} × {picture.height} px, {encoded.tell() / 1000:.0f} kB")


if __name__ == "__main__":
    make()
