"""The history of a case: one line for each thing that happened, only ever added."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from engine import clock, rows
from engine.cases import confidential, trail
from engine.cases.models import CaseEvent

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from engine.cases.ground import Ground
    from engine.cases.models import Case, UserTask
    from engine.participants.access import Actor


class EventKind(StrEnum):
    """What a line of history says."""

    CASE_OPENED = "case_opened"
    CASE_CLOSED = "case_closed"
    CASE_CANCELLED = "case_cancelled"
    INSTANCE_STARTED = "instance_started"
    INSTANCE_ENDED = "instance_ended"
    INSTANCE_MIGRATED = "instance_migrated"
    TASK_OPENED = "task_opened"
    TASK_CLAIMED = "task_claimed"
    TASK_RELEASED = "task_released"
    TASK_RETURNED = "task_returned"
    TASK_TAKEN_OVER = "task_taken_over"
    TASK_OFFERED = "task_offered"
    TASK_OFFER_DECLINED = "task_offer_declined"
    SHIFT_NOTE = "shift_note"
    TASK_COMPLETED = "task_completed"
    TASK_PROPOSED = "task_proposed"
    TASK_SENT_BACK = "task_sent_back"
    TASK_TAKEN_BACK = "task_taken_back"
    TASK_REOPENING_ASKED = "task_reopening_asked"
    TASK_REOPENED = "task_reopened"
    TASK_CANCELLED = "task_cancelled"
    STEP_UNDONE = "step_undone"
    ANSWER_CORRECTED = "answer_corrected"
    ANSWER_TAKEN_OUT = "answer_taken_out"
    ANSWER_PUT_DOWN = "answer_put_down"
    BREACH_ASSESSED = "breach_assessed"
    QUESTION_ASKED = "question_asked"
    QUESTION_ANSWERED = "question_answered"
    TIMER_FIRED = "timer_fired"
    ERROR_CAUGHT = "error_caught"
    ESCALATION_CAUGHT = "escalation_caught"
    CONDITION_MET = "condition_met"
    SERVICE_DONE = "service_done"
    MESSAGE_SENT = "message_sent"
    MESSAGE_WAITS = "message_waits"
    MESSAGE_LAPSED = "message_lapsed"
    SIGNAL_THROWN = "signal_thrown"
    SIGNAL_CAUGHT = "signal_caught"
    DATE_STATED = "date_stated"
    EXTENSION_ASKED = "extension_asked"
    EXTENSION_APPROVED = "extension_approved"
    EXTENSION_REFUSED = "extension_refused"
    TERM_MOVED = "term_moved"
    CLOCK_PAUSED = "clock_paused"
    CLOCK_RESUMED = "clock_resumed"
    RUNG_REMINDER = "rung_reminder"
    RUNG_BREACH = "rung_breach"
    RUNG_ESCALATION = "rung_escalation"
    RUNG_EMPTY = "rung_empty"
    HELPER_ADDED = "helper_added"
    SOLICITATION_OPENED = "solicitation_opened"
    INCIDENT_REPORT_OPENED = "incident_report_opened"
    AGENDA_ITEM_OPENED = "agenda_item_opened"
    ITEM_DONE = "item_done"
    ITEM_NOT_NEEDED = "item_not_needed"
    RUNG_ACKNOWLEDGED = "rung_acknowledged"
    RUNG_UNANSWERED = "rung_unanswered"
    HER_CALL_BEGUN = "her_call_begun"
    HER_CALL_ANSWERED = "her_call_answered"
    HER_CALL_UNANSWERED = "her_call_unanswered"
    HER_CALL_NOT_MADE = "her_call_not_made"
    RUNG_COORDINATION = "rung_coordination"
    COORDINATION_FOLLOWS = "coordination_follows"
    COORDINATION_NOTE = "coordination_note"
    LANE_HANDED_OVER = "lane_handed_over"
    HANDOVER_TO_SEND = "handover_to_send"
    HANDOVER_SENT = "handover_sent"
    HANDOVER_ACCEPTED = "handover_accepted"
    HANDOVER_DECLINED = "handover_declined"
    HANDOVER_ASKED_BACK = "handover_asked_back"
    HANDOVER_REVOKED = "handover_revoked"
    REFERRAL_SENT = "referral_sent"
    REFERRAL_ACCEPTED = "referral_accepted"
    REFERRAL_DECLINED = "referral_declined"
    REFERRAL_ASKED_BACK = "referral_asked_back"
    REFERRAL_REVOKED = "referral_revoked"
    REFERRAL_EXPIRED = "referral_expired"
    REFERRAL_RECEIVED = "referral_received"
    MESSAGE_RECEIVED = "message_received"
    DECISION_MADE = "decision_made"
    AGREEMENT_RECORDED = "agreement_recorded"
    AGREEMENT_WITHDRAWN = "agreement_withdrawn"
    VITAL_INTEREST_INVOKED = "vital_interest_invoked"
    VITAL_INTEREST_REVIEWED = "vital_interest_reviewed"
    PATH_PAUSED = "path_paused"
    PATH_ENDED = "path_ended"
    PATH_RESUMED = "path_resumed"
    EMERGENCY_OPENED = "emergency_opened"
    EMERGENCY_REVIEWED = "emergency_reviewed"
    INCIDENT_RAISED = "incident_raised"
    INCIDENT_RESOLVED = "incident_resolved"


OF_SENDERS = frozenset(
    {EventKind.HANDOVER_TO_SEND, EventKind.HANDOVER_SENT, EventKind.HANDOVER_ASKED_BACK, EventKind.HANDOVER_REVOKED}
)
"""What becomes of a hand-over by its sender; the rest is the other agency's act."""


def record(  # noqa: PLR0913 - a line of history has as many parts
    session: Session,
    case: Case,
    kind: EventKind,
    *,
    actor: Actor | None = None,
    instance_id: UUID | None = None,
    task_id: UUID | None = None,
    agency_id: UUID | None = None,
    on_behalf_of: UUID | None = None,
    element_id: str | None = None,
    happened_at: datetime | None = None,
    values: Mapping[str, Any] | None = None,
) -> None:
    """Add a line; `happened_at` is when it was done (by default now), `values` are sealed under the network's key.

    What somebody did stands in the audit too, under the name of the line; what followed from it does not.
    """
    sealed = None
    if values:
        sealed = confidential.seal_history(session, values, case_id=case.id, network_id=case.network_id)
    rows.append(
        session,
        CaseEvent,
        network_id=case.network_id,
        case_id=case.id,
        instance_id=instance_id,
        task_id=task_id,
        agency_id=agency_id,
        actor_id=actor.user_id if actor is not None else None,
        on_behalf_of_id=on_behalf_of,
        kind=kind.value,
        element_id=element_id,
        happened_at=happened_at or clock.now(),
        key_version=sealed.key_version if sealed is not None else None,
        sealed=sealed.blob if sealed is not None else None,
    )
    if actor is not None:
        trail.note(
            session,
            actor,
            kind.value.replace("_", ".", 1),
            case.id,
            subject=("user_task", task_id) if task_id is not None else None,
            agency_id=agency_id,
            on_behalf_of=on_behalf_of,
            happened_at=happened_at,
        )


def of_task(
    running: Ground,
    actor: Actor,
    task: UserTask,
    kind: EventKind,
    *,
    in_person: bool = False,
    happened_at: datetime | None = None,
    values: Mapping[str, Any] | None = None,
) -> None:
    """Add the line of what somebody has done with a step.

    It is done on behalf of the agency for which the step is recorded, if it is, unless the act is the actor's own
    (`in_person`): that of a lead, or of the coordination.
    """
    record(
        running.session,
        running.case,
        kind,
        actor=actor,
        instance_id=task.instance_id,
        task_id=task.id,
        agency_id=task.agency_id,
        on_behalf_of=None if in_person else task.on_behalf_of_id,
        element_id=task.element_id,
        happened_at=happened_at,
        values=values,
    )
