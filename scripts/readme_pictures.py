"""Make the README's pictures: `.venv/bin/python -m scripts.readme_pictures [discord|styles]`; it takes a few minutes.

`discord.jpg` is the demo's page in a headless Chromium: a card while it is painted, and its result. `styles.jpg` is one
photograph in six styles, each painted by `python -m stylizer`. Four of the styles are the demo's samples; the other two
are drawn here. All of it may be published: `bot/demo/samples/CREDITS.md` has the sources.
"""

from __future__ import annotations

import asyncio
import io
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import click
import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageOps
from playwright.async_api import Locator, Page, async_playwright, expect

from bot.demo.page import open_page
from bot.demo.samples import PHOTOGRAPHS, STYLES, sample
from bot.demo.stage import open_stage
from config.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "images"
PHOTOGRAPH = "chelsea"
GAP_PX = 12
TIMELAPSE_SECONDS = 3.0
"""How long the timelapse plays before the result is photographed: its first frame is the photograph."""
BACKGROUND = "#313338"
"""Discord's own, behind the two cards."""
JPEG_QUALITY = 84
SEED = 7
DRAWN_STYLE_PX = 768

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
VIEWPORT_WIDTH_PX, VIEWPORT_HEIGHT_PX = 680, 1400
"""Wide enough for Discord's desktop layout, high enough for a whole result."""
MARGIN_PX = 16
PAINTING_TIMEOUT_MS = 600_000
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
    pictures = [(name, Image.open(io.BytesIO(sample(name)[1])).convert("RGB")) for name in STYLES]
    pictures += [("mosaic", draw_mosaic(DRAWN_STYLE_PX)), ("linocut", draw_linocut(DRAWN_STYLE_PX))]
    with tempfile.TemporaryDirectory() as scratch:
        content_path = Path(scratch, "content.jpg")
        content_path.write_bytes(content)
        tiles = []
        for name, style in pictures:
            style_path, painting_path = Path(scratch, f"{name}.png"), Path(scratch, f"{name}-painting.png")
            style.save(style_path)
            command = [sys.executable, "-m", "stylizer", content_path, style_path, "-o", painting_path]
            # No shell, and every argument is from this script or its own command line.
            subprocess.run([*map(str, command), "--size", str(size_px)], cwd=ROOT, check=True)  # noqa: S603
            tiles.append(_with_inset(Image.open(painting_path).convert("RGB"), style))
    _grid(tiles, columns=3).save(folder / "styles.jpg", quality=JPEG_QUALITY, optimize=True, progressive=True)


def draw_mosaic(side_px: int) -> Image.Image:
    """Draw tiles of terracotta, gold and blue in wandering rows, with pale grout between them."""
    random = np.random.default_rng(SEED)
    canvas = Image.new("RGB", (2 * side_px, 2 * side_px), "#e8dfcc")
    draw = ImageDraw.Draw(canvas)
    palette = ("#b5452c", "#d8893b", "#e9b949", "#20618c", "#0f3a5f", "#3d8f8b", "#7c2f22", "#f0e3c0")
    tile_px = side_px // 16
    for row in range(-2, 36):
        for column in range(-2, 36):
            x, y = column * tile_px, row * tile_px
            drift_px = tile_px * 1.6 * np.array([np.sin(y / 190 + x / 430), np.cos(x / 210 - y / 370)])
            center = np.array([x, y]) + drift_px
            wave = np.sin(center[0] / 150) + np.sin(center[1] / 120) + 0.7 * np.sin((center[0] + center[1]) / 90)
            color = palette[int(wave * 2 + random.normal(0, 0.6)) % len(palette)]
            turn = 0.35 * np.sin(center[0] / 160 + center[1] / 230) + random.normal(0, 0.06)
            half_px = tile_px * random.uniform(0.40, 0.47)
            angles = turn + np.pi / 4 + np.arange(4) * np.pi / 2
            corners = center + np.stack([np.cos(angles), np.sin(angles)], axis=1) * half_px * np.sqrt(2)
            draw.polygon([tuple(corner) for corner in corners], fill=color)
    return canvas.resize((side_px, side_px), Image.Resampling.LANCZOS)


def draw_linocut(side_px: int) -> Image.Image:
    """Draw cut lines that swell and thin around hills, in dark blue on cream with a red sun."""
    random = np.random.default_rng(SEED)
    y, x = np.mgrid[: 2 * side_px, : 2 * side_px] / (2.0 * side_px)
    relief = sum(
        weight * np.sin(2 * np.pi * (fx * x + fy * y) + phase)
        for weight, (fx, fy), phase in zip(
            (0.5, 0.35, 0.22), ((1.1, 0.7), (-0.8, 1.9), (2.3, 1.2)), random.uniform(0, 2 * np.pi, 3), strict=True
        )
    )
    lines = np.sin(2 * np.pi * (32 * y + 3.2 * relief))
    ink = lines > 0.75 * np.sin(3 * np.pi * relief)
    in_sun = (x - 0.68) ** 2 + (y - 0.3) ** 2 < 0.2**2
    picture = np.where(ink[..., None], np.array([24, 38, 66]), np.array([240, 230, 205]))
    picture = np.where((in_sun & ~ink)[..., None], np.array([206, 58, 40]), picture)
    canvas = Image.fromarray(picture.astype(np.uint8)).filter(ImageFilter.GaussianBlur(1.2))
    return canvas.resize((side_px, side_px), Image.Resampling.LANCZOS)


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
    chromium = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if chromium is None:
        raise click.ClickException("There is no Chromium: install it (Debian: apt-get install chromium).")
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium's sandbox refuses root
    async with open_stage(Settings()) as stage, async_playwright() as playwright:
        await stage.stylize_sample()
        async with open_page(stage) as demo:
            browser = await playwright.chromium.launch(executable_path=chromium, args=sandbox)
            page = await browser.new_page(
                viewport={"width": VIEWPORT_WIDTH_PX, "height": VIEWPORT_HEIGHT_PX}, device_scale_factor=1.5
            )
            await page.goto(demo.url)
            card = page.locator("article.channel-message").first  # after it comes a mention, if it took long
            await _wait_until_half_painted(page)
            painting = await _photograph(card)
            await expect(card.get_by_role("button", name="Again")).to_be_visible(timeout=PAINTING_TIMEOUT_MS)
            await asyncio.sleep(TIMELAPSE_SECONDS)
            result = await _photograph(card)
            await browser.close()
    return [painting, result]


async def _wait_until_half_painted(page: Page) -> None:
    await page.wait_for_function(
        """percent => {
          const card = document.querySelector("article.channel-message");
          const shown = card?.textContent.match(/(\\d+) ?%/);
          return shown && Number(shown[1]) >= percent && card.querySelector(".component-gallery img");
        }""",
        arg=SHOWN_AT_PERCENT,
        timeout=PAINTING_TIMEOUT_MS,
    )


async def _photograph(card: Locator) -> Image.Image:
    for picture in await card.locator(".component-gallery img:not(.held-picture)").all():
        await expect(picture).not_to_have_js_property("naturalWidth", 0, timeout=PAINTING_TIMEOUT_MS)
    shown = await card.bounding_box()
    container = await card.locator(".component-container").first.bounding_box()
    if shown is None or container is None:
        raise click.ClickException("The card is not on the page.")
    screenshot = Image.open(io.BytesIO(await card.screenshot())).convert("RGB")
    scale = screenshot.width / shown["width"]
    right_px = container["x"] + container["width"] - shown["x"] + MARGIN_PX
    return screenshot.crop((0, 0, min(round(right_px * scale), screenshot.width), screenshot.height))


if __name__ == "__main__":
    make()
