"""VGG16's weights: the shipped file, Keras's own, or the user's file, checked layer by layer."""

from __future__ import annotations

import contextlib
import io
import re
import sys
import zipfile
from collections.abc import Callable, Mapping
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from stylizer.errors import UnreadableWeights, WeightsNotFound, WrongWeights
from stylizer.recipe import LAYERS

if TYPE_CHECKING:
    import h5py
    from _typeshed import WriteableBuffer

SHIPPED = "shipped"
KERAS = "keras"
SHIPPED_FILE = "vgg16_imagenet_conv.npz"
VGG16_CHANNELS = (64, 128, 256, 512, 512)


class Convolution(NamedTuple):
    """One layer's weights."""

    kernel: NDArray[np.float32]
    """(3, 3, in, out)"""
    bias: NDArray[np.float32]
    """(out,)"""


Weights: TypeAlias = Mapping[str, Convolution]
_Array: TypeAlias = NDArray[np.generic]

_LAYER = re.compile(r"(?:^|/)(block\d_conv\d)/")
_NUMBER = re.compile(r"(?:^|/)conv2d(?:_(\d+))?/vars/")
"""Keras 3 numbers the layers of one class in the order of the network: conv2d, conv2d_1, conv2d_2 …"""
_OPTIMIZER = re.compile(r"(?:^|/)optimizer")
_ENDINGS = {
    "kernel": re.compile(r"/(?:kernel(?::0)?|block\d_conv\d_W(?:_\d+)?:0|vars/0)$"),
    "bias": re.compile(r"/(?:bias(?::0)?|block\d_conv\d_b(?:_\d+)?:0|vars/1)$"),
}
"""The ends of the names of a layer's datasets in Keras 2 and 3, in Keras 1, and in Keras 3's .weights.h5."""


def load_weights(source: str = SHIPPED) -> Weights:
    """Load the 13 convolutions of VGG16 from `shipped`, `keras` or the path of a .npz, .h5 or .weights.h5 file.

    Raises `WeightsNotFound`, `UnreadableWeights`, or `WrongWeights` with the first layer that doesn't fit.
    """
    if source == SHIPPED:
        encoded = resources.files(__name__).joinpath(SHIPPED_FILE).read_bytes()
        return _from_npz("The shipped weights file", io.BytesIO(encoded))
    if source == KERAS:
        return _checked("Keras's VGG16", _fetch_keras().get)
    path = Path(source)
    try:
        if path.is_dir():
            raise WeightsNotFound(source, "it is a folder; use shipped, keras or the path of a weights file")
        if not path.is_file():
            raise WeightsNotFound(source, "there is no such file; use shipped, keras or the path of a weights file")
        path.open("rb").close()
    except OSError as error:
        raise WeightsNotFound(source, (error.strerror or str(error)).lower()) from error
    return _from_npz(source, path) if zipfile.is_zipfile(path) else _from_hdf5(source, path)


def layer_shapes(channels: tuple[int, ...] = VGG16_CHANNELS) -> dict[str, tuple[int, int, int, int]]:
    """The kernel shape (3, 3, in, out) of each layer, for a VGG16 with these channels per block."""
    shapes = {}
    channels_in = 3
    for layer in LAYERS:
        channels_out = channels[_block(layer) - 1]
        shapes[layer] = (3, 3, channels_in, channels_out)
        channels_in = channels_out
    return shapes


def random_weights(channels: tuple[int, ...], *, seed: int = 0) -> Weights:
    """He-initialized weights of a small VGG16, for tests and for benchmarks without the real file."""
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


def _checked(source: str, read: Callable[[str], _Array | h5py.Dataset | None]) -> Weights:
    """Check the layers that `read` returns for `layer/kernel` and `layer/bias`, None for what is missing."""
    return {layer: _checked_layer(source, layer, shape, read) for layer, shape in layer_shapes().items()}


def _checked_layer(
    source: str,
    layer: str,
    shape: tuple[int, int, int, int],
    read: Callable[[str], _Array | h5py.Dataset | None],
) -> Convolution:
    parts = []
    for part, expected in (("kernel", shape), ("bias", shape[3:])):
        try:
            stored = read(f"{layer}/{part}")
            # Values of another shape aren't read at all: a damaged file may claim more than fits in memory.
            values = stored[()] if stored is not None and stored.shape == expected else None
        except Exception as error:  # damage makes decoders raise anything from zlib.error to MemoryError
            raise WrongWeights(source, layer, "is damaged") from error
        if stored is None:
            raise WrongWeights(source, layer, f"has no {part}")
        if values is None:
            raise WrongWeights(source, layer, f"has a {part} of shape {stored.shape} instead of {expected}")
        if not np.issubdtype(values.dtype, np.floating):
            raise WrongWeights(source, layer, f"has {part} values of type {values.dtype} instead of floating point")
        with np.errstate(all="ignore"):  # what is too large for float32 is refused below
            parts.append(values.astype(np.float32))
        if not np.isfinite(parts[-1]).all():
            raise WrongWeights(source, layer, f"has {part} values that are not finite numbers in float32")
    return Convolution(*parts)


def _from_npz(source: str, file: Path | io.BytesIO) -> Weights:
    try:
        archive = zipfile.ZipFile(file)
    except Exception as error:  # of any kind, depending on what is damaged
        raise UnreadableWeights(source) from error
    names = set(archive.namelist())

    def read(key: str) -> _Array | None:
        if f"{key}.npy" not in names:
            return None
        # Read it whole: the archive only checks its checksum at the end, and a damaged header would stop before.
        values: _Array = np.lib.format.read_array(io.BytesIO(archive.read(f"{key}.npy")), allow_pickle=False)
        return values

    with archive:
        return _checked(source, read)


def _from_hdf5(source: str, path: Path) -> Weights:
    import h5py  # noqa: PLC0415 - slow to import, and only needed for such files

    try:
        with _Endless(path) as endless, h5py.File(endless) as file:
            weights = _checked(source, _hdf5_reader(file))
        # A file that is cut off after the last layer is damaged too.
        h5py.File(path).close()
    except WrongWeights:
        raise
    except Exception as error:  # h5py raises anything from KeyError to MemoryError on damaged files
        raise UnreadableWeights(source) from error
    return weights


class _Endless(io.FileIO):
    """A file that seems endless until it is read beyond its end: HDF5 refuses to open a file that looks cut off."""

    def tell(self) -> int:
        return 2**62

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        size = super().readinto(buffer)
        if size < memoryview(buffer).nbytes:
            raise EOFError("cut off")
        return size


def _hdf5_reader(file: h5py.File) -> Callable[[str], h5py.Dataset | None]:
    """Datasets of a Keras 2 (`block1_conv1/…kernel:0`) or Keras 3 (`layers/conv2d_4/vars/0`) file, not yet read.

    A trained model's file also has an optimizer's values, under the same layers' names. Raises what h5py raises if
    damage hides which datasets there are.
    """
    named: dict[str, h5py.Dataset] = {}
    numbered: dict[str, h5py.Dataset] = {}

    def note(name: str, item: h5py.Group | h5py.Dataset) -> None:
        part = next((part for part, ending in _ENDINGS.items() if ending.search(name)), None)
        # A group has no shape, and neither does an empty dataset.
        if part is None or getattr(item, "shape", None) is None or _OPTIMIZER.search(name):
            return
        if layer := _LAYER.search(name):
            named[f"{layer[1]}/{part}"] = item
        elif (number := _NUMBER.search(name)) and int(number[1] or 0) < len(LAYERS):
            numbered[f"{LAYERS[int(number[1] or 0)]}/{part}"] = item

    damage: Exception | None = None
    try:
        file.visititems(note)
    except Exception as error:  # of any kind, depending on what is damaged
        # Groups come in alphabetical order. With the names of Keras 2 the first that is missing is the damaged one.
        if not named and len(numbered) < 2 * len(LAYERS):
            raise
        damage = error
    found = named or numbered

    def read(key: str) -> h5py.Dataset | None:
        if key not in found and damage is not None:
            raise damage
        return found.get(key)

    return read


def _fetch_keras() -> dict[str, _Array]:
    import keras  # noqa: PLC0415 - slow to import, and only needed for this source

    try:
        # Keras reports its download on standard output, which belongs to the caller.
        with contextlib.redirect_stdout(sys.stderr or io.StringIO()):
            network = keras.applications.VGG16(include_top=False, weights="imagenet")
    except Exception as error:  # Keras raises a bare Exception when a download fails
        raise WeightsNotFound("of Keras", f"the download failed ({error})") from error
    return {
        f"{layer}/{part}": values
        for layer in LAYERS
        for part, values in zip(("kernel", "bias"), network.get_layer(layer).get_weights(), strict=True)
    }
