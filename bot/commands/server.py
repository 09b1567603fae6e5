"""`/server settings`: what the managers of a server may choose, on one card that only they see."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Self

import discord
from discord import app_commands

from bot.cards.preferences import NOTIFY_LABELS
from bot.cards.server import VARIATIONS_LABELS, ServerControls, server_card
from bot.commands.answers import acknowledge, answering, answering_presses
from bot.commands.forms import Filled, Form
from bot.commands.interaction import AtelierInteraction
from bot.errors import NotAManager, NotANumberOfPaintings
from bot.servers.rules import SIZES_PX
from bot.storage.servers import Notify, ServerSettings
from config.settings import QueueSettings
from stylizer.recipe import DEFAULT_RECIPE, LARGEST_SIZE_PX, load_recipe, recipe_names

MOST_CHOICES = 25
MOST_DIGITS = 6
BY_ANYONE, BY_OWNER = "anyone", "owner"

ASKED_IN = [
    discord.ChannelType.text,
    discord.ChannelType.news,
    discord.ChannelType.voice,
    discord.ChannelType.stage_voice,
    discord.ChannelType.forum,
    discord.ChannelType.media,
    discord.ChannelType.category,
]
LOGGED_IN = [discord.ChannelType.text, discord.ChannelType.news]

server = app_commands.Group(
    name="server",
    description="How Atelier works on this server",
    default_permissions=discord.Permissions(manage_guild=True),
    allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False),
    allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
)


@server.command(
    name="settings", description="Choose channels, roles, sizes, daily limits, mentions and a log for this server"
)
async def server_settings(interaction: AtelierInteraction) -> None:
    """Show what holds on this server, to be changed."""
    async with answering(interaction):
        guild = managed_guild(interaction)
        await interaction.response.send_message(view=_card(interaction, guild), ephemeral=True)


def managed_guild(interaction: AtelierInteraction) -> discord.Guild:
    """The server of this interaction. Raises `NotAManager` for whoever may not manage it, on every press."""
    if interaction.guild is None or not interaction.permissions.manage_guild:
        raise NotAManager
    return interaction.guild


async def change(interaction: AtelierInteraction, **changes: Any) -> None:
    """Set the named settings, and show what holds now."""
    async with answering_presses(interaction):
        guild = managed_guild(interaction)
        await acknowledge(interaction)
        await interaction.client.studio.servers.change(guild.id, **changes)
        await interaction.edit_original_response(view=_card(interaction, guild))


class _Control(discord.ui.DynamicItem[Any], template="atelier:server"):
    """What the card is changed by. It works on cards that are older than this process."""

    @classmethod
    async def from_custom_id(cls, _interaction: Any, item: Any, _match: re.Match[str], /) -> Self:
        """The one that was used."""
        return cls(item)


class ChannelsSelect(_Control, template="atelier:server:channels"):
    """Chooses where Atelier may be asked."""

    @classmethod
    def showing(cls, settings: ServerSettings, guild: discord.Guild) -> Self:
        """The select with what is chosen now."""
        return cls(
            discord.ui.ChannelSelect(
                custom_id="atelier:server:channels",
                channel_types=ASKED_IN,
                placeholder="All channels (pick to restrict)",
                min_values=0,
                max_values=MOST_CHOICES,
                default_values=_existing(guild.get_channel(channel_id) for channel_id in sorted(settings.channel_ids)),
            )
        )

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Allow the chosen channels, or all."""
        await change(interaction, channel_ids=frozenset(channel.id for channel in self.item.values))


class RolesSelect(_Control, template="atelier:server:roles"):
    """Chooses who may ask."""

    @classmethod
    def showing(cls, settings: ServerSettings, guild: discord.Guild) -> Self:
        """The select with what is chosen now."""
        return cls(
            discord.ui.RoleSelect(
                custom_id="atelier:server:roles",
                placeholder="Everyone (pick roles to restrict)",
                min_values=0,
                max_values=MOST_CHOICES,
                default_values=_existing(guild.get_role(role_id) for role_id in sorted(settings.role_ids)),
            )
        )

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Allow the chosen roles, or everyone."""
        await change(interaction, role_ids=frozenset(role.id for role in self.item.values))


class RecipeSelect(_Control, template="atelier:server:recipe"):
    """Chooses the recipe of whoever names none."""

    @classmethod
    def showing(cls, settings: ServerSettings) -> Self:
        """The select with what is chosen now."""
        options = [
            discord.SelectOption(label=load_recipe(name).title, value=name, default=name == settings.recipe_name)
            for name in recipe_names()
        ]
        return cls(discord.ui.Select(custom_id="atelier:server:recipe", options=options))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Take the chosen recipe."""
        [name] = self.item.values
        await change(interaction, default_recipe=None if name == DEFAULT_RECIPE else name)


class SizeSelect(_Control, template="atelier:server:size"):
    """Chooses how large a painting may be."""

    @classmethod
    def showing(cls, settings: ServerSettings) -> Self:
        """The select with what is chosen now."""
        chosen = settings.largest_size_px or LARGEST_SIZE_PX
        options = [
            discord.SelectOption(label=f"{size_px} px", value=str(size_px), default=size_px == chosen)
            for size_px in SIZES_PX
        ]
        return cls(discord.ui.Select(custom_id="atelier:server:size", options=options))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Take the chosen size."""
        size_px = int(self.item.values[0])
        await change(interaction, largest_size_px=None if size_px == LARGEST_SIZE_PX else size_px)


class VariationsSelect(_Control, template="atelier:server:variations"):
    """Chooses whose paintings a member may vary."""

    @classmethod
    def showing(cls, settings: ServerSettings) -> Self:
        """The select with what is chosen now."""
        options = [
            discord.SelectOption(
                label=_sentence_case(label),
                value=BY_OWNER if by_owner_only else BY_ANYONE,
                default=by_owner_only is settings.variations_by_owner_only,
            )
            for by_owner_only, label in VARIATIONS_LABELS.items()
        ]
        return cls(discord.ui.Select(custom_id="atelier:server:variations", options=options))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Allow variations to everyone, or to the owner of a painting."""
        [chosen] = self.item.values
        await change(interaction, variations_by_owner_only=chosen == BY_OWNER)


class NotifySelect(_Control, template="atelier:server:notify"):
    """Chooses when owners are mentioned."""

    @classmethod
    def showing(cls, settings: ServerSettings) -> Self:
        """The select with what is chosen now."""
        options = [
            discord.SelectOption(label=_sentence_case(label), value=notify, default=notify is settings.notify)
            for notify, label in NOTIFY_LABELS.items()
        ]
        return cls(discord.ui.Select(custom_id="atelier:server:notify", options=options))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Take what was chosen."""
        [chosen] = self.item.values
        await change(interaction, notify=Notify(chosen))


class LogSelect(_Control, template="atelier:server:log"):
    """Chooses where paintings that ended are noted."""

    @classmethod
    def showing(cls, settings: ServerSettings, guild: discord.Guild) -> Self:
        """The select with what is chosen now."""
        return cls(
            discord.ui.ChannelSelect(
                custom_id="atelier:server:log",
                channel_types=LOGGED_IN,
                placeholder="Off (pick a channel)",
                min_values=0,
                max_values=1,
                default_values=_existing([guild.get_channel(settings.log_channel_id or 0)]),
            )
        )

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Take the chosen channel, or none."""
        await change(interaction, log_channel_id=next((channel.id for channel in self.item.values), None))


class DailyLimitsButton(_Control, template="atelier:server:limits"):
    """Asks for the numbers of paintings a day."""

    @classmethod
    def new(cls) -> Self:
        """The button."""
        return cls(discord.ui.Button(label="Change", custom_id="atelier:server:limits"))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Show the form."""
        pressed: AtelierInteraction = interaction
        async with answering_presses(pressed):
            guild = managed_guild(pressed)
            studio = pressed.client.studio
            form = DailyLimitsForm(studio.servers.settings_of(guild.id), studio.settings.queue)
            await form.show(pressed)


class ResetButton(_Control, template="atelier:server:reset"):
    """Takes back all that was chosen."""

    @classmethod
    def new(cls) -> Self:
        """The button."""
        style = discord.ButtonStyle.danger
        return cls(discord.ui.Button(label="Reset everything", style=style, custom_id="atelier:server:reset"))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Forget what was chosen."""
        pressed: AtelierInteraction = interaction
        async with answering_presses(pressed):
            guild = managed_guild(pressed)
            await acknowledge(pressed)
            await pressed.client.studio.servers.save(ServerSettings(guild.id))
            await pressed.edit_original_response(view=_card(pressed, guild))


class DailyLimitsForm(Form, title="Daily limits"):
    """Asks for two numbers. What is left empty is as the bot's host has it."""

    template = re.compile("atelier:server:limits")

    def __init__(self, settings: ServerSettings, limits: QueueSettings) -> None:
        super().__init__(custom_id="atelier:server:limits")
        for field, text, chosen, hosted in (
            ("member", "Per member", settings.member_jobs_a_day, limits.member_jobs_a_day),
            ("server", "Per server", settings.server_jobs_a_day, limits.server_jobs_a_day),
        ):
            allowed = f"1–{hosted}; leave empty for {hosted}" if hosted else "A whole number; leave empty for no limit"
            self.add_item(discord.ui.Label(text=text, description=allowed, component=_number(field, chosen)))

    @classmethod
    async def submit(cls, interaction: AtelierInteraction, _match: re.Match[str], filled: Filled) -> None:
        """Take the numbers, or say what is wrong with them."""
        limits = interaction.client.studio.settings.queue
        numbers = {
            "member_jobs_a_day": _paintings(filled.text("member"), limits.member_jobs_a_day),
            "server_jobs_a_day": _paintings(filled.text("server"), limits.server_jobs_a_day),
        }
        await change(interaction, **numbers)


CONTROLS = (
    ChannelsSelect,
    RolesSelect,
    RecipeSelect,
    SizeSelect,
    VariationsSelect,
    NotifySelect,
    LogSelect,
    DailyLimitsButton,
    ResetButton,
)
"""What is pressed on the card."""


def _card(interaction: AtelierInteraction, guild: discord.Guild) -> discord.ui.LayoutView:
    studio = interaction.client.studio
    settings = studio.servers.settings_of(guild.id)
    controls = ServerControls(
        channels=ChannelsSelect.showing(settings, guild),
        roles=RolesSelect.showing(settings, guild),
        recipe=RecipeSelect.showing(settings),
        size=SizeSelect.showing(settings),
        variations=VariationsSelect.showing(settings),
        notify=NotifySelect.showing(settings),
        daily_limits=DailyLimitsButton.new(),
        log_channel=LogSelect.showing(settings, guild),
        reset=ResetButton.new(),
    )
    return server_card(settings, guild, limits=studio.settings.queue, controls=controls)


def _existing(found: Iterable[Any]) -> list[Any]:
    """What is there of it: Discord refuses a select that shows something deleted."""
    return [one for one in found if one is not None]


def _sentence_case(label: str) -> str:
    return label[:1].upper() + label[1:]


def _number(custom_id: str, value: int | None) -> discord.ui.TextInput[Any]:
    return discord.ui.TextInput(
        custom_id=custom_id, default=None if value is None else str(value), required=False, max_length=MOST_DIGITS
    )


def _paintings(written: str, hosted: int) -> int | None:
    """The number that was written, None for nothing. Raises `NotANumberOfPaintings`."""
    written = written.strip()
    if not written:
        return None
    most = hosted or 10**MOST_DIGITS - 1
    if not re.fullmatch("[0-9]+", written) or not 1 <= int(written) <= most:
        raise NotANumberOfPaintings(written, most)
    return int(written)
