"""A clock that only goes forward, delayed calls, and waits before retries. Tests replace all of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from bot.clock.backoff import Backoff, backoff_delays

Clock: TypeAlias = Callable[[], float]
"""Seconds that never go backward."""


class Timer(Protocol):
    """A call that is still to come."""

    def cancel(self) -> None:
        """Cancel the call."""
        ...


CallLater: TypeAlias = Callable[[float, Callable[[], object]], Timer]
"""Calls a function after that many seconds."""


def call_later(delay_seconds: float, callback: Callable[[], object]) -> Timer:
    """Call a function after that many seconds, on the running event loop."""
    return asyncio.get_running_loop().call_later(delay_seconds, callback)


@dataclass(frozen=True, slots=True)
class Timing:
    """The clock and the timers that space the edits of messages, and the delays before retries."""

    clock: Clock = time.monotonic
    call_later: CallLater = call_later
    backoff: Backoff = backoff_delays
