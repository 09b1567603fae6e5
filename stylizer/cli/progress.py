"""The progress bar on standard error."""

from __future__ import annotations

import math
from collections.abc import Generator

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from stylizer.events import Event, Finished, Started
from stylizer.events import Progress as StepDone

_BAR_COLUMNS = 16
"""With the longest numbers this fills 80 columns; a wider bar would shrink as they grow."""


def show_progress(painting: Generator[Event, None, None], *, quiet: bool) -> Finished:
    """Paint to the end, showing a progress bar if standard error is a terminal."""
    with progress_bar(quiet=quiet) as bar:
        task = bar.add_task("Warming up", total=None, numbers="")
        for event in painting:
            match event:
                case Started():
                    bar.update(task, total=event.steps, description="Painting", numbers=f"0/{event.steps}")
                case StepDone():
                    bar.update(task, total=event.steps, completed=event.step, numbers=_step_numbers(event))
                case Finished():
                    return event
    raise AssertionError("a painting ends with Finished")


def progress_bar(*, quiet: bool) -> Progress:
    """A bar for tasks with a field `numbers`; hidden if quiet, or if standard error isn't a terminal."""
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(_BAR_COLUMNS),
        TextColumn("{task.fields[numbers]}"),
        console=console,
        disable=quiet or not console.is_terminal,
        transient=True,
    )


def _step_numbers(done: StepDone) -> str:
    parts = [
        f"{done.step}/{done.steps}",
        f"{done.step / done.elapsed_seconds:.1f} steps/s",
        f"loss {done.losses.total:.3g}",
    ]
    if done.seconds_left is not None:
        parts.append(f"{duration(done.seconds_left)} left")
    return "  ".join(parts)


def duration(seconds: float) -> str:
    """Seconds for people: `14 s`, `2 min 05 s`, `1 h 05 min`."""
    minutes, rest_seconds = divmod(math.ceil(seconds), 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60:02d} min"
    return f"{minutes} min {rest_seconds:02d} s" if minutes else f"{rest_seconds} s"
