"""`/queue`, estimated times, and the limits that members see."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import discord
import pytest
import simcord
from structlog.testing import LogCapture

import bot
from bot.cards.queue import JobInProgress, queue_card
from bot.painting.job import Colors, JobState, PaintingOptions
from bot.painting.speed import Expected
from bot.words import ENGLISH
from stylizer.pool import FakeEngine, StepGate
from tests.bot.conftest import CONTENT, STYLE, OpenStudio, Studio, files, override_attachments, texts
from tests.bot.jobs import MINUTE, TimedEngine
from tests.bot.test_queue import job

RESULT = ["painting.png", "progress.gif"]


@pytest.fixture(autouse=True)
def clock_of_estimates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop the clock of estimates, which are to the minute, so that no minute ends during a test."""
    monkeypatch.setattr("bot.painting.estimates.time", lambda: 1_790_000_000.0)


async def open_timed(open_studio: OpenStudio, *, workers: int = 1, **settings: Any) -> Studio:
    """Open a studio that has painted once, so it knows how long that takes."""
    gate = StepGate()
    studio: Studio = await open_studio(TimedEngine(frames=1, workers=workers, gate=gate), **settings)
    studio.gate = gate
    await studio.stylize(studio.member("first"))
    await studio.step()
    return studio


async def queue(studio: Studio, member: Any = None, channel: Any = None) -> list[str]:
    """Return the lines that `/queue` shows a member (default: Alice)."""
    answer = await (member or studio.alice).slash(channel or studio.channel, "queue")
    assert answer.ephemeral
    assert not answer.deferred
    return texts(answer.response).splitlines()


def refusal(answer: simcord.InteractionResult) -> str:
    """Return the sentence of an ephemeral refusal that came before any work."""
    assert answer.ephemeral
    assert not answer.deferred
    assert answer.response is not None
    return answer.response.content


def moments(text: str) -> list[int]:
    """Return the timestamps in a text, in seconds."""
    return [int(moment) for moment in re.findall(r"<t:(\d+):t>", text)]


async def test_the_queue_is_empty_for_a_member_without_requests(studio: Studio) -> None:
    await studio.stylize(studio.bob)

    title, nothing, totals, left = await queue(studio)

    assert title == "### Your paintings"
    assert nothing == "Nothing in the queue. Start with **/stylize**."
    assert totals == "-# Queue: 1 being painted."
    assert re.fullmatch(r"-# 50 of 50 paintings left today; resets at <t:\d+:t>\.", left)


async def test_the_queue_shows_members_their_own_paintings_and_places(studio: Studio) -> None:
    draft, painterly, bobs, strong = [
        await studio.stylize(recipe="draft"),
        await studio.stylize(),
        await studio.stylize(studio.bob),
        await studio.stylize(style_strength=2, colors="content"),
    ]
    here = f"· {studio.channel.mention}"

    def linked(title: str, answer: simcord.InteractionResult) -> str:
        assert answer.response is not None
        return f"**[{title}](https://discord.com/channels/{studio.guild.id}/{studio.channel.id}/{answer.response.id})**"

    _, first, second, third, totals, left = await queue(studio)

    assert first == f"- {linked('Draft', draft)} · 64 px {here}: being painted"
    assert second == f"- {linked('Painterly', painterly)} · 64 px {here}: number 2 in the queue"
    options = "64 px · style strength 2 · colors kept"
    assert third == f"- {linked('Painterly', strong)} · {options} {here}: number 3 in the queue"
    assert totals == "-# Queue: 3 waiting, 1 being painted."
    assert left.startswith("-# 47 of 50 paintings left today;")
    assert (await queue(studio, studio.bob))[1] == f"- {linked('Painterly', bobs)} · 64 px {here}: next"


def shown(*places: JobInProgress) -> str:
    """Return the text of the card with these places."""
    card = queue_card([*places], waiting=0, painting=0, allowance=None, resets_at=datetime.now(UTC), words=ENGLISH)
    return "\n".join(item.content for item in card.walk_children() if isinstance(item, discord.ui.TextDisplay))


@pytest.mark.parametrize(
    ("state", "line"),
    [(JobState.FETCHING, "downloading your pictures"), (JobState.PAINTED, "painted, being posted")],
)
def test_the_queue_also_lists_jobs_that_are_neither_waiting_nor_running(state: JobState, line: str) -> None:
    place = JobInProgress(replace(job(1, None), state=state))

    assert f"- **Painterly** · 512 px: {line}" in shown(place)


def test_any_number_of_jobs_fits_on_a_card() -> None:
    long = replace(job(2**63, 2**63), options=PaintingOptions("painterly", 2048, 1.6, colors=Colors.KEEP))
    places = [JobInProgress(long, position, Expected(position * 1e4, position * 1e5)) for position in range(1000, 1100)]

    assert len(shown(*places)) < 4000
    assert "- … and 80 more" in shown(*places)


async def test_unset_limits_are_not_mentioned(open_studio: OpenStudio) -> None:
    studio: Studio = await open_studio(queue={"member_jobs_a_day": 0, "server_jobs_a_day": 0})

    assert (await queue(studio))[-1] == "-# Queue: empty."


async def test_estimated_times_come_from_past_paintings(
    open_studio: OpenStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    override_attachments(monkeypatch, width=96, height=64)
    studio = await open_timed(open_studio)
    await studio.stylize()
    waiting = await studio.stylize(studio.bob)
    await studio.stylize(size=256)

    _, painting, behind, *_ = await queue(studio)
    [done] = moments(painting)
    begins, behind_done = moments(behind)

    assert begins - done == MINUTE
    assert behind_done - begins == 3 * MINUTE  # four times the side, but most steps are painted small
    assert "painted, done around <t:" in painting
    assert "number 2 in the queue, starts around <t:" in behind
    assert re.search(r"You're next\.\n-# Starts around <t:\d+:t>\. Takes about 1 min\.", texts(waiting.response))
    assert moments(texts(waiting.response)) == [done]


async def test_an_overdue_estimate_shows_no_number(open_studio: OpenStudio) -> None:
    studio = await open_timed(open_studio)
    await studio.stylize()
    await studio.stylize(studio.bob)
    studio.clock.now += 2 * MINUTE  # twice as long as a painting takes

    assert (await queue(studio))[1].endswith(": being painted, done soon")
    assert ": next, starts soon, done around <t:" in (await queue(studio, studio.bob))[1]


def test_no_card_or_refusal_uses_a_live_countdown() -> None:
    """On a message that nobody edits, Discord's relative times count on into the past. Challenges' cards are edited."""
    bot_folder = Path(bot.__file__).parent
    relative = re.compile(r"""format_dt\([^)]*["']R["']|:R>""")
    found = {path for path in bot_folder.rglob("*.py") if relative.search(path.read_text(encoding="utf-8"))}
    assert found == {bot_folder / "cards" / "challenge" / name for name in ("announcement.py", "setup.py")}


async def test_painting_times_survive_a_restart(open_studio: OpenStudio) -> None:
    studio = await open_timed(open_studio)
    await studio.restart()

    await studio.stylize()

    assert moments((await queue(studio))[1])


async def test_a_member_runs_one_job_at_a_time_while_others_wait(open_studio: OpenStudio) -> None:
    gate = StepGate()
    studio: Studio = await open_studio(FakeEngine(workers=2, gate=gate))
    first, second = await studio.stylize(), await studio.stylize()

    others = await studio.stylize(studio.bob)

    assert ["Painting" in texts(answer.response) for answer in (first, second, others)] == [True, False, True]
    gate.open()
    await studio.env.settle()
    assert files(second.response) == RESULT


async def test_a_member_with_too_many_jobs_reads_when_one_will_be_done(open_studio: OpenStudio) -> None:
    studio = await open_timed(open_studio, queue={"member_jobs": 1})
    await studio.stylize()
    [done] = moments((await queue(studio))[1])

    assert refusal(await studio.stylize()) == (
        "You already have 1 painting in the queue or in progress. "
        f"Cancel it, or try again when it's done, probably around <t:{done}:t>."
    )


async def test_a_busy_server_is_refused_and_others_are_not(open_studio: OpenStudio) -> None:
    studio: Studio = await open_studio(queue={"server_jobs": 2})
    await studio.stylize()
    await studio.stylize(studio.bob)

    sentence = refusal(await studio.stylize(studio.mia))

    assert sentence == "This server already has 2 paintings in the queue or in progress. Try again when one is done."
    elsewhere = studio.env.create_guild("Elsewhere")
    channel = elsewhere.create_text_channel("atelier")
    eve = elsewhere.add_member(studio.env.create_user("eve"))
    assert not (await eve.slash(channel, "stylize", content=CONTENT, style=STYLE, size=64)).ephemeral


async def test_a_full_queue_says_when_a_place_will_be_free(open_studio: OpenStudio) -> None:
    studio = await open_timed(open_studio, queue={"limit": 1})
    await studio.stylize()

    sentence = refusal(await studio.stylize(studio.bob))

    assert re.fullmatch(
        r"The queue is full \(1 painting\)\. Try again when it's done, probably around <t:\d+:t>\.", sentence
    )


async def test_daily_counts_survive_a_restart(open_studio: OpenStudio) -> None:
    studio: Studio = await open_studio(queue={"member_jobs_a_day": 2})
    await studio.stylize()
    answer = await studio.stylize()
    await studio.restart()
    await studio.finish()

    sentence = refusal(await studio.stylize())

    assert sentence.startswith("You've asked for 2 paintings today; that's today's limit. It resets at ")
    assert " 0 of 2 paintings left today;" in (await queue(studio))[-1]
    assert refusal(await studio.press(answer, "Again")) == sentence
    assert not (await studio.stylize(studio.bob)).ephemeral


async def test_all_members_see_their_servers_daily_count(open_studio: OpenStudio) -> None:
    studio: Studio = await open_studio(queue={"server_jobs_a_day": 1})
    await studio.stylize()

    sentence = refusal(await studio.stylize(studio.bob))

    assert sentence.startswith("This server's members have asked for 1 painting today")
    assert " 0 of this server's 1 painting left today;" in (await queue(studio, studio.mia))[-1]


async def test_failed_or_unstarted_jobs_do_not_count_toward_the_daily_limit(
    open_studio: OpenStudio, logs: LogCapture
) -> None:
    gate = StepGate()
    studio: Studio = await open_studio(FakeEngine(gate=gate), queue={"member_jobs_a_day": 2})
    await studio.stylize(studio.bob)
    waiting = await studio.stylize()

    await studio.press(waiting, "Cancel")
    assert " 2 of 2 paintings left today;" in (await queue(studio))[-1]

    studio.engine.fail_at = 1
    await studio.stylize()
    gate.open()
    await studio.env.settle()
    logs.entries.clear()
    assert " 2 of 2 paintings left today;" in (await queue(studio))[-1]


async def test_a_started_painting_counts_toward_the_daily_limit_even_if_canceled(studio: Studio) -> None:
    answer = await studio.stylize()
    await studio.step()

    await studio.press(answer, "Cancel")

    assert " 49 of 50 paintings left today;" in (await queue(studio))[-1]
