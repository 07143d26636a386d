"""The menu: what is used most always shows, the rest stands behind one word, and works without a script."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.web.story import start
from tests.web.world import Browser, World

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


@pytest.mark.parametrize(
    "role", ["operatrice.cav", "responsabile.cav", "coordinamento", "dpo", "amministratore", "progettista"]
)
def test_nobody_is_led_where_she_may_not_go(someone: Callable[..., Browser], world: World, role: str) -> None:
    """Each link of each page that can be reached by links, one of each kind."""
    start(someone("operatrice.cav"), world)
    person, waiting, seen = someone(role), ["/attivita"], set[str]()
    while waiting:
        address = waiting.pop()
        kind = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|[?#].*", "", address)
        if kind in seen:
            continue
        seen.add(kind)
        page = person.get(address)
        assert page.status == 200, (address, page.status)
        if page.tree is not None:
            waiting += [link for link in page.tree.xpath("//a/@href") if link.startswith("/")]
    assert len(seen) > 5
