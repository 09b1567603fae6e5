"""Style challenges: their entries, votes and series, and what servers choose for them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

TABLES = (
    "challenge_series",
    "challenges",
    "challenge_pictures",
    "challenge_entries",
    "challenge_bans",
    "challenge_voters",
    "challenge_duels",
    "challenge_votes",
)
SERVER_COLUMNS = ("organizer_role_ids", "voter_account_days", "voter_role_id", "winner_role_id")


def upgrade() -> None:
    op.create_table(
        "challenge_series",
        sa.Column("series_id", sa.String(32), primary_key=True),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("organizer_id", sa.BigInteger(), nullable=False),
        sa.Column("every_days", sa.Integer(), nullable=False),
        sa.Column("themes", sa.JSON(), nullable=False),
        sa.Column("next_theme", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_challenge_series_guild_id", "challenge_series", ["guild_id"])
    op.create_table(
        "challenges",
        sa.Column("challenge_id", sa.String(32), primary_key=True),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("organizer_id", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(100), nullable=False),
        sa.Column("theme", sa.Text(), nullable=False),
        sa.Column("phase", sa.String(16), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recipe_name", sa.String(64)),
        sa.Column("entries_per_member", sa.Integer(), nullable=False),
        sa.Column("is_reviewed", sa.Boolean(), nullable=False),
        sa.Column("voting", sa.String(16), nullable=False),
        sa.Column("votes_per_member", sa.Integer(), nullable=False),
        sa.Column("ties", sa.String(16), nullable=False),
        sa.Column("min_account_days", sa.Integer(), nullable=False),
        sa.Column("voter_role_id", sa.BigInteger()),
        sa.Column("winner_role_id", sa.BigInteger()),
        sa.Column("tells_places", sa.Boolean(), nullable=False),
        sa.Column("locale", sa.String(16)),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("series_id", sa.String(32), sa.ForeignKey("challenge_series.series_id", ondelete="SET NULL")),
        sa.Column("thread_id", sa.BigInteger()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("voting_opened_at", sa.DateTime(timezone=True)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("ballots_sha256", sa.String(64)),
        sa.Column("problem", sa.Text()),
    )
    op.create_index("ix_challenges_guild_id_created_at", "challenges", ["guild_id", "created_at"])
    op.create_index("ix_challenges_organizer_id", "challenges", ["organizer_id"])
    op.create_index("ix_challenges_phase", "challenges", ["phase"])
    op.create_table(
        "challenge_pictures",
        sa.Column(
            "challenge_id",
            sa.String(32),
            sa.ForeignKey("challenges.challenge_id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("role", sa.String(16), primary_key=True),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("thumbnail_sha256", sa.String(64)),
        sa.Column("name", sa.String(256)),
        sa.Column("is_spoiler", sa.Boolean(), nullable=False),
        sa.Column("width_px", sa.Integer()),
        sa.Column("height_px", sa.Integer()),
    )
    op.create_table(
        "challenge_entries",
        sa.Column("entry_id", sa.String(32), primary_key=True),
        sa.Column(
            "challenge_id", sa.String(32), sa.ForeignKey("challenges.challenge_id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("job_id", sa.String(32), sa.ForeignKey("jobs.job_id", ondelete="CASCADE"), nullable=False),
        sa.Column("slot", sa.Integer()),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("number", sa.Integer()),
        sa.Column("reason", sa.Text()),
        sa.Column("decided_by", sa.BigInteger()),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", sa.Integer()),
        sa.Column("score", sa.Double()),
        sa.Column("score_low", sa.Double()),
        sa.Column("score_high", sa.Double()),
        sa.Column("wins", sa.Integer()),
        sa.Column("losses", sa.Integer()),
        sa.Column("equals", sa.Integer()),
        sa.UniqueConstraint("challenge_id", "job_id"),
        sa.UniqueConstraint("challenge_id", "member_id", "slot"),
        sa.UniqueConstraint("challenge_id", "number"),
    )
    op.create_index("ix_challenge_entries_job_id", "challenge_entries", ["job_id"])
    op.create_index("ix_challenge_entries_member_id", "challenge_entries", ["member_id"])
    op.create_table(
        "challenge_bans",
        sa.Column(
            "challenge_id",
            sa.String(32),
            sa.ForeignKey("challenges.challenge_id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("member_id", sa.BigInteger(), primary_key=True, autoincrement=False),
    )
    op.create_table(
        "challenge_voters",
        sa.Column("ballot_id", sa.String(32), primary_key=True),
        sa.Column(
            "challenge_id", sa.String(32), sa.ForeignKey("challenges.challenge_id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("member_id", sa.BigInteger()),
        sa.UniqueConstraint("challenge_id", "member_id"),
    )
    op.create_index("ix_challenge_voters_member_id", "challenge_voters", ["member_id"])
    op.create_table(
        "challenge_duels",
        sa.Column("duel_id", sa.String(32), primary_key=True),
        sa.Column(
            "challenge_id", sa.String(32), sa.ForeignKey("challenges.challenge_id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column(
            "ballot_id", sa.String(32), sa.ForeignKey("challenge_voters.ballot_id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("low_number", sa.Integer(), nullable=False),
        sa.Column("high_number", sa.Integer(), nullable=False),
        sa.Column("low_is_left", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.String(8)),
        sa.UniqueConstraint("ballot_id", "low_number", "high_number"),
    )
    op.create_index("ix_challenge_duels_challenge_id", "challenge_duels", ["challenge_id"])
    op.create_table(
        "challenge_votes",
        sa.Column(
            "ballot_id",
            sa.String(32),
            sa.ForeignKey("challenge_voters.ballot_id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column(
            "challenge_id", sa.String(32), sa.ForeignKey("challenges.challenge_id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.UniqueConstraint("ballot_id", "slot"),
    )
    op.create_index("ix_challenge_votes_challenge_id", "challenge_votes", ["challenge_id"])
    with op.batch_alter_table("jobs") as jobs:
        jobs.add_column(sa.Column("challenge_id", sa.String(32)))
    op.create_index("ix_jobs_challenge_id", "jobs", ["challenge_id"])
    with op.batch_alter_table("servers") as servers:
        servers.add_column(sa.Column("organizer_role_ids", sa.JSON(), nullable=False, server_default="[]"))
        servers.add_column(sa.Column("voter_account_days", sa.Integer()))
        servers.add_column(sa.Column("voter_role_id", sa.BigInteger()))
        servers.add_column(sa.Column("winner_role_id", sa.BigInteger()))
    with op.batch_alter_table("servers") as servers:
        servers.alter_column(
            "organizer_role_ids", server_default=None, existing_type=sa.JSON(), existing_nullable=False
        )


def downgrade() -> None:
    with op.batch_alter_table("servers") as servers:
        for column in SERVER_COLUMNS:
            servers.drop_column(column)
    op.drop_index("ix_jobs_challenge_id", "jobs")
    with op.batch_alter_table("jobs") as jobs:
        jobs.drop_column("challenge_id")
    for table in reversed(TABLES):
        op.drop_table(table)
