"""A form as plain values: what a server-side renderer and the validation need, and nothing of form-js beyond it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal

import feel
from forms import contents

# One row of a repeated group: its answers by key.
Row = dict[str, "Value"]
Value = str | bool | int | Decimal | date | time | datetime | list[str] | list[Row]

CHOICES = frozenset({"checklist", "taglist"})
OPTION_KINDS = frozenset({"select", "radio"}) | CHOICES
INPUT_KINDS = OPTION_KINDS | {"textfield", "textarea", "number", "checkbox", "datetime", "filepicker", "dynamiclist"}
DISPLAY_KINDS = frozenset({"text", "group", "separator", "spacer", "image"})
# Parts that only divide others.
EMPTY_KINDS = frozenset({"separator", "spacer"})

# The names by which FEEL calls the types (DMN 1.5, 10.3.2).
_FEEL_TYPES = {
    "textfield": "string",
    "textarea": "string",
    "number": "number",
    "checkbox": "boolean",
    "select": "string",
    "radio": "string",
    "checklist": "list<string>",
    "taglist": "list<string>",
    "filepicker": "list<string>",
    "dynamiclist": "list<context>",
    "date": "date",
    "time": "time",
    "datetime": "date and time",
}
_DATETIME_INPUTS = {"date": "date", "time": "time", "datetime": "datetime-local"}


@dataclass(frozen=True, slots=True)
class Option:
    """One answer of a choice: the code that is kept, and what people read."""

    value: str
    labels: Mapping[str, str]

    def label(self, lang: str = "it") -> str:
        """Give the text in a language; Italian where there is no translation."""
        return self.labels.get(lang, self.labels["it"])


@dataclass(frozen=True, slots=True)
class Constraints:
    """The bounds of a field; lengths in characters. None where the kind has no such bound.

    `earliest` and `latest` are expressions over the other fields and the day of the answer (`forms.instants`);
    `file_kinds` are names of `forms.contents`.
    """

    min_length: int | None = None
    max_length: int | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    decimal_digits: int | None = None
    pattern: str | None = None
    earliest: feel.Expression | None = None
    latest: feel.Expression | None = None
    min_rows: int | None = None
    max_rows: int | None = None
    max_files: int | None = None
    file_kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Component:
    """A part of a form: an input, a text, a line, or a group of parts.

    `hide` is the part's own condition; the conditions of the groups around it count too (`Form.guards`). A repeated
    group (dynamiclist) has as `row` the form that each of its rows is; where it is shown, its children are its rows
    (kind `row`), in which keys and ids carry the number of the row. `edges` are the bounds of a date as its control
    has them, where it is shown; `source` is a picture, `index` as what an answer
    can be searched for.
    """

    kind: str
    id: str
    key: str | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    options: tuple[Option, ...] = ()
    required: bool = False
    subtype: str = ""
    constraints: Constraints = Constraints()
    routing: bool = False
    confidentiality: str = ""
    index: str = ""
    hide: feel.Expression | None = None
    children: tuple["Component", ...] = ()
    row: "Form | None" = None
    source: str = ""
    edges: Mapping[str, str] = field(default_factory=dict)

    def label(self, lang: str = "it") -> str:
        """Give the question, or the group's title ("" = none)."""
        return self._text("label", lang)

    def description(self, lang: str = "it") -> str:
        """Give the help under the question ("" = none)."""
        return self._text("description", lang)

    def text(self, lang: str = "it") -> str:
        """Give the words of a `text` part, or those that say what a picture shows."""
        return self._text("text", lang)

    @property
    def html(self) -> dict[str, str]:
        """The attributes of the native control; a hint to the browser, never the check."""
        return _html(self)

    @property
    def feel_type(self) -> str:
        """The FEEL type of the answer, for checking the conditions of a diagram."""
        return _FEEL_TYPES[self.subtype or self.kind]

    def _text(self, name: str, lang: str) -> str:
        return self.texts.get(f"{name}.{lang}") or self.texts.get(f"{name}.it", "")


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """A form, checked. `order` is the order in which conditions can be decided; `guards` what can hide each field."""

    id: str
    components: tuple[Component, ...]
    fields: Mapping[str, Component]
    order: tuple[str, ...]
    guards: Mapping[str, tuple[feel.Expression, ...]]
    context_names: frozenset[str]
    asks_the_time: bool = False

    @property
    def routing_keys(self) -> frozenset[str]:
        """The fields whose values enter the workflow state."""
        return frozenset(key for key, component in self.fields.items() if component.routing)

    @property
    def field_types(self) -> dict[str, str]:
        """The FEEL type of every field."""
        return {key: component.feel_type for key, component in self.fields.items()}

    @property
    def takes_files(self) -> bool:
        """Whether any question, in rows too, asks for files."""
        return any(component.kind == "filepicker" for component in walk(self.components))


def walk(components: tuple[Component, ...]) -> Iterator[Component]:
    """Give every part, groups before what they hold, those of rows too, in document order."""
    for component in components:
        yield component
        yield from walk(component.children or (component.row.components if component.row else ()))


def level(components: tuple[Component, ...]) -> Iterator[Component]:
    """Give every part but those of rows: what is one field of this form."""
    for component in components:
        yield component
        yield from level(component.children)


def row_key(key: str, number: int) -> str:
    """Give the name of a row in posts, errors and pages; that of its field is the same with `.field` behind it."""
    return f"{key}.{number}"


def _html(component: Component) -> dict[str, str]:
    bounds = component.constraints
    attributes: dict[str, str | None] = {
        "required": "required" if component.required and component.kind not in CHOICES else None,
        **component.edges,
    }
    if component.kind in {"textfield", "textarea"}:
        attributes["minlength"] = None if bounds.min_length is None else str(bounds.min_length)
        attributes["maxlength"] = None if bounds.max_length is None else str(bounds.max_length)
    if component.kind == "textfield":
        attributes |= {"type": "text", "pattern": bounds.pattern}
    elif component.kind == "number":
        # Not type="number": it drops what it cannot read, and a decimal comma with it.
        attributes |= {"type": "text", "inputmode": "decimal" if bounds.decimal_digits else "numeric"}
    elif component.kind == "datetime":
        attributes["type"] = _DATETIME_INPUTS[component.subtype]
    elif component.kind in {"checkbox", "radio"}:
        attributes["type"] = component.kind
    elif component.kind in CHOICES:
        attributes["type"] = "checkbox"
    elif component.kind == "filepicker":
        attributes |= {"type": "file", "multiple": "multiple" if bounds.max_files != 1 else None}
        attributes["accept"] = ",".join(contents.WANTED[kind] for kind in bounds.file_kinds)
    return {name: value for name, value in attributes.items() if value is not None}
