"""Find the catalog entries that the bot's source uses, and their fields."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import bot
from bot.gallery.builtin import SHIPPED, load_folder
from bot.words.sentences import painter_key
from stylizer.recipe import recipe_names
from tests.bot.error_examples import EXAMPLES, PAINTER_EXAMPLES

SOURCES = sorted(Path(bot.__file__).parent.rglob("*.py"))
RENDERERS = {"words", "ENGLISH", "localized", "self"}
"""What takes a key as its first argument. So does `words_of(interaction)`."""


SHIPPED_STYLES = tuple(load_folder(SHIPPED))


def placeholders(text: str) -> set[str]:
    """Return the field names of an entry. Raises `ValueError` for braces that don't match."""
    found = set()
    for _, name, spec, conversion in Formatter().parse(text):
        if name is not None:
            if not name.isidentifier() or spec or conversion:
                raise ValueError(f"{{{name}}} isn't the plain name of a field")
            found.add(name)
    return found


def calls() -> dict[str, list[set[str]]]:
    """Return the keys that are literals in calls, each with the fields of every use."""
    found = defaultdict(list)
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _is_renderer(node.func) and node.args:
                fields = {keyword.arg for keyword in node.keywords if keyword.arg is not None}
                for key in _texts(node.args[0]):
                    found[key].append(fields)
    return found


def used_keys() -> set[str]:
    """Return every key that the bot uses in calls, tables, errors and recipes."""
    keys = set(calls())
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                names = [target.id for target in targets if isinstance(target, ast.Name)]
                if any(name == "key" or name.endswith("_KEYS") for name in names):
                    keys |= set(_values(node.value))
    keys |= {error.key for error in EXAMPLES}
    keys |= {painter_key(error) for error in PAINTER_EXAMPLES}
    keys |= {f"style-title-{key.replace('_', '-')}" for key in SHIPPED_STYLES}
    parts = ("title", "description")
    return keys | {f"recipe-{name.replace('_', '-')}-{part}" for name in recipe_names() for part in parts}


def _is_renderer(function: ast.expr) -> bool:
    if isinstance(function, ast.Call):
        return isinstance(function.func, ast.Name) and function.func.id == "words_of"
    return isinstance(function, ast.Name) and function.id in RENDERERS


def _values(node: ast.expr) -> Iterator[str]:
    """Yield the texts in a value; in a table, only those of its values."""
    for value in node.values if isinstance(node, ast.Dict) else [node]:
        yield from _texts(value)


def _texts(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Constant(str(text)):
            yield text
        case ast.IfExp():
            yield from (*_texts(node.body), *_texts(node.orelse))
        case ast.Tuple():
            for element in node.elts:
                yield from _texts(element)
