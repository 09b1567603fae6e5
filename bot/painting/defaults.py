"""How to paint where a request leaves it open: as the member prefers, else the server, else the recipe."""

from __future__ import annotations

from bot.painting.job import MIN_STYLE_STRENGTH, PaintingOptions
from bot.storage.preferences import MemberPreferences
from bot.storage.servers import ServerSettings
from stylizer.recipe import MAX_STYLE_STRENGTH


def default_options(preferences: MemberPreferences, server: ServerSettings) -> PaintingOptions:
    """How to paint for a member on a server if they ask for nothing else.

    A preferred size is no larger than the server allows: the member didn't ask for it here. It may be `AS_CONTENT`.
    """
    size_px, largest_px = preferences.size_px, server.largest_size_px
    if size_px is not None and largest_px is not None:
        size_px = min(size_px, largest_px)
    return PaintingOptions(
        recipe_name=preferences.recipe_name or server.recipe_name,
        size_px=size_px,
        style_strength=_within_range(preferences.style_strength),
        colors=preferences.colors,
    )


def _within_range(style_strength: float | None) -> float:
    """The range may have changed since the member chose."""
    if style_strength is None:
        return PaintingOptions().style_strength
    return min(max(style_strength, MIN_STYLE_STRENGTH), MAX_STYLE_STRENGTH)
