"""A visitor that walks through every page a person reaches and writes into every field of every form that she finds.

Pages that come later are walked through without a word here. It sends forms that no person would: what is refused is
worth as much as what is taken, for neither may leave a trace of what was typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from werkzeug.datastructures import MultiDict

from tests.web.world import Browser

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+")
_ELSEWHERE = re.compile(
    # Says who works where, and what protocols say: words of the network, not of a case.
    r"^/(amministrazione|protocolli|statico|api|salute)"
    # Ends the walk itself.
    r"|^/(uscita|accesso|reti|pausa|nascondi|lingua)"
)
_TYPED = ["text", "search", "email", "tel", "url", "password", "number", "date", "datetime-local", "time"]
_LAST = re.compile("annullamento|astensione|cancellazione|fine$")
PAGES = 150
"""How many a walk visits at most: one page of each kind, whatever ids its address bears."""


def plant(person: Browser, text: str, start: Iterable[str]) -> set[str]:
    """Walk from addresses on, writing `text` into everything; give the kinds of addresses that forms were sent to."""
    forms = _forms(person, start)
    for _, (address, number, to) in sorted(forms.items(), key=lambda item: bool(_LAST.search(item[0]))):
        page = person.get(address)
        found = page.tree.xpath("//form[@method='post']") if page.tree is not None and page.status == 200 else []
        if number < len(found):
            _send(person, to, found[number], text)
    return set(forms)


def _forms(person: Browser, start: Iterable[str]) -> dict[str, tuple[str, int, str]]:
    """Walk through every kind of page; give of every kind of form its page, its number there, and where it goes."""
    waiting, seen, forms = list(start), set[str](), dict[str, tuple[str, int, str]]()
    while waiting and len(seen) < PAGES:
        address = waiting.pop(0)
        if _kind(address) in seen or _ELSEWHERE.match(address):
            continue
        seen.add(_kind(address))
        page = person.get(address)
        if page.tree is None or page.status != 200:
            continue
        waiting += [link.partition("#")[0] for link in page.tree.xpath("//a/@href") if link.startswith("/")]
        for number, form in enumerate(page.tree.xpath("//form[@method='post']")):
            for to in form.xpath(".//button[@formaction]/@formaction") or [form.get("action") or person.path]:
                if not _ELSEWHERE.match(to):
                    forms.setdefault(_kind(to.partition("?")[0]), (address, number, to))
    return forms


def _kind(address: str) -> str:
    """An address without its ids, so that a hundred steps are one kind of page."""
    return _ID.sub("…", address)


def _send(person: Browser, to: str, form, text: str) -> None:
    filled = MultiDict()
    for control in form.xpath(".//input[@name] | .//textarea[@name] | .//select[@name]"):
        filled.add(control.get("name"), _answer(control, text))
    person.post(to, filled)


def _answer(control, text: str) -> str:
    if control.tag == "select":
        chosen = control.xpath(".//option[@value!='']/@value")
        return chosen[0] if chosen else text
    kind = control.get("type", "text")
    if control.tag == "textarea" or kind in _TYPED:
        if kind in {"date", "datetime-local", "number", "time"}:
            return control.get("value") or control.get("max") or control.get("min") or text
        return text[: int(control.get("maxlength") or 2000)]
    return control.get("value") or "1"
