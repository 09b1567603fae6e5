"""The events of a painting: `Started`, then many `Progress`, then one `Finished`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from stylizer.step_cost import StepCost

PictureFormat: TypeAlias = Literal["png", "jpeg", "webp"]

PICTURE_SUFFIXES: dict[PictureFormat, str] = {"png": ".png", "jpeg": ".jpg", "webp": ".webp"}
"""The suffix of file names, by format."""

THUMBNAIL_PX = 160
"""The longest side of the thumbnails that come with a painting."""


@dataclass(frozen=True, slots=True)
class Losses:
    """The weighted terms of the objective; `total` is their sum.

    A canvas's last step isn't evaluated, so its losses are those of the step before, unless it settled earlier.
    """

    content: float
    style: float
    total_variation: float
    total: float


@dataclass(frozen=True, slots=True)
class Started:
    """The pictures are decoded and the canvas is planned; painting begins."""

    recipe: str
    width_px: int
    height_px: int
    steps: int
    """As planned; a scale that settles before its last step needs fewer."""
    scales: tuple[tuple[int, int], ...]
    """(width_px, height_px) of the canvas at each scale, coarsest first."""
    seed: int
    precision: str
    """`float32`, `bfloat16` or `float16`."""
    device: str
    """The name of what paints, for people: `CPU, 2 threads` or the GPU's name."""
    attempt: int = 1
    """Which attempt of the job this is; an engine's workers fill it in."""


@dataclass(frozen=True, slots=True)
class Progress:
    """One optimizer step is done."""

    step: int
    """1 … `steps`, over all scales."""
    steps: int
    """Those that are done and those still planned: fewer than before if a scale has just settled."""
    scale: int
    """1 … `scales`, coarsest first."""
    scales: int
    losses: Losses
    elapsed_seconds: float
    seconds_left: float | None
    """None until there is something to measure."""
    preview: bytes | None = None
    """The painting so far as JPEG, about once a second; None on the steps between."""
    attempt: int = 1
    """As in `Started`."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The painting, its timelapse GIF and the numbers."""

    painting: bytes
    """Encoded as `picture_format`, without metadata, within the limit that was given."""
    picture_format: PictureFormat
    """The requested one, or WebP if that didn't fit."""
    gif: bytes
    """Empty if none was asked for."""
    gif_frames: int
    recipe: str
    width_px: int
    """Of the painting's file, which is smaller than the canvas if nothing else fit the limit."""
    height_px: int
    steps: int
    """Those that were done."""
    seed: int
    seconds: float
    """Wall time from the decoded pictures to the encoded result."""
    losses: Losses
    precision: str
    device: str
    peak_memory_bytes: int
    """The highest resident memory of the painting process so far."""
    content_thumbnail: bytes
    """The content picture, upright and on white, as a small JPEG."""
    style_thumbnails: tuple[bytes, ...]
    """Each style picture, likewise."""
    enlargement: float = 1.0
    """How many times the content picture was enlarged, along its longest side; 1.0 if it wasn't."""
    attempt: int = 1
    """As in `Started`."""
    faces: int | None = None
    """How many faces the painting spares; None if none were looked for."""
    thumbnail: bytes = b""
    """The painting itself, likewise; empty from a painter that makes none."""
    step_cost: StepCost | None = None
    """How long a step takes by what has been measured so far; None from a painter that measures nothing."""


Event: TypeAlias = Started | Progress | Finished
