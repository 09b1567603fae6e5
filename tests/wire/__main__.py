"""Try the bot by hand: `python -m tests.wire serve` is the Discord, `python -m tests.wire slash …` a member."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import aiohttp
import click
from aiohttp import BodyPartReader, web

from tests.wire.discord_server import BOOLEAN, INTEGER, NUMBER, SLASH, DiscordServer
from tests.wire.world import Interaction, Json, Upload

MEMBER_PATH = "/member/slash"
DEFAULT_PORT = 8200
FIRST_ANSWER_TIMEOUT_SECONDS = 3600


@click.group()
def main() -> None:
    """Try the bot by hand on a stand-in for Discord."""


@main.command()
@click.option("--port", default=DEFAULT_PORT, show_default=True, help="Port on loopback.")
def serve(port: int) -> None:
    """Run the stand-in until Ctrl-C, and print every request of the bot."""
    try:
        asyncio.run(_serve(port))
    except KeyboardInterrupt:
        click.echo("closed")


async def _serve(port: int) -> None:
    async with DiscordServer(port=port, extra_routes=MEMBER_ROUTES) as discord:
        click.echo("Start the bot in another terminal:\n")
        click.echo(f"  ATELIER_DISCORD__API_URL={discord.api_url} \\")
        click.echo(f"  ATELIER_DISCORD__GATEWAY_URL={discord.gateway_url} \\")
        click.echo(f"  ATELIER_DISCORD__TOKEN={discord.token} python -m bot run\n")
        click.echo("Then use a command in a third:\n")
        click.echo(f"  python -m tests.wire slash stylize content=@a.jpg style=@b.jpg --port {port}\n")
        shown = 0
        while True:
            await discord.watch.next_change()
            answered = [request for request in discord.requests if request.status is not None]
            for request in answered[shown:]:
                click.echo(str(request))
            shown = len(answered)


async def _serve_command(discord: DiscordServer, http: web.Request) -> web.StreamResponse:
    """Run a member's command, sent as a form (`command` and its options), and stream its response as lines of JSON."""
    name, options = "", {}
    async for key, value in _form(http):
        if key == "command":
            assert isinstance(value, str)
            name = value
        else:
            options[key] = value
    await discord.gateway.wait_until_ready(timeout_seconds=300)
    command = await discord.watch.wait_until(lambda: discord.commands.get((SLASH, name.split()[0])), what=name)
    kinds = {option["name"]: option["type"] for option in command.get("options", [])}
    typed = {key: _typed(value, kinds.get(key)) for key, value in options.items()}
    response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
    await response.prepare(http)
    alice = next((u for u in discord.users.values() if u.name == "alice"), None) or discord.join("alice")
    try:
        interaction = await discord.slash(alice, discord.general, name, **typed)
    except AssertionError as error:
        await response.write(json.dumps({"text": str(error), "files": {}}).encode() + b"\n")
        return response
    async for line in _states(discord, interaction):
        await response.write(json.dumps(line).encode() + b"\n")
    return response


async def _form(http: web.Request) -> AsyncIterator[tuple[str, str | Upload]]:
    reader = await http.multipart()
    while (part := await reader.next()) is not None:
        assert isinstance(part, BodyPartReader)
        data = bytes(await part.read())
        yield part.name or "", Upload(part.filename, data) if part.filename else data.decode()


def _typed(value: str | Upload, kind: int | None) -> Any:
    if isinstance(value, Upload):
        return value
    readers: dict[int | None, Any] = {INTEGER: int, NUMBER: float, BOOLEAN: lambda text: text.lower() == "true"}
    return readers.get(kind, str)(value)


async def _states(discord: DiscordServer, interaction: Interaction) -> AsyncIterator[Json]:
    """Yield what the member sees whenever it changes, until the connection is closed."""
    message = await interaction.response(timeout_seconds=FIRST_ANSWER_TIMEOUT_SECONDS)
    while True:
        files = {
            a.filename: discord.url + a.signed_path(discord.clock)
            for a in message.attachments
            if a.filename in message.filenames
        }
        yield {"text": message.text, "buttons": [button.label for button in message.buttons], "files": files}
        await message.watch.next_change()


MEMBER_ROUTES = (("POST", MEMBER_PATH, _serve_command),)


@main.command()
@click.argument("command")
@click.argument("options", nargs=-1)
@click.option("--port", default=DEFAULT_PORT, show_default=True, help="Port of `serve`.")
@click.option("--until", default="*.gif", show_default=True, help="Stop when a file with this name is shown.")
@click.option("-o", "--out", type=click.Path(path_type=Path), default=Path(), help="Folder for the final files.")
def slash(command: str, options: tuple[str, ...], port: int, until: str, out: Path) -> None:
    """Use a COMMAND with OPTIONS such as size=256 or content=@photo.jpg, and follow its response."""
    try:
        asyncio.run(use_command(command, options, url=f"http://127.0.0.1:{port}", until=until, out=out))
    except aiohttp.ClientConnectorError:
        click.echo(f"Nothing listens on port {port}. Start `python -m tests.wire serve` first.", err=True)
        sys.exit(1)


async def use_command(command: str, options: tuple[str, ...], *, url: str, until: str, out: Path) -> None:
    """Print every state of the response until it shows a file named `until`, then save its files."""
    form = aiohttp.FormData({"command": command}, default_to_multipart=True)
    for option in options:
        key, _, value = option.partition("=")
        if value.startswith("@"):
            path = Path(value[1:])
            form.add_field(key, await asyncio.to_thread(path.read_bytes), filename=path.name)
        else:
            form.add_field(key, value)
    timeout = aiohttp.ClientTimeout(total=None)
    async with (
        aiohttp.ClientSession(timeout=timeout) as session,
        session.post(url + MEMBER_PATH, data=form) as response,
    ):
        async for line in response.content:
            state = json.loads(line)
            click.echo(f"{state['text']}\n  {' '.join(state['files'])}  {state.get('buttons', [])}\n")
            if any(fnmatchcase(name, until) for name in state["files"]):
                await asyncio.to_thread(out.mkdir, parents=True, exist_ok=True)
                for name, file_url in state["files"].items():
                    async with session.get(file_url) as file:
                        await asyncio.to_thread((out / name).write_bytes, await file.read())
                    click.echo(out / name)
                return


if __name__ == "__main__":
    main()
