"""Fuzz the picture reader: `python -m tests.stylizer.fuzz 20000`, or `make fuzz FUZZ=20000`."""

from __future__ import annotations

import faulthandler
import tempfile
import time
from collections import Counter
from pathlib import Path

import click
from hypothesis import HealthCheck, given, settings

from stylizer.memory import limit_memory
from tests.stylizer.mutations import mutated_pictures
from tests.stylizer.test_images_properties import try_to_open

MEMORY_LIMIT_BYTES = 2**30
PICTURE_TIMEOUT_SECONDS = 60.0


@click.command()
@click.argument("mutations", type=click.IntRange(min=1), default=7_500)
def main(mutations: int) -> None:
    """Open MUTATIONS broken pictures, new ones each time, and fail if one violates the reader's guarantees.

    A picture that crashes the process or takes a minute is left in a file, whose path is printed first.
    """
    last = Path(tempfile.gettempdir(), "atelier-fuzz-last-picture")
    click.echo(f"{mutations} mutations; the current one is in {last}")
    outcomes: Counter[str] = Counter()
    slowest_seconds = 0.0

    @settings(max_examples=mutations, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(mutated_pictures())
    def open_mutated(encoded: bytes) -> None:
        nonlocal slowest_seconds
        last.write_bytes(encoded)
        faulthandler.dump_traceback_later(PICTURE_TIMEOUT_SECONDS, exit=True)
        began = time.perf_counter()
        outcomes[try_to_open(encoded)] += 1
        slowest_seconds = max(slowest_seconds, time.perf_counter() - began)
        faulthandler.cancel_dump_traceback_later()

    faulthandler.enable()
    limit_memory(MEMORY_LIMIT_BYTES)
    open_mutated()
    last.unlink()
    for outcome, count in outcomes.most_common():
        click.echo(f"{count:>8} {outcome}")
    click.echo(f"The slowest took {slowest_seconds:.1f} s.")


if __name__ == "__main__":
    main()
