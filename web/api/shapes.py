"""What every answer of the API is made of."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields


def many(item: Schema, **options: Any) -> fields.List[Any]:
    """A list of things."""
    return fields.List(fields.Nested(item), **options)


def by_language() -> fields.Dict:
    """The same text in the languages in which there is one: `it`, `en`."""
    return fields.Dict(keys=fields.String(), values=fields.String())


def maybe(kind: type[fields.Field[Any]], **options: Any) -> fields.Field[Any]:
    """A field that may be null."""
    return kind(allow_none=True, **options)


class Answer(Schema):
    """What goes out: each of its fields is always there."""

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """Say in the document that a field is never left out."""
        del field_name
        field_obj.required = True
