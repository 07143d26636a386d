"""Fields of bodies and answers. Going in they are strict: a text is no number that looks like one."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from marshmallow import RAISE, Schema, ValidationError, fields, validate

_ID = re.compile(r"[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})", re.ASCII)
_WHOLE = re.compile(r"[0-9]{1,9}", re.ASCII)
_CODES: dict[str, Any] = {
    "required": "required",
    "null": "required",
    "validator_failed": "invalid",
    "invalid": "invalid",
}


class Body(Schema):
    """What comes in: no key that is not declared."""

    class Meta:
        """Said here too, because the OpenAPI document is made from it."""

        unknown = RAISE

    error_messages = {"unknown": "undeclared", "type": "not_an_object"}  # noqa: RUF012 - marshmallow's declaration


class Text(fields.String):
    """A text of so many characters, on one line or more."""

    default_error_messages = {**_CODES, "invalid": "not_text"}  # noqa: RUF012 - marshmallow's declaration

    def __init__(self, *, longest: int, shortest: int = 0, **options: Any) -> None:
        length = validate.Length(min=shortest or None, max=longest, error="wrong_length")
        super().__init__(validate=[length], **options)


class Id(fields.UUID):
    """A row's id in its usual form."""

    default_error_messages = {**_CODES, "invalid_uuid": "no_id"}  # noqa: RUF012 - marshmallow's declaration

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> UUID:
        del attr, data, kwargs
        if not isinstance(value, str) or not _ID.fullmatch(value):
            raise ValidationError("no_id")
        return UUID(value)


class Instant(fields.DateTime):
    """An instant with its zone (RFC 3339), kept and given in UTC."""

    default_error_messages = _CODES

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        del attr, data, kwargs
        if not isinstance(value, str) or not _INSTANT.fullmatch(value):
            raise ValidationError("no_instant")
        try:
            return datetime.fromisoformat(value).astimezone(UTC)
        except (ValueError, OverflowError):
            raise ValidationError("no_instant") from None


class Whole(fields.Integer):
    """A number of rows in an address, within bounds."""

    default_error_messages = _CODES

    def __init__(self, *, least: int, most: int, **options: Any) -> None:
        super().__init__(validate=[validate.Range(min=least, max=most, error="out_of_range")], **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        del attr, data, kwargs
        if not isinstance(value, str) or not _WHOLE.fullmatch(value):
            raise ValidationError("no_number")
        return int(value)


class Count(fields.Integer):
    """A whole number in a body, within bounds."""

    default_error_messages = _CODES

    def __init__(self, *, least: int, most: int, **options: Any) -> None:
        super().__init__(validate=[validate.Range(min=least, max=most, error="out_of_range")], **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        del attr, data, kwargs
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValidationError("no_number")
        return value


class Seconds(Count):
    """A length in whole seconds."""

    def __init__(self, *, most: int, **options: Any) -> None:
        super().__init__(least=0, most=most, **options)


class Choice(fields.Enum[Any]):
    """One of a few codes."""

    default_error_messages = {**_CODES, "unknown": "no_choice"}  # noqa: RUF012 - marshmallow's declaration

    def __init__(self, kind: Any, **options: Any) -> None:
        super().__init__(kind, by_value=fields.String, **options)


class Flag(fields.Boolean):
    """Yes or no, and nothing that only looks like it."""

    default_error_messages = _CODES

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        del attr, data, kwargs
        if not isinstance(value, bool):
            raise ValidationError("no_flag")
        return value


class ByName(fields.Dict):
    """An object whose names are not fixed, all of its values alike."""

    default_error_messages = {**_CODES, "invalid": "not_an_object"}  # noqa: RUF012 - marshmallow's declaration

    def __init__(self, values: fields.Field[Any] | None = None, *, shortest: int = 0, **options: Any) -> None:
        super().__init__(keys=Text(longest=200, shortest=shortest), values=values, **options)


class Values(fields.Dict):
    """Answers or variables by name; the form, or the diagram, says what each may be."""

    default_error_messages = ByName.default_error_messages

    def __init__(self, **options: Any) -> None:
        super().__init__(keys=fields.String(), **options)


class Lanes(ByName):
    """The agency that plays a lane, by the lane's id."""

    def __init__(self, **options: Any) -> None:
        super().__init__(Id(), **options)


class Renamed(ByName):
    """The new id of an element, by the one before."""

    def __init__(self, **options: Any) -> None:
        super().__init__(Text(longest=200), shortest=1, **options)


class Names(fields.List[Any]):
    """Names, such as ids of lanes."""

    default_error_messages = {**_CODES, "invalid": "not_a_list"}  # noqa: RUF012 - marshmallow's declaration

    def __init__(self, **options: Any) -> None:
        super().__init__(Text(longest=200), **options)
