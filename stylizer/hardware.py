"""The device that paints: its name, its fast precision, and its memory."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

import tensorflow as tf

from stylizer.layers import FrozenConvolution
from stylizer.memory import CanvasMemory, OwnMemory
from stylizer.precision import check_precision
from stylizer.processors import usable_processors
from stylizer.scales import MAX_WHOLE_PIXELS

log = logging.getLogger(__name__)

# bfloat16 loses digits, so it must be clearly faster: hardware support is at least twice as fast, emulation is slower.
_WORTHWHILE_SPEEDUP = 1.5
# NVIDIA's first generation with bfloat16 tensor cores, Ampere.
_BFLOAT16_COMPUTE_CAPABILITY = (8, 0)
# What each pixel of a canvas takes, by precision: bytes of physical memory, and bytes that the process reserves, which
# is what its limits count. These are the largest figures measured from 256 x 256 to 1024 x 1024 px with `painterly`,
# `hd` and `classic` (float32: 3077 and 4275, bfloat16: 1896 and 2570), plus about 8 %; the pictures of
# four more styles take less than half of that.
_BYTES_PER_PIXEL = {"float32": (3300, 4600), "bfloat16": (2050, 2800)}
# The same for canvases larger than `MAX_WHOLE_PIXELS`: measured in the first steps of `painterly` at 2048 x 2048 px
# (float32: 858 and 1094, bfloat16: 667 and 1128), plus the pairs that L-BFGS keeps after more steps, 24 bytes each.
# At 1024 x 1024 px it is more for each pixel (float32: 945 and 1073), but less than the largest whole canvas takes.
_BYTES_PER_PIXEL_IN_STRIPS = {"float32": (1060, 1450), "bfloat16": (900, 1450)}
# For what doesn't grow with the canvas: previews, the GIF, decoding the pictures.
_FIXED_BYTES = 128 * 2**20


def choose_precision(requested: str) -> str:
    """Choose `float32` or `bfloat16`: `auto` decides by a GPU's generation, or by timing both on a processor.

    Raises `UnknownPrecision`.
    """
    check_precision(requested)
    if requested != "auto":
        return requested
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        # On a GPU, a measurement that doesn't take long would measure only overhead.
        capability = tf.config.experimental.get_device_details(gpus[0]).get("compute_capability", (0, 0))
        return "bfloat16" if tuple(capability) >= _BFLOAT16_COMPUTE_CAPABILITY else "float32"
    seconds: dict[tf.DType, list[float]] = {tf.float32: [], tf.bfloat16: []}
    for _ in range(4):
        # Alternating, so that a busy moment of the machine affects both.
        for dtype, measured in seconds.items():
            measured.append(_convolution_seconds(dtype))
    return faster_precision(float32_seconds=seconds[tf.float32], bfloat16_seconds=seconds[tf.bfloat16])


def faster_precision(*, float32_seconds: Sequence[float], bfloat16_seconds: Sequence[float]) -> str:
    """Choose the precision for a processor with these times: bfloat16 only if it is clearly faster."""
    return "bfloat16" if min(float32_seconds) >= _WORTHWHILE_SPEEDUP * min(bfloat16_seconds) else "float32"


def _convolution_seconds(dtype: tf.DType) -> float:
    """Time one of the network's convolutions with its gradient."""
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
    threads = tf.config.threading.get_intra_op_parallelism_threads() or usable_processors()
    return f"CPU, {threads} thread{'' if threads == 1 else 's'}"


def configure_devices(*, threads: int | None) -> None:
    """Let a GPU's memory grow as needed, limit the CPU threads, and make results repeatable and float32 exact.

    Has no effect on devices that TensorFlow already uses in this process.
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
    )


def is_out_of_memory(error: Exception) -> bool:
    """Whether an error of Python, TensorFlow or oneDNN means that memory was refused."""
    if isinstance(error, tf.errors.AbortedError):
        return "could not create a primitive" in str(error)
    return isinstance(error, MemoryError | tf.errors.ResourceExhaustedError)
