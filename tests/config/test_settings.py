"""Settings: their sources, precedence and errors."""

from __future__ import annotations

import errno
import os
import tomllib
from pathlib import Path

import pytest

import config
from config.settings import (
    InvalidSetting,
    Settings,
    SettingsError,
    SettingsFileMissing,
    UnknownSetting,
    UnreadableSettings,
    load_settings,
    setting_names,
)

EXAMPLE = Path(config.__file__).parent / "atelier.example.toml"
TOKEN = "MTIz.abc.a-secret-that-nobody-may-read"


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Remove all settings from the environment, in an empty folder."""
    for variable in list(os.environ):
        if variable.upper().startswith("ATELIER_"):
            monkeypatch.delenv(variable)
    monkeypatch.chdir(tmp_path)


def test_everything_has_a_default() -> None:
    settings = load_settings()

    assert settings.discord.token is None
    assert settings.database == "sqlite+aiosqlite:///data/atelier.sqlite3"
    assert not settings.discord.is_stand_in


def test_the_environment_overrides_the_file_and_the_file_the_defaults(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "atelier.toml").write_text("[queue]\nlimit = 7\nmember_jobs = 2\n")
    monkeypatch.setenv("ATELIER_QUEUE__LIMIT", "9")

    queue = load_settings().queue

    assert (queue.limit, queue.member_jobs) == (9, 2)


def test_a_variable_names_another_settings_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "other.toml"
    file.write_text('data_dir = "/srv/atelier"\n')
    monkeypatch.setenv("ATELIER_CONFIG", str(file))

    assert load_settings().data_dir == Path("/srv/atelier")


def test_settings_that_other_files_rely_on_keep_their_names() -> None:
    assert {
        "ATELIER_DISCORD__TOKEN",
        "ATELIER_DISCORD__API_URL",
        "ATELIER_DISCORD__GATEWAY_URL",
        "ATELIER_DATA_DIR",
        "ATELIER_DATABASE_URL",
        "ATELIER_ENGINE__WORKERS",
        "ATELIER_ENGINE__PRECISION",
        "ATELIER_QUEUE__LIMIT",
        "ATELIER_HTTP__HOST",
        "ATELIER_HTTP__PORT",
    } <= set(setting_names())


@pytest.mark.parametrize(
    ("url", "is_stand_in"),
    [
        ("https://discord.com/api/v10/", False),
        ("https://discord.com/api", False),
        ("https://Discord.com/api/v10", False),
        ("https://canary.discord.com/api/v10", False),
        ("https://ptb.discord.com/api/v10", False),
        ("http://127.0.0.1:8123/api/v10", True),
        ("https://notdiscord.com/api/v10", True),
        ("https://discord.com.example/api/v10", True),
    ],
)
def test_discord_is_recognized_by_its_host(monkeypatch: pytest.MonkeyPatch, url: str, is_stand_in: bool) -> None:
    monkeypatch.setenv("ATELIER_DISCORD__API_URL", url)

    assert load_settings().discord.is_stand_in is is_stand_in


@pytest.mark.parametrize(
    ("variable", "value", "requirement"),
    [
        ("ATELIER_ENGINE__WORKERS", "three", "a whole number from 1 to 64"),
        ("ATELIER_ENGINE__WORKERS", "0", "a whole number from 1 to 64"),
        ("ATELIER_ENGINE__PRECISION", "float64", "auto, float32, bfloat16 or float16"),
        ("ATELIER_ENGINE__DETERMINISTIC", "perhaps", "true or false"),
        ("ATELIER_QUEUE__LIMIT", "-1", "a whole number of jobs"),
        ("ATELIER_HTTP__PORT", "70000", "a port from 0 to 65535"),
        ("ATELIER_DISCORD__API_URL", "discord.com", "an http(s) URL"),
        ("ATELIER_DISCORD__GATEWAY_URL", "https://discord.com", "a ws(s) URL"),
        ("ATELIER_DATABASE_URL", "mysql://somewhere", "a URL that starts with sqlite+aiosqlite:// or"),
        ("ATELIER_DATABASE_URL", "postgresql://somewhere", "a URL that starts with sqlite+aiosqlite:// or"),
        ("ATELIER_LOG__FORMAT", "xml", "auto, console or json"),
    ],
)
def test_a_malformed_setting_is_named_with_the_expected_form(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, requirement: str
) -> None:
    monkeypatch.setenv(variable, value)

    with pytest.raises(InvalidSetting) as raised:
        load_settings()

    assert str(raised.value).startswith(f"The setting {variable} must be {requirement}")


@pytest.mark.parametrize(
    ("text", "limit_bytes"),
    [("2048", 2048), ("25 MiB", 25 * 2**20), ("2GiB", 2 * 2**30), ("1.5 GB", 1_500_000_000), ("1024 b", 1024)],
)
def test_a_size_has_a_unit_or_is_in_bytes(monkeypatch: pytest.MonkeyPatch, text: str, limit_bytes: int) -> None:
    monkeypatch.setenv("ATELIER_UPLOADS__LIMIT_BYTES", text)

    assert load_settings().uploads.limit_bytes == limit_bytes


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("90.5", 90.5),
        ("90 s", 90),
        ("1.5min", 90),
        ("2 Hours", 7200),
        ("1 day", 86400),
        ("2 weeks", 1209600),
    ],
)
def test_a_duration_has_a_unit_or_is_in_seconds(monkeypatch: pytest.MonkeyPatch, text: str, seconds: float) -> None:
    monkeypatch.setenv("ATELIER_ENGINE__JOB_TIMEOUT_SECONDS", text)

    assert load_settings().engine.job_timeout_seconds == seconds


@pytest.mark.parametrize(("text", "hours"), [("36", 36), ("36 h", 36), ("7 days", 168), ("120 minutes", 2)])
def test_how_long_files_are_kept_has_a_unit_or_is_in_hours(
    monkeypatch: pytest.MonkeyPatch, text: str, hours: int
) -> None:
    monkeypatch.setenv("ATELIER_RETENTION__RESULT_HOURS", text)

    assert load_settings().retention.result_hours == hours


def test_the_file_takes_numbers_and_values_with_units(tmp_path: Path) -> None:
    (tmp_path / "atelier.toml").write_text(
        'startup_wait_seconds = "1 min"\nshutdown_grace_seconds = 5\n'
        '[retention]\nfree_bytes = 2048\ninput_hours = "2 d"\n'
    )

    settings = load_settings()

    assert (settings.startup_wait_seconds, settings.shutdown_grace_seconds) == (60, 5)
    assert (settings.retention.free_bytes, settings.retention.input_hours) == (2048, 48)


@pytest.mark.parametrize(
    ("variable", "value", "requirement"),
    [
        ("ATELIER_UPLOADS__LIMIT_BYTES", "25 apples", "a size, at least 1 KiB, for example 25 MiB"),
        ("ATELIER_UPLOADS__LIMIT_BYTES", "5 B", "a size, at least 1 KiB, for example 25 MiB"),
        ("ATELIER_UPLOADS__LIMIT_BYTES", "9" * 400 + " MiB", "a size, at least 1 KiB, for example 25 MiB"),
        ("ATELIER_RETENTION__FREE_BYTES", "-1 GiB", "a size to keep free on the disk"),
        ("ATELIER_ENGINE__GRACE_SECONDS", "5 s s", "a duration from 0 s to 600 s"),
        ("ATELIER_ENGINE__GRACE_SECONDS", "1 hour", "a duration from 0 s to 600 s"),
        ("ATELIER_ENGINE__JOB_TIMEOUT_SECONDS", "6 fortnights", "a duration, at least 60 s"),
        ("ATELIER_RETENTION__INPUT_HOURS", "90 min", "whole hours from 1 to 87600"),
        ("ATELIER_RETENTION__INPUT_HOURS", "30 min", "whole hours from 1 to 87600"),
    ],
)
def test_a_size_or_duration_that_cannot_be_used_is_named_with_an_example(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, requirement: str
) -> None:
    monkeypatch.setenv(variable, value)

    with pytest.raises(InvalidSetting) as raised:
        load_settings()

    assert str(raised.value).startswith(f"The setting {variable} must be {requirement}")


@pytest.mark.parametrize(
    ("variable", "nearest"),
    [
        ("ATELIER_DISCORD__TOKN", "ATELIER_DISCORD__TOKEN"),
        ("ATELIER_DISCORD_TOKEN", "ATELIER_DISCORD__TOKEN"),
        ("ATELIER_TOKEN", "ATELIER_DISCORD__TOKEN"),
        ("ATELIER_ENGINE__WORKER", "ATELIER_ENGINE__WORKERS"),
        ("ATELIER_QUEUE", None),
        ("ATELIER_COLOUR_OF_THE_SKY", None),
    ],
)
def test_an_unknown_variable_is_named_with_the_nearest_known_one(
    monkeypatch: pytest.MonkeyPatch, variable: str, nearest: str | None
) -> None:
    monkeypatch.setenv(variable, "x")

    with pytest.raises(UnknownSetting) as raised:
        load_settings()

    assert raised.value.name == variable
    assert raised.value.nearest == nearest


def test_an_unknown_setting_in_the_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "atelier.toml").write_text("[queue]\nlimits = 7\n")

    with pytest.raises(UnknownSetting, match=r"ATELIER_QUEUE__LIMITS\. Did you mean ATELIER_QUEUE__LIMIT\?"):
        load_settings()


@pytest.mark.parametrize("text", ["queue = 7\n", "[queue.limit]\nx = 1\n"])
def test_a_setting_of_the_wrong_type_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "atelier.toml").write_text(text)

    with pytest.raises(InvalidSetting, match="ATELIER_QUEUE"):
        load_settings()


def test_a_file_that_is_not_toml_is_named(tmp_path: Path) -> None:
    (tmp_path / "atelier.toml").write_text("this is = not [toml")

    with pytest.raises(UnreadableSettings, match=r"Can't read the settings file .*atelier\.toml"):
        load_settings()


def test_a_missing_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATELIER_CONFIG", "nowhere.toml")

    with pytest.raises(
        SettingsFileMissing, match=r"There is no settings file nowhere\.toml\. Set ATELIER_CONFIG to one"
    ):
        load_settings()


@pytest.mark.parametrize("text", [f'[discord]\ntoken = "{TOKEN}"\napi_url = 5\n', f'[discord]\ntoken = ["{TOKEN}"]\n'])
def test_no_error_repeats_a_token(tmp_path: Path, text: str) -> None:
    (tmp_path / "atelier.toml").write_text(text)

    with pytest.raises(SettingsError) as raised:
        load_settings()

    assert TOKEN not in str(raised.value) + repr(raised.value)
    assert raised.value.__suppress_context__


def test_a_token_is_in_no_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATELIER_DISCORD__TOKEN", TOKEN)

    settings = load_settings()

    assert settings.discord.token is not None
    assert settings.discord.token.get_secret_value() == TOKEN
    assert TOKEN not in repr(settings)


def test_the_example_file_holds_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATELIER_CONFIG", str(EXAMPLE))

    assert load_settings() == Settings()


def test_the_example_file_names_every_setting() -> None:
    written = EXAMPLE.read_text(encoding="utf-8")
    table = tomllib.loads(
        "\n".join(line.removeprefix("# ") if " = " in line else line for line in written.splitlines())
    )
    named = {
        f"ATELIER_{key}__{inner}".upper() if isinstance(value, dict) else f"ATELIER_{key}".upper()
        for key, value in table.items()
        for inner in (value if isinstance(value, dict) else [""])
    }

    assert named == set(setting_names())


def test_a_settings_file_in_a_folder_that_cannot_be_entered_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def not_allowed(_path: Path) -> bool:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setenv("ATELIER_CONFIG", "private/atelier.toml")
    monkeypatch.setattr(Path, "is_file", not_allowed)
    with pytest.raises(
        UnreadableSettings, match=r"Can't read the settings file private/atelier\.toml: permission denied"
    ):
        load_settings()


def test_the_name_of_the_settings_file_is_not_read_in_lower_case(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("atelier_config", "mine.toml")
    with pytest.raises(UnknownSetting, match="ATELIER_CONFIG"):
        load_settings()
