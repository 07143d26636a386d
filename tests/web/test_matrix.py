"""Who gets in where: every address of the application, for everybody, on what is and what is not hers to see.

What to expect says web/policy.py for the roles, and what is said here of each person for the things that an address
names. Everybody goes to every address, and nothing that is done there stays done. What one may not see answers exactly
as what does not exist.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

import pytest
from flask import Flask
from sqlalchemy import Engine, event

from engine import clock, db, rows
from engine.participants import access
from tests import database
from tests.web import sendings
from tests.web.api.program import ABSENT, API
from tests.web.place import Place, furnished, in_emergency
from tests.web.world import World, app_of
from web import policy
from web.policy import Door

ALLOWED = {200, 201, 204, 302, 303, 400, 409, 412, 415, 422}
LATER = timedelta(hours=5)  # by then the case's first step is late

# What an address may name, by what it is: of a case, a person's own, her agency's, or the network's.
OF_CASE = {
    *("case_id", "task_id", "submission_id", "file_id", "exclusion_id", "handover_id", "basis_id", "incident_id"),
    *("erasure_id", "step_id", "access_id", "link_id", "breach_id", "question_id", "request_id", "extension_id"),
    *("referral_id", "item_id"),
}
PERSONAL = {"notice_id", "filter_id", "swap_id", "device_id"}
OF_AGENCY = {"substitution_id"}
OF_SERVICE = {"roster_id", "shift_id"}  # who works for it, and whoever coordinates the network
OF_NETWORK = {"definition_id", "agency_id", "user_id", "membership_id", "owner_id", "day_id", "webhook_id"}

# Of these the coordination or the data-protection officer judges, in every case that does not keep them out.
OVERSEEN = {
    *("late_step.show", "late_step.follow", "late_step.note", "vital_interests.review", "emergency.review"),
    *("api-board.show_late_step", "api-board.follow_late_step", "api-board.note_late_step"),
    "api-vital-interests.review_vital_interest",
    *("erasure.show", "erasure.ask", "erasure.hold"),
    *("breaches.assess", "api-breaches.assess_breach"),
}
# These name a case by its code, in what is sent: who does not see the case is answered as by a code that nobody has.
BY_CODE = {"inbox.page", "search.find", "api-messages.deliver_message"}
OVERSEEN_BY_CODE = {"register.page", "register.export", "emergency.open_case"}
# Of what is there for one, these still say no, for the reason given.
SAYS_NO = {
    ("call_script.show", 404): "the agency has computers",
    ("emergency.review", 403): "the lead of the agency that holds the case judges",
    ("submission.correction", 403): "in an emergency nothing is corrected",
    ("submission.open_correction", 403): "in an emergency nothing is corrected",
    ("submission.refresh", 403): "in an emergency nothing is corrected",
    ("submission.correct", 403): "in an emergency nothing is corrected",
    ("way_back.reopen", 403): "the lead decides",
    ("api-ladders.order_recount", 403): "opening hours are the administration's",
    ("task.take_over", 403): "the lead takes over, or who stands in for her who has it",
    ("api-tasks.take_task_over", 403): "the lead takes over, or who stands in for her who has it",
    ("api-tasks.reopen_task", 403): "the lead decides",
    ("api-substitutions.appoint_substitute", 403): "it is asked for an agency that is none of hers",
    ("worker_times.page", 404): "no network shows it without an agreement",
    ("data_requests.file", 409): "the officer has not read it yet: there is nothing to look at again",
    ("recounts.order", 403): "designers recount a parameter, administrators opening hours",
    ("api-health.ready", 503): "no worker runs",
    ("metrics.show", 404): "there is no token for them",
    ("login.choose", 404): "no network is chosen",
}
# What the case's network has sent to the other one: whoever answers it there sees it, and nobody here.
RECEIVED = {
    *("referrals.show", "referrals.accept", "referrals.decline", "api-referrals.show_received_referral"),
    *("api-referrals.accept_referral", "api-referrals.decline_referral"),
}
# What one's own network has and another has not.
OF_HERE = {"start.start", "api-cases.start_case"}
# What is read in an emergency, by a person at a page: no program reads in an emergency.
READ = {
    *("case.show", "diagram.show", "task.show", "submission.show", "submission.open_kinds", "submission.file"),
    *("submission.correction", "submission.open_correction", "submission.refresh", "submission.correct"),
    "task.refresh",  # shows the questions, and keeps nothing
}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, and how she stands to the case: `sees` it, `reads` it in an emergency, is kept out, or is elsewhere."""

    name: str
    sees: bool = False
    reads: bool = False
    oversees: bool = False
    elsewhere: bool = False
    admitted: bool = True
    owns: bool = False
    colleague: bool = False
    coordinates: bool = False


NOBODY = Person("nessuno")
PEOPLE = [
    Person("operatrice.cav", sees=True, owns=True),
    # What a lead sees of late steps, emergencies and erasures is of her own agency.
    Person("responsabile.cav", sees=True, oversees=True, colleague=True),
    Person("operatrice.ps"),
    Person("coordinamento", oversees=True, coordinates=True),
    Person("progettista"),
    Person("amministratore"),
    Person("dpo", oversees=True),
    # Every role at once: no door is closed to them, so each address has to look at what it is asked for.
    Person("tutto.ps", oversees=True, coordinates=True),
    Person("emergenza.ps", oversees=True, reads=True, coordinates=True),
    Person("esclusa.cav", admitted=False, colleague=True, coordinates=True),
    Person("tutto.allontanato", admitted=False, coordinates=True),
    Person("tutto.uscito", oversees=True, coordinates=True),
    Person("tutto.altrove", elsewhere=True),
    Person("operatrice.cav, altrove", elsewhere=True, owns=True),
]


@dataclass(frozen=True, slots=True)
class Address:
    """One address with one method, and the names of what it names."""

    endpoint: str
    method: str
    names: frozenset[str]

    def path(self, app: Flask, ids: dict[str, str]) -> str:
        """Its path for these ids; what has none is absent."""
        values = {name: ids.get(name, ABSENT) for name in self.names}
        return app.url_map.bind("127.0.0.1").build(self.endpoint, values, method=self.method)


@pytest.fixture(scope="module")
def place(database_server: database.Server, populated: tuple[str, World]) -> Iterator[Place]:
    """One database for all: every command here is rolled back."""
    name = f"matrix_{os.getpid()}"
    urls = database_server.create(name, populated[0])
    made = furnished(app_of(urls), copy.deepcopy(populated[1]))
    for person in PEOPLE:
        made.program(person.name)
    with db.transaction(read_only=True):
        later = clock.now() + LATER
    with clock.frozen(later):
        in_emergency(made)
        for person in PEOPLE:
            made.browser(person.name).be(made.world.people[person.name], made.network_of(person.name))
            made.browser(person.name).get("/avvisi")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(rows.CommandSession, "commit", undo)
            yield made
    db.dispose()
    database_server.drop(name)


def undo(session: rows.CommandSession) -> None:
    """End a command so that nothing stays done; what it has read can still be shown."""
    session.expunge_all()
    session.rollback()


def addresses(app: Flask) -> list[Address]:
    found = [
        Address(rule.endpoint, method, frozenset(rule.arguments))
        for rule in app.url_map.iter_rules()
        for method in sorted(rule.methods & {"GET", "POST", "PUT", "DELETE", "PATCH"})
    ]
    # What a secret of its own opens, or a signature: tests/web/test_answering.py.
    found = [one for one in found if one.endpoint.partition(".")[0] not in {"answering", "gateway"}]
    found = [one for one in found if one.endpoint != "feed.read"]  # tests/web/test_feed.py
    # "/orari" and "/orari/<owner_id>" are one endpoint; leaving makes the rest of the walk one of nobody.
    return [one for one in found if one.endpoint not in {"static", "login.leave"}]


def ask(place: Place, person: Person, address: Address, ids: dict[str, str]) -> tuple[int, str]:
    """Go there for these ids, and for the case's code or without ids for none; give status and text."""
    path, code = address.path(place.app, ids), place.code if ids else sendings.NO_CODE
    if path.startswith(API):
        body = sendings.of_api(address.endpoint) if address.method != "GET" else None
        sent = body and {name: code if one == sendings.NO_CODE else one for name, one in body.items()}
        reply = place.program(person.name).send(address.method, path.removeprefix(API), sent)
        return reply.status, reply.raw.decode()
    browser = place.browser(person.name)
    if address.method == "GET":
        asked = dict.fromkeys(sendings.QUERIES.get(address.endpoint, ()), code)
        answer = browser.client.get(path, query_string=asked)
    else:
        fields = {**sendings.of_page(address.endpoint), "_csrf": browser.shown.csrf() if browser.shown else ""}
        sent = {name: code if one == sendings.NO_CODE else one for name, one in fields.items()}
        if address.endpoint.startswith("fiscal_code."):
            sent["_titolare"] = ids.get("owner_id", ABSENT)
        answer = browser.client.post(path, data=sent)
    return answer.status_code, answer.text


def named(place: Place, address: Address) -> dict[str, str]:
    """The ids of what is there, for an address."""
    return place.ids | place.others.get(address.endpoint, {})


def sees(person: Person, address: Address) -> bool:
    """Whether what the address names is there for a person."""
    away = person.elsewhere and "device_id" not in address.names  # that is a person's own in whatever network
    if away or address.endpoint in RECEIVED:
        nameless = not address.names and address.endpoint not in BY_CODE | OVERSEEN_BY_CODE | OF_HERE
        return person.elsewhere and (nameless or address.endpoint in RECEIVED)
    if address.names & (PERSONAL | OF_AGENCY | OF_SERVICE):
        hers = person.colleague and not address.names & PERSONAL
        return person.owns or hers or (person.coordinates and bool(address.names & OF_SERVICE))
    if address.endpoint in OVERSEEN_BY_CODE:
        return person.admitted
    if address.endpoint in OVERSEEN:
        return person.oversees
    if address.names & OF_CASE or address.endpoint in BY_CODE:
        return person.sees or (person.reads and address.endpoint in READ)
    return True


def neutral(place: Place, text: str) -> str:
    """Take the ids out of an answer."""
    for ids in (place.ids, *place.others.values()):
        for one in ids.values():
            text = text.replace(one, ABSENT)
    return text.replace(place.code, sendings.NO_CODE)


def roles_lack(place: Place, person: Person, endpoint: str) -> bool:
    """Whether none of her roles is one for what an address does."""
    rule = policy.RULES[endpoint]
    actor = place.world.actor_in(person.name, place.network_of(person.name))
    return not isinstance(rule, Door) and not any(access.may(actor, action) for action in rule)


def test_every_address_says_whom_it_lets_in(place: Place) -> None:
    assert {rule.endpoint for rule in place.app.url_map.iter_rules()} == set(policy.RULES)
    listed = [endpoint for _rule, endpoints in policy._TABLE for endpoint in endpoints.split()]
    assert len(listed) == len(set(listed))
    with pytest.raises(RuntimeError, match=r"nuova\.page"):
        policy.require_complete([*policy.RULES, "nuova.page"])
    with pytest.raises(RuntimeError, match=r"case\.show"):
        policy.require_complete(set(policy.RULES) - {"case.show"})


def test_all_that_an_address_can_name_is_known_here(place: Place) -> None:
    names = frozenset().union(*(address.names for address in addresses(place.app)))
    assert names == OF_CASE | PERSONAL | OF_AGENCY | OF_SERVICE | OF_NETWORK
    assert names == set(place.ids)


def test_everybody_is_let_in_to_little() -> None:
    assert {endpoint for endpoint, rule in policy.RULES.items() if rule is Door.EVERYBODY} == {
        *("static", "health.live", "language.choose", "login.page", "login.enter", "hiding.hide", "hiding.page"),
        *("metrics.show", "api-health.live", "api-health.ready", "api-docs.openapi_json"),
        *("answering.ask", "answering.answer", "gateway.reply", "gateway.digit", "gateway.report"),
        *("feed.read", "push.worker"),
    }


def test_nobody_gets_in_elsewhere(place: Place) -> None:
    for address in addresses(place.app):
        if policy.RULES[address.endpoint] is Door.EVERYBODY:
            continue
        status, text = ask(place, NOBODY, address, named(place, address))
        absent = ask(place, NOBODY, address, {})
        is_page = address.method == "GET" and "api-" not in address.endpoint
        assert status == absent[0] == (HTTPStatus.SEE_OTHER if is_page else HTTPStatus.UNAUTHORIZED), address
        assert is_page or neutral(place, text) == neutral(place, absent[1])


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.name)
def test_each_address_answers_as_her_roles_and_her_part_in_the_case_have_it(place: Place, person: Person) -> None:
    wrong = []
    for address in addresses(place.app):
        status, text = ask(place, person, address, named(place, address))
        if roles_lack(place, person, address.endpoint):
            right = status == HTTPStatus.FORBIDDEN
        elif sees(person, address):
            right = status in ALLOWED or (address.endpoint, status) in SAYS_NO
        else:
            absent, said = ask(place, person, address, {})
            right = status == absent and neutral(place, text) == neutral(place, said)
            right = right and (status == HTTPStatus.NOT_FOUND or not address.names)
        if not right:
            wrong.append(f"{address.endpoint} {address.method} {status}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", ["operatrice.ps", "esclusa.cav", "tutto.allontanato", "tutto.uscito", "tutto.altrove"])
def test_what_is_not_hers_is_asked_of_the_database_as_what_does_not_exist(place: Place, name: str) -> None:
    """The same statements in the same order: the time that an answer takes tells no more than its words."""
    person = next(one for one in PEOPLE if one.name == name)
    for address in addresses(place.app):
        if address.endpoint in TIMED and not roles_lack(place, person, address.endpoint):
            there, absent = (_statements(place, person, address, ids) for ids in (named(place, address), {}))
            assert there == absent, address


# Pages, the API, and commands through both.
TIMED = {
    *(f"{one}.show" for one in ("case", "diagram", "task", "submission", "handover")),
    *("task.claim", "task.complete", "handover.accept", "agreements.record", "case.abstain"),
    *("api-cases.show_case", "api-tasks.show_task", "api-cases.show_submission", "api-handovers.show_handover"),
    *("api-tasks.claim_task", "api-tasks.complete_task", "api-exclusions.exclude"),
}


def _statements(place: Place, person: Person, address: Address, ids: dict[str, str]) -> list[str]:
    """What an answer asks of the database, the second time: the first may have to fill what is remembered."""
    ask(place, person, address, ids)
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        ask(place, person, address, ids)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    return statements
