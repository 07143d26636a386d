"""A form as plain values: what a server-side renderer and the validation need, and nothing of form-js beyond it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal

import feel

Value = str | bool | int | Decimal | date | time | datetime | list[str]

INPUT_KINDS = frozenset({"textfield", "textarea", "number", "checkbox", "select", "radio", "checklist", "datetime"})
OPTION_KINDS = frozenset({"select", "radio", "checklist"})
DISPLAY_KINDS = frozenset({"text", "group", "separator"})

# The names by which FEEL calls the types (DMN 1.5, 10.3.2).
_FEEL_TYPES = {
    "textfield": "string",
    "textarea": "string",
    "number": "number",
    "checkbox": "boolean",
    "select": "string",
    "radio": "string",
    "checklist": "list<string>",
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
    """The bounds of a field; lengths in characters. None where the kind has no such bound."""

    min_length: int | None = None
    max_length: int | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    decimal_digits: int | None = None
    pattern: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Component:
    """A part of a form: an input, a text, a line, or a group of parts.

    `hide` is the part's own condition; the conditions of the groups around it count too (`Form.guards`).
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
    hide: feel.Expression | None = None
    children: tuple["Component", ...] = ()

    def label(self, lang: str = "it") -> str:
        """Give the question, or the group's title ("" = none)."""
        return self._text("label", lang)

    def description(self, lang: str = "it") -> str:
        """Give the help under the question ("" = none)."""
        return self._text("description", lang)

    def text(self, lang: str = "it") -> str:
        """Give the words of a `text` part."""
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

    @property
    def routing_keys(self) -> frozenset[str]:
        """The fields whose values enter the workflow state."""
        return frozenset(key for key, component in self.fields.items() if component.routing)

    @property
    def field_types(self) -> dict[str, str]:
        """The FEEL type of every field."""
        return {key: component.feel_type for key, component in self.fields.items()}


def walk(components: tuple[Component, ...]) -> Iterator[Component]:
    """Give every part, groups before what they hold, in document order."""
    for component in components:
        yield component
        yield from walk(component.children)


def _html(component: Component) -> dict[str, str]:
    bounds = component.constraints
    attributes: dict[str, str | None] = {
        "required": "required" if component.required and component.kind != "checklist" else None
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
    elif component.kind == "checklist":
        attributes["type"] = "checkbox"
    return {name: value for name, value in attributes.items() if value is not None}
