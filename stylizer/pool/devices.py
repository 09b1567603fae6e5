"""Finds the GPUs without TensorFlow."""

from __future__ import annotations

import logging
import re
import shutil
import subprocess
from itertools import takewhile

log = logging.getLogger(__name__)

DRIVER_TIMEOUT_SECONDS = 20.0
"""A driver that isn't kept loaded takes several seconds per GPU to answer."""


def default_devices(
    visible: str | None = None, *, driver_timeout_seconds: float = DRIVER_TIMEOUT_SECONDS
) -> tuple[str, ...]:
    """The GPUs to paint on, as CUDA_VISIBLE_DEVICES names them; empty when there is none.

    `visible` is that variable's value if it is set: that choice is kept. Otherwise the NVIDIA driver is asked. A
    partitioned GPU (MIG) counts as its partitions.
    """
    if visible is not None:
        names = (name.strip() for name in visible.split(","))
        # CUDA hides all that follow the first one that doesn't exist.
        return tuple(takewhile(lambda name: name not in {"", "-1", "NoDevFiles"}, names))
    driver = shutil.which("nvidia-smi")
    if driver is None:
        return ()
    try:
        answer = subprocess.run(  # noqa: S603 - the driver's own program, without outside input
            [driver, "-L"], capture_output=True, text=True, check=True, timeout=driver_timeout_seconds
        )
    except (OSError, subprocess.SubprocessError):
        log.warning("The NVIDIA driver is installed but doesn't answer; painting without a GPU", exc_info=True)
        return ()
    return parse_devices(answer.stdout)


def parse_devices(listing: str) -> tuple[str, ...]:
    """The UUIDs in the output of `nvidia-smi -L`; unlike indices they name the same GPU everywhere."""
    devices: list[str] = []
    for uuid in re.findall(r"\(UUID: ((?:GPU|MIG)-[^)\s]+)\)", listing):
        # Partitions follow their GPU, which can't be used as a whole.
        if uuid.startswith("MIG-") and devices and devices[-1].startswith("GPU-"):
            devices.pop()
        devices.append(uuid)
    return tuple(devices)
