"""Many cases quickly: copies of one that was opened by its verb, each with ids, code and seal of its own.

Opening 2,000 cases by the verb takes a minute; what is under test is what becomes of them.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Table, insert, select
from sqlalchemy.orm import Session

from engine import db
from engine.cases import codes, confidential
from engine.cases.models import Case, CaseState, ProcessInstance, Timer, UserTask
from engine.deadlines.models import Deadline, Rung
from engine.participants.models import CaseParticipation

_COPIED: list[Table] = [
    entity.__table__ for entity in (Case, CaseParticipation, ProcessInstance, UserTask, Deadline, Rung, Timer)
]


def copy(case_id: UUID, number: int) -> None:
    """Add so many copies of a case, all as late as it is. Their histories begin empty."""
    for start in range(0, number, 250):
        with db.transaction() as session:
            _copy(session, case_id, min(250, number - start))


def _copy(session: Session, case_id: UUID, number: int) -> None:
    rows = {table: _rows(session, table, case_id) for table in _COPIED}
    (stored,) = session.scalars(select(CaseState).where(CaseState.case_id == case_id)).all()
    content = confidential.open_state(session, stored)
    code = rows[_COPIED[0]][0]["code"]
    taken = set(session.scalars(select(Case.code)))
    families = []
    for _number in range(number):
        renamed: dict[Any, Any] = {row["id"]: uuid4() for table in _COPIED for row in rows[table]}
        drawn = next(each for each in iter(codes.new, None) if each not in taken)
        taken.add(drawn)
        families.append(renamed | {code: drawn})
    for table in _COPIED:
        copies = [
            {name: renamed.get(value, value) if isinstance(value, UUID | str) else value for name, value in row.items()}
            for renamed in families
            for row in rows[table]
        ]
        if copies:
            session.execute(insert(table), copies)
    for renamed in families:
        _seal(session, stored, content, renamed)


def _rows(session: Session, table: Table, case_id: UUID) -> list[dict[str, Any]]:
    column = table.c.id if table is _COPIED[0] else table.c.case_id
    return [dict(row) for row in session.execute(select(table).where(column == case_id)).mappings().all()]


def _seal(session: Session, stored: CaseState, content: bytes, renamed: dict[Any, Any]) -> None:
    for before, after in renamed.items():
        if isinstance(before, UUID):
            content = content.replace(before.hex.encode(), after.hex.encode())
        else:
            content = content.replace(before.encode(), after.encode())
    ids = {"instance_id": renamed[stored.instance_id], "case_id": renamed[stored.case_id]}
    sealed = confidential.seal_state(session, content, network_id=stored.network_id, **ids)
    session.add(
        CaseState(
            **ids,
            network_id=stored.network_id,
            format=stored.format,
            key_version=sealed.key_version,
            sealed=sealed.blob,
        )
    )
