"""Boards: jobs of several small paintings, whose results have positions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

COLUMNS = ("job_id", "kind", "media_type", "sha256", "size_bytes", "width_px", "height_px")


def upgrade() -> None:
    with op.batch_alter_table("jobs") as jobs:
        jobs.add_column(sa.Column("kind", sa.String(16), nullable=False, server_default="painting"))
        jobs.add_column(sa.Column("cells", sa.JSON(), nullable=False, server_default="[]"))
        jobs.add_column(sa.Column("stroke_size", sa.Double(), nullable=False, server_default="1"))
        jobs.add_column(sa.Column("origin_number", sa.Integer()))
    with op.batch_alter_table("jobs") as jobs:
        jobs.alter_column("kind", server_default=None, existing_type=sa.String(16), existing_nullable=False)
        jobs.alter_column("cells", server_default=None, existing_type=sa.JSON(), existing_nullable=False)
        jobs.alter_column("stroke_size", server_default=None, existing_type=sa.Double(), existing_nullable=False)
    _rebuild_results(sa.Column("position", sa.Integer(), primary_key=True, autoincrement=False), position=0)


def downgrade() -> None:
    boards: sa.Select[tuple[str]] = (
        sa.select(sa.column("job_id")).select_from(sa.table("jobs")).where(sa.column("kind") == "board")
    )
    for table in ("favorites", "job_inputs", "job_results", "jobs"):
        op.execute(sa.delete(sa.table(table, sa.column("job_id"))).where(sa.column("job_id").in_(boards)))
    _rebuild_results()
    with op.batch_alter_table("jobs") as jobs:
        for name in ("kind", "cells", "stroke_size", "origin_number"):
            jobs.drop_column(name)


def _rebuild_results(*more_key: sa.Column[int], **more_values: int) -> None:
    """Replace the table by one with another primary key, which SQLite can't change in place."""
    op.drop_index("ix_job_results_sha256", "job_results")
    op.rename_table("job_results", "old_job_results")
    op.create_table(
        "job_results",
        sa.Column("job_id", sa.String(32), sa.ForeignKey("jobs.job_id", ondelete="CASCADE"), primary_key=True),
        sa.Column("kind", sa.String(16), primary_key=True),
        *more_key,
        sa.Column("media_type", sa.String(64), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size_bytes", sa.BigInteger()),
        sa.Column("width_px", sa.Integer()),
        sa.Column("height_px", sa.Integer()),
    )
    old = sa.table("old_job_results", *map(sa.column, COLUMNS))
    new = sa.table("job_results", *map(sa.column, (*COLUMNS, *more_values)))
    copied = sa.select(*old.columns, *map(sa.literal, more_values.values()))
    op.execute(sa.insert(new).from_select([*COLUMNS, *more_values], copied))
    op.drop_table("old_job_results")
    op.create_index("ix_job_results_sha256", "job_results", ["sha256"])
