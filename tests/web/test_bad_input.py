"""What must not come in: each its own clear refusal, and nothing changed."""

import io
from pathlib import Path

import pytest
from sqlalchemy import func, select

from engine import db
from engine.cases.models import CaseEvent, FormSubmission, UserTask
from engine.definitions.models import ProcessDefinition
from engine.participants import sessions
from tests.web.story import answers, claim, start, task_of
from tests.web.world import PROCESSES, Page

ABSENT = "00000000-0000-4000-8000-000000000000"
RECEPTION = (PROCESSES / "accoglienza_cav" / "accoglienza_cav.bpmn").read_text()
ASSESSMENT = (PROCESSES / "valutazione_rischio" / "valutazione_rischio.bpmn").read_text()
FORM = (Path(__file__).parents[2] / "forms" / "catalog" / "accetta_invio.form").read_text()


def changed(source: str, old: str, new: str) -> str:
    assert old in source
    return source.replace(old, new, 1)


def versions() -> int:
    with db.transaction(read_only=True) as session:
        return session.scalar(select(func.count()).select_from(ProcessDefinition))


def history() -> tuple[int, int]:
    with db.transaction(read_only=True) as session:
        counts = [session.scalar(select(func.count()).select_from(kind)) for kind in (CaseEvent, FormSubmission)]
        return counts[0], counts[1]


def upload(person, *files: tuple[str, str | bytes]) -> Page:
    person.get("/protocolli")
    contents = [(name, text if isinstance(text, bytes) else text.encode()) for name, text in files]
    return person.post("/protocolli", {"file": [(io.BytesIO(content), name) for name, content in contents]})


BAD_DIAGRAMS = {
    "not XML": ("accoglienza_cav.bpmn", "questo non è XML", "Il file non è XML ben formato."),
    "empty": ("accoglienza_cav.bpmn", "", "XML"),
    "DOCTYPE": (
        "accoglienza_cav.bpmn",
        RECEPTION.replace("?>", '?><!DOCTYPE x [<!ENTITY a "b">]>', 1),
        "DOCTYPE",
    ),
    "another file": ("tabella.xlsx", "PK", "Non è un diagramma, una tabella o un modulo"),
    "a path for a name": ("../../etc/passwd", "root", "Non è un diagramma, una tabella o un modulo"),
    "Python in a condition": (
        "accoglienza_cav.bpmn",
        changed(RECEPTION, "=rischio_segnalato = &#34;ALTO&#34;", "=__import__('os').system('id')"),
        "accetta_invio",
    ),
    "unknown form": (
        "accoglienza_cav.bpmn",
        changed(RECEPTION, 'formId="accetta_invio"', 'formId="modulo_che_non_esiste"'),
        "modulo_che_non_esiste",
    ),
    "timer PT1X": (
        "valutazione_rischio.bpmn",
        changed(ASSESSMENT, '=param("P04.secondo_parere_limite")', "PT1X"),
        "parere_non_arrivato",
    ),
    "script task": (
        "accoglienza_cav.bpmn",
        RECEPTION.replace('<bpmn:userTask id="accetta_invio"', '<bpmn:scriptTask id="accetta_invio"').replace(
            "</bpmn:userTask>", "</bpmn:scriptTask>", 1
        ),
        "accetta_invio",
    ),
}


@pytest.mark.parametrize("case", BAD_DIAGRAMS.values(), ids=BAD_DIAGRAMS.keys())
def test_a_diagram_that_cannot_run_is_refused_with_element_reason_and_way_out(someone, case):
    name, content, words = case
    before = versions()
    page = upload(someone("progettista"), (name, content))
    assert page.status == 422
    assert page.title() == "Errore: protocolli – Staffetta"
    assert "Non è cambiato nulla" in page.said()
    assert words in page.said()
    for row in page.tree.xpath("//*[@role='alert']//tbody/tr"):
        assert all(cell.text_content().strip() for cell in row.xpath("td"))
    assert versions() == before


def test_all_problems_are_listed_at_once(someone):
    bad = changed(RECEPTION, 'formId="accetta_invio"', 'formId="modulo_assente"')
    bad = changed(bad, 'parameter="D03.alto"', 'parameter="D99.assente"')
    page = upload(someone("progettista"), ("accoglienza_cav.bpmn", bad), ("valutazione_rischio.bpmn", "no"))
    assert page.status == 422
    assert all(words in page.said() for words in ("modulo_assente", "D99.assente", "valutazione_rischio.bpmn"))


@pytest.mark.parametrize("content", ["no", "[]", "{}", FORM.replace('"radio"', '"iframe"', 1)])
def test_a_form_that_is_none_is_refused(someone, content):
    before = versions()
    page = upload(someone("progettista"), ("accoglienza_cav.bpmn", RECEPTION), ("accetta_invio.form", content))
    assert page.status == 422
    assert "accetta_invio" in page.said()
    assert versions() == before


def test_two_files_of_the_same_name_are_refused(someone):
    page = upload(someone("progettista"), ("accoglienza_cav.bpmn", RECEPTION), ("accoglienza_cav.bpmn", RECEPTION))
    assert page.status == 422
    assert "Due file hanno questo nome." in page.said()


def test_an_upload_without_a_file_is_refused(someone):
    page = upload(someone("progettista"))
    assert page.status == 422
    assert "Non c'è nessun diagramma." in page.said()


def test_a_file_of_two_megabytes_is_refused_by_its_size(someone):
    before = versions()
    person = someone("progettista")
    token = person.get("/protocolli").csrf()
    head = "--x\r\nContent-Disposition: form-data; name="
    parts = [f'{head}"_csrf"\r\n\r\n{token}\r\n', f'{head}"file"; filename="a.bpmn"\r\n\r\n{" " * 2_000_000}\r\n']
    body = "".join(parts) + "--x--\r\n"
    page = Page(person.client.post("/protocolli", data=body, content_type="multipart/form-data; boundary=x"))
    assert page.status == 413
    assert "1 MB per un protocollo" in page.said()
    assert versions() == before


def test_a_diagram_of_the_right_size_and_kind_makes_a_version_once(someone):
    before = versions()
    person = someone("progettista")
    renamed = changed(RECEPTION, "Accetta l&#39;invio", "Accetta la richiesta")
    page = upload(person, ("accoglienza_cav.bpmn", renamed), ("valutazione_rischio.bpmn", ASSESSMENT))
    assert "Protocollo caricato" in page.said()
    assert versions() == before + 1
    page = upload(person, ("accoglienza_cav.bpmn", renamed), ("valutazione_rischio.bpmn", ASSESSMENT))
    assert "nessuna nuova versione" in page.said()
    assert versions() == before + 1


@pytest.mark.parametrize("username", ["operatrice.cav", "responsabile.cav", "coordinamento", "amministratore"])
def test_only_a_designer_uploads(someone, username):
    person = someone(username)
    assert not person.get("/protocolli").tree.xpath("//input[@type='file']")
    assert upload(person, ("accoglienza_cav.bpmn", RECEPTION)).status == 403


BAD_ANSWERS = {
    "missing answer": ({}, 422, "Il centro accetta l'invio? – Serve una risposta."),
    "undeclared key": ({"esito_invio": "accetta", "chiave_inventata": "x"}, 422, "Modulo – "),
    "no such option": ({"esito_invio": "forse"}, 422, "Il centro accetta l'invio? – "),
    "two where one is meant": ({"esito_invio": ["accetta", "declina"]}, 422, "Il centro accetta l'invio? – "),
    "too long": ({"esito_invio": "accetta", "nota": "x" * 5_000}, 422, "Nota – "),
    "a NUL in a text": ({"esito_invio": "accetta", "nota": "a\0b"}, 422, "Nota – "),
}


@pytest.mark.parametrize("case", BAD_ANSWERS.values(), ids=BAD_ANSWERS.keys())
def test_an_answer_that_does_not_fit_the_form_is_refused_and_nothing_is_recorded(someone, world, case):
    values, status, words = case
    person = someone("operatrice.cav")
    start(person, world)
    address = task_of(person)
    page = claim(person, address)
    before = history()
    page = person.post(f"{address}/conclusione", answers(page, **values))
    assert page.status == status
    assert any(entry.startswith(words) for entry in page.summary())
    assert history() == before


def test_a_wrong_type_is_refused_at_its_question(someone, world):
    person = someone("operatrice.cav")
    start(person, world)
    address = task_of(person)
    page = claim(person, address)
    person.post(f"{address}/conclusione", answers(page, esito_invio="accetta"))
    address = task_of(person)
    page = claim(person, address)
    sent = answers(page, esito_contatto="fissato", colloquio_il="dopodomani verso le tre")
    page = person.post(f"{address}/conclusione", sent)
    assert page.status == 422
    assert any(entry.startswith("Giorno del colloquio – ") for entry in page.summary())
    assert page.value("colloquio_il") == "dopodomani verso le tre"


def test_an_answer_of_ten_megabytes_is_refused_by_its_size(someone, world):
    person = someone("operatrice.cav")
    start(person, world)
    address = task_of(person)
    page = claim(person, address)
    before = history()
    page = person.post(f"{address}/conclusione", answers(page, esito_invio="accetta", nota="x" * 10_000_000))
    assert page.status == 413
    assert "troppo grande" in page.said()
    assert history() == before


def test_a_session_that_ended_while_the_form_was_filled_in_changes_nothing_and_leads_back(someone, world):
    person = someone("operatrice.cav")
    start(person, world)
    address = task_of(person)
    page = claim(person, address)
    before = history()
    with db.transaction() as session:
        sessions.end(session, person.client.get_cookie("staffetta").value)
    page = person.post(f"{address}/conclusione", answers(page, esito_invio="accetta"))
    assert page.status == 401
    assert "non è stato registrato" in page.said()
    assert page.value("poi") == address
    assert history() == before


def test_the_names_of_posted_files_and_fields_never_reach_the_database_as_they_are(someone):
    page = upload(someone("progettista"), ("<script>alert(1)</script>.bpmn", "no"))
    assert page.status == 422
    assert "<script>alert(1)" not in page.text


def test_every_task_row_still_waits_after_all_these_refusals(someone, world):
    person = someone("operatrice.cav")
    start(person, world)
    address = task_of(person)
    person.get(address)
    for _ in range(3):
        person.post(f"{address}/conclusione", {"esito_invio": "accetta", "_revisione": "7"})
    with db.transaction(read_only=True) as session:
        assert session.scalars(select(UserTask.state)).all() == ["open"]
