"""Running cases that go over to a new version of their protocol: the plan, and doing it.

Who draws protocols has no part in cases: the plan says how many stand where, never whose they are.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import db
from engine.bpmn import obstacles
from engine.cases import migration, migration_plan
from engine.cases.migration_plan import Group
from engine.definitions import queries
from engine.errors import InvalidValue, Problem
from web import outcomes, sessions, translation, words
from web.answers import Problem as Entry
from web.translation import gettext as _

pages = Blueprint("migration", __name__, url_prefix="/protocolli/<uuid:definition_id>/passaggio")


@pages.get("")
def show(definition_id: UUID) -> Response:
    """Show what would become of the cases that are on other versions."""
    return _show(definition_id)


@pages.post("")
def apply(definition_id: UUID) -> Response:
    """Carry over the cases of the chosen groups that still stand as the plan said, each for itself."""
    names, chosen = _names(), set(request.form.getlist("gruppo"))
    if not chosen:
        raise InvalidValue("cases", "required")
    if not request.form.get("letto"):
        raise InvalidValue("confirmed", "required")
    with db.transaction() as session:
        plans = migration.plan(session, sessions.actor(), definition_id, names)
    ready = [one.case_id for one in plans if one.alike in chosen and not one.obstacles]
    done = migration.apply(sessions.actor(), definition_id, ready, names)
    stayed = sum(outcome.code is not None for outcome in done)
    if stayed or not done:
        return _show(definition_id, gone=len(done) - stayed, stayed=stayed, status=409)
    with db.transaction() as session:
        return outcomes.lead(session, url_for("migration.show", definition_id=definition_id), "passati")


@pages.errorhandler(InvalidValue)
def again(refused: InvalidValue) -> Response:
    """Show the plan again, with what is wrong about what was asked."""
    return _show((request.view_args or {})["definition_id"], refused, status=422)


def _show(
    definition_id: UUID,
    refused: InvalidValue | None = None,
    *,
    gone: int = 0,
    stayed: int | None = None,
    status: int = 200,
) -> Response:
    names = {} if refused is not None and refused.field == "names" else _names()
    with db.transaction() as session:
        target = queries.version(session, sessions.actor(), definition_id).definition
        groups = migration_plan.groups(migration.plan(session, sessions.actor(), definition_id, names))
        standing = migration.count(session, sessions.actor(), definition_id)
        text = render_template(
            "migration.html",
            target=target,
            able=[group for group in groups if not group.obstacles],
            unable=[(group, _problems(group)) for group in groups if group.obstacles],
            standing=standing,
            looked_at=sum(group.count for group in groups),
            typed=request.values.get("nomi", ""),
            chosen=request.form.getlist("gruppo"),
            gone=gone,
            stayed=stayed,
            problems=[_entry(refused)] if refused is not None else [],
            wrong=refused.field if refused is not None else None,
        )
    return make_response(text, status)


def _entry(refused: InvalidValue) -> Entry:
    controls = {"names": ("nomi", _("Elementi che hanno cambiato id")), "confirmed": ("letto", _("Conferma"))}
    control, label = controls.get(refused.field, ("gruppi", _("Casi")))
    return Entry(control, label, words.wrong(refused))


def _problems(group: Group) -> list[Problem]:
    return [obstacles.problem(each).in_language(translation.language()) for each in group.obstacles]


def _names() -> dict[str, Any]:
    """Read which element stands for which now, a line each. InvalidValue for a line that says nothing of the kind."""
    names = {}
    for line in request.values.get("nomi", "").splitlines():
        old, mark, new = line.partition("=")
        if line.strip():
            if not old.strip() or not mark:
                raise InvalidValue("names", "not_a_pair")
            names[old.strip()] = new.strip()
    return names
