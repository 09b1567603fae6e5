"""Problem pictures, which style transfer is known to spoil. They are made from the samples and the gallery.

Every sheet of `benchmarks.quality` includes them: a face, plain areas, fog, a sky of one color, letters and thin lines,
a banner, a style with a frame, a gray pair, and small drafts.
"""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps

from benchmarks.pairs import Pair
from benchmarks.rows import Check, Row
from benchmarks.surface import (
    Rgb,
    border_excess,
    chroma,
    edges_kept,
    excess_noise,
    lattice,
    stroke_contrast,
    weave,
    white_border,
)
from bot.demo.samples import STYLES_DIR, sample

Box = tuple[float, float, float, float]
"""Left, upper, right and lower edge, relative to the picture."""

DRAFT_PX = 256
DRAFT_FOG_PX = 400
FRAME_PX = 50
"""Around a 1024 px style."""

_FACE: Box = (0.33, 0.13, 0.56, 0.38)
_SKY: Box = (0.0, 0.0, 1.0, 0.45)
_SKY_COLOR = (120, 170, 230)
_PLAIN_SIZE = (512, 384)
_BANNER: Box = (0.0, 0.27, 1.0, 0.458)
"""The strip of the sample `chelsea` with the eyes; 8 : 1."""
_STROKES = Check("strokes", lambda painting, _, style: stroke_contrast(painting, style), at_least=0.25)
_NOISE = Check("excess noise", excess_noise, at_most=1.0)
_LATTICE = Check("lattice", lambda painting, *_: lattice(painting), at_most=0.1)
_WEAVE = Check("weave", lambda painting, *_: weave(painting), at_most=2.0)
_BORDERS = Check("border excess", lambda painting, *_: border_excess(painting), at_most=5.0)
_WHITE_BORDERS = Check("white borders", lambda painting, *_: white_border(painting), at_most=0.05)
_CHROMA = Check("chroma", lambda painting, *_: chroma(painting), at_most=2.0)
_LETTERS = ("Atelier", "paints letters", "and thin lines")


def problem_rows() -> list[Row]:
    """One row per problem, with the figures that show it."""
    night_wind, agate, suns, meadow, waves, mountains = (
        (STYLES_DIR / f"{name}.jpg").read_bytes()
        for name in ("night_wind", "agate", "glass_suns", "pastel_meadow", "woodcut_waves", "ink_mountains")
    )
    astronaut, chelsea, coffee = (sample(name)[1] for name in ("astronaut", "chelsea", "coffee"))
    framed = ImageOps.expand(_open(agate), FRAME_PX, "white")
    return [
        Row(Pair("face", astronaut, night_wind), (within(_FACE, _edges(0.5)),)),
        Row(Pair("plain_gray", _encode(_plain((128, 128, 128))), night_wind), (_STROKES, _NOISE, _LATTICE, _WEAVE)),
        Row(Pair("plain_beige", _encode(_plain((200, 180, 150))), suns), (_STROKES, _NOISE, _LATTICE, _WEAVE)),
        Row(Pair("fog", _encode(_foggy(_open(coffee))), meadow), (_STROKES, _NOISE, _LATTICE, _WEAVE)),
        Row(
            Pair("flat_sky", _encode(_with_flat_sky(_open(coffee))), night_wind),
            (within(_SKY, _STROKES), within(_SKY, _NOISE), within(_SKY, _LATTICE), within(_SKY, _WEAVE)),
        ),
        Row(Pair("letters", _encode(_letters()), waves), (_edges(0.3),)),
        Row(Pair("banner", _encode(_cut(_open(chelsea), _BANNER)), agate), (_edges(0.5), _STROKES, _BORDERS)),
        Row(Pair("framed_style", chelsea, _encode(framed)), (_BORDERS, _WHITE_BORDERS), judged_style=agate),
        Row(Pair("gray_pair", _encode(_gray(chelsea)), _encode(_gray(mountains))), (_CHROMA, _NOISE)),
        Row(Pair("draft_256", chelsea, suns), (_LATTICE, _NOISE), recipe="draft", max_side_px=DRAFT_PX),
        Row(
            Pair("draft_fog", _encode(_foggy(_open(coffee))), waves),
            (_LATTICE, _WEAVE),
            recipe="draft",
            max_side_px=DRAFT_FOG_PX,
        ),
    ]


def _edges(at_least: float) -> Check:
    return Check("edges kept", lambda painting, content, _: edges_kept(painting, content), at_least=at_least)


def within(box: Box, check: Check) -> Check:
    """The same check, limited to a part of the painting and the content."""

    def measure(painting: Rgb, content: Rgb, style: Rgb) -> float:
        return check.measure(_part(painting, box), _part(content, box), style)

    return Check(f"{check.title} in it", measure, at_least=check.at_least, at_most=check.at_most)


def _part(rgb: Rgb, box: Box) -> Rgb:
    height_px, width_px = rgb.shape[:2]
    left, upper, right, lower = box
    return rgb[round(upper * height_px) : round(lower * height_px), round(left * width_px) : round(right * width_px)]


def _gray(encoded: bytes) -> Image.Image:
    return _open(encoded).convert("L")


def _open(encoded: bytes) -> Image.Image:
    with Image.open(BytesIO(encoded)) as image:
        return image.convert("RGB")


def _encode(image: Image.Image) -> bytes:
    encoded = BytesIO()
    image.save(encoded, "PNG", compress_level=1)
    return encoded.getvalue()


def _plain(color: tuple[int, int, int]) -> Image.Image:
    return Image.new("RGB", _PLAIN_SIZE, color)


def _cut(image: Image.Image, box: Box) -> Image.Image:
    left, upper, right, lower = box
    return image.crop(
        (
            round(left * image.width),
            round(upper * image.height),
            round(right * image.width),
            round(lower * image.height),
        )
    )


def _foggy(image: Image.Image) -> Image.Image:
    """Soft shapes in an almost uniform light gray."""
    soft = np.asarray(image.convert("L").filter(ImageFilter.GaussianBlur(6)).convert("RGB"), np.float32)
    return Image.fromarray(np.round(205 + 0.06 * (soft - 128)).astype(np.uint8))


def _with_flat_sky(image: Image.Image) -> Image.Image:
    sky = image.copy()
    left, upper, right, lower = _SKY
    corners = (left * image.width, upper * image.height, right * image.width, lower * image.height)
    ImageDraw.Draw(sky).rectangle(corners, fill=_SKY_COLOR)
    return sky


def _letters() -> Image.Image:
    """Lines of text, from large to small, and lines of 1 to 3 px in all directions, on paper."""
    page = Image.new("RGB", (512, 512), (240, 236, 224))
    draw = ImageDraw.Draw(page)
    top = 24
    for text, size_px in zip(_LETTERS, (96, 56, 32), strict=True):
        draw.text((28, top), text, fill=(24, 28, 60), font=ImageFont.load_default(size_px))
        top += round(size_px * 1.3)
    for number in range(16):
        angle = np.pi * number / 16
        end = (256 + 200 * np.cos(angle), 500 - 190 * np.sin(angle))
        draw.line(((256, 500), end), fill=(120, 30, 40), width=1 + number % 3)
    return page
