"""A form's answers between the browser and the engine: what to show, what came in, what is wrong with it.

The form library decides everything about a form (conditions, types, bounds, messages). Here is only what a page without
JavaScript adds: a question that an answer has just brought up has to be shown before it can be answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flask import request

import forms
from engine import clock
from engine.cases.files import File
from engine.cases.handed import Handed
from web import kept, rows, translation
from web.rows import Post
from web.translation import gettext as _

# The post's name for the keys of the questions that its page showed. What is not a question of the form has a name that
# begins with an underscore, as no key of a form can.
SHOWN = "_domande"

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Problem:
    """One entry of an error summary: the control it links to, the question, what is wrong."""

    control: str
    label: str
    message: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A form as one page shows it: the visible questions, what is filled in, what is wrong by key, what is new.

    `files` are those that are filled in, by id.
    """

    form: forms.Form
    components: tuple[forms.Component, ...]
    raw: Mapping[str, list[str]]
    errors: Mapping[str, str] = field(default_factory=dict)
    new: frozenset[str] = frozenset()
    files: Mapping[str, File] = field(default_factory=dict)

    @property
    def has_rows(self) -> bool:
        """Whether rows can be added and removed."""
        return any(question.kind == "dynamiclist" for question in _questions(self.components))

    @property
    def file_ids(self) -> list[str]:
        """The ids of the files that are filled in."""
        pickers = [question.key for question in _questions(self.components) if question.kind == "filepicker"]
        return [file_id for key in pickers for file_id in self.raw.get(str(key), [])]

    @property
    def keys(self) -> list[str]:
        """The keys of the visible questions, in order."""
        return [question.key for question in _questions(self.components) if question.key]

    @property
    def has_conditions(self) -> bool:
        """Whether an answer can bring up or hide questions."""
        inside = [part.row for part in self.form.fields.values() if part.row is not None]
        return any(condition for form in (self.form, *inside) for condition in form.guards.values())

    @property
    def problems(self) -> list[Problem]:
        """What is wrong or new, in the order of the page; first what concerns the form as a whole."""
        whole = {text for key, text in self.errors.items() if key not in self.keys}
        return [Problem("modulo", _("Modulo"), text) for text in sorted(whole)] + [
            Problem(control_id(question), label, self._message(str(question.key)))
            for question, label in _labelled(self.components)
            if question.key in self.errors or question.key in self.new
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


@dataclass(frozen=True, slots=True)
class Line:
    """An answer in words: the question, what was said; or the files, or the rows of a repeated group."""

    label: str
    said: str
    files: list[File]
    rows: list[list[Line]]


# Where there is nothing to fill in.
NOTHING = Answer({}, None)


def blank(form: forms.Form, values: Values | None, context: Values) -> Sheet:
    """Return the form as first shown, with the values of a draft or of an earlier answer."""
    filled = values or {}
    return Sheet(form, _visible(form, filled, context), forms.encode(form, filled))


def shown(form: forms.Form, values: Values | None, context: Values) -> Sheet:
    """Return the form as a page first shows it: with what its person had typed before her session lapsed, or blank."""
    typed = kept.restored() is not None and SHOWN in request.form
    return refresh(form, request.form, context) if typed else blank(form, values, context)


def read(
    form: forms.Form | None,
    post: Post,
    context: Values,
    *,
    draft: bool = False,
    refused: Mapping[str, forms.FieldError] | None = None,
) -> Answer:
    """Read a post. A draft may lack anything, but what it holds must be of the right kind.

    `refused` says of which questions a file was not taken.
    """
    if form is None:
        return NOTHING
    unknown = {name: forms.FieldError("undeclared") for name in rows.undeclared(form, post)}
    post = rows.arranged(form, post)
    decoded = forms.decode(form, post, context=context, now=clock.now())
    values, errors = decoded.values, dict(decoded.errors)
    judge = forms.partial if draft else forms.validate
    try:
        values = judge(form, values, context=context, now=clock.now()).values
    except forms.InvalidAnswer as invalid:
        errors = {**invalid.errors, **errors}
    components = _visible(form, decoded.values, context)
    shown = set(post.get(SHOWN, "").split())
    new = frozenset() if draft else frozenset({str(part.key) for part in _questions(components)} - shown)
    errors |= {**unknown, **(refused or {})}
    messages = {key: error.message(translation.language()) for key, error in errors.items()}
    return Answer(values, Sheet(form, components, _raw(post), messages, new))


def refresh(
    form: forms.Form, post: Post, context: Values, *, refused: Mapping[str, forms.FieldError] | None = None
) -> Sheet:
    """Return the form with the questions and rows that the answers so far bring up, without judging any of them."""
    post = rows.arranged(form, post)
    decoded = forms.decode(form, post, context=context, now=clock.now())
    messages = {key: error.message(translation.language()) for key, error in (refused or {}).items()}
    return Sheet(form, _visible(form, decoded.values, context), _raw(post), messages)


def marked(sheet: Sheet, codes: Mapping[str, str]) -> Sheet:
    """Return the sheet with what the engine refused; its codes are those of the form library, without their limits."""
    return replace(sheet, errors={key: _plain(code) for key, code in codes.items()})


def lines(form: forms.Form | None, values: Values, files: Mapping[str, File] | None = None) -> list[Line]:
    """Say what was answered, question by question; rows one below the other, of files those that are known."""
    language = translation.language()
    return [
        Line(
            part.label(language),
            forms.display(part, values[key], language),
            [files[file_id] for file_id in values[key] if file_id in files]
            if files and part.kind == "filepicker"
            else [],
            [lines(part.row, row, files) for row in values[key]] if part.row is not None else [],
        )
        for key, part in (form.fields if form else {}).items()
        if key in values
    ]


def control_id(component: forms.Component) -> str:
    """Return the id of a question's control, or of the fieldset around several."""
    return f"d-{component.id}"


def handed(contents: Iterable[Handed]) -> list[Line]:
    """Say what was handed over with a case; what no form asked for stands under its own name."""
    found: list[Line] = []
    for one in contents:
        if one.form is not None:
            found += lines(one.form, {one.key: one.value})
        else:
            found.append(Line(one.key.replace("_", " "), str(one.value), [], []))
    return found


def _visible(form: forms.Form, values: Values, context: Values) -> tuple[forms.Component, ...]:
    return forms.visible(form, values, context=context, now=clock.now())


def _questions(components: tuple[forms.Component, ...]) -> Iterator[forms.Component]:
    """Give all that has a name in the post: questions, repeated groups, their rows."""
    return (question for question, _label in _labelled(components))


def _labelled(components: tuple[forms.Component, ...], before: str = "") -> Iterator[tuple[forms.Component, str]]:
    """Give the same with what an error summary calls them: in rows, with the group's title and the row's number."""
    for component in components:
        label = component.label(translation.language())
        if component.key is not None:
            yield component, f"{before}{label}" if component.kind != "row" else before.removesuffix(": ")
        if component.kind == "dynamiclist":
            for number, row in enumerate(component.children, start=1):
                yield from _labelled((row,), f"{label} {number}: ")
        else:
            yield from _labelled(component.children, before)


def _raw(post: Post) -> dict[str, list[str]]:
    return {name: texts for name, texts in post.lists() if not name.startswith("_")}


def _plain(code: str) -> str:
    try:
        return forms.FieldError(code).message(translation.language())
    except KeyError:
        return _("Questa risposta non è accettabile.")
