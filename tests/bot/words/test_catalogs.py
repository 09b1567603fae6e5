"""Every catalog has exactly the needed entries, all well-formed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message

from bot.words import ENGLISH, sentence_for
from bot.words.catalog import HOST, LOCALES, forms_of, key_of, read_catalog
from bot.words.error import WordedError
from stylizer.recipe import load_recipe, recipe_names
from tests.bot.error_examples import EXAMPLES, PAINTER_EXAMPLES
from tests.bot.words.usage import calls, placeholders, used_keys

PATHS = sorted(LOCALES.glob("*.po"))
LIMITS = {
    r"(button|command|form)-outdated|form-picture-forgotten": 2000,
    r"command-.*|option-.*|choice-.*": 100,
    r"field-.*-description|form-limits-(range|any)": 100,
    r"field-.*|form-limits-(member|server)|form-.*-title": 45,
    r"button-.*": 80,
    r"select-.*": 150,
    r".*": 2000,
}
"""What Discord allows, by key; the first pattern that fits applies."""

every_catalog = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


def entries(path: Path) -> dict[str, Message]:
    return {key_of(message): message for message in read_catalog(path) if key_of(message)}


def test_the_english_catalog_exists() -> None:
    assert "en" in {path.stem for path in PATHS}


def test_every_used_entry_exists_in_english() -> None:
    assert used_keys() - set(ENGLISH.entries) == set()


def test_every_english_entry_is_used() -> None:
    assert set(ENGLISH.entries) - used_keys() == set()


def test_text_for_the_host_is_not_translated() -> None:
    host = {key_of(message) for message in read_catalog(HOST, locale="en") if key_of(message)}
    english = set(entries(LOCALES / "en.po"))

    assert host & english == set()
    assert host <= {error.key for error in EXAMPLES}


def test_every_use_passes_exactly_the_fields_of_its_entry() -> None:
    wrong = {
        key: (fields, needed)
        for key, uses in calls().items()
        for fields in uses
        for needed in [set().union(*map(placeholders, ENGLISH.entries[key]))]
        if fields != needed
    }
    assert wrong == {}


def test_only_entries_that_count_have_plural_forms() -> None:
    counting = {key for key, forms in ENGLISH.entries.items() if "count" in set().union(*map(placeholders, forms))}
    assert counting == {key for key, forms in ENGLISH.entries.items() if len(forms) > 1}


@pytest.mark.parametrize("error", [*EXAMPLES, *PAINTER_EXAMPLES], ids=lambda error: type(error).__name__)
def test_an_error_fills_every_field_of_its_sentence(error: Exception) -> None:
    assert "{" not in sentence_for(error, ENGLISH)
    if isinstance(error, WordedError):
        needed = set().union(*map(placeholders, ENGLISH.entries[error.key]))
        assert set(error.sentence_fields()) == needed


@pytest.mark.parametrize("name", recipe_names())
def test_a_shipped_recipes_english_text_matches_its_file(name: str) -> None:
    recipe, key = load_recipe(name), f"recipe-{name.replace('_', '-')}"
    assert (ENGLISH(f"{key}-title"), ENGLISH(f"{key}-description")) == (recipe.title, recipe.description)


@every_catalog
def test_a_catalog_translates_every_english_entry_exactly_once(path: Path) -> None:
    english, here = entries(LOCALES / "en.po"), entries(path)
    written = re.findall(r'^msgid "(.+)"$', path.read_text(encoding="utf-8"), re.MULTILINE)

    assert set(here) == set(english)
    assert sorted(written) == sorted(here)
    assert {key for key, message in here.items() if not forms_of(message)} == set()
    assert {key for key, message in here.items() if message.fuzzy} == set()


@every_catalog
def test_a_catalog_has_the_plural_forms_of_its_language(path: Path) -> None:
    catalog: Catalog = read_catalog(path)
    english = entries(LOCALES / "en.po")

    assert str(catalog.locale) == path.stem
    for key, message in entries(path).items():
        assert message.pluralizable == english[key].pluralizable, key
        assert len(forms_of(message)) == (catalog.num_plurals if message.pluralizable else 1), key


@every_catalog
def test_an_entry_has_the_fields_of_english(path: Path) -> None:
    for key, message in entries(path).items():
        needed = set().union(*map(placeholders, ENGLISH.entries[key]))
        for form in forms_of(message):
            assert placeholders(form) - {"count"} == needed - {"count"}, key
        assert set().union(*map(placeholders, forms_of(message))) == needed, key


@every_catalog
def test_an_entry_keeps_commands_code_links_and_headings(path: Path) -> None:
    kept = re.compile(
        r"`[^`]+`"  # code
        r"|(?<![A-Za-z0-9./])/[a-z]+(?:-[a-z]+)*"  # commands
        r"|https?://[a-z./]+…?"
        r"|\[[^\]]*\]\("  # links
        r"|^(?:#+|-#|-) ",  # headings, small print, lists
        re.MULTILINE,
    )
    for key, message in entries(path).items():
        english = {"[](" if part.startswith("[") else part for part in kept.findall(ENGLISH.entries[key][-1])}
        for form in forms_of(message):
            assert {"[](" if part.startswith("[") else part for part in kept.findall(form)} == english, key


@every_catalog
def test_no_entry_is_too_long_for_discord(path: Path) -> None:
    for key, message in entries(path).items():
        limit = next(limit for pattern, limit in LIMITS.items() if re.fullmatch(pattern, key))
        for form in forms_of(message):
            assert 0 < len(form) <= limit, key
            assert form == form.strip(), key
