"""A person's deadlines in her own calendar: read by another program's parser, without content, and gone at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import icalendar
from flask import Flask
from sqlalchemy import select, text

from engine import clock, db
from engine.audit import AuditEntry
from engine.cases.models import Case, UserTask
from engine.deadlines.models import Deadline
from engine.notifications import carriers
from engine.senders import Senders
from tests.web.story import claim, start, task_of
from tests.web.world import Browser, World

PAGE = "/recapiti/calendario"


def address_on(page: Browser) -> str:
    return page.tree.xpath("string(//code[@id='indirizzo'])").removeprefix("https://staffetta.example")


def test_a_feed_has_her_own_deadlines_and_no_content_and_says_when_nothing_changed(
    app: Flask, world: World, someone: Callable[..., Browser]
) -> None:
    carriers.configure(Senders(None, None, "https://staffetta.example"))
    person, program = someone("operatrice.cav"), app.test_client()
    start(person, world)
    person.get(PAGE)
    path = address_on(person.post(PAGE, {}, follow=False))
    assert path not in person.get(PAGE).said(), "shown once"
    empty = program.get(path)
    assert (empty.status_code, icalendar.Calendar.from_ical(empty.data).walk("VEVENT")) == (200, [])
    claim(person, task_of(person))
    answer = program.get(path, headers={"If-None-Match": empty.headers["ETag"]})
    assert answer.status_code == 200
    assert answer.content_type == "text/calendar; charset=utf-8"
    (event,) = icalendar.Calendar.from_ical(answer.data).walk("VEVENT")
    with db.transaction(read_only=True) as session:
        row = session.scalars(select(Deadline).where(Deadline.state == "armed")).one()
        code = session.scalars(select(Case.code)).one()
        name = session.get_one(UserTask, row.task_id).name
        before = len(session.scalars(select(AuditEntry).where(AuditEntry.action == "feed.read")).all())
    assert event.decoded("DTSTART") == row.due_at.replace(microsecond=0)
    assert event["SUMMARY"] == f"Staffetta: caso {code}: un passo da fare"
    assert event["URL"] == f"https://staffetta.example/attivita/{row.task_id}"
    assert name not in answer.text
    assert max(len(line) for line in answer.data.split(b"\r\n")) <= 75
    again = program.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    with db.transaction(read_only=True) as session:
        read = session.scalars(select(AuditEntry).where(AuditEntry.action == "feed.read")).all()
    assert (before, len(read), read[-1].actor_id) == (2, 2, world.people["operatrice.cav"])


def test_a_feed_ends_when_she_says_so_when_another_is_made_and_with_her_membership(
    app: Flask, world: World, someone: Callable[..., Browser]
) -> None:
    person, program = someone("operatrice.cav"), app.test_client()
    person.get(PAGE)
    old = address_on(person.post(PAGE, {}, follow=False))
    new = address_on(person.post(PAGE, {}, follow=False))
    assert (program.get(old).status_code, program.get(new).status_code) == (404, 200)
    person.get(PAGE)
    assert "non vale più" in person.post(f"{PAGE}/togli", {}).said()
    assert program.get(new).status_code == 404
    last = address_on(person.post(PAGE, {}, follow=False))
    with db.transaction() as session:
        session.execute(text("UPDATE user_account SET disabled_at = now() WHERE username = 'operatrice.cav'"))
    assert program.get(last).status_code == 404
    assert {program.get(f"/calendario/{number}.ics").status_code for number in range(20)} == {404, 429}
    with db.transaction(read_only=True):
        later = clock.now() + timedelta(hours=1)
    with clock.frozen(later):
        assert program.get("/calendario/x.ics").status_code == 404
