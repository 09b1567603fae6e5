"""The tables of `benchmarks.speed`: limits, ratios, and the machine's name."""

from __future__ import annotations

import sys

import pytest
from click import ClickException
from click.testing import CliRunner

from benchmarks.against import Comparison, Turn, comparisons
from benchmarks.machine import describe_machine
from benchmarks.paintings import PaintingTimes
from benchmarks.speed import main
from benchmarks.step_times import StepTime, check_torch, fastest
from benchmarks.targets import Target

PROCESSOR = """\
processor\t: 0
model name\t: AMD EPYC 9654
flags\t\t: fpu avx2 avx512f avx512_bf16

processor\t: 1
model name\t: AMD EPYC 9654
flags\t\t: fpu avx2 avx512f avx512_bf16
"""


def turn(theirs: float, ours: float, *, first_preview: float = 0.5) -> Turn:
    return PaintingTimes(theirs, theirs, 1.0, 0.1), PaintingTimes(ours, ours, first_preview, 0.1)


def limits(painted: dict[str, list[Turn]], *, has_limits: bool = True) -> dict[str, str]:
    rows = comparisons(painted, dict.fromkeys(painted, 512), commit="244f500", has_limits=has_limits)
    return {row.title: str(row.target) for row in rows if row.target is not None}


def test_a_missed_target_says_so() -> None:
    assert str(Target(0.2, 0.33)) == "0.33"
    assert str(Target(0.4, 0.33)) == "0.33, missed"


def test_a_painting_is_compared_with_the_same_recipe_and_a_draft_also_with_painterly() -> None:
    found = limits({"painterly": [turn(90, 27)], "draft": [turn(20, 9.5)]})
    assert found == {
        "painterly, 512 px": "0.33",
        "draft, 512 px": "0.4, missed",
        "  first preview": "1 s",
        "draft, to painterly of 244f500": "0.1, missed",
    }


def test_a_slow_first_preview_of_a_draft_misses_its_limit() -> None:
    assert limits({"draft": [turn(20, 2, first_preview=1.5)]})["  first preview"] == "1 s, missed"


def test_other_commits_and_sizes_have_no_limits() -> None:
    assert limits({"painterly": [turn(90, 90)], "draft": [turn(20, 20)]}, has_limits=False) == {}


def test_a_turn_during_which_the_machine_was_busy_leaves_the_ratio_alone() -> None:
    assert Comparison("painterly", [(10, 3), (40, 12), (10, 3)]).ratio == pytest.approx(0.3)


def test_a_step_on_a_small_canvas_may_cost_more_than_on_a_large_one() -> None:
    small, large = (StepTime(side_px, "float32", step=2.5, convolutions=1.0) for side_px in (256, 512))
    assert small.against_convolutions == Target(1.25, 1.3)
    assert not large.against_convolutions.is_met


def test_a_step_is_compared_with_pytorch_if_that_was_measured() -> None:
    target = StepTime(512, "float32", step=2.0, convolutions=1.0, torch=1.6).against_torch
    assert target is not None
    assert not target.is_met
    assert StepTime(512, "float32", step=2.0, convolutions=1.0).against_torch is None


def test_the_fastest_run_that_follows_another_one_counts() -> None:
    step, convolutions = iter([1.0, 5.0, 1.0, 4.0, 1.0, 6.0]), iter([1.0, 3.0, 1.0, 2.0, 1.0, 2.5])
    assert fastest(lambda: next(step), lambda: next(convolutions), turns=3) == [4.0, 2.0]


def test_a_machine_is_named_by_its_processor_cores_and_instructions() -> None:
    assert describe_machine(PROCESSOR, cores=2) == "AMD EPYC 9654, 2 cores, AVX2, AVX-512, AVX-512 BF16"
    assert describe_machine("", cores=1).endswith(", 1 core")


def test_a_python_without_pytorch_gets_one_sentence_that_says_what_to_install() -> None:
    with pytest.raises(ClickException, match=r"has no PyTorch.*\[bench\]"):
        check_torch("/nonexistent/python")


def test_pytorch_is_only_compared_with_steps() -> None:
    result = CliRunner().invoke(main, ["--torch", sys.executable])
    assert result.exit_code == 2
    assert "--steps" in result.output
