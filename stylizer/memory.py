"""How much memory there is, how much is left, and a bound on what this process may take of it."""

from __future__ import annotations

import resource
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_MEMINFO = Path("/proc/meminfo")
_STATM = Path("/proc/self/statm")
_CONTROL_GROUP = Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True)
class OwnMemory:
    """What this process has taken."""

    resident_bytes: int
    """Used, and in the machine's memory."""
    writable_bytes: int
    """Its own and writable, whether it was used already or not: what RLIMIT_DATA counts."""

    @classmethod
    def now(cls) -> Self:
        """As it is at this moment; all zero on other systems than Linux."""
        try:
            pages = [int(number) for number in _STATM.read_text().split()]  # proc(5): the second and sixth of seven
        except OSError:
            return cls(0, 0)
        return cls(pages[1] * resource.getpagesize(), pages[5] * resource.getpagesize())


def default_memory_limit_bytes() -> int | None:
    """Nine tenths of the memory of this machine, or of its container; None where that cannot be known.

    Less would refuse paintings that fit; with more the system would kill, and not always the one who took it.
    """
    amounts = []
    with suppress(OSError, ValueError, KeyError):
        amounts.append(_meminfo_bytes("MemTotal"))
    with suppress(OSError, ValueError):  # a group without a limit says "max"
        amounts.append(int((_CONTROL_GROUP / "memory.max").read_text()))
    return min(amounts) * 9 // 10 if amounts else None


def limit_memory(further_bytes: int) -> None:
    """Let this process take so much memory beyond what it has; more is a MemoryError, or the end of native code.

    What counts is memory that is its own and can be written, used or not (RLIMIT_DATA). Address space (RLIMIT_AS) says
    little: TensorFlow, CUDA and each thread's allocator reserve far more than they ever take. Linux alone keeps such a
    limit; elsewhere nothing happens.
    """
    if sys.platform != "linux":
        return
    _, highest = resource.getrlimit(resource.RLIMIT_DATA)
    limit = OwnMemory.now().writable_bytes + further_bytes
    if highest != resource.RLIM_INFINITY:
        limit = min(limit, highest)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def available_memory_bytes(*, beyond: OwnMemory) -> int | None:
    """How far this process can grow beyond what it once had; None where that cannot be known.

    The least of what the system, the control group of a container and its own limit allow. What it has taken since
    counts as available: TensorFlow keeps all it was ever given, and uses it again.
    """
    own = OwnMemory.now()
    kept_bytes = max(0, own.resident_bytes - beyond.resident_bytes)
    amounts = []
    with suppress(OSError, ValueError, KeyError):
        amounts.append(_meminfo_bytes("MemAvailable") + kept_bytes)
    with suppress(OSError, ValueError):  # a group without a limit says "max"
        limit, used = ((_CONTROL_GROUP / name).read_text() for name in ("memory.max", "memory.current"))
        amounts.append(int(limit) - int(used) + kept_bytes)
    own_limit, _ = resource.getrlimit(resource.RLIMIT_DATA)
    if own_limit != resource.RLIM_INFINITY:
        amounts.append(own_limit - beyond.writable_bytes)
    return min(amounts, default=None)


def _meminfo_bytes(name: str) -> int:
    lines = dict(line.split(":", 1) for line in _MEMINFO.read_text().splitlines())
    return int(lines[name].split()[0]) * 1024
