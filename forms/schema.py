"""The marshmallow schema of a form: one strict field per question, compiled once.

Strict: a number is not a text that looks like one, a truth value is not a number, an instant has a time zone. JSON
types come in (or the Python values they stand for), typed values go out. Messages are codes of `messages.MESSAGES`.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeVar

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from forms import bounds, patterns, reading
from forms.model import CHOICES, Component, Form

_Parsed = TypeVar("_Parsed")

_YEARS = range(1900, 2101)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(r"\d{2}:\d{2}(:\d{2})?", re.ASCII)
_FILE = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", re.ASCII)
_DATE_TIME = re.compile(r"(\d{4})-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?", re.ASCII)


@lru_cache(maxsize=512)
def compiled(form: Form) -> Schema:
    """Compile the schema of a form; forms are immutable, so once is enough. Rows have the schemas of their own form."""
    asked = {key: component for key, component in form.fields.items() if component.row is None}
    schema = Schema.from_dict({key: _field(component) for key, component in asked.items()}, name="Answer")
    return schema(unknown=RAISE)


class _Text(fields.Field[str]):
    """A text without control characters; `multiline` allows line breaks, kept as a single newline."""

    def __init__(self, *, multiline: bool, **options: Any) -> None:
        super().__init__(**options)
        self.multiline = multiline

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        del attr, data, kwargs
        if not isinstance(value, str):
            raise ValidationError("not_text")
        if not reading.printable(value, lines=self.multiline):
            raise ValidationError("bad_characters")
        return value.replace("\r\n", "\n").replace("\r", "\n") if self.multiline else value


class _Number(fields.Field[int | Decimal]):
    """An exact number: int where it is whole, else Decimal."""

    def __init__(self, *, decimals: int, **options: Any) -> None:
        super().__init__(**options)
        self.decimals = decimals

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int | Decimal:
        del attr, data, kwargs
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            raise ValidationError("not_a_number")
        # A float is what a JSON reader made of the digits that were written; its shortest text gives them back.
        number: int | Decimal = Decimal(str(value)) if isinstance(value, float) else value
        if isinstance(number, Decimal) and not number.is_finite():
            raise ValidationError("not_a_number")
        if number > bounds.MAX_NUMBER:
            raise ValidationError("too_large")
        if number < -bounds.MAX_NUMBER:
            raise ValidationError("too_small")
        if isinstance(number, int):
            return number
        exponent = number.normalize().as_tuple().exponent
        if isinstance(exponent, int) and -exponent > self.decimals:
            raise ValidationError("too_many_decimals")
        return int(number) if number == number.to_integral_value() else number


class _Flag(fields.Field[bool]):
    """True or false; a required one must be true (it is a confirmation)."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        del attr, data, kwargs
        if not isinstance(value, bool):
            raise ValidationError("not_a_boolean")
        return value


class _Code(fields.Field[str]):
    """The code of one option."""

    def __init__(self, *, codes: frozenset[str], **options: Any) -> None:
        super().__init__(**options)
        self.codes = codes

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        del attr, data, kwargs
        if not isinstance(value, str) or value not in self.codes:
            raise ValidationError("not_an_option")
        return value


class _Codes(fields.Field[list[str]]):
    """The codes of the chosen options, in the order of the form."""

    def __init__(self, *, codes: tuple[str, ...], **options: Any) -> None:
        super().__init__(**options)
        self.codes = codes

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[str]:
        del attr, data, kwargs
        if not isinstance(value, list):
            raise ValidationError("not_a_list")
        if len(value) > len(self.codes):
            raise ValidationError("chosen_twice" if set(map(str, value)) <= set(self.codes) else "not_an_option")
        if any(not isinstance(code, str) or code not in self.codes for code in value):
            raise ValidationError("not_an_option")
        if len(set(value)) != len(value):
            raise ValidationError("chosen_twice")
        return [code for code in self.codes if code in value]


class _Files(fields.Field[list[str]]):
    """The ids of files that were handed in before; whether they are there, and whose, is not known here."""

    def __init__(self, *, most: int, **options: Any) -> None:
        super().__init__(**options)
        self.most = most

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[str]:
        del attr, data, kwargs
        if not isinstance(value, list):
            raise ValidationError("not_a_list")
        if len(value) > self.most:
            raise ValidationError("too_many_files")
        if any(not isinstance(file, str) or not _FILE.fullmatch(file) for file in value):
            raise ValidationError("file_missing")
        if len(set(value)) != len(value):
            raise ValidationError("chosen_twice")
        return list(value)


class _Day(fields.Field[date]):
    """A calendar day between 1900 and 2100."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        del attr, data, kwargs
        if isinstance(value, str) and _DATE.fullmatch(value):
            day = _parsed(date.fromisoformat, value, "not_a_date")
        elif isinstance(value, date) and not isinstance(value, datetime):
            day = value
        else:
            raise ValidationError("not_a_date")
        if day.year not in _YEARS:
            raise ValidationError("date_out_of_range")
        return day


class _Clock(fields.Field[time]):
    """A time of day, local, without zone."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> time:
        del attr, data, kwargs
        if isinstance(value, str) and _TIME.fullmatch(value):
            return _parsed(time.fromisoformat, value, "not_a_time")
        if isinstance(value, time) and value.tzinfo is None:
            return value
        raise ValidationError("not_a_time")


class _Instant(fields.Field[datetime]):
    """An instant with its zone, kept in UTC."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        del attr, data, kwargs
        if isinstance(value, str) and _DATE_TIME.fullmatch(value):
            instant = _parsed(datetime.fromisoformat, value, "not_a_date_time")
        elif isinstance(value, datetime):
            instant = value
        else:
            raise ValidationError("not_a_date_time")
        if instant.tzinfo is None or instant.utcoffset() is None:
            raise ValidationError("no_time_zone")
        if instant.year not in _YEARS:
            raise ValidationError("date_out_of_range")
        return instant.astimezone(UTC)


def _field(component: Component) -> fields.Field[Any]:
    """Compile one question."""
    limits = component.constraints
    messages = dict.fromkeys(("required", "null"), "required")
    options: dict[str, Any] = {"required": component.required, "error_messages": messages}
    if component.kind in {"textfield", "textarea"}:
        return _Text(multiline=component.kind == "textarea", validate=_text_rules(component), **options)
    if component.kind == "number":
        rules = [
            validate.Range(min=limits.minimum, error="too_small"),
            validate.Range(max=limits.maximum, error="too_large"),
        ]
        return _Number(decimals=limits.decimal_digits or 0, validate=rules, **options)
    if component.kind == "checkbox":
        rules_of_flag = [validate.Equal(comparable=True, error="must_be_checked")] if component.required else []
        return _Flag(validate=rules_of_flag, **options)
    return _choice_or_date(component, options)


def _choice_or_date(component: Component, options: dict[str, Any]) -> fields.Field[Any]:
    codes = tuple(option.value for option in component.options)
    if component.kind in CHOICES:
        return _Codes(codes=codes, **options)
    if component.kind in {"select", "radio"}:
        return _Code(codes=frozenset(codes), **options)
    if component.kind == "filepicker":
        return _Files(most=component.constraints.max_files or 1, **options)
    kinds: dict[str, type[fields.Field[Any]]] = {"date": _Day, "time": _Clock, "datetime": _Instant}
    return kinds[component.subtype](**options)


def _text_rules(component: Component) -> list[Any]:
    limits = component.constraints
    rules: list[Any] = [validate.Length(max=limits.max_length, error="too_long")]
    if limits.min_length is not None:
        rules.append(validate.Length(min=limits.min_length, error="too_short"))
    if limits.pattern is not None:
        rules.append(_fits(limits.pattern))
    return rules


def _fits(pattern: str) -> Any:
    def check(value: str) -> None:
        # The pattern's cost is bounded for this length only; a longer text is refused by its own rule.
        if len(value) <= bounds.MAX_LENGTH["textfield"] and not patterns.matches(pattern, value):
            raise ValidationError("wrong_format")

    return check


def _parsed(parse: Callable[[str], _Parsed], value: str, code: str) -> _Parsed:
    try:
        return parse(value)
    except ValueError:
        raise ValidationError(code) from None
