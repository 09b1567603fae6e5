"""The words of one language: entries of its catalog with their fields filled in as that language writes them."""

from __future__ import annotations

import gettext
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from babel import Locale
from babel.dates import format_timedelta
from babel.lists import format_list
from babel.messages.catalog import Catalog
from babel.numbers import format_decimal, format_percent
from discord.utils import format_dt

from bot.words.catalog import DEFAULT_LOCALE, HOST, best_locale, forms_of, key_of, path_of, read_catalog

GROUPED_FROM = 10_000
"""Smaller numbers are written without a thousands separator: 1024 px, as in the command's option."""

NEVER = 1_000_000
"""As Babel's threshold: a time span is never written in a larger unit than the one asked for."""


@runtime_checkable
class Worded(Protocol):
    """A value that can be put into words in any language."""

    def in_words(self, words: Words, /) -> str:
        """The value as a part of a sentence."""


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """The words of one language. Call it with a key and the entry's fields.

    The field `count` chooses among plural forms. A field is written by its type and by the unit in its name: `_px`
    and `_id` plainly, `_bytes` in MiB, `_seconds`, `_minutes` and `_hours` as a duration, `percent` as a percentage,
    a time as Discord's timestamp, a tuple as a list.
    """

    locale: Locale
    entries: Mapping[str, tuple[str, ...]]
    plural_form: Callable[[int], int]
    fallback: Words | None = None
    """The language that has the entries this one lacks."""

    @classmethod
    def of(cls, *locales: str | None) -> Words:
        """The words of the first of these locales that has a catalog, else English. Locales are named as by Discord.

        A locale without a catalog of its own gets that of its language: `de-AT` gets `de`, `es-419` gets `es_ES`.
        """
        return _words_of_first(locales)

    @classmethod
    def from_catalogs(cls, *catalogs: Catalog, fallback: Words | None = None) -> Words:
        """Combine catalogs of one language."""
        entries = {key_of(message): forms_of(message) for catalog in catalogs for message in catalog}
        [locale] = {catalog.locale for catalog in catalogs}
        return cls(
            locale=locale,
            entries={key: forms for key, forms in entries.items() if key and forms},
            plural_form=gettext.c2py(catalogs[0].plural_expr),
            fallback=fallback,
        )

    def __call__(self, key: str, /, **fields: object) -> str:
        """Fill in the fields of an entry. Raises `KeyError` for a key that no catalog has."""
        forms = self.entries.get(key)
        if forms is None:
            if self.fallback is None:
                raise KeyError(key)
            return self.fallback(key, **fields)
        count = fields.get("count")
        form = forms[self.plural_form(count)] if isinstance(count, int) and len(forms) > 1 else forms[0]
        return form.format_map({name: self.value(name, field) for name, field in fields.items()})

    def has(self, key: str) -> bool:
        """Whether there is an entry with that key, in this language or the one it falls back to."""
        return key in self.entries or (self.fallback is not None and self.fallback.has(key))

    def value(self, name: str, value: object) -> str:
        """Write one field in this language. Raises `TypeError` for a value that can't be put into words."""
        match value:
            case str():
                return value
            case Worded():
                return value.in_words(self)
            case datetime():
                return format_dt(value, "t")
            case Path():
                return str(value.absolute())
            case tuple() | list():
                return self.listed(value)
            case int() | float() if not isinstance(value, bool):
                return self._number(name, value)
        raise TypeError(f"{name} is {type(value).__name__}, which cannot be put into words")

    def number(self, value: float) -> str:
        """A number with at most two decimals, and a thousands separator if it is long."""
        return str(format_decimal(value, "#,##0.##", locale=self.locale, group_separator=abs(value) >= GROUPED_FROM))

    def percent(self, percent: int) -> str:
        """A whole percentage."""
        return str(format_percent(percent / 100, locale=self.locale))

    def size(self, size_bytes: int) -> str:
        """A file's size to three digits, in KiB or MiB."""
        is_small = size_bytes < 2**20
        number = float(f"{size_bytes / (2**10 if is_small else 2**20):.3g}")
        said = format_decimal(number, "#,##0.######", locale=self.locale)
        return self("kibibytes", number=said) if is_small else self("mebibytes", number=said)

    def duration(self, seconds: float) -> str:
        """Seconds, rounded up, as people write them: `14 sec`, `2 min 5 sec`."""
        minutes, rest = divmod(math.ceil(seconds), 60)
        parts = [self._span(timedelta(minutes=minutes), "minute", "short")] if minutes else []
        if rest or not minutes:
            parts.append(self._span(timedelta(seconds=rest), "second", "short"))
        return " ".join(parts)

    def hours(self, hours: int) -> str:
        """Hours, or days if they are several whole days."""
        return self._span(timedelta(hours=hours), "day" if hours > 24 and hours % 24 == 0 else "hour")

    def listed(self, parts: Iterable[object], *, any_of: bool = False) -> str:
        """One or more parts as a phrase: `a, b, and c`, or with `or`."""
        said = [self.value("part", part) for part in parts]
        return format_list(said, style="or" if any_of else "standard", locale=self.locale)

    def joined(self, first: str, *more: str) -> str:
        """Parts one after another, without "and" or "or": `a, b, c`."""
        said = first
        for part in more:
            said = self("list-pair", before=said, after=part)
        return said

    def _span(
        self,
        span: timedelta,
        unit: Literal["day", "hour", "minute", "second"],
        width: Literal["long", "short"] = "long",
    ) -> str:
        # Not `format_unit`: some languages, such as Japanese, lack its longer forms of days, hours and minutes.
        return format_timedelta(span, unit, threshold=NEVER, format=width, locale=self.locale)

    def _number(self, name: str, value: float) -> str:
        match name.rpartition("_")[2]:
            case "id" | "px":
                said = str(value)
            case "bytes":
                said = self.size(int(value))
            case "seconds":
                said = self.duration(value)
            case "minutes":
                span = timedelta(minutes=value)
                said = self._span(span, "minute") if value == int(value) else self.duration(span.total_seconds())
            case "hours":
                said = self.hours(int(value))
            case "percent":
                said = self.percent(int(value))
            case _:
                said = self.number(value)
        return said


ENGLISH = Words.from_catalogs(read_catalog(path_of(DEFAULT_LOCALE)), read_catalog(HOST, locale=DEFAULT_LOCALE))
"""What every other language falls back to."""


@lru_cache(maxsize=1024)
def _words_of_first(locales: tuple[str | None, ...]) -> Words:
    """Cached, because registering the commands asks for the words of each text in each language."""
    found = (best_locale(locale) for locale in locales)
    return _words_in(next((name for name in found if name is not None), DEFAULT_LOCALE))


@cache
def _words_in(name: str) -> Words:
    return ENGLISH if name == DEFAULT_LOCALE else Words.from_catalogs(read_catalog(path_of(name)), fallback=ENGLISH)
