"""A form with every part, filled in by keyboard and mouse: with a script and without, in both languages."""

import pytest

from tests.web import every_part

pytestmark = pytest.mark.journey

PDF = {"name": "suo referto.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 il referto"}


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
def test_rows_and_files_are_filled_in_corrected_and_handed_in(person, javascript):
    designer = person("progettista", javascript=javascript)
    designer.open("/protocolli")
    files = {f"{every_part.KEY}.bpmn": every_part.DIAGRAM, f"{every_part.KEY}.form": every_part.FORM}
    sent = [{"name": name, "mimeType": "text/xml", "buffer": content} for name, content in files.items()]
    designer.page.set_input_files("#file", sent)
    designer.press("Carica")
    designer.sees(f"Prova {every_part.KEY}")
    operator = person("operatrice.cav", javascript=javascript)
    page = operator.page
    operator.open(f"/casi/nuovo?protocollo={every_part.KEY}")
    operator.press("Avvia il caso")
    operator.follow("Attività")
    page.locator("ol h2 a").first.click()
    operator.press("Prendi in carico")
    operator.look(f"ogni-parte-{javascript}")
    page.set_input_files("[name=referto][type=file]", PDF)
    page.fill("[name='figli.0.eta']", "5")
    # Enter in a line of text asks for the questions again: nothing is removed, nothing is sent for good.
    with page.expect_navigation():
        page.press("[name=riga]", "Enter")
    operator.sees("suo referto.pdf", "Scuola")
    operator.press("Aggiungi Figli 2")
    page.fill("[name='figli.1.eta']", "44")
    page.fill("[name=giorno]", "2100-01-01")
    operator.press("Completa")
    operator.sees("Figli 2: Età – ", "Non può essere nel futuro.", "Una riga – ")
    operator.look(f"ogni-parte-errori-{javascript}")
    operator.press("EN: English")
    operator.open(operator.path().removesuffix("/conclusione"))
    operator.sees("Every part.")
    operator.look(f"ogni-parte-inglese-{javascript}")
    operator.press("IT: italiano")
