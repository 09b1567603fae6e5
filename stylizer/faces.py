"""Finds faces, so that a painting can spare them.

The detector is MediaPipe's BlazeFace (Bazarevsky et al. 2019, arXiv 1907.05047), its full-range model;
stylizer/weights/README.md has its source.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from importlib import resources

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from PIL import Image

from stylizer.mask import Face

_MODEL = "blazeface_full_range.tflite"
# The side of the model's square input in pixels, and of the square grid of places where it looks for faces.
_INPUT_PX, _PLACES = 192, 48
_LOOKED_AT_PX = 512
_MIN_SCORE = 0.75
"""From 0 to 1. At 0.6, brush strokes are mistaken for small faces."""
_SAME_FACE = 0.3
"""Two boxes are the same face from this overlap on, relative to the smaller box."""


class FaceDetector:
    """A loaded face detector. It finds faces from a twentieth of a picture's longest side up."""

    def __init__(self) -> None:
        """Load the shipped model."""
        model = resources.files("stylizer.weights").joinpath(_MODEL).read_bytes()
        with warnings.catch_warnings(action="ignore"):  # that the interpreter will move to its own package
            self._interpreter = tf.lite.Interpreter(model_content=model)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._outputs = [output["index"] for output in self._interpreter.get_output_details()]

    def find(self, rgb: NDArray[np.uint8]) -> list[Face]:
        """Find the faces in a picture, (height, width, 3) sRGB, most certain first."""
        image = Image.fromarray(rgb)
        image.thumbnail((_LOOKED_AT_PX, _LOOKED_AT_PX))
        found = [
            (score, box)
            for window in _windows(*image.size)
            for score, box in self._find_in(image.crop(window).resize((_INPUT_PX, _INPUT_PX), reducing_gap=2), window)
        ]
        boxes: list[NDArray[np.float64]] = []
        for _, box in sorted(found, key=lambda candidate: candidate[0], reverse=True):
            if all(_overlap(box, other) < _SAME_FACE for other in boxes):
                boxes.append(box)
        size = np.array(image.size * 2)
        return [Face(*(box / size).tolist()) for box in boxes]

    def _find_in(
        self, image: Image.Image, window: tuple[int, int, int, int]
    ) -> Iterator[tuple[float, NDArray[np.float64]]]:
        """Yield the score and the box, in the whole picture's pixels, of each place in a window that shows a face."""
        self._interpreter.set_tensor(self._input, np.asarray(image, np.float32)[None] / 127.5 - 1)
        self._interpreter.invoke()
        boxes, scores = (self._interpreter.get_tensor(output)[0].astype(np.float64) for output in self._outputs)
        left, top, right, _ = window
        for place in np.flatnonzero(scores[:, 0] > math.log(_MIN_SCORE / (1 - _MIN_SCORE))):  # logits
            row, column = divmod(int(place), _PLACES)
            center = (np.array((column, row)) + 0.5) / _PLACES + boxes[place, :2] / _INPUT_PX
            half = boxes[place, 2:4] / _INPUT_PX / 2
            box = np.concatenate((center - half, center + half)) * (right - left) + (left, top, left, top)
            yield float(scores[place, 0]), box


def _windows(width_px: int, height_px: int) -> Iterator[tuple[int, int, int, int]]:
    """The square windows to search for faces.

    One around the whole picture; one of twice that side, for a face that fills the picture; and several of half that
    side, which overlap by half.
    """
    whole_px = max(width_px, height_px)
    for side_px in (whole_px, 2 * whole_px, math.ceil(whole_px / 2)):
        for top in _offsets(height_px, side_px):
            for left in _offsets(width_px, side_px):
                yield left, top, left + side_px, top + side_px


def _offsets(length_px: int, side_px: int) -> list[int]:
    """Where squares that cover a length begin; a single one is centered, and may be longer."""
    if length_px <= side_px:
        return [(length_px - side_px) // 2]
    count = 1 + math.ceil((length_px - side_px) / (side_px / 2))
    return [round(offset) for offset in np.linspace(0, length_px - side_px, count)]


def _overlap(box: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    shared = np.maximum(np.minimum(box[2:], other[2:]) - np.maximum(box[:2], other[:2]), 0).prod()
    return float(shared / max(min((one[2:] - one[:2]).prod() for one in (box, other)), 1e-9))
