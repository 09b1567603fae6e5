"""Import rules of the stylizer and the settings; `tests/bot/test_layers.py` has the bot's."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent


def imports(folder: str) -> Iterator[tuple[str, str]]:
    """Return (file, top-level package) for every import statement in a folder."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        file = str(path.relative_to(ROOT))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Import(names=names):
                    yield from ((file, alias.name.partition(".")[0]) for alias in names)
                case ast.ImportFrom(module=str(module), level=0):
                    yield file, module.partition(".")[0]


def test_the_stylizer_imports_neither_the_bot_nor_discord() -> None:
    assert not [found for found in imports("stylizer") if found[1] in {"bot", "discord"}]


def test_only_the_stylizers_pool_is_asynchronous() -> None:
    asynchronous = {file for file, package in imports("stylizer") if package == "asyncio"}
    assert asynchronous
    assert all(file.startswith("stylizer/pool/") for file in asynchronous)


def test_the_settings_import_neither_the_bot_nor_the_stylizer() -> None:
    assert not [found for found in imports("config") if found[1] in {"bot", "stylizer"}]
