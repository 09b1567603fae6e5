"""`/server settings`: who can change them, how they apply, and refusals that say what is allowed."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path

import discord
import pytest
from simcord.actors import MemberActor
from simcord.results import ResponseMessage

from bot.commands import server
from bot.storage.servers import Notify, Servers, ServerSettings
from tests.bot.conftest import STYLE, Studio, ephemeral_text, form_options, picture, texts, walk
from tests.databases import open_current_database

CHANNELS, ROLES, RECIPE, SIZE, VARIATIONS, NOTIFY, LOG, SHOWCASE = (
    f"atelier:server:{name}"
    for name in ("channels", "roles", "recipe", "size", "variations", "notify", "log", "showcase")
)
LIMITS = "atelier:server:limits"


async def settings_card(studio: Studio, member: MemberActor) -> ResponseMessage:
    """Return the card that `/server settings` shows a member."""
    answer = await member.slash(studio.channel, "server settings")
    assert answer.ephemeral
    assert answer.response is not None
    return answer.response


def chosen(card: ResponseMessage, custom_id: str) -> list[str]:
    """Return the selected values of a select."""
    [select] = [item for item in walk(card.components) if item.get("custom_id") == custom_id]
    options = [option["value"] for option in select.get("options", []) if option["default"]]
    return options or [str(default["id"]) for default in select.get("default_values", [])]


async def test_a_new_server_uses_the_hosts_settings(studio: Studio, manager: MemberActor) -> None:
    card = await settings_card(studio, manager)

    assert [line for line in texts(card).splitlines()[2:] if not line.startswith("**Time zone:")] == [
        "**Channels:** all",
        "**Who can paint:** everyone",
        "**Default recipe:** Painterly",
        "**Largest painting:** 2048 px on its longest side",
        "**Variations:** Anyone can vary any painting",
        (
            "**Mention members when their painting is done:** If it takes longer than a minute. "
            "Members can override this with `/preferences`."
        ),
        "**Daily limits (UTC):** 50 per member, 500 per server",
        "**Log channel:** off. Choose a channel to get one line per painting there.",
        "**Showcase channel:** off. Choose a channel to let members share their paintings there.",
    ]


async def test_a_choice_shows_immediately_survives_a_restart_and_can_be_reset(
    studio: Studio, manager: MemberActor
) -> None:
    card = await settings_card(studio, manager)
    role = studio.guild.create_role("Artists")
    other = studio.guild.create_text_channel("other")

    await manager.select(card, [studio.channel, other], custom_id=CHANNELS)
    await manager.select(card, [role], custom_id=ROLES)
    await manager.select(card, ["draft"], custom_id=RECIPE)
    await studio.restart()
    await manager.select(card, ["256"], custom_id=SIZE)  # a card from before the restart works too
    await manager.select(card, ["owner"], custom_id=VARIATIONS)
    await manager.select(card, ["never"], custom_id=NOTIFY)
    await manager.select(card, [other], custom_id=LOG)
    await manager.select(card, [other], custom_id=SHOWCASE)
    form = await manager.click(card, custom_id=LIMITS)
    await studio.restart()  # and so does a form that was already open
    await manager.submit_modal(form, {"member": " 3 ", "server": ""})

    for shown in (card, await settings_card(studio, manager)):
        assert [line for line in texts(shown).splitlines()[2:] if not line.startswith("**Time zone:")] == [
            f"**Channels:** only {studio.channel.mention} and {other.mention}, and their threads",
            f"**Who can paint:** members with {role.mention}",
            "**Default recipe:** Draft",
            "**Largest painting:** 256 px on its longest side",
            "**Variations:** Only the member who asked for a painting can vary it",
            "**Mention members when their painting is done:** Never. Members can override this with `/preferences`.",
            "**Daily limits (UTC):** 3 per member, 500 per server",
            f"**Log channel:** {other.mention}. It gets one line per painting.",
            f"**Showcase channel:** {other.mention}. Members can share their paintings there.",
        ]
        assert chosen(shown, CHANNELS) == [str(studio.channel.id), str(other.id)]
        assert [chosen(shown, name) for name in (ROLES, RECIPE, SIZE, VARIATIONS, NOTIFY, LOG, SHOWCASE)] == [
            [str(role.id)],
            ["draft"],
            ["256"],
            ["owner"],
            ["never"],
            [str(other.id)],
            [str(other.id)],
        ]

    await manager.click(card, label="Reset everything")
    assert texts(card).startswith("Reset all settings of this server?")
    await manager.click(card, label="Cancel")
    assert chosen(card, RECIPE) == ["draft"]
    await manager.click(card, label="Reset everything")
    await studio.restart()
    await manager.click(card, label="Reset everything")
    assert "**Channels:** all" in texts(card)
    assert chosen(card, CHANNELS) == []


async def test_only_managers_see_the_card_and_every_press_is_checked(studio: Studio, manager: MemberActor) -> None:
    assert "server settings" in manager.available_commands(studio.channel)
    assert "server settings" not in studio.alice.available_commands(studio.channel)
    card = await settings_card(studio, manager)
    question = await settings_card(studio, manager)
    await manager.click(question, label="Reset everything")
    form = await manager.click(card, custom_id=LIMITS)
    [role] = [role for role in studio.guild.roles.values() if role.name == "Managers"]
    studio.env.backend.remove_member_role(studio.guild.id, manager.id, role.id)

    for answer in (
        await manager.select(card, [studio.channel], custom_id=CHANNELS),
        await manager.click(card, custom_id=LIMITS),
        await manager.submit_modal(form, {"member": "1", "server": "1"}),
        await manager.click(card, label="Reset everything"),
        await manager.click(question, label="Reset everything"),
    ):
        assert ephemeral_text(answer).startswith("Only members with Manage Server")
    assert studio.app.client.studio.servers.settings_of(studio.guild.id) == ServerSettings(studio.guild.id)


async def test_only_managers_change_settings_even_if_everyone_may_use_the_command(studio: Studio) -> None:
    [command] = [
        registered for registered in await studio.app.client.tree.fetch_commands() if registered.name == "server"
    ]
    studio.guild.set_command_permissions(command, {studio.alice: True})

    answer = await studio.alice.slash(studio.channel, "server settings")

    assert ephemeral_text(answer).startswith("Only members with Manage Server")


async def test_a_disallowed_channel_is_refused_with_a_list_of_allowed_ones(
    studio: Studio, manager: MemberActor
) -> None:
    gallery = studio.guild.create_category("gallery")
    inside = studio.guild.create_text_channel("inside", category=gallery)
    allowed = studio.guild.create_text_channel("allowed")
    text_channel = studio.env.bot.get_channel(allowed.id)
    assert isinstance(text_channel, discord.TextChannel)
    await text_channel.create_thread(name="one", type=discord.ChannelType.public_thread)
    card = await settings_card(studio, manager)
    finished = await studio.stylize()
    await studio.finish()
    await manager.select(card, [allowed, gallery], custom_id=CHANNELS)

    refusal = f"On this server, Atelier only paints in {gallery.mention} and {allowed.mention}. Try again there."
    assert ephemeral_text(await studio.stylize()) == refusal
    assert ephemeral_text(await studio.press(finished, "Again")) == refusal
    for place in (allowed, *allowed.threads, inside):
        assert not (await studio.alice.slash(place, "stylize", content=STYLE, style=STYLE, size=64)).ephemeral


async def test_a_member_without_the_required_role_reads_its_name(studio: Studio, manager: MemberActor) -> None:
    role = studio.guild.create_role("Artists")
    carla = studio.guild.add_member(studio.env.create_user("carla"), roles=[role])
    await manager.select(await settings_card(studio, manager), [role], custom_id=ROLES)

    assert ephemeral_text(await studio.stylize()) == (
        f"On this server, Atelier only paints for {role.mention}. "
        "Ask someone who manages this server for one of these roles."
    )
    assert not (await studio.stylize(carla)).ephemeral


async def test_an_oversized_painting_is_refused_and_a_default_size_is_reduced(
    studio: Studio, manager: MemberActor
) -> None:
    await manager.select(await settings_card(studio, manager), ["256"], custom_id=SIZE)

    assert ephemeral_text(await studio.stylize(size=257)) == ("This server allows at most 256 px; you asked for 257.")
    answer = await studio.stylize(size=None)
    assert "Painterly · 256 px" in texts(answer.response)
    await studio.finish()
    refusal = ephemeral_text(await studio.press(answer, "HD"))
    assert refusal.startswith("This server allows at most 256 px; you asked for 1024.")


async def test_variations_can_be_restricted_to_the_owner(studio: Studio, manager: MemberActor) -> None:
    finished = await studio.stylize(recipe="draft")
    await studio.step(3)
    await manager.select(await settings_card(studio, manager), ["owner"], custom_id=VARIATIONS)

    for member in (studio.bob, studio.mia):
        assert ephemeral_text(await studio.press(finished, "Again", by=member)) == (
            f"On this server only <@{studio.alice.id}> can make variations of this painting. "
            "Make one of your own with /stylize."
        )
    assert not (await studio.press(finished, "Again")).ephemeral
    assert len(studio.app.client.studio.scheduler.jobs_of(studio.bob.id)) == 0

    await manager.select(await settings_card(studio, manager), ["anyone"], custom_id=VARIATIONS)
    assert not (await studio.press(finished, "Again", by=studio.bob)).ephemeral


async def test_a_recipe_that_is_gone_is_not_chosen(
    studio: Studio, manager: MemberActor, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = await settings_card(studio, manager)
    monkeypatch.setattr(server, "recipe_names", lambda: ("painterly", "classic"))

    refused = await manager.select(card, ["draft"], custom_id=RECIPE)

    assert ephemeral_text(refused).startswith("This card is from an older version of Atelier")
    assert studio.app.client.studio.servers.settings_of(studio.guild.id).default_recipe is None


async def test_the_default_recipe_is_used_if_none_is_chosen(studio: Studio, manager: MemberActor) -> None:
    await manager.select(await settings_card(studio, manager), ["classic"], custom_id=RECIPE)

    assert "Classic · 64 px" in texts((await studio.stylize()).response)
    assert "Draft · 64 px" in texts((await studio.stylize(studio.bob, recipe="draft")).response)
    message = await studio.bob.send(studio.channel, "look", attachments=[("sea.png", picture("navy"))])
    form = await studio.alice.context_menu(studio.channel, "Stylize this", message)
    assert form.modal is not None
    assert [option["value"] for option in form_options(form.modal, "recipe") if option.get("default")] == ["classic"]


async def test_an_invalid_daily_limit_is_explained_and_changes_nothing(studio: Studio, manager: MemberActor) -> None:
    card = await settings_card(studio, manager)

    for written in ("many", "0", "51", "2.5"):
        form = await manager.click(card, custom_id=LIMITS)
        assert ephemeral_text(await manager.submit_modal(form, {"member": written, "server": "7"})) == (
            "The daily limit per member must be a whole number from 1 to 50."
        )
    form = await manager.click(card, custom_id=LIMITS)
    assert ephemeral_text(await manager.submit_modal(form, {"member": "7", "server": "501"})) == (
        "The server's daily limit must be a whole number from 1 to 500."
    )

    assert "50 per member, 500 per server" in texts(card)


async def test_the_card_shows_which_choices_are_deleted_or_inaccessible(studio: Studio, manager: MemberActor) -> None:
    assert studio.env.bot.user is not None
    quiet = studio.guild.create_text_channel(
        "quiet", overwrites={studio.env.bot.user: discord.PermissionOverwrite(send_messages=False, attach_files=False)}
    )
    doomed = studio.guild.create_text_channel("doomed")
    card = await settings_card(studio, manager)
    await manager.select(card, [quiet, doomed], custom_id=CHANNELS)
    await manager.select(card, [quiet], custom_id=LOG)
    channel = studio.env.bot.get_channel(doomed.id)
    assert isinstance(channel, discord.TextChannel)
    await channel.delete()

    lines = texts(await settings_card(studio, manager)).splitlines()
    assert "⚠️ One of the chosen channels no longer exists and is ignored." in lines
    assert f"⚠️ Atelier can't paint in {quiet.mention}: it needs Send Messages and Attach Files." in lines
    assert "⚠️ Atelier can't post there: it needs Send Messages." in lines


async def test_all_settings_except_a_removed_recipe_survive_in_the_database(database_url: str) -> None:
    chosen = ServerSettings(
        guild_id=2**63 - 1,
        channel_ids=frozenset({2**63 - 2, 2**62}),
        role_ids=frozenset({2**63 - 3}),
        default_recipe="draft",
        largest_size_px=512,
        member_jobs_a_day=3,
        server_jobs_a_day=30,
        log_channel_id=2**63 - 4,
        notify=Notify.ALWAYS,
        variations_by_owner_only=True,
    )
    async with open_current_database(database_url) as sessions:
        await Servers(sessions).change(**asdict(chosen))
        await Servers(sessions).change(7, default_recipe="gone")
        servers = Servers(sessions)
        await servers.load()

    assert servers.settings_of(2**63 - 1) == chosen
    assert servers.settings_of(7) == ServerSettings(7)
    assert servers.settings_of(None) == ServerSettings()


async def test_two_simultaneous_changes_are_both_saved(tmp_path: Path) -> None:
    async with open_current_database(f"sqlite+aiosqlite:///{tmp_path / 'atelier.sqlite3'}") as sessions:
        servers = Servers(sessions)
        await asyncio.gather(servers.change(7, largest_size_px=256), servers.change(7, default_recipe="draft"))

        assert servers.settings_of(7) == ServerSettings(7, largest_size_px=256, default_recipe="draft")
