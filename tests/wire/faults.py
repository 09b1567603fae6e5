"""Faults to inject: effects that replace, delay or cut the response to the next matching requests."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TypeAlias

from tests.wire.refusals import Refusal
from tests.wire.world import Json


@dataclass(frozen=True, slots=True)
class SentFile:
    """A complete file as received over the wire."""

    field: str
    """`files[0]`"""
    filename: str
    content_type: str | None
    data: bytes


@dataclass(slots=True)
class Request:
    """One of the bot's requests, and its outcome."""

    method: str
    path: str
    """Without the API's prefix: `/channels/1/messages`."""
    body: Json = field(default_factory=dict)
    filenames: tuple[str, ...] = ()
    size_bytes: int = 0
    content_type: str = ""
    arguments: dict[str, str] = field(default_factory=dict)
    """The path's parameters, by their names in the route."""
    query: dict[str, str] = field(default_factory=dict)
    authorization: str | None = field(default=None, repr=False)
    at: float = 0.0
    """On the event loop's clock."""
    status: int | None = None
    """None until it is answered, or if its connection was cut."""
    code: int = 0
    """Discord's error code."""
    files: tuple[SentFile, ...] = ()
    """Cleared once it is answered: Discord's copies are on the message."""

    def __str__(self) -> str:
        files = f" with {', '.join(self.filenames)}" if self.filenames else ""
        code = f" ({self.code})" if self.code else ""
        return f"{self.method} {self.path}{files} -> {self.status or 'cut'}{code}"

    def matches(self, method: str, path: str) -> bool:
        """Whether method and path match; `*` matches anything, including slashes."""
        return fnmatchcase(self.method, method) and fnmatchcase(self.path, path)


@dataclass(frozen=True, slots=True)
class FakeResponse:
    """Another response, sent before or after the request takes effect."""

    status: int
    body: str
    headers: tuple[tuple[str, str], ...] = ()
    after_processing: bool = False


@dataclass(frozen=True, slots=True)
class Cut:
    """No response: the connection breaks."""

    after_processing: bool = False
    after_bytes: int | None = None
    """Counted in the request's body for the API, and in the response's for a download."""


@dataclass(frozen=True, slots=True)
class Hold:
    """The response is delayed until the fault is released, or for a given time."""

    seconds: float | None = None
    after_bytes: int = 0
    """How much of a download is sent before the delay."""
    after_processing: bool = False
    """Whether the request takes effect before the delay."""


Effect: TypeAlias = FakeResponse | Cut | Hold


def rate_limited(*, retry_after_seconds: float, globally: bool = False, by_cloudflare: bool = False) -> FakeResponse:
    """Return a 429 like Discord's, or like Cloudflare's, which has neither a `Via` header nor JSON."""
    if by_cloudflare:
        return FakeResponse(429, "error code: 1015", (("Content-Type", "text/html"), ("Retry-After", "3600")))
    body = {
        "message": Refusal.RATE_LIMITED.sentence,
        "retry_after": retry_after_seconds,
        "global": globally,
        "code": 0,
    }
    scope = "global" if globally else "user"
    headers = (
        ("Via", "1.1 google"),
        ("Retry-After", str(max(1, round(retry_after_seconds)))),
        ("X-RateLimit-Scope", scope),
        *((("X-RateLimit-Global", "true"),) if globally else ()),
    )
    return FakeResponse(429, json.dumps(body), headers)


def refused(refusal: Refusal) -> FakeResponse:
    """Return one of Discord's own errors."""
    return FakeResponse(refusal.status, json.dumps({"message": refusal.sentence, "code": refusal.code}))


def server_error(status: int = 500, *, after_processing: bool = False) -> FakeResponse:
    """Return a 5xx error; 502 to 504 come as Cloudflare's HTML page instead of JSON."""
    if status in {502, 503, 504}:
        return FakeResponse(
            status, "<html>Bad gateway</html>", (("Content-Type", "text/html"),), after_processing=after_processing
        )
    return FakeResponse(status, json.dumps({"message": f"{status}: Server Error", "code": 0}), (), after_processing)


@dataclass(slots=True, eq=False)
class Fault:
    """An effect on the next `times` matching requests; None means all of them."""

    method: str
    path: str
    effect: Effect
    times: int | None = 1
    where: Callable[[Request], bool] | None = None
    """Examines the whole request, so it can't be combined with cutting an upload in the middle."""
    hits: int = 0
    first_hit: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        if self.cuts_uploads and self.where is not None:
            raise ValueError("`where` can't be used here: an upload's content isn't known before its end")

    @property
    def cuts_uploads(self) -> bool:
        return isinstance(self.effect, Cut) and self.effect.after_bytes is not None and self.method != "GET"

    def applies_to(self, request: Request) -> bool:
        """Whether the fault applies to a request; if so, it is counted."""
        if self.times is not None and self.hits >= self.times:
            return False
        if not request.matches(self.method, self.path) or (self.where is not None and not self.where(request)):
            return False
        self.hits += 1
        self.first_hit.set()
        return True

    async def wait_until_hit(self, *, timeout_seconds: float = 30) -> None:
        try:
            await asyncio.wait_for(self.first_hit.wait(), timeout_seconds)
        except TimeoutError:
            raise AssertionError(f"no {self.method} {self.path} within {timeout_seconds} s") from None

    def release(self) -> None:
        """Release held requests, and let later ones pass."""
        self.times = self.hits
        self.released.set()
