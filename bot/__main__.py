"""The command line: `python -m bot run | check | demo`."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from pathlib import Path
from typing import NoReturn

import click
import discord
import structlog
from rich.console import Console

from bot.app import open_app
from bot.check import check as look_around
from bot.check import checked_token, look_at_data_dir, print_findings
from bot.errors import (
    AlreadyRunning,
    DatabaseAway,
    DatabaseInUse,
    DatabaseTaken,
    DatabaseUsedMeanwhile,
    StartError,
    TokenMalformed,
    TokenMissing,
    TokenRefused,
    WorkerUserUnusable,
)
from bot.operation.logs import configure_logging
from config.settings import Settings, SettingsError, load_settings
from stylizer.pool import Engine, StylizerError, forbid_inspection
from stylizer.recipe import LARGEST_SIZE_PX, SMALLEST_SIZE_PX, recipe_names

FAILED = 1
"""Something outside is not as it should be: Discord, the database, the machine."""
WRONGLY_SET = 2
"""Something is set wrong, and only who set it can put that right."""

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
SHIPPED_WEIGHTS = "shipped"

log = structlog.get_logger()


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Atelier, a Discord bot that paints one picture in the style of another.

    Settings come from the environment (ATELIER_DISCORD__TOKEN and others) and from atelier.toml; see
    config/atelier.example.toml for all of them.
    """


@main.command()
@click.option("--register", is_flag=True, help="Tell Discord the commands anew, though they have not changed.")
def run(register: bool) -> None:
    """Connect to Discord and serve until Ctrl-C or SIGTERM.

    Needs only ATELIER_DISCORD__TOKEN. Exit code 0 after an orderly end, 2 when something is set wrong, 1 when
    Discord, the database or the painter fails.
    """
    settings = _settings()
    try:
        token = checked_token(settings.discord)  # before TensorFlow is loaded, which takes its time
    except StartError as error:
        _end(WRONGLY_SET, str(error))
    data_dir = look_at_data_dir(settings.data_dir)
    if not data_dir.fine:
        _end(WRONGLY_SET, data_dir.told)
    configure_logging(settings.log, secrets=[token])
    forbid_inspection()  # the token is in this process's environment and memory
    # discord.py warns that voice needs more packages; Atelier joins no voice channel.
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    # All that is loaded stays: whenever the collector looked at it, the event loop would stand for a tenth of a second.
    gc.freeze()
    sys.exit(asyncio.run(serve(settings, register=register)))


@main.command()
def check() -> None:
    """Tell in a table what is fine and what is not, without connecting. Exit code 1 when something is not."""
    findings = asyncio.run(look_around(_settings()))
    print_findings(findings, Console())
    sys.exit(0 if all(finding.fine for finding in findings) else FAILED)


@main.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    show_default="a free one",
    help="Where the page is served, on this machine only.",
)
@click.option(
    "--once",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Paint the sample without a page, write the painting and its GIF to DIR, and end.",
)
@click.option("--no-browser", is_flag=True, help="Print the page's address instead of opening it.")
@click.option("--recipe", type=click.Choice(recipe_names()), help="How the sample is painted.")
@click.option(
    "--size",
    "size_px",
    type=click.IntRange(SMALLEST_SIZE_PX, LARGEST_SIZE_PX),
    metavar="PX",
    help="The sample's longest side.",
)
def demo(port: int, once: Path | None, no_browser: bool, recipe: str | None, size_px: int | None) -> None:
    """Show the bot at work on a page in the browser, without a token.

    It is the very same bot on a stand-in for Discord, with a sample painting under way.
    """
    try:
        # What it stands on is an extra that a server does not install.
        from bot.demo.terminal import run_demo  # noqa: PLC0415 - needs the extra `demo`
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "simcord":
            raise
        _end(
            WRONGLY_SET,
            "The demo needs its extra: install it with `pip install atelier-bot[demo]`, or use `make demo`.",
        )
    run_demo(port=port, once=once, open_browser=not no_browser, recipe=recipe, size_px=size_px)


async def serve(settings: Settings, *, engine: Engine | None = None, register: bool = False) -> int:
    """Serve Discord until SIGTERM or Ctrl-C; the exit code. What else ends it is one sentence on standard error."""
    serving, stopping = asyncio.current_task(), False

    def stop(number: signal.Signals) -> None:
        nonlocal stopping
        if not stopping and serving is not None:
            stopping = True
            log.info("bot.stopping", signal=number.name)
            serving.cancel()

    loop = asyncio.get_running_loop()
    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, stop, number)
    try:
        async with open_app(settings, engine=engine, register=register) as app:
            await app.run()
    except asyncio.CancelledError:
        if not stopping:
            raise
        log.info("bot.stopped")
        return 0
    except Exception as error:  # noqa: BLE001 - whatever ends the bot, who runs it reads a sentence
        exit_code, sentence = _told(error, settings)
        click.echo(sentence, err=True)
        return exit_code
    finally:
        for number in STOP_SIGNALS:
            loop.remove_signal_handler(number)
    click.echo("Discord has ended the connection for good. Start the bot again.", err=True)
    return FAILED


def _told(error: Exception, settings: Settings) -> tuple[int, str]:
    """The exit code and the sentence for whatever ended the bot."""
    match error:
        case (
            TokenMissing()
            | TokenMalformed()
            | TokenRefused()
            | AlreadyRunning()
            | DatabaseInUse()
            | DatabaseTaken()
            | WorkerUserUnusable()
        ):
            return WRONGLY_SET, str(error)
        case StartError() | DatabaseUsedMeanwhile():
            return FAILED, str(error)
        case discord.PrivilegedIntentsRequired():
            return WRONGLY_SET, (
                "Discord refuses the intents of this bot (close code 4014), though Atelier asks for no privileged one. "
                "Look at the application's Bot page at https://discord.com/developers/applications."
            )
        case StylizerError():
            return FAILED if settings.engine.weights == SHIPPED_WEIGHTS else WRONGLY_SET, str(error)
        case DatabaseAway():
            return FAILED, f"The database cannot be used: {error.problem}. Look at ATELIER_DATABASE_URL."
        case _:
            log.error("bot.crashed", exc_info=error)
            return FAILED, f"Atelier has ended because of an unexpected {type(error).__name__}; the log says where."


def _settings() -> Settings:
    try:
        return load_settings()
    except SettingsError as error:
        _end(WRONGLY_SET, str(error))


def _end(exit_code: int, sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(exit_code)


if __name__ == "__main__":
    main()
