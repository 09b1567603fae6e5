"""The judge, with a tiny network: figures whose value is known."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from click.testing import CliRunner

from benchmarks.judge import FIGURES, Judge, Verdict, main
from stylizer.vgg16 import VGG16
from stylizer.weights import Weights, random_weights
from tests.benchmarks.pictures import content, encoded, style, with_noise
from tests.stylizer.conftest import TINY_CHANNELS


@pytest.fixture(scope="module")
def weights() -> Weights:
    return random_weights(TINY_CHANNELS)


@pytest.fixture(scope="module")
def judge(weights: Weights) -> Judge:
    return Judge(weights)


def test_the_content_itself_has_no_content_error_and_all_of_its_structure(judge: Judge) -> None:
    verdict = judge(content(), content(), style())

    assert verdict.content_error == 0
    assert verdict.self_similarity == pytest.approx(0, abs=1e-3)
    assert verdict.gram_error > 0.01
    assert verdict.held_out > 0.01


def test_the_style_itself_has_all_of_its_statistics(judge: Judge) -> None:
    verdict = judge(style(), content(), style())

    assert verdict.gram_error == pytest.approx(0, abs=1e-9)
    assert verdict.gram_cosine == pytest.approx(1)
    assert verdict.patch_match == pytest.approx(1)
    assert verdict.held_out == pytest.approx(0, abs=1e-9)
    assert verdict.content_error > 0.01
    assert verdict.self_similarity > 0.01


def test_noise_shows_in_the_noise_and_in_the_content_error(judge: Judge) -> None:
    clean, noisy = (judge(painting, content(), style()) for painting in (content(), with_noise(content(), 12)))

    assert clean.excess_noise == 0
    assert noisy.excess_noise > 1
    assert noisy.content_error > clean.content_error


def test_structure_survives_less_contrast_better_than_a_mirror(judge: Judge) -> None:
    paler, mirrored = (
        judge(painting, content(), style()).self_similarity
        for painting in (0.2 + 0.6 * content(), content()[::-1, ::-1])
    )

    assert paler < mirrored / 2


def test_statistics_ignore_where_the_strokes_are(judge: Judge) -> None:
    """Which the content error does not."""
    moved = np.roll(style(), (16, 16), axis=(0, 1))
    verdict = judge(moved, style(), style())

    assert verdict.gram_error < 0.05 < verdict.content_error


def test_pictures_of_any_size_are_compared_at_the_paintings_scale(judge: Judge) -> None:
    verdict = judge(content(), content(192, 128), style(400, 300))

    assert verdict.content_error < 0.05
    assert all(np.isfinite(dataclasses.astuple(verdict)))


def test_a_banner_in_the_style_of_a_strip_is_judged(judge: Judge) -> None:
    verdict = judge(content(256, 32), content(256, 32), style(400, 4))

    assert all(np.isfinite(dataclasses.astuple(verdict)))


def test_what_was_judged_before_changes_nothing(judge: Judge, weights: Weights) -> None:
    crowd = [content(96, 64 + number) for number in range(10)]
    for other in crowd:
        judge(other, other, style())

    assert judge(crowd[0], crowd[5], style()) == Judge(weights)(crowd[0], crowd[5], style())


def test_the_judges_own_network_is_vgg16(judge: Judge, weights: Weights) -> None:
    picture = content(37, 50)
    expected = VGG16(weights).features(tf.constant(picture[None]), tuple(weights), padding="replicate")

    found = dict(judge.features(picture))

    assert list(found) == list(expected)
    for layer, features in found.items():
        np.testing.assert_allclose(features, expected[layer], rtol=1e-3, atol=1e-2)


def test_each_figure_knows_which_way_is_better() -> None:
    good = Verdict(*(1.0 if figure.is_higher_better else 0.0 for figure in FIGURES))
    bad = Verdict(*(0.0 if figure.is_higher_better else 1.0 for figure in FIGURES))

    assert {figure.title for figure in FIGURES if figure.is_higher_better} == {"Gram cosine", "patch match"}
    assert all(figure.is_at_least_as_good(good, bad) for figure in FIGURES)
    assert all(figure.is_at_least_as_good(bad, bad) for figure in FIGURES)
    assert not any(figure.is_at_least_as_good(bad, good) for figure in FIGURES)


@pytest.mark.weights
def test_the_command_prints_a_row_for_each_painting_and_their_median(tmp_path: Path) -> None:
    files = {"content": content(), "style": style(), "mine/same": content(), "other/same": style()}
    for name, picture in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / f"{name}.png").write_bytes(encoded(picture))

    result = CliRunner().invoke(main, [str(tmp_path / f"{name}.png") for name in files])

    assert result.exit_code == 0, result.output
    assert "content.png in the style of style.png" in result.output
    rows = {line.split()[1]: line.split() for line in result.output.splitlines() if line.startswith("│")}
    assert set(rows) == {"mine/same.png", "other/same.png", "median"}
    assert rows["mine/same.png"][3] == "0.000"
