"""The exported gallery of a challenge as a browser lays it out for paper."""

from __future__ import annotations

from string import Template

import pytest
from playwright.async_api import Browser

from bot.challenges.export.page import FOLDER

pytestmark = [pytest.mark.timeout(600), pytest.mark.asyncio(loop_scope="session")]

PAPER_WIDTH_PX = 680
"""Of an A4 page without its margins."""
LAYOUT = """
() => [...document.querySelectorAll(".grid")].map((grid) =>
  [...grid.querySelectorAll("figure")].map((figure) => {
    const { left, right, top } = figure.getBoundingClientRect();
    return [left, right, top];
  }))
"""


def gallery(**figures: int) -> str:
    """The page with sections of this many figures each."""
    sections = "".join(
        f'<div class="grid {kind}">{"<figure><figcaption>Entry</figcaption></figure>" * count}</div>'
        for kind, count in figures.items()
    )
    page = Template((FOLDER / "index.html").read_text(encoding="utf-8"))
    return page.substitute(language="en", title="Dusk", theme="", numbers="", sections=sections, footer="")


async def printed(browser: Browser, page_html: str) -> list[list[list[float]]]:
    """Left, right and top of each figure on paper, by section."""
    page = await browser.new_page(viewport={"width": PAPER_WIDTH_PX, "height": 900})
    try:
        await page.emulate_media(media="print")
        await page.set_content(page_html)
        layout: list[list[list[float]]] = await page.evaluate(LAYOUT)
    finally:
        await page.close()
    return layout


async def test_winners_and_the_podium_are_in_the_middle_of_the_paper(browser: Browser) -> None:
    for winners, others in ((1, 2), (2, 1)):
        for figures in await printed(browser, gallery(winners=winners, podium=others)):
            middle = (figures[0][0] + figures[-1][1]) / 2
            assert middle == pytest.approx(PAPER_WIDTH_PX / 2, abs=2)


async def test_three_entries_share_a_line_and_none_is_cut_off_at_the_edge(browser: Browser) -> None:
    [entries] = await printed(browser, gallery(all=6))

    assert len({top for _, _, top in entries}) == 2
    assert min(left for left, _, _ in entries) >= 0
    assert max(right for _, right, _ in entries) <= PAPER_WIDTH_PX - 1
