"""Memory: how much there is, how much is left, what a canvas takes, and a limit for this process."""

from __future__ import annotations

import math
import resource
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Self

from stylizer.errors import NoRoomForPainter, OutOfMemory
from stylizer.recipe import MAX_SIZE_PX, MIN_SIZE_PX

PROC = Path("/proc")
CONTROL_GROUPS = Path("/sys/fs/cgroup")
"""Where Linux shows what there is, and what its control groups limit."""

_SIDE_STEP_PX = 32
"""Suggested sizes are multiples of this."""
_MAX_ASPECT_RATIO = 4
"""A canvas narrower than 1 : 4 takes no less memory, because the style picture has the same longest side."""


@dataclass(frozen=True, slots=True)
class OwnMemory:
    """What a process has allocated."""

    resident_bytes: int
    """Used, and in physical memory."""
    writable_bytes: int
    """Private and writable, used or not: what RLIMIT_DATA counts."""
    address_bytes: int = 0
    """All address space: what RLIMIT_AS counts."""

    @classmethod
    def now(cls, process: int | None = None) -> Self:
        """Measure this process, or another; all zero where the system doesn't say."""
        try:
            statm = (PROC / str(process or "self") / "statm").read_text(encoding="ascii")
        except OSError:
            return cls(0, 0, 0)
        pages = [int(number) for number in statm.split()]  # proc(5): the first, second and sixth of seven
        return cls(*(pages[field] * resource.getpagesize() for field in (1, 5, 0)))


def peak_memory_bytes() -> int:
    """The highest resident memory of this process so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


WARM_PAINTER = OwnMemory(resident_bytes=720_000_000, writable_bytes=550_000_000, address_bytes=2_100_000_000)
"""What a process has allocated once its painter is warm, as measured; more with more processor cores."""


def check_painter_fits() -> None:
    """Raise `NoRoomForPainter` if this process's limits would end it before its painter is warm.

    Native code that is refused memory often ends the process without a message.
    """
    if sys.platform != "linux":
        return
    for kind, needed_bytes in (
        (resource.RLIMIT_DATA, WARM_PAINTER.writable_bytes),
        (resource.RLIMIT_AS, WARM_PAINTER.address_bytes),
    ):
        limit_bytes, _ = resource.getrlimit(kind)
        if limit_bytes != resource.RLIM_INFINITY and limit_bytes < needed_bytes:
            raise NoRoomForPainter(needed_bytes // 10**6)


@dataclass(frozen=True, slots=True)
class CanvasMemory:
    """What painting a canvas takes beyond a warm painter."""

    warm: OwnMemory
    """What the painter's process had when it became warm."""
    fixed_bytes: int
    """Independent of the canvas's size."""
    resident_bytes_per_pixel: int
    """Of physical memory."""
    reserved_bytes_per_pixel: int
    """Of what the process reserves: allocators reserve more than they ever use."""
    whole_pixels: int | None = None
    """Larger canvases may be seen in strips; None if none are."""
    resident_bytes_per_pixel_in_strips: int = 0
    reserved_bytes_per_pixel_in_strips: int = 0
    roomy_whole_pixels: int = 0
    """Canvases up to this are seen in strips only if memory is scarce."""
    mask_factor: float = 1.0
    """How many times as much a pixel of a masked canvas takes."""

    def masked(self) -> Self:
        """The same for masked canvases, which are never in strips: the Gram matrices of regions need whole features."""
        return replace(
            self,
            whole_pixels=None,
            resident_bytes_per_pixel=round(self.resident_bytes_per_pixel * self.mask_factor),
            reserved_bytes_per_pixel=round(self.reserved_bytes_per_pixel * self.mask_factor),
            mask_factor=1.0,
        )

    def is_whole(self, pixels: int) -> bool:
        """Whether this process has room now to see a canvas of so many pixels as a whole, and not in strips.

        For the largest, there must be twice the memory, so that another worker can do the same at the same time.
        """
        if self.whole_pixels is None or pixels <= self.whole_pixels:
            return True
        largest = replace(self, whole_pixels=None).largest_pixels()
        return pixels <= self.roomy_whole_pixels and (largest is None or 2 * pixels <= largest)

    def largest_pixels(self, *, process: int | None = None, limit_bytes: int | None = None) -> int | None:
        """The largest canvas that can be painted now, in pixels; None if unknown.

        By this process, or by another as in `free_memory_bytes`, which got `limit_bytes` as its limit when it became
        warm.
        """
        reservable = [reservable_memory_bytes(beyond=self.warm), limit_bytes]
        sizes = [
            self._pixels_within(max(0, room - self.fixed_bytes), *bytes_per_pixel)
            for room, bytes_per_pixel in (
                (free_memory_bytes(beyond=self.warm, process=process), self._resident),
                *((room, self._reserved) for room in reservable),
            )
            if room is not None
        ]
        return min(sizes, default=None)

    def check(self, *, width_px: int, height_px: int, style_scale: float = 1.0) -> None:
        """Raise `OutOfMemory`, with a size that fits, unless this process can paint that canvas now.

        `style_scale` is the style picture's longest side relative to the canvas's.
        """
        largest = self.largest_pixels()
        usual = _needed_pixels(width_px, height_px)
        needed = _needed_pixels(width_px, height_px, style_scale)
        if largest is not None and needed > largest:
            fitting = longest_side_px(largest * usual // needed, width=width_px, height=height_px)
            raise OutOfMemory(width_px, height_px, fitting)

    def process_bytes(self, *, width_px: int, height_px: int, style_scale: float = 1.0) -> int:
        """What a process takes of physical memory while it paints that canvas, its warm painter included.

        Less if memory is scarce, and the canvas is seen in strips.
        """
        needed = _needed_pixels(width_px, height_px, style_scale)
        return self.warm.resident_bytes + self.fixed_bytes + self._bytes_of(needed, *self._resident)

    @property
    def _resident(self) -> tuple[int, int]:
        return self.resident_bytes_per_pixel, self.resident_bytes_per_pixel_in_strips

    @property
    def _reserved(self) -> tuple[int, int]:
        return self.reserved_bytes_per_pixel, self.reserved_bytes_per_pixel_in_strips

    def _bytes_of(self, pixels: int, per_pixel: int, per_pixel_in_strips: int) -> int:
        """How many bytes a canvas takes, at this many per pixel, whole or in strips."""
        if self.whole_pixels is None or pixels <= max(self.whole_pixels, self.roomy_whole_pixels):
            return pixels * per_pixel
        # Its coarser scales are whole.
        return max(self.whole_pixels * per_pixel, pixels * per_pixel_in_strips)

    def _pixels_within(self, room: int, per_pixel: int, per_pixel_in_strips: int) -> int:
        """The largest canvas, in pixels, that takes at most `room` bytes."""
        if self.whole_pixels is None or room < self.whole_pixels * per_pixel:
            return room // per_pixel
        return max(self.whole_pixels, room // per_pixel_in_strips)


def _needed_pixels(width_px: int, height_px: int, style_scale: float = 1.0) -> int:
    """Pixels of the canvas, or of the style picture if that has more."""
    longest_px = max(width_px, height_px)
    usual = max(width_px * height_px, longest_px**2 // _MAX_ASPECT_RATIO)
    return max(usual, int((longest_px * style_scale) ** 2) // _MAX_ASPECT_RATIO)


def longest_side_px(pixels: int, *, width: int, height: int) -> int:
    """The longest side of a painting of at most this many pixels with that aspect ratio.

    A round number that a recipe accepts; 0 if no size fits.
    """
    aspect_ratio = min(max(width, height) / min(width, height), _MAX_ASPECT_RATIO)
    side_px = int(math.sqrt(pixels * aspect_ratio)) // _SIDE_STEP_PX * _SIDE_STEP_PX
    return 0 if side_px < MIN_SIZE_PX else min(side_px, MAX_SIZE_PX)


def default_memory_limit_bytes() -> int | None:
    """Nine tenths of the memory of this machine, or of its container; None if unknown.

    Less would refuse paintings that fit. With more, the system would kill processes, and not always the right one.
    """
    amounts = [group.limit_bytes for group in _control_groups()]
    with suppress(OSError, ValueError, KeyError):
        amounts.append(_meminfo_bytes("MemTotal"))
    return min(amounts) * 9 // 10 if amounts else None


def limit_memory(further_bytes: int) -> None:
    """Let this process take only this much more memory than it has; more is a MemoryError, or native code crashes.

    What counts is private writable memory, used or not (RLIMIT_DATA). Address space (RLIMIT_AS) says little:
    TensorFlow, CUDA and each thread's allocator reserve far more than they ever use. Only Linux enforces such a limit;
    elsewhere nothing happens.
    """
    if sys.platform != "linux":
        return
    _, highest = resource.getrlimit(resource.RLIMIT_DATA)
    limit = OwnMemory.now().writable_bytes + further_bytes
    if highest != resource.RLIM_INFINITY:
        limit = min(limit, highest)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def is_refused_memory(error: BaseException) -> bool:
    """Whether the system refused this process memory, which for the stack of a new thread is a RuntimeError."""
    return isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError) and str(error) == "can't start new thread"
    )


def free_memory_bytes(*, beyond: OwnMemory, process: int | None = None) -> int | None:
    """How much more a process can use than it once had, by the system and its control groups; None if unknown.

    The process is this one, or a child in the same control groups. What it has allocated since counts as free:
    TensorFlow keeps all that it ever allocated, and reuses it. If it has shrunk since, it needs that much back first.
    """
    now_bytes = OwnMemory.now(process).resident_bytes
    kept_bytes = now_bytes - beyond.resident_bytes if now_bytes else 0
    amounts = [group.limit_bytes - group.used_bytes for group in _control_groups()]
    with suppress(OSError, ValueError, KeyError):
        amounts.append(_meminfo_bytes("MemAvailable"))
    return max(0, min(amounts) + kept_bytes) if amounts else None


def reservable_memory_bytes(*, beyond: OwnMemory) -> int | None:
    """How much more this process may reserve than it once had, by its limits; None without any, or if unknown."""
    if sys.platform != "linux":
        return None
    taken = {resource.RLIMIT_DATA: beyond.writable_bytes, resource.RLIMIT_AS: beyond.address_bytes}
    limits = {kind: resource.getrlimit(kind)[0] for kind in taken}
    amounts = [limits[kind] - taken[kind] for kind in taken if limits[kind] != resource.RLIM_INFINITY]
    return max(0, min(amounts)) if amounts else None


@dataclass(frozen=True, slots=True)
class _ControlGroup:
    limit_bytes: int
    used_bytes: int
    """Without the file cache, which the system drops when memory is needed."""


def _control_groups() -> Iterator[_ControlGroup]:
    """The control groups that limit the memory of this process: its own, and each above it."""
    for folder, limits, usage, cached in _control_group_files():
        try:
            used_bytes = int((folder / usage).read_text(encoding="ascii"))
        except (OSError, ValueError):
            continue
        with suppress(OSError, ValueError):
            statistics = dict(line.split() for line in (folder / "memory.stat").read_text("ascii").splitlines())
            used_bytes -= min(used_bytes, int(statistics.get(cached, 0)))
        for limit in limits:
            with suppress(OSError, ValueError):  # a group without a limit says "max"
                yield _ControlGroup(int((folder / limit).read_text(encoding="ascii")), used_bytes)


def _control_group_files() -> Iterator[tuple[Path, tuple[str, ...], str, str]]:
    """Each control group's folder, with the names of its limits, its usage, and its cache in `memory.stat`."""
    try:
        lines = (PROC / "self" / "cgroup").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    paths = {kinds: path for _, kinds, path in (line.split(":", 2) for line in lines if line.count(":") >= 2)}
    second = (("memory.max", "memory.high"), "memory.current", "inactive_file")
    for folder in _up_from(paths.get("", "/"), CONTROL_GROUPS):
        yield folder, *second
    first = (("memory.limit_in_bytes",), "memory.usage_in_bytes", "total_inactive_file")
    of_memory = next((path for kinds, path in paths.items() if "memory" in kinds.split(",")), "/")
    for folder in _up_from(of_memory, CONTROL_GROUPS / "memory"):
        yield folder, *first


def _up_from(path: str, root: Path) -> list[Path]:
    """The folder of a group, and those above it up to the root; a container sees its own group as the root."""
    parts = PurePosixPath(path).parts[1:]
    folders = [root.joinpath(*parts[:depth]) for depth in range(len(parts), -1, -1)]
    return [folder for folder in folders if ".." not in folder.parts and folder.is_dir()]


def _meminfo_bytes(name: str) -> int:
    lines = dict(line.split(":", 1) for line in (PROC / "meminfo").read_text(encoding="ascii").splitlines())
    return int(lines[name].split()[0]) * 1024
