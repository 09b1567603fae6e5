"""Requeues counted apart from starts, so that no two attempts at a job have the same number."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

JOBS = sa.table("jobs", sa.column("starts"), sa.column("requeues"))


def upgrade() -> None:
    with op.batch_alter_table("jobs") as jobs:
        jobs.add_column(sa.Column("requeues", sa.Integer(), nullable=False, server_default=sa.text("0")))
    with op.batch_alter_table("jobs") as jobs:
        jobs.alter_column("requeues", server_default=None, existing_type=sa.Integer(), existing_nullable=False)


def downgrade() -> None:
    op.execute(sa.update(JOBS).values(starts=JOBS.c.starts - JOBS.c.requeues))
    with op.batch_alter_table("jobs") as jobs:
        jobs.drop_column("requeues")
