"""`/help` and `/recipes`: what this bot is for, to whoever asks, and to nobody else."""

from __future__ import annotations

from discord import app_commands

from bot.commands.interaction import AtelierInteraction
from stylizer.recipe import load_recipe, recipe_names

HELP = """\
## Atelier paints one picture in the style of another.
- **/stylize** takes a *content* picture (what to paint) and a *style* picture (how to paint it). Without options it \
asks for them in a form; as options, links to pictures on Discord work too. You see the painting grow, and get the \
finished picture and a timelapse GIF.
- **Stylize this**: long-press or right-click a message with a picture, choose *Apps*, and send only the style. \
**Stylize avatar** does the same with a member's avatar.
- **/queue** shows your place in the queue and estimated times.
- **/recipes** lists the painting recipes.
- The buttons under a painting: **Again** makes a new variation, **Stronger style** and **Weaker style** change the \
balance, **HD** makes it larger, **Swap** exchanges content and style, **Delete** removes it (its owner, the member \
whose picture it is, and moderators).
- **Cancel** on a painting under way stops it (owner and moderators).
- **/preferences** sets when Atelier mentions you.
- **/privacy** says what is kept about you, and **/forget-me** deletes it.
- **/server settings** is for those who manage a server: where and for whom Atelier paints there, and how much.
-# JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF and HEIC, up to 40 megapixels (JPEG: 100 and more). A style with visible \
strokes and strong colors works best."""


@app_commands.command(name="help", description="How to use Atelier")
async def help_command(interaction: AtelierInteraction) -> None:
    """Say what can be done here."""
    await interaction.response.send_message(HELP, ephemeral=True)


@app_commands.command(name="recipes", description="List the painting recipes")
async def recipes(interaction: AtelierInteraction) -> None:
    """Say what each recipe does."""
    lines = [
        f"- **{recipe.title}** (`recipe:{recipe.name}`): {recipe.description} "
        f"{recipe.longest_side_px} px, {recipe.steps} steps."
        for recipe in map(load_recipe, recipe_names())
    ]
    await interaction.response.send_message("\n".join(["## Recipes", *lines]), ephemeral=True)
