"""Whether the times of a challenge were moved, and why it was canceled."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    with op.batch_alter_table("challenges") as challenges:
        challenges.add_column(sa.Column("moved", sa.String(16)))
        challenges.add_column(sa.Column("cancel_reason", sa.Text()))


def downgrade() -> None:
    with op.batch_alter_table("challenges") as challenges:
        challenges.drop_column("cancel_reason")
        challenges.drop_column("moved")
