"""The gallery of a challenge as one page of HTML, without scripts and without anything from the network."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from html import escape
from pathlib import Path
from string import Template

from bot.challenges.export.contents import BALLOTS, DATA, Export, ExportedEntry, ExportedFile
from bot.challenges.outcome import best_of, place_of, winners_of
from bot.challenges.score import numbers_of, score_of
from bot.words import Words
from bot.words.recipes import RecipeTitle
from stylizer.recipe import load_recipe, recipe_names

FOLDER = Path(__file__).parent


def page_of(export: Export, words: Words) -> bytes:
    """The page: winners, the podium, all entries, and where the votes are."""
    challenge = export.challenge
    by_id = {exported.entry.entry_id: exported for exported in export.entries}
    entries = [exported.entry for exported in export.entries]
    best = best_of(challenge, entries)
    winners = [by_id[entry.entry_id] for entry in winners_of(challenge, entries)]
    sections = []
    if winners:
        figures = [_figure(winner, export, words) for winner in winners]
        if export.timelapse is not None and len(winners) == 1:
            gif = _picture(export.timelapse, words("alt-winner-timelapse"), words, is_spoiler=winners[0].job.is_spoiler)
            figures.append(f"<figure>{gif}</figure>\n")
        sections.append(_section("winners", words("export-first"), figures))
    others = [by_id[entry.entry_id] for entry in best if place_of(entry) > 1]
    if others:
        figures = [_figure(exported, export, words) for exported in others]
        sections.append(_section("podium", words("export-podium"), figures))
    figures = [_figure(exported, export, words) for exported in export.entries]
    sections.append(_section("all", words("export-entries"), figures))
    numbers = [numbers_of(challenge, len(export.entries), words)]
    if challenge.is_without_votes:
        numbers.append(words("results-nobody-voted"))
    page = template("index.html").substitute(
        language=escape(words.locale.language),
        title=escape(challenge.title),
        theme=escape(challenge.theme),
        numbers="<br>".join(map(escape, numbers)),
        sections="\n".join(sections),
        footer=_footer(export, words),
    )
    return page.encode()


def _section(kind: str, title: str, figures: Sequence[str]) -> str:
    return f'<section>\n<h2>{escape(title)}</h2>\n<div class="grid {kind}">\n{"".join(figures)}</div>\n</section>'


def _figure(exported: ExportedEntry, export: Export, words: Words) -> str:
    entry = exported.entry
    number = words("entry-number", number=entry.number or 0)
    place = words("entry-place", place=place_of(entry))
    recipe_name = exported.job.options.recipe_name
    recipe = RecipeTitle(load_recipe(recipe_name)).in_words(words) if recipe_name in recipe_names() else recipe_name
    score = score_of(export.challenge, entry.standing, words)
    picture = escape(words("entry-picture-gone"))
    if exported.painting is not None:
        picture = _picture(exported.painting, f"{number} · {exported.name}", words, is_spoiler=exported.job.is_spoiler)
    return template("entry.html").substitute(
        picture=picture,
        place=escape("" if export.challenge.is_without_votes else place),
        name=escape(exported.name),
        about="<br>".join(escape(part) for part in (f"{number} · {recipe}", score) if part),
    )


def _picture(file: ExportedFile, alt: str, words: Words, *, is_spoiler: bool) -> str:
    size = f' width="{file.width_px}" height="{file.height_px}"' if file.width_px and file.height_px else ""
    image = f'<img src="{escape(file.name)}" alt="{escape(alt)}"{size} loading="lazy">'
    if not is_spoiler:
        return f'<a href="{escape(file.name)}">{image}</a>'
    return f"<details><summary>{escape(words('export-spoiler'))}</summary>{image}</details>"


def _footer(export: Export, words: Words) -> str:
    if export.ballots is None or export.challenge.ballots_sha256 is None:
        return f'<p><a href="{DATA}">{DATA}</a></p>'
    said = [words("export-recount")]
    if export.challenge.is_tie_decided:
        said.insert(0, words("results-tie-decided"))
    links = f'<a href="{BALLOTS}">{BALLOTS}</a> · <a href="{DATA}">{DATA}</a> · <a href="README.txt">README.txt</a>'
    lines = [*map(escape, said), f"<code>SHA-256 {export.challenge.ballots_sha256}</code>", links]
    return "\n".join(f"<p>{line}</p>" for line in lines)


@cache
def template(name: str) -> Template:
    """A file of an export, without what differs."""
    return Template((FOLDER / name).read_text(encoding="utf-8"))
