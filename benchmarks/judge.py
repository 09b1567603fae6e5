"""Judge paintings: `python -m benchmarks.judge CONTENT STYLE PAINTING ...` prints the figures of each.

All features are VGG16's in float32, no matter which precision painted. The judge has its own plain network, so that a
mistake in the painter's network, which takes shortcuts, can't hide itself. `Verdict` explains the figures.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import sys
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import click
import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.surface import Rgb, border_excess, excess_noise, lattice
from stylizer.images import fit_size, open_picture, resize, to_float
from stylizer.quiet import quiet_native_code
from stylizer.recipe import LAYERS
from stylizer.weights import Weights, load_weights

with quiet_native_code():
    import tensorflow as tf

CONTENT_LAYERS = ("block4_conv2", "block5_conv1")
STYLE_LAYERS = tuple(f"block{block}_conv1" for block in range(1, 6))
PATCH_LAYER = "block3_conv1"
MAX_PATCHES = 3000
HELD_OUT_LAYERS = ("block2_conv2", "block3_conv3", "block4_conv3")
"""No recipe optimizes these."""
COLUMN_LAYERS = (*LAYERS[:7], "block4_conv3", "block5_conv3")
"""The layers of a hypercolumn, like those of Kolkin et al."""
COLUMNS = 1024
TABLE_COLUMNS = 160
"""The table width when the output isn't a terminal."""

_MEAN_BGR = (103.939, 116.779, 123.68)
_REMEMBERED = 8
"""How many pictures' features are kept; each takes about 60 MB at 512 px."""
_GOLDEN = np.array((0.7548776662466927, 0.5698402909980532))
"""The R2 sequence (Roberts 2018): the powers -1 and -2 of the plastic number."""
_EPSILON = 1e-8


def _figure(title: str, *, is_higher_better: bool = False) -> float:
    """A field of `Verdict`."""
    field: float = dataclasses.field(metadata={"title": title, "is_higher_better": is_higher_better})
    return field


@dataclass(frozen=True, slots=True)
class Verdict:
    """A painting's figures. F are the features of the painting, P those of its content and S those of its style."""

    content_error: float = _figure("content error")
    """sum (F - P)^2 / sum P^2, mean over relu4_2 and relu5_1."""
    gram_error: float = _figure("Gram error")
    """sum (G - A)^2 / sum A^2 for the Gram matrices G of F and A of S, mean over relu1_1 to relu5_1."""
    gram_cosine: float = _figure("Gram cosine", is_higher_better=True)
    """sum G A / (|G| |A|), over the same layers."""
    patch_match: float = _figure("patch match", is_higher_better=True)
    """The cosine of each 3 x 3 patch of relu3_1 with the most similar patch of the style, mean over the patches."""
    held_out: float = _figure("held out")
    """Squared distances to the style's means and covariances, each relative to the style's own; mean of both over
    relu2_2, relu3_3 and relu4_3."""
    self_similarity: float = _figure("self-similarity")
    """How much the painting's parts differ from each other, compared with the content's parts: Kolkin et al. 2019
    (arXiv 1904.12785), eq. 4, but with the mean over columns instead of entries. 0 is the same structure, 2 the most
    different one."""
    excess_noise: float = _figure("excess noise")
    """See `surface.excess_noise`; in levels of 255."""
    border_excess: float = _figure("border excess")
    """See `surface.border_excess`; in levels of 255."""
    lattice: float = _figure("lattice")
    """See `surface.lattice`."""


class Figure(NamedTuple):
    """One of the figures of a verdict."""

    name: str
    title: str
    is_higher_better: bool

    def of(self, verdict: Verdict) -> float:
        """The figure's value."""
        value: float = getattr(verdict, self.name)
        return value

    def is_at_least_as_good(self, verdict: Verdict, other: Verdict) -> bool:
        """Whether a verdict is equal to or better than another in this figure."""
        ours, theirs = self.of(verdict), self.of(other)
        return ours >= theirs if self.is_higher_better else ours <= theirs


FIGURES = tuple(
    Figure(field.name, field.metadata["title"], field.metadata["is_higher_better"])
    for field in dataclasses.fields(Verdict)
)


class _Reading(NamedTuple):
    """What the judge keeps of a picture's features."""

    contents: Mapping[str, tf.Tensor]
    grams: Mapping[str, tf.Tensor]
    moments: Mapping[str, tuple[tf.Tensor, tf.Tensor]]
    patches: tf.Tensor
    """(patches, 9 * channels), each of length 1."""
    columns: tf.Tensor
    """(COLUMNS, channels of all column layers)."""


class Judge:
    """Compares paintings with their content and style; caches the features of recent contents and styles."""

    def __init__(self, weights: Weights | None = None) -> None:
        """Load the network, by default with the shipped weights."""
        self._convolutions = {
            layer: (tf.constant(kernel), tf.constant(bias))
            for layer, (kernel, bias) in (load_weights() if weights is None else weights).items()
        }
        self._readings: OrderedDict[bytes, _Reading] = OrderedDict()

    def __call__(self, painting: Rgb, content: Rgb, style: Rgb) -> Verdict:
        """Judge a painting; all pictures are (height, width, 3) float32 RGB from 0 to 1, of any size.

        Content and style are compared at the painting's scale; see `to_scale_of`.
        """
        content, style = to_scale_of(painting, content, style)
        ours, theirs, styles = self._read(painting), self._remembered(content), self._remembered(style)
        return Verdict(
            content_error=_mean(_relative(ours.contents[layer], theirs.contents[layer]) for layer in CONTENT_LAYERS),
            gram_error=_mean(_relative(ours.grams[layer], styles.grams[layer]) for layer in STYLE_LAYERS),
            gram_cosine=_mean(_cosine(ours.grams[layer], styles.grams[layer]) for layer in STYLE_LAYERS),
            patch_match=_patch_match(ours.patches, styles.patches),
            held_out=_mean(
                _relative(one, other)
                for layer in HELD_OUT_LAYERS
                for one, other in zip(ours.moments[layer], styles.moments[layer], strict=True)
            ),
            self_similarity=_self_similarity_distance(ours.columns, theirs.columns),
            excess_noise=excess_noise(painting, content, style),
            border_excess=border_excess(painting),
            lattice=lattice(painting),
        )

    def features(self, picture: Rgb) -> Iterator[tuple[str, tf.Tensor]]:
        """Yield each layer with its features, (1, height, width, channels) float32; only one layer is in memory.

        For the first convolution, the picture is extended beyond its edges.
        """
        hidden = tf.constant(picture[None, ..., ::-1] * np.float32(255) - np.array(_MEAN_BGR, np.float32))
        hidden = tf.pad(hidden, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="SYMMETRIC")
        for layer in LAYERS:
            kernel, bias = self._convolutions[layer]
            if layer.endswith("conv1") and layer != LAYERS[0]:
                hidden = tf.nn.max_pool2d(hidden, 2, 2, "SAME")
            hidden = tf.nn.conv2d(hidden, kernel, 1, "VALID" if layer == LAYERS[0] else "SAME")
            hidden = tf.nn.relu(tf.nn.bias_add(hidden, bias))
            yield layer, hidden

    def _remembered(self, picture: Rgb) -> _Reading:
        key = hashlib.sha256(repr(picture.shape).encode() + np.ascontiguousarray(picture).tobytes()).digest()
        if key not in self._readings:
            self._readings[key] = self._read(picture)
        self._readings.move_to_end(key)
        while len(self._readings) > _REMEMBERED:
            self._readings.popitem(last=False)
        return self._readings[key]

    def _read(self, picture: Rgb) -> _Reading:
        contents, grams, moments, columns = {}, {}, {}, []
        patches = None
        for layer, features in self.features(picture):
            if layer in CONTENT_LAYERS:
                contents[layer] = features
            if layer in STYLE_LAYERS:
                grams[layer] = _gram(_rows(features))
            if layer in HELD_OUT_LAYERS:
                mean = tf.reduce_mean(features, axis=(0, 1, 2))
                moments[layer] = (mean, _gram(_rows(features) - mean))
            if layer == PATCH_LAYER:
                patches = _patches(features)
            if layer in COLUMN_LAYERS:
                columns.append(_at_points(features))
        return _Reading(contents, grams, moments, patches, tf.concat(columns, axis=1))


def to_scale_of(painting: Rgb, content: Rgb, style: Rgb) -> tuple[Rgb, Rgb]:
    """Scale the content to the painting's size, and the style to its longest side; a style is never enlarged."""
    height_px, width_px = painting.shape[:2]
    side_px = min(max(width_px, height_px), max(style.shape[:2]))
    style_width_px, style_height_px = fit_size(style.shape[1], style.shape[0], longest_side_px=side_px)
    return (
        resize(content, width_px=width_px, height_px=height_px),
        resize(style, width_px=style_width_px, height_px=style_height_px),
    )


def _rows(features: tf.Tensor) -> tf.Tensor:
    return tf.reshape(features, (-1, features.shape[-1]))


def _gram(rows: tf.Tensor) -> tf.Tensor:
    return tf.matmul(rows, rows, transpose_a=True) / rows.shape[0]


def _relative(values: tf.Tensor, target: tf.Tensor) -> float:
    """The squared distance, relative to the target's own size."""
    return float(tf.reduce_sum(tf.square(values - target)) / tf.maximum(tf.reduce_sum(tf.square(target)), _EPSILON))


def _cosine(values: tf.Tensor, target: tf.Tensor) -> float:
    lengths = tf.norm(values) * tf.norm(target)
    return float(tf.reduce_sum(values * target) / tf.maximum(lengths, _EPSILON))


def _patches(features: tf.Tensor) -> tf.Tensor:
    """About `MAX_PATCHES` of the 3 x 3 patches at most, evenly spread, as directions: (patches, 9 * channels)."""
    height, width = features.shape[1:3]
    inner_height, inner_width = max(1, height - 2), max(1, width - 2)  # a narrow strip's last row is repeated
    corners = np.arange(inner_height * inner_width)[:: max(1, inner_height * inner_width // MAX_PATCHES)]
    rows, columns = np.divmod(corners, inner_width)
    parts = []
    for down, right in np.ndindex(3, 3):
        positions = (np.minimum(rows + down, height - 1), np.minimum(columns + right, width - 1))
        parts.append(tf.gather_nd(features[0], np.stack(positions, axis=1)))
    return tf.math.l2_normalize(tf.concat(parts, axis=1), axis=1)


def _patch_match(painting: tf.Tensor, style: tf.Tensor) -> float:
    return float(tf.reduce_mean(tf.reduce_max(tf.matmul(painting, style, transpose_b=True), axis=1)))


def _at_points(features: tf.Tensor) -> tf.Tensor:
    """The features at `COLUMNS` points that cover any shape evenly: (COLUMNS, channels)."""
    points = (0.5 + np.arange(1, COLUMNS + 1)[:, None] * _GOLDEN) % 1
    return tf.gather_nd(features[0], (points * features.shape[1:3]).astype(np.int64))


def _self_similarity_distance(painting: tf.Tensor, content: tf.Tensor) -> float:
    ours, theirs = (_distances(columns) for columns in (painting, content))
    return float(tf.reduce_mean(tf.reduce_sum(tf.abs(ours - theirs), axis=0)))


def _distances(columns: tf.Tensor) -> tf.Tensor:
    """The cosine distances of all pairs of points, (COLUMNS, COLUMNS); each column sums to 1."""
    directions = tf.math.l2_normalize(columns, axis=1)
    distances = tf.maximum(1 - tf.matmul(directions, directions, transpose_b=True), 0)
    return distances / tf.maximum(tf.reduce_sum(distances, axis=0, keepdims=True), _EPSILON)


def _mean(values: Iterator[float]) -> float:
    return float(np.mean(list(values)))


def read_rgb(picture: Path | bytes, *, longest_side_px: int | None = None) -> Rgb:
    """Decode a picture to (height, width, 3) float32 from 0 to 1, shrunk to that longest side if it is larger."""
    encoded = picture.read_bytes() if isinstance(picture, Path) else picture
    return to_float(open_picture(encoded, longest_side_px=longest_side_px).rgb)


def verdict_table(
    title: str,
    verdicts: Mapping[str, Verdict],
    *,
    apart: Collection[str] = (),
    seconds: Mapping[str, float | None] | None = None,
) -> Table:
    """One row per painting, and the median of each figure over all paintings except those in `apart`.

    With `seconds`, also how long each painting took; None if that wasn't measured.
    """
    table = Table("painting", *(figure.title for figure in FIGURES), title=title)
    if seconds is not None:
        table.add_column("seconds")

    def add_row(name: str, verdict: Verdict, took: float | None) -> None:
        cells = [f"{figure.of(verdict):.3f}" for figure in FIGURES]
        table.add_row(name, *cells, *([] if seconds is None else ["" if took is None else f"{took:.1f}"]))

    counted = [name for name in verdicts if name not in apart]
    took = seconds or {}
    for name in counted:
        add_row(name, verdicts[name], took.get(name))
    if len(counted) > 1:
        table.add_section()
        median = Verdict(*(float(np.median([figure.of(verdicts[name]) for name in counted])) for figure in FIGURES))
        known = [known for name in counted if (known := took.get(name)) is not None]
        add_row(f"median of {len(counted)}", median, float(np.median(known)) if known else None)
    table.add_section()
    for name in apart:
        add_row(name, verdicts[name], took.get(name))
    return table


_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.argument("content", type=_FILE)
@click.argument("style", type=_FILE)
@click.argument("paintings", type=_FILE, nargs=-1, required=True)
def main(content: Path, style: Path, paintings: tuple[Path, ...]) -> None:
    """Print the figures of PAINTINGS of CONTENT in the style of STYLE, one row each."""
    judge = Judge()
    folder = os.path.commonpath([path.resolve().parent for path in paintings])
    verdicts = {}
    for path in paintings:
        painting = read_rgb(path)
        side_px = max(painting.shape[:2])
        pictures = (read_rgb(picture, longest_side_px=side_px) for picture in (content, style))
        verdicts[str(path.resolve().relative_to(folder))] = judge(painting, *pictures)
    console = Console(width=None if sys.stdout.isatty() else TABLE_COLUMNS)
    console.print(verdict_table(f"{content.name} in the style of {style.name}", verdicts))


if __name__ == "__main__":
    main()
