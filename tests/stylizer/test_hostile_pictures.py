from __future__ import annotations

import json
import subprocess
import sys

import pytest

from stylizer.images import encode_picture, open_picture
from tests.stylizer.hostile import Hostile, hostile_pictures


@pytest.fixture(scope="module")
def hostile() -> dict[str, Hostile]:
    return dict(hostile_pictures())


@pytest.fixture(scope="module")
def outcomes() -> dict[str, str]:
    """Each picture's outcome in a process with little memory, which wrote nothing to standard error."""
    output = subprocess.run(
        [sys.executable, "-m", "tests.stylizer.hostile"], capture_output=True, text=True, check=False
    )
    assert output.stderr == ""
    read: dict[str, str] = json.loads(output.stdout)
    return read


def test_hostile_pictures_are_refused_or_painted_within_little_memory(
    hostile: dict[str, Hostile], outcomes: dict[str, str]
) -> None:
    assert outcomes == {name: one.outcome for name, one in hostile.items()}


def test_nothing_hidden_in_a_picture_remains_in_its_painting(hostile: dict[str, Hostile]) -> None:
    hiding = [name for name in hostile if " and a " in name or "that is a" in name]
    assert len(hiding) > 10
    for name in hiding:
        picture = open_picture(hostile[name].encoded)
        for picture_format in ("png", "jpeg", "webp"):
            painting = encode_picture(picture.rgb, picture.alpha, picture_format=picture_format)
            assert not any(hidden in painting for hidden in (b"alert", b"PK\x03\x04", b"%PDF")), name
