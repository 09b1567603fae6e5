"""Converts every kind of pixel to 8-bit sRGB."""

from __future__ import annotations

import struct
from enum import IntEnum
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

MAX_PROFILE_BYTES = 8 * 2**20
"""The largest press profiles have about 3 MiB; larger ones are ignored."""

Chromaticities = tuple[float, ...]
"""x and y of white, red, green and blue. CIE 1931."""
SRGB: Chromaticities = (0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
PRIMARIES: dict[int, Chromaticities] = {
    1: SRGB,
    9: (0.3127, 0.3290, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),  # BT.2020
    11: (0.314, 0.351, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),  # DCI P3
    12: (0.3127, 0.3290, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),  # Display P3
}
"""By their code point. ITU-T H.273, table 2."""
REFERENCE_WHITE_CD_M2 = 203
"""Paper white in HDR; anything brighter is white here. ITU-R BT.2408."""

SMALLEST_GAMMA, LARGEST_GAMMA = 0.1, 10.0
GAMMA_TOLERANCE = 0.05
"""Smaller differences aren't visible; libpng doesn't correct them either."""
CURVE_POINTS = 4096
MAX_CONDITION = 1000.0
"""Of the matrix of the primaries; real ones are below 10."""

ROWS_AT_ONCE = 256
"""Rows of deep gray that are converted at a time."""
GRAY_WHITES = (1.0, 255.0, 1023.0, 4095.0, 65535.0)
"""Possible values of white in gray of unknown depth: a share, or 8, 10, 12 or 16 bits."""


class Transfer(IntEnum):
    """Code points of transfer characteristics that differ visibly from sRGB's. ITU-T H.273, table 3."""

    GAMMA_22 = 4
    GAMMA_28 = 5
    LINEAR = 8
    PQ = 16
    HLG = 18


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert to sRGB by the color profile; a damaged or unsuitable one is ignored."""
    srgb = ImageCms.createProfile("sRGB")
    if image.mode == "LAB":
        converted = ImageCms.profileToProfile(image, ImageCms.createProfile("LAB"), srgb, outputMode="RGB")
        return converted or image.convert("RGB")
    if profile and len(profile) <= MAX_PROFILE_BYTES:
        if image.mode == "L" and profile[16:20] == b"RGB ":
            image = image.convert("RGB")
        try:
            own = ImageCms.ImageCmsProfile(BytesIO(profile))
            converted = ImageCms.profileToProfile(image, own, srgb, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
            converted = None
        if converted is not None:
            return converted
    return image if image.mode == "RGB" else image.convert("RGB")


def to_eight_bits(image: Image.Image) -> Image.Image:
    """Convert gray of 16 or 32 bits or floats to mode L; the largest value decides what is white.

    Gray of 12 bits is often stored in 16: if no more bits are used, it is stretched. If a PNG declares one gray
    transparent, the result is LA, because two grays of 16 bits may be the same in eight.
    """
    values = np.asarray(image)
    bands = [slice(row, row + ROWS_AT_ONCE) for row in range(0, len(values), ROWS_AT_ONCE)]
    brightest = max(float(_finite(values[band]).max()) for band in bands)
    white = next((limit for limit in GRAY_WHITES if brightest <= limit), brightest)
    gray = np.empty(values.shape, np.uint8)
    for band in bands:
        scaled = _finite(values[band]) * np.float32(255 / white)
        gray[band] = np.clip(scaled + np.float32(0.5), 0, 255).astype(np.uint8)
    converted = Image.fromarray(gray)
    if "transparency" in image.info:
        converted.putalpha(Image.fromarray((values != image.info["transparency"]) * np.uint8(255)))
    return converted


def _finite(values: NDArray[Any]) -> NDArray[Any]:
    return np.nan_to_num(values, nan=0, posinf=0, neginf=0) if values.dtype.kind == "f" else values


def gamma_profile(gamma: float, chromaticities: Chromaticities | None) -> bytes | None:
    """An ICC profile for samples that are light to the power of `gamma`, as in browsers; None if it is sRGB's.

    PNG specification, third edition, 11.3.2.2 and 11.3.2.1.
    """
    if not SMALLEST_GAMMA <= gamma <= LARGEST_GAMMA:
        return None
    primaries = chromaticities or SRGB
    if abs(gamma * 2.2 - 1) < GAMMA_TOLERANCE and np.allclose(primaries, SRGB, atol=0.002):
        return None
    try:
        return _profile(primaries, _samples() ** (1 / gamma))
    except (ArithmeticError, ValueError, struct.error):  # primaries on one line, or none at all
        return None


def coded_profile(primaries: int, transfer: int) -> bytes | None:
    """An ICC profile for code points of videos, HEIF and PNG; None if it is sRGB's or unknown."""
    chromaticities = PRIMARIES.get(primaries)
    samples = _samples()
    match transfer:
        case Transfer.GAMMA_22:
            light = samples**2.2
        case Transfer.GAMMA_28:
            light = samples**2.8
        case Transfer.LINEAR:
            light = samples
        case Transfer.PQ:
            light = _pq_to_light(samples)
        case Transfer.HLG:
            light = _hlg_to_light(samples)
        case _ if chromaticities in {None, SRGB}:
            return None
        case _:
            light = np.where(samples <= 0.04045, samples / 12.92, ((samples + 0.055) / 1.055) ** 2.4)
    return _profile(chromaticities or SRGB, light)


def _samples() -> NDArray[np.float64]:
    return np.linspace(0, 1, CURVE_POINTS)


def _pq_to_light(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 is the reference white. SMPTE ST 2084, equation 4.1."""
    root = samples ** (32 / 2523)
    light: NDArray[np.float64] = (np.maximum(root - 107 / 128, 0) / (2413 / 128 - 2392 / 128 * root)) ** (16384 / 2610)
    return light * 10_000 / REFERENCE_WHITE_CD_M2


def _hlg_to_light(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 is the reference white, 75 % of the signal, for a screen of 1000 cd/m². ITU-R BT.2100, table 5."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(samples <= 0.5, samples**2 / 3, (np.exp((samples - c) / a) + b) / 12)
    return (scene / 0.265) ** 1.2


def _profile(chromaticities: Chromaticities, light: NDArray[np.float64]) -> bytes:
    """Make an RGB profile from primaries and the light of equally spaced samples. ICC.1:2001-04."""
    white, *primaries = (
        np.array([x / y, 1, (1 - x - y) / y]) for x, y in zip(chromaticities[::2], chromaticities[1::2], strict=True)
    )
    columns = np.stack(primaries, axis=1)
    to_xyz = columns * np.linalg.solve(columns, white)
    if np.linalg.cond(columns) > MAX_CONDITION:
        raise ValueError("primaries of one color")
    d50 = np.array([0.9642, 1, 0.8249])
    bradford = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
    adapted = np.linalg.inv(bradford) @ np.diag((bradford @ d50) / (bradford @ white)) @ bradford @ to_xyz
    curve = np.rint(np.clip(light, 0, 1) * 65535).astype(">u2").tobytes()
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", 2) + b"x\0" + bytes(79),
        b"cprt": b"text\0\0\0\0none\0\0\0\0",
        b"wtpt": _xyz(d50),
        **{tag: _xyz(adapted[:, place]) for place, tag in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))},
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), b"curv\0\0\0\0" + struct.pack(">I", CURVE_POINTS) + curve),
    }
    start = 128 + 4 + 12 * len(tags)
    table, body = b"", b""
    for tag, content in tags.items():
        table += struct.pack(">4sII", tag, start + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    head = struct.pack(">I4xI12s12x4s28x", start + len(body), 0x02400000, b"mntrRGB XYZ ", b"acsp") + _xyz(d50)[8:]
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


def _xyz(values: NDArray[np.float64]) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *np.rint(values * 65536).astype(int))
