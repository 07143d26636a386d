"""Rows of what is on its way between cases, or waits for somebody who takes it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from engine import clock
from engine.db import Base, Key, new_id


class Outgoing(Base):
    """A message that nobody has taken yet, or a signal of the network on its way to one case.

    With `to_case_id` it is due work of that case. A message without one is kept until the instant `until`, then it has
    lapsed; with `asks_agency_id` it waits for what allows that this agency be told, for `asks_purpose`. Its values are
    sealed under the network's key of the case that it comes from; a signal has no key and none.
    """

    __tablename__ = "outgoing"
    __table_args__ = (
        Index("ix_outgoing_to_case_id", "to_case_id", postgresql_where=text("to_case_id IS NOT NULL")),
        Index("ix_outgoing_kept", "sent_at", postgresql_where=text("to_case_id IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    from_case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    to_case_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_file.id"))
    name: Mapped[Key]
    correlation_key: Mapped[Key | None]
    sent_at: Mapped[datetime] = mapped_column(default=clock.now)
    until: Mapped[datetime]
    asks_agency_id: Mapped[UUID | None] = mapped_column(ForeignKey("agency.id"))
    asks_purpose: Mapped[Key | None]
    key_version: Mapped[int | None]
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
