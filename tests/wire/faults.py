"""What can go wrong on the wire, on purpose: the next requests that match get something else than their answer."""

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
    """A file as it came over the wire, whole."""

    field: str
    """`files[0]`"""
    filename: str
    content_type: str | None
    data: bytes


@dataclass(slots=True)
class Request:
    """One request of the bot, and what it got."""

    method: str
    path: str
    """Without the API's prefix: `/channels/1/messages`."""
    body: Json = field(default_factory=dict)
    filenames: tuple[str, ...] = ()
    size_bytes: int = 0
    content_type: str = ""
    arguments: dict[str, str] = field(default_factory=dict)
    """What stands in the path, by the names that the route gives."""
    query: dict[str, str] = field(default_factory=dict)
    authorization: str | None = field(default=None, repr=False)
    at: float = 0.0
    """On the event loop's clock."""
    status: int | None = None
    """None until it is answered, and when its connection was cut."""
    code: int = 0
    """Discord's error code."""
    files: tuple[SentFile, ...] = ()
    """Emptied once it is answered: what Discord keeps of them is on the message."""

    def __str__(self) -> str:
        files = f" with {', '.join(self.filenames)}" if self.filenames else ""
        code = f" ({self.code})" if self.code else ""
        return f"{self.method} {self.path}{files} -> {self.status or 'cut'}{code}"

    def matches(self, method: str, path: str) -> bool:
        """`*` stands for anything, in the path too."""
        return fnmatchcase(self.method, method) and fnmatchcase(self.path, path)


@dataclass(frozen=True, slots=True)
class Answer:
    """Another answer, before the request has an effect, or after it had one."""

    status: int
    body: str
    headers: tuple[tuple[str, str], ...] = ()
    after_processing: bool = False


@dataclass(frozen=True, slots=True)
class Cut:
    """No answer: the connection breaks."""

    after_processing: bool = False
    after_bytes: int | None = None
    """Of the request's body for the API, of the answer's for a download."""


@dataclass(frozen=True, slots=True)
class Hold:
    """The answer waits until the fault is released, or for a time."""

    seconds: float | None = None
    after_bytes: int = 0
    """Of a download's body."""


Effect: TypeAlias = Answer | Cut | Hold


def rate_limited(*, retry_after_seconds: float, globally: bool = False, by_cloudflare: bool = False) -> Answer:
    """A 429 as Discord sends it; as Cloudflare does, it comes without a `Via` header and without JSON."""
    if by_cloudflare:
        return Answer(429, "error code: 1015", (("Content-Type", "text/html"), ("Retry-After", "3600")))
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
    return Answer(429, json.dumps(body), headers)


def refused(refusal: Refusal) -> Answer:
    """One of Discord's own errors."""
    return Answer(refusal.status, json.dumps({"message": refusal.sentence, "code": refusal.code}))


def broken(status: int = 500, *, after_processing: bool = False) -> Answer:
    """A 5xx; a 502 or 503 is Cloudflare's page, not JSON."""
    if status in {502, 503, 504}:
        return Answer(
            status, "<html>Bad gateway</html>", (("Content-Type", "text/html"),), after_processing=after_processing
        )
    return Answer(status, json.dumps({"message": f"{status}: Server Error", "code": 0}), (), after_processing)


@dataclass(slots=True, eq=False)
class Fault:
    """An effect on the next `times` requests that match; None is all of them."""

    method: str
    path: str
    effect: Effect
    times: int | None = 1
    where: Callable[[Request], bool] | None = None
    """Looks at what was sent, so it cannot choose an upload to be cut in its middle."""
    met: int = 0
    met_once: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        if self.cuts_uploads and self.where is not None:
            raise ValueError("what an upload holds is not known before its end: leave `where` out")

    @property
    def cuts_uploads(self) -> bool:
        return isinstance(self.effect, Cut) and self.effect.after_bytes is not None and self.method != "GET"

    def takes(self, request: Request) -> bool:
        """Whether this request meets the fault. It is then counted."""
        if self.times is not None and self.met >= self.times:
            return False
        if not request.matches(self.method, self.path) or (self.where is not None and not self.where(request)):
            return False
        self.met += 1
        self.met_once.set()
        return True

    async def until_met(self, *, timeout_seconds: float = 30) -> None:
        try:
            await asyncio.wait_for(self.met_once.wait(), timeout_seconds)
        except TimeoutError:
            raise AssertionError(f"no {self.method} {self.path} within {timeout_seconds} s") from None

    def release(self) -> None:
        """Let what is held go on, and what follows through."""
        self.times = self.met
        self.released.set()
