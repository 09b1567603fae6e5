"""The objective that a painting's pixels minimize, and its gradient."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Self

import tensorflow as tf

from stylizer.events import Losses
from stylizer.losses import ContentLoss, StyleLoss, TotalVariationLoss, gram_matrix
from stylizer.recipe import Recipe
from stylizer.vgg16 import VGG16, at_layers

PICTURE_SPEC = tf.TensorSpec((1, None, None, 3), tf.float32)
"""A picture of any size, for tracing."""


class Evaluation(NamedTuple):
    """The objective at one picture."""

    terms: tf.Tensor
    """(4,) float32: weighted content, style and total variation, and their sum."""
    gradient: tf.Tensor
    """Of the sum with respect to the picture, in the picture's shape, float32."""

    @classmethod
    def spec(cls) -> Self:
        """The dtypes and shapes of an evaluation, for tracing."""
        return cls(tf.TensorSpec((4,), tf.float32), PICTURE_SPEC)

    @property
    def total(self) -> tf.Tensor:
        """The sum, a float32 scalar."""
        return self.terms[3]

    @property
    def losses(self) -> Losses:
        """The terms as numbers, which waits for them to be computed."""
        content, style, total_variation, total = self.terms.numpy().tolist()
        return Losses(content=content, style=style, total_variation=total_variation, total=total)


class WeighedStyle(NamedTuple):
    """A style picture that an objective aims at."""

    picture: tf.Tensor
    """(1, height, width, 3) float32 from 0 to 1."""
    opacity: tf.Tensor | None = None
    """(1, height, width, 1): how much each position counts; None if all count the same."""
    share: float = 1.0
    """How much the style counts; those of a blend sum to 1."""


class Aim(NamedTuple):
    """What a painting should look like, as `Objective.aim` makes it from its pictures; tensors only."""

    content: tuple[tf.Tensor, ...]
    """The content picture's features at each content layer, (1, height, width, channels)."""
    style: tuple[tf.Tensor, ...]
    """The Gram matrix of each style layer, (channels, channels) float32."""
    weights: tf.Tensor
    """(3,) float32: of content, style and total variation."""
    shares: tf.Tensor
    """(style layers,) float32: each layer's share of the style."""


class Objective:
    """content_weight x content + style_weight x style + total_variation_weight x total variation.

    One objective serves every size and every weight: its graph is traced once, with unknown height and width, because
    tracing takes about a second.
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
        self._features = tf.function(self._trace_features, autograph=False, input_signature=[PICTURE_SPEC])
        opacity = tf.TensorSpec((1, None, None, 1), tf.float32)
        self._grams = tf.function(self._trace_grams, autograph=False, input_signature=[PICTURE_SPEC, opacity])
        self.aim_spec = self._spec()
        """The dtypes and shapes of an aim, for tracing."""
        self.evaluate = tf.function(
            self._trace_evaluate, autograph=False, input_signature=[PICTURE_SPEC, self.aim_spec]
        )
        """(picture, aim) -> `Evaluation`; the picture has the shape of the content picture given to `aim`."""

    def _spec(self) -> Any:
        return Aim(
            content=tuple(
                tf.TensorSpec((1, None, None, None), self._network.compute_dtype) for _ in self._content_layers
            ),
            style=tuple(tf.TensorSpec((None, None), tf.float32) for _ in self._style_layers),
            weights=tf.TensorSpec((3,), tf.float32),
            shares=tf.TensorSpec((len(self._style_layers),), tf.float32),
        )

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

    def aim(self, content: tf.Tensor, styles: Iterable[WeighedStyle], recipe: Recipe) -> Aim:
        """Take the targets from the content, (1, height, width, 3) float32 from 0 to 1, and from one or more styles.

        The targets of several styles are the means of theirs, weighted by share.
        """
        return Aim(
            content=self._features(content),
            style=self._blended(styles),
            weights=tf.constant(
                (recipe.content_weight, recipe.style_weight, recipe.total_variation_weight), tf.float32
            ),
            shares=tf.constant([recipe.style_layers[layer] for layer in self._style_layers], tf.float32),
        )

    def _blended(self, styles: Iterable[WeighedStyle]) -> tuple[tf.Tensor, ...]:
        """The Gram matrix of each style layer. One style at a time, so that only one's features are in memory."""
        blend: tuple[tf.Tensor, ...] = ()
        for picture, opacity, share in styles:
            grams = self._grams(picture, tf.ones_like(picture[..., :1]) if opacity is None else opacity)
            weighed = tuple(share * gram for gram in grams)
            blend = tuple(map(tf.add, blend, weighed)) if blend else weighed
        return blend

    def _trace_features(self, picture: tf.Tensor) -> tuple[tf.Tensor, ...]:
        features = self._network.features(picture, self._content_layers, pooling=self._pooling, padding=self._padding)
        return tuple(features[layer] for layer in self._content_layers)

    def _trace_grams(self, picture: tf.Tensor, opacity: tf.Tensor) -> tuple[tf.Tensor, ...]:
        features = self._network.features(picture, self._style_layers, pooling=self._pooling, padding=self._padding)
        weights = at_layers(opacity)
        return tuple(gram_matrix(features[layer], weights[layer]) for layer in self._style_layers)

    def _trace_evaluate(self, picture: tf.Tensor, aim: Any) -> Evaluation:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(picture)
            terms = aim.weights * self._losses(picture, aim)
            total = tf.reduce_sum(terms)
        return Evaluation(tf.concat([terms, [total]], axis=0), tape.gradient(total, picture))

    def _losses(self, picture: tf.Tensor, aim: Any) -> tf.Tensor:
        """(3,): content, style and total variation, before they are weighted."""
        features = self._features_for_losses(picture)
        content = self._content(features, aim)
        style = tf.reduce_sum(
            aim.shares
            * tf.stack(
                [
                    self._style_loss(features[layer], target)
                    for layer, target in zip(self._style_layers, aim.style, strict=True)
                ]
            )
        )
        return tf.stack([content, style, self._total_variation_loss(picture)])

    def _content(self, features: Mapping[str, tf.Tensor], aim: Any) -> tf.Tensor:
        return tf.add_n(
            [
                self._content_loss(features[layer], target)
                for layer, target in zip(self._content_layers, aim.content, strict=True)
            ]
        )

    def _features_for_losses(self, picture: tf.Tensor) -> dict[str, tf.Tensor]:
        return self._network.features(
            picture, {*self._content_layers, *self._style_layers}, pooling=self._pooling, padding=self._padding
        )
