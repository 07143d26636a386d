"""Her right to stop: a pause until a date, an end, and going on when she asks.

While a path stands still her agreements allow nothing; steps and clocks are held (see `holding`), but for what the law
demands. An end also ends the agreements: whoever comes back is asked anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from engine import clock, db, errors
from engine.cases import acts, agreements, execution, history, holding, routing
from engine.consent import gate
from engine.consent.models import CasePause, Manner, PauseKind
from engine.errors import InvalidValue

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.cases.execution import Running
    from engine.participants.access import Actor

LONGEST = timedelta(days=366)
"""How far ahead the date of a pause may lie: what is to rest for longer is an end."""

END_SIGNAL = "SIG_REVOCA"
"""The signal that an end throws within the case: a diagram that catches it says what then comes."""


@dataclass(frozen=True, slots=True)
class _Wish:
    """What she wants, how she said it, and until when."""

    kind: PauseKind
    manner: Manner
    until: datetime | None = None


def pause(
    session: Session,
    actor: Actor,
    case_id: UUID,
    *,
    until: datetime,
    manner: Manner,
    happened_at: datetime | None = None,
    on_part_of: UUID | None = None,
) -> CasePause:
    """Let a path rest until a date, by her wish; then it goes on by itself. One that rests already gets the new date.

    Raises NotFound, Forbidden, CaseClosed, InvalidValue; Conflict `path_ended` once it has ended.
    """
    with agreements.moving(session, actor, case_id) as running:
        if until.tzinfo is None or not clock.now() < until <= clock.now() + LONGEST:
            raise InvalidValue("until", "not_ahead")
        row = _begin(running, actor, _Wish(PauseKind.PAUSE, manner, until), happened_at, on_part_of)
        _note(running, actor, row, history.EventKind.PATH_PAUSED)
        holding.tell(running, holding.PAUSED)
    return row


def end(
    session: Session,
    actor: Actor,
    case_id: UUID,
    *,
    manner: Manner,
    happened_at: datetime | None = None,
    on_part_of: UUID | None = None,
) -> CasePause:
    """End a path by her wish: its agreements end with it, and nothing goes on but what the law demands.

    Raises NotFound, Forbidden, CaseClosed, InvalidValue; Conflict `path_ended` once it has ended.
    """
    with agreements.moving(session, actor, case_id) as running:
        row = _begin(running, actor, _Wish(PauseKind.END, manner), happened_at, on_part_of)
        agreements.end_all(running, actor, manner, row.happened_at)
        _note(running, actor, row, history.EventKind.PATH_ENDED)
        holding.tell(running, holding.ENDED)
        routing.hear(running, END_SIGNAL)
    return row


def resume(
    session: Session,
    actor: Actor,
    case_id: UUID,
    *,
    happened_at: datetime | None = None,
    on_part_of: UUID | None = None,
) -> None:
    """Take a path up again that rests or has ended, because she asks: clocks run on from now.

    Raises NotFound, Forbidden, CaseClosed, InvalidValue, NeverOpen; Conflict `path_not_held`.
    """
    moment = acts.moment(happened_at)
    with agreements.moving(session, actor, case_id) as running:
        execution.require_open(running.case)
        asking = agreements.acting_agency(session, actor, case_id, on_part_of)
        if running.case.held_since is None:
            raise errors.Conflict("path_not_held", case=case_id)
        acts.since(moment, running.case.held_since, "before_the_pause")
        holding.let_go(running, clock.now(), actor=actor, agency_id=asking)


def _begin(
    running: Running, actor: Actor, wish: _Wish, happened_at: datetime | None, on_part_of: UUID | None
) -> CasePause:
    """Let the path stand still from when she said so; a rest that runs already gives its place to the new wish."""
    session, case = running.session, running.case
    execution.require_open(case)
    asking = agreements.acting_agency(session, actor, case.id, on_part_of)
    moment, before = acts.moment(happened_at), gate.pause(session, case.id)
    if before is not None:
        if before.kind is PauseKind.END:
            raise errors.Conflict("path_ended", case=case.id)
        moment = acts.since(moment, before.happened_at, "before_the_pause")
        before.resumed_at, before.resumed_recorded_at, before.resumed_by_id = moment, clock.now(), actor.user_id
        session.flush()
    moment = acts.since(moment, case.opened_at, "before_the_case")
    row = CasePause(
        id=db.new_id(),
        network_id=case.network_id,
        case_id=case.id,
        kind=wish.kind,
        manner=wish.manner,
        happened_at=moment,
        recorded_by_id=actor.user_id,
        recorded_for_id=asking,
        until=wish.until,
    )
    session.add(row)
    case.held_since, case.held_until = case.held_since or moment, wish.until
    return row


def _note(running: Running, actor: Actor, row: CasePause, kind: history.EventKind) -> None:
    session, case = running.session, running.case
    history.record(session, case, kind, actor=actor, agency_id=row.recorded_for_id, happened_at=row.happened_at)
