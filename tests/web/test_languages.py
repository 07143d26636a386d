"""Italian and English: nothing untranslated, nothing left over, and every page in the language that was chosen."""

import re
from pathlib import Path

import pytest
from babel.messages import extract, pofile

import web
from engine.errors import ConfigurationError
from tests.web.story import answers, claim, task_of
from tests.web.test_security import addresses
from tests.web.world import PASSWORD, PEOPLE, settings
from web import translation
from web.app import create_app

WEB = Path(web.__file__).parent
OTHERS = translation.LANGUAGES[1:]
JINJA = {"trim_blocks": "true", "lstrip_blocks": "true"}


def source():
    """Return the texts of web: singular, and plural where there is one."""
    keywords = {**extract.DEFAULT_KEYWORDS, "lazy_gettext": None}
    methods, options = [("**.py", "python"), ("**/templates/**.html", "jinja2")], {"**/templates/**.html": JINJA}
    found = extract.extract_from_dir(WEB, methods, options, keywords=keywords)
    return {message for _, _, message, _, _ in found}


def catalogue(language):
    with (WEB / "translations" / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return pofile.read_po(file, locale=language, abort_invalid=True)


def places(text):
    return sorted(text[at : text.index(")", at) + 2] for at in range(len(text)) if text.startswith("%(", at))


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_translated_and_none_is_left_over(language):
    known = {message.id: message for message in catalogue(language) if message.id}
    assert len(known) > 250
    assert {str(text) for text in source() - set(known)} == set(), "run `make texts`, then translate"
    assert {str(text) for text in set(known) - source()} == set(), "run `make texts`"
    said = {key: [message.string] if isinstance(key, str) else message.string for key, message in known.items()}
    assert [key for key, strings in said.items() if not all(strings)] == []
    assert [key for key, message in known.items() if message.fuzzy] == []


@pytest.mark.parametrize("language", OTHERS)
def test_translations_have_the_same_places_for_values(language):
    for message in catalogue(language):
        ids, strings = ([part] if isinstance(part, str) else part for part in (message.id, message.string))
        for one, other in zip(ids, strings, strict=True):
            assert places(one) == places(other), one


def test_the_compiled_texts_are_those_of_the_catalogue(app):
    for language in OTHERS:
        with app.test_request_context(headers={"Cookie": f"lingua={language}"}):
            for message in catalogue(language):
                if isinstance(message.id, str) and message.id and "%" not in message.id:
                    assert translation.gettext(message.id) == message.string


def test_without_compiled_texts_the_service_does_not_start(app, monkeypatch, tmp_path, urls):
    monkeypatch.setattr(translation, "_CATALOGUES", tmp_path)
    with pytest.raises(ConfigurationError, match="make assets"):
        create_app(settings(urls))


def italian():
    """Return the Italian texts that cannot be English: long enough, without values, and translated otherwise."""
    texts = {message.id: message.string for message in catalogue("en") if isinstance(message.id, str)}
    apart = {text for text, said in texts.items() if text != said and "%" not in text and len(text) > 8}
    return apart - set(PEOPLE)  # who are called by their roles


def choose(person, language):
    return person.post("/lingua", {"lingua": language, "qui": person.path})


def left_over(page, texts):
    """Return the Italian texts that a page still says, in its words and in what its controls are called."""
    attributes = page.tree.xpath("//@title | //@aria-label | //@alt | //@placeholder | //@data-voce | //body//p/@*")
    pieces = {" ".join(piece.split()) for piece in [*page.tree.itertext(), *attributes]}
    return sorted(pieces & texts)


def test_every_page_is_in_the_language_that_was_chosen(app, someone):
    texts, checked = italian(), 0
    for username in ("responsabile.cav", "coordinamento", "progettista", "amministratore"):
        person = someone(username)
        person.get("/attivita")
        assert left_over(person.shown, texts)
        choose(person, "en")
        for _, method, path in addresses(app):
            if method != "GET" or path.startswith("/static"):
                continue
            page = person.get(path)
            if page.response.mimetype == "text/html":
                assert page.tree.get("lang") == "en", path
                assert left_over(page, texts) == [], path
                checked += 1
    assert checked > 30


def test_a_case_and_its_steps_are_shown_in_english(worker, world):
    texts = italian()
    worker.get("/attivita")
    choose(worker, "en")
    address = task_of(worker)
    for page in (
        worker.get("/attivita"),
        worker.get(address),
        claim(worker, address),
        worker.post(f"{address}/conclusione", answers(worker.get(address))),
        worker.post(f"{address}/bozza", {"_revisione": "x"}),
        worker.get("/casi/nuovo?protocollo=accoglienza_cav"),
    ):
        assert page.tree.get("lang") == "en"
        assert left_over(page, texts) == []
    page = worker.get(address)
    assert "Update questions" in page.said()
    case = page.tree.xpath("string(//main//a[contains(@href, '/casi/')]/@href)")
    assert left_over(worker.get(case), texts) == []
    assert re.search(r"by \d\d:\d\d, \d+ (h|min).* left|by tomorrow at", page.said())


def test_before_the_log_in_the_browser_remembers_and_the_session_takes_it_over(someone):
    visitor = someone()
    page = visitor.get("/accesso")
    assert page.tree.get("lang") == "it"
    page = choose(visitor, "en")
    assert (visitor.path, page.tree.findtext(".//h1")) == ("/accesso", "Log-in")
    page = visitor.post("/accesso", {"utente": "operatrice.cav", "parola": PASSWORD})
    assert page.tree.findtext(".//h1") == "Tasks"
    page = choose(visitor, "it")
    assert page.tree.findtext(".//h1") == "Attività"


def test_the_choice_leads_back_to_the_page_that_was_shown(worker):
    address = task_of(worker)
    page = worker.get(address)
    back = page.tree.xpath("string(//form[@class='lingua']/input[@name='qui']/@value)")
    worker.post("/lingua", {"lingua": "en", "qui": back})
    assert worker.path == address


def test_dates_and_hours_are_the_same_in_every_language(worker):
    address = task_of(worker)
    page = worker.get(address)
    case = page.tree.xpath("string(//main//a[contains(@href, '/casi/')]/@href)")
    stamps = re.findall(r"\d\d/\d\d/\d{4} \d\d:\d\d", worker.get(case).said())
    assert len(stamps) > 2
    choose(worker, "en")
    assert re.findall(r"\d\d/\d\d/\d{4} \d\d:\d\d", worker.get(case).said()) == stamps


@pytest.mark.parametrize("wrong", ["", "de", "en\r\n", "../it"])
def test_a_language_without_pages_is_refused(someone, wrong):
    person = someone("operatrice.cav")
    person.get("/attivita")
    assert person.post("/lingua", {"lingua": wrong}).status == 422
    person.client.set_cookie("lingua", "de")
    assert person.get("/attivita").tree.get("lang") == "it"


def test_choosing_a_language_leads_nobody_to_another_site(someone):
    person = someone("operatrice.cav")
    person.get("/attivita")
    answer = person.post("/lingua", {"lingua": "en", "qui": "https://altrove.example"}, follow=False)
    assert answer.response.headers["Location"] == "/attivita"


def test_what_hides_speaks_the_chosen_language_too(someone):
    person = someone("operatrice.cav")
    person.get("/attivita")
    choose(person, "en")
    assert person.post("/pausa/inizio").title() == "New tab"
