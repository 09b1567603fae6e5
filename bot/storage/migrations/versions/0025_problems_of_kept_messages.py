"""Kept messages have no problems of their own: a challenge knows what keeps its messages from being shown."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    with op.batch_alter_table("kept_messages") as messages:
        messages.drop_column("problem_told")
        messages.drop_column("problem")


def downgrade() -> None:
    with op.batch_alter_table("kept_messages") as messages:
        messages.add_column(sa.Column("problem", sa.Text()))
        messages.add_column(sa.Column("problem_told", sa.Boolean(), nullable=False, server_default=sa.false()))
