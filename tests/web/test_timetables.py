"""Opening hours on the pages: who may, what they say, what they refuse."""

import pytest

from engine import db
from engine.calendars.timetables import Owner, Timetables

PAGE = "/amministrazione/orari"
OFFICE = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), "9-18")


@pytest.fixture
def admin(someone):
    person = someone("amministratore")
    person.get("/amministrazione")
    return person


@pytest.fixture
def of_centre(world):
    return f"{PAGE}/{world.agencies['cav']}"


def calendar(world):
    with db.transaction(read_only=True) as session:
        return Timetables(session, world.network_id).of(world.agencies["cav"])


def found(world, owner=None):
    with db.transaction(read_only=True) as session:
        return Timetables(session, world.network_id).found(owner or Owner(world.agencies["cav"]))


def test_only_administrators_see_and_change_hours(someone, of_centre):
    for other in ("operatrice.cav", "responsabile.cav", "coordinamento", "progettista"):
        person = someone(other)
        person.get("/avvisi")
        for path in (PAGE, of_centre):
            assert person.get(path).status == 403
        for path in (PAGE, of_centre, f"{of_centre}/giorni", f"{of_centre}/ambito", f"{PAGE}/ambiti"):
            assert person.post(path, OFFICE).status == 403


def test_an_agency_without_hours_says_where_its_hours_come_from(admin, of_centre):
    assert of_centre in admin.get(of_centre.replace("/orari", "/enti")).links()
    page = admin.get(of_centre)
    assert "valgono quelli predefiniti, dal lunedì al venerdì dalle 9:00 alle 17:00" in page.said()
    assert page.value("monday") == "09:00-17:00"
    admin.post(PAGE, {**OFFICE, "propri": "si"})
    assert "Valgono gli orari della rete." in admin.get(of_centre).said()
    assert admin.get(of_centre).value("monday") == "09:00-18:00"


def test_hours_of_one_s_own_are_written_kept_and_given_up_again(admin, world, of_centre):
    page = admin.post(of_centre, {"propri": "si", "monday": "9-13, 14.30-18", "fuori_orario": "Reperibilità"})
    assert "Orari salvati" in page.said()
    assert "Valgono gli orari scritti per questo ente." in page.said()
    assert (page.value("monday"), page.value("tuesday")) == ("09:00-13:00 14:30-18:00", "")
    assert page.value("fuori_orario") == "Reperibilità"
    assert found(world).source == "agency"
    page = admin.post(of_centre, {"propri": "no", "fuori_orario": "Reperibilità"})
    assert found(world).source == "default"
    assert page.value("fuori_orario") == "Reperibilità"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"monday": "sempre"}, "Un orario non è scritto bene"),
        ({"tuesday": "20-8"}, "Un orario non è scritto bene"),
        ({}, "Almeno un giorno della settimana deve avere un orario"),
        ({"monday": "9-18", "fuori_orario": "x" * 201}, "al massimo 200 caratteri"),
    ],
)
def test_hours_that_are_none_are_refused_and_what_was_typed_stays(admin, world, of_centre, typed, said):
    page = admin.post(of_centre, {"propri": "si", **typed})
    assert page.status == 422
    assert said in page.said()
    for name, value in typed.items():
        assert page.value(name) == value
    assert found(world).source == "default"


def test_hours_that_are_typed_are_not_lost_because_those_of_the_network_are_chosen(admin, world, of_centre):
    page = admin.post(of_centre, {"propri": "no", "monday": "9-13"})
    assert (page.status, page.value("monday")) == (422, "9-13")
    assert "per salvarli scegliete che valgono i suoi" in page.said()
    assert found(world).source == "default"
    assert "Orari salvati" in admin.post(of_centre, {"propri": "no", "monday": "09:00-17:00"}).said()


def test_a_patron_day_is_added_shown_and_removed(admin, world, of_centre):
    day = {"giorno": "2026-06-24", "ogni_anno": "si", "ore": "", "perche": "Patrono"}
    page = admin.post(f"{of_centre}/giorni", day)
    assert "Giorno aggiunto." in page.said()
    assert "24/06, ogni anno" in page.said()
    assert "Patrono, giorno dell'ente" in page.said() or "Patrono, giorno" in page.said()
    assert (6, 24) in calendar(world).days[0]
    assert admin.post(f"{of_centre}/giorni", day).status == 409
    (remove,) = [each for each in page.tree.xpath("//form/@action") if each.endswith("/fine")]
    assert "Giorno tolto." in admin.post(remove, {}).said()
    assert calendar(world).days == ()
    assert admin.post(remove, {}).status == 404


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"giorno": "mai"}, "Non è una data."),
        ({"giorno": "2026-02-30"}, "Non è una data."),
        ({"ore": "8"}, "Un orario non è scritto bene"),
        ({"perche": " "}, "Scrivere perché quel giorno è diverso"),
    ],
)
def test_a_day_that_is_none_is_refused(admin, of_centre, changed, said):
    page = admin.post(f"{of_centre}/giorni", {"giorno": "2026-06-24", "ore": "", "perche": "Patrono", **changed})
    assert page.status == 422
    assert said in page.said()


def test_national_holidays_are_there_already(admin, of_centre):
    assert "Natale, festa nazionale" in admin.get(of_centre).said()


def test_an_area_gives_its_agencies_hours_and_a_patron_day(admin, world, of_centre):
    page = admin.post(f"{PAGE}/ambiti", {"nome": "Ambito di prova"})
    assert "Ambito creato" in page.said()
    area_id = page.response.request.path.rpartition("/")[2]
    assert "Nella rete c'è già un ambito" in admin.post(f"{PAGE}/ambiti", {"nome": "ambito di PROVA"}).said()
    admin.post(f"{PAGE}/{area_id}", {"propri": "si", "monday": "7-8"})
    page = admin.post(f"{of_centre}/ambito", {"ambito": area_id})
    assert "Valgono gli orari dell'ambito. (Ambito di prova)" in page.said()
    assert found(world).source == "area"
    admin.post(f"{of_centre}/ambito", {"ambito": ""})
    assert found(world).source == "default"
    assert admin.post(f"{of_centre}/ambito", {"ambito": str(world.agencies["cav"])}).status == 404


def test_what_is_not_of_the_network_is_not_found(admin):
    absent = f"{PAGE}/00000000-0000-4000-8000-000000000000"
    assert admin.get(absent).status == 404
    for path in (absent, f"{absent}/giorni", f"{absent}/ambito"):
        assert admin.post(path, {**OFFICE, "propri": "si", "giorno": "2026-06-24", "perche": "x"}).status == 404
