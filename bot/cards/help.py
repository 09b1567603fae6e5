"""What the bot is for, and its recipes."""

from __future__ import annotations

import discord

from bot.cards.card import ACCENT, MAX_TEXT_LENGTH, note
from bot.words import Words
from bot.words.recipes import RecipeDescription, RecipeTitle
from bot.words.text import shortened
from stylizer.pool import JPEG_MEGAPIXELS, STILL_MEGAPIXELS
from stylizer.recipe import load_recipe, recipe_names


def help_card(words: Words) -> discord.ui.LayoutView:
    """How to use Atelier."""
    return note(
        "\n".join(
            [
                words("help-title"),
                words("help-stylize"),
                words("help-explore"),
                words("help-blend"),
                words("help-apps"),
                words(
                    "help-buttons",
                    again=words("button-again"),
                    edit=words("button-edit"),
                    hd=words("button-hd"),
                    more=words("actions-placeholder"),
                    delete=words("button-delete"),
                ),
                words("help-cancel", cancel=words("button-cancel")),
                words("help-styles", save=words("button-save-style")),
                words("help-challenge"),
                words("help-queue"),
                words("help-history"),
                words("help-recipes"),
                words("help-preferences"),
                words("help-privacy"),
                words("help-server"),
                words("help-formats", megapixels=STILL_MEGAPIXELS, jpeg_megapixels=JPEG_MEGAPIXELS),
            ]
        ),
        accent=ACCENT,
    )


def recipes_card(words: Words) -> discord.ui.LayoutView:
    """What each recipe does."""
    lines = [
        words(
            "recipes-line",
            title=RecipeTitle(recipe),
            name=recipe.name,
            description=RecipeDescription(recipe),
            longest_side_px=recipe.longest_side_px,
            steps=recipe.steps,
        )
        for recipe in map(load_recipe, recipe_names())
    ]
    return note(shortened("\n".join([words("recipes-title"), *lines]), MAX_TEXT_LENGTH), accent=ACCENT)
