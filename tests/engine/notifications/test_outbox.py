"""What is told outside the pages: to whom, over what, when; sent at least once, with one key, and nothing in it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import create_engine, select, text

from engine import clock, db, notifications
from engine.cases import answering
from engine.cases.models import Case
from engine.notifications import Receiver, carriers, contacts, outbox, posting, rounds, sending
from engine.notifications.models import Notice
from engine.notifications.outbox_models import (
    ADDRESSED,
    ContactPoint,
    Delivery,
    Medium,
    Message,
    MessageStatus,
    QuietHours,
)
from engine.participants import directory
from engine.participants.models import Exclusion, Role
from engine.senders import Senders
from tests import database
from tests.engine.notifications import reaching

NIGHT = datetime.fromisoformat("2026-11-24T03:00+01:00")
PASSWORD = "una parola lunga"


@dataclass
class Desk:
    """An agency with two workers and a lead, a case, and servers that take what is sent."""

    network_id: UUID
    agency_id: UUID
    case_id: UUID
    people: dict[str, UUID]
    postbox: reaching.Postbox
    provider: reaching.Provider

    def tell(self, to: Receiver, kind: str = "breach", *, urgency: str | None = None, at: datetime = NIGHT) -> UUID:
        """Tell something; of a clock of this class, or of none."""
        with clock.frozen(at), db.transaction() as session:
            deadline_id = _clock(session, self, urgency) if urgency else None
            notice = notifications.notify(session, to, kind, network_id=self.network_id, case_id=self.case_id)
            notice.deadline_id = deadline_id
            session.flush()
            return notice.id

    def round(self, at: datetime = NIGHT, *media: Medium) -> None:
        """Do what the worker does."""
        with clock.frozen(at):
            outbox.dispatch()
            for medium in media or ADDRESSED:
                rounds.deliver(medium)

    def messages(self) -> list[Message]:
        with db.transaction(read_only=True) as session:
            return list(session.scalars(select(Message).order_by(Message.created_at, Message.medium)))


def _clock(session, desk: Desk, urgency: str) -> UUID:
    """A clock without its step: here it only has a class."""
    made = {"task": db.new_id(), "clock": db.new_id(), "network": desk.network_id, "case": desk.case_id}
    made |= {"agency": desk.agency_id, "class": urgency, "now": clock.now()}
    session.execute(
        text(
            "INSERT INTO deadline (id, network_id, case_id, task_id, agency_id, clock, parameter, length, counts,"
            " escalation_class, nature, starts_at, due_at, state) VALUES (:clock, :network, :case, :task, :agency,"
            " 'reception', 'D03', 'PT1H', 'H', :class, 'protocollo', :now, :now, 'armed')"
        ),
        made,
    )
    return made["clock"]


@pytest.fixture
def desk(configured: database.Urls) -> Iterator[Desk]:
    owner = create_engine(configured.owner)
    with owner.begin() as connection:
        connection.execute(text("ALTER TABLE deadline DROP CONSTRAINT fk_deadline_task_id"))
    owner.dispose()
    with reaching.postbox() as box, reaching.provider() as provider:
        reaching.carried(mail=box.port, gateway_at=provider.port)
        with clock.frozen(NIGHT - timedelta(hours=1)), db.transaction() as session:
            network = directory.create_network(session, key="prova", name="Rete di prova")
            agency = directory.create_agency(session, network.id, name="Centro antiviolenza", services=["cav"])
            case = Case(network_id=network.id, code="7K3M-2P")
            session.add(case)
            people = {}
            for number, (name, role) in enumerate(
                [("prima", Role.OPERATRICE), ("seconda", Role.OPERATRICE), ("lead", Role.RESPONSABILE)], 1
            ):
                user = directory.create_user(session, username=name, display_name=name, password=PASSWORD)
                directory.create_membership(
                    session, network_id=network.id, user_id=user.id, agency_id=agency.id, role=role
                )
                people[name] = user.id
                reaching.reached(session, user.id, *ADDRESSED, number=number)
            session.flush()
            made = Desk(network.id, agency.id, case.id, people, box, provider)
        yield made
    carriers.configure(Senders(None, None, ""))


def test_what_is_urgent_wakes_a_person_over_everything_and_tells_nothing(desk: Desk) -> None:
    desk.tell(Receiver.person(desk.people["prima"]), urgency="E0")
    desk.round()
    (letter,) = desk.postbox.letters
    assert (letter["Subject"], letter["To"]) == ("Staffetta: avviso urgente", "persona1@example.it")
    sms, call = desk.provider.asked
    assert (sms[1]["To"], call[1]["To"]) == ("+393330000001", "+390200000001")
    assert reaching.basic(sms[2]) == "AC1:segreto"
    assert "Premere 1" in call[1]["Twiml"]
    assert "Rispondere 1" in sms[1]["Body"]
    said = letter.get_content() + sms[1]["Body"]
    assert "caso 7K3M-2P: un passo in ritardo" in said
    assert "Centro" not in said
    assert len(sms[1]["Body"]) <= 160
    assert all(message.state is MessageStatus.SENT for message in desk.messages())


def test_what_is_not_urgent_goes_by_mail_only_bundled_and_after_the_quiet_hours(desk: Desk) -> None:
    with clock.frozen(NIGHT), db.transaction() as session:
        session.add(QuietHours(user_id=desk.people["prima"], since=22 * 60, until=7 * 60))
    for kind in ("reminder", "corrected", "corrected"):
        desk.tell(Receiver.person(desk.people["prima"]), kind)
    desk.round()
    desk.round(NIGHT + timedelta(hours=3, minutes=59))
    assert desk.postbox.letters == []
    desk.round(NIGHT + timedelta(hours=4))
    (letter,) = desk.postbox.letters
    assert letter["Subject"] == "Staffetta: avviso"
    assert letter.get_content().count("caso 7K3M-2P") == 2, "what is the same is said once"
    assert desk.provider.asked == []


def test_a_role_is_told_person_by_person_without_whom_the_case_keeps_out(desk: Desk) -> None:
    with clock.frozen(NIGHT), db.transaction() as session:
        lead, kept_out = desk.people["lead"], desk.people["seconda"]
        session.add(
            Exclusion(
                network_id=desk.network_id,
                case_id=desk.case_id,
                user_id=kept_out,
                put_by_id=lead,
                controller_id=desk.agency_id,
            )
        )
    desk.tell(Receiver.with_role(Role.OPERATRICE, desk.agency_id), urgency="E1")
    desk.round()
    assert {str(letter["To"]) for letter in desk.postbox.letters} == {"persona1@example.it"}
    assert [fields["To"] for _path, fields, _headers in desk.provider.asked] == ["+393330000001"], "no call to a desk"


def test_what_is_read_or_over_before_it_leaves_is_not_sent(desk: Desk) -> None:
    read = desk.tell(Receiver.person(desk.people["prima"]))
    over = desk.tell(Receiver.person(desk.people["seconda"]), urgency="E2")
    with clock.frozen(NIGHT):
        assert outbox.dispatch() == 2
    with clock.frozen(NIGHT), db.transaction() as session:
        session.get_one(Notice, read).read_at = clock.now()
        session.execute(text("UPDATE deadline SET state = 'stopped'"))
    desk.round(NIGHT + timedelta(minutes=5))
    assert desk.postbox.letters == []
    with db.transaction(read_only=True) as session:
        assert {row.notice_id for row in session.scalars(select(Delivery)) if row.dropped_at} == {read, over}
        assert outbox.lag(session) == outbox.Lag(None, 0, 0)


def test_a_gateway_that_fails_is_tried_again_with_the_same_key_and_keeps_nobody_else_waiting(desk: Desk) -> None:
    desk.provider.answer(503)
    desk.provider.answer(429, Retry_After="120")
    desk.tell(Receiver.person(desk.people["prima"]), urgency="E1")
    desk.round(NIGHT, Medium.SMS)
    (message,) = [one for one in desk.messages() if one.medium is Medium.SMS]
    assert (message.state, message.error, message.attempts) == (MessageStatus.WAITING, "gateway_failed", 1)
    desk.round(NIGHT + timedelta(seconds=10), Medium.SMS)
    assert len(desk.provider.asked) == 1, "not before its pause is over"
    desk.round(NIGHT + timedelta(seconds=20), Medium.SMS)
    desk.round(NIGHT + timedelta(seconds=90), Medium.SMS)
    assert len(desk.provider.asked) == 2, "the gateway has said for how long"
    desk.round(NIGHT + timedelta(seconds=150), Medium.SMS)
    assert {headers["Idempotency-Key"] for _path, _fields, headers in desk.provider.asked} == {str(message.id)}
    (message,) = [one for one in desk.messages() if one.medium is Medium.SMS]
    assert (message.state, message.provider_id, message.attempts) == (MessageStatus.SENT, "SM3", 3)


def test_a_worker_that_dies_after_sending_leaves_the_message_to_be_sent_again_with_its_key(desk: Desk) -> None:
    desk.tell(Receiver.person(desk.people["prima"]), urgency="E1")
    with clock.frozen(NIGHT):
        outbox.dispatch()
        sending.bundle(Medium.EMAIL)
        carry = rounds._carry(Medium.EMAIL)

        def dies(outgoing: sending.Outgoing) -> str | None:
            carry(outgoing)
            raise SystemExit

        with pytest.raises(SystemExit):
            sending.send(Medium.EMAIL, dies)
    desk.round(NIGHT + sending.FIRST_PAUSE, Medium.EMAIL)
    first, second = desk.postbox.letters
    assert first["Message-ID"] == second["Message-ID"]
    assert (first["Subject"], first.get_content()) == (second["Subject"], second.get_content())


def test_an_address_that_does_not_exist_is_not_tried_again_and_counts_as_broken(desk: Desk) -> None:
    desk.provider.answer(400, {"code": 21211, "message": "Invalid 'To': +39..."})
    desk.postbox.refusing["persona1@example.it"] = "550 5.1.1 no such user"
    desk.tell(Receiver.person(desk.people["prima"]), urgency="E1")
    desk.round(NIGHT, Medium.SMS, Medium.EMAIL)
    desk.round(NIGHT + timedelta(hours=1), Medium.SMS, Medium.EMAIL)
    states = {one.medium: (one.state, one.error) for one in desk.messages()}
    assert states[Medium.SMS] == (MessageStatus.FAILED, "number_refused")
    assert states[Medium.EMAIL] == (MessageStatus.FAILED, "address_refused")
    assert len(desk.provider.asked) == 1
    with db.transaction(read_only=True) as session:
        broken = select(ContactPoint.medium).where(ContactPoint.broken_at.is_not(None))
        assert set(session.scalars(broken)) == {Medium.SMS, Medium.EMAIL}
        assert contacts.missing(session, desk.people.values()) == {}, "she can still be called"


@pytest.mark.parametrize("refusal", ["550 5.7.1 relaying denied", "451 4.7.1 try again later"])
def test_a_server_that_wants_it_otherwise_breaks_no_address(desk: Desk, refusal: str) -> None:
    desk.postbox.refusing["persona1@example.it"] = refusal
    desk.tell(Receiver.person(desk.people["prima"]), urgency="E1")
    desk.round(NIGHT, Medium.EMAIL)
    with db.transaction(read_only=True) as session:
        assert not session.scalars(select(ContactPoint).where(ContactPoint.broken_at.is_not(None))).all()


def test_a_slow_gateway_ends_in_time(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "_TIMEOUT", 0.2)
    desk.provider.hanging = threading.Event()
    desk.tell(Receiver.person(desk.people["prima"]), urgency="E1")
    desk.round(NIGHT, Medium.SMS)
    desk.provider.hanging.set()
    (message,) = [one for one in desk.messages() if one.medium is Medium.SMS]
    assert (message.state, message.error) == (MessageStatus.WAITING, "gateway_too_slow")


def test_who_had_very_many_messages_in_a_shift_gets_the_rest_bundled_but_what_is_about_life(desk: Desk) -> None:
    prima = Receiver.person(desk.people["prima"])
    with clock.frozen(NIGHT), db.transaction() as session:
        for _number in range(outbox.MOST):
            done = Message(user_id=desk.people["prima"], medium=Medium.EMAIL, purpose="notices", urgency="E2")
            done.state, done.next_at = MessageStatus.SENT, clock.now()
            session.add(done)
    at = NIGHT + timedelta(minutes=1)
    for minutes in (0, 3, 6):
        desk.tell(prima, urgency="E1", at=at + timedelta(minutes=minutes))
        desk.round(at + timedelta(minutes=minutes), Medium.SMS)
    assert desk.provider.asked == []
    desk.tell(prima, urgency="E0", at=at + timedelta(minutes=7))
    desk.round(at + timedelta(minutes=7), Medium.SMS)
    assert len(desk.provider.asked) == 1
    desk.round(NIGHT + timedelta(minutes=15), Medium.SMS)
    assert len(desk.provider.asked) == 2, "three in one"


def test_vonage_takes_text_messages_its_own_way(desk: Desk) -> None:
    reaching.carried(gateway_at=desk.provider.port, adapter="vonage")
    desk.provider.answer(200, {"messages": [{"status": "1", "error-text": "Throughput Rate Exceeded"}]})
    desk.tell(Receiver.person(desk.people["prima"]), urgency="E0")
    desk.round(NIGHT)
    desk.round(NIGHT + timedelta(minutes=1))
    (path, fields, _headers), (_path, again, _again) = desk.provider.asked
    assert (path, fields["api_key"], fields["api_secret"]) == ("/sms/json", "AC1", "segreto")
    assert (fields["to"], fields["type"]) == ("393330000001", "text")
    assert fields["client-ref"] == again["client-ref"]
    (message,) = desk.messages()
    assert (message.state, message.provider_id) == (MessageStatus.SENT, "M2")


@pytest.mark.parametrize("wrong", ["stato", "chiuso", "nessuno"])
def test_who_could_not_be_woken_up_is_known_beforehand(desk: Desk, wrong: str) -> None:
    prima = desk.people["prima"]
    with clock.frozen(NIGHT), db.transaction() as session:
        rows = session.scalars(select(ContactPoint).where(ContactPoint.user_id == prima)).all()
        for row in rows:
            if row.medium is Medium.EMAIL:
                continue
            if wrong == "nessuno":
                session.delete(row)
            elif wrong == "chiuso":
                row.broken_at = clock.now()
            else:
                row.verified_at = None
    lack = {"stato": "unproved", "chiuso": "broken", "nessuno": "none"}[wrong]
    with db.transaction(read_only=True) as session:
        assert contacts.missing(session, desk.people.values()) == {prima: lack}
        carriers.configure(Senders(None, None, ""))
        assert contacts.missing(session, [desk.people["lead"]]) == {desk.people["lead"]: "not_carried"}


def test_a_call_that_nobody_answers_is_made_again_by_another_name_and_not_for_ever(desk: Desk) -> None:
    desk.tell(Receiver.person(desk.people["prima"]), urgency="E0")
    at = NIGHT
    for _ring in range(answering.RINGS + 1):
        desk.round(at, Medium.VOICE)
        with clock.frozen(at), db.transaction() as session:
            for message in session.scalars(select(Message).where(Message.state == MessageStatus.SENT)).all():
                answering.note_report(session, message.id, arrived=False)
        desk.round(at, Medium.VOICE)
        at += answering.RING_AGAIN_AFTER
    keys = [headers["Idempotency-Key"] for path, _fields, headers in desk.provider.asked if path.endswith("Calls.json")]
    assert (len(keys), len(set(keys))) == (answering.RINGS, answering.RINGS)
    assert {row.state for row in desk.messages()} == {MessageStatus.FAILED}
