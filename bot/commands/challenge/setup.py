"""Handles presses on the card of a draft. All they need is in the custom IDs, so the card works after a restart."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import discord

from bot.cards.challenge.setup import (
    ACTION_PATTERN,
    ANY,
    MENU_PATTERN,
    ON,
    PICK_PATTERN,
    Action,
    Menu,
    Page,
    Pick,
    announced_card,
    discarded_card,
)
from bot.cards.challenge.setup_forms import (
    CONTENT_FORM_PATTERN,
    MAX_MENU_STYLES,
    STYLE_FORM_PATTERN,
    THEMES_FORM_PATTERN,
    fixed_content_form,
    fixed_style_form,
    style_form_id,
    themes_form,
    themes_form_id,
)
from bot.challenges.challenge import (
    MAX_ENTRIES_PER_MEMBER,
    MAX_VOTES_PER_MEMBER,
    Challenge,
    Ties,
    Voting,
)
from bot.challenges.fixed import FixedRole
from bot.challenges.series import read_themes
from bot.commands.answers import acknowledge
from bot.commands.cards import show_card
from bot.commands.challenge.create import show_texts_form
from bot.commands.challenge.retry import offering_again
from bot.commands.challenge.rights import check_organizer
from bot.commands.challenge.setup_card import check_announceable, show_setup
from bot.commands.challenge.venue import check_voter_role, check_winner_role
from bot.commands.controls import Control
from bot.commands.forms import Filled, Form, show_form
from bot.commands.interaction import AtelierInteraction
from bot.commands.style_option import named_style, titles_in, visitor_of
from bot.errors import ButtonOutdated, NoUpload, OneStyleNeeded
from bot.words import words_of
from stylizer.recipe import recipe_names

MAX_ACCOUNT_DAYS = 3650
MORE_MENUS = {Menu.REVIEW, Menu.TIES, Menu.ACCOUNT, Menu.PLACES}
"""The menus of the second page."""


class SetupMenu(Control, template=MENU_PATTERN):
    """Changes a rule."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        menu = Menu(self._match["menu"])
        [chosen] = self.item.values
        check_organizer(interaction, None)
        await acknowledge(interaction)
        draft = await _draft(interaction, self._match)
        await interaction.client.studio.setup.drafts.change(draft.challenge_id, **_rule(menu, chosen))
        await _show_changed(interaction, self._match, Page.MORE if menu in MORE_MENUS else Page.MAIN)


class SetupPick(Control, template=PICK_PATTERN):
    """Changes the channel, or the role of voters or winners."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        pick = Pick(self._match["pick"])
        picked = next(iter(self.item.values), None)
        check_organizer(interaction, None)
        if pick is Pick.WINNERS and isinstance(picked, discord.Role):
            check_winner_role(interaction, picked)
        if pick is Pick.VOTERS and isinstance(picked, discord.Role):
            check_voter_role(picked)
        await acknowledge(interaction)
        draft = await _draft(interaction, self._match)
        picked_id = None if picked is None or picked.id == draft.guild_id else picked.id  # @everyone has the server's
        columns = {Pick.CHANNEL: "channel_id", Pick.VOTERS: "voter_role_id", Pick.WINNERS: "winner_role_id"}
        await interaction.client.studio.setup.drafts.change(draft.challenge_id, **{columns[pick]: picked_id})
        await _show_changed(interaction, self._match, Page.MAIN if pick is Pick.CHANNEL else Page.MORE)


class SetupButton(Control, template=ACTION_PATTERN):
    """Opens a form, turns the page, announces the challenge or deletes its draft."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        check_organizer(interaction, None)
        await _REACTIONS[Action(self._match["action"])](interaction, self._match)


class ThemesForm(Form):
    """Lets a challenge come again every week with these themes."""

    template = re.compile(THEMES_FORM_PATTERN)

    @classmethod
    async def submit(cls, interaction: AtelierInteraction, match: re.Match[str], filled: Filled) -> None:
        """Save them, or say what is wrong, and offer to open the form again."""
        check_organizer(interaction, None)
        await acknowledge(interaction)
        texts = {"themes": filled.text("themes")}
        form_id, is_again = themes_form_id(match["challenge_id"]), match["again"] is not None
        async with offering_again(interaction, form_id, texts, is_again=is_again):
            themes = read_themes(texts["themes"])
            draft = await _draft(interaction, match)
            await interaction.client.studio.setup.drafts.repeat(draft, themes)
            await _show_changed(interaction, match, Page.MORE)


class StyleForm(Form):
    """Fixes the style of all entries."""

    template = re.compile(STYLE_FORM_PATTERN)

    @classmethod
    async def submit(cls, interaction: AtelierInteraction, match: re.Match[str], filled: Filled) -> None:
        """Fix it, or say what is wrong, and offer to open the form again."""
        check_organizer(interaction, None)
        await acknowledge(interaction)
        studio, name, picture = interaction.client.studio, filled.text("name").strip(), filled.picture("picture")
        chosen = filled.choice("style")
        form_id, is_again = style_form_id(match["challenge_id"]), match["again"] is not None
        async with offering_again(interaction, form_id, {"name": name}, is_again=is_again):
            if sum(map(bool, (chosen, name, picture))) != 1:
                raise OneStyleNeeded
            draft = await _draft(interaction, match)
            if picture is not None:
                await studio.setup.fixed.upload(draft.challenge_id, "style", picture)
            else:
                style = await named_style(interaction, chosen or name)
                await studio.setup.fixed.take_style(draft.challenge_id, style, locale=draft.locale)
            await _show_changed(interaction, match, Page.MAIN)


class ContentForm(Form):
    """Fixes the content picture of all entries."""

    template = re.compile(CONTENT_FORM_PATTERN)

    @classmethod
    async def submit(cls, interaction: AtelierInteraction, match: re.Match[str], filled: Filled) -> None:
        """Fix it, or say what is wrong with it. There is nothing to fill in again."""
        check_organizer(interaction, None)
        picture = filled.picture("picture")
        if picture is None:
            raise NoUpload
        await acknowledge(interaction)
        draft = await _draft(interaction, match)
        await interaction.client.studio.setup.fixed.upload(draft.challenge_id, "content", picture)
        await _show_changed(interaction, match, Page.MAIN)


async def _draft(interaction: AtelierInteraction, match: re.Match[str]) -> Challenge:
    """The draft that a control is about. Raises `DraftGone`."""
    return await interaction.client.studio.setup.drafts.get(match["challenge_id"], guild_id=interaction.guild_id)


async def _show_changed(interaction: AtelierInteraction, match: re.Match[str], page: Page) -> None:
    await show_setup(interaction, await _draft(interaction, match), page)


async def _ask_for_style(interaction: AtelierInteraction, match: re.Match[str]) -> None:
    words, gallery = words_of(interaction), interaction.client.studio.gallery
    styles = await gallery.suggest("", visitor_of(interaction), titles_in(words), limit=MAX_MENU_STYLES)
    await show_form(interaction, fixed_style_form(style_form_id(match["challenge_id"]), {}, styles, words))


async def _ask_for_content(interaction: AtelierInteraction, match: re.Match[str]) -> None:
    await show_form(interaction, fixed_content_form(match["challenge_id"], words_of(interaction)))


async def _free(interaction: AtelierInteraction, match: re.Match[str], *, role: FixedRole) -> None:
    """Leave a picture to the members."""
    await acknowledge(interaction)
    draft = await _draft(interaction, match)
    await interaction.client.studio.setup.fixed.remove(draft.challenge_id, role)
    await _show_changed(interaction, match, Page.MAIN)


async def _ask_for_texts(interaction: AtelierInteraction, match: re.Match[str]) -> None:
    await show_texts_form(interaction, await _draft(interaction, match))


async def _ask_for_themes(interaction: AtelierInteraction, match: re.Match[str]) -> None:
    draft = await _draft(interaction, match)
    weekly = interaction.client.studio.setup.weekly
    series = None if draft.series_id is None else await weekly.get(draft.series_id)
    texts = {} if series is None else {"themes": "\n".join(series.themes)}
    await show_form(interaction, themes_form(themes_form_id(draft.challenge_id), texts, words_of(interaction)))


async def _repeat_once(interaction: AtelierInteraction, match: re.Match[str]) -> None:
    await acknowledge(interaction)
    await interaction.client.studio.setup.drafts.repeat(await _draft(interaction, match), ())
    await _show_changed(interaction, match, Page.MORE)


async def _turn(interaction: AtelierInteraction, match: re.Match[str], *, page: Page) -> None:
    await acknowledge(interaction)
    await _show_changed(interaction, match, page)


async def _announce(interaction: AtelierInteraction, match: re.Match[str]) -> None:
    """Announce the challenge as it is now, whatever the card still shows."""
    await acknowledge(interaction)
    studio, draft = interaction.client.studio, await _draft(interaction, match)
    check_announceable(interaction, draft)
    announced = await studio.setup.drafts.announce(draft)
    await show_card(interaction, announced_card(announced, words_of(interaction)))


async def _discard(interaction: AtelierInteraction, match: re.Match[str]) -> None:
    await acknowledge(interaction)
    draft = await _draft(interaction, match)
    await interaction.client.studio.setup.drafts.discard(draft.challenge_id)
    await show_card(interaction, discarded_card(draft, words_of(interaction)))


_REACTIONS: dict[Action, Callable[[AtelierInteraction, re.Match[str]], Awaitable[None]]] = {
    Action.STYLE: _ask_for_style,
    Action.CONTENT: _ask_for_content,
    Action.NO_STYLE: partial(_free, role="style"),
    Action.NO_CONTENT: partial(_free, role="content"),
    Action.TEXTS: _ask_for_texts,
    Action.WEEKLY: _ask_for_themes,
    Action.ONCE: _repeat_once,
    Action.MORE: partial(_turn, page=Page.MORE),
    Action.BACK: partial(_turn, page=Page.MAIN),
    Action.ANNOUNCE: _announce,
    Action.DISCARD: _discard,
}


def _rule(menu: Menu, chosen: str) -> dict[str, Any]:
    """A menu's choice as a change of a draft's columns. Raises `ButtonOutdated` for one that no current menu offers."""
    rule: dict[str, Any]
    match menu:
        case Menu.RECIPE if chosen == ANY or chosen in recipe_names():
            rule = {"recipe_name": None if chosen == ANY else chosen}
        case Menu.ENTRIES:
            rule = {"entries_per_member": _number(chosen, 1, MAX_ENTRIES_PER_MEMBER)}
        case Menu.VOTING if chosen in set(Voting):
            rule = {"voting": chosen}
        case Menu.VOTES:
            rule = {"votes_per_member": _number(chosen, 1, MAX_VOTES_PER_MEMBER)}
        case Menu.REVIEW:
            rule = {"is_reviewed": chosen == ON}
        case Menu.TIES if chosen in set(Ties):
            rule = {"ties": chosen}
        case Menu.ACCOUNT:
            rule = {"min_account_days": _number(chosen, 0, MAX_ACCOUNT_DAYS)}
        case Menu.PLACES:
            rule = {"tells_places": chosen == ON}
        case _:
            raise ButtonOutdated
    return rule


def _number(written: str, lowest: int, highest: int) -> int:
    if not re.fullmatch("[0-9]{1,4}", written) or not lowest <= int(written) <= highest:
        raise ButtonOutdated
    return int(written)


SETUP_CONTROLS = (SetupMenu, SetupPick, SetupButton)
SETUP_FORMS = (ThemesForm, StyleForm, ContentForm)
