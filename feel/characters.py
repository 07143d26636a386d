"""Tests of single characters for patterns: literals, classes, escapes and Unicode properties."""

import unicodedata
from collections.abc import Callable
from typing import TypeAlias

Test: TypeAlias = Callable[[str], bool]

_SIMPLE = {"n": "\n", "r": "\r", "t": "\t"}
_META = frozenset("\\|.?*+(){}$-[]^")
_CATEGORIES = frozenset(
    [
        "L",
        "Lu",
        "Ll",
        "Lt",
        "Lm",
        "Lo",
        "M",
        "Mn",
        "Mc",
        "Me",
        "N",
        "Nd",
        "Nl",
        "No",
        "P",
        "Pc",
        "Pd",
        "Ps",
        "Pe",
        "Pi",
        "Pf",
        "Po",
        "Z",
        "Zs",
        "Zl",
        "Zp",
        "S",
        "Sm",
        "Sc",
        "Sk",
        "So",
        "C",
        "Cc",
        "Cf",
        "Co",
        "Cn",
    ]
)
_BLOCKS = {
    "BasicLatin": (0x0000, 0x007F),
    "Latin-1Supplement": (0x0080, 0x00FF),
    "LatinExtended-A": (0x0100, 0x017F),
    "LatinExtended-B": (0x0180, 0x024F),
    "IPAExtensions": (0x0250, 0x02AF),
    "SpacingModifierLetters": (0x02B0, 0x02FF),
    "CombiningDiacriticalMarks": (0x0300, 0x036F),
    "Greek": (0x0370, 0x03FF),
    "GreekandCoptic": (0x0370, 0x03FF),
    "Cyrillic": (0x0400, 0x04FF),
    "Armenian": (0x0530, 0x058F),
    "Hebrew": (0x0590, 0x05FF),
    "Arabic": (0x0600, 0x06FF),
    "Devanagari": (0x0900, 0x097F),
    "Bengali": (0x0980, 0x09FF),
    "Thai": (0x0E00, 0x0E7F),
    "Georgian": (0x10A0, 0x10FF),
    "LatinExtendedAdditional": (0x1E00, 0x1EFF),
    "GreekExtended": (0x1F00, 0x1FFF),
    "GeneralPunctuation": (0x2000, 0x206F),
    "CurrencySymbols": (0x20A0, 0x20CF),
    "Arrows": (0x2190, 0x21FF),
    "MathematicalOperators": (0x2200, 0x22FF),
    "Hiragana": (0x3040, 0x309F),
    "Katakana": (0x30A0, 0x30FF),
    "CJKUnifiedIdeographs": (0x4E00, 0x9FFF),
    "HangulSyllables": (0xAC00, 0xD7AF),
}
_LONGEST_PROPERTY = 40


def ANY(_: str) -> bool:  # noqa: N802 - a constant test
    """Pass every character: the dot under the flag `s`."""
    return True


def DOT(character: str) -> bool:  # noqa: N802 - a constant test
    """Pass what does not end a line."""
    return character not in "\n\r"


def is_digit(character: str) -> bool:
    """Say whether this is one of the ten digits of a pattern's own numbers."""
    return character != "" and character in "0123456789"


def literal(character: str, *, ignore_case: bool) -> Test:
    """Pass one character, whatever its case if told so."""
    if not ignore_case:
        return lambda found: found == character
    wanted = variants(character)
    return lambda found: not wanted.isdisjoint(variants(found))


def variants(character: str) -> frozenset[str]:
    """Return a character in each case."""
    return frozenset({character, character.lower(), character.upper()})


def read_class(text: str, at: int, *, ignore_case: bool) -> tuple[Test, int] | None:
    """Read a class behind its opening bracket: its test and the place behind it; None when it is none."""
    negated = text.startswith("^", at)
    at += negated
    tests: list[Test] = []
    excluded: Test | None = None
    while True:
        if text.startswith("]", at) and tests:
            at += 1
            break
        if text.startswith("-[", at) and tests:
            inner = read_class(text, at + 2, ignore_case=ignore_case)
            if inner is None or not text.startswith("]", inner[1]):
                return None
            excluded, at = inner[0], inner[1] + 1
            break
        member = _member(text, at, ignore_case=ignore_case)
        if member is None:
            return None
        tests.append(member[0])
        at = member[1]
    return _class_test(tests, excluded, negated=negated), at


def read_escape(text: str, at: int, *, ignore_case: bool) -> tuple[Test, int] | None:
    """Read what stands behind a backslash: its test and the place behind it; None when it is no escape."""
    letter = text[at : at + 1]
    single = _single_escape(letter)
    if single is not None:
        return literal(single, ignore_case=ignore_case), at + 1
    if letter.lower() == "p" and letter:
        return _property(text, at)
    test = _MULTI.get(letter.lower()) if letter else None
    if test is None:
        return None
    return (_not(test) if letter.isupper() else test), at + 1


def _class_test(tests: list[Test], excluded: Test | None, *, negated: bool) -> Test:
    def passes(character: str) -> bool:
        inside = any(test(character) for test in tests)
        return inside is not negated and (excluded is None or not excluded(character))

    return passes


def _member(text: str, at: int, *, ignore_case: bool) -> tuple[Test, int] | None:
    """Read one character, a range of them, or an escape for many."""
    first = _single(text, at)
    if first is None:
        return read_escape(text, at + 1, ignore_case=ignore_case) if text.startswith("\\", at) else None
    low, after = first
    if text.startswith("-", after) and text[after + 1 : after + 2] not in {"", "[", "]"}:
        last = _single(text, after + 1)
        if last is None or last[0] < low:
            return None
        return _range(low, last[0], ignore_case=ignore_case), last[1]
    return literal(low, ignore_case=ignore_case), after


def _single(text: str, at: int) -> tuple[str, int] | None:
    character = text[at : at + 1]
    if character == "\\":
        escaped = _single_escape(text[at + 1 : at + 2])
        return None if escaped is None else (escaped, at + 2)
    return None if character in {"", "[", "]"} else (character, at + 1)


def _single_escape(letter: str) -> str | None:
    return _SIMPLE.get(letter) or (letter if letter in _META else None)


def _range(low: str, high: str, *, ignore_case: bool) -> Test:
    if not ignore_case:
        return lambda found: low <= found <= high
    return lambda found: any(low <= variant <= high for variant in variants(found))


def _property(text: str, at: int) -> tuple[Test, int] | None:
    end = text.find("}", at, at + _LONGEST_PROPERTY)
    if not text.startswith("{", at + 1) or end < 0:
        return None
    name = text[at + 2 : end]
    test = _block(name.removeprefix("Is")) if name.startswith("Is") else _category(name)
    if test is None:
        return None
    return (_not(test) if text[at] == "P" else test), end + 1


def _block(name: str) -> Test | None:
    bounds = _BLOCKS.get(name)
    return None if bounds is None else lambda found: bounds[0] <= ord(found) <= bounds[1]


def _category(name: str) -> Test | None:
    return (lambda found: unicodedata.category(found).startswith(name)) if name in _CATEGORIES else None


def _not(test: Test) -> Test:
    return lambda found: not test(found)


def _is_word(character: str) -> bool:
    return unicodedata.category(character)[0] not in "PZC"


def _starts_name(character: str) -> bool:
    return character in "_:" or character.isalpha()


def _continues_name(character: str) -> bool:
    return character in "_:.-\u00b7" or character.isalnum()


_MULTI: dict[str, Test] = {
    "s": lambda found: found in " \t\n\r",
    "d": lambda found: unicodedata.category(found) == "Nd",
    "w": _is_word,
    "i": _starts_name,
    "c": _continues_name,
}
