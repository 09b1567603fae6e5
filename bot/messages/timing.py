"""The time by which messages are edited: a clock, and a way to be called later."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

Clock: TypeAlias = Callable[[], float]
"""Seconds that never go backwards."""


class Timer(Protocol):
    """A call that is still to come."""

    def cancel(self) -> None:
        """Do not make it."""
        ...


CallLater: TypeAlias = Callable[[float, Callable[[], object]], Timer]
"""Calls a function after so many seconds."""


def call_later(delay_seconds: float, callback: Callable[[], object]) -> Timer:
    """Call a function after so many seconds, on the event loop that runs now."""
    return asyncio.get_running_loop().call_later(delay_seconds, callback)


@dataclass(frozen=True, slots=True)
class Timing:
    """By which clock messages are edited, and by which timers."""

    clock: Clock = time.monotonic
    call_later: CallLater = call_later
