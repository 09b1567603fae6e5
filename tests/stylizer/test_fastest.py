"""What a painter computes with: its precision, and which convolutions are computed in halves."""

from __future__ import annotations

import platform
from collections.abc import Callable

import pytest
import tensorflow as tf

from stylizer import fastest
from stylizer.fastest import (
    OpenTimer,
    choose_halving,
    choose_precision,
    fastest_halving,
    fastest_precision,
)
from stylizer.processors import has_bfloat16


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


@pytest.mark.parametrize(
    ("cpuinfo", "has"),
    [
        ("model name\t: Xeon\nflags\t\t: fpu avx2 avx512f avx512_vnni\n", False),
        ("model name\t: Xeon\nflags\t\t: fpu avx2 avx512f avx512_bf16\n", True),
        ("Features\t: fp asimd bf16\n", True),
        ("", None),
    ],
)
def test_linux_says_whether_a_processor_has_bfloat16(cpuinfo: str, has: bool | None) -> None:
    assert has_bfloat16(cpuinfo) is has


def test_where_bfloat16_is_emulated_it_is_not_even_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fastest, "has_bfloat16", lambda _: False)
    monkeypatch.setattr(fastest, "_CPU_WORK", None)
    assert choose_precision("auto", has_gpu=False) == "float32"


def test_the_real_measurement_chooses_a_precision_for_this_machine() -> None:
    assert choose_precision("auto") in ("float32", "bfloat16")


@pytest.mark.parametrize(
    ("whole", "halves", "channels"),
    [
        (10.0, 5.9, 1),  # as measured without AVX-512
        (2.9, 3.2, 256),  # and with it
        (3.0, 2.9, 256),  # the next measurement may say the opposite
    ],
)
def test_convolutions_with_few_channels_are_halved_only_if_that_is_clearly_faster(
    whole: float, halves: float, channels: int
) -> None:
    assert fastest_halving(whole=whole, halves=halves).min_channels == channels


def test_the_real_measurement_chooses_halves_on_x86(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "AMD64")
    assert choose_halving("float32") is not None


def test_nothing_is_halved_on_other_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    assert choose_halving("float32") is None


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_nothing_is_halved_in_other_precisions(precision: str) -> None:
    assert choose_halving(precision) is None
