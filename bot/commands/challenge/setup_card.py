"""Shows the card of a draft, with what keeps it from being announced."""

from __future__ import annotations

from collections.abc import Callable

from bot.cards.challenge.setup import Page, Setup, setup_card
from bot.challenges.challenge import Challenge
from bot.challenges.fixed import FixedRole
from bot.challenges.times import ChallengeTimes
from bot.commands.cards import show_card
from bot.commands.challenge.venue import check_bot_gives, check_channel, check_voter_role
from bot.commands.interaction import AtelierInteraction
from bot.errors import AtelierError, DraftGone, RoleForVoters
from bot.words import sentence_for, words_of


async def show_setup(interaction: AtelierInteraction, draft: Challenge, page: Page) -> None:
    """Show a page of a draft's card as the answer to an acknowledged interaction."""
    studio, words = interaction.client.studio, words_of(interaction)
    if interaction.guild is None:
        raise DraftGone
    thumbnails: dict[FixedRole, bytes] = {}
    for picture in draft.fixed:
        jpeg = await studio.pictures.store.read(picture.thumbnail_sha256) if picture.thumbnail_sha256 else None
        if jpeg is not None and picture.role in {"style", "content"}:
            thumbnails["style" if picture.role == "style" else "content"] = jpeg
    series = None if draft.series_id is None else await studio.setup.weekly.get(draft.series_id)
    setup = Setup(
        draft,
        interaction.guild,
        themes=() if series is None else series.themes,
        thumbnails=thumbnails,
        problems=[sentence_for(problem, words) for problem in problems(interaction, draft)],
    )
    await show_card(interaction, setup_card(setup, page, words))


def check_announceable(interaction: AtelierInteraction, draft: Challenge) -> None:
    """Raise the first thing that keeps a draft from being announced, if there is one."""
    for problem in problems(interaction, draft):
        raise problem


def problems(interaction: AtelierInteraction, draft: Challenge) -> list[AtelierError]:
    """What keeps a draft from being announced."""
    checks: tuple[Callable[[], None], ...] = (
        lambda: _check_times(interaction, draft),
        lambda: check_channel(interaction, draft.channel_id),
        lambda: _check_voters(interaction, draft),
        lambda: _check_winners(interaction, draft),
    )
    found: list[AtelierError] = []
    for check in checks:
        try:
            check()
        except AtelierError as problem:
            found.append(problem)
    return found


def _check_times(interaction: AtelierInteraction, draft: Challenge) -> None:
    """Check times again: some may have passed since they were written."""
    now = interaction.client.studio.setup.now()
    opens_at = now if draft.opens_when_announced else draft.opens_at
    ChallengeTimes(opens_at, draft.closes_at, draft.ends_at).check(now)


def _check_voters(interaction: AtelierInteraction, draft: Challenge) -> None:
    """Check that members can have the role that voters need, if any.

    It may have been deleted since, or come from an earlier challenge.
    """
    if interaction.guild is None or draft.voter_role_id is None:
        return
    role = interaction.guild.get_role(draft.voter_role_id)
    if role is None:
        raise RoleForVoters(draft.voter_role_id, "gone")
    check_voter_role(role)


def _check_winners(interaction: AtelierInteraction, draft: Challenge) -> None:
    role_id = draft.winner_role_id
    role = None if interaction.guild is None or role_id is None else interaction.guild.get_role(role_id)
    if role is not None:
        check_bot_gives(role)
