"""Protocols: the versions in force, and putting a new one in force."""

from __future__ import annotations

from pathlib import PurePosixPath

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from engine import db, protocol_files
from engine.definitions import deployment, queries
from engine.errors import InvalidProcess, Problem
from engine.participants import access
from web import outcomes, sessions, translation
from web.translation import gettext as _

pages = Blueprint("protocols", __name__)


@pages.get("/protocolli")
def page() -> Response:
    """Show the versions of every protocol."""
    return _show(())


@pages.post("/protocolli")
def upload() -> Response:
    """Put the uploaded diagrams, tables and forms in force, or list everything that is wrong with them."""
    access.require(sessions.actor(), access.Action.DEPLOY)
    files = [file for file in request.files.getlist("file") if file.filename]
    unfit = _unfit(files)
    if unfit:
        return _show(unfit)
    sources = {_name(file): file.read() for file in files if _kind(file) in {".bpmn", ".dmn"}}
    given = {PurePosixPath(_name(file)).stem: file.read() for file in files if _kind(file) == ".form"}
    try:
        with db.transaction() as session:
            deployed = deployment.deploy(session, sessions.actor(), sources, forms_given=given)
            new = any(one.is_new for one in deployed)
            return outcomes.lead(session, url_for("protocols.page"), "caricato" if new else "uguale")
    except InvalidProcess as refused:
        return _show(refused.problems)


def _show(problems: tuple[Problem, ...] | list[Problem]) -> Response:
    with db.transaction(read_only=True) as session:
        versions = queries.versions(session, sessions.actor())
    may_deploy = access.may(sessions.actor(), access.Action.DEPLOY)
    told = [problem.in_language(translation.language()) for problem in problems]
    text = render_template("protocols.html", versions=versions, problems=told, may_deploy=may_deploy)
    return make_response(text, 422 if problems else 200)


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
