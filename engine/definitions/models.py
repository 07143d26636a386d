"""Rows of deployed protocols. None is ever changed: what runs under a version is what was deployed."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from engine import clock
from engine.db import Base, Key, new_id


class Deployment(Base):
    """One set of diagrams and forms that was put in force together."""

    __tablename__ = "deployment"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"), index=True)
    deployed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    deployed_at: Mapped[datetime] = mapped_column(default=clock.now)


class ProcessDefinition(Base):
    """One version of a process. `digest` covers its diagram, forms, tables and the versions that it calls."""

    __tablename__ = "process_definition"
    __table_args__ = (UniqueConstraint("network_id", "key", "version"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    deployment_id: Mapped[UUID] = mapped_column(ForeignKey("deployment.id"), index=True)
    key: Mapped[Key]
    version: Mapped[int]
    name: Mapped[str]
    digest: Mapped[Key]
    bpmn: Mapped[bytes] = mapped_column(LargeBinary)
    # By language, as engine.errors.Problem has them.
    warnings: Mapped[dict[str, list[dict[str, Any]]]] = mapped_column(JSONB, default=dict)
    deployed_at: Mapped[datetime] = mapped_column(default=clock.now)


class DeployedForm(Base):
    """A form as it was when the process that names it was deployed."""

    __tablename__ = "deployed_form"

    definition_id: Mapped[UUID] = mapped_column(ForeignKey("process_definition.id"), primary_key=True)
    form_id: Mapped[Key] = mapped_column(primary_key=True)
    source: Mapped[bytes] = mapped_column(LargeBinary)


class DeployedDecision(Base):
    """A file of decision tables as it was when the process that asks it was deployed."""

    __tablename__ = "deployed_decision"

    definition_id: Mapped[UUID] = mapped_column(ForeignKey("process_definition.id"), primary_key=True)
    name: Mapped[Key] = mapped_column(primary_key=True)
    source: Mapped[bytes] = mapped_column(LargeBinary)


class ScheduledStart(Base):
    """When a version that is in force begins by itself next: at a date, or again and again.

    `due_at` is the instant of repetition `number` of a cycle that counts from `since`, every `span` (ISO 8601), until
    `last_number` if it has one; without `span` it happens once. `try_at` is when it is tried: later than due after an
    attempt, which is counted beforehand; `failure_code` says why the last one failed.
    """

    __tablename__ = "scheduled_start"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"), index=True)
    definition_id: Mapped[UUID] = mapped_column(ForeignKey("process_definition.id"), index=True)
    start_event: Mapped[Key]
    due_at: Mapped[datetime]
    since: Mapped[datetime]
    span: Mapped[Key | None]
    number: Mapped[int]
    last_number: Mapped[int | None]
    try_at: Mapped[datetime] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    failure_code: Mapped[Key | None]


class CalledDefinition(Base):
    """The version that a call activity of a definition runs; two versions may call each other (a deployed set)."""

    __tablename__ = "called_definition"

    definition_id: Mapped[UUID] = mapped_column(ForeignKey("process_definition.id"), primary_key=True)
    called_key: Mapped[Key] = mapped_column(primary_key=True)
    called_definition_id: Mapped[UUID] = mapped_column(ForeignKey("process_definition.id"))
