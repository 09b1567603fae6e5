"""The documentation tells what there is, and nothing else: commands, options, settings, recipes, permissions."""

from __future__ import annotations

import re
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
from stylizer.recipe import LARGEST_SIZE_PX, SMALLEST_SIZE_PX, load_recipe, recipe_names

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = sorted({ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")})


def section(heading: str) -> list[str]:
    """The README's lines under a heading of the second level."""
    lines = README.splitlines()
    assert f"## {heading}" in lines
    after = [*dropwhile(lambda line: line != f"## {heading}", lines)][1:]
    return list(takewhile(lambda line: not line.startswith("## "), after))


def table(heading: str) -> dict[str, list[str]]:
    """The rows of the first table under a heading: the names in backticks of the first cell to the other cells."""
    rows = list(takewhile(lambda line: line.startswith("|"), dropwhile(lambda line: line[:1] != "|", section(heading))))
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]
    return {name: rest for first, *rest in cells for name in re.findall(r"`([^`]+)`", first)}


def subcommand(name: str) -> click.Command:
    assert isinstance(bot_command, click.Group)
    return bot_command.commands[name]


def options(command: click.Command) -> set[str]:
    return {name for option in command.params if isinstance(option, click.Option) for name in option.opts}


def discord_commands() -> list[Any]:
    """Every command that can be used, those of groups one by one."""
    return [
        one
        for command in COMMANDS
        for one in (command.walk_commands() if isinstance(command, discord.app_commands.Group) else [command])
    ]


def test_the_readme_tells_every_discord_command_and_no_other() -> None:
    commands = {
        command.name if isinstance(command, discord.app_commands.ContextMenu) else f"/{command.qualified_name}"
        for command in discord_commands()
    }
    assert set(table("What members can do")) == commands


@pytest.mark.parametrize("command", discord_commands(), ids=lambda command: command.name)
def test_the_readme_tells_every_choice_of_a_discord_command(command: Any) -> None:
    if isinstance(command, discord.app_commands.Command):
        told = table("What members can do")[f"/{command.qualified_name}"][0]
        assert {parameter.name for parameter in command.parameters} == set(re.findall(r"`([a-z_]+)`", told))


def test_the_readme_tells_every_option_of_the_stylizer_and_no_other() -> None:
    told = set(table("Paint on the command line"))
    assert told == options(stylizer_command) | {"-h", "--help"}


def test_the_readme_tells_the_defaults_of_the_stylizer() -> None:
    told = table("Paint on the command line")
    for option in stylizer_command.params:
        if isinstance(option, click.Option) and option.show_default and option.default is not None:
            assert told[option.opts[-1]][0] == f"`{option.default}`"


def test_the_readme_tells_every_command_of_the_bot_and_no_other() -> None:
    assert isinstance(bot_command, click.Group)
    assert set(table("The bot's commands")) == {f"python -m bot {name}" for name in bot_command.commands}


@pytest.mark.parametrize("name", ["run", "demo"])
def test_the_readme_tells_every_option_of_the_bot_s_commands(name: str) -> None:
    told = " ".join(section("The bot's commands"))
    assert options(subcommand(name)) <= set(re.findall(r"`(--[a-z-]+)", told))


def test_the_readme_tells_every_setting_and_no_other() -> None:
    assert set(table("Settings")) == {*setting_names(), CONFIG_VARIABLE}


def test_the_readme_tells_the_defaults_of_the_settings() -> None:
    told = table("Settings")
    defaults = Settings.model_construct().model_dump()
    for variable in setting_names():
        value: Any = defaults
        for key in variable.removeprefix("ATELIER_").lower().split("__"):
            value = value[key]
        if value is None:
            assert not told[variable][0].startswith("`"), f"{variable} has no default"
        else:
            assert told[variable][0] == f"`{value}`"


def test_the_example_file_has_every_setting() -> None:
    example = (ROOT / "config" / "atelier.example.toml").read_text(encoding="utf-8")
    found = set()
    group = ""
    for line in example.splitlines():
        if heading := re.fullmatch(r"\[(\w+)\]", line):
            group = f"{heading[1]}__"
        elif entry := re.match(r"(?:# )?(\w+) = ", line):
            found.add(f"ATELIER_{group}{entry[1]}".upper())
    assert found == set(setting_names())


def test_the_readme_tells_every_recipe_and_no_other() -> None:
    assert list(table("Recipes")) == list(recipe_names())


@pytest.mark.parametrize("name", recipe_names())
def test_the_readme_tells_the_size_and_steps_of_a_recipe(name: str) -> None:
    recipe = load_recipe(name)
    assert table("Recipes")[name][:2] == [f"{recipe.longest_side_px} px", str(recipe.steps)]


def test_the_readme_tells_the_sizes_that_can_be_painted() -> None:
    assert f"from {SMALLEST_SIZE_PX} to {LARGEST_SIZE_PX}" in table("Paint on the command line")["--size"][1]


def test_the_invite_link_asks_for_the_permissions_that_are_explained() -> None:
    explained = re.findall(r"^\| ((?:View|Send|Attach|Read)[A-Za-z ]+) \|", README, re.MULTILINE)
    wanted = discord.Permissions(**{name.lower().replace(" ", "_"): True for name in explained})
    assert len(explained) == 4
    assert f"scope=bot+applications.commands&permissions={wanted.value}\n" in README


def test_whatever_the_readme_runs_in_docker_has_the_token_and_the_data() -> None:
    typed = re.findall(r"docker run (?:\\\n|[^`\n])*", README)
    assert len(typed) >= 3
    for command in typed:
        assert "--env ATELIER_DISCORD__TOKEN" in command
        assert "--volume atelier-data:/data" in command


def test_docker_gives_the_bot_longer_to_end_than_its_grace_period() -> None:
    serving = re.findall(r"docker run --detach (?:\\\n|[^`\n])*", README)
    assert len(serving) == 2
    for command in serving:
        (seconds,) = re.findall(r"--stop-timeout (\d+)", command)
        assert int(seconds) > 2 * Settings.model_construct().shutdown_grace_seconds


def test_the_readme_tells_for_how_long_the_buttons_can_paint() -> None:
    told = " ".join(section("What members can do"))
    hours = Settings.model_construct().retention.input_hours
    assert f"{hours} hours after the painting is done (`ATELIER_RETENTION__INPUT_HOURS`)" in told


def test_the_readme_names_the_make_targets_that_there_are() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    pages = [page.read_text(encoding="utf-8") for page in PAGES]
    typed = [
        line
        for page in pages
        for block in re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
        for line in block.splitlines()
    ]
    quoted = [code for page in pages for code in re.findall(r"`(make [^`]+)`", page)]
    named = {found[1] for line in typed + quoted if (found := re.match(r"make ([a-z]+)", line))}
    assert {"demo", "test", "install", "run", "bench"} <= named <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_links_to_is_there(page: Path) -> None:
    links = re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8"))
    missing = [link for link in links if "://" not in link and not (page.parent / link.partition("#")[0]).exists()]
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_modules_and_files_that_a_page_names_are_there(page: Path) -> None:
    named = re.findall(
        r"`((?:bot|stylizer|config|tests|benchmarks|docs|scripts|docker)/[\w./-]*)`", page.read_text(encoding="utf-8")
    )
    missing = [name for name in named if not (ROOT / name).exists()]
    assert not missing
