"""Figures of a painting's surface that need no network: noise, borders, lattices, weaves, strokes, edges and colors.

Pictures are (height, width, 3) float32 RGB from 0 to 1. Levels are out of 255.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from stylizer.images import to_bytes

Rgb = NDArray[np.float32]

_LUMA = np.array((0.299, 0.587, 0.114), np.float32)
_QUANTILES = np.linspace(0.05, 0.95, 19)
_CELL_PX = 16
"""Shorter than a stroke, but wider."""
_STRIPS = 64
"""Border strips along the longest side; each is at least `_MIN_STRIP_PX` wide."""
_MIN_STRIP_PX = 4
_USUAL_DIFFERENCE = 0.9
"""Strips at a border may differ by what this share of neighboring strips inside the picture stays below."""
_NEARLY_WHITE = 0.92
_LATTICE_PX = 16
"""The period of the deepest pooling; the other periods divide it."""
_FINE = (0.2, 0.5)
"""Frequencies of the finest detail, in periods per pixel."""


def excess_noise(painting: Rgb, *sources: Rgb) -> float:
    """How much noise, finer than strokes, a painting has beyond all of its sources, in levels; 0 is none.

    Noise is the distance to the median of 3 x 3 pixels: strokes are wider than that, and edges don't count. The
    quantiles of the cells' noise are compared, and only what exceeds every source counts. So fine lines elsewhere don't
    excuse noise in a painting's calm parts, and details of the content and the style don't count as noise. The sources,
    content and style, are at the painting's scale.
    """
    allowed = np.max([_noise_quantiles(source) for source in sources], axis=0)
    return float(np.maximum(_noise_quantiles(painting) - allowed, 0).mean())


def _noise_quantiles(rgb: Rgb) -> NDArray[np.float64]:
    picture = Image.fromarray(to_bytes(rgb))
    smooth = np.asarray(picture.filter(ImageFilter.MedianFilter(3)), np.float32)
    noise = np.abs(np.asarray(picture, np.float32) - smooth).mean(axis=2)
    quantiles: NDArray[np.float64] = np.quantile(_cells(noise[..., None]).mean(axis=(1, 2)), _QUANTILES)
    return quantiles


def border_excess(painting: Rgb) -> float:
    """How much more a painting changes at its borders than inside, in levels, averaged over its four sides.

    The outermost strip is compared with its neighbor, by the mean and deviation of each channel. Neighboring strips
    inside usually differ, too; only what exceeds the difference of nine tenths of them counts.
    """
    turned = (painting, painting[::-1], painting.transpose(1, 0, 2), painting[:, ::-1].transpose(1, 0, 2))
    return float(np.mean([_border_excess(rows) for rows in turned]))


def _border_excess(rgb: Rgb) -> float:
    """The excess of the upper border."""
    strip_px = _strip_px(rgb)
    count = rgb.shape[0] // strip_px
    if count < 4:
        return 0.0
    strips = rgb[: count * strip_px].reshape(count, -1, 3) * 255
    statistics = np.concatenate((strips.mean(axis=1), strips.std(axis=1)), axis=1)
    differences = np.sqrt(np.square(np.diff(statistics, axis=0)).mean(axis=1))
    return max(0.0, float(differences[0] - np.quantile(differences[1:-1], _USUAL_DIFFERENCE)))


def _strip_px(rgb: Rgb) -> int:
    longest_side_px: int = max(rgb.shape[:2])
    return max(_MIN_STRIP_PX, round(longest_side_px / _STRIPS))


def white_border(painting: Rgb) -> float:
    """The share of nearly white pixels at a painting's borders, which have the width of a `border_excess` strip."""
    width_px = _strip_px(painting)
    is_white = painting.min(axis=2) >= _NEARLY_WHITE
    is_border = np.ones_like(is_white)
    is_border[width_px:-width_px, width_px:-width_px] = False
    return float(is_white[is_border].mean())


def lattice(painting: Rgb) -> float:
    """How regularly a painting changes every 16 px or a divisor of that, the periods of the network's pooling.

    It is the deviation of the 16 phases' mean change, signed or unsigned, relative to the mean unsigned change, in the
    direction where it is largest. A picture without a lattice has about 0.03 at 512 px, 0.05 at 256 px and more below;
    straight lines parallel to the picture's sides raise it, too.
    """
    luminance = to_luminance(painting) * 255
    return max(_rhythm(np.diff(luminance, axis=axis).swapaxes(0, axis)) for axis in (0, 1))


def _rhythm(changes: NDArray[np.float32]) -> float:
    """The rhythm along the first axis."""
    periods = len(changes) // _LATTICE_PX
    if periods < 2:
        return 0.0
    lengths, signed = (
        kind[: periods * _LATTICE_PX].mean(axis=1).reshape(periods, _LATTICE_PX) for kind in (np.abs(changes), changes)
    )
    usual = np.maximum(lengths.mean(axis=1, keepdims=True), 1e-6)
    return max(float(np.median(by_phase / usual, axis=0).std()) for by_phase in (lengths, signed))


def weave(painting: Rgb) -> float:
    """How much of the finest detail runs parallel to the picture's sides, relative to what runs diagonally.

    The ratio of the mean spectral energies within 10 degrees of the sides and within 25 degrees of the diagonals, at
    periods of 2 to 5 px. A painting without a weave has about 1; straight lines parallel to the picture's sides raise
    it, too.
    """
    luminance = to_luminance(painting)
    height_px, width_px = luminance.shape
    window = np.outer(np.hanning(height_px), np.hanning(width_px))
    energy = np.abs(np.fft.fft2((luminance - luminance.mean()) * window)) ** 2
    down, right = np.meshgrid(*(np.abs(np.fft.fftfreq(side_px)) for side_px in luminance.shape), indexing="ij")
    frequency = np.hypot(down, right)
    is_fine = (frequency >= _FINE[0]) & (frequency <= _FINE[1])
    from_diagonal = np.abs(np.degrees(np.arctan2(down, right)) - 45)
    parallel, diagonal = (
        float(energy[is_fine & is_near].mean()) for is_near in (from_diagonal >= 35, from_diagonal <= 25)
    )
    return parallel / max(diagonal, 1e-9)


def stroke_contrast(painting: Rgb, style: Rgb) -> float:
    """How much a painting's calm cells vary, relative to the style's median cell; 0 is flat, 1 is like the style.

    The calm cells are the quarter of the painting's cells that vary least.
    """
    ours, theirs = (np.sqrt(_cells(rgb).var(axis=(1, 2)).mean(axis=1)) for rgb in (painting, style))
    return float(np.quantile(ours, 0.25) / max(float(np.median(theirs)), 1e-3))


def edges_kept(painting: Rgb, content: Rgb) -> float:
    """The correlation of a painting's edges with those of a content of the same size; 1 means the same edges."""
    ours, theirs = (_edges(rgb).ravel() for rgb in (painting, content))
    if min(ours.std(), theirs.std()) < 1e-6:
        return 0.0
    return float(np.corrcoef(ours, theirs)[0, 1])


def _edges(rgb: Rgb) -> NDArray[np.float32]:
    """The length of the luminance's gradient, blurred by about a pixel, because edges may move a little."""
    down, right = np.gradient(_blurred(to_luminance(rgb)))
    return _blurred(np.hypot(down, right))


def _blurred(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean of 3 x 3 values, (height, width)."""
    whole = np.pad(values, 1, mode="edge")
    rows = whole[:-2] + whole[1:-1] + whole[2:]
    blurred: NDArray[np.float32] = (rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]) / np.float32(9)
    return blurred


def chroma(painting: Rgb) -> float:
    """How colorful a painting is: the mean difference of its strongest and weakest channels, in levels; 0 is gray."""
    return float((painting.max(axis=2) - painting.min(axis=2)).mean() * 255)


def to_luminance(rgb: Rgb) -> NDArray[np.float32]:
    """The luminance by ITU-R BT.601, (height, width)."""
    return (rgb @ _LUMA).astype(np.float32)


def _cells(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Cut (height, width, channels) into square cells: (cells, side, side, channels); leave out the rest."""
    height_px, width_px, channels = values.shape
    side_px = min(_CELL_PX, height_px, width_px)
    rows, columns = height_px // side_px, width_px // side_px
    cut = values[: rows * side_px, : columns * side_px].reshape(rows, side_px, columns, side_px, channels)
    return cut.swapaxes(1, 2).reshape(-1, side_px, side_px, channels)
