"""The losses against their formulas, written out in numpy."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from stylizer.losses import ContentLoss, StyleLoss, TotalVariationLoss, gram_matrix
from stylizer.recipe import Normalization

rng = np.random.default_rng(7)


def features(height: int = 3, width: int = 5, channels: int = 4) -> np.ndarray:
    return rng.random((1, height, width, channels), np.float32)


def test_plain_content_loss_is_half_the_squared_distance() -> None:
    painting, content = features(), features()
    loss = ContentLoss("plain")(tf.constant(painting), tf.constant(content))
    assert float(loss) == pytest.approx(0.5 * np.sum((painting - content) ** 2), rel=1e-5)


def test_relative_content_loss_of_a_black_painting_is_one() -> None:
    content = features()
    assert float(ContentLoss("target")(tf.zeros_like(content), tf.constant(content))) == pytest.approx(1, rel=1e-5)


def test_a_gram_matrix_is_the_mean_product_of_channels() -> None:
    values = features()
    rows = values.reshape(-1, 4)
    np.testing.assert_allclose(gram_matrix(tf.constant(values)).numpy(), rows.T @ rows / 15, rtol=1e-5)


def test_a_gram_matrix_counts_positions_by_their_weight() -> None:
    values, weights = features(), rng.random((1, 3, 5, 1), np.float32)
    rows, shares = values.reshape(-1, 4), weights.reshape(-1, 1)
    expected = (rows * shares).T @ rows / shares.sum()
    np.testing.assert_allclose(gram_matrix(tf.constant(values), tf.constant(weights)).numpy(), expected, rtol=1e-5)


def test_positions_without_weight_do_not_count() -> None:
    values, weights = features(), np.zeros((1, 3, 5, 1), np.float32)
    weights[:, :, :2] = 1
    np.testing.assert_allclose(
        gram_matrix(tf.constant(values), tf.constant(weights)), gram_matrix(tf.constant(values[:, :, :2])), rtol=1e-5
    )


def test_plain_style_loss_is_equation_4_of_gatys() -> None:
    painting, style = features(), features()
    positions, channels = 15, 4
    gram = painting.reshape(-1, 4).T @ painting.reshape(-1, 4)
    target = style.reshape(-1, 4).T @ style.reshape(-1, 4)
    expected = np.sum((gram - target) ** 2) / (4 * channels**2 * positions**2)
    loss = StyleLoss("plain")(tf.constant(painting), gram_matrix(tf.constant(style)))
    assert float(loss) == pytest.approx(expected, rel=1e-4)


def test_style_loss_does_not_depend_on_position() -> None:
    style = features()
    shuffled = rng.permutation(style.reshape(-1, 4)).reshape(style.shape)
    assert float(StyleLoss("target")(tf.constant(shuffled), gram_matrix(tf.constant(style)))) == pytest.approx(
        0, abs=1e-8
    )


@pytest.mark.parametrize("normalization", ["plain", "target"])
def test_the_style_loss_gradient_matches_automatic_differentiation(normalization: str) -> None:
    painting, style = tf.constant(features()), gram_matrix(tf.constant(features()))
    scale = 1 / 64 if normalization == "plain" else 1 / tf.reduce_sum(style**2)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(painting)
        ours = 3.0 * StyleLoss(normalization)(painting, style)  # type: ignore[arg-type]  # one of the two literals
        plain = 3.0 * scale * tf.reduce_sum((gram_matrix(painting) - style) ** 2)
    np.testing.assert_allclose(tape.gradient(ours, painting), tape.gradient(plain, painting), rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("normalization", ["plain", "target"])
@pytest.mark.parametrize("kind", ["content", "style"])
def test_the_size_of_a_gradient_is_known_without_computing_it(kind: str, normalization: Normalization) -> None:
    painting, other = tf.constant(features()), tf.constant(features())
    loss, target = (
        (ContentLoss(normalization), other) if kind == "content" else (StyleLoss(normalization), gram_matrix(other))
    )
    with tf.GradientTape() as tape:
        tape.watch(painting)
        value = loss(painting, target)
    gradient = tape.gradient(value, painting).numpy()
    assert float(loss.gradient_rms(painting, target)) == pytest.approx(np.sqrt(np.mean(gradient**2)), rel=1e-4)


def test_total_variation_sums_squared_differences_of_neighbors() -> None:
    picture = rng.random((1, 4, 6, 3), np.float32)
    squares = np.sum(np.diff(picture, axis=1) ** 2) + np.sum(np.diff(picture, axis=2) ** 2)
    assert float(TotalVariationLoss("plain")(tf.constant(picture))) == pytest.approx(squares * 255**2, rel=1e-5)
    assert float(TotalVariationLoss("target")(tf.constant(picture))) == pytest.approx(squares / picture.size, rel=1e-5)


@pytest.mark.parametrize("normalization", ["plain", "target"])
def test_the_gradient_of_total_variation_matches_automatic_differentiation(normalization: str) -> None:
    picture = tf.constant(rng.random((1, 4, 6, 3), np.float32))
    scale = 255.0**2 if normalization == "plain" else 1 / 72
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(picture)
        ours = 3.0 * TotalVariationLoss(normalization)(picture)  # type: ignore[arg-type]  # one of the two literals
        down, right = picture[:, 1:] - picture[:, :-1], picture[:, :, 1:] - picture[:, :, :-1]
        plain = 3.0 * scale * (tf.reduce_sum(down**2) + tf.reduce_sum(right**2))
    np.testing.assert_allclose(tape.gradient(ours, picture), tape.gradient(plain, picture), rtol=1e-4, atol=1e-6)


def test_a_flat_picture_has_no_total_variation() -> None:
    assert float(TotalVariationLoss("target")(tf.fill((1, 5, 1, 3), 0.4))) == 0
