"""Recipes as members read them: the shipped ones in every language, others as their file has them."""

from __future__ import annotations

from dataclasses import dataclass

from bot.words.words import ENGLISH, Words
from stylizer.recipe import load_recipe


@dataclass(frozen=True, slots=True)
class RecipeTitle:
    """The title of the recipe of that name."""

    name: str

    def in_words(self, words: Words, /) -> str:
        """`Painterly`."""
        return _translated(self.name, "title", load_recipe(self.name).title, words)


@dataclass(frozen=True, slots=True)
class RecipeDescription:
    """What the recipe of that name does."""

    name: str

    def in_words(self, words: Words, /) -> str:
        """`Best quality for the time it takes`."""
        return _translated(self.name, "description", load_recipe(self.name).description, words)


def _translated(name: str, part: str, text: str, words: Words) -> str:
    """The catalog's entry for a text that is the shipped recipe's; an owner may have a recipe of the same name."""
    key = f"recipe-{name.replace('_', '-')}-{part}"
    return words(key) if ENGLISH.has(key) and ENGLISH(key) == text else text
