"""Passwords: argon2id, the same answer and time for an unknown user, and a growing wait for who guesses.

A log-in that fails is an answer, not an exception: its failure has to be counted, so the transaction must commit.
"""

from __future__ import annotations

import functools
import hashlib
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from engine import audit, clock, db
from engine.errors import InvalidValue
from engine.participants.models import LoginFailure, User

MINIMUM_LENGTH = 12  # characters; ASVS 5.0 6.2.1 asks for 8, and there is no second factor yet
MAXIMUM_LENGTH = 128

# No o, 0, l, 1, i: made-up passwords are read and typed.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP_LENGTH = 4, 4  # 16 letters of 31: 79 bits

# argon2id with 64 MiB, 3 passes, 4 lanes: the second recommended option of RFC 9106.
_hasher = PasswordHasher()

_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class _Limit:
    """How many failures within `window` are free, before each further one doubles the wait."""

    free: int
    window: timedelta


# A whole hospital may come from one address, so an address is allowed more than an account and is forgotten sooner.
_ACCOUNT = _Limit(free=5, window=timedelta(hours=24))
_ADDRESS = _Limit(free=20, window=timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class LogIn:
    """What came of a log-in: the person, or nobody and until when no further try is looked at."""

    user_id: UUID | None
    wait_until: datetime | None = None


def made_up() -> str:
    """Return a random password that can be read out and typed."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS))
    return "-".join(groups)


def hash_password(password: str) -> str:
    """Return the argon2id hash of a new password. InvalidValue when it is too short or too long."""
    if len(password) < MINIMUM_LENGTH:
        raise InvalidValue("password", "too_short")
    if len(password) > MAXIMUM_LENGTH:
        raise InvalidValue("password", "too_long")
    return _hasher.hash(_prepared(password))


def verify(password_hash: str | None, password: str) -> bool:
    """Tell whether the password fits; for None (no such user) the same work is done and the answer is no."""
    try:
        _hasher.verify(password_hash or _nobodys_hash(), _prepared(password[:MAXIMUM_LENGTH]))
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None and len(password) <= MAXIMUM_LENGTH


def log_in(session: Session, username: str, password: str, *, address: str) -> LogIn:
    """Check a name and password from an address, and count the failure if it is one.

    An unknown name, a disabled account and a wrong password take the same path. While an account or address has to wait
    nothing is checked, so the answer does not tell whether the password was right.
    """
    account_key, address_key = _key("account", normalised(username)), _key("address", address)
    # Two hundred guesses at once would otherwise all see four failures.
    db.exclusive(session, account_key)
    wait_until = _wait_until(session, account_key, address_key)
    if wait_until is not None:
        return LogIn(None, wait_until)
    user = session.execute(
        select(User.id, User.password_hash).where(User.username == _askable(username), User.disabled_at.is_(None)),
    ).one_or_none()
    if verify(user.password_hash if user else None, password) and user is not None:
        session.execute(delete(LoginFailure).where(LoginFailure.key == account_key))
        audit.record(session, None, "login.succeeded", "user", user.id)
        return LogIn(user.id)
    session.execute(insert(LoginFailure), [{"key": key, "at": clock.now()} for key in (account_key, address_key)])
    audit.record(session, None, "login.failed", "account", account_key)
    return LogIn(None, _wait_until(session, account_key, address_key))


def confirm(session: Session, user_id: UUID, password: str, *, address: str) -> LogIn:
    """Check the password of somebody who is logged in once more, under the limits of a log-in and counted as one."""
    username = session.scalars(select(User.username).where(User.id == user_id)).one()
    return log_in(session, username, password, address=address)


def forgive(session: Session, user_id: UUID) -> None:
    """Forget the failures of a person's account: she has a new password and need not wait for it."""
    username = session.scalars(select(User.username).where(User.id == user_id)).one()
    session.execute(delete(LoginFailure).where(LoginFailure.key == _key("account", username)))


def stranger(session: Session, address: str) -> datetime | None:
    """Count a request with a token that opens nothing; return until when its address is told to wait, if it is.

    Never asked about a good token: a program that goes on with an old one must not shut its neighbours out.
    """
    key = _key("token", address)
    wait_until = _waiting(session, key, _ADDRESS)
    if wait_until is None:
        session.execute(insert(LoginFailure).values(key=key, at=clock.now()))
        wait_until = _waiting(session, key, _ADDRESS)
    return wait_until


def strange(session: Session, address: str) -> bool:
    """Tell whether an address has to wait for its many tokens that opened nothing."""
    return _waiting(session, _key("token", address), _ADDRESS) is not None


def purge(session: Session) -> None:
    """Delete failures that no longer count."""
    session.execute(delete(LoginFailure).where(LoginFailure.at < clock.now() - _ACCOUNT.window))


def normalised(username: str) -> str:
    """Return a user name as it is stored and compared: case and the way of typing accents do not matter."""
    return unicodedata.normalize("NFKC", username).strip().casefold()


def _askable(username: str) -> str:
    """Return the name to ask the database for; empty for one with characters that no account has."""
    stored = normalised(username)
    return stored if stored.isascii() and stored.isprintable() else ""


def _prepared(password: str) -> bytes:
    """Make the same password of the same typed characters on every keyboard (NIST SP 800-63B, 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


def _wait_until(session: Session, account_key: str, address_key: str) -> datetime | None:
    """Return until when the next try has to wait, or None when it need not."""
    waits = (_waiting(session, account_key, _ACCOUNT), _waiting(session, address_key, _ADDRESS))
    return max((at for at in waits if at is not None), default=None)


def _waiting(session: Session, key: str, limit: _Limit) -> datetime | None:
    """Return until when an account or an address has to wait, or None when it need not."""
    now = clock.now()
    count, latest = session.execute(
        select(func.count(), func.max(LoginFailure.at)).where(
            LoginFailure.key == key, LoginFailure.at > now - limit.window
        ),
    ).one()
    if count < limit.free:
        return None
    # The exponent is bounded: a long siege must not overflow a timedelta.
    until: datetime = latest + min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(count - limit.free, 10))
    return until if until > now else None


def _key(kind: str, name: str) -> str:
    """Return the key of an account or address: 40 bits of a hash tell keys apart but give no typed password back."""
    return f"{kind}:{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:10]}"


@functools.cache
def _nobodys_hash() -> str:
    return _hasher.hash("nobody has this password")
