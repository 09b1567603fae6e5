"""Keeps TensorFlow quiet: its native code writes to standard error while it is imported."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator

_ENVIRONMENT = {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "1", "GRPC_VERBOSITY": "ERROR"}


@contextlib.contextmanager
def quiet_native_code() -> Iterator[None]:
    """Drop what native code writes to standard error inside the block; Python's own errors appear after it."""
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    try:
        descriptor = sys.__stderr__.fileno() if sys.__stderr__ is not None else None
    except (OSError, ValueError):
        descriptor = None
    if descriptor is None:
        yield
        return
    sys.__stderr__.flush() if sys.__stderr__ is not None else None
    kept = os.dup(descriptor)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, descriptor)
        yield
    finally:
        os.dup2(kept, descriptor)
        os.close(nowhere)
        os.close(kept)
