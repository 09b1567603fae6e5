from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.stylizer.pool.studio import FakeStudio, LocalStudio, NamedPipe, Studio

OpenStudio: TypeAlias = Callable[..., Studio]


@pytest.fixture(params=[FakeStudio, LocalStudio])
def open_studio(request: pytest.FixtureRequest) -> Iterator[OpenStudio]:
    studios: list[Studio] = []

    def open_one(*, workers: int = 1) -> Studio:
        studios.append(request.param(workers=workers))
        return studios[-1]

    yield open_one
    for studio in studios:
        studio.close()


@pytest.fixture
def pipe(tmp_path: Path) -> Iterator[NamedPipe]:
    pipe = NamedPipe(tmp_path / "pipe")
    yield pipe
    pipe.close()
