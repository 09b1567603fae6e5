"""`/challenge settings`: what applies to new challenges on a server, and who may change it."""

from __future__ import annotations

from dataclasses import asdict

import discord
import pytest
from simcord.actors import MemberActor
from simcord.results import ResponseMessage

from bot.storage.servers import Servers, ServerSettings
from tests.bot.challenges.drafts import Stage
from tests.bot.conftest import OpenStudio, ephemeral_text, texts, walk
from tests.databases import open_current_database

ORGANIZERS, ACCOUNT, VOTERS, WINNERS = (
    f"atelier:challenge:settings:{name}" for name in ("organizers", "account", "voters", "winners")
)


@pytest.fixture
async def stage(open_studio: OpenStudio) -> Stage:
    """A studio, and an organizer."""
    return await Stage.open(open_studio)


@pytest.fixture
def manager(stage: Stage) -> MemberActor:
    """A member who may manage the server, and give the roles below their own."""
    permissions = discord.Permissions(manage_guild=True, manage_roles=True)
    role = stage.studio.guild.create_role("Managers", permissions=permissions, position=5)
    return stage.studio.guild.add_member(stage.studio.env.create_user("max"), roles=[role])


async def settings_card(stage: Stage, member: MemberActor) -> ResponseMessage:
    """The card that `/challenge settings` shows a member."""
    answer = await member.slash(stage.studio.channel, "challenge settings")
    assert answer.ephemeral
    assert answer.response is not None
    return answer.response


def chosen(card: ResponseMessage, custom_id: str) -> list[str]:
    """What a menu has chosen."""
    [menu] = [item for item in walk(card.components) if item.get("custom_id") == custom_id]
    options = [option["value"] for option in menu.get("options", []) if option.get("default")]
    return options or [str(default["id"]) for default in menu.get("default_values", [])]


async def test_choices_apply_to_new_challenges_and_survive_a_restart(stage: Stage, manager: MemberActor) -> None:
    guild = stage.studio.guild
    hosts, voters = guild.create_role("Hosts"), guild.create_role("Voters")
    card = await settings_card(stage, manager)
    assert "**Organizers:** members with Manage Events" in texts(card)
    assert (chosen(card, ACCOUNT), chosen(card, VOTERS), chosen(card, WINNERS)) == (["7"], [], [])

    await manager.select(card, [hosts], custom_id=ORGANIZERS)
    await manager.select(card, ["30"], custom_id=ACCOUNT)
    await stage.studio.restart()
    await manager.select(card, [voters], custom_id=VOTERS)

    for shown in (card, await settings_card(stage, manager)):
        assert f"**Organizers:** members with Manage Events, or with {hosts.mention}" in texts(shown)
        assert f"**Role needed to vote:** {voters.mention}" in texts(shown)
        assert (chosen(shown, ORGANIZERS), chosen(shown, ACCOUNT)) == ([str(hosts.id)], ["30"])
    host = guild.add_member(stage.studio.env.create_user("host"), roles=[hosts])
    assert (await stage.form(by=host)).modal is not None
    await stage.draft()
    draft = await stage.only()
    assert (draft.min_account_days, draft.voter_role_id) == (30, voters.id)
    await manager.select(card, [], custom_id=ORGANIZERS)
    assert ephemeral_text(await stage.form(by=host)).startswith("Only organizers can do that")


async def test_organizers_see_no_settings_and_every_press_is_checked(stage: Stage, manager: MemberActor) -> None:
    card = await settings_card(stage, manager)
    shown = await settings_card(stage, stage.organizer)
    assert "Organizers:" not in texts(shown)
    assert [item for item in walk(shown.components) if "settings" in str(item.get("custom_id"))] == []
    [role] = [role for role in stage.studio.guild.roles.values() if role.name == "Managers"]
    stage.studio.env.backend.remove_member_role(stage.studio.guild.id, manager.id, role.id)

    for custom_id, values in ((ORGANIZERS, [role]), (ACCOUNT, ["30"]), (VOTERS, [role]), (WINNERS, [role])):
        answer = await manager.select(card, values, custom_id=custom_id)
        assert ephemeral_text(answer).startswith("Only members with Manage Server")
    servers = stage.studio.app.client.studio.servers
    assert servers.settings_of(stage.studio.guild.id) == ServerSettings(stage.studio.guild.id)


async def test_a_role_for_winners_has_to_be_one_that_the_bot_and_the_manager_can_give(
    stage: Stage, manager: MemberActor
) -> None:
    guild = stage.studio.guild
    prize, crown = guild.create_role("Champion", position=2), guild.create_role("Crown", position=9)
    card = await settings_card(stage, manager)

    refused = ephemeral_text(await manager.select(card, [crown], custom_id=WINNERS))
    assert refused.startswith(f"Atelier can't give winners {crown.mention}")
    everyone = guild.default_role
    assert "Choose another role" in ephemeral_text(await manager.select(card, [everyone], custom_id=WINNERS))
    await manager.select(card, [prize], custom_id=WINNERS)

    assert f"**Role for the winner:** {prize.mention}" in texts(card)


async def test_all_settings_of_challenges_survive_in_the_database(database_url: str) -> None:
    settings = ServerSettings(
        guild_id=2**63 - 1,
        organizer_role_ids=frozenset({2**63 - 2, 5}),
        voter_account_days=0,
        voter_role_id=2**63 - 3,
        winner_role_id=2**63 - 4,
    )
    async with open_current_database(database_url) as sessions:
        await Servers(sessions).change(**asdict(settings))
        servers = Servers(sessions)
        await servers.load()

    assert servers.settings_of(2**63 - 1) == settings
