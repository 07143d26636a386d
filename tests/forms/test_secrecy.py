"""Answers are parted by how secret they are, and come together again as they were."""

import pytest

import forms
from forms import secrecy
from tests.forms.building import document, field, form, refused, routing


def of(kind, **more):
    return {"properties": {"confidentiality": kind}, **more}


def new(*parts):
    import json

    return forms.parse(json.dumps(document(*parts)), new=True)


def test_an_answer_is_parted_by_kind_and_joined_again_as_it_was():
    parsed = form(
        field("textfield", "chi", **of("identita")),
        field("radio", "scelta"),
        field("textfield", "dove", **of("luogo")),
        field("number", "quante", **of("clinico")),
    )
    values = {"chi": "lei", "scelta": "si", "dove": "là", "quante": 3}
    parts = secrecy.split(parsed, values)
    assert parts == {
        "ordinario": {"scelta": "si"},
        "identita": {"chi": "lei"},
        "luogo": {"dove": "là"},
        "clinico": {"quante": 3},
    }
    assert list(secrecy.joined(parsed, parts.values()).items()) == list(values.items())
    assert secrecy.joined(parsed, [parts["ordinario"], parts["luogo"]]) == {"scelta": "si", "dove": "là"}


def test_rows_are_parted_question_by_question():
    parts = [field("textfield", "nome", **of("identita")), field("number", "eta"), field("textarea", "storia")]
    parsed = form({"type": "dynamiclist", "path": "figli", "label": "Figli", "components": parts})
    values = {"figli": [{"nome": "a", "eta": 3}, {"eta": 5, "storia": "s"}, {}]}
    found = secrecy.split(parsed, values)
    assert found == {
        "ordinario": {"figli": [{"eta": 3}, {"eta": 5}, {}]},
        "identita": {"figli": [{"nome": "a"}, {}, {}]},
        "libero": {"figli": [{}, {"storia": "s"}, {}]},
    }
    assert secrecy.joined(parsed, found.values()) == values
    assert secrecy.kinds(parsed) == ("identita", "libero")


@pytest.mark.parametrize("kind", ["textfield", "textarea", "filepicker"])
def test_what_a_person_writes_is_free_text_if_nothing_else_is_said(kind):
    said = form(field(kind, "a"), field(kind, "b", properties={}), field(kind, "c", **of("clinico")))
    assert [secrecy.kind_of(part) for part in said.components] == ["libero", "libero", "clinico"]


def test_what_routes_a_case_is_no_secret_and_cannot_be_called_one():
    for kind in (*secrecy.KINDS, "identity", "clinical"):
        part = routing("radio", "a", properties={"confidentiality": kind, "routing": "true"})
        with pytest.raises(forms.FormProblems) as caught:
            new(part)
        assert "non può decidere la strada" in caught.value.problems[0].reason
        assert secrecy.kind_of(form(part).components[0]) == "ordinario", "one that was deployed before is still read"
    new(routing("radio", "a"))


def test_the_kinds_as_they_were_called_before_are_read():
    parsed = form(field("radio", "a", **of("clinical")), field("radio", "b", **of("judicial")))
    assert secrecy.kinds(parsed) == ("clinico", "giudiziario")


def test_what_no_form_asks_any_more_is_free_text():
    parsed = form(field("radio", "a"))
    assert secrecy.split(parsed, {"a": "si", "tolta": "x"}) == {"ordinario": {"a": "si"}, "libero": {"tolta": "x"}}
    assert secrecy.joined(parsed, [{"tolta": "x"}, {"a": "si"}]) == {"a": "si", "tolta": "x"}


@pytest.mark.parametrize(
    "part",
    [
        field("textfield", "indirizzo_casa_rifugio"),
        field("textfield", "dove", label="Indirizzo della casa rifugio"),
        field("textarea", "a", label="Struttura", description="Ubicazione e come arrivarci"),
        field("textfield", "a", label="Alloggio", properties={"label.en": "Address of the shelter"}),
    ],
)
def test_nobody_asks_where_a_shelter_is(part):
    with pytest.raises(forms.FormProblems) as caught:
        new(part)
    assert "casa rifugio" in caught.value.problems[0].reason


@pytest.mark.parametrize(
    "part",
    [
        field("textfield", "a", label="Codice fiscale"),
        field("textarea", "codice_fiscale"),
        field("textfield", "cf"),
        field("textfield", "a", label="Cod. fiscale della signora"),
        field("textfield", "a", properties={"label.en": "Her fiscal code"}),
        field("number", "codice_stp", **of("identita")),
        field("textfield", "a", properties={"confidentiality": "identita", "index": "codice_fiscale"}),
    ],
)
def test_no_form_asks_for_a_fiscal_code(part):
    with pytest.raises(forms.FormProblems) as caught:
        new(part)
    assert "codice fiscale" in caught.value.problems[0].reason


def test_a_form_of_before_that_asked_for_it_is_still_read():
    field_of_before = field("textfield", "cf", properties={"confidentiality": "identita", "index": "codice_fiscale"})
    assert form(field_of_before).fields["cf"].index == "codice_fiscale"


def test_whether_she_has_one_may_be_asked():
    new(field("checkbox", "ha_cf", label="Ha già un codice fiscale", **of("ordinario")))


def test_the_code_of_a_shelter_and_her_own_address_may_be_asked():
    new(
        field("textfield", "struttura", label="Codice della struttura"),
        field("textfield", "a", label="Indirizzo di lei", **of("luogo")),
    )


def test_a_kind_that_there_is_not_is_refused():
    assert "riservata" in refused(field("textfield", "a", **of("segreto")))[0].reason
