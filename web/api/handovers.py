"""Hand-overs: a case goes from one agency to another, for a purpose, on a basis, with no more than the fields named."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from engine.cases import handover_page, handovers, offers
from engine.cases.handover_models import Handover
from engine.errors import NotFound
from engine.participants.token_models import TokenScope
from web.api import bodies, handover_schemas, identity, repeating
from web.api.routes import Routes, Session

routes = Routes("handovers", "How cases go from one agency to another.")


@routes.reading("/handovers/<uuid:handover_id>", gives=handover_schemas.HandoverPage())
def show_handover(session: Session, handover_id: UUID) -> dict[str, Any]:
    """Show a hand-over: to its sender with the agencies that can be asked, to who is asked without any content."""
    return _page(handover_page.show(session, identity.actor(), handover_id))


@routes.reading("/tasks/<uuid:task_id>/handover", gives=handover_schemas.HandoverPage())
def show_handover_of_task(session: Session, task_id: UUID) -> dict[str, Any]:
    """Show the hand-over that stands before a task (its `handover` is `prepare` or `sent`)."""
    found = handover_page.of_task(session, identity.actor(), task_id)
    if found is None:
        raise NotFound(task=task_id)
    return _page(handover_page.show(session, identity.actor(), found))


@routes.reading("/offers", gives=handover_schemas.OfferedCases())
def list_offers(session: Session) -> dict[str, Any]:
    """List what stands offered to one's agencies, the oldest first; of each case only the code."""
    return {"items": offers.listing(session, identity.actor())}


@routes.reading("/cases/<uuid:case_id>/handovers", gives=handover_schemas.Handovers())
def list_handovers(session: Session, case_id: UUID) -> dict[str, Any]:
    """List the hand-overs of a case that one's own agencies sent or received, without any content."""
    return {"items": handover_page.listed(session, identity.actor(), case_id)}


@routes.command(
    "/handovers/<uuid:handover_id>/prepare",
    TokenScope.WORK,
    takes=bodies.Receiver(),
    gives=handover_schemas.Handover(),
)
def prepare_handover(session: Session, body: dict[str, Any], handover_id: UUID) -> Handover:
    """Choose the agency that is to be asked; nobody is told yet."""
    return handovers.prepare(session, identity.actor(), handover_id, revision=repeating.expected_revision(), **body)


@routes.command(
    "/handovers/<uuid:handover_id>/send",
    TokenScope.WORK,
    takes=bodies.Sending(),
    gives=handover_schemas.Handover(),
)
def send_handover(session: Session, body: dict[str, Any], handover_id: UUID) -> Handover:
    """Hand the case over: the agency is asked, if something allows that it be told. Nothing here can say so."""
    return handovers.send(session, identity.actor(), handover_id, revision=repeating.expected_revision(), **body)


@routes.command(
    "/handovers/<uuid:handover_id>/accept", TokenScope.WORK, takes=bodies.Act(), gives=handover_schemas.Handover()
)
def accept_handover(session: Session, body: dict[str, Any], handover_id: UUID) -> Handover:
    """Take the case on: the agency's part begins, and the task is in one's charge."""
    return handovers.accept(session, identity.actor(), handover_id, revision=repeating.expected_revision(), **body)


@routes.command(
    "/handovers/<uuid:handover_id>/decline",
    TokenScope.WORK,
    takes=bodies.Refusal(),
    gives=handover_schemas.Handover(),
)
def decline_handover(session: Session, body: dict[str, Any], handover_id: UUID) -> Handover:
    """Say no, with a reason: the case is its sender's again."""
    return handovers.decline(session, identity.actor(), handover_id, revision=repeating.expected_revision(), **body)


@routes.command(
    "/handovers/<uuid:handover_id>/ask_back",
    TokenScope.WORK,
    takes=bodies.Reason(),
    gives=handover_schemas.Handover(),
)
def ask_handover_back(session: Session, body: dict[str, Any], handover_id: UUID) -> Handover:
    """Take back what nobody has accepted yet, with a reason."""
    return handovers.ask_back(session, identity.actor(), handover_id, revision=repeating.expected_revision(), **body)


@routes.command(
    "/handovers/<uuid:handover_id>/revoke",
    TokenScope.WORK,
    takes=bodies.Reason(),
    gives=handover_schemas.Handover(),
)
def revoke_handover(session: Session, body: dict[str, Any], handover_id: UUID) -> Handover:
    """End the part of an agency that has accepted, as the sender's lead and with a reason: its tasks come back."""
    return handovers.revoke(session, identity.actor(), handover_id, revision=repeating.expected_revision(), **body)


def _page(page: handover_page.HandoverPage) -> dict[str, Any]:
    row = page.handover
    named = ("id", "purpose", "needs", "duty", "state", "sent_at")
    same = (
        *("revision", "step_name", "task_id", "case_id", "case_code", "deadlines", "recipients", "paused"),
        *("came_back", "needs_on_behalf_of", "must_be_another"),
    )
    return {
        **{name: getattr(row, name) for name in named},
        **{name: getattr(page, name) for name in same},
        "from_agency": page.sender.name,
        "from_telephone": page.sender.telephone,
        "to_agency": page.receiver.name if page.receiver is not None else None,
        "fields_": page.fields,
        "may": sorted(page.may),
    }
