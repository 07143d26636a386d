"""The canary scan: what is written in forms and reasons along a whole case is readable in no row, log or error."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

import forms
from engine import audit, crypto, errors, packing
from engine.cases import confidential, corrections, lifecycle, messages, submission_page, task_page, tasks
from engine.cases.models import Case, Draft, FormSubmission, TaskStatus, UserTask
from engine.notifications.models import Notice
from engine.participants.access import Actor
from tests import database
from tests.engine.cases.conftest import ROOT, START, World, after, moment

# The protocols themselves: published texts, the same for every case.
PUBLISHED = {"process_definition", "deployed_form", "deployed_decision", "parameter"}
# The answers that lead along the whole way; elsewhere the first option is taken.
CHOSEN = {
    "esito_invio": "accetta",
    "esito_contatto": "fissato",
    "esito_colloquio": "svolto",
    "scelta": "percorso",
    "livello_operatrice": "MEDIO",
    "livello_confermato": "ALTO",
}


@dataclass
class Cage:
    """The canaries: texts that stand nowhere else, and the values of choices that were answered."""

    texts: list[str] = field(default_factory=list)
    choices: set[str] = field(default_factory=set)
    before: dict[str, str] = field(default_factory=dict)

    def text(self, where: str, longest: int | None = None) -> str:
        canary = f"CÀNARY{len(self.texts):03}{where}"[: longest or 40]
        self.texts.append(canary)
        return canary

    def choice(self, value: str) -> str:
        self.choices.add(value)
        return value


def filled(form: forms.Form, cage: Cage, context: Mapping[str, Any]) -> dict[str, Any]:
    """Answer every visible question of a form, until no answer makes another question appear."""
    values: dict[str, Any] = {}
    while True:
        asked = [part for part in _parts(forms.visible(form, values, context=context, now=moment(START))) if part.key]
        new = [part for part in asked if part.key not in values]
        if not new:
            return {part.key: values[part.key] for part in asked if part.key}
        values |= {part.key: _answer(part, cage) for part in new if part.key}


def _parts(components: tuple[forms.Component, ...]) -> Iterator[forms.Component]:
    for component in components:
        yield component
        yield from _parts(component.children)


def _answer(part: forms.Component, cage: Cage) -> Any:
    options = [option.value for option in part.options]
    if part.kind in {"textfield", "textarea"}:
        return cage.text(str(part.key), part.constraints.max_length)
    if part.kind == "number":
        return 2
    if part.kind == "checkbox":
        return True
    if part.kind == "datetime":
        latest = part.constraints.latest
        day = "2026-03-01" if latest is not None and latest.text == "now()" else "2026-03-05"
        return {"date": "2026-03-02", "time": "10:15", "datetime": f"{day}T10:15:00+01:00"}[part.subtype]
    if part.kind == "checklist":
        return [cage.choice(value) for value in options]
    return cage.choice(CHOSEN.get(str(part.key), options[0]))


def play(world: World, case: Case, cage: Cage) -> list[str]:
    """Take every step of a case until it ends, with a draft and a reason on the way; give the steps."""
    done: list[str] = []
    while open_tasks := world.rows(UserTask, UserTask.case_id == case.id, UserTask.state == TaskStatus.OPEN):
        task = open_tasks[0]
        actor = world.people["supervisora" if task.lane == "supervisione" else "operatrice.cav"]
        instant = after(minutes=5 + len(done))
        with world.at(instant) as session:
            tasks.claim(session, actor, task.id)
            tasks.release(session, actor, task.id, reason=cage.text("release"))
            tasks.claim(session, actor, task.id)
        with world.at(instant) as session:
            page = task_page.task(session, actor, task.id)
        assert page.form is not None
        answer = filled(page.form, cage, page.context)
        with world.at(instant) as session:
            tasks.save_draft(session, actor, task.id, answer)
        if len(done) == 1:
            _scan_drafts(world, cage)
        with world.at(instant) as session:
            tasks.complete(session, actor, task.id, answer)
        done.append(task.element_id)
        assert len(done) < 30
    return done


def _scan_drafts(world: World, cage: Cage) -> None:
    """A draft lives only while its task is open, so it is looked at while it is there."""
    (draft,) = world.rows(Draft)
    assert not any(canary.encode() in draft.sealed for canary in cage.texts)


def rows_as_text(urls: database.Urls) -> dict[str, str]:
    """Every row of every table as its owner reads it, bytea columns in hexadecimal."""
    plain = make_url(urls.owner).set(drivername="postgresql").render_as_string(hide_password=False)
    found = {}
    with psycopg.connect(plain, autocommit=True) as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (name,) in names:
            rows = connection.execute(sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(name))).fetchall()
            found[name] = "\n".join(row for (row,) in rows)
    return found


def hits(tables: Mapping[str, str], wanted: str) -> list[str]:
    """The tables in which a word can be read, plainly, as JSON or as bytes."""
    plain = {re.escape(wanted), re.escape(wanted.encode("unicode_escape").decode())}
    coded = {wanted.encode().hex(), wanted.encode("utf-16-le").hex()}
    pattern = re.compile("|".join([rf"(?<![\w.]){each}(?![\w.])" for each in plain] + list(coded)))
    return [name for name, content in tables.items() if pattern.search(content)]


def drawn_words() -> set[str]:
    """Words that stand in the diagrams anyway: ids and names of their elements."""
    sources = [path.read_text("utf-8") for path in ROOT.glob("processes/*/*.bpmn")]
    texts = [found for source in sources for found in re.findall(r'(?:id|name|target|parameter)="([^"]*)"', source)]
    return {word for each in texts for word in re.findall(r"\w+", each)}


@pytest.fixture
def scanned(
    world: World, world_urls: database.Urls, caplog: pytest.LogCaptureFixture
) -> tuple[Cage, dict[str, str], str]:
    caplog.set_level(logging.DEBUG)
    cage = Cage(before=rows_as_text(world_urls))
    case = world.open_case(risk=cage.choice("ALTO"))
    steps = play(world, case, cage)
    assert {"accetta_invio", "primo_colloquio", "raccogli_fattori", "scelta_donna", "attiva_presa_in_carico"} <= set(
        steps
    )
    _act_on_the_side(world, case, cage)
    return cage, rows_as_text(world_urls), caplog.text


def _act_on_the_side(world: World, case: Case, cage: Cage) -> None:
    """Corrections, take-overs, cancellations, messages and refused answers: all with canaries."""
    actor, lead = world.people["operatrice.cav"], world.people["responsabile.cav"]
    answers = world.rows(FormSubmission, FormSubmission.case_id == case.id)
    for answer in answers:
        _correct(world, actor, answer.id, cage)
    other = world.open_case(risk="BASSO")
    task_id = world.task(other, "accetta_invio")
    with world.at(after(minutes=90)) as session:
        tasks.claim(session, actor, task_id)
        tasks.take_over(session, lead, task_id, reason=cage.text("take_over"))
        with pytest.raises(errors.InvalidAnswer) as refused:
            tasks.complete(session, lead, task_id, {"esito_invio": cage.text("refused"), "x": cage.text("undeclared")})
        assert "CÀNARY" not in str(refused.value) + repr(refused.value)
        messages.deliver(session, actor, "MSG_INIZIO", case_code=other.code, values={"motivo": cage.text("message")})
        lifecycle.cancel(session, lead, other.id, reason=cage.text("cancel"))


def _correct(world: World, actor: Actor, submission_id: UUID, cage: Cage) -> None:
    with world.at(after(minutes=80)) as session:
        try:
            page = submission_page.submission(session, actor, submission_id)
        except errors.NotFound:  # another agency's
            return
        assert page.form is not None
        answer = filled(page.form, cage, page.context)
        corrections.correct(session, actor, submission_id, answer, reason=cage.text("correct"))


def test_no_canary_can_be_read_in_any_table_log_or_error(scanned: tuple[Cage, dict[str, str], str]) -> None:
    cage, tables, logged = scanned
    assert len(cage.texts) > 40
    found = {canary: hits(tables, canary) for canary in cage.texts}
    assert {canary: names for canary, names in found.items() if names} == {}
    assert "CÀNARY" not in logged


def test_no_answered_choice_and_no_risk_level_can_be_read_beside_a_case(
    scanned: tuple[Cage, dict[str, str], str],
) -> None:
    cage, tables, logged = scanned
    of_cases = {name: content for name, content in tables.items() if name not in PUBLISHED}
    telling = {value for value in cage.choices - drawn_words() if len(value) >= 4}
    telling -= {value for value in telling if set(hits(cage.before, value)) - PUBLISHED}
    assert {"ALTO", "MEDIO"} <= telling
    assert len(telling) > 15
    found = {value: hits(of_cases, value) for value in telling}
    assert {value: names for value, names in found.items() if names} == {}
    assert not [value for value in telling if value in logged]


def test_the_scan_would_find_what_is_there(
    world: World, world_urls: database.Urls, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scan itself is tried: with sealing switched off it finds what it looks for."""
    open_history = lambda _session, values, **_ids: crypto.Sealed(1, packing.dumps(values))  # noqa: E731
    monkeypatch.setattr(confidential, "seal_history", open_history)
    case = world.start("conteso")
    with world.at(after(minutes=1)) as session:
        lifecycle.cancel(session, world.people["responsabile.cav"], case.id, reason="CÀNARY")
    assert hits(rows_as_text(world_urls), "CÀNARY") == ["case_event"]


def test_notices_and_audit_carry_ids_and_codes_only(scanned: tuple[Cage, dict[str, str], str], world: World) -> None:
    code = re.compile(r"[a-z0-9_.\-]{1,80}\Z")
    entries = world.rows(audit.AuditEntry)
    assert len(entries) > 20
    for entry in entries:
        for value in [entry.action, entry.subject_type, str(entry.subject_id), *map(str, entry.details.values())]:
            assert code.match(value), (entry.action, value)
    for notice in world.rows(Notice):
        assert code.match(notice.kind)


def test_what_is_sealed_opens_only_for_its_own_row(world: World) -> None:
    cases = [world.start("telefonata"), world.start("telefonata")]
    for case in cases:
        world.do(after(minutes=1), case, "apre", {"obbligatoria": case.code})
    first, second = world.rows(FormSubmission)
    with world.at(after(minutes=2)) as session:
        row = session.get_one(FormSubmission, first.id)
        row.sealed, row.key_version = second.sealed, second.key_version
        with session.no_autoflush, pytest.raises(errors.SealBroken):
            submission_page.submission(session, world.people["operatrice.cav"], first.id)
        session.expire(row)


def test_who_opens_an_answer_stands_in_the_audit(world: World) -> None:
    case = world.start("telefonata")
    world.do(after(minutes=1), case, "apre", {"obbligatoria": "x"})
    (answer,) = world.rows(FormSubmission)
    reader = world.people["collega.cav"]
    with world.at(datetime.fromisoformat("2026-03-03T08:00:00+01:00")) as session:
        submission_page.submission(session, reader, answer.id)
    (entry,) = world.rows(audit.AuditEntry, audit.AuditEntry.action == "answer.read")
    assert (entry.actor_id, entry.subject_id) == (reader.user_id, str(answer.id))
