"""Paintings like an entry of a challenge, which the version before doesn't know."""

from __future__ import annotations

from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Nothing changes: the version before recorded them like any other painting."""


def downgrade() -> None:
    op.execute("UPDATE jobs SET variation = 'edit' WHERE variation = 'like'")
