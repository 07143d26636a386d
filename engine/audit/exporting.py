"""The audit as a file that can be checked elsewhere: every seal in order, then what has none.

staffetta-audit 1
<number> <hash> <entry>        the entry as chain.canonical writes it; "-" where it is gone from the database
- - <entry>                    an entry without a seal
end <number>                   the last number
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from sqlalchemy import or_, select, text

from engine import clock
from engine.audit import chain
from engine.audit.models import AuditEntry, AuditSeal, AuditUnsealed
from engine.audit.sealing import LATE_AFTER

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

FIRST_LINE = b"staffetta-audit 1\n"

_ENTRY = [getattr(AuditEntry, name) for name in chain.COLUMNS]
_SEALED = (
    select(AuditSeal.number, AuditSeal.hash, *_ENTRY)
    .outerjoin(AuditEntry, AuditEntry.id == AuditSeal.entry_id)
    .order_by(AuditSeal.number)
)
_CHUNK = 5000  # rows that are held in memory


@dataclass(frozen=True, slots=True)
class Exported:
    """How many entries were written: with a seal, without one that they should have, and too new for one."""

    sealed: int
    unsealed: int
    waiting: int


def write(session: Session, file: IO[bytes]) -> Exported:
    """Write all entries; of those without a seal, the ones that wait as they should are only counted."""
    session.execute(text("SET LOCAL statement_timeout = 0"))
    file.write(FIRST_LINE)
    sealed = last = 0
    for entry in session.execute(_SEALED.execution_options(yield_per=_CHUNK)):
        content = b"-" if entry.id is None else chain.canonical(entry)
        file.write(b"%d %s %s\n" % (entry.number, entry.hash.hex().encode(), content))
        sealed, last = sealed + 1, entry.number
    unsealed = waiting = 0
    without = (
        select(*_ENTRY, AuditSeal.number, AuditUnsealed.at.label("waits_since"))
        .outerjoin(AuditSeal, AuditSeal.entry_id == AuditEntry.id)
        .outerjoin(AuditUnsealed, AuditUnsealed.entry_id == AuditEntry.id)
        .where(or_(AuditSeal.number.is_(None), AuditSeal.number > last))
        .order_by(AuditEntry.id)
    )
    for entry in session.execute(without.execution_options(yield_per=_CHUNK)):
        waits = entry.waits_since is not None and clock.now() - entry.waits_since <= LATE_AFTER
        if waits or entry.number is not None:  # sealed since the first statement
            waiting += 1
            continue
        file.write(b"- - %s\n" % chain.canonical(entry))
        unsealed += 1
    file.write(b"end %d\n" % last)
    return Exported(sealed, unsealed, waiting)
