"""`/stylize` and "Stylize this", from the command to the painting."""

from __future__ import annotations

import asyncio
import io
import json
from typing import Any

import discord
import pytest
from PIL import Image

from bot.client import COMMANDS
from bot.files.store import Write
from bot.painting.lifecycle import SLOW_FETCH_SECONDS
from bot.words import Words
from stylizer.pool import FakeEngine, PictureRole
from stylizer.recipe import DEFAULT_RECIPE, recipe_names
from tests.bot.conftest import (
    CONTENT,
    STYLE,
    OpenStudio,
    Studio,
    actions,
    files,
    form_options,
    labels,
    override_interactions,
    picture,
    texts,
    thumbnails,
)
from tests.stylizer import heif, pictures


def commands(studio: Studio) -> dict[str, dict[str, Any]]:
    """Return the commands registered with Discord, by name."""
    request = next(r for r in studio.env.http_requests if r.method == "PUT" and r.path.endswith("/commands"))
    return {command["name"]: command for command in request.json or []}


async def test_a_picture_becomes_a_painting_and_a_gif(studio: Studio) -> None:
    answer = await studio.stylize(size=None)
    await studio.finish()

    assert files(answer.response) == ["painting.png", "progress.gif"]
    assert answer.response is not None
    painting, gif = [await attachment.read() for attachment in answer.response.attachments[:2]]
    assert Image.open(io.BytesIO(painting)).size == (512, 341)
    assert Image.open(io.BytesIO(gif)).n_frames > 1  # type: ignore[attr-defined]  # Pillow types it on the plugin


@pytest.mark.parametrize("filename", ["IMG_0001.HEIC", "IMG_0001.heif", "DSC0001.HIF"])
async def test_a_phones_photograph_becomes_a_painting(studio: Studio, filename: str) -> None:
    answer = await studio.stylize(content=(filename, heif.photograph(properties=(heif.turned(1),))))
    await studio.finish()

    assert answer.response is not None
    painting = await answer.response.attachments[0].read()
    assert Image.open(io.BytesIO(painting)).size == (38, 64)


async def test_a_strip_is_refused_with_a_size_that_would_work(studio: Studio) -> None:
    strip = io.BytesIO()
    Image.linear_gradient("L").resize((600, 30)).save(strip, "PNG")
    answer = await studio.stylize(content=("strip.png", strip.getvalue()), size=512)
    await studio.finish()

    [reply] = answer.followups
    assert reply.content == (
        "strip.png is 600 × 30 px. Painted at 512 px, its short side would be only 26 px; "
        "the minimum is 32. Choose a size of 640 px or more, or crop its long side to 480 px."
    )


async def test_the_gif_of_a_transparent_picture_is_transparent(studio: Studio) -> None:
    sticker = io.BytesIO()
    Image.fromarray(pictures.sticker()).save(sticker, "PNG")
    answer = await studio.stylize(content=("sticker.png", sticker.getvalue()))
    await studio.finish()

    assert answer.response is not None
    shown = [attachment for attachment in answer.response.attachments if attachment.filename in files(answer.response)]
    assert len(shown) == 2
    for attachment in shown:
        with Image.open(io.BytesIO(await attachment.read())) as image:
            alpha = image.convert("RGBA").getchannel("A")
            assert (alpha.getpixel((0, 0)), alpha.getpixel((32, 32))) == (0, 255)


async def test_recipe_size_seed_and_time_are_on_one_line(studio: Studio) -> None:
    answer = await studio.stylize(recipe="draft", size=64)
    await studio.finish()

    numbers, owner = texts(answer.response).splitlines()
    assert numbers.startswith("**Draft** · 64 × 43 px · seed ")
    assert numbers.endswith(" sec")
    assert owner == f"for <@{studio.alice.id}>"


async def test_the_result_has_a_button_for_every_next_step(studio: Studio) -> None:
    answer = await studio.stylize()
    await studio.finish()

    assert labels(answer.response) == ["Again", "Edit…", "HD", "Star", "Delete"]
    assert list(actions(answer.response)) == [
        "Stronger style",
        "Weaker style",
        "Swap content and style",
        "Keep the content's colors",
        "More steps",
        "Compare with the content",
        "Original file",
        "Save as style",
        "Share in the showcase",
    ]


async def test_buttons_that_would_change_nothing_are_not_offered(open_studio: OpenStudio) -> None:
    studio: Studio = await open_studio(FakeEngine(frames=1))

    answer = await studio.stylize(recipe="hd", size=None, style_strength=2.0)

    assert labels(answer.response) == ["Again", "Edit…", "Star", "Delete"]
    assert list(actions(answer.response))[:2] == ["Weaker style", "Swap content and style"]


async def test_every_option_reaches_the_painter(studio: Studio) -> None:
    await studio.stylize(recipe="classic", size=96, style_strength=1.5, colors="content")
    await studio.finish()

    job = studio.engine.jobs[0]
    assert (job.recipe.name, job.recipe.longest_side_px) == ("classic", 96)
    assert (job.recipe.style_strength, job.recipe.colors) == (1.5, "content")
    assert (job.content, job.styles[0].picture) == (CONTENT[1], STYLE[1])


async def test_omitted_options_use_the_recipes_defaults(studio: Studio) -> None:
    await studio.stylize(size=None)
    await studio.finish()

    recipe = studio.engine.jobs[0].recipe
    assert (recipe.name, recipe.longest_side_px, recipe.style_strength, recipe.colors) == (
        DEFAULT_RECIPE,
        512,
        1.0,
        "style",
    )


async def test_the_seed_is_the_members_choice_or_0_by_default(studio: Studio) -> None:
    await studio.stylize()
    answer = await studio.stylize(seed=2**31 - 1)
    await studio.finish()

    assert [job.seed for job in studio.engine.jobs] == [0, 2**31 - 1]
    assert "seed 2147483647" in texts(answer.response)


async def test_stylize_works_in_direct_messages(studio: Studio) -> None:
    answer = await studio.alice.user.slash("stylize", content=CONTENT, style=STYLE)
    await studio.finish()

    assert files(answer.response) == ["painting.png", "progress.gif"]


async def test_stylize_is_acknowledged_before_anything_is_downloaded(open_studio: OpenStudio) -> None:
    requests_before: list[list[str]] = []

    async def download(_role: PictureRole, _url: str, *, write: Write, limit_bytes: int) -> None:
        requests_before.append([request.path for request in studio.env.http_requests])
        await write(picture())

    studio: Studio = await open_studio(download=download)
    answer = await studio.stylize()

    assert answer.acknowledged
    assert len(requests_before) == 2
    assert all(paths[-1].endswith("/callback") for paths in requests_before)


async def test_slow_downloads_show_a_card_that_can_be_canceled(open_studio: OpenStudio) -> None:
    arrived = asyncio.Event()

    async def slow(_role: PictureRole, _url: str, *, write: Write, limit_bytes: int) -> None:
        await studio.env.external_wait(arrived.wait(), reason="the line is slow")
        await write(picture())

    studio: Studio = await open_studio(download=slow)
    answer = await studio.stylize()
    assert answer.response is None or not texts(answer.response)

    studio.clock.now += SLOW_FETCH_SECONDS
    await studio.env.settle()
    assert "Downloading your pictures" in texts(answer.response)
    assert len(thumbnails(answer.response)) == 2

    await studio.press(answer, "Cancel")
    assert "Canceled" in texts(answer.response)
    assert labels(answer.response) == []  # no pictures were stored for another try


async def test_the_queue_position_appears_right_after_a_slow_download(open_studio: OpenStudio) -> None:
    async def slow(_role: PictureRole, _url: str, *, write: Write, limit_bytes: int) -> None:
        studio.clock.now += SLOW_FETCH_SECONDS
        await write(picture())

    studio: Studio = await open_studio(download=slow)
    for name in ("one", "two", "three"):
        answer = await studio.stylize(studio.member(name))

    assert "You're number 2 in the queue." in texts(answer.response)


async def test_stylize_is_acknowledged_at_once_while_the_painter_is_busy(studio: Studio) -> None:
    await studio.stylize()
    for number in range(20):
        answer = await studio.stylize(studio.member(f"member{number}"))
        assert answer.acknowledged
        assert "in the queue" in texts(answer.response) or "next" in texts(answer.response)


async def test_the_commands_work_in_servers_direct_messages_and_for_a_members_own_installation(studio: Studio) -> None:
    registered = commands(studio)

    assert set(registered) == {command.name for command in COMMANDS}
    managers_command, challenge = registered.pop("server"), registered.pop("challenge")
    for command in (managers_command, challenge):
        assert (command["integration_types"], command["contexts"]) == ([0], [0])
    assert int(managers_command["default_member_permissions"]) == discord.Permissions(manage_guild=True).value
    for command in registered.values():
        assert command["integration_types"] == [0, 1]
        assert command["contexts"] == [0, 1, 2]


async def test_the_options_are_understandable_to_a_newcomer(studio: Studio) -> None:
    options = {option["name"]: option for option in commands(studio)["stylize"]["options"]}

    assert list(options) == [
        *("content", "style", "style_name", "content_link", "style_link", "last_picture"),
        *("recipe", "size", "style_strength", "colors", "seed", "start", "mask", "spare_faces"),
    ]
    assert not [name for name, option in options.items() if option.get("required")]
    assert all(len(option["description"]) > 20 for option in options.values())
    assert [choice["value"] for choice in options["recipe"]["choices"]] == list(recipe_names())
    assert all(": " in choice["name"] for choice in options["recipe"]["choices"])
    assert options["size"]["autocomplete"]
    assert (options["seed"]["min_value"], options["seed"]["max_value"]) == (0, 2**31 - 1)


async def test_stylize_without_options_opens_a_form_that_survives_a_restart(studio: Studio) -> None:
    asked = await studio.alice.slash(studio.channel, "stylize")
    assert asked.modal is not None
    assert [item["label"] for item in asked.modal["components"]] == [
        *("Content picture", "Style picture", "Recipe", "Size", "Style strength and colors"),
    ]
    await studio.restart()

    filled = {"content": CONTENT, "style": STYLE, "size": ["256"], "look": ["0.5-colors"]}
    answer = await studio.alice.submit_modal(asked, {**filled, "recipe": ["draft"]})
    await studio.finish()

    assert files(answer.response) == ["painting.png", "progress.gif"]
    job = studio.engine.jobs[0]
    assert (job.content, job.styles[0].picture) == (CONTENT[1], STYLE[1])
    assert (job.recipe.name, job.recipe.longest_side_px) == ("draft", 256)
    assert (job.recipe.style_strength, job.recipe.colors) == (0.5, "content")


async def test_the_form_starts_with_the_servers_defaults(studio: Studio) -> None:
    await studio.app.client.studio.servers.change(studio.guild.id, default_recipe="classic", largest_size_px=384)

    asked = await studio.alice.slash(studio.channel, "stylize")

    assert asked.modal is not None
    assert [o["value"] for o in form_options(asked.modal, "recipe") if o.get("default")] == ["classic"]
    assert [o["value"] for o in form_options(asked.modal, "size")] == ["recipe", "content", "256", "384"]


async def test_stylize_this_asks_for_a_style_and_paints_the_messages_picture(studio: Studio) -> None:
    message = await studio.bob.send(studio.channel, "look", attachments=[("sea.png", picture("navy"))])
    asked = await studio.alice.context_menu(studio.channel, "Stylize this", message)
    answer = await studio.alice.submit_modal(asked, {"style": STYLE, "recipe": ["draft"]})
    await studio.finish()

    assert files(answer.response) == ["painting.png", "progress.gif"]
    job = studio.engine.jobs[0]
    assert (job.content, job.styles[0].picture, job.recipe.name) == (picture("navy"), STYLE[1], "draft")


async def test_stylize_this_offers_the_default_recipe_first(studio: Studio) -> None:
    message = await studio.bob.send(studio.channel, "look", attachments=[("sea.png", picture("navy"))])
    asked = await studio.alice.context_menu(studio.channel, "Stylize this", message)

    form = json.dumps(asked.modal)
    assert "Style picture" in form
    assert form.index("painterly") < form.index("draft")


async def test_stylize_this_asks_which_picture_when_there_are_several(studio: Studio) -> None:
    pictures = [("sea.png", picture("navy")), ("notes.txt", b"hello"), ("wood.png", picture("darkgreen"))]
    message = await studio.bob.send(studio.channel, "look", attachments=pictures)
    asked = await studio.alice.context_menu(studio.channel, "Stylize this", message)
    assert asked.modal is not None
    which = {option["label"]: option["value"] for option in form_options(asked.modal, "which")}
    assert list(which) == ["1. sea.png", "2. wood.png"]
    await studio.alice.submit_modal(asked, {"style": STYLE, "recipe": ["draft"], "which": [which["2. wood.png"]]})
    await studio.finish()

    assert studio.engine.jobs[0].content == picture("darkgreen")


@pytest.mark.parametrize("picture_format", ["JPEG", "WEBP", "GIF", "BMP", "TIFF"])
async def test_pictures_in_every_common_format_are_accepted(studio: Studio, picture_format: str) -> None:
    content = (f"photo.{picture_format.lower()}", picture(picture_format=picture_format))
    answer = await studio.stylize(content=content, size=64)
    await studio.finish()

    assert files(answer.response) == ["painting.png", "progress.gif"]


async def test_the_members_pictures_are_shown_during_painting(studio: Studio) -> None:
    answer = await studio.stylize()

    assert [url.rpartition("/")[2] for url in thumbnails(answer.response)] == ["photo.png", "waves.png"]


async def test_a_job_keeps_the_language_of_the_member_who_asked(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        override_interactions(patched, locale="pt-BR")
        answer = await studio.stylize()
        await studio.finish()
    with monkeypatch.context() as patched:
        override_interactions(patched, locale="de")
        await studio.press(answer, Words.of("pt-BR")("button-again"), by=studio.bob)
        await studio.env.settle()

    jobs = await studio.app.client.studio.records.latest_painted(2)
    assert [(job.owner_id, job.locale) for job in jobs] == [(studio.alice.id, "pt-BR"), (studio.bob.id, "de")]


async def test_several_paintings_run_at_once_if_the_engine_allows_it(open_studio: OpenStudio) -> None:
    studio: Studio = await open_studio(FakeEngine(workers=2))
    first, second = await studio.stylize(), await studio.stylize(studio.bob)

    assert files(first.response) == files(second.response) == ["painting.png", "progress.gif"]
