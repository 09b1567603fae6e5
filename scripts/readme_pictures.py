"""Make the README's pictures: `.venv/bin/python -m scripts.readme_pictures [discord|styles]`; it takes a few minutes.

`discord.jpg` is the demo's page in a headless Chromium: a card while it is painted, and its result. `styles.jpg` is one
photograph in six styles of the gallery, each painted by `python -m stylizer`. All of it may be published:
`bot/demo/samples/CREDITS.md` and `bot/gallery/pictures/styles.toml` have the sources.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path

import click
from PIL import Image, ImageOps
from playwright.async_api import expect

from bot.demo.page import open_page
from bot.demo.samples import PHOTOGRAPHS, STYLES_DIR, sample
from bot.demo.stage import open_stage
from config.settings import Settings
from scripts.messages import MESSAGE, PAINTING_TIMEOUT_MS, open_chromium, photograph, wait_until_painted

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "images"
PHOTOGRAPH = "chelsea"
GAP_PX = 12
TIMELAPSE_SECONDS = 3.0
"""How long the timelapse plays before the result is photographed: its first frame is the photograph."""
BACKGROUND = "#313338"
"""Discord's own, behind the two cards."""
JPEG_QUALITY = 84
STYLES = ("night_wind", "glass_suns", "pastel_meadow", "ink_garden", "mosaic_shore", "woodcut_waves")

VIEWPORT_WIDTH_PX, VIEWPORT_HEIGHT_PX = 680, 1400
"""Wide enough for Discord's desktop layout, high enough for a whole result."""
SHOWN_AT_PERCENT = 40
"""How far the painting is at least when the first card is photographed."""


@click.group(invoke_without_command=True)
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), default=FOLDER, show_default=True)
@click.pass_context
def make(context: click.Context, folder: Path) -> None:
    """Make both pictures, or only the named one."""
    folder.mkdir(parents=True, exist_ok=True)
    context.obj = folder
    if context.invoked_subcommand is None:
        context.invoke(discord)
        context.invoke(styles)


@make.command
@click.pass_obj
def discord(folder: Path) -> None:
    """Photograph the demo's page while it paints and when it is done, as discord.jpg."""
    cards = asyncio.run(_photograph_cards())
    height = max(card.height for card in cards)
    row = Image.new("RGB", (sum(card.width for card in cards) + GAP_PX, height), BACKGROUND)
    left = 0
    for card in cards:
        row.paste(card, (left, 0))
        left += card.width + GAP_PX
    row.save(folder / "discord.jpg", quality=JPEG_QUALITY, optimize=True, progressive=True)


@make.command
@click.option("--photograph", type=click.Choice(PHOTOGRAPHS), default=PHOTOGRAPH, show_default=True)
@click.option("--size", "size_px", default=384, show_default=True, help="Each painting's longest side.")
@click.pass_obj
def styles(folder: Path, photograph: str, size_px: int) -> None:
    """Paint one photograph in six styles, as styles.jpg."""
    _, content = sample(photograph)
    with tempfile.TemporaryDirectory() as scratch:
        content_path = Path(scratch, "content.jpg")
        content_path.write_bytes(content)
        tiles = []
        painting_path = Path(scratch, "painting.png")
        for name in STYLES:
            style_path = STYLES_DIR / f"{name}.jpg"
            command = [sys.executable, "-m", "stylizer", content_path, style_path, "-o", painting_path]
            # No shell, and every argument is from this script or its own command line.
            subprocess.run([*map(str, command), "--size", str(size_px)], cwd=ROOT, check=True)  # noqa: S603 - no shell
            tiles.append(_with_inset(Image.open(painting_path).convert("RGB"), Image.open(style_path)))
    _grid(tiles, columns=3).save(folder / "styles.jpg", quality=JPEG_QUALITY, optimize=True, progressive=True)


def _with_inset(painting: Image.Image, style: Image.Image) -> Image.Image:
    """The painting with its style small in a corner, framed in white."""
    side_px = painting.height // 4
    framed = ImageOps.expand(ImageOps.fit(style, (side_px, side_px), Image.Resampling.LANCZOS), 3, "white")
    tile = painting.copy()
    tile.paste(framed, (tile.width - framed.width - 6, tile.height - framed.height - 6))
    return tile


def _grid(tiles: list[Image.Image], *, columns: int) -> Image.Image:
    width, height = tiles[0].size
    rows = -(-len(tiles) // columns)
    size = (columns * (width + GAP_PX) - GAP_PX, rows * (height + GAP_PX) - GAP_PX)
    sheet = Image.new("RGB", size, "white")
    for number, tile in enumerate(tiles):
        row, column = divmod(number, columns)
        sheet.paste(tile, (column * (width + GAP_PX), row * (height + GAP_PX)))
    return sheet


async def _photograph_cards() -> list[Image.Image]:
    """The demo's sample, painted by the real painter: its card on the way, and at the end."""
    async with open_stage(Settings()) as stage, open_chromium() as browser:
        await stage.stylize_sample()
        async with open_page(stage) as demo:
            page = await browser.new_page(
                viewport={"width": VIEWPORT_WIDTH_PX, "height": VIEWPORT_HEIGHT_PX}, device_scale_factor=1.5
            )
            await page.goto(demo.url)
            card = page.locator(MESSAGE).first  # after it comes a mention, if it took long
            await wait_until_painted(page, SHOWN_AT_PERCENT)
            painting = await photograph(card)
            await expect(card.get_by_role("button", name="Again")).to_be_visible(timeout=PAINTING_TIMEOUT_MS)
            await asyncio.sleep(TIMELAPSE_SECONDS)
            result = await photograph(card)
    return [painting, result]


if __name__ == "__main__":
    make()
