"""What somebody would note on paper of a case, and the acts that change it: the oracle of who reads what.

Written from docs/security.md and the decisions 0024 to 0037, not from the code: it knows no participation, no scope, no
query and no policy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from sqlalchemy.orm import Session

from engine import errors
from engine.cases import agreements, emergencies, exclusions, handovers, pauses, questions, tasks
from engine.cases.exclusions import Subject
from engine.cases.handover_models import Handover
from engine.cases.models import Case, TaskStatus, UserTask
from engine.consent.models import BasisKind, Manner, RecordedBasis
from engine.participants import directory
from engine.participants.access import Actor
from engine.participants.models import Exclusion
from tests.engine.cases.handing_over import Relay
from tests.engine.cases.test_agreements import asked
from tests.engine.cases.test_handover_histories import SHELTERS

CENTRE = ("operatrice.cav", "collega.cav")
LEAD = "responsabile.cav"  # she acts, and is kept out by nobody
STRANGERS = ("supervisora", "coordinatrice", "amministratrice", "progettista", "forestiera")
HURRIED = "estranea"  # she opens the case in an emergency
OF_SHELTERS = ("rosa.operatrice", "rosa.responsabile", "viola.operatrice")
NEAR = (*CENTRE, LEAD, HURRIED, *OF_SHELTERS)
READERS = (*NEAR, *STRANGERS)
KEPT_OUT = ("collega.cav", "rosa.operatrice", HURRIED, "rosa", "estraneo", "interprete")
"""People, agencies, and an interpreter, who reads nothing anyhow."""

STORY, KEPT, QUESTION, WHY, NOTE = "RACCONTO-PASSATO", "TENUTO", "DOMANDA-TRA-ENTI", "PERCHE-ESCLUSA", "NOTA-ACCOLTA"
"""What is written nowhere else: handed over, kept by the centre, asked of another agency, said of who is kept out,
noted by the shelter."""

Act = tuple[str, str]

ACTS = st.one_of(
    st.tuples(st.sampled_from(["agree", "vital", "withdraw", "send", "accept", "decline"]), st.sampled_from(SHELTERS)),
    st.tuples(
        st.sampled_from(["ask_back", "revoke", "pause", "end", "resume", "emergency", "wait", "complete", "ask"]),
        st.just(""),
    ),
    st.tuples(st.sampled_from(["exclude", "lift"]), st.sampled_from(KEPT_OUT)),
    st.tuples(st.just("abstain"), st.sampled_from(["collega.cav", "rosa.operatrice"])),
)
# Chance alone seldom comes as far as an acceptance.
_TOLD = st.tuples(st.sampled_from(["agree", "vital"]), st.sampled_from(SHELTERS))
SENT = _TOLD.map(lambda told: [told, ("send", told[1])])
ACCEPTED = _TOLD.map(lambda told: [told, ("send", told[1]), ("accept", told[1])])
ASKED = ACCEPTED.map(lambda scene: [*scene, ("ask", "")])
SCENE = st.one_of(ACTS.map(lambda act: [act]), ACTS.map(lambda act: [act]), SENT, ACCEPTED, ASKED)
HISTORY = st.lists(st.tuples(SCENE, st.sampled_from([5, 45, 300])), min_size=3, max_size=7)


@dataclass
class Paper:
    """At whom a case is and on what that rests, who has accepted it, who is kept out, who reads until when."""

    sent_to: str | None = None
    accepted_by: str | None = None
    rests_on: str = ""
    agreed: set[str] = field(default_factory=set)
    vital: dict[str, datetime] = field(default_factory=dict)
    done_by: str | None = None
    asked: set[tuple[str | None, bool]] = field(default_factory=set)  # by whom, and whether on the step after it
    kept_out: set[str] = field(default_factory=set)
    with_reason: set[str] = field(default_factory=set)
    read_until: datetime | None = None

    def note(self, what: str, whom: str, now: datetime) -> None:
        """Note an act that was carried out."""
        noted: Callable[..., None] | None = getattr(self, f"_{what}", None)
        if noted is not None:
            noted(whom, now)

    def lapse(self, now: datetime) -> None:
        """Note what ends by itself: a vital interest does, and what rests on it and on no agreement."""
        for whom in [whom for whom, until in self.vital.items() if until <= now]:
            del self.vital[whom]
            if whom == self.sent_to and self.rests_on == "vital":
                self.rests_on = "agreement"
                if whom not in self.agreed:
                    self._come_back()

    def readable(self, person: str, now: datetime) -> set[str]:
        """Say what a person reads, and by which way in."""
        if self.is_kept_out(person):
            return set()
        of_centre = person in {*CENTRE, LEAD}
        has_taken_over = self.accepted_by is not None and self.of(person) == self.accepted_by
        takes_part = of_centre or has_taken_over
        found = {"the case"} if takes_part or self.reads(person, now) else set()
        found |= {"the list", "its code"} if takes_part else set()
        if (has_taken_over and self.done_by == self.accepted_by) or (self.reads(person, now) and self.done_by):
            found |= {f"answer: {key}" for key in OF_SHELTER}
        if of_centre or self.reads(person, now):
            found |= {f"answer: {key}" for key in ANSWERED}
        if has_taken_over or (self.reads(person, now) and self.accepted_by is not None):
            found |= {f"handed over: {key}" for key in HANDED}
        if of_centre:
            found |= {"the link"}
        # Who is asked reads it until its step is done; who asks, as long as it takes part.
        waits = any(on_next or self.done_by is None for _whom, on_next in self.asked)
        if (of_centre and waits) or (has_taken_over and self.accepted_by in {whom for whom, _next in self.asked}):
            found |= {"the question"}
        if of_centre and self.with_reason:
            found |= {"why"}
        return found

    def is_kept_out(self, person: str) -> bool:
        """Whether the case keeps her out, or everybody of her agency."""
        return bool(self.kept_out & {person, self.of(person)})

    def reads(self, person: str, now: datetime) -> bool:
        """Whether she has the case open in an emergency."""
        return person == HURRIED and self.read_until is not None and now < self.read_until

    def of(self, person: str) -> str:
        """Her agency."""
        return "estraneo" if person == HURRIED else person.partition(".")[0]

    def _agree(self, whom: str, _now: datetime) -> None:
        self.agreed.add(whom)

    def _vital(self, whom: str, now: datetime) -> None:
        self.vital[whom] = now + timedelta(hours=24)

    def _withdraw(self, whom: str, _now: datetime) -> None:
        self.agreed.discard(whom)
        if whom == self.sent_to and self.rests_on == "agreement":
            self._come_back()

    def _end(self, _whom: str, _now: datetime) -> None:
        for whom in set(self.agreed):
            self._withdraw(whom, _now)

    def _send(self, whom: str, _now: datetime) -> None:
        self.sent_to, self.rests_on = whom, "agreement" if whom in self.agreed else "vital"

    def _accept(self, whom: str, _now: datetime) -> None:
        self._send(whom, _now)
        self.accepted_by = whom

    def _decline(self, _whom: str, _now: datetime) -> None:
        self._come_back()

    def _ask_back(self, _whom: str, _now: datetime) -> None:
        self._come_back()

    def _revoke(self, _whom: str, _now: datetime) -> None:
        self._come_back()

    def _come_back(self) -> None:
        self.sent_to = self.accepted_by = None

    def _complete(self, _whom: str, _now: datetime) -> None:
        self.done_by = self.accepted_by

    def _ask(self, _whom: str, _now: datetime) -> None:
        self.asked.add((self.accepted_by, self.done_by is not None))

    def _exclude(self, whom: str, _now: datetime) -> None:
        self.kept_out.add(whom)
        self.with_reason.add(whom)

    def _abstain(self, whom: str, _now: datetime) -> None:
        self.kept_out.add(whom)

    def _lift(self, whom: str, _now: datetime) -> None:
        self.kept_out.discard(whom)
        self.with_reason.discard(whom)

    def _emergency(self, _whom: str, now: datetime) -> None:
        self.read_until = now + timedelta(hours=1)


ANSWERED = frozenset({"rischio", "segreto", "racconto", "altro_racconto"})
OF_SHELTER = frozenset({"esito", "nota"})
HANDED = frozenset({"rischio", "racconto"})  # what the diagram says: fields="rischio, ascolto.racconto"


def play(relay: Relay, case: Case, paper: Paper, what: str, whom: str, now: datetime) -> datetime:
    """Do one act, and note it if it was carried out; give the instant after it."""
    now += timedelta(hours=25 if what == "wait" else 0)
    paper.lapse(now)  # by the clock: no worker is there
    if _carried_out(relay, case, what, whom, now):
        paper.note(what, whom, now)
    return now


def fresh(session: Session, actor: Actor) -> Actor:
    """The person as she would be logged in now: with what she has open in an emergency."""
    assert actor.user_id is not None
    found = directory.actor(session, actor.user_id, actor.network_id)
    assert found is not None
    return found


def _carried_out(relay: Relay, case: Case, what: str, whom: str, now: datetime) -> bool:
    act = _acts(relay, case, whom, now).get(what)
    try:
        with relay.world.at(now) as session:
            return act is not None and act(session) is not False
    except errors.Refused:
        return False


def _acts(relay: Relay, case: Case, whom: str, now: datetime) -> dict[str, Callable[[Session], Any]]:
    world, people = relay.world, relay.world.people
    sender, lead, receiver = people["operatrice.cav"], people[LEAD], people.get(f"{whom}.operatrice")
    acts: dict[str, Callable[[Session], Any]] = {
        "pause": lambda s: pauses.pause(s, sender, case.id, until=now + timedelta(hours=9), manner=Manner.A_VOCE),
        "end": lambda s: pauses.end(s, sender, case.id, manner=Manner.A_VOCE),
        "resume": lambda s: pauses.resume(s, sender, case.id),
        "emergency": lambda s: emergencies.open_(s, fresh(s, people[HURRIED]), case.code, reason="è in pericolo"),
        "exclude": lambda s: exclusions.put(s, lead, case.id, _subject(relay, whom), reason=WHY),
        "abstain": lambda s: exclusions.abstain(s, people[whom], case.id),
        "lift": lambda s: _lift(s, relay, case, whom),
        "withdraw": lambda s: _withdraw(s, relay, case, whom),
    }
    if whom in SHELTERS:
        acts["agree"] = lambda s: agreements.record(s, sender, case.id, asked(world, whom), given=True)
        acts["vital"] = lambda s: agreements.invoke_vital_interest(
            s, sender, case.id, purpose="protezione", agency_id=relay.shelters[whom], reason="priva di sensi"
        )
    rows = world.rows(Handover, Handover.case_id == case.id, Handover.state.in_(["prepare", "sent", "accepted"]))
    for row in rows:
        acts |= _of_handover(row, relay, whom, (sender, lead, receiver))
    of_this = f"{QUESTION} {case.code}"
    in_hand = UserTask.state.in_([TaskStatus.OPEN, TaskStatus.CLAIMED])
    for step in world.rows(UserTask, UserTask.case_id == case.id, in_hand):
        acts |= _of_step(step, relay, of_this)
    return acts


def _of_step(step: UserTask, relay: Relay, text: str) -> dict[str, Callable[[Session], Any]]:
    """What the shelter does that has the step."""
    world = relay.world
    names = {agency: name for name, agency in relay.shelters.items()}
    actor = world.people.get(f"{names.get(step.agency_id, '')}.operatrice")
    if actor is None:
        return {}
    to = world.agencies["cav"]
    return {"ask": lambda s: questions.ask(s, actor, step.id, to_agency=to, text=text)}


def _of_handover(
    row: Handover, relay: Relay, whom: str, who: tuple[Actor, Actor, Actor | None]
) -> dict[str, Callable[[Session], Any]]:
    sender, lead, receiver = who
    acts: dict[str, Callable[[Session], Any]] = {
        "ask_back": lambda s: handovers.ask_back(s, sender, row.id, reason="no"),
        "revoke": lambda s: handovers.revoke(s, lead, row.id, reason="no"),
    }
    by = next((name for name, agency in relay.shelters.items() if agency == row.to_agency_id), "")
    if f"{by}.operatrice" in relay.world.people:
        answer = {"esito": "si", "nota": NOTE}
        acts["complete"] = lambda s: tasks.complete(s, relay.world.people[f"{by}.operatrice"], row.task_id, answer)
    if receiver is not None:
        to = relay.shelters[whom]
        acts["send"] = lambda s: handovers.send(s, sender, row.id, to_agency=to, again=True)
        acts["accept"] = lambda s: handovers.accept(s, receiver, row.id)
        acts["decline"] = lambda s: handovers.decline(s, receiver, row.id, reason="no")
    return acts


def _subject(relay: Relay, whom: str) -> Subject:
    if whom in relay.world.agencies:
        return Subject(agency_id=relay.world.agencies[whom])
    person = relay.world.people.get(whom)
    return Subject(user_id=person.user_id) if person is not None else Subject(interpreter=whom)


def _lift(session: Session, relay: Relay, case: Case, whom: str) -> bool:
    """Let somebody in again, as two people."""
    people, subject = relay.world.people, _subject(relay, whom)
    query = (
        Exclusion.case_id == case.id,
        Exclusion.user_id == subject.user_id,
        Exclusion.agency_id == subject.agency_id,
        Exclusion.until.is_(None),
    )
    row = session.query(Exclusion).where(*query).first()
    if row is None:
        return False
    for actor in ("operatrice.cav", LEAD):
        exclusions.lift(session, people[actor], case.id, row.id)
    return True


def _withdraw(session: Session, relay: Relay, case: Case, whom: str) -> bool:
    query = (
        RecordedBasis.case_id == case.id,
        RecordedBasis.kind == BasisKind.ADESIONE,
        RecordedBasis.agency_id == relay.shelters[whom],
        RecordedBasis.ended_recorded_at.is_(None),
    )
    row = session.query(RecordedBasis).where(*query).one_or_none()
    if row is None:
        return False
    agreements.withdraw(session, relay.world.people["operatrice.cav"], row.id, manner=Manner.A_VOCE)
    return True
