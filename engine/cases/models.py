"""Rows of cases and of everything that happens in them.

Codes, instants and ids are plain; whatever says something about a woman is in a `sealed` column (see crypto),
reasons in free text included.
"""

from __future__ import annotations

import enum
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from engine import clock
from engine.db import Base, Key, Serial, enum_text, new_id


class CaseStatus(enum.StrEnum):
    """Where a case stands."""

    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class InstanceStatus(enum.StrEnum):
    """Where a process instance stands."""

    RUNNING = "running"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"


class TaskStatus(enum.StrEnum):
    """Where a user task stands."""

    OPEN = "open"
    CLAIMED = "claimed"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class Baton(enum.StrEnum):
    """Where a hand-over of the case for a step stands: its sender prepares it, the other agency is asked, or has it."""

    PREPARE = "prepare"
    SENT = "sent"
    ACCEPTED = "accepted"


class SubmissionKind(enum.StrEnum):
    """A first answer, or one that corrects an earlier one and leaves it readable."""

    ANSWER = "answer"
    CORRECTION = "correction"


class Case(Base):
    """One woman's path under a random code. Its row is the lock: all its instances move one command at a time.

    `next_due_at` is the earliest instant at which anything in the case has to be done by itself; `attempts` counts
    tries at that work, committed before each, so that a case which kills its worker is noticed. `held_since` while the
    path stands still by her wish, `held_until` when it goes on by itself (see CasePause). `basis_until` is when
    the first of its vital interests lapses. `clocks_at` while a clock does not run that should: when it is looked at
    next. `alternate_id` is told what must not reach who is kept out of the case.
    """

    __tablename__ = "case_file"
    __table_args__ = (
        UniqueConstraint("network_id", "code"),
        Index("ix_case_file_due", "next_due_at", postgresql_where=text("next_due_at IS NOT NULL")),
        Index(None, "network_id", "opened_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    code: Mapped[Key]
    state: Mapped[CaseStatus] = mapped_column(enum_text(CaseStatus), default=CaseStatus.OPEN)
    opened_at: Mapped[datetime] = mapped_column(default=clock.now)
    opened_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    opened_by_agency_id: Mapped[UUID | None] = mapped_column(ForeignKey("agency.id"))
    closed_at: Mapped[datetime | None]
    next_due_at: Mapped[datetime | None]
    held_since: Mapped[datetime | None]
    held_until: Mapped[datetime | None]
    basis_until: Mapped[datetime | None]
    clocks_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    attempted_at: Mapped[datetime | None]
    retry_at: Mapped[datetime | None]
    failure_code: Mapped[Key | None]
    alternate_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))


class ProcessInstance(Base):
    """One run of a process definition within a case, from `start_event`; `outcome` is the end event that it reached.

    `opened_by_agency_id` is the agency for which it was begun; for one that a message begins, that of the case.
    """

    __tablename__ = "process_instance"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    definition_id: Mapped[UUID] = mapped_column(ForeignKey("process_definition.id"), index=True)
    start_event: Mapped[Key]
    state: Mapped[InstanceStatus] = mapped_column(enum_text(InstanceStatus), default=InstanceStatus.RUNNING)
    outcome: Mapped[Key | None]
    opened_by_agency_id: Mapped[UUID | None] = mapped_column(ForeignKey("agency.id"))
    started_at: Mapped[datetime] = mapped_column(default=clock.now)
    ended_at: Mapped[datetime | None]


class CaseState(Base):
    """The sealed state of a running instance; `format` tells which serialiser wrote it."""

    __tablename__ = "case_state"

    instance_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id"), primary_key=True)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    format: Mapped[int]
    key_version: Mapped[int]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class UserTask(Base):
    """A step that a person of an agency owes.

    `claim_happened_at` and `happened_at` are when it was taken and done, `claimed_at` and `completed_at` when that was
    recorded. `proxy_id`: the agency that records it where the owing one has no computers. `offered_to_id`: for whom the
    agency's lead has put it back. `handover`: how far it is handed over; before it is accepted nobody can take it.
    `held_since`: the path stands still by her wish, and this step with it. `first_by_id`: who answered a step of four
    eyes, and `first_at` when; its draft is the answer that a second person has to confirm. `revision` grows with each
    change, so that a page that shows an older one is noticed. `definition_id` is the process that the element belongs
    to: within a call activity another one than the instance's. `due_at` is when the first clock of it that runs is due,
    as the deadlines say; it stands here for the order of the inbox. `return_at`: when it is to be taken again if
    whoever has it has not touched it by then (see cases.returning).
    """

    __tablename__ = "user_task"
    __table_args__ = (
        Index(
            "ix_user_task_inbox",
            "agency_id",
            "state",
            "due_at",
            "created_at",
            "id",
            postgresql_where=text("state IN ('open', 'claimed')"),
        ),
        Index(
            "ix_user_task_in_hand",
            "agency_id",
            postgresql_where=text("state = 'open' AND handover IN ('prepare', 'sent')"),
        ),
        Index(
            "ix_user_task_return",
            "case_id",
            "return_at",
            postgresql_where=text("state = 'claimed' AND return_at IS NOT NULL"),
        ),
        Index("ix_user_task_assignee", "assignee_id", postgresql_where=text("state = 'claimed'")),
        Index(None, "instance_id", "element_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    instance_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id"))
    definition_id: Mapped[UUID] = mapped_column(ForeignKey("process_definition.id"))
    element_id: Mapped[Key]
    name: Mapped[str]
    lane: Mapped[Key]
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"))
    proxy_id: Mapped[UUID | None] = mapped_column(ForeignKey("agency.id"))
    form_id: Mapped[Key | None]
    state: Mapped[TaskStatus] = mapped_column(enum_text(TaskStatus), default=TaskStatus.OPEN)
    assignee_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    offered_to_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    held_since: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    claimed_at: Mapped[datetime | None]
    claim_happened_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    happened_at: Mapped[datetime | None]
    completed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    on_behalf_of_id: Mapped[UUID | None] = mapped_column(ForeignKey("agency.id"))
    closed_reason: Mapped[Key | None]
    due_at: Mapped[datetime | None]
    return_at: Mapped[datetime | None]
    handover: Mapped[Baton | None] = mapped_column(enum_text(Baton))
    first_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    first_at: Mapped[datetime | None]


class FormSubmission(Base):
    """An answer as it was handed in, sealed; corrections are rows of their own.

    `sealed_kinds` holds apart what is secret, by kind (`forms.secrecy`), each sealed of its own, as base64. Since
    `misfiled_at` nothing is left of it: it was another woman's.

    Without `task_id` it is the answer to the form with which the instance was started.
    """

    __tablename__ = "form_submission"
    __table_args__ = (Index("ix_form_submission_instance_id", "instance_id", postgresql_where=text("task_id IS NULL")),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    instance_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id"))
    task_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_task.id"), index=True)
    controller_id: Mapped[UUID]
    kind: Mapped[SubmissionKind] = mapped_column(enum_text(SubmissionKind), default=SubmissionKind.ANSWER)
    corrects_id: Mapped[UUID | None] = mapped_column(ForeignKey("form_submission.id"), index=True)
    submitted_by_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    on_behalf_of_id: Mapped[UUID | None] = mapped_column(ForeignKey("agency.id"))
    happened_at: Mapped[datetime]
    recorded_at: Mapped[datetime] = mapped_column(default=clock.now)
    key_version: Mapped[int]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_kinds: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    misfiled_at: Mapped[datetime | None]


class Draft(Base):
    """A half-filled form of an open task, sealed; `form_changed_at` when its form became another one under it."""

    __tablename__ = "draft"

    task_id: Mapped[UUID] = mapped_column(ForeignKey("user_task.id"), primary_key=True)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    controller_id: Mapped[UUID]
    saved_by_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    saved_at: Mapped[datetime] = mapped_column(default=clock.now)
    form_changed_at: Mapped[datetime | None]
    key_version: Mapped[int]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class CaseEvent(Base):
    """One line of a case's history. Only ever inserted; its values are sealed under the network's key of the case."""

    __tablename__ = "case_event"
    __table_args__ = (Index(None, "case_id", "id"),)

    id: Mapped[Serial]
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    instance_id: Mapped[UUID | None] = mapped_column(ForeignKey("process_instance.id"))
    task_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_task.id"))
    agency_id: Mapped[UUID | None] = mapped_column(ForeignKey("agency.id"))
    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    on_behalf_of_id: Mapped[UUID | None] = mapped_column(ForeignKey("agency.id"))
    kind: Mapped[Key]
    element_id: Mapped[Key | None]
    happened_at: Mapped[datetime]
    recorded_at: Mapped[datetime] = mapped_column(default=clock.now)
    key_version: Mapped[int | None]
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)


class MessageSubscription(Base):
    """A token that waits for a message; messages are routed by these rows, never by opening cases."""

    __tablename__ = "message_subscription"
    __table_args__ = (Index(None, "network_id", "name", "correlation_key"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    instance_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id"), index=True)
    element_id: Mapped[Key]
    name: Mapped[Key]
    correlation_key: Mapped[Key]


class SignalSubscription(Base):
    """A token that waits for a signal; `network` when one from another case counts too."""

    __tablename__ = "signal_subscription"
    __table_args__ = (Index("ix_signal_subscription_network", "network_id", "name", postgresql_where=text("network")),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    instance_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id"), index=True)
    element_id: Mapped[Key]
    name: Mapped[Key]
    network: Mapped[bool]


class Job(Base):
    """A function that a service task calls: what it is given stands in the state, here is when it is tried next."""

    __tablename__ = "job"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    instance_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id"), index=True)
    element_id: Mapped[Key]
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(index=True)


class Timer(Base):
    """A timer event that waits; the row is the truth, no scheduler is."""

    __tablename__ = "timer"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    instance_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id"), index=True)
    element_id: Mapped[Key]
    due_at: Mapped[datetime] = mapped_column(index=True)


class Incident(Base):
    """A token that cannot go on by itself; `code` says why, without values of the case.

    A clock that waits for a date is asked for `asked` times, and again at `ask_at` (see cases.unknown_dates).
    """

    __tablename__ = "incident"
    __table_args__ = (
        Index("ix_incident_unresolved", "network_id", "raised_at", postgresql_where=text("resolved_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    instance_id: Mapped[UUID | None] = mapped_column(ForeignKey("process_instance.id"))
    token_id: Mapped[Key | None]
    element_id: Mapped[Key | None]
    code: Mapped[Key]
    raised_at: Mapped[datetime] = mapped_column(default=clock.now)
    resolved_at: Mapped[datetime | None]
    ask_at: Mapped[datetime | None]
    asked: Mapped[int] = mapped_column(default=0)
