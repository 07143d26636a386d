"""What whoever refers a case to another network has before her: which there are, what allows it, what is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select

from engine import clock, errors, purposes
from engine.cases import agreements, lookup, receptions, referrals, submissions, trail
from engine.cases.models import Case, CaseStatus, FormSubmission
from engine.cases.referral_models import Reception, ReferralState
from engine.cases.referrals import SentRow
from engine.consent import gate
from engine.consent.models import BasisKind
from engine.participants.access import Action
from engine.participants.models import Agency

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    import forms
    from engine.participants.access import Actor

_LOOKED_THROUGH = 20  # answers of the sender's agency, the newest ones


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a network may be told of a case for a purpose: what allows it, and whether she said no."""

    purpose: str
    basis: BasisKind | None
    refused: bool


@dataclass(frozen=True, slots=True)
class Preparation:
    """What whoever refers a case needs: the networks that receive; of the chosen one its agency, form and standing.

    `known`: what one's own agency has answered to questions of the same name, no secret among it. `acting` are the
    agencies for which the actor may refer.
    """

    case: Case
    networks: tuple[Reception, ...]
    chosen: Reception | None
    agency: Agency | None
    form: forms.Form | None
    known: Mapping[str, Any]
    standing: tuple[Standing, ...]
    acting: tuple[Agency, ...]
    referrals: tuple[SentRow, ...]
    may_send: bool


def prepare(session: Session, actor: Actor, case_id: UUID, to_network: UUID | None = None) -> Preparation:
    """Give what is needed to refer a case, to a network if one is chosen; the reading is audited.

    Raises NotFound, Forbidden; InvalidValue for `to_network`.
    """
    case = lookup.case(session, actor, case_id)
    acting = agreements.acting_agencies(session, actor, case_id)
    if not acting:
        raise errors.Forbidden(action=Action.HAND_OVER, case=case_id)
    chosen = referrals.receiving(session, actor, to_network) if to_network is not None else None
    door = receptions.door(session, chosen.network_id, chosen.process) if chosen is not None else None
    trail.note(session, actor, "referral.prepared", case_id)
    sent = referrals.of_case(session, actor, case_id)
    return Preparation(
        case=case,
        networks=receptions.elsewhere(session, actor.network_id),
        chosen=chosen,
        agency=receptions.agency_of(session, chosen) if chosen is not None else None,
        form=door.form if door is not None else None,
        known=_known(session, case_id, acting, door.form) if door is not None else {},
        standing=_standing(session, case_id, chosen) if chosen is not None else (),
        acting=tuple(session.scalars(select(Agency).where(Agency.id.in_(acting)).order_by(Agency.name))),
        referrals=sent,
        may_send=case.state is CaseStatus.OPEN and all(row.state is not ReferralState.SENT for row in sent),
    )


def _known(session: Session, case_id: UUID, agency_ids: frozenset[UUID], form: forms.Form) -> dict[str, Any]:
    """Give what was answered last to questions that have the same name and kind as one of the form."""
    query = (
        select(FormSubmission)
        .where(FormSubmission.case_id == case_id, FormSubmission.controller_id.in_(agency_ids))
        .where(FormSubmission.misfiled_at.is_(None))
        .order_by(FormSubmission.recorded_at.desc(), FormSubmission.id)
        .limit(_LOOKED_THROUGH)
    )
    found: dict[str, Any] = {}
    for row in session.scalars(query).all():
        asked = submissions.form_of(session, row)
        for key, value in submissions.opened(session, row).values.items():
            wanted, here = form.fields.get(key), asked.fields.get(key) if asked is not None else None
            if wanted is not None and here is not None and wanted.kind == here.kind and value is not None:
                found.setdefault(key, value)
    return found


def _standing(session: Session, case_id: UUID, chosen: Reception) -> tuple[Standing, ...]:
    found = []
    for purpose in purposes.KNOWN.values():
        if purpose.to_agency:
            how = gate.standing(
                session,
                case_id=case_id,
                agency_id=chosen.agency_id,
                purpose=purpose.id,
                needs=referrals.NEEDED,
                now=clock.now(),
            )
            kind = how.basis.kind if how.basis is not None else None
            found.append(Standing(purpose.id, kind, how.refused is not None))
    return tuple(found)
