"""The device that paints: its name, its fast precision, and its memory."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

import tensorflow as tf

from stylizer.layers import FrozenConvolution
from stylizer.memory import CanvasMemory, OwnMemory, is_refused_memory
from stylizer.precision import check_precision
from stylizer.processors import usable_processors
from stylizer.scales import MAX_WHOLE_PIXELS, ROOMY_WHOLE_PIXELS

log = logging.getLogger(__name__)

# Half of the bits lose digits, so they must be clearly faster: a convolution is 1.7 times as fast with AVX-512 BF16,
# and more than twice as fast with AMX. Emulation is slower.
_WORTHWHILE_SPEEDUP = 1.4
_MEASUREMENTS = 12
"""Of each precision; the fastest counts. The first few of a process are up to twice as slow as the rest."""
# What each pixel of a canvas takes, by precision: bytes of physical memory, and bytes that the process reserves, which
# is what its limits count. These are the largest figures measured from 256 x 256 to 1024 x 1024 px with `painterly`,
# `hd` and `classic` (float32: 1619 and 2981, bfloat16: 1213 and 2073), plus what paintings one after another have left
# in the allocator.
# float16 isn't measured: it's meant for GPUs, where memory isn't this process's.
_BYTES_PER_PIXEL = {"float32": (2100, 3300), "bfloat16": (1400, 2400), "float16": (2100, 3300)}
# With a mask of one or two regions, at most float32: 2094 and 3510, bfloat16: 1588 and 2235.
_MASK_FACTOR = 1.2
# The same for canvases in strips: measured in the first steps of `painterly` at 2048 x 2048 px (float32: 858 and 1094,
# bfloat16: 667 and 1128), plus the pairs that L-BFGS keeps after more steps, 24 bytes each.
# At 1024 x 1024 px it is more for each pixel (float32: 945 and 1073), but less than the largest whole canvas takes.
# float16 never paints in strips.
_BYTES_PER_PIXEL_IN_STRIPS = {"float32": (1060, 1450), "bfloat16": (900, 1450), "float16": (2100, 3300)}
# For what doesn't grow with the canvas: previews, the GIF, decoding the pictures.
_FIXED_BYTES = 128 * 2**20

OpenTimer: TypeAlias = Callable[[str], Callable[[], float]]
"""For a precision, returns what measures how many seconds some work takes in it, each time that it is called."""


def choose_precision(requested: str, *, has_gpu: bool | None = None, open_timer: OpenTimer | None = None) -> str:
    """Choose the precision to compute in; `auto` times those that the device may be fast in.

    By default, the device is the one that TensorFlow would use, and `open_timer` times the network's convolutions on
    it. Raises `UnknownPrecision`.
    """
    check_precision(requested)
    if requested != "auto":
        return requested
    if has_gpu is None:
        has_gpu = bool(tf.config.list_physical_devices("GPU"))
    # A processor that is fast in float16 is at least as fast in bfloat16.
    candidates = ("float32", "bfloat16", "float16") if has_gpu else ("float32", "bfloat16")
    open_timer = open_timer or (_GPU_WORK if has_gpu else _CPU_WORK).timer
    timers = {precision: open_timer(precision) for precision in candidates}
    measured: dict[str, list[float]] = {precision: [] for precision in candidates}
    for _ in range(_MEASUREMENTS):
        # Alternating, so that a busy moment of the machine affects all.
        for precision, seconds_of in timers.items():
            measured[precision].append(_seconds_or_never(seconds_of, may_fail=precision != "float32"))
    return fastest_precision({precision: min(seconds) for precision, seconds in measured.items()})


def fastest_precision(seconds: Mapping[str, float]) -> str:
    """Choose a precision by the seconds that each takes, in order of preference: a later one must be clearly faster.

    Where bfloat16 and float16 are equally fast, a new measurement must not choose the other one, with which the same
    seed paints a slightly different picture.
    """
    chosen, *others = seconds
    for precision in others:
        if seconds[chosen] >= _WORTHWHILE_SPEEDUP * seconds[precision]:
            chosen = precision
    return chosen


def _seconds_or_never(seconds_of: Callable[[], float], *, may_fail: bool) -> float:
    """The measured seconds; infinite if the device can't compute that, as old GPUs can't in bfloat16."""
    try:
        return seconds_of()
    except tf.errors.OpError:
        if not may_fail:
            raise
        return math.inf


class _Work(NamedTuple):
    """How often to compute one of the network's convolutions with its gradient, and on how large a canvas."""

    side_px: int
    rounds: int
    clock: Callable[[], float]
    """In seconds; only differences count."""

    def timer(self, precision: str) -> Callable[[], float]:
        """Times all rounds by the clock; the first time takes longer."""
        dtype = tf.as_dtype(precision)
        # All values are positive, and stay about as large, so that no round has less to do.
        convolution = FrozenConvolution(
            tf.fill((3, 3, 256, 256), tf.cast(1 / (9 * 256), dtype)), tf.ones((256,), dtype)
        )
        features = tf.ones((1, self.side_px, self.side_px, 256), dtype)

        @tf.function(autograph=False)  # type: ignore[untyped-decorator]  # TensorFlow has no types
        def compute(features: tf.Tensor) -> tf.Tensor:
            for _ in range(self.rounds):
                with tf.GradientTape() as tape:
                    tape.watch(features)
                    convolved = convolution(features)
                features = tape.gradient(convolved, features)
            return features[0, 0, 0, 0]

        def seconds() -> float:
            began = self.clock()
            compute(features).numpy()  # reading one value back waits until a GPU is done
            return self.clock() - began

        return seconds


# The processor's time, because what else uses it would disturb the measurement: other workers that start, for example.
_CPU_WORK = _Work(side_px=24, rounds=1, clock=time.process_time)
# Enough to do for a GPU that starting the operations takes hardly any of the time: 1.2 trillion operations.
_GPU_WORK = _Work(side_px=256, rounds=8, clock=time.perf_counter)


def device_name() -> str:
    """The GPU's name, or `CPU, N threads`."""
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        return str(tf.config.experimental.get_device_details(gpus[0]).get("device_name", "GPU"))
    threads = tf.config.threading.get_intra_op_parallelism_threads() or usable_processors()
    return f"CPU, {threads} thread{'' if threads == 1 else 's'}"


def configure_devices(*, threads: int | None, deterministic: bool = True) -> None:
    """Let a GPU's memory grow as needed, limit the CPU threads, make float32 exact, and results repeatable if wanted.

    Has no effect on devices that TensorFlow already uses in this process. What was made deterministic stays so.
    """
    if deterministic:
        tf.config.experimental.enable_op_determinism()
    tf.config.experimental.enable_tensor_float_32_execution(False)
    try:
        for gpu in tf.config.list_physical_devices("GPU"):
            tf.config.experimental.set_memory_growth(gpu, True)
        if threads is not None:
            tf.config.threading.set_intra_op_parallelism_threads(threads)
    except RuntimeError:
        log.warning("TensorFlow is in use already: its threads and its GPU memory stay as they are")


def canvas_memory(precision: str) -> CanvasMemory | None:
    """What a canvas takes beyond what this process has now, with a warm painter; None on a GPU.

    Linux promises more memory than there is, and kills processes that use it. So on a CPU, nothing else would warn in
    time; a GPU's own allocator does.
    """
    if tf.config.list_physical_devices("GPU"):
        return None
    return CanvasMemory(
        OwnMemory.now(),
        _FIXED_BYTES,
        *_BYTES_PER_PIXEL[precision],
        MAX_WHOLE_PIXELS,
        *_BYTES_PER_PIXEL_IN_STRIPS[precision],
        ROOMY_WHOLE_PIXELS,
        _MASK_FACTOR,
    )


def is_out_of_memory(error: Exception) -> bool:
    """Whether an error of Python, TensorFlow or oneDNN means that memory was refused."""
    if isinstance(error, tf.errors.AbortedError):
        return "could not create a primitive" in str(error)
    return is_refused_memory(error) or isinstance(error, tf.errors.ResourceExhaustedError)
