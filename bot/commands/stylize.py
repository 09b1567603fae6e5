"""`/stylize`, "Stylize this" on a message and "Stylize avatar" on a member: where a painting begins."""

from __future__ import annotations

import re
import textwrap
from typing import Any, Self, TypeAlias

import discord
from discord import app_commands

from bot.commands.answers import answering
from bot.commands.forms import Filled, Form
from bot.commands.interaction import AtelierInteraction
from bot.errors import FormOutdated, FormPictureForgotten, NoPictureChosen, TooManyPicturesChosen
from bot.files.download import CONTENT, STYLE
from bot.painting.job import LARGEST_SEED, STRONGEST_STYLE, WEAKEST_STYLE, Order
from bot.servers.rules import SIZES_PX
from bot.sources.keys import PictureKeys, long_id, short_id
from bot.sources.message import find_last_picture, pictures_in
from bot.sources.picture import SentPicture, avatar_of, linked_picture
from bot.storage.servers import ServerSettings
from stylizer.recipe import LARGEST_SIZE_PX, SMALLEST_SIZE_PX, load_recipe, recipe_names

CHOICE_LENGTH = 100
SELECT_OPTIONS = 25
FORM_ID_LENGTH = 100

Field: TypeAlias = "discord.ui.Label[Any]"

RECIPES_OWN = "recipe"
"""The size that leaves it to the recipe."""
LOOKS = {
    name: (strength, keeps_colors)
    for keeps_colors, suffix in ((False, ""), (True, "-colors"))
    for strength in (1.0, 0.5, 2.0, 4.0)
    for name in [f"{strength:g}{suffix}"]
}
"""What the form offers of style strength and colors, which have to share a field: a form has five."""
LOOK_LABELS = {1.0: "Balanced", 0.5: "Half as much style", 2.0: "Twice as much style", 4.0: "Four times as much style"}


@app_commands.command(name="stylize", description="Paint one picture in the style of another")
@app_commands.describe(
    content="Picture to paint: a photo, for example",
    style="Picture to take the style from: a painting, for example",
    content_link="Instead of content: link to a picture on Discord",
    style_link="Instead of style: link to a picture on Discord",
    last_picture="Instead of content: the last picture in this channel, as far as Atelier may read it",
    recipe=f"Painting recipe (default: {load_recipe().title}, or this server's choice)",
    size=f"Longest side in pixels, {SMALLEST_SIZE_PX}–{LARGEST_SIZE_PX} (default: the recipe's, usually 512)",
    style_strength=f"How much style, {WEAKEST_STYLE:g}–{STRONGEST_STYLE:g}: 2 is twice as much, 0.5 half (default: 1)",
    keep_colors="Keep the content's colors and take only the brush strokes from the style",
    seed="Another number paints another variation, the same number the same painting (default: 0)",
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
async def stylize(  # noqa: PLR0913, PLR0917 - each is an option of the command
    interaction: AtelierInteraction,
    content: discord.Attachment | None = None,
    style: discord.Attachment | None = None,
    content_link: str | None = None,
    style_link: str | None = None,
    last_picture: bool = False,
    recipe: str | None = None,
    size: app_commands.Range[int, SMALLEST_SIZE_PX, LARGEST_SIZE_PX] | None = None,
    style_strength: app_commands.Range[float, WEAKEST_STYLE, STRONGEST_STYLE] = 1.0,
    keep_colors: bool = False,
    seed: app_commands.Range[int, 0, LARGEST_SEED] = 0,
) -> None:
    """Accept the order, or say why not; where no option is used, ask for everything with a form."""
    async with answering(interaction):
        studio = interaction.client.studio
        if not [*interaction.namespace]:
            settings = studio.servers.settings_of(interaction.guild_id)
            await PicturesForm.asking(settings).show(interaction)
            return
        recipe_name = recipe or studio.servers.settings_of(interaction.guild_id).recipe_name
        order = Order(
            recipe_name=recipe_name, size_px=size, style_strength=style_strength, keep_colors=keep_colors, seed=seed
        )
        _check_one_of(CONTENT, content=content, content_link=content_link, last_picture=last_picture)
        _check_one_of(STYLE, style=style, style_link=style_link)
        style_picture = _attached_or_linked(STYLE, style, style_link)
        if last_picture:
            content_picture = await find_last_picture(interaction)
        else:
            content_picture = _attached_or_linked(CONTENT, content, content_link)
        await studio.accept(interaction, order, content=content_picture, style=style_picture)


@app_commands.context_menu(name="Stylize this")
async def stylize_this(interaction: AtelierInteraction, message: discord.Message) -> None:
    """Ask for the style of a picture that stands in a message."""
    async with answering(interaction):
        pictures = pictures_in(message, allows=interaction.client.studio.pictures.allows)
        await _ask_for_style(interaction, pictures, title="Stylize this")


@app_commands.context_menu(name="Stylize avatar")
async def stylize_avatar(interaction: AtelierInteraction, member: discord.Member | discord.User) -> None:
    """Ask for the style of a member's avatar."""
    async with answering(interaction):
        await _ask_for_style(interaction, [avatar_of(member)], title="Stylize avatar")


async def _ask_for_style(interaction: AtelierInteraction, pictures: list[SentPicture], *, title: str) -> None:
    client = interaction.client
    settings = client.studio.servers.settings_of(interaction.guild_id)
    form = StyleForm.about(pictures[:SELECT_OPTIONS], title=title, keys=client.picture_keys, settings=settings)
    await form.show(interaction)


class PicturesForm(Form, title="Stylize"):
    """Asks for both pictures and how to paint."""

    template = re.compile("atelier:stylize")

    @classmethod
    def asking(cls, settings: ServerSettings) -> Self:
        """The form of `/stylize` without options."""
        form = cls(custom_id="atelier:stylize")
        form.add_item(_upload("content", "Content picture", "The picture to paint: a photo, for example"))
        for field in _style_fields(settings):
            form.add_item(field)
        return form

    @classmethod
    async def submit(cls, interaction: AtelierInteraction, match: re.Match[str], filled: Filled) -> None:  # noqa: ARG003
        """Accept the order, or say why not."""
        content = filled.picture("content")
        if content is None:
            raise NoPictureChosen(CONTENT, ("content",))
        await _accept(interaction, filled, content=content)


class StyleForm(Form):
    """Asks for the style picture and how to paint, and where there are several, which picture is meant.

    Its id names the picture, or the first one; whose it is stands before, where there is room for that.
    """

    template = re.compile("atelier:style:(?P<poster>[A-Za-z0-9_-]{11})?:(?P<key>.+)")

    @classmethod
    def about(cls, pictures: list[SentPicture], *, title: str, keys: PictureKeys, settings: ServerSettings) -> Self:
        """The form for these pictures of one member."""
        poster_id = pictures[0].poster_id
        start = "atelier:style::"
        key = keys.key(pictures[0], max_length=FORM_ID_LENGTH - len(start))
        poster = "" if poster_id is None else short_id(poster_id)
        if len(start) + len(poster) + len(key) > FORM_ID_LENGTH:
            poster = ""
        form = cls(title=title, custom_id=f"atelier:style:{poster}:{key}")
        if len(pictures) > 1:
            form.add_item(_field("which", "Picture", "Which picture of the message", _picture_options(pictures, keys)))
        for field in _style_fields(settings):
            form.add_item(field)
        return form

    @classmethod
    async def submit(cls, interaction: AtelierInteraction, match: re.Match[str], filled: Filled) -> None:
        """Accept the order, or say why not."""
        content = _meant(interaction.client.picture_keys, match, filled)
        await _accept(interaction, filled, content=content)


async def _accept(interaction: AtelierInteraction, filled: Filled, *, content: SentPicture) -> None:
    studio = interaction.client.studio
    style = filled.picture("style")
    if style is None:
        raise NoPictureChosen(STYLE, ("style",))
    server = studio.servers.settings_of(interaction.guild_id)
    await studio.accept(interaction, _order(filled, default_recipe=server.recipe_name), content=content, style=style)


def _meant(keys: PictureKeys, match: re.Match[str], filled: Filled) -> SentPicture:
    """The picture that a form is for. Raises `FormPictureForgotten` and `FormOutdated`."""
    try:
        poster_id = None if match["poster"] is None else long_id(match["poster"])
    except ValueError as error:
        raise FormOutdated from error
    picture = keys.find(filled.choice("which") or match["key"], poster_id=poster_id)
    if picture is None:
        raise FormPictureForgotten
    return picture


def _order(filled: Filled, *, default_recipe: str) -> Order:
    """How to paint, as a form says. Raises `FormOutdated` for what no form of ours offers."""
    size, look = filled.choice("size") or RECIPES_OWN, filled.choice("look") or "1"
    if look not in LOOKS or not (size == RECIPES_OWN or size.isdecimal()):
        raise FormOutdated
    style_strength, keep_colors = LOOKS[look]
    return Order(
        recipe_name=filled.choice("recipe") or default_recipe,
        size_px=None if size == RECIPES_OWN else int(size),
        style_strength=style_strength,
        keep_colors=keep_colors,
    )


def _check_one_of(subject: str, **options: object) -> None:
    """Raise `NoPictureChosen` or `TooManyPicturesChosen` unless one of the options is used."""
    used = tuple(name for name, value in options.items() if value)
    if not used:
        raise NoPictureChosen(subject, tuple(options))
    if len(used) > 1:
        raise TooManyPicturesChosen(subject, used)


def _attached_or_linked(subject: str, attachment: discord.Attachment | None, link: str | None) -> SentPicture:
    return linked_picture(subject, link or "") if attachment is None else SentPicture.attached(attachment)


def _short(text: str) -> str:
    return text if len(text) <= CHOICE_LENGTH else f"{text[: CHOICE_LENGTH - 1]}…"


def _style_fields(settings: ServerSettings) -> tuple[Field, ...]:
    """What every form asks for: the style, and how to paint."""
    return (
        _upload("style", "Style picture", "The picture to take the style from: a painting, for example"),
        _field("recipe", "Recipe", "How to paint it", _recipe_options(settings.recipe_name)),
        _field("size", "Size", "The painting's longest side", _size_options(settings)),
        _field("look", "Style strength and colors", "How much style, and whose colors", _look_options()),
    )


def _upload(name: str, label: str, description: str) -> Field:
    upload = discord.ui.FileUpload[Any](custom_id=name, min_values=1, max_values=1)
    return discord.ui.Label(text=label, description=description, component=upload)


def _field(name: str, label: str, description: str, options: list[discord.SelectOption]) -> Field:
    select = discord.ui.Select[Any](custom_id=name, options=options, required=False, min_values=0)
    return discord.ui.Label(text=label, description=description, component=select)


def _picture_options(pictures: list[SentPicture], keys: PictureKeys) -> list[discord.SelectOption]:
    return [
        discord.SelectOption(
            label=_short(f"{index + 1}. {picture.filename}"), value=keys.key(picture), default=index == 0
        )
        for index, picture in enumerate(pictures)
    ]


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


def _size_options(settings: ServerSettings) -> list[discord.SelectOption]:
    largest_px = settings.largest_size_px or LARGEST_SIZE_PX
    sizes = [discord.SelectOption(label=f"{size_px} px", value=str(size_px)) for size_px in SIZES_PX]
    allowed = [option for option in sizes if int(option.value) <= largest_px]
    return [discord.SelectOption(label="The recipe's own", value=RECIPES_OWN, default=True), *allowed]


def _look_options() -> list[discord.SelectOption]:
    return [
        discord.SelectOption(
            label=LOOK_LABELS[strength] + (", content's colors" if keeps_colors else ""),
            value=name,
            default=name == "1",
        )
        for name, (strength, keeps_colors) in LOOKS.items()
    ]
