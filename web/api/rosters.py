"""Who is on call: now or at any instant, week by week; writing shifts, publishing, swapping; codes for paper."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from engine.cases import reserving
from engine.participants.token_models import TokenScope
from engine.roster import planning, reaching, swaps, week
from engine.roster.models import Roster, Shift, ShiftSwap
from engine.roster.planning import Wanted
from web.api import identity, roster_schemas
from web.api.routes import Made, Routes, Session

routes = Routes("rosters", "Who is on call for a service, and whether she can be woken up.")


@routes.reading("/rosters", takes=roster_schemas.WhoWhen(), gives=roster_schemas.Rosters())
def list_rosters(session: Session, query: dict[str, Any]) -> dict[str, Any]:
    """Say who is on call for each roster of the network, or of one service, now or at an instant."""
    return {"items": [_on_call(one) for one in week.now(session, identity.actor(), **query)]}


@routes.command("/rosters", TokenScope.WORK, status=201, takes=roster_schemas.SetUp(), gives=roster_schemas.Roster())
def set_up_roster(session: Session, body: dict[str, Any]) -> Made:
    """Say that a service has somebody on call."""
    service, area_id = body.pop("service"), body.pop("area_id")
    roster = planning.set_up(session, identity.actor(), service, area_id, **body)
    return Made(roster, f"/rosters/{roster.id}")


@routes.reading("/rosters/<uuid:roster_id>", takes=roster_schemas.Day(), gives=roster_schemas.Week())
def show_roster(session: Session, query: dict[str, Any], roster_id: UUID) -> dict[str, Any]:
    """Show a week of a roster: shifts, what is wrong with them, swaps that wait."""
    shown = week.week(session, identity.actor(), roster_id, query.get("day"))
    entries = {entry.shift.id: entry.shift for day in shown.days for entry in day.entries}
    return {
        **{name: getattr(shown, name) for name in ("monday", "drafts", "may_plan", "swaps")},
        "shifts": list(entries.values()),
        "faults": [told.found for told in shown.faults],
    }


@routes.command(
    "/rosters/<uuid:roster_id>",
    TokenScope.WORK,
    method="PUT",
    takes=roster_schemas.ChangeRoster(),
    gives=roster_schemas.Roster(),
)
def change_roster(session: Session, body: dict[str, Any], roster_id: UUID) -> Roster:
    """Write the number of a service, and what its shifts need."""
    return planning.change(session, identity.actor(), roster_id, **body)


@routes.command(
    "/rosters/<uuid:roster_id>/shifts",
    TokenScope.WORK,
    status=201,
    takes=roster_schemas.WriteShift(),
    gives=roster_schemas.Shift(),
)
def write_shift(session: Session, body: dict[str, Any], roster_id: UUID) -> Made:
    """Write a shift as a draft."""
    return Made(planning.add(session, identity.actor(), roster_id, _wanted(body)), f"/rosters/{roster_id}")


@routes.command(
    "/rosters/<uuid:roster_id>/replacements",
    TokenScope.WORK,
    status=201,
    takes=roster_schemas.Replace(),
    gives=roster_schemas.Shift(),
)
def replace_on_call(session: Session, body: dict[str, Any], roster_id: UUID) -> Made:
    """Put somebody on call instead of whoever the roster says, at once."""
    reason = body.pop("reason")
    shift = planning.replace(session, identity.actor(), roster_id, _wanted(body), reason=reason)
    return Made(shift, f"/rosters/{roster_id}")


@routes.command(
    "/rosters/<uuid:roster_id>/publish",
    TokenScope.WORK,
    takes=roster_schemas.Publish(),
    gives=roster_schemas.Published(),
)
def publish_shifts(session: Session, body: dict[str, Any], roster_id: UUID) -> dict[str, int]:
    """Publish the drafts of a roster that begin before an instant."""
    return {"published": planning.publish(session, identity.actor(), roster_id, **body)}


@routes.command("/shifts/<uuid:shift_id>/withdraw", TokenScope.WORK, gives=roster_schemas.Shift())
def withdraw_shift(session: Session, shift_id: UUID) -> Shift:
    """Take a shift out of its roster."""
    return planning.withdraw(session, identity.actor(), shift_id)


@routes.command(
    "/shifts/<uuid:shift_id>/swap", TokenScope.WORK, takes=roster_schemas.AskSwap(), gives=roster_schemas.AskedSwap()
)
def ask_swap(session: Session, body: dict[str, Any], shift_id: UUID) -> ShiftSwap:
    """Ask a colleague to take a shift of one's own, alone or for one of hers."""
    return swaps.ask(session, identity.actor(), shift_id, **body)


@routes.command(
    "/swaps/<uuid:swap_id>/answer", TokenScope.WORK, takes=roster_schemas.Answered(), gives=roster_schemas.Shift()
)
def answer_swap(session: Session, body: dict[str, Any], swap_id: UUID) -> Shift:
    """Accept or decline a swap that a colleague has asked for."""
    return swaps.answer(session, identity.actor(), swap_id, **body)


@routes.reading("/on-call-test", gives=roster_schemas.Reached())
def show_on_call_test(session: Session) -> dict[str, Any]:
    """Show everybody with a shift to come: whether she can be woken up, and the last test."""
    return {"items": reaching.report(session, identity.actor())}


@routes.command("/on-call-test", TokenScope.WORK, gives=roster_schemas.Reached())
def send_on_call_test(session: Session) -> dict[str, Any]:
    """Send each of them something to answer."""
    reaching.test(session, identity.actor())
    return {"items": reaching.report(session, identity.actor())}


@routes.reading("/reserved-codes", gives=roster_schemas.ReservedCodes())
def list_reserved_codes(session: Session) -> dict[str, Any]:
    """List the case codes that one's agencies have on paper and have not entered."""
    return {"items": reserving.of_actor(session, identity.actor())}


@routes.command(
    "/reserved-codes", TokenScope.WORK, takes=roster_schemas.Reserve(), gives=roster_schemas.ReservedCodes()
)
def reserve_codes(session: Session, body: dict[str, Any]) -> dict[str, Any]:
    """Reserve case codes for the hours in which the system is down; `POST /cases` enters them."""
    return {"items": reserving.reserve(session, identity.actor(), body["agency"], body["number"])}


def _wanted(body: dict[str, Any]) -> Wanted:
    return Wanted(**body | {name: tuple(body[name]) for name in ("languages", "capabilities")})


def _on_call(one: week.Now) -> dict[str, Any]:
    """Give who is on call, people by name only for who may read the roster."""
    roster, found = one.roster, one.found
    return {
        "roster_id": roster.id,
        **{name: getattr(roster, name) for name in ("service", "name", "area", "telephone")},
        "at": found.at,
        "gap": found.gap,
        "positions": [
            {
                **{name: getattr(duty, name) for name in ("role", "agency_id", "agency_name", "telephone")},
                "user_id": duty.user_id if roster.may_read else None,
                "name": duty.name if roster.may_read or duty.user_id is None else None,
            }
            for duty in found.positions
        ],
    }
