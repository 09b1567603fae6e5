"""All settings of the bot, typed. The environment wins over `atelier.toml`, which wins over the defaults below.

SettingsError
├── UnknownSetting
├── InvalidSetting
├── SettingsFileMissing
└── UnreadableSettings
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AnyUrl, BaseModel, ConfigDict, Field, SecretStr, UrlConstraints, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings import (
    SettingsError as SourceError,
)

from config.units import Bytes, Hours, Seconds

PREFIX = "ATELIER_"
CONFIG_VARIABLE = "ATELIER_CONFIG"
DEFAULT_CONFIG = Path("atelier.toml")

DISCORD_HOST = "discord.com"
DISCORD_API_URL = f"https://{DISCORD_HOST}/api/v10"
DISCORD_GATEWAY_URL = "wss://gateway.discord.gg/"

HttpUrl = Annotated[AnyUrl, UrlConstraints(allowed_schemes=["http", "https"], host_required=True)]
WebSocketUrl = Annotated[AnyUrl, UrlConstraints(allowed_schemes=["ws", "wss"], host_required=True)]


class SettingsError(Exception):
    """A problem with the settings that keeps the bot from starting; its text says how to fix it.

    The errors below aren't frozen: a frozen dataclass refuses the `__traceback__` that `contextlib` sets.
    """


@dataclass(eq=False)
class UnknownSetting(SettingsError):
    name: str
    nearest: str | None

    def __str__(self) -> str:
        hint = (
            f" Did you mean {self.nearest}?" if self.nearest else " See config/atelier.example.toml for all settings."
        )
        return f"There is no setting {self.name}.{hint}"


@dataclass(eq=False)
class InvalidSetting(SettingsError):
    name: str
    requirement: str

    def __str__(self) -> str:
        return f"The setting {self.name} must be {self.requirement}."


@dataclass(eq=False)
class SettingsFileMissing(SettingsError):
    path: Path

    def __str__(self) -> str:
        return f"There is no settings file {self.path}. Set {CONFIG_VARIABLE} to one, or leave it out."


@dataclass(eq=False)
class UnreadableSettings(SettingsError):
    path: Path
    problem: str

    def __str__(self) -> str:
        return f"Can't read the settings file {self.path}: {self.problem}."


class _Group(BaseModel):
    # An input may be a secret, so no error may repeat it.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def _jobs(default: int) -> Any:
    return Field(default=default, ge=0, description="a whole number of jobs; 0 is unlimited")


def _hours(default: int) -> Any:
    return Field(
        default=default, ge=1, le=87600, description="whole hours from 1 to 87600, for example 24, 24 hours or 7 days"
    )


class DiscordSettings(_Group):
    token: SecretStr | None = Field(default=None, description="the bot token of the application's Bot page")
    api_url: HttpUrl = Field(
        default=AnyUrl(DISCORD_API_URL), description="an http(s) URL, for example " + DISCORD_API_URL
    )
    gateway_url: WebSocketUrl = Field(
        default=AnyUrl(DISCORD_GATEWAY_URL), description="a ws(s) URL, for example " + DISCORD_GATEWAY_URL
    )

    @property
    def is_stand_in(self) -> bool:
        """Whether the bot talks to something other than Discord itself."""
        host = self.api_url.host or ""
        return host != DISCORD_HOST and not host.endswith(f".{DISCORD_HOST}")

    @property
    def chosen_gateway_url(self) -> str | None:
        """The configured gateway, or None to ask Discord for one."""
        url = str(self.gateway_url)
        return None if url == DISCORD_GATEWAY_URL else url


class EngineSettings(_Group):
    workers: int | None = Field(
        default=None, ge=1, le=64, description="a whole number from 1 to 64 (default: one per GPU, or one)"
    )
    precision: Literal["auto", "float32", "bfloat16", "float16"] = Field(
        default="auto", description="auto, float32, bfloat16 or float16"
    )
    deterministic: bool = Field(default=True, description="true or false (a GPU may use faster, unrepeatable kernels)")
    weights: str = Field(
        default="shipped", min_length=1, description="`shipped`, `keras`, or a path to a .h5, .weights.h5 or .npz file"
    )
    threads: int | None = Field(
        default=None,
        ge=1,
        le=1024,
        description="a whole number of CPU threads per worker (default: all of them)",
    )
    grace_seconds: Seconds = Field(
        default=10.0, ge=0, le=600, description="a duration from 0 s to 600 s, for a worker to stop on its own"
    )
    job_timeout_seconds: Seconds = Field(
        default=6 * 3600.0, ge=60, description="a duration, at least 60 s, that a painting may take"
    )
    user: str | None = Field(
        default=None,
        min_length=1,
        description="a user of this machine, by name or ID, that workers run as (default: nobody, if possible)",
    )
    memory_limit_bytes: Bytes | None = Field(
        default=None,
        ge=2**30,
        description=(
            "a size, at least 1 GiB, that a painting may use in addition to its idle worker "
            "(default: 90% of this machine's memory, divided among the workers; unlimited with a GPU)"
        ),
    )


class QueueSettings(_Group):
    limit: int = _jobs(100)
    member_jobs: int = _jobs(3)
    member_jobs_at_once: int = _jobs(1)
    member_jobs_a_day: int = _jobs(50)
    server_jobs: int = _jobs(50)
    server_jobs_at_once: int = _jobs(0)
    server_jobs_a_day: int = _jobs(500)


class UploadSettings(_Group):
    limit_bytes: Bytes = Field(default=25 * 2**20, ge=1024, description="a size, at least 1 KiB, for example 25 MiB")


class RetentionSettings(_Group):
    input_hours: Hours = _hours(24)
    result_hours: Hours = _hours(30 * 24)
    size_limit_bytes: Bytes = Field(
        default=10 * 2**30, ge=0, description="a size for the data directory, for example 10 GiB; 0 is unlimited"
    )
    member_favorites: int = Field(
        default=100, ge=0, description="a whole number of favorites per member, kept for any time; 0 is unlimited"
    )
    free_bytes: Bytes = Field(
        default=512 * 2**20, ge=0, description="a size to keep free on the disk, for example 512 MiB; 0 keeps none"
    )


class GallerySettings(_Group):
    dir: Path | None = Field(default=None, description="a folder of pictures with a file styles.toml")
    server_limit: int = Field(default=500, ge=0, description="a whole number of styles; 0 is unlimited")
    member_limit: int = Field(default=50, ge=0, description="a whole number of styles; 0 is unlimited")


class HttpSettings(_Group):
    host: str = Field(default="127.0.0.1", description="an address to listen on, for example 127.0.0.1")
    port: int = Field(default=0, ge=0, le=65535, description="a port from 0 to 65535; 0 picks a free one")


class LogSettings(_Group):
    format: Literal["auto", "console", "json"] = Field(default="auto", description="auto, console or json")
    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="debug, info, warning or error"
    )


class Settings(BaseSettings):
    """All settings, validated. Built once by `load_settings` and passed to whatever needs them."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    data_dir: Path = Field(default=Path("data"), description="a folder that the bot may write to")
    database_url: str | None = Field(
        default=None,
        repr=False,  # it may contain a password
        pattern=r"^(sqlite\+aiosqlite|postgresql\+asyncpg)://",
        description="a URL that starts with sqlite+aiosqlite:// or postgresql+asyncpg://",
    )
    startup_wait_seconds: Seconds = Field(
        default=20.0, ge=0, le=3600, description="a duration from 0 s to 3600 s, for another bot to shut down"
    )
    shutdown_grace_seconds: Seconds = Field(
        default=8.0, ge=0, le=3600, description="a duration from 0 s to 3600 s, for running paintings to finish"
    )
    discord: DiscordSettings = DiscordSettings()
    engine: EngineSettings = EngineSettings()
    queue: QueueSettings = QueueSettings()
    uploads: UploadSettings = UploadSettings()
    retention: RetentionSettings = RetentionSettings()
    gallery: GallerySettings = GallerySettings()
    http: HttpSettings = HttpSettings()
    log: LogSettings = LogSettings()

    @property
    def database(self) -> str:
        """The URL of the database; by default, SQLite in the data directory."""
        return self.database_url or f"sqlite+aiosqlite:///{self.data_dir / 'atelier.sqlite3'}"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        del dotenv_settings, file_secret_settings  # two sources are enough
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, _config_path())


def load_settings() -> Settings:
    """Load the settings from the environment and the settings file. Raises `SettingsError`."""
    if chosen := os.environ.get(CONFIG_VARIABLE):
        path = Path(chosen)
        try:
            is_there = path.is_file()
        except OSError as error:
            raise UnreadableSettings(path, (error.strerror or str(error)).lower()) from error
        if not is_there:
            raise SettingsFileMissing(path)
    known = setting_names()
    for variable in sorted(os.environ):
        if variable.upper().startswith(PREFIX) and variable.upper() not in known and variable != CONFIG_VARIABLE:
            raise UnknownSetting(variable, _nearest(variable.upper(), [*known, CONFIG_VARIABLE]))
    try:
        return Settings()
    except ValidationError as error:
        raise _settings_error(error) from None  # the cause would repeat the input, which may be a token
    except SourceError as error:
        raise UnreadableSettings(_config_path() or DEFAULT_CONFIG, str(error)) from error
    except (OSError, ValueError) as error:  # tomllib's error is a ValueError
        raise UnreadableSettings(_config_path() or DEFAULT_CONFIG, str(error)) from error


def setting_names() -> dict[str, str]:
    """Return every setting's environment variable, with a description of valid values."""
    names: dict[str, str] = {}
    for name, field in Settings.model_fields.items():
        group = field.annotation
        if isinstance(group, type) and issubclass(group, BaseModel):
            names |= {
                _variable(name, inner): definition.description or "" for inner, definition in group.model_fields.items()
            }
        else:
            names[_variable(name)] = field.description or ""
    return names


def _variable(*path: str | int) -> str:
    return PREFIX + "__".join(str(part) for part in path).upper()


def _nearest(name: str, known: Collection[str]) -> str | None:
    """Return the setting that was probably meant: one with the same ending, or a similar spelling."""
    wanted = name.removeprefix(PREFIX)
    same_ending = [variable for variable in known if variable.endswith(f"_{wanted}")]
    similar = difflib.get_close_matches(wanted, [variable.removeprefix(PREFIX) for variable in known], n=1)
    return next(iter([*same_ending, *(PREFIX + variable for variable in similar)]), None)


def _config_path() -> Path | None:
    path = Path(os.environ.get(CONFIG_VARIABLE) or DEFAULT_CONFIG)
    return path if path.is_file() else None


def _settings_error(error: ValidationError) -> SettingsError:
    first: Any = error.errors(include_url=False, include_context=False)[0]
    known = setting_names()
    name = _variable(*first["loc"])
    if first["type"] == "extra_forbidden":
        return UnknownSetting(name, _nearest(name, known))
    requirement = next((what for variable, what in known.items() if name.startswith(variable)), None)
    return InvalidSetting(name, requirement or "a table of settings, as in config/atelier.example.toml")
