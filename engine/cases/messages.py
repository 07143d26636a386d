"""Messages from outside to the processes of a case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from engine import clock, errors
from engine.bpmn.workflow import Sent
from engine.cases import execution, history, lookup, routing, trail
from engine.participants import access
from engine.participants.access import Action

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.cases.models import Case
    from engine.participants.access import Actor

LONGEST_KEPT = timedelta(days=366)
"""How long a message may be kept that nobody waits for yet."""


def deliver(
    session: Session,
    actor: Actor,
    name: str,
    *,
    case_code: str,
    key: str = "",
    values: Mapping[str, Any] | None = None,
    kept_for: timedelta = timedelta(0),
) -> int:
    """Give a message to the tokens of a case that wait for it; if none does, start the process that begins with it.

    `key` is the correlation key that they wait under, by default the code of the case. Returns how many tokens moved
    or instances started: none when the message is kept because nobody waits for it yet. `values` must be declared by
    each process that receives them. Raises NotFound (no such case, or not yours), NobodyWaits when it is not to be
    kept, CaseClosed, Forbidden, InvalidAnswer, InvalidValue.
    """
    access.require(actor, Action.DELIVER_MESSAGE)
    if not timedelta(0) <= kept_for <= LONGEST_KEPT:
        raise errors.InvalidValue("time_to_live", "out_of_range")
    found = _case(session, actor, case_code)
    given = values or {}
    with execution.locked(session, found.id, actor) as running:
        execution.require_open(running.case)
        moved = routing.deliver(running, name, key or running.case.code, given)
        moved = moved or routing.begin(running, lambda process: process.message_start(name), given, actor)
        if moved:
            received = {"message": name}
            history.record(session, running.case, history.EventKind.MESSAGE_RECEIVED, actor=actor, values=received)
        elif kept_for:
            kept = Sent(name, key or running.case.code, given, clock.now() + kept_for)
            routing.keep(running, kept)
            trail.note(session, actor, "message.kept", found.id)
        else:
            raise errors.NobodyWaits(message=name)
    return moved


def _case(session: Session, actor: Actor, case_code: str) -> Case:
    found = lookup.case_named(session, actor, case_code)
    if found is None:
        raise errors.NotFound("case_not_found")
    return found
