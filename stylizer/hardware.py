"""The device that paints: its name, its settings and its memory."""

from __future__ import annotations

import logging

import tensorflow as tf

from stylizer.memory import CanvasMemory, OwnMemory, is_refused_memory
from stylizer.processors import usable_processors
from stylizer.scales import MAX_WHOLE_PIXELS, ROOMY_WHOLE_PIXELS

log = logging.getLogger(__name__)

# What each pixel of a canvas takes, by precision: bytes of physical memory, and bytes that the process reserves, which
# is what its limits count. These are the largest figures measured from 256 x 256 to 1024 x 1024 px with `painterly`,
# `hd` and `classic` (float32: 1619 and 2981, bfloat16: 1213 and 2073), plus what paintings one after another have left
# in the allocator.
# Convolutions in halves take no more.
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
