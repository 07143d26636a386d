"""A worker or its database killed between handing a message over and noting it: sent again, by the same name, once."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from engine import clock, db
from engine.notifications import sending
from engine.notifications.outbox_models import Medium, Message, MessageStatus, Purpose
from tests.crash import station as support
from tests.crash.station import Station
from tests.engine.notifications import reaching

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@contextmanager
def worker(station: Station, name: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """One real worker that sends by the gateway on this machine."""
    gateway = f"twilio+http://AC1:segreto@127.0.0.1:{port}?from=%2B39021111111"
    own = {"STAFFETTA_GATEWAY_URL": gateway, "STAFFETTA_PUBLIC_URL": reaching.PUBLIC}
    process = subprocess.Popen([sys.executable, "-m", "engine.worker"], env={**station.environment(name), **own})
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def to_be_sent(station: Station) -> UUID:
    """Somebody with a number that is proved, and a message for her."""
    assert station.world is not None
    her = station.world.people["operatrice.cav"].user_id
    assert her is not None
    with db.transaction() as session:
        reaching.reached(session, her, Medium.SMS)
        message = Message(id=db.new_id(), network_id=station.world.network_id, user_id=her, medium=Medium.SMS)
        message.purpose, message.urgency, message.next_at = Purpose.TEST, "E0", clock.now()
        message.answer = sending.hashed(sending.token(message.id))
        session.add(message)
        session.flush()
        return message.id


def state(message_id: UUID) -> MessageStatus:
    with Session(db.engine()) as session:
        return session.get_one(Message, message_id).state


def soon(message_id: UUID) -> None:
    """Let the pause after an attempt be over."""
    with db.transaction() as session:
        session.execute(update(Message).where(Message.id == message_id).values(next_at=clock.now() - timedelta(1)))


def once_more_and_no_more(station: Station, name: str, provider: reaching.Provider, message_id: UUID) -> None:
    """A worker sends it again, and then the number of times stays what it is."""
    with worker(station, name, provider.port):
        support.wait_until(lambda: state(message_id) is MessageStatus.SENT, seconds=60, what="the message to be sent")
        soon(message_id)
        beats = threading.Event()
        beats.wait(5)
    keys = {headers["Idempotency-Key"] for _path, _fields, headers in provider.asked}
    assert (len(provider.asked), keys) == (2, {str(message_id)})
    assert len({fields["Body"] for _path, fields, _headers in provider.asked}) == 1, "with the same text and token"


def test_a_worker_killed_between_sending_and_noting_it_sends_it_once_more(station: Station) -> None:
    with station.database("few") as name, reaching.provider() as provider:
        message_id = to_be_sent(station)
        provider.hanging = threading.Event()
        with worker(station, name, provider.port) as killed:
            support.wait_until(lambda: len(provider.asked) == 1, seconds=60, what="the message at the gateway")
            support.kill(killed.pid)
        provider.hanging.set()
        assert state(message_id) is MessageStatus.WAITING, "the kill has to land before it is noted"
        soon(message_id)
        once_more_and_no_more(station, name, provider, message_id)


def test_a_database_that_is_killed_while_a_message_is_sent_loses_none_of_it(station: Station) -> None:
    with station.database("few") as name, reaching.provider() as provider, station.supervised():
        message_id = to_be_sent(station)
        provider.hanging = threading.Event()
        with worker(station, name, provider.port):
            support.wait_until(lambda: len(provider.asked) == 1, seconds=60, what="the message at the gateway")
            support.kill(station.postmaster())
            provider.hanging.set()
        db.dispose()
        db.configure(station.url(name))
        support.wait_until(lambda: bool(state(message_id)), seconds=60, what="the database to be there again")
        if state(message_id) is MessageStatus.WAITING:
            soon(message_id)
            once_more_and_no_more(station, name, provider, message_id)
        assert state(message_id) is MessageStatus.SENT
