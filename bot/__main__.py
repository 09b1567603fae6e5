"""The command line: `python -m bot run | check | demo | recount`."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NoReturn

import click
import discord
import structlog
from rich.console import Console

from bot.app import TIMEOUTS, Timeouts, open_app
from bot.challenges.recount import recount
from bot.check import checked_token, create_data_dir, print_findings, run_checks
from bot.errors import (
    AlreadyRunning,
    DatabaseAway,
    DatabaseDamaged,
    DatabaseDriverMissing,
    DatabaseInUse,
    DatabaseNotWritable,
    DatabaseTaken,
    DatabaseTooNew,
    DatabaseUrlInvalid,
    DatabaseUsedMeanwhile,
    DataDirUnusable,
    GalleryUnusable,
    StartError,
    TokenMalformed,
    TokenMissing,
    TokenRefused,
    WorkerUserUnusable,
)
from bot.operation.logs import configure_logging
from config.settings import Settings, SettingsError, load_settings
from stylizer.pool import Engine, StylizerError, forbid_inspection
from stylizer.pool.probe import Equipment, probe
from stylizer.recipe import MAX_SIZE_PX, MIN_SIZE_PX, recipe_names
from stylizer.version import VERSION

EXIT_FAILURE = 1
"""Something outside of the bot failed: Discord, the database, the machine."""
EXIT_BAD_SETUP = 2
"""A setting or the setup is wrong: starting again won't help until someone fixes it."""

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
SHIPPED_WEIGHTS = "shipped"

log = structlog.get_logger()


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, message="Atelier %(version)s")
def main() -> None:
    """Atelier, a Discord bot that paints one picture in the style of another.

    Settings come from the environment (ATELIER_DISCORD__TOKEN and others) and from atelier.toml; see
    config/atelier.example.toml for all of them.
    """


@main.command()
@click.option("--register", is_flag=True, help="Register the slash commands again, even if they haven't changed.")
def run(register: bool) -> None:
    """Connect to Discord and run until Ctrl-C or SIGTERM.

    Needs only ATELIER_DISCORD__TOKEN. Exit codes: 0 after a clean shutdown, 1 if Discord, the database or the
    painter fails, 2 if a setting or the setup is wrong.
    """
    settings = _settings()
    try:
        token = checked_token(settings.discord)  # before TensorFlow is loaded, which takes a while
    except StartError as error:
        _exit(EXIT_BAD_SETUP, str(error))
    data_dir = create_data_dir(settings.data_dir)
    if not data_dir.ok:
        _exit(EXIT_BAD_SETUP, data_dir.detail)
    configure_logging(settings.log, secrets=[token])
    forbid_inspection()  # the token is in this process's environment and memory
    # discord.py warns that voice needs more packages, but Atelier joins no voice channels.
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    # Everything loaded so far is here to stay, and each full collection of it would block the event loop for 0.1 s.
    gc.freeze()
    sys.exit(asyncio.run(serve(settings, register=register)))


@main.command()
def check() -> None:
    """Check the setup without connecting or changing anything. Exit code 1 if there is a problem."""
    sys.exit(asyncio.run(show_checks(_settings())))


@main.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    show_default="any free port",
    help="Port of the page, on this machine only.",
)
@click.option(
    "--once",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Paint the sample without a page, write the painting and its timelapse GIF to DIR, and exit.",
)
@click.option("--no-browser", is_flag=True, help="Print the page's address instead of opening it.")
@click.option("--recipe", type=click.Choice(recipe_names()), help="Painting recipe of the samples.")
@click.option(
    "--size",
    "size_px",
    type=click.IntRange(MIN_SIZE_PX, MAX_SIZE_PX),
    metavar="PX",
    help="Longest side of the samples, in pixels.",
)
def demo(port: int, once: Path | None, no_browser: bool, recipe: str | None, size_px: int | None) -> None:
    """Try the bot in the browser, without a token.

    Runs the real bot on a simulated Discord, and paints samples.
    """
    try:
        # simcord is an extra that a server doesn't need.
        from bot.demo.terminal import run_demo  # noqa: PLC0415 - needs the extra `demo`
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "simcord":
            raise
        _exit(
            EXIT_BAD_SETUP,
            "The demo needs the extra `demo`: run `pip install 'atelier-bot[demo]'`, or use `make demo`.",
        )
    run_demo(port=port, once=once, open_browser=not no_browser, recipe=recipe, size_px=size_px)


main.add_command(recount)


async def serve(
    settings: Settings, *, engine: Engine | None = None, timeouts: Timeouts = TIMEOUTS, register: bool = False
) -> int:
    """Run the bot until SIGTERM or Ctrl-C, and return the exit code. Errors become one sentence on standard error."""
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
        async with open_app(settings, engine=engine, timeouts=timeouts, register=register) as app:
            await app.run()
    except asyncio.CancelledError:
        if not stopping:
            raise
        log.info("bot.stopped")
        return 0
    except Exception as error:  # noqa: BLE001 - the bot's host always gets a sentence
        exit_code, sentence = _explain(error, settings)
        click.echo(sentence, err=True)
        return exit_code
    finally:
        for number in STOP_SIGNALS:
            loop.remove_signal_handler(number)
    click.echo("Discord closed the connection for good. Start the bot again.", err=True)
    return EXIT_FAILURE


async def show_checks(settings: Settings, *, probe: Callable[..., Awaitable[Equipment]] = probe) -> int:
    """Check the setup, print a table of what was found, and return the exit code; `probe` as in `run_checks`."""
    findings = await run_checks(settings, probe=probe)
    print_findings(findings, Console())
    return 0 if all(finding.ok for finding in findings) else EXIT_FAILURE


def _explain(error: Exception, settings: Settings) -> tuple[int, str]:
    """Return the exit code and the sentence for an error that ended the bot."""
    match error:
        case (
            TokenMissing()
            | TokenMalformed()
            | TokenRefused()
            | AlreadyRunning()
            | DatabaseInUse()
            | DatabaseTaken()
            | DatabaseUrlInvalid()
            | DatabaseDriverMissing()
            | DatabaseTooNew()
            | DatabaseDamaged()
            | DatabaseNotWritable()
            | DataDirUnusable()
            | WorkerUserUnusable()
            | GalleryUnusable()
        ):
            return EXIT_BAD_SETUP, str(error)
        case StartError() | DatabaseUsedMeanwhile():
            return EXIT_FAILURE, str(error)
        case discord.PrivilegedIntentsRequired():
            return EXIT_BAD_SETUP, (
                "Discord refuses the bot's intents (close code 4014), although Atelier requests no privileged ones. "
                "Check the application's Bot page at https://discord.com/developers/applications."
            )
        case StylizerError():
            return EXIT_FAILURE if settings.engine.weights == SHIPPED_WEIGHTS else EXIT_BAD_SETUP, str(error)
        case DatabaseAway():
            return EXIT_FAILURE, f"Can't use the database: {error.problem}. Check ATELIER_DATABASE_URL."
        case _:
            log.error("bot.crashed", exc_info=error)
            return EXIT_FAILURE, f"Atelier crashed with an unexpected {type(error).__name__}; see the log."


def _settings() -> Settings:
    try:
        return load_settings()
    except SettingsError as error:
        _exit(EXIT_BAD_SETUP, str(error))


def _exit(exit_code: int, sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(exit_code)


if __name__ == "__main__":
    main()
