"""The processor: how many of its cores this process may use, and what instructions it has."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_BFLOAT16_FLAGS = frozenset({"avx512_bf16", "amx_bf16", "bf16"})


def usable_processors() -> int:
    """How many cores there are for this process."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def read_cpuinfo() -> str:
    """The text of Linux's /proc/cpuinfo; empty on other systems."""
    path = Path("/proc/cpuinfo")
    return path.read_text(encoding="utf-8") if path.exists() else ""


def cpuinfo_field(cpuinfo: str, name: str) -> str:
    """The first processor's value of a field, or an empty string."""
    fields = (line.partition(":") for line in cpuinfo.splitlines())
    return next((value.strip() for title, _, value in fields if title.strip() == name), "")


def instructions(cpuinfo: str) -> frozenset[str]:
    """Linux's names of the processor's instruction sets; empty if they are unknown."""
    return frozenset((cpuinfo_field(cpuinfo, "flags") or cpuinfo_field(cpuinfo, "Features")).split())


def has_bfloat16(cpuinfo: str) -> bool | None:
    """Whether the processor computes in bfloat16, rather than emulating it many times slower; None if unknown."""
    known = instructions(cpuinfo)
    return not _BFLOAT16_FLAGS.isdisjoint(known) if known else None
