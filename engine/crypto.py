"""Envelope encryption: what says something about a woman is stored sealed.

Each case has a data key per controller (the body that answers for the data), so that erasing one body's records leaves
the others'. Data keys are stored wrapped by key-encryption keys that live in a file, never in the database.

AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce; a data key seals the values of one case, far below the 2^32
messages at which random nonces become a risk. The associated data binds a sealed value to its table, case, controller,
field and key version: moved elsewhere, it does not open. Where a case has several rows of a table, put the row's id in
`field`, or two of them could be exchanged.

A data key is unwrapped for one transaction and then forgotten: destroying it takes effect at once in every process, and
a key whose row was rolled back is never used again. The price is one read by primary key per command.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import ForeignKey, LargeBinary, bindparam, event, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, SessionTransaction, mapped_column

from engine import clock
from engine.db import Base, Key, table
from engine.errors import SealBroken
from engine.settings import KEY_LENGTH, KeyEncryptionKey

_FORMAT = b"\x01"  # AES-256-GCM, 12 bytes of nonce, ciphertext with its 16 bytes of tag
_NONCE_LENGTH = 12
_UNWRAPPED = "unwrapped_case_keys"  # in session.info: (case, controller) -> version -> key, None when destroyed
_WRAPPED = "wrapped_case_keys"  # in session.info: case -> what a statement has read of `OF_CASE`

_NEW = "cases_without_keys"  # in session.info: the cases that the running command has made

_Versions: TypeAlias = dict[int, AESGCM | None]


class CaseKey(Base):
    """A wrapped data key. Destroying it empties `wrapped` and leaves the row as a tombstone."""

    __tablename__ = "case_key"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), primary_key=True)
    controller_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
    wrapping_key_id: Mapped[Key]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    destroyed_at: Mapped[datetime | None]


_keys = table(CaseKey)
_SAID = func.jsonb_build_array(
    _keys.c.controller_id,
    _keys.c.version,
    func.encode(_keys.c.wrapped, "hex"),
    _keys.c.wrapping_key_id,
    _keys.c.destroyed_at.is_not(None),
)
OF_CASE = select(func.jsonb_agg(_SAID)).where(_keys.c.case_id == bindparam("case_id")).scalar_subquery()
"""The wrapped keys of the case `case_id`, as a column for a statement that reads something else: see `has_read`."""

_OF_CASE = select(OF_CASE)
_INSERT = insert(_keys).on_conflict_do_nothing().returning(_keys.c.version)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed value and the version of the data key that opens it."""

    key_version: int
    blob: bytes


@dataclass(frozen=True, slots=True)
class Brief:
    """A value that belongs to no case, and the key-encryption key that its own key was made from."""

    key_id: str
    blob: bytes


@dataclass(frozen=True, slots=True)
class _Wrapped:
    """A data key as it is stored."""

    case_id: UUID
    controller_id: UUID
    version: int
    wrapped: bytes
    wrapping_key_id: str


@dataclass(frozen=True, slots=True)
class _Ring:
    """The key-encryption keys by id; the current one wraps, all of them unwrap. `brief` are made from them."""

    keys: dict[str, AESGCM]
    brief: dict[str, AESGCM]
    current_id: str


_rings: dict[str, _Ring] = {}


def configure(keys: Sequence[KeyEncryptionKey]) -> None:
    """Use these key-encryption keys from now on; the last is the current one."""
    if not keys:
        raise ValueError("at least one key-encryption key is needed")
    wrapping = {key.id: AESGCM(key.value) for key in keys}
    _rings["current"] = _Ring(wrapping, {key.id: _brief_key(key.value) for key in keys}, keys[-1].id)


def seal(session: Session, plaintext: bytes, *, case_id: UUID, controller_id: UUID, table: str, field: str) -> Sealed:
    """Seal a value under the newest data key of the case and controller, making the first one when there is none.

    SealBroken `key_destroyed` when the controller's records of this case are erased: nothing can be added to them.
    """
    versions = _versions(session, case_id, controller_id) or _create(session, case_id, controller_id)
    version = max(versions)
    key = _usable(versions, version, case_id, controller_id)
    nonce = os.urandom(_NONCE_LENGTH)
    bound = _associated(table, case_id, controller_id, field, version)
    return Sealed(version, _FORMAT + nonce + key.encrypt(nonce, plaintext, bound))


def new_case(session: Session, case_id: UUID) -> None:
    """Say that this very command makes a case: it has no keys yet, and its first ones are written with its row."""
    session.info.setdefault(_NEW, set()).add(case_id)
    session.info.setdefault(_UNWRAPPED, {})[case_id] = {}


def has_read(session: Session, case_id: UUID, wrapped: list[list[Any]] | None) -> None:
    """Take in the keys of a case that were read, under its lock, together with something else."""
    session.info.setdefault(_WRAPPED, {})[case_id] = wrapped


def open_(
    session: Session, blob: bytes, *, case_id: UUID, controller_id: UUID, key_version: int, table: str, field: str
) -> bytes:
    """Open a sealed value. SealBroken when it was altered or moved, or its key is destroyed or missing."""
    key = _usable(_versions(session, case_id, controller_id), key_version, case_id, controller_id)
    bound = _associated(table, case_id, controller_id, field, key_version)
    ids = {"table": table, "field": field, "case_id": case_id, "controller_id": controller_id}
    if blob[:1] != _FORMAT:
        raise SealBroken("unknown_format", **ids)
    try:
        return key.decrypt(blob[1 : 1 + _NONCE_LENGTH], blob[1 + _NONCE_LENGTH :], bound)
    except (InvalidTag, ValueError):  # ValueError: cut short, within the nonce
        raise SealBroken("altered", **ids) from None


def seal_briefly(plaintext: bytes, *, table: str, row_id: UUID, owner_id: UUID) -> Brief:
    """Seal what belongs to no case, for one row and one person: deleted within hours, or sealed anew with the keys."""
    ring, nonce = _ring(), os.urandom(_NONCE_LENGTH)
    bound = _associated(table, row_id, owner_id, ring.current_id, 0)
    return Brief(ring.current_id, _FORMAT + nonce + ring.brief[ring.current_id].encrypt(nonce, plaintext, bound))


def open_brief(brief: Brief, *, table: str, row_id: UUID, owner_id: UUID) -> bytes:
    """Open what `seal_briefly` sealed. SealBroken when it was altered or is another's, or the key is gone."""
    key = _ring().brief.get(brief.key_id)
    if key is None:
        raise SealBroken("key_encryption_key_missing", table=table, row_id=row_id)
    nonce, ciphertext = brief.blob[1 : 1 + _NONCE_LENGTH], brief.blob[1 + _NONCE_LENGTH :]
    try:
        return key.decrypt(nonce, ciphertext, _associated(table, row_id, owner_id, brief.key_id, 0))
    except (InvalidTag, ValueError):
        raise SealBroken("altered", table=table, row_id=row_id) from None


def current_key_id() -> str:
    """Return the id of the key-encryption key that seals now; what another has sealed is to be sealed anew."""
    return _ring().current_id


def rotate(session: Session, case_id: UUID, controller_id: UUID) -> int:
    """Make a new data key that seals from now on, and return its version; older values stay readable."""
    versions = _versions(session, case_id, controller_id)
    if versions:
        _usable(versions, max(versions), case_id, controller_id)
    return max(_create(session, case_id, controller_id, version=max(versions, default=0) + 1))


def destroy(session: Session, case_id: UUID, controller_id: UUID) -> None:
    """Destroy the data keys of a case and controller: what they sealed can never be read again. A tombstone stays."""
    session.execute(
        update(CaseKey)
        .where(CaseKey.case_id == case_id, CaseKey.controller_id == controller_id, CaseKey.destroyed_at.is_(None))
        .values(wrapped=b"", destroyed_at=clock.now()),
    )
    _forget_keys(session)


def usable(session: Session, case_id: UUID, controller_id: UUID) -> bool:
    """Tell whether there are keys of a case and controller that open something."""
    return any(key is not None for key in _versions(session, case_id, controller_id).values())


def destroyed(session: Session, case_id: UUID, controller_id: UUID) -> bool:
    """Tell whether the keys of a case and controller were destroyed; not where there never were any."""
    versions = _versions(session, case_id, controller_id)
    return bool(versions) and not any(key is not None for key in versions.values())


def rewrap(session: Session, *, limit: int = 500) -> int:
    """Wrap up to `limit` data keys under the current key-encryption key; return how many, 0 when it has them all."""
    ring = _ring()
    rows = session.scalars(
        select(CaseKey)
        .where(CaseKey.wrapping_key_id != ring.current_id, CaseKey.destroyed_at.is_(None))
        .limit(limit)
        .with_for_update(skip_locked=True),
    ).all()
    for row in rows:
        data_key = _unwrap(row)
        row.wrapped = _wrap(data_key, row.case_id, row.controller_id, row.version)
        row.wrapping_key_id = ring.current_id
    session.flush()
    return len(rows)


def wrapped_otherwise(session: Session) -> int:
    """Count the data keys that another key-encryption key than the current one wraps; its line must stay until then."""
    query = select(func.count()).where(CaseKey.wrapping_key_id != _ring().current_id, CaseKey.destroyed_at.is_(None))
    return session.scalar(query) or 0


def wrapped_by_none(session: Session) -> int:
    """Count the data keys that no key of the keys file opens: its line was taken out too early."""
    lost = CaseKey.wrapping_key_id.not_in(list(_ring().keys))
    return session.scalar(select(func.count()).where(lost, CaseKey.destroyed_at.is_(None))) or 0


def _versions(session: Session, case_id: UUID, controller_id: UUID) -> _Versions:
    """Return the data keys of a case and controller by version; those of the case are read once per transaction."""
    memory: dict[UUID, dict[UUID, _Versions]] = session.info.setdefault(_UNWRAPPED, {})
    if case_id not in memory:
        of_case: dict[UUID, _Versions] = {}
        read = session.info.get(_WRAPPED, {})
        wrapped = (
            read.pop(case_id)
            if case_id in read
            else session.connection().execute(_OF_CASE, {"case_id": case_id}).scalar_one()
        )
        for controller, version, content, wrapping_key_id, is_destroyed in wrapped or ():
            row = _Wrapped(case_id, UUID(controller), version, bytes.fromhex(content), wrapping_key_id)
            of_case.setdefault(row.controller_id, {})[version] = None if is_destroyed else AESGCM(_unwrap(row))
        memory[case_id] = of_case
    return memory[case_id].setdefault(controller_id, {})


def _create(session: Session, case_id: UUID, controller_id: UUID, *, version: int = 1) -> _Versions:
    """Make a data key; whoever comes second waits for the first to commit and takes that one."""
    data_key = os.urandom(KEY_LENGTH)
    row = {
        "case_id": case_id,
        "controller_id": controller_id,
        "version": version,
        "wrapped": _wrap(data_key, case_id, controller_id, version),
        "wrapping_key_id": _ring().current_id,
        "created_at": clock.now(),
    }
    if case_id in session.info.get(_NEW, ()):
        session.add(CaseKey(**row))
    elif session.scalar(_INSERT, row) is None:  # ours was not stored: nothing may ever be sealed with it
        _forget_keys(session)
        return _versions(session, case_id, controller_id)
    versions = _versions(session, case_id, controller_id)
    versions[version] = AESGCM(data_key)
    return versions


def _forget_keys(session: Session) -> None:
    session.info.pop(_UNWRAPPED, None)
    session.info.pop(_WRAPPED, None)


def _usable(versions: _Versions, version: int, case_id: UUID, controller_id: UUID) -> AESGCM:
    if version not in versions:
        raise SealBroken("key_missing", case_id=case_id, controller_id=controller_id, version=version)
    key = versions[version]
    if key is None:
        raise SealBroken("key_destroyed", case_id=case_id, controller_id=controller_id, version=version)
    return key


def _wrap(data_key: bytes, case_id: UUID, controller_id: UUID, version: int) -> bytes:
    ring, nonce = _ring(), os.urandom(_NONCE_LENGTH)
    bound = _associated(CaseKey.__tablename__, case_id, controller_id, ring.current_id, version)
    return _FORMAT + nonce + ring.keys[ring.current_id].encrypt(nonce, data_key, bound)


def _unwrap(row: CaseKey | _Wrapped) -> bytes:
    ids = {"case_id": row.case_id, "controller_id": row.controller_id, "wrapping_key_id": row.wrapping_key_id}
    wrapper = _ring().keys.get(row.wrapping_key_id)
    if wrapper is None:
        raise SealBroken("key_encryption_key_missing", **ids)
    bound = _associated(CaseKey.__tablename__, row.case_id, row.controller_id, row.wrapping_key_id, row.version)
    nonce, ciphertext = row.wrapped[1 : 1 + _NONCE_LENGTH], row.wrapped[1 + _NONCE_LENGTH :]
    try:
        return wrapper.decrypt(nonce, ciphertext, bound)
    except (InvalidTag, ValueError):
        raise SealBroken("key_altered", **ids) from None


def _associated(table: str, case_id: UUID, controller_id: UUID, field: str, version: int) -> bytes:
    """Return the associated data; names hold no NUL, so no two places share it."""
    return "\0".join([table, case_id.hex, controller_id.hex, field, str(version)]).encode()


def _brief_key(value: bytes) -> AESGCM:
    """Make the key for short-lived values from a key-encryption key (RFC 5869): one key has one use."""
    return AESGCM(HKDF(SHA256(), KEY_LENGTH, salt=None, info=b"staffetta-brief").derive(value))


def _ring() -> _Ring:
    try:
        return _rings["current"]
    except KeyError:
        raise RuntimeError("no keys are configured: call crypto.configure(settings.keys) first") from None


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, _previous: SessionTransaction) -> None:
    """Forget the keys when anything is rolled back, savepoints included: their rows may be gone."""
    _forget_keys(session)
    session.info.pop(_NEW, None)
