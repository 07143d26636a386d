"""Changing what is known of agencies and people. As in `directory`, no verb here asks for a role."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from engine.errors import Conflict, NotFound
from engine.participants import directory
from engine.participants.access import Actor
from engine.participants.directory import Contact
from engine.participants.models import Agency, Channel, Membership, NetworkAgency, Role, User


def change_agency(
    session: Session,
    network_id: UUID,
    agency_id: UUID,
    *,
    services: Iterable[str],
    channel: Channel,
    contact: Contact,
    by: Actor | None = None,
) -> None:
    """Change the lanes that an agency plays in a network, and how it is reached everywhere. Raises InvalidValue."""
    offered = sorted({directory.valid_key("services", service) for service in services})
    telephone, email = directory.valid_telephone(contact.telephone), directory.valid_email(contact.email)
    session.execute(
        update(Agency).where(Agency.id == agency_id).values(channel=channel, telephone=telephone, email=email)
    )
    session.execute(
        update(NetworkAgency)
        .where(NetworkAgency.network_id == network_id, NetworkAgency.agency_id == agency_id)
        .values(services=offered)
    )
    details = {"services": " ".join(offered), "channel": channel.value}
    directory.record(session, by, "agency.changed", "agency", agency_id, network_id=network_id, **details)


def end_membership(
    session: Session, network_id: UUID, user_id: UUID, membership_id: UUID, *, by: Actor | None = None
) -> None:
    """Take a role from a person. Raises NotFound, Conflict `last_role` or `last_administrator`.

    Who has no role left belongs to no network and could be given none any more: her account is closed instead.
    """
    query = select(Membership).where(
        Membership.id == membership_id, Membership.network_id == network_id, Membership.user_id == user_id
    )
    row = session.scalars(query).one_or_none()
    if row is None:
        raise NotFound("membership_not_found")
    if row.role is Role.AMMINISTRATORE:
        directory.require_other_administrator(session, user_id, network_id=network_id)
    # Two roles taken at once must not both be the last but one.
    session.execute(select(User.id).where(User.id == user_id).with_for_update())
    held = select(func.count()).where(Membership.user_id == user_id, Membership.network_id == network_id)
    if session.scalar(held) == 1:
        raise Conflict("last_role", user=user_id)
    session.execute(delete(Membership).where(Membership.id == membership_id))
    details = {"agency_id": str(row.agency_id), "role": row.role.value}
    directory.record(session, by, "membership.ended", "user", user_id, network_id=network_id, **details)


def reopen_user(session: Session, user_id: UUID, password: str, *, by: Actor | None = None) -> None:
    """Open a closed account again, under a new password: what opened it before its end opens it no more."""
    session.execute(update(User).where(User.id == user_id).values(disabled_at=None))
    directory.set_password(session, user_id, password, by=by)
    directory.record(session, by, "user.reopened", "user", user_id)
