"""The menu *Apps* of a message or a member on the demo's page; simcord's page only offers slash commands."""

from __future__ import annotations

import secrets
from typing import Any

import simcord
from simcord.actors import MemberActor
from simcord.enums import AppCommandType
from simcord.preview import Preview

KINDS = {"message": AppCommandType.MESSAGE, "user": AppCommandType.USER}


class Menus:
    """The menus of a channel's messages, and of the members who wrote them."""

    def __init__(self, preview: Preview) -> None:
        self._preview = preview
        self._env = preview.env

    def offered(self, tab_id: str) -> dict[str, list[str]]:
        """Return the names of the commands in each kind of menu, for the member whose view a tab shows."""
        viewer_id, visible = self._viewer(tab_id).id, self._env.backend.visible_commands
        return {
            kind: [
                command["name"]
                for command in visible(user_id=viewer_id, channel_id=self._preview.channel.id, type=type_)
            ]
            for kind, type_ in KINDS.items()
        }

    async def choose(self, tab_id: str, kind: str, command: str, message_id: int) -> bool:
        """Send a command for a message or its author. Return whether a form opens, with the tab's next state.

        Raises `SetupError` or `BackendError` if the tab, the message or the command is gone.
        """
        viewer = self._viewer(tab_id)
        message = self._env.backend.get_message(self._preview.channel.id, message_id)
        target: MemberActor | simcord.ResponseMessage = simcord.ResponseMessage(self._env, message)
        if kind == "user":
            author = simcord.UserHandle(self._env, self._env.backend.get_user(message.author_id))
            target = MemberActor(self._env, viewer.guild, author)
        result = await viewer.context_menu(self._preview.channel, command, target)
        opens_form = result.modal is not None
        if opens_form:
            tab = self._tab(tab_id)  # as simcord does after a press that opens a form
            tab.modal, tab.modal_handle = result, f"m_{secrets.token_urlsafe(12)}"
        return opens_form

    def _viewer(self, tab_id: str) -> MemberActor:
        viewer: MemberActor = self._tab(tab_id).viewer
        return viewer

    def _tab(self, tab_id: str) -> Any:
        return self._preview._get_page(tab_id)  # noqa: SLF001 - simcord has no public way to a tab's view and form
