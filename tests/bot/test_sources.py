"""Pictures from links, link previews, stickers, avatars and older messages; and forms that survive a restart."""

from __future__ import annotations

from typing import Any

import discord
import pytest
import simcord
from simcord.actors import MemberActor
from simcord.backend.cdn import CDN_BASE
from simcord.backend.models.message import MessageSticker
from simcord.results import to_discord_message

from bot.errors import NotAPictureLink
from bot.sources.keys import MAX_KEY_LENGTH, PictureKeys, long_id, short_id
from bot.sources.picture import CDN, SentPicture, is_attachment, linked_picture
from stylizer.recipe import load_recipe
from tests.bot.conftest import (
    CONTENT,
    STYLE,
    OpenStudio,
    Studio,
    ephemeral_text,
    files,
    form_options,
    labels,
    override_attachments,
    override_interactions,
    picture,
    texts,
)

NAVY, GREEN = picture("navy"), picture("darkgreen")
LOTTIE, GIF = discord.StickerFormatType.lottie.value, discord.StickerFormatType.gif.value
SNOWFLAKE = 1456074443980800021


def keep(studio: Studio, path: str, data: bytes) -> str:
    """Add a picture to simcord's Discord, and return its URL."""
    studio.env.backend.cdn._blobs[f"{CDN_BASE}/{path}"] = data
    return f"{CDN_BASE}/{path}"


def say(studio: Studio, member: MemberActor, content: str = "look", **parts: Any) -> Any:
    """Post a member's message with embeds or stickers, which simcord's members can't send."""
    message = studio.env.backend.create_message(studio.channel.id, member.id, content, **parts)
    return to_discord_message(studio.env, message)


def preview(url: str, **more: Any) -> dict[str, Any]:
    """Make a link preview as Discord adds it to a message."""
    return {"type": "image", "url": url, "thumbnail": {"url": url, "width": 48, "height": 32, **more}}


async def painted(studio: Studio, asked: simcord.InteractionResult, **fields: Any) -> Any:
    """Fill in a form with a style and other fields, and return the resulting job."""
    answer = await studio.alice.submit_modal(asked, {"style": STYLE, "recipe": ["draft"], **fields})
    await studio.finish()
    assert files(answer.response) == ["painting.png", "progress.gif"]
    return studio.engine.jobs[-1]


def form(asked: simcord.InteractionResult) -> dict[str, Any]:
    """Return the form itself, to forge it."""
    assert asked._interaction.modal is not None
    return asked._interaction.modal


async def stylize_this(studio: Studio, message: Any) -> simcord.InteractionResult:
    """Use "Stylize this" on a message as Alice."""
    return await studio.alice.context_menu(studio.channel, "Stylize this", message)


# Links.


async def test_links_stand_in_for_attachments(studio: Studio) -> None:
    sea = keep(studio, "attachments/1/2/sea.png", NAVY)
    wood = keep(studio, "attachments/1/3/wood.png", GREEN)

    answer = await studio.stylize(content=None, style=None, content_link=f" <{sea}> ", style_link=wood)
    await studio.finish()

    assert files(answer.response) == ["painting.png", "progress.gif"]
    assert (studio.engine.jobs[0].content, studio.engine.jobs[0].styles[0].picture) == (NAVY, GREEN)


async def test_each_picture_is_given_once(studio: Studio) -> None:
    link = f"{CDN}/attachments/1/2/a.png"
    for options, sentence in (
        (
            {"content": None},
            ("The content picture is missing. Add it with `content`, `content_link`, or `last_picture`."),
        ),
        (
            {"content_link": link, "last_picture": True},
            (
                "The content picture is given more than once: `content`, `content_link`, and `last_picture`. "
                "Keep only one."
            ),
        ),
        (
            {"style_link": link},
            "The style picture is given more than once: `style` and `style_link`. Keep only one.",
        ),
    ):
        assert ephemeral_text(await studio.stylize(**options)) == sentence
    app = studio.app.client.studio
    allowance = app.usage.allowance(studio.alice.id, studio.guild.id, app.servers.settings_of(studio.guild.id))
    assert allowance is not None
    assert allowance.left == studio.app.settings.queue.member_jobs_a_day


@pytest.mark.parametrize("link", ["a sunset", "www.example.org/a.png", "https://", "http://[", f"{CDN}/", "x" * 5000])
def test_text_that_is_not_a_link_is_refused(link: str) -> None:
    with pytest.raises(NotAPictureLink, match=r"^The content picture: that link doesn't point to a picture\."):
        linked_picture("content", link)


@pytest.mark.parametrize("host", ["discord.com", "ptb.discord.com", "canary.discord.com", "discordapp.com"])
def test_a_link_to_a_message_is_recognized(host: str) -> None:
    with pytest.raises(NotAPictureLink, match=r"^The style picture: that link goes to a message\..*Stylize this"):
        linked_picture("style", f"https://{host}/channels/1/2/3")


def test_a_link_to_a_scaled_attachment_becomes_a_link_to_the_original() -> None:
    path, signature = "attachments/1/2/sea.png", "ex=65d903de&is=65c68ede&hm=2481f30d"
    scaled = f"https://media.discordapp.net/{path}?{signature}&=&format=webp&width=550&height=309"

    assert linked_picture("content", scaled) == SentPicture(f"{CDN}/{path}?{signature}", "sea.png")


@pytest.mark.parametrize("url", [f"{CDN}/emojis/1.webp?size=96", "https://media.discordapp.net/stickers/1.gif"])
def test_other_links_are_used_unchanged(url: str) -> None:
    assert linked_picture("content", url).url == url


async def test_only_the_member_sees_why_a_link_is_refused(studio: Studio) -> None:
    assert ephemeral_text(await studio.stylize(content=None, content_link="a sunset")).startswith(
        "The content picture: that link"
    )


async def test_a_link_to_a_video_is_refused_at_once(studio: Studio) -> None:
    sentence = ephemeral_text(await studio.stylize(content=None, content_link=f"{CDN}/attachments/1/2/film.mp4"))

    assert sentence.startswith("The content picture (film.mp4) isn't an image")


async def test_only_the_member_sees_that_a_linked_picture_is_gone(studio: Studio) -> None:
    answer = await studio.stylize(content=None, content_link=f"{CDN}/attachments/1/2/gone.png")

    assert answer.response is None
    assert ephemeral_text(answer) == (
        "gone.png is no longer on Discord, or its link has expired (Discord answers 404). "
        "Attach it, or copy its link again."
    )


async def test_a_linked_picture_that_is_too_large_is_refused(open_studio: OpenStudio) -> None:
    studio: Studio = await open_studio(uploads={"limit_bytes": 2000})
    link = keep(studio, "attachments/1/2/noise.png", picture(size=(96, 64), noisy=True))

    answer = await studio.stylize(content=None, content_link=link)

    assert ephemeral_text(answer).startswith("noise.png is too large; the limit is 1.95 KiB.")


# Link previews and stickers.


async def test_the_picture_of_a_link_preview_is_painted(studio: Studio) -> None:
    sea = keep(studio, "attachments/1/2/sea.png", NAVY)
    message = say(studio, studio.bob, embeds=[preview(sea)])

    job = await painted(studio, await stylize_this(studio, message))

    assert job.content == NAVY


async def test_a_picture_both_attached_and_previewed_is_offered_once(studio: Studio) -> None:
    attached = await studio.bob.send(studio.channel, "look", attachments=[("sea.png", NAVY)])
    [attachment] = attached.attachments
    message = say(
        studio,
        studio.bob,
        attachments=studio.env.backend.get_message(studio.channel.id, attached.id).attachments,
        embeds=[preview(f"{attachment.url}?ex=1"), preview(keep(studio, "attachments/1/2/wood", GREEN))],
    )

    asked = await stylize_this(studio, message)

    assert asked.modal is not None
    assert [option["label"] for option in form_options(asked.modal, "which")] == ["1. sea.png", "2. wood"]


async def test_only_discords_copy_of_an_external_picture_is_used(open_studio: OpenStudio) -> None:
    studio: Studio = await open_studio(allows=of_simcord)
    proxied = keep(studio, "external/hash/https/example.org/sea.png", NAVY)
    elsewhere = preview("https://example.org/sea.png", proxy_url=proxied)

    job = await painted(studio, await stylize_this(studio, say(studio, studio.bob, embeds=[elsewhere])))
    assert job.content == NAVY

    nowhere = preview("https://example.org/sea.png")
    sentence = ephemeral_text(await stylize_this(studio, say(studio, studio.bob, embeds=[nowhere])))
    assert sentence.startswith("There's no picture in that message.")


def of_simcord(url: str) -> bool:
    return url.startswith(CDN_BASE)


@pytest.mark.parametrize(("kind", "suffix"), [(1, "png"), (2, "png"), (GIF, "gif")])
async def test_a_sticker_is_painted(studio: Studio, kind: int, suffix: str) -> None:
    keep(studio, f"stickers/77.{suffix}", NAVY)
    message = say(studio, studio.bob, "", stickers=[MessageSticker(77, "wave", kind, studio.guild.id)])

    job = await painted(studio, await stylize_this(studio, message))

    assert job.content == NAVY


async def test_a_vector_sticker_is_refused(studio: Studio) -> None:
    message = say(studio, studio.bob, "", stickers=[MessageSticker(77, "wave", LOTTIE, studio.guild.id)])

    sentence = ephemeral_text(await stylize_this(studio, message))

    assert sentence.startswith("That sticker is a vector animation (Lottie), which Atelier can't paint.")


async def test_a_forwarded_picture_is_painted(studio: Studio) -> None:
    message = await studio.bob.send(studio.channel, "look", attachments=[("sea.png", NAVY)])
    forwarded = await studio.bob.forward(message, studio.channel)

    job = await painted(studio, await stylize_this(studio, forwarded))

    assert job.content == NAVY


# Avatars.


@pytest.mark.parametrize(
    ("own", "here", "path"),
    [
        ("abc", None, "avatars/{member}/abc.png"),
        ("abc", "def", "guilds/{guild}/users/{member}/avatars/def.png"),
        ("a_abc", None, "avatars/{member}/a_abc.png"),
        (None, None, "embed/avatars/{default}.png"),
    ],
)
async def test_an_avatar_is_painted_preferably_the_server_avatar(
    studio: Studio, own: str | None, here: str | None, path: str
) -> None:
    carla = studio.guild.add_member(studio.env.create_user("carla", avatar=own), avatar=here)
    default = (carla.id >> 22) % 6
    keep(studio, path.format(member=carla.id, guild=studio.guild.id, default=default), NAVY)

    asked = await studio.alice.context_menu(studio.channel, "Stylize avatar", carla)
    assert asked.modal is not None
    assert asked.modal["title"] == "Stylize avatar"
    await studio.restart()
    job = await painted(studio, asked)

    assert job.content == NAVY


# The last picture of a channel.


async def test_the_last_picture_is_found_if_discord_shows_it(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(studio.env.bot.http, "message_content_access", False)  # as without the intent
    assert studio.env.bot.user is not None
    await studio.bob.send(studio.channel, "older", attachments=[("wood.png", GREEN)])
    await studio.bob.send(studio.channel, studio.env.bot.user.mention, attachments=[("sea.png", NAVY)])
    await studio.bob.send(studio.channel, "not shown", attachments=[("wood.png", GREEN)])

    answer = await studio.stylize(content=None, last_picture=True)
    await studio.finish()

    assert files(answer.response) == ["painting.png", "progress.gif"]
    assert studio.engine.jobs[0].content == NAVY


async def test_only_finished_paintings_of_the_bots_own_messages_count_as_last_picture(studio: Studio) -> None:
    await studio.stylize()
    await studio.step(3)
    await studio.stylize(studio.bob)
    await studio.step(1)  # its card shows a preview
    painting = studio.channel.history()[-2].attachments[0]

    await studio.stylize(content=None, last_picture=True)
    await studio.finish()

    assert studio.engine.jobs[-1].content == await painting.read()


async def test_a_last_picture_that_discord_does_not_show_is_refused_with_an_alternative(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(studio.env.bot.http, "message_content_access", False)  # as without the intent
    await studio.bob.send(studio.channel, "look", attachments=[("sea.png", NAVY)])

    sentence = ephemeral_text(await studio.stylize(content=None, last_picture=True))

    assert sentence.startswith("There's no picture in the last 50 messages in this channel that Atelier can see")
    assert "*Stylize this*" in sentence


async def test_in_direct_messages_every_picture_can_be_the_last_one(studio: Studio) -> None:
    nothing = await studio.alice.user.slash("stylize", style=STYLE, last_picture=True)
    assert ephemeral_text(nothing) == (
        "There's no picture in the last 50 messages in this channel. Attach one instead."
    )

    channel = studio.alice.user.dm_channel
    attachments = studio.env.backend.store_attachments(channel.id, [("sea.png", NAVY)])
    await studio.alice.user.send_dm("look", attachments=attachments)
    answer = await studio.alice.user.slash("stylize", style=STYLE, last_picture=True)
    await studio.finish()

    assert files(answer.response) == ["painting.png", "progress.gif"]
    assert studio.engine.jobs[0].content == NAVY


async def test_an_unreadable_channel_is_refused_with_the_missing_permissions(studio: Studio) -> None:
    assert studio.env.bot.user is not None
    quiet = studio.guild.create_text_channel(
        "quiet", overwrites={studio.env.bot.user: discord.PermissionOverwrite(read_message_history=False)}
    )

    answer = await studio.alice.slash(quiet, "stylize", style=STYLE, last_picture=True)

    assert ephemeral_text(answer).startswith(
        "Atelier can't read this channel's messages: it needs Read Message History. Attach the picture"
    )


async def test_a_member_gets_no_picture_out_of_a_history_that_is_hidden_from_them(studio: Studio) -> None:
    hidden = discord.PermissionOverwrite(read_message_history=False)
    quiet = studio.guild.create_text_channel("quiet", overwrites={studio.alice.user: hidden})
    await studio.bob.send(quiet, "look", attachments=[("sea.png", NAVY)])

    answer = await studio.alice.slash(quiet, "stylize", style=STYLE, last_picture=True)

    assert ephemeral_text(answer).startswith("You can't read this channel's earlier messages")


async def test_a_user_installed_bot_reads_no_channel(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    override_interactions(monkeypatch, authorizing_integration_owners={"1": str(studio.alice.id)})

    sentence = ephemeral_text(await studio.stylize(content=None, last_picture=True))

    assert sentence.startswith("Atelier can't read this channel's messages. Attach the picture")
    assert not [request for request in studio.env.http_requests if request.path.endswith("/messages")]


@pytest.mark.parametrize(("status", "sentence"), [(403, "can't read this channel"), (500, "didn't show this channel")])
async def test_a_history_that_discord_refuses_is_explained(studio: Studio, status: int, sentence: str) -> None:
    studio.env.inject_error("GET", "/channels/*/messages", status=status)

    assert sentence in ephemeral_text(await studio.stylize(content=None, last_picture=True))


# Forms.


async def test_the_form_has_strength_size_and_colors(studio: Studio) -> None:
    message = await studio.bob.send(studio.channel, "look", attachments=[("sea.png", NAVY)])

    job = await painted(studio, await stylize_this(studio, message), size=["256"], look=["2-colors"])

    assert (job.recipe.longest_side_px, job.recipe.style_strength, job.recipe.colors) == (256, 2.0, "content")


async def test_an_unchanged_form_paints_by_the_recipe(studio: Studio) -> None:
    message = await studio.bob.send(studio.channel, "look", attachments=[("sea.png", NAVY)])

    job = await painted(studio, await stylize_this(studio, message))

    recipe = load_recipe("draft")
    assert (job.recipe.longest_side_px, job.recipe.style_strength) == (recipe.longest_side_px, 1.0)
    assert job.recipe.colors == "style"


async def test_the_form_offers_no_size_that_the_server_does_not_allow(studio: Studio) -> None:
    await studio.app.client.studio.servers.change(studio.guild.id, largest_size_px=512)
    message = await studio.bob.send(studio.channel, "look", attachments=[("sea.png", NAVY)])

    asked = await stylize_this(studio, message)

    assert asked.modal is not None
    sizes = [option["label"] for option in form_options(asked.modal, "size")]
    assert sizes == ["Recipe default", "As large as my picture", "256 px", "384 px", "512 px"]


async def test_discord_accepts_a_form_with_ten_pictures_and_long_names(studio: Studio) -> None:
    pictures = [(f"{index}{'x' * 120}.png", picture("navy")) for index in range(10)]
    message = await studio.bob.send(studio.channel, "look", attachments=pictures)

    asked = await stylize_this(studio, message)

    assert asked.modal is not None
    assert len(asked.modal["components"]) == 5
    assert len(asked.modal["custom_id"]) <= 100
    options = form_options(asked.modal, "which")
    assert len({option["value"] for option in options}) == 10
    assert all(len(option["value"]) <= 100 and len(option["label"]) <= 100 for option in options)
    assert (await painted(studio, asked, which=[options[7]["value"]])).content == NAVY


async def test_two_members_with_the_same_form_open_each_get_what_they_filled_in(studio: Studio) -> None:
    message = await studio.bob.send(studio.channel, "look", attachments=[("sea.png", NAVY)])
    alices = await stylize_this(studio, message)
    mias = await studio.mia.context_menu(studio.channel, "Stylize this", message)

    await studio.alice.submit_modal(alices, {"style": STYLE, "recipe": ["draft"], "size": ["256"]})
    await studio.mia.submit_modal(mias, {"style": ("green.png", GREEN), "recipe": ["classic"], "size": ["384"]})
    await studio.finish()

    assert [(job.styles[0].picture, job.recipe.name, job.recipe.longest_side_px) for job in studio.engine.jobs] == [
        (STYLE[1], "draft", 256),
        (GREEN, "classic", 384),
    ]


async def test_the_picture_of_a_form_survives_a_restart(studio: Studio) -> None:
    pictures = [("sea.png", NAVY), ("wood.png", GREEN)]
    message = await studio.bob.send(studio.channel, "look", attachments=pictures)
    asked = await stylize_this(studio, message)
    assert asked.modal is not None
    [_, wood] = [option["value"] for option in form_options(asked.modal, "which")]
    await studio.restart()

    job = await painted(studio, asked, which=[wood], look=["0.5"])

    assert (job.content, job.recipe.style_strength) == (GREEN, 0.5)


async def test_a_form_whose_picture_does_not_survive_a_restart_says_so(studio: Studio) -> None:
    message = await studio.bob.send(studio.channel, "look", attachments=[(f"{'x' * 120}.png", NAVY)])
    asked = await stylize_this(studio, message)
    await studio.restart()

    answer = await studio.alice.submit_modal(asked, {"style": STYLE, "recipe": ["draft"]})

    assert ephemeral_text(answer) == (
        "Atelier restarted while this form was open and no longer knows which picture it was for. "
        "Open it again from the message or the member."
    )


@pytest.mark.parametrize("custom_id", ["0123456789abcdef", "atelier:style:___________:q", "atelier:style::u"])
async def test_an_unknown_form_is_explained(studio: Studio, custom_id: str) -> None:
    message = await studio.bob.send(studio.channel, "look", attachments=[("sea.png", NAVY)])
    asked = await stylize_this(studio, message)
    form(asked)["custom_id"] = custom_id

    answer = await studio.alice.submit_modal(asked, {"style": STYLE, "recipe": ["draft"]})

    sentence = ephemeral_text(answer)
    assert sentence.startswith(("This form is from an older version", "Atelier restarted while this form was open"))


async def test_a_form_cannot_smuggle_in_an_external_picture(open_studio: OpenStudio) -> None:
    studio: Studio = await open_studio(allows=of_simcord)
    message = await studio.bob.send(studio.channel, "look", attachments=[("sea.png", NAVY)])
    asked = await stylize_this(studio, message)
    form(asked)["custom_id"] = "atelier:style::uhttps://example.org/a.png"

    answer = await studio.alice.submit_modal(asked, {"style": STYLE, "recipe": ["draft"]})

    assert ephemeral_text(answer) == "The content picture isn't hosted on Discord. Attach the picture itself."


async def test_an_unknown_button_is_explained(studio: Studio) -> None:
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Button(label="Old", custom_id="atelier:gone:1"))
    channel = studio.env.bot.get_channel(studio.channel.id)
    assert isinstance(channel, discord.TextChannel)
    message = await channel.send("an old card", view=view)
    await studio.restart()

    answer = await studio.alice.click(message, label="Old")

    assert ephemeral_text(answer).startswith("This card is from an older version of Atelier")


# The member who posted the picture.


async def test_the_poster_of_a_picture_may_delete_paintings_that_others_made_of_it(studio: Studio) -> None:
    message = await studio.bob.send(studio.channel, "look", attachments=[("sea.png", NAVY)])
    asked = await stylize_this(studio, message)
    answer = await studio.alice.submit_modal(asked, {"style": STYLE, "recipe": ["draft"]})
    await studio.finish()
    carla = studio.member("carla")

    refused = ephemeral_text(await studio.press(answer, "Delete", by=carla))
    assert refused.startswith(f"Only <@{studio.alice.id}>, <@{studio.bob.id}> (who posted the picture)")

    await studio.delete(answer, by=studio.bob)
    assert [shown.id for shown in studio.channel.history()] == [message.id]


async def test_a_bots_picture_has_no_owner(studio: Studio) -> None:
    webhook = studio.guild.create_webhook(studio.channel, "News")
    message = await webhook.send("look", attachments=[("sea.png", NAVY)])
    asked = await stylize_this(studio, message)
    await studio.alice.submit_modal(asked, {"style": STYLE, "recipe": ["draft"]})

    [job] = studio.app.client.studio.scheduler.jobs_of(studio.alice.id)
    assert job.source_owner_id is None


# Spoilers and names.


@pytest.mark.parametrize("how", ["name", "flag", "bars"])
async def test_a_spoiler_stays_hidden_through_a_form_and_a_restart(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    if how == "flag":
        override_attachments(monkeypatch, flags=1 << 3)
    name = "SPOILER_sea.png" if how == "name" else "sea.png"
    if how == "bars":
        message = say(studio, studio.bob, "||link||", embeds=[preview(keep(studio, "attachments/1/2/sea.png", NAVY))])
    else:
        message = await studio.bob.send(studio.channel, "look", attachments=[(name, NAVY)])
        monkeypatch.undo()
    asked = await stylize_this(studio, message)
    await studio.restart()
    await studio.alice.submit_modal(asked, {"style": STYLE, "recipe": ["draft"]})

    [job] = studio.app.client.studio.scheduler.jobs_of(studio.alice.id)
    assert tuple(source.is_spoiler for source in job.inputs) == (True, False)
    assert tuple(source.name for source in job.inputs) == ("sea.png", "waves.png")


async def test_a_variation_names_its_owner_and_keeps_names_and_spoilers(studio: Studio) -> None:
    answer = await studio.stylize(content=("SPOILER_photo.png", CONTENT[1]))
    await studio.step(3)
    assert "Again" in labels(answer.response)
    again = await studio.press(answer, "Swap content and style")

    [job] = studio.app.client.studio.scheduler.jobs_of(studio.alice.id)
    assert answer.response is not None
    assert job.variation == "swap"
    assert job.origin_url == f"https://discord.com/channels/{studio.guild.id}/{studio.channel.id}/{answer.response.id}"
    assert [(source.role, source.name, source.is_spoiler) for source in job.inputs] == [
        ("content", "waves.png", False),
        ("style", "photo.png", True),
    ]
    assert texts(again.response)


# The keys of pictures.


@pytest.mark.parametrize(
    "url",
    [
        f"{CDN}/attachments/{SNOWFLAKE}/{SNOWFLAKE + 1}/Screenshot_20240101-123456_Instagram.png",
        f"{CDN}/ephemeral-attachments/{SNOWFLAKE}/{SNOWFLAKE + 1}/IMG_1234567890123456789.jpg",
        f"https://media.discordapp.net/stickers/{SNOWFLAKE}.gif",
        f"{CDN}/guilds/{SNOWFLAKE}/users/{SNOWFLAKE + 1}/avatars/a_{'0123456789abcdef' * 2}.png?size=1024",
        f"{CDN}/embed/avatars/3.png",
    ],
)
def test_a_picture_on_discord_has_a_key_that_survives_a_restart(url: str) -> None:
    signed = f"{url}?ex=65d903de&is=65c68ede&hm={'2481f30d' * 8}&" if is_attachment(url) else url
    sent = SentPicture(signed, url.rpartition("/")[2].partition("?")[0], hidden=True)

    start = f"atelier:style:{short_id(SNOWFLAKE)}:"
    key = PictureKeys().key(sent, max_length=MAX_KEY_LENGTH - len(start))
    found = PictureKeys().find(key, poster_id=SNOWFLAKE)

    assert found == SentPicture(url, sent.filename, hidden=True, poster_id=SNOWFLAKE)
    assert long_id(short_id(SNOWFLAKE)) == SNOWFLAKE


def test_a_picture_too_long_for_a_key_is_known_to_this_process_only() -> None:
    keys = PictureKeys()
    pictures = [
        SentPicture(f"https://images-ext-1.discordapp.net/external/{'h' * 43}/https/example.org/{n}.png", f"{n}.png")
        for n in range(2)
    ]

    for sent in pictures:
        assert keys.find(keys.key(sent)) == sent
    assert PictureKeys().find(keys.key(pictures[0])) is None


def test_only_the_latest_pictures_are_remembered() -> None:
    keys = PictureKeys(max_remembered=2)
    first, *others = [keys.key(SentPicture(f"https://example.org/~{n}", "a.png")) for n in range(3)]

    assert keys.find(first) is None
    assert all(keys.find(key) for key in others)
