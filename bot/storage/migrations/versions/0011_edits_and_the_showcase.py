"""Edited paintings, three choices of colors, and a showcase channel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0009"

CONTENT, STYLE = "content", "style"
JOBS = sa.table("jobs", sa.column("job_id"), sa.column("kind"), sa.column("cells", sa.JSON()))


def upgrade() -> None:
    with op.batch_alter_table("jobs") as jobs:
        jobs.add_column(sa.Column("colors", sa.String(16), nullable=False, server_default=STYLE))
        jobs.add_column(sa.Column("before", sa.JSON()))
        jobs.add_column(sa.Column("shared_at", sa.DateTime(timezone=True)))
    op.execute("UPDATE jobs SET colors = 'content' WHERE keep_colors")
    with op.batch_alter_table("jobs") as jobs:
        jobs.alter_column("colors", server_default=None, existing_type=sa.String(16), existing_nullable=False)
        jobs.drop_column("keep_colors")
    with op.batch_alter_table("servers") as servers:
        servers.add_column(sa.Column("showcase_channel_id", sa.BigInteger()))
    _change_cells(lambda cell: {**_without(cell, "keep_colors"), "colors": CONTENT if cell["keep_colors"] else STYLE})


def downgrade() -> None:
    _change_cells(lambda cell: {**_without(cell, "colors"), "keep_colors": cell["colors"] == CONTENT})
    with op.batch_alter_table("servers") as servers:
        servers.drop_column("showcase_channel_id")
    with op.batch_alter_table("jobs") as jobs:
        jobs.add_column(sa.Column("keep_colors", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE jobs SET keep_colors = (colors = 'content')")
    # The version before knows no such variations.
    op.execute("UPDATE jobs SET variation = 'again' WHERE variation IN ('edit', 'colors')")
    with op.batch_alter_table("jobs") as jobs:
        jobs.alter_column("keep_colors", server_default=None, existing_type=sa.Boolean(), existing_nullable=False)
        for name in ("colors", "before", "shared_at"):
            jobs.drop_column(name)


def _change_cells(change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Change what every cell of every board says."""
    database = op.get_bind()
    boards = database.execute(sa.select(JOBS.c.job_id, JOBS.c.cells).where(JOBS.c.kind == "board")).all()
    for job_id, cells in boards:
        changed = [change(cell) for cell in cells]
        database.execute(sa.update(JOBS).where(JOBS.c.job_id == job_id).values(cells=changed))


def _without(cell: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in cell.items() if key != name}
