"""`/challenge create`: the form of a challenge's texts and times, whose answer is the card of the draft."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Self
from zoneinfo import ZoneInfo

import discord
from discord import app_commands

from bot.cards.challenge.setup import Page
from bot.cards.challenge.setup_forms import TEXTS_FORM_PATTERN, Purpose, texts_form, texts_form_id
from bot.challenges.challenge import DEFAULT_ACCOUNT_DAYS, MAX_THEME_LENGTH, MAX_TITLE_LENGTH, Challenge, Phase
from bot.challenges.recurrence import next_possible, on_the_wall
from bot.challenges.times import MIN_WINDOW_MINUTES, ChallengeTimes, parse_time
from bot.clock.zones import zone_name
from bot.commands.answers import acknowledge, answering
from bot.commands.challenge.option import MAX_SUGGESTIONS, choices, meant_by
from bot.commands.challenge.retry import offering_again
from bot.commands.challenge.rights import check_organizer
from bot.commands.challenge.setup_card import show_setup
from bot.commands.challenge.venue import check_winner_role
from bot.commands.forms import Filled, Form, show_form
from bot.commands.interaction import AtelierInteraction
from bot.errors import (
    ChallengeNotFound,
    ChallengeTextMissing,
    ChallengeTimePassed,
    DatabaseAway,
    DraftGone,
    RoleForWinners,
    TimePassed,
)
from bot.errors.challenges import ChallengePhase
from bot.servers.zone import zone_of
from bot.words import ENGLISH, localized, words_of
from bot.words.interaction import locale_of
from bot.words.text import folded, shortened
from stylizer.recipe import recipe_names

FIELDS = ("title", "theme", "opens", "closes", "ends")
WRITTEN_TIME = "%Y-%m-%d %H:%M"
"""How the form shows a time: every language understands that."""
MAX_SEARCHED = 500
"""How many of a server's challenges are looked through for a title."""


async def suggest_earlier(interaction: AtelierInteraction, typed: str) -> list[app_commands.Choice[str]]:
    """Suggest the last challenge, then the member's drafts and other challenges of the server."""
    guild_id, words, studio = interaction.guild_id, words_of(interaction), interaction.client.studio
    if guild_id is None:
        return []
    try:
        drafts = await studio.setup.drafts.of_organizer(interaction.user.id, guild_id=guild_id)
        earlier = await studio.challenges.of_guild(
            guild_id, phases=set(Phase) - {Phase.DRAFT}, limit=2 * MAX_SUGGESTIONS
        )
    except DatabaseAway:  # which is logged already, and said when the command is sent
        return []
    named = [(words("choice-last-time", title=one.title), one) for one in earlier[:1]]
    named += [(words("choice-draft", title=one.title), one) for one in drafts]
    named += [(one.title, one) for one in earlier[1:]]
    return choices([(name, one) for name, one in named if folded(typed) in folded(name)][:MAX_SUGGESTIONS])


@app_commands.command(name="create", description=localized("command-challenge-create"))
@app_commands.describe(like=localized("option-challenge-like"))
@app_commands.autocomplete(like=suggest_earlier)
async def create(interaction: AtelierInteraction, like: str | None = None) -> None:
    """Show the form of a new challenge, filled in like an earlier one if one is named; or a draft of the member."""
    async with answering(interaction):
        check_organizer(interaction, None)
        words = words_of(interaction)
        if like is None:
            zone = _zone(interaction)
            texts = {"opens": words("setup-now")}
            form = texts_form(texts_form_id(Purpose.NEW), texts, zone=zone_name(zone), words=words)
            await show_form(interaction, form)
            return
        earlier = await _named(interaction, like)
        if earlier.phase is Phase.DRAFT:
            await acknowledge(interaction, thinking=True, ephemeral=True)
            await show_setup(interaction, earlier, Page.MAIN)
            return
        form_id = texts_form_id(Purpose.LIKE, earlier.challenge_id)
        now = interaction.client.studio.setup.now()
        form = texts_form(form_id, _texts_like(earlier, now), zone=zone_name(ZoneInfo(earlier.zone)), words=words)
        await show_form(interaction, form)


async def show_texts_form(interaction: AtelierInteraction, draft: Challenge) -> None:
    """Show the form of a draft's texts and times, filled in with what they are."""
    words = words_of(interaction)
    opens, closes, ends = (
        _written(at, ZoneInfo(draft.zone)) for at in (draft.opens_at, draft.closes_at, draft.ends_at)
    )
    if draft.opens_when_announced:
        opens = words("setup-now")
    texts = {"title": draft.title, "theme": draft.theme, "opens": opens, "closes": closes, "ends": ends}
    form_id = texts_form_id(Purpose.EDIT, draft.challenge_id)
    await show_form(interaction, texts_form(form_id, texts, zone=zone_name(ZoneInfo(draft.zone)), words=words))


class TextsForm(Form):
    """Saves a new draft, or the changed texts and times of one, and shows its card."""

    template = re.compile(TEXTS_FORM_PATTERN)

    @classmethod
    async def submit(cls, interaction: AtelierInteraction, match: re.Match[str], filled: Filled) -> None:
        """Save it, or say what is wrong, and offer to open the form again."""
        check_organizer(interaction, None)
        await acknowledge(interaction, thinking=interaction.message is None, ephemeral=True)
        purpose, texts = Purpose(match["purpose"]), {field: filled.text(field) for field in FIELDS}
        known = await _known(interaction, purpose, match["challenge_id"])
        zone = _zone(interaction) if known is None else ZoneInfo(known.zone)
        form_id = texts_form_id(purpose if known is not None else Purpose.NEW, match["challenge_id"])
        async with offering_again(
            interaction, form_id, texts, zone=zone_name(zone), is_again=match["again"] is not None
        ):
            if purpose is Purpose.EDIT and known is None:
                raise DraftGone
            await _save(interaction, _Written.of(interaction, texts, zone), known, purpose)


@dataclass(frozen=True, slots=True)
class _Written:
    """What the form says."""

    title: str
    theme: str
    opens_at: datetime | None
    """None for as soon as it is announced."""
    closes_at: datetime
    ends_at: datetime
    zone: ZoneInfo

    @classmethod
    def of(cls, interaction: AtelierInteraction, texts: Mapping[str, str], zone: ZoneInfo) -> Self:
        """Read the form. Raises `ChallengeTextMissing`, and what `parse_time` and `ChallengeTimes.check` raise."""
        title, theme = " ".join(texts["title"].split()), texts["theme"].strip()
        if not title:
            raise ChallengeTextMissing("title")
        if not theme:
            raise ChallengeTextMissing("theme")
        now, language = interaction.client.studio.setup.now(), locale_of(interaction)
        opens = texts["opens"].strip()
        at_once = folded(opens) in {"", *(folded(words("setup-now")) for words in (words_of(interaction), ENGLISH))}

        def time_in(field: ChallengePhase) -> datetime:
            try:
                return parse_time(texts[field], zone=zone, now=now, language=language)
            except TimePassed as error:
                raise ChallengeTimePassed(field, error.at) from error

        opens_at = None if at_once else time_in("opens")
        closes_at, ends_at = time_in("closes"), time_in("ends")
        ChallengeTimes(opens_at or now, closes_at, ends_at).check(now)
        return cls(title[:MAX_TITLE_LENGTH], theme[:MAX_THEME_LENGTH], opens_at, closes_at, ends_at, zone)


async def _known(interaction: AtelierInteraction, purpose: Purpose, challenge_id: str) -> Challenge | None:
    """The draft that is edited, or the challenge that the new one is like; None if there is none."""
    known = await interaction.client.studio.challenges.get(challenge_id)
    if known is None or known.guild_id != interaction.guild_id:
        return None
    return known if (known.phase is Phase.DRAFT) is (purpose is Purpose.EDIT) else None


async def _save(interaction: AtelierInteraction, written: _Written, known: Challenge | None, purpose: Purpose) -> None:
    """Save a draft, and show its card. Raises `DraftGone`."""
    drafts, now = interaction.client.studio.setup.drafts, interaction.client.studio.setup.now()
    texts: dict[str, Any] = {
        "title": written.title,
        "theme": written.theme,
        "closes_at": written.closes_at,
        "ends_at": written.ends_at,
    }
    if known is not None and purpose is Purpose.EDIT:
        opens_at = written.opens_at or known.created_at
        await drafts.change(known.challenge_id, **texts, opens_at=opens_at)
        draft = await drafts.get(known.challenge_id, guild_id=known.guild_id)
    else:
        texts |= {"opens_at": written.opens_at or now, "created_at": now, "zone": written.zone.key}
        draft = _new(interaction, texts) if known is None else _like(interaction, known, texts)
        await drafts.add(draft)
    await show_setup(interaction, draft, Page.MAIN)


def _new(interaction: AtelierInteraction, texts: Mapping[str, Any]) -> Challenge:
    """A draft with the server's defaults."""
    settings = interaction.client.studio.servers.settings_of(interaction.guild_id)
    days = settings.voter_account_days
    return Challenge(
        guild_id=interaction.guild_id or 0,
        organizer_id=interaction.user.id,
        channel_id=_channel_id(interaction),
        min_account_days=DEFAULT_ACCOUNT_DAYS if days is None else days,
        voter_role_id=settings.voter_role_id,
        winner_role_id=settings.winner_role_id,
        locale=_locale(interaction),
        **texts,
    )


def _like(interaction: AtelierInteraction, earlier: Challenge, texts: Mapping[str, Any]) -> Challenge:
    """A draft with the rules of an earlier challenge, as far as they can still be kept."""
    guild = interaction.guild
    settings = interaction.client.studio.servers.settings_of(earlier.guild_id)
    winners = None if guild is None or earlier.winner_role_id is None else guild.get_role(earlier.winner_role_id)
    try:
        if winners is not None:
            check_winner_role(interaction, winners)
    except RoleForWinners:
        winners = None
    is_there = guild is not None and guild.get_channel(earlier.channel_id) is not None
    return earlier.again(
        organizer_id=interaction.user.id,
        channel_id=earlier.channel_id if is_there else _channel_id(interaction),
        winner_role_id=settings.winner_role_id if winners is None else winners.id,
        recipe_name=earlier.recipe_name if earlier.recipe_name in recipe_names() else None,
        locale=_locale(interaction),
        **texts,
    )


def _channel_id(interaction: AtelierInteraction) -> int:
    """Where the member is: the channel of a thread, because a thread has no threads."""
    channel = interaction.channel
    return (channel.parent_id if isinstance(channel, discord.Thread) else interaction.channel_id) or 0


def _locale(interaction: AtelierInteraction) -> str | None:
    return None if interaction.guild_locale is None else interaction.guild_locale.value


def _zone(interaction: AtelierInteraction) -> ZoneInfo:
    """The member's time zone, or the server's."""
    studio = interaction.client.studio
    return zone_of(studio.preferences.of(interaction.user.id), studio.servers.settings_of(interaction.guild_id))


async def _named(interaction: AtelierInteraction, written: str) -> Challenge:
    """The challenge that a member chose, or whose title they wrote. Raises `ChallengeNotFound`."""
    studio, guild_id, mine = interaction.client.studio, interaction.guild_id or 0, interaction.user.id
    known = await studio.challenges.of_guild(guild_id, limit=MAX_SEARCHED)
    visible = [one for one in known if one.phase is not Phase.DRAFT or one.organizer_id == mine]
    if (meant := meant_by(written, visible)) is not None:
        return meant
    last = next((one for one in visible if one.phase is not Phase.DRAFT), None)
    if last is not None and folded(written):  # they may have written "as last time" themselves
        suggestion = words_of(interaction)("choice-last-time", title=last.title)
        if folded(suggestion).startswith(folded(written)):
            return last
    raise ChallengeNotFound(shortened(written.strip(), MAX_TITLE_LENGTH))


def _texts_like(earlier: Challenge, now: datetime) -> dict[str, str]:
    """What the form says for a challenge like an earlier one: the next times on the same weekdays.

    Those of one that was over in minutes are left empty.
    """
    zone = ZoneInfo(earlier.zone)
    times = next_possible(earlier.opens_at, earlier.closes_at, earlier.ends_at, now=now, zone=zone)
    opens, closes, ends = (_written(at, zone) for at in times)
    if min(end - start for start, end in pairwise(times)) < timedelta(minutes=MIN_WINDOW_MINUTES):
        closes = ends = ""  # it was ended early, so how long it should have lasted isn't known
    return {"title": earlier.title, "theme": earlier.theme, "opens": opens, "closes": closes, "ends": ends}


def _written(at: datetime, zone: ZoneInfo) -> str:
    return f"{on_the_wall(at, zone):{WRITTEN_TIME}}"
