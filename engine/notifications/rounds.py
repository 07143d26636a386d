"""What the worker does over and over for those who are to be told: each medium by itself, none waits for another."""

from __future__ import annotations

from functools import partial

from engine.notifications import carriers, gateways, mail, push, sending
from engine.notifications.outbox_models import Medium
from engine.notifications.sending import Carry


def deliver(medium: Medium) -> int:
    """Bundle and send what waits for a medium; return how many messages were tried, none where nobody carries it."""
    carry = _carry(medium)
    if carry is None:
        return 0
    sending.bundle(medium)
    return sending.send(medium, carry)


def _carry(medium: Medium) -> Carry | None:
    senders = carriers.current()
    if medium is Medium.EMAIL:
        return partial(mail.carry, senders.mail, senders.public_url) if senders.mail is not None else None
    if medium is Medium.PUSH:
        return partial(push.carry, senders.public_url) if medium.value in senders.media else None
    if senders.gateway is None or medium.value not in senders.gateway.carries:
        return None
    return partial(gateways.carry, senders.gateway, senders.public_url)
