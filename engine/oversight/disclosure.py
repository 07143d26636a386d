"""What is given to whoever asked what is kept about her: reviewed value by value, seen by a second person, then made.

What the officer has not read is not given; what is withheld is named by its reason (art. 15.4 GDPR, art. 2-undecies of
the Italian code). Between review and package nothing of it is stored: the reasons are, sealed, and what is given is
gathered anew, as far as it was reviewed.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from engine import clock, db, errors
from engine.cases import files, lifecycle
from engine.cases.files import Download
from engine.cases.models import Case
from engine.cases.request_models import AskedBy, Delivery, RequestState, SubjectRequest
from engine.oversight import data_requests, her_data
from engine.oversight.her_data import Entry
from engine.participants import access
from engine.participants.access import Action
from engine.participants.models import Agency
from engine.sight import Reach

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.participants.access import Actor


class Withheld(enum.StrEnum):
    """Why something is not given: it is others', it would endanger her, an inquiry would suffer, a duty of secrecy."""

    ALTRI = "altri"
    PERICOLO = "pericolo"
    INDAGINI = "indagini"
    SEGRETO = "segreto"


@dataclass(frozen=True, slots=True)
class Judged:
    """An entry as it stands in the review: `seen` are the values that were read, `withheld` says why some are kept."""

    entry: Entry
    seen: frozenset[str]
    withheld: Mapping[str, Withheld]


@dataclass(frozen=True, slots=True)
class Package:
    """What is handed over: the entries with what is given of each, and how many values are withheld, by reason.

    `reviewed_at` is the state of things that it tells. `contents` are the files, by id.
    """

    case_code: str
    controller: str | None
    received_at: datetime
    reviewed_at: datetime
    entries: tuple[Entry, ...]
    withheld: Mapping[Withheld, int]
    contents: Mapping[str, bytes]


@db.over(Reach.NETWORK)
def opened(session: Session, actor: Actor, request_id: UUID) -> tuple[Judged, ...]:
    """Open all that a request is about, for the officer, or for the second person once he has proposed it; audited.

    Raises NotFound, Conflict `request_moved_on`, `request_of_others`, SealBroken.
    """
    row = data_requests.find(session, actor, request_id, Action.SECOND_LOOK)
    _require_hers(row)
    officer = row.controller_id in access.controllers(actor, Action.PROTECT_DATA)
    if row.over or row.state is RequestState.MADE or not (officer or row.state is RequestState.PROPOSED):
        raise errors.Conflict("request_moved_on", request=request_id)
    data_requests.note(session, actor, "request.opened", row)
    return _judged(session, row)


@db.over(Reach.NETWORK)
def file(session: Session, actor: Actor, request_id: UUID, file_id: UUID) -> Download:
    """Open a file that an entry names, for who may open the entries; audited. Raises NotFound, and as `opened`."""
    named = {key: found for one in opened(session, actor, request_id) for key, found in one.entry.files.items()}
    if str(file_id) not in named:
        raise errors.NotFound(file=file_id)
    return Download(named[str(file_id)], iter([files.content(session, file_id)]))


def review(
    session: Session,
    actor: Actor,
    request_id: UUID,
    read: Mapping[str, Mapping[str, str]],
) -> int:
    """Keep what the officer has read: by entry, each value with the reason for which it is withheld, or "".

    Once every value of every entry is read, the request goes to the second person. Gives how many entries are left.
    Raises NotFound, InvalidValue for an entry, value or reason that there is not, Conflict as `opened`.
    """
    row = data_requests.locked(session, actor, request_id, Action.PROTECT_DATA)
    _require(row, RequestState.OPEN)
    _require_hers(row)
    entries = {entry.key: entry for entry in her_data.gather(session, row)}
    said = data_requests.said_of(session, row)
    reviewed = dict(said.get("reviewed", {}))
    for key, values in read.items():
        known = entries[key].values if key in entries else {}
        if not values or not values.keys() <= known.keys() or not set(values.values()) <= {"", *Withheld}:
            raise errors.InvalidValue("entries", "unknown")
        reviewed[key] = dict(values)
    left = sum(not entry.values.keys() <= reviewed.get(key, {}).keys() for key, entry in entries.items())
    row.reviewed_at, row.reviewed_by_id = clock.now(), actor.user_id
    if not left:
        row.state = RequestState.PROPOSED
    data_requests.keep(session, row, said | {"reviewed": reviewed})
    data_requests.note(session, actor, "request.reviewed", row)
    return left


@db.over(Reach.NETWORK)
def decide(session: Session, actor: Actor, request_id: UUID, *, approve: bool, reason: str = "") -> SubjectRequest:
    """Agree to what the officer has reviewed, or send it back with a reason; whoever reviewed it never does.

    Raises NotFound, MustBeAnotherPerson, InvalidValue, Conflict `request_moved_on`.
    """
    row = data_requests.locked(session, actor, request_id, Action.SECOND_LOOK)
    _require(row, RequestState.PROPOSED)
    if row.reviewed_by_id == actor.user_id:
        raise errors.MustBeAnotherPerson(request=request_id)
    if approve:
        row.state, row.approved_by_id = RequestState.APPROVED, actor.user_id
    else:
        text = lifecycle.require_reason(reason)
        row.state = RequestState.OPEN
        data_requests.keep(session, row, data_requests.said_of(session, row) | {"returned": text})
    data_requests.note(session, actor, "request.approved" if approve else "request.returned", row)
    return row


def make(session: Session, actor: Actor, request_id: UUID, *, again: str = "") -> Package:
    """Gather what is handed over, once; `again` says why it has to be made a second time.

    Whoever calls this seals it before it leaves, and keeps nothing of it. Raises NotFound, InvalidValue, Conflict
    `request_moved_on`, SealBroken.
    """
    row = data_requests.locked(session, actor, request_id, Action.PROTECT_DATA)
    if row.state is RequestState.MADE:
        data_requests.keep(
            session, row, data_requests.said_of(session, row) | {"again": lifecycle.require_reason(again)}
        )
    else:
        _require(row, RequestState.APPROVED)
    judged = _judged(session, row)
    row.state, row.made_at = RequestState.MADE, clock.now()
    data_requests.note(session, actor, "request.made", row)
    entries = tuple(one for one in map(_given, judged) if one.values)
    agency = session.get(Agency, row.controller_id)
    return Package(
        case_code=session.get_one(Case, row.case_id).code,
        controller=agency.name if agency is not None else None,
        received_at=row.received_at,
        reviewed_at=row.reviewed_at or row.recorded_at,
        entries=entries,
        withheld=Counter(reason for one in judged for reason in one.withheld.values()),
        contents={key: files.content(session, file.id) for one in entries for key, file in one.files.items()},
    )


def deliver(
    session: Session, actor: Actor, request_id: UUID, *, delivery: str, happened_at: datetime | None = None
) -> SubjectRequest:
    """Record how the package was handed over. Raises NotFound, InvalidValue, Conflict `request_moved_on`."""
    if delivery not in set(Delivery):
        raise errors.InvalidValue("delivery", "required")
    row = data_requests.locked(session, actor, request_id, Action.PROTECT_DATA)
    _require(row, RequestState.MADE)
    at = happened_at or clock.now()
    if at > clock.now():
        raise errors.InvalidValue("happened_at", "in_the_future")
    row.state, row.delivery = RequestState.DELIVERED, Delivery(delivery)
    row.ended_at, row.ended_by_id = at, actor.user_id
    data_requests.note(session, actor, "request.delivered", row, happened_at=at)
    return row


def _judged(session: Session, row: SubjectRequest) -> tuple[Judged, ...]:
    reviewed = data_requests.said_of(session, row).get("reviewed", {})
    found = []
    for entry in her_data.gather(session, row):
        values = {name: reason for name, reason in reviewed.get(entry.key, {}).items() if name in entry.values}
        withheld = {name: Withheld(reason) for name, reason in values.items() if reason}
        found.append(Judged(entry, frozenset(values), withheld))
    return tuple(found)


def _given(one: Judged) -> Entry:
    """Leave of an entry what was read and is not withheld, with the files that this names."""
    values = {name: value for name, value in one.entry.values.items() if name in one.seen - one.withheld.keys()}
    named = {file_id for value in values.values() if isinstance(value, list) for file_id in value if _is_name(file_id)}
    kept = {file_id: file for file_id, file in one.entry.files.items() if file_id in named}
    return replace(one.entry, values=values, files=kept)


def _is_name(value: object) -> bool:
    return isinstance(value, str)


def _require_hers(row: SubjectRequest) -> None:
    """Refuse to open her data for a request of somebody else: that is answered, and given nothing from here."""
    if row.asked_by is AskedBy.ALTRI:
        raise errors.Conflict("request_of_others", request=row.id)


def _require(row: SubjectRequest, state: RequestState) -> None:
    if row.state is not state:
        raise errors.Conflict("request_moved_on", request=row.id)
