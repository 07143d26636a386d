"""What templates can say: filters for times and codes, and the frame around every page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, g, request, url_for
from jinja2 import StrictUndefined

import forms
from engine import clock, errors, purposes
from engine.calendars import national
from engine.oversight import watch_words
from engine.participants import access
from forms import secrecy
from web import (
    agreement_words,
    answers,
    clocks,
    contact_words,
    handover_words,
    import_words,
    kept,
    ladder_words,
    migration_words,
    networks,
    outcomes,
    referral_words,
    register_words,
    roster_words,
    rows,
    secret_words,
    sessions,
    translation,
    troubles,
    uploads,
    way_back_words,
    webhook_words,
    words,
)
from web.assets import Assets
from web.translation import gettext as _

_MEGABYTE = 1_000_000
_MENU_LENGTH = 6  # entries that always show; where there are two more or above, those stand behind "Altro"
_SOURCE_TAG = re.compile(r"\s*\[[SVKD][\d ,SVKD]*\]")


@dataclass(frozen=True, slots=True)
class Entry:
    """A link of the main menu or of the tabs."""

    label: object
    address: str
    current: bool
    count: str = ""
    key: str = ""


def install(app: Flask, assets: Assets) -> None:
    """Give the templates their words."""
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        assets=assets,
        by_element=by_element,
        csrf_token=sessions.csrf_token,
        icons=lambda: _icons(assets),
        lang=sessions.language,
        shown_name=answers.SHOWN,
    )
    app.jinja_env.globals.update(
        rows_name=rows.ROWS,
        removed_name=uploads.REMOVED,
        file_megabytes=app.config["FILE_LIMITS"].file // _MEGABYTE,
    )
    app.jinja_env.filters.update(
        **_times(),
        control_id=answers.control_id,
        incident=troubles.incident,
        verdict=verdict,
        dialled=lambda telephone: re.sub(r"[^0-9+]", "", telephone),
        file_kinds=lambda kinds: ", ".join(forms.KINDS[kind] for kind in kinds),
        file_size=file_size,
        worded=worded,
        **ladder_words.FILTERS,
        following=lambda row: getattr(row, f"consequence_{sessions.language()}"),
        titled=lambda row: getattr(row, f"title_{sessions.language()}"),
        labelled=lambda row: getattr(row, f"label_{sessions.language()}"),
        paragraphs=paragraphs,
        purpose_name=purpose_name,
        audited=register_words.action,
        capfirst=lambda text: text[:1].upper() + text[1:],
        finding=lambda found: watch_words.said(found.code, sessions.language()),
        came_back=lambda reason: handover_words.CAME_BACK.get(reason, reason),
        **{name: _naming(table) for name, table in _TABLES.items()},
    )
    app.jinja_env.tests.update(
        late=lambda at: clocks.late(at, clock.now()),
        ahead=lambda at: at > clock.now(),
        secret=lambda part: secrecy.kind_of(part) != secrecy.ORDINARY,
    )
    app.context_processor(_frame)


def _times() -> dict[str, Callable[..., object]]:
    """Give what is said of instants and days; the present is the server's `now` of the request."""
    return {
        "machine": clocks.machine,
        "stamp": clocks.stamp,
        "due_words": lambda at: clocks.due(at, clock.now()),
        "by_when": lambda at: clocks.by(at, clock.now()),
        "epoch": lambda at: int(at.timestamp()),
        "weekday": clocks.weekday,
        "hour": clocks.hour,
        "ends_on": clocks.ends_on,
        "holiday": lambda day: national.of_year(day.year, sessions.language()).get(day, ""),
        "term": clocks.term,
        "opening_words": lambda at: clocks.opening(at, clock.now()),
    }


def paragraphs(text: str) -> list[str]:
    """Split a step's documentation into paragraphs, without source tags ([D], [V13]): those are for designers."""
    return [part for part in _SOURCE_TAG.sub("", text).split("\n\n") if part.strip()]


def purpose_name(key: str) -> str:
    """Give what a purpose is called; one that is no longer listed keeps its id."""
    found = purposes.KNOWN.get(key)
    return key if found is None else str(getattr(found, f"title_{sessions.language()}"))


def worded(texts: Mapping[str, str]) -> str:
    """Give a text that whoever drew the protocol has written in one or more languages; the Italian one is the first."""
    return texts.get(sessions.language()) or texts.get(translation.SOURCE) or next(iter(texts.values()), "")


@dataclass(frozen=True, slots=True)
class Place:
    """An element of a protocol, and all that is said of it."""

    file: str | None
    element: str
    name: str | None
    line: int | None
    said: list[errors.Problem]


def by_element(problems: Iterable[errors.Problem]) -> list[Place]:
    """Gather what is said of the same element, in the order in which it is said first."""
    places: dict[tuple[str | None, str], Place] = {}
    for problem in problems:
        place = Place(problem.file, problem.element, problem.name, problem.line, [])
        places.setdefault((problem.file, problem.element), place).said.append(problem)
    return list(places.values())


def file_size(size: int) -> str:
    """Say how big a file is: whole kB, or MB with one decimal."""
    if size < _MEGABYTE:
        return f"{max(1, round(size / 1000))} kB"
    megabytes = f"{size / _MEGABYTE:.1f}"
    return f"{megabytes if sessions.language() == 'en' else megabytes.replace('.', ',')} MB"


def verdict(deadline: Any) -> str:
    """Say how a clock that no longer runs came out."""
    if deadline.state == "void":
        return _("non più richiesta")
    if deadline.state == "paused":
        return _("ferma: non corre finché non riparte")
    if deadline.state == "extended" and deadline.kept is None:
        return _("prorogata da due persone")
    if deadline.state == "extended":
        return _("prorogata; fatta entro la prima scadenza") if deadline.kept else _("prorogata; fatta dopo la prima")
    return _("rispettata") if deadline.kept else _("non rispettata")


_TABLES: dict[str, words.Words] = {
    "manner": agreement_words.MANNERS,
    "medium": contact_words.MEDIA,
    "webhook_state": webhook_words.STATES,
    "webhook_error": webhook_words.ERRORS,
    "lack": contact_words.LACKS,
    "contact_conflict": contact_words.CONFLICTS,
    "spoken": agreement_words.SPOKEN,
    "legal_basis": agreement_words.LEGAL_BASES,
    "basis_end": agreement_words.ENDS,
    "task_state": words.TASK_STATES,
    "case_state": words.CASE_STATES,
    "clock": words.CLOCKS,
    "nature": words.NATURES,
    "handover_state": handover_words.HANDOVERS,
    "referral_state": referral_words.STATES,
    "baton": handover_words.BATONS,
    "needs": handover_words.NEEDS,
    "basis": handover_words.BASES,
    "counted": words.COUNTED,
    "weekday_name": words.WEEKDAYS,
    "hours_from": words.HOURS_FROM,
    "day_from": words.DAYS_FROM,
    "channel": words.CHANNELS,
    "role": words.ROLES,
    "held": words.HELD,
    "ladder_class": ladder_words.CLASSES,
    "told": ladder_words.TOLD,
    "seen_by": ladder_words.SEEN_BY,
    "item_kind": ladder_words.ITEM_KINDS,
    "item_outcome": ladder_words.ITEM_OUTCOMES,
    "how_far": ladder_words.HOW_FAR,
    "by_what": words.BY_WHAT,
    "escalated": ladder_words.ESCALATED,
    "notice": words.NOTICES,
    "way_back": way_back_words.REASONS,
    "thing": migration_words.THINGS,
    "fate": migration_words.FATES,
    "event": words.EVENTS,
    "start_failure": words.START_FAILURES,
    "language": words.LANGUAGES,
    "secret": secret_words.SECRETS,
    "searched": secret_words.SEARCHED,
    "fiscal_purpose": secret_words.FISCAL_PURPOSES,
    "purpose": secret_words.PURPOSES,
    "erasure_ground": secret_words.GROUNDS,
    "authority": secret_words.AUTHORITIES,
    "roster_fault": roster_words.FAULTS,
    "capability": roster_words.CAPABILITIES,
    "import_file": import_words.FILES,
    "import_problem": import_words.PROBLEMS,
}


def _naming(table: words.Words) -> Callable[[str], object]:
    return lambda code: table[str(code)]


def _icons(assets: Assets) -> str:
    """Return where the icons are; a page has hundreds of them, and asks once."""
    if "icons" not in g:
        g.icons = url_for("static", filename=assets.icons)
    return str(g.icons)


def _frame() -> dict[str, object]:
    actor = g.get("actor")
    return {
        "actor": actor,
        "logged_in": g.get("login") is not None,
        "here": sessions.here,
        "languages": translation.LANGUAGES if "login" in g else (),
        "networks": networks.names() if actor else {},
        "menu": _menu(actor) if actor else [],
        "menu_length": _MENU_LENGTH,
        "done": outcomes.said(),
        "restored": kept.restored() is not None,
        "cover_after": int(current_app.config["STAFFETTA_COVER_AFTER"].total_seconds()),
    }


def _menu(actor: access.Actor) -> list[Entry]:
    """Give where somebody may go, what is used most first."""
    entries = [
        (_("Attività"), "inbox.page", access.Action.CLAIM),
        (_("Protezione dei dati"), "officer.page", access.Action.PROTECT_DATA),
        (_("Avvia un caso"), "start.page", access.Action.START_CASE),
        (_("Casi"), "cases.page", access.Action.ABSTAIN),
        (_("Cerca"), "search.page", access.Action.SEARCH),
        (_("Ritardi"), "board.page", access.Action.BOARD),
        (_("Avvisi"), "notices.page", access.Action.READ_PROTOCOLS),
        (_("Prima di chiudere"), "closing.page", access.Action.CLAIM),
        (_("Recapiti"), "contacts.page", access.Action.READ_PROTOCOLS),
        (_("Rubrica"), "phone_book.page", access.Action.READ_DIRECTORY),
        (_("Reperibilità"), "roster.page", access.Action.READ_DIRECTORY),
        (_("Domande"), "questions.page", access.Action.ANSWER_QUESTION),
        (_("Solleciti"), "items.page", access.Action.CLOSE_ITEM),
        (_("Rinvii"), "referrals.page", access.Action.ANSWER_HANDOVER),
        (_("Emergenza"), "emergency.page", access.Action.READ_EMERGENCIES),
        (_("Registro degli accessi"), "register.page", access.Action.READ_ACCESSES),
        (_("Da cancellare"), "erasure.due", access.Action.DECIDE_ERASURE),
        (_("Richieste sui dati"), "data_requests.page", access.Action.SECOND_LOOK),
        (_("Interessi vitali"), "vital_interests.page", access.Action.REVIEW_VITAL_INTERESTS),
        (_("Violazioni dei dati"), "breaches.page", access.Action.ASSESS_BREACHES),
        (_("Protocolli"), "protocols.page", access.Action.READ_PROTOCOLS),
        (_("Amministrazione"), "administration.page", access.Action.ADMINISTER),
    ]
    here = (request.endpoint or "").partition(".")[0]
    return [
        Entry(label, url_for(endpoint), endpoint.partition(".")[0] == here)
        for label, endpoint, action in entries
        if endpoint == "inbox.page" or access.may(actor, action)
    ]
