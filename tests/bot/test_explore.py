"""`/explore`: boards of small paintings, and what their buttons do."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from simcord import InteractionResult
from simcord.results import ResponseMessage

from bot.gallery.style import Scope, Visitor
from bot.painting.job import Colors
from stylizer.events import Event
from stylizer.pool import BOARD_RECIPE, FakeEngine, PaintingJob, StepGate
from tests.bot.conftest import (
    CONTENT,
    STYLE,
    OpenStudio,
    Studio,
    alt_texts,
    ephemeral_text,
    files,
    labels,
    override_interactions,
    picture,
    texts,
    walk,
)
from tests.databases import change_database

NAMES = ("Amber", "Birch", "Cobalt", "Dune", "Ember", "Fern", "Glass", "Haze", "Indigo", "Jade")


def board_ids(card: ResponseMessage) -> list[str]:
    """The IDs of the paintings and boards on a page of a history."""
    [select] = [item for item in walk(card.components) if item["type"] == 3]
    return [option["value"] for option in select["options"]]


@pytest.fixture
def gallery(tmp_path: Path) -> Path:
    """A host's folder of ten styles of different colors."""
    folder = tmp_path / "gallery"
    folder.mkdir()
    tables = []
    for number, name in enumerate(NAMES):
        (folder / f"{name}.png").write_bytes(picture(f"#{25 * number:02x}64{250 - 25 * number:02x}"))
        tables.append(f'[{name.lower()}]\nfile = "{name}.png"\ntitle = "{name}"\n')
    (folder / "styles.toml").write_text("\n".join(tables))
    return folder


@pytest.fixture
async def studio(open_studio: OpenStudio, gallery: Path) -> Studio:
    """A studio with ten built-in styles, whose painter waits at a gate before each step."""
    studio: Studio = await open_studio(gallery={"dir": gallery})
    return studio


async def explore(studio: Studio, **options: Any) -> InteractionResult:
    """Send `/explore` as Alice."""
    return await studio.alice.slash(studio.channel, "explore", **{"content": CONTENT, **options})


async def paint(studio: Studio, pictures: int) -> None:
    """Let the painter finish that many small paintings."""
    studio.gate.let_through(steps=3 * pictures)
    await studio.env.settle()
    studio.clock.now += 10
    await studio.env.settle()


async def board(studio: Studio, **options: Any) -> InteractionResult:
    """Alice's painted board; later paintings wait at a gate again."""
    answer = await explore(studio, **options)
    pictures = options.get("pictures", 9)
    await paint(studio, pictures)
    assert files(answer.response) == ["board.jpg"], texts(answer.response)
    return answer


def style_names(answer: InteractionResult) -> list[str]:
    """The styles that a board names, by number."""
    return [line.split("** ")[1] for line in texts(answer.response).splitlines() if line.startswith("-# **")]


async def uses(studio: Studio) -> dict[str, int]:
    """How often each style of the server was used, by its name."""
    visitor = Visitor(studio.alice.id, studio.guild.id)
    page = await studio.app.client.studio.gallery.page(Scope.SERVER, visitor, lambda style: style.name, size=9)
    return {style.name: style.uses for style in page.styles}


async def sheet_size(answer: InteractionResult) -> tuple[int, int]:
    """The size of the sheet that a board shows."""
    assert answer.response is not None
    with Image.open(io.BytesIO(await answer.response.attachments[0].read())) as sheet:
        return sheet.size


async def test_a_board_shows_a_picture_in_nine_styles_with_a_button_for_each(studio: Studio) -> None:
    answer = await board(studio)

    assert labels(answer.response)[:9] == [str(number) for number in range(1, 10)]
    assert {job.recipe.name for job in studio.engine.jobs} == {BOARD_RECIPE}
    assert len({job.styles[0].picture for job in studio.engine.jobs}) == 9
    assert len([line for line in texts(answer.response).splitlines() if line.startswith("-# **")]) == 9
    assert alt_texts(answer.response) == ["9 small paintings of photo.png, numbered"]
    width_px, height_px = await sheet_size(answer)
    assert (width_px, height_px) == (3 * 256 + 4 * 8, 3 * 171 + 4 * 8)


async def test_a_board_grows_picture_by_picture(studio: Studio) -> None:
    answer = await explore(studio, pictures=4)
    assert "Painting your board" in texts(answer.response)

    await studio.step(3)
    first = files(answer.response)
    await studio.step(3)

    assert first[0].startswith("preview-")
    assert "50%" in texts(answer.response)
    assert files(answer.response) != first


async def test_the_owner_of_a_slow_board_reads_that_the_board_is_ready(studio: Studio) -> None:
    await explore(studio, pictures=4)
    await change_database(studio.data_dir, "UPDATE jobs SET created_at = datetime(created_at, ?)", "-300 seconds")

    await studio.restart()
    await studio.finish()

    assert f"<@{studio.alice.id}> Your board is ready." in [message.content for message in studio.channel.history()]


async def test_a_boards_first_picture_is_shown_at_once_and_the_next_ones_now_and_then(studio: Studio) -> None:
    answer = await explore(studio, pictures=4)
    edits = studio.edits()

    studio.gate.let_through()  # and no time passes
    await studio.env.settle()
    first = files(answer.response)
    studio.gate.let_through(steps=2)
    await studio.env.settle()

    assert first == ["preview-01.jpg"]
    assert files(answer.response) == first
    assert studio.edits() == edits + 1


async def test_a_growing_board_and_the_queue_name_no_recipe_for_its_small_paintings(studio: Studio) -> None:
    answer = await explore(studio)
    queue = await studio.alice.slash(studio.channel, "queue")

    assert "Painterly" not in texts(answer.response)
    assert "512 px" not in texts(answer.response)
    assert "**[Ideas to choose from](" in texts(queue.response)
    assert "Painterly" not in texts(queue.response)


async def test_named_styles_come_first_and_others_fill_the_board(studio: Studio) -> None:
    answer = await board(studio, styles="cobalt, Birch", pictures=4)

    lines = [line for line in texts(answer.response).splitlines() if line.startswith("-# **")]
    assert lines[:2] == ["-# **1** Cobalt", "-# **2** Birch"]
    assert len(lines) == 4


async def add_own_styles(studio: Studio) -> None:
    """Save two styles on Alice's shelf; Atelier has only four others."""
    gallery = studio.app.client.studio.gallery
    gallery.built_in = {name.lower(): gallery.built_in[name.lower()] for name in NAMES[:4]}
    for name, color in (("Mine", "navy"), ("Secret", "olive")):
        await studio.alice.slash(studio.channel, "style add", picture=(f"{name}.png", picture(color)), name=name)


async def test_a_board_that_others_see_draws_none_of_ones_own_styles_but_takes_those_one_names(studio: Studio) -> None:
    await add_own_styles(studio)

    answer = await board(studio, styles="Mine", pictures=4)
    assert style_names(answer)[0] == "Mine"
    assert set(style_names(answer)[1:]) < set(NAMES[:4])

    again = await studio.press(answer, "New board")
    await paint(studio, 4)
    assert set(style_names(again)) == set(NAMES[:4])


async def test_a_private_board_draws_from_ones_own_styles_too(studio: Studio) -> None:
    await add_own_styles(studio)
    await studio.app.client.studio.preferences.change(studio.alice.id, private_answers=True)

    answer = await board(studio, styles="Amber, Birch, Cobalt, Dune")

    assert set(style_names(answer)[4:6]) == {"Mine", "Secret"}


async def test_a_board_in_a_group_draws_none_of_ones_own_styles(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add_own_styles(studio)
    override_interactions(monkeypatch, context=2)

    answer = await studio.alice.user.slash("explore", content=CONTENT, pictures=4)
    await paint(studio, 4)

    assert set(style_names(answer)) == set(NAMES[:4])


async def test_more_styles_than_the_board_has_room_for_are_refused(studio: Studio) -> None:
    answer = await explore(studio, styles="amber,birch,cobalt,dune,ember", pictures=4)

    assert ephemeral_text(answer).startswith("You chose 5 styles, but this board has room for 4.")
    assert studio.engine.jobs == []


async def test_a_sent_picture_is_the_first_style_of_a_board(studio: Studio) -> None:
    answer = await board(studio, style=STYLE, styles="Birch", pictures=4)

    lines = [line for line in texts(answer.response).splitlines() if line.startswith("-# **")]
    assert lines[:2] == ["-# **1** waves.png", "-# **2** Birch"]
    assert len(lines) == 4
    assert studio.engine.jobs[0].styles[0].picture == STYLE[1]
    await studio.press(answer, "1")
    await studio.finish()
    assert studio.engine.jobs[-1].styles[0].picture == STYLE[1]


async def test_a_sent_picture_counts_as_one_of_the_styles(studio: Studio) -> None:
    full = await explore(studio, style=STYLE, styles="amber,birch,cobalt,dune", pictures=4)
    varied = await explore(studio, style=STYLE, styles="amber", vary="seed")
    no_picture = await explore(studio, style=("notes.txt", b"hello"))

    assert ephemeral_text(full).startswith("You chose 5 styles, but this board has room for 4.")
    assert ephemeral_text(varied) == (
        "You chose 2 styles, but `vary` takes only one. Keep one of them, or leave out `vary`."
    )
    assert ephemeral_text(no_picture).startswith("The style picture (notes.txt) isn't an image")
    assert studio.engine.jobs == []


async def test_a_sent_picture_is_the_style_that_is_varied(studio: Studio) -> None:
    await board(studio, style=STYLE, vary="strength", pictures=4)

    assert {job.styles[0].picture for job in studio.engine.jobs} == {STYLE[1]}
    assert len({job.recipe.style_strength for job in studio.engine.jobs}) == 4


async def test_a_style_that_is_named_twice_is_painted_once(studio: Studio) -> None:
    answer = await board(studio, styles="Birch, cobalt, BIRCH", pictures=4)

    titles = [line.split("** ")[1] for line in texts(answer.response).splitlines() if line.startswith("-# **")]
    assert titles[:2] == ["Birch", "Cobalt"]
    assert len(set(titles)) == 4


async def test_an_unknown_style_is_refused(studio: Studio) -> None:
    answer = await explore(studio, styles="amber, Guernica")

    assert "Guernica" in ephemeral_text(answer)
    assert studio.engine.jobs == []


@pytest.mark.parametrize(
    ("vary", "differs", "names"),
    [
        ("strength", lambda job: job.recipe.style_strength, ["style strength 0.5", "style strength 1"]),
        ("strokes", lambda job: job.recipe.style_picture.scale, ["strokes 0.5×", "strokes 0.77×"]),
        ("seed", lambda job: job.seed, ["seed 0", "seed 1"]),
    ],
)
async def test_one_style_can_be_varied(studio: Studio, vary: str, differs: Any, names: list[str]) -> None:
    answer = await board(studio, styles="fern", vary=vary, pictures=4)

    assert len({job.styles[0].picture for job in studio.engine.jobs}) == 1
    varied = [differs(job) for job in studio.engine.jobs]
    assert len(set(varied)) == 4
    assert varied == sorted(varied)
    lines = [line.split("** ")[1] for line in texts(answer.response).splitlines() if line.startswith("-# **")]
    assert len(lines) == 4
    assert lines[:2] == names
    assert "New board" not in labels(answer.response)


async def test_a_number_is_painted_large_from_its_own_canvas(studio: Studio) -> None:
    answer = await board(studio, pictures=4)
    small = studio.engine.jobs[2]

    pressed = await studio.press(answer, "3")
    await studio.finish()

    large = studio.engine.jobs[-1]
    assert (large.content, large.styles, large.seed) == (small.content, small.styles, small.seed)
    assert large.recipe.longest_side_px > small.recipe.longest_side_px
    assert large.start is not None
    with Image.open(io.BytesIO(large.start)) as start:
        assert start.size == (192, 128)
    assert files(pressed.response)[0] == "painting.png"
    assert "Number 3 of [this board]" in texts(pressed.response)


@pytest.mark.parametrize(
    ("preferred", "painted"),
    [
        ({"recipe_name": "sketch"}, ("painterly", 512)),
        ({"recipe_name": "sketch", "size_px": 384}, ("sketch", 384)),
        ({"recipe_name": "hd", "size_px": 128}, ("hd", 1024)),
    ],
)
async def test_a_number_is_painted_larger_however_small_a_member_prefers_paintings(
    studio: Studio, preferred: dict[str, Any], painted: tuple[str, int]
) -> None:
    await studio.app.client.studio.preferences.change(studio.alice.id, **preferred)
    answer = await board(studio, pictures=4)

    pressed = await studio.press(answer, "1")
    await studio.finish()

    large = studio.engine.jobs[-1]
    assert (large.recipe.name, large.recipe.longest_side_px) == painted
    assert large.start is not None
    assert files(pressed.response)[0] == "painting.png"


async def test_a_number_that_had_to_be_larger_is_no_larger_than_the_server_allows(studio: Studio) -> None:
    core = studio.app.client.studio
    await core.preferences.change(studio.alice.id, recipe_name="sketch")
    await core.servers.change(studio.guild.id, largest_size_px=384)
    answer = await board(studio, pictures=4)

    await studio.press(answer, "1")
    await studio.finish()

    assert studio.engine.jobs[-1].recipe.longest_side_px == 384


async def test_numbers_still_work_after_a_restart(studio: Studio) -> None:
    answer = await board(studio, pictures=4)
    await studio.restart()

    pressed = await studio.press(answer, "1")
    await studio.finish()

    assert files(pressed.response)[0] == "painting.png"


async def test_a_style_is_used_when_its_number_is_painted_not_when_a_board_shows_it(studio: Studio) -> None:
    for name, color in (("Waves", "navy"), ("Lilies", "olive")):
        image = (f"{name}.png", picture(color))
        await studio.alice.slash(studio.channel, "style add", picture=image, name=name, where="server")
    studio.app.client.studio.gallery.built_in = {}
    answer = await board(studio, styles="Waves, Lilies", pictures=4)
    assert await uses(studio) == {"Waves": 0, "Lilies": 0}

    await studio.press(answer, "2")

    assert await uses(studio) == {"Waves": 0, "Lilies": 1}


async def test_more_like_one_makes_a_board_of_nine_around_it(studio: Studio) -> None:
    answer = await board(studio, pictures=4)
    assert answer.response is not None
    style = studio.engine.jobs[1].styles

    more = await studio.alice.select(answer.response, ["2"])
    await paint(studio, 9)

    around = studio.engine.jobs[4:]
    assert {job.styles for job in around} == {style}
    assert len({(job.recipe.style_strength, job.seed) for job in around}) == 9
    assert files(more.response) == ["board.jpg"]
    assert "More like number 2 of [this board]" in texts(more.response)


async def test_a_new_board_takes_other_styles(studio: Studio) -> None:
    answer = await board(studio, pictures=4)
    before = {job.styles for job in studio.engine.jobs}

    await studio.press(answer, "New board")
    await paint(studio, 4)

    after = {job.styles for job in studio.engine.jobs[4:]}
    assert len(after) == 4
    assert before.isdisjoint(after)


async def test_a_second_press_on_new_board_paints_no_second_one(studio: Studio) -> None:
    answer = await board(studio, pictures=4)

    await studio.press(answer, "New board")
    second = await studio.press(answer, "New board")

    assert ephemeral_text(second).startswith("You pressed this a moment ago")
    await paint(studio, 4)
    assert len(studio.engine.jobs) == 8


async def test_a_board_that_could_not_be_delivered_is_shown_where_its_owner_asks_for_it(studio: Studio) -> None:
    await explore(studio, pictures=4)
    for method, path in (("PATCH", "/webhooks/*/*/messages/*"), ("POST", "/channels/*/messages")):
        studio.env.inject_error(method, path, status=403, code=50007, times=None)
    await paint(studio, 4)
    studio.env.backend.faults.clear()

    answer = await studio.press(await studio.alice.slash(studio.channel, "queue"), "Show painting 1")

    assert files(answer.response) == ["board.jpg"]


async def test_a_new_board_takes_other_styles_for_a_member_with_another_language(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    gallery = studio.app.client.studio.gallery
    gallery.built_in = dict([item for item in gallery.built_in.items() if item[0] not in map(str.lower, NAMES)][:8])
    answer = await board(studio, pictures=4)
    before = {job.styles for job in studio.engine.jobs}

    override_interactions(monkeypatch, locale="de")
    assert answer.response is not None
    await studio.bob.click(answer.response, label="New board")
    await paint(studio, 4)

    after = {job.styles for job in studio.engine.jobs[4:]}
    assert len(after) == 4
    assert before.isdisjoint(after)


async def test_a_restart_keeps_the_small_paintings_that_are_done(studio: Studio) -> None:
    answer = await explore(studio, pictures=4)
    await studio.step(7)  # two are painted, and one has begun
    assert len(studio.engine.jobs) == 3

    await studio.restart()
    await studio.finish()

    assert len(studio.engine.jobs) == 2
    assert files(answer.response) == ["board.jpg"], texts(answer.response)


@pytest.mark.parametrize("is_board", [False, True], ids=["painting", "board"])
async def test_a_start_that_a_restart_interrupted_does_not_end_the_wait(studio: Studio, is_board: bool) -> None:
    await (explore(studio, pictures=4) if is_board else studio.stylize())
    await studio.step()

    await studio.restart()
    await studio.finish()

    families = studio.app.metrics.registry.collect()
    waits = [sample for family in families if family.name == "atelier_job_wait_seconds" for sample in family.samples]
    assert sum(sample.value for sample in waits if sample.name.endswith("_count")) == 1


async def test_idle_workers_paint_a_board_side_by_side_until_somebody_else_needs_them(
    open_studio: OpenStudio, gallery: Path
) -> None:
    gate = StepGate()
    studio: Studio = await open_studio(FakeEngine(gate=gate, workers=3), gallery={"dir": gallery})
    await explore(studio, pictures=9)
    await studio.env.settle()
    assert len(studio.engine.jobs) == 3

    answer = await studio.stylize(studio.bob)
    gate.let_through(steps=9)  # the three small paintings that have begun
    await studio.env.settle()

    assert any(not job.job_id.endswith(tuple("123456789")) or "-" not in job.job_id for job in studio.engine.jobs)
    gate.open()
    await studio.env.settle()
    assert files(answer.response)[0] == "painting.png"


async def test_a_canceled_board_frees_its_worker(studio: Studio) -> None:
    answer = await explore(studio, pictures=4)
    await studio.step(2)
    await studio.press(answer, "Cancel")

    other = await studio.stylize(studio.bob)
    await studio.finish()

    assert "Canceled" in texts(answer.response)
    assert files(other.response)[0] == "painting.png"


async def test_a_canceled_board_gives_idle_slots_back(open_studio: OpenStudio, gallery: Path) -> None:
    gate = StepGate()
    studio: Studio = await open_studio(FakeEngine(gate=gate, workers=3), gallery={"dir": gallery})
    answer = await explore(studio, pictures=9)
    await studio.env.settle()
    begun = len(studio.engine.jobs)

    await studio.press(answer, "Cancel")
    await explore(studio, pictures=9)
    await studio.env.settle()

    assert begun == 3
    assert len(studio.engine.jobs) == begun + 3


async def test_a_board_that_is_being_canceled_harms_no_painting_that_ends_meanwhile(
    open_studio: OpenStudio, gallery: Path
) -> None:
    class SlowToStop(FakeEngine):
        """Takes until `stopped` to stop a painting of a board."""

        stopped = asyncio.Event()

        async def run(self, job: PaintingJob) -> AsyncGenerator[Event, None]:
            try:
                async with aclosing(super().run(job)) as events:
                    async for event in events:
                        yield event
            except asyncio.CancelledError:
                if "-" in job.job_id:
                    await self.stopped.wait()
                raise

    gate = StepGate()
    engine = SlowToStop(gate=gate, workers=3)
    studio: Studio = await open_studio(engine, gallery={"dir": gallery})
    other = await studio.stylize(studio.bob)
    await studio.env.settle()
    [bobs] = [job.job_id for job in engine.jobs]
    answer = await explore(studio, pictures=9)
    await studio.env.settle()

    await studio.press(answer, "Cancel")
    gate.let_through(bobs, steps=3)
    await studio.env.settle()
    engine.stopped.set()
    await studio.env.settle()

    assert files(other.response)[0] == "painting.png"
    assert "Canceled" in texts(answer.response)


async def test_a_board_counts_as_two_paintings_a_day(open_studio: OpenStudio, gallery: Path) -> None:
    studio: Studio = await open_studio(gallery={"dir": gallery}, queue={"member_jobs_a_day": 3})
    await board(studio)
    await studio.stylize()

    answer = await studio.stylize()

    assert "today" in ephemeral_text(answer)


async def test_a_members_own_defaults_apply_to_boards_and_what_is_painted_from_them(studio: Studio) -> None:
    await studio.app.client.studio.preferences.change(
        studio.alice.id, recipe_name="draft", size_px=384, style_strength=1.5, colors=Colors.KEEP
    )

    answer = await board(studio, pictures=4)
    small = [job.recipe for job in studio.engine.jobs]
    await studio.press(answer, "2")
    await studio.finish()

    assert {(recipe.name, recipe.style_strength, recipe.colors) for recipe in small} == {(BOARD_RECIPE, 1.5, "content")}
    large = studio.engine.jobs[-1].recipe
    assert (large.name, large.longest_side_px, large.style_strength, large.colors) == ("draft", 384, 1.5, "content")


async def test_a_board_is_in_the_history_with_its_sheet_and_its_buttons(studio: Studio) -> None:
    await board(studio, pictures=4)

    listed = (await studio.alice.slash(studio.channel, "history")).response
    assert listed is not None
    assert "**Ideas to choose from**" in texts(listed)
    [file] = listed.attachments
    [job_id] = board_ids(listed)
    assert file.filename == f"{job_id}.jpg"
    await studio.alice.select(listed, [job_id])

    assert labels(listed) == ["1", "2", "3", "4", "New board", "Star", "Delete", "Show here", "Back to the list"]
    shown = await studio.alice.click(listed, label="Show here")
    assert files(shown.followups[0]) == ["board.jpg"]
    assert alt_texts(shown.followups[0]) == ["4 small paintings of photo.png, numbered"]


async def test_a_board_in_the_history_can_be_starred_and_painted_from(studio: Studio) -> None:
    await board(studio, pictures=4)
    listed = (await studio.alice.slash(studio.channel, "history")).response
    assert listed is not None
    await studio.alice.select(listed, board_ids(listed))

    await studio.alice.click(listed, label="Star")
    assert "⭐" in texts(listed)
    large = await studio.alice.click(listed, label="3")

    assert "Number 3 of [this board]" in texts(large.response)
