"""`/stylize` without a style: the sheet of styles to choose from, and what its buttons and menu do."""

from __future__ import annotations

import asyncio
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from simcord.actors import MemberActor
from simcord.results import InteractionResult

from bot.errors import AlreadyChosen, AttachmentGone
from bot.painting.chooser import StyleChooser
from bot.painting.intake import MAX_UNDECIDED
from bot.painting.job import Job
from bot.painting.request import ChoiceRequest
from tests.bot.conftest import (
    CONTENT,
    OpenStudio,
    Studio,
    alt_texts,
    ephemeral_text,
    files,
    labels,
    override_interactions,
    picture,
    texts,
    unspoilered,
    walk,
)
from tests.bot.faults import hold_edits
from tests.bot.galleries import TEN, host_gallery, style_picture
from tests.bot.jobs import make_job
from tests.bot.test_retention import files_below

ALREADY_CHOSEN = "This choice was already made or canceled. Use /stylize to paint the picture in another style."
NUMBERS = [str(number) for number in range(1, 10)]


@pytest.fixture
def gallery(tmp_path: Path) -> dict[str, Any]:
    """Settings of a host with ten styles."""
    return {"gallery": {"dir": host_gallery(tmp_path / "gallery")}}


@pytest.fixture
async def studio(open_studio: OpenStudio, gallery: dict[str, Any]) -> Studio:
    """A studio with ten built-in styles."""
    studio: Studio = await open_studio(**gallery)
    return studio


async def ask(studio: Studio, by: MemberActor | None = None, **options: Any) -> InteractionResult:
    """Send `/stylize` with nothing but a picture."""
    answer = await studio.stylize(by, style=None, **options)
    assert "Choose a style" in texts(answer.response)
    return answer


def menu(answer: InteractionResult) -> dict[str, str]:
    """The options of the card's menu: their values by their labels."""
    assert answer.response is not None
    [options] = [item["options"] for item in walk(answer.response.components) if item["type"] == 3]
    return {option["label"]: option["value"] for option in options}


def names(answer: InteractionResult) -> list[str]:
    """The names of the styles on the sheet, in their order."""
    lines = [line for line in texts(answer.response).splitlines() if line.startswith("-# **")]
    return [line.partition("** ")[2] for line in lines]


async def painted(studio: Studio, answer: InteractionResult) -> bytes:
    """Let the painting finish in the answer, and return the picture of its style."""
    await studio.finish()
    assert files(answer.response) == ["painting.png", "progress.gif"], texts(answer.response)
    [job] = studio.engine.jobs
    assert job.content == CONTENT[1]
    return job.styles[0].picture


async def metric(studio: Studio, name: str) -> float:
    """The sum of a counter."""
    samples = [sample for family in studio.app.metrics.registry.collect() for sample in family.samples]
    return sum(sample.value for sample in samples if sample.name == name)


async def test_a_picture_alone_is_answered_with_nine_styles_to_choose_from(studio: Studio) -> None:
    answer = await ask(studio)

    assert [label for label in labels(answer.response) if label.isdecimal()] == NUMBERS
    assert {"Next", "Surprise me", "Cancel"} <= set(labels(answer.response))
    assert names(answer) == list(TEN[:9])
    assert list(menu(answer))[:10] == [*(f"{n}. {name}" for n, name in zip(NUMBERS, TEN[:9], strict=True)), TEN[9]]
    assert alt_texts(answer.response) == ["Styles to choose from, numbered 1 to 9"]
    assert answer.response is not None
    with Image.open(io.BytesIO(await answer.response.attachments[0].read())) as sheet:
        assert sheet.width == sheet.height
    assert studio.engine.jobs == []


async def test_a_number_paints_in_that_style_on_the_very_message(studio: Studio) -> None:
    answer = await ask(studio)

    await studio.press(answer, "3")
    assert "Painting" in texts(answer.response)

    assert await painted(studio, answer) == style_picture(2)
    assert "Style: 02 Cobalt" in alt_texts(answer.response)
    assert len(studio.channel.history()) == 1


async def test_a_name_in_the_menu_paints_in_that_style(studio: Studio) -> None:
    answer = await ask(studio)
    assert answer.response is not None

    await studio.alice.select(answer.response, [menu(answer)[TEN[9]]])

    assert await painted(studio, answer) == style_picture(9)


async def test_surprise_me_paints_in_one_of_the_styles(studio: Studio) -> None:
    answer = await ask(studio)

    await studio.press(answer, "Surprise me")

    await painted(studio, answer)


async def test_pages_turn_and_still_work_after_a_restart(studio: Studio) -> None:
    answer = await ask(studio)
    await studio.restart()

    await studio.press(answer, "Next")
    assert names(answer)[0] == TEN[9]
    assert files(answer.response) == ["styles-2.jpg"]
    await studio.press(answer, "Previous")
    assert names(answer) == list(TEN[:9])
    await studio.press(answer, "Next")
    await studio.press(answer, "1")

    assert await painted(studio, answer) == style_picture(9)


async def test_a_choice_after_a_restart_is_painted(studio: Studio) -> None:
    answer = await ask(studio)
    await studio.restart()

    await studio.press(answer, "2")
    await studio.step(1)
    await studio.restart()

    assert await painted(studio, answer) == style_picture(1)


async def test_a_restart_during_the_download_asks_afterwards(open_studio: OpenStudio, gallery: dict[str, Any]) -> None:
    may_arrive = asyncio.Event()

    async def slow(_role: str, _url: str, *, write: Any, limit_bytes: int) -> None:
        await slowed.env.external_wait(may_arrive.wait(), reason="a slow download")
        await write(CONTENT[1])

    slowed: Studio = await open_studio(download=slow, **gallery)
    answer = await slowed.stylize(style=None)
    assert "Choose a style" not in texts(answer.response)

    await slowed.restart()
    may_arrive.set()
    await slowed.env.settle()
    assert "Choose a style" in texts(answer.response)
    await slowed.press(answer, "1")

    assert await painted(slowed, answer) == style_picture(0)


async def test_nobody_else_can_choose(studio: Studio) -> None:
    answer = await ask(studio)
    before = texts(answer.response)

    for label in ("1", "Next", "Surprise me", "Enter a name…"):
        refused = await studio.press(answer, label, by=studio.bob)
        assert ephemeral_text(refused) == (
            f"Only <@{studio.alice.id}> can choose here. Paint a picture of your own with /stylize."
        )

    assert texts(answer.response) == before
    assert studio.engine.jobs == []


async def test_a_second_press_before_the_card_changes_paints_nothing(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = await ask(studio)
    taken = hold_edits(monkeypatch, studio, showing="")

    await studio.press(answer, "1")
    refused = await studio.press(answer, "2")
    taken.set()

    assert ephemeral_text(refused) == ALREADY_CHOSEN
    assert await painted(studio, answer) == style_picture(0)


async def test_where_there_is_no_style_at_all_one_has_to_be_sent(studio: Studio) -> None:
    studio.app.client.studio.gallery.built_in = {}

    answer = await studio.stylize(style=None)
    asked = await studio.alice.slash(studio.channel, "stylize")
    submitted = await studio.alice.submit_modal(asked, {"content": CONTENT})

    assert ephemeral_text(answer) == (
        "The style picture is missing. Add it with `style`, `style_name`, or `style_link`."
    )
    assert ephemeral_text(submitted).startswith("The style picture is missing.")


async def test_two_presses_at_once_are_one_job(studio: Studio) -> None:
    answer = await ask(studio)
    await studio.stylize(studio.bob)  # which is painted first
    core = studio.app.client.studio
    assert answer.response is not None
    [custom_id] = {item["custom_id"] for item in walk(answer.response.components) if item.get("label") == "1"}
    *_, job_id, style_id = custom_id.split(":")
    style = core.gallery.built_in[style_id]
    choice = ChoiceRequest(job_id, studio.alice.id, make_job().address, answer.response.id, style)

    ends = await asyncio.gather(*(core.intake.choose(choice) for _ in range(2)), return_exceptions=True)

    assert {type(end) for end in ends} == {type(None), AlreadyChosen}
    assert len(core.scheduler.jobs_of(studio.alice.id)) == 1
    allowance = core.usage.allowance(studio.alice.id, None, core.servers.settings_of(None))
    assert allowance is not None
    assert allowance.limit - allowance.left == 1


async def test_choosing_takes_no_place_and_counts_only_once_a_style_is_chosen(
    open_studio: OpenStudio, gallery: dict[str, Any]
) -> None:
    studio: Studio = await open_studio(queue={"member_jobs": 1, "member_jobs_a_day": 1}, **gallery)
    first, second = await ask(studio), await ask(studio)
    queue = await studio.alice.slash(studio.channel, "queue")
    assert "1 of 1 painting left today" in texts(queue.response)
    assert "Nothing" in texts(queue.response)
    assert await metric(studio, "atelier_jobs_accepted_total") == 0

    await studio.press(first, "1")
    assert await metric(studio, "atelier_jobs_accepted_total") == 1
    await studio.finish()
    before = texts(second.response)
    refused = await studio.press(second, "1")

    assert "today" in ephemeral_text(refused)
    assert texts(second.response) == before
    assert len(studio.engine.jobs) == 1


async def test_a_choice_that_is_refused_can_be_made_later(open_studio: OpenStudio, gallery: dict[str, Any]) -> None:
    studio: Studio = await open_studio(queue={"member_jobs": 1}, **gallery)
    answer = await ask(studio)
    await studio.stylize()
    assert "already have 1 painting" in ephemeral_text(await studio.press(answer, "1"))
    await studio.finish()

    await studio.press(answer, "1")
    await studio.finish()

    assert [job.styles[0].picture for job in studio.engine.jobs][1] == style_picture(0)


async def test_with_another_undecided_picture_the_oldest_is_forgotten(studio: Studio) -> None:
    answers = [await ask(studio) for _ in range(MAX_UNDECIDED + 1)]

    forgotten = await studio.press(answers[0], "1")
    await studio.press(answers[1], "1")

    assert ephemeral_text(forgotten).startswith("Atelier no longer has the pictures of this painting.")
    await painted(studio, answers[1])


async def test_the_picture_is_kept_as_long_as_those_of_paintings(
    open_studio: OpenStudio, gallery: dict[str, Any]
) -> None:
    now = datetime.now(UTC)
    studio: Studio = await open_studio(now=lambda: now, retention={"input_hours": 1}, **gallery)
    answer = await ask(studio)
    janitor = studio.app.client.studio.janitor
    now += timedelta(minutes=50)
    await janitor.sweep()
    assert files_below(studio.data_dir / "pictures")

    now += timedelta(minutes=20)
    await janitor.sweep()
    assert not files_below(studio.data_dir / "pictures")
    late = await studio.press(answer, "1")

    assert ephemeral_text(late).startswith("Atelier no longer has the pictures of this painting.")
    assert studio.engine.jobs == []


async def test_forget_me_deletes_it(studio: Studio) -> None:
    answer = await ask(studio)

    asked = await studio.alice.slash(studio.channel, "forget-me")
    await studio.press(asked, "Forget me")

    late = await studio.press(answer, "1")
    assert ephemeral_text(late).startswith("Atelier no longer has the pictures of this painting.")


async def test_it_can_be_canceled_by_its_owner_and_by_moderators(studio: Studio) -> None:
    first, second = await ask(studio), await ask(studio)
    assert "Only" in ephemeral_text(await studio.press(first, "Cancel", by=studio.bob))
    await studio.restart()

    await studio.press(first, "Cancel")
    await studio.press(second, "Cancel", by=studio.mia)

    for answer, member in ((first, studio.alice), (second, studio.mia)):
        assert f"Canceled by <@{member.id}>." in texts(answer.response)
        assert labels(answer.response) == []
        assert files(answer.response) == []


async def test_no_styles_are_shown_over_a_painting_that_was_canceled_meanwhile(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    first_page = StyleChooser.first_page

    async def canceled_meanwhile(chooser: StyleChooser, job: Job) -> Any:
        page = await first_page(chooser, job)
        await studio.app.client.studio.records.save(job.canceled().settled())
        return page

    monkeypatch.setattr(StyleChooser, "first_page", canceled_meanwhile)

    answer = await studio.stylize(style=None)

    assert "Choose a style" not in texts(answer.response)


async def test_a_painting_that_was_chosen_can_be_canceled(studio: Studio) -> None:
    answer = await ask(studio)
    await studio.press(answer, "1")

    await studio.press(answer, "Cancel")

    assert "Canceled" in texts(answer.response)
    assert await studio.app.client.studio.records.lease_unsettled(even_leased=True) == []


async def test_a_picture_that_cannot_be_downloaded_is_said_and_counted_nowhere(
    open_studio: OpenStudio, gallery: dict[str, Any]
) -> None:
    async def nothing_there(_role: str, _url: str, *, write: Any, limit_bytes: int) -> None:
        raise AttachmentGone("content", 404)

    studio: Studio = await open_studio(download=nothing_there, queue={"member_jobs_a_day": 1}, **gallery)
    answer = await studio.stylize(style=None)
    await studio.env.settle()

    assert "no longer" in ephemeral_text(answer)
    assert await metric(studio, "atelier_jobs_ended_total") == 0
    queue = await studio.alice.slash(studio.channel, "queue")
    assert "1 of 1 painting left today" in texts(queue.response)


async def add_styles(studio: Studio) -> None:
    """Add one style to the server and two to Mia's shelf, of which she uses Yak."""
    for name, where in (("Zebra", "server"), ("Yak", "shelf"), ("Xerus", "shelf")):
        image = (f"{name}.png", picture(f"#{ord(name[0]):02x}00ff"))
        await studio.mia.slash(studio.channel, "style add", picture=image, name=name, where=where)
    await studio.stylize(studio.mia, style=None, style_name="Yak")
    await studio.finish()


async def test_in_a_private_answer_ones_own_styles_come_first_then_the_servers_and_each_by_its_uses(
    studio: Studio,
) -> None:
    await add_styles(studio)
    await studio.app.client.studio.preferences.change(studio.mia.id, private_answers=True)

    answer = await ask(studio, studio.mia)
    first = names(answer)[:4]
    await studio.press(answer, "Next", by=studio.mia)
    await studio.press(answer, "Previous", by=studio.mia)

    assert first == ["Yak", "Xerus", "Zebra", TEN[0]]
    assert names(answer)[:4] == first


async def test_in_direct_messages_ones_own_styles_come_first(studio: Studio) -> None:
    await add_styles(studio)

    answer = await studio.mia.user.slash("stylize", content=CONTENT)

    assert names(answer)[:3] == ["Yak", "Xerus", TEN[0]]


async def test_where_others_read_the_answer_it_shows_and_takes_none_of_ones_own_styles(studio: Studio) -> None:
    await add_styles(studio)
    gallery = studio.app.client.studio.gallery
    gallery.built_in = {key: style for key, style in gallery.built_in.items() if style.name in TEN}

    answer = await ask(studio, studio.mia)
    first = names(answer)
    await studio.press(answer, "Next", by=studio.mia)

    assert first + names(answer) == ["Zebra", *TEN]
    assert not {"Yak", "Xerus"} & set(menu(answer))
    gallery.built_in = {}
    await studio.press(answer, "Surprise me", by=studio.mia)
    await studio.finish()
    assert "Style: Zebra" in alt_texts(answer.response)


async def test_a_name_that_is_entered_paints_in_any_style_that_a_member_can_use(studio: Studio) -> None:
    await add_styles(studio)
    answer = await ask(studio, studio.mia)
    await studio.restart()

    form = await studio.press(answer, "Enter a name…", by=studio.mia)
    wrong = await studio.mia.submit_modal(form, {"name": "Walrus"})
    assert "Walrus" in ephemeral_text(wrong)
    assert "Choose a style" in texts(answer.response)
    form = await studio.press(answer, "Enter a name…", by=studio.mia)
    await studio.mia.submit_modal(form, {"name": "yak"})

    assert await painted(studio, answer) == picture("#5900ff")
    assert "Style: Yak" in alt_texts(answer.response)


async def test_a_sheet_with_a_spoiler_is_one(studio: Studio) -> None:
    answer = await ask(studio, content=("SPOILER_photo.png", CONTENT[1]))

    assert files(answer.response) == ["SPOILER_styles-1.jpg"]
    assert unspoilered(answer.response) == []


async def test_the_form_lets_a_member_choose_when_they_attach_no_style(studio: Studio) -> None:
    asked = await studio.alice.slash(studio.channel, "stylize")
    answer = await studio.alice.submit_modal(asked, {"content": CONTENT, "size": ["256"]})
    assert "Choose a style" in texts(answer.response)

    await studio.press(answer, "1")

    assert await painted(studio, answer) == style_picture(0)
    assert studio.engine.jobs[0].recipe.longest_side_px == 256


async def test_stylize_this_lets_a_member_choose_when_they_attach_no_style(studio: Studio) -> None:
    message = await studio.bob.send(studio.channel, "look", attachments=[CONTENT])
    asked = await studio.alice.context_menu(studio.channel, "Stylize this", message)
    answer = await studio.alice.submit_modal(asked, {"recipe": ["draft"]})
    assert "Choose a style" in texts(answer.response)

    await studio.press(answer, "1")

    assert await painted(studio, answer) == style_picture(0)


async def test_it_asks_in_the_members_language(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    override_interactions(monkeypatch, locale="de")
    answer = await studio.stylize(style=None)

    assert "Such dir einen Stil aus" in texts(answer.response)
    await studio.press(answer, "Weiter")
    assert "Such dir einen Stil aus" in texts(answer.response)
    await studio.press(answer, "Überrasch mich")
    await studio.finish()
    assert files(answer.response) == ["painting.png", "progress.gif"]


async def test_it_works_in_direct_messages(studio: Studio) -> None:
    answer = await studio.alice.user.slash("stylize", content=CONTENT)
    assert answer.response is not None
    assert "Choose a style" in texts(answer.response)

    await studio.alice.user.click(answer.response, label="2")

    assert await painted(studio, answer) == style_picture(1)


async def test_it_works_where_only_the_member_has_installed_the_bot(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    override_interactions(monkeypatch, authorizing_integration_owners={"1": str(studio.alice.id)})
    answer = await ask(studio)

    await studio.press(answer, "1")

    assert await painted(studio, answer) == style_picture(0)
