"""What is wrong with the clockwork itself: computed when somebody asks, so that it is told when no worker lives.

What can be told from few rows is looked up now: beats, the oldest work that is due and undone, seals. What would have
to be sought among all rows the workers seek (see inspection): their last answer is read, and told when it is old.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import func, select

from engine import clock, db
from engine.audit import sealing
from engine.oversight import heartbeat
from engine.oversight.watch_models import Inspection, WorkerBeat

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

SILENT_AFTER = timedelta(seconds=20)
"""A worker whose last beat is older is dead, stopped, or cut off from the database: four beats are missing."""

STUCK_AFTER = timedelta(seconds=60)
"""A worker that beats, and whose loop has not moved for so long, does nothing; it ends itself before that if it can."""

UNDONE_AFTER = timedelta(seconds=60)
"""Something due and undone for longer than this means that no worker does its work."""

CLOCK_OFF = timedelta(seconds=30)
"""How far the clock of a host may be from the database's, which decides what is due."""

INSPECT_EVERY = timedelta(seconds=60)
_SHARE = 100  # a look may take a hundredth of a worker's time
_MISSED_LOOKS = 3


class Code(enum.StrEnum):
    """What can be wrong."""

    NO_WORKER = "no_worker"
    WORKER_SILENT = "worker_silent"
    WORKER_STUCK = "worker_stuck"
    DUE_UNDONE = "due_undone"
    RUNG_MISSING = "rung_missing"
    WAKE_UP_MISSING = "wake_up_missing"
    NOT_INSPECTED = "not_inspected"
    OUTBOX_BEHIND = "outbox_behind"
    SEALS_BEHIND = "seals_behind"
    TOMBSTONES_BEHIND = "tombstones_behind"
    CLOCK_WRONG = "clock_wrong"
    VERSIONS_DIFFER = "versions_differ"
    ROSTER_GAP = "roster_gap"


class Severity(enum.StrEnum):
    """An alarm: a deadline may pass in silence, or what must be proved cannot be. A warning: it may come to that."""

    ALARM = "alarm"
    WARNING = "warning"


_WARNINGS = frozenset({Code.WORKER_SILENT, Code.WORKER_STUCK, Code.VERSIONS_DIFFER, Code.ROSTER_GAP})


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong: since when, as far as that is known, and how many there are of it.

    `network_id` where it is one network's and nobody else's business; `names` of what is meant, for whoever runs the
    service: hosts, ids of cases.
    """

    code: Code
    since: datetime | None = None
    count: int = 1
    network_id: UUID | None = None
    names: tuple[str, ...] = ()

    @property
    def severity(self) -> Severity:
        return severity(self.code)


@dataclass(frozen=True, slots=True)
class Watch:
    """What is wrong now, the alarms first, and what it was told by.

    The beats of the workers; the last look of one of them at all rows; the oldest work that is due and undone; how far
    the seals are behind.
    """

    now: datetime
    findings: tuple[Finding, ...]
    beats: tuple[WorkerBeat, ...]
    last: Inspection | None
    undone_since: datetime | None
    seals: sealing.Lag

    @property
    def alarmed(self) -> bool:
        return any(finding.severity is Severity.ALARM for finding in self.findings)

    @property
    def workers(self) -> int:
        """How many do their work."""
        return len(_at_work(self.beats, self.now))

    @property
    def inspected_at(self) -> datetime | None:
        return None if self.last is None else self.last.at

    def of(self, network_id: UUID) -> Watch:
        """Leave out what is another network's."""
        return replace(self, findings=tuple(each for each in self.findings if each.network_id in {None, network_id}))


def look(session: Session) -> Watch:
    """Look at everything that says whether the clockwork runs. As dear as a page, however many deadlines are armed."""
    now, before = clock.now(), clock.host_now()
    due = select(func.oldest_undone(now, type_=db.Instant()), func.clock_timestamp(type_=db.Instant()))
    oldest, asked = session.execute(due).one()
    here = heartbeat.offset(before, asked, clock.host_now())
    beats = tuple(session.scalars(select(WorkerBeat).order_by(WorkerBeat.host, WorkerBeat.pid)).all())
    last, seals = session.get(Inspection, 1), sealing.lag(session)
    findings = [
        *workers(beats, now),
        *_undone(oldest, now),
        *_inspected(last, beats, now),
        *_seals(seals),
        *clocks(beats, here, now),
        *_versions(beats, now),
    ]
    findings.sort(key=lambda each: (each.severity is Severity.WARNING, each.code))
    return Watch(now, tuple(findings), beats, last, _past(oldest, now), seals)


def severity(code: Code) -> Severity:
    """Say how bad something is."""
    return Severity.WARNING if code in _WARNINGS else Severity.ALARM


def workers(beats: Sequence[WorkerBeat], now: datetime) -> list[Finding]:
    """Say which workers are silent, which are stuck, and whether none is left that does its work."""
    findings = []
    if not _at_work(beats, now):
        last = max((min(row.beat_at, row.moved_at + STUCK_AFTER) for row in beats), default=None)
        findings.append(Finding(Code.NO_WORKER, last, max(1, len(beats))))
    silent = [row for row in beats if _silent(row, now)]
    stuck = [row for row in beats if not _silent(row, now) and _stuck(row)]
    if silent:
        findings.append(_of(Code.WORKER_SILENT, silent, min(row.beat_at for row in silent)))
    if stuck:
        findings.append(_of(Code.WORKER_STUCK, stuck, min(row.moved_at for row in stuck)))
    return findings


def clocks(beats: Iterable[WorkerBeat], here: timedelta | None, now: datetime) -> list[Finding]:
    """Say which hosts have another time than the database: those of the workers, and `here`, the one that asks."""
    off = {
        row.host
        for row in beats
        if not _silent(row, now) and row.clock_offset is not None and abs(row.clock_offset) > CLOCK_OFF.total_seconds()
    }
    if here is not None and abs(here) > CLOCK_OFF:
        off.add(heartbeat.host())
    return [Finding(Code.CLOCK_WRONG, None, len(off), names=tuple(sorted(off)))] if off else []


def pause_after(took: timedelta) -> timedelta:
    """Say how long to wait after a look at all rows: a minute, or longer where looking is dear."""
    return max(INSPECT_EVERY, took * _SHARE)


def _silent(row: WorkerBeat, now: datetime) -> bool:
    return now - row.beat_at > SILENT_AFTER


def _stuck(row: WorkerBeat) -> bool:
    return row.beat_at - row.moved_at > STUCK_AFTER


def _at_work(beats: Iterable[WorkerBeat], now: datetime) -> list[WorkerBeat]:
    return [row for row in beats if not _silent(row, now) and not _stuck(row)]


def _of(code: Code, rows: Sequence[WorkerBeat], since: datetime) -> Finding:
    return Finding(code, since, len(rows), names=tuple(f"{row.host}:{row.pid}" for row in rows))


def _undone(oldest: datetime | None, now: datetime) -> list[Finding]:
    late = oldest is not None and now - oldest > UNDONE_AFTER
    return [Finding(Code.DUE_UNDONE, oldest)] if late else []


def _past(at: datetime | None, now: datetime) -> datetime | None:
    return at if at is not None and at <= now else None


def _inspected(last: Inspection | None, beats: Sequence[WorkerBeat], now: datetime) -> list[Finding]:
    """Read what the last look has found; say that it is old, where somebody is there who should have looked."""
    findings = [_read(each) for each in last.found] if last is not None else []
    at_work = _at_work(beats, now)
    if at_work:
        since = last.at if last is not None else min(row.started_at for row in at_work)
        took = timedelta(seconds=last.took if last is not None else 0)
        if now - since > _MISSED_LOOKS * pause_after(took):
            findings.append(Finding(Code.NOT_INSPECTED, since))
    return findings


def _read(found: dict[str, object]) -> Finding:
    network, since, names = found.get("network"), str(found["since"]), found.get("names", [])
    return Finding(
        Code(str(found["code"])),
        datetime.fromisoformat(since),
        int(str(found["count"])),
        UUID(str(network)) if network is not None else None,
        tuple(str(name) for name in names) if isinstance(names, list) else (),
    )


def _seals(lag: sealing.Lag) -> list[Finding]:
    return [Finding(Code.SEALS_BEHIND, lag.since, lag.waiting)] if lag.late else []


def _versions(beats: Sequence[WorkerBeat], now: datetime) -> list[Finding]:
    others = [row for row in _at_work(beats, now) if row.version != heartbeat.version()]
    return [_of(Code.VERSIONS_DIFFER, others, min(row.started_at for row in others))] if others else []
