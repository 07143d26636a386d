from __future__ import annotations

import enum
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import packing
from feel import YearsMonths

texts = st.text(st.characters(exclude_categories=["Cs"]))
zones = st.sampled_from([None, UTC, ZoneInfo("Europe/Rome"), ZoneInfo("UTC")])
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | texts
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.dates()
    | st.times(timezones=zones)
    | st.datetimes(timezones=zones)
    | st.timedeltas()
    | st.integers(-10_000, 10_000).map(YearsMonths)
    | st.uuids()
)
keys = texts | st.sampled_from(["typename", "$d", "$m", "$", "$z", "$date"])
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner) | st.dictionaries(keys, inner) | st.dictionaries(st.integers() | st.uuids(), inner),
    max_leaves=20,
)


def shape(value: object) -> object:
    """The value with the type of everything in it, so that 1, True and Decimal(1) differ."""
    if isinstance(value, dict):
        return dict, [(shape(key), shape(item)) for key, item in value.items()]
    if isinstance(value, list):
        return list, [shape(item) for item in value]
    if isinstance(value, time):
        return time, value.replace(tzinfo=None, fold=0), getattr(value.tzinfo, "key", value.tzinfo)
    if isinstance(value, datetime):
        zone = getattr(value.tzinfo, "key", value.tzinfo)
        return datetime, value.replace(tzinfo=None), zone, value.fold if isinstance(value.tzinfo, ZoneInfo) else None
    return type(value), str(value)


@given(values)
def test_whatever_goes_in_comes_out_with_its_types(value: object) -> None:
    assert shape(packing.loads(packing.dumps(value))) == shape(value)


@pytest.mark.parametrize(
    "value",
    [
        {"$d": "1.5"},
        {"$m": []},
        {"$unknown": 1},
        {"typename": "x", "$d": {"$m": [["$d", 1]]}},
        {"$": {"$": {"$": None}}},
        {1: "a", "1": "b"},
        2**63,
        -(2**200),
        Decimal("1.50"),
        Decimal("-0E+7"),
        datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Rome"), fold=1),
        timedelta(days=-1, microseconds=1),
        date(1, 1, 1),
        UUID(int=0),
    ],
)
def test_what_looks_like_our_own_tags_survives(value: object) -> None:
    assert shape(packing.loads(packing.dumps(value))) == shape(value)


class Level(enum.StrEnum):
    HIGH = "ALTO"


def test_a_member_of_a_text_enumeration_becomes_its_text() -> None:
    assert shape(packing.loads(packing.dumps({"livello": Level.HIGH}))) == shape({"livello": "ALTO"})


def test_a_tuple_comes_back_as_a_list() -> None:
    assert packing.loads(packing.dumps((1, (2,)))) == [1, [2]]


@pytest.mark.parametrize("value", [1.5, float("nan"), b"x", {1, 2}, object(), Decimal("NaN"), Decimal("Infinity")])
def test_what_has_no_packed_form_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="no packed form"):
        packing.dumps({"a": [value]})


def test_half_a_character_is_refused() -> None:
    with pytest.raises(TypeError):
        packing.dumps("\ud800")


@pytest.mark.parametrize("packed", [b"", b"{", b'{"$nosuch":1}', b"\xff"])
def test_what_was_never_packed_is_refused(packed: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        packing.loads(packed)


def test_the_packed_form_is_the_one_that_stored_states_have() -> None:
    value = {"livello": "ALTO", "n": Decimal("1.5"), "il": date(2026, 3, 2), "fra": timedelta(hours=1), "$d": 1}
    packed = packing.dumps(value)
    assert packed == (
        b'{"$m":[["livello","ALTO"],["n",{"$d":"1.5"}],["il",{"$date":"2026-03-02"}],["fra",{"$td":[0,3600,0]}],["$d",1]]}'
    )


def test_a_random_id_survives() -> None:
    value = uuid4()
    assert packing.loads(packing.dumps(value)) == value
