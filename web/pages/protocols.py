"""Protocols: the versions in force, and putting a new one in force."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

from flask import Blueprint, jsonify, make_response, render_template, request, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from engine import clock, db, errors, protocol_files
from engine.cases import step_clocks
from engine.definitions import deployment, queries, schedules
from engine.errors import InvalidProcess, Problem
from engine.participants import access
from web import diagram_words, outcomes, sessions, translation
from web.translation import gettext as _

pages = Blueprint("protocols", __name__)


@pages.get("/protocolli")
def page() -> Response:
    """Show the versions of every protocol."""
    return _show(())


@pages.post("/protocolli")
def upload() -> Response:
    """Put the uploaded diagrams, tables and forms in force, or list everything that is wrong with them.

    When it is only tried, say what would be wrong, and what there is to think about.
    """
    files = [file for file in request.files.getlist("file") if file.filename]
    unfit = _unfit(files)
    if unfit:
        return _show(unfit)
    sources = {_name(file): file.read() for file in files if _kind(file) in {".bpmn", ".dmn"}}
    given = {PurePosixPath(_name(file)).stem: file.read() for file in files if _kind(file) == ".form"}
    try:
        with db.transaction() as session:
            if "prova" in request.form:
                warnings = deployment.lint(session, sessions.actor(), sources, forms_given=given)
            else:
                deployed = deployment.deploy(session, sessions.actor(), sources, forms_given=given)
                return outcomes.lead(session, url_for("protocols.page"), _outcome(deployed))
    except InvalidProcess as refused:
        return _show(refused.problems)
    return _show(warnings, tried=True)


@pages.get("/protocolli/<uuid:definition_id>")
def version(definition_id: UUID) -> str:
    """Show a version to who draws protocols: what they were warned of, and where in the diagram."""
    page = _version(definition_id)
    with db.transaction(read_only=True) as session:
        upcoming = schedules.upcoming(session, sessions.actor(), definition_id)
    return render_template(
        "version.html",
        definition=page.definition,
        steps=page.steps,
        warnings=_warnings(page.definition),
        upcoming=upcoming,
    )


@pages.get("/protocolli/<uuid:definition_id>/diagramma")
def drawing(definition_id: UUID) -> Response:
    """Give the diagram of a version, with marks where something was warned of, and clocks with their ladders."""
    page = _version(definition_id)
    with db.transaction(read_only=True) as session:
        clocks = diagram_words.on_shapes(step_clocks.of_version(session, sessions.actor(), definition_id), clock.now())
    drawn = {
        "bpmn": page.definition.bpmn.decode("utf-8", "replace"),
        "marks": {warning.element: "warning" for warning in _warnings(page.definition)},
        "clocks": clocks,
    }
    return jsonify(diagrams=[drawn])


def _version(definition_id: UUID) -> queries.VersionPage:
    with db.transaction(read_only=True) as session:
        return queries.version(session, sessions.actor(), definition_id)


def _warnings(definition: Any) -> list[Problem]:
    return [Problem(**kept) for kept in definition.warnings.get(translation.language(), ())]


def _outcome(deployed: list[deployment.Deployed]) -> str:
    if not any(one.is_new for one in deployed):
        return "uguale"
    return "caricato_con_avvertimenti" if any(one.warnings for one in deployed) else "caricato"


def _show(problems: Iterable[Problem], *, tried: bool = False) -> Response:
    with db.transaction(read_only=True) as session:
        versions = queries.versions(session, sessions.actor())
        upcoming = schedules.upcoming(session, sessions.actor())
    told = [problem.in_language(translation.language()) for problem in problems]
    refusals = errors.refusals(told)
    text = render_template(
        "protocols.html",
        versions=versions,
        upcoming=upcoming,
        refusals=refusals,
        warnings=[problem for problem in told if problem.warns],
        tried=tried,
        may_deploy=access.may(sessions.actor(), access.Action.DEPLOY),
        may_migrate=access.may(sessions.actor(), access.Action.MIGRATE),
    )
    return make_response(text, 422 if refusals else 200)


def _unfit(files: list[FileStorage]) -> list[Problem]:
    """Say which files are no diagram, table or form, or come twice."""
    kinds = _("Non è un diagramma, una tabella o un modulo: si riconoscono dal nome: .bpmn, .dmn, .form.")
    twice = _("Due file hanno questo nome.")
    names = [_name(file) for file in files]
    other = [name for name, file in zip(names, files, strict=True) if _kind(file) not in protocol_files.KINDS]
    return [
        *[
            Problem(name, kinds, _("Scegliere file .bpmn, .dmn e .form, come li salva il modellatore."))
            for name in other
        ],
        *[Problem(name, twice, _("Caricarne uno solo.")) for name in sorted({n for n in names if names.count(n) > 1})],
    ]


def _name(file: FileStorage) -> str:
    return PurePosixPath((file.filename or "").replace("\\", "/")).name


def _kind(file: FileStorage) -> str:
    return PurePosixPath(_name(file)).suffix.lower()
