"""The menu: what is used most always shows, the rest stands behind one word, and works without a script."""

from __future__ import annotations

from collections.abc import Callable

from tests.web.world import Browser

SHOWN = "//header//nav//ul[@class='voci']/li/a"
BEHIND = "//header//nav//details//a"


def test_what_is_used_most_shows_and_the_rest_stands_behind_one_word(someone: Callable[..., Browser]) -> None:
    page = someone("responsabile.cav").get("/attivita")
    shown = [link.text for link in page.tree.xpath(SHOWN)]
    assert shown == ["Attività", "Avvia un caso", "Casi", "Cerca", "Ritardi", "Avvisi"]
    behind = page.tree.xpath(BEHIND + "/@href")
    assert {"/rubrica", "/prima-di-chiudere", "/protocolli"} <= set(behind)
    assert page.tree.xpath("//header//nav//a[@aria-current='page']/text()") == ["Attività"]
    assert page.tree.xpath("//header//nav//summary/@class") == []


def test_a_page_behind_the_word_is_marked_on_the_word_too(someone: Callable[..., Browser]) -> None:
    page = someone("responsabile.cav").get("/rubrica")
    assert page.tree.xpath("//header//nav//a[@aria-current='page']/text()") == ["Rubrica"]
    assert page.tree.xpath("//header//nav//summary/@class") == ["qui"]


def test_a_short_menu_hides_nothing(someone: Callable[..., Browser]) -> None:
    page = someone("progettista").get("/avvisi")
    assert page.tree.xpath("//header//nav//details") == []
    assert "/protocolli" in page.tree.xpath(SHOWN + "/@href")
