"""`/style` and "Save as style": what members see of the gallery, and painting with a style by its name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from simcord.actors import MemberActor
from simcord.results import InteractionResult, ResponseMessage

from bot.gallery.style import is_stored_id
from config.settings import GallerySettings
from tests.bot.conftest import (
    CONTENT,
    STYLE,
    OpenStudio,
    Studio,
    alt_texts,
    ephemeral_text,
    files,
    form_options,
    labels,
    media,
    override_interactions,
    picture,
    texts,
    thumbnails,
    unspoilered,
    walk,
)
from tests.bot.test_edit import filled_in

WAVES = ("great_waves.png", picture("navy"))


async def add(
    studio: Studio, name: str = "Waves", *, by: MemberActor | None = None, image: Any = WAVES, **options: Any
) -> InteractionResult:
    """Save a picture as a style with `/style add`, as a member (default: Alice)."""
    return await (by or studio.alice).slash(studio.channel, "style add", picture=image, name=name, **options)


async def listed(studio: Studio, scope: str = "shelf", *, by: MemberActor | None = None) -> ResponseMessage:
    """Return the message of `/style list`."""
    answer = await (by or studio.alice).slash(studio.channel, "style list", where=scope)
    assert answer.ephemeral
    assert answer.response is not None
    return answer.response


async def suggested(
    studio: Studio, typed: str, *, by: MemberActor | None = None, command: str = "stylize", built_in: bool = False
) -> dict[str, str]:
    """Return the suggestions for a style's name, by name: those of members, or the built-in ones."""
    option = "style_name" if command == "stylize" else "style"
    choices = await (by or studio.alice).autocomplete(studio.channel, command, option, typed)
    return {choice["name"]: choice["value"] for choice in choices if is_stored_id(choice["value"]) is not built_in}


def page_names(message: ResponseMessage) -> list[str]:
    """Return the names of the styles on a page."""
    return [line.strip("*") for line in texts(message).splitlines() if line.startswith("**")]


def select(message: ResponseMessage, custom_id: str) -> Any:
    [menu] = [item for item in walk(message.components) if item.get("custom_id") == custom_id]
    return menu


def host_folder(folder: Path, styles: str, **pictures: bytes) -> GallerySettings:
    """Make a folder of styles as a host does."""
    folder.mkdir()
    (folder / "styles.toml").write_text(styles, encoding="utf-8")
    for name, content in pictures.items():
        (folder / f"{name}.png").write_bytes(content)
    return GallerySettings(dir=folder)


STARRY = '[starry]\nfile = "starry.png"\ntitle = "A starry *night*"\ncredits = "Vincent"\nwords = ["swirls"]\n'


async def test_a_picture_becomes_a_style_that_only_its_member_sees(studio: Studio) -> None:
    answer = await add(studio, credits="Hokusai *et al.*")

    assert answer.ephemeral
    assert texts(answer.response).splitlines()[:3] == [
        "Saved · Just for you",
        "### Waves",
        r"-# Hokusai \*et al.\*",
    ]
    assert labels(answer.response) == ["Rename…", "Remove"]
    assert alt_texts(answer.response) == ["Style: Waves"]
    assert page_names(await listed(studio)) == ["Waves"]
    assert page_names(await listed(studio, by=studio.bob)) == []
    assert page_names(await listed(studio, "server")) == []


async def test_the_list_begins_with_the_first_one_that_has_any(studio: Studio) -> None:
    async def first_line() -> str:
        answer = await studio.alice.slash(studio.channel, "style list")
        assert answer.response is not None
        return texts(answer.response).splitlines()[1]

    built_in = await first_line()
    await add(studio)
    own = await first_line()
    await add(studio, name="Waves of the server", where="server", image=("other.png", picture("teal")))
    servers = await first_line()

    scopes = [line.partition(" · ")[0] for line in (built_in, own, servers)]
    assert scopes == ["-# Built in", "-# Just for you", "-# This server"]


async def test_a_style_of_the_server_is_everyones_there(studio: Studio) -> None:
    await add(studio, where="server")

    page = await listed(studio, "server", by=studio.bob)
    assert page_names(page) == ["Waves"]
    assert f"added by <@{studio.alice.id}>" in texts(page)
    assert len(thumbnails(page)) == 1
    [(name, style_id)] = (await suggested(studio, "wav", by=studio.bob)).items()
    assert name == "Waves · this server"
    await studio.stylize(studio.bob, style=None, style_name=style_id)
    await studio.finish()
    assert [job.styles[0].picture for job in studio.engine.jobs] == [WAVES[1]]


async def test_cards_name_the_style_of_a_gallery_but_not_a_file(studio: Studio) -> None:
    await add(studio)

    chosen = await studio.stylize(style=None, style_name="waves")
    sent = await studio.stylize()
    assert "Painterly · 64 px · in the style of Waves · for" in texts(chosen.response)
    await studio.finish()

    assert "64 × 43 px · in the style of Waves · seed" in texts(chosen.response)
    assert "in the style of" not in texts(sent.response)


async def test_stylize_paints_with_a_style_by_its_name_and_counts_it(studio: Studio) -> None:
    await add(studio)
    [style_id] = (await suggested(studio, "wvaes")).values()

    answer = await studio.stylize(style=None, style_name=style_id)
    await studio.stylize(style=None, style_name="waves")
    await studio.finish()

    assert files(answer.response) == ["painting.png", "progress.gif"]
    assert [job.styles[0].picture for job in studio.engine.jobs] == [WAVES[1], WAVES[1]]
    assert "photo.png in the style of Waves" in alt_texts(answer.response)
    assert "used 2 times" in texts(await listed(studio))


async def test_the_card_shows_the_chosen_style_while_it_waits(studio: Studio) -> None:
    await add(studio)

    answer = await studio.stylize(style=None, style_name="Waves")

    assert [url.rpartition("/")[2].partition("?")[0] for url in thumbnails(answer.response)] == [
        "photo.png",
        "gallery.jpg",
    ]


async def test_a_painting_with_a_style_that_is_removed_meanwhile_is_still_painted_after_a_restart(
    studio: Studio,
) -> None:
    await add(studio)
    answer = await studio.stylize(style=None, style_name="Waves")
    question = await studio.alice.slash(studio.channel, "style remove", style="Waves")
    assert question.response is not None
    await studio.alice.click(question.response, label="Remove")
    await studio.restart()
    await studio.app.client.studio.janitor.sweep()
    await studio.finish()

    assert files(answer.response) == ["painting.png", "progress.gif"]
    assert studio.engine.jobs[0].styles[0].picture == WAVES[1]
    assert page_names(await listed(studio)) == []


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"style_name": "Sea"}, "There's no style called “Sea” that you can use here."),
        ({"style_name": "s-0123456789abcdef"}, "That style no longer exists, or you can't use it here."),
        ({"style_name": "Waves", "style": STYLE}, "is given more than once: `style` and `style_name`"),
    ],
)
async def test_one_style_is_chosen_in_one_way(studio: Studio, options: dict[str, Any], sentence: str) -> None:
    await add(studio)

    refusal = ephemeral_text(await studio.stylize(**{"style": None, **options}))

    assert sentence in refusal


async def test_the_same_picture_and_the_same_name_are_refused_with_what_would_be_right(studio: Studio) -> None:
    await add(studio, "*Waves*")

    assert ephemeral_text(await add(studio, "Sea")) == (
        r"That picture is already a style here, called “\*Waves\*”. Use that one, or choose another picture."
    )
    assert ephemeral_text(await add(studio, "waves", image=STYLE)) == (
        r"There's already a style called “\*Waves\*” here. Choose another name."
    )
    assert ephemeral_text(await add(studio, "\u202e ", image=STYLE)) == "Give the style a name of 1 to 60 characters."


async def test_what_is_no_picture_becomes_no_style(studio: Studio) -> None:
    refusal = ephemeral_text(await add(studio, image=("notes.txt", b"hello")))
    assert refusal.startswith("The style picture (notes.txt) isn't an image")
    refusal = ephemeral_text(await add(studio, image=("waves.png", b"%PDF-1.7")))
    assert refusal.startswith("The style picture is a PDF, not an image.")
    refusal = ephemeral_text(await add(studio, image=("waves.png", picture(noisy=True, size=(200, 200))[:5000])))
    assert "incomplete" in refusal

    assert page_names(await listed(studio)) == []


async def test_a_limit_says_whose_it_is(open_studio: OpenStudio) -> None:
    studio: Studio = await open_studio(gallery=GallerySettings(member_limit=1))
    await add(studio)

    assert ephemeral_text(await add(studio, "Sea", image=STYLE)) == (
        "You've saved 1 style; that's the limit. Remove it with /style remove first."
    )


async def test_a_spoiler_stays_one_as_a_style_and_in_what_is_painted_with_it(studio: Studio) -> None:
    answer = await add(studio, image=("SPOILER_waves.png", WAVES[1]))
    assert answer.response is not None
    assert unspoilered(answer.response) == []
    assert unspoilered(await listed(studio)) == []

    painting = await studio.stylize(style=None, style_name="Waves")
    await studio.finish()
    assert unspoilered(painting.response) == []


async def test_a_long_list_has_pages_that_turn_after_a_restart(studio: Studio, manager: MemberActor) -> None:
    for number in range(10):
        await add(
            studio,
            f"Style {number}",
            by=manager,
            image=(f"{number}.png", picture(size=(48 + number, 32))),
            where="server",
        )
    page = await listed(studio, "server")
    assert page_names(page) == [f"Style {number}" for number in range(8)]
    assert labels(page) == ["Next"]
    await studio.restart()

    await studio.alice.click(page, label="Next")

    assert page_names(page) == ["Style 8", "Style 9"]
    assert len(thumbnails(page)) == 2
    assert labels(page) == ["Previous"]
    await studio.alice.click(page, label="Previous")
    assert page_names(page)[0] == "Style 0"


async def test_a_list_switches_between_own_server_and_built_in_styles(studio: Studio) -> None:
    await add(studio, "Mine")
    await add(studio, "Ours", where="server")
    page = await listed(studio)

    await studio.alice.select(page, custom_id="atelier:styles:scope", values=["server"])
    assert page_names(page) == ["Ours"]
    await studio.alice.select(page, custom_id="atelier:styles:scope", values=["shelf"])
    assert page_names(page) == ["Mine"]


async def test_a_style_of_a_list_is_shown_after_a_restart(studio: Studio) -> None:
    await add(studio, where="server")
    page = await listed(studio, "server", by=studio.bob)
    [option] = select(page, "atelier:styles:show")["options"]
    await studio.restart()

    shown = await studio.bob.select(page, custom_id="atelier:styles:show", values=[option["value"]])

    assert shown.ephemeral
    assert "### Waves" in texts(shown.response)
    assert len(media(shown.response)) == 1
    assert labels(shown.response) == []  # it isn't Bob's


async def test_a_style_is_renamed_by_its_button_after_a_restart(studio: Studio) -> None:
    added = await add(studio)
    await studio.restart()
    asked = await studio.press(added, "Rename…")
    await studio.restart()
    answer = await studio.alice.submit_modal(asked, {"name": "Great waves"})

    assert "### Great waves" in texts(answer.response)
    assert page_names(await listed(studio)) == ["Great waves"]


async def test_removing_a_style_asks_first(studio: Studio) -> None:
    added = await add(studio)
    question = await studio.press(added, "Remove")
    assert question.response is not None
    assert question.ephemeral
    assert "Remove “Waves”?" in texts(question.response)

    await studio.restart()
    await studio.alice.click(question.response, label="Cancel")
    assert texts(question.response) == "The style stays."
    assert page_names(await listed(studio)) == ["Waves"]

    question = await studio.press(added, "Remove")
    assert question.response is not None
    await studio.alice.click(question.response, label="Remove")
    assert texts(question.response) == "The style “Waves” is removed."
    assert page_names(await listed(studio)) == []
    again = await studio.press(added, "Remove")
    assert ephemeral_text(again).startswith("That style no longer exists")


async def test_managers_curate_the_servers_styles_and_members_only_their_own(
    studio: Studio, manager: MemberActor
) -> None:
    await add(studio, where="server")
    await add(studio, "Mine", image=STYLE)

    refusal = ephemeral_text(await studio.bob.slash(studio.channel, "style rename", style="Waves", name="Bob's"))
    assert refusal == f"Only <@{studio.alice.id}> and members with Manage Server can change “Waves”. Ask one of them."
    assert list(await suggested(studio, "", by=studio.bob, command="style remove")) == []
    assert list(await suggested(studio, "", by=manager, command="style remove")) == ["Waves · this server"]
    assert list(await suggested(studio, "", command="style rename")) == ["Mine · yours", "Waves · this server"]

    answer = await manager.slash(studio.channel, "style rename", style="Waves", name="Curated")
    assert "### Curated" in texts(answer.response)
    assert ephemeral_text(await manager.slash(studio.channel, "style remove", style="Mine")).startswith(
        "There's no style called “Mine”"
    )


async def test_a_style_is_added_to_the_server_only_where_its_member_may_paint(studio: Studio) -> None:
    elsewhere = studio.guild.create_text_channel("gallery")
    await studio.app.client.studio.servers.change(studio.guild.id, channel_ids=frozenset({elsewhere.id}))

    assert ephemeral_text(await add(studio, where="server")).startswith("On this server, Atelier only paints in")
    assert "Saved" in texts((await add(studio)).response)


async def test_in_direct_messages_a_member_has_their_own_styles_and_no_servers(studio: Studio) -> None:
    await add(studio)
    await add(studio, "Ours", image=STYLE, where="server")

    choices = await studio.alice.user.autocomplete("stylize", "style_name", "")
    assert [one["name"] for one in choices if is_stored_id(one["value"])] == ["Waves · yours"]
    refused = await studio.alice.user.slash("style add", picture=CONTENT, name="Sea", where="server")
    assert ephemeral_text(refused).startswith("There are no server styles here.")
    answer = await studio.alice.user.slash("stylize", content=CONTENT, style_name="Waves", size=64)
    await studio.finish()
    assert files(answer.response) == ["painting.png", "progress.gif"]


async def test_where_only_the_member_has_the_bot_there_is_no_servers_gallery(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add(studio, where="server")
    await add(studio, "Mine", image=STYLE)
    override_interactions(monkeypatch, authorizing_integration_owners={"1": str(studio.alice.id)})

    assert list(await suggested(studio, "")) == ["Mine · yours"]
    assert ephemeral_text(await add(studio, "Sea", where="server")).startswith("There are no server styles here.")


async def test_a_picture_of_a_message_is_saved_with_a_form_that_survives_a_restart(studio: Studio) -> None:
    message = await studio.bob.send(studio.channel, "look", attachments=[WAVES])
    asked = await studio.alice.context_menu(studio.channel, "Save as style", message)
    assert asked.modal is not None
    [name] = [item["component"] for item in asked.modal["components"] if item["component"]["custom_id"] == "name"]
    assert name["value"] == "Great waves"
    await studio.restart()

    filled = {"name": "Great waves", "credits": "Hokusai", "where": ["server"]}
    answer = await studio.alice.submit_modal(asked, filled)

    assert texts(answer.response).splitlines()[:3] == ["Saved · This server", "### Great waves", "-# Hokusai"]
    assert page_names(await listed(studio, "server", by=studio.bob)) == ["Great waves"]


async def test_of_several_pictures_in_a_message_the_chosen_one_is_saved(studio: Studio) -> None:
    pictures = [("sea.png", picture("navy")), ("wood.png", picture("darkgreen"))]
    message = await studio.bob.send(studio.channel, "look", attachments=pictures)
    asked = await studio.alice.context_menu(studio.channel, "Save as style", message)
    assert asked.modal is not None
    which = {option["label"]: option["value"] for option in form_options(asked.modal, "which")}
    assert list(which) == ["1. sea.png", "2. wood.png"]
    await studio.alice.submit_modal(asked, {"name": "Wood", "which": [which["2. wood.png"]]})

    await studio.stylize(style=None, style_name="Wood")
    await studio.finish()
    assert studio.engine.jobs[0].styles[0].picture == picture("darkgreen")


async def test_the_last_picture_or_a_linked_one_is_imported(studio: Studio) -> None:
    painting = await studio.stylize()
    await studio.finish()
    asked = await studio.alice.slash(studio.channel, "style import")
    assert asked.modal is not None
    await studio.alice.submit_modal(asked, {"name": "Last"})
    message = await studio.bob.send(studio.channel, "look", attachments=[WAVES])
    asked = await studio.alice.slash(studio.channel, "style import", link=message.attachments[0].url)
    await studio.alice.submit_modal(asked, {"name": "Linked"})

    assert page_names(await listed(studio)) == ["Last", "Linked"]
    assert painting.response is not None
    await studio.stylize(style=None, style_name="Last")
    await studio.finish()
    assert studio.engine.jobs[1].styles[0].picture == await painting.response.attachments[0].read()


async def test_a_painting_or_the_style_it_was_painted_with_is_saved_after_a_restart(studio: Studio) -> None:
    answer = await studio.stylize()
    await studio.finish()
    assert answer.response is not None
    await studio.restart()
    for which, name in (("painting", "The painting"), ("style", "Its style")):
        asked = await studio.press(answer, "Save as style")
        assert asked.modal is not None
        assert [option["value"] for option in form_options(asked.modal, "which")] == ["painting", "style"]
        await studio.alice.submit_modal(asked, {"name": name, "which": [which]})

    for name in ("The painting", "Its style"):
        await studio.stylize(style=None, style_name=name)
        await studio.finish()
    painted = await answer.response.attachments[0].read()
    assert [job.styles[0].picture for job in studio.engine.jobs] == [painted, STYLE[1]]


async def test_somebody_elses_painting_is_saved_without_the_picture_they_sent(studio: Studio) -> None:
    answer = await studio.stylize()
    await studio.finish()
    asked = await studio.press(answer, "Save as style", by=studio.bob)
    assert asked.modal is not None
    assert "which" not in [item["component"]["custom_id"] for item in asked.modal["components"]]

    await studio.bob.submit_modal(asked, {"name": "Alice's"})

    assert page_names(await listed(studio, by=studio.bob)) == ["Alice's"]
    await studio.stylize(studio.bob, style=None, style_name="Alice's")
    await studio.finish()
    assert studio.engine.jobs[-1].styles[0].picture != STYLE[1]


@pytest.mark.parametrize("label", ["Again", "Swap content and style"])
async def test_a_variation_of_somebody_elses_painting_is_saved_without_the_pictures_they_sent(
    studio: Studio, label: str
) -> None:
    painting = await studio.stylize()
    await studio.finish()
    varied = await studio.press(painting, label, by=studio.bob)
    await studio.finish()

    asked = await studio.press(varied, "Save as style", by=studio.bob)
    assert asked.modal is not None
    assert "which" not in [item["component"]["custom_id"] for item in asked.modal["components"]]


async def test_a_style_that_somebody_else_chose_for_a_members_painting_stays_theirs(studio: Studio) -> None:
    await add(studio, by=studio.bob)
    painting = await studio.stylize()
    await studio.finish()
    form = await studio.press(painting, "Edit…", by=studio.bob)
    assert form.modal is not None
    [waves] = [option["value"] for option in form_options(form.modal, "style") if option["label"] == "Waves"]
    edited = await studio.bob.submit_modal(form, {**filled_in(form), "style": [waves]})
    await studio.finish()
    varied = await studio.press(edited, "Again")
    await studio.finish()

    asked = await studio.press(varied, "Save as style")

    assert asked.modal is not None
    assert "which" not in [item["component"]["custom_id"] for item in asked.modal["components"]]
    refused = ephemeral_text(await studio.press(varied, "Delete", by=studio.bob))
    assert refused.count(f"<@{studio.alice.id}>") == 1


async def test_the_style_of_a_variation_of_ones_own_painting_is_saved(studio: Studio) -> None:
    painting = await studio.stylize()
    await studio.finish()
    varied = await studio.press(painting, "Again")
    await studio.finish()

    asked = await studio.press(varied, "Save as style")

    assert asked.modal is not None
    assert [option["value"] for option in form_options(asked.modal, "which")] == ["painting", "style"]


async def test_a_deleted_painting_cannot_be_saved_from_a_message_that_is_still_there(studio: Studio) -> None:
    answer = await studio.stylize()
    await studio.finish()
    records = studio.app.client.studio.records
    [job] = await records.latest_painted(1)
    await records.save(job.deleted())

    refusal = ephemeral_text(await studio.press(answer, "Save as style"))
    assert refusal.startswith("Atelier no longer has the pictures of this painting.")


async def test_a_saved_painting_outlives_the_original(studio: Studio) -> None:
    answer = await studio.stylize()
    await studio.finish()
    asked = await studio.press(answer, "Save as style")
    await studio.alice.submit_modal(asked, {"name": "Kept"})
    await studio.delete(answer)
    await studio.app.client.studio.janitor.sweep()

    again = await studio.stylize(style=None, style_name="Kept")
    await studio.finish()
    assert files(again.response) == ["painting.png", "progress.gif"]


async def test_the_gallery_speaks_the_members_language(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    override_interactions(monkeypatch, locale="de")
    answer = await add(studio)

    assert texts(answer.response).startswith("Gespeichert · Nur für dich")
    assert labels(answer.response) == ["Umbenennen …", "Entfernen"]
    assert list(await suggested(studio, "wav")) == ["Waves · deiner"]
    assert ephemeral_text(await add(studio, "Meer")).startswith("Dieses Bild gibt es hier schon als Stil „Waves“.")


async def test_forgetting_a_member_deletes_their_styles_everywhere(studio: Studio) -> None:
    await add(studio)
    await add(studio, "Ours", where="server", image=STYLE)
    await add(studio, "Bob's", where="server", by=studio.bob, image=CONTENT)
    asked = await studio.alice.slash(studio.channel, "forget-me")
    assert asked.response is not None
    assert "your styles, including those you added to servers" in texts(asked.response)

    await studio.alice.click(asked.response, label="Forget me")

    assert texts(asked.response) == "## Forgotten\nDeleted: 4 picture files and 2 styles."
    assert page_names(await listed(studio)) == []
    assert page_names(await listed(studio, "server")) == ["Bob's"]
    assert len(studio_pictures(studio)) == 2


def studio_pictures(studio: Studio) -> list[Path]:
    return [path for path in (studio.app.settings.data_dir / "pictures").rglob("*") if path.is_file()]


async def test_privacy_says_that_styles_are_kept_until_they_are_removed(studio: Studio) -> None:
    answer = await studio.alice.slash(studio.channel, "privacy")

    assert "**Styles you add with `/style`**" in texts(answer.response)


async def test_a_hosts_own_styles_are_everyones_and_replace_none_of_members(
    open_studio: OpenStudio, tmp_path: Path
) -> None:
    gallery = host_folder(tmp_path / "gallery", STARRY, starry=picture("purple"))
    studio: Studio = await open_studio(gallery=gallery)

    page = await listed(studio, "builtin", by=studio.bob)
    assert r"**A starry \*night\***" in texts(page)
    assert "-# Vincent" in texts(page)
    assert len(thumbnails(page)) >= 1
    assert (await suggested(studio, "swirl", built_in=True))["A starry *night* · built in"] == "starry"
    answer = await studio.stylize(style=None, style_name="a starry night")
    await studio.finish()
    assert studio.engine.jobs[0].styles[0].picture == picture("purple")
    assert files(answer.response) == ["painting.png", "progress.gif"]
    refusal = ephemeral_text(await studio.alice.slash(studio.channel, "style remove", style="starry"))
    assert refusal.startswith(r"The style “A starry \*night\*” comes with this bot")


async def test_a_built_in_style_whose_file_is_gone_is_refused_with_a_sentence(
    open_studio: OpenStudio, tmp_path: Path
) -> None:
    studio: Studio = await open_studio(gallery=host_folder(tmp_path / "gallery", STARRY, starry=picture("purple")))
    (tmp_path / "gallery" / "starry.png").unlink()

    assert ephemeral_text(await studio.stylize(style=None, style_name="starry")).startswith(
        "Atelier no longer has the pictures"
    )
