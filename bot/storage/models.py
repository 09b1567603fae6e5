"""The tables. Columns have the names and types of the dataclasses that the repositories return."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Date, DateTime, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """Every table of the bot."""


class JobRow(Base):
    """One painting, from the moment it was accepted."""

    __tablename__ = "jobs"

    job_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    state: Mapped[str] = mapped_column(String(16))
    told: Mapped[bool] = mapped_column(default=False, index=True)
    """Whether Discord shows how it ended: until then it is the bot's to go on with."""
    owner_id: Mapped[int] = mapped_column(BigInteger, index=True)

    application_id: Mapped[int] = mapped_column(BigInteger)
    interaction_id: Mapped[int] = mapped_column(BigInteger)
    interaction_token: Mapped[str] = mapped_column(String(512))
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    guild_id: Mapped[int | None] = mapped_column(BigInteger)
    channel_id: Mapped[int] = mapped_column(BigInteger)
    upload_limit_bytes: Mapped[int] = mapped_column(BigInteger)

    content_url: Mapped[str | None] = mapped_column(Text)
    content_size_bytes: Mapped[int] = mapped_column(BigInteger)
    content_sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    content_thumbnail_sha256: Mapped[str | None] = mapped_column(String(64))
    content_name: Mapped[str | None] = mapped_column(String(256))
    content_is_spoiler: Mapped[bool] = mapped_column(default=False)
    style_url: Mapped[str | None] = mapped_column(Text)
    style_size_bytes: Mapped[int] = mapped_column(BigInteger)
    style_sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    style_thumbnail_sha256: Mapped[str | None] = mapped_column(String(64))
    style_name: Mapped[str | None] = mapped_column(String(256))
    style_is_spoiler: Mapped[bool] = mapped_column(default=False)
    lender_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    """Who sent the pictures, where that was not the owner."""

    variation: Mapped[str | None] = mapped_column(String(16))
    """Which button of another result asked for it; null for a painting of its own."""
    origin_url: Mapped[str | None] = mapped_column(Text)
    """Link to the message of the result it varies."""

    recipe_name: Mapped[str] = mapped_column(String(64))
    size_px: Mapped[int | None]
    style_strength: Mapped[float]
    keep_colors: Mapped[bool]
    seed: Mapped[int] = mapped_column(BigInteger)

    starts: Mapped[int] = mapped_column(default=0)
    losses: Mapped[int] = mapped_column(default=0)

    painting_sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    painting_format: Mapped[str | None] = mapped_column(String(8))
    gif_sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    width_px: Mapped[int | None]
    height_px: Mapped[int | None]
    painting_seconds: Mapped[float | None]
    enlargement: Mapped[float | None]
    """How many times the content picture was enlarged; null for paintings from before that was kept."""

    message_id: Mapped[int | None] = mapped_column(BigInteger)
    message_channel_id: Mapped[int | None] = mapped_column(BigInteger)
    """Where that message is, if not in `channel_id`: a direct message."""
    press_token: Mapped[str | None] = mapped_column(String(512))
    """Token of the latest button press on that message: it edits the message for 15 minutes."""
    pressed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    owner_notified: Mapped[bool] = mapped_column(default=False)
    """Whether the owner was mentioned when the painting was done."""
    problem: Mapped[str | None] = mapped_column(Text)
    """Why it failed, as its owner reads it."""
    problem_is_private: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True), index=True)
    lease_owner: Mapped[str | None] = mapped_column(String(64))
    """ID of the process that works on it."""
    leased_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class ServerRow(Base):
    """Settings of a server by its managers; null is the host's setting."""

    __tablename__ = "servers"

    guild_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    channel_ids: Mapped[list[int]] = mapped_column(JSON)
    role_ids: Mapped[list[int]] = mapped_column(JSON)
    default_recipe: Mapped[str | None] = mapped_column(String(64))
    largest_size_px: Mapped[int | None]
    member_jobs_a_day: Mapped[int | None]
    server_jobs_a_day: Mapped[int | None]
    log_channel_id: Mapped[int | None] = mapped_column(BigInteger)
    notify: Mapped[str | None] = mapped_column(String(16))
    """When owners of finished paintings are mentioned: `long`, `always` or `never`."""
    variations_by_owner_only: Mapped[bool] = mapped_column(default=False)


class MemberPreferencesRow(Base):
    """A member's own settings, which apply on every server."""

    __tablename__ = "member_preferences"

    member_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    notify: Mapped[str | None] = mapped_column(String(16))
    """As `ServerRow.notify`; null follows the server."""


class DailyUsageRow(Base):
    """How many jobs a member requested on one day (UTC) on one server."""

    __tablename__ = "daily_usage"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    owner_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    guild_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """0 in direct messages: a key cannot be null."""
    jobs: Mapped[int]


class SyncedCommandsRow(Base):
    """Digest of the commands that an application has registered with Discord."""

    __tablename__ = "synced_commands"

    application: Mapped[str] = mapped_column(String(256), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))


class DueRow(Base):
    """Something that happens at a certain time, whether the bot is restarted until then or not."""

    __tablename__ = "due"

    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    key: Mapped[str] = mapped_column(String(128), primary_key=True)
    revision: Mapped[str] = mapped_column(String(32))
    """Changes with every change of the entry, so that nobody acts on what it was before."""
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    attempts: Mapped[int] = mapped_column(default=0)
    lease_owner: Mapped[str | None] = mapped_column(String(64))
    """ID of the process that runs it."""
    leased_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
