"""How entries and their fields are formatted in each language."""

from __future__ import annotations

import ast
from datetime import UTC, datetime
from pathlib import Path

import discord
import pytest
from babel.messages.pofile import read_po
from discord.utils import format_dt

from bot.painting.estimates import Estimate
from bot.servers import rules
from bot.words import ENGLISH, Words
from bot.words.catalog import best_locale
from bot.words.values import MAX_NAMES, PERMISSION_KEYS, AnyOf, FirstOf, Permissions

GERMAN = """
msgid ""
msgstr ""
"Language: de\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "queue-full"
msgid_plural "queue-full"
msgstr[0] "Die Warteschlange ist voll ({count} Bild)."
msgstr[1] "Die Warteschlange ist voll ({count} Bilder)."

msgid "mebibytes"
msgstr "{number} MiB"

msgid "kibibytes"
msgstr "{number} KiB"
"""


@pytest.fixture
def german(tmp_path: Path) -> Words:
    """A small catalog in German."""
    path = tmp_path / "de.po"
    path.write_text(GERMAN, encoding="utf-8")
    with path.open("rb") as file:
        return Words.from_catalogs(read_po(file, locale="de"), fallback=ENGLISH)


def test_a_count_chooses_the_plural_form(german: Words) -> None:
    assert german("queue-full", count=1) == "Die Warteschlange ist voll (1 Bild)."
    assert german("queue-full", count=3) == "Die Warteschlange ist voll (3 Bilder)."
    assert german("queue-full", count=12_345) == "Die Warteschlange ist voll (12.345 Bilder)."


def test_missing_translations_fall_back_to_english(german: Words) -> None:
    assert german("card-waiting-next") == "You're next."
    assert german.has("card-waiting-next")
    assert not german.has("no-such-entry")
    with pytest.raises(KeyError):
        german("no-such-entry")


@pytest.mark.parametrize(
    ("name", "value", "english", "german_"),
    [
        ("number", 1024, "1024", "1024"),
        ("number", 10_240.5, "10,240.5", "10.240,5"),
        ("size_px", 16_384, "16384", "16384"),
        ("owner_id", 2**62, str(2**62), str(2**62)),
        ("limit_bytes", 26_214_400, "25 MiB", "25 MiB"),
        ("limit_bytes", 1_300_000, "1.24 MiB", "1,24 MiB"),
        ("size_bytes", 21_077, "20.6 KiB", "20,6 KiB"),
        ("seconds", 13.2, "14 sec", "14 Sek."),
        ("seconds", 0, "0 sec", "0 Sek."),
        ("seconds", 120, "2 min", "2 Min."),
        ("seconds", 125, "2 min 5 sec", "2 Min. 5 Sek."),
        ("limit_minutes", 60, "60 minutes", "60 Minuten"),
        ("limit_minutes", 1.5, "1 min 30 sec", "1 Min. 30 Sek."),
        ("hours", 1, "1 hour", "1 Stunde"),
        ("hours", 24, "24 hours", "24 Stunden"),
        ("hours", 168, "7 days", "7 Tage"),
        ("percent", 29, "29%", "29\N{NO-BREAK SPACE}%"),
        ("parts", ("a", "b", "c"), "a, b, and c", "a, b und c"),
        ("parts", ["a"], "a", "a"),
        ("parts", AnyOf(("a", "b")), "a or b", "a oder b"),
        ("name", "as it is", "as it is", "as it is"),
        ("at", datetime(2026, 3, 1, 12, tzinfo=UTC), "<t:1772366400:t>", "<t:1772366400:t>"),
        ("place", Path("/data"), "/data", "/data"),
    ],
)
def test_fields_are_formatted_for_the_language(
    german: Words, name: str, value: object, english: str, german_: str
) -> None:
    assert ENGLISH.value(name, value) == english
    assert german.value(name, value) == german_


@pytest.mark.parametrize(
    ("locale", "days"), [("fr", "7 jours"), ("es-ES", "7 días"), ("pt-BR", "7 dias"), ("ja", "7 日")]
)
def test_days_are_written_in_languages_for_which_babel_lacks_the_plain_unit(locale: str, days: str) -> None:
    assert Words.of(locale).hours(168).replace("\N{NO-BREAK SPACE}", " ") == days


@pytest.mark.parametrize("value", [True, None, {"a": 1}])
def test_values_that_cannot_be_formatted_are_refused(value: object) -> None:
    with pytest.raises(TypeError, match="field"):
        ENGLISH.value("field", value)


def test_a_long_list_is_truncated() -> None:
    names = tuple(f"#{number}" for number in range(25))

    assert ENGLISH.value("channels", FirstOf(names, "channels")).endswith("#7, and 17 more channels")
    assert ENGLISH.value("roles", FirstOf(names[: MAX_NAMES + 1], "roles")).endswith("#7, and 1 more role")
    assert "more" not in ENGLISH.value("channels", FirstOf(names[:MAX_NAMES], "channels"))


@pytest.mark.parametrize(("locale", "joined"), [("en-US", "a, b, c"), ("de", "a, b, c"), ("ja", "a、b、c")])
def test_parts_of_a_line_are_joined_in_the_languages_style(locale: str, joined: str) -> None:
    assert Words.of(locale).joined("a", "b", "c") == joined
    assert Words.of(locale).joined("a") == "a"


def test_permissions_are_named_as_in_discords_settings() -> None:
    assert ENGLISH.value("permissions", Permissions(("attach_files", "connect"))) == "Attach Files and Connect"


def test_every_permission_that_can_be_missing_has_a_name() -> None:
    source = ast.parse(Path(rules.__file__).read_text(encoding="utf-8"))
    texts = {node.value for node in ast.walk(source) if isinstance(node, ast.Constant)}

    assert texts & set(discord.Permissions.VALID_FLAGS) == set(PERMISSION_KEYS)


def test_an_estimate_is_a_time_of_day_or_the_word_soon() -> None:
    at = datetime(2020, 1, 1, tzinfo=UTC)

    assert ENGLISH("card-waiting-starts", starts=Estimate(None)) == "Starts soon."
    assert ENGLISH("card-waiting-starts", starts=Estimate(at)) == f"Starts around {format_dt(at, 't')}."


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("de", "de"),
        ("de-AT", "de"),
        ("en-US", "en"),
        ("en-GB", "en"),
        ("es-419", "es_ES"),
        ("es-ES", "es_ES"),
        ("pt-BR", "pt_BR"),
        ("pt", "pt_BR"),
        ("sv-SE", None),
        ("../de", None),
        ("", None),
        (None, None),
    ],
)
def test_a_locale_gets_its_own_catalog_or_one_of_its_language(wanted: str | None, found: str | None) -> None:
    assert best_locale(wanted, ("de", "en", "es_ES", "pt_BR")) == found


def test_a_language_without_a_catalog_falls_back_to_the_next_or_english() -> None:
    assert Words.of("sv-SE") is ENGLISH
    assert Words.of("sv-SE", "en-GB") is ENGLISH
    assert Words.of(None, None) is ENGLISH
    assert Words.of("en-US", "de") is ENGLISH
