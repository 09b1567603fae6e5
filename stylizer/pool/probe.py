"""Finds out what a worker would paint with, without painting: `python -m stylizer.pool.probe` prints it as JSON.

TensorFlow is only imported in the process that `probe` starts, never in the caller's.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import sys
from dataclasses import dataclass

from stylizer.precision import PRECISIONS
from stylizer.quiet import quiet_native_code

PROBE_TIMEOUT_SECONDS = 300.0
"""The first import of TensorFlow from a slow disk can take minutes."""


@dataclass(frozen=True, slots=True)
class Equipment:
    """What a worker would paint with, and what is wrong if something is missing."""

    weights: str | None
    """`shipped`, `keras` or a path; None if they can't be used."""
    weights_problem: str | None
    precision: str | None
    """`float32`, `bfloat16` or `float16`."""
    precision_reason: str
    device: str | None
    """The name of what paints, for people: `CPU, 2 threads` or the GPU's name."""
    gpus: int
    problem: str | None = None
    """Why nothing could be found out at all."""


async def probe(
    *,
    weights: str = "shipped",
    precision: str = "auto",
    threads: int | None = None,
    deterministic: bool = True,
    python: str = sys.executable,
    timeout_seconds: float = PROBE_TIMEOUT_SECONDS,
) -> Equipment:
    """Find out what a worker with these settings would paint with, started by that Python.

    Reports what is missing instead of raising.
    """
    command = [python, "-m", "stylizer.pool.probe", "--weights", weights, "--precision", precision]
    if threads is not None:
        command += ["--threads", str(threads)]
    if not deterministic:
        command.append("--nondeterministic")
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)
    try:
        async with asyncio.timeout(timeout_seconds):
            output, errors = await process.communicate()
    except TimeoutError:
        return _nothing(f"it didn't answer within {timeout_seconds:g} seconds")
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()  # empties the pipes: without that, `wait` alone may never return
    if process.returncode != 0:
        last_line = errors.decode(errors="replace").strip().rpartition("\n")[2]
        return _nothing(last_line or f"it ended with exit code {process.returncode}")
    try:
        # Imported libraries may have printed something before.
        return Equipment(**json.loads(output.strip().rpartition(b"\n")[2]))
    except (ValueError, TypeError):
        return _nothing("its answer makes no sense")


def _nothing(problem: str) -> Equipment:
    return Equipment(None, None, None, "", None, 0, problem=problem)


def inspect_process(*, weights: str, precision: str, threads: int | None, deterministic: bool) -> Equipment:
    """Find out what this process would paint with; imports TensorFlow."""
    with quiet_native_code():
        # The caller's process must not import TensorFlow.
        import tensorflow as tf  # noqa: PLC0415 - TensorFlow belongs to the probing process only

        from stylizer import hardware  # noqa: PLC0415 - TensorFlow belongs to the probing process only
        from stylizer.errors import StylizerError  # noqa: PLC0415 - as above
        from stylizer.fastest import choose_precision  # noqa: PLC0415 - as above
        from stylizer.weights import load_weights  # noqa: PLC0415 - as above

        hardware.configure_devices(threads=threads, deterministic=deterministic)
        problem = None
        try:
            load_weights(weights)
        except StylizerError as error:
            problem = str(error)
        chosen = choose_precision(precision)
        return Equipment(
            weights=weights if problem is None else None,
            weights_problem=problem,
            precision=chosen,
            precision_reason=_reason(precision, chosen),
            device=hardware.device_name(),
            gpus=len(tf.config.list_physical_devices("GPU")),
        )


def _reason(requested: str, chosen: str) -> str:
    if requested != "auto":
        return "as set"
    if chosen == "float32":
        return "measured: nothing else is clearly faster here"
    return f"measured: {chosen} is much faster than float32 here"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m stylizer.pool.probe", description="Print what would paint.")
    parser.add_argument("--weights", default="shipped")
    parser.add_argument("--precision", default="auto", choices=PRECISIONS)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--nondeterministic", dest="deterministic", action="store_false")
    chosen = parser.parse_args()
    found = inspect_process(**vars(chosen))
    json.dump(dataclasses.asdict(found), sys.stdout)


if __name__ == "__main__":
    main()
