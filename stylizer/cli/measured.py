"""Keeps this machine's measurements in the user's cache folder, so that an estimate needs no painter.

The file is a convenience: if it can't be read or written, or makes no sense, it is silently ignored.
"""

from __future__ import annotations

import os
import platform
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from stylizer.estimate import Machine
from stylizer.processors import usable_processors
from stylizer.recipe import DEFAULT_RECIPE
from stylizer.version import VERSION

if TYPE_CHECKING:
    from stylizer.painter import Painter


class _Measured(Struct, forbid_unknown_fields=True):
    """The contents of the file."""

    version: str
    """The program's version: another one may be faster or slower."""
    machines: dict[str, Machine]
    """By what distinguishes them without importing TensorFlow, which takes seconds; see `_key`."""


def measured_machine(precision: str, *, deterministic: bool = True) -> Machine | None:
    """What was measured at this precision, which may be `auto`; None if nothing was."""
    return _read().get(_key(precision, deterministic=deterministic))


def remember(
    painter: Painter, recipe_name: str = DEFAULT_RECIPE, *, precision: str, deterministic: bool = True
) -> Machine:
    """Save a painter's latest measurement with this recipe; `precision` is the requested one, which may be `auto`."""
    machines, key = _read(), _key(precision, deterministic=deterministic)
    machine = Machine(painter.device, painter.precision, {recipe_name: painter.step_cost}, painter.canvas_memory)
    if key in machines:
        machine = replace(machine, step_costs=machines[key].measured(recipe_name, painter.step_cost).step_costs)
    machines[key] = machine
    with suppress(OSError, RuntimeError):
        path = _path()
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f"{path.name}.{os.getpid()}")
        unfinished.write_bytes(msgspec.json.encode(_Measured(VERSION, machines)))
        unfinished.replace(path)
    return machine


def _read() -> dict[str, Machine]:
    """The measurements of this version of the program."""
    with suppress(OSError, RuntimeError, ValueError):
        measured = msgspec.json.decode(_path().read_bytes(), type=_Measured)
        if measured.version == VERSION:
            return measured.machines
    return {}


def _path() -> Path:
    """The path of the file. Raises RuntimeError if the user has no home folder."""
    if sys.platform == "darwin":
        folder = Path.home() / "Library" / "Caches"
    else:  # the XDG Base Directory Specification
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return folder / "atelier" / "measured.json"


def _key(precision: str, *, deterministic: bool) -> str:
    """What a measurement depends on: the machine, the devices that TensorFlow may use, and how it computes."""
    gpus = os.environ.get("CUDA_VISIBLE_DEVICES", "all GPUs")
    key = f"{platform.node()}, {usable_processors()} processors, {gpus}, {precision}"
    return key if deterministic else f"{key}, nondeterministic"
