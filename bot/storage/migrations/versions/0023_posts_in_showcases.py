"""Where paintings were shared, so that their posts are deleted with them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.create_table(
        "showcase_posts",
        sa.Column("message_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("job_id", sa.String(32), sa.ForeignKey("jobs.job_id", ondelete="CASCADE"), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_showcase_posts_job_id", "showcase_posts", ["job_id"])


def downgrade() -> None:
    op.drop_index("ix_showcase_posts_job_id", "showcase_posts")
    op.drop_table("showcase_posts")
