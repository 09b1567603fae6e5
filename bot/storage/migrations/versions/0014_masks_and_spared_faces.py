"""Masks as inputs of their own, and spared faces."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

NEW = "spare_faces"
JOBS = sa.table(
    "jobs", sa.column("job_id"), sa.column("cells", sa.JSON()), sa.column("before", sa.JSON(none_as_null=True))
)


def upgrade() -> None:
    with op.batch_alter_table("jobs") as jobs:
        jobs.add_column(sa.Column(NEW, sa.Boolean(), nullable=False, server_default=sa.false()))
        jobs.add_column(sa.Column("spared_faces", sa.Integer()))
    with op.batch_alter_table("jobs") as jobs:
        jobs.alter_column(NEW, server_default=None, existing_type=sa.Boolean(), existing_nullable=False)
    # It was reserved for masks, and never written.
    with op.batch_alter_table("job_inputs") as inputs:
        inputs.drop_column("mask_sha256")


def downgrade() -> None:
    with op.batch_alter_table("job_inputs") as inputs:
        inputs.add_column(sa.Column("mask_sha256", sa.String(64)))
    # The version before paints whole pictures.
    op.execute("DELETE FROM job_inputs WHERE role = 'mask'")
    database = op.get_bind()
    for job_id, cells, before in database.execute(sa.select(JOBS.c.job_id, JOBS.c.cells, JOBS.c.before)).all():
        older = {
            "cells": [_without_new(cell) for cell in cells],
            "before": None if before is None else _without_new(before),
        }
        if older != {"cells": cells, "before": before}:
            database.execute(sa.update(JOBS).where(JOBS.c.job_id == job_id).values(older))
    with op.batch_alter_table("jobs") as jobs:
        jobs.drop_column("spared_faces")
        jobs.drop_column(NEW)


def _without_new(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name != NEW}
