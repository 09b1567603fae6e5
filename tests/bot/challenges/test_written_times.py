"""Parts of a day in times as members write them: tonight, noon, midnight."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.challenges.times import parse_time
from bot.errors import NotATime, TimePassed

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2027, 3, 2, 15, 30, tzinfo=BERLIN)
"""A Tuesday afternoon."""


def meant(written: str, language: str = "en-US", now: datetime = NOW) -> str:
    """What a member means, as day and time in Berlin."""
    return f"{parse_time(written, zone=BERLIN, now=now, language=language).astimezone(BERLIN):%a %d %H:%M}"


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en-US", "tonight"),
        ("en-US", "this evening"),
        ("de", "heute Abend"),
        ("fr", "ce soir"),
        ("es-ES", "esta noche"),
        ("es-ES", "hoy por la noche"),
        ("pt-BR", "hoje à noite"),
        ("pt-BR", "esta noite"),
        ("ja", "今夜"),
        ("ja", "今晩"),
        ("ja", "今日の夜"),
    ],
)
def test_tonight_is_today_at_eight(language: str, written: str) -> None:
    assert meant(written, language) == "Tue 02 20:00"


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en-US", "midnight"),
        ("en-US", "at midnight"),
        ("en-US", "12 midnight"),
        ("en-US", "tonight at midnight"),
        ("de", "Mitternacht"),
        ("de", "heute um Mitternacht"),
        ("fr", "à minuit"),
        ("fr", "ce soir à minuit"),
        ("es-ES", "a medianoche"),
        ("es-ES", "esta noche a medianoche"),
        ("pt-BR", "meia-noite"),
        ("pt-BR", "hoje à meia-noite"),
        ("ja", "真夜中"),
        ("ja", "今日の真夜中"),
    ],
)
def test_midnight_is_the_end_of_the_day(language: str, written: str) -> None:
    assert meant(written, language) == "Wed 03 00:00"


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en-US", "noon"),
        ("en-US", "tomorrow noon"),
        ("en-US", "tomorrow at noon"),
        ("en-US", "noon tomorrow"),
        ("de", "morgen Mittag"),
        ("de", "mittags"),
        ("fr", "demain à midi"),
        ("es-ES", "mañana al mediodía"),
        ("pt-BR", "amanhã ao meio-dia"),
        ("ja", "明日の正午"),
        ("ja", "正午"),
    ],
)
def test_noon_is_the_next_one_or_that_of_the_day(language: str, written: str) -> None:
    assert meant(written, language) == "Wed 03 12:00"


@pytest.mark.parametrize(
    ("language", "written", "moment"),
    [
        ("en-US", "tomorrow night", "Wed 03 20:00"),
        ("en-US", "Friday evening", "Fri 05 20:00"),
        ("en-US", "Friday midnight", "Sat 06 00:00"),
        ("en-US", "midnight on Friday", "Sat 06 00:00"),
        ("en-US", "Mar 9, midnight", "Wed 10 00:00"),
        ("en-US", "in 3 days in the evening", "Fri 05 20:00"),
        ("de", "morgen Abend", "Wed 03 20:00"),
        ("de", "Freitagabend", "Fri 05 20:00"),
        ("de", "Mittwochabend 21 Uhr", "Wed 03 21:00"),
        ("fr", "vendredi soir", "Fri 05 20:00"),
        ("es-ES", "mañana por la noche", "Wed 03 20:00"),
        ("pt-BR", "sexta à noite", "Fri 05 20:00"),
        ("ja", "明日の夜", "Wed 03 20:00"),
    ],
)
def test_other_days_have_evenings_and_midnights_too(language: str, written: str, moment: str) -> None:
    assert meant(written, language) == moment


@pytest.mark.parametrize(
    ("language", "written", "moment"),
    [
        ("en-US", "tonight 21:30", "Tue 02 21:30"),
        ("en-US", "tonight at 9pm", "Tue 02 21:00"),
        ("en-US", "tonight at 9:30", "Tue 02 21:30"),
        ("en-US", "tonight 1:30", "Wed 03 01:30"),
        ("en-US", "tonight at 12:00", "Wed 03 00:00"),
        ("de", "heute Abend um 22 Uhr", "Tue 02 22:00"),
        ("fr", "ce soir à 21h", "Tue 02 21:00"),
        ("es-ES", "esta noche a las 21:00", "Tue 02 21:00"),
        ("pt-BR", "hoje à noite às 21h", "Tue 02 21:00"),
        ("ja", "今夜9時", "Tue 02 21:00"),
        ("ja", "明日の夜8時半", "Wed 03 20:30"),
    ],
)
def test_a_time_in_the_evening_is_after_noon(language: str, written: str, moment: str) -> None:
    assert meant(written, language) == moment


def test_a_zone_can_follow() -> None:
    assert meant("tonight London") == "Tue 02 21:00"
    assert meant("midnight UTC") == "Wed 03 01:00"


def test_tonight_is_over_after_eight() -> None:
    late = NOW.replace(hour=20)
    with pytest.raises(TimePassed):
        meant("tonight", now=late)
    assert meant("midnight", now=late) == "Wed 03 00:00"
    assert meant("midnight", now=late.astimezone(UTC) + timedelta(hours=4)) == "Thu 04 00:00"


@pytest.mark.parametrize("written", ["tonight tomorrow", "good night", "tonight 25:00", "midnight noon", "last night"])
def test_what_is_no_time_is_said(written: str) -> None:
    with pytest.raises(NotATime):
        meant(written)
