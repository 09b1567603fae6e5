"""The channel as a page in the browser."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import simcord
import structlog
from simcord.components import walk_components
from simcord.preview import Preview

from bot.demo.errors import DemoError
from bot.demo.stage import Stage

REFRESH_SECONDS = 0.5
REMEMBERED_REFRESHES = 32

log = structlog.get_logger()


@asynccontextmanager
async def open_page(stage: Stage, *, port: int = 0) -> AsyncIterator[LivePreview]:
    """The channel as a page that follows what happens in it. Raises `DemoError` when the port is taken."""
    preview = LivePreview(stage, port=port)
    try:
        await preview.__aenter__()
    except simcord.SetupError as error:
        raise DemoError(f"The demo page cannot be served: {error}.") from error
    following = asyncio.create_task(preview.follow())
    try:
        yield preview
    finally:
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following
        await preview.close()


class LivePreview(Preview):
    """simcord's page for a channel that changes by itself.

    simcord's own page is refreshed by hand. It refuses what is pressed or typed on anything but the latest refresh,
    and while a refresh is under way; with a painting that changes every few seconds that would be every second press.
    Here each waits for its turn, and a press counts as long as the button still means what it meant.
    """

    def __init__(self, stage: Stage, *, port: int) -> None:
        """Prepare a page on which the visitor sees the channel; entering it starts to serve."""
        super().__init__(
            stage.env,
            stage.channel,
            (stage.visitor,),
            layout="channel",
            display="responsive",
            width=1280,
            height=900,
            locale="en-US",
            timezone="UTC",
            presentation_time=None,
            assets=None,
            port=port,
        )
        self._explicit_assets = stage.uploads.files
        self._turn = asyncio.Lock()
        self._shown: deque[tuple[str, Mapping[str, Any]]] = deque(maxlen=REMEMBERED_REFRESHES)
        """What was shown before, each with the id of the page that showed it."""
        self._preparing = 0

    async def follow(self) -> None:
        """Refresh every page whenever the bot has said something, and let the simulated clock follow the real one."""
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            try:
                async with self._turn:
                    await self.env.advance_time(max(0.0, (datetime.now(UTC) - self.env.now()).total_seconds()))
                # A picture that is replaced while the page prepares it is shown as missing.
                if self.env.http_requests and not self._preparing:
                    # The list is simcord's record for tests; nobody reads it here, and it would grow for ever.
                    self.env.http_requests.clear()
                    await self.refresh()
            except TimeoutError:
                log.warning("demo.slow", problem="the bot did not come to rest in time", exc_info=True)

    async def refresh(self) -> None:
        """Show every page what there is now."""
        async with self._turn:
            self._shown.extend((page.id, page.snapshot) for page in self._pages.values())
            await super().refresh()

    async def _action(self, context_id: str | None, body: Mapping[str, Any]) -> dict[str, Any]:
        async with self._turn:
            page = self._pages.get(context_id or "")
            if page is not None and isinstance(body, Mapping):
                revision, control = body.get("published_revision"), body.get("control_key")
                for page_id, shown in self._shown:
                    is_meant = page_id == page.id and shown["publishedRevision"] == revision
                    if is_meant and _meaning(shown, control) == _meaning(page.snapshot, control):
                        body = {**body, "published_revision": page.revision}
            return await super()._action(context_id, body)

    async def _prepare_asset(self, *args: Any, **options: Any) -> tuple[str, bytes, str]:
        self._preparing += 1
        try:
            return await super()._prepare_asset(*args, **options)
        finally:
            self._preparing -= 1


def _meaning(snapshot: Mapping[str, Any], control_key: object) -> object:
    """What pressing a control of the page does, as the bot will read it; None when there is no such control."""
    for message in snapshot.get("messages", {}).values():
        for component in walk_components(message["components"]):
            if component.get("control_key") == control_key:
                return component.get("custom_id")
    return None
