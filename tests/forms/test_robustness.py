"""Whatever comes in, only our own refusals come out."""

import contextlib
import json
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import forms
from forms.model import DISPLAY_KINDS, INPUT_KINDS
from tests.forms.building import Post, document, field

CATALOG = [forms.parse(path.read_bytes()) for path in sorted((Path(forms.__file__).parent / "catalog").glob("*.form"))]
KINDS = sorted(INPUT_KINDS | DISPLAY_KINDS)
NOW = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
NAMES = [
    "type", "key", "id", "label", "values", "value", "validate", "required", "maxLength", "min", "pattern", "subtype",
    "conditional", "hide", "properties", "confidentiality", "routing", "components", "dateLabel", "text",
    "decimalDigits", "path", "accept", "multiple", "min", "max", "minRows", "maxRows", "maxFiles", "source", "alt",
]  # fmt: skip
TEXTS = st.one_of(
    st.sampled_from([*KINDS, *NAMES, "=a", '=a = "x"', "date", "ordinary", "true", "a", "^a$"]), st.text()
)
ATOMS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), TEXTS)
JSON = st.recursive(
    ATOMS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES) | st.text(), inner, max_size=6),
    max_leaves=20,
)
ROBUST = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)


@ROBUST
@given(st.one_of(JSON.map(json.dumps), st.text(), st.binary()))
def test_no_source_does_anything_but_parse_or_be_refused(source):
    with contextlib.suppress(forms.FormProblems):
        forms.parse(source)


@ROBUST
@given(st.sampled_from(KINDS), st.sampled_from(NAMES), JSON)
def test_no_change_of_a_component_does_anything_but_parse_or_be_refused(kind, name, value):
    changed = field(kind, "a") | {name: value}
    with contextlib.suppress(forms.FormProblems):
        forms.parse(json.dumps(document(changed, field("textfield", "z"))))


@st.composite
def answers(draw):
    form = draw(st.sampled_from(CATALOG))
    keys = st.sampled_from([*form.fields, "altro"])
    codes = [option.value for component in form.fields.values() for option in component.options]
    values = st.one_of(JSON, st.sampled_from([*codes, True, False]), st.datetimes(), st.dates(), st.decimals())
    return form, draw(st.dictionaries(keys, values, max_size=8))


@ROBUST
@given(answers(), st.dictionaries(st.sampled_from(["livello_proposto", "richiami", "rischio_segnalato"]), ATOMS))
def test_no_answer_does_anything_but_be_accepted_or_refused(answer, context):
    form, values = answer
    forms.visible(form, values, context=context, now=NOW)
    for accept in (forms.validate, forms.partial):
        accepted, errors = _outcome(accept, form, values, context)
        if accepted is None:
            assert errors
            assert all(error.message(lang) for error in errors.values() for lang in ("it", "en"))
        else:
            assert accepted.values.keys() <= values.keys()
            assert accepted.routing.keys() == form.routing_keys
            assert accept(form, accepted.values, context=context, now=NOW) == accepted


@ROBUST
@given(st.sampled_from(CATALOG), st.data())
def test_no_post_does_anything_but_be_read(form, data):
    sent = st.lists(st.text() | st.sampled_from(["si", "02/03/2026", "2026-03-02T09:30", "12,5"]), max_size=3)
    post = Post(data.draw(st.dictionaries(st.sampled_from(list(form.fields)), sent, max_size=6)))
    values, errors = forms.decode(form, post, now=NOW)
    assert not values.keys() & errors.keys()
    with contextlib.suppress(forms.InvalidAnswer):
        accepted = forms.partial(form, values, now=NOW)
        assert forms.decode(form, Post(forms.encode(form, accepted.values)), now=NOW).errors == {}


def _outcome(accept, form, values, context):
    try:
        return accept(form, values, context=context, now=NOW), {}
    except forms.InvalidAnswer as refused:
        return None, refused.errors
