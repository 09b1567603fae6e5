"""What this device computes fastest: in which precision, and which convolutions in halves."""

from __future__ import annotations

import math
import platform
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias, TypeVar

import tensorflow as tf

from stylizer.layers import FrozenConvolution, Halving
from stylizer.precision import check_precision
from stylizer.processors import has_bfloat16, read_cpuinfo

# 16-bit floats are less exact, so they must be clearly faster: a convolution is 1.7 times as fast with AVX-512 BF16,
# and more than twice as fast with AMX. Emulation is slower.
_WORTHWHILE_SPEEDUP = 1.4
# In the measured work, halves are 1.7 times as fast without AVX-512, and 0.9 times with it.
_CLEAR_HALVING_SPEEDUP = 1.3
# Without AVX-512, only the smallest convolutions are slower in halves, because their kernels have to be laid out.
_IF_NOT_TINY = Halving(min_channels=1, min_positions=10 * 10)
# With AVX-512, those with fewer channels or positions are slower in halves, the others up to 15% faster.
_IF_LARGE = Halving(min_channels=256, min_positions=48 * 48)
_X86 = frozenset({"x86_64", "AMD64"})
_MEASUREMENTS = 12
"""Of each; the fastest counts. The first few of a process are up to twice as slow as the rest."""

_Key = TypeVar("_Key")
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
        has_gpu = _has_gpu()
    # A processor that is fast in float16 is at least as fast in bfloat16.
    candidates = ("float32", "bfloat16", "float16") if has_gpu else ("float32", "bfloat16")
    if not has_gpu and open_timer is None and has_bfloat16(read_cpuinfo()) is False:
        return "float32"  # measuring how slow the emulation is would take most of a second
    open_timer = open_timer or (_GPU_WORK if has_gpu else _CPU_WORK).timer
    timers = {
        precision: open_timer(precision) if precision == "float32" else _or_never(open_timer(precision))
        for precision in candidates
    }
    return fastest_precision(_fewest_seconds(timers))


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


def choose_halving(precision: str) -> Halving | None:
    """Choose the size from which this device convolves faster in halves; None means never.

    It makes a difference only to oneDNN's code for float32 on x86.
    """
    if precision != "float32" or platform.machine() not in _X86 or _has_gpu():
        return None
    timers = {halving: _HALVING_WORK.timer(precision, halving=halving) for halving in (None, _IF_NOT_TINY)}
    seconds = _fewest_seconds(timers)
    return fastest_halving(whole=seconds[None], halves=seconds[_IF_NOT_TINY])


def fastest_halving(*, whole: float, halves: float) -> Halving:
    """Choose by the seconds that a convolution with 128 channels takes as a whole and in halves.

    The two differ in the last digits, so a new measurement must not choose the other one.
    """
    return _IF_NOT_TINY if whole >= _CLEAR_HALVING_SPEEDUP * halves else _IF_LARGE


def _has_gpu() -> bool:
    return bool(tf.config.list_physical_devices("GPU"))


def _fewest_seconds(timers: Mapping[_Key, Callable[[], float]]) -> dict[_Key, float]:
    """The least time that each measures. They take turns, so that a busy moment of the machine affects all."""
    measured = [{key: seconds_of() for key, seconds_of in timers.items()} for _ in range(_MEASUREMENTS)]
    return {key: min(seconds[key] for seconds in measured) for key in timers}


def _or_never(seconds_of: Callable[[], float]) -> Callable[[], float]:
    """The measured seconds; infinite if the device can't compute that, as old GPUs can't in bfloat16."""

    def seconds_or_never() -> float:
        try:
            return seconds_of()
        except tf.errors.OpError:
            return math.inf

    return seconds_or_never


class _Work(NamedTuple):
    """How often to compute a convolution with its gradient, and how large it is."""

    channels: int
    side_px: int
    rounds: int
    clock: Callable[[], float]
    """In seconds; only differences count."""

    def timer(self, precision: str, *, halving: Halving | None = None) -> Callable[[], float]:
        """Times all rounds by the clock; the first time takes longer."""
        dtype = tf.as_dtype(precision)
        # All values are positive, and stay about as large, so that no round has less to do.
        kernel = tf.fill((3, 3, self.channels, self.channels), tf.cast(1 / (9 * self.channels), dtype))
        convolution = FrozenConvolution(kernel, tf.ones((self.channels,), dtype), halving=halving)
        features = tf.ones((1, self.side_px, self.side_px, self.channels), dtype)

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
_CPU_WORK = _Work(channels=256, side_px=24, rounds=1, clock=time.process_time)
_HALVING_WORK = _Work(channels=128, side_px=32, rounds=1, clock=time.process_time)
# Enough to do for a GPU that starting the operations takes hardly any of the time: 1.2 trillion operations.
_GPU_WORK = _Work(channels=256, side_px=256, rounds=8, clock=time.perf_counter)
