"""Forms that nobody drew, with conditions and rows: what is shown, sent, read and accepted fits together."""

import datetime as dt
import json
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import forms
from tests.forms.building import Post, document, field, repeated

NOW = dt.datetime(2026, 3, 2, 8, 30, tzinfo=dt.UTC)
CALM = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=150)
FILES = [f"0b6d8e3a-3b1c-4f5d-9a77-0c3f2f7f9a{number:02x}" for number in range(4)]
KINDS = [
    "textfield",
    "textarea",
    "number",
    "checkbox",
    "select",
    "radio",
    "checklist",
    "taglist",
    "datetime",
    "filepicker",
]


@st.composite
def inputs(draw, key, readable):
    """Draw a question that may be hidden by one of those before it."""
    kind = draw(st.sampled_from(KINDS))
    more = {"validate": {"required": draw(st.booleans())}}
    if kind == "datetime":
        more["subtype"] = draw(st.sampled_from(["date", "time", "datetime"]))
        if more["subtype"] != "time" and draw(st.booleans()):
            more["properties"] = {"confidentiality": "ordinary", "max": "=today()"}
    if kind == "filepicker":
        more["multiple"] = draw(st.booleans())
    if readable and draw(st.booleans()):
        name = draw(st.sampled_from(sorted(readable)))
        test = draw(st.sampled_from([f"{name} = null", f'{name} = "si"', f"{name} = true", f"not({name} = null)"]))
        more["conditional"] = {"hide": f"={test}"}
    return field(kind, key, **more)


@st.composite
def documents(draw):
    """Draw a form: questions, groups of them, and at most one repeated group."""
    keys: list[str] = []
    parts = []
    for number in range(draw(st.integers(1, 6))):
        key = f"campo_{number}"
        parts.append(draw(inputs(key, keys)))
        keys.append(key)
    if draw(st.booleans()):
        cells = [
            draw(inputs(f"cella_{number}", [*keys, *(f"cella_{n}" for n in range(number))])) for number in range(2)
        ]
        rows = repeated("righe", *cells, maxRows="3", minRows=draw(st.sampled_from(["0", "1"])))
        parts.insert(draw(st.integers(0, len(parts))), rows)
    if draw(st.booleans()):
        parts = [{"type": "group", "label": "Gruppo", "components": parts}, {"type": "separator"}]
    return forms.parse(json.dumps(document(*parts)))


def moments():
    drawn = st.datetimes(dt.datetime(2025, 1, 1), dt.datetime(2027, 1, 1), timezones=st.just(dt.UTC))  # noqa: DTZ001 - the zone is drawn beside them
    return drawn.map(lambda at: at.replace(second=0, microsecond=0))


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20)
ANSWERS = {
    "textfield": lambda _: TEXTS,
    "textarea": lambda _: TEXTS,
    "number": lambda _: st.integers(-(10**6), 10**6) | st.decimals(-100, 100, places=2),
    "checkbox": lambda _: st.booleans(),
    "select": lambda part: st.sampled_from([option.value for option in part.options]),
    "checklist": lambda part: st.lists(ANSWERS["select"](part), unique=True),
    "filepicker": lambda part: st.lists(st.sampled_from(FILES), unique=True, max_size=part.constraints.max_files),
    "date": lambda _: moments().map(lambda at: at.date()),
    "time": lambda _: moments().map(lambda at: at.time()),
    "datetime": lambda _: moments(),
}
ANSWERS |= {"radio": ANSWERS["select"], "taglist": ANSWERS["checklist"]}


def answer_to(part, draw):
    """Draw an answer to a question, in range or not; None for none."""
    return draw(ANSWERS[part.subtype or part.kind](part)) if draw(st.integers(0, 3)) else None


def answers_to(form, draw):
    values = {}
    for key, part in form.fields.items():
        if part.row is None:
            values[key] = answer_to(part, draw)
        else:
            values[key] = [answers_to(part.row, draw) for _ in range(draw(st.integers(0, 3)))]
    return values


def shown_names(parts):
    for part in parts:
        if part.key:
            yield part.key
        yield from shown_names(part.children)


def errors_of(judge, form, values):
    try:
        judge(form, values, now=NOW)
    except forms.InvalidAnswer as refused:
        return refused.errors
    return {}


def same(left, right):
    """Tell whether two answers say the same: a number may come back whole, a text with its line ends made one."""
    return plain(left) == plain(right)


def plain(value):
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items() if plain(inner) not in (None, "", [], False)}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, str):
        return value.strip()
    return Decimal(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else value


@CALM
@given(documents(), st.data())
def test_what_is_accepted_comes_back_from_the_page_as_it_was(form, data):
    try:
        accepted = forms.partial(form, answers_to(form, data.draw), now=NOW).values
    except forms.InvalidAnswer:
        return
    read = forms.decode(form, Post(forms.encode(form, accepted)), now=NOW)
    assert read.errors == {}
    assert same(read.values, accepted)
    assert same(forms.partial(form, read.values, now=NOW).values, accepted)


@CALM
@given(documents(), st.data())
def test_what_is_not_shown_is_neither_asked_nor_kept(form, data):
    values = answers_to(form, data.draw)
    shown = set(shown_names(forms.visible(form, values, now=NOW)))
    told = errors_of(forms.partial, form, values).keys()
    kept = {} if told else forms.partial(form, values, now=NOW).values
    names = {name for name in forms.encode(form, kept) if "." not in name or name.count(".") == 2}
    assert names <= shown
    assert told <= shown | {"righe"}
    assert errors_of(forms.validate, form, values).keys() <= shown | {"righe"}


@CALM
@given(documents(), st.data(), st.sampled_from(["altro", "campo_99", "righe.0.campo_0", "__form__", "campo_0.x"]))
def test_a_key_that_the_form_does_not_have_is_refused_at_its_place(form, data, name):
    values = answers_to(form, data.draw)
    for judge in (forms.validate, forms.partial):
        assert errors_of(judge, form, {**values, name: "x"}) == {name: forms.FieldError("undeclared")}


@CALM
@given(documents(), st.data())
def test_every_refusal_has_words_in_both_languages(form, data):
    values = answers_to(form, data.draw)
    for error in errors_of(forms.validate, form, values).values():
        assert error.message("it") != error.message("en")


@CALM
@given(documents(), st.data())
def test_a_complete_answer_is_accepted_again_as_it_is(form, data):
    try:
        accepted = forms.validate(form, answers_to(form, data.draw), now=NOW)
    except forms.InvalidAnswer:
        return
    assert forms.validate(form, accepted.values, now=NOW) == accepted
    assert forms.partial(form, accepted.values, now=NOW).values == accepted.values
