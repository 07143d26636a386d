import json
from decimal import Decimal

import pytest

import forms
from forms import components
from tests.forms.building import document, field, form, refused, repeated, routing, source

PICTURE = "data:image/png;base64,iVBORw0KGgo="


def test_every_kind_of_the_profile_is_read_in_document_order():
    kinds = ["textfield", "textarea", "number", "checkbox", "select", "radio", "checklist", "taglist", "datetime"]
    kinds += ["filepicker"]
    inputs = [field(kind, f"campo_{kind}") for kind in kinds]
    text = {"type": "text", "text": "Solo testo."}
    group = {"type": "group", "label": "Parte", "components": [*inputs, {"type": "separator"}]}
    image = {"type": "image", "alt": "Una mappa", "source": PICTURE, "properties": {"alt.en": "A map"}}
    parsed = form(text, group, repeated("figli", field("number", "eta")), {"type": "spacer", "height": 60}, image)
    assert [part.kind for part in parsed.components] == ["text", "group", "dynamiclist", "spacer", "image"]
    assert [part.kind for part in parsed.components[1].children] == [*kinds, "separator"]
    assert list(parsed.fields) == [*(f"campo_{kind}" for kind in kinds), "figli"]
    assert (parsed.components[4].source, parsed.components[4].text("en")) == (PICTURE, "A map")


@pytest.mark.parametrize("kind", sorted(components.REFUSED))
def test_what_a_page_of_a_case_must_not_do_is_refused_with_reason_and_way_out(kind):
    (problem,) = refused({"type": kind, "id": "parte"}, field("textfield", "a"))
    assert problem.where == "components[0] «parte»"
    assert kind in problem.reason
    assert problem.reason.count(".") == 2
    assert problem.way_out.endswith(".")


def test_texts_are_italian_first_and_english_where_there_is_a_translation():
    english = {"label.en": "Choice", "option.si.en": "Yes", "confidentiality": "ordinary"}
    component = form(field("radio", "scelta", label="Scelta", properties=english)).fields["scelta"]
    assert (component.label(), component.label("en")) == ("Scelta", "Choice")
    assert [option.label("en") for option in component.options] == ["Yes", "No"]
    assert component.description("en") == ""


def test_field_types_and_routing_keys_serve_the_check_of_conditions():
    parsed = form(
        routing("radio", "a"),
        routing("checkbox", "b"),
        routing("number", "c"),
        routing("datetime", "d"),
        field("checklist", "e"),
        field("datetime", "f", subtype="datetime"),
        field("textarea", "g"),
    )
    assert parsed.routing_keys == {"a", "b", "c", "d"}
    assert parsed.field_types == {
        "a": "string",
        "b": "boolean",
        "c": "number",
        "d": "date",
        "e": "list<string>",
        "f": "date and time",
        "g": "string",
    }


def test_names_that_are_no_field_are_asked_of_the_process():
    parsed = form(
        field("textfield", "a", conditional={"hide": '=livello = "ALTO" and b = "x"'}), field("textfield", "b")
    )
    assert parsed.context_names == {"livello"}


@pytest.mark.parametrize("kind", ["textfield", "textarea", "checklist"])
def test_what_a_person_writes_cannot_decide_the_way(kind):
    assert "decidere la strada" in refused(routing(kind, "a"))[0].reason


def test_how_confidential_a_choice_is_must_be_said():
    assert "riservata" in refused(field("radio", "a", properties={}))[0].reason


def test_an_unknown_kind_of_secret_is_refused():
    assert "riservata" in refused(field("textfield", "a", properties={"confidentiality": "public"}))[0].reason


def test_all_problems_are_told_at_once_with_place_reason_and_way_out():
    problems = refused(
        field("textfield", "Nome"),
        {"type": "html", "content": "x"},
        field("radio", "b", values=[]),
        field("number", "b"),
        schemaVersion=3,
    )
    assert len(problems) == 5
    assert all(problem.where and problem.reason and problem.way_out for problem in problems)
    assert problems[1].where.startswith("components[0]")


@pytest.mark.parametrize(
    "change",
    [
        {"values": [{"label": "A", "value": "a"}, {"label": "B", "value": "a"}]},
        {"values": [{"label": "A", "value": "con spazi"}]},
        {"values": [{"label": "A", "value": 1}]},
        {"values": [{"label": "", "value": "a"}]},
        {"values": [{"value": "a"}]},
        {"values": "a"},
        {"valuesExpression": "=elenco"},
        {"valuesKey": "elenco"},
        {"defaultValue": "si"},
        {"readonly": True},
        {"readonly": "=x"},
        {"label": "=nome"},
        {"label": "Ciao {{nome}}"},
        {"label": 3},
        {"label": "\x00"},
        {"label": "x" * 2001},
        {"key": "if"},
        {"key": "a b"},
        {"key": "__form__"},
        {"key": ""},
        {"id": "con spazi"},
        {"validate": {"required": "=x"}},
        {"validate": {"minLength": 3}},
        {"validate": []},
        {"conditional": {"hide": "x = 1"}},
        {"conditional": {"hide": "=x ="}},
        {"conditional": {"hide": "=x", "other": 1}},
        {"conditional": "=x"},
        {"properties": {"confidentiality": "ordinary", "rounting": "true"}},
        {"properties": {"confidentiality": "ordinary", "routing": "yes"}},
        {"properties": {"confidentiality": "ordinary", "option.forse.en": "Maybe"}},
        {"properties": []},
        {"unknown": 1},
    ],
)
def test_whatever_we_would_not_render_and_keep_is_refused(change):
    assert refused(field("radio", "a") | change)


@pytest.mark.parametrize(
    "component",
    [
        field("textfield", "a", validate={"maxLength": 256}),
        field("textfield", "a", validate={"maxLength": 0}),
        field("textfield", "a", validate={"maxLength": True}),
        field("textfield", "a", validate={"minLength": 9, "maxLength": 3}),
        field("textfield", "a", validate={"pattern": "(a+)+$"}),
        field("textfield", "a", validate={"validationType": "email"}),
        field("number", "a", validate={"min": 3, "max": 1}),
        field("number", "a", validate={"min": "1"}),
        field("number", "a", validate={"max": 10**30}),
        field("number", "a", decimalDigits=7),
        field("number", "a", decimalDigits=True),
        field("datetime", "a", subtype="week"),
        field("datetime", "a", dateLabel=""),
        field("datetime", "a", disallowPassedDates="sì"),
        field("datetime", "a", disallowPassedDates=True, subtype="time", timeLabel="Ora"),
        field("filepicker", "a", accept=".exe"),
        field("filepicker", "a", accept="=tipi"),
        field("filepicker", "a", multiple="=x"),
        field("filepicker", "a", properties={"confidentiality": "clinical", "maxFiles": "3"}),
        {"type": "spacer", "height": 60, "label": "x"},
        {"type": "image", "alt": "Una mappa", "source": "https://example.org/a.png"},
        {"type": "image", "alt": "Una mappa", "source": "data:image/svg+xml;base64,PHN2Zy8+"},
        {"type": "image", "alt": "Una mappa", "source": "data:image/png;base64,PHN2Zy8+"},
        {"type": "image", "source": PICTURE},
        {"type": "text", "text": "<b>x</b>"},
        {"type": "text", "text": "[qui](http://example.org)"},
        {"type": "text", "text": "=x"},
        {"type": "group", "label": "G", "components": [], "path": "p"},
        {"type": "group", "label": "G"},
        {"type": "html", "content": "x"},
        {"type": ["radio"]},
        "radio",
        None,
    ],
)
def test_bounds_texts_and_parts_that_are_wrong_are_refused(component):
    assert refused(component, field("textfield", "altro"))


def test_keys_and_ids_are_unique_in_the_whole_form():
    inside = {"type": "group", "label": "G", "components": [field("textfield", "a")]}
    assert "due volte" in refused(field("textfield", "a"), inside)[0].reason
    assert "due volte" in refused(field("textfield", "a", id="x"), field("textfield", "b", id="x"))[0].reason


def test_every_part_has_an_id_of_its_own():
    parsed = form({"type": "separator"}, {"type": "separator"}, field("textfield", "a"))
    assert len({part.id for part in parsed.components}) == 3


def test_conditions_that_chase_each_other_are_refused():
    one = field("textfield", "a", conditional={"hide": '=b = "x"'})
    other = field("textfield", "b", conditional={"hide": '=a = "x"'})
    assert "si inseguono" in refused(one, other)[0].reason
    assert "si inseguono" in refused(field("textfield", "a", conditional={"hide": '=a = "x"'}))[0].reason


def test_a_form_that_asks_nothing_is_refused():
    assert "non chiede nulla" in refused({"type": "separator"})[0].reason


@pytest.mark.parametrize(
    "change",
    [
        {"schemaVersion": 15},
        {"schemaVersion": "18"},
        {"schemaVersion": 99},
        {"id": ""},
        {"id": "a b"},
        {"type": "x"},
        {"script": "x"},
        {"id": 3},
    ],
)
def test_the_head_of_a_form_is_checked(change):
    assert refused(field("textfield", "a"), **change)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "null", "{", '{"id": NaN}', '{"id": "a", "id": "b"}', "[" * 100_000, "9" * 5000, b"\xff\xfe", b"\x00"],
)
def test_what_is_no_json_object_is_refused_with_one_problem(text):
    with pytest.raises(forms.FormProblems) as caught:
        forms.parse(text)
    assert len(caught.value.problems) == 1


def test_a_huge_form_is_refused():
    with pytest.raises(forms.FormProblems, match="supera"):
        forms.parse(json.dumps(document(field("textfield", "a"), testo="x" * 300_000)))
    assert any("200" in problem.reason for problem in refused(*[field("textfield", f"a{n}") for n in range(201)]))
    deep = field("textfield", "a")
    for _ in range(7):
        deep = {"type": "group", "label": "G", "components": [deep]}
    assert any("annidati" in problem.reason for problem in refused(deep))


def test_text_always_has_an_end():
    parsed = form(field("textfield", "a"), field("textarea", "b"), field("textarea", "c", validate={"maxLength": 9}))
    assert [component.constraints.max_length for component in parsed.fields.values()] == [255, 4000, 9]


def test_html_attributes_are_native_and_escaped_by_nobody_but_the_renderer():
    parsed = form(
        field("textfield", "a", validate={"required": True, "pattern": "^[A-Z]{2}$"}, label='<"&'),
        field("number", "b", decimalDigits=2),
        field("datetime", "c", subtype="datetime"),
        field("checklist", "d", validate={"required": True}),
    )
    assert parsed.fields["a"].label() == '<"&'
    expected = {"required": "required", "maxlength": "255", "type": "text", "pattern": "^[A-Z]{2}$"}
    assert parsed.fields["a"].html == expected
    assert parsed.fields["b"].html == {"type": "text", "inputmode": "decimal"}
    assert parsed.fields["c"].html == {"type": "datetime-local"}
    assert parsed.fields["d"].html == {"type": "checkbox"}


def test_bounds_of_numbers_are_exact():
    bounds = form(field("number", "a", validate={"min": 0.1, "max": 2})).fields["a"].constraints
    assert (bounds.minimum, bounds.maximum) == (Decimal("0.1"), Decimal(2))


def test_a_file_with_a_byte_order_mark_is_read():
    assert forms.parse(b"\xef\xbb\xbf" + source(field("textfield", "a")).encode()).id == "prova"
