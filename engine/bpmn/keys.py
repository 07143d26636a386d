"""The keys of a form, as a diagram that names it has to know them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import forms


@dataclass(frozen=True, slots=True)
class FormKeys:
    """The keys of a form: those whose values enter the workflow, and those that stay sealed.

    `optional` are those of the first that may stay without an answer; `reads` are variables that its conditions read,
    `files` keys of files.
    """

    routing: frozenset[str]
    others: frozenset[str]
    optional: frozenset[str] = frozenset()
    reads: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()

    @classmethod
    def of(cls, form: forms.Form) -> FormKeys:
        """Take them from a form; a field that can be hidden may stay without an answer even if one is required."""
        routing = frozenset(form.routing_keys)
        # Of a tick that is not asked for, no answer is an answer.
        asked = {key for key in routing if form.fields[key].required or form.fields[key].kind == "checkbox"}
        optional = frozenset(key for key in routing if key not in asked or form.guards.get(key))
        files = frozenset(key for key, part in form.fields.items() if part.kind in {"filepicker", "dynamiclist"})
        return cls(routing, frozenset(form.fields) - routing, optional, frozenset(form.context_names), files)
