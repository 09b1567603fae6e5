"""Pictures are downloaded from the right hosts, never more than allowed, and stored by their hash."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from bot.errors import AttachmentGone, DownloadFailed, FileTooLarge, ForeignHost
from bot.files.download import DISCORD_HOSTS, HttpDownload
from bot.files.media_types import is_picture
from bot.files.pictures import Pictures
from bot.files.store import CHUNK_BYTES, PictureStore, Write
from bot.painting.job import Input
from bot.sources.picture import SentPicture
from stylizer.pool import EmptyPicture, NotAPicture
from tests.bot.conftest import picture

PICTURE = picture("teal")


@pytest.fixture
async def server() -> AsyncIterator[TestServer]:
    """A host that serves a picture, a false size, a redirect and a broken connection."""

    async def whole(_request: web.Request) -> web.Response:
        return web.Response(body=b"p" * 1000)

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(64):
            await response.write(b"p" * 2**16)
        return response

    async def elsewhere(_request: web.Request) -> web.Response:
        raise web.HTTPFound("/whole.png")

    async def cut(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b"p" * 10)
        if request.transport is not None:
            request.transport.close()
        return response

    async def picture_in_pieces(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for start in range(0, len(PICTURE), 7):
            await response.write(PICTURE[start : start + 7])
        return response

    async def empty(_request: web.Request) -> web.Response:
        return web.Response()

    app = web.Application()
    app.add_routes(
        [
            web.get("/whole.png", whole),
            web.get("/endless.png", endless),
            web.get("/elsewhere.png", elsewhere),
            web.get("/cut.png", cut),
            web.get("/picture.png", picture_in_pieces),
            web.get("/empty.png", empty),
        ]
    )
    running = TestServer(app)
    async with running:
        yield running


class Received:
    """Collects what a download writes."""

    def __init__(self) -> None:
        self.content = b""

    async def write(self, chunk: bytes) -> None:
        self.content += chunk


@pytest.fixture
async def download(server: TestServer) -> AsyncIterator[HttpDownload]:
    """A downloader that uses the stand-in host."""
    async with HttpDownload(stand_in=server.make_url("/api/v10")) as opened:
        yield opened


async def test_an_attachment_is_downloaded_completely(server: TestServer, download: HttpDownload) -> None:
    received = Received()
    await download("content", str(server.make_url("/whole.png")), write=received.write, limit_bytes=1000)
    assert received.content == b"p" * 1000


async def test_an_attachment_is_never_read_beyond_its_limit(server: TestServer, download: HttpDownload) -> None:
    received = Received()
    with pytest.raises(FileTooLarge, match="larger than Discord reported"):
        await download("content", str(server.make_url("/endless.png")), write=received.write, limit_bytes=100_000)
    assert len(received.content) <= 100_000


async def test_redirects_are_not_followed(server: TestServer, download: HttpDownload) -> None:
    with pytest.raises(AttachmentGone, match="answers 302"):
        await download("content", str(server.make_url("/elsewhere.png")), write=Received().write, limit_bytes=1000)


async def test_an_attachment_that_is_gone_says_so(server: TestServer, download: HttpDownload) -> None:
    with pytest.raises(AttachmentGone, match="answers 404"):
        await download("content", str(server.make_url("/nothing.png")), write=Received().write, limit_bytes=1000)


async def test_a_connection_that_is_cut_fails(server: TestServer, download: HttpDownload) -> None:
    with pytest.raises(DownloadFailed):
        await download("content", str(server.make_url("/cut.png")), write=Received().write, limit_bytes=1000)


class Refresher:
    """Simulates how Discord refreshes links."""

    def __init__(self, fresh: str | None) -> None:
        self.fresh = fresh
        self.asked: list[str] = []

    async def __call__(self, url: str) -> str | None:
        self.asked.append(url)
        return self.fresh


async def test_an_expired_link_is_refreshed_once(server: TestServer, download: HttpDownload) -> None:
    expired = str(server.make_url("/attachments/1/2/gone.png?ex=1"))
    download.refresh_link = refresher = Refresher(str(server.make_url("/whole.png")))

    received = Received()
    await download("content", expired, write=received.write, limit_bytes=1000)
    assert received.content == b"p" * 1000
    assert refresher.asked == [expired]


@pytest.mark.parametrize("fresh", [None, "/attachments/1/2/gone.png?ex=2", "https://example.org/whole.png"])
async def test_a_link_that_cannot_be_refreshed_says_that_the_picture_is_gone(
    server: TestServer, download: HttpDownload, fresh: str | None
) -> None:
    url = str(server.make_url(fresh)) if fresh is not None and fresh.startswith("/") else fresh
    download.refresh_link = refresher = Refresher(url)

    with pytest.raises(AttachmentGone, match="answers 404"):
        await download(
            "content", str(server.make_url("/attachments/1/2/gone.png?ex=1")), write=Received().write, limit_bytes=1000
        )
    assert len(refresher.asked) == 1


async def test_a_link_that_never_expires_is_not_refreshed(server: TestServer, download: HttpDownload) -> None:
    download.refresh_link = refresher = Refresher(str(server.make_url("/whole.png")))

    with pytest.raises(AttachmentGone):
        await download("content", str(server.make_url("/stickers/1.png")), write=Received().write, limit_bytes=1000)
    assert refresher.asked == []


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://cdn.discordapp.com/attachments/1/2/a.png", True),
        ("https://media.discordapp.net/stickers/1.gif", True),
        ("https://images-ext-1.discordapp.net/external/hash/https/example.org/a.png", True),
        ("https://images-ext-2.discordapp.net/external/hash/https/example.org/a.png", True),
        ("https://images-ext-3.discordapp.net/external/hash/https/example.org/a.png", False),
        ("https://discordapp.net/a.png", False),
        ("https://discord.com/channels/1/2/3", False),
        ("http://[", False),
    ],
)
def test_discords_picture_hosts_are_recognized(url: str, allowed: bool) -> None:
    assert HttpDownload().allows(url) is allowed


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/a.png",
        "http://cdn.discordapp.com/a.png",
        "https://cdn.discordapp.com.example.org/a.png",
        "https://cdn.discordapp.com@example.org/a.png",
        "https://cdn.discordapp.com:8443/a.png",
        "http://127.0.0.1/a.png",
        "file:///etc/passwd",
        "nonsense",
    ],
)
async def test_only_discords_own_hosts_are_contacted(url: str) -> None:
    async with HttpDownload() as download:
        with pytest.raises(ForeignHost):
            await download("content", url, write=Received().write, limit_bytes=1000)


@pytest.mark.parametrize("host", sorted(DISCORD_HOSTS))
async def test_behind_an_api_proxy_attachments_still_come_from_discord(
    download: HttpDownload, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    asked: list[URL] = []

    def get(_session: aiohttp.ClientSession, url: URL, **_options: Any) -> None:
        asked.append(url)
        raise aiohttp.ClientConnectionError

    monkeypatch.setattr(aiohttp.ClientSession, "get", get)
    url = f"https://{host}/attachments/1/2/a.png"
    with pytest.raises(DownloadFailed):
        await download("content", url, write=Received().write, limit_bytes=1000)
    assert asked == [URL(url)]


@pytest.mark.parametrize("url", ["http://cdn.discordapp.com/a.png", "https://example.com/a.png"])
async def test_behind_an_api_proxy_no_other_host_is_contacted(download: HttpDownload, url: str) -> None:
    with pytest.raises(ForeignHost):
        await download("content", url, write=Received().write, limit_bytes=1000)


async def test_another_port_on_the_stand_ins_host_is_refused(server: TestServer, download: HttpDownload) -> None:
    other = URL(str(server.make_url("/whole.png"))).with_port(1)
    with pytest.raises(ForeignHost):
        await download("content", str(other), write=Received().write, limit_bytes=1000)


async def test_a_picture_is_stored_under_its_hash(tmp_path: Path) -> None:
    store = PictureStore(tmp_path)

    name = await store.put(b"picture")

    assert name == hashlib.sha256(b"picture").hexdigest()
    assert await store.read(name) == b"picture"
    assert await store.put(b"picture") == name
    assert kept(tmp_path) == [name]


async def test_a_missing_picture_is_none(tmp_path: Path) -> None:
    assert await PictureStore(tmp_path).read("0" * 64) is None
    assert await PictureStore(tmp_path).size_of("0" * 64) is None


async def test_a_file_of_several_chunks_is_stored_unchanged_and_the_source_is_kept(tmp_path: Path) -> None:
    store, clip = PictureStore(tmp_path / "pictures"), tmp_path / "clip.mp4"
    content = bytes(range(256)) * (2 * CHUNK_BYTES // 256) + b"the end"
    clip.write_bytes(content)

    name = await store.put(clip)

    assert name == hashlib.sha256(content).hexdigest() == await store.put(content) == await store.put(clip)
    assert store.path_of(name).read_bytes() == content == clip.read_bytes()
    assert await store.size_of(name) == len(content)
    assert kept(tmp_path / "pictures") == [name]


async def test_an_open_file_is_stored_from_its_current_position(tmp_path: Path) -> None:
    store = PictureStore(tmp_path)
    upload = io.BytesIO(b"headerpicture")
    upload.seek(len(b"header"))

    assert await store.read(await store.put(upload)) == b"picture"


async def test_a_source_that_fails_midway_leaves_nothing_behind(tmp_path: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(size) or self.fail()

        def fail(self) -> bytes:
            raise OSError(errno.EIO, "Input/output error")

    with pytest.raises(OSError, match="Input/output error"):
        await PictureStore(tmp_path).put(Broken(b"half a picture"))
    assert kept(tmp_path) == []


async def test_a_file_is_received_piece_by_piece(tmp_path: Path) -> None:
    store = PictureStore(tmp_path)

    async def send(write: Write) -> None:
        for piece in (b"pic", b"", b"ture"):
            await write(piece)
            async with store.sweep():
                await store.remove(await store.files())

    with store.lease() as lease:
        name = await store.receive(send, lease=lease)
        async with store.sweep():
            assert await store.remove(await store.files()) == []

    assert name == hashlib.sha256(b"picture").hexdigest()
    assert await store.read(name) == b"picture"
    assert await store.receive(send) == name
    assert kept(tmp_path) == [name]


async def test_a_file_that_stops_arriving_leaves_nothing_behind(tmp_path: Path) -> None:
    store = PictureStore(tmp_path)
    has_begun = asyncio.Event()

    async def fail(write: Write) -> None:
        await write(b"half a pic")
        raise DownloadFailed("content")

    async def stall(write: Write) -> None:
        await write(b"half a pic")
        has_begun.set()
        await asyncio.Event().wait()

    with pytest.raises(DownloadFailed):
        await store.receive(fail)
    stalled = asyncio.create_task(store.receive(stall))
    await has_begun.wait()
    assert len(kept(tmp_path)) == 1
    stalled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stalled
    assert kept(tmp_path) == []


async def test_a_download_that_is_no_picture_or_too_large_leaves_nothing_behind(
    tmp_path: Path, server: TestServer, download: HttpDownload
) -> None:
    store = PictureStore(tmp_path)
    pictures = Pictures(store, download, limit_bytes=2**20, gate=asyncio.Semaphore(1))

    with store.lease() as lease:
        for path, error in (("/whole.png", NotAPicture), ("/endless.png", FileTooLarge), ("/empty.png", EmptyPicture)):
            with pytest.raises(error):
                await pictures.fetch(Input("content", url=str(server.make_url(path))), "content", lease=lease)
            assert kept(tmp_path) == []
        name = await pictures.fetch(Input("style", url=str(server.make_url("/picture.png"))), "style", lease=lease)

    assert kept(tmp_path) == [name]
    assert await store.read(name) == PICTURE
    assert await pictures.fetch(Input("style", sha256=name), "style", lease=lease) == name


async def test_leased_files_survive_every_sweep(tmp_path: Path) -> None:
    store = PictureStore(tmp_path)
    pictures = [bytes([number]) for number in range(4)]
    swept = 0

    async def sweep() -> None:
        nonlocal swept
        async with store.sweep():
            swept += len(await store.remove(await store.files()))

    async def put(picture: bytes) -> None:
        with store.lease() as lease:
            name = await store.put(picture, lease=lease)
            await asyncio.gather(sweep(), asyncio.sleep(0))
            assert await store.read(name) == picture

    for _ in range(25):
        await asyncio.gather(*map(put, pictures))

    assert kept(tmp_path)
    await sweep()
    assert kept(tmp_path) == []
    assert swept >= len(pictures)


async def test_nothing_is_removed_outside_a_sweep(tmp_path: Path) -> None:
    store = PictureStore(tmp_path)
    name = await store.put(b"picture")

    assert await store.remove(await store.files()) == []
    assert kept(tmp_path) == [name]


def kept(folder: Path) -> list[str]:
    """Return the names of all files in a folder and its subfolders."""
    return [path.name for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("filename", "stated", "expected"),
    [
        ("IMG_0001.HEIC", "image/heic", True),
        ("IMG_0001.HEIC", None, True),
        ("IMG_0001.heif", "application/octet-stream", True),
        ("DSC0001.HIF", "image/heif", True),
        ("burst", "image/heic-sequence", True),
        ("moving.png", "image/vnd.mozilla.apng", True),
        ("scan.tif", "image/tiff; charset=binary", True),
        ("IMG_0001.HEIC", "video/quicktime", False),
        ("photo.raw", None, False),
        ("drawing.svg", "image/svg+xml", False),
    ],
)
def test_the_media_type_decides_and_otherwise_the_name(filename: str, stated: str | None, expected: bool) -> None:
    assert is_picture(SentPicture("https://cdn.discordapp.com/a", filename, content_type=stated)) is expected
