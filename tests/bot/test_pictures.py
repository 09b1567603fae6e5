"""From an attachment to bytes on disk: over HTTP, from the right hosts, never more than it may be."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from bot.errors import AttachmentGone, DownloadFailed, FileTooLarge, ForeignHost
from bot.pictures import DISCORD_ATTACHMENT_HOSTS, HttpDownload, PictureStore


@pytest.fixture
async def server() -> AsyncIterator[TestServer]:
    """A host with a picture, a lie, a redirection and a broken connection."""

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

    app = web.Application()
    app.add_routes(
        [
            web.get("/whole.png", whole),
            web.get("/endless.png", endless),
            web.get("/elsewhere.png", elsewhere),
            web.get("/cut.png", cut),
        ]
    )
    running = TestServer(app)
    async with running:
        yield running


@pytest.fixture
async def download(server: TestServer) -> AsyncIterator[HttpDownload]:
    """Fetches from the stand-in."""
    async with HttpDownload(stand_in=server.make_url("/api/v10")) as opened:
        yield opened


async def test_an_attachment_is_fetched_whole(server: TestServer, download: HttpDownload) -> None:
    assert await download("It", str(server.make_url("/whole.png")), limit_bytes=1000) == b"p" * 1000


async def test_an_attachment_is_never_read_beyond_its_limit(server: TestServer, download: HttpDownload) -> None:
    with pytest.raises(FileTooLarge, match="larger than it said"):
        await download("It", str(server.make_url("/endless.png")), limit_bytes=1000)


async def test_redirections_are_not_followed(server: TestServer, download: HttpDownload) -> None:
    with pytest.raises(AttachmentGone, match="answer 302"):
        await download("It", str(server.make_url("/elsewhere.png")), limit_bytes=1000)


async def test_an_attachment_that_is_gone_says_so(server: TestServer, download: HttpDownload) -> None:
    with pytest.raises(AttachmentGone, match="answer 404"):
        await download("It", str(server.make_url("/nothing.png")), limit_bytes=1000)


async def test_a_connection_that_is_cut_fails(server: TestServer, download: HttpDownload) -> None:
    with pytest.raises(DownloadFailed):
        await download("It", str(server.make_url("/cut.png")), limit_bytes=1000)


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
async def test_only_discords_own_hosts_are_asked(url: str) -> None:
    async with HttpDownload() as download:
        with pytest.raises(ForeignHost):
            await download("It", url, limit_bytes=1000)


@pytest.mark.parametrize("host", sorted(DISCORD_ATTACHMENT_HOSTS))
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
        await download("It", url, limit_bytes=1000)
    assert asked == [URL(url)]


@pytest.mark.parametrize("url", ["http://cdn.discordapp.com/a.png", "https://example.com/a.png"])
async def test_behind_an_api_proxy_nothing_else_is_asked(download: HttpDownload, url: str) -> None:
    with pytest.raises(ForeignHost):
        await download("It", url, limit_bytes=1000)


async def test_a_port_of_its_own_belongs_to_the_stand_in(server: TestServer, download: HttpDownload) -> None:
    other = URL(str(server.make_url("/whole.png"))).with_port(1)
    with pytest.raises(ForeignHost):
        await download("It", str(other), limit_bytes=1000)


async def test_a_picture_is_kept_under_its_hash(tmp_path: Path) -> None:
    store = PictureStore(tmp_path)

    name = await store.keep(b"picture")

    assert name == hashlib.sha256(b"picture").hexdigest()
    assert await store.read(name) == b"picture"
    assert await store.keep(b"picture") == name
    assert kept(tmp_path) == [name]


async def test_a_picture_that_is_gone_is_none(tmp_path: Path) -> None:
    assert await PictureStore(tmp_path).read("0" * 64) is None


async def test_whatever_is_held_stays_however_often_it_is_swept_away(tmp_path: Path) -> None:
    store = PictureStore(tmp_path)
    pictures = [bytes([number]) for number in range(4)]
    swept = 0

    async def sweep() -> None:
        nonlocal swept
        async with store.sweep():
            swept += len(await store.remove(await store.files()))

    async def keep(picture: bytes) -> None:
        with store.hold() as hold:
            name = await store.keep(picture, hold=hold)
            await asyncio.gather(sweep(), asyncio.sleep(0))
            assert await store.read(name) == picture

    for _ in range(25):
        await asyncio.gather(*map(keep, pictures))

    assert kept(tmp_path)
    await sweep()
    assert kept(tmp_path) == []
    assert swept >= len(pictures)


async def test_nothing_is_removed_but_in_a_sweep(tmp_path: Path) -> None:
    store = PictureStore(tmp_path)
    name = await store.keep(b"picture")

    assert await store.remove(await store.files()) == []
    assert kept(tmp_path) == [name]


def kept(folder: Path) -> list[str]:
    """The names of all files in the folder, however deep."""
    return [path.name for path in folder.rglob("*") if path.is_file()]
