"""Every part of a form on its page, without a script: controls, labels, errors, rows, files, both languages."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from werkzeug.datastructures import FileStorage

from engine import db
from engine.cases.file_models import Attachment
from engine.cases.files import Limits
from tests.web import every_part
from tests.web.story import claim, task_of

PDF = b"%PDF-1.7 il referto"
PNG = b"\x89PNG\r\n\x1a\n una foto"
FILLED = {
    "riga": "Una riga", "numero": "3", "una": "r1", "giorno": "2026-03-01", "ora": "14:30", "figli": "0",
    "figli.0.eta": "4", "figli.0.scuola": "materna", "figli.0.vive_con_lei": "true",
}  # fmt: skip


@pytest.fixture
def step(app, someone, world):
    """The address of a step that asks everything, and who has taken it."""
    every_part.deploy(world.actor("progettista"))
    person = someone("operatrice.cav")
    page = person.get(f"/casi/nuovo?protocollo={every_part.KEY}")
    person.post(
        "/casi/nuovo",
        {**hidden(page), "_protocollo": every_part.KEY, "_ente.cav": str(world.agencies["cav"])},
    )
    address = task_of(person)
    claim(person, address)
    return person, address


def hidden(page):
    """Return the hidden fields of a page's forms."""
    found = page.tree.xpath("//main//input[@type='hidden' and @name!='_csrf']")
    return {field.get("name"): field.get("value") for field in found}


def sent(page, questions="figli.0.scuola", **changed):
    """Return a post of the shown form: its hidden fields, what fills it, what is changed.

    `questions` are shown too: the second time a page has them.
    """
    kept: dict[str, list[str]] = {}
    for field in page.tree.xpath("//form[@id='modulo']//input[@type='hidden' and @name!='_csrf']"):
        kept.setdefault(field.get("name"), []).append(field.get("value"))
    if questions:
        kept["_domande"] = [f"{kept['_domande'][0]} {questions}"]
    return {**kept, **FILLED, **changed}


def file(content, name="referto.pdf"):
    return FileStorage(BytesIO(content), filename=name)


def kept_files():
    from sqlalchemy import select

    with db.transaction(read_only=True) as session:
        return list(session.scalars(select(Attachment)))


@pytest.mark.parametrize("language", ["it", "en"])
def test_every_control_has_its_label_in_the_language_of_the_page(step, language):
    person, address = step
    person.client.set_cookie("lingua", language)
    page = person.get(address)
    form = page.tree.xpath("//form[@id='modulo']")[0]
    for control in form.xpath(".//input[not(@type='hidden')]|.//select|.//textarea"):
        assert form.xpath(".//label[@for=$id]", id=control.get("id")), control.get("name")
    for fieldset in form.xpath(".//fieldset"):
        assert fieldset.xpath("legend"), fieldset.get("id")
    ids = page.tree.xpath("//@id")
    assert len(ids) == len(set(ids))


def test_a_page_in_english_has_nothing_of_the_form_in_italian(step):
    person, address = step
    person.post("/lingua", {"lingua": "en", "qui": address})
    said = person.get(address).said()
    for words in (
        "Una riga",
        "Risposta",
        "Al massimo",
        "Figli",
        "Aggiungi",
        "Togli",
        "Scegliere",
        "referto",
        "passato",
    ):
        assert words not in said
    for words in ("One line", "Answer 14", "At most 255.", "Children 1", "Add", "Remove", "Choose the file"):
        assert words in said
    assert "Serve" not in person.post(f"{address}/conclusione", sent(person.shown, riga="")).said()


def test_rows_are_added_and_removed_without_a_script_and_nothing_typed_is_lost(step):
    person, address = step
    page = person.get(address)
    assert page.has("figli.0.eta")
    page = person.post(f"{address}/domande", sent(page, _righe="figli.+"))
    assert page.status == 200
    assert page.value("figli.0.eta") == "4"
    assert page.has("figli.1.eta")
    page = person.post(f"{address}/domande", sent(page, **{"figli.1.eta": "15"}, figli=["0", "1"], _righe="figli.0.-"))
    assert page.value("figli.0.eta") == "15"
    assert page.has("figli.0.scuola")
    assert not page.has("figli.1.eta")
    page = person.post(f"{address}/domande", sent(page, figli=["0"], _righe="figli.0.-"))
    assert not page.has("figli.0.eta")


def test_no_more_rows_than_the_form_allows(step):
    person, address = step
    page = person.get(address)
    for number in range(1, 5):
        rows = [str(row) for row in range(min(number, 3))]
        page = person.post(f"{address}/domande", sent(page, figli=rows, _righe="figli.+"))
    assert page.has("figli.2.eta")
    assert not page.has("figli.3.eta")
    assert "figli.+" not in page.tree.xpath("//button/@value")


def test_enter_in_a_line_removes_nothing(step):
    """The first button of a form is what Enter presses."""
    person, address = step
    first = person.get(address).tree.xpath("//form[@id='modulo']//button")[0]
    assert first.get("name") is None
    assert first.get("formaction").startswith(f"{address}/domande")


def test_an_error_in_a_row_is_told_where_it_stands(step):
    person, address = step
    page = person.get(address)
    page = person.post(
        f"{address}/conclusione",
        sent(page, figli=["0", "1"], **{"figli.1.eta": "18", "figli.1.vive_con_lei": "true"}, referto=file(PDF)),
    )
    assert page.status == 422
    link = page.tree.xpath("//*[@role='alert']//a[contains(., 'Figli 2: Età')]")[0]
    control = page.tree.xpath("//*[@id=$id]", id=link.get("href")[1:])[0]
    assert (control.get("name"), control.get("aria-invalid")) == ("figli.1.eta", "true")


def test_a_question_that_comes_up_in_a_row_is_shown_before_it_is_judged(step):
    person, address = step
    page = person.get(address)
    answers = sent(page, "", referto=file(PDF))
    del answers["figli.0.scuola"]
    page = person.post(f"{address}/conclusione", answers)
    assert any("Scuola" in entry and "nuova domanda" in entry for entry in page.summary())


def test_names_of_rows_that_are_not_on_the_page_are_refused(step):
    person, address = step
    page = person.get(address)
    page = person.post(
        f"{address}/conclusione", sent(page, referto=file(PDF), **{"figli.5.eta": "3", "figli.0.altro": "3"})
    )
    assert page.status == 422
    assert any("non fa parte del modulo" in entry for entry in page.summary())


def opened(person, answer):
    return person.post(f"{answer}/apri", {"_scopo": "atti", "_specie": ["clinico", "libero"]})


def to_files(page):
    buttons = page.tree.xpath("//form[contains(@action, '/file/')]")
    return [(form.get("action"), dict(form.form_values())) for form in buttons]


def test_a_draft_keeps_rows_and_files(step):
    person, address = step
    page = person.get(address)
    post = sent(page, figli=["0", "1"], referto=file(PDF, "suo.pdf"))
    person.post(f"{address}/bozza", post)
    page = person.get(address)
    assert page.value("figli.0.scuola") == "materna"
    assert page.has("figli.1.eta")
    assert "suo.pdf" in page.said()


def test_a_file_survives_a_refused_answer_and_is_in_the_answer(step, someone):
    person, address = step
    page = person.get(address)
    page = person.post(f"{address}/conclusione", sent(page, riga="", referto=file(PDF, "suo.pdf")))
    assert page.status == 422
    assert [entry.partition(" – ")[0] for entry in page.summary()] == ["Una riga"]
    assert "suo.pdf" in page.said()
    page = person.post(f"{address}/conclusione", sent(page))
    assert page.status == 200, page.said()
    page = person.get(next(link for link in person.get(person.path).links() if link.startswith("/moduli/")))
    assert "suo.pdf" not in page.said()
    page = opened(person, person.path)
    link, sent_along = to_files(page)[0]
    assert "suo.pdf" in page.said()
    answer = person.client.post(link, data=sent_along)
    assert answer.data == PDF
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="file.pdf"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    for other in ("operatrice.ps", "operatrice.comune"):
        assert someone(other).post(link, {"_scopo": "atti"}).status == 404


def test_a_file_is_removed_without_a_script(step):
    person, address = step
    page = person.get(address)
    page = person.post(f"{address}/domande", sent(page, referto=file(PDF, "suo.pdf")))
    file_id = page.value("referto")
    page = person.post(f"{address}/domande", sent(page, _togli=file_id))
    assert "suo.pdf" not in page.said()
    assert kept_files() == []
    page = person.post(f"{address}/conclusione", sent(page))
    assert page.status == 422
    assert any("Il referto" in entry for entry in page.summary())


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "vuoto"), (b"MZ\x90\x00", "PDF, JPEG"), (PNG, "PDF, JPEG"), (b"%PDF-" + bytes(100_000), "troppo grande")],
)
def test_a_file_that_is_not_taken_is_told_at_its_question(step, content, words):
    person, address = step
    page = person.get(address)
    person.client.application.config["FILE_LIMITS"] = Limits(file=100_000, answer=200_000)
    page = person.post(f"{address}/conclusione", sent(page, referto=file(content)))
    assert page.status == 422
    assert any(entry.startswith("Il referto") and words in entry for entry in page.summary()), page.summary()


def test_more_files_than_allowed_are_refused_and_can_be_removed(step):
    person, address = step
    page = person.get(address)
    photos = [file(PNG, f"foto{number}.png") for number in range(3)]
    page = person.post(f"{address}/conclusione", sent(page, referto=file(PDF), altri_file=photos))
    assert any("al massimo 2" in entry for entry in page.summary())
    assert all(f"foto{number}.png" in page.said() for number in range(3))
    ids = page.tree.xpath("//input[@name='altri_file' and @type='hidden']/@value")
    page = person.post(f"{address}/conclusione", sent(page, altri_file=ids, _togli=ids[0]))
    assert page.status == 200, page.said()
    assert len(kept_files()) == 3


def test_a_file_of_somebody_elses_task_is_not_taken(step, someone):
    _person, address = step
    colleague = someone("collega.cav")
    colleague.get("/attivita")
    page = colleague.post(f"{address}/domande", {"referto": file(PDF)})
    assert page.status == 409
    assert kept_files() == []


def test_who_is_not_logged_in_sends_no_files(step, someone):
    _person, address = step
    anonymous = someone()
    anonymous.client.set_cookie("staffetta", "scaduto")
    big = {"_csrf": "x", "referto": file(b"%PDF-1.7" + bytes(400_000))}
    assert anonymous.client.post(f"{address}/conclusione", data=big).status_code == 413


def test_a_date_of_the_future_is_refused_in_words(step):
    person, address = step
    page = person.get(address)
    page = person.post(f"{address}/conclusione", sent(page, giorno="2100-01-01", referto=file(PDF)))
    assert "Un giorno già passato – Non può essere nel futuro." in page.summary()
    control = page.tree.xpath("//input[@name='giorno']")[0]
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", control.get("max"))


def test_a_correction_keeps_changes_and_adds_files_and_rows(step):
    person, address = step
    page = person.get(address)
    person.post(f"{address}/conclusione", sent(page, referto=file(PDF, "primo.pdf")))
    answer = next(link for link in person.get(person.path).links() if link.startswith("/moduli/"))
    page = person.post(f"{answer}/rettifica/apri")
    assert "primo.pdf" in page.said()
    page = person.post(
        f"{answer}/rettifica/domande",
        sent(page, _motivo="sbagliato", _togli=page.value("referto"), _righe="figli.+"),
    )
    page = person.post(
        f"{answer}/rettifica",
        sent(page, _motivo="sbagliato", referto=file(b"%PDF-2", "nuovo.pdf"), figli=["0", "1"], **{"figli.1.eta": "1"}),
    )
    assert page.status == 200, page.said()
    found = to_files(opened(person, answer))
    assert [person.client.post(link, data=data).data for link, data in found] == [b"%PDF-2", PDF]
