"""A common way to steer the painters of every kind of engine."""

from __future__ import annotations

import asyncio
import os
import tempfile
from abc import ABC, abstractmethod
from contextlib import aclosing
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from stylizer.events import Event, Started
from stylizer.pool import Engine, FakeEngine, LocalEngine, PaintingJob, StepGate, StyleInput
from stylizer.recipe import Scale, load_recipe
from tests.stylizer.pool.painters import Steering, open_stub

STEPS = 3


def draw(width_px: int, height_px: int, colors: tuple[str, str]) -> bytes:
    """Draw a PNG that fades from one color to another."""
    fade = Image.linear_gradient("L").resize((width_px, height_px))
    encoded = BytesIO()
    above, below = (Image.new("RGB", fade.size, color) for color in colors)
    Image.composite(above, below, fade).save(encoded, "PNG")
    return encoded.getvalue()


CONTENT = draw(96, 64, ("navy", "orange"))
STYLE = draw(64, 64, ("darkgreen", "white"))
RECIPE = load_recipe("draft", longest_side_px=96, scales=(Scale(1.0, STEPS),))


def stub_job(job_id: str = "job", *, content: bytes = CONTENT, style: bytes = STYLE, **steering: Any) -> PaintingJob:
    """Make a job with instructions for a stub painter."""
    return PaintingJob(job_id, content, (StyleInput(Steering(**steering).behind(style)),), RECIPE)


async def paint(engine: Engine, job: PaintingJob) -> list[Event]:
    """Return every event of a job."""
    async with aclosing(engine.run(job)) as events:
        return [event async for event in events]


def process_of(events: list[Event]) -> int:
    """Return the process whose stub painted."""
    assert isinstance(events[0], Started)
    return int(events[0].device)


class Studio(ABC):
    """An engine whose painters wait before each step of a held job, and die on request."""

    engine: Engine

    @abstractmethod
    def job(self, job_id: str, *, held: bool = False) -> PaintingJob:
        """Make a job with `STEPS` steps."""

    @abstractmethod
    def doomed_job(self, job_id: str) -> PaintingJob:
        """Make a job whose worker dies after the first step; other jobs' workers may die too until `spare`."""

    @abstractmethod
    def spare(self) -> None:
        """Stop killing workers."""

    @abstractmethod
    def close(self) -> None:
        """Clean up everything except the engine."""

    @abstractmethod
    def let_through(self, job_id: str, *, steps: int = STEPS) -> None:
        """Let a held job take some steps."""

    def broken_job(self, job_id: str) -> PaintingJob:
        """Make a job whose content isn't a picture."""
        return replace(self.job(job_id), content=b"%PDF-1.7 of nothing")


class FakeStudio(Studio):
    def __init__(self, *, workers: int) -> None:
        self._gate = StepGate()
        self.engine = self._fake = FakeEngine(STEPS, workers=workers, gate=self._gate)

    def job(self, job_id: str, *, held: bool = False) -> PaintingJob:
        if not held:
            self._gate.let_through(job_id, steps=STEPS)
        return stub_job(job_id)

    def doomed_job(self, job_id: str) -> PaintingJob:
        self._fake.fail_at = 2
        return self.job(job_id)

    def spare(self) -> None:
        self._fake.fail_at = None

    def let_through(self, job_id: str, *, steps: int = STEPS) -> None:
        self._gate.let_through(job_id, steps=steps)

    def close(self) -> None:
        self._gate.open()


class LocalStudio(Studio):
    def __init__(self, *, workers: int) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._gates: dict[str, NamedPipe] = {}
        self.engine = LocalEngine(
            workers=workers, open_painter=open_stub, grace_seconds=0.5, restart_delay_seconds=0.01
        )

    def job(self, job_id: str, *, held: bool = False) -> PaintingJob:
        if not held:
            return stub_job(job_id)
        self._gates[job_id] = NamedPipe(Path(self._folder.name) / job_id)
        return stub_job(job_id, gate=str(self._gates[job_id].path))

    def doomed_job(self, job_id: str) -> PaintingJob:
        return stub_job(job_id, mishap="die")

    def spare(self) -> None:
        """Do nothing: only the doomed job's worker dies."""

    def let_through(self, job_id: str, *, steps: int = STEPS) -> None:
        self._gates[job_id].write(steps)

    def close(self) -> None:
        for gate in self._gates.values():
            gate.close()
        self._folder.cleanup()


class NamedPipe:
    """A file that processes signal through, a byte each time. Neither side waits for the other to open it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        os.mkfifo(path)
        self._descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK)

    def write(self, count: int = 1) -> None:
        os.write(self._descriptor, b"!" * count)

    async def read(self) -> None:
        """Wait for one byte."""
        loop = asyncio.get_running_loop()
        readable = asyncio.Event()
        loop.add_reader(self._descriptor, readable.set)
        try:
            await readable.wait()
        finally:
            loop.remove_reader(self._descriptor)
        os.read(self._descriptor, 1)

    def close(self) -> None:
        os.close(self._descriptor)
