"""Protocols: putting them in force, and reading the versions."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

from flask import request
from webargs.flaskparser import abort

from engine import protocol_files
from engine.definitions import deployment, queries, schedules
from engine.errors import InvalidProcess, Problem
from engine.participants.token_models import TokenScope
from forms import reading as form_files
from web import translation
from web.api import bodies, cursors, definition_schemas, identity, problems, schemas
from web.api.routes import Made, Routes, Session

routes = Routes("definitions", "Protocols and their versions.")


@routes.command("/deployments", TokenScope.DEPLOY, status=201, gives=definition_schemas.Deployment(), files=True)
def deploy(session: Session) -> Made:
    """Put a set of diagrams (.bpmn), decision tables (.dmn) and forms (.form) in force, all or none."""
    diagrams, forms = _files()
    deployed = deployment.deploy(session, identity.actor(), diagrams, forms_given=forms)
    rows = [
        {**_row(one.definition), "is_new": one.is_new, "warnings": problems.of_designers(one.warnings)}
        for one in deployed
    ]
    return Made({"definitions": rows}, "/definitions")


@routes.command("/deployments/check", TokenScope.DEPLOY, gives=definition_schemas.Check(), files=True)
def check_deployment(session: Session) -> dict[str, Any]:
    """Check a set as a deployment would, and change nothing: it is refused with all problems, or has only warnings."""
    diagrams, forms = _files()
    warnings = deployment.lint(session, identity.actor(), diagrams, forms_given=forms)
    return {"warnings": problems.of_designers(warnings)}


@routes.reading("/definitions", takes=bodies.PageQuery(), gives=schemas.Versions())
def list_definitions(session: Session, query: dict[str, Any]) -> dict[str, Any]:
    """List the versions of all protocols of the network, by key, newest first within each."""
    limit = query["limit"]
    after = cursors.read(query.get("cursor"), "definitions", lambda key, number: (str(key), cursors.number(number)))
    rows = queries.versions(session, identity.actor(), after=after, limit=limit + 1)
    return cursors.page(rows, limit, lambda row: cursors.write("definitions", row.key, row.version))


@routes.reading("/definitions/<uuid:definition_id>", gives=definition_schemas.VersionPage())
def show_definition(session: Session, definition_id: UUID) -> dict[str, Any]:
    """Show a version with what one needs to start it."""
    page = queries.version(session, identity.actor(), definition_id)
    return {
        **_row(page.definition),
        "documentation": page.documentation,
        "lanes": [{"id": lane.id, "name": lane.name, "agencies": agencies} for lane, agencies in page.lanes],
        "variables": page.variables,
        "next_starts": schedules.upcoming(session, identity.actor(), definition_id),
        "starts": [{"id": one.id, "name": one.name, "form": _form(session, definition_id, one)} for one in page.starts],
        "warnings": page.definition.warnings.get(translation.language(), []),
        "bpmn": page.definition.bpmn.decode("utf-8", "replace"),
    }


def _row(definition: Any) -> dict[str, Any]:
    names = ("id", "key", "version", "name", "digest", "deployed_at")
    return {name: getattr(definition, name) for name in names}


def _form(session: Session, definition_id: UUID, start: queries.Start) -> Any:
    if start.form_id is None:
        return None
    return form_files.load(queries.form_source(session, definition_id, start.form_id))


def _files() -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Give diagrams and tables by file name, forms by id. Raises InvalidProcess for other files, or one twice."""
    if request.mimetype != "multipart/form-data":
        abort(415)
    diagrams: dict[str, bytes] = {}
    forms: dict[str, bytes] = {}
    unfit = []
    for file in request.files.getlist("files"):
        name = PurePosixPath((file.filename or "").replace("\\", "/"))
        wanted, key = (forms, name.stem) if name.suffix.lower() == ".form" else (diagrams, name.name)
        if name.suffix.lower() not in protocol_files.KINDS:
            reason = "Non è un diagramma, una tabella o un modulo: si riconoscono dal nome: .bpmn, .dmn, .form."
            unfit.append(
                Problem(name.name[:200], reason, "Inviare file .bpmn, .dmn e .form, come li salva il modellatore.")
            )
        elif key in wanted:
            unfit.append(Problem(name.name[:200], "Due file hanno questo nome.", "Inviarne uno solo."))
        else:
            wanted[key] = file.read()
    if unfit:
        raise InvalidProcess(tuple(unfit))
    return diagrams, forms
