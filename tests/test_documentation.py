"""The documents name every existing command, option, setting, recipe, permission and file, and no others."""

from __future__ import annotations

import re
import tomllib
from functools import reduce
from itertools import dropwhile, takewhile
from pathlib import Path
from typing import Any

import click
import discord
import pytest

from bot.__main__ import main as bot_command
from bot.client import COMMANDS
from config.settings import CONFIG_VARIABLE, Settings, setting_names
from stylizer.cli import main as stylizer_command
from stylizer.cli.pairs import PICTURE_ENDINGS
from stylizer.recipe import MAX_SIZE_PX, MIN_SIZE_PX, load_recipe, recipe_names

ROOT = Path(__file__).parent.parent
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))
}
MAX_README_LINES = 150
MAX_IMAGE_BYTES = 400_000
MAX_IMAGES_BYTES = {"user-guide": 3_600_000, "challenges": 3_000_000}
"""Of all pictures in a folder together."""


def table(page: str, first_cell: str) -> dict[str, list[str]]:
    """Return the table that starts with this cell: the first cell's names in backticks, and the other cells."""
    after = dropwhile(lambda line: not line.startswith(f"| {first_cell} |"), PAGES[page].splitlines())
    rows = [
        [cell.strip() for cell in row.strip("|").split("|")] for row in takewhile(lambda row: row[:1] == "|", after)
    ]
    return {name: cells for first, *cells in rows[2:] for name in re.findall(r"`([^`]+)`", first)}


def options(command: click.Command) -> set[str]:
    return {name for option in command.params if isinstance(option, click.Option) for name in option.opts}


def discord_commands() -> list[Any]:
    """Return every usable command, including each group's subcommands."""
    return [
        subcommand
        for command in COMMANDS
        for subcommand in (command.walk_commands() if isinstance(command, discord.app_commands.Group) else [command])
    ]


def test_the_readme_stays_one_page() -> None:
    assert len(PAGES["README.md"].splitlines()) < MAX_README_LINES


def test_every_discord_command_is_in_the_readme() -> None:
    commands = {
        command.name if isinstance(command, discord.app_commands.ContextMenu) else f"/{command.qualified_name}"
        for command in discord_commands()
    }
    assert set(table("README.md", "command")) == commands


@pytest.mark.parametrize("command", discord_commands(), ids=lambda command: command.name)
def test_every_option_of_a_discord_command_is_in_the_readme(command: Any) -> None:
    if isinstance(command, discord.app_commands.Command):
        named = table("README.md", "command")[f"/{command.qualified_name}"][0]
        assert {parameter.name for parameter in command.parameters} == set(re.findall(r"`([a-z0-9_]+)`", named))


def test_every_recipe_is_in_the_readme_with_its_size_and_steps() -> None:
    recipes = {name: load_recipe(name) for name in recipe_names()}
    assert {name: cells[:2] for name, cells in table("README.md", "recipe").items()} == {
        name: [f"{recipe.longest_side_px} px", str(recipe.steps)] for name, recipe in recipes.items()
    }


def test_every_option_of_the_command_line_is_documented_with_its_default() -> None:
    documented = table("docs/command-line.md", "option")
    assert set(documented) == options(stylizer_command) | {"-h", "--help"}
    assert f"from {MIN_SIZE_PX} to {MAX_SIZE_PX}" in documented["--size"][1]
    for option in stylizer_command.params:
        if isinstance(option, click.Option) and option.show_default and option.default is not None:
            assert documented[option.opts[-1]][0] == f"`{option.default}`"


def test_every_suffix_of_the_pictures_in_folders_is_documented() -> None:
    listed = re.search(r"recognized by their suffixes \(([^)]*)\)", PAGES["docs/command-line.md"])
    assert listed is not None
    assert set(re.findall(r"`(\.[a-z]+)`", listed[1])) == PICTURE_ENDINGS


def test_every_command_of_the_bot_is_documented_with_its_options() -> None:
    assert isinstance(bot_command, click.Group)
    documented = table("docs/hosting.md", "command")
    assert set(documented) == {f"python -m bot {name}" for name in bot_command.commands}
    named = set(re.findall(r"`(--[a-z0-9-]+)", PAGES["docs/hosting.md"]))
    assert set().union(*map(options, bot_command.commands.values())) <= named


def test_the_page_about_challenges_names_only_options_that_exist() -> None:
    assert isinstance(bot_command, click.Group)
    named = set(re.findall(r"`(--[a-z0-9-]+)", PAGES["docs/challenges.md"]))
    assert named
    assert named <= options(bot_command.commands["recount"])


def test_every_setting_is_documented_with_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    documented = table("docs/settings.md", "setting")
    assert set(documented) == {*setting_names(), CONFIG_VARIABLE}
    for variable in setting_names():
        default = documented[variable][0]
        if _value(Settings(), variable) is None:
            assert not default.startswith("`"), f"{variable} has no default"
        else:
            monkeypatch.setenv(variable, default.strip("`"))
            assert _value(Settings(), variable) == _value(Settings.model_construct(), variable)
            monkeypatch.delenv(variable)


def _value(settings: Settings, variable: str) -> Any:
    """The value of the setting that this environment variable sets."""
    return reduce(getattr, variable.removeprefix("ATELIER_").lower().split("__"), settings)


def test_every_setting_is_in_the_example_file() -> None:
    example = (ROOT / "config" / "atelier.example.toml").read_text(encoding="utf-8")
    found = set()
    group = ""
    for line in example.splitlines():
        if heading := re.fullmatch(r"\[(\w+)\]", line):
            group = f"{heading[1]}__"
        elif entry := re.match(r"(?:# )?(\w+) = ", line):
            found.add(f"ATELIER_{group}{entry[1]}".upper())
    assert found == set(setting_names())


@pytest.mark.parametrize("page", PAGES)
def test_a_page_names_only_settings_that_exist(page: str) -> None:
    named = {name for name in re.findall(r"ATELIER_\w+", PAGES[page]) if not name.endswith("_")}
    assert named <= {*setting_names(), CONFIG_VARIABLE}


def test_the_settings_for_a_gpu_can_be_set() -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", PAGES["docs/settings.md"], re.DOTALL)
    assert Settings.model_validate(tomllib.loads(block))


def test_the_invite_link_asks_for_the_permissions_that_are_explained() -> None:
    after = dropwhile(lambda line: not line.startswith("| permission |"), PAGES["docs/hosting.md"].splitlines())
    explained = [row.split("|")[1].strip() for row in takewhile(lambda row: row[:1] == "|", after)][2:]
    wanted = discord.Permissions(**{name.lower().replace(" ", "_"): True for name in explained})
    assert explained
    assert f"scope=bot+applications.commands&permissions={wanted.value}\n" in PAGES["docs/hosting.md"]


def test_docker_gives_the_bot_its_token_its_data_and_time_to_shut_down() -> None:
    commands = re.findall(r"docker run (?:\\\n|[^`\n])*", PAGES["docs/hosting.md"])
    assert commands
    for command in commands:
        assert "--env ATELIER_DISCORD__TOKEN" in command
        assert "--volume atelier-data:/data" in command
        if "--detach" in command:
            (seconds,) = re.findall(r"--stop-timeout (\d+)", command)
            assert int(seconds) > 2 * Settings.model_construct().shutdown_grace_seconds


def test_the_documents_name_only_make_targets_that_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    blocks = [block for page in PAGES.values() for block in re.findall(r"```sh\n(.*?)```", page, re.DOTALL)]
    quoted = [code for page in PAGES.values() for code in re.findall(r"`(make [^`]+)`", page)]
    typed = [line for block in blocks for line in block.splitlines()] + quoted
    named = {found[1] for line in typed if (found := re.match(r"make ([a-z]+)", line))}
    assert {"demo", "test", "quick", "check", "run", "bench"} <= named <= targets


@pytest.mark.parametrize("page", PAGES)
def test_every_link_target_on_a_page_exists(page: str) -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", PAGES[page]) if "://" not in link]
    for link in links:
        path, _, anchor = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target.read_text(encoding="utf-8")), link


def anchors(page: str) -> set[str]:
    """Return the anchors that GitHub gives a page's headings."""
    headings = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES)
def test_modules_and_files_named_on_a_page_exist(page: str) -> None:
    folders = "bot|stylizer|config|tests|benchmarks|docs|scripts|docker"
    named = re.findall(rf"`((?:{folders})/[\w./-]*)`", PAGES[page])
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_picture_is_shown_and_small_enough_for_a_phone() -> None:
    shown = {
        (ROOT / page).parent / picture
        for page, text in PAGES.items()
        for picture in re.findall(r"!\[[^\]]+\]\(((?:docs/)?images/[^)]+)\)", text)
    }
    sizes = {path: path.stat().st_size for path in (ROOT / "docs" / "images").rglob("*") if path.is_file()}
    assert shown == set(sizes)
    assert max(sizes.values()) < MAX_IMAGE_BYTES
    for folder, max_bytes in MAX_IMAGES_BYTES.items():
        assert sum(size for path, size in sizes.items() if path.parent.name == folder) < max_bytes
