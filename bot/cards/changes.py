"""What an edit changed, as the card of the new painting says it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from discord.utils import escape_markdown, escape_mentions

from bot.painting.job import Before, Colors, Job, PaintingOptions, Start
from bot.sources.names import plain_name
from bot.words import Words
from bot.words.recipes import RecipeTitle
from stylizer.pool import RecipeError
from stylizer.recipe import Recipe

COLORS_KEYS: Mapping[Colors, str] = {
    Colors.STYLE: "colors-style",
    Colors.KEEP: "request-colors",
    Colors.MATCH: "colors-matched",
    Colors.ONLY: "colors-only",
}
START_KEYS: Mapping[Start, str] = {Start.CONTENT: "start-content", Start.NOISE: "start-noise"}


def describe_changes(job: Job, before: Before, words: Words) -> str:
    """Everything that an edit changed: `strength 1 → 1.5, seed 0 → 7`."""
    return words.joined(*_changes(job, before, words))


def _changes(job: Job, before: Before, words: Words) -> Iterator[str]:
    if before.is_other_style:
        name = plain_name(job.input("style").name)
        style = escape_markdown(escape_mentions(name)) if name else words("board-unnamed-style")
        yield words("change-style", style=style)
    was, now = before.options, job.options
    was_recipe, now_recipe = _recipe(was), _recipe(now)
    if was.recipe_name != now.recipe_name:
        before_title = was.recipe_name if was_recipe is None else RecipeTitle(was_recipe)
        after_title = now.recipe_name if now_recipe is None else RecipeTitle(now_recipe)
        yield words("change-recipe", before=before_title, after=after_title)
    if was_recipe is not None and now_recipe is not None:
        sizes_px = was_recipe.longest_side_px, now_recipe.longest_side_px
        if sizes_px[0] != sizes_px[1]:
            yield " → ".join(words("size", longest_side_px=size_px) for size_px in sizes_px)
    if was.style_strength != now.style_strength:
        yield words("change-strength", before=was.style_strength, after=now.style_strength)
    if was.stroke_size != now.stroke_size:
        yield words("change-strokes", before=was.stroke_size, after=now.stroke_size)
    if was.colors != now.colors:
        yield " → ".join(words(COLORS_KEYS[colors]) for colors in (was.colors, now.colors))
    if was.start != now.start:
        yield " → ".join(words(START_KEYS[start]) for start in (was.start, now.start))
    if was.spare_faces != now.spare_faces:
        yield words("request-spare-faces" if now.spare_faces else "change-faces-painted")
    if was.seed != now.seed:
        yield words("change-seed", before=str(was.seed), after=str(now.seed))


def _recipe(options: PaintingOptions) -> Recipe | None:
    """The recipe; None if it has been removed from the configuration."""
    try:
        return options.recipe()
    except RecipeError:
        return None
