"""Two rules: which modules import which, and no TensorFlow in the bot's process."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

import bot

BOT = Path(bot.__file__).parent
MODULES = sorted(BOT.rglob("*.py"))
DOORS = ("stylizer.pool", "stylizer.recipe", "stylizer.events", "stylizer.version")
OUTSIDE = frozenset({"commands", "cards", "client", "app", "demo"})
"""What the core must not know: who asks, and how its facts are shown."""


def imported_by(path: Path) -> set[str]:
    """Return every module that a file imports anywhere."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            assert node.module is not None
            names |= {node.module} if node.module != "stylizer" else {f"stylizer.{a.name}" for a in node.names}
    return names


def module_of(path: Path) -> str:
    """Return the module name of a file."""
    return ".".join(path.relative_to(BOT.parent).with_suffix("").parts).removesuffix(".__init__")


FILES = {module_of(path): path for path in MODULES if "migrations" not in path.parts}
"""The bot's modules. Alembic runs the migrations, nothing imports them."""
FOLDER = {module: module.split(".")[1] if "." in module else "" for module in FILES}


def packages_above(module: str) -> set[str]:
    """Return the packages that contain a module: importing it runs their `__init__` too."""
    parts = module.split(".")
    return {".".join(parts[:length]) for length in range(1, len(parts))}


@cache
def modules_imported_by(module: str) -> set[str]:
    """Return the bot's modules that a module imports anywhere, even under `TYPE_CHECKING`, and their packages."""
    imported: set[str] = set()
    for node in ast.walk(ast.parse(FILES[module].read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names=names):
                imported |= {alias.name for alias in names}
            case ast.ImportFrom(module=str(package), names=names):
                imported |= {
                    f"{package}.{alias.name}" if f"{package}.{alias.name}" in FILES else package for alias in names
                }
    above = set().union(*map(packages_above, imported)) if imported else set()
    return ((imported | above) & FILES.keys()) - packages_above(module) - {module}


def reached_from(module: str) -> set[str]:
    """Return the bot's modules that a module imports directly or indirectly."""
    reached: set[str] = set()
    left = [module]
    while left:
        new = modules_imported_by(left.pop()) - reached
        reached |= new
        left += new
    return reached


def within(folder: str) -> Callable[[str], bool]:
    """Return a test of whether a module is in this folder of the bot."""
    return lambda module: FOLDER.get(module) == folder


def names_views(path: Path) -> bool:
    """Return whether a file uses `discord.ui`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Attribute(value=ast.Name(id="discord"), attr="ui"):
                return True
            case ast.ImportFrom(module=str(package), names=names):
                if package.startswith("discord.ui") or (package == "discord" and any(a.name == "ui" for a in names)):
                    return True
            case ast.Import(names=names):
                if any(alias.name.startswith("discord.ui") for alias in names):
                    return True
    return False


def test_the_bot_imports_only_four_modules_of_the_stylizer() -> None:
    through_walls = {
        f"{path.relative_to(BOT)}: {name}"
        for path in MODULES
        for name in imported_by(path)
        if name.partition(".")[0] == "stylizer"
        and not any(name == door or name.startswith(f"{door}.") for door in DOORS)
    }
    assert through_walls == set()


def test_the_bot_never_imports_tensorflow() -> None:
    assert {path for path in MODULES for name in imported_by(path) if name.partition(".")[0] == "tensorflow"} == set()


@pytest.mark.process
def test_importing_all_of_the_bot_does_not_import_tensorflow() -> None:
    names = [".".join(path.relative_to(BOT.parent).with_suffix("").parts) for path in MODULES]
    # Migrations aren't imported: Alembic runs them.
    names = [
        name.removesuffix(".__init__") for name in names if not name.endswith("__main__") and ".migrations" not in name
    ]
    program = f"import sys, {', '.join(names)}; print('tensorflow' in sys.modules, 'keras' in sys.modules)"

    output = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=True, cwd=BOT.parent
    )

    assert output.stdout.split() == ["False", "False"]


def test_the_bots_folder_holds_only_startup_modules_and_packages() -> None:
    assert {path.name for path in BOT.glob("*.py")} == {"__init__.py", "__main__.py", "app.py", "check.py", "client.py"}


def test_the_bot_has_no_import_cycles() -> None:
    assert [module for module in FILES if module in reached_from(module)] == []


def test_only_the_modules_that_assemble_the_bot_import_commands() -> None:
    knowing = {module for module in FILES if any(map(within("commands"), modules_imported_by(module)))}

    assert {module for module in knowing if not within("commands")(module)} <= {"bot.app", "bot.client"}


def test_the_core_knows_neither_commands_nor_cards() -> None:
    core = [module for module in FILES if within("painting")(module) or within("challenges")(module)]

    assert core
    assert {(module, other) for module in core for other in reached_from(module) if FOLDER[other] in OUTSIDE} == set()


def test_no_module_below_the_core_names_discord_views() -> None:
    core = {module for module in FILES if within("painting")(module) or within("challenges")(module)}
    known = core.union(*(reached_from(module) for module in core))

    assert {module for module in known if names_views(FILES[module])} == set()


def test_modules_below_the_core_import_only_its_job_module() -> None:
    for folder in ("messages", "files", "storage"):
        modules = [module for module in FILES if within(folder)(module)]
        assert modules
        reached = {other for module in modules for other in reached_from(module) if within("painting")(other)}
        assert reached <= {"bot.painting", "bot.painting.job"}, folder


def test_cards_import_no_commands() -> None:
    cards = [module for module in FILES if within("cards")(module)]

    assert cards
    assert {(module, other) for module in cards for other in reached_from(module) if within("commands")(other)} == set()
