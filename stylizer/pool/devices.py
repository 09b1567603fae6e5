"""Which GPUs there are, found without TensorFlow."""

from __future__ import annotations

import logging
import re
import shutil
import subprocess

log = logging.getLogger(__name__)

_DRIVER_PATIENCE_SECONDS = 20
"""A driver that is not kept loaded takes several seconds per GPU to answer."""


def default_devices(visible: str | None = None) -> tuple[str, ...]:
    """The GPUs to paint on, as CUDA_VISIBLE_DEVICES names them; empty when there is none.

    `visible` is that variable's value where somebody has set it: their choice is kept. Otherwise the NVIDIA driver is
    asked, for up to 20 seconds. A GPU that is divided (MIG) counts as its parts.
    """
    if visible is not None:
        names = [name.strip() for name in visible.split(",")]
        return tuple(name for name in names if name and name not in ("-1", "NoDevFiles"))
    driver = shutil.which("nvidia-smi")
    if driver is None:
        return ()
    try:
        answer = subprocess.run(  # noqa: S603 - the driver's own program, without input from anybody
            [driver, "-L"], capture_output=True, text=True, check=True, timeout=_DRIVER_PATIENCE_SECONDS
        )
    except (OSError, subprocess.SubprocessError):
        log.warning("The NVIDIA driver is installed but does not answer; painting goes on without a GPU", exc_info=True)
        return ()
    return parse_devices(answer.stdout)


def parse_devices(listing: str) -> tuple[str, ...]:
    """The UUIDs in what `nvidia-smi -L` prints; unlike numbers they mean the same GPU to everybody."""
    devices: list[str] = []
    for uuid in re.findall(r"\(UUID: ((?:GPU|MIG)-[^)\s]+)\)", listing):
        # Parts follow their GPU, which cannot be used as a whole.
        if uuid.startswith("MIG-") and devices and devices[-1].startswith("GPU-"):
            devices.pop()
        devices.append(uuid)
    return tuple(devices)
