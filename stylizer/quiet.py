"""Keeps native code quiet, which writes to standard error past Python."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator

STANDARD_ERROR = 2
_ENVIRONMENT = {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "1", "GRPC_VERBOSITY": "ERROR"}


@contextlib.contextmanager
def quiet_native_code() -> Iterator[None]:
    """Keep TensorFlow quiet while it is imported inside the block; Python's own errors appear after it."""
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    with standard_error_silenced():
        yield


@contextlib.contextmanager
def standard_error_silenced() -> Iterator[None]:
    """Drop what this process writes to standard error inside the block."""
    try:
        kept = os.dup(STANDARD_ERROR)
    except OSError:  # it is closed, as by a shell's `2>&-`
        yield
        return
    if sys.__stderr__ is not None:
        with contextlib.suppress(OSError, ValueError):
            sys.__stderr__.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, STANDARD_ERROR)
        yield
    finally:
        os.dup2(kept, STANDARD_ERROR)
        os.close(kept)
        os.close(nowhere)
