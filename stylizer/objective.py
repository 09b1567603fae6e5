"""The objective that a painting's pixels minimize, and its gradient."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple, Self

import tensorflow as tf

from stylizer.events import Losses
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
from stylizer.recipe import Recipe
from stylizer.scales import MAX_WHOLE_PIXELS
from stylizer.strips import STRIP_ROWS, StripNetwork
from stylizer.vgg16 import NO_TAPS, VGG16, Seen, Taps, at_layers

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


class WeightedStyle(NamedTuple):
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
    """What the Gram matrix of each style layer is compared with, (channels, channels) float32; see `GramDistance`."""
    weights: tf.Tensor
    """(3,) float32: of content, style and total variation."""
    shares: tf.Tensor
    """(style layers,) float32: each layer's share of the style."""


class Objective:
    """content_weight x content + style_weight x style + total_variation_weight x total variation.

    One objective serves every size and every weight: its graph is traced once, with unknown height and width, because
    tracing takes about a second.
    """

    def __init__(
        self,
        network: VGG16,
        recipe: Recipe,
        *,
        in_strips: bool = False,
        max_whole_pixels: int = MAX_WHOLE_PIXELS,
        strip_rows: int = STRIP_ROWS,
    ) -> None:
        """Trace nothing yet. `in_strips` takes far less memory for a large canvas, and a little longer.

        Style pictures of more than `max_whole_pixels` are always seen in strips, of at most `strip_rows` each.
        """
        self._network = network
        self._in_strips = in_strips
        self._max_whole_pixels = max_whole_pixels
        self._strip_rows = strip_rows
        self._pooling = recipe.pooling
        self._padding = recipe.padding
        self._content_layers = recipe.content_layers
        self._style_layers = tuple(recipe.style_layers)
        self._content_loss = ContentLoss(recipe.normalization)
        self._distances = {layer: _distance_at(layer, recipe) for layer in self._style_layers}
        self._style_losses = {layer: StyleLoss(distance) for layer, distance in self._distances.items()}
        self._total_variation_loss = TotalVariationLoss(recipe.normalization)
        self._features = tf.function(self._trace_features, autograph=False, input_signature=[PICTURE_SPEC])
        opacity = tf.TensorSpec((1, None, None, 1), tf.float32)
        self._grams, self._grams_in_strips = (
            tf.function(
                partial(self._trace_grams, in_strips=in_strips),
                autograph=False,
                input_signature=[PICTURE_SPEC, opacity],
            )
            for in_strips in (False, True)
        )
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
            tuple(recipe.style_distances.items()),
            recipe.normalization,
        )

    def aim(self, content: tf.Tensor, styles: Iterable[WeightedStyle], recipe: Recipe) -> Aim:
        """Take the targets from the content, (1, height, width, 3) float32 from 0 to 1, and from one or more styles.

        The targets of several styles are the means of theirs, weighted by share.
        """
        # Plain losses grow with the square of the features, and with the fourth power.
        feature_scale = self._network.feature_scale if recipe.normalization == "plain" else 1.0
        content_weight, style_weight = recipe.content_weight / feature_scale**2, recipe.style_weight / feature_scale**4
        return Aim(
            content=self._features(content),
            style=self._blended(styles),
            weights=tf.constant((content_weight, style_weight, recipe.total_variation_weight), tf.float32),
            shares=tf.constant([recipe.style_layers[layer] for layer in self._style_layers], tf.float32),
        )

    def _blended(self, styles: Iterable[WeightedStyle]) -> tuple[tf.Tensor, ...]:
        """The target of each style layer, if there are styles. Only one style's features are in memory at a time."""
        blend: tuple[tf.Tensor, ...] = ()
        for picture, opacity, share in styles:
            height_px, width_px = picture.shape[1:3]
            grams_of = self._grams if height_px * width_px <= self._max_whole_pixels else self._grams_in_strips
            grams = grams_of(picture, tf.ones_like(picture[..., :1]) if opacity is None else opacity)
            weighted = tuple(share * gram for gram in grams)
            blend = tuple(map(tf.add, blend, weighted)) if blend else weighted
        return tuple(distance.target(gram) for distance, gram in zip(self._distances.values(), blend, strict=False))

    def _trace_features(self, picture: tf.Tensor) -> tuple[tf.Tensor, ...]:
        features = self._see(picture, features=self._content_layers, in_strips=self._in_strips).features
        return tuple(features[layer] for layer in self._content_layers)

    def _trace_grams(self, picture: tf.Tensor, opacity: tf.Tensor, *, in_strips: bool) -> tuple[tf.Tensor, ...]:
        weights = at_layers(opacity)
        features, grams = self._see(picture, grams=self._style_layers, weights=weights, in_strips=in_strips)
        return tuple(
            grams[layer] if layer in grams else gram_matrix(features[layer], weights[layer])
            for layer in self._style_layers
        )

    def _see(
        self,
        picture: tf.Tensor,
        *,
        features: Collection[str] = (),
        grams: Collection[str] = (),
        weights: Mapping[str, tf.Tensor] | None = None,
        taps: Taps = NO_TAPS,
        in_strips: bool,
    ) -> Seen:
        """The features of some layers, and the features or the Gram matrices of others; layers with taps give both."""
        if not in_strips:
            return self._network.see(
                picture, {*features, *grams}, pooling=self._pooling, padding=self._padding, taps=taps
            )
        network = StripNetwork(
            self._network,
            features=features,
            grams=grams,
            pooling=self._pooling,
            padding=self._padding,
            strip_rows=self._strip_rows,
        )
        return network(picture, weights, taps=taps)

    def _trace_evaluate(self, picture: tf.Tensor, aim: Any) -> Evaluation:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(picture)
            losses, features = self._losses(picture, aim)
            terms = aim.weights * losses
            total = tf.reduce_sum(terms)
        if self._network.compute_dtype == tf.float16:
            scale = self._float16_scale(features, aim)
            gradient = tape.gradient(total, picture, output_gradients=scale) / scale
        else:
            gradient = tape.gradient(total, picture)
        return Evaluation(tf.concat([terms, [total]], axis=0), gradient)

    def _losses(self, picture: tf.Tensor, aim: Any) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """(3,): content, style and total variation, before they are weighted; and the features they are of."""
        features, grams = self._see(
            picture,
            features=self._content_layers,
            grams=self._style_layers,
            taps={layer: loss.tap for layer, loss in self._style_losses.items()},
            in_strips=self._in_strips,
        )
        content = self._content(features, aim)
        style = tf.reduce_sum(
            aim.shares
            * tf.stack(
                [
                    self._style_losses[layer].of_gram(grams[layer], target)
                    if layer in grams
                    else self._style_losses[layer](features[layer], target)
                    for layer, target in zip(self._style_layers, aim.style, strict=True)
                ]
            )
        )
        return tf.stack([content, style, self._total_variation_loss(picture)]), features

    def _content(self, features: Mapping[str, tf.Tensor], aim: Any) -> tf.Tensor:
        return tf.add_n(
            [
                self._content_loss(features[layer], target)
                for layer, target in zip(self._content_layers, aim.content, strict=True)
            ]
        )

    def _float16_scale(self, features: Mapping[str, tf.Tensor], aim: Any) -> tf.Tensor:
        """By what to multiply the gradient on its way through the network, a float32 scalar.

        Float16 ends at 6e-8, and most of the features' gradients are 1e-9 to 1e-7: without this, they would vanish
        (Micikevicius et al. 2018, arXiv 1710.03740, section 3.2). Afterwards the largest of them has a root mean square
        of 1, whose peaks are far below the end of float16 at 65,504, and no layer below is far from that.
        """
        content = [
            aim.weights[0] * self._content_loss.gradient_rms(features[layer], target)
            for layer, target in zip(self._content_layers, aim.content, strict=True)
        ]
        style = [
            aim.weights[1] * share * gradient_rms
            for share, gradient_rms in zip(
                tf.unstack(aim.shares), self._style_gradients_rms(features, aim), strict=True
            )
        ]
        return 1.0 / tf.maximum(tf.reduce_max([*content, *style]), 1e-20)

    def _style_gradients_rms(self, features: Mapping[str, tf.Tensor], aim: Any) -> list[tf.Tensor]:
        """The root mean square of the style loss's gradient with respect to each style layer's features."""
        return [
            self._style_losses[layer].gradient_rms(features[layer], target)
            for layer, target in zip(self._style_layers, aim.style, strict=True)
        ]


def _distance_at(layer: str, recipe: Recipe) -> GramDistance:
    """How a recipe compares the Gram matrices of a style layer."""
    match recipe.style_distances.get(layer):
        case "wasserstein":
            return WassersteinDistance()
        case "angle":
            return AngleDistance()
        case None:
            return SquaredDistance(recipe.normalization)
