"""A form's answers between the browser and the engine: what to show, what came in, what is wrong with it.

The form library decides everything about a form (conditions, types, bounds, messages). Here is only what a page without
JavaScript adds: a question that an answer has just brought up has to be shown before it can be answered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict

import forms
from web import kept, sessions
from web.translation import gettext as _

# The post's name for the keys of the questions that its page showed. What is not a question of the form has a name that
# begins with an underscore, as no key of a form can.
SHOWN = "_domande"

Values = Mapping[str, Any]
Post = MultiDict[str, str]


@dataclass(frozen=True, slots=True)
class Problem:
    """One entry of an error summary: the control it links to, the question, what is wrong."""

    control: str
    label: str
    message: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A form as one page shows it: the visible questions, what is filled in, what is wrong by key, what is new."""

    form: forms.Form
    components: tuple[forms.Component, ...]
    raw: Mapping[str, list[str]]
    errors: Mapping[str, str] = field(default_factory=dict)
    new: frozenset[str] = frozenset()

    @property
    def keys(self) -> list[str]:
        """The keys of the visible questions, in order."""
        return [question.key for question in _questions(self.components) if question.key]

    @property
    def has_conditions(self) -> bool:
        """Whether an answer can bring up or hide questions."""
        return any(self.form.guards.values())

    @property
    def problems(self) -> list[Problem]:
        """What is wrong or new, in the order of the page; first what concerns the form as a whole."""
        whole = {text for key, text in self.errors.items() if key not in self.keys}
        return [Problem("modulo", _("Modulo"), text) for text in sorted(whole)] + [
            Problem(control_id(question), question.label(sessions.language()), self._message(question.key))
            for question in _questions(self.components)
            if question.key and (question.key in self.errors or question.key in self.new)
        ]

    def _message(self, key: str) -> str:
        return _("nuova domanda") if key in self.new else self.errors[key]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a post says: typed values, and the sheet that shows what is wrong with it."""

    values: Values
    sheet: Sheet | None

    @property
    def acceptable(self) -> bool:
        """Whether it can go to the engine."""
        return self.sheet is None or not (self.sheet.errors or self.sheet.new)


# Where there is nothing to fill in.
NOTHING = Answer({}, None)


def blank(form: forms.Form, values: Values | None, context: Values) -> Sheet:
    """Return the form as first shown, with the values of a draft or of an earlier answer."""
    filled = values or {}
    return Sheet(form, forms.visible(form, filled, context=context), forms.encode(form, filled))


def shown(form: forms.Form, values: Values | None, context: Values) -> Sheet:
    """Return the form as a page first shows it: with what its person had typed before her session lapsed, or blank."""
    typed = kept.restored() is not None and SHOWN in request.form
    return refresh(form, request.form, context) if typed else blank(form, values, context)


def read(form: forms.Form | None, post: Post, context: Values, *, draft: bool = False) -> Answer:
    """Read a post. A draft may lack anything, but what it holds must be of the right kind."""
    if form is None:
        return NOTHING
    decoded = forms.decode(form, post, context=context)
    values, errors = decoded.values, dict(decoded.errors)
    try:
        values = (forms.partial if draft else forms.validate)(form, values, context=context).values
    except forms.InvalidAnswer as invalid:
        errors = {**invalid.errors, **errors}
    components = forms.visible(form, decoded.values, context=context)
    shown = set(post.get(SHOWN, "").split())
    new = frozenset() if draft else frozenset({part.key for part in _questions(components) if part.key} - shown)
    errors |= {name: forms.FieldError("undeclared") for name in _undeclared(form, post)}
    messages = {key: error.message(sessions.language()) for key, error in errors.items()}
    return Answer(values, Sheet(form, components, _raw(form, post), messages, new))


def refresh(form: forms.Form, post: Post, context: Values) -> Sheet:
    """Return the form with the questions that the answers so far bring up, without judging any of them."""
    decoded = forms.decode(form, post, context=context)
    return Sheet(form, forms.visible(form, decoded.values, context=context), _raw(form, post))


def marked(sheet: Sheet, codes: Mapping[str, str]) -> Sheet:
    """Return the sheet with what the engine refused; its codes are those of the form library, without their limits."""
    return replace(sheet, errors={key: _plain(code) for key, code in codes.items()})


def lines(form: forms.Form | None, values: Values) -> list[tuple[str, str]]:
    """Say what was answered, question by question."""
    fields = form.fields if form else {}
    language = sessions.language()
    return [
        (part.label(language), forms.display(part, values[key], language))
        for key, part in fields.items()
        if key in values
    ]


def control_id(component: forms.Component) -> str:
    """Return the id of a question's control, or of the fieldset around several."""
    return f"d-{component.id}"


def _questions(components: tuple[forms.Component, ...]) -> Iterator[forms.Component]:
    for component in components:
        if component.key is not None:
            yield component
        yield from _questions(component.children)


def _undeclared(form: forms.Form, post: Post) -> list[str]:
    """Return what was sent and is no question: no page of ours sends it, and nothing unknown may slip through."""
    return [name for name in post if name not in form.fields and not name.startswith("_")]


def _raw(form: forms.Form, post: Post) -> dict[str, list[str]]:
    return {key: post.getlist(key) for key in form.fields}


def _plain(code: str) -> str:
    try:
        return forms.FieldError(code).message(sessions.language())
    except KeyError:
        return _("Questa risposta non è accettabile.")
