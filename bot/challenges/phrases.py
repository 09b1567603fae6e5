"""What people write around a time in the languages of the catalogs, where dateparser doesn't know it.

Texts are in lower case here, with single spaces. dateparser knows months, units and numbers of each language; some
phrases are rewritten so that it knows them, too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache

from babel import Locale
from babel.core import UnknownLocaleError
from dateparser.data.languages_info import language_locale_dict

from bot.words.text import folded

ENGLISH = "en"
MONTH_FIRST = frozenset({"en", "en-US", "ja", "ko", "zh-CN", "zh-TW"})
"""Languages, as Discord names them, that write a month before its day in numbers too: `12/1`."""

_DAYS = (
    ("today", "heute", "aujourd'hui", "hoy", "hoje", "今日"),
    ("tomorrow", "morgen", "demain", "mañana", "amanhã", "明日", "あした"),
    ("day after tomorrow", "übermorgen", "après-demain", "pasado mañana", "depois de amanhã", "明後日", "あさって"),
)
DAYS: Mapping[str, int] = {folded(name): distance for distance, names in enumerate(_DAYS) for name in names}
"""Days by their distance from today; their names are folded."""

NOON = re.compile(r"\b(?:(?:12 )?noon|midday|mittags?|midi|mediod[ií]a|meio[- ]dia)\b|正午")
MIDNIGHT = re.compile(r"\b(?:(?:12 )?midnight|mitternachts?|minuit|(?:a )?media ?noche|meia[- ]noite)\b|真夜中")
"""The end of a day, as in a deadline: people disagree about which day it belongs to."""
TONIGHT = re.compile(r"\b(?:tonight|this evening|ce soir|esta noche|esta noite)\b|今夜|今晩")
EVENING = re.compile(
    r"(?:\b(?:in the|at|am|au|le|por la|en la|de la|da|à|a) )?"
    r"(?:\b|(?<=tag|och))(?:evening|night|abends?|soir|noche|noite)\b"  # `Freitagabend`, `Mittwochabend`
    r"|夜|晩"
)
"""Before or after a day or a time of day. `TONIGHT` and `MIDNIGHT` are looked for first."""

NEXT = re.compile(
    r"\b(?:next|n(?:ä|ae)chste[nrsm]?|prochaine?|pr[oó]xim[oa]|que viene|que vem)\b|次の|今度の",
)
"""Before or after a weekday: not today, even if today is that day."""
THIS = re.compile(r"\b(?:this|coming|diese[nrsm]?|kommende[nrsm]?|ce|este|esta|ess[ea])\b")

AROUND = re.compile(
    r"(?:at|on|the|by|from|am|um|ab|bis|den|der|à|au|le|la|el|los|las|al|a las?|as|às|ao|na|no|em|en|de|de la|@)",
)
"""Words that say nothing in front of a day or a time, and that `trimmed` removes."""
_AROUND_START = re.compile(rf"^(?:{AROUND.pattern}(?=\s|$)|[\s,.;()@]|-(?!\d))+")
_AROUND_END = re.compile(rf"(?:(?:^|(?<=\s)){AROUND.pattern}$|(?:に|の|は|から|まで)$|[\s,;()@-]+$)")

RELATIVE = re.compile(r"^(?:in|within|dans|d'ici|en|em|dentro de|daqui a)\b")
"""How a time begins that counts from now."""
BEFORE_HOURS = re.compile(r"(?:^|\s)(?:at|um|à|a las?|às|as)$")
"""What may come before `20h` if it isn't 20 hours."""

_SPANISH_NUMBERS = {"dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7, "ocho": 8, "diez": 10}
_PORTUGUESE_NUMBERS = {"dois": 2, "duas": 2, "três": 3, "quatro": 4, "cinco": 5, "seis": 6, "sete": 7, "oito": 8}
_JAPANESE_NUMBERS = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}
_MINUTES = [(r"(\d)h(\d\d)\b", r"\1 h \2 min"), (r"(\d) ?m\b", r"\1 min")]
"""In some languages, dateparser takes "m" for months."""
_REWRITTEN: Mapping[str, Sequence[tuple[str, str]]] = {
    "en": [
        (r"\bhalf an hour\b", "30 minutes"),
        (r"\bfrom now$", ""),
        (r"(\d) ?w\b", r"\1 weeks"),
        (r"^within\b", "in"),
    ],
    "de": [(r"\beiner halben stunde\b", "30 minuten"), (r",? \bden\b", "")],
    "fr": [(r"^d'ici\b", "dans"), (r"\bune demi-heure\b", "30 minutes")],
    "es": [
        (r"^dentro de\b", "en"),
        (r"\bmedia hora\b", "30 minutos"),
        *((rf"\b{word}\b", str(number)) for word, number in _SPANISH_NUMBERS.items()),
    ],
    "pt": [
        (r"^(?:daqui a|dentro de)\b", "em"),
        (r"\bmeia hora\b", "30 minutos"),
        *((rf"\b{word}\b", str(number)) for word, number in _PORTUGUESE_NUMBERS.items()),
    ],
    "ja": [
        (r"[ヶケカか箇]月", "か月"),
        *((rf"{word}(?=日|週|時間|分|か月|年)", str(number)) for word, number in _JAPANESE_NUMBERS.items()),
    ],
}


def base_of(language: str | None) -> str:
    """dateparser's name for a language of Discord's; English for one that it doesn't know."""
    base = (language or ENGLISH).partition("-")[0]
    base = "nb" if base == "no" else base
    return base if base in language_locale_dict else ENGLISH


def rewritten(text: str, base: str) -> str:
    """The text with phrases that dateparser knows, in one language."""
    for pattern, replacement in (*_MINUTES, *_REWRITTEN.get(base, ())):
        text = re.sub(pattern, replacement, text)
    return text.strip()


def trimmed(text: str) -> str:
    """The text without commas, brackets and words such as "on" and "at" around it."""
    return trimmed_end(_AROUND_START.sub("", text))


def trimmed_end(text: str) -> str:
    """The text without such words at its end, where a time of day was."""
    while (shorter := _AROUND_END.sub("", text)) != text:
        text = shorter
    return text


def weekday_of(word: str, base: str, *, min_length: int = 3) -> int | None:
    """The weekday with this name or abbreviation in English or another language, Monday being 0; None if it is none.

    An abbreviation that is shorter than `min_length` doesn't count: `so` is a German Sunday, and also a word.
    """
    name = folded(word)
    for language in (base, ENGLISH):
        whole, short = _weekdays(language)
        if (weekday := whole.get(name)) is not None:
            return weekday
        if len(name) >= min_length and (weekday := short.get(name)) is not None:
            return weekday
    return None


@cache
def _weekdays(language: str) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """The names of the weekdays, and those of their abbreviations that are no month's."""
    try:
        locale = Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return {}, {}
    whole: dict[str, int] = {}
    short: dict[str, int] = {}
    months = {folded(month) for names in locale.months["format"].values() for month in names.values()}
    for context in ("format", "stand-alone"):
        for weekday, name in locale.days[context]["wide"].items():
            # `sexta` for `sexta-feira`, and `金曜` for `金曜日`
            for each in (name, name.removesuffix("-feira"), re.sub("曜日$", "曜", name)):
                whole[folded(each)] = weekday
        short |= {folded(name): weekday for weekday, name in locale.days[context]["abbreviated"].items()}
    return whole, {name: weekday for name, weekday in short.items() if name not in months}
