"""Recipes as members read them: the shipped ones in every language, others as written in their file."""

from __future__ import annotations

from dataclasses import dataclass

from bot.words.words import ENGLISH, Words
from stylizer.recipe import Recipe


@dataclass(frozen=True, slots=True)
class RecipeTitle:
    """The title of a recipe."""

    recipe: Recipe

    def in_words(self, words: Words, /) -> str:
        """`Painterly`."""
        return _translated(self.recipe, "title", self.recipe.title, words)


@dataclass(frozen=True, slots=True)
class RecipeDescription:
    """What a recipe does."""

    recipe: Recipe

    def in_words(self, words: Words, /) -> str:
        """`Best quality for the time it takes`."""
        return _translated(self.recipe, "description", self.recipe.description, words)


def _translated(recipe: Recipe, part: str, text: str, words: Words) -> str:
    """The catalog's entry for a shipped recipe's text. A host may have changed the recipe of that name."""
    key = f"recipe-{recipe.name.replace('_', '-')}-{part}"
    return words(key) if ENGLISH.has(key) and ENGLISH(key) == text else text
