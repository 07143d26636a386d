"""No deadline is ever silent: after every step of random lives of cases, what is armed is exactly what state implies.

`invariants` opens the sealed states and compares: open steps, their two clocks and rungs, timers, subscriptions, the
case's next instant. The machine acts, waits, lets workers come late or not at all, makes mistakes, and cancels.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import clock, db, errors
from engine.cases import lifecycle, messages, tasks, timers
from engine.cases.models import Case, CaseEvent, CaseStatus, TaskStatus, UserTask
from engine.deadlines.models import Deadline, Rung, RungStatus
from engine.notifications.models import Notice
from tests.engine.cases.conftest import World, moment
from tests.engine.cases.invariants import assert_rows_follow_from_state

SEQUENCES = int(os.environ.get("EXAMPLES", "60"))
PEOPLE = ("operatrice.cav", "collega.cav", "responsabile.cav", "supervisora")
KEYS = ("tutto", "conteso", "orologi", "giro", "telefonata", "accoglienza_cav")
VARIABLES: dict[str, dict[str, Any]] = {
    "orologi": {"urgenza": "alta"},
    "accoglienza_cav": {"rischio_segnalato": "ALTO", "canale": "da_sola"},
}
# Answers that lead on, by form; wrong for some steps, which is one of the mistakes that people make.
ANSWERS: dict[str | None, list[dict[str, Any]]] = {
    None: [{}],
    "prova": [{"obbligatoria": "x"}, {}],
    "giro": [{"ancora": True}, {"ancora": False}, {"ancora": "forse"}],
    "accetta_invio": [{"esito_invio": "accetta"}, {"esito_invio": "declina", "motivo_rifiuto": "lingua"}],
    "fissa_colloquio": [{"esito_contatto": "non_raggiunta", "contatto_sicuro_usato": "si"}],
}


class Lives(RuleBasedStateMachine):
    """Some cases of several protocols, and people and workers who do whatever they like with them."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.now = moment("2026-03-27T20:00:00+01:00")
        self.cases: list[Case] = []

    @initialize(key=st.sampled_from(KEYS))
    def open_first(self, key: str) -> None:
        self.open(key)

    @precondition(lambda self: len(self.cases) < 2)
    @rule(key=st.sampled_from(KEYS))
    def open(self, key: str) -> None:
        self.cases.append(self.world.start(key, self.now, **VARIABLES.get(key, {})))

    @rule(
        length=st.sampled_from(
            [
                timedelta(0),
                timedelta(microseconds=1),
                timedelta(minutes=29, seconds=59),
                timedelta(minutes=30),
                timedelta(hours=1),
                timedelta(hours=2),
                timedelta(hours=13),
                timedelta(days=3),
            ]
        )
    )
    def wait(self, length: timedelta) -> None:
        self.now += length

    @rule()
    def let_a_worker_come(self) -> None:
        self.world.worker_at(self.now)
        with Session(db.engine()) as session:
            query = select(Case.next_due_at).where(Case.id.in_([case.id for case in self.cases]))
            due = [at for at in session.scalars(query) if at is not None and at <= self.now]
            assert due == [], "a worker leaves nothing undone"

    @rule(who=st.sampled_from(PEOPLE), pick=st.integers(0, 20), earlier=st.sampled_from([0, 0, 0, 20, 600]))
    def claim(self, who: str, pick: int, earlier: int) -> None:
        happened_at = self.now - timedelta(minutes=earlier) if earlier else None
        self._act(
            who,
            pick,
            lambda session, actor, task, behalf: tasks.claim(
                session, actor, task.id, on_behalf_of=behalf, happened_at=happened_at
            ),
        )

    @rule(who=st.sampled_from(PEOPLE), pick=st.integers(0, 20))
    def release(self, who: str, pick: int) -> None:
        self._act(who, pick, lambda session, actor, task, _behalf: tasks.release(session, actor, task.id, reason="x"))

    @rule(pick=st.integers(0, 20))
    def take_over(self, pick: int) -> None:
        self._act(
            "responsabile.cav",
            pick,
            lambda session, actor, task, _behalf: tasks.take_over(session, actor, task.id, reason="x"),
        )

    @rule(who=st.sampled_from(PEOPLE), pick=st.integers(0, 20))
    def draft(self, who: str, pick: int) -> None:
        self._act(who, pick, lambda session, actor, task, _behalf: tasks.save_draft(session, actor, task.id, {}))

    @rule(pick=st.integers(0, 20), answer=st.integers(0, 5))
    def complete(self, pick: int, answer: int) -> None:
        """Whoever may, claims if need be and completes; now and then with a bad answer."""

        def act(session: Session, actor: Any, task: UserTask, behalf: Any) -> None:
            if task.state is TaskStatus.OPEN:
                tasks.claim(session, actor, task.id, on_behalf_of=behalf)
            choices = ANSWERS.get(task.form_id, [{}])
            tasks.complete(session, actor, task.id, choices[answer % len(choices)])

        task = self._pick(pick)
        if task is None:
            return
        who = "supervisora" if task.lane == "supervisione" else "operatrice.cav"
        holder = next((name for name in PEOPLE if self.world.people[name].user_id == task.assignee_id), who)
        self._act(holder, pick, act)

    @rule(pick=st.integers(0, 5))
    def send(self, pick: int) -> None:
        case = self.cases[pick % len(self.cases)]
        self._command(
            lambda session: messages.deliver(
                session, self.world.people["operatrice.cav"], "MSG_PROVA", case_code=case.code
            )
        )

    @rule(pick=st.integers(0, 5), really=st.integers(0, 5))
    def cancel(self, pick: int, really: int) -> None:
        if really:
            return
        case = self.cases[pick % len(self.cases)]
        lead = self.world.people["responsabile.cav"]
        self._command(lambda session: lifecycle.cancel(session, lead, case.id, reason="x"))

    @invariant()
    def rows_follow_from_state(self) -> None:
        assert_rows_follow_from_state(self.world.network_id, only=[case.id for case in self.cases])

    @invariant()
    def each_climb_is_told_once(self) -> None:
        """Every rung that has fired has one line of history and one notice or more; a merged one has none."""
        with Session(db.engine()) as session:
            ids = [case.id for case in self.cases]
            fired = session.scalars(select(Rung.id).where(Rung.case_id.in_(ids), Rung.state == RungStatus.FIRED)).all()
            lines = session.scalars(
                select(CaseEvent.id).where(
                    CaseEvent.case_id.in_(ids), CaseEvent.kind.like("rung_%"), CaseEvent.kind != "rung_empty"
                )
            ).all()
            told = session.scalars(
                select(Notice.id).where(Notice.case_id.in_(ids), Notice.deadline_id.is_not(None))
            ).all()
            assert len(fired) == len(lines) == len(told)
            early = select(Rung.id).where(Rung.case_id.in_(ids), Rung.fired_at < Rung.due_at)
            assert session.scalars(early).all() == []
            unjudged = select(Deadline.id).where(
                Deadline.case_id.in_(ids),
                Deadline.kept.is_distinct_from(Deadline.happened_at <= Deadline.due_at),
                Deadline.happened_at.is_not(None),
            )
            assert session.scalars(unjudged).all() == []

    def teardown(self) -> None:
        """A life ends by cancelling what is left, after which nothing of it is due any more."""
        self.now += timedelta(days=1)
        lead = self.world.people["responsabile.cav"]
        for case in self.cases:
            self._command(lambda session, case=case: lifecycle.cancel(session, lead, case.id, reason="fine"))
        with Session(db.engine()) as session:
            left = session.scalars(select(Case).where(Case.id.in_([case.id for case in self.cases]))).all()
            assert {case.state for case in left} <= {CaseStatus.CANCELLED, CaseStatus.CLOSED}
            assert {case.next_due_at for case in left} <= {None}
        with clock.frozen(self.now + timedelta(days=400)):
            assert timers.due(limit=10).case_ids == ()

    def _pick(self, pick: int) -> UserTask | None:
        found = self.world.rows(
            UserTask, UserTask.case_id.in_([case.id for case in self.cases]), UserTask.state.in_(tasks.OPEN_STATES)
        )
        ordered = sorted(found, key=lambda task: (task.created_at, task.element_id, str(task.case_id)))
        return ordered[pick % len(ordered)] if ordered else None

    def _act(self, who: str, pick: int, act: Callable[[Session, Any, UserTask, Any], object]) -> None:
        task = self._pick(pick)
        if task is not None:
            behalf = self.world.agencies["telefono"] if task.lane == "associazioni" else None
            self._command(lambda session: act(session, self.world.people[who], task, behalf))

    def _command(self, act: Callable[[Session], object]) -> None:
        """A command is done, or refused in one of our ways; anything else fails the test."""
        try:
            with clock.frozen(self.now), db.transaction() as session:
                act(session)
        except errors.Refused:
            pass


@pytest.mark.timeout(600)
def test_whatever_happens_what_is_armed_is_exactly_what_the_state_implies(world: World) -> None:
    machine = type("Lives", (Lives,), {"world": world})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=SEQUENCES,
            stateful_step_count=15,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        ),
    )


SPOILT = {
    "no timer": "DELETE FROM timer",
    "rung void": "UPDATE rung SET state = 'void' WHERE position = 1",
    "deadline void": "UPDATE deadline SET state = 'void' WHERE clock = 'reception'",
    "next due later": "UPDATE case_file SET next_due_at = next_due_at + interval '1 second'",
    "task closed": "UPDATE user_task SET state = 'cancelled'",
}


@pytest.mark.parametrize("how", SPOILT)
def test_the_invariant_notices_a_row_changed_behind_the_engines_back(world: World, how: str) -> None:
    world.start("conteso")
    assert_rows_follow_from_state(world.network_id)
    with db.transaction() as session:
        session.connection().exec_driver_sql(SPOILT[how])
    with pytest.raises(AssertionError):
        assert_rows_follow_from_state(world.network_id)
