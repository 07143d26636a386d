"""The inbox: what one's agencies owe, late first; and the filters that one keeps of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, jsonify, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import clock, db, notifications
from engine.cases import case_list, filters, inbox
from engine.cases.filters import Kept
from engine.cases.inbox import Inbox, Tab
from engine.cases.narrowing import Narrowing
from engine.errors import InvalidValue
from engine.oversight import officer
from engine.participants import access
from engine.participants.access import Actor
from engine.roster import week
from web import narrowing, networks, outcomes, sessions, words
from web.rendering import Entry

pages = Blueprint("inbox", __name__)

_NOTICES = 5
_FARTHEST = 100_000  # rows; nobody pages farther, and an address may say anything


@dataclass(frozen=True, slots=True)
class _Elsewhere:
    """What waits in another network: its inbox, and the number of its unread notices."""

    inbox: Inbox
    notices: int


@pages.get("/")
def home() -> Response:
    """Lead to the inbox."""
    return redirect(url_for("inbox.page"), 303)


@pages.get("/attivita")
def page() -> str:
    """Show one tab of the inbox, the filters kept, and the newest notices."""
    tab, asked, actor = narrowing.tab(request.args), narrowing.read(request.args), sessions.actor()
    offset = min(max(request.args.get("da", 0, type=int), 0), _FARTHEST)
    there = networks.elsewhere(lambda session, actor: _of_network(session, actor, tab, asked, offset))
    # That somebody looked for a case and found it is recorded.
    with db.transaction(read_only=asked.code is None) as session:
        kept = filters.kept(session, actor)
        saved = [(one.tab, one.narrowing) for one in kept]
        start, reach = (0, offset) if there else (offset, 0)
        found = inbox.page(session, actor, tab=tab, narrowing=asked, saved=saved, offset=start, reach=reach)
        if there:
            found = inbox.merged(found, [one.inbox for one in there.values()], offset=offset)
        names = filters.choices(session, actor).names if kept or asked != Narrowing(code=asked.code) else {}
        notices = notifications.inbox(session, actor, unread=True)
        return render_template(
            "inbox.html",
            tab=tab,
            tabs=_tabs(tab, found.counts, asked),
            kept=_kept(kept, found.saved_counts, names, (tab, asked)),
            narrowed=narrowing.said(asked, names),
            filter_address=url_for("inbox.choose", **narrowing.written(tab, asked)),
            rows=found.rows,
            questions=found.questions,
            items=found.items,
            more=_more(found, tab, asked, offset),
            may_claim=access.may(actor, access.Action.CLAIM),
            on_call=week.numbers(session, actor),
            protects=officer.total(session, actor),
            may_reassign=access.may(actor, access.Action.REASSIGN),
            code=asked.code,
            named=case_list.named(session, actor, asked.code) if asked.code else None,
            empty=words.NO_SUCH_CODE if asked.code else words.EMPTY_TABS[tab],
            tab_name=narrowing.TABS[tab],
            counts_address=url_for("inbox.counts", **narrowing.written(tab, asked)) if asked.code is None else None,
            now=clock.now(),
            notices=notices[:_NOTICES],
            notices_count=len(notices),
            elsewhere={network_id: one.notices for network_id, one in there.items() if one.notices},
        )


@pages.get("/attivita/conteggi")
def counts() -> Response:
    """Give a page that stays open the numbers that it shows, and only when they are others by now."""
    asked, actor = narrowing.read(request.args), sessions.actor()
    there = networks.elsewhere(lambda session, actor: _numbers(session, actor, asked))
    with db.transaction(read_only=True) as session:
        here = _numbers(session, actor, asked)
    found = inbox.merged(here.inbox, [one.inbox for one in there.values()], offset=0)
    tabs = {narrowing.TABS[tab]: _counted(number) for tab, number in found.counts.items()}
    answer = jsonify(counts={**tabs, "avvisi": str(here.notices), "domande": str(found.questions)})
    answer.add_etag()
    return answer.make_conditional(request)


@pages.get("/attivita/filtri")
def choose() -> str:
    """Show what the inbox can be narrowed to, and the filters kept."""
    return _choose(narrowing.tab(request.args), narrowing.read(request.args))


@pages.post("/attivita/filtri")
def keep() -> Response:
    """Keep a filter, and show what it leaves."""
    tab, asked = narrowing.tab(request.form), narrowing.read(request.form)
    with db.transaction() as session:
        filters.keep(session, sessions.actor(), tab, asked)
        return outcomes.lead(session, url_for("inbox.page", **narrowing.written(tab, asked)), "filtro")


@pages.post("/attivita/filtri/<uuid:filter_id>/togli")
def drop(filter_id: UUID) -> Response:
    """Take a filter away."""
    with db.transaction() as session:
        filters.drop(session, sessions.actor(), filter_id)
        return outcomes.lead(session, url_for("inbox.choose"), "filtro-tolto")


@pages.errorhandler(InvalidValue)
def again(refused: InvalidValue) -> Response:
    """Show the filters again, with what is wrong."""
    tab, asked = narrowing.tab(request.form), narrowing.read(request.form)
    return make_response(_choose(tab, asked, words.wrong(refused)), 422)


def _choose(tab: Tab, asked: Narrowing, error: str | None = None) -> str:
    with db.transaction(read_only=True) as session:
        kept, choices = filters.kept(session, sessions.actor()), filters.choices(session, sessions.actor())
    return render_template(
        "filters.html",
        given=narrowing.written(tab, asked),
        choices=choices,
        tabs={name: words.TABS[tab] for tab, name in narrowing.TABS.items()},
        dues=narrowing.dues(),
        kept=[(one.id, _name(one, choices.names)) for one in kept],
        error=error,
    )


def _of_network(session: Any, actor: Actor, tab: Tab, asked: Narrowing, offset: int) -> _Elsewhere:
    """Read the inbox in another of one's networks from its beginning, and how many notices wait there."""
    if asked.code is not None:
        case_list.named(session, actor, asked.code)
    found = inbox.page(session, actor, tab=tab, narrowing=asked, reach=offset)
    return _Elsewhere(found, len(notifications.inbox(session, actor, unread=True)))


def _numbers(session: Any, actor: Actor, asked: Narrowing) -> _Elsewhere:
    """Count what an inbox shows, without its rows."""
    counted = inbox.counted(session, actor, narrowing=asked)
    return _Elsewhere(counted, len(notifications.inbox(session, actor, unread=True)))


def _tabs(current: Tab, counts: dict[Tab, int], asked: Narrowing) -> list[Entry]:
    return [
        Entry(
            words.TABS[tab],
            url_for("inbox.page", **narrowing.written(tab, asked)),
            tab == current,
            _counted(counts[tab]),
            narrowing.TABS[tab],
        )
        for tab in narrowing.TABS
    ]


def _kept(
    kept: tuple[Kept, ...], counts: tuple[int, ...], names: dict[str, str], current: tuple[Tab, Narrowing]
) -> list[Entry]:
    return [
        Entry(
            _name(one, names),
            url_for("inbox.page", **narrowing.written(one.tab, one.narrowing)),
            (one.tab, one.narrowing) == current,
            _counted(count),
        )
        for one, count in zip(kept, counts, strict=True)
    ]


def _name(one: Kept, names: dict[str, str]) -> str:
    return f"{words.TABS[one.tab]}: {narrowing.said(one.narrowing, names)}"


def _counted(number: int) -> str:
    return f"{number}+" if number >= inbox.COUNTED else str(number)


def _more(found: Inbox, tab: Tab, asked: Narrowing, offset: int) -> str | None:
    """Return where the next rows are, if there are any."""
    if not found.more:
        return None
    return url_for("inbox.page", **narrowing.written(tab, asked), da=offset + len(found.rows))
