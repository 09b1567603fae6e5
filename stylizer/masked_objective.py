"""The objective of a painting with a mask, in which each region may have its own style."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple

import tensorflow as tf

from stylizer.losses import RegionStyleLoss
from stylizer.objective import PICTURE_SPEC, Objective, WeightedStyle
from stylizer.recipe import Recipe
from stylizer.vgg16 import VGG16, at_layers

_PLANES_SPEC = tf.TensorSpec((1, None, None, None), tf.float32)


class MaskedCanvas(NamedTuple):
    """A mask's data for a canvas; all (1, height, width, …) float32 of the canvas's size."""

    untouched: tf.Tensor
    """(…, 3): the picture that shows where nothing is painted."""
    opacity: tf.Tensor
    """(…, 1): how much of each pixel is painted, from 0 to 1."""
    regions: tf.Tensor
    """(…, regions): how much each pixel belongs to each region, from 0 to 1."""


class MaskedAim(NamedTuple):
    """The targets of a painting with a mask; tensors only."""

    content: tuple[tf.Tensor, ...]
    """As in `Aim`."""
    style: tuple[tf.Tensor, ...]
    """As in `Aim`, but for each region: (regions, channels, channels)."""
    regions: tuple[tf.Tensor, ...]
    """For each style layer, how much each position belongs to each region: (1, height, width, regions)."""
    weights: tf.Tensor
    """As in `Aim`."""
    shares: tf.Tensor
    """As in `Aim`."""
    untouched: tf.Tensor
    """As in `MaskedCanvas`."""
    opacity: tf.Tensor
    """As in `MaskedCanvas`."""


class MaskedObjective(Objective):
    """Evaluates the visible picture, in which the content picture covers the untouched parts.

    So the losses include what is around a region, and a pixel's gradient fades with its opacity. The graph is traced
    once for all masks, with an unknown number of regions.
    """

    def __init__(self, network: VGG16, recipe: Recipe) -> None:
        super().__init__(network, recipe)
        self._region_style_losses = {layer: RegionStyleLoss(distance) for layer, distance in self._distances.items()}

    def _spec(self) -> MaskedAim:
        spec = super()._spec()
        return MaskedAim(
            content=spec.content,
            style=tuple(tf.TensorSpec((None, None, None), tf.float32) for _ in spec.style),
            regions=tuple(_PLANES_SPEC for _ in spec.style),
            weights=spec.weights,
            shares=spec.shares,
            untouched=PICTURE_SPEC,
            opacity=tf.TensorSpec((1, None, None, 1), tf.float32),
        )

    def masked_aim(
        self, content: tf.Tensor, styles: Iterable[WeightedStyle], recipe: Recipe, canvas: MaskedCanvas
    ) -> MaskedAim:
        """Compute the targets from the content and the styles, as `aim` does.

        A single region gets a blend of all styles; if there are several, each gets the style with its number.
        """
        base = self.aim(content, (), recipe)
        blends = [styles] if canvas.regions.shape[-1] == 1 else [[style._replace(share=1.0)] for style in styles]
        targets = [self._blended(blend) for blend in blends]
        regions = at_layers(canvas.regions)
        return MaskedAim(
            content=base.content,
            style=tuple(tf.stack(grams) for grams in zip(*targets, strict=True)),
            regions=tuple(regions[layer] for layer in self._style_layers),
            weights=base.weights,
            shares=base.shares,
            untouched=canvas.untouched,
            opacity=canvas.opacity,
        )

    def _losses(self, picture: tf.Tensor, aim: Any) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        seen = aim.untouched + aim.opacity * (picture - aim.untouched)
        # Never in strips, because those don't compute Gram matrices of regions.
        features, grams = self._see(
            seen,
            features=self._content_layers,
            grams=self._style_layers,
            taps={
                layer: partial(self._region_style_losses[layer].tap, weights=regions)
                for layer, regions in zip(self._style_layers, aim.regions, strict=True)
            },
            in_strips=False,
        )
        style = tf.stack(
            [
                self._region_style_losses[layer].of_grams(grams[layer], targets, regions)
                for layer, targets, regions in zip(self._style_layers, aim.style, aim.regions, strict=True)
            ]
        )
        losses = [self._content(features, aim), tf.reduce_sum(aim.shares * style), self._total_variation_loss(seen)]
        return tf.stack(losses), features

    def _style_gradients_rms(self, features: Mapping[str, tf.Tensor], aim: Any) -> list[tf.Tensor]:
        return [
            self._region_style_losses[layer].gradient_rms(features[layer], targets, regions)
            for layer, targets, regions in zip(self._style_layers, aim.style, aim.regions, strict=True)
        ]
