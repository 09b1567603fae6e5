"""The benchmark of XLA, with a tiny network."""

from __future__ import annotations

import math

import pytest

from benchmarks.xla import Comparison, compare
from stylizer.painter import Painter
from stylizer.recipe import load_recipe
from stylizer.weights import random_weights
from tests.stylizer.conftest import TINY_CHANNELS


def test_xla_computes_the_same_gradient() -> None:
    painter = Painter(weights=random_weights(TINY_CHANNELS), precision="float32")
    found = compare(painter, load_recipe("painterly"), width_px=48, height_px=33)
    assert found.difference < 1e-3
    assert found.compiling_seconds > found.compiled_seconds


@pytest.mark.parametrize(("compiled_seconds", "steps"), [(0.5, 20), (1.0, math.inf), (2.0, math.inf)])
def test_a_faster_step_must_make_up_for_compiling(compiled_seconds: float, steps: float) -> None:
    assert Comparison(1.0, compiled_seconds, 10.0, 0.0).worthwhile_steps == steps
