"""The tables. Columns are named and typed as the dataclasses that the repositories hand out."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """Every table of the bot."""


class JobRow(Base):
    """One painting, from the moment it was accepted."""

    __tablename__ = "jobs"

    job_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    owner_id: Mapped[int] = mapped_column(BigInteger, index=True)
    guild_id: Mapped[int | None] = mapped_column(BigInteger)
    channel_id: Mapped[int] = mapped_column(BigInteger)
    message_id: Mapped[int | None] = mapped_column(BigInteger)
    content_sha256: Mapped[str] = mapped_column(String(64))
    style_sha256: Mapped[str] = mapped_column(String(64))
    recipe_name: Mapped[str] = mapped_column(String(64))
    size_px: Mapped[int | None]
    style_strength: Mapped[float]
    keep_colors: Mapped[bool]
    seed: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(16), index=True)
    problem: Mapped[str | None]
    """Why it failed, as its owner read it."""
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class SyncedCommandsRow(Base):
    """Which commands an application has registered at Discord, as a digest."""

    __tablename__ = "synced_commands"

    application: Mapped[str] = mapped_column(String(256), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
