"""The option `size`: suggests sizes, the content picture's own among them."""

from __future__ import annotations

from discord import app_commands

from bot.commands.interaction import AtelierInteraction
from bot.painting.job import AS_CONTENT
from bot.servers.rules import SIZES_PX
from bot.words import words_of
from stylizer.recipe import MAX_SIZE_PX


async def suggest_sizes(interaction: AtelierInteraction, typed: object) -> list[app_commands.Choice[int]]:
    """Suggest the sizes that the server allows and that begin with what is typed; any other can be typed, too."""
    words = words_of(interaction)
    largest_px = interaction.client.studio.servers.settings_of(interaction.guild_id).largest_size_px or MAX_SIZE_PX
    begins_with = str(typed or "").strip()
    sizes = [size_px for size_px in SIZES_PX if size_px <= largest_px and str(size_px).startswith(begins_with)]
    as_content = [] if begins_with.isdecimal() else [AS_CONTENT]
    names = {AS_CONTENT: words("choice-size-content")}
    return [
        app_commands.Choice(name=names.get(size_px) or words("size", longest_side_px=size_px), value=size_px)
        for size_px in (*as_content, *sizes)
    ]
