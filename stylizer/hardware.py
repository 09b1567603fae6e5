"""What paints: the device's name, the precision it is fast at, and the memory it took."""

from __future__ import annotations

import os
import resource
import sys
import time

import tensorflow as tf

from stylizer.precision import check_precision

# bfloat16 loses digits, so it must be clearly faster: hardware that has it is at least twice as fast, emulation slower.
_WORTHWHILE_SPEEDUP = 1.5


def choose_precision(requested: str) -> str:
    """`float32` or `bfloat16`; `auto` decides by timing a convolution of VGG16's kind in both.

    Raises `PrecisionUnknown`.
    """
    check_precision(requested)
    if requested != "auto":
        return requested
    speedup = _convolution_seconds(tf.float32) / _convolution_seconds(tf.bfloat16)
    return "bfloat16" if speedup >= _WORTHWHILE_SPEEDUP else "float32"


def _convolution_seconds(dtype: tf.DType) -> float:
    """The time of a convolution with its gradient: emulated bfloat16 can be fast in the one and slow in the other."""
    features = tf.ones((1, 32, 32, 256), dtype)
    kernel = tf.ones((3, 3, 256, 256), dtype)
    seconds = []
    for _ in range(3):
        began = time.perf_counter()
        with tf.GradientTape() as tape:
            tape.watch(features)
            convolved = tf.nn.conv2d(features, kernel, 1, "SAME")
        # Reading one value back waits for a GPU to finish.
        tape.gradient(convolved, features)[0, 0, 0, 0].numpy()
        seconds.append(time.perf_counter() - began)
    return min(seconds)


def device_name() -> str:
    """The GPU's name, or `CPU, N threads`."""
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        return str(tf.config.experimental.get_device_details(gpus[0]).get("device_name", "GPU"))
    threads = tf.config.threading.get_intra_op_parallelism_threads() or _usable_processors()
    return f"CPU, {threads} thread{'' if threads == 1 else 's'}"


def configure_devices(*, threads: int | None) -> None:
    """Let a GPU's memory grow as needed and bound the CPU threads; only before TensorFlow has done any work."""
    for gpu in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(gpu, True)
    if threads is not None:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.experimental.enable_op_determinism()


def peak_memory_bytes() -> int:
    """The highest resident memory of this process so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _usable_processors() -> int:
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
