"""The functions of FEEL on ranges and points (DMN 1.5, section 10.3.4.10, table 78): Allen's relations."""

import re
from collections.abc import Callable
from typing import Any

from feel import lexer, numbers, temporal
from feel.signatures import Signature, one, table
from feel.values import Range, Value, contains, order

_SCALAR = "number | string | date | time | date and time | days and time duration | years and months duration"
_CALL = re.compile(r'(date|time|date and time|duration)\(\s*"([^"\\]*)"\s*\)')
_LONGEST_RANGE = 256


def _before(left: Any, right: Any) -> bool | None:
    end, start = _end(left), _start(right)
    position = order(end[0], start[0])
    return None if position is None else position < 0 or (position == 0 and not (end[1] and start[1]))


def _after(left: Any, right: Any) -> bool | None:
    return _before(right, left)


def _meets(left: Range, right: Range) -> bool | None:
    position = order(left.end, right.start)
    return None if position is None else position == 0 and left.end_included and right.start_included


def _overlaps(left: Range, right: Range) -> bool | None:
    apart = _before(left, right), _after(left, right)
    return None if None in apart else apart == (False, False)


def _overlaps_before(left: Range, right: Range) -> bool | None:
    """Say whether left starts before right and ends within it."""
    starts, meets, ends = _starts_order(left, right), _before(left, right), _ends_order(left, right)
    if starts is None or meets is None or ends is None:
        return None
    return starts < 0 and not meets and ends <= 0


def _overlaps_after(left: Range, right: Range) -> bool | None:
    starts, meets, ends = _starts_order(left, right), _after(left, right), _ends_order(left, right)
    if starts is None or meets is None or ends is None:
        return None
    return starts > 0 and not meets and ends >= 0


def _includes(outer: Range, inner: Any) -> bool | None:
    if not isinstance(inner, Range):
        return contains(outer, inner)
    starts, ends = _starts_order(outer, inner), _ends_order(outer, inner)
    return None if starts is None or ends is None else starts <= 0 and ends >= 0


def _starts(left: Any, right: Range) -> bool | None:
    if not isinstance(left, Range):
        position = order(left, right.start)
        return None if position is None else position == 0 and right.start_included
    starts, ends = _starts_order(left, right), _ends_order(left, right)
    return None if starts is None or ends is None else starts == 0 and ends <= 0


def _finishes(left: Any, right: Range) -> bool | None:
    if not isinstance(left, Range):
        position = order(left, right.end)
        return None if position is None else position == 0 and right.end_included
    starts, ends = _starts_order(left, right), _ends_order(left, right)
    return None if starts is None or ends is None else ends == 0 and starts >= 0


def _coincides(left: Any, right: Any) -> bool | None:
    if not isinstance(left, Range) or not isinstance(right, Range):
        position = order(left, right)
        return None if position is None else position == 0
    starts, ends = _starts_order(left, right), _ends_order(left, right)
    return None if starts is None or ends is None else starts == 0 and ends == 0


def _start(value: Any) -> tuple[Value, bool]:
    return (value.start, value.start_included) if isinstance(value, Range) else (value, True)


def _end(value: Any) -> tuple[Value, bool]:
    return (value.end, value.end_included) if isinstance(value, Range) else (value, True)


def _starts_order(left: Range, right: Range) -> int | None:
    """Order two ranges by their starts; of equal ones that which includes it comes first."""
    return order(left.start, right.start) or (
        None if order(left.start, right.start) is None else right.start_included - left.start_included
    )


def _ends_order(left: Range, right: Range) -> int | None:
    return order(left.end, right.end) or (
        None if order(left.end, right.end) is None else left.end_included - right.end_included
    )


def _range(text: str) -> Range | None:
    """Read a range of literals from text, such as `[1..10)`."""
    text = text.strip()
    first, separator, last = text[1:-1].partition("..")
    if len(text) > _LONGEST_RANGE or not separator or text[0] not in "[](" or text[-1] not in "[])":
        return None
    start, end = _literal(first.strip()), _literal(last.strip())
    position = order(start, end)
    return None if position is None or position > 0 else Range(start, end, text[0] == "[", text[-1] == "]")


def _literal(text: str) -> Value:
    quoted = text.removeprefix("@")
    if len(quoted) > 1 and quoted.startswith('"') and quoted.endswith('"') and quoted.count('"') == len('""'):
        plain = lexer.unescape(quoted)
        return temporal.parse_literal(plain) if text.startswith("@") else plain
    call = _CALL.fullmatch(text)
    return numbers.read(text) if call is None else _READERS[call.group(1)](call.group(2))


_READERS: dict[str, Callable[[str], Value]] = {
    "date": temporal.read_date,
    "time": temporal.read_time,
    "date and time": temporal.read_date_time,
    "duration": temporal.read_duration,
}


def _between_anything(call: Callable[[Any, Any], bool | None], first: str, second: str) -> tuple[Signature, ...]:
    return (
        one(call, f"{first}: {_SCALAR} | range", f"{second}: {_SCALAR} | range"),
        one(call, f"point1: {_SCALAR}", f"point2: {_SCALAR}"),
        one(call, "range1: range", "range2: range"),
        one(call, f"point: {_SCALAR}", "range: range"),
        one(call, "range: range", f"point: {_SCALAR}"),
    )


def _swapped(call: Callable[[Any, Any], bool | None]) -> Callable[[Any, Any], bool | None]:
    return lambda left, right: call(right, left)


def _of_ranges(call: Callable[[Any, Any], bool | None]) -> Signature:
    return one(call, "range1: range", "range2: range")


def _point_in_range(call: Callable[[Any, Any], bool | None]) -> tuple[Signature, ...]:
    return one(call, f"point: {_SCALAR}", "range: range"), _of_ranges(call)


def _range_of_point(call: Callable[[Any, Any], bool | None]) -> tuple[Signature, ...]:
    return one(call, "range: range", f"point: {_SCALAR}"), _of_ranges(call)


BUILTINS = table(
    {
        "before": _between_anything(_before, "value1", "value2"),
        "after": _between_anything(_after, "value1", "value2"),
        "meets": _of_ranges(_meets),
        "met by": _of_ranges(_swapped(_meets)),
        "overlaps": _of_ranges(_overlaps),
        "overlaps before": _of_ranges(_overlaps_before),
        "overlaps after": _of_ranges(_overlaps_after),
        "finishes": _point_in_range(_finishes),
        "finished by": _range_of_point(_swapped(_finishes)),
        "includes": _range_of_point(_includes),
        "during": _point_in_range(_swapped(_includes)),
        "starts": _point_in_range(_starts),
        "started by": _range_of_point(_swapped(_starts)),
        "coincides": _between_anything(_coincides, "value1", "value2"),
        "range": one(_range, "from: string"),
    }
)
