"""The objective that a painting's pixels minimize, and its gradient."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import tensorflow as tf

from stylizer.events import Losses
from stylizer.losses import ContentLoss, StyleLoss, TotalVariationLoss, gram_matrix
from stylizer.recipe import Recipe
from stylizer.vgg16 import VGG16, at_layers


class Evaluation(NamedTuple):
    """The objective at one picture."""

    terms: tf.Tensor
    """(3,) float32: weighted content, style and total variation."""
    total: float
    gradient: tf.Tensor
    """Of the total with respect to the picture, in the picture's shape, float32."""

    @property
    def losses(self) -> Losses:
        content, style, total_variation = (float(term) for term in self.terms.numpy())
        return Losses(content=content, style=style, total_variation=total_variation, total=self.total)


class WeighedStyle(NamedTuple):
    """A style picture that an objective aims at."""

    picture: tf.Tensor
    """(1, height, width, 3) float32 from 0 to 1."""
    opacity: tf.Tensor | None = None
    """(1, height, width, 1): how much each position counts; None if all count the same."""
    share: float = 1.0
    """How much the style counts; those of a blend sum to 1."""


class Objective:
    """content_weight x content + style_weight x style + total_variation_weight x total variation.

    One objective serves every size and every weight: its graph is traced once, with unknown height and width, because
    tracing takes about a second. Call `aim` before evaluating.
    """

    def __init__(self, network: VGG16, recipe: Recipe) -> None:
        self._network = network
        self._pooling = recipe.pooling
        self._padding = recipe.padding
        self._content_layers = recipe.content_layers
        self._style_layers = tuple(recipe.style_layers)
        self._content_loss = ContentLoss(recipe.normalization)
        self._style_loss = StyleLoss(recipe.normalization)
        self._total_variation_loss = TotalVariationLoss(recipe.normalization)
        picture = tf.TensorSpec((1, None, None, 3), tf.float32)
        self._features = tf.function(self._trace_features, autograph=False, input_signature=[picture])
        opacity = tf.TensorSpec((1, None, None, 1), tf.float32)
        self._grams = tf.function(self._trace_grams, autograph=False, input_signature=[picture, opacity])
        feature_specs = tuple(tf.TensorSpec((1, None, None, None), network.compute_dtype) for _ in self._content_layers)
        gram_specs = tuple(tf.TensorSpec((None, None), tf.float32) for _ in self._style_layers)
        weights = tf.TensorSpec((3,), tf.float32)
        shares = tf.TensorSpec((len(self._style_layers),), tf.float32)
        self._evaluate = tf.function(
            self._trace_evaluate, autograph=False, input_signature=[picture, feature_specs, gram_specs, weights, shares]
        )
        self._content_targets: tuple[tf.Tensor, ...] = ()
        self._style_targets: tuple[tf.Tensor, ...] = ()
        self._weights = tf.zeros((3,))
        self._shares = tf.zeros((len(self._style_layers),))

    @staticmethod
    def key(recipe: Recipe) -> tuple[object, ...]:
        """Recipes with the same key can share an objective: they differ only in numbers, not in the graph."""
        return (
            recipe.pooling,
            recipe.padding,
            recipe.content_layers,
            tuple(recipe.style_layers),
            recipe.normalization,
        )

    @property
    def style_targets(self) -> dict[str, tf.Tensor]:
        """The Gram matrix that each style layer aims at, (channels, channels) float32."""
        return dict(zip(self._style_layers, self._style_targets, strict=True))

    def aim(self, content: tf.Tensor, styles: Iterable[WeighedStyle], recipe: Recipe) -> None:
        """Take the targets from the content, (1, height, width, 3) float32 from 0 to 1, and from one or more styles.

        The targets of several styles are the means of theirs, weighted by share.
        """
        self._content_targets = self._features(content)
        self._style_targets = self._blended(styles)
        self._weights = tf.constant(
            (recipe.content_weight, recipe.style_weight, recipe.total_variation_weight), tf.float32
        )
        self._shares = tf.constant([recipe.style_layers[layer] for layer in self._style_layers], tf.float32)

    def _blended(self, styles: Iterable[WeighedStyle]) -> tuple[tf.Tensor, ...]:
        """The Gram matrix of each style layer. One style at a time, so that only one's features are in memory."""
        blend: tuple[tf.Tensor, ...] = ()
        for picture, opacity, share in styles:
            grams = self._grams(picture, tf.ones_like(picture[..., :1]) if opacity is None else opacity)
            weighed = tuple(share * gram for gram in grams)
            blend = tuple(map(tf.add, blend, weighed)) if blend else weighed
        return blend

    def __call__(self, picture: tf.Tensor) -> Evaluation:
        """Evaluate at `picture`, which has the shape of the content picture given to `aim`."""
        terms, total, gradient = self._evaluate(
            picture, self._content_targets, self._style_targets, self._weights, self._shares
        )
        return Evaluation(terms, float(total), gradient)

    def _trace_features(self, picture: tf.Tensor) -> tuple[tf.Tensor, ...]:
        features = self._network.features(picture, self._content_layers, pooling=self._pooling, padding=self._padding)
        return tuple(features[layer] for layer in self._content_layers)

    def _trace_grams(self, picture: tf.Tensor, opacity: tf.Tensor) -> tuple[tf.Tensor, ...]:
        features = self._network.features(picture, self._style_layers, pooling=self._pooling, padding=self._padding)
        weights = at_layers(opacity)
        return tuple(gram_matrix(features[layer], weights[layer]) for layer in self._style_layers)

    def _trace_evaluate(
        self,
        picture: tf.Tensor,
        content_targets: tuple[tf.Tensor, ...],
        style_targets: tuple[tf.Tensor, ...],
        weights: tf.Tensor,
        shares: tf.Tensor,
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(picture)
            features = self._network.features(
                picture,
                {*self._content_layers, *self._style_layers},
                pooling=self._pooling,
                padding=self._padding,
            )
            content = tf.add_n(
                [
                    self._content_loss(features[layer], target)
                    for layer, target in zip(self._content_layers, content_targets, strict=True)
                ]
            )
            style = tf.reduce_sum(
                shares
                * tf.stack(
                    [
                        self._style_loss(features[layer], target)
                        for layer, target in zip(self._style_layers, style_targets, strict=True)
                    ]
                )
            )
            terms = weights * tf.stack([content, style, self._total_variation_loss(picture)])
            total = tf.reduce_sum(terms)
        return terms, total, tape.gradient(total, picture)
