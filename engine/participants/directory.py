"""Networks, agencies and people: making them, and looking them up.

No verb here asks for a role: whoever has the command line, or starts a demonstration, acts for nobody. What an
administrator does on the pages goes through `administration`, which asks, and says who it was (`by`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, Uuid, and_, bindparam, func, or_, select, true, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from engine import audit, clock, db
from engine.db import Base
from engine.errors import Conflict, DuplicateName, InvalidValue, NotFound
from engine.participants import access, credentials, sessions
from engine.participants.access import Actor
from engine.participants.models import Agency, Channel, Language, Membership, Network, NetworkAgency, Role, User
from engine.participants.token_models import ApiToken

_KEY = re.compile(r"[a-z][a-z0-9_]{0,62}")
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,126}")
_NAME_LENGTH = 200
_TELEPHONE = re.compile(r"\+?[0-9][0-9 ()/.-]{1,38}[0-9]", re.ASCII)
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
_EMAIL_LENGTH = 254
_UNIQUE_VIOLATION = "23505"
# The place in a network of the agency for which somebody has a role there.
_PLACE = and_(NetworkAgency.network_id == Membership.network_id, NetworkAgency.agency_id == Membership.agency_id)


@dataclass(frozen=True, slots=True)
class Contact:
    """How the office of an agency is reached; empty where nothing is known."""

    telephone: str = ""
    email: str = ""


def roles(user: ColumnElement[UUID], network: ColumnElement[UUID]) -> Select[str, Language, UUID, Role, str]:
    """Give the rows of which `as_actor` makes a person: none when disabled or without a role today; asks for `now`."""
    return (
        select(
            User.display_name, User.language, Membership.agency_id, Membership.role, Agency.name.label("agency_name")
        )
        .join(Membership, Membership.user_id == User.id)
        .join(Agency, Agency.id == Membership.agency_id)
        .join(NetworkAgency, _PLACE)
        .where(
            User.id == user,
            User.disabled_at.is_(None),
            Membership.network_id == network,
            NetworkAgency.since <= bindparam("now"),
            or_(NetworkAgency.until.is_(None), NetworkAgency.until > bindparam("now")),
        )
        .order_by(Membership.agency_id, Membership.role)
    )


# Built once: it runs at each request.
_ROLES = roles(bindparam("user", type_=Uuid()), bindparam("network", type_=Uuid())).add_columns(access.EMERGENCIES)


def create_network(session: Session, *, key: str, name: str) -> Network:
    """Create a network. DuplicateName when its key is taken."""
    network = Network(key=valid_key("key", key), name=valid_name(name))
    _add(session, network)
    record(session, None, "network.created", "network", network.id, network_id=network.id)
    return network


def create_agency(
    session: Session,
    network_id: UUID,
    *,
    name: str,
    services: Iterable[str],
    channel: Channel = Channel.PORTALE,
    contact: Contact | None = None,
    by: Actor | None = None,
) -> Agency:
    """Create an agency and give it a place in the network; `services` are the lanes that it can play there.

    Raises InvalidValue for an unfit name, service, telephone or e-mail.
    """
    offered = sorted({valid_key("services", service) for service in services})
    reached = contact or Contact()
    agency = Agency(
        name=valid_name(name),
        channel=channel,
        telephone=valid_telephone(reached.telephone),
        email=valid_email(reached.email),
    )
    session.add(agency)
    session.flush()
    session.add(NetworkAgency(network_id=network_id, agency_id=agency.id, services=offered))
    session.flush()
    record(session, by, "agency.created", "agency", agency.id, network_id=network_id, channel=channel.value)
    return agency


def create_user(
    session: Session,
    *,
    username: str,
    display_name: str,
    password: str,
    language: Language = Language.IT,
    by: Actor | None = None,
) -> User:
    """Create a person's account. DuplicateName when its name is taken; InvalidValue for an unfit name or password."""
    user = User(
        username=valid_username(username),
        display_name=valid_name(display_name),
        password_hash=credentials.hash_password(password),
        language=language,
    )
    _add(session, user)
    record(session, by, "user.created", "user", user.id)
    return user


def create_membership(
    session: Session, *, network_id: UUID, user_id: UUID, agency_id: UUID, role: Role, by: Actor | None = None
) -> Membership:
    """Give a person a role in an agency of a network. DuplicateName when he has it already."""
    membership = Membership(network_id=network_id, user_id=user_id, agency_id=agency_id, role=role)
    _add(session, membership)
    details = {"agency_id": str(agency_id), "role": role.value}
    record(session, by, "membership.created", "user", user_id, network_id=network_id, **details)
    return membership


def set_password(session: Session, user_id: UUID, password: str, *, by: Actor | None = None) -> None:
    """Give a person a new password; every log-in under the old one ends, every token, and the wait after wrong ones."""
    session.execute(update(User).where(User.id == user_id).values(password_hash=credentials.hash_password(password)))
    _end_access(session, user_id, by)
    credentials.forgive(session, user_id)
    record(session, by, "user.password_changed", "user", user_id)


def disable_user(session: Session, user_id: UUID, *, by: Actor | None = None) -> None:
    """Close a person's account; her log-ins and tokens end, what she did keeps its author.

    Conflict `last_administrator` when a network would have none left.
    """
    require_other_administrator(session, user_id)
    session.execute(update(User).where(User.id == user_id, User.disabled_at.is_(None)).values(disabled_at=clock.now()))
    _end_access(session, user_id, by)
    record(session, by, "user.disabled", "user", user_id)


def require_other_administrator(session: Session, user_id: UUID, *, network_id: UUID | None = None) -> None:
    """Raise Conflict `last_administrator` when a network that this person administers would have nobody else for it.

    Two who take the role from each other at once must not both succeed: whoever comes second waits.
    """
    held = select(Membership.network_id).where(Membership.user_id == user_id, Membership.role == Role.AMMINISTRATORE)
    for administered in sorted(set(session.scalars(held))):
        if network_id not in {None, administered}:
            continue
        db.exclusive(session, f"administrators:{administered}")
        others = (
            select(Membership.id)
            .join(User, User.id == Membership.user_id)
            .where(
                Membership.network_id == administered,
                Membership.role == Role.AMMINISTRATORE,
                Membership.user_id != user_id,
                User.disabled_at.is_(None),
            )
        )
        if session.scalar(others.limit(1)) is None:
            raise Conflict("last_administrator", network=administered)


def network_named(session: Session, key: str) -> Network:
    """Return the network with this key. NotFound when there is none."""
    network = session.scalars(select(Network).where(Network.key == key)).one_or_none()
    if network is None:
        raise NotFound("network_not_found")
    return network


def networks(session: Session) -> list[Network]:
    """Return all networks of this installation, by name."""
    return list(session.scalars(select(Network).order_by(Network.name, Network.key)))


def user_named(session: Session, username: str) -> User:
    """Return the person with this user name. NotFound when there is none."""
    stored = credentials.normalised(username)
    user = session.scalars(select(User).where(User.username == stored)).one_or_none()
    if user is None:
        raise NotFound("user_not_found")
    return user


def networks_of(session: Session, user_id: UUID) -> list[Network]:
    """Return the networks that a person has a role in today, by name."""
    chosen = select(Membership.network_id).join(NetworkAgency, _PLACE)
    chosen = chosen.where(Membership.user_id == user_id, *in_force())
    return list(session.scalars(select(Network).where(Network.id.in_(chosen)).order_by(Network.name, Network.key)))


def agencies_for(session: Session, network_id: UUID, service: str) -> list[Agency]:
    """Return the agencies that play this lane in the network today, by name."""
    return list(
        session.scalars(
            select(Agency)
            .join(NetworkAgency, NetworkAgency.agency_id == Agency.id)
            .where(NetworkAgency.network_id == network_id, NetworkAgency.services.contains([service]), *in_force())
            .order_by(Agency.name, Agency.id),
        ),
    )


def services(session: Session, network_id: UUID) -> frozenset[str]:
    """Return the lanes that some agency of the network plays today."""
    offered = select(func.unnest(NetworkAgency.services)).where(NetworkAgency.network_id == network_id, *in_force())
    return frozenset(session.scalars(offered))


def agencies(session: Session, network_id: UUID) -> list[Agency]:
    """Return the agencies of the network today, by name."""
    return list(
        session.scalars(
            select(Agency)
            .join(NetworkAgency, NetworkAgency.agency_id == Agency.id)
            .where(NetworkAgency.network_id == network_id, *in_force())
            .order_by(Agency.name, Agency.id),
        ),
    )


def agencies_with_services(session: Session, network_id: UUID) -> list[tuple[Agency, list[str]]]:
    """Return the agencies of the network today with the lanes that each plays there, by name."""
    query = (
        select(Agency, NetworkAgency.services)
        .join(NetworkAgency, NetworkAgency.agency_id == Agency.id)
        .where(NetworkAgency.network_id == network_id, *in_force())
        .order_by(Agency.name, Agency.id)
    )
    return [(agency, list(services)) for agency, services in session.execute(query)]


def actor(session: Session, user_id: UUID, network_id: UUID) -> Actor | None:
    """Return a person as an actor of a network, or None: disabled, or no role in an agency that is in it today."""
    values = {"user": user_id, "network": network_id, "now": clock.now()}
    rows = session.execute(_ROLES, values).all()
    found = as_actor(user_id, network_id, rows)
    # An emergency is a person's at a page: no program of hers has it.
    return replace(found, emergencies=frozenset(rows[0].emergencies)) if found and rows[0].emergencies else found


def as_actor(user_id: UUID, network_id: UUID, rows: Sequence[Row[*tuple[Any, ...]]]) -> Actor | None:
    """Make an actor of the rows that `roles` gave, or None of no rows."""
    if not rows:
        return None
    return Actor(
        user_id=user_id,
        network_id=network_id,
        memberships=tuple((row.agency_id, row.role) for row in rows),
        display_name=rows[0].display_name,
        language=rows[0].language,
        agencies=tuple(sorted({row.agency_name for row in rows})),
    )


def valid_key(field: str, key: str) -> str:
    """Return a key of a network or service as it is. InvalidValue when it has other characters than a-z, 0-9, _."""
    if not _KEY.fullmatch(key):
        raise InvalidValue(field, "invalid_characters")
    return key


def valid_name(name: str) -> str:
    """Return a name as it is stored. InvalidValue when nothing is left of it, or too much, or it cannot be printed."""
    stripped = name.strip()
    if not stripped or len(stripped) > _NAME_LENGTH or not stripped.isprintable():
        raise InvalidValue("name", "invalid_name")
    return stripped


def valid_telephone(telephone: str) -> str | None:
    """Return a telephone number as it is stored, None for an empty one. InvalidValue when it cannot be dialled."""
    stripped = telephone.strip()
    if stripped and not _TELEPHONE.fullmatch(stripped):
        raise InvalidValue("telephone", "invalid_telephone")
    return stripped or None


def valid_email(email: str) -> str | None:
    """Return an address for e-mail as it is stored, None for an empty one. InvalidValue when it is none."""
    stripped = email.strip()
    if stripped and (len(stripped) > _EMAIL_LENGTH or not stripped.isprintable() or not _EMAIL.fullmatch(stripped)):
        raise InvalidValue("email", "invalid_email")
    return stripped or None


def valid_username(username: str) -> str:
    """Return a user name as it is stored. InvalidValue when it has unfit characters."""
    stored = credentials.normalised(username)
    if not _USERNAME.fullmatch(stored):
        raise InvalidValue("username", "invalid_characters")
    return stored


def in_force() -> tuple[ColumnElement[bool], ...]:
    """Say of rows of NetworkAgency that the agency is in the network now."""
    now = clock.now()
    return NetworkAgency.since <= now, or_(NetworkAgency.until.is_(None), NetworkAgency.until > now)


def _end_access(session: Session, user_id: UUID, by: Actor | None) -> None:
    """End all that opens the service in a person's name: what somebody else may have got hold of."""
    sessions.end_all(session, user_id)
    ended = session.execute(
        update(ApiToken)
        .where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=clock.now())
        .returning(ApiToken.id, ApiToken.network_id)
    )
    for token_id, network_id in ended.all():
        record(session, by, "token.revoked", "api_token", token_id, network_id=network_id)


def _add(session: Session, row: Base) -> None:
    """Insert a row whose name must be new. The constraint decides, so two at once cannot both win."""
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        if getattr(error.orig, "sqlstate", None) != _UNIQUE_VIOLATION:
            raise
        raise DuplicateName(f"{row.__tablename__}_taken") from None


def record(
    session: Session,
    by: Actor | None,
    action: str,
    kind: str,
    subject_id: UUID,
    *,
    network_id: UUID | None = None,
    **details: str,
) -> None:
    """Record an act of an administrator, or of whoever has the command line."""
    audit.record(session, by, action, kind, subject_id, network_id=network_id, **details)


def people_as(
    session: Session, network_id: UUID, agency_ids: Iterable[UUID], *roles: Role, case_id: UUID | None = None
) -> list[User]:
    """Return who can log in and has one of these roles in one of these agencies of the network, by name.

    With a case without those whom it keeps out.
    """
    query = (
        select(User)
        .join(Membership, Membership.user_id == User.id)
        .where(
            Membership.network_id == network_id,
            Membership.agency_id.in_(list(agency_ids)),
            Membership.role.in_(roles),
            User.disabled_at.is_(None),
            access.admitted(case_id) if case_id is not None else true(),
        )
        .distinct()
        .order_by(User.display_name, User.id)
    )
    return list(session.scalars(query))


def has_role(session: Session, case_id: UUID, network_id: UUID, agency_id: UUID | None, role: Role) -> bool:
    """Tell whether anybody who can log in has this role in an agency, or in the whole network when none is named.

    Whom the case keeps out does not count.
    """
    query = (
        select(Membership.id)
        .join(User, User.id == Membership.user_id)
        .where(
            Membership.network_id == network_id,
            Membership.agency_id == agency_id if agency_id is not None else true(),
            Membership.role == role,
            User.disabled_at.is_(None),
            access.admitted(case_id),
        )
    )
    return session.scalar(query.limit(1)) is not None
