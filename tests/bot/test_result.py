"""Results: what they show, what their buttons do, who can press them, and that they survive restarts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord
import pytest
import simcord

from bot.cards.job import job_card
from bot.cards.result import result_card
from bot.files.pictures import Pictures
from bot.messages.address import message_url
from bot.messages.card import CardFile
from bot.painting.job import (
    HD_RECIPE,
    MIN_STYLE_STRENGTH,
    Colors,
    Input,
    Job,
    JobState,
    PaintingOptions,
    Result,
    Variation,
)
from bot.painting.progress import Ended, Painting
from bot.painting.thumbnails import Thumbnails
from bot.words import ENGLISH
from stylizer.recipe import MAX_STYLE_STRENGTH
from tests.bot.conftest import (
    CONTENT,
    STYLE,
    Studio,
    alt_texts,
    ephemeral_text,
    files,
    galleries,
    labels,
    picture,
    texts,
    thumbnails,
)
from tests.bot.faults import locked_database
from tests.bot.jobs import make_job


@pytest.fixture
async def result(studio: Studio) -> simcord.InteractionResult:
    """Alice's finished painting; later paintings wait at a gate again."""
    answer = await studio.stylize(style_strength=1.25, recipe="draft")
    await studio.step(3)
    assert "Again" in labels(answer.response)
    return answer


async def pressed(studio: Studio, result: simcord.InteractionResult, label: str) -> Any:
    """Press a button, and return the resulting job."""
    answer = await studio.press(result, label)
    await studio.finish()
    assert files(answer.response) == ["painting.png", "progress.gif"]
    assert files(result.response) == ["painting.png", "progress.gif"]
    return studio.engine.jobs[-1]


async def test_the_painting_and_the_gif_have_separate_galleries(result: simcord.InteractionResult) -> None:
    assert galleries(result.response) == [["painting.png"], ["progress.gif"]]


async def test_the_result_keeps_showing_its_source_pictures(result: simcord.InteractionResult) -> None:
    assert result.response is not None
    uploaded = {attachment.url: attachment.filename for attachment in result.response.attachments}

    assert [uploaded.get(url) for url in thumbnails(result.response)] == ["content.jpg", "style.jpg"]


async def test_every_picture_in_the_result_has_alt_text(result: simcord.InteractionResult) -> None:
    assert alt_texts(result.response) == [
        "photo.png in the style of waves.png",
        "Timelapse of photo.png in the style of waves.png",
        "Content: photo.png",
        "Style: waves.png",
    ]


async def test_swapped_pictures_have_swapped_descriptions(studio: Studio, result: simcord.InteractionResult) -> None:
    answer = await studio.press(result, "Swap content and style")
    await studio.finish()

    assert alt_texts(answer.response)[0] == "waves.png in the style of photo.png"


async def test_a_result_whose_thumbnails_are_gone_is_shown_without_them(studio: Studio) -> None:
    answer = await studio.stylize()
    with pytest.MonkeyPatch.context() as patch:

        async def gone(_pictures: Pictures, _job: Job) -> tuple[None, list[None]]:
            return None, [None]

        patch.setattr(Pictures, "thumbnails", gone)
        await studio.finish()

    assert galleries(answer.response) == [["painting.png"], ["progress.gif"]]
    assert thumbnails(answer.response) == []
    assert f"for <@{studio.alice.id}>" in texts(answer.response)


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("Again", "New variation of"),
        ("Stronger style", "Stronger style of"),
        ("Weaker style", "Weaker style of"),
        ("HD", "HD version of"),
        ("Swap content and style", "Content and style of"),
    ],
)
async def test_a_variation_links_to_its_original(
    studio: Studio, result: simcord.InteractionResult, label: str, said: str
) -> None:
    assert result.response is not None
    url = f"https://discord.com/channels/{studio.guild.id}/{studio.channel.id}/{result.response.id}"

    answer = await studio.press(result, label)
    assert f"-# {said} [this painting]({url})" in texts(answer.response)
    await studio.restart()
    await studio.finish()

    assert files(answer.response) == ["painting.png", "progress.gif"]
    assert f"-# {said} [this painting]({url})" in texts(answer.response)


async def test_an_original_painting_mentions_no_other(result: simcord.InteractionResult) -> None:
    assert "this painting" not in texts(result.response)


@pytest.mark.parametrize("options", [{"colors": "only"}, {"style_strength": 0.0}])
async def test_a_new_seed_is_not_offered_where_it_changes_nothing(studio: Studio, options: dict[str, Any]) -> None:
    answer = await studio.stylize(**options)
    await studio.finish()
    assert files(answer.response) == ["painting.png", "progress.gif"]
    assert labels(answer.response)[0] == "Edit…"


@pytest.mark.parametrize(
    ("side_px", "size", "said"),
    [
        (16, 512, "The content picture is only 16 × 16 px, enlarged 32×. Send a larger one for more detail."),
        (30, 64, "The content picture is only 30 × 30 px, enlarged 2.1×. Send a larger one for more detail."),
        (33, 64, None),
        (600, 512, None),
    ],
)
async def test_a_result_says_if_its_content_picture_was_much_smaller(
    studio: Studio, side_px: int, size: int, said: str | None
) -> None:
    answer = await studio.stylize(content=("emoji.png", picture(size=(side_px, side_px))), size=size)
    await studio.finish()

    assert texts(answer.response).splitlines()[2:] == ([] if said is None else [f"-# {said}"])


def test_the_largest_cards_fit_discords_limits() -> None:
    content = Input("content", url="https://cdn.discordapp.com/a.png", sha256="s" * 64, name="w" * 2000)
    job = make_job(
        2**63,
        inputs=(content, replace(content, role="style")),
        options=PaintingOptions("painterly", 2048, 1.6, colors=Colors.KEEP, seed=2**31),
        variation=Variation.SWAP,
        origin_url=message_url(2**63, 2**63, 2**63),
        painting_seconds=10**5,
        enlargement=127.9,
    )
    painted = Result("painting", "image/png", "p" * 64, width_px=2048, height_px=2048)
    small = Thumbnails.uploaded(job, b"content", [b"style"])
    result = result_card(
        job, painted, painting=CardFile("p", b""), gif=CardFile("g", b""), thumbnails=small, words=ENGLISH
    )
    problem = Ended(JobState.FAILED, "A sentence. " * 100)
    for card in (
        result,
        job_card(job, problem, small, ENGLISH),
        job_card(job, Painting(1, 2, 1e5, b"preview", 99), small, ENGLISH),
    ):
        items = list(card.view.walk_children())
        assert len(items) <= 40
        assert sum(len(item.content) for item in items if isinstance(item, discord.ui.TextDisplay)) <= 4000
        assert len(card.files) <= 10
        assert len({file.name for file in card.files}) == len(card.files)
        alts = [item.description or "" for item in items if isinstance(item, discord.ui.Thumbnail)]
        for gallery in items:
            if isinstance(gallery, discord.ui.MediaGallery):
                alts += [entry.description or "" for entry in gallery.items]
        assert len(alts) >= 2
        assert all(0 < len(alt) <= 1024 for alt in alts)


async def test_again_paints_with_a_new_seed(studio: Studio, result: simcord.InteractionResult) -> None:
    job = await pressed(studio, result, "Again")

    first = studio.engine.jobs[0]
    assert (job.recipe, job.content, job.styles[0].picture) == (first.recipe, first.content, first.styles[0].picture)
    assert job.seed != first.seed


@pytest.mark.parametrize(("label", "strength"), [("Stronger style", 1.5), ("Weaker style", 1.0)])
async def test_stronger_and_weaker_change_only_the_strength(
    studio: Studio, result: simcord.InteractionResult, label: str, strength: float
) -> None:
    job = await pressed(studio, result, label)

    assert job.recipe.style_strength == pytest.approx(strength)
    assert job.seed == studio.engine.jobs[0].seed


async def test_swap_exchanges_content_and_style(studio: Studio, result: simcord.InteractionResult) -> None:
    job = await pressed(studio, result, "Swap content and style")

    assert (job.content, job.styles[0].picture) == (STYLE[1], CONTENT[1])


async def test_hd_uses_the_hd_recipe_at_its_default_size(studio: Studio, result: simcord.InteractionResult) -> None:
    answer = await studio.press(result, "HD")

    job = studio.engine.jobs[-1]
    assert (job.recipe.name, job.recipe.longest_side_px, job.recipe.style_strength) == ("hd", 1024, 1.25)
    await studio.press(answer, "Cancel")


@pytest.mark.parametrize(("size", "is_offered"), [(768, True), (1024, False)])
async def test_hd_is_offered_where_it_goes_on_from_the_painting(studio: Studio, size: int, is_offered: bool) -> None:
    answer = await studio.stylize(size=size)
    await studio.finish()
    assert ("HD" in labels(answer.response)) is is_offered

    if is_offered:
        await studio.press(answer, "HD")
        await studio.env.settle()
        assert answer.response is not None
        assert studio.engine.jobs[-1].start == await answer.response.attachments[0].read()


async def test_a_variation_shows_its_source_pictures(studio: Studio, result: simcord.InteractionResult) -> None:
    answer = await studio.press(result, "Swap content and style")
    await studio.step()

    assert [url.rpartition("/")[2] for url in thumbnails(answer.response)] == ["content.jpg", "style.jpg"]
    assert files(answer.response) == ["preview-01.jpg"]


async def test_anybody_can_request_a_variation_under_their_own_name(
    studio: Studio, result: simcord.InteractionResult
) -> None:
    answer = await studio.press(result, "Again", by=studio.bob)

    assert f"for <@{studio.bob.id}>" in texts(answer.response)


async def test_two_simultaneous_presses_paint_once(studio: Studio, result: simcord.InteractionResult) -> None:
    await studio.press(result, "Again")
    second = await studio.press(result, "Again")
    await studio.finish()

    assert second.ephemeral
    assert second.response is not None
    assert (
        second.response.content
        == "You pressed this a moment ago, and that painting is still in progress. Press it again when it's done."
    )
    assert len(studio.engine.jobs) == 2


async def test_a_variation_counts_toward_the_limit_of_the_member_who_pressed(
    studio: Studio, result: simcord.InteractionResult
) -> None:
    for label in ("Again", "Swap content and style", "HD"):
        await studio.press(result, label)

    refused = await studio.press(result, "Weaker style")

    assert refused.ephemeral
    assert refused.response is not None
    assert refused.response.content.startswith("You already have 3 paintings")


async def test_delete_asks_only_the_member_who_pressed_for_confirmation(
    studio: Studio, result: simcord.InteractionResult
) -> None:
    asked = await studio.press(result, "Delete")

    [question] = asked.followups
    assert question.ephemeral
    assert texts(question).startswith("## Delete this painting?")
    assert labels(question) == ["Delete", "Cancel"]
    await studio.alice.click(question, label="Cancel")
    assert texts(question) == "Nothing was deleted."
    assert files(result.response) == ["painting.png", "progress.gif"]


async def test_the_owner_can_delete_the_painting(studio: Studio, result: simcord.InteractionResult) -> None:
    done = await studio.delete(result)

    assert texts(done.response) == "The painting was deleted."

    assert studio.channel.history() == []


async def test_deleting_a_missing_message_is_not_an_error(studio: Studio, result: simcord.InteractionResult) -> None:
    asked = await studio.press(result, "Delete")
    studio.env.inject_error("DELETE", "/webhooks/*/*/messages/@original", status=404, code=10008)

    done = await studio.alice.click(asked.followups[0], label="Delete")

    assert texts(done.response) == "The painting was deleted."


async def test_a_moderator_can_delete_the_painting(studio: Studio, result: simcord.InteractionResult) -> None:
    await studio.delete(result, by=studio.mia)

    assert studio.channel.history() == []


async def test_other_members_cannot_delete(studio: Studio, result: simcord.InteractionResult) -> None:
    answer = await studio.press(result, "Delete", by=studio.bob)

    assert ephemeral_text(answer).startswith(f"Only <@{studio.alice.id}> and moderators")
    assert "can delete this painting" in ephemeral_text(answer)
    assert files(result.response) == ["painting.png", "progress.gif"]


WEBHOOK, BY_ID = "/webhooks/*/*/messages/@original", "/channels/*/messages/*"


def deletes(studio: Studio) -> list[str]:
    """Return how the bot deleted messages: with a token, or as itself."""
    paths = [request.path for request in studio.env.http_requests if request.method == "DELETE"]
    return ["token" if path.endswith("@original") else "itself" for path in paths]


async def state(studio: Studio) -> JobState:
    """Return the latest job's state in the database."""
    [job] = await studio.app.client.studio.records.latest_painted(1)
    return job.state


async def test_delete_works_on_a_message_in_a_channel_without_the_bot(
    studio: Studio, result: simcord.InteractionResult
) -> None:
    asked = await studio.press(result, "Delete")
    studio.env.inject_error("DELETE", BY_ID, status=403, code=50001, times=None)
    await studio.restart()

    done = await studio.alice.click(asked.followups[0], label="Delete")

    assert texts(done.response) == "The painting was deleted."
    assert deletes(studio) == ["token"]
    assert studio.channel.history() == []
    [job] = await studio.app.client.studio.records.latest_painted(1)
    assert job.press is None  # its token is deleted once it isn't needed


async def test_a_confirmation_still_works_after_an_hour(studio: Studio, result: simcord.InteractionResult) -> None:
    asked = await studio.press(result, "Delete")
    await studio.env.advance_time(60 * 60)

    await studio.alice.click(asked.followups[0], label="Delete")

    assert deletes(studio) == ["itself"]
    assert studio.channel.history() == []


async def delete_but_keep(
    studio: Studio, result: simcord.InteractionResult, *, status: int = 403, code: int = 50001, **error: Any
) -> simcord.InteractionResult:
    """Delete a painting whose message Discord doesn't delete; return what its owner is told."""
    asked = await studio.press(result, "Delete")
    for path in (WEBHOOK, BY_ID):
        studio.env.inject_error("DELETE", path, status=status, code=code, **error)
    return await studio.alice.click(asked.followups[0], label="Delete")


@pytest.mark.parametrize(
    ("status", "code", "explanation"),
    [(403, 50001, "Missing Access"), (400, 50083, "Thread is archived"), (503, 0, "Discord says")],
)
async def test_an_undeletable_message_is_reported_and_its_painting_is_still_deleted(
    studio: Studio, result: simcord.InteractionResult, status: int, code: int, explanation: str
) -> None:
    sentence = ephemeral_text(
        await delete_but_keep(studio, result, status=status, code=code, message=explanation, times=None)
    )

    assert sentence.startswith("Atelier deleted its copy of this painting but couldn't delete the message: ")
    assert explanation in sentence
    assert await state(studio) is JobState.DELETED


async def test_a_deleted_painting_whose_message_stays_is_not_painted_again(
    studio: Studio, result: simcord.InteractionResult
) -> None:
    await delete_but_keep(studio, result)
    painted = len(studio.engine.jobs)

    again = await studio.press(result, "Again", by=studio.bob)

    assert ephemeral_text(again).startswith("Atelier no longer has the pictures of this painting.")
    assert len(studio.engine.jobs) == painted


async def test_pressing_delete_again_removes_a_leftover_message(
    studio: Studio, result: simcord.InteractionResult
) -> None:
    await delete_but_keep(studio, result)
    assert files(result.response) == ["painting.png", "progress.gif"]

    again = await studio.press(result, "Delete")

    assert ephemeral_text(again) == "This painting is already deleted."
    assert studio.channel.history() == []


async def test_a_second_confirmation_says_that_it_is_already_deleted(
    studio: Studio, result: simcord.InteractionResult
) -> None:
    asked, twin = await studio.press(result, "Delete"), await studio.press(result, "Delete", by=studio.mia)
    await studio.alice.click(asked.followups[0], label="Delete")

    second = await studio.mia.click(twin.followups[0], label="Delete")

    assert ephemeral_text(second) == "This painting is already deleted."


async def test_a_deletion_is_in_the_database_before_discord_gets_it(
    studio: Studio, result: simcord.InteractionResult
) -> None:
    asked = await studio.press(result, "Delete")

    async with locked_database(studio):
        refused = await studio.alice.click(asked.followups[0], label="Delete")

    assert ephemeral_text(refused).startswith("Atelier can't use its database right now.")
    assert deletes(studio) == []
    assert files(result.response) == ["painting.png", "progress.gif"]


async def test_the_source_owner_can_delete_a_variation(studio: Studio, result: simcord.InteractionResult) -> None:
    bobs = await studio.press(result, "Again", by=studio.bob)
    await studio.finish()

    done = await studio.delete(bobs)

    assert texts(done.response) == "The painting was deleted."
    assert bobs.response is None


async def test_the_right_to_delete_is_checked_again_on_confirmation(
    studio: Studio, result: simcord.InteractionResult
) -> None:
    asked = await studio.press(result, "Delete", by=studio.mia)
    [role] = [role for role in studio.guild.roles.values() if role.name == "Moderators"]
    studio.env.backend.remove_member_role(studio.guild.id, studio.mia.id, role.id)

    refused = await studio.mia.click(asked.followups[0], label="Delete")

    assert ephemeral_text(refused).startswith(f"Only <@{studio.alice.id}> and moderators")
    assert files(result.response) == ["painting.png", "progress.gif"]


async def test_only_the_owner_can_delete_a_painting_whose_row_is_gone(
    studio: Studio, result: simcord.InteractionResult
) -> None:
    records = studio.app.client.studio.records
    [job] = await records.latest_painted(1)
    await records.take_back(job.job_id)

    assert ephemeral_text(await studio.press(result, "Delete", by=studio.bob)).startswith("Only")
    await studio.delete(result)

    assert studio.channel.history() == []


@pytest.mark.parametrize("label", ["Again", "Stronger style", "Weaker style", "HD", "Swap content and style"])
async def test_the_variations_survive_a_restart(studio: Studio, result: simcord.InteractionResult, label: str) -> None:
    await studio.restart()

    answer = await studio.press(result, label)
    await studio.step()

    assert "33%" in texts(answer.response)


async def test_delete_survives_a_restart(studio: Studio, result: simcord.InteractionResult) -> None:
    await studio.restart()
    asked = await studio.press(result, "Delete")
    await studio.restart()

    await studio.alice.click(asked.followups[0], label="Delete")

    assert studio.channel.history() == []


async def test_the_member_who_pressed_reads_that_the_pictures_are_gone(
    studio: Studio, result: simcord.InteractionResult
) -> None:
    for path in studio.app.settings.data_dir.glob("pictures/*/*"):
        path.unlink()

    answer = await studio.press(result, "Again")

    assert ephemeral_text(answer).startswith("Atelier no longer has the pictures")


@pytest.mark.parametrize(("size_px", "hd_size_px"), [(None, None), (512, None), (2048, 2048)])
def test_hd_never_makes_a_painting_smaller(size_px: int | None, hd_size_px: int | None) -> None:
    options = PaintingOptions(size_px=size_px).varied(Variation.HD)

    assert (options.recipe_name, options.size_px) == (HD_RECIPE, hd_size_px)


def test_strength_stays_within_the_commands_range() -> None:
    options = PaintingOptions()
    for _ in range(20):
        options = options.varied(Variation.STRONGER)
    assert options.style_strength == MAX_STYLE_STRENGTH
    for _ in range(40):
        options = options.varied(Variation.WEAKER)
    assert options.style_strength == MIN_STYLE_STRENGTH == 0


def test_four_presses_of_weaker_reach_the_photograph_and_four_of_stronger_return() -> None:
    options = PaintingOptions()
    strengths = []
    for _ in range(4):
        options = options.varied(Variation.WEAKER)
        strengths.append(options.style_strength)
    assert strengths == [0.75, 0.5, 0.25, 0]
    assert options.varied(Variation.WEAKER) == options
    for _ in range(4):
        options = options.varied(Variation.STRONGER)
    assert options == PaintingOptions()
