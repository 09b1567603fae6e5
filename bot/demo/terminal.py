"""The demo in the terminal: prints the page's address, or the progress of one painting."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
import webbrowser
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Self

import click
from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn
from rich.progress import Progress as ProgressBar
from simcord.components import walk_components
from simcord.results import InteractionResult

from bot.demo.errors import DemoError, NotPainted
from bot.demo.page import HOST, REFRESH_SECONDS, open_page
from bot.demo.stage import SIZE_PX, SampleOptions, Stage, open_stage
from bot.operation.logs import configure_logging
from config.settings import LogSettings, Settings, SettingsError, load_settings
from stylizer.events import Event, Finished, Progress, Started
from stylizer.pool import Engine, StylizerError
from stylizer.recipe import DEFAULT_RECIPE


def run_demo(
    *,
    port: int = 0,
    once: Path | None = None,
    open_browser: bool = True,
    recipe: str | None,
    size_px: int | None,
    engine: Engine | None = None,
) -> None:
    """Show the bot on a page until Ctrl-C, SIGTERM or the page is closed; with `once`, paint the sample and return.

    Port 0 picks a free one. Raises `DemoError` if the port is taken, a setting is wrong or `once` can't be written to,
    and `NotPainted` if painting fails.
    """
    settings = _settings()
    configure_logging(LogSettings(level="warning"))
    options = SampleOptions(recipe or DEFAULT_RECIPE, size_px or SIZE_PX)
    if once is None:
        _check_port(port)
        asyncio.run(_until_stopped(show(settings, options, port=port, open_browser=open_browser, engine=engine)))
        return
    try:
        once.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DemoError(f"Can't use {once} as a folder: {error.strerror}.") from error
    if asyncio.run(_until_stopped(paint_once(settings, options, folder=once, engine=engine))):
        sys.exit(1)


async def show(
    settings: Settings, options: SampleOptions, *, port: int, open_browser: bool, engine: Engine | None = None
) -> None:
    """Serve the page until its visitor closes it."""
    console = Console(stderr=True)
    async with AsyncExitStack() as stack:
        with console.status("Warming up the painter …"):
            stage = await stack.enter_async_context(open_stage(settings, options, engine=engine))
            await stage.welcome()
            await stage.open_challenge()
            await stage.explore_sample()
            page = await stack.enter_async_context(open_page(stage, port=port))
        click.echo(page.url)
        console.print(
            Panel.fit(
                "Open the page above: the bot is painting a photo in nine styles. Press a number to paint one large.\n"
                "Type [bold]/explore[/] or [bold]/stylize[/] to paint your own. "
                "Press [bold]Ctrl-C[/] here to stop the demo.\n"
                "Scroll up for a challenge: [bold]Enter[/] it, vote, and skip to its results.",
                title="Atelier",
            )
        )
        if open_browser and not await asyncio.to_thread(webbrowser.open, page.url):
            console.print("Couldn't open a browser. Open the address above yourself.")
        await page.wait_closed()
        console.print("The page was closed, so the demo has ended.")


async def paint_once(settings: Settings, options: SampleOptions, *, folder: Path, engine: Engine | None = None) -> None:
    """Paint the sample, write the result's files to the folder, and print their paths."""
    console = Console(stderr=True)
    with console.status("Warming up the painter …") as status, _TerminalProgress(console) as progress:

        def on_event(event: Event) -> None:
            status.stop()
            progress.show(event)

        async with open_stage(settings, options, engine=engine, on_event=on_event) as stage:
            result = await stage.stylize_sample()
            card = await _finished_card(stage, result)
            shown = [
                entry["media"]["url"] for item in walk_components(card.components) for entry in item.get("items", ())
            ]
            files = [(a.filename, await a.read()) for a in card.attachments if a.url in shown]  # without thumbnails
    if len(files) < 2:
        raise NotPainted(f"The sample wasn't painted. The bot said: {_text(card.components)}")
    for filename, content in files:
        path = folder / filename
        path.write_bytes(content)
        click.echo(path)


async def _finished_card(stage: Stage, result: InteractionResult) -> Any:
    """Wait until the job's message has no Cancel button any more, and return the message."""
    while True:
        await stage.env.settle()
        card = result.response
        for answer in (card, *result.followups):
            if answer is not None and answer.content and not answer.components:
                raise NotPainted(f"The sample wasn't painted. The bot said: {answer.content}")
        if card is None:
            raise NotPainted("The bot didn't respond to /stylize.")
        ids = [str(component.get("custom_id", "")) for component in walk_components(card.components)]
        if ids and not any(custom_id.startswith("atelier:cancel:") for custom_id in ids):
            return card
        await asyncio.sleep(REFRESH_SECONDS)


def _text(components: list[dict[str, Any]]) -> str:
    return " ".join(str(component["content"]) for component in walk_components(components) if "content" in component)


class _TerminalProgress:
    """Shows progress as a bar on a terminal, and as a line every 25 % elsewhere."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = ProgressBar(
            TextColumn("Painting"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[left]}"),
            console=console,
            disable=not console.is_terminal,
        )
        self._task: TaskID | None = None
        self._quarter = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._bar.stop()

    def show(self, event: Event) -> None:
        """Update the bar."""
        match event:
            case Started():
                self._bar.start()
                self._task = self._bar.add_task("", total=event.steps, left="")
                self._line(f"Painting {event.width_px} × {event.height_px} px on {event.device} …")
            case Progress():
                left = f"about {event.seconds_left:.0f} s left" if event.seconds_left else ""
                if self._task is not None:
                    self._bar.update(self._task, total=event.steps, completed=event.step, left=left)
                if (quarter := event.step * 4 // event.steps) > self._quarter:
                    self._quarter = quarter
                    self._line(f"{quarter * 25}% {left}".rstrip())
            case Finished():
                self._bar.stop()

    def _line(self, text: str) -> None:
        if not self._console.is_terminal:
            self._console.print(text)


async def _until_stopped(work: Any) -> bool:
    """Run the work, and return whether SIGTERM or Ctrl-C stopped it. Raises `NotPainted` if the painter fails."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    stopped = False

    def stop() -> None:
        nonlocal stopped
        if not stopped:
            stopped = True
            task.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    try:
        await task
    except asyncio.CancelledError:
        if not stopped:
            raise
    except StylizerError as error:
        raise NotPainted(str(error)) from error
    return stopped


def _settings() -> Settings:
    try:
        return load_settings()
    except SettingsError as error:
        raise DemoError(str(error)) from error


def _check_port(port: int) -> None:
    """Raise `DemoError` if the port is taken: better before the painter warms up than after."""
    try:
        socket.create_server((HOST, port)).close()
    except (OSError, OverflowError) as error:
        raise DemoError(
            f"Can't use port {port} ({error}). Choose another one with --port, or leave out --port."
        ) from error
