"""Styles of servers and of members."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "styles",
        sa.Column("style_id", sa.String(40), primary_key=True),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("folded_name", sa.Text(), nullable=False),
        sa.Column("credits", sa.String(200)),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("thumbnail_sha256", sa.String(64), nullable=False),
        sa.Column("is_spoiler", sa.Boolean(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("guild_id", "member_id", "folded_name"),
        sa.UniqueConstraint("guild_id", "member_id", "sha256"),
    )
    op.create_index("ix_styles_owner_id", "styles", ["owner_id"])


def downgrade() -> None:
    op.drop_table("styles")
