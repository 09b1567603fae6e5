"""The demo's page in the browser: simcord's own page of a channel, kept up to date while the bot paints.

simcord's page is made for tests: it has to be refreshed by hand, rejects presses on anything older than the latest
refresh, and redraws a changed message from scratch. `LivePage` is a small server in front of it. It refreshes before it
responds, fetches pictures together with the message that shows them, and adds scripts and a stylesheet: `page.js` and
`page.css` keep a picture visible until the next one has loaded, `menus.js` adds the menu *Apps*, and `threads.js` shows
threads.
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
from simcord.actors import MemberActor
from simcord.components import walk_components
from simcord.preview import Preview

from bot.demo.displayed_size import displayed_size
from bot.demo.errors import DemoError
from bot.demo.menus import Menus
from bot.demo.samples import sample
from bot.demo.stage import AVATAR, Stage
from bot.demo.threads import Threads
from bot.errors import AtelierError

HOST = "127.0.0.1"
REFRESH_SECONDS = 0.5
REMEMBERED_SNAPSHOTS = 32
MAX_REFRESHES = 5
"""Per request: a bot that keeps editing must not delay the response forever."""
MAX_REQUEST_BYTES = 27 * 1024 * 1024
"""simcord's own upload limit of 26 MiB, plus room for the multipart encoding."""
SHUTDOWN_TIMEOUT_SECONDS = 1.0
"""For responses in flight when the page closes."""
MEDIA_GALLERY = 12
PICTURE_TYPES = ("image/png", "image/jpeg", "image/webp", "image/gif")

CAPABILITY, CONTEXT = "X-Simcord-Capability", "X-Simcord-Context"
FORWARDED_HEADERS = (CAPABILITY, CONTEXT, "Content-Type")
CONNECTION_HEADERS = ("Connection", "Content-Encoding", "Content-Length", "Date", "Keep-Alive", "Server")

HEAD_ADDITIONS = b"""\
<link rel="stylesheet" href="/atelier/page.css">
<script type="module" src="/atelier/page.js"></script>
<script type="module" src="/atelier/menus.js"></script>
<script type="module" src="/atelier/threads.js"></script>
</head>"""

STILL_BUSY = "the bot didn't finish its work in time"

log = structlog.get_logger()

Snapshot = dict[str, Any]


@asynccontextmanager
async def open_page(stage: Stage, *, port: int = 0) -> AsyncIterator[LivePage]:
    """Serve the channel as a live page while the block runs. Raises `DemoError` if the port is taken."""
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
    """A picture as it is sent to the browser."""

    content_type: str
    content: bytes

    @property
    def size_px(self) -> tuple[int, int] | None:
        """Width and height as displayed by a browser; None if the header can't be read."""
        return displayed_size(self.content)


@dataclass(slots=True)
class Tab:
    """What one browser tab has received."""

    shown: deque[Snapshot] = field(default_factory=lambda: deque(maxlen=REMEMBERED_SNAPSHOTS))
    pictures: dict[str, Picture] = field(default_factory=dict)
    """The pictures of the last two snapshots, by asset ID."""
    unavailable: set[str] = field(default_factory=set)
    """IDs of assets that simcord doesn't serve."""

    def show(self, snapshot: Snapshot) -> None:
        """Remember a snapshot, and forget pictures that are no longer shown."""
        if self.shown and self.shown[-1]["publishedRevision"] == snapshot["publishedRevision"]:
            return
        last = self.shown[-1]["assets"] if self.shown else {}
        self.shown.append(snapshot)
        shown = last.keys() | snapshot["assets"].keys()
        self.pictures = {asset_id: picture for asset_id, picture in self.pictures.items() if asset_id in shown}
        self.unavailable &= shown


class LivePage:
    """A server in front of simcord's.

    Refreshes and the visitor's actions take turns, because simcord rejects one during the other.
    """

    def __init__(self, stage: Stage, preview: Preview, http: aiohttp.ClientSession) -> None:
        """Create a server in front of `preview`, which is reached through `http`."""
        self.url = ""
        """The page's address, including a secret: anyone who knows it can use the page."""
        self._stage = stage
        self._env = stage.env
        self._preview = preview
        self._menus = Menus(preview)
        self._threads = Threads(preview)
        self._http = http
        self._turn = asyncio.Lock()
        self._tabs: dict[str, Tab] = {}

    @asynccontextmanager
    async def serve(self, port: int) -> AsyncIterator[str]:
        """Serve while the block runs; yields the address. Raises `DemoError` if the port is taken."""
        app = web.Application(client_max_size=MAX_REQUEST_BYTES, middlewares=[_only_this_machine])
        app.router.add_get("/", self._index)
        app.router.add_get("/favicon.ico", _icon)
        app.router.add_get("/atelier/{name:page[.]css|(?:page|menus|threads)[.]js}", _addition)
        app.router.add_post("/api/pages", self._open)
        app.router.add_delete("/api/pages/{context_id}", self._close)
        app.router.add_get("/api/state", self._state)
        app.router.add_get("/api/assets/{asset_id}", self._asset)
        app.router.add_post("/api/action", self._action)
        app.router.add_get("/api/menus", self._offered_in_menus)
        app.router.add_post("/api/menus", self._choose_from_menu)
        app.router.add_post("/api/channel", self._show_channel)
        app.router.add_route("*", "/{path:.*}", self._forward)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_TIMEOUT_SECONDS)
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
        """Wait until the visitor closes the page."""
        await self._preview.wait_closed()

    async def follow(self) -> None:
        """Keep the simulated clock on real time, and do what buttons of the demo ask for."""
        while True:
            try:
                async with asyncio.timeout(REFRESH_SECONDS):
                    request = await self._stage.requests.get()
            except TimeoutError:
                request = None
            try:
                async with self._turn:
                    await self._env.advance_time(max(0.0, (datetime.now(UTC) - self._env.now()).total_seconds()))
                    if request is not None:
                        await request()
            except (TimeoutError, simcord.SetupError) as error:
                log.warning("demo.slow", problem=str(error) or STILL_BUSY, exc_info=True)
            except AtelierError:
                log.warning("demo.failed", exc_info=True)

    async def stylize_sample(self, member: MemberActor) -> None:
        """Paint a sample for a member while the page is open."""
        async with self._turn:
            await self._stage.stylize_sample(member)

    async def send(self, command: str, **options: Any) -> None:
        """Send a command as the visitor while the page is open."""
        async with self._turn:
            await self._stage.visitor.slash(self._stage.channel, command, **options)

    async def _index(self, request: web.Request) -> web.Response:
        reply = await self._ask(request.method, "/", {})
        body = reply.body.replace(b"</head>", HEAD_ADDITIONS, 1).replace(b"<title>SimCord Preview", b"<title>Atelier")
        return _Reply(reply.status, reply.headers, body).response()

    async def _open(self, request: web.Request) -> web.Response:
        """Open a tab, and return the channel with all of its pictures."""
        headers = _forwarded_headers(request)
        async with self._turn:
            reply = await self._ask("POST", "/api/pages", headers, await request.read())
            if reply.status != 200:
                return reply.response()
            headers[CONTEXT] = reply.json()["context"]["id"]
            return await self._current_state(headers)

    async def _close(self, request: web.Request) -> web.Response:
        self._tabs.pop(request.match_info["context_id"], None)
        return await self._forward(request)

    async def _state(self, request: web.Request) -> web.Response:
        async with self._turn:
            return await self._current_state(_forwarded_headers(request))

    async def _asset(self, request: web.Request) -> web.Response:
        # A tab's ID is only known to those who know the capability.
        tab = self._tabs.get(request.headers.get(CONTEXT, ""))
        picture = tab.pictures.get(request.match_info["asset_id"]) if tab is not None and not request.query else None
        if picture is None:
            return await self._forward(request)
        return web.Response(
            body=picture.content,
            content_type=picture.content_type,
            headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"},
        )

    async def _action(self, request: web.Request) -> web.Response:
        """Perform an action even if the channel has changed since, as long as its button still does the same."""
        headers = _forwarded_headers(request)
        body, uploads = await _read_action(request)
        if uploads:
            del headers["Content-Type"]  # it names a boundary, and the new form chooses its own
        async with self._turn:
            await self._catch_up()
            now = await self._ask("GET", "/api/state", headers)
            tab = self._tabs.get(headers.get(CONTEXT, ""))
            if now.status == 200 and tab is not None:
                body = _rebase(body, seen=tab.shown, now=now.json())
            data = _form(body, uploads) if uploads else json.dumps(body).encode()
            with self._threads.at(headers.get(CONTEXT, "")):
                return (await self._ask("POST", "/api/action", headers, data)).response()

    async def _offered_in_menus(self, request: web.Request) -> web.Response:
        """Return the commands in the menus of messages and members, for the member whose view a tab shows."""
        headers = _forwarded_headers(request)
        reply = await self._ask("GET", "/api/commands", headers)  # checks the secret and the tab
        if reply.status != 200:
            return reply.response()
        with self._threads.at(headers[CONTEXT]):
            return web.json_response(self._menus.offered(headers[CONTEXT]))

    async def _choose_from_menu(self, request: web.Request) -> web.Response:
        """Send a command from a menu. The form or the message that answers it comes with the tab's next state."""
        headers = _forwarded_headers(request)
        body, _ = await _read_action(request)
        try:
            kind, command, message_id = str(body["kind"]), str(body["command"]), int(body["message_id"])
        except (KeyError, TypeError, ValueError) as error:
            raise web.HTTPBadRequest from error
        async with self._turn:
            reply = await self._ask("GET", "/api/commands", headers)
            if reply.status != 200:
                return reply.response()
            try:
                with self._threads.at(headers[CONTEXT]):
                    opens_form = await self._menus.choose(headers[CONTEXT], kind, command, message_id)
            except (TimeoutError, simcord.SetupError, simcord.BackendError) as error:
                raise web.HTTPConflict from error
        return web.json_response({"opensForm": opens_form})

    async def _show_channel(self, request: web.Request) -> web.Response:
        """Show a thread in a tab, or the channel again."""
        headers = _forwarded_headers(request)
        body, _ = await _read_action(request)
        try:
            thread_id = None if body["thread_id"] is None else int(body["thread_id"])
        except (KeyError, TypeError, ValueError) as error:
            raise web.HTTPBadRequest from error
        async with self._turn:
            reply = await self._ask("GET", "/api/commands", headers)  # checks the secret and the tab
            if reply.status != 200:
                return reply.response()
            try:
                self._threads.show(headers[CONTEXT], thread_id)
            except simcord.SetupError as error:
                raise web.HTTPConflict from error
        return web.json_response({})

    async def _current_state(self, headers: CIMultiDict[str]) -> web.Response:
        """Return what a tab shows now, once all of its pictures are fetched."""
        for _ in range(MAX_REFRESHES):
            await self._catch_up()
            reply = await self._ask("GET", "/api/state", headers)
            if reply.status != 200:
                self._tabs.pop(headers.get(CONTEXT, ""), None)
                return reply.response()
            snapshot: Snapshot = reply.json()
            tab = self._tabs.setdefault(headers[CONTEXT], Tab())
            await self._fetch_pictures(tab, snapshot, headers)
            # If the bot has replaced a message or a picture in the meantime, it would be shown as missing.
            if not self._env.http_requests:
                break
        tab.show(snapshot)
        _add_sizes(snapshot, tab.pictures)
        return _Reply(reply.status, reply.headers, json.dumps(snapshot).encode()).response()

    async def _catch_up(self) -> None:
        """Refresh simcord's page if the bot has sent anything since."""
        if not self._env.http_requests:
            return
        # simcord keeps this list for tests. Nobody reads it here, and it would grow forever.
        self._env.http_requests.clear()
        try:
            # A refresh fails after the visitor has closed the page; the next request learns that from simcord's server.
            with suppress(simcord.SetupError):
                await self._preview.refresh()
        except TimeoutError:
            log.warning("demo.slow", problem=STILL_BUSY, exc_info=True)

    async def _fetch_pictures(self, tab: Tab, snapshot: Snapshot, headers: CIMultiDict[str]) -> None:
        """Fetch the pictures of a snapshot as they were uploaded.

        Otherwise simcord would first decode each in its own process, for half a second of the CPU that paints. These
        pictures come from this machine's user and the bot, and are only used in an `img`, so that isn't needed.
        """
        for asset_id, asset in snapshot["assets"].items():
            if asset_id in tab.pictures or asset_id in tab.unavailable or asset["contentType"] not in PICTURE_TYPES:
                continue
            reply = await self._ask("GET", f"/api/assets/{asset_id}?download=1", headers)
            if reply.status == 200:
                tab.pictures[asset_id] = Picture(asset["contentType"], reply.body)
            elif not self._env.http_requests:
                tab.unavailable.add(asset_id)

    async def _forward(self, request: web.Request) -> web.Response:
        reply = await self._ask(request.method, str(request.rel_url), _forwarded_headers(request), await request.read())
        return reply.response()

    async def _ask(
        self, method: str, path: str, headers: Mapping[str, str], data: bytes | aiohttp.FormData | None = None
    ) -> _Reply:
        try:
            async with self._http.request(method, path, headers=headers, data=data or None) as response:
                return _Reply(response.status, response.headers, await response.read())
        except aiohttp.ClientError:
            # simcord's page has been closed.
            return _Reply(410, {}, b"")


@dataclass(frozen=True, slots=True)
class _Reply:
    """A response from simcord's server."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.body)
        return value

    def response(self) -> web.Response:
        headers = CIMultiDict(self.headers)
        for name in CONNECTION_HEADERS:
            headers.popall(name, None)
        return web.Response(status=self.status, headers=headers, body=self.body)


@web.middleware
async def _only_this_machine(request: web.Request, handler: Any) -> web.StreamResponse:
    """Reject host names other than this machine's own: DNS rebinding could make another site's name point here."""
    if request.url.host not in (HOST, "localhost"):
        raise web.HTTPForbidden
    response: web.StreamResponse = await handler(request)
    return response


async def _addition(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    return web.Response(
        text=resources.files(__package__).joinpath(name).read_text(encoding="utf-8"),
        content_type="text/css" if name.endswith(".css") else "text/javascript",
        headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"},
    )


async def _icon(_request: web.Request) -> web.Response:
    return web.Response(body=sample(AVATAR)[1], content_type="image/jpeg")


def _forwarded_headers(request: web.Request) -> CIMultiDict[str]:
    return CIMultiDict((name, request.headers[name]) for name in FORWARDED_HEADERS if name in request.headers)


async def _read_action(request: web.Request) -> tuple[Any, list[tuple[str, web.FileField]]]:
    """Return the description of an action, and its files with the names of their fields."""
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
        # A copy, because the file is closed when the request ends, which may be before all of it is sent on.
        copy = io.BytesIO(upload.file.read())
        form.add_field(name, copy, filename=upload.filename, content_type=upload.content_type)
    return form


def _rebase(body: Any, *, seen: deque[Snapshot], now: Snapshot) -> Any:
    """Apply an action to the current snapshot instead, if its button hasn't changed since it was shown."""
    if not isinstance(body, dict):
        return body
    control = body.get("control_key")
    for snapshot in seen:
        if snapshot["publishedRevision"] == body.get("published_revision") and (
            control is None or _custom_id(snapshot, control) == _custom_id(now, control)
        ):
            return {**body, "published_revision": now["publishedRevision"]}
    return body


def _custom_id(snapshot: Snapshot, control_key: object) -> object:
    """Return the custom ID that pressing one of the page's controls sends; None if there is no such control."""
    for message in snapshot["messages"].values():
        for component in walk_components(message["components"]):
            if component.get("control_key") == control_key:
                return component.get("custom_id")
    return None


def _add_sizes(snapshot: Snapshot, pictures: Mapping[str, Picture]) -> None:
    """Add the sizes of pictures in galleries, so that the page can reserve space before a picture is decoded."""
    for message in snapshot["messages"].values():
        for component in walk_components(message["components"]):
            for item in component.get("items", ()) if component.get("type") == MEDIA_GALLERY else ():
                asset_id = item["media"].get("asset_id")
                if asset_id in pictures and (size_px := pictures[asset_id].size_px) is not None:
                    snapshot["assets"][asset_id].update(displayWidth=size_px[0], displayHeight=size_px[1])
