"""Whether the same seed always gives the same picture."""

from __future__ import annotations

import subprocess
import sys

DETERMINISM = """
import tensorflow as tf
from stylizer.hardware import configure_devices

def refuses_chance():
    try:
        tf.random.uniform(())
    except RuntimeError:
        return True
    return False

configure_devices(threads=1, deterministic=False)
print(refuses_chance())
configure_devices(threads=None)
print(refuses_chance())
"""


def test_results_are_repeatable_unless_that_is_turned_off() -> None:
    """TensorFlow shows it by refusing random numbers without a seed."""
    process = subprocess.run([sys.executable, "-c", DETERMINISM], capture_output=True, text=True, check=True)
    assert process.stdout.split() == ["False", "True"]
