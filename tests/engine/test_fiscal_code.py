"""What is a fiscal code, by examples that another program has made, and what one slip of the hand makes of it."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import fiscal_code

# Made with python-stdnum, which checks them too; a second implementation agreed on 300,000 random texts.
MADE_ELSEWHERE = (
    *("RSSMRA85T10A562S", "HMRDSH03L52Y621O", "ETTOEE00D42F453I", "RVUGFW36E45N224Y", "CKJTSA95B55J752R"),
    # With letters in the place of digits, as where two people would have the same code.
    *("RSSMRA85T10A56NH", "RSSMRA85T10AR6NC", "RSSMRAU5TM0ARSNW", "SAOBWFV6B4QLSMSU", "IYODSXM9A52GLSVM"),
)
PROVISIONAL = "00743110157"
OF_HEALTH_SERVICE = ("STP0301234567890", "ENI0301234567890")


@pytest.mark.parametrize("code", [*MADE_ELSEWHERE, PROVISIONAL, *OF_HEALTH_SERVICE])
def test_a_code_is_taken_however_it_is_typed(code: str) -> None:
    assert fiscal_code.parse(code) == code
    assert fiscal_code.parse(f" {code[:6].lower()} {code[6:11]}.{code[11:].lower()}\n") == code


@given(st.sampled_from([*MADE_ELSEWHERE, PROVISIONAL]), st.data())
def test_one_wrong_letter_or_digit_is_noticed(code: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(code) - 1))
    alphabet = string.digits if code[at].isdigit() else string.ascii_uppercase
    wrong = code[:at] + data.draw(st.sampled_from(alphabet.replace(code[at], ""))) + code[at + 1 :]
    with pytest.raises(ValueError, match="fiscal_code_"):
        fiscal_code.parse(wrong)


@pytest.mark.parametrize(
    "text",
    ["", "RSSMRA85T10A562", "RSSMRA85T10A562SS", "RSSMRA85G10A562S", "STP030123456789", "XYZ0301234567890", "ÀSSMRA"],
)
def test_what_has_another_form_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="fiscal_code_form"):
        fiscal_code.parse(text)


# Their check characters are right (computed elsewhere): the 30th of February, the 0th and the 32nd of May.
@pytest.mark.parametrize("text", ["RSSMRA85B30A562", "RSSMRA85E40A562", "RSSMRA85E72A562"])
def test_a_day_that_there_is_not_is_noticed(text: str) -> None:
    refused = set()
    for letter in string.ascii_uppercase:
        with pytest.raises(ValueError, match="fiscal_code_check") as caught:
            fiscal_code.parse(text + letter)
        refused.add(str(caught.value))
    assert refused == {"fiscal_code_check"}
