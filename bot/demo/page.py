"""The channel as a page in the browser: simcord's own page, kept up to date while the bot paints.

simcord's page is made for tests: it is refreshed by hand, refuses what is pressed on anything but the latest refresh,
and draws a changed message from nothing. `LivePage` is a small server in front of it. It refreshes before it answers,
hands pictures out together with the message that shows them, and adds a script and a stylesheet (`page.js`,
`page.css`) that keep a picture in view until the next one can be painted.
"""

from __future__ import annotations

import asyncio
import io
import json
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import resources
from typing import Any

import aiohttp
import simcord
import structlog
from aiohttp import web
from multidict import CIMultiDict
from PIL import ExifTags, Image
from simcord.actors import MemberActor
from simcord.components import walk_components
from simcord.preview import Preview

from bot.demo.errors import DemoError
from bot.demo.samples import sample
from bot.demo.stage import AVATAR, Stage

HOST = "127.0.0.1"
REFRESH_SECONDS = 0.5
REMEMBERED_SNAPSHOTS = 32
MAX_REFRESHES = 5
"""For one look: a bot that keeps editing must not keep the page from being answered."""
MAX_REQUEST_BYTES = 27 * 1024 * 1024
"""simcord's own limit for uploads, 26 MiB, and their envelope."""
FAREWELL_SECONDS = 1.0
MEDIA_GALLERY = 12
PICTURE_TYPES = ("image/png", "image/jpeg", "image/webp", "image/gif")

CAPABILITY, CONTEXT = "X-Simcord-Capability", "X-Simcord-Context"
PASSED_ON = (CAPABILITY, CONTEXT, "Content-Type")
OF_THE_CONNECTION = ("Connection", "Content-Encoding", "Content-Length", "Date", "Keep-Alive", "Server")

ADDED_TO_THE_HEAD = b"""\
<link rel="stylesheet" href="/atelier/page.css">
<script type="module" src="/atelier/page.js"></script>
</head>"""

log = structlog.get_logger()

Snapshot = dict[str, Any]


@asynccontextmanager
async def open_page(stage: Stage, *, port: int = 0) -> AsyncIterator[LivePage]:
    """The channel as a page that follows what happens in it. Raises `DemoError` when the port is taken."""
    preview = stage.env.preview(
        stage.channel, viewers=stage.members, layout="channel", display="responsive", width=1280, height=900
    )
    # simcord has no public way to add what members upload while the page is open.
    preview._explicit_assets = stage.uploads.files  # noqa: SLF001
    async with preview:
        upstream, _, capability = preview.url.partition("#")
        async with aiohttp.ClientSession(upstream) as http:
            page = LivePage(stage, preview, http)
            async with page.serve(port) as address:
                page.url = f"{address}/#{capability}"
                following = asyncio.create_task(page.follow())
                try:
                    yield page
                finally:
                    following.cancel()
                    with suppress(asyncio.CancelledError):
                        await following


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as the browser gets it."""

    content_type: str
    content: bytes

    @property
    def size_px(self) -> tuple[int, int] | None:
        """Width and height as a browser shows it; None when its header cannot be read."""
        try:
            with Image.open(io.BytesIO(self.content)) as image:
                is_on_its_side = image.getexif().get(ExifTags.Base.Orientation, 1) > 4
                width, height = image.size
        except (OSError, SyntaxError, TypeError, ValueError, Image.DecompressionBombError):
            return None
        return (height, width) if is_on_its_side else (width, height)


@dataclass(slots=True)
class Tab:
    """What one browser tab was given."""

    shown: deque[Snapshot] = field(default_factory=lambda: deque(maxlen=REMEMBERED_SNAPSHOTS))
    pictures: dict[str, Picture] = field(default_factory=dict)
    """By asset ID: those that the last two snapshots refer to."""
    refused: set[str] = field(default_factory=set)
    """IDs of assets that simcord will not hand out."""

    def show(self, snapshot: Snapshot) -> None:
        """Remember a snapshot, and forget the pictures that nothing shows any more."""
        if self.shown and self.shown[-1]["publishedRevision"] == snapshot["publishedRevision"]:
            return
        last = self.shown[-1]["assets"] if self.shown else {}
        self.shown.append(snapshot)
        kept = last.keys() | snapshot["assets"].keys()
        self.pictures = {asset_id: picture for asset_id, picture in self.pictures.items() if asset_id in kept}
        self.refused &= kept


class LivePage:
    """The server in front of simcord's.

    Refreshes and what a visitor does take turns: simcord refuses one during the other.
    """

    def __init__(self, stage: Stage, preview: Preview, http: aiohttp.ClientSession) -> None:
        """Prepare a server in front of `preview`, which `http` reaches."""
        self.url = ""
        """The page's address. Anyone who knows it can use the page: it contains a secret."""
        self._stage = stage
        self._env = stage.env
        self._preview = preview
        self._http = http
        self._turn = asyncio.Lock()
        self._tabs: dict[str, Tab] = {}

    @asynccontextmanager
    async def serve(self, port: int) -> AsyncIterator[str]:
        """Serve while the block runs; the address. Raises `DemoError` when the port is taken."""
        app = web.Application(client_max_size=MAX_REQUEST_BYTES, middlewares=[_for_this_machine])
        app.router.add_get("/", self._index)
        app.router.add_get("/favicon.ico", _icon)
        app.router.add_get("/atelier/{name:page[.](?:js|css)}", _added)
        app.router.add_post("/api/pages", self._open)
        app.router.add_delete("/api/pages/{context_id}", self._leave)
        app.router.add_get("/api/state", self._state)
        app.router.add_get("/api/assets/{asset_id}", self._asset)
        app.router.add_post("/api/action", self._action)
        app.router.add_route("*", "/{path:.*}", self._pass_on)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=FAREWELL_SECONDS)
        await runner.setup()
        try:
            try:
                await web.TCPSite(runner, HOST, port).start()
            except OSError as error:
                raise DemoError(f"The demo page can't use port {port}: {error.strerror or error}.") from error
            yield f"http://{HOST}:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()

    async def wait_closed(self) -> None:
        """Return when the visitor has ended the page."""
        await self._preview.wait_closed()

    async def follow(self) -> None:
        """Let the simulated clock follow the real one, and order the samples that members ask for."""
        while True:
            try:
                async with asyncio.timeout(REFRESH_SECONDS):
                    member = await self._stage.sample_requests.get()
            except TimeoutError:
                member = None
            try:
                async with self._turn:
                    await self._env.advance_time(max(0.0, (datetime.now(UTC) - self._env.now()).total_seconds()))
                if member is not None:
                    await self.order_sample(member)
            except (TimeoutError, simcord.SetupError) as error:
                log.warning("demo.slow", problem=str(error) or "the bot did not come to rest in time", exc_info=True)

    async def order_sample(self, member: MemberActor) -> None:
        """Order a sample in the name of a member while the page is open."""
        async with self._turn:
            await self._stage.order_sample(member)

    async def _index(self, request: web.Request) -> web.Response:
        answer = await self._ask(request.method, "/", {})
        body = answer.body.replace(b"</head>", ADDED_TO_THE_HEAD, 1).replace(
            b"<title>SimCord Preview", b"<title>Atelier"
        )
        return _Answer(answer.status, answer.headers, body).response()

    async def _open(self, request: web.Request) -> web.Response:
        """Open a tab, and show it the channel with all pictures at once."""
        headers = _passed_on(request)
        answer = await self._ask("POST", "/api/pages", headers, await request.read())
        if answer.status != 200:
            return answer.response()
        headers[CONTEXT] = answer.json()["context"]["id"]
        async with self._turn:
            return await self._look(headers)

    async def _leave(self, request: web.Request) -> web.Response:
        self._tabs.pop(request.match_info["context_id"], None)
        return await self._pass_on(request)

    async def _state(self, request: web.Request) -> web.Response:
        async with self._turn:
            return await self._look(_passed_on(request))

    async def _asset(self, request: web.Request) -> web.Response:
        # Only who knows the capability has learned of a tab's ID.
        tab = self._tabs.get(request.headers.get(CONTEXT, ""))
        picture = tab.pictures.get(request.match_info["asset_id"]) if tab is not None and not request.query else None
        if picture is None:
            return await self._pass_on(request)
        return web.Response(
            body=picture.content,
            content_type=picture.content_type,
            headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"},
        )

    async def _action(self, request: web.Request) -> web.Response:
        """What the visitor does counts though the channel has gone on, as long as the button means what it meant."""
        headers = _passed_on(request)
        body, uploads = await _read_action(request)
        if uploads:
            del headers["Content-Type"]  # with a boundary, which the new form chooses itself
        async with self._turn:
            await self._catch_up()
            now = await self._ask("GET", "/api/state", headers)
            tab = self._tabs.get(headers.get(CONTEXT, ""))
            if now.status == 200 and tab is not None:
                body = _brought_up_to_date(body, seen=tab.shown, now=now.json())
            data = _form(body, uploads) if uploads else json.dumps(body).encode()
            return (await self._ask("POST", "/api/action", headers, data)).response()

    async def _look(self, headers: CIMultiDict[str]) -> web.Response:
        """What a tab shows now, once all of its pictures are at hand."""
        for _ in range(MAX_REFRESHES):
            await self._catch_up()
            answer = await self._ask("GET", "/api/state", headers)
            if answer.status != 200:
                self._tabs.pop(headers.get(CONTEXT, ""), None)
                return answer.response()
            snapshot: Snapshot = answer.json()
            tab = self._tabs.setdefault(headers[CONTEXT], Tab())
            await self._fetch_pictures(tab, snapshot, headers)
            # Otherwise the bot has replaced a message or a picture meanwhile, and they would be shown as missing.
            if not self._env.http_requests:
                break
        tab.show(snapshot)
        _give_sizes(snapshot, tab.pictures)
        return _Answer(answer.status, answer.headers, json.dumps(snapshot).encode()).response()

    async def _catch_up(self) -> None:
        """Refresh simcord's page when the bot has said something since."""
        if not self._env.http_requests:
            return
        # The list is simcord's record for tests; nobody reads it here, and it would grow forever.
        self._env.http_requests.clear()
        try:
            # It refuses when the visitor has ended the page: the next request learns that from its server.
            with suppress(simcord.SetupError):
                await self._preview.refresh()
        except TimeoutError:
            log.warning("demo.slow", problem="the bot did not come to rest in time", exc_info=True)

    async def _fetch_pictures(self, tab: Tab, snapshot: Snapshot, headers: CIMultiDict[str]) -> None:
        """Fetch the pictures of a snapshot as they were uploaded.

        simcord would decode each in a process of its own first, half a second of a processor that paints. Here they
        are what this machine's user and the bot have sent, and go nowhere but into an `img`.
        """
        for asset_id, asset in snapshot["assets"].items():
            if asset_id in tab.pictures or asset_id in tab.refused or asset["contentType"] not in PICTURE_TYPES:
                continue
            answer = await self._ask("GET", f"/api/assets/{asset_id}?download=1", headers)
            if answer.status == 200:
                tab.pictures[asset_id] = Picture(asset["contentType"], answer.body)
            elif not self._env.http_requests:
                tab.refused.add(asset_id)

    async def _pass_on(self, request: web.Request) -> web.Response:
        return (
            await self._ask(request.method, str(request.rel_url), _passed_on(request), await request.read())
        ).response()

    async def _ask(
        self, method: str, path: str, headers: Mapping[str, str], data: bytes | aiohttp.FormData | None = None
    ) -> _Answer:
        try:
            async with self._http.request(method, path, headers=headers, data=data or None) as answer:
                return _Answer(answer.status, answer.headers, await answer.read())
        except aiohttp.ClientError:
            # simcord's page has been ended.
            return _Answer(410, {}, b"")


@dataclass(frozen=True, slots=True)
class _Answer:
    """What simcord's server has answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.body)
        return value

    def response(self) -> web.Response:
        headers = CIMultiDict(self.headers)
        for name in OF_THE_CONNECTION:
            headers.popall(name, None)
        return web.Response(status=self.status, headers=headers, body=self.body)


@web.middleware
async def _for_this_machine(request: web.Request, handler: Any) -> web.StreamResponse:
    """Answer only to this machine's own names: another site's name may be made to point here."""
    if request.url.host not in (HOST, "localhost"):
        raise web.HTTPForbidden
    answer: web.StreamResponse = await handler(request)
    return answer


async def _added(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    return web.Response(
        text=resources.files(__package__).joinpath(name).read_text(encoding="utf-8"),
        content_type="text/css" if name.endswith(".css") else "text/javascript",
        headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"},
    )


async def _icon(_request: web.Request) -> web.Response:
    return web.Response(body=sample(AVATAR)[1], content_type="image/jpeg")


def _passed_on(request: web.Request) -> CIMultiDict[str]:
    return CIMultiDict((name, request.headers[name]) for name in PASSED_ON if name in request.headers)


async def _read_action(request: web.Request) -> tuple[Any, list[tuple[str, web.FileField]]]:
    """The description of an action, and the files that come with it under the names of their fields."""
    try:
        if not request.content_type.startswith("multipart/"):
            return await request.json(), []
        form = await request.post()
        uploads = [(name, value) for name, value in form.items() if isinstance(value, web.FileField)]
        return json.loads(str(form.get("payload", ""))), uploads
    except ValueError as error:
        raise web.HTTPBadRequest from error


def _form(body: Any, uploads: list[tuple[str, web.FileField]]) -> aiohttp.FormData:
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("payload", json.dumps(body))
    for name, upload in uploads:
        form.add_field(name, upload.file, filename=upload.filename, content_type=upload.content_type)
    return form


def _brought_up_to_date(body: Any, *, seen: deque[Snapshot], now: Snapshot) -> Any:
    """The action as one on the present snapshot, if what it is about has not changed since it was shown."""
    if not isinstance(body, dict):
        return body
    control = body.get("control_key")
    for snapshot in seen:
        if snapshot["publishedRevision"] == body.get("published_revision") and (
            control is None or _meaning(snapshot, control) == _meaning(now, control)
        ):
            return {**body, "published_revision": now["publishedRevision"]}
    return body


def _meaning(snapshot: Snapshot, control_key: object) -> object:
    """What pressing a control of the page does, as the bot will read it; None when there is no such control."""
    for message in snapshot["messages"].values():
        for component in walk_components(message["components"]):
            if component.get("control_key") == control_key:
                return component.get("custom_id")
    return None


def _give_sizes(snapshot: Snapshot, pictures: Mapping[str, Picture]) -> None:
    """Tell the page the size of what galleries show, so that it can keep the room before a picture is decoded."""
    for message in snapshot["messages"].values():
        for component in walk_components(message["components"]):
            for item in component.get("items", ()) if component.get("type") == MEDIA_GALLERY else ():
                asset_id = item["media"].get("asset_id")
                if asset_id in pictures and (size_px := pictures[asset_id].size_px) is not None:
                    snapshot["assets"][asset_id].update(displayWidth=size_px[0], displayHeight=size_px[1])
