"""A job: its request, its states and the transitions between them, and the variations of its result."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal, TypeAlias, cast

from bot.errors import Superseded
from bot.messages.address import Address, Press, message_url
from stylizer.pool import PictureRole, shares_of
from stylizer.recipe import DEFAULT_RECIPE, MAX_STYLE_STRENGTH, Recipe, load_recipe

MIN_STYLE_STRENGTH = 0.0
"""Leaves the photograph unchanged."""
STRENGTH_STEP = 0.25
"""One press of "stronger" or "weaker": a visible change, and four presses reach the limit."""

MAX_SEED = 2**31 - 1

AS_CONTENT = 0
"""A size in pixels that means: as large as the content picture."""

HD_RECIPE = "hd"

CELLS_PER_PAINTING = 6
"""How many small paintings of a board take about as long as one painting."""

InputRole: TypeAlias = Literal["content", "style", "start", "mask"]
"""`start` is the painting that it continues, `mask` says where to paint."""
ResultKind: TypeAlias = Literal["painting", "timelapse", "thumbnail", "sheet", "cell"]
"""A board has a sheet, which shows its cells, and a painting for each cell."""


class JobKind(StrEnum):
    """What a job makes."""

    PAINTING = "painting"
    BOARD = "board"
    """A sheet of several small paintings, to choose from."""


class JobState(StrEnum):
    """How far a job has come."""

    FETCHING = "fetching"
    """Accepted; its pictures are still only on Discord."""
    CHOOSING = "choosing"
    """Its content is stored, and its owner chooses a style. It is in no queue, and counts against no limit."""
    WAITING = "waiting"
    PAINTING = "painting"
    PAINTED = "painted"
    """Its results are stored, and not delivered yet."""
    DELIVERED = "delivered"
    CANCELED = "canceled"
    FAILED = "failed"
    DELETED = "deleted"
    """Its owner or a moderator deleted the painting."""


UNFINISHED_STATES = frozenset({JobState.FETCHING, JobState.WAITING, JobState.PAINTING, JobState.PAINTED})


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of a job's state."""

    state: JobState
    """The state it leads to."""
    follows: frozenset[JobState]
    """The states it starts from."""


TRANSITIONS: Mapping[str, Transition] = {
    "fetched": Transition(JobState.WAITING, frozenset({JobState.FETCHING, JobState.WAITING})),
    "content_fetched": Transition(JobState.CHOOSING, frozenset({JobState.FETCHING, JobState.CHOOSING})),
    "chosen": Transition(JobState.WAITING, frozenset({JobState.CHOOSING})),
    "started": Transition(JobState.PAINTING, frozenset({JobState.WAITING, JobState.PAINTING})),
    "requeued": Transition(JobState.WAITING, frozenset({JobState.PAINTING, JobState.WAITING})),
    "cell_painted": Transition(JobState.PAINTING, frozenset({JobState.WAITING, JobState.PAINTING})),
    "worker_lost": Transition(JobState.WAITING, frozenset({JobState.PAINTING, JobState.WAITING})),
    "painted": Transition(JobState.PAINTED, frozenset({JobState.WAITING, JobState.PAINTING, JobState.PAINTED})),
    "delivered": Transition(JobState.DELIVERED, frozenset({JobState.PAINTED, JobState.DELIVERED})),
    "canceled": Transition(JobState.CANCELED, UNFINISHED_STATES | {JobState.CHOOSING, JobState.CANCELED}),
    "failed": Transition(JobState.FAILED, UNFINISHED_STATES | {JobState.CHOOSING, JobState.FAILED}),
    "redelivered": Transition(JobState.PAINTED, frozenset({JobState.FAILED})),
    "deleted": Transition(
        JobState.DELETED, frozenset({JobState.PAINTED, JobState.DELIVERED, JobState.FAILED, JobState.DELETED})
    ),
}
"""Every change of state, by the name of the method of `Job` that makes it.

The row decides: `JobRecords.save` refuses a transition if the row is in none of the states that it follows.
Most may follow their own state, because a write whose confirmation was lost is repeated. `chosen` and `redelivered` may
not: of two presses, the second is refused. `painted` and `cell_painted` follow `WAITING`, because a shutdown requeues a
job whose last strokes may still be painted. `deleted` follows `FAILED`: a painting that couldn't be delivered is kept.
`settled` isn't here: it changes no state, and may follow any.
"""


class Colors(StrEnum):
    """Whose colors a painting has, as recipes call them."""

    STYLE = "style"
    KEEP = "content"
    """The content's own: only light and dark are painted."""
    MATCH = "matched"
    """The style's, moved to the content's before painting."""
    ONLY = "only"
    """The content picture gets the style's, and nothing is painted."""


class Start(StrEnum):
    """What a painting begins with, as recipes call it."""

    CONTENT = "content"
    NOISE = "noise"
    """Noise in the style's colors."""


class Variation(StrEnum):
    """What a button on a result asks for."""

    AGAIN = "again"
    STRONGER = "stronger"
    WEAKER = "weaker"
    HD = "hd"
    SWAP = "swap"
    COLORS = "colors"
    """In the content's own colors; or in the style's, if it kept the content's."""
    MORE_STEPS = "more_steps"
    """The painting itself again, painted on at its own size."""
    EDIT = "edit"
    """With what a member changed in a form."""
    RETRY = "retry"
    """The same again, after a failure or a cancellation."""
    CHOICE = "choice"
    """A painting of a board, large."""
    MORE = "more"
    """A board around one painting of a board."""
    NEW_BOARD = "new_board"
    """A board of other styles."""
    LIKE = "like"
    """Another picture, painted as an entry of a challenge was."""


@dataclass(frozen=True, slots=True)
class PaintingOptions:
    """How to paint: what a member chose, before it becomes a recipe."""

    recipe_name: str = DEFAULT_RECIPE
    size_px: int | None = None
    """The painting's longest side; None for the recipe's own. `AS_CONTENT` until the content picture is known."""
    style_strength: float = 1.0
    stroke_size: float = 1.0
    """How large strokes are, relative to the recipe's own."""
    colors: Colors = Colors.STYLE
    seed: int = 0
    """Which variation to paint; the same seed gives the same painting, and 0 is the plain one."""
    start: Start = Start.CONTENT
    spare_faces: bool = False
    """Whether faces stay recognizable."""

    @property
    def is_painted(self) -> bool:
        """Whether a canvas is painted, as `Recipe.is_painted` says it."""
        return self.style_strength != 0 and self.colors is not Colors.ONLY

    def recipe(self) -> Recipe:
        """The recipe with these choices applied. Raises `UnknownRecipe` or `InvalidRecipe`."""
        recipe = load_recipe(
            self.recipe_name,
            longest_side_px=self.size_px,
            style_strength=self.style_strength,
            colors=None if self.colors is Colors.STYLE else self.colors.value,
        )
        if self.stroke_size != 1:
            recipe = recipe.with_overrides(style_picture={"scale": recipe.style_picture.scale * self.stroke_size})
        return recipe if self.start is Start.CONTENT else recipe.with_overrides(start={"picture": self.start.value})

    def varied(self, variation: Variation) -> PaintingOptions:
        """Return the options of this variation; the same ones if it changes no option."""
        match variation:
            case Variation.AGAIN:
                return replace(self, seed=1 + secrets.randbelow(MAX_SEED))
            case Variation.STRONGER:
                return replace(self, style_strength=min(self.style_strength + STRENGTH_STEP, MAX_STYLE_STRENGTH))
            case Variation.WEAKER:
                return replace(self, style_strength=max(self.style_strength - STRENGTH_STEP, MIN_STYLE_STRENGTH))
            case Variation.HD:
                larger = self.size_px is not None and self.size_px > load_recipe(HD_RECIPE).longest_side_px
                return replace(self, recipe_name=HD_RECIPE, size_px=self.size_px if larger else None)
            case Variation.COLORS:
                return replace(self, colors=Colors.STYLE if self.colors is Colors.KEEP else Colors.KEEP)
            case _:
                return self


@dataclass(frozen=True, slots=True)
class Input:
    """A picture that a job paints from."""

    role: InputRole
    position: int = 0
    """Its place among the inputs of the same role."""
    sha256: str | None = None
    """The name of its file in the store, once it is downloaded."""
    weight: float = 1.0
    """Its share among the inputs of the same role."""
    url: str | None = None
    """Where to download it from; None for a picture that is already in the store."""
    size_bytes: int = 0
    """As Discord declares it; 0 if unknown."""
    thumbnail_sha256: str | None = None
    """The name of a small JPEG of it, once a worker has made one."""
    name: str | None = None
    """The file's name on its sender's machine."""
    is_spoiler: bool = False
    """Whether its sender marked it as a spoiler: everything painted from it is one too."""
    width_px: int | None = None
    """None if its size in pixels is unknown, like `height_px`."""
    height_px: int | None = None

    @property
    def shape(self) -> tuple[int, int] | None:
        """Width and height in pixels, if they are known."""
        return (self.width_px, self.height_px) if self.width_px and self.height_px else None


@dataclass(frozen=True, slots=True)
class Result:
    """A file that a job produced."""

    kind: ResultKind
    media_type: str
    """`image/png`, for example."""
    sha256: str
    """The name of the file in the store."""
    position: int = 0
    """Its place among the results of the same kind: a cell's number on its board, from 1."""
    size_bytes: int | None = None
    """None for results from before this was recorded."""
    width_px: int | None = None
    """None if the size in pixels is unknown, like `height_px`."""
    height_px: int | None = None

    def is_smaller_than(self, options: PaintingOptions) -> bool:
        """Whether a painting with these options can go on from this one."""
        return max(self.width_px or 0, self.height_px or 0) < options.recipe().longest_side_px


@dataclass(frozen=True, slots=True)
class Cell:
    """One of the small paintings of a board."""

    style_position: int
    """Which of the job's styles it is painted in."""
    options: PaintingOptions


@dataclass(frozen=True, slots=True)
class Before:
    """How an edited painting was painted before."""

    options: PaintingOptions
    is_other_style: bool = False
    """Whether it was in another style."""


@dataclass(frozen=True, slots=True)
class Unsaved:
    """What a job's transitions have changed since it was last saved."""

    follows: frozenset[JobState]
    """The states that the row may be in for them to be saved."""
    fields: frozenset[str]


@dataclass(frozen=True, slots=True)
class Job:
    """One request for a painting, from its acceptance to the outcome on Discord.

    A job is changed by its transitions, which return the changed job; `JobRecords.save` writes what they changed:

        job = await records.save(job.started())

    Each raises `Superseded` if it can't follow the job's state.
    """

    owner_id: int
    address: Address
    inputs: tuple[Input, ...]
    """What it paints from: the content, the styles by position, and perhaps a mask or a start; no style until one is
    chosen."""
    options: PaintingOptions
    kind: JobKind = JobKind.PAINTING
    cells: tuple[Cell, ...] = ()
    """What a board paints, by number; empty for a single painting."""
    job_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    locale: str | None = None
    """The language of the member who asked, as Discord names it (`en-US`, `pt-BR`); None for older jobs."""
    state: JobState = JobState.FETCHING
    is_settled: bool = False
    """Whether the outcome is on Discord: until then a restarted bot resumes the job."""
    starts: int = 0
    """How many times painting it has started: the number of its latest attempt, which no other attempt has."""
    requeues: int = 0
    """How many of its starts ended through no fault of the job."""
    losses: int = 0
    """How many workers died or failed while painting it."""
    results: tuple[Result, ...] = ()
    painting_seconds: float | None = None
    enlargement: float = 1.0
    """How many times the content picture was enlarged to paint it; 1.0 if it wasn't."""
    spared_faces: int | None = None
    """How many faces the painting spares; None if none were looked for."""
    challenge_id: str | None = None
    """The challenge that it was painted for, if any."""
    source_owner_id: int | None = None
    """Who sent the pictures, if it's somebody else's picture or a variation of somebody else's painting.

    It is the owner if another member varied a painting of theirs, perhaps with another style, and they varied that.
    """
    variation: Variation | None = None
    """Which button of another result asked for it; None for a new painting."""
    origin_url: str | None = None
    """Link to the message of the result it varies."""
    origin_number: int | None = None
    """Which painting of a board it varies; None if it varies no board."""
    before: Before | None = None
    """What an edit changed; None for everything else."""
    message_id: int | None = None
    """The message that shows it, once known."""
    message_channel_id: int | None = None
    """Where that message is, if not in the channel it was asked for in: a direct message."""
    press: Press | None = None
    owner_notified: bool = False
    """Whether the owner was mentioned when the painting was done."""
    problem: str | None = None
    """Why it ended without a painting, as its owner reads it."""
    problem_is_private: bool = False
    """Whether only the owner should read it, because something is wrong with what they sent."""
    wants_timelapse: bool = True
    files_deleted_at: datetime | None = None
    """When its painting was deleted early, to make room for others."""
    ended_at: datetime | None = None
    unsaved: Unsaved | None = field(default=None, compare=False, repr=False)

    @property
    def is_spoiler(self) -> bool:
        """Whether one of its pictures is a spoiler: then all pictures of the job are shown as spoilers."""
        return any(picture.is_spoiler for picture in self.inputs)

    @property
    def url(self) -> str | None:
        """Link to the message that shows it; None if that isn't known, or if it can't be linked to."""
        if self.message_id is None:
            return None
        if self.message_channel_id is not None:
            return message_url(None, self.message_channel_id, self.message_id)
        return None if self.is_private else message_url(self.guild_id, self.channel_id, self.message_id)

    @property
    def is_private(self) -> bool:
        """Whether only its owner sees its message."""
        return self.address.is_private

    @property
    def styles(self) -> tuple[Input, ...]:
        """The styles that it is painted in, by position."""
        return tuple(picture for picture in self.inputs if picture.role == "style")

    @property
    def has_owners_style(self) -> bool:
        """Whether its styles are certainly what its owner sent or chose."""
        return self.variation is None or self.source_owner_id is None

    @property
    def is_blend(self) -> bool:
        """Whether it is painted in several styles at once."""
        return len(self.styles) > 1 and not self.cells

    @property
    def shares(self) -> tuple[float, ...]:
        """How much each style counts; they sum to 1. Raises a `BlendError` for weights that can't be blended."""
        return shares_of([style.weight for style in self.styles])

    @property
    def picture_roles(self) -> tuple[PictureRole, ...]:
        """What errors call each of its inputs, in their order: the styles of a blend have numbers."""
        roles = (
            f"style {picture.position + 1}" if self.is_blend and picture.role == "style" else picture.role
            for picture in self.inputs
        )
        return cast("tuple[PictureRole, ...]", tuple(roles))

    @property
    def start(self) -> Input | None:
        """The painting that it continues, if it does."""
        return self._optional("start")

    @property
    def mask(self) -> Input | None:
        """The picture that says where to paint, if there is one."""
        return self._optional("mask")

    @property
    def cost(self) -> int:
        """How many paintings it counts as, for quotas and turns."""
        return max(1, round(len(self.cells) / CELLS_PER_PAINTING))

    @property
    def counted_starts(self) -> int:
        """How many of its starts count against it."""
        return self.starts - self.requeues

    @property
    def guild_id(self) -> int | None:
        """The server it was asked for in; None in a direct message."""
        return self.address.guild_id

    @property
    def channel_id(self) -> int:
        """The channel it was asked for in."""
        return self.address.channel_id

    def input(self, role: InputRole) -> Input:
        """The first input of that role. Raises `LookupError` if there is none."""
        if (picture := self._optional(role)) is None:
            raise LookupError(f"job {self.job_id} has no {role}")
        return picture

    def _optional(self, role: InputRole) -> Input | None:
        return next((picture for picture in self.inputs if picture.role == role), None)

    def result(self, kind: ResultKind, position: int = 0) -> Result | None:
        """The result of that kind at that position, once there is one."""
        return next((result for result in self.results if (result.kind, result.position) == (kind, position)), None)

    @property
    def picture(self) -> Result | None:
        """What its card shows when it is done, once there is one."""
        return self.result("sheet" if self.kind is JobKind.BOARD else "painting")

    def fetched(self, sha256s: Sequence[str]) -> Job:
        """Record that every input is in the store under these names: the job can wait for its turn."""
        return self._after("fetched", inputs=self._stored_as(sha256s))

    def content_fetched(self, sha256s: Sequence[str]) -> Job:
        """Record that every input is in the store under these names, and that its owner can choose a style."""
        return self._after("content_fetched", inputs=self._stored_as(sha256s))

    def chosen(self, style: Input, address: Address, *, message_id: int) -> Job:
        """Record which style its owner chose, and where: from now on it is a job that was asked for there and then."""
        return self._after(
            "chosen",
            inputs=(*self.inputs, style),
            address=address,
            message_id=message_id,
            message_channel_id=None,
            press=None,
            created_at=datetime.now(UTC),
            is_settled=False,
        )

    def started(self) -> Job:
        """Record that a worker begins to paint it."""
        return self._after("started", starts=self.starts + 1)

    def requeued(self) -> Job:
        """Record that its painting stopped through no fault of the job: that start doesn't count against it."""
        return self._after("requeued", requeues=self.requeues + 1)

    def worker_lost(self) -> Job:
        """Record that the worker that painted it died or failed."""
        return self._after("worker_lost", losses=self.losses + 1)

    def cell_painted(self, cell: Result, *, thumbnail_sha256s: Sequence[str | None]) -> Job:
        """Record that a painting of a board is in the store, with the thumbnails that are known so far."""
        others = (result for result in self.results if (result.kind, result.position) != (cell.kind, cell.position))
        return self._after("cell_painted", results=(*others, cell), inputs=self._with_thumbnails(thumbnail_sha256s))

    def painted(
        self,
        results: Sequence[Result],
        *,
        thumbnail_sha256s: Sequence[str | None],
        painting_seconds: float,
        enlargement: float = 1.0,
        spared_faces: int | None = None,
    ) -> Job:
        """Record that its results are in the store, with a thumbnail of every input."""
        return self._after(
            "painted",
            results=tuple(results),
            inputs=self._with_thumbnails(thumbnail_sha256s),
            painting_seconds=painting_seconds,
            enlargement=enlargement,
            spared_faces=spared_faces,
        )

    def delivered(self, *, message_id: int) -> Job:
        """Record that Discord shows the painting; this settles the job."""
        return self._after("delivered", message_id=message_id, ended_at=datetime.now(UTC)).settled()

    def canceled(self, problem: str | None = None) -> Job:
        """Record that somebody stopped it; Discord doesn't show that yet."""
        return self._after("canceled", problem=problem, problem_is_private=False, ended_at=datetime.now(UTC))

    def failed(self, problem: str | None, *, problem_is_private: bool = False) -> Job:
        """Record that it can't be painted or delivered; Discord doesn't show that yet."""
        return self._after("failed", problem=problem, problem_is_private=problem_is_private, ended_at=datetime.now(UTC))

    def redelivered(self, address: Address) -> Job:
        """Record that a painting that couldn't be delivered is on its way to another place."""
        return self._after(
            "redelivered",
            address=address,
            is_settled=False,
            owner_notified=True,  # they asked to see it
            message_id=None,
            message_channel_id=None,
            press=None,
            problem=None,
            problem_is_private=False,
        )

    def deleted(self) -> Job:
        """Record that its painting was deleted; this settles the job, so that nothing shows it again."""
        return self._after("deleted").settled()

    def settled(self) -> Job:
        """Record that its outcome is on Discord, or never will be; forget tokens and links, which only led there."""
        settled = self._changed(self.state, frozenset({self.state}), is_settled=True)
        inputs = tuple(replace(picture, url=None) for picture in self.inputs)
        return replace(settled, address=replace(self.address, token=""), press=None, inputs=inputs)

    def saved(self) -> Job:
        """The same job with nothing left to save."""
        return replace(self, unsaved=None)

    def _stored_as(self, sha256s: Sequence[str]) -> tuple[Input, ...]:
        return tuple(replace(picture, sha256=sha256) for picture, sha256 in zip(self.inputs, sha256s, strict=True))

    def _with_thumbnails(self, sha256s: Sequence[str | None]) -> tuple[Input, ...]:
        return tuple(
            replace(picture, thumbnail_sha256=sha256) for picture, sha256 in zip(self.inputs, sha256s, strict=True)
        )

    def _after(self, name: str, **changes: object) -> Job:
        transition = TRANSITIONS[name]
        if self.state not in transition.follows:
            raise Superseded
        return self._changed(transition.state, transition.follows, **changes)

    def _changed(self, state: JobState, follows: frozenset[JobState], **changes: object) -> Job:
        fields = frozenset(changes)
        if self.unsaved is not None:  # the row is still in the state before the first of them
            follows, fields = self.unsaved.follows, self.unsaved.fields | fields
        changed = {**changes, "state": state, "unsaved": Unsaved(follows, fields)}
        return replace(self, **changed)  # type: ignore[arg-type]  # each transition above names fields of its own
