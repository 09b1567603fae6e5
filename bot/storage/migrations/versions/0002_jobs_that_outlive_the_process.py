"""Jobs that outlive the process, servers' settings, and how many jobs members have requested."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

# Jobs of version 0.1 can't be answered: their interactions weren't saved. They count as told, so that nobody tries;
# their pictures stay, and so do their buttons.
NEEDED: dict[str, tuple[sa.types.TypeEngine[Any], str]] = {
    "told": (sa.Boolean(), "true"),
    "application_id": (sa.BigInteger(), "0"),
    "interaction_id": (sa.BigInteger(), "0"),
    "interaction_token": (sa.String(512), "''"),
    "asked_at": (sa.DateTime(timezone=True), "CURRENT_TIMESTAMP"),
    "upload_limit_bytes": (sa.BigInteger(), "10485760"),
    "content_size_bytes": (sa.BigInteger(), "0"),
    "style_size_bytes": (sa.BigInteger(), "0"),
    "starts": (sa.Integer(), "0"),
    "losses": (sa.Integer(), "0"),
    "problem_is_private": (sa.Boolean(), "false"),
}
POSSIBLE: dict[str, sa.types.TypeEngine[Any]] = {
    "content_url": sa.Text(),
    "content_thumbnail_sha256": sa.String(64),
    "style_thumbnail_sha256": sa.String(64),
    "lender_id": sa.BigInteger(),
    "style_url": sa.Text(),
    "painting_sha256": sa.String(64),
    "painting_format": sa.String(8),
    "gif_sha256": sa.String(64),
    "width_px": sa.Integer(),
    "height_px": sa.Integer(),
    "painting_seconds": sa.Double(),
    "posting_since": sa.DateTime(timezone=True),
}
LOOKED_UP_BY = (
    "told",
    "content_sha256",
    "style_sha256",
    "lender_id",
    "painting_sha256",
    "gif_sha256",
    "created_at",
    "ended_at",
)


def upgrade() -> None:
    op.drop_index("ix_jobs_state", "jobs")
    with op.batch_alter_table("jobs") as jobs:
        for name, (kind, former) in NEEDED.items():
            jobs.add_column(sa.Column(name, kind, nullable=False, server_default=sa.text(former)))
        for name, possible in POSSIBLE.items():
            jobs.add_column(sa.Column(name, possible))
        jobs.alter_column("content_sha256", nullable=True, existing_type=sa.String(64))
        jobs.alter_column("style_sha256", nullable=True, existing_type=sa.String(64))
        jobs.alter_column("problem", type_=sa.Text(), existing_type=sa.String(), existing_nullable=True)
    op.execute("UPDATE jobs SET asked_at = created_at")
    op.execute(
        "UPDATE jobs SET state = 'failed', problem = 'Atelier was restarted in the middle of it. Ask for it again.', "
        "ended_at = created_at WHERE state IN ('waiting', 'painting', 'interrupted')"
    )
    with op.batch_alter_table("jobs") as jobs:
        for name, (kind, _) in NEEDED.items():
            jobs.alter_column(name, server_default=None, existing_type=kind, existing_nullable=False)
    for name in LOOKED_UP_BY:
        op.create_index(f"ix_jobs_{name}", "jobs", [name])
    op.create_table(
        "servers",
        sa.Column("guild_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("channel_ids", sa.JSON(), nullable=False),
        sa.Column("role_ids", sa.JSON(), nullable=False),
        sa.Column("default_recipe", sa.String(64)),
        sa.Column("largest_size_px", sa.Integer()),
        sa.Column("member_jobs_a_day", sa.Integer()),
        sa.Column("server_jobs_a_day", sa.Integer()),
        sa.Column("log_channel_id", sa.BigInteger()),
    )
    op.create_table(
        "daily_usage",
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("owner_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("guild_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("jobs", sa.Integer(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("daily_usage")
    op.drop_table("servers")
    for name in LOOKED_UP_BY:
        op.drop_index(f"ix_jobs_{name}", "jobs")
    op.execute("DELETE FROM jobs WHERE content_sha256 IS NULL OR style_sha256 IS NULL")
    op.execute("UPDATE jobs SET state = 'interrupted' WHERE state IN ('fetching', 'waiting', 'painting', 'painted')")
    with op.batch_alter_table("jobs") as jobs:
        jobs.alter_column("problem", type_=sa.String(), existing_type=sa.Text(), existing_nullable=True)
        jobs.alter_column("content_sha256", nullable=False, existing_type=sa.String(64))
        jobs.alter_column("style_sha256", nullable=False, existing_type=sa.String(64))
        for name in (*POSSIBLE, *NEEDED):
            jobs.drop_column(name)
    op.create_index("ix_jobs_state", "jobs", ["state"])
