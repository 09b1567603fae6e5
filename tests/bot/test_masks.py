"""Masks and spared faces: painted, shown, kept by variations, and resumed."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from simcord.results import InteractionResult

from bot.cards.edit_form import check_edit
from bot.errors import FormOutdated
from bot.painting.job import Colors
from stylizer.pool import FakeEngine
from tests.bot.conftest import (
    CONTENT,
    OpenStudio,
    Studio,
    actions,
    alt_texts,
    ephemeral_text,
    file_name,
    files,
    form_options,
    override_attachments,
    texts,
    thumbnails,
)
from tests.bot.galleries import host_gallery
from tests.bot.test_edit import filled_in


def mask(left: str = "white", right: str = "black", size: tuple[int, int] = (48, 32)) -> tuple[str, bytes]:
    """A mask of the content's shape."""
    image = Image.new("RGB", size, right)
    image.paste(left, (0, 0, size[0] // 2, size[1]))
    out = io.BytesIO()
    image.save(out, "PNG")
    return "mask.png", out.getvalue()


MASK = mask()


async def painted(studio: Studio, **options: Any) -> InteractionResult:
    """Alice's finished painting; later paintings wait at a gate again."""
    answer = await studio.stylize(**{"mask": MASK, **options})
    await studio.step(3)
    assert files(answer.response) == ["painting.png", "progress.gif"]
    return answer


async def painting_of(answer: InteractionResult) -> Image.Image:
    assert answer.response is not None
    [attachment] = [file for file in answer.response.attachments if file.filename == "painting.png"]
    return Image.open(io.BytesIO(await attachment.read())).convert("RGB")


async def test_only_what_the_mask_has_white_is_painted(studio: Studio) -> None:
    answer = await painted(studio, size=64)
    painting = await painting_of(answer)
    with Image.open(io.BytesIO(CONTENT[1])) as photo:
        content = photo.convert("RGB").getpixel((40, 28))
    assert painting.getpixel((54, 38)) == content
    assert painting.getpixel((4, 38)) != content
    assert "· with mask ·" in texts(answer.response)
    assert len(alt_texts(answer.response)) == 4


async def test_the_card_says_that_there_is_a_mask_while_it_is_painted(studio: Studio) -> None:
    answer = await studio.stylize(mask=MASK, spare_faces=True)
    await studio.step()
    assert "Painterly · 64 px · faces spared · with mask" in texts(answer.response)


async def test_a_masked_painting_resumes_after_a_restart(studio: Studio) -> None:
    answer = await studio.stylize(mask=MASK, spare_faces=True)
    await studio.step()
    await studio.restart()
    await studio.finish()
    [job] = studio.engine.jobs
    assert (job.mask, job.spare_faces) == (MASK[1], True)
    assert files(answer.response) == ["painting.png", "progress.gif"]
    assert alt_texts(answer.response)[2:] == ["Content: photo.png", "Style: waves.png"]
    assert [file_name(url) for url in thumbnails(answer.response)] == ["content.jpg", "style.jpg"]


@pytest.mark.parametrize("button", ["Again", "HD", "More steps", "Stronger style", "Keep the content's colors"])
async def test_variations_keep_the_mask_and_the_faces(studio: Studio, button: str) -> None:
    answer = await painted(studio, spare_faces=True)
    await studio.restart()
    await studio.press(answer, button)
    await studio.finish()
    job = studio.engine.jobs[-1]
    assert (job.mask, job.spare_faces) == (MASK[1], True)


async def test_a_masked_painting_can_start_from_noise_and_spare_faces_in_one_menu(studio: Studio) -> None:
    answer = await painted(studio, spare_faces=True, start="noise", style_strength=1.3)
    form = await studio.press(answer, "Edit…")
    assert form.modal is not None
    strengths = form_options(form.modal, "strength")
    assert [option["label"] for option in strengths if option.get("default")] == ["1.3 · from noise · faces spared"]
    assert len(strengths) <= 25
    assert not [option for option in form_options(form.modal, "look") if option["label"].startswith("Only the style")]
    await studio.alice.submit_modal(form, {**filled_in(form), "seed": "5"})
    await studio.finish()
    job = studio.engine.jobs[-1]
    assert (job.mask, job.spare_faces, job.recipe.start.picture) == (MASK[1], True, "noise")


@pytest.mark.parametrize(("option", "value"), [("mask", MASK), ("spare_faces", True)])
async def test_what_makes_no_difference_to_colors_alone_is_refused(studio: Studio, option: str, value: Any) -> None:
    answer = await studio.stylize(colors="only", **{option: value})
    assert f"so `{option}` makes no difference. Leave it out" in ephemeral_text(answer)
    assert studio.engine.jobs == []


async def test_a_masked_painting_too_large_for_memory_is_refused_before_it_waits(open_studio: OpenStudio) -> None:
    studio = await open_studio(FakeEngine(largest_pixels=1024 * 1024, largest_masked_pixels=512 * 512))
    whole = await studio.stylize(size=1024)
    masked, spared = await studio.stylize(size=640, mask=MASK), await studio.stylize(size=640, spare_faces=True)
    sentence = "With a mask or spared faces, this bot has enough memory for at most 512 px; you asked for 640."
    assert ephemeral_text(masked) == ephemeral_text(spared) == sentence
    assert files(whole.response) == ["painting.png", "progress.gif"]

    small = await studio.stylize(size=512, mask=MASK)
    assert files(small.response) == ["painting.png", "progress.gif"]
    # The painting is 3 : 2, as is known by now.
    assert "at most 608 px; you asked for 1024." in ephemeral_text(await studio.press(small, "HD"))
    assert len(studio.engine.jobs) == 2


async def test_a_masked_painting_offers_no_swap(studio: Studio) -> None:
    masked, whole = await painted(studio), await painted(studio, mask=None)
    assert set(actions(whole.response)) - set(actions(masked.response)) == {"Swap content and style"}


async def test_an_edit_keeps_the_mask_and_changes_whether_faces_are_spared(studio: Studio) -> None:
    answer = await painted(studio, spare_faces=True)
    form = await studio.press(answer, "Edit…")
    assert form.modal is not None
    [chosen] = [option for option in form_options(form.modal, "strength") if option.get("default")]
    assert chosen["label"] == "1 · faces spared"

    edited = await studio.alice.submit_modal(form, {**filled_in(form), "strength": ["1.0"]})
    await studio.finish()
    job = studio.engine.jobs[-1]
    assert (job.mask, job.spare_faces) == (MASK[1], False)
    assert "): faces painted" in texts(edited.response)


async def test_the_form_of_a_blend_with_a_mask_says_that_it_keeps_its_styles(
    open_studio: OpenStudio, tmp_path: Path
) -> None:
    studio = await open_studio(gallery={"dir": host_gallery(tmp_path / "gallery", ("Amber", "Cobalt", "Jade"))})
    answer = await studio.alice.slash(
        studio.channel, "blend", content=CONTENT, size=64, styles="Amber, Cobalt", mask=mask("red", "blue")
    )
    await studio.finish()
    form = await studio.press(answer, "Edit…")
    assert form.modal is not None
    assert [option["label"] for option in form_options(form.modal, "style")] == ["Same style"]
    [field] = [field for field in form.modal["components"] if field["component"]["custom_id"] == "style"]
    assert field["description"] == "A blend with a mask keeps its styles"

    [blend] = await studio.app.client.studio.records.latest_painted(1)
    check_edit(blend, blend.options, has_other_style=False)
    for edited, has_other_style in ((blend.options, True), (replace(blend.options, colors=Colors.ONLY), False)):
        with pytest.raises(FormOutdated):  # as an older form may ask for
            check_edit(blend, edited, has_other_style=has_other_style)


async def test_a_member_is_told_that_no_face_was_found(studio: Studio) -> None:
    spared, whole = await painted(studio, mask=None, spare_faces=True), await painted(studio, mask=None)
    assert "-# No face was found, so everything is painted." in texts(spared.response)
    assert "faces spared" not in texts(spared.response)
    assert "No face" not in texts(whole.response)


async def test_the_styles_of_a_masked_blend_have_shares_only_if_they_differ(
    open_studio: OpenStudio, tmp_path: Path
) -> None:
    studio = await open_studio(gallery={"dir": host_gallery(tmp_path / "gallery", ("Amber", "Cobalt"))})
    options = {"content": CONTENT, "size": 64, "styles": "Amber, Cobalt"}
    alike = await studio.alice.slash(studio.channel, "blend", **options, mask=mask("red", "blue"))
    weighed = await studio.alice.slash(studio.channel, "blend", **options, mask=MASK, weights="3 1")
    await studio.finish()
    assert "\nAmber\nCobalt" in texts(alike.response)
    assert "**75%** Amber\n**25%** Cobalt" in texts(weighed.response)
    assert "%" not in texts(alike.response)


async def test_each_style_of_a_blend_gets_a_color(open_studio: OpenStudio, tmp_path: Path) -> None:
    studio = await open_studio(gallery={"dir": host_gallery(tmp_path / "gallery", ("Amber", "Cobalt"))})
    options = {"content": CONTENT, "size": 64, "styles": "Amber, Cobalt", "mask": mask("red", "blue")}
    answer = await studio.alice.slash(studio.channel, "blend", **options)
    await studio.finish()
    assert files(answer.response) == ["painting.png", "progress.gif"]
    assert studio.engine.jobs[-1].mask == mask("red", "blue")[1]

    weighted = await studio.alice.slash(studio.channel, "blend", **options, weights="70 30")
    await studio.finish()
    assert ephemeral_text(weighted).startswith("Each style has its own color in the mask")


async def test_the_style_of_a_masked_painting_can_be_chosen_later(open_studio: OpenStudio, tmp_path: Path) -> None:
    studio = await open_studio(gallery={"dir": host_gallery(tmp_path / "gallery", ("Amber", "Cobalt"))})
    answer = await studio.stylize(style=None, mask=MASK)
    await studio.env.settle()
    assert answer.response is not None
    await studio.alice.click(answer.response, label="1")
    await studio.finish()
    [job] = studio.engine.jobs
    assert job.mask == MASK[1]


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        (mask("black", "black"), "mask.png is black everywhere, so there is nothing to paint."),
        (mask(size=(48, 48)), "mask.png doesn't have the shape of the content picture"),
        (mask("red", "blue"), "mask.png has 2 colors, but there is only one style."),
        (("mask.png", MASK[1][:60]), "mask.png is incomplete"),
    ],
)
async def test_only_its_owner_reads_what_is_wrong_with_a_mask(
    studio: Studio, sent: tuple[str, bytes], sentence: str
) -> None:
    answer = await studio.stylize(mask=sent)
    await studio.finish()
    assert sentence in ephemeral_text(answer)
    after = await studio.stylize()
    await studio.finish()
    assert files(after.response) == ["painting.png", "progress.gif"]


async def test_a_mask_that_cannot_be_a_picture_is_refused_at_once(studio: Studio) -> None:
    answer = await studio.stylize(mask=("notes.txt", b"hello"))
    assert ephemeral_text(answer).startswith("The mask (notes.txt) isn't an image")
    assert studio.engine.jobs == []


async def test_a_spoilered_mask_makes_a_spoiler(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    override_attachments(monkeypatch)
    answer = await studio.stylize(mask=("SPOILER_mask.png", MASK[1]))
    await studio.finish()
    assert answer.response is not None
    assert all(file.filename.startswith("SPOILER_") for file in answer.response.attachments)
