"""A clock that only goes forward, and delayed calls. Tests replace both."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

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
    """The clock and the timers by which messages are edited."""

    clock: Clock = time.monotonic
    call_later: CallLater = call_later
