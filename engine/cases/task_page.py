"""What the page of one task shows. Reads only, from rows; the workflow is opened for nothing but form conditions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select

import forms
from engine.bpmn.runtime import Instance
from engine.cases import (
    assigning,
    clock_rows,
    confidential,
    decisions,
    execution,
    following,
    handed,
    helping,
    links,
    lookup,
    reassignment,
    right_case,
    separation,
    standing_in,
    submission_page,
    trail,
    unknown_dates,
)
from engine.cases.clock_rows import DeadlineRow
from engine.cases.decisions import Explanation
from engine.cases.following import Followed
from engine.cases.handed import Handed
from engine.cases.links import Shorter
from engine.cases.models import CaseState, Draft, ProcessInstance, TaskStatus, UserTask
from engine.cases.reassignment import Colleague
from engine.cases.right_case import RightCase
from engine.cases.submission_page import RequestPage
from engine.definitions import repository
from engine.participants import access, directory
from engine.participants.access import Action
from engine.participants.models import Agency, CaseParticipation, Channel, User

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.bpmn import model
    from engine.participants.access import Actor


_TAKING = frozenset({Action.CLAIM, Action.TAKE_OVER})


@dataclass(frozen=True, slots=True)
class Declined:
    """An agency that has said no in a lane, and when it last did."""

    agency_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class LaneChoice:
    """A lane whose agency the step decides, the agencies that can play it, the one that plays it now, who said no."""

    lane: str
    name: str
    agencies: tuple[Agency, ...]
    current_id: UUID | None
    declined: tuple[Declined, ...]


@dataclass(frozen=True, slots=True)
class TaskPage:
    """Everything that the page of a task needs; `may` says which verbs the actor may use on it now.

    `must_name_decider`: who completes it on behalf of its agency says who decided there. `must_be_another`: the actor
    did a step that this one is kept apart from. `helpers`: whom its ladder has named further owners of it;
    `draft_by` who has saved the draft, where that is another one of them.

    `undoes`: what people call the step that this one undoes, if it is there for that. `colleagues` are those to whom
    the actor can hand on what she holds; `offered_to_me`: she may say no to it.

    `first_name`: who answered a step of four eyes first; with `confirm` the draft is her answer, which
    the actor may confirm; `may_take_back`: it is the actor's own, and nobody has taken it to confirm it.

    `shorter`: clocks of the same step in a linked contact that are due before those of this one.

    `form_changed_at`: when the form became another one under the draft, which keeps what that still asks for.

    `right_case` says into which case an answer goes, and whether to look twice.

    `unknown_dates`: one of its clocks waits for a date that the case does not know.

    `handed` is what was handed over with the case; `request` what the process was started with, where the actor may
    read it; `explanation` says how the proposal
    came about that the step is to judge.
    """

    task: UserTask
    right_case: RightCase
    documentation: str
    undoes: str | None
    agency: Agency
    assignee_name: str | None
    helpers: tuple[str, ...]
    form: forms.Form | None
    context: dict[str, Any]
    draft: dict[str, Any] | None
    draft_saved_at: datetime | None
    draft_by: str | None
    form_changed_at: datetime | None
    deadlines: tuple[DeadlineRow, ...]
    unknown_dates: bool
    handed: tuple[Handed, ...]
    request: RequestPage | None
    explanation: Explanation | None
    needs_on_behalf_of: bool
    must_name_decider: bool
    must_be_another: bool
    followed: tuple[Followed, ...]
    lane_choices: tuple[LaneChoice, ...]
    colleagues: tuple[Colleague, ...]
    offered_to_me: bool
    first_name: str | None
    may_take_back: bool
    shorter: tuple[Shorter, ...]
    may: frozenset[Action]

    @property
    def goes_back_at(self) -> datetime | None:
        """When the step is to be taken again if nobody touches it; told to who has it."""
        goes_back = Action.RELEASE in self.may and self.draft_saved_at is None and self.task.held_since is None
        return self.task.return_at if goes_back else None

    @property
    def case_code(self) -> str:
        """The code of the case."""
        return self.right_case.case.code


def task(session: Session, actor: Actor, task_id: UUID) -> TaskPage:
    """Give the page of a task. Raises NotFound; Conflict `handover_under_way` while the case is handed over for it."""
    found = lookup.task(session, actor, task_id, to_read=True)
    # Who only reads, in an emergency, reads what there is; there is nothing for him to send or to accept.
    if lookup.visible(actor, found):
        lookup.require_here(found)
    trail.note_task(session, actor, "task.read", found)
    node = repository.load(session, found.definition_id).node(found.element_id)
    form = repository.form(session, found.definition_id, found.form_id) if found.form_id else None
    agency = session.get_one(Agency, found.agency_id)
    hers = helping.owns(session, actor, found)
    draft = session.get(Draft, task_id) if hers else None
    needs = form is not None and _is_open(found)
    must_be_another = _needs_another(session, actor, found)
    part = handed.part_of(session, found)
    allowed = handed.readable(session, found, part)
    variables = _variables(session, found, form, part) if _is_open(found) else {}
    return TaskPage(
        task=found,
        right_case=right_case.of(session, actor, found),
        documentation=node.documentation,
        undoes=repository.load(session, found.definition_id).undone_by(found.element_id),
        agency=agency,
        assignee_name=_name(session, actor, found.assignee_id),
        helpers=helping.of_task(session, found),
        form=form,
        context=handed.narrowed(form.context_names, variables, allowed) if form is not None and needs else {},
        draft=_open_draft(session, actor, found, draft),
        draft_saved_at=draft.saved_at if draft is not None else None,
        draft_by=_other(session, actor, draft),
        form_changed_at=draft.form_changed_at if draft is not None else None,
        deadlines=clock_rows.of_task(session, found),
        unknown_dates=unknown_dates.waits(session, found),
        handed=handed.contents(session, actor, found, part, variables) if _is_open(found) else (),
        request=submission_page.request(session, actor, found.instance_id) if allowed is None else None,
        explanation=_explanation(session, actor, found, node, allowed),
        needs_on_behalf_of=agency.channel is not Channel.PORTALE,
        must_name_decider=agency.channel is not Channel.PORTALE and separation.must_name_decider(session, found),
        must_be_another=must_be_another,
        followed=following.of_tasks(session, found.case_id, [task_id], to_its_people=lookup.visible(actor, found)).get(
            task_id, ()
        ),
        lane_choices=_lane_choices(session, found, node) if needs else (),
        colleagues=_colleagues(session, actor, found, agency),
        offered_to_me=_offered(actor, found),
        first_name=_name(session, actor, found.first_by_id),
        may_take_back=found.state is TaskStatus.OPEN and found.first_by_id == actor.user_id is not None,
        shorter=links.shorter(session, actor, found) if found.due_at is not None and _is_open(found) else (),
        may=_may(session, actor, found, agency, hers=hers) - (_TAKING if must_be_another else frozenset()),
    )


def _offered(actor: Actor, found: UserTask) -> bool:
    return found.state is TaskStatus.OPEN and found.offered_to_id is not None and found.offered_to_id == actor.user_id


def _colleagues(session: Session, actor: Actor, found: UserTask, agency: Agency) -> tuple[Colleague, ...]:
    """Give to whom the actor can hand on what she holds; what is recorded for an agency without computers nobody."""
    hers = found.state is TaskStatus.CLAIMED and found.assignee_id == actor.user_id
    if not hers or agency.channel is not Channel.PORTALE or not access.may(actor, Action.RELEASE, found.agency_id):
        return ()
    return reassignment.could_take(session, found, besides=actor.user_id)


def _needs_another(session: Session, actor: Actor, found: UserTask) -> bool:
    """Tell whether a task that can still be done has to be done by another person than the actor."""
    return _is_open(found) and bool(separation.excluded(session, actor, [found]))


def _is_open(found: UserTask) -> bool:
    return found.state in {TaskStatus.OPEN, TaskStatus.CLAIMED}


def _explanation(
    session: Session, actor: Actor, found: UserTask, node: model.Node, allowed: frozenset[str] | None
) -> Explanation | None:
    """Give the reasons behind a proposal, where the proposal was handed over with the case."""
    if allowed is not None and node.explains is not None:
        rule = repository.load(session, found.definition_id).node(node.explains)
        if rule.result not in allowed:
            return None
    return decisions.explanation(session, actor, found)


def _variables(
    session: Session, found: UserTask, form: forms.Form | None, part: CaseParticipation | None
) -> Mapping[str, Any]:
    """Give the variables of a step; the state is opened only for a form whose conditions read it, or to hand over."""
    handed_over = part is not None and any("." not in name for name in part.fields or ())
    if not handed_over and (form is None or not form.context_names):
        return {}
    query = (
        select(ProcessInstance.definition_id, CaseState)
        .join(CaseState, CaseState.instance_id == ProcessInstance.id)
        .where(ProcessInstance.id == found.instance_id)
    )
    running = session.execute(query).one_or_none()
    if running is None:
        return {}
    definition_id, stored = running
    definition = repository.load(session, definition_id)
    content = confidential.open_state(session, stored)
    host = execution.host_of(session, found.network_id, found.case_id)
    instance = Instance.restore(definition, content, stored.format, host)
    return instance.variables(found.id)


def _lane_choices(session: Session, found: UserTask, node: model.Node) -> tuple[LaneChoice, ...]:
    if not node.assigns_lanes:
        return ()
    names = {lane.id: lane.name for lane in repository.load(session, found.definition_id).process.lanes}
    kept_out = lookup.kept_out_agencies(session, found.case_id)
    return tuple(
        LaneChoice(
            lane,
            names[lane],
            tuple(one for one in directory.agencies_for(session, found.network_id, lane) if one.id not in kept_out),
            session.scalar(
                select(CaseParticipation.agency_id).where(
                    CaseParticipation.case_id == found.case_id,
                    CaseParticipation.lane == lane,
                    CaseParticipation.ended_why.is_(None),
                )
            ),
            tuple(Declined(*no) for no in sorted(assigning.declined(session, found.instance_id, lane).items())),
        )
        for lane in node.assigns_lanes
    )


def _open_draft(session: Session, actor: Actor, found: UserTask, draft: Draft | None) -> dict[str, Any] | None:
    if draft is None:
        return None
    trail.note_task(session, actor, "draft.read", found)
    return confidential.open_draft(session, draft)


def _other(session: Session, actor: Actor, draft: Draft | None) -> str | None:
    """Name who has saved a draft, where it is not the actor."""
    by = draft.saved_by_id if draft is not None else None
    return _name(session, actor, by) if by is not None and by != actor.user_id else None


def _name(session: Session, actor: Actor, user_id: UUID | None) -> str | None:
    if user_id is None or user_id == actor.user_id:
        return None if user_id is None else actor.display_name
    return session.get_one(User, user_id).display_name


def _may(session: Session, actor: Actor, found: UserTask, agency: Agency, *, hers: bool) -> frozenset[Action]:
    if found.state is TaskStatus.CANCELLED or lookup.pending(found) is not None:
        return frozenset()
    wanted = {Action.CLAIM} if found.state is TaskStatus.OPEN else set()
    if _is_open(found) and found.held_since is None:
        wanted.add(Action.ASK)
    if found.state is TaskStatus.COMPLETED:
        wanted = {Action.ASK_REOPENING}
    if found.state is TaskStatus.CLAIMED and hers:
        wanted |= {Action.SAVE_DRAFT, Action.COMPLETE}
    if found.state is TaskStatus.CLAIMED and found.assignee_id == actor.user_id:
        wanted.add(Action.RELEASE)
    allowed = {
        action
        for action in wanted
        if access.may_step(actor, action, agency_id=agency.id, channel=agency.channel, proxies=lookup.proxies(found))
    }
    if found.first_by_id is not None and Action.COMPLETE in allowed:
        allowed = allowed - {Action.COMPLETE, Action.SAVE_DRAFT} | {Action.CONFIRM}
    asks = access.may_step(
        actor, Action.ASK, agency_id=agency.id, channel=agency.channel, proxies=lookup.proxies(found)
    )
    if _is_open(found) and found.held_since is None and asks:
        allowed.add(Action.ASK)
    held = found.state is TaskStatus.CLAIMED and found.assignee_id != actor.user_id
    if held and standing_in.may(session, actor, found):
        allowed.add(Action.TAKE_OVER)
    return frozenset(allowed)
