"""Faces that are found, and paintings that spare them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from stylizer.events import Finished
from stylizer.faces import FaceDetector
from stylizer.images import Picture, open_picture
from stylizer.mask import SPARED_SHARE, Face, Mask
from stylizer.recipe import Recipe, Scale, load_recipe
from tests.stylizer.conftest import photograph, strokes
from tests.stylizer.masks import halves

if TYPE_CHECKING:
    from stylizer.painter import Painter

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "bot/demo/samples"
STYLES = ROOT / "bot/gallery/pictures"
FACE = (0.34, 0.13, 0.55, 0.34)
"""Where the astronaut's face is."""


@pytest.fixture(scope="module")
def detector() -> FaceDetector:
    return FaceDetector()


@pytest.fixture(scope="module")
def astronaut() -> Image.Image:
    with Image.open(SAMPLES / "astronaut.jpg") as image:
        return image.convert("RGB")


def overlaps(face: Face, expected: tuple[float, float, float, float]) -> bool:
    """Whether both boxes are nearly the same."""
    return bool(np.abs(np.subtract(face, expected)).max() < 0.2 * (expected[2] - expected[0]))


def test_a_face_is_found_where_it_is(detector: FaceDetector, astronaut: Image.Image) -> None:
    [face] = detector.find(np.asarray(astronaut))
    assert overlaps(face, FACE)


@pytest.mark.parametrize("degrees", [-30, 30])
def test_a_tilted_face_is_found(detector: FaceDetector, astronaut: Image.Image, degrees: int) -> None:
    assert len(detector.find(np.asarray(astronaut.rotate(degrees, Image.Resampling.BICUBIC)))) == 1


def test_a_face_that_fills_the_picture_is_found(detector: FaceDetector, astronaut: Image.Image) -> None:
    [face] = detector.find(np.asarray(astronaut.crop((150, 40, 304, 194))))
    assert face.right - face.left > 0.6


@pytest.mark.parametrize("size", [(1024, 1024), (1200, 150), (150, 1200)])
def test_a_small_face_is_found_in_a_large_picture(
    detector: FaceDetector, astronaut: Image.Image, size: tuple[int, int]
) -> None:
    picture = Image.new("RGB", size, (120, 140, 120))
    small = astronaut.crop((100, 0, 380, 280)).resize((150, 150), Image.Resampling.LANCZOS)
    left, top = (size[0] - 150) * 3 // 4, (size[1] - 150) * 3 // 4
    picture.paste(small, (left, top))
    [face] = detector.find(np.asarray(picture))
    center = ((face.left + face.right) / 2 * size[0], (face.top + face.bottom) / 2 * size[1])
    assert np.abs(np.subtract(center, (left + 67, top + 65))).max() < 15


@pytest.mark.parametrize(
    "path",
    [SAMPLES / "coffee.jpg", SAMPLES / "chelsea.jpg", *sorted(STYLES.glob("*.jpg"))],
    ids=lambda path: path.stem,
)
def test_no_face_is_found_where_there_is_none(detector: FaceDetector, path: Path) -> None:
    assert detector.find(open_picture(path.read_bytes(), longest_side_px=512).rgb) == []


@pytest.mark.parametrize("size", [(32, 32), (16, 128), (2048, 64)])
def test_pictures_of_any_shape_can_be_searched(detector: FaceDetector, size: tuple[int, int]) -> None:
    assert detector.find(np.full((size[1], size[0], 3), 90, np.uint8)) == []


def test_a_face_is_spared_softly_with_its_forehead_and_its_chin() -> None:
    mask = Mask.of_everything(width_px=100, height_px=100).sparing([Face(0.4, 0.4, 0.6, 0.6)])
    opacity = mask.opacity[..., 0]
    assert opacity[50, 50] == pytest.approx(1 - SPARED_SHARE)
    assert opacity[36, 50] < 1
    assert opacity[60, 50] < 1
    assert opacity[50, 20] == opacity[15, 50] == 1
    assert np.abs(np.diff(opacity, axis=0)).max() < 0.24 * SPARED_SHARE


def test_a_face_outside_of_the_regions_stays_untouched() -> None:
    black, white = (0, 0, 0), (255, 255, 255)
    mask = Mask.of(halves(black, white), width_px=96, height_px=64, shares=[1.0])
    assert mask.sparing([Face(0.1, 0.3, 0.3, 0.6)]).opacity[:, :48].max() == 0


@pytest.fixture
def recipe() -> Recipe:
    return load_recipe("draft", longest_side_px=128, scales=(Scale(0.5, 6), Scale(1.0, 4)))


def painted(painter: Painter, content: Picture, recipe: Recipe, *, spare_faces: bool) -> Finished:
    *_, finished = painter.paint(
        content, strokes(128), recipe=recipe, seed=1, spare_faces=spare_faces, gif_limit_bytes=0
    )
    assert isinstance(finished, Finished)
    return finished


def distance_from(content: Picture, finished: Finished) -> NDArray[np.float64]:
    distance: NDArray[np.float64] = np.abs(open_picture(finished.painting).rgb.astype(float) - content.rgb).mean(axis=2)
    return distance


@pytest.mark.weights
def test_a_painting_spares_the_face_and_nothing_else(
    real_painter: Painter, astronaut: Image.Image, recipe: Recipe
) -> None:
    content = Picture(np.asarray(astronaut.resize((128, 128), Image.Resampling.LANCZOS)), None)
    spared, whole = (painted(real_painter, content, recipe, spare_faces=spare) for spare in (True, False))
    assert (spared.faces, whole.faces) == (1, None)
    face, rest = np.s_[20:40, 48:66], np.s_[70:, 30:]
    assert distance_from(content, spared)[face].mean() < 0.7 * distance_from(content, whole)[face].mean()
    assert distance_from(content, spared)[face].mean() > 3
    assert distance_from(content, spared)[rest].mean() > 0.8 * distance_from(content, whole)[rest].mean()


@pytest.mark.painter
def test_without_a_face_everything_is_painted_as_usual(tiny_painter: Painter, recipe: Recipe) -> None:
    spared, whole = (painted(tiny_painter, photograph(), recipe, spare_faces=spare) for spare in (True, False))
    assert (spared.faces, whole.faces) == (0, None)
    assert spared.painting == whole.painting
