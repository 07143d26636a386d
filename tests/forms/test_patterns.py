import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms import patterns


@pytest.mark.parametrize(
    ("pattern", "fits", "does_not"),
    [
        ("^[A-Z]{2}[0-9]{4}$", "AB1234", "AB123"),
        (r"^\d+-\d+$", "12-3", "12-"),
        ("^a?b*$", "abbb", "aa"),
        (r"^[^\]\s]{1,3}\.$", "ab.", "a b."),
        ("^[àèìòù]+$", "àù", "a"),
    ],
)
def test_a_plain_pattern_means_the_whole_text(pattern, fits, does_not):
    assert patterns.refusal(pattern) is None
    assert patterns.matches(pattern, fits)
    assert not patterns.matches(pattern, does_not)
    assert not patterns.matches(pattern, fits + "\n")


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "^",
        "$",
        "abc",
        "^a",
        "a$",
        "^(a)$",
        "^a|b$",
        "^(?=a)$",
        r"^\1$",
        "^a**$",
        "^a{2,1}$",
        "^[z-a]$",
        "^[$",
        "^*$",
        "^.*.*.*$",
        "^a{0,255}b{0,255}c{0,255}$",
        r"^\b$",
        "^a\\$",
        "^" + "a" * 300 + "$",
        "^[a-z$",
        "^a{999999}$",
    ],
)
def test_other_patterns_are_refused(pattern):
    assert patterns.refusal(pattern)


def test_ascii_digits_only_as_in_the_browser():
    assert not patterns.matches(r"^\d$", "٣")


@given(st.text(alphabet=r"^$.*+?{}[]()\|,-09azd", max_size=30), st.text(alphabet="az09-", max_size=255))
def test_no_accepted_pattern_runs_long(body, text):
    pattern = f"^{body}$"
    if patterns.refusal(pattern) is None:
        begun = time.perf_counter()
        patterns.matches(pattern, text)
        assert time.perf_counter() - begun < 1
