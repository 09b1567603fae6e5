"""The painter: paints from coarse to fine, and reports every optimizer step."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from stylizer.blend import Palette, refuse_repeated, shares_of
from stylizer.color import merge_luminance, to_luminance
from stylizer.colors_only import recolor
from stylizer.errors import NoRoomForPainter, OutOfMemory
from stylizer.events import THUMBNAIL_PX, Event, Finished, Losses, PictureFormat, Progress, Started
from stylizer.faces import FaceDetector
from stylizer.fastest import choose_halving, choose_precision
from stylizer.hardware import canvas_memory, configure_devices, device_name, is_out_of_memory
from stylizer.images import Picture, encode_preview, encode_within, fit_size, resize, to_bytes, to_float
from stylizer.mask import Mask
from stylizer.masked_objective import MaskedCanvas, MaskedObjective
from stylizer.measuring import measure_step_cost
from stylizer.memory import WARM_PAINTER, peak_memory_bytes
from stylizer.objective import Objective, WeightedStyle
from stylizer.optimizers import Optimizer, make_optimizer
from stylizer.originals import Originals, Shown
from stylizer.recipe import Recipe, load_recipe
from stylizer.scales import MAX_WHOLE_PIXELS, ROOMY_WHOLE_PIXELS, plan_scales
from stylizer.start import check_start, content_share, enlarged, first_canvas, with_contrast
from stylizer.step_cost import CanvasScale
from stylizer.step_times import StepTimes
from stylizer.stepping import run_steps
from stylizer.strength import ContentError, boost_of, faded, faded_share, unfaded
from stylizer.style import Style
from stylizer.timelapse import DEFAULT_GIF_LIMIT_BYTES, MAX_FRAMES, make_gif, timelapse_size
from stylizer.vgg16 import VGG16
from stylizer.weights import SHIPPED, Weights, load_weights

_PREVIEW_SECONDS = 1.0

_Rgb = NDArray[np.float32]


class Descent(NamedTuple):
    """What a recipe's pixels minimize, and how."""

    objective: Objective
    optimizer: Optimizer


class Painter:
    """A warm painter: its constructor loads the network and traces the default recipe's graph."""

    def __init__(
        self,
        *,
        weights: str | Weights = SHIPPED,
        precision: str = "auto",
        threads: int | None = None,
        deterministic: bool = True,
    ) -> None:
        """Load `weights` (values, or a source as in `load_weights`) at one of `PRECISIONS`.

        If it isn't `deterministic`, a GPU may use faster kernels, whose results vary in the last digits.

        Raises `WeightsError`, `UnknownPrecision` and `NoRoomForPainter`.
        """
        values = load_weights(weights) if isinstance(weights, str) else weights
        configure_devices(threads=threads, deterministic=deterministic)
        self.precision = choose_precision(precision)
        self.device = device_name()
        self._descents: dict[tuple[object, ...], Descent] = {}
        try:
            halving = choose_halving(self.precision)
            self.network = VGG16(values, compute_dtype=tf.as_dtype(self.precision), halving=halving)
            self.content_error = ContentError(self.network)
            recipe = load_recipe()
            self.warm_up(recipe)
            self.step_cost = measure_step_cost(*self.descent_for(recipe), recipe)
            """How long a step takes; each painting measures it for the next."""
        except (tf.errors.OpError, MemoryError) as error:
            if is_out_of_memory(error):
                raise NoRoomForPainter(WARM_PAINTER.writable_bytes // 10**6) from error
            raise
        self.canvas_memory = canvas_memory(self.precision)
        """What a canvas takes beyond the warm painter; None if that isn't this process's memory."""

    def paint(  # noqa: PLR0913 - one parameter for each option
        self,
        content: Picture,
        *styles: Picture,
        recipe: Recipe,
        weights: Sequence[float] | None = None,
        start: Picture | None = None,
        mask: Picture | None = None,
        spare_faces: bool = False,
        seed: int = 0,
        picture_format: PictureFormat = "png",
        painting_limit_bytes: int | None = None,
        gif_limit_bytes: int = DEFAULT_GIF_LIMIT_BYTES,
        is_canceled: Callable[[], bool] = lambda: False,
    ) -> Generator[Event, None, None]:
        """Yield `Started`, a `Progress` per optimizer step and `Finished`; closing the generator stops it.

        Closing waits for the step that is computed meanwhile; once `is_canceled()`, none is. So a caller that closes at
        the first event after that waits for one step in all.

        The painting has the content's aspect ratio, `recipe.longest_side_px` on its longest side, and the content's
        transparency. Several styles are blended by their `weights`, by default equally. Seed 0 starts from the content
        picture and sees the whole style; every other seed adds large blots of the style's colors to the start, and sees
        a part of the style from nearer or farther. The same pictures, recipe, seed, precision and machine give the same
        bytes, if the painter is deterministic, and a large canvas has the same room: see `CanvasMemory.is_whole`. The
        painting's file takes at most `painting_limit_bytes` (see `encode_within`), the timelapse GIF at most
        `gif_limit_bytes`; with 0 there is none.

        `start` is a painting of the same pictures, at the same style strength, to go on from: only the recipe's scales
        that are larger than it are painted, so that the painting has its structure. One of the same size gets the
        recipe's `more_steps`.

        `mask` says where which style goes, and what stays as it is; see `stylizer/mask.py`. With `spare_faces`, faces
        stay recognizable.

        Where no canvas is painted (with the colors `only`, or a style strength of 0), `recolor` takes over, and ignores
        the start, the mask and faces.

        Raises `BlendError`, `StartTooLarge` or `StartOfAnotherShape`, what `Mask.of` raises, and `OutOfMemory` if the
        canvas doesn't fit the device's memory.
        """
        if not recipe.is_painted:
            yield from recolor(
                content,
                *styles,
                recipe=recipe,
                weights=weights,
                seed=seed,
                picture_format=picture_format,
                painting_limit_bytes=painting_limit_bytes,
                gif_limit_bytes=gif_limit_bytes,
            )
            return
        shares = shares_of([1.0] * len(styles) if weights is None else weights)
        width_px, height_px = fit_size(content.width_px, content.height_px, longest_side_px=recipe.longest_side_px)
        faces = self.face_detector.find(content.rgb) if spare_faces else None
        if self.canvas_memory is not None:
            is_masked = mask is not None or bool(faces)
            memory = self.canvas_memory.masked() if is_masked else self.canvas_memory
            memory.check(width_px=width_px, height_px=height_px, style_scale=recipe.style_picture.scale)
        if start is not None:
            check_start(start, width_px=width_px, height_px=height_px)
        regions = None if mask is None else Mask.of(mask, width_px=width_px, height_px=height_px, shares=shares)
        if regions is None or regions.has_one_region:
            refuse_repeated(styles, shares)
        if faces:
            regions = (regions or Mask.of_everything(width_px=width_px, height_px=height_px)).sparing(faces)
        try:
            blend = list(zip(styles, shares, strict=True))
            painting = _Painting(
                self,
                content,
                blend,
                width_px,
                height_px,
                start=start,
                mask=regions,
                recipe=recipe,
                seed=seed,
                is_canceled=is_canceled,
            )
            yield from painting.paint(
                picture_format=picture_format,
                painting_limit_bytes=painting_limit_bytes,
                gif_limit_bytes=gif_limit_bytes,
                faces=None if faces is None else len(faces),
            )
        except (tf.errors.OpError, MemoryError, RuntimeError) as error:
            if is_out_of_memory(error):
                raise OutOfMemory(width_px, height_px) from error
            raise

    @cached_property
    def face_detector(self) -> FaceDetector:
        """What finds the faces to spare."""
        return FaceDetector()

    def descent_for(self, recipe: Recipe, *, pixels: int = 0, masked: bool = False) -> Descent:
        """The objective and the optimizer for the recipe's graph and a canvas's size, traced on first use."""
        # The Gram matrices of regions need whole features.
        in_strips = not masked and not self._is_whole(pixels)
        key = (masked, *Objective.key(recipe), recipe.lbfgs, recipe.adam, in_strips)
        if key not in self._descents:
            objective: Objective
            if masked:
                objective = MaskedObjective(self.network, recipe)
            else:
                objective = Objective(self.network, recipe, in_strips=in_strips)
            self._descents[key] = Descent(objective, make_optimizer(recipe, objective.evaluate, objective.aim_spec))
        return self._descents[key]

    def _is_whole(self, pixels: int) -> bool:
        """Whether a canvas of this many pixels is processed whole now, not in strips."""
        # float16 is for GPUs, whose memory holds large canvases; its gradients are scaled by what whole features say.
        if pixels <= MAX_WHOLE_PIXELS or self.precision == "float16":
            return True
        if self.canvas_memory is None:
            return pixels <= ROOMY_WHOLE_PIXELS
        return self.canvas_memory.is_whole(pixels)

    def warm_up(self, recipe: Recipe) -> None:
        """Trace the recipe's graphs now, which takes a second or two, rather than in its first painting."""
        canvas = tf.zeros((1, 32, 32, 3))
        at_scales = [recipe.at(scale) for scale in recipe.scales]
        distinct = {self.descent_for(at_scale): at_scale for at_scale in at_scales}
        for (objective, optimizer), at_scale in distinct.items():
            aim = objective.aim(canvas, [WeightedStyle(canvas)], at_scale)
            optimizer.last_step(optimizer.step(optimizer.start(canvas, aim), aim))


class _Painting:
    """One painting in progress."""

    def __init__(
        self,
        painter: Painter,
        content: Picture,
        blend: Sequence[tuple[Picture, float]],
        width_px: int,
        height_px: int,
        *,
        start: Picture | None,
        mask: Mask | None,
        recipe: Recipe,
        seed: int,
        is_canceled: Callable[[], bool],
    ) -> None:
        self._is_canceled = is_canceled
        self._began = time.perf_counter()
        self._painter = painter
        self._seed = seed
        self._width_px = width_px
        self._height_px = height_px
        self._enlargement = content.enlargement(longest_side_px=max(width_px, height_px))
        start_px = 0 if start is None else max(start.width_px, start.height_px)
        self._scales = plan_scales(
            recipe,
            width_px=width_px,
            height_px=height_px,
            start_px=start_px,
            styles=sum(share > 0 for _, share in blend),
            regions=0 if mask is None else mask.regions.shape[2],
        )
        self._steps = sum(scale.steps for scale in self._scales)
        self._content_thumbnail = encode_preview(content.rgb, alpha=content.alpha, longest_side_px=THUMBNAIL_PX)
        self._style_thumbnails = tuple(
            encode_preview(picture.rgb, alpha=picture.alpha, longest_side_px=THUMBNAIL_PX) for picture, _ in blend
        )
        originals = Originals.of(content, blend, start, recipe, seed=seed)
        self._content = originals.content
        self._styles = originals.styles
        self._continued = originals.continued
        self._mask = mask
        self._full = _View(content, width_px=width_px, height_px=height_px, shown=originals.shown, mask=mask)
        small = timelapse_size(width_px, height_px)
        self._small = _View(content, width_px=small[0], height_px=small[1], shown=originals.shown, mask=mask)
        self._target = with_contrast(self._content, recipe.start)
        boost = boost_of(recipe.style_strength, recipe.strength)
        self._faded = boost * recipe.strength.most_faded
        self._recipe = recipe
        self._content_share = content_share(self._content, recipe.start) * (
            1 - boost * (1 - recipe.strength.least_content)
        )
        self._share_left = min(1.0, recipe.style_strength)
        self._frames: list[NDArray[np.uint8]] = []
        moments = np.linspace(0, self._steps, min(MAX_FRAMES, self._steps + 1))
        self._frames_due = deque(sorted({round(moment) for moment in moments[1:]}))
        """The planned steps after which there is a frame."""
        self._step = 0
        self._skipped_steps = 0
        """Planned steps of scales that settled before them."""
        self._step_times = StepTimes(self._scales, overhead_px=painter.step_cost.overhead_px)
        self._losses = Losses(content=0.0, style=0.0, total_variation=0.0, total=0.0)
        self._last_preview = -_PREVIEW_SECONDS

    def paint(
        self,
        *,
        picture_format: PictureFormat,
        painting_limit_bytes: int | None,
        gif_limit_bytes: int,
        faces: int | None,
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
        self._frames.append(to_bytes(self._small.render(self._content if self._continued is None else self._continued)))
        canvas = self._start() if self._continued is None else self._unfaded(self._continued)
        for number, scale in enumerate(self._scales, start=1):
            canvas = yield from self._paint_scale(number, scale, canvas)
        shown = self._shown(canvas)
        with ThreadPoolExecutor(1) as encoder:
            encoding = encoder.submit(
                encode_within,
                self._full.render(shown),
                self._full.alpha,
                picture_format=picture_format,
                limit_bytes=painting_limit_bytes,
            )
            small = self._small.render(shown)
            thumbnail = encode_preview(small, alpha=self._small.alpha, longest_side_px=THUMBNAIL_PX)
            gif = make_gif(self._frames, alpha=self._small.alpha, limit_bytes=gif_limit_bytes)
            encoded = encoding.result()
        seconds = time.perf_counter() - self._began
        self._painter.step_cost = self._step_times.cost(seconds) or self._painter.step_cost
        yield Finished(
            painting=encoded.encoded,
            picture_format=encoded.picture_format,
            gif=gif.encoded,
            gif_frames=gif.frames,
            recipe=self._recipe.name,
            width_px=encoded.width_px,
            height_px=encoded.height_px,
            steps=self._step,
            seed=self._seed,
            seconds=seconds,
            losses=self._losses,
            precision=self._painter.precision,
            device=self._painter.device,
            peak_memory_bytes=peak_memory_bytes(),
            content_thumbnail=self._content_thumbnail,
            style_thumbnails=self._style_thumbnails,
            enlargement=self._enlargement,
            faces=faces,
            thumbnail=thumbnail,
            step_cost=self._painter.step_cost,
        )

    def _paint_scale(self, number: int, scale: CanvasScale, canvas: _Rgb) -> Generator[Event, None, _Rgb]:
        scale_began = time.perf_counter()
        content = resize(self._target, width_px=scale.width_px, height_px=scale.height_px)
        start = enlarged(canvas, content, settings=self._recipe.start, faded=self._faded)
        styles = (
            WeightedStyle(_to_batch(style.rgb), None if style.opacity is None else _to_batch(style.opacity), share)
            for style, share in self._styles_for(scale)
        )
        recipe = self._recipe.at(scale.settings)
        recipe = recipe.with_overrides(content_weight=recipe.content_weight * self._content_share)
        objective, optimizer = self._painter.descent_for(recipe, pixels=scale.pixels, masked=self._mask is not None)
        aim: Any
        if self._mask is not None and isinstance(objective, MaskedObjective):
            aim = objective.masked_aim(_to_batch(content), list(styles), recipe, self._masked_canvas(self._mask, scale))
        else:
            aim = objective.aim(_to_batch(content), styles, recipe)

        states = run_steps(optimizer, _to_batch(start), aim, steps=scale.steps, is_canceled=self._is_canceled)
        with closing(states):
            for step, state in enumerate(states, start=1):
                self._step += 1
                self._losses = state.evaluation.losses
                is_last = step == scale.steps or bool(state.has_settled)
                if is_last:
                    self._skipped_steps += scale.steps - step
                seconds_left = self._step_times.seconds_left(
                    number - 1,
                    step,
                    time.perf_counter() - scale_began,
                    evaluations=int(state.evaluations),
                    is_last=is_last,
                )
                if is_last and self._recipe.style_strength < 1:
                    self._share_left = self._find_share_left(state.picture.numpy()[0])
                yield self._progress(number, state.picture, seconds_left=seconds_left)
        painted: _Rgb = state.picture.numpy()[0]
        return painted

    def _masked_canvas(self, mask: Mask, scale: CanvasScale) -> MaskedCanvas:
        size = {"width_px": scale.width_px, "height_px": scale.height_px}
        mask = mask.scaled(**size)
        return MaskedCanvas(
            untouched=_to_batch(resize(self._content, **size)),
            opacity=_to_batch(mask.opacity),
            regions=_to_batch(mask.regions),
        )

    def _find_share_left(self, canvas: _Rgb) -> float:
        """How much of this canvas is left at a style strength under 1."""
        content = self._content_behind(canvas)
        error_of = self._painter.content_error.from_content(content)
        return faded_share(self._recipe.style_strength, canvas, content, error_of)

    def _content_behind(self, canvas: _Rgb) -> _Rgb:
        """The content picture at this canvas's size."""
        return resize(self._content, width_px=canvas.shape[1], height_px=canvas.shape[0])

    def _shown(self, canvas: _Rgb) -> _Rgb:
        """The canvas at this style strength."""
        if self._share_left == 1:
            return canvas
        content = self._content_behind(canvas)
        return faded(canvas, content, self._share_left)

    def _unfaded(self, painting: _Rgb) -> _Rgb:
        """The canvas of which a painting at a strength under 1 shows a part."""
        if self._recipe.style_strength >= 1:
            return painting
        content = self._content_behind(painting)
        error_of = self._painter.content_error.from_content(content)
        return unfaded(self._recipe.style_strength, painting, content, error_of)

    def _progress(self, number: int, picture: tf.Tensor, *, seconds_left: float) -> Progress:
        return Progress(
            step=self._step,
            steps=self._steps - self._skipped_steps,
            scale=number,
            scales=len(self._scales),
            losses=self._losses,
            elapsed_seconds=time.perf_counter() - self._began,
            seconds_left=seconds_left,
            preview=self._capture(picture),
        )

    def _start(self) -> _Rgb:
        """The canvas before the first step, at the size of the coarsest scale."""
        scale = self._scales[0]
        content = resize(self._target, width_px=scale.width_px, height_px=scale.height_px)
        palettes, shares = zip(
            *((Palette.of(style.colors), share) for style, share in self._styles_for(scale)), strict=True
        )

        def first_in(palette: Palette) -> _Rgb:
            return first_canvas(content, palette, settings=self._recipe.start, seed=self._seed, faded=self._faded)

        if self._mask is None:
            return first_in(Palette.blended(palettes, shares))
        mask = self._mask.scaled(width_px=scale.width_px, height_px=scale.height_px)
        in_regions = [Palette.blended(palettes, shares)] if mask.has_one_region else palettes
        untouched = resize(self._content, width_px=scale.width_px, height_px=scale.height_px)
        return mask.composed(untouched, *map(first_in, in_regions))

    def _styles_for(self, scale: CanvasScale) -> Iterator[tuple[Style, float]]:
        """Each style at this canvas's scale, and its share."""
        side_px = max(scale.width_px, scale.height_px) * self._recipe.style_picture.scale
        return ((style.scaled(side_px), share) for style, share in self._styles)

    def _capture(self, picture: tf.Tensor) -> bytes | None:
        """Keep a frame for the GIF if one is due, and return a preview if one is due.

        Only then does the picture, (1, height, width, 3), leave the device.
        """
        planned_step = self._step + self._skipped_steps
        frame_is_due = self._frames_due[0] <= planned_step
        preview_is_due = time.perf_counter() - self._last_preview >= _PREVIEW_SECONDS
        if not (frame_is_due or preview_is_due):
            return None
        shown = self._small.render(self._shown(picture.numpy()[0]))
        if frame_is_due:
            self._frames.append(to_bytes(shown))
            while self._frames_due and self._frames_due[0] <= planned_step:
                self._frames_due.popleft()
        if not preview_is_due:
            return None
        self._last_preview = time.perf_counter()
        return encode_preview(shown, alpha=self._small.alpha)


class _View:
    """Shows a canvas at one size, in its final colors and with the content's transparency."""

    def __init__(
        self, content: Picture, *, width_px: int, height_px: int, shown: Shown, mask: Mask | None = None
    ) -> None:
        self._width_px = width_px
        self._height_px = height_px
        self._shown = shown
        self._mask = None if mask is None else mask.scaled(width_px=width_px, height_px=height_px)
        if shown == "kept" or mask is not None:
            self._content = resize(to_float(content.rgb), width_px=width_px, height_px=height_px)
        self._opacity: _Rgb | None = None
        if content.alpha is not None:
            self._opacity = resize(to_float(content.alpha)[..., None], width_px=width_px, height_px=height_px)

    @property
    def alpha(self) -> NDArray[np.uint8] | None:
        """The content's transparency, (height, width); None if it is opaque."""
        return None if self._opacity is None else to_bytes(self._opacity[..., 0])

    def render(self, canvas: _Rgb) -> _Rgb:
        """Show a canvas of any size, (height, width, 3) float32 from 0 to 1, at this view's size."""
        picture = resize(canvas, width_px=self._width_px, height_px=self._height_px)
        if self._shown == "gray":
            picture = to_luminance(picture)
        elif self._shown == "kept":
            picture = merge_luminance(picture, self._content)
        return picture if self._mask is None else self._mask.composed(self._content, picture)


def _to_batch(rgb: _Rgb) -> tf.Tensor:
    return tf.constant(rgb[None])
