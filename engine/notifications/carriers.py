"""Who carries messages for this process: set once when it starts, as the database and the keys are."""

from __future__ import annotations

from engine.notifications.outbox_models import Medium
from engine.senders import Senders

_current = [Senders(mail=None, gateway=None, public_url="")]


def configure(senders: Senders) -> None:
    """Use these from now on."""
    _current[0] = senders


def current() -> Senders:
    """Return who carries what."""
    return _current[0]


def media() -> frozenset[Medium]:
    """Return what people can be told over."""
    return frozenset(Medium(name) for name in _current[0].media)
