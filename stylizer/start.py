"""What a painting starts from: the content picture, changed by a seed or a strong style, or an earlier painting.

Pictures are (height, width, 3) float32 RGB from 0 to 1.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stylizer.blend import Palette
from stylizer.color import to_luminance
from stylizer.errors import START, PictureName, StartOfAnotherShape, StartTooLarge
from stylizer.images import Picture, fit_size, has_shape_of, resample
from stylizer.recipe import StartSettings

_Rgb = NDArray[np.float32]

_DETAIL_PX = 4
"""Detail is what a picture loses when it is shrunk by this factor: what only this canvas and the previous one show."""


def check_start(start: Picture, *, width_px: int, height_px: int, name: PictureName = START) -> None:
    """Refuse a start that can't be continued at this size: raises `StartTooLarge` or `StartOfAnotherShape`."""
    longest_side_px = max(start.width_px, start.height_px)
    if not has_shape_of(start, width_px=width_px, height_px=height_px):
        needed = fit_size(width_px, height_px, longest_side_px=longest_side_px)
        raise StartOfAnotherShape(*name, start.width_px, start.height_px, *needed)
    if longest_side_px > max(width_px, height_px):
        raise StartTooLarge(*name, start.width_px, start.height_px, max(width_px, height_px))


def first_canvas(content: _Rgb, palette: Palette, *, settings: StartSettings, seed: int, faded: float = 0.0) -> _Rgb:
    """The canvas before the first step, at the size of `content`; `palette` has the style's colors.

    It is the content, with a trace of the style's colors where it is plain. `faded`, from 0 to 1, is the share of the
    content that gives way to blots in the style's colors. A seed other than 0 adds more blots.
    """
    height_px, width_px = content.shape[:2]
    blots = smooth_noise(height_px, width_px, np.random.default_rng((seed, 0)), settings) @ _deviations(palette)
    ground = palette.mean + blots
    if settings.picture == "noise":
        return _clipped(ground)
    canvas = content + faded * (ground - content)
    amount = settings.plain_noise * plainness(content, settings) + (settings.seed_noise if seed else 0.0)
    return _clipped(canvas + amount * blots / max(float(blots.std()), 1e-3))


def enlarged(canvas: _Rgb, content: _Rgb, *, settings: StartSettings, faded: float = 0.0) -> _Rgb:
    """Enlarge the canvas to the size of `content`, and restore the content's details.

    A small canvas's strokes are wider than an eye or a letter, and a few steps on a larger canvas can't redraw those.
    So each place takes over the content's details in lightness, as far as they are stronger than the canvas's own.
    Colors stay, and so do strokes where the content is plain. `faded`, from 0 to 1, is the share of the details that
    isn't taken over. Enlarged pixels would leave a weave of horizontal and vertical lines, so they are blurred.
    """
    height_px, width_px = content.shape[:2]
    if canvas.shape == content.shape:
        return canvas
    whole = resample(canvas, width_px=width_px, height_px=height_px, kernel=Image.Resampling.LANCZOS)
    whole = _blurred(whole, settings.enlargement_blur_px * width_px / canvas.shape[1])
    ours, theirs = (_fine(to_luminance(picture)[..., :1]) for picture in (whole, content))
    energy, their_energy = (_smooth(band**2) for band in (ours, theirs))
    share = their_energy / np.maximum(energy + their_energy, 1e-6)
    return _clipped(whole + settings.detail * (1 - faded) * share * (theirs - ours))


def _blurred(values: _Rgb, deviation_px: float) -> _Rgb:
    """A Gaussian blur."""
    radius = math.ceil(3 * deviation_px)
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / deviation_px) ** 2)
    kernel = (kernel / kernel.sum()).astype(np.float32)
    height_px, width_px = values.shape[:2]
    nothing = np.zeros_like(values)
    rows = np.pad(values, ((radius, radius), (0, 0), (0, 0)), mode="edge")
    values = sum((weight * rows[first : first + height_px] for first, weight in enumerate(kernel)), nothing)
    columns = np.pad(values, ((0, 0), (radius, radius), (0, 0)), mode="edge")
    return sum((weight * columns[:, first : first + width_px] for first, weight in enumerate(kernel)), nothing)


def _fine(values: _Rgb) -> _Rgb:
    """The detail of a picture, (height, width, channels)."""
    return values - _through(values, _DETAIL_PX)


def _smooth(values: _Rgb) -> _Rgb:
    return np.maximum(_through(values, 2 * _DETAIL_PX), 0)


def _through(values: _Rgb, factor: int) -> _Rgb:
    """Shrink a picture by a factor and enlarge it again."""
    height_px, width_px = values.shape[:2]
    small = _shrunk(values, (max(1, round(width_px / factor)), max(1, round(height_px / factor))))
    return _enlarged(small, height_px, width_px)


def with_contrast(content: _Rgb, settings: StartSettings) -> _Rgb:
    """Give a pale picture more contrast, so that strokes don't hide what it shows; leave others unchanged."""
    mean = content.mean(axis=(0, 1))
    deviation = max(float((content - mean).std()), 1e-6)
    gain = min(settings.pale_deviation / deviation, settings.max_contrast_gain)
    if gain <= 1:
        return content
    return _clipped(mean + gain * (content - mean))


def content_share(content: _Rgb, settings: StartSettings) -> float:
    """How much of its weight the content keeps, from 0 to 1; 0 if even its least plain part shows nothing.

    With a higher share, the painting would preserve noise and compression artifacts instead of the style.
    """
    shown = 1 - float(np.quantile(plainness(content, settings), settings.plain_share))
    return shown**2


def smooth_noise(height_px: int, width_px: int, rng: np.random.Generator, settings: StartSettings) -> _Rgb:
    """Noise without grain: the sum of random grids, coarse to fine, enlarged. Mean 0, deviation 1."""
    longest_side_px = max(height_px, width_px)
    noise = np.zeros((height_px, width_px, 3))
    for wavelength in settings.wavelengths:
        cell_px = max(wavelength * longest_side_px, settings.shortest_wave_px)
        rows, columns = math.ceil(height_px / cell_px) + 1, math.ceil(width_px / cell_px) + 1
        noise += _enlarged(rng.standard_normal((rows, columns, 3)), height_px, width_px)
    noise -= noise.mean(axis=(0, 1))
    normalized: _Rgb = (noise / np.maximum(noise.std(axis=(0, 1)), 1e-6)).astype(np.float32)
    return normalized


def plainness(content: _Rgb, settings: StartSettings) -> _Rgb:
    """How plain the surroundings of each pixel are, (height, width, 1) from 0 to 1."""
    height_px, width_px = content.shape[:2]
    scale = min(1.0, settings.plain_cells / max(height_px, width_px))
    cells = (max(1, round(width_px * scale)), max(1, round(height_px * scale)))
    centered = content - content.mean(axis=(0, 1))  # so that squares of large values don't swallow small ones
    mean, square = (_shrunk(values, cells).astype(float) for values in (centered, centered**2))
    deviation = np.sqrt(np.maximum(square - mean**2, 0)).max(axis=2, keepdims=True)
    plain = np.clip(1 - deviation / settings.plain_deviation, 0, 1)
    return _clipped(_enlarged(plain, height_px, width_px))


def _clipped(values: NDArray[np.floating]) -> _Rgb:
    clipped: _Rgb = np.clip(values, 0, 1).astype(np.float32)
    return clipped


def _deviations(palette: Palette) -> NDArray[np.float64]:
    """A (3, 3) matrix that gives independent noise of deviation 1 the covariance of these colors."""
    values, vectors = np.linalg.eigh(palette.covariance)
    deviations: NDArray[np.float64] = vectors @ np.diag(np.sqrt(np.maximum(values, 0))) @ vectors.T
    return deviations


def _enlarged(values: NDArray[np.floating], height_px: int, width_px: int) -> _Rgb:
    return resample(values, width_px=width_px, height_px=height_px, kernel=Image.Resampling.BICUBIC)


def _shrunk(values: _Rgb, size: tuple[int, int]) -> _Rgb:
    return resample(values, width_px=size[0], height_px=size[1], kernel=Image.Resampling.BOX)
