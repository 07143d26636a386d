"""The forms that are deployed with the protocols."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

import forms
from forms.model import walk

NOW = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
CATALOG = sorted((Path(forms.__file__).parent / "catalog").glob("*.form"))


@pytest.fixture(params=CATALOG, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def form(path):
    return forms.parse(path.read_bytes(), new=True)


def test_the_file_is_named_after_the_form(path, form):
    assert form.id == path.stem


def test_everything_that_people_read_is_there_in_english_too(form):
    for part in walk(form.components):
        for name in ("label", "description", "text"):
            assert (f"{name}.it" in part.texts) == (f"{name}.en" in part.texts), f"{part.id}.{name}"
        assert all("en" in option.labels for option in part.options), part.id


def test_no_field_asks_for_an_address_or_a_name(form):
    for key in form.fields:
        assert not {"indirizzo", "nome", "cognome", "codice_fiscale", "via"} & set(key.split("_")), key


def test_free_text_is_never_ordinary(form):
    for key, component in form.fields.items():
        if component.kind in {"textfield", "textarea"}:
            assert component.confidentiality != "ordinario", key


def test_an_editor_finds_an_id_on_every_part(path):
    def parts(components):
        for part in components:
            yield part
            yield from parts(part.get("components", []))

    assert all(part.get("id") for part in parts(json.loads(path.read_text("utf-8"))["components"]))


def test_accepting_a_hand_over_at_night_takes_four_fields_at_most_and_shows_three():
    form = forms.parse((CATALOG[0].parent / "accetta_invio.form").read_bytes())
    assert len(form.fields) <= 4
    shown = [
        part.key for part in forms.visible(form, {"esito_invio": "accetta"}, context={"rischio_segnalato": "ALTO"})
    ]
    assert shown == ["esito_invio", "nota"]


def test_the_risk_is_asked_only_when_nobody_has_told_it():
    form = forms.parse((CATALOG[0].parent / "accetta_invio.form").read_bytes())
    with pytest.raises(forms.InvalidAnswer) as caught:
        forms.validate(form, {"esito_invio": "accetta"}, context={"rischio_segnalato": None})
    assert set(caught.value.errors) == {"rischio_riferito"}
    forms.validate(form, {"esito_invio": "accetta"}, context={"rischio_segnalato": "BASSO"})


@pytest.mark.parametrize(
    ("name", "key", "given", "code"),
    [
        ("conferma_professionale", "data_valutazione", "2026-03-03", "in_the_future"),
        ("mancata_presenza", "primo_tentativo_il", "2026-03-02T11:00:00+01:00", "in_the_future"),
        # A recall that slips by years for one wrong digit is a recall that nobody makes.
        ("richiamo", "richiamo_il", "2062-03-03T10:00:00+01:00", "too_late"),
        ("fissa_colloquio", "colloquio_il", "2062-03-03T10:00:00+01:00", "too_late"),
    ],
)
def test_a_date_that_cannot_be_meant_is_refused(name, key, given, code):
    form = forms.parse((CATALOG[0].parent / f"{name}.form").read_bytes())
    opened = {"esito_richiamo": "ci_pensa", "esito_contatto": "fissato", "esito_ricontatto": "raggiunta"}
    values = {field: value for field, value in opened.items() if field in form.fields}
    with pytest.raises(forms.InvalidAnswer) as caught:
        forms.partial(form, {**values, key: given}, context={"richiami": 0}, now=NOW)
    assert {field: error.code for field, error in caught.value.errors.items()} == {key: code}


def test_whether_another_way_than_the_safe_contact_was_used_can_be_said():
    form = forms.parse((CATALOG[0].parent / "fissa_colloquio.form").read_bytes())
    answer = {"esito_contatto": "non_raggiunta", "contatto_sicuro_usato": "no"}
    with pytest.raises(forms.InvalidAnswer) as caught:
        forms.validate(form, answer, now=NOW)
    assert set(caught.value.errors) == {"contatto_altro"}
    assert forms.validate(form, {**answer, "contatto_altro": "tramite la sorella, lo aveva chiesto lei"}, now=NOW)


def test_the_third_recall_asks_for_no_other_date():
    form = forms.parse((CATALOG[0].parent / "richiamo.form").read_bytes())
    answer = {"esito_richiamo": "ci_pensa", "contatto_sicuro_usato": "si"}
    with pytest.raises(forms.InvalidAnswer):
        forms.validate(form, answer, context={"richiami": 1}, now=NOW)
    assert forms.validate(form, answer, context={"richiami": 2}, now=NOW).routing == {
        "esito_richiamo": "ci_pensa",
        "richiamo_il": None,
    }
