"""The names of questions, in rows too: `figli` is a group, `figli.0` its first row, `figli.0.eta` a question there."""

from collections.abc import Iterator, Mapping
from typing import Any

from forms.model import Component, Form, row_key

_IN_ROW = 3


def field_named(form: Form, name: str) -> Component | None:
    """Find the question of a name; None where there is none. The row itself is not looked for: rows come and go."""
    parts = name.split(".")
    if len(parts) == 1:
        return form.fields.get(name)
    group = form.fields.get(parts[0])
    if len(parts) != _IN_ROW or group is None or group.row is None or not parts[1].isdecimal():
        return None
    return group.row.fields.get(parts[2])


def files(form: Form, values: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, list[str]]]:
    """Give by name each question that is answered with files, and their ids."""
    for key, component in form.fields.items():
        value = values.get(key)
        if component.kind == "filepicker" and value:
            yield before + key, list(value)
        elif component.row is not None:
            for number, row in enumerate(value or ()):
                yield from files(component.row, row, f"{before}{row_key(key, number)}.")
