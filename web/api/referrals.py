"""Referrals: a woman goes to another network, which opens a case of its own if it accepts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from engine.cases import received, referral_page, referrals
from engine.cases.received import ReceivedPage
from engine.cases.referral_models import ReceivedReferral, Referral
from engine.participants.token_models import TokenScope
from web.api import bodies, identity
from web.api import referral_schemas as schemas
from web.api.routes import Routes, Session

routes = Routes("referrals", "How a woman goes from one network to another.")


@routes.reading("/referrals", gives=schemas.SentReferrals())
def list_referrals(session: Session) -> dict[str, Any]:
    """List the referrals that one's own agencies have sent, the newest first."""
    return {"items": referrals.sent(session, identity.actor())}


@routes.reading("/cases/<uuid:case_id>/referrals", takes=schemas.Chosen(), gives=schemas.Preparation())
def prepare_referral(session: Session, asked: dict[str, Any], case_id: UUID) -> dict[str, Any]:
    """Show the networks that receive referrals; of a chosen one what it asks, and what allows that it be told."""
    page = referral_page.prepare(session, identity.actor(), case_id, asked.get("to_network"))
    questions = page.form.fields.items() if page.form is not None else ()
    return {
        "networks": page.networks,
        "asked": {key: {language: one.label(language) for language in ("it", "en")} for key, one in questions},
        "standing": page.standing,
        "referrals": page.referrals,
        "may_send": page.may_send,
    }


@routes.command(
    "/cases/<uuid:case_id>/referrals", TokenScope.WORK, takes=schemas.NewReferral(), gives=schemas.Referral()
)
def send_referral(session: Session, body: dict[str, Any], case_id: UUID) -> Referral:
    """Refer the case, if something allows that the other network be told. Nothing here can say so."""
    return referrals.send(session, identity.actor(), case_id, **body)


@routes.command("/referrals/<uuid:referral_id>/ask-back", TokenScope.WORK, gives=schemas.Referral())
def ask_referral_back(session: Session, referral_id: UUID) -> Referral:
    """Take back what waits for an answer."""
    return referrals.ask_back(session, identity.actor(), referral_id)


@routes.command("/referrals/<uuid:referral_id>/settle", TokenScope.WORK, gives=schemas.Referral())
def settle_referral(session: Session, referral_id: UUID) -> Referral:
    """Say that what came back was dealt with."""
    return referrals.settle(session, identity.actor(), referral_id)


@routes.reading("/received-referrals", gives=schemas.ReceivedReferrals())
def list_received_referrals(session: Session) -> dict[str, Any]:
    """List what other networks have referred to one's own agencies, what waits first."""
    return {"items": received.listing(session, identity.actor())}


@routes.reading("/received-referrals/<uuid:referral_id>", gives=schemas.ReceivedPage())
def show_received_referral(session: Session, referral_id: UUID) -> ReceivedPage:
    """Show one: the names of the questions that it answers, and no answer."""
    return received.show(session, identity.actor(), referral_id)


@routes.command(
    "/received-referrals/<uuid:referral_id>/accept",
    TokenScope.WORK,
    takes=schemas.Acceptance(),
    gives=schemas.ReceivedReferral(),
)
def accept_referral(session: Session, body: dict[str, Any], referral_id: UUID) -> ReceivedReferral:
    """Take her on: a case begins here with what was sent."""
    return received.accept(session, identity.actor(), referral_id, **body)


@routes.command(
    "/received-referrals/<uuid:referral_id>/decline",
    TokenScope.WORK,
    takes=bodies.Reason(),
    gives=schemas.ReceivedReferral(),
)
def decline_referral(session: Session, body: dict[str, Any], referral_id: UUID) -> ReceivedReferral:
    """Say no, with a reason that the sender reads; what was sent is destroyed."""
    return received.decline(session, identity.actor(), referral_id, **body)
