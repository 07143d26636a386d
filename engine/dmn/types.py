"""Types of a model: what is of a type, and the conversions that DMN makes by itself.

Null is of every type here, as the standard says of values that are passed on; `instance of` asks more.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import feel
from engine.dmn import model
from engine.errors import Problem
from feel import italian, kinds, limits, values

Matches = Callable[[Any, limits.Budget], bool]

MAX_ALIASES = 20
"""Names that may stand for one another in a row."""

MISMATCH = kinds.MISMATCH
"""What `convert` gives for a value that is not of the type and cannot be made so."""

_MOMENT = "date and time"
_SIMPLE = {
    "string": "string",
    "number": "number",
    "boolean": "boolean",
    "date": "date",
    "time": "time",
    "date and time": _MOMENT,
    "dateTime": _MOMENT,
    "date time": _MOMENT,
    "days and time duration": "days and time duration",
    "dayTimeDuration": "days and time duration",
    "day time duration": "days and time duration",
    "years and months duration": "years and months duration",
    "yearMonthDuration": "years and months duration",
    "year month duration": "years and months duration",
    "list": "list",
    "context": "context",
    "function": "function",
    "range": "range",
}


@dataclass(frozen=True, slots=True)
class Type:
    """A type; `matches` is asked for values that are not null.

    `kind` is the name of the FEEL type below it, as far as there is one; of a collection `element` is what it holds.
    """

    name: str
    matches: Matches
    kind: str = ""
    element: "Type | None" = None
    fields: "Mapping[str, Type]" = field(default_factory=dict)
    allowed: str = ""


ANY = Type("Any", lambda _value, _budget: True)


def convert(value: Any, wanted: Type, budget: limits.Budget) -> Any:
    """Return the value as the type wants it, or MISMATCH (DMN 1.5, section 10.3.2.9.4)."""
    return value if wanted is ANY else kinds.fit(value, wanted.matches, budget)


def complete(value: Any, wanted: Type, budget: limits.Budget) -> Any:
    """Give a structure from outside the components that it lacks: absent is null there, within a model it is not."""
    if wanted.element is not None and isinstance(value, list):
        budget.spend(len(value))
        return [complete(item, wanted.element, budget) for item in value]
    if wanted.fields and isinstance(value, Mapping):
        budget.spend(len(wanted.fields))
        parts = {name: complete(value.get(name), inner, budget) for name, inner in wanted.fields.items()}
        return {**value, **parts}
    return value


class Types:
    """The types of one model, with those of its imports under their names."""

    def __init__(self, definitions: model.Definitions, problems: list[Problem]) -> None:
        self._items = {item.name: item for item in definitions.items}
        self._imports: dict[str, Types] = {}
        self._known: dict[str, Type] = {}
        self._open: set[str] = set()
        self._problems = problems

    def add_import(self, name: str, types: "Types") -> None:
        """Let types of another model be reached as `name.type`, or directly when the import has no name."""
        self._imports[name] = types

    def resolve(self, reference: str | None, place: model.Place) -> Type:
        """Return the type of a reference; one that does not exist is a problem, and counts as Any."""
        if reference is None or reference.strip() in {"", "Any", "feel:Any"}:
            return ANY
        name = " ".join(reference.split())
        found = self.find(name)
        if found is None:
            reason = f"Il tipo «{name}» non esiste."
            way_out = "Usare un tipo di FEEL o il nome di una itemDefinition."
            self._problems.append(Problem(place.element, reason, way_out, place.line))
            return ANY
        return found

    def find(self, name: str) -> Type | None:
        """Return a type by name: of this model, of the language, or of an import."""
        if name in self._items:
            return self._item(name)
        simple = _SIMPLE.get(name.removeprefix("feel:"))
        if simple is not None:
            return _simple(simple)
        prefix, separator, rest = name.replace(":", ".", 1).partition(".")
        if separator and prefix in self._imports:
            return self._imports[prefix].find(rest)
        unnamed = self._imports.get("")
        return None if unnamed is None else unnamed.find(name)

    def matchers(self) -> Mapping[str, Matches]:
        """Return the declared types for expressions, where null is of none of them."""
        found = {name: _not_null(self._item(name)) for name in self._items}
        for prefix, types in self._imports.items():
            for name in types._items:  # noqa: SLF001 - its own kind
                found[f"{prefix}.{name}" if prefix else name] = _not_null(types._item(name))  # noqa: SLF001
        return found

    def _item(self, name: str) -> Type:
        if name in self._known:
            return self._known[name]
        if name in self._open:
            # A structure may hold itself: looked up again when a value is there, which is not endless.
            return Type(name, lambda value, budget: self._known[name].matches(value, budget))  # noqa: PLW0108
        self._open.add(name)
        self._known[name] = built = self._build(self._items[name])
        return built

    def _build(self, item: model.Item) -> Type:
        base = self._base(item)
        matches = base.matches
        if item.allowed:
            matches = _both(matches, self._tests(item.allowed, item.place))
        if item.constraint and not item.collection:
            matches = _both(matches, self._tests(item.constraint, item.place))
        allowed = item.allowed or base.allowed
        element = Type(item.name, matches, base.kind, base.element, base.fields, allowed)
        if not item.collection:
            return element
        whole = _list_of(matches)
        if item.constraint:
            whole = _both(whole, self._tests(item.constraint, item.place))
        return Type(item.name, whole, "list", element)

    def _base(self, item: model.Item) -> Type:
        if item.components:
            fields = {component.name: self._build(component) for component in item.components}
            return Type(item.name, _structure(fields), "context", fields=fields)
        if item.function:
            return _simple("function")
        if item.type is not None and self._is_circular(item):
            reason = f"Il tipo «{item.name}» è definito attraverso sé stesso, o attraverso troppi altri."
            place = item.place
            self._problems.append(Problem(place.element, reason, "Indicare un tipo diverso.", place.line))
            return ANY
        return self.resolve(item.type, item.place)

    def _is_circular(self, item: model.Item) -> bool:
        """Follow the references by name alone; a structure on the way ends the search, and so does a long way."""
        seen: set[str] = set()
        at: model.Item | None = item
        while at is not None and at.type is not None and not at.components:
            name = " ".join(at.type.split())
            if name in seen or len(seen) == MAX_ALIASES:
                return True
            seen.add(name)
            at = self._items.get(name)
        return False

    def _tests(self, text: str, place: model.Place) -> Matches:
        try:
            tests = feel.compile_unary(text)
        except feel.FeelError as error:
            reason = f"I valori ammessi non si capiscono: {italian.said(error)}."
            self._problems.append(Problem(place.element, reason, "Correggere l'espressione FEEL.", place.line))
            return lambda _value, _budget: True
        return lambda value, budget: tests.spend({"?": value}, budget) is True


def _simple(kind: str) -> Type:
    element = ANY if kind == "list" else None
    return Type(kind, lambda value, _budget: values.kind(value) == kind, kind, element)


def _not_null(wanted: Type) -> Matches:
    return lambda value, budget: value is not None and wanted.matches(value, budget)


def _both(first: Matches, second: Matches) -> Matches:
    return lambda value, budget: first(value, budget) and second(value, budget)


def _list_of(element: Matches) -> Matches:
    def matches(value: Any, budget: limits.Budget) -> bool:
        if not isinstance(value, list):
            return False
        budget.spend(len(value) + 1)
        return all(item is None or element(item, budget) for item in value)

    return matches


def _structure(fields: dict[str, Type]) -> Matches:
    def matches(value: Any, budget: limits.Budget) -> bool:
        if not isinstance(value, Mapping):
            return False
        budget.spend(len(fields) + 1)
        return all(
            name in value and (value[name] is None or wanted.matches(value[name], budget))
            for name, wanted in fields.items()
        )

    return matches
