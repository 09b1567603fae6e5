"""Time zones by what members call them: `Europe/Berlin`, `berlin`, `New York`, `India`, `CET` or `UTC+2`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from babel import Locale
from babel.core import get_global
from rapidfuzz import fuzz, process

from bot.errors import NotATimeZone
from bot.words.catalog import DEFAULT_LOCALE, best_locale
from bot.words.text import folded

UNIVERSAL = ZoneInfo("UTC")
MAX_SIMILAR = 5
MIN_SIMILARITY_PERCENT = 75
MIN_OFFSET, MAX_OFFSET = timedelta(hours=-12), timedelta(hours=14)
"""The offsets in use, from Baker Island to the Line Islands."""

_REGIONS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
"""Where a zone's last part is a city or an island. Others, such as `US/Central`, are old names for the same zones."""
_OFFSET = re.compile(r"(?:utc|gmt)?\s*(?P<sign>[+-])\s*(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?", re.IGNORECASE)
_NO_PLACE = re.compile(r"Etc/|GMT|Factory$|localtime$|posixrules$")
"""Keys that aren't names: they count hours the wrong way round, or are the computer's own zone."""
_WHOLE_HOURS = re.compile(r"Etc/GMT(?P<sign>[+-])(?P<hours>\d+)")

ABBREVIATIONS: Mapping[str, tuple[str, int | None]] = {
    "wet": ("Europe/Lisbon", 0),
    "west": ("Europe/Lisbon", 1),
    "bst": ("Europe/London", 1),
    "cet": ("Europe/Berlin", 1),
    "cest": ("Europe/Berlin", 2),
    "mez": ("Europe/Berlin", 1),
    "mesz": ("Europe/Berlin", 2),
    "eet": ("Europe/Athens", 2),
    "eest": ("Europe/Athens", 3),
    "msk": ("Europe/Moscow", 3),
    "et": ("America/New_York", None),
    "est": ("America/New_York", -5),
    "edt": ("America/New_York", -4),
    "ct": ("America/Chicago", None),
    "cst": ("America/Chicago", -6),
    "cdt": ("America/Chicago", -5),
    "mt": ("America/Denver", None),
    "mst": ("America/Denver", -7),
    "mdt": ("America/Denver", -6),
    "pt": ("America/Los_Angeles", None),
    "pst": ("America/Los_Angeles", -8),
    "pdt": ("America/Los_Angeles", -7),
    "brt": ("America/Sao_Paulo", -3),
    "jst": ("Asia/Tokyo", 9),
    "kst": ("Asia/Seoul", 9),
    "awst": ("Australia/Perth", 8),
    "aest": ("Australia/Sydney", 10),
    "aedt": ("Australia/Sydney", 11),
    "nzst": ("Pacific/Auckland", 12),
    "nzdt": ("Pacific/Auckland", 13),
}
"""Abbreviations with one common meaning: the zone of most people who use them, and the hours from UTC, if fixed."""


_FRACTIONAL_OFFSETS: Mapping[timedelta, str] = {
    timedelta(hours=-9.5): "Pacific/Marquesas",
    timedelta(hours=3.5): "Asia/Tehran",
    timedelta(hours=4.5): "Asia/Kabul",
    timedelta(hours=5.5): "Asia/Kolkata",
    timedelta(hours=5.75): "Asia/Kathmandu",
    timedelta(hours=6.5): "Asia/Yangon",
    timedelta(hours=8.75): "Australia/Eucla",
    timedelta(hours=9.5): "Australia/Darwin",
}
"""Offsets of less than whole hours have no zones of their own: those where most people have them all year."""


_SHORT_COUNTRIES: Mapping[str, str] = {"usa": "US", "uk": "GB"}
"""What people call countries for short, and the codes of ISO 3166."""


def parse_zone(written: str, *, language: str | None = None) -> ZoneInfo:
    """The time zone that a member means, whether or not its clocks change in summer.

    A city or a country with one time zone may be named in English or in the member's language, as Discord names it.
    `EST` is New York's time, summer time included: it's what people call it all year. Raises `NotATimeZone`, with close
    matches.
    """
    plain = _plain(written)
    if abbreviation := ABBREVIATIONS.get(plain.casefold()):
        return ZoneInfo(abbreviation[0])
    if key := _keys_by_name(_locale(language)).get(folded(plain)):
        return ZoneInfo(key)
    if offset := _OFFSET.fullmatch(plain):
        return _zone_of_offset(written, _offset(offset))
    match _zones_in(folded(plain), _locale(language)):
        case [key]:
            return ZoneInfo(key)
        case []:
            raise NotATimeZone(written, _similar(plain, language))
        case several:
            raise NotATimeZone(written, several[:MAX_SIMILAR])


def parse_zone_of_time(written: str, *, language: str | None = None) -> tzinfo | None:
    """The time zone that is written after a time; None if this isn't the exact name of one.

    Unlike for `parse_zone`, an abbreviation means exactly its offset: `CEST` is UTC+2, also in winter.
    """
    plain = _plain(written)
    if abbreviation := ABBREVIATIONS.get(plain.casefold()):
        region, hours = abbreviation
        return ZoneInfo(region) if hours is None else timezone(timedelta(hours=hours), plain.upper())
    if key := _keys_by_name(_locale(language)).get(folded(plain)):
        return ZoneInfo(key)
    if (match := _OFFSET.fullmatch(plain)) and MIN_OFFSET <= (offset := _offset(match)) <= MAX_OFFSET:
        return timezone(offset)
    return None


def zone_named(key: str | None) -> ZoneInfo | None:
    """The zone of that key; None if there is none, or no longer."""
    try:
        return ZoneInfo(key) if key else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def zone_name(zone: tzinfo) -> str:
    """What to call a zone: `Europe/Berlin`, `UTC`, or `UTC+2`. `parse_zone` understands the names of its own zones."""
    if isinstance(zone, ZoneInfo):
        key = zone.key or ""
        if whole := _WHOLE_HOURS.fullmatch(key):
            # The database counts them westward, as POSIX does.
            return f"UTC{'-' if whole['sign'] == '+' else '+'}{whole['hours']}"
        return key
    return str(zone)


def _plain(written: str) -> str:
    """One line, with a plain minus sign."""
    return " ".join(written.replace("\N{MINUS SIGN}", "-").split())


def _offset(match: re.Match[str]) -> timedelta:
    offset = timedelta(hours=int(match["hours"]), minutes=int(match["minutes"] or 0))
    return -offset if match["sign"] == "-" else offset


def _zone_of_offset(written: str, offset: timedelta) -> ZoneInfo:
    """A zone that has this offset all year. Raises `NotATimeZone` if there is none."""
    hours = offset / timedelta(hours=1)
    if key := _FRACTIONAL_OFFSETS.get(offset):
        return ZoneInfo(key)
    if not MIN_OFFSET <= offset <= MAX_OFFSET or not hours.is_integer():
        raise NotATimeZone(written, tuple(_with_offset_now(offset))[:MAX_SIMILAR])
    return ZoneInfo(f"Etc/GMT{-int(hours):+d}") if hours else UNIVERSAL


def _with_offset_now(offset: timedelta) -> Iterable[str]:
    now = datetime.now(UTC)
    return (key for key in _cities() if now.astimezone(ZoneInfo(key)).utcoffset() == offset)


def _similar(plain: str, language: str | None) -> tuple[str, ...]:
    """Keys of zones with similar names, best first."""
    keys = _keys_by_name(_locale(language))
    found = process.extract(
        folded(plain), keys.keys(), scorer=fuzz.ratio, score_cutoff=MIN_SIMILARITY_PERCENT, limit=2 * MAX_SIMILAR
    )
    return tuple(dict.fromkeys(keys[name] for name, _, _ in found))[:MAX_SIMILAR]


def _zones_in(place: str, locale: str) -> tuple[str, ...]:
    """The zones of a country, or the best-known ones of a region such as `America`; those come first."""
    known = dict.fromkeys(key for key, _ in ABBREVIATIONS.values())
    if country := _zones_by_country(locale).get(place):
        return (*(key for key in known if key in country), *(key for key in country if key not in known))
    return tuple(key for key in known if folded(key.partition("/")[0]) == place)


def _locale(language: str | None) -> str:
    return best_locale(language) or DEFAULT_LOCALE


@cache
def _cities() -> tuple[str, ...]:
    return tuple(sorted(key for key in available_timezones() if key.partition("/")[0] in _REGIONS))


@cache
def _zones_by_country(locale: str) -> Mapping[str, tuple[str, ...]]:
    """Every country's zones by its name in English and in another language, folded."""
    of_code = {
        code: tuple(key for key in sorted(zones) if key in _cities())
        for code, zones in get_global("territory_zones").items()
    }
    found = {name: of_code[code] for name, code in _SHORT_COUNTRIES.items()}
    for language in (locale, DEFAULT_LOCALE):
        names = Locale.parse(language).territories
        found |= {folded(names[code]): zones for code, zones in of_code.items() if code in names}
    return found


@cache
def _keys_by_name(locale: str) -> Mapping[str, str]:
    """Every zone by its key and by its city in English and in another language, folded."""
    keys = {folded(key): key for key in available_timezones() if not _NO_PLACE.match(key)}
    found = {"gmt": "UTC"}
    for language in (locale, DEFAULT_LOCALE):
        cities = Locale.parse(language).time_zones
        for key in _cities():
            if city := cities.get(key, {}).get("city"):
                found.setdefault(folded(city), key)
    for key in _cities():
        found.setdefault(folded(key.rpartition("/")[2]), key)
    return {**found, **keys}
