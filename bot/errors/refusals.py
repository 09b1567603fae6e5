"""Refusals: why what a member asked for can't be done, and what they can do instead."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from bot.errors.base import AtelierError
from bot.words.values import AnyOf, FirstOf, Permissions, PictureCalled
from bot.words.words import Worded
from stylizer.pool import PictureName, PictureRole

DailyLimitOf = Literal["member", "member here", "server"]


class Refusal(AtelierError):
    """The root of the refusals."""


class AboutPicture(Refusal):
    """A picture that a member sent or chose."""

    picture: PictureRole

    def sentence_fields(self) -> dict[str, object]:
        """The picture by its role or the name of its file."""
        return {**self.fields(), "picture": PictureCalled(PictureName(self.picture))}


class WrongFileType(AboutPicture):
    filename: str


class FileTooLarge(AboutPicture):
    size_bytes: int | None
    limit_bytes: int
    declared: bool = True
    """Whether its size was known before the download; a link's isn't."""

    @property
    def key(self) -> str:
        """By whether its size is known."""
        if self.size_bytes is not None:
            return "file-too-large"
        return "file-too-large-not-as-declared" if self.declared else "file-too-large-undeclared"

    def sentence_fields(self) -> dict[str, object]:
        """The sizes that are known."""
        size = {} if self.size_bytes is None else {"size_bytes": self.size_bytes}
        return {"picture": PictureCalled(PictureName(self.picture)), **size, "limit_bytes": self.limit_bytes}


class NoPictureThere(Refusal):
    """The chosen message shows no picture."""


class VectorSticker(Refusal):
    """The chosen sticker has no pixels."""


class PictureOptions(AboutPicture):
    """A picture that was given by several options, or by none."""

    options: tuple[str, ...]


class NoPictureChosen(PictureOptions):
    def sentence_fields(self) -> dict[str, object]:
        """The options it can be given with."""
        return {**super().sentence_fields(), "options": AnyOf(_as_code(self.options))}


class TooManyPicturesChosen(PictureOptions):
    def sentence_fields(self) -> dict[str, object]:
        """The options it was given with."""
        return {**super().sentence_fields(), "options": _as_code(self.options)}


class PhotoStaysAsItIs(Refusal):
    """A style strength of 0, with options that then make no difference."""

    options: tuple[str, ...]

    def sentence_fields(self) -> dict[str, object]:
        """The options."""
        return {"options": _as_code(self.options)}


class NotAPictureLink(AboutPicture):
    is_message: bool = False

    @property
    def key(self) -> str:
        """By what the link leads to."""
        return "not-a-picture-link-message" if self.is_message else "not-a-picture-link"

    def sentence_fields(self) -> dict[str, object]:
        """The picture alone."""
        return {"picture": PictureCalled(PictureName(self.picture))}


class NoRecentPicture(Refusal):
    messages: int
    sees_all: bool

    @property
    def key(self) -> str:
        """By whether the bot may read every message."""
        return "no-recent-picture" if self.sees_all else "no-recent-picture-visible"

    def sentence_fields(self) -> dict[str, object]:
        """How many messages were looked at."""
        return {"count": self.messages}


class Unreadable(Refusal):
    """What the member or the bot can't read on Discord."""

    permissions: tuple[str, ...] = ()
    """What the bot lacks, where the member can read it."""
    later: bool = False
    """Whether it may be readable soon."""

    @property
    def key(self) -> str:
        """By what is unreadable, and what prevents reading."""
        if self.later:
            return f"{super().key}-later"
        return f"{super().key}-permissions" if self.permissions else super().key

    def sentence_fields(self) -> dict[str, object]:
        """The permissions that are missing."""
        return {"permissions": Permissions(self.permissions)} if self.permissions and not self.later else {}


class ChannelUnreadable(Unreadable):
    """A channel whose messages the bot can't read."""


class HistoryHidden(Refusal):
    """A channel whose earlier messages the member can't read."""


class MessageUnreadable(Unreadable):
    """A linked message that can't be read, or that doesn't exist."""


class NoPictureVisible(Refusal):
    """A linked message in which Discord shows the bot no picture."""


class FormOutdated(Refusal):
    """A form of another version."""


class FormPictureForgotten(Refusal):
    """A form whose picture only an earlier process knew."""


class ButtonOutdated(Refusal):
    """A button or a menu that no current version knows."""


class MissingPermissions(Refusal):
    permissions: tuple[str, ...]

    def sentence_fields(self) -> dict[str, object]:
        """The permissions by Discord's names for them."""
        return {"permissions": Permissions(self.permissions)}


class Full(Refusal):
    """A limit of paintings in the queue or in progress."""

    limit: int
    done: Worded | None = None
    """When one of them is likely to be done."""

    def sentence_fields(self) -> dict[str, object]:
        """The limit, and when one is done, if known."""
        return {"count": self.limit} if self.done is None else {"count": self.limit, "done": self.done}


class TooManyJobs(Full):
    @property
    def key(self) -> str:
        """By whether an estimate is known."""
        return "too-many-jobs" if self.done is None else "too-many-jobs-estimate"


class ServerBusy(Full):
    @property
    def key(self) -> str:
        """By whether an estimate is known."""
        return "server-busy" if self.done is None else "server-busy-estimate"


class QueueFull(Full):
    @property
    def key(self) -> str:
        """By whether an estimate is known."""
        return "queue-full" if self.done is None else "queue-full-estimate"


class DailyLimitReached(Refusal):
    who: DailyLimitOf
    limit: int
    resets_at: datetime

    @property
    def key(self) -> str:
        """By whose limit it is."""
        match self.who:
            case "member":
                return "daily-limit-reached"
            case "member here":
                return "daily-limit-reached-here"
            case "server":
                return "daily-limit-reached-server"

    def sentence_fields(self) -> dict[str, object]:
        """The limit, and when it starts over."""
        return {"count": self.limit, "resets_at": self.resets_at}


class AlreadyAsked(Refusal):
    """The same button was pressed a moment ago."""


class NotYours(Refusal):
    verb: Literal["cancel", "delete", "star", "share"]
    owner_id: int
    source_owner_id: int | None = None
    """Who posted the picture, if not the owner."""

    @property
    def key(self) -> str:
        """By what was tried, and who is allowed to."""
        if self.verb != "delete":
            return f"not-yours-{self.verb}"
        return "not-yours-delete" if self.source_owner_id is None else "not-yours-delete-source-owner"

    def sentence_fields(self) -> dict[str, object]:
        """Who is allowed to."""
        source_owner = {} if self.source_owner_id is None else {"source_owner_id": self.source_owner_id}
        return {"owner_id": self.owner_id, **source_owner}


class VariationsByOwnerOnly(Refusal):
    owner_id: int


class NotYourChoice(Refusal):
    """Somebody else's painting, whose style only its owner chooses."""

    owner_id: int


class AlreadyChosen(Refusal):
    """A painting whose style was chosen already, or that was canceled instead."""


class AlreadyFinished(Refusal):
    """A painting that can't be canceled, because it has ended."""


class TooLateToCancel(Refusal):
    """A painting that is being posted."""


class PausedUntilRestart(Refusal):
    """A painting that this process has given up on."""


class AlreadyDeleted(Refusal):
    """A painting whose record is deleted."""


class MessageNotDeleted(Refusal):
    problem: str
    """What Discord says; empty if it can't be reached."""

    @property
    def key(self) -> str:
        """By whether Discord answers."""
        return "message-not-deleted" if self.problem else "message-not-deleted-unreachable"

    def sentence_fields(self) -> dict[str, object]:
        """What Discord says, if anything."""
        return {"problem": self.problem} if self.problem else {}


class PaintingForgotten(Refusal):
    """A painting whose pictures are gone."""


class TooManyFavorites(Refusal):
    limit: int

    def sentence_fields(self) -> dict[str, object]:
        """How many a member may have."""
        return {"count": self.limit}


class NotInHistory(Refusal):
    """A painting that was deleted, or has expired, since the history was opened."""


class NotAModerator(Refusal):
    """Somebody who may see only their own history."""


class PaintingFilesGone(Refusal):
    """A painting that Atelier remembers, but whose files are deleted."""


class DiskFull(Refusal):
    """No room for more pictures."""


class ChannelNotAllowed(Refusal):
    channels: tuple[str, ...]
    """Mentions of the allowed ones that exist."""

    @property
    def key(self) -> str:
        """By whether any allowed channel exists."""
        return "channel-not-allowed" if self.channels else "channel-not-allowed-gone"

    def sentence_fields(self) -> dict[str, object]:
        """The allowed channels."""
        return {"channels": FirstOf(self.channels, "channels")} if self.channels else {}


class RoleNotAllowed(Refusal):
    roles: tuple[str, ...]
    """Mentions of the allowed ones that exist."""

    @property
    def key(self) -> str:
        """By whether any allowed role exists."""
        return "role-not-allowed" if self.roles else "role-not-allowed-gone"

    def sentence_fields(self) -> dict[str, object]:
        """The allowed roles."""
        return {"roles": FirstOf(self.roles, "roles")} if self.roles else {}


class SizeNotAllowed(Refusal):
    size_px: int
    largest_px: int


class SizeBeyondMemory(Refusal):
    size_px: int
    largest_px: int
    """The longest side that there is memory for; 0 if no size fits."""
    is_masked: bool = False
    """Whether it has a mask or spares faces, which takes more memory."""

    @property
    def key(self) -> str:
        """By whether any size fits, and whether there is a mask."""
        if not self.largest_px:
            return "size-beyond-memory-any"
        return "size-beyond-memory-masked" if self.is_masked else "size-beyond-memory"

    def sentence_fields(self) -> dict[str, object]:
        """Both sizes, if any fits."""
        return {"size_px": self.size_px, "largest_px": self.largest_px} if self.largest_px else {}


class SizeTooLarge(Refusal):
    """A size larger than the painter's maximum on any machine."""

    size_px: int
    largest_px: int


class SizeTooSmall(Refusal):
    size_px: int
    smallest_px: int


class ContentSizeUnknown(Refusal):
    """A painting at the content picture's own size, when Discord doesn't report that size."""


class NoStrokes(Refusal):
    """An option that affects strokes, for a picture that gets only the style's colors."""

    option: Literal["start", "mask", "spare_faces", "vary"]

    @property
    def key(self) -> str:
        """By whether the colors come from the preferences."""
        return "no-strokes-vary" if self.option == "vary" else "no-strokes-option"

    def sentence_fields(self) -> dict[str, object]:
        """The option, unless the key implies it."""
        return {} if self.option == "vary" else {"option": self.option}


class NotAManager(Refusal):
    """Somebody who can't manage the server."""


class NotADailyLimit(Refusal):
    of: Literal["member", "server"]
    maximum: int

    @property
    def key(self) -> str:
        """By whose limit it is."""
        return "not-a-member-limit" if self.of == "member" else "not-a-server-limit"

    def sentence_fields(self) -> dict[str, object]:
        """The largest limit."""
        return {"maximum": self.maximum}


class NothingEdited(Refusal):
    """A form that was sent as it was filled in."""


class NotASeed(Refusal):
    maximum: int

    def sentence_fields(self) -> dict[str, object]:
        """The largest seed as it is typed, without separators."""
        return {"maximum": str(self.maximum)}


class FileBeyondUploadLimit(Refusal):
    size_bytes: int
    limit_bytes: int


class NoShowcase(Refusal):
    is_gone: bool = False
    """Whether there was a showcase channel before."""
    is_bot_absent: bool = False
    """Whether only the member has installed the bot, so that the server can't have one."""

    @property
    def key(self) -> str:
        """By whether there was one, or can be."""
        if self.is_bot_absent:
            return "no-showcase-bot-absent"
        return "no-showcase-gone" if self.is_gone else "no-showcase"

    def sentence_fields(self) -> dict[str, object]:
        """Nothing more."""
        return {}


class SharedElsewhere(Refusal):
    """A painting of another server, or of a direct message."""


class ShowcaseClosed(Refusal):
    channel_id: int
    permissions: tuple[str, ...] = ()
    """Those that the bot lacks there; none if Discord refuses for another reason."""

    @property
    def key(self) -> str:
        """By whether it is known why."""
        return "showcase-closed-permissions" if self.permissions else "showcase-closed"

    def sentence_fields(self) -> dict[str, object]:
        """The channel, and the permissions that are missing."""
        missing = {"permissions": Permissions(self.permissions)} if self.permissions else {}
        return {"channel_id": self.channel_id, **missing}


class SharedBefore(Refusal):
    """A painting that was shared within the last day."""


class ShowcaseNotForAdults(Refusal):
    channel_id: int


class ShuttingDown(Refusal):
    """The bot is shutting down."""


def _as_code(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"`{name}`" for name in names)
