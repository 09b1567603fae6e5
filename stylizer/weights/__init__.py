"""The values of VGG16: the shipped file, Keras's own, or a file of the user's, checked layer by layer."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping
from importlib import resources
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from stylizer.errors import UnreadableWeights, WeightsNotFound, WrongWeights
from stylizer.recipe import LAYERS

SHIPPED = "shipped"
KERAS = "keras"
SHIPPED_FILE = "vgg16_imagenet_conv.npz"
VGG16_CHANNELS = (64, 128, 256, 512, 512)


class Convolution(NamedTuple):
    """One layer's values."""

    kernel: NDArray[np.float32]
    """(3, 3, in, out)"""
    bias: NDArray[np.float32]
    """(out,)"""


Weights: TypeAlias = Mapping[str, Convolution]
_Arrays: TypeAlias = Mapping[str, NDArray[np.generic]]


def load_weights(source: str = SHIPPED) -> Weights:
    """The 13 convolutions of VGG16 from `shipped`, `keras` or the path of a .npz, .h5 or .weights.h5 file.

    Raises `WeightsNotFound`, `UnreadableWeights`, or `WrongWeights` with the first layer that does not fit.
    """
    if source == SHIPPED:
        encoded = resources.files(__name__).joinpath(SHIPPED_FILE).read_bytes()
        return _checked("The shipped weights file", lambda: _read_npz(io.BytesIO(encoded)))
    if source == KERAS:
        return _checked("Keras's VGG16", _fetch_keras)
    path = Path(source)
    if not path.is_file():
        raise WeightsNotFound(source, "there is no such file; give shipped, keras or the path of a weights file")
    if zipfile.is_zipfile(path):
        return _checked(source, lambda: _read_npz(path))
    return _checked(source, lambda: _read_hdf5(path))


def layer_shapes(channels: tuple[int, ...] = VGG16_CHANNELS) -> dict[str, tuple[int, int, int, int]]:
    """Layer to kernel shape (3, 3, in, out) for a VGG16 with so many channels per block."""
    shapes = {}
    channels_in = 3
    for layer in LAYERS:
        channels_out = channels[_block(layer) - 1]
        shapes[layer] = (3, 3, channels_in, channels_out)
        channels_in = channels_out
    return shapes


def random_weights(channels: tuple[int, ...], *, seed: int = 0) -> Weights:
    """He-initialised values of a small VGG16, for tests and for measuring without the real file."""
    rng = np.random.default_rng(seed)
    return {
        layer: Convolution(
            (rng.standard_normal(shape) * np.sqrt(2 / np.prod(shape[:3]))).astype(np.float32),
            np.zeros(shape[3], np.float32),
        )
        for layer, shape in layer_shapes(channels).items()
    }


def _block(layer: str) -> int:
    return int(layer[len("block")])


def _checked(source: str, read: Callable[[], _Arrays]) -> Weights:
    try:
        arrays = read()
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, RuntimeError) as error:
        raise UnreadableWeights(source) from error
    weights = {}
    for layer, shape in layer_shapes().items():
        for part, expected in (("kernel", shape), ("bias", shape[3:])):
            values = arrays.get(f"{layer}/{part}")
            if values is None:
                raise WrongWeights(source, layer, f"has no {part}")
            if values.shape != expected:
                raise WrongWeights(source, layer, f"has a {part} of shape {values.shape} instead of {expected}")
            if not np.issubdtype(values.dtype, np.floating) or not np.isfinite(values).all():
                raise WrongWeights(source, layer, f"has {part} values that are not finite numbers")
        weights[layer] = Convolution(
            arrays[f"{layer}/kernel"].astype(np.float32), arrays[f"{layer}/bias"].astype(np.float32)
        )
    return weights


def _read_npz(file: Path | io.BytesIO) -> _Arrays:
    with np.load(file, allow_pickle=False) as archive:
        return {key: archive[key] for key in archive.files}


def _read_hdf5(path: Path) -> _Arrays:
    """Arrays of a Keras 2 (`block1_conv1/…kernel:0`) or Keras 3 (`layers/conv2d_4/vars/0`) weights file."""
    import h5py  # noqa: PLC0415 - slow to import, and only needed for such files

    found: dict[str, NDArray[np.generic]] = {}
    with h5py.File(path) as file:
        file.visititems(lambda name, item: found.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
    arrays = {
        f"{layer.group()}/{'kernel' if values.ndim == 4 else 'bias'}": values
        for name, values in found.items()
        if (layer := re.search(r"block\d_conv\d", name))
    }
    if arrays:
        return arrays
    # Keras 3 numbers the layers of one class in the order of the network: conv2d, conv2d_1, conv2d_2 ...
    numbered = {
        (int(number.group(1) or 0), values.ndim): values
        for name, values in found.items()
        if (number := re.search(r"conv2d_?(\d*)/vars/", name))
    }
    return {
        f"{layer}/{part}": numbered[number, dimensions]
        for number, layer in enumerate(LAYERS)
        for part, dimensions in (("kernel", 4), ("bias", 1))
        if (number, dimensions) in numbered
    }


def _fetch_keras() -> _Arrays:
    import keras  # noqa: PLC0415 - slow to import, and only needed for this source

    try:
        network = keras.applications.VGG16(include_top=False, weights="imagenet")
    except Exception as error:  # Keras raises a bare Exception when a download fails
        raise WeightsNotFound("of Keras", f"the download failed ({error})") from error
    return {
        f"{layer}/{part}": values
        for layer in LAYERS
        for part, values in zip(("kernel", "bias"), network.get_layer(layer).get_weights(), strict=True)
    }
