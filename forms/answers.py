"""Answers: accepted whole, accepted as a draft, or refused with one error per field.

One pass in `Form.order`: a condition is decided by the answers before it, a hidden field is dropped unseen, a
visible one is checked by its compiled marshmallow field.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from marshmallow import ValidationError

import feel
from forms import schema
from forms.model import Component, Form, Value, walk
from forms.problems import FieldError, InvalidAnswer

MAX_SIZE = 200_000
WHOLE = "__form__"
_MAX_UNDECLARED = 20


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


def validate(form: Form, values: Mapping[str, Any], *, context: Mapping[str, Any] | None = None) -> Validated:
    """Accept a complete answer. `context` holds the variables of the process that conditions may read.

    Raises InvalidAnswer with every error.
    """
    return _accept(form, settle(form, values, context=context, complete=True))


def partial(form: Form, values: Mapping[str, Any], *, context: Mapping[str, Any] | None = None) -> Validated:
    """Accept a draft: any part of the answer, types and bounds kept, nothing required. Raises InvalidAnswer."""
    return _accept(form, settle(form, values, context=context, complete=False))


def visible(
    form: Form, values: Mapping[str, Any], *, context: Mapping[str, Any] | None = None
) -> tuple[Component, ...]:
    """Give the parts to show, given what has been answered so far; answers that are wrong count as not given."""
    settled = settle(
        form, {key: value for key, value in values.items() if key in form.fields}, context=context, complete=False
    )
    return _shown(form.components, _scope(form, settled.values, context), settled.hidden)


def settle(form: Form, values: Any, *, context: Mapping[str, Any] | None, complete: bool) -> Settled:
    """Decide in one pass what is hidden, what is accepted and what is wrong."""
    refused = _refuse_whole(form, values)
    if refused:
        return Settled({}, refused, set())
    settled = Settled({}, {}, set())
    scope = _scope(form, {}, context)
    checks = schema.compiled(form).fields
    for key in form.order:
        if any(holds(condition, scope) for condition in form.guards[key]):
            settled.hidden.add(key)
            continue
        component, value = form.fields[key], values.get(key)
        if _unanswered(component, value):
            if complete and component.required:
                settled.errors[key] = error_of(component, _required_code(component))
            continue
        try:
            accepted = checks[key].deserialize(value, key, values)
        except ValidationError as error:
            code = str(error.messages[0])
            if complete or code != "must_be_checked":
                settled.errors[key] = error_of(component, code)
                continue
            accepted = value
        settled.values[key] = scope[key] = accepted
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
    names = ("min_length", "max_length", "minimum", "maximum", "decimal_digits")
    return FieldError(code, {name: getattr(limits, name) for name in names if getattr(limits, name) is not None})


def _accept(form: Form, settled: Settled) -> Validated:
    if settled.errors:
        raise InvalidAnswer(settled.errors)
    return Validated(settled.values, {key: settled.values.get(key) for key in sorted(form.routing_keys)})


def _refuse_whole(form: Form, values: Any) -> dict[str, FieldError]:
    """Refuse what is no answer to this form at all, before anything in it is looked at."""
    if not isinstance(values, Mapping):
        return {WHOLE: FieldError("not_an_object")}
    undeclared = [key for key in values if not isinstance(key, str) or key not in form.fields]
    if undeclared:
        return {str(key)[:80]: FieldError("undeclared") for key in undeclared[:_MAX_UNDECLARED]}
    if _size(values.values()) > MAX_SIZE:
        return {WHOLE: FieldError("too_big", {"max_size": MAX_SIZE})}
    return {}


def _size(values: Iterable[Any]) -> int:
    """Count the characters of an answer, without walking into what no field accepts."""
    size = 0
    for value in values:
        if isinstance(value, str):
            size += len(value)
        elif isinstance(value, list):
            size += sum(len(item) if isinstance(item, str) else 1 for item in value)
    return size


def _scope(form: Form, values: Mapping[str, Any], context: Mapping[str, Any] | None) -> dict[str, Any]:
    """Put together what conditions see: a field hides a process variable of the same name, answered or not."""
    return {**(context or {}), **dict.fromkeys(form.fields), **values}


def _unanswered(component: Component, value: Any) -> bool:
    if value is None:
        return True
    if component.kind in {"textfield", "textarea"}:
        return isinstance(value, str) and not value.strip()
    return component.kind == "checklist" and value == []


def _required_code(component: Component) -> str:
    return "must_be_checked" if component.kind == "checkbox" else "required"


def _in_document_order(form: Form, mapping: Mapping[str, Any]) -> dict[str, Any]:
    return {key: mapping[key] for key in form.fields if key in mapping} | dict(mapping)


def _shown(parts: tuple[Component, ...], scope: Mapping[str, Any], hidden: set[str]) -> tuple[Component, ...]:
    shown = []
    for part in parts:
        if part.key in hidden or (part.key is None and part.hide is not None and holds(part.hide, scope)):
            continue
        children = _shown(part.children, scope, hidden)
        # A group of which nothing is left to answer or read would be an empty box.
        if part.kind != "group" or any(child.kind != "separator" for child in walk(children)):
            shown.append(replace(part, children=children))
    return tuple(shown)
