"""Discord's gateway: sessions that outlive their connections, sequence numbers, heartbeats and close codes."""

from __future__ import annotations

import asyncio
import json
import secrets
import zlib
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import WSMsgType, web

from tests.wire.world import Guild, Json, Watch

if TYPE_CHECKING:
    from tests.wire.discord_server import DiscordServer

HEARTBEAT_INTERVAL_MS = 41_250
PRIVILEGED_INTENTS = 1 << 1 | 1 << 8 | 1 << 15
MAX_REPLAYED_EVENTS = 2_000
INTERRUPTIONS = ("close 4000", "close 4009", "op 7", "op 9 resumable", "op 9 final", "cut")
"""The ways in which a connection can end."""


class Op:
    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    RESUME = 6
    RECONNECT = 7
    INVALID_SESSION = 9
    HELLO = 10
    HEARTBEAT_ACK = 11


class Close:
    """Close codes, which determine how the bot reacts."""

    UNKNOWN_ERROR = 4000
    NOT_AUTHENTICATED = 4003
    AUTHENTICATION_FAILED = 4004
    SESSION_TIMED_OUT = 4009
    DISALLOWED_INTENTS = 4014


class Connection:
    """A WebSocket, compressed as a single zlib stream if the client asked for it."""

    def __init__(self, socket: web.WebSocketResponse, *, compressed: bool) -> None:
        self._socket = socket
        self._compressor = zlib.compressobj() if compressed else None
        self._sending = asyncio.Lock()

    @property
    def closed(self) -> bool:
        return self._socket.closed

    async def send(self, payload: Json) -> None:
        text = json.dumps(payload)
        async with self._sending:
            try:
                if self._compressor is None:
                    await self._socket.send_str(text)
                else:
                    packed = self._compressor.compress(text.encode()) + self._compressor.flush(zlib.Z_SYNC_FLUSH)
                    await self._socket.send_bytes(packed)
            except ConnectionError:
                return  # the session keeps the event for a resume

    async def close(self, code: int) -> None:
        await self._socket.close(code=code)

    def abort(self) -> None:
        """Break the TCP connection without a close frame."""
        transport = self._socket._req.transport if self._socket._req else None
        if transport is not None:
            transport.abort()


@dataclass(slots=True, eq=False)
class Session:
    """A session, started by an identify. Events are kept for a resume."""

    session_id: str
    shard: tuple[int, int]
    intents: int
    connection: Connection
    sequence: int = 0
    events: deque[Json] = field(default_factory=lambda: deque(maxlen=MAX_REPLAYED_EVENTS))
    in_order: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while sending, so that new events come after replayed ones."""

    def carries(self, guild: Guild | None) -> bool:
        """Whether a guild's events go to this shard. Direct messages go to the first shard."""
        shard_id, shards = self.shard
        return shard_id == (0 if guild is None else (guild.guild_id >> 22) % shards)

    async def dispatch(self, event: str, body: Json) -> None:
        async with self.in_order:
            self.sequence += 1
            payload = {"op": Op.DISPATCH, "t": event, "s": self.sequence, "d": body}
            self.events.append(payload)
            if not self.connection.closed:
                await self.connection.send(payload)

    async def take_up(self, connection: Connection, *, after_sequence: int) -> None:
        """Continue on another connection, and replay missed events."""
        async with self.in_order:
            self.connection = connection
            for event in [event for event in self.events if event["s"] > after_sequence]:
                await connection.send(event)


class Gateway:
    """Serves the WebSocket, with one session per shard: an identify replaces the old session."""

    def __init__(self, server: DiscordServer) -> None:
        self._server = server
        self.sessions: dict[int, Session] = {}
        self.watch = Watch(server.watch)
        self.identified = 0
        self.resumed = 0
        self.heartbeats = 0
        self.acknowledges_heartbeats = True
        self.allowed_intents = ~PRIVILEGED_INTENTS
        self.identify_close_code: int | None = None
        """A close code that rejects every identify."""
        self.unreachable = False
        """Whether new connections are refused, as in a network outage."""

    @property
    def ready(self) -> bool:
        """Whether the bot is connected and knows its guilds."""
        return bool(self.sessions) and all(not s.connection.closed for s in self.sessions.values())

    async def wait_until_ready(self, *, timeout_seconds: float = 30) -> None:
        await self.watch.wait_until(lambda: self.ready, what="session of the bot", timeout_seconds=timeout_seconds)

    async def wait_until_resumed(self, times: int = 1, *, timeout_seconds: float = 30) -> None:
        """Wait until sessions have been resumed `times` times in total."""
        await self.watch.wait_until(
            lambda: self.resumed >= times and self.ready, what="resumed session", timeout_seconds=timeout_seconds
        )

    async def wait_until_identified(self, times: int, *, timeout_seconds: float = 30) -> None:
        """Wait until `times` sessions have been started in total."""
        await self.watch.wait_until(
            lambda: self.identified >= times and self.ready, what="new session", timeout_seconds=timeout_seconds
        )

    async def dispatch(self, event: str, body: Json, *, guild: Guild | None = None) -> None:
        """Send an event to the bot, now or when it resumes. Without a session, the event is lost."""
        for session in self.sessions.values():
            if session.carries(guild):
                await session.dispatch(event, body)

    async def close_connections(self, code: int) -> None:
        """Close every connection. Sessions can be resumed, except after code 4009."""
        if code == Close.SESSION_TIMED_OUT:
            sessions, self.sessions = list(self.sessions.values()), {}
        else:
            sessions = list(self.sessions.values())
        for session in sessions:
            await session.connection.close(code)

    def cut_connections(self) -> None:
        """Break every connection without a close frame, as in a network outage."""
        for session in self.sessions.values():
            session.connection.abort()

    async def ask_to_reconnect(self) -> None:
        """Send op 7."""
        for session in self.sessions.values():
            await session.connection.send({"op": Op.RECONNECT, "d": None, "s": None, "t": None})

    async def invalidate_sessions(self, *, resumable: bool) -> None:
        """Send op 9."""
        sessions = list(self.sessions.values())
        if not resumable:
            self.sessions = {}
        for session in sessions:
            await session.connection.send({"op": Op.INVALID_SESSION, "d": resumable, "s": None, "t": None})

    async def interrupt(self, how: str) -> None:
        """Interrupt all connections in one of the ways in `INTERRUPTIONS`, and wait until the bot is back."""
        if how == "op 7":
            await self.ask_to_reconnect()
        elif how.startswith("op 9"):
            await self.invalidate_sessions(resumable=how.endswith("resumable"))
        elif how == "cut":
            self.cut_connections()
        else:
            await self.close_connections(int(how.removeprefix("close ")))
        if how in {"close 4009", "op 9 final"}:
            await self.wait_until_identified(2)
        else:
            await self.wait_until_resumed()

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        if self.unreachable:
            raise web.HTTPServiceUnavailable
        compression = request.query.get("compress")
        if request.query.get("v") != "10" or compression not in {None, "zlib-stream"}:
            raise web.HTTPBadRequest(text="use version 10, with zlib-stream or no compression")
        socket = web.WebSocketResponse(compress=False, max_msg_size=15 * 1024)
        await socket.prepare(request)
        connection = Connection(socket, compressed=compression is not None)
        await connection.send({"op": Op.HELLO, "d": {"heartbeat_interval": HEARTBEAT_INTERVAL_MS}})
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                break
            payload = json.loads(message.data)
            await self._answer(connection, payload["op"], payload.get("d"))
        self.watch.changed()
        return socket

    async def _answer(self, connection: Connection, op: int, body: Json) -> None:
        if op == Op.HEARTBEAT:
            self.heartbeats += 1
            if self.acknowledges_heartbeats:
                await connection.send({"op": Op.HEARTBEAT_ACK})
        elif op == Op.IDENTIFY:
            await self._identify(connection, body)
        elif op == Op.RESUME:
            await self._resume(connection, body)

    async def _identify(self, connection: Connection, body: Json) -> None:
        if self.identify_close_code is not None:
            await connection.close(self.identify_close_code)
        elif body["token"] != self._server.token:
            await connection.close(Close.AUTHENTICATION_FAILED)
        elif body["intents"] & ~self.allowed_intents:
            await connection.close(Close.DISALLOWED_INTENTS)
        else:
            shard_id, shards = body.get("shard", (0, 1))
            session = Session(secrets.token_hex(8), (shard_id, shards), body["intents"], connection)
            self.sessions[shard_id] = session
            self.identified += 1
            await self._greet(session)
            self.watch.changed()

    async def _greet(self, session: Session) -> None:
        server = self._server
        guilds = [g for g in server.guilds.values() if server.bot.user_id in g.members and session.carries(g)]
        ready = {
            "v": 10,
            "user": server.bot.as_json(),
            "guilds": [{"id": str(g.guild_id), "unavailable": True} for g in guilds],
            "session_id": session.session_id,
            "resume_gateway_url": server.gateway_url,
            "shard": list(session.shard),
            "application": {"id": str(server.application_id), "flags": 0},
        }
        await session.dispatch("READY", ready)
        for guild in guilds:
            await session.dispatch("GUILD_CREATE", guild.as_json(server.bot))

    async def _resume(self, connection: Connection, body: Json) -> None:
        session = next((s for s in self.sessions.values() if s.session_id == body["session_id"]), None)
        if body["token"] != self._server.token:
            await connection.close(Close.AUTHENTICATION_FAILED)
        elif session is None:
            await connection.send({"op": Op.INVALID_SESSION, "d": False})
        else:
            await session.take_up(connection, after_sequence=body["seq"])
            await session.dispatch("RESUMED", {})
            self.resumed += 1
            self.watch.changed()

    async def aclose(self) -> None:
        await self.close_connections(1001)
