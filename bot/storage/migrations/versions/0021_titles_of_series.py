"""The title of a series, which can be changed while it runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    with op.batch_alter_table("challenge_series") as series:
        series.add_column(sa.Column("title", sa.String(100)))


def downgrade() -> None:
    with op.batch_alter_table("challenge_series") as series:
        series.drop_column("title")
