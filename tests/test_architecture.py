"""The rules that keep the house simple: who may import whom."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
SHARED_WITH_THE_BOT = ("stylizer.pool", "stylizer.recipe", "stylizer.events")


def imports(folder: str) -> Iterator[tuple[str, str]]:
    """Each (file, module) that an import statement anywhere in the folder's files names."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            file = str(path.relative_to(ROOT))
            match node:
                case ast.Import(names=names):
                    yield from ((file, alias.name) for alias in names)
                case ast.ImportFrom(module=str(module), level=0, names=names):
                    yield from ((file, f"{module}.{alias.name}") for alias in names)


def within(module: str, *packages: str) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def test_the_bot_reaches_the_stylizer_only_through_its_pool_recipes_and_events() -> None:
    reached = {found for found in imports("bot") if within(found[1], "stylizer")}
    assert reached
    assert not {(file, module) for file, module in reached if not within(module, *SHARED_WITH_THE_BOT)}


def test_the_stylizer_knows_nothing_of_the_bot_and_of_discord() -> None:
    assert not {found for found in imports("stylizer") if within(found[1], "bot", "discord")}


def test_only_the_pool_of_the_stylizer_is_asynchronous() -> None:
    asynchronous = {file for file, module in imports("stylizer") if within(module, "asyncio")}
    assert asynchronous
    assert all(file.startswith("stylizer/pool/") for file in asynchronous)


def test_the_settings_know_neither_the_bot_nor_the_stylizer() -> None:
    assert not {found for found in imports("config") if within(found[1], "bot", "stylizer")}


def test_importing_the_bot_leaves_tensorflow_out() -> None:
    look = """
import sys
import bot.__main__, bot.check, bot.demo
print(*(name for name in ("tensorflow", "keras", "h5py", "stylizer.painter") if name in sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
