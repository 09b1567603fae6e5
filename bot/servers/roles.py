"""Gives members roles of their server."""

from __future__ import annotations

import discord

from bot.errors import RoleNotGiven, RoleProblem
from bot.messages.answer import FORBIDDEN

UNKNOWN_MEMBER, UNKNOWN_ROLE = 10007, 10011


class MemberRoles:
    """Gives roles, as far as the bot's own permissions and role allow it."""

    def __init__(self) -> None:
        self._attached: discord.Client | None = None

    def attach(self, client: discord.Client) -> None:
        """Give roles as this client."""
        self._attached = client

    async def give(self, guild_id: int, role_id: int, member_id: int) -> bool:
        """Give a member a role; return False if they, or the bot, have left the server. They may have it already.

        Raises `RoleNotGiven`, and discord.py's errors if Discord can't be reached.
        """
        if self._attached is None:
            raise RuntimeError("attach a client first")
        await self._attached.wait_until_ready()
        guild = self._attached.get_guild(guild_id)
        if guild is None:
            return False
        if guild.unavailable:
            raise ConnectionError(f"server {guild_id} is unavailable")
        _check(guild, role_id)
        try:
            member = await guild.fetch_member(member_id)
            await member.add_roles(discord.Object(role_id))
        except discord.HTTPException as error:
            if error.code == UNKNOWN_MEMBER:
                return False
            if error.code == UNKNOWN_ROLE:
                raise RoleNotGiven(role_id, RoleProblem.GONE) from error
            if error.status == FORBIDDEN:
                raise RoleNotGiven(role_id, RoleProblem.TOO_HIGH) from error
            raise
        return True


def _check(guild: discord.Guild, role_id: int) -> None:
    """Raise `RoleNotGiven` for what is known before Discord is asked."""
    role = guild.get_role(role_id)
    if role is None:
        raise RoleNotGiven(role_id, RoleProblem.GONE)
    if role.is_default() or role.managed:
        raise RoleNotGiven(role_id, RoleProblem.MANAGED)
    if not guild.me.guild_permissions.manage_roles:
        raise RoleNotGiven(role_id, RoleProblem.PERMISSION)
    if role >= guild.me.top_role:
        raise RoleNotGiven(role_id, RoleProblem.TOO_HIGH)
