"""Which time zone a member means when they name none."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from bot.clock.zones import UNIVERSAL, zone_named
from bot.storage.preferences import MemberPreferences
from bot.storage.servers import ServerSettings


def zone_of(member: MemberPreferences, server: ServerSettings) -> ZoneInfo:
    """The member's own zone, else the server's, else UTC."""
    return zone_named(member.time_zone) or zone_of_server(server)


def zone_of_server(server: ServerSettings) -> ZoneInfo:
    """The server's zone, else UTC."""
    return zone_named(server.time_zone) or UNIVERSAL
