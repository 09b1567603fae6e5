"""The losses against their formulas, written out in numpy."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import tensorflow as tf

from stylizer.losses import (
    AngleDistance,
    ContentLoss,
    GramDistance,
    SquaredDistance,
    StyleLoss,
    TotalVariationLoss,
    WassersteinDistance,
    gram_matrix,
)
from stylizer.recipe import Normalization

DISTANCES = (SquaredDistance("plain"), SquaredDistance("target"), WassersteinDistance(), AngleDistance())

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
    loss = StyleLoss(SquaredDistance("plain"))(tf.constant(painting), gram_matrix(tf.constant(style)))
    assert float(loss) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("distance", [SquaredDistance("target"), WassersteinDistance(), AngleDistance()])
def test_style_loss_does_not_depend_on_position(distance: GramDistance) -> None:
    style = features()
    shuffled = rng.permutation(style.reshape(-1, 4)).reshape(style.shape)
    loss = StyleLoss(distance)(tf.constant(shuffled), distance.target(gram_matrix(tf.constant(style))))
    assert float(loss) == pytest.approx(0, abs=1e-7)


@pytest.mark.parametrize("normalization", ["plain", "target"])
def test_the_style_loss_gradient_matches_automatic_differentiation(normalization: Normalization) -> None:
    painting, style = tf.constant(features()), gram_matrix(tf.constant(features()))
    scale = 1 / 64 if normalization == "plain" else 1 / tf.reduce_sum(style**2)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(painting)
        ours = 3.0 * StyleLoss(SquaredDistance(normalization))(painting, style)
        plain = 3.0 * scale * tf.reduce_sum((gram_matrix(painting) - style) ** 2)
    np.testing.assert_allclose(tape.gradient(ours, painting), tape.gradient(plain, painting), rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("distance", [SquaredDistance("target"), WassersteinDistance(), AngleDistance()])
@pytest.mark.parametrize(("height", "width"), [(40, 30), (7, 9), (1, 3)])
def test_the_style_loss_of_bfloat16_features_is_close_to_that_of_float32(
    distance: GramDistance, height: int, width: int
) -> None:
    painting, style = tf.constant(features(height, width)), features(height, width) ** 2
    painting, target = tf.cast(painting, tf.bfloat16), distance.target(gram_matrix(tf.constant(style)))
    exact = StyleLoss(distance)(tf.cast(painting, tf.float32), target)
    assert float(StyleLoss(distance)(painting, target)) == pytest.approx(float(exact), rel=0.01)


def test_the_wasserstein_distance_of_independent_channels_is_that_of_their_deviations() -> None:
    gram, style = (tf.linalg.diag(tf.constant(squares)) for squares in ([4.0, 9.0, 0.0], [1.0, 16.0, 4.0]))
    distance = WassersteinDistance()
    # (2 - 1)^2 + (3 - 4)^2 + (0 - 2)^2, relative to 1 + 16 + 4, times 4
    assert float(distance(gram, distance.target(style)).value) == pytest.approx(24 / 21, rel=1e-4)


def test_the_wasserstein_target_is_a_square_root_even_of_a_matrix_without_full_rank() -> None:
    style = gram_matrix(tf.constant(features(height=1, width=2)))
    root = WassersteinDistance().target(style).numpy()
    np.testing.assert_allclose(root @ root, style, rtol=1e-5)


def test_one_channels_wasserstein_distance_is_as_steep_near_the_target_as_its_squared_difference() -> None:
    gram, style = tf.constant([[1.02]]), tf.constant([[1.0]])
    squared, wasserstein = (
        distance(gram, distance.target(style)) for distance in (SquaredDistance("target"), WassersteinDistance())
    )
    assert float(wasserstein.value) == pytest.approx(float(squared.value), rel=0.02)
    assert float(wasserstein.slope[0, 0]) == pytest.approx(float(squared.slope[0, 0]), rel=0.02)


def test_the_wasserstein_gradient_matches_finite_differences() -> None:
    painting, distance = features(), WassersteinDistance()
    style, loss = distance.target(gram_matrix(tf.constant(features()))), StyleLoss(distance)
    with tf.GradientTape() as tape:
        watched = tf.constant(painting)
        tape.watch(watched)
        value = 3.0 * loss(watched, style)
    gradient = tape.gradient(value, watched).numpy()
    direction = gradient / np.linalg.norm(gradient)
    ahead, behind = (3.0 * float(loss(tf.constant(painting + step * direction), style)) for step in (0.05, -0.05))
    assert (ahead - behind) / 0.1 == pytest.approx(np.linalg.norm(gradient), rel=0.02)


def test_a_black_picture_has_a_finite_wasserstein_gradient() -> None:
    distance = WassersteinDistance()
    with tf.GradientTape() as tape:
        black = tf.zeros((1, 3, 5, 4))
        tape.watch(black)
        value = StyleLoss(distance)(black, distance.target(gram_matrix(tf.constant(features()))))
    assert float(value) == pytest.approx(4, rel=1e-4)
    assert np.isfinite(tape.gradient(value, black)).all()


def test_the_angle_distance_is_zero_for_a_multiple_and_one_without_anything_in_common() -> None:
    style, distance = gram_matrix(tf.constant(features())), AngleDistance()
    value, slope = distance(3.0 * style, distance.target(style))
    assert float(value) == pytest.approx(0, abs=1e-7)
    np.testing.assert_allclose(slope, np.zeros((4, 4)), atol=1e-6)
    one, other = (tf.linalg.diag(tf.constant(squares)) for squares in ([4.0, 0.0], [0.0, 9.0]))
    assert float(distance(one, other).value) == 1


def test_the_angle_gradient_matches_automatic_differentiation() -> None:
    painting, style = tf.constant(features()), gram_matrix(tf.constant(features()))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(painting)
        ours = StyleLoss(AngleDistance())(painting, style)
        gram = gram_matrix(painting)
        plain = 1 - (tf.reduce_sum(gram * style) / (tf.norm(gram) * tf.norm(style))) ** 2
    np.testing.assert_allclose(tape.gradient(ours, painting), tape.gradient(plain, painting), rtol=1e-3, atol=1e-7)


def test_near_its_target_a_matrix_is_as_far_by_angle_as_by_squared_difference() -> None:
    style = gram_matrix(tf.constant(features()))
    change = tf.linalg.diag(tf.constant([0.01, -0.01, 0.01, 0.0]))
    across = change - tf.reduce_sum(change * style) / tf.reduce_sum(style**2) * style
    by_angle, squared = (distance(style + across, style) for distance in (AngleDistance(), SquaredDistance("target")))
    assert float(by_angle.value) == pytest.approx(float(squared.value), rel=0.02)


@pytest.mark.parametrize("distance", [WassersteinDistance(), AngleDistance()])
def test_black_pictures_have_finite_slopes(distance: GramDistance) -> None:
    black, style = tf.zeros((4, 4)), gram_matrix(tf.constant(features()))
    for gram, target in ((black, style), (style, black), (black, black)):
        value, slope = distance(gram, distance.target(target))
        assert np.isfinite(value)
        assert np.isfinite(slope).all()


def test_features_that_overflow_are_infinitely_far_away() -> None:
    distance = WassersteinDistance()
    value, slope = distance(tf.fill((4, 4), float("nan")), distance.target(gram_matrix(tf.constant(features()))))
    assert np.isinf(value)
    assert np.isfinite(slope).all()


@pytest.mark.parametrize("distance", DISTANCES)
def test_the_style_loss_of_a_gram_matrix_is_that_of_its_features(distance: GramDistance) -> None:
    painting, target = tf.constant(features()), distance.target(gram_matrix(tf.constant(features())))
    loss = StyleLoss(distance)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(painting)
        whole = loss(painting, target)
        summed = loss.of_gram(gram_matrix(painting), target)
    assert float(summed) == pytest.approx(float(whole), rel=1e-5)
    np.testing.assert_allclose(tape.gradient(summed, painting), tape.gradient(whole, painting), rtol=1e-4, atol=1e-7)


def losses_with_targets() -> Iterator[tuple[ContentLoss | StyleLoss, tf.Tensor]]:
    """Yield each loss with a target."""
    other = tf.constant(features())
    yield from ((ContentLoss("plain"), other), (ContentLoss("target"), other))
    for distance in DISTANCES:
        yield StyleLoss(distance), distance.target(gram_matrix(other))


@pytest.mark.parametrize(("loss", "target"), tuple(losses_with_targets()))
def test_the_size_of_a_gradient_is_known_without_computing_it(loss: ContentLoss | StyleLoss, target: tf.Tensor) -> None:
    painting = tf.constant(features())
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
