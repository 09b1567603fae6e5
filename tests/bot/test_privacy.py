"""`/privacy` and `/forget-me`: what members read, and what is actually deleted."""

from __future__ import annotations

import pytest
from simcord.actors import MemberActor
from simcord.results import ResponseMessage

from bot.commands.privacy import CANCEL_TIMEOUT_SECONDS
from tests.bot.conftest import OpenStudio, Studio, ephemeral_text, files, labels, picture, texts
from tests.bot.faults import hold_edits
from tests.bot.test_retention import files_below

OWN = {"content": ("mine.png", picture("crimson")), "style": ("mine too.png", picture("gold"))}


async def forget(studio: Studio, member: MemberActor, *, press: str = "Forget me") -> ResponseMessage:
    """Run `/forget-me`, answer its question, and return the result."""
    asked = await member.slash(studio.channel, "forget-me")
    assert asked.response is not None
    assert asked.response.ephemeral
    assert labels(asked.response) == ["Forget me", "Cancel"]
    await member.click(asked.response, label=press)
    return asked.response


def pictures(studio: Studio) -> set[str]:
    """Return the names of all stored pictures."""
    return files_below(studio.app.settings.data_dir / "pictures")


async def test_privacy_shows_the_retention_times_and_who_sees_what(open_studio: OpenStudio) -> None:
    studio: Studio = await open_studio(retention={"input_hours": 1, "result_hours": 36})
    log = studio.guild.create_text_channel("log")

    answer = await studio.alice.slash(studio.channel, "privacy")
    assert answer.ephemeral
    assert answer.response is not None
    text = texts(answer.response)
    assert "**The pictures you send**, with a small copy of each: for 1 hour after" in text
    assert "**Your paintings and their timelapse GIFs**: for 36 hours." in text
    assert "**A record of each painting**: for 36 hours." in text
    assert "`/forget-me`" in text
    assert log.mention not in text

    await studio.app.client.studio.servers.change(studio.guild.id, log_channel_id=log.id)
    answer = await studio.alice.slash(studio.channel, "privacy")
    assert answer.response is not None
    assert f"one line in {log.mention} for every painting here" in texts(answer.response)


async def test_a_member_without_data_reads_that_nothing_is_kept(studio: Studio) -> None:
    answer = await studio.alice.slash(studio.channel, "forget-me")

    assert answer.ephemeral
    assert texts(answer.response).startswith("## Nothing to forget")
    assert labels(answer.response) == []


async def test_forgetting_a_member_keeps_other_members_data(studio: Studio) -> None:
    studio.gate.open()
    bobs = await studio.stylize(studio.bob)
    of_bob = pictures(studio)
    done = await studio.stylize(**OWN)
    await studio.stylize()  # the same pictures that Bob sent

    confirmation = await forget(studio, studio.alice)

    assert texts(confirmation) == "## Forgotten\nDeleted: 7 picture files and the records of 2 paintings."
    assert pictures(studio) == of_bob
    assert ephemeral_text(await studio.press(done, "Again")).startswith(
        "Atelier no longer has the pictures of this painting."
    )
    assert not (await studio.press(bobs, "Again", by=studio.bob)).ephemeral
    assert texts((await studio.alice.slash(studio.channel, "forget-me")).response).startswith("## Nothing to forget")
    assert files(done.response) == ["painting.png", "progress.gif"]


async def test_a_member_reads_only_what_was_actually_deleted(studio: Studio) -> None:
    await studio.stylize()
    await studio.finish()
    asked = [await studio.alice.slash(studio.channel, "forget-me") for _ in range(2)]
    for answer in asked:
        assert answer.response is not None
        await studio.alice.click(answer.response, label="Forget me")

    first, second = (texts(answer.response) for answer in asked)
    assert first == "## Forgotten\nDeleted: 7 picture files and the record of 1 painting."
    assert second.startswith("## Nothing to forget")


async def test_a_member_is_forgotten_before_their_files_are_looked_for(studio: Studio) -> None:
    await studio.stylize(**OWN)
    await studio.finish()

    await forget(studio, studio.alice)

    edits = [str(request.json) for request in studio.env.http_requests if request.method == "PATCH"]
    so_far, at_the_end = edits[-2:]
    assert "## Forgotten\\nDeleted: the record of 1 painting.\\n-# Your picture files are being deleted now." in so_far
    assert "## Forgotten\\nDeleted: 7 picture files and the record of 1 painting.'" in at_the_end


async def test_canceling_keeps_everything(studio: Studio) -> None:
    await studio.stylize()
    await studio.finish()
    before = pictures(studio)

    confirmation = await forget(studio, studio.alice, press="Cancel")

    assert texts(confirmation).startswith("## Nothing was deleted")
    assert pictures(studio) == before


async def test_waiting_and_running_paintings_are_canceled_and_forgotten(studio: Studio) -> None:
    painted = await studio.stylize(**OWN)
    waiting = await studio.stylize(**OWN)
    await studio.step()

    confirmation = await forget(studio, studio.alice)

    assert "Canceled by" in texts(painted.response)
    assert "Canceled by" in texts(waiting.response)
    assert texts(confirmation) == "## Forgotten\nDeleted: 2 picture files and the records of 2 paintings."
    assert pictures(studio) == set()
    assert await studio.app.client.studio.records.lease_unsettled(even_leased=True) == []


async def test_a_painting_being_posted_arrives_and_is_then_forgotten(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = hold_edits(monkeypatch, studio)
    answer = await studio.stylize(**OWN)
    await studio.finish()
    confirmation = await forget(studio, studio.alice)

    taken.set()
    await studio.env.settle()

    assert files(answer.response) == ["painting.png", "progress.gif"]
    assert texts(confirmation) == "## Forgotten\nDeleted: 7 picture files and the record of 1 painting."
    assert pictures(studio) == set()


async def test_a_slow_delivery_is_mentioned_and_still_completes(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    await studio.stylize(**OWN)
    await studio.finish()
    taken = hold_edits(monkeypatch, studio)
    late = await studio.stylize()
    confirmation = await forget(studio, studio.alice)

    await studio.env.advance_time(CANCEL_TIMEOUT_SECONDS)

    assert texts(confirmation) == (
        "## Forgotten\nDeleted: 7 picture files and the record of 1 painting.\n"
        "1 of your paintings is already being posted and can't be stopped. Use `/forget-me` again once it's there."
    )
    taken.set()
    await studio.env.settle()
    assert files(late.response) == ["painting.png", "progress.gif"]


async def test_no_deletion_is_reported_while_the_only_painting_is_being_posted(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = hold_edits(monkeypatch, studio)
    await studio.stylize(**OWN)
    await studio.finish()
    confirmation = await forget(studio, studio.alice)

    await studio.env.advance_time(CANCEL_TIMEOUT_SECONDS)

    assert texts(confirmation) == (
        "## Nothing was deleted yet\n"
        "1 of your paintings is already being posted and can't be stopped. Use `/forget-me` again once it's there."
    )
    taken.set()
    await studio.env.settle()
