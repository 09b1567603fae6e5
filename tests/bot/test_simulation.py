"""The simulated Discord of these tests and of the demo: when its operations return."""

from __future__ import annotations

from stylizer.pool import FakeEngine, StepGate
from tests.bot.conftest import OpenStudio, Studio, files


async def test_an_operation_returns_only_once_a_painting_that_waits_for_nothing_is_done(
    open_studio: OpenStudio,
) -> None:
    gate = StepGate()
    studio: Studio = await open_studio(FakeEngine(frames=60, gate=gate))
    answer = await studio.stylize()

    gate.open()
    await studio.env.settle()

    assert files(answer.response) == ["painting.png", "progress.gif"]
