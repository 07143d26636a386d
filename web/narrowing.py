"""What the inbox is narrowed to, as addresses and posts say it, and in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from engine.cases.inbox import Tab
from engine.cases.narrowing import Due, Narrowing
from web import words
from web.translation import gettext as _

TABS = {Tab.TO_TAKE: "da-prendere", Tab.MINE: "mie", Tab.OTHERS: "altri"}
_DUE = {Due.LATE: "ritardo", Due.HOUR: "1h", Due.FOUR_HOURS: "4h", Due.DAY: "24h"}


def tab(given: Mapping[str, str]) -> Tab:
    """Read which tab is asked for; the first one when it is none."""
    return next((tab for tab, name in TABS.items() if name == given.get("scheda")), Tab.TO_TAKE)


def dues() -> dict[str, object]:
    """Return until when a task may be due, in words, by how an address says it."""
    return {name: words.DUE_FILTERS[due] for due, name in _DUE.items()}


def read(given: Mapping[str, str]) -> Narrowing:
    """Read what an address or a post narrows to; what makes no sense narrows nothing."""
    try:
        agency_id = UUID(given.get("ente", ""))
    except ValueError:
        agency_id = None
    return Narrowing(
        code=given.get("caso", "").strip() or None,
        agency_id=agency_id,
        process=_printable(given.get("protocollo", "")),
        due=next((due for due, name in _DUE.items() if name == given.get("scade")), None),
    )


def written(tab: Tab, narrowing: Narrowing) -> dict[str, Any]:
    """Say it as an address does."""
    return {
        "scheda": TABS[tab],
        "caso": narrowing.code,
        "ente": narrowing.agency_id,
        "protocollo": narrowing.process,
        "scade": _DUE[narrowing.due] if narrowing.due else None,
    }


def said(narrowing: Narrowing, names: Mapping[str, str]) -> str:
    """Say in words what is narrowed to; `names` are those of agencies and protocols, by id and key."""
    parts = [
        str(words.DUE_FILTERS[narrowing.due]) if narrowing.due else "",
        names.get(str(narrowing.agency_id), _("un altro ente")) if narrowing.agency_id else "",
        names.get(narrowing.process, _("un altro protocollo")) if narrowing.process else "",
    ]
    return ", ".join(part for part in parts if part)


def _printable(text: str) -> str | None:
    return text.strip() or None if text.isprintable() else None
