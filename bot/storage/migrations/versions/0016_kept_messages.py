"""Messages that the bot posts by itself and keeps up to date."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "kept_messages",
        sa.Column("key", sa.String(96), primary_key=True),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger()),
        sa.Column("message_channel_id", sa.BigInteger()),
        sa.Column("thread_id", sa.BigInteger()),
        sa.Column("digest", sa.String(64)),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("posts", sa.Integer(), nullable=False),
        sa.Column("nonce", sa.BigInteger()),
        sa.Column("problem", sa.Text()),
        sa.Column("problem_told", sa.Boolean(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("kept_messages")
