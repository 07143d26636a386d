"""Terms on the page of a step: on which clock they run, until when, and who is told."""

from tests.web.story import answers, claim, first_answers, start, task_of


def accepted(worker, world):
    """Start a case of low risk, accept it, and give the address of the step that follows."""
    start(worker, world, rischio_segnalato="BASSO")
    address = task_of(worker)
    claim(worker, address)
    page = worker.get(address)
    worker.post(f"{address}/conclusione", answers(page, **{**first_answers(page), "esito_invio": "accetta"}))
    return address, task_of(worker)


def test_a_term_of_calendar_days_says_so_and_ends_at_midnight(someone, world):
    worker = someone("operatrice.cav")
    before, address = accepted(worker, world)
    page = worker.get(address)
    assert "giorni di calendario, fino alle 24:00 dell'ultimo" in page.said()
    assert "alle 24:00, mancano" in page.said()
    assert "Chi viene avvisato se tarda" in page.said()
    done = worker.get(before)
    assert "rispettata" in done.said()
    assert "Chi viene avvisato se tarda" not in done.said()
    assert "giorni di calendario" not in done.said()
