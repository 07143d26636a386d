"""A moment of the fuzz target, with seeds that are always the same."""

from __future__ import annotations

from itertools import islice

import pytest

from tests.feel import fuzz


@pytest.mark.parametrize("seed", range(4))
def test_random_texts_end_in_a_value_or_an_error_and_soon(seed) -> None:
    for text in islice(fuzz.texts(seed), 1500):
        assert fuzz.attempt(text) < fuzz.LONGEST, text
