"""The group of the commands about challenges."""

from __future__ import annotations

from discord import app_commands

from bot.words import localized

challenge = app_commands.Group(
    name="challenge",
    description=localized("command-challenge"),
    allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False),
    allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
)
