"""What paints: the device's name, the precision it is fast at, and the memory it took."""

from __future__ import annotations

import logging
import os
import resource
import sys
import time
from collections.abc import Sequence

import tensorflow as tf

from stylizer.layers import FrozenConvolution
from stylizer.memory import OwnMemory, available_memory_bytes
from stylizer.precision import check_precision

log = logging.getLogger(__name__)

# bfloat16 loses digits, so it must be clearly faster: hardware that has it is at least twice as fast, emulation slower.
_WORTHWHILE_SPEEDUP = 1.5
# NVIDIA's first generation with bfloat16 tensor cores, Ampere.
_BFLOAT16_COMPUTE_CAPABILITY = (8, 0)
# Resident memory that a canvas takes, measured at 512 x 512 in float32 and rounded down: a canvas is refused only
# where it cannot fit.
_BYTES_PER_PIXEL = {"float32": 4000, "bfloat16": 2000}


def choose_precision(requested: str) -> str:
    """`float32` or `bfloat16`; `auto` asks a GPU for its generation, and times both on a processor.

    Raises `PrecisionUnknown`.
    """
    check_precision(requested)
    if requested != "auto":
        return requested
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        # A GPU is done with a measurement of bearable length before its overhead is.
        capability = tf.config.experimental.get_device_details(gpus[0]).get("compute_capability", (0, 0))
        return "bfloat16" if tuple(capability) >= _BFLOAT16_COMPUTE_CAPABILITY else "float32"
    seconds: dict[tf.DType, list[float]] = {tf.float32: [], tf.bfloat16: []}
    for _ in range(4):
        # In turn, so that a busy moment of the machine meets both.
        for dtype, measured in seconds.items():
            measured.append(_convolution_seconds(dtype))
    return faster_precision(float32_seconds=seconds[tf.float32], bfloat16_seconds=seconds[tf.bfloat16])


def faster_precision(*, float32_seconds: Sequence[float], bfloat16_seconds: Sequence[float]) -> str:
    """What a processor with these times shall paint in: bfloat16 only where it is clearly faster."""
    return "bfloat16" if min(float32_seconds) >= _WORTHWHILE_SPEEDUP * min(bfloat16_seconds) else "float32"


def _convolution_seconds(dtype: tf.DType) -> float:
    """The time of one of the network's convolutions with its gradient."""
    features = tf.ones((1, 24, 24, 256), dtype)
    convolution = FrozenConvolution(tf.ones((3, 3, 256, 256), dtype), tf.zeros((256,), dtype))
    began = time.perf_counter()
    with tf.GradientTape() as tape:
        tape.watch(features)
        convolved = convolution(features)
    tape.gradient(convolved, features)[0, 0, 0, 0].numpy()
    return time.perf_counter() - began


def device_name() -> str:
    """The GPU's name, or `CPU, N threads`."""
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        return str(tf.config.experimental.get_device_details(gpus[0]).get("device_name", "GPU"))
    threads = tf.config.threading.get_intra_op_parallelism_threads() or _usable_processors()
    return f"CPU, {threads} thread{'' if threads == 1 else 's'}"


def configure_devices(*, threads: int | None) -> None:
    """Let a GPU's memory grow as needed, bound the CPU threads, and make results repeatable and float32 exact.

    Devices that TensorFlow has begun to use in this process stay as they are.
    """
    tf.config.experimental.enable_op_determinism()
    tf.config.experimental.enable_tensor_float_32_execution(False)
    try:
        for gpu in tf.config.list_physical_devices("GPU"):
            tf.config.experimental.set_memory_growth(gpu, True)
        if threads is not None:
            tf.config.threading.set_intra_op_parallelism_threads(threads)
    except RuntimeError:
        log.warning("TensorFlow is in use already: its threads and its GPU memory stay as they are")


def fits_memory(*, width_px: int, height_px: int, precision: str, beyond: OwnMemory) -> bool:
    """Whether a canvas of this size can be painted beyond what the warm painter had; True where that cannot be known.

    Linux promises more memory than there is and kills whoever uses it, so on a CPU nothing else would tell in time. A
    GPU's own allocator does.
    """
    if tf.config.list_physical_devices("GPU"):
        return True
    available = available_memory_bytes(beyond=beyond)
    return available is None or width_px * height_px * _BYTES_PER_PIXEL[precision] <= available


def peak_memory_bytes() -> int:
    """The highest resident memory of this process so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _usable_processors() -> int:
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
