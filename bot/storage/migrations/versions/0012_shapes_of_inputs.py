"""The shapes of pictures, so that it can be estimated how long painting them takes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    with op.batch_alter_table("job_inputs") as inputs:
        inputs.add_column(sa.Column("width_px", sa.Integer()))
        inputs.add_column(sa.Column("height_px", sa.Integer()))


def downgrade() -> None:
    with op.batch_alter_table("job_inputs") as inputs:
        inputs.drop_column("height_px")
        inputs.drop_column("width_px")
