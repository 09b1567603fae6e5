"""Every card and form, as full as possible."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain

import discord

from bot.cards.board import board_card
from bot.cards.buttons import KEEP_ID, back_out_button, confirm_delete_button
from bot.cards.challenge.decision import award_card, awarded_card, decide_card, decision_card
from bot.cards.challenge.duel import duel_card, duels_done_card, no_duel_card, voting_closed_card
from bot.cards.challenge.enter_form import MAX_HISTORY, enter_form
from bot.cards.challenge.entries import entries_card, made_card
from bot.cards.challenge.favorites import favorites_card, votes_card
from bot.cards.challenge.leaderboard import leaderboard_card
from bot.cards.challenge.like_form import like_form
from bot.cards.challenge.mine import mine_card
from bot.cards.challenge.results import places_card, results_card
from bot.cards.challenge.review import (
    MAX_REASON_LENGTH,
    ban_question,
    nothing_to_review_card,
    reject_form,
    review_card,
    review_reminder_card,
)
from bot.cards.challenge.settings import challenge_settings_card, stop_question
from bot.cards.challenge.setup import Page as SetupPage
from bot.cards.challenge.setup import Setup, announced_card, discarded_card, setup_card
from bot.cards.challenge.setup_forms import (
    Purpose,
    fixed_content_form,
    fixed_style_form,
    retry_card,
    series_form,
    series_form_id,
    style_form_id,
    texts_form,
    texts_form_id,
    themes_form,
    themes_form_id,
)
from bot.cards.chooser import chooser_card
from bot.cards.comparison import comparison_card
from bot.cards.delete import delete_question, deleted_card, not_deleted_card
from bot.cards.edit_form import MAX_MENU_STYLES, edit_form
from bot.cards.favorites import favorite_card
from bot.cards.forms import limits_form, pictures_form, style_form
from bot.cards.help import help_card, recipes_card
from bot.cards.history import (
    Bookmark,
    SmallPictures,
    history_card,
    history_delete_question,
    painting_card,
    shown_painting,
)
from bot.cards.job import ended_card, forgotten_job_card, job_card
from bot.cards.original import original_card
from bot.cards.preferences import preferences_card, preferences_zone_form
from bot.cards.privacy import forget_card, forgotten_card, kept_card, nothing_known_card, privacy_card
from bot.cards.queue import MAX_LINES, JobInProgress, queue_card
from bot.cards.result import moved_card, result_card
from bot.cards.server import reset_question, server_card, server_zone_form
from bot.cards.showcase import shared_card, showcase_card
from bot.cards.style_forms import rename_form, save_form
from bot.cards.styles import PAGE_SIZE, list_card, remove_question, removed_card, style_card, style_kept_card
from bot.challenges.challenge import (
    MAX_ENTRIES_PER_MEMBER,
    MAX_THEME_LENGTH,
    MAX_TITLE_LENGTH,
    MAX_VOTES_PER_MEMBER,
    FixedPicture,
    Phase,
    Voting,
)
from bot.challenges.entry import Entry as ChallengeEntry
from bot.challenges.entry import EntryState, Standing
from bot.challenges.entry_pages import PAGE_SIZE as PAGE_OF_ENTRIES
from bot.challenges.outcome import Outcome
from bot.challenges.pictures import ShownPainting
from bot.challenges.season import Season
from bot.challenges.series import MAX_RUNNING_SERIES, MAX_THEMES, Series
from bot.challenges.shown import EntriesPage, ShownEntry
from bot.challenges.voting import DuelTurn, FavoritesTurn, Pair
from bot.challenges.weekly import RunningSeries
from bot.files.janitor import Forgotten
from bot.gallery.gallery import Page as StylesPage
from bot.gallery.names import MAX_CREDITS_LENGTH, MAX_NAME_LENGTH
from bot.gallery.style import Scope, Shelf, Style
from bot.messages.answer import Shown
from bot.messages.card import CardFile
from bot.painting.board import cells_of_styles
from bot.painting.chooser import MENU_SIZE, StylePage
from bot.painting.chooser import PAGE_SIZE as CHOOSER_SIZE
from bot.painting.estimates import Estimate
from bot.painting.job import Before, Colors, Input, Job, JobKind, JobState, PaintingOptions, Result, Variation
from bot.painting.progress import Canceling, Ended, Fetching, Painting, Restarting, Waiting
from bot.painting.speed import Expected
from bot.painting.thumbnails import Thumbnails
from bot.painting.usage import Allowance
from bot.storage.history import Cursor, Direction, Entry, Page
from bot.storage.preferences import MemberPreferences
from bot.storage.results import Leader, LeaderPage
from bot.storage.servers import Notify, ServerSettings
from bot.words import Words
from config.settings import QueueSettings, RetentionSettings
from tests.bot.challenges.making import make_challenge
from tests.bot.jobs import make_job

LARGE_ID = 2**63
MANY_CHANNELS = 25
STYLE = Style(
    "*" * MAX_NAME_LENGTH, Shelf.of_server(LARGE_ID), owner_id=LARGE_ID, credits="@" * MAX_CREDITS_LENGTH, uses=10**6
)
LONG_ZONE = "America/Argentina/ComodRivadavia"
RESETS_AT = datetime(2026, 3, 2, tzinfo=UTC)


def cards(words: Words, guild: discord.Guild) -> Iterator[tuple[str, discord.ui.LayoutView]]:
    """Return every card by name."""
    yield from paintings_and_settings(words, guild)
    yield from drafts(guild, words)


def paintings_and_settings(words: Words, guild: discord.Guild) -> Iterator[tuple[str, discord.ui.LayoutView]]:
    """Return the cards of paintings, styles, members and servers, by name."""
    content = Input("content", url="https://cdn.discordapp.com/a.png", sha256="a" * 64, name="w" * 100)
    job = make_job(
        LARGE_ID,
        inputs=(content, replace(content, role="style")),
        options=PaintingOptions("painterly", 2048, 1.6, colors=Colors.KEEP, seed=2**31 - 1),
        variation=Variation.SWAP,
        origin_url=f"https://discord.com/channels/{LARGE_ID}/{LARGE_ID}/{LARGE_ID}",
        painting_seconds=10**5,
        enlargement=127.9,
        message_id=LARGE_ID,
    )
    painted = Result("painting", "image/png", "p" * 64, width_px=2048, height_px=2048)
    small = Thumbnails.uploaded(job, b"content", [b"style"])
    around = Estimate(datetime(2026, 3, 1, 14, 5, tzinfo=UTC))
    for state in (
        Fetching(),
        Waiting(1, Estimate(None)),
        Waiting(999, around, 100_000),
        Painting(),
        Painting(seconds_left=100_000),
        Painting(1, 2, 1e5, b"preview", 99),
        Painting(2, 2, None, b"preview", 99),
        Restarting(),
        Canceling(),
        Ended(JobState.CANCELED),
        Ended(JobState.FAILED),
        Ended(JobState.FAILED, words("picture-too-narrow", **NARROW)),
    ):
        yield f"job {state}", job_card(job, state, small, words).view
    for job_state in (JobState.CANCELED, JobState.DELETED, JobState.DELIVERED):
        yield f"ended {job_state}", ended_card(replace(job, state=job_state), words).view
    yield "forgotten job", forgotten_job_card(words).view
    painting, gif = CardFile("painting.png", b""), CardFile("progress.gif", b"")
    yield "result", result_card(job, painted, painting=painting, gif=gif, thumbnails=small, words=words).view
    many = [replace(STYLE, style_id=f"s-{number:016x}") for number in range(PAGE_SIZE)]
    small_pictures = {style.style_id: b"jpeg" for style in many}
    for scope in Scope:
        full = StylesPage(scope, tuple(many), 1, 999_999, 10**6)
        yield f"styles {scope}", list_card(full, small_pictures, on_server=True, words=words).view
        yield f"no styles {scope}", list_card(StylesPage(scope, (), 0, 1, 0), {}, on_server=False, words=words).view
    yield from chooser_and_blend(job, painted, words)
    yield "style", style_card(STYLE, b"jpeg", may_change=True, is_new=True, words=words).view
    for shelf in (STYLE.shelf, Shelf.of_member(LARGE_ID)):
        yield "remove?", remove_question(replace(STYLE, shelf=shelf), words)
    yield "removed", removed_card(STYLE, words)
    yield "style kept", style_kept_card(words)
    yield from actions_of(job, painted, small, words)
    yield "moved", moved_card(job, Shown(LARGE_ID, LARGE_ID, guild_id=None), words).view
    yield from deletions(job, words)
    yield "help", help_card(words)
    yield "recipes", recipes_card(words)
    settings = ServerSettings(guild.id, log_channel_id=LARGE_ID)
    yield "untouched preferences", preferences_card(MemberPreferences(), settings, RESETS_AT, words)
    yield "preferences outside of servers", preferences_card(MemberPreferences(), ServerSettings(), RESETS_AT, words)
    for notify in Notify:
        chosen = MemberPreferences(notify, "classic_smooth", 2048, 2.0, Colors.KEEP, False, True, LONG_ZONE)
        yield f"preferences {notify}", preferences_card(chosen, settings, RESETS_AT, words)
    yield from chain(histories(replace(job, state=JobState.DELIVERED), words), votes(words), ends_of_challenges(words))
    yield "privacy", privacy_card(RetentionSettings(), settings, words)
    yield "forget?", forget_card(words)
    yield "nothing known", nothing_known_card(words)
    yield "kept", kept_card(words)
    forgotten = Forgotten(99, 199, 19, 19, 9)
    yield (
        "forgotten",
        forgotten_card(forgotten, late_jobs=9, preferences=True, drafts=9, has_files_left=True, words=words),
    )
    expected = Expected(10**5, 10**6)
    places = [JobInProgress(job, position, expected) for position in range(1, MAX_LINES + 9)]
    allowance = Allowance("server", 999, 1000)
    yield (
        "queue",
        queue_card(
            places,
            waiting=999,
            painting=99,
            allowance=allowance,
            resets_at=RESETS_AT,
            undelivered=[replace(job, job_id=f"{number:032x}") for number in range(5)],
            words=words,
        ),
    )
    yield "empty queue", queue_card([], waiting=0, painting=0, allowance=None, resets_at=RESETS_AT, words=words)
    yield "untouched server", server_card(ServerSettings(guild.id), guild, QueueSettings(), RESETS_AT, words)
    chosen_channels = frozenset([*(channel.id for channel in guild.channels), LARGE_ID])
    chosen_roles = frozenset([*(role.id for role in guild.roles), LARGE_ID])
    changed = replace(
        settings,
        channel_ids=chosen_channels,
        role_ids=chosen_roles,
        variations_by_owner_only=True,
        time_zone=LONG_ZONE,
    )
    yield "changed server", server_card(changed, guild, QueueSettings(), RESETS_AT, words)


def drafts(guild: discord.Guild, words: Words) -> Iterator[tuple[str, discord.ui.LayoutView]]:
    """Return the cards from which challenges are set up, by name."""
    fixed = [FixedPicture(role, "f" * 64, name="*" * 100, is_spoiler=True) for role in ("style", "content")]
    draft = make_challenge(
        guild_id=guild.id,
        channel_id=guild.channels[0].id,
        title="*" * MAX_TITLE_LENGTH,
        theme="*" * MAX_THEME_LENGTH,
        fixed=tuple(fixed),
        voting=Voting.FAVORITES,
        min_account_days=3650,
        voter_role_id=guild.default_role.id,
        winner_role_id=guild.default_role.id,
        zone=LONG_ZONE,
    )
    problems = [words("role-for-winners-bot", role_id=LARGE_ID), words("channel-not-yours", channel_id=LARGE_ID)]
    full = Setup(draft, guild, ["t"] * MAX_THEMES, {"style": b"jpeg", "content": b"jpeg"}, problems)
    empty = Setup(replace(draft, fixed=(), opens_at=draft.created_at, voter_role_id=None, winner_role_id=None), guild)
    for setup in (full, replace(full, thumbnails={}), empty):
        for page in SetupPage:
            yield f"draft {page}", setup_card(setup, page, words).view
    yield "announced", announced_card(draft, words).view
    yield "discarded", discarded_card(draft, words).view
    yield "wrong", retry_card("w" * 400, "k" * 32, words)
    themes = ("t",) * MAX_THEMES
    running = [RunningSeries(Series(guild.id, LARGE_ID, themes), draft, RESETS_AT) for _ in range(MAX_RUNNING_SERIES)]
    roles = frozenset(role.id for role in guild.roles)
    chosen = ServerSettings(guild.id, organizer_role_ids=roles, voter_account_days=0, voter_role_id=LARGE_ID)
    for settings, series in ((chosen, running), (ServerSettings(guild.id), [])):
        for may_manage in (True, False):
            yield (
                "settings of challenges",
                challenge_settings_card(settings, guild, series, may_manage=may_manage, words=words),
            )
    yield "question whether to reset a server", reset_question(words)
    for one in running:
        yield "question whether to stop a series", stop_question(one.series, one.title, words)


def actions_of(
    job: Job, painted: Result, small: Thumbnails, words: Words
) -> Iterator[tuple[str, discord.ui.LayoutView]]:
    """Return the cards of what can be done with a painting, by name."""
    painting, gif = CardFile("painting.png", b""), CardFile("progress.gif", b"")
    yield "original", original_card(painted, painting, words).view
    yield "comparison", comparison_card(job, side_by_side=b"", wipe=b"", words=words).view
    yield "shared", shared_card(job.origin_url or "", words)
    yield "showcase", showcase_card(job, painting, url=job.origin_url, words=words).view
    before = Before(PaintingOptions("classic_smooth", 1536, 0.25, 0.5, Colors.MATCH), is_other_style=True)
    edited = replace(job, variation=Variation.EDIT, before=before)
    yield "edited", result_card(edited, painted, painting=painting, gif=gif, thumbnails=small, words=words).view
    yield from entry_cards(job, painted, small, words)


def chooser_and_blend(job: Job, painted: Result, words: Words) -> Iterator[tuple[str, discord.ui.LayoutView]]:
    """Return the card from which a style is chosen, and those of a blend, by name."""
    styles = [Style("*" * MAX_NAME_LENGTH, style_id="b" * 36 + f"{number:04}") for number in range(MENU_SIZE)]
    full_page = StylePage(tuple(styles[:CHOOSER_SIZE]), tuple(styles), CardFile("styles-9.jpg", b""), 999_998, 999_999)
    yield "chooser", chooser_card(job, full_page, words).view
    one = StylePage((styles[0],), (styles[0],), full_page.sheet, 0, 1)
    content = job.input("content")
    yield "chooser of one", chooser_card(replace(job, inputs=(content,)), one, words).view
    blend = replace(job, inputs=(content, *(replace(content, role="style", position=place) for place in range(5))))
    five = Thumbnails.uploaded(blend, b"content", [b"style"] * 5)
    yield "blend in progress", job_card(blend, Painting(1, 2, 1e5, b"preview", 99), five, words).view
    painting, gif = CardFile("painting.png", b""), CardFile("progress.gif", b"")
    yield "blend", result_card(blend, painted, painting=painting, gif=gif, thumbnails=five, words=words).view


def entry_cards(
    job: Job, painted: Result, small: Thumbnails, words: Words
) -> Iterator[tuple[str, discord.ui.LayoutView]]:
    """Return the cards of entries in challenges by name."""
    challenge = make_challenge(
        title="*" * MAX_TITLE_LENGTH, is_reviewed=True, entries_per_member=MAX_ENTRIES_PER_MEMBER, phase=Phase.OPEN
    )
    ended = replace(challenge, phase=Phase.ENDED)
    its_job = replace(job, challenge_id=challenge.challenge_id)
    painting, gif = CardFile("painting.png", b""), CardFile("progress.gif", b"")
    number = 10**5
    entry = ChallengeEntry(
        challenge.challenge_id, LARGE_ID, job.job_id, number=number, standing=Standing(number, 1, 1, 1)
    )
    pending = replace(entry, state=EntryState.PENDING)
    for what in (None, entry, pending):
        card = result_card(its_job, painted, painting=painting, gif=gif, thumbnails=small, words=words, entry=what)
        yield f"painting for a challenge {what and what.state}", card.view
    yield "failed for a challenge", job_card(its_job, Ended(JobState.FAILED), small, words).view
    long = "*" * MAX_REASON_LENGTH
    for state, reason in ((EntryState.ACCEPTED, None), (EntryState.REJECTED, long), (EntryState.WITHDRAWN, long)):
        ids = [f"{number:032x}" for number in range(MAX_ENTRIES_PER_MEMBER)]
        mine = [replace(entry, entry_id=one, job_id=one, state=state, reason=reason) for one in ids]
        pictures = {one: CardFile(f"{one}.jpg", b"") for one in ids}
        yield f"my entries {state}", mine_card(challenge, mine, pictures, words, is_open=True, is_new=True).view
    yield "my only entry", mine_card(challenge, [pending], {}, words, is_open=True).view
    yield "no entries", mine_card(challenge, [], {}, words, is_open=False).view
    shown = ShownEntry(entry, job, painting)
    yield "review", review_card(challenge, shown, small, words, waiting=number).view
    yield "reminder of a review", review_reminder_card(challenge, number, words, has_button=True).view
    yield "nothing to review", nothing_to_review_card(challenge, words).view
    yield "ban?", ban_question(challenge, entry, words).view
    for one in (challenge, ended):
        named = tuple(replace(shown, painting=CardFile(f"entry-{place}.png", b"")) for place in range(PAGE_OF_ENTRIES))
        buttons = tuple(replace(one_, entry=replace(entry, number=place)) for place, one_ in enumerate(named, start=1))
        yield f"entries {one.phase}", entries_card(EntriesPage(one, buttons), words).view
    yield "entry without a picture", entries_card(EntriesPage(ended, (replace(shown, painting=None),)), words).view
    yield "how it was made", made_card(ended, entry, job, small, words).view


def ends_of_challenges(words: Words) -> Iterator[tuple[str, discord.ui.LayoutView]]:
    """Return the cards of results by name."""
    challenge = make_challenge(
        title="*" * MAX_TITLE_LENGTH,
        phase=Phase.ENDED,
        voters=5000,
        votes_cast=999_999,
        ballots_sha256="f" * 64,
        is_tie_decided=True,
    )
    standing = Standing(1, 0.5, -1.0, 2.0, wins=999, losses=999, equals=999)
    entries = tuple(
        ChallengeEntry(challenge.challenge_id, LARGE_ID, "j" * 32, number=10_000 + number, standing=standing)
        for number in range(500)
    )
    podium, sheet, gif = (CardFile(f"{name}.jpg", b"") for name in ("podium", "sheet", "winner"))
    by_votes = replace(challenge, voting=Voting.FAVORITES)
    for what in (challenge, by_votes, replace(challenge, votes_cast=0), replace(challenge, votes_cast=None)):
        yield "results", results_card(Outcome(what, entries, podium, sheet, gif), words).view
        yield "one result", results_card(Outcome(what, entries[:1]), words).view
        yield "places", places_card(what, entries, 20, words, member_id=LARGE_ID)
    yield "tie", decision_card(challenge, RESETS_AT, words).view
    for shown in (sheet, None):
        yield "decide", decide_card(challenge, entries[:25], 1, 20, shown, words).view
        yield "award", award_card(challenge, entries[0], shown, words).view
    yield "awarded", awarded_card(challenge, 10_000, words)
    leaders = tuple(Leader(LARGE_ID, rank, 99_999, 9_999, 999) for rank in range(100, 112))
    yield "leaders", leaderboard_card(LeaderPage(leaders, 8, 99), Season(2026, 4), words)
    yield "no leaders", leaderboard_card(LeaderPage((), 0, 1), None, words)


def entry_forms(job: Job, shelf: Sequence[Style], words: Words) -> Iterator[tuple[str, discord.ui.Modal]]:
    """Return the forms about entries by name."""
    challenge = make_challenge()
    history = [replace(job, job_id=f"{number:032x}") for number in range(MAX_HISTORY)]
    full = enter_form(challenge, styles=shelf, history=history, recipe="painterly", words=words)
    assert full is not None
    yield "enter", full
    fixed = (FixedPicture("content", "a" * 64), FixedPicture("style", "b" * 64))
    chosen = enter_form(replace(challenge, fixed=fixed), styles=shelf, history=[], recipe="draft", words=words)
    assert chosen is not None
    yield "enter with a recipe", chosen
    entry = ChallengeEntry(challenge.challenge_id, LARGE_ID, job.job_id)
    yield "reject", reject_form(challenge, entry, words)
    yield "like", like_form(challenge.challenge_id, 10**5, job, shelf, ServerSettings(1), words)


def deletions(job: Job, words: Words) -> Iterator[tuple[str, discord.ui.LayoutView]]:
    """Return the question before a painting is deleted, and what its answers lead to, by name."""
    yes, no = confirm_delete_button(job.job_id, LARGE_ID, LARGE_ID, words), back_out_button(KEEP_ID, words)
    for has_posts in (False, True):
        yield "delete?", delete_question(yes, no, words, has_posts=has_posts)
    yield "deleted", deleted_card(words)
    yield "not deleted", not_deleted_card(words)


def histories(job: Job, words: Words) -> Iterator[tuple[str, discord.ui.LayoutView]]:
    """Return the cards of a history by name."""
    jobs = [replace(job, job_id=f"{number:032x}") for number in range(5)]
    page = Page(tuple(Entry(each, is_favorite=True) for each in jobs), has_newer=True, has_older=True)
    bookmark = Bookmark(LARGE_ID, favorites_only=True, cursor=Cursor.of(jobs[0]), direction=Direction.NEWER)
    small = SmallPictures({each.job_id: CardFile(f"{each.job_id}.jpg", b"") for each in jobs})
    for is_deleted in (False, True):
        yield "history", history_card(page, bookmark, small, words, is_own=True, is_deleted=is_deleted).view
    yield "delete from history?", history_delete_question(jobs[0], bookmark, words, has_posts=True)
    gone = SmallPictures(gone=frozenset(each.job_id for each in jobs))
    old = [replace(each, files_deleted_at=RESETS_AT) for each in jobs]
    old_page = replace(page, entries=tuple(Entry(each, is_favorite=False) for each in old))
    yield "history without pictures", history_card(old_page, Bookmark(LARGE_ID), gone, words, is_own=False).view
    for favorites_only in (False, True):
        empty = Bookmark(LARGE_ID, favorites_only=favorites_only)
        yield "empty history", history_card(Page(), empty, SmallPictures(), words, is_own=True).view
    for entry, pictures in ((page.entries[0], small), (old_page.entries[0], gone), (old_page.entries[0], small)):
        card = painting_card(entry, bookmark, pictures, words, kept_until=RESETS_AT, is_own=True)
        yield "open painting", card.view
    files = CardFile("painting.png", b""), CardFile("progress.gif", b"")
    yield "shown painting", shown_painting(job, files, words).view
    styles = [replace(job.input("style"), position=position) for position in range(9)]
    cells = cells_of_styles(job.options, len(styles))
    board = replace(job, kind=JobKind.BOARD, cells=cells, inputs=(job.input("content"), *styles))
    yield "board", board_card(board, CardFile("board.jpg", b""), words).view
    entry = Entry(board, is_favorite=True)
    card = painting_card(entry, bookmark, SmallPictures(), words, kept_until=RESETS_AT, is_own=True)
    yield "open board", card.view
    yield "shown board", shown_painting(board, files[:1], words).view
    for is_favorite in (False, True):
        yield "favorite", favorite_card(job.job_id, words, is_favorite=is_favorite)


def forms(words: Words) -> Iterator[tuple[str, discord.ui.Modal]]:
    """Return every form by name."""
    settings, defaults = ServerSettings(1), PaintingOptions()
    yield "stylize", pictures_form(settings, defaults, words)
    pictures = [("w" * 200, f"key {number}") for number in range(25)]
    for title in ("form-stylize-this-title", "form-stylize-avatar-title"):
        yield title, style_form(words(title), "atelier:style::x", pictures, settings, defaults, words)
    yield "save", save_form("atelier:save:x", pictures, name="n" * MAX_NAME_LENGTH, on_server=True, words=words)
    yield "save one", save_form("atelier:save:x", pictures[:1], name="", on_server=False, words=words)
    yield "rename", rename_form(STYLE, words)
    shelf = [replace(STYLE, style_id=f"s-{number:016x}") for number in range(MAX_MENU_STYLES)]
    style = Input("style", sha256="s" * 64, name="w" * 100)
    for options in (PaintingOptions(), PaintingOptions("classic", 100, 1.6, 0.63, Colors.MATCH, 2**31 - 1)):
        job = make_job(LARGE_ID, inputs=(replace(style, role="content"), style), options=options)
        for largest_px in (None, 256):
            rules = replace(settings, largest_size_px=largest_px)
            yield f"edit {options.recipe_name} {largest_px}", edit_form(job, shelf, rules, words)
        yield from entry_forms(job, shelf, words)
    yield "limits", limits_form(settings, QueueSettings(), words)
    yield "zone", preferences_zone_form(MemberPreferences(time_zone=LONG_ZONE), words)
    yield "no zone", server_zone_form(settings, words)
    yield "no limits", limits_form(settings, QueueSettings(member_jobs_a_day=0, server_jobs_a_day=0), words)
    texts = {"title": "*" * MAX_TITLE_LENGTH, "theme": "@" * MAX_THEME_LENGTH, "opens": words("setup-now")}
    yield "texts of a challenge", texts_form(texts_form_id(Purpose.NEW), texts, zone=LONG_ZONE, words=words)
    yield "themes", themes_form(themes_form_id("c" * 32), {"themes": "t" * 4000}, words)
    series = {"title": "t" * MAX_TITLE_LENGTH, "themes": "t" * 4000}
    yield "series", series_form(series_form_id(Series(LARGE_ID, LARGE_ID, ("t",))), series, words)
    for styles in (shelf, []):
        yield "fixed style", fixed_style_form(style_form_id("c" * 32), {"name": "n" * 60}, styles, words)
    yield "fixed content", fixed_content_form("c" * 32, words)


NARROW = {
    "picture": "w" * 100,
    "width_px": 20000,
    "height_px": 10,
    "longest_side_px": 2048,
    "short_side_px": 1,
    "limit_px": 16,
    "needed_px": 2048,
    "crop_to_px": 1280,
}


def votes(words: Words) -> Iterator[tuple[str, discord.ui.LayoutView]]:
    """Return the cards of voters, by name."""
    challenge = make_challenge(title="*" * MAX_TITLE_LENGTH, theme="_" * MAX_THEME_LENGTH, votes_per_member=10)
    shown = ShownPainting(CardFile("SPOILER_left-999999.png", b""), 2048, 512)
    last = 10**8
    entries = tuple(
        ChallengeEntry(challenge.challenge_id, LARGE_ID, "j" * 32, number=last + place) for place in range(500)
    )
    pair = Pair("d" * 32, entries[0], entries[1], 999_999)
    turn = DuelTurn(challenge, pair, answered=999_999, has_seen_any=True)
    yield "duel", duel_card(turn, pair, (shown, shown), words, notice=words("duel-already-answered")).view
    yield "duel without pictures", duel_card(turn, pair, (None, None), words).view
    yield "all duels seen", no_duel_card(turn, words).view
    yield "no duels", no_duel_card(replace(turn, has_seen_any=False), words).view
    yield "duels done", duels_done_card(challenge, words, answered=999_999).view
    yield "voting closed", voting_closed_card(words("voting-closed", title="*" * MAX_TITLE_LENGTH)).view
    voted = frozenset(last + place for place in range(MAX_VOTES_PER_MEMBER))
    favorites = FavoritesTurn(challenge, entries, voted)
    paintings = {last + place: shown for place in range(500)}
    notice = words("favorites-limit", number=last)
    yield "favorites", favorites_card(favorites, 100, paintings, words, notice=notice).view
    yield "favorites without pictures", favorites_card(favorites, 0, {}, words, notice=notice).view
    yield "no favorites", favorites_card(FavoritesTurn(challenge, (), frozenset()), 0, {}, words).view
    yield "votes", votes_card(favorites, paintings, words, notice=notice).view
