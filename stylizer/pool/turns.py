"""Who paints next: jobs wait in line, first come, first served."""

from __future__ import annotations

import asyncio

from stylizer.errors import EngineClosed


class Turns:
    """Lets as many jobs paint as there are places, and turns everybody away once it is closed."""

    def __init__(self, places: int) -> None:
        self._places = asyncio.Semaphore(places)
        self.are_over = False

    async def take(self) -> None:
        """Wait for a place; who takes one hands it on. Raises `EngineClosed` after `close`, to those in line too."""
        if not self.are_over:
            await self._places.acquire()
        if self.are_over:
            self._places.release()  # the next in line is told as well
            raise EngineClosed

    def hand_on(self) -> None:
        """Give the place to the next in line."""
        self._places.release()

    def close(self) -> None:
        """Send everybody in line away, and whoever comes."""
        self.are_over = True
        self._places.release()
