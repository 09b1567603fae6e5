"""Favorites, indexes for a member's history, and members' preferences of how to paint and to answer."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

JOB_FLAGS = {"wants_timelapse": "true", "is_private": "false"}
PREFERENCE_FLAGS = {"keep_colors": "false", "wants_timelapse": "true", "private_answers": "false"}


def upgrade() -> None:
    _add_flags("jobs", JOB_FLAGS, sa.Column("files_deleted_at", sa.DateTime(timezone=True)))
    _add_flags(
        "member_preferences",
        PREFERENCE_FLAGS,
        sa.Column("recipe_name", sa.String(64)),
        sa.Column("size_px", sa.Integer()),
        sa.Column("style_strength", sa.Double()),
    )
    op.create_table(
        "favorites",
        sa.Column("member_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("job_id", sa.String(32), sa.ForeignKey("jobs.job_id", ondelete="CASCADE"), primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_favorites_job_id", "favorites", ["job_id"])
    op.drop_index("ix_jobs_owner_id", "jobs")
    op.create_index("ix_jobs_owner_id_created_at", "jobs", ["owner_id", "created_at", "job_id"])
    op.create_index("ix_jobs_owner_id_guild_id_created_at", "jobs", ["owner_id", "guild_id", "created_at", "job_id"])


def downgrade() -> None:
    op.drop_index("ix_jobs_owner_id_guild_id_created_at", "jobs")
    op.drop_index("ix_jobs_owner_id_created_at", "jobs")
    op.create_index("ix_jobs_owner_id", "jobs", ["owner_id"])
    op.drop_table("favorites")
    with op.batch_alter_table("member_preferences") as preferences:
        for column in (*PREFERENCE_FLAGS, "recipe_name", "size_px", "style_strength"):
            preferences.drop_column(column)
    with op.batch_alter_table("jobs") as jobs:
        for column in (*JOB_FLAGS, "files_deleted_at"):
            jobs.drop_column(column)


def _add_flags(name: str, flags: dict[str, str], *more: sa.Column[Any]) -> None:
    """Add columns that can't be null to a table that may have rows, and others that can."""
    with op.batch_alter_table(name) as table:
        for column, default in flags.items():
            table.add_column(sa.Column(column, sa.Boolean(), nullable=False, server_default=sa.text(default)))
        for nullable in more:
            table.add_column(nullable)
    with op.batch_alter_table(name) as table:
        for column in flags:
            table.alter_column(column, server_default=None, existing_type=sa.Boolean(), existing_nullable=False)
