"""How much memory there is, how much is left, and a bound on what this process may take of it."""

from __future__ import annotations

import resource
import sys
from contextlib import suppress
from pathlib import Path

_MEMINFO = Path("/proc/meminfo")
_STATM = Path("/proc/self/statm")
_CONTROL_GROUP = Path("/sys/fs/cgroup")


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

    What counts is memory that is its own and can be written, whether it is used already or not (RLIMIT_DATA). Address
    space (RLIMIT_AS) says little: TensorFlow, CUDA and each thread's allocator reserve far more than they ever take.
    Linux alone keeps such a limit; elsewhere nothing happens.
    """
    if sys.platform != "linux":
        return
    _, highest = resource.getrlimit(resource.RLIMIT_DATA)
    limit = _own_bytes() + further_bytes
    if highest != resource.RLIM_INFINITY:
        limit = min(limit, highest)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def available_memory_bytes() -> int | None:
    """What the system, the control group of a container and this process's own limit still have to give.

    None where that cannot be known: on other systems than Linux.
    """
    amounts = []
    with suppress(OSError, ValueError, KeyError):
        amounts.append(_meminfo_bytes("MemAvailable"))
    with suppress(OSError, ValueError):  # a group without a limit says "max"
        limit, used = ((_CONTROL_GROUP / name).read_text() for name in ("memory.max", "memory.current"))
        amounts.append(int(limit) - int(used))
    with suppress(OSError, ValueError):
        own_limit, _ = resource.getrlimit(resource.RLIMIT_DATA)
        if own_limit != resource.RLIM_INFINITY:
            amounts.append(own_limit - _own_bytes())
    return min(amounts, default=None)


def _meminfo_bytes(name: str) -> int:
    lines = dict(line.split(":", 1) for line in _MEMINFO.read_text().splitlines())
    return int(lines[name].split()[0]) * 1024


def _own_bytes() -> int:
    """What RLIMIT_DATA counts of this process; the sixth number of proc(5)'s statm."""
    return int(_STATM.read_text().split()[5]) * resource.getpagesize()
