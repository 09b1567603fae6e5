"""What leads to each picture of the user guide, except for those of challenges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.demo.samples import BOARD_PHOTOGRAPH, BOARD_STYLES, sample
from scripts.visit import (
    Step,
    Visit,
    back_to,
    choose,
    choose_form,
    choose_here,
    close_form,
    newest,
    open_form,
    open_menu,
    painted,
    play,
    press,
    press_here,
    send,
    shows,
)

PAINTED_PX = 512


def show_paintings_here() -> Step:
    """Make the channel the server's showcase."""

    async def step(visit: Visit) -> None:
        server_id = visit.stage.visitor.guild.id
        await visit.stage.app.client.studio.servers.change(server_id, showcase_channel_id=visit.stage.channel.id)

    return step


def limit_size(longest_side_px: int | None) -> Step:
    """Set the server's largest size."""

    async def step(visit: Visit) -> None:
        server_id = visit.stage.visitor.guild.id
        await visit.stage.app.client.studio.servers.change(server_id, largest_size_px=longest_side_px)

    return step


GUIDE_CARDS: Mapping[str, Sequence[Step]] = {
    "board-growing": [
        limit_size(PAINTED_PX),
        send("explore", content=sample(BOARD_PHOTOGRAPH), styles=", ".join(BOARD_STYLES)),
        painted(50),
    ],
    "board": [shows("New board")],
    "painting": [press("6"), painted(25)],
    "queue": [send("queue")],
    "result": [back_to("painting"), shows("Again"), play(3)],
    "edit": [open_form("Edit…")],
    "compare": [close_form(), back_to("result"), open_menu("More…"), choose("Compare with the content"), play(2)],
    "original": [back_to("result"), open_menu("More…"), choose("Original file")],
    "share": [
        show_paintings_here(),
        back_to("result"),
        open_menu("More…"),
        choose("Share in the showcase"),
        newest("Painted by"),
    ],
    "star": [back_to("result"), press("Star")],
    "save-as-style": [back_to("result"), open_menu("More…"), choose_form("Save as style")],
    "style-saved": [
        close_form(),
        send("style add", picture=sample("night_wind"), name="Night sky", where="server"),
    ],
    "style-rename": [open_form("Rename…")],
    "style-remove": [close_form(), back_to("style-saved"), press("Remove")],
    "chooser": [send("stylize", content=sample(BOARD_PHOTOGRAPH)), shows("Surprise me")],
    "blend": [
        send("blend", content=sample("coffee"), styles="Night wind, Golden tree", weights="70 30", recipe="sketch"),
        shows("Again"),
        play(3),
    ],
    "history": [send("history")],
    "history-open": [open_menu("Open a painting"), choose_here(0), shows("Back to the list")],
    "canceled": [
        send("stylize", content=sample(BOARD_PHOTOGRAPH), style=sample("night_wind")),
        press_here("Cancel"),
        shows("Try again"),
    ],
    "style-list": [send("style list", where="builtin")],
    "style-show": [send("style show", style="Golden tree")],
    "preferences": [send("preferences")],
    "help": [send("help")],
    "recipes": [send("recipes")],
    "privacy": [send("privacy")],
    "forget-me": [send("forget-me")],
    "server": [limit_size(None), send("server settings")],
    "daily-limits": [open_form("Change")],
    "refusal": [close_form(), send("stylize", content=("notes.txt", b"Buy paint."), style=sample("night_wind"))],
    "delete": [back_to("result"), press("Delete")],
}
"""What leads to each card, in the order in which it happens. The message is photographed after the last step."""
