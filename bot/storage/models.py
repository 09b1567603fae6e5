"""The tables. Columns are named and typed like the dataclasses that the repositories return."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Date, DateTime, ForeignKey, Index, String, Text, UniqueConstraint, false
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    """Every table of the bot."""


class JobRow(Base):
    """One request for a painting, from its acceptance on."""

    __tablename__ = "jobs"
    __table_args__ = (
        # A member's history, newest first; and the part of it that a server's moderators see.
        Index("ix_jobs_owner_id_created_at", "owner_id", "created_at", "job_id"),
        Index("ix_jobs_owner_id_guild_id_created_at", "owner_id", "guild_id", "created_at", "job_id"),
    )

    job_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), default="painting")
    state: Mapped[str] = mapped_column(String(16))
    settled: Mapped[bool] = mapped_column(default=False, index=True)
    """Whether the outcome is on Discord: until then a restarted bot resumes the job."""
    owner_id: Mapped[int] = mapped_column(BigInteger)

    application_id: Mapped[int] = mapped_column(BigInteger)
    interaction_id: Mapped[int] = mapped_column(BigInteger)
    interaction_token: Mapped[str] = mapped_column(String(512))
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    guild_id: Mapped[int | None] = mapped_column(BigInteger)
    channel_id: Mapped[int] = mapped_column(BigInteger)
    upload_limit_bytes: Mapped[int] = mapped_column(BigInteger)
    locale: Mapped[str | None] = mapped_column(String(16))
    """The language of the member who asked, as Discord names it; null for jobs from before this was recorded."""

    challenge_id: Mapped[str | None] = mapped_column(String(32), index=True)
    """The challenge that it was painted for, if any."""
    source_owner_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    """Who sent the pictures, if not the owner."""
    variation: Mapped[str | None] = mapped_column(String(16))
    """Which button of another result asked for it; null for a new painting."""
    origin_url: Mapped[str | None] = mapped_column(Text)
    """Link to the message of the result it varies."""
    origin_number: Mapped[int | None]
    """Which painting of a board it varies."""
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """How an edited painting was painted before."""

    recipe_name: Mapped[str] = mapped_column(String(64))
    size_px: Mapped[int | None]
    style_strength: Mapped[float]
    stroke_size: Mapped[float] = mapped_column(default=1.0)
    colors: Mapped[str] = mapped_column(String(16))
    """Whose: `style`, `content` or `matched`; or `only`."""
    seed: Mapped[int] = mapped_column(BigInteger)
    start: Mapped[str] = mapped_column(String(16), default="content")
    """What it begins with: `content` or `noise`."""
    spare_faces: Mapped[bool] = mapped_column(default=False)

    cells: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """What a board paints, by number."""

    starts: Mapped[int] = mapped_column(default=0)
    requeues: Mapped[int] = mapped_column(default=0)
    losses: Mapped[int] = mapped_column(default=0)

    painting_seconds: Mapped[float | None]
    enlargement: Mapped[float | None]
    """How many times the content picture was enlarged; null for paintings from before this was recorded."""
    spared_faces: Mapped[int | None]
    """How many faces the painting spares; null if none were looked for."""

    message_id: Mapped[int | None] = mapped_column(BigInteger)
    message_channel_id: Mapped[int | None] = mapped_column(BigInteger)
    """Where that message is, if not in `channel_id`: a direct message."""
    press_token: Mapped[str | None] = mapped_column(String(512))
    """Token of the latest button press on that message: it edits the message for 15 minutes."""
    pressed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    owner_notified: Mapped[bool] = mapped_column(default=False)
    """Whether the owner was mentioned when the painting was done."""
    shared_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When it was last posted in its server's showcase channel."""
    problem: Mapped[str | None] = mapped_column(Text)
    """Why it ended without a painting, as its owner reads it."""
    problem_is_private: Mapped[bool] = mapped_column(default=False)
    wants_timelapse: Mapped[bool] = mapped_column(default=True)
    is_private: Mapped[bool] = mapped_column(default=False)
    """Whether only the owner sees its message."""
    files_deleted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When its painting was deleted early, to make room."""
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True), index=True)
    lease_owner: Mapped[str | None] = mapped_column(String(64))
    """ID of the process that works on it."""
    leased_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    # Joined: one statement reads any number of jobs with their inputs and results, all as of the same moment.
    inputs: Mapped[list[JobInputRow]] = relationship(
        lazy="joined", order_by="(JobInputRow.role, JobInputRow.position)", passive_deletes=True
    )
    results: Mapped[list[JobResultRow]] = relationship(
        lazy="joined", order_by="(JobResultRow.kind, JobResultRow.position)", passive_deletes=True
    )


class JobInputRow(Base):
    """A picture that a job paints from."""

    __tablename__ = "job_inputs"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.job_id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(String(16), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Its place among the inputs of the same role, from 0."""
    sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    weight: Mapped[float]
    url: Mapped[str | None] = mapped_column(Text)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    thumbnail_sha256: Mapped[str | None] = mapped_column(String(64))
    name: Mapped[str | None] = mapped_column(String(256))
    is_spoiler: Mapped[bool]
    width_px: Mapped[int | None]
    """Null if unknown, like `height_px`."""
    height_px: Mapped[int | None]


class JobResultRow(Base):
    """A file that a job produced."""

    __tablename__ = "job_results"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.job_id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=0)
    """Its place among the results of the same kind: a cell's number on its board, from 1."""
    media_type: Mapped[str] = mapped_column(String(64))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    """Null for results from before this was recorded."""
    width_px: Mapped[int | None]
    height_px: Mapped[int | None]


class FavoriteRow(Base):
    """A painting that its owner has starred: its results outlive those of other jobs."""

    __tablename__ = "favorites"

    member_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.job_id", ondelete="CASCADE"), primary_key=True, index=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class ShowcasePostRow(Base):
    """A message that shows a painting in its server's showcase channel."""

    __tablename__ = "showcase_posts"

    message_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.job_id", ondelete="CASCADE"), index=True)
    channel_id: Mapped[int] = mapped_column(BigInteger)


class ServerRow(Base):
    """What a server's managers have set; null means the host's setting."""

    __tablename__ = "servers"

    guild_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    channel_ids: Mapped[list[int]] = mapped_column(JSON)
    role_ids: Mapped[list[int]] = mapped_column(JSON)
    default_recipe: Mapped[str | None] = mapped_column(String(64))
    largest_size_px: Mapped[int | None]
    member_jobs_a_day: Mapped[int | None]
    server_jobs_a_day: Mapped[int | None]
    log_channel_id: Mapped[int | None] = mapped_column(BigInteger)
    showcase_channel_id: Mapped[int | None] = mapped_column(BigInteger)
    """Where members may share paintings."""
    notify: Mapped[str | None] = mapped_column(String(16))
    """When owners of finished paintings are mentioned: `long`, `always` or `never`."""
    variations_by_owner_only: Mapped[bool] = mapped_column(default=False)
    organizer_role_ids: Mapped[list[int]] = mapped_column(JSON, default=list)
    """Members with one of these roles may hold challenges, besides those who can manage events."""
    voter_account_days: Mapped[int | None]
    """How old the account of a voter has to be, unless a challenge says otherwise; null for the default."""
    voter_role_id: Mapped[int | None] = mapped_column(BigInteger)
    winner_role_id: Mapped[int | None] = mapped_column(BigInteger)
    time_zone: Mapped[str | None] = mapped_column(String(64))
    """As the time zone database names it: `Europe/Berlin`."""


class MemberPreferencesRow(Base):
    """A member's own settings, which apply on every server."""

    __tablename__ = "member_preferences"

    member_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    notify: Mapped[str | None] = mapped_column(String(16))
    """As `ServerRow.notify`; null follows the server, like the recipe."""
    recipe_name: Mapped[str | None] = mapped_column(String(64))
    size_px: Mapped[int | None]
    """Null for the recipe's own, like the strength; 0 for the content picture's."""
    style_strength: Mapped[float | None]
    colors: Mapped[str] = mapped_column(String(16), default="style")
    wants_timelapse: Mapped[bool] = mapped_column(default=True)
    private_answers: Mapped[bool] = mapped_column(default=False)
    """Whether only the member sees the bot's answers."""
    time_zone: Mapped[str | None] = mapped_column(String(64))
    """As `ServerRow.time_zone`; null follows the server."""


class StyleRow(Base):
    """A style that a member added to a server's gallery or to their own shelf."""

    __tablename__ = "styles"
    __table_args__ = (
        UniqueConstraint("guild_id", "member_id", "folded_name"),
        UniqueConstraint("guild_id", "member_id", "sha256"),
    )

    style_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    guild_id: Mapped[int] = mapped_column(BigInteger)
    """The server's; 0 for a style on a member's shelf, because null would be unique every time."""
    member_id: Mapped[int] = mapped_column(BigInteger)
    """Whose shelf it is on; 0 for a server's style."""
    owner_id: Mapped[int] = mapped_column(BigInteger, index=True)
    name: Mapped[str] = mapped_column(String(60))
    folded_name: Mapped[str] = mapped_column(Text)
    """The name without case and accents, which is taken once on a shelf."""
    credits: Mapped[str | None] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    thumbnail_sha256: Mapped[str] = mapped_column(String(64))
    is_spoiler: Mapped[bool]
    uses: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class DailyUsageRow(Base):
    """How many jobs a member requested on one day (UTC) on one server."""

    __tablename__ = "daily_usage"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    owner_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    guild_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """0 in direct messages, because a key can't be null."""
    jobs: Mapped[int]


class SyncedCommandsRow(Base):
    """Digest of the commands that an application has registered with Discord."""

    __tablename__ = "synced_commands"

    application: Mapped[str] = mapped_column(String(256), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))


class DueRow(Base):
    """Something that happens at a certain time, even if the bot is restarted before then."""

    __tablename__ = "due"

    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    key: Mapped[str] = mapped_column(String(128), primary_key=True)
    revision: Mapped[str] = mapped_column(String(32))
    """Changes whenever the entry changes, so that no process acts on an old version of it."""
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    attempts: Mapped[int] = mapped_column(default=0)
    lease_owner: Mapped[str | None] = mapped_column(String(64))
    """ID of the process that runs it."""
    leased_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class ChallengeRow(Base):
    """A style challenge of a server."""

    __tablename__ = "challenges"
    __table_args__ = (Index("ix_challenges_guild_id_created_at", "guild_id", "created_at"),)

    challenge_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    guild_id: Mapped[int] = mapped_column(BigInteger)
    organizer_id: Mapped[int] = mapped_column(BigInteger, index=True)
    channel_id: Mapped[int] = mapped_column(BigInteger)
    title: Mapped[str] = mapped_column(String(100))
    theme: Mapped[str] = mapped_column(Text)
    phase: Mapped[str] = mapped_column(String(16), index=True)
    opens_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    closes_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ends_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    recipe_name: Mapped[str | None] = mapped_column(String(64))
    """The recipe of every entry; null leaves it to the members."""
    entries_per_member: Mapped[int]
    is_reviewed: Mapped[bool]
    voting: Mapped[str] = mapped_column(String(16))
    """How members vote: `duels` or `favorites`."""
    votes_per_member: Mapped[int]
    ties: Mapped[str] = mapped_column(String(16))
    """What happens to a tie for the first place: `shared` or `decided`."""
    min_account_days: Mapped[int]
    voter_role_id: Mapped[int | None] = mapped_column(BigInteger)
    winner_role_id: Mapped[int | None] = mapped_column(BigInteger)
    tells_places: Mapped[bool]
    locale: Mapped[str | None] = mapped_column(String(16))
    """The language of its public cards."""
    zone: Mapped[str] = mapped_column(String(64))
    series_id: Mapped[str | None] = mapped_column(ForeignKey("challenge_series.series_id", ondelete="SET NULL"))
    thread_id: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    voting_opened_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ballots_sha256: Mapped[str | None] = mapped_column(String(64))
    """The file of its anonymous ballots."""
    voters: Mapped[int | None]
    """Null unless there was a vote and it is over, like the next column."""
    votes_cast: Mapped[int | None]
    podium_sha256: Mapped[str | None] = mapped_column(String(64))
    sheet_sha256: Mapped[str | None] = mapped_column(String(64))
    drawn_digest: Mapped[str | None] = mapped_column(String(64))
    """Of what the podium and the sheet show."""
    problem: Mapped[str | None] = mapped_column(Text)
    """Why its messages can't be shown at the moment, as its organizer reads it."""
    moved: Mapped[str | None] = mapped_column(String(16))
    """Why its times changed after it was announced, if they did: `extended` or `delayed`."""
    cancel_reason: Mapped[str | None] = mapped_column(Text)
    """What the organizer who canceled it wrote."""
    is_review_reminded: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether moderators were reminded of the entries that wait for them."""
    is_tie_decided: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether organizers chose the winner among entries that shared first place."""

    fixed: Mapped[list[ChallengePictureRow]] = relationship(
        lazy="joined", order_by="ChallengePictureRow.role", passive_deletes=True
    )


class ChallengePictureRow(Base):
    """A picture that every entry of a challenge has to be painted from."""

    __tablename__ = "challenge_pictures"

    challenge_id: Mapped[str] = mapped_column(
        ForeignKey("challenges.challenge_id", ondelete="CASCADE"), primary_key=True
    )
    role: Mapped[str] = mapped_column(String(16), primary_key=True)
    """`content` or `style`."""
    sha256: Mapped[str] = mapped_column(String(64))
    thumbnail_sha256: Mapped[str | None] = mapped_column(String(64))
    name: Mapped[str | None] = mapped_column(String(256))
    is_spoiler: Mapped[bool]
    width_px: Mapped[int | None]
    height_px: Mapped[int | None]


class ChallengeSeriesRow(Base):
    """A challenge that comes again every week, with the next theme of a list."""

    __tablename__ = "challenge_series"

    series_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    guild_id: Mapped[int] = mapped_column(BigInteger, index=True)
    organizer_id: Mapped[int] = mapped_column(BigInteger)
    every_days: Mapped[int]
    themes: Mapped[list[str]] = mapped_column(JSON)
    next_theme: Mapped[int]
    """Which theme comes next, from 0; past the end, the series is over."""
    is_active: Mapped[bool]
    title: Mapped[str | None] = mapped_column(String(100))
    """What its next challenges are called; null leaves it at the title of the first one."""


class ChallengeEntryRow(Base):
    """A painting that a member has submitted to a challenge."""

    __tablename__ = "challenge_entries"
    __table_args__ = (
        UniqueConstraint("challenge_id", "member_id", "slot"),
        UniqueConstraint("challenge_id", "number"),
        UniqueConstraint("challenge_id", "job_id"),
    )

    entry_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    challenge_id: Mapped[str] = mapped_column(ForeignKey("challenges.challenge_id", ondelete="CASCADE"))
    member_id: Mapped[int] = mapped_column(BigInteger, index=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.job_id", ondelete="CASCADE"), index=True)
    slot: Mapped[int | None]
    """Which of its member's entries it is, from 0; null when it is withdrawn or rejected, and takes no place."""
    state: Mapped[str] = mapped_column(String(16))
    number: Mapped[int | None]
    """What it is called while names are hidden; null before voting opens."""
    reason: Mapped[str | None] = mapped_column(Text)
    """Why it was rejected, as the moderator wrote it."""
    decided_by: Mapped[int | None] = mapped_column(BigInteger)
    submitted_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    place: Mapped[int | None]
    """Null before the end, like the other figures."""
    score: Mapped[float | None]
    score_low: Mapped[float | None]
    score_high: Mapped[float | None]
    wins: Mapped[int | None]
    losses: Mapped[int | None]
    equals: Mapped[int | None]
    is_place_told: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether its member got a direct message about its place."""


class ChallengeBanRow(Base):
    """A member who may not enter a challenge."""

    __tablename__ = "challenge_bans"

    challenge_id: Mapped[str] = mapped_column(
        ForeignKey("challenges.challenge_id", ondelete="CASCADE"), primary_key=True
    )
    member_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)


class ChallengeVoterRow(Base):
    """Whose a ballot is. Nothing else that is stored about votes says who cast them."""

    __tablename__ = "challenge_voters"
    __table_args__ = (UniqueConstraint("challenge_id", "member_id"),)

    ballot_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    """Random."""
    challenge_id: Mapped[str] = mapped_column(ForeignKey("challenges.challenge_id", ondelete="CASCADE"))
    member_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    """Null once the member wants to be forgotten."""


class ChallengeDuelRow(Base):
    """Two entries that a voter was shown, and which one they found better."""

    __tablename__ = "challenge_duels"
    __table_args__ = (UniqueConstraint("ballot_id", "low_number", "high_number"),)

    duel_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    challenge_id: Mapped[str] = mapped_column(ForeignKey("challenges.challenge_id", ondelete="CASCADE"), index=True)
    ballot_id: Mapped[str] = mapped_column(ForeignKey("challenge_voters.ballot_id", ondelete="CASCADE"))
    low_number: Mapped[int]
    """The smaller number of the two entries."""
    high_number: Mapped[int]
    low_is_left: Mapped[bool]
    outcome: Mapped[str | None] = mapped_column(String(8))
    """`low`, `high`, `equal` or `skip`; null until it is answered."""


class ChallengeVoteRow(Base):
    """A vote for a favorite."""

    __tablename__ = "challenge_votes"
    __table_args__ = (UniqueConstraint("ballot_id", "slot"),)

    ballot_id: Mapped[str] = mapped_column(
        ForeignKey("challenge_voters.ballot_id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Of the entry."""
    challenge_id: Mapped[str] = mapped_column(ForeignKey("challenges.challenge_id", ondelete="CASCADE"), index=True)
    slot: Mapped[int]
    """Which of the voter's votes it is, from 0."""


class KeptMessageRow(Base):
    """A message that the bot posted by itself, and keeps up to date."""

    __tablename__ = "kept_messages"

    key: Mapped[str] = mapped_column(String(96), primary_key=True)
    guild_id: Mapped[int] = mapped_column(BigInteger)
    channel_id: Mapped[int] = mapped_column(BigInteger)
    """Where it belongs: a channel, a thread or a forum."""
    message_id: Mapped[int | None] = mapped_column(BigInteger)
    """Null until it is posted."""
    message_channel_id: Mapped[int | None] = mapped_column(BigInteger)
    """Where that message is, if not in `channel_id`: the post in a forum."""
    thread_id: Mapped[int | None] = mapped_column(BigInteger)
    """The thread that was created on it, or the post in a forum."""
    digest: Mapped[str | None] = mapped_column(String(64))
    """Of what it shows."""
    files: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """Its attachments."""
    posts: Mapped[int] = mapped_column(default=0)
    """How often it was posted."""
    nonce: Mapped[int | None] = mapped_column(BigInteger)
    """Of a message that is being posted, or was when the bot was killed; null otherwise."""
