"""`/stylize`, "Stylize this" on a message and "Stylize avatar" on a member."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import discord
from discord import app_commands

from bot.cards.forms import (
    COLORS_CHOICE_KEYS,
    CONTENT_SIZE,
    LOOKS,
    MAX_FORM_ID_LENGTH,
    MAX_OPTIONS,
    PICTURES_FORM_ID,
    RECIPE_SIZE,
    START_CHOICE_KEYS,
    STYLE_FORM_PATTERN,
    STYLE_FORM_PREFIX,
    pictures_form,
    style_form,
)
from bot.commands.answers import answering
from bot.commands.forms import Filled, Form, show_form
from bot.commands.interaction import AtelierInteraction
from bot.commands.requests import accept, defaults_of
from bot.commands.size_option import suggest_sizes
from bot.commands.style_option import can_choose_style, named_style, suggest_styles
from bot.errors import (
    FormOutdated,
    FormPictureForgotten,
    NoPictureChosen,
    NoStrokes,
    PhotoStaysAsItIs,
    TooManyPicturesChosen,
)
from bot.painting.job import AS_CONTENT, MAX_SEED, MIN_STYLE_STRENGTH, Colors, PaintingOptions, Start
from bot.painting.request import ChosenStyle
from bot.sources.keys import PictureKeys, long_id, short_id
from bot.sources.message import find_last_pictures, pictures_in
from bot.sources.picture import SentPicture, avatar_of, linked_picture
from bot.words import localized, words_of
from bot.words.recipes import RecipeDescription, RecipeTitle
from stylizer.pool import PictureRole
from stylizer.recipe import MAX_SIZE_PX, MAX_STYLE_STRENGTH, MIN_SIZE_PX, load_recipe, recipe_names


def recipe_choices() -> list[app_commands.Choice[str]]:
    """What an option for a recipe offers."""
    return [
        app_commands.Choice(
            name=localized("choice-recipe", title=RecipeTitle(recipe), description=RecipeDescription(recipe)),
            value=recipe.name,
        )
        for recipe in map(load_recipe, recipe_names())
    ]


def colors_choices() -> list[app_commands.Choice[str]]:
    """What an option for colors offers."""
    return [app_commands.Choice(name=localized(key), value=colors.value) for colors, key in COLORS_CHOICE_KEYS.items()]


def start_choices() -> list[app_commands.Choice[str]]:
    """What an option for the start offers."""
    return [app_commands.Choice(name=localized(key), value=start.value) for start, key in START_CHOICE_KEYS.items()]


HOW_TO_PAINT: Mapping[str, app_commands.locale_str] = {
    "recipe": localized("option-recipe", recipe=RecipeTitle(load_recipe())),
    "size": localized(
        "option-size", smallest_px=MIN_SIZE_PX, largest_px=MAX_SIZE_PX, default_px=load_recipe().longest_side_px
    ),
    "style_strength": localized("option-style-strength", weakest=MIN_STYLE_STRENGTH, strongest=MAX_STYLE_STRENGTH),
    "colors": localized("option-colors"),
    "seed": localized("option-seed"),
    "start": localized("option-start"),
    "mask": localized("option-mask"),
    "spare_faces": localized("option-spare-faces"),
}
"""What the options that say how to paint are for, by name."""


@app_commands.command(name="stylize", description=localized("command-stylize"))
@app_commands.describe(
    content=localized("option-content"),
    style=localized("option-style"),
    style_name=localized("option-style-name"),
    content_link=localized("option-content-link"),
    style_link=localized("option-style-link"),
    last_picture=localized("option-last-picture"),
    **HOW_TO_PAINT,
)
@app_commands.choices(recipe=recipe_choices(), colors=colors_choices(), start=start_choices())
@app_commands.autocomplete(style_name=suggest_styles)
@app_commands.autocomplete(size=suggest_sizes)
async def stylize(  # noqa: PLR0913, PLR0917 - each is an option of the command
    interaction: AtelierInteraction,
    content: discord.Attachment | None = None,
    style: discord.Attachment | None = None,
    style_name: str | None = None,
    content_link: str | None = None,
    style_link: str | None = None,
    last_picture: bool = False,
    recipe: str | None = None,
    size: int | None = None,
    style_strength: app_commands.Range[float, MIN_STYLE_STRENGTH, MAX_STYLE_STRENGTH] | None = None,
    colors: str | None = None,
    seed: app_commands.Range[int, 0, MAX_SEED] = 0,
    start: str | None = None,
    mask: discord.Attachment | None = None,
    spare_faces: bool = False,
) -> None:
    """Accept the request, or say why not; without options, ask for everything with a form.

    Without a style, let the member choose one.
    """
    async with answering(interaction):
        defaults = defaults_of(interaction)
        if not [*interaction.namespace]:
            settings = interaction.client.studio.servers.settings_of(interaction.guild_id)
            await show_form(interaction, pictures_form(settings, defaults, words_of(interaction)))
            return
        options = chosen_options(
            defaults,
            recipe=recipe,
            size=size,
            style_strength=style_strength,
            colors=colors,
            seed=seed,
            start=start,
            spare_faces=spare_faces,
            is_masked=mask is not None,
        )
        check_one_of("content", content=content, content_link=content_link, last_picture=last_picture)
        named_by = {"style": style, "style_name": style_name, "style_link": style_link}
        chosen: list[ChosenStyle] = []
        if any(named_by.values()) or not await can_choose_style(interaction):
            check_one_of("style", **named_by)
            source = await named_style(interaction, style_name) if style_name else None
            chosen.append(ChosenStyle(source or attached_or_linked("style", style, style_link)))
        if last_picture:
            content_picture = (await find_last_pictures(interaction))[0]
        else:
            content_picture = attached_or_linked("content", content, content_link)
        await accept(interaction, options, content=content_picture, styles=chosen, mask=attached(mask))


@app_commands.context_menu(name="Stylize this")
async def stylize_this(interaction: AtelierInteraction, message: discord.Message) -> None:
    """Ask for the style of a picture in a message."""
    async with answering(interaction):
        pictures = pictures_in(message, allows=interaction.client.studio.pictures.allows)
        await _ask_for_style(interaction, pictures, title=words_of(interaction)("form-stylize-this-title"))


@app_commands.context_menu(name="Stylize avatar")
async def stylize_avatar(interaction: AtelierInteraction, member: discord.Member | discord.User) -> None:
    """Ask for the style of a member's avatar."""
    async with answering(interaction):
        title = words_of(interaction)("form-stylize-avatar-title")
        await _ask_for_style(interaction, [avatar_of(member)], title=title)


async def _ask_for_style(interaction: AtelierInteraction, pictures: list[SentPicture], *, title: str) -> None:
    """Show the form for these pictures of one member.

    Its custom ID names the picture, or the first one, after the ID of the member who posted it if there is room.
    """
    pictures, keys = pictures[:MAX_OPTIONS], interaction.client.picture_keys
    poster_id = pictures[0].poster_id
    poster = "" if poster_id is None else short_id(poster_id)
    key = keys.key(pictures[0], max_length=MAX_FORM_ID_LENGTH - len(_style_form_id("", "")))
    if len(_style_form_id(poster, key)) > MAX_FORM_ID_LENGTH:
        poster = ""
    named = [(picture.filename, keys.key(picture)) for picture in pictures] if len(pictures) > 1 else []
    settings = interaction.client.studio.servers.settings_of(interaction.guild_id)
    custom_id, defaults = _style_form_id(poster, key), defaults_of(interaction)
    form = style_form(title, custom_id, named, settings, defaults, words_of(interaction))
    await show_form(interaction, form)


class PicturesForm(Form):
    """The form for both pictures and how to paint."""

    template = re.compile(PICTURES_FORM_ID)

    @classmethod
    async def submit(cls, interaction: AtelierInteraction, match: re.Match[str], filled: Filled) -> None:  # noqa: ARG003
        """Accept the request, or say why not."""
        content = filled.picture("content")
        if content is None:
            raise NoPictureChosen("content", ("content",))
        await _accept(interaction, filled, content=content)


class StyleForm(Form):
    """The form for the style picture, how to paint, and if there are several content pictures, which one."""

    template = re.compile(STYLE_FORM_PATTERN)

    @classmethod
    async def submit(cls, interaction: AtelierInteraction, match: re.Match[str], filled: Filled) -> None:
        """Accept the request, or say why not."""
        content = _chosen_content(interaction.client.picture_keys, match, filled)
        await _accept(interaction, filled, content=content)


def _style_form_id(poster: str, key: str) -> str:
    return f"{STYLE_FORM_PREFIX}:{poster}:{key}"


async def _accept(interaction: AtelierInteraction, filled: Filled, *, content: SentPicture) -> None:
    style = filled.picture("style")
    if style is None and not await can_choose_style(interaction):
        raise NoPictureChosen("style", ("style",))
    options = _options(filled, defaults_of(interaction))
    styles = [] if style is None else [ChosenStyle(style)]
    await accept(interaction, options, content=content, styles=styles)


def _chosen_content(keys: PictureKeys, match: re.Match[str], filled: Filled) -> SentPicture:
    """The picture that a form is for. Raises `FormPictureForgotten` and `FormOutdated`."""
    try:
        poster_id = None if match["poster"] is None else long_id(match["poster"])
    except ValueError as error:
        raise FormOutdated from error
    picture = keys.find(filled.choice("which") or match["key"], poster_id=poster_id)
    if picture is None:
        raise FormPictureForgotten
    return picture


def _options(filled: Filled, defaults: PaintingOptions) -> PaintingOptions:
    """How to paint, from a form. Raises `FormOutdated` for a choice that no current form offers."""
    options, size, look = defaults, filled.choice("size"), filled.choice("look")
    if recipe_name := filled.choice("recipe"):
        options = replace(options, recipe_name=recipe_name)
    if size is not None:
        named = {RECIPE_SIZE: None, CONTENT_SIZE: AS_CONTENT}
        if not (size in named or size.isdecimal()):
            raise FormOutdated
        options = replace(options, size_px=named[size] if size in named else int(size))
    if look is not None:
        if look not in LOOKS:
            raise FormOutdated
        style_strength, colors = LOOKS[look]
        options = replace(options, style_strength=style_strength, colors=colors)
    return options


def chosen_options(
    defaults: PaintingOptions,
    *,
    recipe: str | None,
    size: int | None,
    style_strength: float | None,
    colors: str | None,
    seed: int,
    start: str | None,
    spare_faces: bool,
    is_masked: bool,
) -> PaintingOptions:
    """How to paint, from the options of a command; the defaults apply where one is left out.

    Raises `PhotoStaysAsItIs` if the style strength leaves others without an effect, and `NoStrokes`.
    """
    options = PaintingOptions(
        recipe_name=recipe or defaults.recipe_name,
        size_px=defaults.size_px if size is None else size,
        style_strength=defaults.style_strength if style_strength is None else style_strength,
        colors=defaults.colors if colors is None else Colors(colors),
        seed=seed,
        start=defaults.start if start is None else Start(start),
        spare_faces=spare_faces,
    )
    is_noise = start == Start.NOISE
    given = {"colors": colors, "seed": seed, "start": is_noise, "mask": is_masked, "spare_faces": spare_faces}
    useless = tuple(name for name, value in given.items() if value)
    if options.style_strength == 0 and useless:
        raise PhotoStaysAsItIs(useless)
    if options.colors is Colors.ONLY and options.start is not Start.CONTENT:
        raise NoStrokes("start")
    if options.colors is Colors.ONLY and is_masked:
        raise NoStrokes("mask")
    if options.colors is Colors.ONLY and spare_faces:
        raise NoStrokes("spare_faces")
    return options


def check_one_of(role: PictureRole, **options: object) -> None:
    """Raise `NoPictureChosen` or `TooManyPicturesChosen` unless exactly one of the options is used."""
    used = tuple(name for name, value in options.items() if value)
    if not used:
        raise NoPictureChosen(role, tuple(options))
    if len(used) > 1:
        raise TooManyPicturesChosen(role, used)


def attached(attachment: discord.Attachment | None) -> SentPicture | None:
    return None if attachment is None else SentPicture.attached(attachment)


def attached_or_linked(role: PictureRole, attachment: discord.Attachment | None, link: str | None) -> SentPicture:
    return linked_picture(role, link or "") if attachment is None else SentPicture.attached(attachment)
