"""Every rule of who may do and see what. Nothing else in the tree asks for a role.

An actor has roles in agencies of one network. What he may do is one table (`actions.ALLOWED`); what he may see is
`scope`, which every list, count and look-up goes through. A thing outside the scope answers as if it did not exist.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Select,
    and_,
    any_,
    bindparam,
    column,
    false,
    func,
    literal,
    or_,
    select,
    table,
    true,
)
from sqlalchemy import Uuid as UuidType
from sqlalchemy.orm import QueryableAttribute, aliased

from engine import clock
from engine.errors import Forbidden, InvalidValue
from engine.participants.actions import ALLOWED, Action
from engine.participants.models import (
    CaseParticipation,
    Channel,
    EmergencyAccess,
    Exclusion,
    Language,
    Membership,
    Role,
)

__all__ = ["Action", "Actor", "Scope", "controllers", "may", "may_step", "require", "require_step", "scope"]

CaseIds: TypeAlias = ColumnElement[UUID] | QueryableAttribute[UUID] | QueryableAttribute[UUID | None]
"""A column of ids of cases."""

# The rows of cases are declared above this package; only these columns are needed here.
_cases = table("case_file", column("id", UuidType()), column("network_id", UuidType()))


def _kept_out(case_id: CaseIds, person: ColumnElement[Any], member_of: ColumnElement[Any]) -> ColumnElement[bool]:
    """Say that somebody is kept out of a case now: herself, or everybody of an agency that she belongs to.

    Whatever else she is, and in whichever other agency: this stands above every role.
    """
    named = or_(Exclusion.user_id == person, Exclusion.agency_id == any_(member_of))
    kept_out = select(Exclusion.id).where(Exclusion.case_id == case_id, Exclusion.until.is_(None), named)
    return kept_out.correlate_except(Exclusion).exists()


def admits_reader(case_id: CaseIds) -> ColumnElement[bool]:
    """Say as `Scope.admits` that a case keeps nobody of them out, with places for the values, as in `IN_CASES`."""
    person = bindparam("scope_person", type_=UuidType())
    return ~_kept_out(case_id, person, bindparam("scope_member_of", type_=ARRAY(UuidType())))


def has(cases: Select[UUID], case_id: CaseIds) -> ColumnElement[bool]:
    """Say of each row that its case is among these, by looking for that one.

    A query for one value and no EXISTS: that PostgreSQL may answer from a list of all, made anew for each statement.
    """
    (seen,) = cases.selected_columns
    one = cases.where(seen == case_id).with_only_columns(true()).limit(1).correlate_except(CaseParticipation, _cases)
    return func.coalesce(one.scalar_subquery(), false())


def going_on(now: ColumnElement[Any] | datetime) -> ColumnElement[bool]:
    """Say of rows of CaseParticipation that an agency takes part at an instant, be its end noted yet or not."""
    ends_later = or_(CaseParticipation.until.is_(None), CaseParticipation.until > now)
    return and_(CaseParticipation.since <= now, ends_later)


# The cases in which one of these agencies takes part now and out of which nobody keeps the person. Written down once,
# with places for the values: queries that are built in advance have it in them (`Scope.values` fills the places), all
# others through `Scope.case_ids`.
IN_CASES = select(CaseParticipation.case_id).where(
    CaseParticipation.network_id == bindparam("scope_network"),
    CaseParticipation.agency_id == any_(bindparam("scope_agencies", type_=ARRAY(UuidType()))),
    going_on(bindparam("scope_now")),
    admits_reader(CaseParticipation.case_id),
)


def admitted(case_id: UUID | CaseIds) -> ColumnElement[bool]:
    """Say of rows of Membership that a case keeps out neither the person nor any agency that she belongs to.

    For whoever is told, asked or offered something of it: that is not the actor.
    """
    other = aliased(Membership)
    hers = select(other.agency_id).where(other.user_id == Membership.user_id, other.network_id == Membership.network_id)
    hers = hers.correlate(Membership)
    named = or_(Exclusion.user_id == Membership.user_id, Exclusion.agency_id.in_(hers))
    kept_out = select(Exclusion.id).where(Exclusion.case_id == case_id, Exclusion.until.is_(None), named)
    return ~kept_out.correlate_except(Exclusion).exists()


# The cases that a person has open now in an emergency; read with her roles, at each request.
EMERGENCIES = (
    select(func.array_agg(EmergencyAccess.case_id))
    .where(
        EmergencyAccess.user_id == bindparam("user", type_=UuidType()),
        EmergencyAccess.network_id == bindparam("network", type_=UuidType()),
        EmergencyAccess.until > bindparam("now"),
    )
    .scalar_subquery()
    .label("emergencies")
)


# What the coordination and the officer do with the network's own records: state and history.
_OF_NETWORK = frozenset(
    {Action.ERASE, Action.DECIDE_ERASURE, Action.PROTECT_DATA, Action.RECORD_REQUEST, Action.SECOND_LOOK}
)

# Roles that work on cases. Drawing protocols or administering accounts opens no case.
_CASE_ROLES = frozenset({Role.OPERATRICE, Role.RESPONSABILE, Role.COORDINAMENTO})


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever acts, in one network. Without `user_id` it is the system itself: the worker, which acts for nobody."""

    user_id: UUID | None
    network_id: UUID
    memberships: tuple[tuple[UUID, Role], ...]
    display_name: str
    language: Language = Language.IT
    agencies: tuple[str, ...] = ()
    """The names of the agencies in which there is a role, by name."""
    emergencies: frozenset[UUID] = frozenset()
    """The cases that she has opened to herself in an emergency, for as long as that lasts; see `Scope.reads`."""

    @classmethod
    def system(cls, network_id: UUID) -> Actor:
        """Return the system as an actor of a network: it may do everything that a timer or deadline asks for."""
        return cls(user_id=None, network_id=network_id, memberships=(), display_name="Staffetta")

    @property
    def is_system(self) -> bool:
        """Whether nobody in particular acts."""
        return self.user_id is None

    @property
    def roles(self) -> frozenset[Role]:
        """The roles held in whatever agency of the network."""
        return frozenset(role for _, role in self.memberships)

    def agencies_as(self, *roles: Role) -> frozenset[UUID]:
        """Return the agencies in which the actor has one of these roles."""
        return frozenset(agency_id for agency_id, role in self.memberships if role in roles)


@dataclass(frozen=True, slots=True)
class Scope:
    """What an actor sees at the instant of the command.

    `agency_ids`: the agencies he works on cases for; `case_ids`: a query for the cases in which one of them takes part
    now (all of the network's for the system itself); `led_agency_ids`: those he is responsible for;
    `oversees_network`: he sees of each case of the network that a step is late and whose it is, under a neutral label.
    `member_of`: the agencies that he belongs to in whatever role; of a case that keeps him or one of them out he sees
    nothing at all, so whatever does not go through `case_ids` asks `admits`.
    `emergencies`: the cases that he may read besides, all of them, and act in none: `reads` has them, `case_ids` not.
    """

    person: UUID | None
    network_id: UUID
    member_of: frozenset[UUID]
    agency_ids: frozenset[UUID]
    led_agency_ids: frozenset[UUID]
    oversees_network: bool
    is_everything: bool
    emergencies: frozenset[UUID]

    @property
    def values(self) -> dict[str, object]:
        """What fills the places of `IN_CASES`."""
        return {
            "scope_network": self.network_id,
            "scope_agencies": sorted(self.agency_ids),
            "scope_now": clock.now(),
            "scope_person": self.person,
            "scope_member_of": sorted(self.member_of),
        }

    @property
    def case_ids(self) -> Select[UUID]:
        """The cases, as a part of other queries."""
        return _all_cases(self.network_id) if self.is_everything else IN_CASES.params(self.values)

    def sees(self, case_id: CaseIds) -> ColumnElement[bool]:
        """Say of each row that its case is among them.

        For what is selected or stands beside an `or`: there PostgreSQL would gather all `case_ids` for a few rows.
        """
        return has(self.case_ids, case_id)

    def reads(self, case_id: QueryableAttribute[UUID]) -> ColumnElement[bool]:
        """Say of each row that he may read its case: one of `case_ids`, or opened in an emergency.

        What keeps him out stands above an emergency too, also where it was put after that began.
        """
        if not self.emergencies:
            return case_id.in_(self.case_ids)
        return or_(self.sees(case_id), self.in_emergency(case_id))

    def in_emergency(self, case_id: QueryableAttribute[UUID]) -> ColumnElement[bool]:
        """Say of each row that its case is open to him in an emergency."""
        return and_(case_id.in_(self.emergencies), self.admits(case_id)) if self.emergencies else false()

    def admits(self, case_id: CaseIds) -> ColumnElement[bool]:
        """Say of each row that its case does not keep the actor out; not that he takes part in it."""
        if self.is_everything:
            return true()
        person, member_of = literal(self.person, UuidType()), literal(sorted(self.member_of), ARRAY(UuidType()))
        return ~_kept_out(case_id, person, member_of)


def scope(actor: Actor) -> Scope:
    """Return what the actor sees now; to be used inside a command."""
    return Scope(
        person=actor.user_id,
        network_id=actor.network_id,
        member_of=frozenset(agency_id for agency_id, _role in actor.memberships),
        agency_ids=actor.agencies_as(*_CASE_ROLES),
        led_agency_ids=actor.agencies_as(Role.RESPONSABILE),
        oversees_network=actor.is_system or Role.COORDINAMENTO in actor.roles,
        is_everything=actor.is_system,
        emergencies=actor.emergencies,
    )


def may(actor: Actor, action: Action, agency_id: UUID | None = None) -> bool:
    """Tell whether the actor has a role for the action: in `agency_id`, or in any of his agencies when it is None."""
    if actor.is_system:
        return True
    agency_ids = actor.agencies_as(*ALLOWED[action])
    return bool(agency_ids) if agency_id is None else agency_id in agency_ids


def controllers(actor: Actor, action: Action) -> frozenset[UUID]:
    """Return the bodies for whose records the actor may do this: his agencies; for who oversees it, the network too.

    The coordination's own agency answers for its records like any other, by its lead; an officer is the officer of the
    agencies in which he has that role.
    """
    agencies = actor.agencies_as(*(ALLOWED[action] - {Role.COORDINAMENTO}))
    of_network = action in _OF_NETWORK and bool(actor.roles & ALLOWED[action] & {Role.COORDINAMENTO, Role.DPO})
    return agencies | {actor.network_id} if of_network else agencies


def require(actor: Actor, action: Action, agency_id: UUID | None = None) -> None:
    """Raise Forbidden unless the actor may do this (see `may`)."""
    if not may(actor, action, agency_id):
        raise Forbidden(action=action, agency_id=agency_id)


def require_step(
    actor: Actor,
    action: Action,
    *,
    agency_id: UUID,
    channel: Channel,
    proxies: Collection[UUID],
    on_behalf_of: UUID | None = None,
) -> None:
    """Raise unless the actor may do this with a step that `agency_id` owes.

    Its own people may. For an agency without the portal, people of the agency that records its steps
    (`proxies`) may record what it did, and must say so by `on_behalf_of`. Forbidden; InvalidValue when
    `on_behalf_of` does not fit.
    """
    if on_behalf_of is None:
        if may(actor, action, agency_id):
            return
        by_proxy = channel is not Channel.PORTALE and _may_for_others(actor, action, proxies)
        raise Forbidden("on_behalf_of_needed" if by_proxy else None, action=action, agency_id=agency_id)
    if on_behalf_of != agency_id:
        raise InvalidValue("on_behalf_of", "not_the_owing_agency")
    if channel is Channel.PORTALE:
        raise InvalidValue("on_behalf_of", "agency_uses_the_portal")
    if not _may_for_others(actor, action, proxies):
        raise Forbidden(action=action, agency_id=agency_id)


def may_step(actor: Actor, action: Action, *, agency_id: UUID, channel: Channel, proxies: Collection[UUID]) -> bool:
    """Tell whether the actor may do this with a step: of his own agency, or of one without the portal."""
    if may(actor, action, agency_id):
        return True
    return channel is not Channel.PORTALE and _may_for_others(actor, action, proxies)


def _may_for_others(actor: Actor, action: Action, proxies: Collection[UUID]) -> bool:
    return any(may(actor, action, agency_id) for agency_id in proxies)


def _all_cases(network_id: UUID) -> Select[UUID]:
    return select(_cases.c.id).where(_cases.c.network_id == network_id)
