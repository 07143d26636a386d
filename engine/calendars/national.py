"""The national holidays of Italy: L. 260/1949, with 4 October from 2026 (L. 151/2025). Patron days are none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache

from holidays import country_holidays

_NOVEMBER = 11
_SUNDAY = 6
_LOCALES = {"it": "it_IT", "en": "en_US"}


def is_holiday(day: date) -> bool:
    """Tell whether a day is a national holiday. Sundays are holidays of law too, and are not asked here."""
    return day in of_year(day.year)


def is_day_of_rest(day: date) -> bool:
    """Tell whether a day is a holiday of law: a Sunday or a national holiday (art. 1 and 2 L. 260/1949)."""
    return day.weekday() == _SUNDAY or is_holiday(day)


@cache
def of_year(year: int, language: str = "it") -> Mapping[date, str]:
    """Return the national holidays of a year with their names; Easter is one, ordinary Sundays are not.

    OverflowError for a year too far away to know them.
    """
    found = country_holidays("IT", years=year, language=_LOCALES[language])
    # The day of national unity was moved to the first Sunday of November (L. 54/1977): it closes nothing.
    if not found:
        raise OverflowError(year)
    return {day: name.split("; ")[-1] for day, name in found.items() if day.month != _NOVEMBER or day.day == 1}
