"""Names this machine, for tables of times."""

from __future__ import annotations

import os
import platform

from stylizer.processors import cpuinfo_field, instructions, read_cpuinfo, usable_processors

_INSTRUCTIONS = {
    "avx2": "AVX2",
    "avx512f": "AVX-512",
    "avx512_bf16": "AVX-512 BF16",
    "amx_bf16": "AMX BF16",
    "bf16": "Arm BF16",
}
"""The instructions that decide how fast convolutions are: Linux's name and the readable one."""


def machine_name() -> str:
    """The processor's model, the number of cores that this process may use, and its instructions for convolutions."""
    name = describe_machine(read_cpuinfo(), cores=usable_processors())
    limit = os.environ.get("ONEDNN_MAX_CPU_ISA")
    return f"{name}, oneDNN limited to {limit}" if limit else name


def describe_machine(cpuinfo: str, *, cores: int) -> str:
    """Name a machine from the text of its /proc/cpuinfo, empty if there is none."""
    model = cpuinfo_field(cpuinfo, "model name") or platform.processor() or platform.machine()
    known = instructions(cpuinfo)
    titles = [title for flag, title in _INSTRUCTIONS.items() if flag in known]
    return ", ".join((model, f"{cores} core{'' if cores == 1 else 's'}", *titles))
