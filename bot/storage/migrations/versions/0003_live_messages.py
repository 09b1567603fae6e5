"""Live messages, names, spoilers and enlargement of pictures, origins of variations, leases, members' preferences."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

FLAGS = {
    "jobs": ("content_is_spoiler", "style_is_spoiler", "owner_notified"),
    "servers": ("variations_by_owner_only",),
}
POSSIBLE: dict[str, dict[str, sa.types.TypeEngine[Any]]] = {
    "jobs": {
        "content_name": sa.String(256),
        "style_name": sa.String(256),
        "variation": sa.String(16),
        "origin_url": sa.Text(),
        "enlargement": sa.Double(),
        "message_channel_id": sa.BigInteger(),
        "press_token": sa.String(512),
        "pressed_at": sa.DateTime(timezone=True),
        "lease_owner": sa.String(64),
        "leased_until": sa.DateTime(timezone=True),
    },
    "servers": {"notify": sa.String(16)},
}


def upgrade() -> None:
    for name, flags in FLAGS.items():
        with op.batch_alter_table(name) as table:
            for column in flags:
                table.add_column(sa.Column(column, sa.Boolean(), nullable=False, server_default=sa.text("false")))
            for column, kind in POSSIBLE[name].items():
                table.add_column(sa.Column(column, kind))
        with op.batch_alter_table(name) as table:
            for column in flags:
                table.alter_column(column, server_default=None, existing_type=sa.Boolean(), existing_nullable=False)
    with op.batch_alter_table("jobs") as jobs:
        jobs.drop_column("posting_since")
    op.create_table(
        "member_preferences",
        sa.Column("member_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("notify", sa.String(16)),
    )


def downgrade() -> None:
    op.drop_table("member_preferences")
    with op.batch_alter_table("jobs") as jobs:
        jobs.add_column(sa.Column("posting_since", sa.DateTime(timezone=True)))
    for name, flags in FLAGS.items():
        with op.batch_alter_table(name) as table:
            for column in (*POSSIBLE[name], *flags):
                table.drop_column(column)
