"""Between an HTML page and typed values: what a post means, and what goes back into the controls.

Local times are those of Europe/Rome. Dates are read as the browser sends them and as people write them (31/12/2026).
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, NamedTuple, Protocol, TypeVar

from forms import answers, bounds, instants
from forms.instants import ROME
from forms.model import CHOICES, Component, Form, Value, row_key
from forms.problems import FieldError

_DATE = re.compile(
    r"(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})|(?P<d2>\d{1,2})[/.](?P<m2>\d{1,2})[/.](?P<y2>\d{4})", re.ASCII
)
_TIME = re.compile(r"(?P<h>\d{1,2})[:.](?P<m>\d{2})(?:[:.](?P<s>\d{2})(?:\.\d{1,6})?)?", re.ASCII)
# No thousands: 1.234 is read by some as a thousand and by others as one.
_NUMBER = re.compile(r"[+-]?\d{1,20}(?:[.,]\d{1,20})?", re.ASCII)
_ROW = re.compile(r"0|[1-9]\d{0,2}", re.ASCII)
_Made = TypeVar("_Made")

_YES = {"it": "sì", "en": "yes"}
_NO = {"it": "no", "en": "no"}


class Post(Protocol):
    """A posted HTML form: werkzeug's MultiDict, or anything with its `getlist`."""

    def getlist(self, name: str, /) -> list[str]:
        """Give every value sent under a name."""
        ...


class Decoded(NamedTuple):
    """What a post holds: typed values, and the fields that could not be read."""

    values: dict[str, Any]
    errors: dict[str, FieldError]


def decode(form: Form, post: Post, *, context: Mapping[str, Any] | None = None, now: datetime | None = None) -> Decoded:
    """Read a posted form. Names that are no field of it (a CSRF token, a button) are passed over.

    A field that cannot be read is in `errors` and not in `values`; one that is hidden is in neither. The rows of a
    repeated group are those that the post numbers under its key, in that order; their fields are named by the row.
    """
    values, errors = _fields(form, post, "")
    hidden = answers.settle(form, values, context=context, now=now, complete=False).hidden
    return Decoded(
        _without(form, values, hidden, ""),
        {key: error for key, error in errors.items() if not _is_hidden(key, hidden)},
    )


def row_numbers(post: Post, key: str) -> list[str]:
    """Give the numbers of the rows that a post has of a repeated group; what is no number of a row is left out."""
    found = dict.fromkeys(number for number in post.getlist(key) if _ROW.fullmatch(number))
    return list(found)[: bounds.MAX_ROWS]


def _fields(form: Form, post: Post, before: str) -> Decoded:
    values: dict[str, Any] = {}
    errors: dict[str, FieldError] = {}
    for key, component in form.fields.items():
        if component.row is not None:
            values[key] = []
            for number, name in enumerate(row_numbers(post, key)):
                row = _fields(component.row, post, f"{row_key(key, int(name))}.")
                values[key].append(row.values)
                errors |= {f"{row_key(key, number)}.{inner}": error for inner, error in row.errors.items()}
            continue
        sent = [text.strip() if component.kind != "textarea" else text for text in post.getlist(before + key)]
        try:
            value = _read(component, [text for text in sent if text])
        except _Unreadable as problem:
            errors[key] = answers.error_of(component, problem.code)
            continue
        if value is not None:
            values[key] = value
    return Decoded(values, errors)


def encode(form: Form, values: Mapping[str, Any]) -> dict[str, list[str]]:
    """Write typed values as controls hold them: one text per value, none for what is not answered."""
    controls: dict[str, list[str]] = {}
    for key, value in values.items():
        component = form.fields.get(key)
        if component is None or value is None:
            continue
        if component.row is None:
            controls[key] = _written(value)
            continue
        controls[key] = [str(number) for number in range(len(value))]
        for number, row in enumerate(value):
            inner = encode(component.row, row)
            controls |= {f"{row_key(key, number)}.{name}": texts for name, texts in inner.items()}
    return controls


def display(component: Component, value: Value | None, lang: str = "it") -> str:
    """Write an answer for a reader: words for codes, dd/mm/yyyy, local time. "" where nothing was answered.

    Of files and of rows only how many: who shows them walks them.
    """
    if component.options and value is not None:
        words = {option.value: option.label(lang) for option in component.options}
        return ", ".join(words.get(str(code), str(code)) for code in (value if isinstance(value, list) else [value]))
    match value:
        case None:
            text = ""
        case bool():
            text = (_YES if value else _NO)[lang]
        case datetime() | date() | time():
            text = instants.written(value)
        case int() | Decimal():
            digits = format(value, "f") if isinstance(value, Decimal) else str(value)
            text = digits.replace(".", ",") if lang == "it" else digits
        case list():
            text = str(len(value))
        case _:
            text = str(value)
    return text


class _Unreadable(Exception):
    """What was sent under a name is not of the field's kind; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def _read(component: Component, sent: list[str]) -> Value | None:
    if component.kind == "checkbox":
        return bool(sent)
    if component.kind in CHOICES or component.kind == "filepicker":
        return sent or None
    if not sent:
        return None
    if len(sent) > 1:
        raise _Unreadable("not_an_option" if component.options else "wrong_format")
    read = _READERS.get(component.subtype or component.kind)
    return sent[0] if read is None else read(sent[0])


def _read_number(text: str) -> int | Decimal:
    if not _NUMBER.fullmatch(text):
        raise _Unreadable("not_a_number")
    number = Decimal(text.replace(",", "."))
    return int(number) if number == number.to_integral_value() else number


def _read_date(text: str) -> date:
    match = _DATE.fullmatch(text)
    if match is None:
        raise _Unreadable("not_a_date")
    year, month, day = (int(match[name] or match[f"{name}2"]) for name in "ymd")
    return _made(lambda: date(year, month, day), "not_a_date")


def _read_time(text: str) -> time:
    match = _TIME.fullmatch(text)
    if match is None:
        raise _Unreadable("not_a_time")
    hour, minute, second = int(match["h"]), int(match["m"]), int(match["s"] or 0)
    return _made(lambda: time(hour, minute, second), "not_a_time")


def _read_date_time(text: str) -> datetime:
    parts = re.split(r"[T\s]+", text)
    if len(parts) != 2:  # noqa: PLR2004 - a date and a time
        raise _Unreadable("not_a_date_time")
    try:
        day, clock = _read_date(parts[0]), _read_time(parts[1])
    except _Unreadable:
        raise _Unreadable("not_a_date_time") from None
    # The hour that comes twice in October is taken the first time: no deadline then ends later than it should.
    local = datetime.combine(day, clock, tzinfo=ROME)
    instant = _made(lambda: local.astimezone(UTC), "date_out_of_range")
    if instant.astimezone(ROME).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise _Unreadable("no_such_local_time")
    return instant


_READERS: dict[str, Callable[[str], Value]] = {
    "number": _read_number,
    "date": _read_date,
    "time": _read_time,
    "datetime": _read_date_time,
}


def _without(form: Form, values: dict[str, Any], hidden: set[str], before: str) -> dict[str, Any]:
    kept = {}
    for key, value in values.items():
        component = form.fields[key]
        if before + key in hidden:
            continue
        if component.row is None:
            kept[key] = value
        else:
            names = [f"{row_key(key, number)}." for number in range(len(value))]
            kept[key] = [_without(component.row, row, hidden, name) for row, name in zip(value, names, strict=True)]
    return kept


def _is_hidden(name: str, hidden: set[str]) -> bool:
    """Tell whether a field is hidden, or the repeated group that it is in."""
    return name in hidden or name.partition(".")[0] in hidden


def _made(make: Callable[[], _Made], code: str) -> _Made:
    try:
        return make()
    except (ValueError, OverflowError):
        raise _Unreadable(code) from None


def _written(value: Any) -> list[str]:
    if isinstance(value, bool):
        return ["true"] if value else []
    if isinstance(value, list):
        return [str(item) for item in value]
    if isinstance(value, datetime):
        local = value.astimezone(ROME).replace(tzinfo=None)
        return [local.isoformat(timespec="minutes" if local.second == 0 else "seconds")]
    if isinstance(value, time):
        return [value.isoformat(timespec="minutes" if value.second == 0 else "seconds")]
    if isinstance(value, Decimal):
        return [format(value, "f").replace(".", ",")]
    return [value.isoformat() if isinstance(value, date) else str(value)]
