"""`/style` and "Save as style": adds to the gallery, shows it and changes it. Only the member sees the answers."""

from __future__ import annotations

import asyncio
import re

import discord
from discord import app_commands

from bot.cards.style_forms import (
    RENAME_FORM_PATTERN,
    SAVE_FORM_PATTERN,
    SAVE_FORM_PREFIX,
    SAVE_OF_JOB_PATTERN,
    SAVE_OF_JOB_PREFIX,
    save_form,
)
from bot.cards.styles import PAGE_SIZE, list_card, remove_question, style_card
from bot.commands.answers import acknowledge, answering
from bot.commands.cards import show_card
from bot.commands.forms import Filled, Form, show_form
from bot.commands.interaction import AtelierInteraction
from bot.commands.painting import painting_of
from bot.commands.style_option import named_style, suggest_changeable_styles, suggest_styles, titles_in, visitor_of
from bot.errors import FormOutdated, FormPictureForgotten, PaintingForgotten
from bot.gallery.files import NewStyle, StoredPicture
from bot.gallery.names import MAX_CREDITS_LENGTH, MAX_NAME_LENGTH, suggested_name
from bot.gallery.style import Scope, Style
from bot.painting.job import Job
from bot.servers.rules import check_server
from bot.sources.linked_message import linked_message, linked_pictures
from bot.sources.message import find_last_pictures, pictures_in
from bot.sources.picture import SentPicture, linked_picture
from bot.words import localized, words_of

MAX_FORM_ID_LENGTH = 100
MAX_PICTURES = 25
PAINTING, STYLE_OF_JOB = "painting", "style"
"""Which picture of a job to save."""

SCOPES = [
    app_commands.Choice(name=localized("choice-where-shelf"), value=Scope.SHELF.value),
    app_commands.Choice(name=localized("choice-where-server"), value=Scope.SERVER.value),
]
LISTS = [
    *SCOPES,
    app_commands.Choice(name=localized("choice-where-builtin"), value=Scope.BUILT_IN.value),
]

style_group = app_commands.Group(name="style", description=localized("command-style"))


@style_group.command(name="add", description=localized("command-style-add"))
@app_commands.describe(
    picture=localized("option-style-picture"),
    name=localized("option-new-style-name"),
    credits=localized("option-style-credits"),
    where=localized("option-style-where"),
)
@app_commands.choices(where=SCOPES)
async def add(
    interaction: AtelierInteraction,
    picture: discord.Attachment,
    name: app_commands.Range[str, 1, MAX_NAME_LENGTH],
    credits: app_commands.Range[str, 1, MAX_CREDITS_LENGTH] | None = None,  # noqa: A002 - the option's name
    where: str = Scope.SHELF.value,
) -> None:
    """Save an attached picture as a style."""
    async with answering(interaction):
        await _save(interaction, NewStyle(name, Scope(where), SentPicture.attached(picture), credits))


@style_group.command(name="import", description=localized("command-style-import"))
@app_commands.describe(link=localized("option-style-import-link"))
async def import_(interaction: AtelierInteraction, link: str | None = None) -> None:
    """Ask how to save the picture, or one of the message, that a link leads to; or the last one in the channel."""
    async with answering(interaction):
        if link is None:
            pictures = await find_last_pictures(interaction)
        elif (message := linked_message(link)) is not None:
            pictures = await linked_pictures(interaction, message)
        else:
            pictures = [linked_picture("style", link)]
        await _ask_how_to_save(interaction, pictures)


@style_group.command(name="list", description=localized("command-style-list"))
@app_commands.describe(where=localized("option-style-list-where"))
@app_commands.choices(where=LISTS)
async def list_(interaction: AtelierInteraction, where: str | None = None) -> None:
    """Show styles, page by page."""
    async with answering(interaction):
        await acknowledge(interaction, thinking=True, ephemeral=True)
        await show_page(interaction, await _first_scope(interaction) if where is None else Scope(where))


@style_group.command(name="show", description=localized("command-style-show"))
@app_commands.describe(style=localized("option-style-choice"))
@app_commands.autocomplete(style=suggest_styles)
async def show(interaction: AtelierInteraction, style: str) -> None:
    """Show one style."""
    async with answering(interaction):
        await acknowledge(interaction, thinking=True, ephemeral=True)
        await show_style(interaction, await named_style(interaction, style))


@style_group.command(name="rename", description=localized("command-style-rename"))
@app_commands.describe(style=localized("option-style-choice"), name=localized("option-new-style-name"))
@app_commands.autocomplete(style=suggest_changeable_styles)
async def rename(
    interaction: AtelierInteraction, style: str, name: app_commands.Range[str, 1, MAX_NAME_LENGTH]
) -> None:
    """Rename a style, for its owner or a manager of the server."""
    async with answering(interaction):
        await acknowledge(interaction, thinking=True, ephemeral=True)
        found = await named_style(interaction, style)
        gallery = interaction.client.studio.gallery
        await show_style(interaction, await gallery.rename(found.style_id, name, visitor_of(interaction)))


@style_group.command(name="remove", description=localized("command-style-remove"))
@app_commands.describe(style=localized("option-style-choice"))
@app_commands.autocomplete(style=suggest_changeable_styles)
async def remove(interaction: AtelierInteraction, style: str) -> None:
    """Ask whether to remove a style, for its owner or a manager of the server."""
    async with answering(interaction):
        await ask_to_remove(interaction, (await named_style(interaction, style)).style_id)


@app_commands.context_menu(name="Save as style")
async def save_as_style(interaction: AtelierInteraction, message: discord.Message) -> None:
    """Ask how to save a picture in a message as a style."""
    async with answering(interaction):
        await _ask_how_to_save(interaction, pictures_in(message, allows=interaction.client.studio.pictures.allows))


async def show_page(interaction: AtelierInteraction, scope: Scope, *, number: int = 0) -> None:
    """Show a page of styles as the answer to an acknowledged interaction. Raises `NoGalleryHere`."""
    studio, words, visitor = interaction.client.studio, words_of(interaction), visitor_of(interaction)
    page = await studio.gallery.page(scope, visitor, titles_in(words), number=number, size=PAGE_SIZE)
    found = await asyncio.gather(*map(studio.styles.thumbnail, page.styles))
    thumbnails = {one.style_id: jpeg for one, jpeg in zip(page.styles, found, strict=True) if jpeg is not None}
    card = list_card(page, thumbnails, on_server=visitor.server is not None, words=words)
    await show_card(interaction, card)


async def _first_scope(interaction: AtelierInteraction) -> Scope:
    """The first list with any styles: the server's, the member's own, or the built-in ones."""
    gallery, visitor = interaction.client.studio.gallery, visitor_of(interaction)
    title_of = titles_in(words_of(interaction))
    for scope in (Scope.SHELF,) if visitor.server is None else (Scope.SERVER, Scope.SHELF):
        if (await gallery.page(scope, visitor, title_of, size=1)).styles:
            return scope
    return Scope.BUILT_IN


async def show_style(interaction: AtelierInteraction, shown: Style, *, is_new: bool = False) -> None:
    """Show a style as the answer to an acknowledged interaction."""
    thumbnail = await interaction.client.studio.styles.thumbnail(shown)
    may_change = visitor_of(interaction).may_change(shown)
    card = style_card(shown, thumbnail, may_change=may_change, is_new=is_new, words=words_of(interaction))
    await show_card(interaction, card)


async def ask_to_remove(interaction: AtelierInteraction, style_id: str) -> None:
    """Ask whether to remove a style. Raises as `Gallery.changeable` does."""
    found = await interaction.client.studio.gallery.changeable(style_id, visitor_of(interaction))
    await interaction.response.send_message(view=remove_question(found, words_of(interaction)), ephemeral=True)


async def ask_how_to_save_of(interaction: AtelierInteraction, job_id: str) -> None:
    """Ask how to save the painting of a job as a style; or, for its owner, the style picture that they sent.

    Raises `PaintingForgotten`.
    """
    job = await painting_of(interaction, job_id)
    words = words_of(interaction)
    pictures = [(words("choice-save-painting"), PAINTING)]
    if _may_save_style_of(job, interaction.user.id) and _style_of(job) is not None:
        pictures.append((words("choice-save-style"), STYLE_OF_JOB))
    form = save_form(
        f"{SAVE_OF_JOB_PREFIX}:{job_id}",
        pictures,
        name=suggested_name(job.input("content").name),
        on_server=visitor_of(interaction).server is not None,
        words=words,
    )
    await show_form(interaction, form)


class SaveForm(Form):
    """Saves a picture of a message, or one that a link leads to, as a style."""

    template = re.compile(SAVE_FORM_PATTERN)

    @classmethod
    async def submit(cls, interaction: AtelierInteraction, match: re.Match[str], filled: Filled) -> None:
        """Save it, or say why not."""
        picture = interaction.client.picture_keys.find(filled.choice("which") or match["key"])
        if picture is None:
            raise FormPictureForgotten
        await _save_filled(interaction, filled, picture)


class SaveOfJobForm(Form):
    """Saves a painting, or the style it was painted with, as a style."""

    template = re.compile(SAVE_OF_JOB_PATTERN)

    @classmethod
    async def submit(cls, interaction: AtelierInteraction, match: re.Match[str], filled: Filled) -> None:
        """Save it, or say why not."""
        job = await painting_of(interaction, match["job_id"])
        wants_style = filled.choice("which") == STYLE_OF_JOB and _may_save_style_of(job, interaction.user.id)
        source = _style_of(job) if wants_style else _painting_of(job)
        if source is None:
            raise PaintingForgotten
        await _save_filled(interaction, filled, source)


class RenameForm(Form):
    """Renames a style."""

    template = re.compile(RENAME_FORM_PATTERN)

    @classmethod
    async def submit(cls, interaction: AtelierInteraction, match: re.Match[str], filled: Filled) -> None:
        """Save the name, or say what is wrong with it."""
        await acknowledge(interaction, thinking=True, ephemeral=True)
        gallery = interaction.client.studio.gallery
        renamed = await gallery.rename(match["style_id"], filled.text("name"), visitor_of(interaction))
        await show_style(interaction, renamed)


STYLE_FORMS = (SaveForm, SaveOfJobForm, RenameForm)


async def _ask_how_to_save(interaction: AtelierInteraction, pictures: list[SentPicture]) -> None:
    """Show the form for these pictures. Its custom ID names the first of them."""
    pictures, keys = pictures[:MAX_PICTURES], interaction.client.picture_keys
    key = keys.key(pictures[0], max_length=MAX_FORM_ID_LENGTH - len(SAVE_FORM_PREFIX) - 1)
    named = [(f"{number}. {one.filename}", keys.key(one)) for number, one in enumerate(pictures, start=1)]
    form = save_form(
        f"{SAVE_FORM_PREFIX}:{key}",
        named,
        name=suggested_name(pictures[0].title or pictures[0].filename),
        on_server=visitor_of(interaction).server is not None,
        words=words_of(interaction),
    )
    await show_form(interaction, form)


async def _save_filled(interaction: AtelierInteraction, filled: Filled, picture: SentPicture | StoredPicture) -> None:
    where = filled.choice("where") or Scope.SHELF
    if where not in {Scope.SHELF, Scope.SERVER}:
        raise FormOutdated
    await _save(interaction, NewStyle(filled.text("name"), Scope(where), picture, filled.text("credits")))


async def _save(interaction: AtelierInteraction, new: NewStyle) -> None:
    """Add a style, and show it."""
    studio, visitor = interaction.client.studio, visitor_of(interaction)
    if new.scope is Scope.SERVER:  # who may paint on a server may add to its gallery
        check_server(interaction, None, studio.servers.settings_of(interaction.guild_id))
    studio.styles.check(new, visitor)
    await acknowledge(interaction, thinking=True, ephemeral=True)
    await show_style(interaction, await studio.styles.add(new, visitor), is_new=True)


def _painting_of(job: Job) -> StoredPicture | None:
    painting = job.result("painting")
    return None if painting is None else StoredPicture(painting.sha256, job.is_spoiler)


def _may_save_style_of(job: Job, member_id: int) -> bool:
    """Whether a job's style is the member's own: not if they only pressed a button below somebody else's painting."""
    return job.owner_id == member_id and job.has_owners_style


def _style_of(job: Job) -> StoredPicture | None:
    source = job.input("style")
    return None if source.sha256 is None else StoredPicture(source.sha256, source.is_spoiler)
