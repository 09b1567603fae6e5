"""Everything that can go wrong between Discord and the painter, each with its own sentence.

    AtelierError
    ├── Refusal                 what a member asked for is not done, and why
    │   ├── WrongFileType
    │   ├── FileTooLarge
    │   ├── NoPictureThere
    │   ├── VectorSticker
    │   ├── NoPictureChosen
    │   ├── TooManyPicturesChosen
    │   ├── NotAPictureLink
    │   ├── NoRecentPicture
    │   ├── ChannelUnreadable
    │   ├── FormOutdated
    │   ├── FormPictureForgotten
    │   ├── ButtonOutdated
    │   ├── MissingPermissions
    │   ├── TooManyJobs
    │   ├── ServerBusy
    │   ├── QueueFull
    │   ├── DailyLimitReached
    │   ├── AlreadyAsked
    │   ├── NotYours
    │   ├── VariationsByOwnerOnly
    │   ├── AlreadyFinished
    │   ├── TooLateToCancel
    │   ├── PausedUntilRestart
    │   ├── AlreadyDeleted
    │   ├── MessageNotDeleted
    │   ├── PaintingForgotten
    │   ├── DiskFull
    │   ├── ChannelNotAllowed
    │   ├── RoleNotAllowed
    │   ├── SizeNotAllowed
    │   ├── SizeBeyondMemory
    │   ├── NotAManager
    │   ├── NotANumberOfPaintings
    │   └── ShuttingDown
    ├── Superseded              a job that was ended elsewhere meanwhile: its row says so
    ├── MessageGone             nobody can see how a painting grows, or ends
    ├── PaintingGivenUp         a painting that never comes to its end
    ├── PaintingUnreadable      a finished painting that the disk does not give back
    ├── DownloadError           a picture that cannot be fetched
    │   ├── ForeignHost
    │   ├── AttachmentGone
    │   └── DownloadFailed
    ├── Undeliverable           a finished painting that Discord does not take
    ├── DatabaseAway            the database fails while the bot runs
    ├── DatabaseTaken           another bot has the database, so this one leaves it to that
    ├── DatabaseUsedMeanwhile   another bot has worked on the jobs that this one has in memory
    └── StartError              the bot cannot begin
        ├── TokenMissing
        ├── TokenMalformed
        ├── TokenRefused
        ├── WorkerUserUnusable
        ├── AlreadyRunning
        ├── CannotListen
        ├── DiscordUnreachable
        ├── DatabaseInUse
        ├── DatabaseUnusable
        ├── DatabaseDamaged
        ├── DatabaseLocked
        ├── DatabaseNotWritable
        ├── DatabaseTooNew
        └── DatabaseDriverMissing

The settings' errors are drawn in `config/settings.py`, the painter's in `stylizer/errors.py`. `sentence_for` is the one
place where an error, whichever it is, becomes what a member reads.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Literal

import aiohttp
from discord import app_commands
from discord.utils import format_dt

from bot.painting.estimates import Estimate
from stylizer.pool import StylizerError

NETWORK_ERRORS = (aiohttp.ClientError, OSError)
"""What discord.py lets through when Discord cannot be reached."""

MOST_NAMES = 8
"""Channels or roles that one sentence lists."""

DailyLimitOf = Literal["member", "member here", "server"]

SOMETHING_WENT_WRONG = "Something went wrong on Atelier's side; it has been noted. Please try again."


def sentence_for(error: BaseException) -> str:
    """What a member reads when this error stops what they asked for."""
    match error:
        case AtelierError() | StylizerError():
            return str(error)
        case app_commands.CommandInvokeError():
            return sentence_for(error.original)
        case app_commands.CommandNotFound() | app_commands.CommandSignatureMismatch():
            return "This command has changed since your Discord loaded it. Reload Discord (Ctrl+R) and try again."
        case _:
            return SOMETHING_WENT_WRONG


def listed(parts: Iterable[str], *, last: str = "and") -> str:
    """One or more parts as a phrase: "a, b and c"."""
    *most, final = parts
    return f"{', '.join(most)} {last} {final}" if most else final


def permission_names(permissions: Iterable[str]) -> str:
    """Permissions as Discord's settings name them, as a phrase."""
    return listed(name.replace("_", " ").title() for name in permissions)


def _megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 2**20:.3g} MiB"


def _few(names: tuple[str, ...]) -> str:
    """The first names of a list that may be long, as a phrase."""
    shown = list(names[:MOST_NAMES])
    if len(names) > MOST_NAMES:
        shown.append(f"{len(names) - MOST_NAMES} more")
    return listed(shown)


class AtelierError(Exception):
    """The root of the bot's errors."""


class Refusal(AtelierError):
    """What a member asked for is not done; the sentence says why, and what they can do."""


class WrongFileType(Refusal):
    def __init__(self, name: str, filename: str) -> None:
        super().__init__(name, filename)
        self.name = name
        self.filename = filename

    def __str__(self) -> str:
        return (
            f"{self.name} ({self.filename}) is not a picture that can be read. "
            "Send a JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF or HEIC file."
        )


class FileTooLarge(Refusal):
    def __init__(self, name: str, size_bytes: int | None, limit_bytes: int, *, declared: bool = True) -> None:
        super().__init__(name, size_bytes, limit_bytes, declared)
        self.name = name
        self.size_bytes = size_bytes
        self.limit_bytes = limit_bytes
        self.declared = declared
        """Whether its size was known before it was fetched: that of a link isn't."""

    def __str__(self) -> str:
        if self.size_bytes is not None:
            size = f"has {_megabytes(self.size_bytes)}"
        else:
            size = "is larger than Discord reported" if self.declared else "is too large"
        return f"{self.name} {size}; at most {_megabytes(self.limit_bytes)} can be taken. Send a smaller copy."


class NoPictureThere(Refusal):
    def __str__(self) -> str:
        return (
            "There's no picture in that message. "
            "Use this on a message with an attached picture, a sticker or a picture in a link preview."
        )


class VectorSticker(Refusal):
    def __str__(self) -> str:
        return (
            "That sticker is a vector animation (Lottie), which Atelier can't paint. "
            "Use a sticker that is a PNG or GIF, or another picture."
        )


class NoPictureChosen(Refusal):
    def __init__(self, subject: str, options: tuple[str, ...]) -> None:
        super().__init__(subject, options)
        self.subject = subject
        self.options = options

    def __str__(self) -> str:
        return f"{self.subject} is missing. Add it with {_options(self.options, last='or')}."


class TooManyPicturesChosen(Refusal):
    def __init__(self, subject: str, options: tuple[str, ...]) -> None:
        super().__init__(subject, options)
        self.subject = subject
        self.options = options

    def __str__(self) -> str:
        return f"{self.subject} is given more than once: {_options(self.options)}. Keep one of them."


class NotAPictureLink(Refusal):
    def __init__(self, subject: str, *, is_message: bool = False) -> None:
        super().__init__(subject, is_message)
        self.subject = subject
        self.is_message = is_message

    def __str__(self) -> str:
        if self.is_message:
            return (
                f"The link to {_lowered(self.subject)} leads to a message. "
                "Open the picture and copy its own link, or long-press or right-click the message and choose "
                "*Apps*, then *Stylize this*."
            )
        return (
            f"The link to {_lowered(self.subject)} doesn't point to a picture. "
            "Open a picture on Discord, copy its link (https://cdn.discordapp.com/…) and paste that."
        )


class NoRecentPicture(Refusal):
    def __init__(self, messages: int, *, sees_all: bool) -> None:
        super().__init__(messages, sees_all)
        self.messages = messages
        self.sees_all = sees_all

    def __str__(self) -> str:
        there = f"There's no picture in the last {self.messages} messages of this channel"
        if self.sees_all:
            return f"{there}. Attach one instead."
        return (
            f"{there} that Atelier can see: its own, replies that ping it and messages that mention it. "
            "Long-press or right-click the picture's message and choose *Apps*, then *Stylize this*."
        )


class ChannelUnreadable(Refusal):
    def __init__(self, permissions: tuple[str, ...] = (), *, later: bool = False) -> None:
        super().__init__(permissions, later)
        self.permissions = permissions
        self.later = later

    def __str__(self) -> str:
        if self.later:
            return "Discord didn't show this channel's messages in time. Try again in a moment, or attach the picture."
        needs = f": it needs {permission_names(self.permissions)}" if self.permissions else ""
        return (
            f"Atelier can't read this channel's messages{needs}. Attach the picture, or long-press or right-click "
            "its message and choose *Apps*, then *Stylize this*."
        )


class FormOutdated(Refusal):
    def __str__(self) -> str:
        return "This form is from an older version of Atelier. Open it again."


class FormPictureForgotten(Refusal):
    def __str__(self) -> str:
        return (
            "Atelier restarted while this form was open, and no longer knows which picture it was for. "
            "Open it again from the message or the member."
        )


class ButtonOutdated(Refusal):
    def __str__(self) -> str:
        return "This button is from an older version of Atelier and no longer works. Start again with /stylize."


class MissingPermissions(Refusal):
    def __init__(self, permissions: tuple[str, ...]) -> None:
        super().__init__(permissions)
        self.permissions = permissions

    def __str__(self) -> str:
        return (
            f"Atelier can't post a painting in this channel: it needs {permission_names(self.permissions)}. "
            "Ask someone who manages this server to allow that, or use another channel."
        )


def _options(names: Iterable[str], *, last: str = "and") -> str:
    return listed((f"`{name}`" for name in names), last=last)


def _lowered(subject: str) -> str:
    return subject[:1].lower() + subject[1:]


def _paintings(count: int) -> str:
    return "1 painting" if count == 1 else f"{count} paintings"


def _when_done(done: Estimate | None) -> str:
    return "when one is done" if done is None else f"when one is done, probably {done}"


class TooManyJobs(Refusal):
    def __init__(self, limit: int, done: Estimate | None = None) -> None:
        super().__init__(limit, done)
        self.limit = limit
        self.done = done

    def __str__(self) -> str:
        return (
            f"You have {_paintings(self.limit)} waiting or under way already. "
            f"Cancel one, or ask again {_when_done(self.done)}."
        )


class ServerBusy(Refusal):
    def __init__(self, limit: int, done: Estimate | None = None) -> None:
        super().__init__(limit, done)
        self.limit = limit
        self.done = done

    def __str__(self) -> str:
        return (
            f"This server has {_paintings(self.limit)} waiting or under way already. Ask again {_when_done(self.done)}."
        )


class QueueFull(Refusal):
    def __init__(self, limit: int, done: Estimate | None = None) -> None:
        super().__init__(limit, done)
        self.limit = limit
        self.done = done

    def __str__(self) -> str:
        return f"The queue is full ({_paintings(self.limit)}). Ask again {_when_done(self.done)}."


class DailyLimitReached(Refusal):
    WHO: ClassVar = {
        "member": "You have",
        "member here": "In this server you have",
        "server": "The members of this server have together",
    }

    def __init__(self, who: DailyLimitOf, limit: int, anew_at: datetime) -> None:
        super().__init__(who, limit, anew_at)
        self.who = who
        self.limit = limit
        self.anew_at = anew_at

    def __str__(self) -> str:
        return (
            f"{self.WHO[self.who]} asked for {_paintings(self.limit)} today; that's today's limit. "
            f"It resets at {format_dt(self.anew_at, 't')}."
        )


class AlreadyAsked(Refusal):
    def __str__(self) -> str:
        return "You pressed this a moment ago, and it is still being painted. Press it again once that is done."


class NotYours(Refusal):
    def __init__(self, verb: str, owner_id: int, lender_id: int | None = None) -> None:
        super().__init__(verb, owner_id, lender_id)
        self.verb = verb
        self.owner_id = owner_id
        self.lender_id = lender_id

    def __str__(self) -> str:
        lender = f", <@{self.lender_id}> (who posted the picture)" if self.lender_id is not None else ""
        return (
            f"Only <@{self.owner_id}>{lender} and moderators (who may manage messages) can {self.verb} this painting. "
            "Ask one of them."
        )


class VariationsByOwnerOnly(Refusal):
    def __init__(self, owner_id: int) -> None:
        super().__init__(owner_id)
        self.owner_id = owner_id

    def __str__(self) -> str:
        return (
            f"On this server only <@{self.owner_id}> can make variations of this painting. "
            "Paint one of your own with /stylize."
        )


class AlreadyFinished(Refusal):
    def __str__(self) -> str:
        return "This painting is no longer in progress. The message shows how it ended."


class TooLateToCancel(Refusal):
    def __str__(self) -> str:
        return "This painting is already done and is being posted. You can delete it once it appears."


class PausedUntilRestart(Refusal):
    def __str__(self) -> str:
        return "Something went wrong with this painting, so it is paused. It resumes when Atelier restarts."


class AlreadyDeleted(Refusal):
    def __str__(self) -> str:
        return "This painting is already deleted."


class MessageNotDeleted(Refusal):
    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return (
            f"Atelier has deleted its copy of this painting, but couldn't delete the message: {self.problem}. "
            "Press Delete again later, or ask a moderator to delete the message."
        )


class PaintingForgotten(Refusal):
    def __str__(self) -> str:
        return "Atelier no longer has the pictures of this painting. Send them again with /stylize."


class DiskFull(Refusal):
    def __str__(self) -> str:
        return (
            "Atelier's disk is full, so it takes no new pictures. "
            "Try again in an hour, or ask whoever runs this bot to make room."
        )


class ChannelNotAllowed(Refusal):
    def __init__(self, channels: tuple[str, ...]) -> None:
        super().__init__(channels)
        self.channels = channels

    def __str__(self) -> str:
        if not self.channels:
            return (
                "The channels that Atelier may paint in are gone from this server. "
                "Ask someone who manages it to choose others with /server settings."
            )
        return f"On this server Atelier paints in {_few(self.channels)} only. Ask again there."


class RoleNotAllowed(Refusal):
    def __init__(self, roles: tuple[str, ...]) -> None:
        super().__init__(roles)
        self.roles = roles

    def __str__(self) -> str:
        if not self.roles:
            return (
                "The roles that Atelier may paint for are gone from this server. "
                "Ask someone who manages it to choose others with /server settings."
            )
        return (
            f"On this server Atelier paints for {_few(self.roles)} only. "
            "Ask someone who manages this server for such a role."
        )


class SizeNotAllowed(Refusal):
    def __init__(self, size_px: int, largest_px: int) -> None:
        super().__init__(size_px, largest_px)
        self.size_px = size_px
        self.largest_px = largest_px

    def __str__(self) -> str:
        return (
            f"This painting would have {self.size_px} px, and on this server {self.largest_px} px are the most. "
            f"Use /stylize with size {self.largest_px} or less."
        )


class SizeBeyondMemory(Refusal):
    def __init__(self, size_px: int, largest_px: int) -> None:
        """`largest_px` is the longest side that there is memory for; 0 where no size fits."""
        super().__init__(size_px, largest_px)
        self.size_px = size_px
        self.largest_px = largest_px

    def __str__(self) -> str:
        if self.largest_px == 0:
            return "This bot doesn't have enough memory for a painting of any size right now. Try again later."
        return f"This bot has memory for at most {self.largest_px} px; you asked for {self.size_px}."


class NotAManager(Refusal):
    def __str__(self) -> str:
        return "Only members who may manage this server (Manage Server) can see and change this. Ask one of them."


class NotANumberOfPaintings(Refusal):
    def __init__(self, written: str, most: int) -> None:
        super().__init__(written, most)
        self.written = written
        self.most = most

    def __str__(self) -> str:
        return f"Enter a whole number from 1 to {self.most}, or leave the field empty; you wrote “{self.written}”."


class ShuttingDown(Refusal):
    def __str__(self) -> str:
        return "Atelier is about to restart. Try again in a minute."


class Superseded(AtelierError):
    """A job's row does not take a change, because the job has ended meanwhile."""

    def __str__(self) -> str:
        return "This painting was already deleted or has already ended."


class MessageGone(AtelierError):
    def __str__(self) -> str:
        return "The message of your painting was deleted, so it was stopped. Ask for it again with /stylize."


class PaintingGivenUp(AtelierError):
    def __str__(self) -> str:
        return "This painting was begun many times and never came to its end. Try other pictures, or a smaller size."


class PaintingUnreadable(AtelierError):
    def __str__(self) -> str:
        return "Atelier cannot read the finished painting from its disk; it has been noted. Send /stylize again."


class DownloadError(AtelierError):
    """A picture that cannot be fetched."""


class ForeignHost(DownloadError):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"{self.name} isn't hosted on Discord. Attach the picture itself."


class AttachmentGone(DownloadError):
    def __init__(self, name: str, status: int) -> None:
        super().__init__(name, status)
        self.name = name
        self.status = status

    def __str__(self) -> str:
        return (
            f"{self.name} is no longer on Discord, or its link has expired (Discord answers {self.status}). "
            "Attach it, or copy its link again."
        )


class DownloadFailed(DownloadError):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"{self.name} could not be fetched from Discord. Try again in a moment."


class Undeliverable(AtelierError):
    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return f"The finished painting could not be posted: {self.problem}."


class DatabaseAway(AtelierError):
    """The database fails while the bot runs; what it had written down stays."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return (
            "Atelier cannot use its database at the moment. Paintings that it has accepted are not lost. "
            "Try again in a few minutes."
        )


class DatabaseTaken(AtelierError):
    def __init__(self, place: str) -> None:
        super().__init__(place)
        self.place = place

    def __str__(self) -> str:
        return (
            f"This bot lost its connection to the database {self.place}, and another bot is using it now. "
            "This one has stopped and leaves the paintings to the other: run only one bot per database."
        )


class DatabaseUsedMeanwhile(AtelierError):
    def __init__(self, place: str) -> None:
        super().__init__(place)
        self.place = place

    def __str__(self) -> str:
        return (
            f"While this bot had no connection to the database {self.place}, another bot worked on its paintings. "
            "Start this one again to resume what is left."
        )


class StartError(AtelierError):
    """The bot cannot begin."""


class TokenMissing(StartError):
    def __str__(self) -> str:
        return (
            "There is no bot token. Set ATELIER_DISCORD__TOKEN to the token "
            "of the Bot page at https://discord.com/developers/applications."
        )


class TokenMalformed(StartError):
    def __str__(self) -> str:
        return (
            "The bot token has a line break, a space or another character in it that no token has. "
            "Copy it anew from the Bot page at https://discord.com/developers/applications (there it can be reset) "
            "and set ATELIER_DISCORD__TOKEN to nothing else."
        )


class TokenRefused(StartError):
    def __str__(self) -> str:
        return (
            "Discord refuses the bot token. Reset it on the Bot page at "
            "https://discord.com/developers/applications and set ATELIER_DISCORD__TOKEN to the new one."
        )


class WorkerUserUnusable(StartError):
    def __init__(self, user: str, problem: str) -> None:
        super().__init__(user, problem)
        self.user = user
        self.problem = problem

    def __str__(self) -> str:
        return (
            f"Workers can't run as {self.user}: {self.problem}. "
            "Set ATELIER_ENGINE__USER to a user of this machine, or leave it out."
        )


class AlreadyRunning(StartError):
    def __init__(self, data_dir: Path) -> None:
        super().__init__(data_dir)
        self.data_dir = data_dir

    def __str__(self) -> str:
        return (
            f"Another bot is using the data directory {self.data_dir.absolute()}. "
            "Stop it first, or set ATELIER_DATA_DIR to another directory."
        )


class CannotListen(StartError):
    def __init__(self, host: str, port: int, problem: str) -> None:
        super().__init__(host, port, problem)
        self.host = host
        self.port = port
        self.problem = problem

    def __str__(self) -> str:
        return (
            f"Nothing can answer /healthz and /metrics at {self.host}, port {self.port}: {self.problem}. "
            "Set ATELIER_HTTP__PORT to a free port (0 picks one), and ATELIER_HTTP__HOST to an address of this machine."
        )


class DiscordUnreachable(StartError):
    def __init__(self, url: str, problem: str) -> None:
        super().__init__(url, problem)
        self.url = url
        self.problem = problem

    def __str__(self) -> str:
        return f"Discord cannot be reached at {self.url}: {self.problem}. Check the network, and try again."


class DatabaseInUse(StartError):
    def __init__(self, place: str) -> None:
        super().__init__(place)
        self.place = place

    def __str__(self) -> str:
        return (
            f"Another bot is using the database {self.place}. "
            "Stop it first, or set ATELIER_DATABASE_URL to another database."
        )


class DatabaseUnusable(StartError):
    def __init__(self, place: str, problem: str) -> None:
        super().__init__(place, problem)
        self.place = place
        self.problem = problem

    def __str__(self) -> str:
        return (
            f"The database {self.place} cannot be used: {self.problem}. "
            "See that it runs and lets Atelier in, or set ATELIER_DATABASE_URL to another one."
        )


class DatabaseDamaged(StartError):
    def __init__(self, place: str, problem: str) -> None:
        super().__init__(place, problem)
        self.place = place
        self.problem = problem

    def __str__(self) -> str:
        return (
            f"The database {self.place} is damaged: {self.problem}. "
            "Put a backup in its place, or move it away to begin with an empty one."
        )


class DatabaseLocked(StartError):
    def __init__(self, place: str) -> None:
        super().__init__(place)
        self.place = place

    def __str__(self) -> str:
        return (
            f"The database {self.place} is locked by another program, and stays so. "
            "End that program (another Atelier, or a tool that looks into the database), and start again."
        )


class DatabaseNotWritable(StartError):
    def __init__(self, place: str, problem: str) -> None:
        super().__init__(place, problem)
        self.place = place
        self.problem = problem

    def __str__(self) -> str:
        return (
            f"The database {self.place} cannot be written to: {self.problem}. "
            "See that Atelier's user may write to the file and its folder, and that the disk has room."
        )


class DatabaseTooNew(StartError):
    def __init__(self, place: str, revision: str) -> None:
        super().__init__(place, revision)
        self.place = place
        self.revision = revision

    def __str__(self) -> str:
        return (
            f"The database {self.place} was made by a newer version of Atelier (revision {self.revision}). "
            "Start that version, or put a backup from before the upgrade in its place."
        )


class DatabaseDriverMissing(StartError):
    def __str__(self) -> str:
        return (
            "PostgreSQL needs an extra that is not installed. Install it with `pip install atelier-bot[postgres]`, "
            "or leave ATELIER_DATABASE_URL out to use SQLite."
        )
