"""`/stylize`, and "Stylize this" on a message: where a painting begins."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import discord
from discord import app_commands

from bot.commands.answers import answering, answering_presses
from bot.errors import NoPictureThere
from bot.jobs.job import STRONGEST_STYLE, WEAKEST_STYLE, Order
from bot.pictures import is_picture
from stylizer.recipe import LARGEST_SIZE_PX, SMALLEST_SIZE_PX, load_recipe, recipe_names

if TYPE_CHECKING:
    from bot.client import AtelierInteraction

CHOICE_LENGTH = 100
MODAL_SECONDS = 15 * 60
"""As long as the interaction that would answer it can live."""
SELECT_OPTIONS = 25


@app_commands.command(name="stylize", description="Paint a picture in the style of another one.")
@app_commands.describe(
    content="The picture to paint: a photograph, for example",
    style="The picture to take the style from: a painting, for example",
    recipe=f"How to paint it (left out: {load_recipe().title}, unless this server has chosen another)",
    size="The painting's longest side in pixels (left out: what the recipe says, usually 512)",
    style_strength="1 is balanced, 2 twice as much style, 0.5 half as much",
    keep_colors="Keep the colours of the picture and take only the brush strokes from the style",
)
@app_commands.choices(
    recipe=[
        app_commands.Choice(
            name=textwrap.shorten(
                f"{load_recipe(name).title}: {load_recipe(name).description}", CHOICE_LENGTH, placeholder=" …"
            ),
            value=name,
        )
        for name in recipe_names()
    ]
)
async def stylize(
    interaction: AtelierInteraction,
    content: discord.Attachment,
    style: discord.Attachment,
    recipe: str | None = None,
    size: app_commands.Range[int, SMALLEST_SIZE_PX, LARGEST_SIZE_PX] | None = None,
    style_strength: app_commands.Range[float, WEAKEST_STYLE, STRONGEST_STYLE] = 1.0,
    keep_colors: bool = False,
) -> None:
    """Accept the order, or say why not."""
    async with answering(interaction):
        studio = interaction.client.studio
        recipe_name = recipe or studio.servers.settings_of(interaction.guild_id).recipe_name
        order = Order(recipe_name=recipe_name, size_px=size, style_strength=style_strength, keep_colors=keep_colors)
        await studio.accept(interaction, order, content=content, style=style)


@app_commands.context_menu(name="Stylize this")
async def stylize_this(interaction: AtelierInteraction, message: discord.Message) -> None:
    """Ask for the style of a picture that stands in a message."""
    async with answering(interaction):
        forwarded = [attachment for snapshot in message.message_snapshots for attachment in snapshot.attachments]
        pictures = [attachment for attachment in (*message.attachments, *forwarded) if is_picture(attachment)]
        if not pictures:
            raise NoPictureThere
        server = interaction.client.studio.servers.settings_of(interaction.guild_id)
        await interaction.response.send_modal(StyleForm(pictures[:SELECT_OPTIONS], recipe_name=server.recipe_name))


class StyleForm(discord.ui.Modal, title="Stylize this"):
    """Asks for the style picture, the recipe and, where there are several, the picture that is meant."""

    def __init__(self, pictures: list[discord.Attachment], *, recipe_name: str) -> None:
        super().__init__(timeout=MODAL_SECONDS)
        self._pictures = pictures
        self._style = discord.ui.FileUpload[StyleForm](custom_id="style", min_values=1, max_values=1)
        self._recipe = discord.ui.Select[StyleForm](custom_id="recipe", options=_recipe_options(recipe_name))
        self._which = discord.ui.Select[StyleForm](
            custom_id="which",
            options=[
                discord.SelectOption(
                    label=_short(f"{index + 1}. {picture.filename}"), value=str(index), default=index == 0
                )
                for index, picture in enumerate(pictures)
            ],
        )
        self.add_item(
            discord.ui.Label(
                text="Style picture",
                description="The picture to take the style from: a painting, for example",
                component=self._style,
            )
        )
        self.add_item(discord.ui.Label(text="Recipe", description="How to paint it", component=self._recipe))
        if len(pictures) > 1:
            self.add_item(
                discord.ui.Label(text="Picture", description="Which picture of the message", component=self._which)
            )

    async def on_submit(self, interaction: AtelierInteraction) -> None:  # type: ignore[override]  # our own client's
        """Accept the order, or say why not."""
        async with answering_presses(interaction):
            content = self._pictures[int(self._which.values[0])] if self._which.values else self._pictures[0]
            order = Order(recipe_name=self._recipe.values[0])
            await interaction.client.studio.accept(interaction, order, content=content, style=self._style.values[0])


def _short(text: str) -> str:
    return text if len(text) <= CHOICE_LENGTH else f"{text[: CHOICE_LENGTH - 1]}…"


def _recipe_options(chosen: str) -> list[discord.SelectOption]:
    recipes = [load_recipe(name) for name in recipe_names()]
    return [
        discord.SelectOption(
            label=recipe.title,
            value=recipe.name,
            description=textwrap.shorten(recipe.description, CHOICE_LENGTH, placeholder=" …"),
            default=recipe.name == chosen,
        )
        for recipe in recipes
    ]
