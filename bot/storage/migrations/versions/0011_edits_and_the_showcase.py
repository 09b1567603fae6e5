"""Edited paintings, three choices of colors, and a showcase channel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

CONTENT, STYLE = "content", "style"
TABLES = ("jobs", "member_preferences")
CONVERTED = {
    "keep_colors": "colors = CASE WHEN keep_colors THEN 'content' ELSE 'style' END",
    "colors": "keep_colors = (colors = 'content')",
}
"""What fills the column that replaces each."""
JOBS = sa.table("jobs", sa.column("job_id"), sa.column("kind"), sa.column("cells", sa.JSON()))


def upgrade() -> None:
    with op.batch_alter_table("jobs") as jobs:
        jobs.add_column(sa.Column("before", sa.JSON()))
        jobs.add_column(sa.Column("shared_at", sa.DateTime(timezone=True)))
    with op.batch_alter_table("servers") as servers:
        servers.add_column(sa.Column("showcase_channel_id", sa.BigInteger()))
    for name in TABLES:
        _replace(name, "keep_colors", sa.Column("colors", sa.String(16), nullable=False, server_default=STYLE))
    _change_cells(lambda cell: {**_without(cell, "keep_colors"), "colors": CONTENT if cell["keep_colors"] else STYLE})


def downgrade() -> None:
    _change_cells(lambda cell: {**_without(cell, "colors"), "keep_colors": cell["colors"] == CONTENT})
    for name in TABLES:
        _replace(name, "colors", sa.Column("keep_colors", sa.Boolean(), nullable=False, server_default=sa.false()))
    # The version before knows no such variations.
    op.execute("UPDATE jobs SET variation = 'again' WHERE variation IN ('edit', 'colors')")
    with op.batch_alter_table("servers") as servers:
        servers.drop_column("showcase_channel_id")
    with op.batch_alter_table("jobs") as jobs:
        for column in ("before", "shared_at"):
            jobs.drop_column(column)


def _replace(table: str, former: str, column: sa.Column[Any]) -> None:
    """Replace the column that says whose colors a table's rows have by another."""
    with op.batch_alter_table(table) as altered:
        altered.add_column(column)
    op.execute(f"UPDATE {table} SET {CONVERTED[former]}")  # noqa: S608 - both are constants of this file
    with op.batch_alter_table(table) as altered:
        altered.alter_column(column.name, server_default=None, existing_type=column.type, existing_nullable=False)
        altered.drop_column(former)


def _change_cells(change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Change what every cell of every board says."""
    database = op.get_bind()
    boards = database.execute(sa.select(JOBS.c.job_id, JOBS.c.cells).where(JOBS.c.kind == "board")).all()
    for job_id, cells in boards:
        changed = [change(cell) for cell in cells]
        database.execute(sa.update(JOBS).where(JOBS.c.job_id == job_id).values(cells=changed))


def _without(cell: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in cell.items() if key != name}
