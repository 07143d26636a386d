"""Answers: accepted whole, accepted as a draft, or refused with one error per field.

One pass in `Form.order`: a condition is decided by the answers before it, a hidden field is dropped unseen, a
visible one is checked by its compiled marshmallow field. A repeated group is a form within: one pass for each row, with
what is around it in sight.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple, cast

from marshmallow import ValidationError

import feel
from forms import instants, schema
from forms.model import CHOICES, EMPTY_KINDS, Component, Form, Row, Value, row_key, walk
from forms.problems import FieldError, InvalidAnswer

MAX_SIZE = 200_000
WHOLE = "__form__"
_LISTS = CHOICES | {"filepicker"}
_MAX_UNDECLARED = 20
_DEEPEST = 4


class Validated(NamedTuple):
    """An accepted answer.

    `values` holds what was answered. `routing` holds every routing field, None where nothing was answered or the field
    was hidden: the workflow must not go on with what an earlier round left behind.
    """

    values: dict[str, Value]
    routing: dict[str, Value | None]


@dataclass(slots=True)
class Settled:
    """The outcome of one pass: typed answers, errors by key, and the keys that are hidden."""

    values: dict[str, Value]
    errors: dict[str, FieldError]
    hidden: set[str]


def validate(
    form: Form, values: Mapping[str, Any], *, context: Mapping[str, Any] | None = None, now: datetime | None = None
) -> Validated:
    """Accept a complete answer. `context` holds the variables of the process that conditions may read.

    `now` is the instant of the answer, for the bounds of dates. Rows in which nothing is filled in are left out.
    Raises InvalidAnswer with every error, ValueError when a form that asks the time is not told it.
    """
    return _accept(form, settle(form, values, context=context, now=now, complete=True))


def partial(
    form: Form, values: Mapping[str, Any], *, context: Mapping[str, Any] | None = None, now: datetime | None = None
) -> Validated:
    """Accept a draft: any part of the answer, types and bounds kept, nothing required. Raises as `validate`."""
    return _accept(form, settle(form, values, context=context, now=now, complete=False))


def visible(
    form: Form, values: Mapping[str, Any], *, context: Mapping[str, Any] | None = None, now: datetime | None = None
) -> tuple[Component, ...]:
    """Give the parts to show, given what has been answered so far; answers that are wrong count as not given.

    A repeated group has its rows as children, each with its own parts, named by the row's number.
    """
    known = {key: value for key, value in values.items() if key in form.fields}
    with instants.at(form, now):
        settled = _pass(form, known, context or {}, complete=False)
        return _shown(form.components, _scope(form, settled.values, context or {}, settled.hidden), settled)


def settle(
    form: Form, values: Any, *, context: Mapping[str, Any] | None, complete: bool, now: datetime | None = None
) -> Settled:
    """Decide in one pass what is hidden, what is accepted and what is wrong."""
    refused = _refuse_whole(form, values)
    if refused:
        return Settled({}, refused, set())
    with instants.at(form, now):
        settled = _pass(form, values, context or {}, complete=complete)
    return replace(
        settled,
        values=_in_document_order(form, settled.values),
        errors=_in_document_order(form, settled.errors),
    )


def holds(condition: feel.Expression, scope: Mapping[str, Any]) -> bool:
    """Tell whether a condition is exactly true.

    Null hides nothing, and neither does an expression that exceeds FEEL's limits: asking too much loses no answer.
    """
    try:
        return condition.evaluate(scope) is True
    except feel.FeelLimitError:
        return False


def error_of(component: Component, code: str) -> FieldError:
    """Make the error of a field, with the limits that its text names."""
    limits = component.constraints
    names = ("min_length", "max_length", "minimum", "maximum", "decimal_digits", "min_rows", "max_rows", "max_files")
    return FieldError(code, {name: getattr(limits, name) for name in names if getattr(limits, name) is not None})


def _pass(form: Form, values: Mapping[str, Any], context: Mapping[str, Any], *, complete: bool) -> Settled:
    settled = Settled({}, {}, set())
    scope = _scope(form, {}, context)
    for key in form.order:
        if any(holds(condition, scope) for condition in form.guards[key]):
            settled.hidden.add(key)
            if form.fields[key].kind == "checkbox":
                scope[key] = None
            continue
        component, value = form.fields[key], values.get(key)
        if component.row is not None:
            _settle_rows(component, component.row, value, scope, settled, complete=complete)
        else:
            _settle_field(form, component, values, scope, settled, complete=complete)
        if key in settled.values:
            scope[key] = settled.values[key]
    return settled


def _settle_field(
    form: Form,
    component: Component,
    values: Mapping[str, Any],
    scope: Mapping[str, Any],
    settled: Settled,
    *,
    complete: bool,
) -> None:
    key = str(component.key)
    value = values.get(key)
    if _unanswered(component, value):
        if complete and component.required:
            settled.errors[key] = error_of(component, _required_code(component))
        return
    try:
        accepted = schema.compiled(form).fields[key].deserialize(value, key, values)
    except ValidationError as error:
        code = str(error.messages[0])
        unchecked = code == "must_be_checked"
        if complete or not unchecked:
            settled.errors[key] = error_of(component, code)
        if not unchecked:
            return
        # What is not ticked is an answer all the same: what depends on it is asked as in a draft.
        accepted = value
    wrong = instants.wrong(component, accepted, scope) if component.kind == "datetime" else None
    if wrong is not None:
        settled.errors[key] = wrong
    else:
        settled.values[key] = cast("Value", accepted)


def _settle_rows(
    component: Component, row: Form, given: Any, scope: Mapping[str, Any], settled: Settled, *, complete: bool
) -> None:
    """Settle each row as a form of its own that sees what is around it; a row without any answer is none."""
    key = str(component.key)
    refused = _refuse_rows(component, given)
    if refused is not None:
        settled.errors[key] = error_of(component, refused)
        return
    rows: list[Row] = []
    for number, values in enumerate(given or ()):
        name = row_key(key, number)
        wrong = _refuse_keys(row, values)
        if wrong:
            settled.errors |= {f"{name}.{inner}" if inner != WHOLE else name: error for inner, error in wrong.items()}
            continue
        if complete and _blank(row, values):
            continue
        inside = _pass(row, values, scope, complete=complete)
        settled.errors |= {f"{name}.{inner}": error for inner, error in inside.errors.items()}
        settled.hidden |= {f"{name}.{inner}" for inner in inside.hidden}
        # What stood in it may all be hidden by now.
        if not complete or inside.errors or not _blank(row, inside.values):
            rows.append(_in_document_order(row, inside.values))
    if complete and len(rows) < (component.constraints.min_rows or 0):
        settled.errors.setdefault(key, error_of(component, "too_few_rows"))
    if rows or (given is not None and not complete):
        settled.values[key] = rows


def _refuse_rows(component: Component, given: Any) -> str | None:
    if given is None:
        return None
    if not isinstance(given, list):
        return "not_rows"
    return "too_many_rows" if len(given) > (component.constraints.max_rows or 0) else None


def _blank(row: Form, values: Mapping[str, Any]) -> bool:
    return all(values.get(key) is False or _unanswered(part, values.get(key)) for key, part in row.fields.items())


def _accept(form: Form, settled: Settled) -> Validated:
    if settled.errors:
        raise InvalidAnswer(settled.errors)
    return Validated(settled.values, {key: settled.values.get(key) for key in sorted(form.routing_keys)})


def _refuse_whole(form: Form, values: Any) -> dict[str, FieldError]:
    """Refuse what is no answer to this form at all, before anything in it is looked at."""
    refused = _refuse_keys(form, values)
    if not refused and _size(values) > MAX_SIZE:
        return {WHOLE: FieldError("too_big", {"max_size": MAX_SIZE})}
    return refused


def _refuse_keys(form: Form, values: Any) -> dict[str, FieldError]:
    if not isinstance(values, Mapping):
        return {WHOLE: FieldError("not_an_object")}
    undeclared = [key for key in values if not isinstance(key, str) or key not in form.fields]
    return {str(key)[:80]: FieldError("undeclared") for key in undeclared[:_MAX_UNDECLARED]}


def _size(value: Any, depth: int = 0) -> int:
    """Count the characters of an answer, without walking deeper than rows of lists go."""
    if isinstance(value, str):
        return len(value)
    if depth > _DEEPEST:
        return 1
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return 1 + sum(_size(item, depth + 1) for item in inner)


def _scope(
    form: Form, values: Mapping[str, Any], context: Mapping[str, Any], hidden: Collection[str] = ()
) -> dict[str, Any]:
    """Put together what conditions see: a field hides a process variable of the same name, answered or not.

    What was not answered is null; a repeated group has no rows then. A tick that is asked for and not given is false,
    as in form-js: a page cannot say that it was never thought of.
    """
    unanswered: dict[str, Any] = {}
    for key, component in form.fields.items():
        unanswered[key] = [] if component.row is not None else None
        if component.kind == "checkbox" and key not in hidden:
            unanswered[key] = False
    return {**context, **unanswered, **values}


def _unanswered(component: Component, value: Any) -> bool:
    if value is None:
        return True
    if component.kind in {"textfield", "textarea"}:
        return isinstance(value, str) and not value.strip()
    return component.kind in _LISTS and value == []


def _required_code(component: Component) -> str:
    return "must_be_checked" if component.kind == "checkbox" else "required"


def _in_document_order(form: Form, mapping: Mapping[str, Any]) -> dict[str, Any]:
    return {key: mapping[key] for key in form.fields if key in mapping} | dict(mapping)


def _shown(parts: tuple[Component, ...], scope: Mapping[str, Any], settled: Settled) -> tuple[Component, ...]:
    shown = []
    for part in parts:
        if part.key in settled.hidden or (part.key is None and part.hide is not None and holds(part.hide, scope)):
            continue
        if part.row is not None:
            shown.append(replace(part, children=_shown_rows(part, part.row, scope, settled.values)))
            continue
        children = _shown(part.children, scope, settled)
        edges = instants.edges(part, scope) if part.kind == "datetime" else {}
        # A group of which nothing is left to answer or read would be an empty box.
        if part.kind != "group" or any(child.kind not in EMPTY_KINDS for child in walk(children)):
            shown.append(replace(part, children=children, edges=edges))
    return tuple(shown)


def _shown_rows(
    part: Component, row: Form, scope: Mapping[str, Any], values: Mapping[str, Any]
) -> tuple[Component, ...]:
    """Give the rows of a repeated group: those there are, at first one, and never fewer than are needed."""
    key = str(part.key)
    rows: list[Mapping[str, Any]] = list(values.get(key, [{}]))
    rows += [{}] * ((part.constraints.min_rows or 0) - len(rows))
    shown = []
    for number, cells in enumerate(rows):
        inside = _pass(row, cells, scope, complete=False)
        parts = _shown(row.components, _scope(row, inside.values, scope, inside.hidden), inside)
        name = row_key(key, number)
        inner = tuple(_numbered(child, name, row_key(part.id, number)) for child in parts)
        shown.append(Component(kind="row", id=row_key(part.id, number), key=name, children=inner))
    return tuple(shown)


def _numbered(part: Component, name: str, row_id: str) -> Component:
    return replace(
        part,
        id=f"{row_id}.{part.id}",
        key=None if part.key is None else f"{name}.{part.key}",
        children=tuple(_numbered(child, name, row_id) for child in part.children),
    )
