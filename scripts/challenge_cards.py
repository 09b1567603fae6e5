"""What leads to each picture of challenges: one with duels from its form to its results, and one that ends in a tie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from bot.challenges.challenge import Challenge, Phase, Ties, Voting
from bot.challenges.eligibility import Applicant
from bot.demo.cast import PLAYERS
from bot.demo.paintings import LOCALE, ReadyPaintings
from bot.demo.samples import SAMPLES_DIR, sample
from bot.demo.voters import cast_votes
from scripts.visit import (
    Step,
    Visit,
    back_to,
    choose_in_form,
    choose_instead,
    latest,
    leave_thread,
    open_form,
    open_thread,
    play,
    press,
    press_here,
    reload,
    remember,
    says,
    send,
    shows,
    submit,
    submit_here,
    type_command,
    upload,
    write,
)

PHOTOGRAPH = "chelsea"
TITLE, THEME = "Nine lives", "One cat, and as many lives as there are styles. Paint Chelsea as nobody has seen her yet."
ENCORE, ENCORE_THEME = "Encore", "The same paintings once more: which three would you hang on your wall?"
COMING, COMING_THEME = "Harbors at night", "Boats, cranes and lights on the water, all in one style."
NEXT_THEMES = "Harbors at night\nA portrait without a face\nYour street in the rain"
PAINTED_PX = 384
VOTERS = 40
APPEAL: Mapping[str, float] = {
    "woodcut_waves": 3.0,
    "night_wind": 1.9,
    "glass_suns": 0.8,
    "golden_tree": 0.0,
    "pastel_meadow": 0.0,
    "mosaic_shore": -0.2,
    "neon_city": -1.2,
    "ink_mountains": -1.5,
}
"""How much voters like the entry in each style. Three stand out, so there is a whole podium."""
APPEAL_OF_VISITOR = -0.2
FAVORITES_OF_VOTERS = (
    ("woodcut_waves", "night_wind"),
    ("night_wind", "woodcut_waves"),
    ("woodcut_waves", "night_wind"),
)


def prepare() -> Step:
    """Give the server a role for organizers and simulated members, and let the visitor paint fast."""

    async def step(visit: Visit) -> None:
        stage, studio = visit.stage, visit.stage.app.client.studio
        curators = stage.visitor.guild.create_role("Curators")
        await studio.servers.change(stage.visitor.guild.id, organizer_role_ids=frozenset({curators.id}))
        await studio.preferences.change(stage.visitor.id, recipe_name="draft", size_px=PAINTED_PX)
        for player in PLAYERS:
            user = stage.env.create_user(player.name.casefold(), global_name=player.name)
            visit.members[player.name] = stage.visitor.guild.add_member(user).id

    return step


def others_enter() -> Step:
    """Let eight simulated members submit a painting each, which moderators have to look at."""

    async def step(visit: Visit) -> None:
        await visit.between_presses(partial(_enter_all, visit, await _challenge(visit, TITLE)))

    return step


def accept_all() -> Step:
    """Accept every entry that waits."""

    async def step(visit: Visit) -> None:
        challenge, entering = await _challenge(visit, TITLE), visit.stage.app.client.studio.entering

        async def accept() -> None:
            for entry in await entering.waiting(challenge):
                await entering.decide(challenge, entry.entry_id, by=visit.stage.visitor.id, is_accepted=True)

        await visit.between_presses(accept)

    return step


def end_phase(title: str) -> Step:
    """Close the entries of a challenge, or its voting."""

    async def step(visit: Visit) -> None:
        studio = visit.stage.app.client.studio
        # Nobody's account is older than this server.
        challenge = await _challenge(visit, title)
        await studio.challenges.change(challenge.challenge_id, set(Phase), min_account_days=0)
        await visit.between_presses(partial(studio.life.end_now, challenge))

    return step


def others_compare() -> Step:
    """Let many members answer duels, by how much they like each entry."""

    async def step(visit: Visit) -> None:
        challenge, voting = await _challenge(visit, TITLE), visit.stage.app.client.studio.voting
        names = {number: f"Voter {number}" for number in range(VOTERS)}
        appeal = {visit.members[player.name]: APPEAL[player.style] for player in PLAYERS}
        await visit.between_presses(
            partial(cast_votes, voting, challenge, names=names, appeal=appeal, others=APPEAL_OF_VISITOR)
        )

    return step


def open_encore() -> Step:
    """Hold another challenge with the same paintings, in which members vote for favorites, and open its voting."""

    async def step(visit: Visit) -> None:
        stage, studio = visit.stage, visit.stage.app.client.studio

        async def hold() -> None:
            now = datetime.now(UTC)
            with studio.pictures.store.lease() as lease:
                draft = Challenge(
                    guild_id=stage.visitor.guild.id,
                    organizer_id=stage.visitor.id,
                    channel_id=stage.channel.id,
                    title=ENCORE,
                    theme=ENCORE_THEME,
                    opens_at=now,
                    closes_at=now + timedelta(days=1),
                    ends_at=now + timedelta(days=3),
                    fixed=(await _paintings(visit).fixed("content", sample(PHOTOGRAPH), lease),),
                    voting=Voting.FAVORITES,
                    ties=Ties.DECIDED,
                    min_account_days=0,
                    locale=LOCALE,
                    created_at=now,
                )
                await studio.challenges.add(draft)
            challenge = await studio.life.announce(draft)
            await _enter_all(visit, challenge)
            await studio.life.end_now(await _challenge(visit, ENCORE))

        await visit.between_presses(hold)

    return step


def others_choose() -> Step:
    """Let members vote for their favorites, so that two entries share the first place."""

    async def step(visit: Visit) -> None:
        studio, challenge = visit.stage.app.client.studio, await _challenge(visit, ENCORE)
        numbers = await _numbers(visit, challenge)

        async def vote() -> None:
            for number, styles in enumerate(FAVORITES_OF_VOTERS):
                for style in styles:
                    await studio.voting.vote(
                        challenge.challenge_id, numbers[style], _voter(challenge, number), now=studio.voting.now()
                    )

        await visit.between_presses(vote)

    return step


async def _challenge(visit: Visit, title: str) -> Challenge:
    found = await visit.stage.app.client.studio.challenges.of_guild(visit.stage.visitor.guild.id)
    return next(one for one in found if one.title == title and one.phase is not Phase.DRAFT)


def _paintings(visit: Visit) -> ReadyPaintings:
    stage = visit.stage
    return ReadyPaintings(stage.app.client, stage.visitor.guild.id, stage.channel.id)


async def _enter_all(visit: Visit, challenge: Challenge) -> None:
    """Submit the entry of each simulated member."""
    studio = visit.stage.app.client.studio
    for player in PLAYERS:
        member_id = visit.members[player.name]
        job = await _paintings(visit).add(player.entry, member_id, challenge_id=challenge.challenge_id)
        await studio.entering.submit(challenge, job.job_id, member_id)


async def _numbers(visit: Visit, challenge: Challenge) -> dict[str, int]:
    """The number of each player's entry, by its style."""
    entries = await visit.stage.app.client.studio.entries.of_challenge(challenge.challenge_id)
    by_member = {entry.member_id: entry.number or 0 for entry in entries}
    return {player.style: by_member[visit.members[player.name]] for player in PLAYERS}


def _voter(challenge: Challenge, number: int) -> Applicant:
    """A member who votes for favorites, and who isn't on the page."""
    long_ago = challenge.created_at - timedelta(days=400)
    return Applicant(number + 1, challenge.guild_id, account_created_at=long_ago, joined_at=long_ago)


CHALLENGE_CARDS: Mapping[str, Sequence[Step]] = {
    "create": [
        prepare(),
        type_command("challenge create"),
        write(title=TITLE, theme=THEME, closes="in 3 days 20:00", ends="in 6 days 20:00"),
    ],
    "setup": [
        submit(),
        remember("draft"),
        open_form("Picture…"),
        upload("picture", SAMPLES_DIR / f"{PHOTOGRAPH}.jpg"),
        submit_here("draft", "chelsea.jpg"),
        reload(),
    ],
    "setup-more": [
        press_here("More rules"),
        says("Repeats"),
        reload(),
        choose_instead("Entries count right away", "Moderators look at entries first"),
    ],
    "weekly": [open_form("Every week…"), write(themes=NEXT_THEMES)],
    "enter": [
        submit_here("draft", "every week"),
        press_here("Back"),
        says("Announced in"),
        press_here("Announce"),
        says("is announced"),
        latest("Entries are open"),
        remember("announced"),
        others_enter(),
        open_form("Enter"),
        choose_in_form("gallery", "Ink"),
    ],
    "entry": [submit(), shows("Submit"), play(3)],
    "submitted": [press_here("Submit"), shows("Withdraw"), play(3)],
    "my-entries": [back_to("announced"), press("My entries")],
    "review": [back_to("announced"), press("Review entries")],
    "open": [accept_all(), back_to("announced"), says("9 entries")],
    "extend": [send("challenge extend", challenge=TITLE, until="in 5 days")],
    "voting": [end_phase(TITLE), back_to("announced"), says("Voting is open")],
    "duel": [press("Vote")],
    "entries": [back_to("announced"), open_thread("Entry 1")],
    "results": [leave_thread(), others_compare(), end_phase(TITLE), latest("Results:")],
    "all-places": [press("All places")],
    "ended": [back_to("announced"), says("Ended")],
    "made": [open_thread("How it was made"), press("How it was made")],
    "favorites": [
        leave_thread(),
        open_encore(),
        latest(ENCORE_THEME),
        says("Voting is open"),
        remember("encore"),
        press("Vote"),
    ],
    "tie": [others_choose(), end_phase(ENCORE), back_to("encore"), says("tie")],
    "decide": [press("Choose the winner")],
    "leaderboard": [send("challenge leaderboard")],
    "settings": [send("challenge settings")],
    "style": [
        type_command("challenge create"),
        write(
            title=COMING, theme=COMING_THEME, opens="in 2 days 18:00", closes="in 9 days 18:00", ends="in 12 days 18:00"
        ),
        submit(),
        remember("coming"),
        open_form("Style…"),
        choose_in_form("style", "Night wind"),
    ],
    "scheduled": [
        submit_here("coming", "Night wind"),
        press_here("Announce"),
        says("is announced"),
        latest("Coming up"),
    ],
    "list": [send("challenge list")],
}
"""What leads to each card, in the order in which it happens. The message is photographed after the last step."""
