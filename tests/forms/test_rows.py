"""Repeated groups: rows that are forms within the form."""

import pytest

import forms
from tests.forms.building import Post, errors, field, form, refused, repeated, routing

ANSWER = {"presenti": "si", "figli": [{"eta": 4, "vive_con_lei": True}, {"eta": 15, "scuola": "media"}]}


def asked(form_, values, **more):
    """Give the names of all questions that are shown."""

    def names(parts):
        for part in parts:
            if part.key:
                yield part.key
            yield from names(part.children)

    return list(names(forms.visible(form_, values, **more)))


@pytest.fixture
def family():
    return form(
        field("radio", "presenti"),
        repeated(
            "figli",
            field("number", "eta", validate={"required": True, "min": 0, "max": 17}, decimalDigits=0),
            {
                "type": "group",
                "label": "Scuola",
                "conditional": {"hide": "=eta = null or eta < limite"},
                "components": [field("textfield", "scuola"), field("textfield", "classe")],
            },
            field("checkbox", "vive_con_lei", conditional={"hide": '=presenti = "no"'}),
            maxRows="3",
        ),
        field("textfield", "nota", conditional={"hide": "=count(figli) < 2"}),
    )


def test_an_answer_is_a_list_of_objects(family):
    accepted = forms.validate(family, ANSWER, context={"limite": 6})
    assert accepted.values == ANSWER


def test_conditions_of_a_row_see_the_row_the_form_and_the_process(family):
    assert family.context_names == {"limite"}
    values = {**ANSWER, "figli": [{"eta": 4, "scuola": "no"}, {"eta": 6, "scuola": "sì", "vive_con_lei": False}]}
    kept = forms.validate(family, values, context={"limite": 6}).values["figli"]
    assert kept == [{"eta": 4}, {"eta": 6, "scuola": "sì", "vive_con_lei": False}]
    kept = forms.validate(family, {**values, "presenti": "no"}, context={"limite": 6}).values["figli"]
    assert kept == [{"eta": 4}, {"eta": 6, "scuola": "sì"}]


def test_conditions_of_the_form_see_the_rows(family):
    assert "nota" not in asked(family, {"figli": [{"eta": 4}]})
    assert "nota" in asked(family, {"figli": [{"eta": 4}, {"eta": 5}]})


def test_each_row_is_shown_with_its_own_questions_by_its_number(family):
    shown = asked(family, ANSWER, context={"limite": 6})
    assert shown == [
        "presenti",
        *("figli", "figli.0", "figli.0.eta", "figli.0.vive_con_lei"),
        *("figli.1", "figli.1.eta", "figli.1.scuola", "figli.1.classe", "figli.1.vive_con_lei"),
        "nota",
    ]


def test_no_two_parts_of_a_page_have_the_same_id(family):
    def ids(parts):
        for part in parts:
            yield part.id
            yield from ids(part.children)

    found = list(ids(forms.visible(family, ANSWER, context={"limite": 6})))
    assert len(found) == len(set(found))


def test_one_row_stands_ready_until_somebody_has_said_that_there_is_none(family):
    assert asked(family, {}) == ["presenti", "figli", "figli.0", "figli.0.eta", "figli.0.vive_con_lei"]
    assert asked(family, {"figli": []}) == ["presenti", "figli"]


def test_as_many_rows_as_are_needed_are_always_shown():
    parsed = form(repeated("contatti", field("textfield", "chi"), minRows="2"))
    assert asked(parsed, {"contatti": []})[-1] == "contatti.1.chi"
    assert errors(parsed, {"contatti": [{"chi": "zia"}, {"chi": ""}]}) == {"contatti": "too_few_rows"}


def test_an_error_stands_at_the_field_of_its_row(family):
    wrong = {"figli": [{"eta": 4}, {"eta": 18}, {"eta": "tre", "vive_con_lei": 1}]}
    assert errors(family, wrong) == {
        "figli.1.eta": "too_large",
        "figli.2.eta": "not_a_number",
        "figli.2.vive_con_lei": "not_a_boolean",
    }


def test_what_a_row_needs_is_asked_of_every_row_in_which_something_stands(family):
    assert errors(family, {"figli": [{"vive_con_lei": True}]}) == {"figli.0.eta": "required"}


def test_a_row_in_which_nothing_stands_is_no_row(family):
    values = {"figli": [{}, {"eta": 3}, {"eta": None, "scuola": " ", "vive_con_lei": False}]}
    assert forms.validate(family, values).values == {"figli": [{"eta": 3}]}
    assert forms.validate(family, {"figli": [{}]}).values == {}


def test_a_row_in_which_all_that_stands_is_hidden_is_no_row(family):
    values = {"presenti": "no", "figli": [{"eta": 3}, {"vive_con_lei": True}]}
    assert errors(family, values) == {"figli.1.eta": "required"}
    parsed = form(repeated("figli", field("textfield", "nota", conditional={"hide": "=livello = 1"})))
    assert forms.validate(parsed, {"figli": [{"nota": "x"}]}, context={"livello": 1}).values == {}


def test_a_draft_keeps_empty_rows(family):
    assert forms.partial(family, {"figli": [{}, {"eta": 3}]}).values == {"figli": [{}, {"eta": 3}]}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("x", {"figli": "not_rows"}),
        ({"eta": 3}, {"figli": "not_rows"}),
        ([{}] * 4, {"figli": "too_many_rows"}),
        (["x"], {"figli.0": "not_an_object"}),
        ([{"eta": 3}, {"altro": 3}], {"figli.1.altro": "undeclared"}),
        ([{"figli": []}], {"figli.0.figli": "undeclared"}),
        ([{"presenti": "si"}], {"figli.0.presenti": "undeclared"}),
    ],
)
def test_what_is_no_row_of_the_form_is_refused(family, given, expected):
    assert errors(family, {"figli": given}) == expected


def test_an_answer_counts_with_all_that_its_rows_hold():
    long = form(repeated("note", field("textarea", "testo", validate={"maxLength": 20_000}), maxRows="50"))
    assert errors(long, {"note": [{"testo": "x" * 20_000}] * 11}) == {"__form__": "too_big"}


def test_a_hidden_list_is_dropped_with_all_its_rows():
    hidden = repeated("figli", field("number", "eta", validate={"required": True})) | {
        "conditional": {"hide": '=presenti = "no"'}
    }
    parsed = form(field("radio", "presenti"), hidden)
    assert forms.validate(parsed, {"presenti": "no", "figli": [{"eta": "x"}]}).values == {"presenti": "no"}
    post = Post(presenti=["no"], figli=["0"], **{"figli.0.eta": ["x"]})
    assert forms.decode(parsed, post) == ({"presenti": "no"}, {})


def test_a_post_names_its_rows_and_the_fields_in_them(family):
    post = Post(figli=["2", "0"], **{"figli.0.eta": ["3"], "figli.2.eta": ["12"], "figli.2.scuola": ["media"]})
    values, wrong = forms.decode(family, post, context={"limite": 6})
    assert values["figli"] == [{"eta": 12, "scuola": "media", "vive_con_lei": False}, {"eta": 3, "vive_con_lei": False}]
    assert wrong == {}


def test_what_is_hidden_in_a_row_is_not_read(family):
    post = Post(figli=["0"], **{"figli.0.eta": ["3"], "figli.0.scuola": ["media"], "figli.0.classe": [""]})
    assert forms.decode(family, post, context={"limite": 6}).values["figli"] == [{"eta": 3, "vive_con_lei": False}]


def test_what_cannot_be_read_in_a_row_is_told_at_its_place_and_the_row_stays(family):
    post = Post(figli=["0", "1"], **{"figli.0.eta": ["3"], "figli.1.eta": ["tre"]})
    values, wrong = forms.decode(family, post)
    assert len(values["figli"]) == 2
    assert {key: error.code for key, error in wrong.items()} == {"figli.1.eta": "not_a_number"}
    assert "figli.1.eta" in asked(family, values)


def test_numbers_of_rows_that_are_none_are_passed_over(family):
    values, _ = forms.decode(family, Post(figli=["x", "-1", "00", "9999", "0", "0"], **{"figli.0.eta": ["3"]}))
    assert values["figli"] == [{"eta": 3, "vive_con_lei": False}]


def test_rows_go_back_into_the_controls_as_they_came(family):
    written = forms.encode(family, ANSWER)
    assert written["figli"] == ["0", "1"]
    assert written["figli.1.scuola"] == ["media"]
    read = forms.decode(family, Post(written), context={"limite": 6}).values
    assert forms.validate(family, read, context={"limite": 6}).values["figli"][1]["eta"] == 15


def test_a_list_does_not_decide_the_way():
    assert "si ripete" in refused(repeated("figli", routing("number", "eta")))[0].reason


def test_a_list_within_a_list_is_refused():
    inner = repeated("visite", field("datetime", "il"))
    assert any(
        "altro elenco" in problem.reason for problem in refused(repeated("figli", field("number", "eta"), inner))
    )


def test_keys_are_unique_in_rows_too():
    assert "due volte" in refused(field("number", "eta"), repeated("figli", field("number", "eta")))[0].reason


def test_a_condition_of_a_row_that_waits_for_its_own_list_is_refused():
    row = field("number", "eta", conditional={"hide": "=count(figli) > 1"})
    assert "inseguono" in refused(repeated("figli", row))[0].reason


@pytest.mark.parametrize(
    "properties", [{"minRows": "4", "maxRows": "3"}, {"maxRows": "0"}, {"maxRows": "51"}, {"minRows": "due"}]
)
def test_bounds_of_a_list_that_make_no_sense_are_refused(properties):
    assert refused(repeated("figli", field("number", "eta"), **properties))


def test_a_list_must_ask_something_and_may_be_added_to():
    assert (
        "non chiede nulla"
        in refused(repeated("figli", {"type": "text", "text": "Ciao"}), field("number", "a"))[0].reason
    )
    fixed = repeated("figli", field("number", "eta")) | {"allowAddRemove": False}
    assert "si aggiungono" in refused(fixed)[0].reason


def test_a_page_never_holds_more_fields_than_a_post_can():
    many = [field("textfield", f"campo_{number}") for number in range(9)]
    assert "400" in refused(repeated("figli", *many, maxRows="50"))[0].reason
