"""What a painting begins with; and choices that the version before doesn't know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

START = sa.Column("start", sa.String(16), nullable=False, server_default="content")
JOBS = sa.table(
    "jobs", sa.column("job_id"), sa.column("cells", sa.JSON()), sa.column("before", sa.JSON(none_as_null=True))
)


def upgrade() -> None:
    with op.batch_alter_table("jobs") as jobs:
        jobs.add_column(START)
    with op.batch_alter_table("jobs") as jobs:
        jobs.alter_column("start", server_default=None, existing_type=START.type, existing_nullable=False)


def downgrade() -> None:
    op.execute("UPDATE jobs SET variation = 'again' WHERE variation = 'more_steps'")
    for table in ("jobs", "member_preferences"):
        painted = sa.table(table, sa.column("colors"))
        op.execute(painted.update().where(painted.c.colors == "only").values(colors="style"))
    op.execute("UPDATE member_preferences SET size_px = NULL WHERE size_px = 0")
    _change_options(_without_start)
    with op.batch_alter_table("jobs") as jobs:
        jobs.drop_column("start")


def _change_options(change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Change the options of boards' paintings, and those before an edit."""
    database = op.get_bind()
    for job_id, cells, before in database.execute(sa.select(JOBS)).all():
        if not cells and before is None:
            continue
        changed = {"cells": [change(cell) for cell in cells], "before": None if before is None else change(before)}
        database.execute(sa.update(JOBS).where(JOBS.c.job_id == job_id).values(changed))


def _without_start(options: dict[str, Any]) -> dict[str, Any]:
    colors = "style" if options["colors"] == "only" else options["colors"]
    return {**{name: value for name, value in options.items() if name != "start"}, "colors": colors}
