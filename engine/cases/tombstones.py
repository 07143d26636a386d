"""What was erased stays erased: tombstones in a file outside the database, and a start that is refused without them.

A backup from before an erasure still has the keys that were destroyed. The worker adds each erasure to a file of the
data folder as soon as it is done, which is carried off the machine as it grows. While something that stands in the
file can be read again, `serve` and `worker` do not start; `staffetta erasures replay` destroys it once more.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias
from uuid import UUID

import orjson
from sqlalchemy import select, tuple_, update

from engine import appending, audit, clock, db
from engine.cases import erasure, execution, misfiling
from engine.cases.breach_models import Breach
from engine.cases.erasure_models import Erasure, ErasureState, Ground
from engine.cases.misfiling import TakenOut
from engine.crypto import CaseKey
from engine.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from sqlalchemy.orm import Session

_IDS = ("erasure_id", "network_id", "case_id", "controller_id")
_AT_A_TIME = 1000


@dataclass(frozen=True, slots=True)
class Tombstone:
    """An erasure as it is written down outside the database: ids and instants, nothing that tells of anybody."""

    erasure_id: UUID
    network_id: UUID
    case_id: UUID
    controller_id: UUID
    ground: Ground
    at: datetime


Stone: TypeAlias = Tombstone | TakenOut


def keep(path: Path) -> int:
    """Add to the file what was erased and does not stand there yet, or all where there is no file; give how many.

    Killed between the file and the database it adds a line again: a line says the same however often it stands there.
    Raises OSError where it cannot be written.
    """
    waiting = select(Erasure).where(Erasure.state == ErasureState.DONE)
    taken_out = select(Breach)
    if path.exists():
        waiting, taken_out = waiting.where(Erasure.kept_at.is_(None)), taken_out.where(Breach.kept_at.is_(None))
    with db.transaction() as session:
        erased = waiting.order_by(Erasure.decided_at).with_for_update(skip_locked=True)
        found = taken_out.order_by(Breach.known_at).with_for_update(skip_locked=True)
        rows: list[Erasure | Breach] = [*session.scalars(erased), *session.scalars(found)]
        for row in rows:
            appending.append(path, orjson.dumps(asdict(_stone(row))))
            row.kept_at = clock.now()
    return len(rows)


def read(path: Path) -> list[Stone]:
    """Read a file of tombstones. ConfigurationError where it is none: a line that is lost would be an erasure lost."""
    found: dict[UUID, Stone] = {}
    try:
        for line in path.read_bytes().splitlines():
            if line.strip():
                stone = _read(line)
                found[stone.erasure_id if isinstance(stone, Tombstone) else stone.submission_id] = stone
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(f"{path} is no file of erasures") from error
    return list(found.values())


def require_erased(path: Path) -> None:
    """Refuse to work while something that was erased can be read again. ConfigurationError with the way out."""
    if not path.exists():
        return
    with db.transaction(read_only=True) as session:
        again = len(readable_again(session, read(path)))
    if again:
        raise ConfigurationError(
            f"{again} erasures of {path} can be read again, as after a restore: run `staffetta erasures replay`"
        )


def readable_again(session: Session, stones: Sequence[Stone]) -> list[Stone]:
    """Give those whose keys are there (again), or whose answer is: what a restore brought back."""
    return [*_erased(session, stones), *misfiling.readable_again(session, _taken_out(stones))]


def replay(session: Session, stones: Sequence[Stone]) -> int:
    """Destroy again what a restore brought back; give how many. What the restored database does not know is skipped."""
    again = _erased(session, stones)
    for one in again:
        execution.lock(session, one.case_id)
        erasure.destroy(session, one.case_id, one.controller_id)
        if session.get(Erasure, one.erasure_id) is None:
            _withdraw_asked(session, one)
            session.add(_row(one))
            session.flush()
        audit.record(
            session,
            None,
            "erasure.repeated",
            "case",
            one.case_id,
            network_id=one.network_id,
            controller=str(one.controller_id),
            ground=one.ground.value,
        )
    return len(again) + misfiling.replay(session, _taken_out(stones))


def _taken_out(stones: Sequence[Stone]) -> list[TakenOut]:
    return [one for one in stones if isinstance(one, TakenOut)]


def _erased(session: Session, all_stones: Sequence[Stone]) -> list[Tombstone]:
    stones = [one for one in all_stones if isinstance(one, Tombstone)]
    usable: set[tuple[UUID, UUID]] = set()
    for some in _batches([(one.case_id, one.controller_id) for one in stones]):
        query = select(CaseKey.case_id, CaseKey.controller_id).where(
            CaseKey.destroyed_at.is_(None), tuple_(CaseKey.case_id, CaseKey.controller_id).in_(some)
        )
        usable |= {(case_id, controller_id) for case_id, controller_id in session.execute(query)}
    return [one for one in stones if (one.case_id, one.controller_id) in usable]


def _stone(row: Erasure | Breach) -> Stone:
    if isinstance(row, Breach):
        return TakenOut(row.submission_id, row.network_id, row.case_id, row.known_at)
    at = row.decided_at or row.asked_at
    return Tombstone(row.id, row.network_id, row.case_id, row.controller_id, row.ground, at)


def _read(line: bytes) -> Stone:
    content = orjson.loads(line)
    at = datetime.fromisoformat(content["at"])
    if at.tzinfo is None:
        raise ValueError("no time zone")
    if "submission_id" in content:
        return TakenOut(**{name: UUID(content[name]) for name in ("submission_id", *_IDS[1:3])}, at=at)
    ids = {name: UUID(content[name]) for name in _IDS}
    return Tombstone(**ids, ground=Ground(content["ground"]), at=at)


def _row(one: Tombstone) -> Erasure:
    return Erasure(
        id=one.erasure_id,
        network_id=one.network_id,
        case_id=one.case_id,
        controller_id=one.controller_id,
        state=ErasureState.DONE,
        ground=one.ground,
        asked_at=one.at,
        decided_at=one.at,
    )


def _withdraw_asked(session: Session, one: Tombstone) -> None:
    """A backup from between the asking and the decision has the same erasure as asked."""
    session.execute(
        update(Erasure)
        .where(
            Erasure.case_id == one.case_id,
            Erasure.controller_id == one.controller_id,
            Erasure.state == ErasureState.ASKED,
        )
        .values(state=ErasureState.REFUSED, decided_at=one.at)
    )


def _batches(pairs: Iterable[tuple[UUID, UUID]]) -> Iterator[list[tuple[UUID, UUID]]]:
    rest = sorted(set(pairs))
    for start in range(0, len(rest), _AT_A_TIME):
        yield rest[start : start + _AT_A_TIME]
