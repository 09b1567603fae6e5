"""Discord's rate limits: a number of requests per time window, for each webhook or channel."""

from __future__ import annotations

import hashlib
import re
import time
from dataclasses import dataclass

WINDOW = re.compile(r"/(?:webhooks/\d+/(?P<token>[^/]+)|channels/(?P<channel>\d+)/messages)")


@dataclass(slots=True)
class Bucket:
    """Counts the requests in the current time window."""

    name: str
    limit: int
    window_seconds: float
    used: int = 0
    started_at: float = 0.0

    def take(self) -> bool:
        """Count a request, and return whether it is within the limit."""
        now = time.monotonic()
        if now - self.started_at >= self.window_seconds:
            self.started_at, self.used = now, 0
        self.used += 1
        return self.used <= self.limit

    @property
    def reset_after_seconds(self) -> float:
        return max(0.0, self.started_at + self.window_seconds - time.monotonic())

    @property
    def headers(self) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(0, self.limit - self.used)),
            "X-RateLimit-Reset": f"{time.time() + self.reset_after_seconds:.3f}",
            "X-RateLimit-Reset-After": f"{self.reset_after_seconds:.3f}",
            "X-RateLimit-Bucket": self.name,
        }


class RateLimits:
    """The buckets of all webhooks (5 requests per 2 s) and channels (5 per 5 s and method)."""

    def __init__(self) -> None:
        self._buckets: dict[str, Bucket] = {}

    def bucket(self, method: str, path: str) -> Bucket | None:
        """Return a request's bucket, or None if Discord's limit for it is too high to matter."""
        found = WINDOW.match(path)
        if found is None:
            return None
        if token := found["token"]:
            key, window_seconds = f"webhook {token}", 2.0
        else:
            key, window_seconds = f"{method} channel {found['channel']}", 5.0
        if key not in self._buckets:
            name = hashlib.sha256(key.split()[0].encode()).hexdigest()[:16]
            self._buckets[key] = Bucket(name, limit=5, window_seconds=window_seconds)
        return self._buckets[key]
