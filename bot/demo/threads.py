"""The channel that each tab of the demo's page shows; simcord's page has only one, and no way into its threads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import simcord
from simcord.builders import ChannelHandle
from simcord.preview import Preview


class Threads:
    """Lets tabs show the threads of the channel."""

    def __init__(self, preview: Preview) -> None:
        self._preview = preview
        self._channel = preview.channel

    def show(self, tab_id: str, channel_id: int | None) -> None:
        """Show a thread in a tab from its next state on, or the channel again (None), at the message of the thread.

        Raises `SetupError` if the tab or the thread is gone.
        """
        preview = self._preview
        channel = self._channel if channel_id is None else self._thread(channel_id)
        if channel is None:
            raise simcord.SetupError("the thread is gone")
        tab = preview._get_page(tab_id)  # noqa: SLF001 - simcord has no public way to what a tab shows
        newest_id = preview._initial_target(tab.viewer, channel.id)  # noqa: SLF001 - it says where a channel is opened
        # As simcord does when a tab's viewer changes.
        preview._clear_page_assets(tab)  # noqa: SLF001 - or the tab keeps the other channel's pictures
        preview._reset_queries(tab)  # noqa: SLF001 - or what is typed is completed for the other channel
        has_opener = tab.channel_id in preview.env.backend.messages.get(channel.id, {})
        tab.target_id = tab.window_end_id = tab.channel_id if has_opener else newest_id  # they have the same ID
        tab.channel_id = channel.id
        tab.generation += 1
        tab.modal = tab.modal_handle = None
        preview._publish(tab, reason="navigation")  # noqa: SLF001 - or the tab never asks for its new state

    @contextmanager
    def at(self, tab_id: str) -> Iterator[None]:
        """Let simcord send what a tab's viewer does in the block to the channel that the tab shows."""
        tab, before = self._preview._pages.get(tab_id), self._preview.channel  # noqa: SLF001 - the tab may be gone
        shown = None if tab is None else self._thread(tab.channel_id)
        self._preview.channel = shown or self._channel
        try:
            yield
        finally:
            self._preview.channel = before

    def _thread(self, channel_id: int) -> ChannelHandle | None:
        return next((thread for thread in self._channel.threads if thread.id == channel_id), None)
