"""The card from which an organizer sets up a challenge: two pages of rules, and the buttons that announce it.

The custom IDs here hold all a press needs; `bot/commands/challenge/setup.py` handles the presses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import discord
from discord.utils import escape_mentions, format_dt

from bot.cards.buttons import button
from bot.cards.card import ACCENT, DONE, MAX_OPTION_LENGTH, Item, layout, note
from bot.cards.challenge.buttons import CHALLENGE, PREFIX
from bot.challenges.challenge import (
    MAX_ENTRIES_PER_MEMBER,
    MAX_VOTES_PER_MEMBER,
    Challenge,
    Ties,
    Voting,
)
from bot.challenges.fixed import FixedRole
from bot.clock.zones import zone_name
from bot.messages.card import Card, CardFile
from bot.words import Words
from bot.words.recipes import RecipeTitle
from bot.words.text import shortened
from bot.words.values import Escaped
from stylizer.recipe import load_recipe, recipe_names

ANY = "any"
"""The choice that leaves it to the members."""
ON, OFF = "on", "off"
ACCOUNT_DAYS = (0, 1, 7, 30, 90)


class Page(StrEnum):
    """A page of the card."""

    MAIN = "main"
    MORE = "more"


class Menu(StrEnum):
    """What a menu of choices changes."""

    RECIPE = "recipe"
    ENTRIES = "entries"
    VOTING = "voting"
    VOTES = "votes"
    REVIEW = "review"
    TIES = "ties"
    ACCOUNT = "account"
    PLACES = "places"


class Pick(StrEnum):
    """What a menu of the server's channels or roles changes."""

    CHANNEL = "channel"
    VOTERS = "voters"
    WINNERS = "winners"


class Action(StrEnum):
    """What a button does."""

    STYLE = "fix-style"
    CONTENT = "fix-content"
    NO_STYLE = "free-style"
    NO_CONTENT = "free-content"
    TEXTS = "edit"
    WEEKLY = "weekly"
    ONCE = "once"
    MORE = "more"
    BACK = "back"
    ANNOUNCE = "announce"
    DISCARD = "discard"


_SETUP = f"{PREFIX}:setup"
MENU_PATTERN = f"{_SETUP}:(?P<menu>{'|'.join(Menu)}):{CHALLENGE}"
PICK_PATTERN = f"{_SETUP}:(?P<pick>{'|'.join(Pick)}):{CHALLENGE}"
ACTION_PATTERN = f"{_SETUP}:(?P<action>{'|'.join(Action)}):{CHALLENGE}"

ACTION_KEYS: Mapping[Action, str] = {
    Action.STYLE: "button-fix-style",
    Action.CONTENT: "button-fix-content",
    Action.NO_STYLE: "button-free-style",
    Action.NO_CONTENT: "button-free-content",
    Action.TEXTS: "button-edit-challenge",
    Action.WEEKLY: "button-weekly",
    Action.ONCE: "button-once",
    Action.MORE: "button-more-rules",
    Action.BACK: "button-main-rules",
    Action.ANNOUNCE: "button-announce",
    Action.DISCARD: "button-discard-draft",
}
VOTING_KEYS: Mapping[Voting, str] = {
    Voting.DUELS: "choice-voting-duels",
    Voting.FAVORITES: "choice-voting-favorites",
}
TIES_KEYS: Mapping[Ties, str] = {Ties.SHARED: "choice-ties-shared", Ties.DECIDED: "choice-ties-decided"}
REVIEW_KEYS: Mapping[bool, str] = {False: "choice-review-off", True: "choice-review-on"}
PLACES_KEYS: Mapping[bool, str] = {True: "choice-places-on", False: "choice-places-off"}
FIXED_KEYS: Mapping[FixedRole, str] = {"style": "setup-style", "content": "setup-content"}
FREE_KEYS: Mapping[FixedRole, str] = {"style": "setup-style-free", "content": "setup-content-free"}

CHANNEL_TYPES = [discord.ChannelType.text, discord.ChannelType.news, discord.ChannelType.forum]
"""Where a challenge can be announced: where its entries can have a thread."""


@dataclass(frozen=True, slots=True)
class Setup:
    """A draft, and what else its card shows."""

    draft: Challenge
    guild: discord.Guild
    themes: Sequence[str] = ()
    """Of the weeks that follow; none if it doesn't repeat."""
    thumbnails: Mapping[FixedRole, bytes] = field(default_factory=dict)
    problems: Sequence[str] = ()
    """Sentences that say what keeps it from being announced."""


def setup_card(setup: Setup, page: Page, words: Words) -> Card:
    """A page of a draft's card."""
    if page is Page.MORE:
        return Card(layout(*_more(setup, words), accent=ACCENT))
    files = {
        role: CardFile.of(f"{role}.jpg", jpeg, is_spoiler=picture.is_spoiler)
        for role, jpeg in setup.thumbnails.items()
        if (picture := setup.draft.fixed_picture(role)) is not None
    }
    return Card(layout(*_main(setup, files, words), accent=ACCENT), tuple(files.values()))


def announced_card(challenge: Challenge, words: Words) -> Card:
    """Say that a challenge is announced."""
    said = words("setup-announced", title=Escaped(challenge.title), channel_id=challenge.channel_id)
    return Card(note(said, accent=DONE))


def discarded_card(draft: Challenge, words: Words) -> Card:
    """Say that a draft is deleted."""
    return Card(note(words("setup-discarded", title=Escaped(draft.title))))


def timestamp(moment: datetime) -> str:
    """When that is, in the reader's time zone, and how far away."""
    return f"{format_dt(moment, 'F')} ({format_dt(moment, 'R')})"


def _main(setup: Setup, files: Mapping[FixedRole, CardFile], words: Words) -> list[Item]:
    draft = setup.draft
    items: list[Item] = [discord.ui.TextDisplay(_texts(setup, words))]
    items += [_fixed(draft, role, files.get(role), words) for role in FIXED_KEYS]
    fixed = {picture.role for picture in draft.fixed}
    buttons = [Action.STYLE, Action.CONTENT]
    buttons += [Action.NO_STYLE] * ("style" in fixed) + [Action.NO_CONTENT] * ("content" in fixed)
    items.append(discord.ui.ActionRow(*(_button(action, draft, words) for action in buttons)))
    items += [_menu(Menu.RECIPE, draft, _recipes(draft, words)), _menu(Menu.ENTRIES, draft, _entries(draft, words))]
    items.append(_menu(Menu.VOTING, draft, _options(VOTING_KEYS, draft.voting, words)))
    if draft.voting is Voting.FAVORITES:
        items.append(_menu(Menu.VOTES, draft, _votes(draft, words)))
    items.append(discord.ui.TextDisplay(words("setup-channel", channel_id=draft.channel_id)))
    items.append(discord.ui.ActionRow(_channels(setup, words)))
    if setup.problems:
        items.append(discord.ui.TextDisplay("\n".join(f"⚠️ {problem}" for problem in setup.problems)))
    items.append(
        discord.ui.ActionRow(
            *(_button(action, draft, words) for action in (Action.ANNOUNCE, Action.TEXTS, Action.MORE, Action.DISCARD))
        )
    )
    return items


def _more(setup: Setup, words: Words) -> list[Item]:
    draft, guild = setup.draft, setup.guild
    repeats = words("setup-repeats", count=len(setup.themes)) if setup.themes else words("setup-repeats-once")
    weekly = [Action.WEEKLY] + [Action.ONCE] * bool(setup.themes)
    review = {ON if is_on else OFF: words(key) for is_on, key in REVIEW_KEYS.items()}
    places = {ON if is_on else OFF: words(key) for is_on, key in PLACES_KEYS.items()}
    return [
        discord.ui.TextDisplay(words("setup-more-title", title=Escaped(draft.title))),
        _menu(Menu.REVIEW, draft, _selects(review, ON if draft.is_reviewed else OFF)),
        _menu(Menu.TIES, draft, _options(TIES_KEYS, draft.ties, words)),
        _menu(Menu.PLACES, draft, _selects(places, ON if draft.tells_places else OFF)),
        _menu(Menu.ACCOUNT, draft, account_options(draft.min_account_days, words)),
        discord.ui.TextDisplay(role_line("voters", draft.voter_role_id, guild, words)),
        discord.ui.ActionRow(role_select(_id(Pick.VOTERS, draft), draft.voter_role_id, guild, words)),
        discord.ui.TextDisplay(role_line("winners", draft.winner_role_id, guild, words)),
        discord.ui.ActionRow(role_select(_id(Pick.WINNERS, draft), draft.winner_role_id, guild, words)),
        discord.ui.TextDisplay(repeats),
        discord.ui.ActionRow(*(_button(action, draft, words) for action in weekly)),
        discord.ui.ActionRow(_button(Action.BACK, draft, words)),
    ]


def account_options(chosen_days: int, words: Words) -> list[discord.SelectOption]:
    """How old the accounts of voters have to be."""
    return [
        discord.SelectOption(
            label=words("choice-account-days", count=days) if days else words("choice-account-any"),
            value=str(days),
            default=days == chosen_days,
        )
        for days in sorted({*ACCOUNT_DAYS, chosen_days})
    ]


def role_line(of: str, role_id: int | None, guild: discord.Guild, words: Words) -> str:
    """Which role voters need, or winners get."""
    role = None if role_id is None else guild.get_role(role_id)
    if of == "voters":
        return words("setup-voters-any") if role is None else words("setup-voters", role_id=role.id)
    return words("setup-winners-none") if role is None else words("setup-winners", role_id=role.id)


def role_select(custom_id: str, role_id: int | None, guild: discord.Guild, words: Words) -> Item:
    """A menu of one role or none."""
    role = None if role_id is None else guild.get_role(role_id)
    return discord.ui.RoleSelect[Any](
        custom_id=custom_id,
        placeholder=words("select-role"),
        min_values=0,
        max_values=1,
        default_values=[] if role is None else [role],  # Discord refuses a menu that shows something deleted
    )


def _texts(setup: Setup, words: Words) -> str:
    draft = setup.draft
    at_once = draft.opens_when_announced
    return "\n".join(
        (
            f"## {Escaped(draft.title).in_words(words)}",
            Escaped(draft.theme).in_words(words),
            "",
            words("setup-opens", time=words("setup-at-once") if at_once else timestamp(draft.opens_at)),
            words("setup-closes", time=timestamp(draft.closes_at)),
            words("setup-ends", time=timestamp(draft.ends_at)),
            f"-# {words('setup-to-confirm', zone=zone_name(ZoneInfo(draft.zone)))}",
        )
    )


def _fixed(draft: Challenge, role: FixedRole, file: CardFile | None, words: Words) -> Item:
    picture = draft.fixed_picture(role)
    if picture is None:
        return discord.ui.TextDisplay(words(FREE_KEYS[role]))
    text = words(FIXED_KEYS[role], name=Escaped(picture.name or words("setup-unnamed")))
    if file is None:
        return discord.ui.TextDisplay(text)
    alt = escape_mentions(shortened(picture.name or words("setup-unnamed"), MAX_OPTION_LENGTH))
    small = discord.ui.Thumbnail[discord.ui.LayoutView](file.uri, description=alt, spoiler=file.is_spoiler)
    return discord.ui.Section(text, accessory=small)


def _recipes(draft: Challenge, words: Words) -> list[discord.SelectOption]:
    titles = {name: RecipeTitle(load_recipe(name)).in_words(words) for name in recipe_names()}
    choices = {name: words("choice-recipe-fixed", recipe=title) for name, title in titles.items()}
    return _selects({ANY: words("choice-recipe-any"), **choices}, draft.recipe_name or ANY)


def _entries(draft: Challenge, words: Words) -> list[discord.SelectOption]:
    choices = {str(count): words("choice-entries", count=count) for count in range(1, MAX_ENTRIES_PER_MEMBER + 1)}
    return _selects(choices, str(draft.entries_per_member))


def _votes(draft: Challenge, words: Words) -> list[discord.SelectOption]:
    choices = {str(count): words("choice-votes", count=count) for count in range(1, MAX_VOTES_PER_MEMBER + 1)}
    return _selects(choices, str(draft.votes_per_member))


def _options(keys: Mapping[Any, str], chosen: StrEnum, words: Words) -> list[discord.SelectOption]:
    return _selects({choice.value: words(key) for choice, key in keys.items()}, chosen.value)


def _selects(choices: Mapping[str, str], chosen: str) -> list[discord.SelectOption]:
    return [
        discord.SelectOption(label=shortened(label, MAX_OPTION_LENGTH), value=value, default=value == chosen)
        for value, label in choices.items()
    ]


def _menu(menu: Menu, draft: Challenge, options: list[discord.SelectOption]) -> Item:
    return discord.ui.ActionRow(discord.ui.Select[Any](custom_id=_id(menu, draft), options=options))


def _channels(setup: Setup, words: Words) -> Item:
    channel = setup.guild.get_channel(setup.draft.channel_id)
    return discord.ui.ChannelSelect[Any](
        custom_id=_id(Pick.CHANNEL, setup.draft),
        channel_types=CHANNEL_TYPES,
        placeholder=words("select-challenge-channel"),
        default_values=[channel] if channel is not None and channel.type in CHANNEL_TYPES else [],
    )


def _button(action: Action, draft: Challenge, words: Words) -> Item:
    match action:
        case Action.ANNOUNCE:
            style = discord.ButtonStyle.success
        case Action.DISCARD:
            style = discord.ButtonStyle.danger
        case _:
            style = discord.ButtonStyle.secondary
    return button(_id(action, draft), words(ACTION_KEYS[action]), style=style)


def _id(what: StrEnum, draft: Challenge) -> str:
    return f"{_SETUP}:{what}:{draft.challenge_id}"
