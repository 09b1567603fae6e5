"""Names this machine, for tables of times."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from stylizer.processors import usable_processors

_INSTRUCTIONS = {
    "avx2": "AVX2",
    "avx512f": "AVX-512",
    "avx512_bf16": "AVX-512 BF16",
    "amx_bf16": "AMX BF16",
    "bf16": "Arm BF16",
}
"""The instructions that decide how fast convolutions are: Linux's name and the readable one."""
_BFLOAT16_FLAGS = {"avx512_bf16", "amx_bf16", "bf16"}


def machine_name() -> str:
    """The processor's model, the number of cores that this process may use, and its instructions for convolutions."""
    name = describe_machine(_cpuinfo(), cores=usable_processors())
    limit = os.environ.get("ONEDNN_MAX_CPU_ISA")
    return f"{name}, oneDNN limited to {limit}" if limit else name


def describe_machine(cpuinfo: str, *, cores: int) -> str:
    """Name a machine from the text of its /proc/cpuinfo, empty if there is none."""
    model = _field(cpuinfo, "model name") or platform.processor() or platform.machine()
    flags = _flags(cpuinfo)
    instructions = [title for flag, title in _INSTRUCTIONS.items() if flag in flags]
    return ", ".join((model, f"{cores} core{'' if cores == 1 else 's'}", *instructions))


def has_bfloat16() -> bool:
    """Whether the processor computes in bfloat16; otherwise it is emulated, many times slower than float32."""
    return not _BFLOAT16_FLAGS.isdisjoint(_flags(_cpuinfo()))


def _cpuinfo() -> str:
    path = Path("/proc/cpuinfo")
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _flags(cpuinfo: str) -> set[str]:
    return set((_field(cpuinfo, "flags") or _field(cpuinfo, "Features")).split())


def _field(cpuinfo: str, name: str) -> str:
    """The first processor's value of a field, or an empty string."""
    fields = (line.partition(":") for line in cpuinfo.splitlines())
    return next((value.strip() for title, _, value in fields if title.strip() == name), "")
