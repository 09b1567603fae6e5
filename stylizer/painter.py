"""The painter: paints from coarse to fine, and reports every optimizer step."""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from stylizer.color import is_gray, match_luminance, merge_luminance, to_luminance
from stylizer.errors import NoRoomForPainter, OutOfMemory
from stylizer.events import THUMBNAIL_PX, Event, Finished, Losses, PictureFormat, Progress, Started
from stylizer.gif import DEFAULT_GIF_LIMIT_BYTES, EFFORTS, NO_GIF, make_gif
from stylizer.hardware import (
    canvas_memory,
    choose_precision,
    configure_devices,
    device_name,
    is_out_of_memory,
    peak_memory_bytes,
)
from stylizer.images import Picture, encode_preview, encode_within, fit_size, resize
from stylizer.memory import WARM_PAINTER
from stylizer.objective import Objective
from stylizer.optimizers import make_optimizer
from stylizer.recipe import Recipe, load_recipe
from stylizer.start import content_share, first_canvas, with_contrast
from stylizer.style import Style
from stylizer.vgg16 import VGG16
from stylizer.weights import SHIPPED, Weights, load_weights

_PREVIEW_SECONDS = 1.0
# Computing the targets and the first evaluation take about as long as this many steps.
_STEPS_TO_AIM = 1.5
# First guess of the share of a step's time that grows with the pixels: on a CPU nearly all of it does, on a GPU at
# small sizes hardly any.
_GROWING_SHARE = 0.65

Colors = Literal["painted", "kept", "gray"]
"""A painting's colors: as painted, the content's own, or none."""

_Rgb = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class CanvasScale:
    """One scale of a painting: the canvas's size, and its optimizer steps."""

    width_px: int
    height_px: int
    steps: int

    @property
    def pixels(self) -> int:
        """Pixels of the canvas."""
        return self.width_px * self.height_px


def plan_scales(recipe: Recipe, *, width_px: int, height_px: int) -> tuple[CanvasScale, ...]:
    """The recipe's scales for a canvas of that size, coarsest first.

    The coarsest scale decides how large the strokes are, so for a larger painting a recipe of several scales gets
    coarser ones, each with half the side and as many steps as its own first. Scales that would be smaller than the
    recipe's smallest are painted at that size, and scales of the same size are merged. A style strength of 0 leaves the
    content as it is, in one step.
    """
    if recipe.style_strength == 0:
        return (CanvasScale(width_px, height_px, 1),)
    longest_side_px = max(width_px, height_px)
    smallest_px = max(
        recipe.scaling.smallest_px,
        math.ceil(recipe.scaling.narrowest_px * longest_side_px / min(width_px, height_px)),
    )
    fractions = [scale.fraction for scale in recipe.scales]
    steps = [scale.steps for scale in recipe.scales]
    while len(recipe.scales) > 1 and longest_side_px * fractions[0] >= 2 * recipe.scaling.coarsest_px:
        fractions.insert(0, fractions[0] / 2)
        steps.insert(0, steps[0])
    scales: list[CanvasScale] = []
    for fraction, scale_steps in zip(fractions, steps, strict=True):
        side_px = min(max(round(longest_side_px * fraction), smallest_px), longest_side_px)
        size = fit_size(width_px, height_px, longest_side_px=side_px)
        if scales and (scales[-1].width_px, scales[-1].height_px) == size:
            scales[-1] = replace(scales[-1], steps=scales[-1].steps + scale_steps)
        else:
            scales.append(CanvasScale(*size, scale_steps))
    return tuple(scales)


class Painter:
    """A warm painter: its constructor loads the network and traces the default recipe's graph."""

    def __init__(
        self,
        *,
        weights: str | Weights = SHIPPED,
        precision: str = "auto",
        threads: int | None = None,
    ) -> None:
        """Load `weights` (values, or a source as in `load_weights`) at `precision` (`auto`, `float32`, `bfloat16`).

        Raises `WeightsError`, `UnknownPrecision` and `NoRoomForPainter`.
        """
        values = load_weights(weights) if isinstance(weights, str) else weights
        configure_devices(threads=threads)
        self.precision = choose_precision(precision)
        self.device = device_name()
        self.network = VGG16(values, compute_dtype=tf.as_dtype(self.precision))
        self._objectives: dict[tuple[object, ...], Objective] = {}
        try:
            self.warm_up(load_recipe())
        except (tf.errors.OpError, MemoryError) as error:
            if is_out_of_memory(error):
                raise NoRoomForPainter(WARM_PAINTER.writable_bytes // 10**6) from error
            raise
        self.canvas_memory = canvas_memory(self.precision)
        """What a canvas takes beyond the warm painter; None if that isn't this process's memory."""

    def paint(
        self,
        content: Picture,
        style: Picture,
        *,
        recipe: Recipe,
        seed: int = 0,
        picture_format: PictureFormat = "png",
        painting_limit_bytes: int | None = None,
        gif_limit_bytes: int = DEFAULT_GIF_LIMIT_BYTES,
    ) -> Generator[Event, None, None]:
        """Yield `Started`, a `Progress` per optimizer step and `Finished`; closing the generator stops it.

        The painting has the content's aspect ratio, `recipe.longest_side_px` on its longest side, and the content's
        transparency. Seed 0 starts from the content picture and sees the whole style; every other seed adds large blots
        of the style's colors to the start, and sees a part of the style from nearer or farther. The same pictures,
        recipe, seed, precision and machine give the same bytes. The painting's file takes at most
        `painting_limit_bytes` (see `encode_within`), the timelapse GIF at most `gif_limit_bytes`; with
        0 there is none.

        Raises `OutOfMemory` if the canvas doesn't fit the device's memory.
        """
        width_px, height_px = fit_size(content.width_px, content.height_px, longest_side_px=recipe.longest_side_px)
        if self.canvas_memory is not None:
            self.canvas_memory.check(width_px=width_px, height_px=height_px)
        try:
            painting = _Painting(self, content, style, width_px, height_px, recipe=recipe, seed=seed)
            yield from painting.paint(
                picture_format=picture_format,
                painting_limit_bytes=painting_limit_bytes,
                gif_limit_bytes=gif_limit_bytes,
            )
        except (tf.errors.OpError, MemoryError) as error:
            if is_out_of_memory(error):
                raise OutOfMemory(width_px, height_px) from error
            raise

    def objective_for(self, recipe: Recipe) -> Objective:
        """The objective for the recipe's graph, traced on first use."""
        key = Objective.key(recipe)
        if key not in self._objectives:
            self._objectives[key] = Objective(self.network, recipe)
        return self._objectives[key]

    def warm_up(self, recipe: Recipe) -> None:
        """Trace the recipe's graph now, which takes about a second, rather than in its first painting."""
        canvas = tf.zeros((1, 32, 32, 3))
        objective = self.objective_for(recipe)
        objective.aim(canvas, canvas, recipe)
        objective(canvas)


class _Painting:
    """One painting in progress."""

    def __init__(
        self,
        painter: Painter,
        content: Picture,
        style: Picture,
        width_px: int,
        height_px: int,
        *,
        recipe: Recipe,
        seed: int,
    ) -> None:
        self._began = time.perf_counter()
        self._painter = painter
        self._seed = seed
        self._width_px = width_px
        self._height_px = height_px
        self._enlargement = max(1.0, max(width_px, height_px) / max(content.width_px, content.height_px))
        self._scales = plan_scales(recipe, width_px=width_px, height_px=height_px)
        self._steps = sum(scale.steps for scale in self._scales)
        self._content = _to_float(content.rgb)
        self._style = Style.of(
            style,
            recipe.style_picture,
            longest_side_px=max(width_px, height_px) * recipe.style_picture.scale,
            seed=seed,
        )
        self._content_thumbnail = encode_preview(content.rgb, alpha=content.alpha, longest_side_px=THUMBNAIL_PX)
        self._style_thumbnail = encode_preview(style.rgb, alpha=style.alpha, longest_side_px=THUMBNAIL_PX)
        colors: Colors = "painted"
        if recipe.keep_colors:
            colors = "kept"
            self._content = to_luminance(self._content)
            self._style = replace(
                self._style, rgb=match_luminance(to_luminance(self._style.rgb), self._content, self._style.opacity)
            )
        elif is_gray(content.rgb) and is_gray(style.rgb):
            colors = "gray"
        self._full = _View(content, width_px=width_px, height_px=height_px, colors=colors)
        small = fit_size(width_px, height_px, longest_side_px=min(EFFORTS[0].longest_side_px, max(width_px, height_px)))
        self._small = _View(content, width_px=small[0], height_px=small[1], colors=colors)
        self._target = with_contrast(self._content, recipe.start, strength=recipe.style_strength)
        self._recipe = recipe.with_overrides(
            content_weight=recipe.content_weight * content_share(self._content, recipe.start)
        )
        self._frames: list[NDArray[np.uint8]] = []
        moments = np.linspace(0, self._steps, min(EFFORTS[0].frames, self._steps + 1))
        self._frame_steps = {round(moment) for moment in moments}
        self._step = 0
        self._step_times = _StepTimes()
        self._losses = Losses(content=0.0, style=0.0, total_variation=0.0, total=0.0)
        self._last_preview = -_PREVIEW_SECONDS

    def paint(
        self, *, picture_format: PictureFormat, painting_limit_bytes: int | None, gif_limit_bytes: int
    ) -> Generator[Event, None, None]:
        yield Started(
            recipe=self._recipe.name,
            width_px=self._width_px,
            height_px=self._height_px,
            steps=self._steps,
            scales=tuple((scale.width_px, scale.height_px) for scale in self._scales),
            seed=self._seed,
            precision=self._painter.precision,
            device=self._painter.device,
        )
        self._frames.append(_to_bytes(self._small.render(self._content)))
        if self._recipe.style_strength == 0:
            canvas = self._content
            self._step = 1
            yield self._progress(1, canvas, seconds_left=0.0)
        else:
            canvas = self._start()
            for number, scale in enumerate(self._scales, start=1):
                canvas = yield from self._paint_scale(number, scale, canvas)
        encoded = encode_within(
            self._full.render(canvas), self._full.alpha, picture_format=picture_format, limit_bytes=painting_limit_bytes
        )
        thumbnail = encode_preview(self._small.render(canvas), alpha=self._small.alpha, longest_side_px=THUMBNAIL_PX)
        gif = NO_GIF
        if gif_limit_bytes:
            gif = make_gif(self._frames, alpha=self._small.alpha, limit_bytes=gif_limit_bytes)
        yield Finished(
            painting=encoded.encoded,
            picture_format=encoded.picture_format,
            gif=gif.encoded,
            gif_frames=gif.frames,
            recipe=self._recipe.name,
            width_px=encoded.width_px,
            height_px=encoded.height_px,
            steps=self._steps,
            seed=self._seed,
            seconds=time.perf_counter() - self._began,
            losses=self._losses,
            precision=self._painter.precision,
            device=self._painter.device,
            peak_memory_bytes=peak_memory_bytes(),
            content_thumbnail=self._content_thumbnail,
            style_thumbnail=self._style_thumbnail,
            enlargement=self._enlargement,
            thumbnail=thumbnail,
        )

    def _paint_scale(self, number: int, scale: CanvasScale, canvas: _Rgb) -> Generator[Event, None, _Rgb]:
        scale_began = time.perf_counter()
        content = resize(self._target, width_px=scale.width_px, height_px=scale.height_px)
        start = resize(canvas, width_px=scale.width_px, height_px=scale.height_px)
        if self._recipe.style_strength < 1:
            start = content + np.float32(self._recipe.style_strength**self._recipe.strength.weak_painted_power) * (
                start - content
            )
        style = self._style_for(scale)
        opacity = None if style.opacity is None else _to_batch(style.opacity)
        objective = self._painter.objective_for(self._recipe)
        objective.aim(_to_batch(content), _to_batch(style.rgb), self._recipe, opacity=opacity)
        optimizer = make_optimizer(self._recipe, objective, _to_batch(start))
        for step in range(1, scale.steps + 1):
            evaluation = optimizer.step()
            self._step += 1
            self._losses = evaluation.losses
            self._step_times.record(scale, (time.perf_counter() - scale_began) / (step + _STEPS_TO_AIM))
            painted: _Rgb = optimizer.picture[0].numpy()
            seconds_left = self._step_times.seconds_left(scale.steps - step, scale, self._scales[number:])
            yield self._progress(number, painted, seconds_left=seconds_left)
        return painted

    def _progress(self, number: int, canvas: _Rgb, *, seconds_left: float) -> Progress:
        return Progress(
            step=self._step,
            steps=self._steps,
            scale=number,
            scales=len(self._scales),
            losses=self._losses,
            elapsed_seconds=time.perf_counter() - self._began,
            seconds_left=seconds_left,
            preview=self._capture(canvas),
        )

    def _start(self) -> _Rgb:
        """The canvas before the first step, at the size of the coarsest scale."""
        scale = self._scales[0]
        content = resize(self._target, width_px=scale.width_px, height_px=scale.height_px)
        return first_canvas(content, self._style_for(scale).colors, recipe=self._recipe, seed=self._seed)

    def _style_for(self, scale: CanvasScale) -> Style:
        """The style at this canvas's scale."""
        return self._style.scaled(max(scale.width_px, scale.height_px) * self._recipe.style_picture.scale)

    def _capture(self, canvas: _Rgb) -> bytes | None:
        """Keep a frame for the GIF if one is due, and return a preview if one is due."""
        frame_is_due = self._step in self._frame_steps
        preview_is_due = time.perf_counter() - self._last_preview >= _PREVIEW_SECONDS
        if not (frame_is_due or preview_is_due):
            return None
        picture = self._small.render(canvas)
        if frame_is_due:
            self._frames.append(_to_bytes(picture))
        if not preview_is_due:
            return None
        self._last_preview = time.perf_counter()
        return encode_preview(picture, alpha=self._small.alpha)


class _StepTimes:
    """How long a step takes at each size, learned while painting."""

    def __init__(self) -> None:
        self._seconds: dict[int, float] = {}

    def record(self, scale: CanvasScale, seconds_per_step: float) -> None:
        """Remember the time of a step at this scale."""
        self._seconds[scale.pixels] = seconds_per_step

    def seconds_left(self, steps: int, scale: CanvasScale, finer: Sequence[CanvasScale]) -> float:
        """The time for this many more steps at this scale, and for the finer scales after it."""
        later = sum(self._at(other) * (other.steps + _STEPS_TO_AIM) for other in finer)
        return steps * self._at(scale) + later

    def _at(self, scale: CanvasScale) -> float:
        """Seconds per step: measured, or extrapolated from the two finest scales that were."""
        if scale.pixels in self._seconds:
            return self._seconds[scale.pixels]
        (pixels, seconds), *coarser = sorted(self._seconds.items(), reverse=True)
        if coarser:
            other_pixels, other_seconds = coarser[0]
            slope = max(0.0, (seconds - other_seconds) / (pixels - other_pixels))
        else:
            slope = _GROWING_SHARE * seconds / pixels
        return seconds + slope * (scale.pixels - pixels)


class _View:
    """Shows a canvas at one size, in its final colors and with the content's transparency."""

    def __init__(self, content: Picture, *, width_px: int, height_px: int, colors: Colors) -> None:
        self._width_px = width_px
        self._height_px = height_px
        self._is_gray = colors == "gray"
        self._kept: _Rgb | None = None
        if colors == "kept":
            self._kept = resize(_to_float(content.rgb), width_px=width_px, height_px=height_px)
        self._opacity: _Rgb | None = None
        if content.alpha is not None:
            self._opacity = resize(_to_float(content.alpha)[..., None], width_px=width_px, height_px=height_px)

    @property
    def alpha(self) -> NDArray[np.uint8] | None:
        """The content's transparency, (height, width); None if it is opaque."""
        return None if self._opacity is None else _to_bytes(self._opacity[..., 0])

    def render(self, canvas: _Rgb) -> _Rgb:
        """Show a canvas of any size, (height, width, 3) float32 from 0 to 1, at this view's size."""
        picture = resize(canvas, width_px=self._width_px, height_px=self._height_px)
        if self._is_gray:
            return to_luminance(picture)
        return picture if self._kept is None else merge_luminance(picture, self._kept)


def _to_float(values: NDArray[np.uint8]) -> _Rgb:
    return values.astype(np.float32) / np.float32(255)


def _to_bytes(values: _Rgb) -> NDArray[np.uint8]:
    return np.clip(np.rint(values * 255), 0, 255).astype(np.uint8)


def _to_batch(rgb: _Rgb) -> tf.Tensor:
    return tf.constant(rgb[None])
