"""Styles that come with Atelier or from the host's folder: how they are read, refused, named and shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.__main__ import EXIT_BAD_SETUP, serve
from bot.check import check_gallery
from bot.errors import GalleryUnusable
from bot.gallery.builtin import SHIPPED, load_built_in, load_folder
from bot.gallery.style import Scope
from bot.gallery.thumbnails import GALLERY_THUMBNAIL_PX, BuiltInThumbnails
from bot.words import ENGLISH, Words
from bot.words.styles import style_title
from config.settings import GallerySettings, Settings
from stylizer.pool import FakeEngine, PictureName, recognize_picture
from tests.bot.conftest import picture

pytestmark = pytest.mark.usefixtures("current_databases")

LIMIT_BYTES = 2**20
WAVES = '[waves]\nfile = "waves.png"\ntitle = "Great waves"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a picture and no styles.toml."""
    folder = tmp_path / "gallery"
    folder.mkdir()
    (folder / "waves.png").write_bytes(picture())
    return folder


def write(folder: Path, styles: str) -> None:
    (folder / "styles.toml").write_text(styles, encoding="utf-8")


def test_a_folders_styles_have_names_credits_and_words(folder: Path) -> None:
    write(folder, WAVES + 'credits = "Hokusai, 1831"\nwords = ["sea", "Fuji"]\n')

    [waves] = load_folder(folder, limit_bytes=LIMIT_BYTES).values()

    assert (waves.style_id, waves.name, waves.credits, waves.words) == (
        *("waves", "Great waves", "Hokusai, 1831", ("sea", "Fuji")),
    )
    assert waves.path == folder / "waves.png"
    assert (waves.scope, waves.owner_id) == (Scope.BUILT_IN, None)


@pytest.mark.parametrize(
    ("styles", "problem"),
    [
        (None, "it has no file styles.toml."),
        ("[waves", "styles.toml isn't valid TOML: "),
        (b"\xff\xfe[", "styles.toml isn't UTF-8 text."),
        ("[Great-Waves]\n", "[Great-Waves] isn't a possible ID. Use up to 40 lowercase letters"),
        ("waves = 1\n", "[waves] in styles.toml has to be a table, with file and title."),
        ('[waves]\ntitle = "Waves"\n', "[waves] in styles.toml: file is missing."),
        (
            WAVES + 'author = "x"\n',
            "[waves] in styles.toml: author is unknown. The fields are file, title, credits and words.",
        ),
        (WAVES + "words = [1]\n", "[waves] in styles.toml: words.0: input should be a valid string."),
        (WAVES.replace("Great waves", " "), "[waves] in styles.toml: title: string should have at least 1 character."),
        (WAVES.replace("waves.png", "sea.png"), "[waves] names sea.png, which isn't there."),
        (WAVES.replace("waves.png", "large.png"), "[waves] names large.png, which is 2 MiB; at most 1 MiB is allowed"),
        (WAVES.replace("waves.png", "notes.txt"), "[waves]: notes.txt is a text file, not an image."),
        (WAVES.replace("waves.png", "."), "[waves] names ., which can't be read (Is a directory)."),
    ],
)
def test_a_folder_that_cannot_be_used_is_refused_with_what_is_wrong(
    folder: Path, styles: str | bytes | None, problem: str
) -> None:
    (folder / "large.png").write_bytes(picture() + bytes(2 * 2**20))
    (folder / "notes.txt").write_bytes(b"hello there")
    if styles is not None:
        (folder / "styles.toml").write_bytes(styles if isinstance(styles, bytes) else styles.encode())

    with pytest.raises(GalleryUnusable) as refused:
        load_folder(folder, limit_bytes=LIMIT_BYTES)

    assert str(refused.value).startswith(f"Can't use the gallery in {folder}: {problem}")


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        GalleryUnusable, match=r"there's no such folder\. Fix that, or leave out ATELIER_GALLERY__DIR\.$"
    ):
        load_built_in(tmp_path / "nowhere", limit_bytes=LIMIT_BYTES)


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    """A folder like the one that comes with Atelier, with two of its styles."""
    folder = tmp_path / "shipped"
    folder.mkdir()
    for name, color in (("night_wind", "navy"), ("low_poly", "teal")):
        (folder / f"{name}.png").write_bytes(picture(color, size=(640, 480)))
    write(
        folder,
        '[night_wind]\nfile = "night_wind.png"\ntitle = "Night wind"\n'
        '[low_poly]\nfile = "low_poly.png"\ntitle = "Low poly"\n',
    )
    return folder


def test_a_shipped_style_has_a_name_in_every_language_and_a_hosts_keeps_its_own(shipped: Path, folder: Path) -> None:
    write(
        folder,
        '[low_poly]\nfile = "waves.png"\ntitle = "Our triangles"\n[not_found]\nfile = "waves.png"\ntitle = "Lost"\n',
    )

    styles = load_built_in(folder, limit_bytes=LIMIT_BYTES, shipped=shipped)

    titles = [style_title(styles[key], Words.of("de")) for key in ("night_wind", "low_poly", "not_found")]
    assert titles == ["Nachtwind", "Our triangles", "Lost"]
    assert styles["low_poly"].path == folder / "waves.png"


def test_the_title_of_a_shipped_style_is_the_english_one_of_the_catalog() -> None:
    for style in load_built_in(None, limit_bytes=LIMIT_BYTES).values():
        assert ENGLISH(f"style-title-{style.style_id.replace('_', '-')}") == style.name
        assert style.path is not None
        assert style.path.is_file()
        assert style.path.is_relative_to(SHIPPED)


async def test_a_thumbnail_is_made_once_and_kept(shipped: Path, tmp_path: Path) -> None:
    made = []

    async def make(picture: bytes, *, name: PictureName, longest_side_px: int) -> bytes:
        made.append(name.filename)
        return await FakeEngine().make_thumbnail(picture, name=name, longest_side_px=longest_side_px)

    night_wind = load_folder(shipped)["night_wind"]
    thumbnails = [await BuiltInThumbnails(tmp_path / "thumbnails", make).of(night_wind) for _ in range(2)]

    assert made == ["night_wind.png"]
    assert thumbnails[0] == thumbnails[1]
    recognize_picture(thumbnails[0])
    assert GALLERY_THUMBNAIL_PX >= 160  # Discord shows them about this large


async def test_a_picture_that_cannot_be_decoded_keeps_the_bot_from_starting(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folder, WAVES)
    (folder / "waves.png").write_bytes(picture(size=(200, 200), noisy=True)[:4000])
    settings = Settings(data_dir=tmp_path / "data", gallery=GallerySettings(dir=folder))

    assert await serve(settings, engine=FakeEngine()) == EXIT_BAD_SETUP

    output = capsys.readouterr().err
    assert output.startswith(f"Can't use the gallery in {folder}: [waves]: waves.png is incomplete")
    assert "Fix that, or leave out ATELIER_GALLERY__DIR." in output


@pytest.mark.parametrize(
    ("content", "ok", "detail"),
    [
        (picture(), True, "1 styles in "),
        (picture(size=(200, 200), noisy=True)[:4000], False, "waves.png is incomplete"),
        (b"hello", False, "waves.png is a text file"),
    ],
)
async def test_check_tries_every_picture_of_the_hosts_folder(
    folder: Path, tmp_path: Path, content: bytes, ok: bool, detail: str
) -> None:
    write(folder, WAVES)
    (folder / "waves.png").write_bytes(content)

    [finding] = await check_gallery(Settings(data_dir=tmp_path, gallery=GallerySettings(dir=folder)))

    assert (finding.subject, finding.ok) == ("gallery", ok)
    assert detail in finding.detail


async def test_without_a_folder_there_is_nothing_to_check(tmp_path: Path) -> None:
    assert await check_gallery(Settings(data_dir=tmp_path)) == []
