"""Weights: the shipped values, other files, and unsuitable files."""

from __future__ import annotations

import errno
import sys
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from stylizer.errors import UnreadableWeights, WeightsNotFound, WrongWeights
from stylizer.recipe import LAYERS
from stylizer.weights import layer_shapes, load_weights

# kernel[0,0,0,0] and bias[0] as unrelated public programs print them for the original file.
KNOWN_KERNELS = {
    "block1_conv1": 0.42947057,
    "block4_conv3": -0.0041355654,
    "block5_conv1": -0.0006068934,
    "block5_conv2": -0.0011261065,
    "block5_conv3": 0.00040788297,
}
KNOWN_BIASES = {
    "block1_conv1": 0.73429835,
    "block1_conv2": -0.30912212,
    "block2_conv1": -0.04577766,
    "block2_conv2": -0.06418542,
    "block3_conv1": -0.074358866,
    "block3_conv2": 0.019675018,
    "block3_conv3": 0.035415243,
    "block4_conv1": 0.013485669,
    "block4_conv2": 0.023680462,
    "block4_conv3": 0.03757768,
    "block5_conv1": 0.09722325,
    "block5_conv2": 0.21327873,
    "block5_conv3": 0.18837857,
}


def write_npz(path: Path, **changes: np.ndarray | None) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, values in arrays(**changes).items():
            with archive.open(f"{name}.npy", "w") as file:
                np.save(file, values)


def arrays(**changes: np.ndarray | None) -> dict[str, np.ndarray]:
    """Return a valid file's arrays, with some changed or left out; zeros compress well."""
    right: dict[str, np.ndarray | None] = {}
    for layer, shape in layer_shapes().items():
        right[f"{layer}/kernel"] = np.zeros(shape, np.float16)
        right[f"{layer}/bias"] = np.arange(shape[3], dtype=np.float32)
    right.update({name.replace("__", "/"): values for name, values in changes.items()})
    return {name: values for name, values in right.items() if values is not None}


def write_hdf5(path: Path, *, kernel: str, bias: str, **options: str) -> None:
    """Write a valid file; in the names, {layer} is the layer and {number} its number in Keras 3."""
    with h5py.File(path, "w") as file:
        for name, values in arrays().items():
            layer, part = name.split("/")
            number = LAYERS.index(layer)
            place = {"kernel": kernel, "bias": bias}[part].format(layer=layer, number=f"_{number}" if number else "")
            file.create_dataset(place, data=values, **options)


@pytest.mark.weights
def test_the_shipped_weights_are_the_published_ones() -> None:
    weights = load_weights()
    assert tuple(weights) == LAYERS
    for layer, value in KNOWN_KERNELS.items():
        assert weights[layer].kernel[0, 0, 0, 0] == pytest.approx(value, abs=2.5e-4)
    for layer, value in KNOWN_BIASES.items():
        assert weights[layer].bias[0] == pytest.approx(value, rel=1e-6)


def test_a_custom_npz_file_is_read(tmp_path: Path) -> None:
    write_npz(tmp_path / "mine.npz")
    assert load_weights(str(tmp_path / "mine.npz"))["block3_conv2"].bias[5] == 5


@pytest.mark.parametrize(
    ("kernel", "bias"),
    [
        ("{layer}/{layer}_W_1:0", "{layer}/{layer}_b_1:0"),
        ("{layer}/{layer}/kernel:0", "{layer}/{layer}/bias:0"),
    ],
)
def test_a_keras_2_file_is_read(tmp_path: Path, kernel: str, bias: str) -> None:
    write_hdf5(tmp_path / "keras.h5", kernel=kernel, bias=bias, compression="gzip")
    assert load_weights(str(tmp_path / "keras.h5"))["block5_conv3"].bias[7] == 7


@pytest.mark.parametrize(
    ("kernel", "bias", "velocity"),
    [
        (
            "model_weights/{layer}/{layer}/kernel:0",
            "model_weights/{layer}/{layer}/bias:0",
            "optimizer_weights/Adam/{layer}/bias/v:0",
        ),
        (
            "model_weights/vgg16/{layer}/kernel:0",
            "model_weights/vgg16/{layer}/bias:0",
            "optimizer_weights/Adam/v/{layer}/bias:0",
        ),
        (
            "model_weights/{layer}/{layer}/kernel",
            "model_weights/{layer}/{layer}/bias",
            "optimizer_weights/adam/{layer}_bias_velocity",
        ),
        ("layers/conv2d{number}/vars/0", "layers/conv2d{number}/vars/1", "optimizer/vars/{number}"),
    ],
    ids=["Keras 2", "Keras 2 in another model", "Keras 3", "Keras 3 weights"],
)
def test_a_trained_models_optimizer_is_not_mistaken_for_weights(
    tmp_path: Path, kernel: str, bias: str, velocity: str
) -> None:
    write_hdf5(tmp_path / "trained.h5", kernel=kernel, bias=bias, compression="gzip")
    with h5py.File(tmp_path / "trained.h5", "a") as file:
        for number, (layer, shape) in enumerate(layer_shapes().items()):
            file[velocity.format(layer=layer, number=number)] = np.full(shape[3], -1, np.float32)
    weights = load_weights(str(tmp_path / "trained.h5"))
    for layer, shape in layer_shapes().items():
        np.testing.assert_array_equal(weights[layer].bias, np.arange(shape[3]))


@pytest.mark.painter
def test_a_keras_3_file_is_read(tmp_path: Path) -> None:
    import keras  # noqa: PLC0415 - takes seconds

    network = keras.applications.VGG16(include_top=False, weights=None)
    network.get_layer("block4_conv2").bias.assign(np.arange(512, dtype=np.float32))
    network.save_weights(tmp_path / "vgg.weights.h5")
    weights = load_weights(str(tmp_path / "vgg.weights.h5"))
    assert weights["block4_conv2"].bias[9] == 9
    np.testing.assert_array_equal(weights["block1_conv2"].kernel, network.get_layer("block1_conv2").kernel.numpy())


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"block2_conv2__kernel": None}, "layer block2_conv2 has no kernel"),
        ({"block5_conv3__bias": None}, "layer block5_conv3 has no bias"),
        (
            {"block1_conv2__kernel": np.zeros((3, 3, 64, 63), np.float16)},
            "layer block1_conv2 has a kernel of shape (3, 3, 64, 63) instead of (3, 3, 64, 64)",
        ),
        (
            {"block3_conv1__bias": np.full(256, np.nan)},
            "layer block3_conv1 has bias values that are not finite numbers",
        ),
        (
            {"block2_conv1__bias": np.full(128, 1e39)},
            "layer block2_conv1 has bias values that are not finite numbers in float32",
        ),
        (
            {"block4_conv1__kernel": np.zeros((3, 3, 256, 512), np.int8)},
            "layer block4_conv1 has kernel values of type int8 instead of floating point",
        ),
    ],
)
def test_the_first_layer_that_does_not_fit_is_named(
    tmp_path: Path, changes: dict[str, np.ndarray | None], sentence: str
) -> None:
    write_npz(tmp_path / "wrong.npz", **changes)
    with pytest.raises(WrongWeights) as caught:
        load_weights(str(tmp_path / "wrong.npz"))
    assert sentence in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"not weights at all", b"PK\x03\x04 cut off", b"\x89HDF\r\n\x1a\n cut off"])
def test_a_damaged_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "damaged.npz").write_bytes(content)
    with pytest.raises(UnreadableWeights, match="is damaged"):
        load_weights(str(tmp_path / "damaged.npz"))


def test_a_truncated_npz_file_is_refused(tmp_path: Path) -> None:
    write_npz(tmp_path / "whole.npz")
    whole = (tmp_path / "whole.npz").read_bytes()
    (tmp_path / "cut.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UnreadableWeights):
        load_weights(str(tmp_path / "cut.npz"))


def test_a_damaged_layer_of_an_npz_file_is_named(tmp_path: Path) -> None:
    whole = tmp_path / "whole.npz"
    write_npz(whole)
    with zipfile.ZipFile(whole) as archive:
        member = archive.getinfo("block4_conv1/kernel.npy")
    encoded = bytearray(whole.read_bytes())
    middle = member.header_offset + member.compress_size // 2
    encoded[middle : middle + 64] = bytes(byte ^ 0xFF for byte in encoded[middle : middle + 64])
    damaged = tmp_path / "damaged.npz"
    damaged.write_bytes(encoded)
    with pytest.raises(WrongWeights, match=r"layer block4_conv1 is damaged\.$"):
        load_weights(str(damaged))


def test_a_single_wrong_value_in_an_npz_file_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "damaged.npz"
    with zipfile.ZipFile(path, "w") as archive:
        for name, values in arrays().items():
            with archive.open(f"{name}.npy", "w") as file:
                np.save(file, values)
        member = archive.getinfo("block2_conv1/bias.npy")
    encoded = bytearray(path.read_bytes())
    encoded[encoded.index(b"block2_conv1/bias.npy") + member.file_size] ^= 1
    path.write_bytes(encoded)
    with pytest.raises(WrongWeights, match="layer block2_conv1 is damaged"):
        load_weights(str(path))


@pytest.mark.parametrize("name", ["block1_conv1/kernel:0", "layers/conv2d/vars/0", "elsewhere"])
def test_an_hdf5_file_of_empty_datasets_is_refused(tmp_path: Path, name: str) -> None:
    with h5py.File(tmp_path / "empty.h5", "w") as file:
        file.create_dataset(name, data=h5py.Empty("f"))
    with pytest.raises(WrongWeights, match="layer block1_conv1 has no kernel"):
        load_weights(str(tmp_path / "empty.h5"))


def test_an_hdf5_file_too_large_for_memory_is_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "huge.h5", "w") as file:
        file.create_dataset("block1_conv1/kernel:0", shape=(2**56, 3, 3, 1), dtype="f4", chunks=(1024, 3, 3, 1))
    with pytest.raises(WrongWeights, match="layer block1_conv1 has a kernel of shape"):
        load_weights(str(tmp_path / "huge.h5"))


@pytest.mark.parametrize(
    ("kernel", "bias"),
    [("{layer}/kernel:0", "{layer}/bias:0"), ("layers/conv2d{number}/vars/0", "layers/conv2d{number}/vars/1")],
)
def test_the_layer_where_an_hdf5_file_is_truncated_is_named(tmp_path: Path, kernel: str, bias: str) -> None:
    write_hdf5(tmp_path / "whole.h5", kernel=kernel, bias=bias)
    whole = (tmp_path / "whole.h5").read_bytes()
    last = kernel.format(layer=LAYERS[-1], number="_12")
    with h5py.File(tmp_path / "whole.h5") as file:
        end = file[last].id.get_offset() + 1000
    (tmp_path / "cut.h5").write_bytes(whole[:end])
    with pytest.raises(WrongWeights, match=r"layer block5_conv3 is damaged\.$"):
        load_weights(str(tmp_path / "cut.h5"))


def test_an_hdf5_file_truncated_after_its_layers_is_refused(tmp_path: Path) -> None:
    write_hdf5(tmp_path / "whole.h5", kernel="{layer}/kernel:0", bias="{layer}/bias:0", compression="gzip")
    with h5py.File(tmp_path / "whole.h5", "a") as file:
        file["optimizer_weights/Adam/iter:0"] = np.zeros(4000)
    whole = (tmp_path / "whole.h5").read_bytes()
    (tmp_path / "cut.h5").write_bytes(whole[:-1000])
    with pytest.raises(UnreadableWeights):
        load_weights(str(tmp_path / "cut.h5"))


@pytest.mark.parametrize("part", ["bias:0", "."], ids=["values", "group"])
def test_a_damaged_layer_of_an_hdf5_file_is_named(tmp_path: Path, part: str) -> None:
    path = tmp_path / "damaged.h5"
    write_hdf5(path, kernel="{layer}/kernel:0", bias="{layer}/bias:0", compression="gzip")
    with h5py.File(path) as file:
        damaged = file["block4_conv1"][part].id
        at = damaged.get_chunk_info(0).byte_offset if part == "bias:0" else h5py.h5o.get_info(damaged).addr
    encoded = bytearray(path.read_bytes())
    encoded[at : at + 16] = b"\xff" * 16
    path.write_bytes(encoded)
    with pytest.raises(WrongWeights, match=r"layer block4_conv1 is damaged\.$"):
        load_weights(str(path))


def test_a_name_that_is_too_long_for_a_file_is_reported() -> None:
    with pytest.raises(WeightsNotFound, match=r": file name too long\.$"):
        load_weights("w" * 300 + ".h5")


def test_an_unreadable_file_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bool:
        # Root can read everything.
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "is_file", refuse)
    with pytest.raises(WeightsNotFound, match=r": permission denied\.$"):
        load_weights(str(tmp_path / "mine.npz"))


@pytest.mark.painter
def test_kerass_download_progress_stays_off_standard_output(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def download(**options: object) -> None:
        sys.stdout.write("Downloading data from the network")
        raise OSError("no network")

    monkeypatch.setattr("keras.applications.VGG16", download)
    with pytest.raises(WeightsNotFound, match=r"the download failed \(no network\)"):
        load_weights("keras")
    output = capsys.readouterr()
    assert output.out == ""
    assert "Downloading data" in output.err


def test_a_missing_file_is_named() -> None:
    with pytest.raises(WeightsNotFound, match=r"nowhere\.h5: there is no such file"):
        load_weights("nowhere.h5")
