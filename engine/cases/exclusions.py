"""Who must not know of a case: people, agencies and interpreters are kept out of it; who abstains keeps herself out.

The man may work in an agency, be a friend of the coordinator, or interpret. From the command on that keeps somebody
out, the case is to her as if it did not exist (`access.IN_CASES`), whatever her roles; what she held is her agency's
again, at once and with its clocks; nobody offers her anything of it or tells her of it. Nobody is told either that she
is on the list but who may see it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select, update

from engine import clock, db, errors
from engine.cases import (
    assigning,
    clocks,
    confidential,
    escalation,
    execution,
    ground,
    handing,
    history,
    instances,
    lifecycle,
    lookup,
    participation,
    trail,
)
from engine.cases.models import TaskStatus, UserTask
from engine.deadlines import arming
from engine.participants import access, directory
from engine.participants.access import Action
from engine.participants.models import Exclusion, Membership, Role

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.cases.execution import Running
    from engine.cases.models import Case
    from engine.participants.access import Actor
    from engine.participants.models import User

MAX_NAME = 200
"""Characters by which an interpreter is known."""

KEPT_OUT = "kept_out"
"""Why the part of an agency ended that was kept out."""

_HELD = (TaskStatus.OPEN, TaskStatus.CLAIMED)


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom to keep out: one of a person, an agency, or an interpreter by the name or number she is known by."""

    user_id: UUID | None = None
    agency_id: UUID | None = None
    interpreter: str = ""

    @property
    def is_one(self) -> bool:
        """Whether exactly one of them is said."""
        return [self.user_id is not None, self.agency_id is not None, bool(self.interpreter)].count(True) == 1


def put(session: Session, actor: Actor, case_id: UUID, subject: Subject, *, reason: str) -> Exclusion:
    """Keep somebody out of a case, with a reason that is sealed.

    Raises NotFound, Forbidden, DuplicateName when it does so already; InvalidValue for `subject` (none or several,
    unknown in the network, oneself or one's own agency) and `reason`.
    """
    text = lifecycle.require_reason(reason)
    controller_id = _acting_for(session, actor, case_id)
    _require_fit(session, actor, subject)
    with execution.locked(session, case_id, actor) as running:
        row = _row(running, actor, controller_id, subject)
        values = {"reason": text} | ({"interpreter": subject.interpreter} if subject.interpreter else {})
        sealed = confidential.seal_exclusion(session, values, row)
        row.key_version, row.sealed = sealed.key_version, sealed.blob
        _add(running, actor, row)
    return row


def abstain(session: Session, actor: Actor, case_id: UUID) -> None:
    """Keep oneself out of a case; nobody is asked or told why. Raises NotFound, Forbidden."""
    lookup.case(session, actor, case_id)
    access.require(actor, Action.ABSTAIN)
    with execution.locked(session, case_id, actor) as running:
        agencies = access.scope(actor).agency_ids
        playing = agencies & {part.agency_id for part in running.participations.values()}
        controller_id = min(playing or agencies, key=str)
        _add(running, actor, _row(running, actor, controller_id, Subject(user_id=actor.user_id)))


def lift(session: Session, actor: Actor, case_id: UUID, exclusion_id: UUID) -> Exclusion:
    """Ask to let somebody in again, or agree with a colleague who has asked: it takes two.

    Raises NotFound, Forbidden, MustBeAnotherPerson when the actor has asked already.
    """
    _acting_for(session, actor, case_id)
    with execution.locked(session, case_id, actor):
        query = select(Exclusion).where(
            Exclusion.id == exclusion_id, Exclusion.case_id == case_id, Exclusion.until.is_(None)
        )
        row = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
        if row is None or not may_see(session, actor, row):
            raise errors.NotFound(exclusion=exclusion_id)
        if row.lift_asked_by_id == actor.user_id:
            raise errors.MustBeAnotherPerson(exclusion=exclusion_id)
        if row.lift_asked_by_id is None:
            row.lift_asked_by_id, row.lift_asked_at = actor.user_id, clock.now()
            trail.note(session, actor, "exclusion.lifting_asked", case_id, subject=("exclusion", row.id))
        else:
            row.lifted_by_id, row.until = actor.user_id, clock.now()
            trail.note(session, actor, "exclusion.lifted", case_id, subject=("exclusion", row.id))
    return row


def carry_over(session: Session, actor: Actor, case_id: UUID, kept_out: ground.KeptOut, controller_id: UUID) -> None:
    """Keep out of a case that another network has referred whom that keeps out, as far as they belong to this one too.

    Of interpreters only a name is known, which does not travel.
    """
    known = select(Membership.user_id).where(
        Membership.network_id == actor.network_id, Membership.user_id.in_(kept_out.people)
    )
    people = sorted(set(session.scalars(known).all()))
    agencies = sorted(kept_out.agencies & {agency.id for agency in directory.agencies(session, actor.network_id)})
    subjects = [*(Subject(user_id=one) for one in people), *(Subject(agency_id=one) for one in agencies)]
    if subjects:
        with execution.locked(session, case_id, actor) as running:
            for subject in subjects:
                _add(running, actor, _row(running, actor, controller_id, subject))


def choose_alternate(session: Session, actor: Actor, case_id: UUID, user_id: UUID | None) -> None:
    """Name who is told what must not reach who is kept out; None: nobody in particular.

    Raises NotFound, Forbidden, InvalidValue for `alternate` when the agency that holds the case has not that person.
    """
    _acting_for(session, actor, case_id)
    with execution.locked(session, case_id, actor) as running:
        if user_id is not None and user_id not in {person.id for person in alternates(session, running.case)}:
            raise errors.InvalidValue("alternate", "not_of_the_holder")
        running.case.alternate_id = user_id
        trail.note(session, actor, "case.alternate_chosen", case_id)


def entrust(session: Session, actor: Actor, case_id: UUID, lane: str, agency_id: UUID) -> None:
    """Give a lane of an agency that is kept out to another one: its part ends, and its steps are handed over.

    Who sent the case hands it over anew, or who gives the lane: to the one chosen here, if something allows that it be
    told. Raises NotFound, Forbidden, LaneWithoutAgency when the agency cannot play it; InvalidValue for another lane.
    """
    giver_id = _acting_for(session, actor, case_id)
    with execution.locked(session, case_id, actor) as running:
        execution.require_open(running.case)
        if lane not in _orphaned(running):
            raise errors.InvalidValue("lane", "not_free")
        if agency_id not in assigning.able(running, lane):
            raise errors.LaneWithoutAgency(lane)
        handing.give_lane(running, actor, lane, agency_id, giver_id=giver_id, why=KEPT_OUT)
        trail.note(session, actor, "lane.entrusted", case_id, details={"lane": lane, "agency": str(agency_id)})


def may_see(session: Session, actor: Actor, row: Exclusion) -> bool:
    """Tell whether an exclusion is the actor's to see: that somebody abstains is known to her own agencies' leads."""
    if not row.abstained:
        return True
    hers = select(Membership.agency_id).where(Membership.user_id == row.user_id)
    return not access.scope(actor).led_agency_ids.isdisjoint(session.scalars(hers).all())


def alternates(session: Session, case: Case) -> list[User]:
    """Give who can be told in the place of others: the people of the agency that holds the case, whom it lets in."""
    holder = lookup.holder(session, case)
    agencies = [holder] if holder is not None else []
    people = {
        person.id: person
        for role in (Role.OPERATRICE, Role.RESPONSABILE)
        for person in directory.people_as(session, case.network_id, agencies, role, case_id=case.id)
    }
    return sorted(people.values(), key=lambda person: (person.display_name, str(person.id)))


def _acting_for(session: Session, actor: Actor, case_id: UUID) -> UUID:
    """Give the agency for which somebody changes the list: one that takes part. Raises NotFound, Forbidden."""
    lookup.case(session, actor, case_id)
    taking_part = lookup.participating(session, case_id)
    able = {agency for agency, _role in actor.memberships if access.may(actor, Action.EXCLUDE, agency)} & taking_part
    if not able:
        raise errors.Forbidden(action=Action.EXCLUDE)
    return min(able, key=str)


def _require_fit(session: Session, actor: Actor, subject: Subject) -> None:
    if not subject.is_one or len(subject.interpreter) > MAX_NAME or not subject.interpreter.isprintable():
        raise errors.InvalidValue("subject", "one_of_three")
    if subject.user_id == actor.user_id and subject.user_id is not None:
        raise errors.InvalidValue("subject", "oneself")
    if any(agency_id == subject.agency_id for agency_id, _role in actor.memberships):
        raise errors.InvalidValue("subject", "own_agency")
    of_network = Membership.network_id == actor.network_id
    if subject.user_id is not None:
        known = select(Membership.id).where(of_network, Membership.user_id == subject.user_id).limit(1)
        if session.scalar(known) is None:
            raise errors.InvalidValue("subject", "unknown")
    agencies = {agency.id for agency in directory.agencies(session, actor.network_id)}
    if subject.agency_id is not None and subject.agency_id not in agencies:
        raise errors.InvalidValue("subject", "unknown")


def _row(running: Running, actor: Actor, controller_id: UUID, subject: Subject) -> Exclusion:
    if actor.user_id is None:
        raise errors.Forbidden(action=Action.EXCLUDE)
    kept_out = running.kept_out
    if subject.user_id in kept_out.people or subject.agency_id in kept_out.agencies:
        raise errors.DuplicateName("exclusion_taken")
    return Exclusion(
        id=db.new_id(),
        network_id=running.case.network_id,
        case_id=running.case.id,
        user_id=subject.user_id,
        agency_id=subject.agency_id,
        put_by_id=actor.user_id,
        controller_id=controller_id,
        since=clock.now(),
    )


def _add(running: Running, actor: Actor, row: Exclusion) -> None:
    """Write the row, and let what she or her agency holds go from it before the command ends."""
    running.session.add(row)
    people, agencies = ({one} if one is not None else set() for one in (row.user_id, row.agency_id))
    before = running.kept_out
    running.kept_out = ground.KeptOut(before.people | people, before.agencies | agencies)
    running.session.flush()
    gone = people | set(_members(running, agencies))
    if running.case.alternate_id in gone:
        running.case.alternate_id = None
    _return(running, gone)
    for agency_id in agencies:
        participation.choose_proxies(running, agency_id)
    for task in _without_agency(running, agencies):
        escalation.tell_without_agency(running.session, running.case, task)
    action = "exclusion.abstained" if row.abstained else "exclusion.put"
    trail.note(running.session, actor, action, row.case_id, subject=("exclusion", row.id))


def _members(running: Running, agencies: Collection[UUID]) -> Collection[UUID]:
    query = select(Membership.user_id).where(
        Membership.agency_id.in_(agencies), Membership.network_id == running.case.network_id
    )
    return running.session.scalars(query).all()


def _return(running: Running, people: Collection[UUID]) -> None:
    """Give what these people hold back to its agency; its reception runs anew, the rest of its clocks go on."""
    session, case = running.session, running.case
    query = select(UserTask).where(
        UserTask.case_id == case.id, UserTask.state == TaskStatus.CLAIMED, UserTask.assignee_id.in_(people)
    )
    for task in session.scalars(query.execution_options(populate_existing=True)).all():
        task.state, task.assignee_id = TaskStatus.OPEN, None
        task.revision += 1
        clocks.note_due(task, arming.arm_again(session, task.id, task.agency_id, now=clock.now()))
        history.record(
            session,
            case,
            history.EventKind.TASK_RETURNED,
            instance_id=task.instance_id,
            task_id=task.id,
            agency_id=task.agency_id,
            element_id=task.element_id,
        )
    answered = update(UserTask).where(
        UserTask.case_id == case.id, UserTask.state.in_(_HELD), UserTask.first_by_id.in_(people)
    )
    # What somebody answered who is kept out is nothing to confirm: another one answers, another one confirms.
    session.execute(answered.values(first_by_id=None, first_at=None, revision=UserTask.revision + 1))
    offered = update(UserTask).where(
        UserTask.case_id == case.id, UserTask.state.in_(_HELD), UserTask.offered_to_id.in_(people)
    )
    session.execute(offered.values(offered_to_id=None))


def _without_agency(running: Running, agencies: Collection[UUID]) -> Collection[UserTask]:
    query = select(UserTask).where(
        UserTask.case_id == running.case.id, UserTask.state.in_(_HELD), UserTask.agency_id.in_(agencies)
    )
    return running.session.scalars(query).all()


def _orphaned(running: Running) -> frozenset[str]:
    """Give the lanes that an agency plays which the case keeps out; that it opened the case is no lane to be played."""
    kept_out = running.kept_out.agencies
    played = running.participations.items()
    return frozenset(lane for lane, part in played if part.agency_id in kept_out and lane != instances.OPENING)
