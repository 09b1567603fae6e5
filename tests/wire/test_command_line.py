"""`python -m bot run` and `check`: exit codes, signals and messages."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Self, TypeAlias

import pytest
from click.testing import CliRunner

from bot import __main__ as command_line
from bot.check import Finding, check_data_dir, create_data_dir, run_checks
from bot.storage.lock import LOCK_FILE
from config.settings import EngineSettings, Settings, load_settings
from stylizer.pool import FakeEngine, StepGate, WorkerNotReady
from stylizer.pool.probe import Equipment
from tests.wire.conftest import connected, settings_for, settings_without_grace_for, stylize
from tests.wire.discord_server import DiscordServer
from tests.wire.faults import Hold
from tests.wire.gateway import Close
from tests.wire.world import User

pytestmark = pytest.mark.usefixtures("current_databases")

TOKEN = "a.secret.token"
Check: TypeAlias = Callable[..., tuple[int, str]]
"""Runs the checks with these environment variables, and returns the exit code and the table."""


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CliRunner:
    """Runs commands without any settings."""
    for name in [name for name in os.environ if name.startswith("ATELIER_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return CliRunner()


def test_run_without_a_token_says_how_to_set_one(cli: CliRunner) -> None:
    result = cli.invoke(command_line.main, ["run"])
    assert result.exit_code == 2
    assert "ATELIER_DISCORD__TOKEN" in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("between", ["\n", "\r\n", " ", "\t", "\x1b", "\N{ZERO WIDTH SPACE}"])
def test_a_token_with_invalid_characters_ends_run_with_a_sentence(cli: CliRunner, between: str) -> None:
    broken = f"a.secret{between}token"
    result = cli.invoke(command_line.main, ["run"], env={"ATELIER_DISCORD__TOKEN": broken})
    assert result.exit_code == 2
    assert "The bot token contains a line break" in result.stderr
    assert "ATELIER_DISCORD__TOKEN" in result.stderr
    assert "secret" not in result.output
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [("ATELIER_QUEUE__LIMIT", "many"), ("ATELIER_QUEUE__LIMITS", "3"), ("ATELIER_DISCORD__GATEWAY_URL", "ftp://x")],
)
def test_an_invalid_setting_is_named(cli: CliRunner, name: str, value: str) -> None:
    for command in ("run", "check"):
        result = cli.invoke(command_line.main, [command], env={name: value, "ATELIER_DISCORD__TOKEN": TOKEN})
        assert result.exit_code == 2
        assert name in result.stderr
        assert result.stderr.count("\n") == 1
        assert TOKEN not in result.output


@pytest.mark.parametrize("below", ["", "data"])
def test_a_data_directory_that_is_or_is_in_a_file_is_named(cli: CliRunner, tmp_path: Path, below: str) -> None:
    taken = tmp_path / "taken"
    taken.touch()
    environment = {"ATELIER_DATA_DIR": str(taken / below), "ATELIER_DISCORD__TOKEN": TOKEN}
    result = cli.invoke(command_line.main, ["run"], env=environment)
    assert result.exit_code == 2
    assert str(taken / below) in result.stderr
    assert not check_data_dir(taken / below).ok


def test_the_data_directory_is_private_and_check_says_so_of_one_that_is_not(tmp_path: Path) -> None:
    assert create_data_dir(tmp_path / "data").ok
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700
    assert "chmod" not in check_data_dir(tmp_path / "data").detail
    (tmp_path / "data").chmod(0o755)

    finding = check_data_dir(tmp_path / "data")

    assert finding.ok
    assert "`chmod 700` keeps members' pictures private" in finding.detail


async def test_a_lock_file_that_cannot_be_opened_ends_the_bot_with_a_sentence(
    discord_server: DiscordServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / LOCK_FILE).mkdir()  # as a file of another user, which root could open
    settings = settings_for(discord_server, tmp_path)
    assert await command_line.serve(settings, engine=FakeEngine()) == 2
    assert capsys.readouterr().err.startswith(f"Can't write to the data directory {tmp_path}: ")
    assert not check_data_dir(tmp_path).ok


def test_a_folder_that_cannot_be_entered_is_no_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def not_allowed(*_: object, **__: object) -> bool:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "exists", not_allowed)

    assert "Permission denied" in check_data_dir(tmp_path / "data").detail


async def test_a_refused_token_ends_the_bot_with_a_sentence(
    discord_server: DiscordServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = settings_for(discord_server, tmp_path, token=TOKEN)
    assert await command_line.serve(settings, engine=FakeEngine()) == 2
    sentence = capsys.readouterr().err
    assert "Discord refuses the bot token" in sentence
    assert TOKEN not in sentence
    assert discord_server.invalid_requests == 1


async def test_commands_that_discord_lost_can_be_registered_again(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    settings = settings_for(discord_server, tmp_path)
    async with connected(settings, FakeEngine()):
        await discord_server.gateway.wait_until_identified(1)
    registered = dict(discord_server.commands)
    discord_server.commands.clear()

    serving = asyncio.create_task(command_line.serve(settings, engine=FakeEngine(), register=True))
    await discord_server.gateway.wait_until_identified(2)
    os.kill(os.getpid(), signal.SIGTERM)

    assert await serving == 0
    assert registered
    assert set(discord_server.commands) == set(registered)


async def test_an_unreachable_discord_ends_the_bot_with_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with DiscordServer() as gone:
        settings = settings_for(gone, tmp_path)
    assert await command_line.serve(settings, engine=FakeEngine()) == 1
    sentence = f"Can't reach Discord at {gone.api_url}: Connection refused. Check the network and try again."
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize(
    ("code", "sentence"),
    [(Close.AUTHENTICATION_FAILED, "refuses the bot token"), (Close.DISALLOWED_INTENTS, "refuses the bot's intents")],
)
async def test_a_gateway_that_refuses_the_bot_ends_it_with_a_sentence(
    discord_server: DiscordServer, tmp_path: Path, capsys: pytest.CaptureFixture[str], code: int, sentence: str
) -> None:
    discord_server.gateway.identify_close_code = code
    assert await command_line.serve(settings_for(discord_server, tmp_path), engine=FakeEngine()) == 2
    assert sentence in capsys.readouterr().err


@pytest.fixture
def no_database(tmp_path: Path) -> Path:
    """A data directory with something else in place of the database."""
    (tmp_path / "atelier.sqlite3").write_bytes(b"not a database" * 100)
    return tmp_path


async def test_a_database_that_cannot_be_opened_ends_the_bot_with_a_sentence(
    discord_server: DiscordServer, no_database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = settings_for(discord_server, no_database)
    assert await command_line.serve(settings, engine=FakeEngine()) == 2
    assert "database" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_shuts_the_bot_down_cleanly_and_its_card_says_so(
    discord_server: DiscordServer, tmp_path: Path, alice: User, number: signal.Signals
) -> None:
    gate = StepGate()
    settings = settings_without_grace_for(discord_server, tmp_path)
    serving = asyncio.create_task(command_line.serve(settings, engine=FakeEngine(gate=gate)))
    command = await stylize(discord_server, alice)
    card = await command.response()
    await gate.held()
    os.kill(os.getpid(), number)
    assert await serving == 0
    assert "resumes automatically" in card.text
    async with connected(settings, FakeEngine()):
        await card.wait_for_files("painting.png", "progress.gif")


async def test_a_signal_lets_a_nearly_finished_painting_finish(
    discord_server: DiscordServer, tmp_path: Path, alice: User
) -> None:
    gate, settings = StepGate(), settings_for(discord_server, tmp_path)
    serving = asyncio.create_task(command_line.serve(settings, engine=FakeEngine(gate=gate)))
    command = await stylize(discord_server, alice)
    card = await command.response()
    await gate.held()
    os.kill(os.getpid(), signal.SIGTERM)
    gate.open()
    assert await serving == 0
    assert card.filenames[:2] == ["painting.png", "progress.gif"]


async def test_a_signal_ends_the_bot_while_it_waits_for_discord(discord_server: DiscordServer, tmp_path: Path) -> None:
    held = discord_server.inject("GET", "/users/@me", Hold())
    serving = asyncio.create_task(command_line.serve(settings_for(discord_server, tmp_path), engine=FakeEngine()))
    await held.wait_until_hit()
    os.kill(os.getpid(), signal.SIGTERM)
    assert await serving == 0


class SlowToWarmUp(FakeEngine):
    """An engine that is never ready."""

    def __init__(self) -> None:
        super().__init__()
        self.warming_up = asyncio.Event()

    async def __aenter__(self) -> Self:
        self.warming_up.set()
        await asyncio.Event().wait()
        return self


async def test_a_signal_ends_the_bot_while_the_painter_warms_up(discord_server: DiscordServer, tmp_path: Path) -> None:
    engine = SlowToWarmUp()
    serving = asyncio.create_task(command_line.serve(settings_for(discord_server, tmp_path), engine=engine))
    await engine.warming_up.wait()
    os.kill(os.getpid(), signal.SIGTERM)
    assert await serving == 0
    assert not discord_server.requests


class Unpaintable(FakeEngine):
    """An engine that can't be started."""

    async def __aenter__(self) -> Self:
        raise WorkerNotReady("the weights are damaged.")


@pytest.mark.parametrize(("weights", "exit_code"), [("shipped", 1), ("mine.npz", 2)])
async def test_a_painter_that_cannot_be_opened_ends_the_bot_with_its_sentence(
    discord_server: DiscordServer,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    weights: str,
    exit_code: int,
) -> None:
    settings = settings_for(discord_server, tmp_path)
    settings = settings.model_copy(update={"engine": EngineSettings(weights=weights)})
    assert await command_line.serve(settings, engine=Unpaintable()) == exit_code
    assert "the weights are damaged" in capsys.readouterr().err


@pytest.mark.usefixtures("cli")
class TestCheck:
    """`python -m bot check`"""

    @pytest.fixture
    def check(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Check:
        """Runs the checks with settings from the environment, on a machine that is always the same."""
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
        monkeypatch.setenv("COLUMNS", "250")

        async def probe(**_settings: object) -> Equipment:
            return Equipment("shipped", None, "bfloat16", "measured: much faster", "CPU, 2 threads", 0)

        def check(**environment: str) -> tuple[int, str]:
            for name, value in environment.items():
                monkeypatch.setenv(name, value)
            exit_code = asyncio.run(command_line.show_checks(load_settings(), probe=probe))
            return exit_code, capsys.readouterr().out

        return check

    def test_it_finds_no_problem_in_a_complete_setup_and_shows_no_token(self, check: Check) -> None:
        exit_code, table = check(ATELIER_DISCORD__TOKEN=TOKEN)
        assert exit_code == 0
        assert TOKEN not in table
        for sentence in ("bfloat16, measured", "CPU, 2 threads", "shipped", "created when the bot starts"):
            assert sentence in table

    def test_it_says_what_is_missing_on_this_machine(self, cli: CliRunner) -> None:
        result = cli.invoke(command_line.main, ["check"])
        assert result.exit_code == 1
        assert "There's no bot token" in result.output
        assert "all layers match" in result.output

    def test_it_says_what_would_be_created_and_creates_nothing(self, check: Check, tmp_path: Path) -> None:
        data_dir = tmp_path / "not" / "yet"
        before = sorted(tmp_path.rglob("*"))
        exit_code, table = check(ATELIER_DISCORD__TOKEN=TOKEN, ATELIER_DATA_DIR=str(data_dir))
        assert exit_code == 0
        assert f"{data_dir}, created when the bot starts" in table
        assert f"{data_dir / 'atelier.sqlite3'}; it is created when the bot starts" in table
        assert sorted(tmp_path.rglob("*")) == before

    def test_it_says_who_workers_run_as(self, check: Check) -> None:
        _, table = check(ATELIER_DISCORD__TOKEN=TOKEN)
        assert ("isolated from the bot" if os.geteuid() == 0 else "as the bot's own user") in table
        exit_code, table = check(ATELIER_ENGINE__USER="no-such-user")
        assert exit_code == 1
        assert "can't run as no-such-user: there is no such user. Set ATELIER_ENGINE__USER to" in table

    async def test_it_tries_what_the_settings_say(self, tmp_path: Path) -> None:
        asked: dict[str, object] = {}

        async def probe(**settings: object) -> Equipment:
            asked.update(settings)
            return Equipment("shipped", None, "float32", "as set", "CPU, 2 threads", 0)

        engine = EngineSettings(precision="float16", threads=3, deterministic=False)
        await run_checks(Settings(data_dir=tmp_path, engine=engine), probe=probe)
        assert asked == {"weights": "shipped", "precision": "float16", "threads": 3, "deterministic": False}

    async def test_it_reports_problems_with_weights_gpu_and_painter(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        async def found(equipment: Equipment) -> dict[str, Finding]:
            async def probe(**_settings: object) -> Equipment:
                return equipment

            return {finding.subject: finding for finding in await run_checks(Settings(data_dir=tmp_path), probe=probe)}

        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU-1")
        wrong = await found(Equipment(None, "x.npz does not hold VGG16", "float32", "as set", "CPU, 2 threads", 0))
        assert wrong["weights"] == Finding("weights", ok=False, detail="x.npz does not hold VGG16")
        assert not wrong["GPU"].ok
        broken = await found(Equipment(None, None, None, "", None, 0, problem="no module named tensorflow"))
        assert "no module named tensorflow" in broken["painter"].detail


def test_help_works_without_any_setting(cli: CliRunner) -> None:
    result = cli.invoke(command_line.main, ["--help"])
    assert result.exit_code == 0
    assert all(command in result.output for command in ("run", "check", "demo"))
