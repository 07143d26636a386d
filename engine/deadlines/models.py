"""Rows of deadlines and of the rungs of their ladders."""

from __future__ import annotations

import enum
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from engine.calendars.lengths import Clock
from engine.db import Base, Key, enum_text, new_id
from engine.ladders.steps import EscalationClass
from engine.terms import Nature


class DeadlineClock(enum.StrEnum):
    """The clocks of a task: until the case is handed over for it (invio), until somebody takes it, until it is done."""

    SENDING = "sending"

    RECEPTION = "reception"
    CONCLUSION = "conclusion"


class DeadlineStatus(enum.StrEnum):
    """Armed until the act is done (stopped) or the task goes away without it (void); paused while the path is.

    One that two people have extended goes on in a row of its own; it keeps its instant, and is judged by it too.
    """

    ARMED = "armed"
    PAUSED = "paused"
    EXTENDED = "extended"
    STOPPED = "stopped"
    VOID = "void"


class RungStep(enum.StrEnum):
    """Where a step of a ladder lies, in their order: before the end of the time, at it, after it."""

    REMINDER = "reminder"
    BREACH = "breach"
    ESCALATION = "escalation"


class RungStatus(enum.StrEnum):
    """A rung waits, has fired, was merged into a higher one that was due too, or fell away; paused with its clock."""

    WAITING = "waiting"
    PAUSED = "paused"
    FIRED = "fired"
    MERGED = "merged"
    VOID = "void"


class Deadline(Base):
    """One clock of a task. `kept` compares `due_at` with `happened_at`, when the act was done, not typed.

    A task that is given back gets a further clock of its reception; of each kind at most one is armed. `parameter` is
    the name of its length without the variant that the case called for, which would say here what is sealed elsewhere;
    `length` and `counts` (on which clock) say no more than the two instants do. `ladder_id` is the version of the
    ladder with which it began; None without a class. `extends_id` is the one that it goes on with, longer.
    """

    __tablename__ = "deadline"
    __table_args__ = (
        Index("ix_deadline_running", "task_id", "clock", unique=True, postgresql_where=text("state = 'armed'")),
        Index("ix_deadline_armed", "network_id", "due_at", postgresql_where=text("state = 'armed'")),
        Index(
            "ix_deadline_recorded_late",
            "network_id",
            "stopped_at",
            postgresql_where=text("kept IS TRUE AND stopped_at > due_at"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    task_id: Mapped[UUID] = mapped_column(ForeignKey("user_task.id"), index=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"))
    clock: Mapped[DeadlineClock] = mapped_column(enum_text(DeadlineClock))
    parameter: Mapped[Key]
    length: Mapped[Key]
    counts: Mapped[Clock] = mapped_column(enum_text(Clock))
    escalation_class: Mapped[EscalationClass | None] = mapped_column(enum_text(EscalationClass))
    ladder_id: Mapped[UUID | None] = mapped_column(ForeignKey("ladder.id"))
    nature: Mapped[Nature] = mapped_column(enum_text(Nature))
    extends_id: Mapped[UUID | None] = mapped_column(ForeignKey("deadline.id"))
    starts_at: Mapped[datetime]
    due_at: Mapped[datetime]
    state: Mapped[DeadlineStatus] = mapped_column(enum_text(DeadlineStatus), default=DeadlineStatus.ARMED)
    happened_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]
    kept: Mapped[bool | None]

    @property
    def recorded_late(self) -> bool:
        """Whether the act was done in time and recorded after it: the ladder went on meanwhile, and nobody was late."""
        return self.kept is True and self.stopped_at is not None and self.stopped_at > self.due_at


class Rung(Base):
    """One step of a deadline's ladder, frozen with it, and the instant at which it is climbed.

    `at` is what the ladder says, on the clock `counts`; `targets` are whom it reaches, `actions` what is done. Who that
    is, is looked up when it fires.
    """

    __tablename__ = "rung"
    __table_args__ = (
        UniqueConstraint("deadline_id", "position"),
        Index("ix_rung_waiting", "due_at", postgresql_where=text("state = 'waiting'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    deadline_id: Mapped[UUID] = mapped_column(ForeignKey("deadline.id"))
    step: Mapped[RungStep] = mapped_column(enum_text(RungStep))
    position: Mapped[int]
    at: Mapped[Key]
    counts: Mapped[Clock] = mapped_column(enum_text(Clock))
    targets: Mapped[list[str]] = mapped_column(ARRAY(Text(collation="C")))
    actions: Mapped[list[str]] = mapped_column(ARRAY(Text(collation="C")))
    due_at: Mapped[datetime]
    state: Mapped[RungStatus] = mapped_column(enum_text(RungStatus), default=RungStatus.WAITING)
    fired_at: Mapped[datetime | None]


class SeenBy(enum.StrEnum):
    """How somebody says that she has seen it: on a page, by a program, by an answer, by a link, to who calls her."""

    PAGE = "page"
    API = "api"
    REPLY = "reply"
    LINK = "link"
    CALL = "call"


class Acknowledgement(Base):
    """Somebody has seen that a deadline is late, or will be: its ladder climbs no further until then."""

    __tablename__ = "acknowledgement"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    deadline_id: Mapped[UUID] = mapped_column(ForeignKey("deadline.id"), index=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    how: Mapped[SeenBy] = mapped_column(enum_text(SeenBy))
    at: Mapped[datetime]
    until: Mapped[datetime]


class DeadlinePause(Base):
    """A time during which a clock stood still; while it does, without `until`.

    By her wish, or for a reason that the protocol allows: `parameter` names it, `ends_at` is when its longest time is
    over and the clock runs again by itself, `by_id` who said so.
    """

    __tablename__ = "deadline_pause"
    __table_args__ = (
        Index("uq_deadline_pause_running", "deadline_id", unique=True, postgresql_where=text("until IS NULL")),
        CheckConstraint("(parameter IS NULL) = (ends_at IS NULL)", "reason"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    deadline_id: Mapped[UUID] = mapped_column(ForeignKey("deadline.id"), index=True)
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    parameter: Mapped[Key | None]
    ends_at: Mapped[datetime | None]
    by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))


class ExtensionStatus(enum.StrEnum):
    """Asked for by one person until another one decides."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"


class Extension(Base):
    """That somebody asks for a deadline to end later, and what another person has decided; reasons are in the history.

    Of each deadline at most one is open.
    """

    __tablename__ = "extension"
    __table_args__ = (
        Index("uq_extension_open", "deadline_id", unique=True, postgresql_where=text("state = 'proposed'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    task_id: Mapped[UUID] = mapped_column(ForeignKey("user_task.id"), index=True)
    deadline_id: Mapped[UUID] = mapped_column(ForeignKey("deadline.id"))
    to_due_at: Mapped[datetime]
    state: Mapped[ExtensionStatus] = mapped_column(enum_text(ExtensionStatus), default=ExtensionStatus.PROPOSED)
    proposed_by_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    proposed_at: Mapped[datetime]
    decided_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    decided_at: Mapped[datetime | None]
