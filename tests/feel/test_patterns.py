"""Regular expressions: those of XPath, found like Python finds them, and stopped when they run away."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import feel

_RUNAWAYS = {
    "nested stars": ("(a*)*b", "a" * 5000),
    "overlapping branches": ("(a|aa)+$", "a" * 200 + "b"),
    "overlapping repetitions": ("(x+x+)+y", "x" * 200),
    "every place anew": (".*.*.*=", "x" * 2000),
    "a pattern that unfolds": ("((((a{1,99}){1,99}){1,99}){1,99}){1,99}", "a"),
    "brackets in brackets": ("(" * 3000 + "a" + ")" * 3000, "a"),
}


@pytest.mark.parametrize(("pattern", "text"), _RUNAWAYS.values(), ids=_RUNAWAYS)
def test_runaway_patterns_are_stopped(pattern, text):
    with pytest.raises(feel.FeelLimitError):
        feel.compile("matches(t, p)").evaluate({"t": text, "p": pattern})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('matches("abracadabra", "bra")', True),
        ('matches("abracadabra", "^bra")', False),
        ('matches("Perché", "perch\\u00c9", "i")', True),
        ('matches("a\\nb", "a.b")', False),
        ('matches("a\\nb", "a.b", "s")', True),
        ('matches("a\\nb", "^b$", "m")', True),
        ('matches("hello world", " hello[ ]world ", "x")', True),
        ('matches("3331234567", "^\\d{9,10}$")', True),
        ('matches("abab", "^(ab)\\1$")', True),
        ('matches("x", "[a-z-[aeiou]]")', True),
        ('matches("e", "[a-z-[aeiou]]")', False),
        ('matches("È", "\\p{Lu}")', True),
        ('matches("a", "\\p{Foo}")', None),
        ('matches("a", "[b-a]")', None),
        ('matches("a", "(a")', None),
        ('matches("a", "a**")', None),
        ('matches("a", "a", "q")', None),
        ('replace("0123456789", "(\\d{3})(\\d{3})(\\d{4})", "($1) $2-$3")', "(012) 345-6789"),
        ('replace("darted", "^(.*?)d(.*)$", "$1c$2")', "carted"),
        ('replace("abc", "b", "\\$")', "a$c"),
        ('replace("abc", "x*", "-")', None),
        ('replace("abc", "b", "$")', None),
        ('split("John Doe", "\\s")', ["John", "Doe"]),
        ('split("a;b;;", ";")', ["a", "b", "", ""]),
        ('split("abc", "")', None),
    ],
)
def test_patterns_match_replace_and_split(value, text, expected):
    assert value(text) == expected


_atoms = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", "(a|b)", "(?:ab)", "(b*)"])
_quantifiers = st.sampled_from(["", "", "?", "*", "+", "*?", "+?", "??", "{2}", "{1,2}"])
_pieces = st.tuples(_atoms, _quantifiers).map("".join)
_patterns = st.lists(st.lists(_pieces, min_size=1, max_size=3).map("".join), min_size=1, max_size=2).map("|".join)


@given(_patterns, st.text(alphabet="abc", max_size=8))
def test_patterns_find_what_python_finds(pattern, text):
    assert feel.compile("matches(t, p)").evaluate({"t": text, "p": pattern}) is (re.search(pattern, text) is not None)
    if not re.search(pattern, ""):
        replaced = feel.compile('replace(t, p, "[$0]")').evaluate({"t": text, "p": pattern})
        assert replaced == re.sub(pattern, lambda match: f"[{match.group()}]", text)


@given(st.text(alphabet="ab()[]{}*+?|\\^$.,-1pPLIsd", max_size=20))
def test_any_text_is_a_pattern_or_null(pattern):
    assert feel.compile('matches("abab", p)').evaluate({"p": pattern}) in (True, False, None)
