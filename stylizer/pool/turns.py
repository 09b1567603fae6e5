"""Assigns free workers to waiting jobs: first come, first served."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from stylizer.errors import EngineClosed

Worker = TypeVar("Worker")


class Turns(Generic[Worker]):
    """Gives free workers to waiting jobs, and refuses all jobs once it is closed."""

    def __init__(self) -> None:
        self._free: deque[Worker] = deque()
        self._line: deque[asyncio.Future[Worker]] = deque()
        self.is_closed = False

    def hand_in(self, worker: Worker) -> None:
        """Give a worker to the next waiting job, or keep it for a later one."""
        self._free.append(worker)
        self._serve()

    async def take(
        self, *, timeout_seconds: float | None = None, may_give_up: Callable[[], bool] = lambda: True
    ) -> Worker:
        """Wait for a worker; hand it in again afterwards.

        Raises `EngineClosed` after `close`, also to waiting jobs, and TimeoutError when the timeout has passed and
        `may_give_up` returns True; it is called again after each further timeout.
        """
        if self.is_closed:
            raise EngineClosed
        if self._free:
            return self._free.popleft()
        place: asyncio.Future[Worker] = asyncio.get_running_loop().create_future()
        self._line.append(place)
        try:
            while not (await asyncio.wait([place], timeout=timeout_seconds))[0]:
                _give_up_if(may_give_up())
            return place.result()
        except BaseException:
            if place in self._line:
                self._line.remove(place)
            elif place.exception() is None:
                self._free.appendleft(place.result())
                self._serve()
            raise

    def close(self) -> None:
        """Refuse all waiting jobs, and all later ones."""
        self.is_closed = True
        while self._line:
            self._line.popleft().set_exception(EngineClosed())

    def _serve(self) -> None:
        while self._line and self._free:
            self._line.popleft().set_result(self._free.popleft())


def _give_up_if(may_give_up: bool) -> None:
    if may_give_up:
        raise TimeoutError
