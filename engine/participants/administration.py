"""What the administrator of a network does: agencies, people, their roles. Each verb asks for the right and is audited.

An administrator rules over her own network only. A person who has a role in another network too is the business of
whoever runs the installation: with a new password of hers one could act over there. And nobody gives herself a role:
administering opens no case, so it must not be a way to one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from engine import db
from engine.errors import DuplicateName, Forbidden, InvalidValue, MustBeAnotherPerson, NotFound
from engine.participants import access, changes, credentials, directory
from engine.participants.access import Action, Actor
from engine.participants.directory import Contact
from engine.participants.models import Agency, Channel, Language, Membership, NetworkAgency, Role, User

LIMIT = 500
"""Rows of each list, by name."""


@dataclass(frozen=True, slots=True)
class AgencyRow:
    """An agency of the network: the lanes that it plays, how it is reached, how many people have a role in it."""

    id: UUID
    name: str
    channel: Channel
    services: tuple[str, ...]
    people: int
    telephone: str | None
    email: str | None


class Held(NamedTuple):
    """A role of a person in an agency."""

    agency: str
    role: Role
    membership_id: UUID


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person with a role in the network; `roles` are in the order of the agencies' names."""

    id: UUID
    username: str
    display_name: str
    language: Language
    disabled_at: datetime | None
    roles: tuple[Held, ...]


@dataclass(frozen=True, slots=True)
class Admitted:
    """A new account or password: the only time that the password can be read."""

    user_id: UUID
    username: str
    password: str


def agencies(session: Session, actor: Actor) -> tuple[AgencyRow, ...]:
    """List the agencies of the network. Raises Forbidden."""
    access.require(actor, Action.ADMINISTER)
    query = _agencies(actor).order_by(Agency.name, Agency.id).limit(LIMIT)
    return tuple(_agency(row, services, count) for row, services, count in session.execute(query))


def agency(session: Session, actor: Actor, agency_id: UUID) -> AgencyRow:
    """Give one agency of the network. Raises Forbidden, NotFound."""
    access.require(actor, Action.ADMINISTER)
    row = session.execute(_agencies(actor).where(Agency.id == agency_id)).one_or_none()
    if row is None:
        raise NotFound("agency_not_found")
    return _agency(row[0], row[1], row[2])


def change_agency(
    session: Session, actor: Actor, agency_id: UUID, *, services: Iterable[str], channel: Channel, contact: Contact
) -> None:
    """Change what an agency plays here and how it is reached; cases in progress keep the agencies that they have.

    Raises Forbidden (also for more than its services where it is in another network too), NotFound, InvalidValue.
    """
    access.require(actor, Action.ADMINISTER)
    before = agency(session, actor, agency_id)
    elsewhere = select(NetworkAgency.agency_id).where(
        NetworkAgency.agency_id == agency_id, NetworkAgency.network_id != actor.network_id
    )
    reached = (before.channel, before.telephone or "", before.email or "")
    is_moved = reached != (channel, contact.telephone.strip(), contact.email.strip())
    if is_moved and session.scalar(elsewhere.limit(1)) is not None:
        raise Forbidden("belongs_to_other_networks", agency=agency_id)
    changes.change_agency(
        session, actor.network_id, agency_id, services=services, channel=channel, contact=contact, by=actor
    )


def people(session: Session, actor: Actor) -> tuple[PersonRow, ...]:
    """List the people who have a role in the network, disabled ones too. Raises Forbidden."""
    access.require(actor, Action.ADMINISTER)
    members = select(Membership.user_id).where(Membership.network_id == actor.network_id)
    query = select(User).where(User.id.in_(members)).order_by(User.display_name, User.username).limit(LIMIT)
    users = session.scalars(query).all()
    roles = _roles(session, actor, [user.id for user in users])
    return tuple(_person(user, roles) for user in users)


def person(session: Session, actor: Actor, user_id: UUID) -> PersonRow:
    """Give one person of the network. Raises Forbidden, NotFound."""
    access.require(actor, Action.ADMINISTER)
    found = _member(session, actor, user_id)
    return _person(found, _roles(session, actor, [user_id]))


def create_agency(
    session: Session,
    actor: Actor,
    *,
    name: str,
    services: Iterable[str],
    channel: Channel = Channel.PORTALE,
    contact: Contact | None = None,
) -> Agency:
    """Create an agency in the network. Raises Forbidden, DuplicateName (one here has it), InvalidValue."""
    access.require(actor, Action.ADMINISTER)
    db.exclusive(session, f"agencies:{actor.network_id}")
    if agency_named(session, actor, name) is not None:
        raise DuplicateName("agency_taken")
    return directory.create_agency(
        session, actor.network_id, name=name, services=services, channel=channel, contact=contact, by=actor
    )


def agency_named(session: Session, actor: Actor, name: str) -> UUID | None:
    """Find the agency of the network that people would call by this name, whatever its capitals. Raises Forbidden."""
    access.require(actor, Action.ADMINISTER)
    query = (
        select(Agency.id)
        .join(NetworkAgency, NetworkAgency.agency_id == Agency.id)
        .where(
            NetworkAgency.network_id == actor.network_id,
            func.lower(Agency.name) == func.lower(name.strip()),
            *directory.in_force(),
        )
    )
    return session.scalars(query.limit(1)).one_or_none()


def create_person(
    session: Session,
    actor: Actor,
    *,
    username: str,
    display_name: str,
    agency_id: UUID,
    roles: Iterable[Role],
    language: Language = Language.IT,
) -> Admitted:
    """Create an account with its roles in one agency, and a password made up here.

    Raises Forbidden, NotFound (no such agency here), DuplicateName, InvalidValue (a name; or no role at all).
    """
    access.require(actor, Action.ADMINISTER)
    _require_agency(session, actor, agency_id)
    given = sorted(set(roles))
    if not given:
        raise InvalidValue("role", "required")
    password = credentials.made_up()
    user = directory.create_user(
        session, username=username, display_name=display_name, password=password, language=language, by=actor
    )
    for role in given:
        directory.create_membership(
            session, network_id=actor.network_id, user_id=user.id, agency_id=agency_id, role=role, by=actor
        )
    return Admitted(user.id, user.username, password)


def give_role(session: Session, actor: Actor, user_id: UUID, *, agency_id: UUID, role: Role) -> Membership:
    """Give a person of the network a further role.

    Raises Forbidden, NotFound, MustBeAnotherPerson (oneself), DuplicateName (she has it).
    """
    access.require(actor, Action.ADMINISTER)
    _member(session, actor, user_id)
    _require_agency(session, actor, agency_id)
    if user_id == actor.user_id:
        raise MustBeAnotherPerson
    return directory.create_membership(
        session, network_id=actor.network_id, user_id=user_id, agency_id=agency_id, role=role, by=actor
    )


def take_role(session: Session, actor: Actor, user_id: UUID, membership_id: UUID) -> None:
    """Take a role from a person of the network; what she did stays hers, what she holds others take over.

    Raises Forbidden, NotFound, MustBeAnotherPerson (oneself), Conflict (her last role here: close the account instead;
    or the last administrator).
    """
    access.require(actor, Action.ADMINISTER)
    _member(session, actor, user_id)
    if user_id == actor.user_id:
        raise MustBeAnotherPerson
    changes.end_membership(session, actor.network_id, user_id, membership_id, by=actor)


def reopen(session: Session, actor: Actor, user_id: UUID) -> Admitted:
    """Open a closed account again, with its roles and a password made up here. Raises Forbidden, NotFound."""
    access.require(actor, Action.ADMINISTER)
    user = _require_rule_over(session, actor, user_id)
    password = credentials.made_up()
    changes.reopen_user(session, user_id, password, by=actor)
    return Admitted(user_id, user.username, password)


def disable(session: Session, actor: Actor, user_id: UUID) -> None:
    """Close a person's account; she is logged out at once, and what she did stays hers.

    Raises Forbidden, NotFound, MustBeAnotherPerson (oneself: nobody could undo it).
    """
    access.require(actor, Action.ADMINISTER)
    _require_rule_over(session, actor, user_id)
    if user_id == actor.user_id:
        raise MustBeAnotherPerson
    directory.disable_user(session, user_id, by=actor)


def reset_password(session: Session, actor: Actor, user_id: UUID) -> Admitted:
    """Give a person a password made up here; every log-in under the old one ends. Raises Forbidden, NotFound."""
    access.require(actor, Action.ADMINISTER)
    user = _require_rule_over(session, actor, user_id)
    password = credentials.made_up()
    directory.set_password(session, user_id, password, by=actor)
    return Admitted(user_id, user.username, password)


def _member(session: Session, actor: Actor, user_id: UUID) -> User:
    """Find a person who has a role in the network; anybody else is not there."""
    query = select(User).where(
        User.id == user_id,
        User.id.in_(select(Membership.user_id).where(Membership.network_id == actor.network_id)),
    )
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("user_not_found")
    return found


def _require_rule_over(session: Session, actor: Actor, user_id: UUID) -> User:
    found = _member(session, actor, user_id)
    elsewhere = select(Membership.id).where(Membership.user_id == user_id, Membership.network_id != actor.network_id)
    if session.scalar(elsewhere.limit(1)) is not None:
        raise Forbidden("belongs_to_other_networks", user=user_id)
    return found


def _require_agency(session: Session, actor: Actor, agency_id: UUID) -> None:
    query = select(NetworkAgency.agency_id).where(
        NetworkAgency.network_id == actor.network_id, NetworkAgency.agency_id == agency_id, *directory.in_force()
    )
    if session.scalar(query) is None:
        raise NotFound("agency_not_found")


def _agencies(actor: Actor) -> Select[Agency, list[str], int]:
    people = (
        select(Membership.agency_id, func.count(Membership.user_id.distinct()).label("people"))
        .where(Membership.network_id == actor.network_id)
        .group_by(Membership.agency_id)
        .subquery()
    )
    return (
        select(Agency, NetworkAgency.services, func.coalesce(people.c.people, 0))
        .join(NetworkAgency, NetworkAgency.agency_id == Agency.id)
        .outerjoin(people, people.c.agency_id == Agency.id)
        .where(NetworkAgency.network_id == actor.network_id, *directory.in_force())
    )


def _agency(row: Agency, services: list[str], people: int) -> AgencyRow:
    return AgencyRow(row.id, row.name, row.channel, tuple(services), people, row.telephone, row.email)


def _roles(session: Session, actor: Actor, user_ids: list[UUID]) -> dict[UUID, list[Held]]:
    query = (
        select(Membership.user_id, Agency.name, Membership.role, Membership.id)
        .join(Agency, Agency.id == Membership.agency_id)
        .where(Membership.network_id == actor.network_id, Membership.user_id.in_(user_ids))
        .order_by(Agency.name, Membership.role)
    )
    found: dict[UUID, list[Held]] = {}
    for user_id, agency_name, role, membership_id in session.execute(query):
        found.setdefault(user_id, []).append(Held(agency_name, role, membership_id))
    return found


def _person(user: User, roles: dict[UUID, list[Held]]) -> PersonRow:
    return PersonRow(
        id=user.id,
        username=user.username,
        display_name=user.display_name,
        language=user.language,
        disabled_at=user.disabled_at,
        roles=tuple(roles.get(user.id, ())),
    )
