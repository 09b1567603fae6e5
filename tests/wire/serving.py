"""Request handling: read and record a request, apply faults and rate limits, and respond."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from aiohttp import BodyPartReader, hdrs, web

from tests.wire.faults import Cut, Effect, Fault, Hold, Request, SentFile
from tests.wire.refusals import Refusal, Refused
from tests.wire.world import REQUEST_LIMIT_BYTES

if TYPE_CHECKING:
    from tests.wire.discord_server import DiscordServer

API_PREFIX = "/api/v10"
CHUNK_BYTES = 64 * 1024

Handler = Callable[[Request], Awaitable[web.Response]]


def json_response(body: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """Return JSON as exactly `application/json`: with a charset, discord.py takes it for text."""
    return web.Response(body=json.dumps(body).encode(), status=status, content_type="application/json", headers=headers)


class Serving:
    """Wraps every handler of the API and the CDN."""

    def __init__(self, server: DiscordServer) -> None:
        self._server = server

    def served(
        self, handler: Handler, *, authorized: bool = True
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def serve(http: web.Request) -> web.StreamResponse:
            request = Request(
                http.method,
                http.path.removeprefix(API_PREFIX),
                arguments=dict(http.match_info),
                query=dict(http.query),
                authorization=http.headers.get(hdrs.AUTHORIZATION),
                content_type=http.headers.get(hdrs.CONTENT_TYPE, ""),
                at=asyncio.get_running_loop().time(),
            )
            fault = self._fault(request, uploads=True)
            try:
                if fault is not None:
                    return await _cut_upload(http, fault.effect)
                await _read(http, request)
            except ConnectionError:  # the client is gone
                return _cut(http)
            finally:
                self._server.remember(request)
            response = await self._with_faults(http, request, handler, authorized=authorized)
            request.status = response.status
            request.files = ()
            if response.status in {401, 403, 429}:
                self._server.invalid_requests += 1
            self._server.watch.changed()
            return response

        return serve

    def _fault(self, request: Request, *, uploads: bool) -> Fault | None:
        return next((f for f in self._server.faults if f.cuts_uploads is uploads and f.applies_to(request)), None)

    async def _with_faults(
        self, http: web.Request, request: Request, handler: Handler, *, authorized: bool
    ) -> web.StreamResponse:
        fault = self._fault(request, uploads=False)
        if fault is None:
            return await self._answered(request, handler, authorized=authorized)
        effect = fault.effect
        if isinstance(effect, Hold) and effect.after_processing:
            answer = await self._answered(request, handler, authorized=authorized)
            await _released(fault, effect)
            return answer
        if isinstance(effect, Hold) and not effect.after_bytes:
            await _released(fault, effect)
            return await self._answered(request, handler, authorized=authorized)
        if isinstance(effect, Hold) or (isinstance(effect, Cut) and effect.after_bytes is not None):
            whole = await self._answered(request, handler, authorized=authorized)
            return await _in_two_parts(http, whole, fault, effect)
        if effect.after_processing:
            await self._answered(request, handler, authorized=authorized)
        if isinstance(effect, Cut):
            return _cut(http)
        headers = {hdrs.CONTENT_TYPE: "application/json"} | dict(effect.headers)
        return web.Response(body=effect.body.encode(), status=effect.status, headers=headers)

    async def _answered(self, request: Request, handler: Handler, *, authorized: bool) -> web.Response:
        bucket = (
            self._server.rate_limits.bucket(request.method, request.path) if self._server.enforces_rate_limits else None
        )
        try:
            if bucket is not None and not bucket.take():
                retry = {"message": Refusal.RATE_LIMITED.sentence, "retry_after": bucket.reset_after_seconds}
                via = {"Via": "1.1 google", "X-RateLimit-Scope": "user"}
                return json_response(retry | {"global": False}, status=429, headers=bucket.headers | via)
            if authorized:
                self._authorize(request)
            _check_envelope(request)
            response = await handler(request)
        except Refused as error:
            request.code = error.refusal.code
            response = json_response(error.body, status=error.refusal.status)
        if bucket is not None:
            response.headers.update(bucket.headers)
        return response

    def _authorize(self, request: Request) -> None:
        """Check the bot's token. Webhooks and interactions have their own token in the path instead."""
        if request.path.startswith(("/webhooks/", "/interactions/")):
            return
        if request.authorization != f"Bot {self._server.token}":
            raise Refused(Refusal.UNAUTHORIZED)


def _check_envelope(request: Request) -> None:
    """Reject requests that are too large or have the wrong content type."""
    if request.size_bytes > REQUEST_LIMIT_BYTES:
        raise Refused(Refusal.FILE_TOO_LARGE)
    is_multipart = request.content_type.startswith("multipart/form-data;")
    if request.size_bytes and not is_multipart and request.content_type != "application/json":
        raise Refused(Refusal.BAD_CONTENT_TYPE)


async def _read(http: web.Request, request: Request) -> None:
    """Read and parse the whole body as Discord does."""
    if http.content_type.startswith("multipart/"):
        await _read_multipart(http, request)
        return
    raw = await http.read()
    request.size_bytes = len(raw)
    if not raw:
        return
    if request.content_type != "application/json":
        request.body = {"_raw": raw.decode(errors="replace")}
        return
    body = json.loads(raw)
    request.body = {"_list": body} if isinstance(body, list) else body


async def _read_multipart(http: web.Request, request: Request) -> None:
    files: list[SentFile] = []
    reader = await http.multipart()
    while (part := await reader.next()) is not None:
        assert isinstance(part, BodyPartReader)
        data = bytes(await part.read())
        request.size_bytes += len(data)
        if part.name == "payload_json":
            request.body = json.loads(data)
        else:
            files.append(SentFile(part.name or "", part.filename or "", part.headers.get(hdrs.CONTENT_TYPE), data))
    request.files = tuple(files)
    request.filenames = tuple(file.filename for file in files)


async def _released(fault: Fault, hold: Hold) -> None:
    if hold.seconds is not None:
        await asyncio.sleep(hold.seconds)
    else:
        await fault.released.wait()


def _cut(http: web.Request) -> web.Response:
    if http.transport is not None:
        http.transport.abort()
    return web.Response(status=499)


async def _cut_upload(http: web.Request, effect: Effect) -> web.Response:
    """Read part of the body, then break the connection."""
    assert isinstance(effect, Cut)
    left = effect.after_bytes or 0
    while left > 0 and (chunk := await http.content.read(min(left, CHUNK_BYTES))):
        left -= len(chunk)
    return _cut(http)


async def _in_two_parts(http: web.Request, whole: web.Response, fault: Fault, effect: Cut | Hold) -> web.StreamResponse:
    """Send the first part of a download; then break the connection, or send the rest when the fault is released."""
    assert isinstance(whole.body, bytes)
    assert effect.after_bytes is not None
    response = web.StreamResponse(headers={hdrs.CONTENT_LENGTH: str(len(whole.body))})
    await response.prepare(http)
    await response.write(whole.body[: effect.after_bytes])
    if isinstance(effect, Cut):
        return _cut(http)
    await _released(fault, effect)
    await response.write(whole.body[effect.after_bytes :])
    return response
