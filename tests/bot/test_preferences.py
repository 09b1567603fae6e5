"""Members' own defaults: the card that changes them, and what they change."""

from __future__ import annotations

from typing import Any

import pytest
from simcord.results import ResponseMessage

from bot.painting.job import Job
from bot.painting.notify import NotifyChoice
from bot.storage.servers import Notify
from tests.bot.conftest import Studio, files, form_options, labels, texts, walk
from tests.bot.jobs import make_job

NOTIFY = "atelier:preferences:notify"
RECIPE, SIZE, STRENGTH, COLORS = (f"atelier:preferences:{menu}" for menu in ("recipe", "size", "strength", "colors"))
FIFTEEN_MINUTES = 15 * 60
RESULT = ["painting.png", "progress.gif"]


async def preferences(studio: Studio) -> ResponseMessage:
    """Return the card that `/preferences` shows Alice."""
    answer = await studio.alice.slash(studio.channel, "preferences")
    assert answer.response is not None
    assert answer.response.ephemeral
    return answer.response


def notify_of_alice(studio: Studio) -> Notify:
    """Return when Alice is mentioned for a painting on this server."""
    job = make_job(studio.alice.id, guild_id=studio.guild.id)
    return notify_of(studio, job)


def notify_of(studio: Studio, job: Job) -> Notify:
    """Return when a job's owner is mentioned."""
    app = studio.app.client.studio
    return NotifyChoice(app.preferences, app.servers)(job)


def chosen(card: ResponseMessage, menu: str = NOTIFY) -> list[str]:
    """Return the labels of a menu's chosen options."""
    [select] = [item for item in walk(card.components) if item.get("custom_id") == menu]
    return [option["label"] for option in select["options"] if option["default"]]


async def switch(studio: Studio, card: ResponseMessage, name: str, state: str) -> None:
    """Press a button of the card that switches something."""
    await studio.alice.click(card, custom_id=f"atelier:preferences:{name}:{state}")


async def prefer_private_answers(studio: Studio) -> None:
    """Let Alice choose that only she sees her paintings."""
    await switch(studio, await preferences(studio), "private", "on")


def chosen_in(form: dict[str, Any] | None) -> list[str]:
    """Return the values that a form is filled in with."""
    assert form is not None
    options = [option for field in ("recipe", "size", "look") for option in form_options(form, field)]
    return [option["value"] for option in options if option.get("default")]


async def test_a_member_without_a_preference_gets_the_servers_default(studio: Studio) -> None:
    assert notify_of_alice(studio) is Notify.LONG
    await studio.app.client.studio.servers.change(studio.guild.id, notify=Notify.NEVER)

    card = await preferences(studio)

    assert notify_of_alice(studio) is Notify.NEVER
    assert "**Mention me when a painting is done:** Server default (here: Never)" in texts(card)
    assert chosen(card) == ["Server default"]


async def test_a_members_choice_overrides_the_server_survives_a_restart_and_can_be_reset(studio: Studio) -> None:
    await studio.app.client.studio.servers.change(studio.guild.id, notify=Notify.NEVER)
    card = await preferences(studio)
    await studio.restart()

    await studio.alice.select(card, ["always"], custom_id=NOTIFY)
    await studio.restart()

    assert "**Mention me when a painting is done:** Always" in texts(card)
    assert chosen(card) == ["Always"]
    assert notify_of_alice(studio) is Notify.ALWAYS
    await studio.alice.select(card, ["default"], custom_id=NOTIFY)
    assert notify_of_alice(studio) is Notify.NEVER


async def test_long_paintings_mention_their_owner_outside_of_servers(studio: Studio) -> None:
    job = make_job(studio.alice.id, guild_id=None)

    assert notify_of(studio, job) is Notify.LONG


async def test_forget_me_deletes_preferences_too(studio: Studio) -> None:
    card = await preferences(studio)
    await studio.alice.select(card, ["never"], custom_id=NOTIFY)

    asked = await studio.alice.slash(studio.channel, "forget-me")
    assert asked.response is not None
    assert labels(asked.response) == ["Forget me", "Cancel"]
    await studio.alice.click(asked.response, label="Forget me")

    assert texts(asked.response) == "## Forgotten\nDeleted: your preferences."
    assert notify_of_alice(studio) is Notify.LONG
    nothing = await studio.alice.slash(studio.channel, "forget-me")
    assert texts(nothing.response).startswith("## Nothing to forget")


async def test_privacy_mentions_preferences(studio: Studio) -> None:
    answer = await studio.alice.slash(studio.channel, "privacy")

    assert answer.response is not None
    assert "`/preferences`" in texts(answer.response)


async def test_the_card_shows_each_choice_at_once_and_after_a_restart(studio: Studio) -> None:
    card = await preferences(studio)
    assert texts(card).splitlines()[2:-2] == [
        "**Recipe:** Server default (here: Painterly)",
        "**Longest side:** Recipe default",
        "**Style strength:** Balanced",
        "**Colors:** The style's",
        "**Timelapse GIF:** on",
        "**Mention me when a painting is done:** Server default (here: If it takes longer than a minute)",
        "**Only I can see my paintings:** off",
        "-# Discord allows this for 15 minutes; a painting that takes longer comes as a direct message.",
    ]
    assert chosen(card, RECIPE) == ["Server default"]
    assert labels(card) == ["Turn off", "Turn on", "Time zone…"], "there is nothing to reset"

    await studio.alice.select(card, ["draft"], custom_id=RECIPE)
    await studio.alice.select(card, ["256"], custom_id=SIZE)
    await studio.alice.select(card, ["2"], custom_id=STRENGTH)
    await studio.restart()
    await studio.alice.select(card, ["matched"], custom_id=COLORS)
    await switch(studio, card, "timelapse", "off")
    await switch(studio, card, "private", "on")

    shown = texts(card).splitlines()[2:]
    assert shown[:5] == [
        "**Recipe:** Draft",
        "**Longest side:** 256 px",
        "**Style strength:** As much style as possible",
        "**Colors:** The style's, shifted to the content's",
        "**Timelapse GIF:** off",
    ]
    assert shown[6] == "**Only I can see my paintings:** on"
    assert (chosen(card, RECIPE), chosen(card, SIZE)) == (["Draft"], ["256 px"])
    assert chosen(card, STRENGTH) == ["As much style as possible"]
    await studio.restart()
    assert texts(await preferences(studio)) == texts(card)


async def test_forget_me_deletes_choices_that_are_the_defaults_again(studio: Studio) -> None:
    for chosen in (False, True):
        await studio.app.client.studio.preferences.change(studio.alice.id, wants_timelapse=chosen)
    await studio.restart()

    asked = await studio.alice.slash(studio.channel, "forget-me")
    assert asked.response is not None
    await studio.alice.click(asked.response, label="Forget me")

    assert not studio.app.client.studio.preferences.knows(studio.alice.id)
    await studio.restart()
    assert not studio.app.client.studio.preferences.knows(studio.alice.id)


async def test_reset_forgets_every_choice(studio: Studio) -> None:
    untouched = texts(await preferences(studio))
    card = await preferences(studio)
    await studio.alice.select(card, ["draft"], custom_id=RECIPE)
    await studio.alice.select(card, ["never"], custom_id=NOTIFY)

    await studio.alice.click(card, label="Reset preferences")

    assert texts(card) == untouched
    assert "Reset preferences" not in labels(card)
    await studio.restart()
    assert texts(await preferences(studio)) == untouched


async def test_preferences_can_be_changed_in_direct_messages(studio: Studio) -> None:
    answer = await studio.alice.user.slash("preferences")
    assert "**Recipe:** Painterly" in texts(answer.response)

    await studio.alice.user.select(answer.response, ["hd"], custom_id=RECIPE)

    assert "**Recipe:** High definition" in texts(await preferences(studio))


async def test_preferences_are_the_defaults_of_the_command(studio: Studio) -> None:
    card = await preferences(studio)
    await studio.alice.select(card, ["classic"], custom_id=RECIPE)
    await studio.alice.select(card, ["256"], custom_id=SIZE)
    await studio.alice.select(card, ["0.5"], custom_id=STRENGTH)
    await studio.alice.select(card, ["content"], custom_id=COLORS)
    await studio.app.client.studio.servers.change(studio.guild.id, default_recipe="hd")

    await studio.stylize(size=None)
    await studio.stylize(recipe="draft", size=64, style_strength=1.0, colors="style")
    await studio.stylize(studio.bob, size=None)
    await studio.finish()

    painted = [
        (job.recipe.name, job.recipe.longest_side_px, job.recipe.style_strength, job.recipe.colors)
        for job in studio.engine.jobs
    ]
    assert painted == [("classic", 256, 0.5, "content"), ("hd", 1024, 1.0, "style"), ("draft", 64, 1.0, "style")]


async def test_a_preferred_size_is_no_larger_than_the_server_allows(studio: Studio) -> None:
    await studio.alice.select(await preferences(studio), ["2048"], custom_id=SIZE)
    await studio.app.client.studio.servers.change(studio.guild.id, largest_size_px=128)

    answer = await studio.stylize(size=None)
    await studio.finish()

    assert files(answer.response) == RESULT
    assert studio.engine.jobs[0].recipe.longest_side_px == 128


async def test_forms_are_filled_in_with_the_preferences(studio: Studio) -> None:
    card = await preferences(studio)
    await studio.alice.select(card, ["draft"], custom_id=RECIPE)
    await studio.alice.select(card, ["256"], custom_id=SIZE)
    await studio.alice.select(card, ["2"], custom_id=STRENGTH)
    await studio.alice.select(card, ["content"], custom_id=COLORS)

    shown = await studio.alice.slash(studio.channel, "stylize")
    assert chosen_in(shown.modal) == ["draft", "256", "2-colors"]
    others = await studio.bob.slash(studio.channel, "stylize")
    assert chosen_in(others.modal) == ["painterly", "recipe", "1"]
    avatar = await studio.alice.context_menu(studio.channel, "Stylize avatar", studio.bob)
    assert chosen_in(avatar.modal) == ["draft", "256", "2-colors"]


async def test_without_a_gif_the_painter_makes_none(studio: Studio) -> None:
    await switch(studio, await preferences(studio), "timelapse", "off")

    answer = await studio.stylize()
    await studio.finish()

    assert files(answer.response) == ["painting.png"]
    assert studio.engine.jobs[0].gif_limit_bytes == 0
    assert files((await studio.press(answer, "Again", by=studio.bob)).response) == RESULT
    assert files((await studio.press(answer, "Again")).response) == ["painting.png"]


# Answers that only the member sees.


async def test_a_private_painting_is_shown_only_to_its_owner(studio: Studio) -> None:
    await prefer_private_answers(studio)

    answer = await studio.stylize()
    assert answer.ephemeral
    await studio.step(2)
    assert "Cancel" in labels(answer.response)
    await studio.finish()

    assert files(answer.response) == RESULT
    assert studio.channel.history(viewer=studio.bob) == []
    varied = await studio.press(answer, "Again")
    assert varied.ephemeral
    assert files(varied.response) == RESULT


async def test_a_private_painting_survives_a_restart_in_private(studio: Studio) -> None:
    await prefer_private_answers(studio)
    answer = await studio.stylize()
    await studio.step()

    await studio.restart()
    await studio.finish()

    assert files(answer.response) == RESULT
    assert studio.channel.history(viewer=studio.bob) == []


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_private_painting_that_takes_too_long_comes_as_a_direct_message(
    studio: Studio, restarted: bool
) -> None:
    await prefer_private_answers(studio)
    await studio.stylize()
    await studio.step()
    await studio.env.advance_time(FIFTEEN_MINUTES + 1)
    if restarted:
        await studio.restart()

    await studio.finish()

    [message] = studio.alice.user.dm_channel.history()
    assert files(message) == RESULT
    assert studio.channel.history(viewer=studio.bob) == []
    again = await studio.alice.user.click(message, label="Star")
    assert texts(again.followups[0]).startswith("⭐")


async def test_the_mention_for_a_private_painting_is_private_too(studio: Studio) -> None:
    await prefer_private_answers(studio)
    await studio.alice.select(await preferences(studio), ["always"], custom_id=NOTIFY)

    answer = await studio.stylize()
    await studio.finish()

    [mention] = answer.followups
    assert mention.ephemeral
    assert mention.content == f"<@{studio.alice.id}> Your painting is ready."
    assert studio.channel.history(viewer=studio.bob) == []


async def test_a_private_painting_can_be_deleted_and_its_history_has_no_link(studio: Studio) -> None:
    await prefer_private_answers(studio)
    answer = await studio.stylize()
    await studio.finish()
    listed = await studio.alice.slash(studio.channel, "history")
    assert "**Painterly**" in texts(listed.response)
    assert "Open message" not in texts(listed.response)

    done = await studio.delete(answer)

    assert texts(done.response) == "The painting was deleted."
    assert answer.response is None


async def test_a_servers_log_does_not_link_to_a_private_painting(studio: Studio) -> None:
    log = studio.guild.create_text_channel("log")
    await studio.app.client.studio.servers.change(studio.guild.id, log_channel_id=log.id)
    await prefer_private_answers(studio)

    await studio.stylize()
    await studio.finish()

    [line] = log.history()
    assert f"for <@{studio.alice.id}>" in line.content
    assert "https://" not in line.content


async def test_a_private_request_that_is_refused_leaves_nothing_behind(studio: Studio) -> None:
    await prefer_private_answers(studio)

    answer = await studio.stylize(style=("notes.txt", b"nothing to see"))

    assert answer.ephemeral
    assert studio.channel.history(viewer=studio.bob) == []
