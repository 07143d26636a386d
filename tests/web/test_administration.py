"""Administration on the pages: who may, what it shows once, what it refuses."""

from io import BytesIO

import pytest

from tests.web.world import Page

NEW = {"utente": "nuova.cav", "nome": "Nuova operatrice", "ruolo": "operatrice", "lingua": "it"}


@pytest.fixture
def admin(someone):
    person = someone("amministratore")
    person.get("/amministrazione")
    return person


def create(admin, world, **changed):
    return admin.post("/amministrazione/persone", {**NEW, "ente": str(world.agencies["cav"]), **changed})


def rehearse(admin, agencies="", people=""):
    files = {"enti": (BytesIO(agencies.encode()), "enti.csv"), "persone": (BytesIO(people.encode()), "persone.csv")}
    page = admin.get("/amministrazione/importazione")
    response = admin.client.post("/amministrazione/importazione/prova", data={"_csrf": page.csrf(), **files})
    admin.shown = Page(response)
    return admin.shown


def test_only_administrators_see_it_and_it_is_in_their_menu(someone):
    assert "/amministrazione" in someone("amministratore").get("/attivita").tree.xpath("//nav//a/@href")
    for other in ("operatrice.cav", "responsabile.cav", "coordinamento", "progettista"):
        person = someone(other)
        assert "/amministrazione" not in person.get("/attivita").tree.xpath("//nav//a/@href")
        for path in ("/amministrazione", "/amministrazione/importazione"):
            assert person.get(path).status == 403
        for path in ("/amministrazione/enti", "/amministrazione/importazione", "/amministrazione/importazione/prova"):
            assert person.post(path, {"ente": "X", "canale": "portale"}).status == 403


def test_a_new_person_gets_a_password_that_is_shown_once_and_works(admin, world, someone):
    page = create(admin, world)
    assert page.status == 200
    password = page.tree.findtext(".//code[@class='password']")
    assert page.response.headers["Cache-Control"] == "no-store"
    assert password not in admin.get("/amministrazione").text
    assert "Attività" in someone().log_in("nuova.cav", password).title()
    assert "Nuova operatrice" in admin.get("/amministrazione").said()


@pytest.mark.parametrize(
    ("changed", "status", "said"),
    [
        ({"utente": "operatrice.cav"}, 409, "Questo nome utente è già usato."),
        ({"utente": "due parole"}, 422, "Il nome utente ha caratteri non ammessi"),
        ({"nome": " "}, 422, "Scrivere un nome"),
        ({"ente": ""}, 422, "Scegliere l'ente."),
        ({"ente": "x"}, 422, "Questo valore non è accettabile."),
        ({"ente": "00000000-0000-4000-8000-000000000000"}, 404, "Non trovato"),
        ({"ruolo": "regina"}, 422, "Questo valore non è accettabile."),
        ({"lingua": "de"}, 422, "Questo valore non è accettabile."),
    ],
)
def test_what_is_wrong_with_a_new_person_is_said_and_what_was_typed_stays(admin, world, changed, status, said):
    page = create(admin, world, **changed)
    assert page.status == status
    assert said in page.said()
    if status != 404:
        assert page.value("nome") == {**NEW, **changed}["nome"]
    assert "nuova.cav" not in admin.get("/amministrazione").said()


def test_an_agency_is_created_under_a_new_name(admin):
    page = admin.post("/amministrazione/enti", {"ente": "Centro nuovo", "servizi": "cav", "canale": "pec"})
    assert "Ente creato." in page.said()
    assert "Centro nuovo" in page.said()
    page = admin.post("/amministrazione/enti", {"ente": "centro NUOVO", "servizi": "", "canale": "pec"})
    assert page.status == 409
    page = admin.post("/amministrazione/enti", {"ente": "Altro", "servizi": "Cav!", "canale": "pec"})
    assert page.status == 422


def test_a_password_is_replaced_and_an_account_closed(admin, world, someone):
    address = f"/amministrazione/persone/{world.people['operatrice.cav']}"
    colleague = someone("operatrice.cav")
    page = admin.post(f"{address}/password")
    password = page.tree.findtext(".//code[@class='password']")
    assert "Accedi" in colleague.get("/attivita").text
    assert someone().log_in("operatrice.cav", password).status == 200
    page = admin.post(f"{address}/chiusura")
    assert "Account chiuso." in page.said()
    assert someone().log_in("operatrice.cav", password).status == 401


def test_a_further_role_is_given_but_not_to_oneself(admin, world):
    role = {"ente": str(world.agencies["cav"]), "ruolo": "responsabile"}
    page = admin.post(f"/amministrazione/persone/{world.people['operatrice.cav']}/ruoli", role)
    assert "Ruolo dato." in page.said()
    assert "Responsabile, Centro antiviolenza di prova" in page.said()
    assert admin.post(f"/amministrazione/persone/{world.people['operatrice.cav']}/ruoli", role).status == 409
    own = f"/amministrazione/persone/{world.people['amministratore']}"
    assert admin.post(f"{own}/ruoli", role).status == 409
    assert admin.post(f"{own}/chiusura").status == 409
    assert "Questo è il vostro account" in admin.get(own).said()


def test_a_dry_run_lists_every_problem_by_line_and_changes_nothing(admin):
    page = rehearse(admin, "ente;servizi\nNuovo;CAV!\n", "utente;nome;ente;ruoli\nx;X;Nessuno;operatrice\ny;Y;;\n")
    assert page.status == 422
    rows = [" ".join(row.text_content().split()) for row in page.tree.xpath("//tbody/tr")]
    assert [row.split()[:3] for row in rows] == [
        ["enti", "2", "servizi"],
        ["persone", "2", "ente"],
        ["persone", "3", "ente"],
        ["persone", "3", "ruoli"],
    ]
    assert not page.has("enti") or page.value("enti") == ""
    assert "Nuovo" not in admin.get("/amministrazione").said()


def test_after_a_good_dry_run_the_import_makes_everything(admin, someone):
    page = rehearse(
        admin,
        "ente;servizi\nCittà & Figli;cav\n",
        'utente;nome;ente;ruoli\nprova.una;"Una ""sola""";Città & figli;operatrice\n',
    )
    assert page.status == 200
    assert "niente è ancora cambiato" in page.said()
    form = page.tree.xpath("//form[@action='/amministrazione/importazione']")[0]
    sent = {field.get("name"): field.get("value") for field in form.xpath(".//input[@type='hidden']")}
    assert "Città & Figli" not in admin.get("/amministrazione").said()
    page = admin.post("/amministrazione/importazione", {name: sent[name] for name in ("enti", "persone")})
    assert "Enti creati: 1. Persone create: 1." in page.said()
    password = page.tree.findtext(".//code[@class='password']")
    assert someone().log_in("prova.una", password).status == 200
    page = admin.post("/amministrazione/importazione", {name: sent[name] for name in ("enti", "persone")})
    assert page.status == 422
    assert "Questo nome è già usato" in page.said()


def test_a_dry_run_names_services_that_no_protocol_uses(admin):
    assert "Nessun protocollo usa" not in rehearse(admin, "ente;servizi\nCentro nuovo;cav\n", "").said()
    page = rehearse(admin, "ente;servizi\nCentro nuovo;cva cav\n", "")
    assert page.status == 200
    assert "Nessun protocollo usa questi servizi: cva." in page.said()


def test_what_a_file_holds_is_shown_as_text(admin):
    hostile = "<script>alert(1)</script>"
    page = rehearse(admin, f'ente;servizi\n"{hostile}";cav\n')
    assert page.status == 200
    assert hostile in page.said()
    assert hostile not in page.text


def test_a_role_is_taken_and_a_closed_account_opens_again(admin, world, someone):
    address = f"/amministrazione/persone/{world.people['operatrice.cav']}"
    admin.post(f"{address}/ruoli", {"ente": str(world.agencies["ps"]), "ruolo": "responsabile"})
    page = admin.get(address)
    (take, _) = page.tree.xpath("//form[contains(@action, '/ruoli/')]/@action")
    page = admin.post(take)
    assert "Ruolo tolto." in page.said()
    assert len(page.tree.xpath("//main/ul[1]/li")) == 1
    assert not page.tree.xpath("//form[contains(@action, '/fine')]")
    left = page.tree.xpath("string(//main/ul/li)")
    assert "Responsabile, Pronto soccorso" in " ".join(left.split()) or "Operatrice" in left
    admin.post(f"{address}/chiusura")
    page = admin.post(f"{address}/riapertura")
    password = page.tree.findtext(".//code[@class='password']")
    assert someone().log_in("operatrice.cav", password).status == 200
    assert admin.post(take).status == 404


def test_an_agency_is_changed_on_its_page(admin, world):
    address = f"/amministrazione/enti/{world.agencies['cav2']}"
    page = admin.get(address)
    assert (page.status, page.value("servizi")) == (200, "cav")
    sent = {"servizi": "cav supervisione", "canale": "telefono", "telefono": "06 12", "email": ""}
    page = admin.post(address, sent)
    assert "Ente modificato." in page.said()
    assert (page.value("servizi"), page.value("telefono")) == ("cav supervisione", "06 12")
    page = admin.post(address, {**sent, "telefono": "la sera"})
    assert (page.status, page.value("telefono"), page.title()) == (422, "la sera", "Errore: ente – Staffetta")
    assert admin.get("/amministrazione/enti/00000000-0000-4000-8000-000000000000").status == 404
