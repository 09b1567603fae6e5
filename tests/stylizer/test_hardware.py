"""What a painter computes with: its precision, and whether the same seed always gives the same picture."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest
import tensorflow as tf

from stylizer.hardware import OpenTimer, choose_precision, fastest_precision


def timers(**seconds: float) -> OpenTimer:
    """Measures these seconds for these precisions; the device can't compute in others."""

    def open_timer(precision: str) -> Callable[[], float]:
        def seconds_of() -> float:
            if precision not in seconds:
                raise tf.errors.UnimplementedError(None, None, f"no kernel for {precision}")
            return seconds[precision]

        return seconds_of

    return open_timer


@pytest.mark.parametrize(
    ("float32", "bfloat16", "float16", "chosen"),
    [
        (4.0, 3.0, 3.0, "float32"),
        (4.0, 40.0, 40.0, "float32"),
        (4.0, 1.0, 1.0, "bfloat16"),
        (4.0, 1.0, 0.9, "bfloat16"),  # the next measurement may say the opposite
        (4.0, 5.0, 1.0, "float16"),
        (4.0, 2.0, 1.0, "float16"),
    ],
)
def test_fewer_bits_are_chosen_only_if_they_are_clearly_faster(
    float32: float, bfloat16: float, float16: float, chosen: str
) -> None:
    assert fastest_precision({"float32": float32, "bfloat16": bfloat16, "float16": float16}) == chosen


def test_a_gpu_measures_all_precisions() -> None:
    open_timer = timers(float32=8.0, bfloat16=6.0, float16=1.0)
    assert choose_precision("auto", has_gpu=True, open_timer=open_timer) == "float16"


def test_a_processor_never_paints_in_float16_by_itself() -> None:
    open_timer = timers(float32=8.0, bfloat16=6.0, float16=1.0)
    assert choose_precision("auto", has_gpu=False, open_timer=open_timer) == "float32"


def test_a_precision_that_the_gpu_cannot_compute_in_is_not_chosen() -> None:
    assert choose_precision("auto", has_gpu=True, open_timer=timers(float32=8.0)) == "float32"
    assert choose_precision("auto", has_gpu=True, open_timer=timers(float32=8.0, float16=1.0)) == "float16"


def test_a_gpu_that_cannot_compute_at_all_is_an_error() -> None:
    with pytest.raises(tf.errors.UnimplementedError):
        choose_precision("auto", has_gpu=True, open_timer=timers())


def test_a_precision_that_was_asked_for_is_not_measured() -> None:
    assert choose_precision("float16", has_gpu=True, open_timer=timers()) == "float16"


def test_the_real_measurement_chooses_a_precision_for_this_machine() -> None:
    assert choose_precision("auto") in ("float32", "bfloat16")


DETERMINISM = """
import tensorflow as tf
from stylizer.hardware import configure_devices

def refuses_chance():
    try:
        tf.random.uniform(())
    except RuntimeError:
        return True
    return False

configure_devices(threads=1, deterministic=False)
print(refuses_chance())
configure_devices(threads=None)
print(refuses_chance())
"""


@pytest.mark.process
def test_results_are_repeatable_unless_that_is_turned_off() -> None:
    """TensorFlow shows it by refusing random numbers without a seed."""
    process = subprocess.run([sys.executable, "-c", DETERMINISM], capture_output=True, text=True, check=True)
    assert process.stdout.split() == ["False", "True"]
