"""The gallery on Discord: pages of styles, one style, and the question before one is removed.

The custom IDs here hold all a press needs; `bot/commands/style_buttons.py` handles the presses.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import discord
from discord.utils import escape_markdown, escape_mentions

from bot.cards.buttons import back_out_button, button
from bot.cards.card import ACCENT, DANGER, DONE, MAX_OPTION_LENGTH, Item, layout, note, picture
from bot.gallery.gallery import Page
from bot.gallery.style import STYLE_ID_PATTERN, Scope, Style
from bot.messages.card import Card, CardFile
from bot.words import Words
from bot.words.styles import style_title
from bot.words.text import shortened
from bot.words.values import Escaped

PAGE_SIZE = 8
"""Discord allows 40 components on a card, and ten files in a message."""
PREFIX = "atelier:styles"
SCOPE_ID = f"{PREFIX}:scope"
SHOW_ID = f"{PREFIX}:show"
KEEP_ID = f"{PREFIX}:keep"
PAGE_PATTERN = f"{PREFIX}:page:(?P<scope>{'|'.join(Scope)}):(?P<number>[0-9]{{1,6}})"
_STYLE = f"(?P<style_id>{STYLE_ID_PATTERN})"
RENAME_PATTERN = f"{PREFIX}:rename:{_STYLE}"
REMOVE_PATTERN = f"{PREFIX}:remove:{_STYLE}"
CONFIRM_REMOVE_PATTERN = f"{PREFIX}:remove-yes:{_STYLE}"

SCOPE_KEYS: Mapping[Scope, str] = {
    Scope.SHELF: "styles-scope-shelf",
    Scope.SERVER: "styles-scope-server",
    Scope.BUILT_IN: "styles-scope-builtin",
}
EMPTY_KEYS: Mapping[Scope, str] = {
    Scope.SHELF: "styles-empty-shelf",
    Scope.SERVER: "styles-empty-server",
    Scope.BUILT_IN: "styles-empty-builtin",
}


def list_card(page: Page, thumbnails: Mapping[str, bytes], *, on_server: bool, words: Words) -> Card:
    """A page of styles. `thumbnails` are their pictures by ID, as far as there are any."""
    scope, count = words(SCOPE_KEYS[page.scope]), words("styles-count", count=page.total)
    head = f"{words('styles-title')}\n-# {scope} · {count}"
    files = {style.style_id: _file(style, jpeg) for style in page.styles if (jpeg := thumbnails.get(style.style_id))}
    items: list[Item] = [discord.ui.TextDisplay(head)]
    items += [_row(style, files.get(style.style_id), words) for style in page.styles]
    if not page.styles:
        items.append(discord.ui.TextDisplay(words(EMPTY_KEYS[page.scope])))
    if page.pages > 1:
        items.append(_pages(page, words))
    if page.styles:
        items.append(discord.ui.ActionRow(_show_select(page, words)))
    items.append(discord.ui.ActionRow(_scope_select(page.scope, on_server=on_server, words=words)))
    return Card(layout(*items, accent=ACCENT), tuple(files.values()))


def style_card(style: Style, thumbnail: bytes | None, *, may_change: bool, is_new: bool = False, words: Words) -> Card:
    """One style, with buttons that change it for those who may."""
    title = style_title(style, words)
    lines = [f"### {_escaped(title)}", *_details(style, words)]
    lines.append(f"-# {words('styles-use', name=Escaped(title))}")
    if is_new:
        lines.insert(0, words("styles-saved", scope=words(SCOPE_KEYS[style.scope])))
    items: list[Item] = [discord.ui.TextDisplay("\n".join(lines))]
    file = None if thumbnail is None else _file(style, thumbnail)
    if file is not None:
        items.append(picture(file, alt=words("alt-style", name=escape_mentions(title))))
    if may_change:
        rename = button(f"{PREFIX}:rename:{style.style_id}", words("button-rename"))
        remove = button(f"{PREFIX}:remove:{style.style_id}", words("button-remove"), style=discord.ButtonStyle.danger)
        items.append(discord.ui.ActionRow(rename, remove))
    return Card(layout(*items, accent=DONE if is_new else ACCENT), () if file is None else (file,))


def remove_question(style: Style, words: Words) -> discord.ui.LayoutView:
    """Ask whether to remove a style."""
    custom_id = f"{PREFIX}:remove-yes:{style.style_id}"
    remove = button(custom_id, words("button-remove"), style=discord.ButtonStyle.danger)
    key = "styles-remove-question-server" if style.scope is Scope.SERVER else "styles-remove-question"
    return layout(
        discord.ui.TextDisplay(words(key, name=Escaped(style.name))),
        discord.ui.ActionRow(remove, back_out_button(KEEP_ID, words)),
        accent=DANGER,
    )


def removed_card(style: Style, words: Words) -> discord.ui.LayoutView:
    """Say that a style is removed."""
    return note(words("styles-removed", name=Escaped(style.name)))


def style_kept_card(words: Words) -> discord.ui.LayoutView:
    """Say that the style stays."""
    return note(words("styles-kept"))


def _row(style: Style, file: CardFile | None, words: Words) -> Item:
    title = style_title(style, words)
    text = "\n".join([f"**{_escaped(title)}**", *_details(style, words)])
    if file is None:
        return discord.ui.TextDisplay(text)
    alt = words("alt-style", name=escape_mentions(title))
    small = discord.ui.Thumbnail[discord.ui.LayoutView](file.uri, description=alt, spoiler=file.is_spoiler)
    return discord.ui.Section(text, accessory=small)


def _details(style: Style, words: Words) -> list[str]:
    lines = [] if style.credits is None else [f"-# {_escaped(style.credits)}"]
    parts = []
    if style.owner_id is not None and style.scope is Scope.SERVER:
        parts.append(words("styles-owner", owner_id=style.owner_id))
    if style.owner_id is not None and style.uses:
        parts.append(words("styles-uses", count=style.uses))
    return [*lines, *([f"-# {' · '.join(parts)}"] if parts else [])]


def _pages(page: Page, words: Words) -> Item:
    """The buttons that turn pages, and between them which page this is."""
    numbers = (page.number - 1, page.number + 1)
    back, forward = (
        discord.ui.Button[discord.ui.LayoutView](
            label=label,
            custom_id=f"{PREFIX}:page:{page.scope}:{max(number, 0)}",
            disabled=not 0 <= number < page.pages,
        )
        for number, label in zip(numbers, (words("button-previous"), words("button-next")), strict=True)
    )
    here = discord.ui.Button[discord.ui.LayoutView](
        label=words("styles-page", page=page.number + 1, pages=page.pages), custom_id=f"{PREFIX}:here", disabled=True
    )
    return discord.ui.ActionRow(back, here, forward)


def _show_select(page: Page, words: Words) -> Item:
    options = [
        discord.SelectOption(label=shortened(style_title(style, words), MAX_OPTION_LENGTH), value=style.style_id)
        for style in page.styles
    ]
    return discord.ui.Select[Any](custom_id=SHOW_ID, placeholder=words("select-style"), options=options)


def _scope_select(chosen: Scope, *, on_server: bool, words: Words) -> Item:
    options = [
        discord.SelectOption(label=words(SCOPE_KEYS[scope]), value=scope, default=scope is chosen)
        for scope in Scope
        if on_server or scope is not Scope.SERVER
    ]
    return discord.ui.Select[Any](custom_id=SCOPE_ID, options=options)


def _file(style: Style, jpeg: bytes) -> CardFile:
    return CardFile.of(f"{style.style_id}.jpg", jpeg, is_spoiler=style.is_spoiler)


def _escaped(text: str) -> str:
    return escape_mentions(escape_markdown(text))
