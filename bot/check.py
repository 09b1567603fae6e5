"""`python -m bot check`: what is fine and what is not, without connecting to Discord."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bot.errors import StartError, TokenMalformed, TokenMissing, WorkerUserUnusable
from bot.storage.engine import describe_database
from bot.storage.lock import is_in_use
from config.settings import CONFIG_VARIABLE, DEFAULT_CONFIG, DiscordSettings, EngineSettings, Settings
from stylizer.pool import UnusableUser, WorkerUser, can_read_code, default_devices, worker_user
from stylizer.pool.probe import Equipment, probe


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the table."""

    subject: str
    fine: bool
    told: str


async def check(settings: Settings) -> list[Finding]:
    """Look at everything that the bot needs before it can connect."""
    engine = settings.engine
    data_dir, visible_gpus, equipment = await asyncio.gather(
        asyncio.to_thread(look_at_data_dir, settings.data_dir, reserve_bytes=settings.retention.free_bytes),
        asyncio.to_thread(default_devices, os.environ.get("CUDA_VISIBLE_DEVICES")),
        probe(weights=engine.weights, precision=engine.precision, threads=engine.threads),
    )
    return [
        _look_at_settings_file(),
        _look_at_token(settings),
        data_dir,
        await look_at_database_finding(settings),
        _look_at_worker_user(engine, has_gpu=bool(visible_gpus)),
        *_look_at_painter(equipment, visible_gpus=len(visible_gpus)),
    ]


def print_findings(findings: list[Finding], console: Console) -> None:
    """Show the findings as a table."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, style="bold")
    table.add_column(overflow="fold")
    for finding in findings:
        table.add_row("[green]fine[/]" if finding.fine else "[red]wrong[/]", finding.subject, finding.told)
    console.print(table)


def look_at_data_dir(data_dir: Path, *, reserve_bytes: int = 0) -> Finding:
    """Whether the data directory can be made and written to, which is tried, and has so much room."""
    subject = "data directory"
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=data_dir) as file:
            file.write(b"Atelier was here")
    except OSError as error:
        told = f"The data directory {data_dir.absolute()} cannot be written to: {error.strerror}. Set ATELIER_DATA_DIR."
        return Finding(subject, fine=False, told=told)
    free_bytes = shutil.disk_usage(data_dir).free
    if free_bytes < reserve_bytes:
        told = (
            f"The disk of the data directory {data_dir.absolute()} has {free_bytes / 2**20:.0f} MiB left, "
            f"and with less than {reserve_bytes / 2**20:.0f} MiB no new paintings are taken. "
            "Make room, or set ATELIER_RETENTION__FREE_BYTES."
        )
        return Finding(subject, fine=False, told=told)
    return Finding(subject, fine=True, told=f"{data_dir.absolute()}, writable, {free_bytes / 2**30:.1f} GiB free")


def _look_at_settings_file() -> Finding:
    path = Path(os.environ.get(CONFIG_VARIABLE) or DEFAULT_CONFIG)
    told = f"{path.absolute()}" if path.is_file() else "no file; the environment and the defaults"
    return Finding("settings", fine=True, told=told)


def checked_token(settings: DiscordSettings) -> str:
    """The bot token, as far as it looks like one. Raises `TokenMissing` or `TokenMalformed`."""
    token = settings.token.get_secret_value().strip() if settings.token is not None else ""
    if not token:
        raise TokenMissing
    if not all("!" <= character <= "~" for character in token):  # visible ASCII: others make no request at all
        raise TokenMalformed
    return token


def _look_at_token(settings: Settings) -> Finding:
    try:
        checked_token(settings.discord)
    except StartError as error:
        return Finding("token", fine=False, told=str(error))
    return Finding("token", fine=True, told="set; whether Discord takes it shows when the bot starts")


async def look_at_database_finding(settings: Settings) -> Finding:
    """Whether the database can be used, or a bot is using it already."""
    try:
        told = await describe_database(settings.database)
        if await is_in_use(settings.database):
            told += "; a bot is using it now"
        return Finding("database", fine=True, told=told)
    except StartError as error:
        return Finding("database", fine=False, told=str(error))


def chosen_worker_user(settings: EngineSettings, *, has_gpu: bool) -> WorkerUser | None:
    """Who workers run as; None is the user of the bot. Raises `WorkerUserUnusable`."""
    try:
        user = worker_user(settings.user)
    except UnusableUser as error:
        raise WorkerUserUnusable(error.user, error.problem) from error
    # A GPU's libraries load parts of themselves in the middle of a painting.
    is_out_of_reach = user is not None and settings.user is None and has_gpu and not can_read_code(user)
    return None if is_out_of_reach else user


def _look_at_worker_user(settings: EngineSettings, *, has_gpu: bool) -> Finding:
    subject = "workers"
    try:
        user = chosen_worker_user(settings, has_gpu=has_gpu)
    except StartError as error:
        return Finding(subject, fine=False, told=str(error))
    if user is not None:
        return Finding(subject, fine=True, told=f"run as user {user.uid}, apart from the bot")
    return Finding(subject, fine=True, told="run as the bot's user and can read its files")


def _look_at_painter(equipment: Equipment, *, visible_gpus: int) -> list[Finding]:
    if equipment.problem is not None:
        return [Finding("painter", fine=False, told=f"TensorFlow cannot be started: {equipment.problem}")]
    gpu_found = visible_gpus == 0 or equipment.gpus > 0
    paints_on = equipment.device or "nothing"
    return [
        Finding(
            "weights",
            fine=equipment.weights_problem is None,
            told=equipment.weights_problem or f"{equipment.weights}, all layers fit",
        ),
        Finding("precision", fine=True, told=f"{equipment.precision}, {equipment.precision_reason}"),
        Finding(
            "GPU",
            fine=gpu_found,
            told=_told_of_gpus(equipment.gpus, paints_on)
            if gpu_found
            else "The driver sees a GPU, but TensorFlow does not: install the extra `gpu` (CUDA libraries).",
        ),
    ]


def _told_of_gpus(gpus: int, paints_on: str) -> str:
    return f"none; paints on {paints_on}" if gpus == 0 else f"{gpus}: {paints_on}"
