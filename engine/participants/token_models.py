"""Rows of the REST API: the tokens that open it, and the answers that it gave."""

from __future__ import annotations

import enum
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from engine import clock
from engine.db import Base, Key, new_id


class TokenScope(enum.StrEnum):
    """What a token is good for; the person's own roles still decide."""

    READ = "read"
    WORK = "work"
    DEPLOY = "deploy"
    MESSAGES = "messages"


_SCOPES = ", ".join(f"'{scope.value}'" for scope in TokenScope)


class ApiToken(Base):
    """A key of a program that acts for a person in one network. Only its hash is here, so a copy opens nothing."""

    __tablename__ = "api_token"
    __table_args__ = (
        CheckConstraint(f"scopes <@ ARRAY[{_SCOPES}]::text[] AND cardinality(scopes) > 0", name="scopes"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"), index=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    name: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text(collation="C")))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class TokenUse(Base):
    """How many requests a token has made since its present minute began. Unlogged: a crash forgets it, and may."""

    __tablename__ = "token_use"
    __table_args__ = {"prefixes": ["UNLOGGED"]}  # noqa: RUF012 - SQLAlchemy's declaration

    token_id: Mapped[UUID] = mapped_column(primary_key=True)
    began_at: Mapped[datetime]
    requests: Mapped[int]


class StoredAnswer(Base):
    """The answer to a request that named itself by an Idempotency-Key.

    `key_hash` and `fingerprint` are keyed hashes: requests hold values of a case, and few values can be guessed. `body`
    is sealed for its person: an answer may say how a file is called, and the next one may say more. `key_id` is None
    for answers from before they were sealed, which are gone after a day.
    """

    __tablename__ = "stored_answer"

    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    key_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int]
    etag: Mapped[str | None]
    location: Mapped[str | None]
    key_id: Mapped[Key | None]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(default=clock.now, index=True)
