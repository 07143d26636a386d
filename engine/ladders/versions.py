"""The ladders of a network, with their history: loaded from our defaults, changed by its coordination."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from engine import audit, clock, db
from engine.errors import InvalidValue
from engine.ladders import steps
from engine.ladders.models import LadderVersion
from engine.ladders.steps import EscalationClass, Ladder
from engine.participants import access
from engine.participants.access import Action

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

    from engine.calendars.lengths import Clock
    from engine.participants.access import Actor

DEFAULT = "predefinito"
"""In `approved_by`: nobody has, the ladder is ours."""

_LONGEST_REASON = 2000


def load_defaults(session: Session, network_id: UUID, toml: str | bytes) -> list[str]:
    """Bring our default ladders into a network; return the classes that got a new version.

    What the network has set itself stays, as with parameters. Raises InvalidValue; nothing is loaded then.
    """
    existing = _newest(session, network_id)
    loaded = []
    for name, ladder in read(toml).items():
        before = existing.get(name)
        if before is not None and (before.approved_by != DEFAULT or _same(before, ladder)):
            continue
        _add(session, network_id, name, ladder, before, approved_by=DEFAULT, reason=None)
        loaded.append(name.value)
    session.flush()
    return loaded


def change(
    session: Session,
    actor: Actor,
    name: EscalationClass,
    toml: str,
    *,
    approved_by: str,
    reason: str,
    startable: Collection[str] = (),
) -> LadderVersion:
    """Give a class a new ladder from now on, in the name of the body that has decided it, with the reason.

    Deadlines that are armed keep theirs. It may start the processes that are `startable`. Raises Forbidden;
    InvalidValue for what is wrong with it, without a body or a reason.
    """
    access.require(actor, Action.CHANGE_LADDERS)
    body, why = approved_by.strip(), reason.strip()
    if not body or body == DEFAULT:
        raise InvalidValue("approved_by", "required")
    if not why or len(why) > _LONGEST_REASON:
        raise InvalidValue("reason", "required" if not why else "too_long")
    given = read(toml)
    if set(given) != {name}:
        raise InvalidValue(name.value, "another_class")
    _require_startable(name, given[name], startable)
    before = _newest(session, actor.network_id).get(name)
    row = _add(session, actor.network_id, name, given[name], before, approved_by=body, reason=why)
    session.flush()
    audit.record(session, actor, "ladder.changed", "ladder", row.id, escalation_class=name.value, version=row.version)
    return row


def current(session: Session, network_id: UUID) -> Mapping[EscalationClass, LadderVersion]:
    """Return the ladder of each class that is in force now."""
    return _newest(session, network_id, exclusive=False)


def versions(session: Session, network_id: UUID) -> list[LadderVersion]:
    """Return every version of every ladder of a network, the newest of each class first."""
    query = select(LadderVersion).where(LadderVersion.network_id == network_id)
    return list(session.scalars(query.order_by(LadderVersion.escalation_class, LadderVersion.version.desc())))


def value(ladder_id: UUID, clock_: Clock, acknowledged: str | None, stored: Iterable[Mapping[str, Any]]) -> Ladder:
    """Give what a version says, of its columns."""
    found = tuple(steps.Step(one["at"], tuple(one["to"]), tuple(one["do"])) for one in stored)
    return Ladder(clock_, found, acknowledged, ladder_id)


def read(toml: str | bytes) -> dict[EscalationClass, Ladder]:
    """Read ladders by class. Raises InvalidValue."""
    try:
        tables = tomllib.loads(toml.decode("utf-8") if isinstance(toml, bytes) else toml)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise InvalidValue("ladders", "not_toml") from None
    for name in tables:
        if name not in {each.value for each in EscalationClass}:
            raise InvalidValue(name, "unknown_class")
    return {EscalationClass(name): steps.read(name, table) for name, table in tables.items()}


def written(row: LadderVersion) -> str:
    """Give a ladder as a person writes it, in TOML."""
    lines = [f"[{row.escalation_class}]", f'clock = "{row.clock}"']
    if row.acknowledged is not None:
        lines.append(f'acknowledged = "{row.acknowledged}"')
    if row.returned is not None:
        lines.append(f'returned = "{row.returned}"')
    for step in row.steps:
        lines += ["", f"[[{row.escalation_class}.step]]", f'at = "{step["at"]}"']
        # A list of plain words is written in JSON as in TOML.
        lines += [f"{key} = {json.dumps(step[key])}" for key in ("to", "do")]
    return "\n".join(lines) + "\n"


def _require_startable(name: EscalationClass, ladder: Ladder, startable: Collection[str]) -> None:
    for number, step in enumerate(ladder.steps, start=1):
        started = {process for _action, process in map(steps.read_action, step.do) if process is not None}
        if not started <= set(startable):
            raise InvalidValue(f"{name}.step.{number}.do", "unknown_ladder_process")


def _add(
    session: Session,
    network_id: UUID,
    name: EscalationClass,
    ladder: Ladder,
    before: LadderVersion | None,
    *,
    approved_by: str,
    reason: str | None,
) -> LadderVersion:
    row = LadderVersion(
        network_id=network_id,
        escalation_class=name,
        version=before.version + 1 if before is not None else 1,
        clock=ladder.clock,
        acknowledged=ladder.acknowledged,
        returned=ladder.returned,
        steps=steps.written(ladder.steps),
        valid_from=clock.now(),
        approved_by=approved_by,
        reason=reason,
    )
    session.add(row)
    return row


def _same(row: LadderVersion, ladder: Ladder) -> bool:
    said = (ladder.clock, ladder.acknowledged, ladder.returned, steps.written(ladder.steps))
    return (row.clock, row.acknowledged, row.returned, row.steps) == said


def _newest(session: Session, network_id: UUID, *, exclusive: bool = True) -> dict[EscalationClass, LadderVersion]:
    """Return the newest version of each ladder; two processes that load at once do so one after the other."""
    if exclusive:
        db.exclusive(session, f"ladders:{network_id}")
    rows = session.scalars(
        select(LadderVersion)
        .where(LadderVersion.network_id == network_id)
        .ext(distinct_on(LadderVersion.escalation_class))
        .order_by(LadderVersion.escalation_class, LadderVersion.version.desc())
    )
    return {row.escalation_class: row for row in rows}
