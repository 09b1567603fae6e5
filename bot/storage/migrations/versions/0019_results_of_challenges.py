"""How many members voted in a challenge, the pictures of its results, and who was told their place."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

_NUMBERS = ("voters", "votes_cast")
_DIGESTS = ("podium_sha256", "sheet_sha256", "drawn_digest")


def upgrade() -> None:
    with op.batch_alter_table("challenges") as challenges:
        for name in _NUMBERS:
            challenges.add_column(sa.Column(name, sa.Integer()))
        for name in _DIGESTS:
            challenges.add_column(sa.Column(name, sa.String(64)))
    with op.batch_alter_table("challenge_entries") as entries:
        entries.add_column(sa.Column("is_place_told", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    with op.batch_alter_table("challenge_entries") as entries:
        entries.drop_column("is_place_told")
    with op.batch_alter_table("challenges") as challenges:
        for name in (*_NUMBERS, *_DIGESTS):
            challenges.drop_column(name)
