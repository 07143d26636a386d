"""Rows of networks, agencies, people, sessions, who takes part in a case, and who is kept out of it."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from engine import clock
from engine.db import Base, Key, Serial, enum_text, new_id


class Channel(enum.StrEnum):
    """How an agency receives its steps; for all but the portal somebody else records what it did."""

    PORTALE = "portale"
    TELEFONO = "telefono"
    PEC = "pec"


class Language(enum.StrEnum):
    """Languages of the pages."""

    IT = "it"
    EN = "en"


class Role(enum.StrEnum):
    """What a person is in an agency of a network."""

    OPERATRICE = "operatrice"
    RESPONSABILE = "responsabile"
    COORDINAMENTO = "coordinamento"
    PROGETTISTA = "progettista"
    AMMINISTRATORE = "amministratore"
    DPO = "dpo"


class Network(Base):
    """An inter-agency network: every other row belongs to one."""

    __tablename__ = "network"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[Key] = mapped_column(unique=True)
    name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class Agency(Base):
    """A body that plays lanes; it may belong to several networks.

    `telephone` and `email` are its office's, nobody's own: whoever follows a late step reads them.
    """

    __tablename__ = "agency"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    channel: Mapped[Channel] = mapped_column(enum_text(Channel), default=Channel.PORTALE)
    telephone: Mapped[str | None]
    email: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class Area(Base):
    """A part of a network's territory (ambito), whose agencies may share opening hours and a patron day."""

    __tablename__ = "area"
    __table_args__ = (UniqueConstraint("network_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class NetworkAgency(Base):
    """An agency's place in a network, the services (lane ids) that it offers there, and the area in which it does."""

    __tablename__ = "network_agency"

    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"), primary_key=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), primary_key=True, index=True)
    services: Mapped[list[str]] = mapped_column(ARRAY(Text(collation="C")))
    area_id: Mapped[UUID | None] = mapped_column(ForeignKey("area.id"))
    since: Mapped[datetime] = mapped_column(default=clock.now)
    until: Mapped[datetime | None]


class User(Base):
    """A person who logs in. `username` is kept in lower case; the hash says its own method and cost."""

    __tablename__ = "user_account"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    username: Mapped[Key] = mapped_column(unique=True)
    display_name: Mapped[str]
    password_hash: Mapped[str]
    language: Mapped[Language] = mapped_column(enum_text(Language), default=Language.IT)
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class Membership(Base):
    """A person's role in an agency, within a network."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("user_id", "network_id", "agency_id", "role"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"), index=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    role: Mapped[Role] = mapped_column(enum_text(Role))


class LoginFailure(Base):
    """One failed log-in of an account or an address. `key` is no name: people type passwords in that field."""

    __tablename__ = "login_failure"
    __table_args__ = (Index(None, "key", "at"),)

    id: Mapped[Serial]
    key: Mapped[Key]
    at: Mapped[datetime] = mapped_column(default=clock.now, index=True)


class UserSession(Base):
    """A log-in on the server. Only the hash of the browser's token is here, so a copy of the table opens nothing."""

    __tablename__ = "user_session"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    network_id: Mapped[UUID | None] = mapped_column(ForeignKey("network.id"))
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    last_seen_at: Mapped[datetime] = mapped_column(default=clock.now, index=True)
    ended_at: Mapped[datetime | None]


class KeptPost(Base):
    """What a person sent from a page after her session had lapsed; sealed, for her alone, and not for long.

    `address` is the page that shows it to her again; it holds ids only.
    """

    __tablename__ = "kept_post"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    address: Mapped[Key]
    key_id: Mapped[Key]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(default=clock.now, index=True)


class Entry(enum.StrEnum):
    """How an agency came to have a part in a case: a process began with it, it was handed over to it, or referred."""

    STEP = "step"
    HANDOVER = "handover"
    REFERRAL = "referral"


class PartEnd(enum.StrEnum):
    """With what a part ends that was handed over: its step, the process, the case."""

    STEP = "step"
    PROCESS = "process"
    CASE = "case"


class CaseParticipation(Base):
    """Which agency plays a lane in a case, and from when to when it may see it.

    `since` is NULL until the first step that involves the agency: need to know begins there. One agency at a time
    plays a lane of a case. To whom it was handed over: for which `purpose`, on which basis (`basis` its kind,
    `basis_id` its row), which `fields` may be read besides what the lane itself wrote; where `fields` is NULL, what
    the process holds. From `until` on it sees nothing, whoever has noticed: an end that comes by itself is written here
    beforehand. `ended_why` is a code, and stands there once what hangs on the part has been ended too.
    """

    __tablename__ = "case_participation"
    __table_args__ = (
        Index("uq_case_participation_lane", "case_id", "lane", unique=True, postgresql_where=text("ended_why IS NULL")),
        Index("ix_case_participation_agency", "agency_id", "case_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    lane: Mapped[Key]
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"))
    entered_by: Mapped[Entry] = mapped_column(enum_text(Entry), default=Entry.STEP)
    purpose: Mapped[Key | None]
    basis: Mapped[Key]
    basis_id: Mapped[UUID | None] = mapped_column(ForeignKey("basis.id"))
    fields: Mapped[list[str] | None] = mapped_column(ARRAY(Text(collation="C")))
    handover_id: Mapped[UUID | None] = mapped_column(ForeignKey("handover.id"))
    ends_with: Mapped[PartEnd | None] = mapped_column(enum_text(PartEnd))
    since: Mapped[datetime | None]
    until: Mapped[datetime | None]
    ended_why: Mapped[Key | None]


class Substitution(Base):
    """Who stands in for somebody of an agency from `since` to `until`; ended before that, by whom."""

    __tablename__ = "substitution"
    __table_args__ = (
        CheckConstraint("absent_id <> substitute_id", name="two_people"),
        Index(None, "absent_id", "until"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"))
    absent_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    substitute_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    since: Mapped[datetime]
    until: Mapped[datetime]
    set_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    set_at: Mapped[datetime] = mapped_column(default=clock.now)
    ended_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))


class EmergencyAccess(Base):
    """A case that somebody has opened to herself in an emergency (break-glass), to read it, from `since` to `until`.

    `agency_id` is the agency for which she did, `holder_id` the one that holds the case: its leads judge it from
    `review_from`, when that agency opens next, until `review_until`. Why she did stands in the case's history, sealed.
    """

    __tablename__ = "emergency_access"
    __table_args__ = (Index(None, "user_id", "until"), Index(None, "network_id", "since"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"))
    holder_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"))
    since: Mapped[datetime] = mapped_column(default=clock.now)
    until: Mapped[datetime]
    review_from: Mapped[datetime]
    review_until: Mapped[datetime]
    reminded_at: Mapped[datetime | None]
    escalated_at: Mapped[datetime | None]
    reviewed_at: Mapped[datetime | None]
    reviewed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    justified: Mapped[bool | None]


class Exclusion(Base):
    """Who is kept out of a case from `since` to `until`: a person, everybody of an agency, or an interpreter.

    An interpreter has no account and is named only in what is sealed, as the reason is, under the key of the agency
    for which it was put (`controller_id`). A person who put it herself abstains: there is nothing sealed, for nobody
    asks why. Lifting takes two: who asks, and who agrees.
    """

    __tablename__ = "exclusion"
    __table_args__ = (
        CheckConstraint("num_nonnulls(user_id, agency_id) <= 1", name="one_subject"),
        Index("uq_exclusion_user", "case_id", "user_id", unique=True, postgresql_where=text("until IS NULL")),
        Index("uq_exclusion_agency", "case_id", "agency_id", unique=True, postgresql_where=text("until IS NULL")),
        Index(None, "case_id"),
        Index("ix_exclusion_user_id", "user_id", postgresql_where=text("until IS NULL")),
        Index("ix_exclusion_agency_id", "agency_id", postgresql_where=text("until IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    agency_id: Mapped[UUID | None] = mapped_column(ForeignKey("agency.id"))
    put_by_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    controller_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"))
    since: Mapped[datetime] = mapped_column(default=clock.now)
    lift_asked_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    lift_asked_at: Mapped[datetime | None]
    lifted_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    until: Mapped[datetime | None]
    key_version: Mapped[int | None]
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)

    @property
    def abstained(self) -> bool:
        """Whether the person has put it herself."""
        return self.user_id == self.put_by_id
