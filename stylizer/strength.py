"""The dial of style strength: 0 is the content picture, 1 the recipe as written, 2 the most. Equal steps look equal.

How far a painting is from its content picture is its content error: the squared distance of their features, relative to
that picture's own. Up to 1, a finished painting fades into the content picture until its content error is that share of
what it was. This is measured for each painting, so it holds for every recipe, picture and size. Over 1, the recipe's
`StrengthSettings` say how the start fades and the content's weight falls.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from stylizer.images import fit_size, resize
from stylizer.losses import ContentLoss
from stylizer.recipe import STRENGTH_STOPS, StrengthSettings
from stylizer.vgg16 import VGG16

ERROR_LAYERS = ("block4_conv2", "block5_conv1")
"""The layers whose mean relative error is the content error."""

_MEASURED_PX = 512
"""Larger paintings are measured at this longest side, which takes a second or two."""
_TOLERANCE = 0.01
_MAX_TRIALS = 8
_LEAST_ERROR = 1e-12

_Rgb = NDArray[np.float32]


class ContentError:
    """Measures how far pictures are from a content picture, in a network's features."""

    def __init__(self, network: VGG16) -> None:
        self._network = network
        self._loss = ContentLoss("target")
        picture = tf.TensorSpec((1, None, None, 3), tf.float32)
        self._features = tf.function(self._trace_features, autograph=False, input_signature=[picture])

    def from_content(self, content: _Rgb) -> Callable[[_Rgb], float]:
        """A measure of the content error of pictures of the content's size, (height, width, 3) from 0 to 1."""
        targets = self._features(_measured(content))

        def error_of(picture: _Rgb) -> float:
            features = self._features(_measured(picture))
            errors = [self._loss(ours, theirs) for ours, theirs in zip(features, targets, strict=True)]
            return float(tf.reduce_mean(tf.stack(errors)))

        return error_of

    def _trace_features(self, picture: tf.Tensor) -> tuple[tf.Tensor, ...]:
        features = self._network.features(picture, ERROR_LAYERS, padding="replicate")
        return tuple(features[layer] for layer in ERROR_LAYERS)


def faded_share(strength: float, painting: _Rgb, content: _Rgb, error_of: Callable[[_Rgb], float]) -> float:
    """How much of a painting is left at a strength under 1, so that its content error falls to that share.

    Both pictures have the size that `error_of` measures.
    """
    whole = max(error_of(painting), _LEAST_ERROR)
    return _share_leaving(strength, lambda share: error_of(faded(painting, content, share)) / whole)


def unfaded(strength: float, shown: _Rgb, content: _Rgb, error_of: Callable[[_Rgb], float]) -> _Rgb:
    """Undo `faded_share`: estimate the painting at full strength that was faded to `shown` at this one.

    Both pictures have the size that `error_of` measures.
    """

    def whole(share: float) -> _Rgb:
        return np.clip(faded(shown, content, 1 / share), 0, 1)

    left = error_of(shown)
    share = _share_leaving(strength, lambda share: left / max(error_of(whole(share)), _LEAST_ERROR))
    # Paintings keep about this much or more; a picture that never was one may not be found at all.
    return whole(max(share, strength / 2))


def faded(painting: _Rgb, content: _Rgb, share: float) -> _Rgb:
    """The painting, of which only this share is left, in front of the content."""
    return content + np.float32(share) * (painting - content)


def _share_leaving(strength: float, error_left: Callable[[float], float]) -> float:
    """The share of a painting that leaves this share of its content error, which `error_left` says for trial shares."""
    # A squared distance grows with the square of what is left, as long as features are nearly linear. So its root is
    # nearly a straight line, which regula falsi follows; the Illinois variant (Dowell & Jarratt 1971) halves an end
    # that stays, for paintings where it isn't.
    wanted = math.sqrt(strength)
    (low, low_gap), (high, high_gap) = (0.0, -wanted), (1.0, 1 - wanted)
    was_low: bool | None = None
    share = wanted
    for _ in range(_MAX_TRIALS):
        gap = math.sqrt(error_left(share)) - wanted
        if abs(gap) <= _TOLERANCE * wanted:
            break
        if gap < 0:
            low, low_gap = share, gap
            high_gap /= 2 if was_low is True else 1
        else:
            high, high_gap = share, gap
            low_gap /= 2 if was_low is False else 1
        was_low = gap < 0
        share = (low * high_gap - high * low_gap) / (high_gap - low_gap)
    return share


def boost_of(strength: float, settings: StrengthSettings) -> float:
    """The share of `StrengthSettings`' full changes at a strength over 1, from 0 to 1; 0 up to 1."""
    return float(np.interp(strength, (1.0, *STRENGTH_STOPS), (0.0, *settings.boosts)))


def _measured(picture: _Rgb) -> tf.Tensor:
    height_px, width_px = picture.shape[:2]
    if max(height_px, width_px) > _MEASURED_PX:
        width_px, height_px = fit_size(width_px, height_px, longest_side_px=_MEASURED_PX)
        picture = resize(picture, width_px=width_px, height_px=height_px)
    return tf.constant(picture[None])
