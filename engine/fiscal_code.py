"""The Italian fiscal code as a text: what is one, and what only looks like it.

Decree of the Minister of Finance of 23 December 1976 (form, check character, and the letters that take the place of
digits where two people would have the same code); its provisional form is eleven digits with the check digit of VAT
numbers. Women whom the health service knows without one have an STP or an ENI code, which has no check digit.
"""

from __future__ import annotations

import re
from datetime import date

_FOR_DIGITS = "LMNPQRSTUV"
_DIGIT = f"[0-9{_FOR_DIGITS}]"
_FORM = re.compile(rf"[A-Z]{{6}}{_DIGIT}{{2}}[ABCDEHLMPRST]{_DIGIT}{{2}}[A-Z]{_DIGIT}{{3}}[A-Z]")
_PROVISIONAL = re.compile(r"[0-9]{11}")
_OF_HEALTH_SERVICE = re.compile(r"(?:STP|ENI)[0-9]{13}")
_MONTHS = "ABCDEHLMPRST"
_WOMAN = 40
"""Added to the day of birth."""
_ODD_LETTERS = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)
_TO_DIGITS = str.maketrans(_FOR_DIGITS, "0123456789")


def parse(text: str) -> str:
    """Give the code in its one form: capital letters and digits, nothing between them.

    ValueError `fiscal_code_form` where it cannot be one, `fiscal_code_check` where a letter or digit must be wrong.
    """
    code = re.sub(r"[\s.-]", "", text).upper()
    if _OF_HEALTH_SERVICE.fullmatch(code):
        return code
    if _PROVISIONAL.fullmatch(code):
        right = _check_digit(code[:-1]) == code[-1]
    elif _FORM.fullmatch(code):
        right = _check_character(code[:-1]) == code[-1] and _is_day(code[6:11])
    else:
        raise ValueError("fiscal_code_form")
    if not right:
        raise ValueError("fiscal_code_check")
    return code


def _check_character(code: str) -> str:
    """Sum values by position, counted from one: a table for the odd ones, the place in the alphabet for the even."""
    places = [int(one) if one.isdigit() else ord(one) - ord("A") for one in code]
    total = sum(_ODD_LETTERS[place] if at % 2 == 0 else place for at, place in enumerate(places))
    return chr(ord("A") + total % 26)


def _check_digit(code: str) -> str:
    doubled = [int(one) * (1 + at % 2) for at, one in enumerate(code)]
    return str(-sum(one - 9 if one > 9 else one for one in doubled) % 10)  # noqa: PLR2004 - decimal digits


def _is_day(text: str) -> bool:
    """Tell whether year, month and day are a date, in whichever century."""
    year, day = int(text[:2].translate(_TO_DIGITS)), int(text[3:].translate(_TO_DIGITS)) % _WOMAN
    for century in (1900, 2000):
        try:
            date(century + year, _MONTHS.index(text[2]) + 1, day)
        except ValueError:
            continue
        return True
    return False
