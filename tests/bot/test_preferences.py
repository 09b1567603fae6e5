"""When members are mentioned: the server's setting, and the member's own choice, which overrides it."""

from __future__ import annotations

from simcord.results import ResponseMessage

from bot.painting.job import Job
from bot.painting.notify import NotifyChoice
from bot.storage.servers import Notify
from tests.bot.conftest import Studio, labels, texts, walk
from tests.bot.jobs import make_job

NOTIFY = "atelier:preferences:notify"


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


def chosen(card: ResponseMessage) -> list[str]:
    [select] = [item for item in walk(card.components) if item.get("custom_id") == NOTIFY]
    return [option["label"] for option in select["options"] if option["default"]]


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
