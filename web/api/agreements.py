"""Her answers: what she agrees to and takes back, pauses and ends, and vital interests."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from engine.cases import agreements, agreements_page, pauses
from engine.cases.agreements import Asked
from engine.consent.models import CasePause, RecordedBasis
from engine.participants.token_models import TokenScope
from web.api import agreement_schemas as schemas
from web.api import identity
from web.api.routes import Made, Routes, Session

routes = Routes("agreements", "What she agrees to, agency by agency and purpose by purpose; and her right to stop.")


@routes.reading("/cases/<uuid:case_id>/agreements", gives=schemas.Agreements())
def show_agreements(session: Session, case_id: UUID) -> agreements_page.AgreementsPage:
    """Show what she has agreed to, and what goes on by law whatever she says."""
    return agreements_page.agreements_of(session, identity.actor(), case_id)


@routes.command(
    "/cases/<uuid:case_id>/agreements",
    TokenScope.WORK,
    status=201,
    takes=schemas.NewAnswer(),
    gives=schemas.Basis(),
)
def record_agreement(session: Session, body: dict[str, Any], case_id: UUID) -> Made:
    """Record what she has answered, yes or no."""
    options = {name: body.pop(name) for name in ("given", "happened_at", "on_part_of") if name in body}
    row = agreements.record(session, identity.actor(), case_id, Asked(**body), **options)
    return Made(row, f"/cases/{case_id}/agreements")


@routes.command("/agreements/<uuid:basis_id>/withdraw", TokenScope.WORK, takes=schemas.Taken(), gives=schemas.Basis())
def withdraw_agreement(session: Session, body: dict[str, Any], basis_id: UUID) -> RecordedBasis:
    """Record that she has taken an agreement back."""
    return agreements.withdraw(session, identity.actor(), basis_id, **body)


@routes.command(
    "/cases/<uuid:case_id>/vital-interests",
    TokenScope.WORK,
    status=201,
    takes=schemas.NewVitalInterest(),
    gives=schemas.Basis(),
)
def invoke_vital_interest(session: Session, body: dict[str, Any], case_id: UUID) -> Made:
    """Let an agency be told without her agreement, to save a life, for a limited time."""
    row = agreements.invoke_vital_interest(session, identity.actor(), case_id, **body)
    return Made(row, f"/cases/{case_id}/agreements")


@routes.command("/cases/<uuid:case_id>/pause", TokenScope.WORK, takes=schemas.Rest(), gives=schemas.Pause())
def pause_path(session: Session, body: dict[str, Any], case_id: UUID) -> CasePause:
    """Let her path rest until a date; then it goes on by itself."""
    return pauses.pause(session, identity.actor(), case_id, **body)


@routes.command("/cases/<uuid:case_id>/end", TokenScope.WORK, takes=schemas.Wish(), gives=schemas.Pause())
def end_path(session: Session, body: dict[str, Any], case_id: UUID) -> CasePause:
    """End her path: her agreements end with it, and nothing goes on but what the law demands."""
    return pauses.end(session, identity.actor(), case_id, **body)


@routes.command("/cases/<uuid:case_id>/resume", TokenScope.WORK, status=204, takes=schemas.Moment())
def resume_path(session: Session, body: dict[str, Any], case_id: UUID) -> None:
    """Take her path up again, because she asks."""
    pauses.resume(session, identity.actor(), case_id, **body)
