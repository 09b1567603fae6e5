"""Style strength as a dial from 0 to 2 instead of a factor from 0 to 10.

A factor of 1 stays 1. The other values become those that look most alike: factors over 2 changed little, and a
hundredth still painted about half.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

MAX_DIAL, MAX_FACTOR = 2.0, 10.0
WEAK_POWER = 0.15
STRONG_SLOPE = 0.6
"""What a factor of 10 adds."""

TABLES = tuple(sa.table(name, sa.column("style_strength", sa.Double())) for name in ("jobs", "member_preferences"))


def dial_of_old_strength(factor: float) -> float:
    """The dial that paints about the same as a factor."""
    if factor <= 0:
        return 0.0
    dial = factor**WEAK_POWER if factor < 1 else 1 + STRONG_SLOPE * math.log10(factor)
    return min(round(dial, 6), MAX_DIAL)


def old_strength_of_dial(dial: float) -> float:
    """The factor that paints about the same as a dial."""
    if dial <= 0:
        return 0.0
    factor = dial ** (1 / WEAK_POWER) if dial < 1 else 10 ** ((dial - 1) / STRONG_SLOPE)
    return min(round(factor, 4), MAX_FACTOR)


def upgrade() -> None:
    _map_strengths(dial_of_old_strength)


def downgrade() -> None:
    _map_strengths(old_strength_of_dial)


def _map_strengths(convert: Callable[[float], float]) -> None:
    """Convert each strength once: until all are, converted ones are negative."""
    connection = op.get_bind()
    for table in TABLES:
        strength = table.c.style_strength
        for (old,) in connection.execute(sa.select(strength).where(strength > 0).distinct()).all():
            connection.execute(sa.update(table).where(strength == old).values(style_strength=-convert(old)))
        connection.execute(sa.update(table).where(strength < 0).values(style_strength=-strength))
