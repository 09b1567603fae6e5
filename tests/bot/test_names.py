"""Names and alt texts of members' pictures on cards."""

from __future__ import annotations

import pytest

from bot.cards.alt_texts import (
    content_alt,
    painting_alt,
    preview_alt,
    style_alt,
    timelapse_alt,
)
from bot.painting.job import Input, Job
from bot.sources.names import MAX_NAME_LENGTH, original_name, plain_name
from bot.words import ENGLISH
from tests.bot.jobs import make_job


def named(content: str | None, style: str | None) -> Job:
    return make_job(inputs=(Input("content", name=content), Input("style", name=style)))


def test_every_picture_on_a_card_is_described_by_its_source_names() -> None:
    job = named("red_panda.webp", "Gogh4.webp")

    assert painting_alt(job, ENGLISH) == "red_panda.webp in the style of Gogh4.webp"
    assert preview_alt(job, ENGLISH) == "red_panda.webp in the style of Gogh4.webp (in progress)"
    assert timelapse_alt(job, ENGLISH) == "Timelapse of red_panda.webp in the style of Gogh4.webp"
    assert (content_alt(job, ENGLISH), style_alt(job.input("style"), ENGLISH)) == (
        "Content: red_panda.webp",
        "Style: Gogh4.webp",
    )


def test_unnamed_pictures_are_described_without_names() -> None:
    job = named(None, None)

    assert (painting_alt(job, ENGLISH), preview_alt(job, ENGLISH)) == ("The painting", "The painting (in progress)")
    assert timelapse_alt(job, ENGLISH) == "Timelapse of the painting"
    assert (content_alt(job, ENGLISH), style_alt(job.input("style"), ENGLISH)) == ("Content picture", "Style picture")
    assert painting_alt(named(None, "Gogh4.webp"), ENGLISH) == "A picture in the style of Gogh4.webp"
    assert painting_alt(named("red_panda.webp", None), ENGLISH) == "red_panda.webp in the style of another picture"


@pytest.mark.parametrize("name", ["@everyone.png", "<@1234567890123456789>.png", "<@&1234567890123456789>.png"])
def test_a_name_mentions_nobody(name: str) -> None:
    assert name not in painting_alt(named(name, None), ENGLISH)
    assert name.removesuffix(".png").lstrip("<@&").rstrip(">") in painting_alt(named(name, None), ENGLISH)


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("SPOILER_photo.png", "photo.png"),
        ("SPOILER_SPOILER_ \u200bSPOILER_photo.png", "photo.png"),
        ("a\n\n# b\u202egnp.exe", "a # b gnp.exe"),
        ("Größe 写真 (1).jpg", "Größe 写真 (1).jpg"),
        ("x" * 300 + ".webp", "x" * (MAX_NAME_LENGTH - 6) + "….webp"),
        ("photo." + "x" * 300, "photo." + "x" * (MAX_NAME_LENGTH - 17) + "…" + ".xxxxxxxxx"),
        ("\x00\u200b\ud800", None),
        ("", None),
        (None, None),
    ],
)
def test_a_name_is_always_one_short_line(name: str | None, plain: str | None) -> None:
    assert plain_name(name) == plain
    assert plain_name(plain) == plain
    assert len(plain or "") <= MAX_NAME_LENGTH


@pytest.mark.parametrize(
    ("filename", "title", "name"),
    [
        ("photo.png", None, "photo.png"),
        ("__.jpg", "写真", "写真.jpg"),
        ("__.JPG", "写真.jpg", "写真.jpg"),
        ("SPOILER___.jpg", "SPOILER_写真", "写真.jpg"),
    ],
)
def test_a_file_keeps_the_name_its_sender_gave_it(filename: str, title: str | None, name: str) -> None:
    assert original_name(filename, title) == name
