"""The option that names a style of the gallery: what it suggests while a member types, and what they mean by it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from discord import app_commands

from bot.commands.interaction import AtelierInteraction
from bot.errors import DatabaseAway
from bot.gallery.gallery import MAX_SUGGESTIONS, TitleOf
from bot.gallery.style import Scope, Style, Visitor
from bot.servers.rules import is_user_install_only
from bot.words import Words, words_of
from bot.words.styles import style_title
from bot.words.text import folded, shortened

MAX_CHOICE_LENGTH = 100
"""What Discord allows for the name of a suggestion."""
CHOICE_KEYS: Mapping[Scope, str] = {
    Scope.SHELF: "style-choice-shelf",
    Scope.SERVER: "style-choice-server",
    Scope.BUILT_IN: "style-choice-builtin",
}


def visitor_of(interaction: AtelierInteraction) -> Visitor:
    """The member as the gallery knows them. Where only they have installed the bot, there is no server's gallery."""
    if interaction.guild_id is None or is_user_install_only(interaction):
        return Visitor(interaction.user.id)
    return Visitor(interaction.user.id, interaction.guild_id, curates=interaction.permissions.manage_guild)


def shows_own_styles(interaction: AtelierInteraction) -> bool:
    """Whether a new answer may show the member's own styles although they named none: nobody else sees it."""
    preferences = interaction.client.studio.preferences.of(interaction.user.id)
    return preferences.private_answers or interaction.context.dm_channel


def titles_in(words: Words) -> TitleOf:
    """How styles are called in a language."""
    return partial(style_title, words=words)


async def named_style(interaction: AtelierInteraction, written: str) -> Style:
    """The style that a member chose, or whose name they wrote. Raises `StyleNotFound`."""
    gallery = interaction.client.studio.gallery
    return await gallery.resolve(written, visitor_of(interaction), titles_in(words_of(interaction)))


def listed_names(written: str | None) -> list[str]:
    """The names in a list with commas."""
    return [name.strip() for name in (written or "").split(",") if name.strip()]


def _in_list(name: str) -> str:
    """A style's name as a list can hold it: without commas, which no name is told apart by."""
    return " ".join(name.replace(",", " ").split())


async def can_choose_style(interaction: AtelierInteraction) -> bool:
    """Whether there is any style to offer to the member."""
    titles, with_own = titles_in(words_of(interaction)), shows_own_styles(interaction)
    return bool(await interaction.client.studio.gallery.sample(1, visitor_of(interaction), titles, with_own=with_own))


async def suggest_styles(interaction: AtelierInteraction, typed: str) -> list[app_commands.Choice[str]]:
    """Suggest the styles that a member can paint with."""
    return await _suggest(interaction, typed)


async def suggest_changeable_styles(interaction: AtelierInteraction, typed: str) -> list[app_commands.Choice[str]]:
    """Suggest the styles that a member may rename and remove."""
    return await _suggest(interaction, typed, keep=visitor_of(interaction).may_change)


async def suggest_style_list(interaction: AtelierInteraction, typed: str) -> list[app_commands.Choice[str]]:
    """Suggest styles for the last part of a list with commas, without those that it has already.

    Discord sends what it shows when a member types on after a choice, so every choice is the list as it is written.
    Styles with which it would be too long for Discord are left out: a name that is cut is no style's.
    """
    before, _, last = typed.rpartition(",")
    names, title_of = listed_names(before), titles_in(words_of(interaction))
    listed = {folded(name) for name in names}
    room = MAX_CHOICE_LENGTH - len(",".join([*names, ""]))
    if room <= 0:
        return []
    try:
        found = await interaction.client.studio.gallery.suggest(
            last.strip(),
            visitor_of(interaction),
            title_of,
            limit=MAX_SUGGESTIONS + len(names) * len(Scope),  # each name may be that of a style of each scope
            keep=lambda style: 0 < len(_in_list(title_of(style))) <= room,
        )
    except DatabaseAway:
        return []
    added = [style for style in found if listed.isdisjoint(map(folded, (title_of(style), style.name)))]
    lists = [_joined([*names, name]) for name in dict.fromkeys(_in_list(title_of(style)) for style in added)]
    return [app_commands.Choice(name=written, value=written) for written in lists[:MAX_SUGGESTIONS]]


def _joined(names: list[str]) -> str:
    """A list that can be sent, with spaces if there is room for them."""
    spaced = ", ".join(names)
    return spaced if len(spaced) <= MAX_CHOICE_LENGTH else ",".join(names)


async def _suggest(
    interaction: AtelierInteraction, typed: str, *, keep: Callable[[Style], bool] = lambda _: True
) -> list[app_commands.Choice[str]]:
    words, gallery = words_of(interaction), interaction.client.studio.gallery
    try:
        found = await gallery.suggest(typed, visitor_of(interaction), titles_in(words), keep=keep)
    except DatabaseAway:  # which is logged already, and said when the command is sent
        return []
    return [_choice(style, words) for style in found]


def _choice(style: Style, words: Words) -> app_commands.Choice[str]:
    name = words(CHOICE_KEYS[style.scope], name=style_title(style, words))
    return app_commands.Choice(name=shortened(name, MAX_CHOICE_LENGTH), value=style.style_id)
