"""`/help` and `/recipes`: what this bot is for, to whoever asks, and to nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import app_commands

from stylizer.recipe import load_recipe, recipe_names

if TYPE_CHECKING:
    from bot.client import AtelierInteraction

HELP = """\
## Atelier paints one picture in the style of another.
- **/stylize** takes a *content* picture (what to paint) and a *style* picture (how to paint it). \
You see the painting grow, and get the finished picture and a GIF of how it came to be.
- **Stylize this**: press a message with a picture for long, or right-click it, choose *Apps*, and send only the style.
- **/queue** says where your paintings stand, and when they will probably be done.
- **/recipes** says what the recipes do.
- The buttons under a painting: **Again** paints it anew, **Stronger style** and **Weaker style** change the balance, \
**HD** makes it larger, **Swap** exchanges content and style, **Delete** takes it away (owner and moderators).
- **Cancel** on a painting under way stops it (owner and moderators).
- **/privacy** says what is kept about you, and **/forget-me** deletes it.
- **/server settings** is for those who manage a server: where and for whom Atelier paints there, and how much.
-# JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF and HEIC, up to 40 megapixels (JPEG: 100 and more). A style with visible \
strokes and strong colours makes the largest difference."""


@app_commands.command(name="help", description="What Atelier does, and how.")
async def help_command(interaction: AtelierInteraction) -> None:
    """Say what can be done here."""
    await interaction.response.send_message(HELP, ephemeral=True)


@app_commands.command(name="recipes", description="The ways to paint a picture.")
async def recipes(interaction: AtelierInteraction) -> None:
    """Say what each recipe does."""
    lines = [
        f"- **{recipe.title}** (`recipe:{recipe.name}`): {recipe.description} "
        f"{recipe.longest_side_px} px, {recipe.steps} steps."
        for recipe in map(load_recipe, recipe_names())
    ]
    await interaction.response.send_message("\n".join(["## Recipes", *lines]), ephemeral=True)
