"""What members ask for, as plain facts: no interaction, no message, only what was said and where."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from bot.gallery.style import Style
from bot.messages.address import Address
from bot.painting.job import Cell, Input, Job, PaintingOptions, Variation
from bot.sources.picture import SentPicture

Shape: TypeAlias = tuple[int, int]
"""A picture's width and height; only their ratio matters."""
SQUARE: Shape = (1, 1)
"""The shape of a picture of unknown shape, as avatars and stickers have it."""

Acknowledge: TypeAlias = Callable[[], Awaitable[int | None]]
"""Acknowledges the request to Discord. Returns the ID of the deferred message, if Discord returned one.

Raises `discord.HTTPException` when Discord refuses, and a network error when nobody knows whether it arrived.
"""


@dataclass(frozen=True, slots=True)
class ChosenStyle:
    """A style that a member chose."""

    source: SentPicture | Style | Input
    """A picture, a style of the gallery, or a picture that is in the store already."""
    weight: float = 1.0
    """Its share in a blend."""


@dataclass(frozen=True, slots=True)
class PaintingRequest:
    """A picture and its styles, and how to paint it: once in all of them, or as a board of several small paintings."""

    owner_id: int
    address: Address
    options: PaintingOptions
    """Of a board: how its paintings are painted large."""
    content: SentPicture | Input
    """Sent now, or in the store already."""
    styles: tuple[ChosenStyle, ...]
    """Empty if the member is to choose one."""
    mask: SentPicture | None = None
    """Where to paint; None for everywhere."""
    cells: tuple[Cell, ...] = ()
    """What a board paints."""
    wants_timelapse: bool = True
    locale: str | None = None
    """The language to answer in, as Discord names it: `en-US`, `de` …"""
    challenge_id: str | None = None
    """The challenge that it is for, if any."""
    like: Job | None = None
    """The job whose styles it takes over, if a member asked for a painting like that one."""


@dataclass(frozen=True, slots=True)
class ShownPicture:
    """A picture on a card on Discord."""

    url: str
    shape: Shape | None = None


@dataclass(frozen=True, slots=True)
class VariationRequest:
    """The pictures of an earlier job again, slightly different."""

    origin_id: str
    variation: Variation
    owner_id: int
    address: Address
    origin_url: str | None = None
    """Link to the message of the earlier job, if it has one that others can see."""
    shown: tuple[ShownPicture, ...] = ()
    """The pictures that message shows as thumbnails: the content and the styles, if there are as many."""
    wants_timelapse: bool = True
    locale: str | None = None
    number: int | None = None
    """Which painting of a board it is about."""
    styles: tuple[Style, ...] = ()
    """The styles of a new board, or another style of an edited painting."""
    options: PaintingOptions | None = None
    """How an edited painting is painted."""
    challenge_id: str | None = None
    """The challenge that it is for, if any."""


@dataclass(frozen=True, slots=True)
class ChoiceRequest:
    """The style that a member chose for a job of theirs."""

    job_id: str
    member_id: int
    address: Address
    """Of the press: its token edits the message where they were asked."""
    message_id: int
    style: Style


@dataclass(frozen=True, slots=True)
class RedeliveryRequest:
    """A finished painting that Discord refused earlier, to be shown in another place."""

    job_id: str
    owner_id: int
    address: Address
