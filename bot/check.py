"""`python -m bot check`: find problems with the setup without connecting to Discord."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bot.errors import DataDirUnusable, StartError, TokenMalformed, TokenMissing, WorkerUserUnusable
from bot.gallery.builtin import load_folder
from bot.gallery.thumbnails import BuiltInThumbnails
from bot.storage.engine import describe_database
from bot.storage.lock import LOCK_FILE, is_in_use
from config.settings import CONFIG_VARIABLE, DEFAULT_CONFIG, DiscordSettings, EngineSettings, Settings
from stylizer.pool import (
    StylizerError,
    UnusableUser,
    WorkerUser,
    can_read_code,
    default_devices,
    may_change_user,
    worker_user,
)
from stylizer.pool.oneshot import make_thumbnail
from stylizer.pool.probe import Equipment, probe


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the table: the result of one check."""

    subject: str
    ok: bool
    detail: str


async def run_checks(settings: Settings, *, probe: Callable[..., Awaitable[Equipment]] = probe) -> list[Finding]:
    """Check everything that the bot needs to start; `probe` finds out what a worker would paint with."""
    engine = settings.engine
    data_dir, visible_gpus, equipment = await asyncio.gather(
        asyncio.to_thread(check_data_dir, settings.data_dir, reserve_bytes=settings.retention.free_bytes),
        asyncio.to_thread(default_devices, os.environ.get("CUDA_VISIBLE_DEVICES")),
        probe(
            weights=engine.weights,
            precision=engine.precision,
            threads=engine.threads,
            deterministic=engine.deterministic,
        ),
    )
    return [
        _check_settings_file(),
        _check_token(settings),
        data_dir,
        await check_database(settings),
        *await check_gallery(settings),
        _check_worker_user(engine, has_gpu=bool(visible_gpus)),
        *_check_painter(equipment, visible_gpus=len(visible_gpus)),
    ]


def print_findings(findings: list[Finding], console: Console) -> None:
    """Show the findings as a table."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, style="bold")
    table.add_column(overflow="fold")
    for finding in findings:
        table.add_row("[green]ok[/]" if finding.ok else "[red]problem[/]", finding.subject, finding.detail)
    console.print(table)


def check_data_dir(data_dir: Path, *, reserve_bytes: int = 0) -> Finding:
    """Check that the data directory can be created and written to, and that at least `reserve_bytes` are free.

    Leaves nothing behind.
    """
    path = data_dir.absolute()
    try:
        existing = next(folder for folder in (path, *path.parents) if folder.exists())
        if (lock_file := path / LOCK_FILE).exists():
            lock_file.open("a").close()
        with tempfile.TemporaryFile(dir=existing) as file:
            file.write(b"Atelier was here")
    except OSError as error:
        return _unusable_data_dir(path, error)
    free_bytes = shutil.disk_usage(existing).free
    if free_bytes < reserve_bytes:
        detail = (
            f"Only {free_bytes / 2**20:.0f} MiB are free on the disk of {path}. Below "
            f"{reserve_bytes / 2**20:.0f} MiB, new paintings are refused. Free up space, or lower "
            "ATELIER_RETENTION__FREE_BYTES."
        )
        return Finding("data directory", ok=False, detail=detail)
    if existing != path:
        state = "created when the bot starts"
    elif path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        state = "writable, but not only by Atelier's user: `chmod 700` keeps members' pictures private"
    else:
        state = "writable"
    return Finding("data directory", ok=True, detail=f"{path}, {state}, {free_bytes / 2**30:.1f} GiB free")


def create_data_dir(data_dir: Path) -> Finding:
    """Create the data directory if it doesn't exist, and check it."""
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)  # members' pictures are private
    except OSError as error:
        return _unusable_data_dir(data_dir.absolute(), error)
    return check_data_dir(data_dir)


def _unusable_data_dir(path: Path, error: OSError) -> Finding:
    return Finding("data directory", ok=False, detail=str(DataDirUnusable(path, error.strerror or str(error))))


def _check_settings_file() -> Finding:
    path = Path(os.environ.get(CONFIG_VARIABLE) or DEFAULT_CONFIG)
    detail = f"{path.absolute()}" if path.is_file() else "no settings file; using the environment and the defaults"
    return Finding("settings", ok=True, detail=detail)


def checked_token(settings: DiscordSettings) -> str:
    """Return the bot token if it looks like one. Raises `TokenMissing` or `TokenMalformed`."""
    token = settings.token.get_secret_value().strip() if settings.token is not None else ""
    if not token:
        raise TokenMissing
    if not all("!" <= character <= "~" for character in token):  # visible ASCII: a header can't carry anything else
        raise TokenMalformed
    return token


def _check_token(settings: Settings) -> Finding:
    try:
        checked_token(settings.discord)
    except StartError as error:
        return Finding("token", ok=False, detail=str(error))
    return Finding("token", ok=True, detail="set; Discord checks it when the bot starts")


async def check_database(settings: Settings) -> Finding:
    """Check that the database can be used, and report whether a bot is using it now. Creates nothing."""
    try:
        detail = await describe_database(settings.database, new_folder=settings.data_dir)
        if await is_in_use(settings.database):
            detail += "; a bot is using it now"
        return Finding("database", ok=True, detail=detail)
    except StartError as error:
        return Finding("database", ok=False, detail=str(error))


async def check_gallery(settings: Settings) -> list[Finding]:
    """Check that every picture of the host's gallery can be used; nothing without one."""
    subject, folder = "gallery", settings.gallery.dir
    if folder is None:
        return []
    try:
        user = chosen_worker_user(settings.engine, has_gpu=False)
    except WorkerUserUnusable:  # which is a finding of its own
        return []
    try:
        styles = await asyncio.to_thread(load_folder, folder, limit_bytes=settings.uploads.limit_bytes)
        with tempfile.TemporaryDirectory() as thumbnails:
            make = partial(make_thumbnail, user=user)
            await BuiltInThumbnails(Path(thumbnails), make).check(styles.values(), folder=folder)
    except StartError as error:
        return [Finding(subject, ok=False, detail=str(error))]
    except (StylizerError, OSError) as error:
        return [Finding(subject, ok=False, detail=f"Can't try the pictures in {folder.absolute()}: {error}")]
    return [Finding(subject, ok=True, detail=f"{len(styles)} styles in {folder.absolute()}")]


def chosen_worker_user(settings: EngineSettings, *, has_gpu: bool) -> WorkerUser | None:
    """Return the user that workers run as, or None for the bot's own user. Raises `WorkerUserUnusable`."""
    try:
        user = worker_user(settings.user, may_change=may_change_user())
    except UnusableUser as error:
        raise WorkerUserUnusable(error.user, error.problem) from error
    # A GPU's libraries load more of their files while painting.
    cannot_read_libraries = user is not None and settings.user is None and has_gpu and not can_read_code(user)
    return None if cannot_read_libraries else user


def _check_worker_user(settings: EngineSettings, *, has_gpu: bool) -> Finding:
    subject = "workers"
    try:
        user = chosen_worker_user(settings, has_gpu=has_gpu)
    except StartError as error:
        return Finding(subject, ok=False, detail=str(error))
    if user is not None:
        return Finding(subject, ok=True, detail=f"run as user {user.uid}, isolated from the bot")
    return Finding(subject, ok=True, detail="run as the bot's own user and can read its files")


def _check_painter(equipment: Equipment, *, visible_gpus: int) -> list[Finding]:
    if equipment.problem is not None:
        return [Finding("painter", ok=False, detail=f"Can't start TensorFlow: {equipment.problem}")]
    gpu_works = visible_gpus == 0 or equipment.gpus > 0
    device = equipment.device or "nothing"
    return [
        Finding(
            "weights",
            ok=equipment.weights_problem is None,
            detail=equipment.weights_problem or f"{equipment.weights}, all layers match",
        ),
        Finding("precision", ok=True, detail=f"{equipment.precision}, {equipment.precision_reason}"),
        Finding(
            "GPU",
            ok=gpu_works,
            detail=_describe_gpus(equipment.gpus, device)
            if gpu_works
            else "The driver sees a GPU, but TensorFlow doesn't: install the extra `gpu` (CUDA libraries).",
        ),
    ]


def _describe_gpus(gpus: int, device: str) -> str:
    return f"none; paints on {device}" if gpus == 0 else f"{gpus}: {device}"
