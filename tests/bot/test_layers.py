"""The two rules of the house: who may import whom, and that the bot's process stays without TensorFlow."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import bot

BOT = Path(bot.__file__).parent
MODULES = sorted(BOT.rglob("*.py"))
DOORS = ("stylizer.pool", "stylizer.recipe", "stylizer.events")


def imported_by(path: Path) -> set[str]:
    """Every module that a file imports, wherever in the file that stands."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            assert node.module is not None
            names |= {node.module} if node.module != "stylizer" else {f"stylizer.{a.name}" for a in node.names}
    return names


def test_the_bot_reaches_the_stylizer_through_three_doors_only() -> None:
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


def test_importing_all_of_the_bot_leaves_tensorflow_out() -> None:
    names = [".".join(path.relative_to(BOT.parent).with_suffix("").parts) for path in MODULES]
    # A migration is no module to import: Alembic runs it.
    names = [
        name.removesuffix(".__init__") for name in names if not name.endswith("__main__") and ".migrations" not in name
    ]
    program = f"import sys, {', '.join(names)}; print('tensorflow' in sys.modules, 'keras' in sys.modules)"

    told = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=True, cwd=BOT.parent
    )

    assert told.stdout.split() == ["False", "False"]


def test_nothing_below_the_commands_knows_them() -> None:
    for folder in ("jobs", "storage"):
        for path in (BOT / folder).glob("*.py"):
            reached = {name for name in imported_by(path) if name.startswith("bot.commands")}
            assert reached == set(), path
