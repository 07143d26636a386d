"""A step: its clocks, its form, and what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, jsonify, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import clock, db
from engine.cases import (
    acknowledging,
    confirming,
    handover_page,
    her_phone,
    lookup,
    reassignment,
    ringing,
    shift_changes,
    task_page,
    tasks,
)
from engine.cases.clock_rows import DeadlineRow
from engine.cases.models import TaskStatus
from engine.cases.task_page import TaskPage
from engine.deadlines.models import RungStatus, SeenBy
from engine.errors import (
    Conflict,
    Forbidden,
    InvalidAnswer,
    InvalidValue,
    LaneWithoutAgency,
    NotFound,
    Refused,
    StaleRevision,
)
from web import acts, answers, clocks, errors, kept, lanes, outcomes, sessions, uploads, words
from web.answers import Answer, Problem, Sheet
from web.translation import gettext as _
from web.uploads import Received

pages = Blueprint("task", __name__, url_prefix="/attivita/<uuid:task_id>")


@pages.get("")
def show(task_id: UUID) -> Response:
    """Show the step; with its form and draft when it is one's own to fill in."""
    with db.transaction() as session:
        try:
            page = task_page.task(session, sessions.actor(), task_id)
        except (Conflict, NotFound):
            # While the case is handed over for it there is nothing to see of the step but that.
            before = handover_page.of_task(session, sessions.actor(), task_id)
            if before is None:
                raise
            return redirect(url_for("handover.show", handover_id=before), 303)
        return _show(session, page, answers.shown(page.form, page.draft, page.context) if page.form else None)


@pages.post("/presa")
def claim(task_id: UUID) -> Response:
    """Take the step in charge."""
    with db.transaction() as session:
        tasks.claim(session, sessions.actor(), task_id, **acts.stated())
        return _done(session, "presa", task_id)


@pages.post("/cessione")
def release(task_id: UUID) -> Response:
    """Give the step back to the agency, with a reason."""
    with db.transaction() as session:
        tasks.release(session, sessions.actor(), task_id, reason=acts.reason())
        return outcomes.lead(session, url_for("inbox.page"), "ceduta")


@pages.post("/visto")
def acknowledge(task_id: UUID) -> Response:
    """Say that one has seen it: its ladder stops for a while. It leads back to where that was said."""
    with db.transaction() as session:
        acknowledging.acknowledge_step(session, sessions.actor(), task_id, SeenBy.PAGE)
        back = {"ritardo": url_for("late_step.show", step_id=task_id), "avvisi": url_for("notices.page")}
        here = url_for("task.show", task_id=task_id)
        return outcomes.lead(session, back.get(request.form.get("_da", ""), here), "visto")


@pages.post("/affidamento")
def offer(task_id: UUID) -> Response:
    """Hand on what one holds to a colleague, with a reason; she may say no."""
    to, reason = acts.identifier("a", "to"), acts.reason()
    if to is None:
        raise InvalidValue("to", "required")
    with db.transaction() as session:
        reassignment.offer(session, sessions.actor(), task_id, to=to, reason=reason)
        return outcomes.lead(session, url_for("inbox.page"), "affidato")


@pages.post("/rinuncia")
def decline(task_id: UUID) -> Response:
    """Say no to a step that is offered to one."""
    with db.transaction() as session:
        reassignment.decline(session, sessions.actor(), task_id)
        return _done(session, "rinunciata", task_id)


@pages.post("/nota")
def leave_note(task_id: UUID) -> Response:
    """Leave a note for whoever takes the step next."""
    with db.transaction() as session:
        shift_changes.leave_note(session, sessions.actor(), task_id, acts.reason())
        return _done(session, "nota", task_id)


@pages.post("/subentro")
def take_over(task_id: UUID) -> Response:
    """Take the step over from whoever has it, with a reason."""
    with db.transaction() as session:
        tasks.take_over(session, sessions.actor(), task_id, reason=acts.reason())
        return _done(session, "subentro", task_id)


@pages.post("/conferma")
def confirm(task_id: UUID) -> Response:
    """Confirm what a colleague has answered."""
    said = acts.stated()
    with db.transaction() as session:
        done = confirming.confirm(
            session,
            sessions.actor(),
            task_id,
            revision=acts.revision(),
            decided_by=request.form.get("_deciso_da"),
            **said,
        )
        return outcomes.lead(session, url_for("case.show", case_id=done.task.case_id), "confermata")


@pages.post("/rimando")
def send_back(task_id: UUID) -> Response:
    """Send a colleague's answer back to her unconfirmed, with a reason."""
    with db.transaction() as session:
        confirming.send_back(session, sessions.actor(), task_id, reason=acts.reason(), revision=acts.revision())
        return outcomes.lead(session, url_for("inbox.page"), "rimandata")


@pages.post("/ripresa")
def take_back(task_id: UUID) -> Response:
    """Take one's own answer back before it is confirmed."""
    with db.transaction() as session:
        confirming.take_back(session, sessions.actor(), task_id)
        return _done(session, "passo-ripreso", task_id)


@pages.post("/domande")
def refresh(task_id: UUID) -> Response:
    """Show the questions and rows that the answers so far bring up; nothing is stored but files."""
    received = uploads.received(task_id)
    with db.transaction() as session:
        page = task_page.task(session, sessions.actor(), task_id)
        return _show(session, page, _refreshed(page, received))


@pages.post("/bozza")
def save_draft(task_id: UUID) -> Response:
    """Keep the answers so far."""
    received = uploads.received(task_id)
    with db.transaction() as session:
        page = task_page.task(session, sessions.actor(), task_id)
        answer = _answer(page, received, draft=True)
        if not answer.acceptable:
            return _not_kept(answer.sheet) if acts.by_script() else _show(session, page, answer.sheet, status=422)
        tasks.save_draft(session, sessions.actor(), task_id, answer.values, revision=acts.revision())
        if acts.by_script():
            saved = _("Bozza salvata alle %(clock)s", clock=clocks.hour(clock.now()))
            return make_response(jsonify(said=saved))
        return _done(session, "bozza", task_id)


@pages.post("/conclusione")
def complete(task_id: UUID) -> Response:
    """Complete the step with its answers."""
    received = uploads.received(task_id)
    with db.transaction() as session:
        page = task_page.task(session, sessions.actor(), task_id)
        answer = _answer(page, received)
        if not answer.acceptable:
            return _show(session, page, answer.sheet, status=422)
        if page.right_case.doubtful and request.form.get("_caso") != page.case_code:
            raise InvalidValue("case", "required")
        done = tasks.complete(
            session,
            sessions.actor(),
            task_id,
            answer.values,
            revision=acts.revision(),
            decided_by=request.form.get("_deciso_da"),
            lanes=lanes.picked(asked.lane for asked in page.lane_choices),
            lanes_again=lanes.again(asked.lane for asked in page.lane_choices),
            **acts.stated(),
        )
        said = "da-confermare" if done.task.first_by_id is not None else "conclusa"
        return outcomes.lead(session, url_for("case.show", case_id=page.task.case_id), said)


@pages.errorhandler(InvalidAnswer)
@pages.errorhandler(InvalidValue)
@pages.errorhandler(LaneWithoutAgency)
@pages.errorhandler(StaleRevision)
@pages.errorhandler(Forbidden)
def again(refused: Refused) -> Response:
    """Show the step again on its present state, with what was typed and what is wrong: nothing typed is lost."""
    if acts.by_script():
        return errors.page(errors.answer_for(refused))
    if isinstance(refused, Forbidden) and refused.code != "on_behalf_of_needed":
        return errors.page(errors.answer_for(refused))
    task_id = (request.view_args or {})["task_id"]
    with db.transaction() as session:
        page = task_page.task(session, sessions.actor(), task_id)
        sheet = _refreshed(page, uploads.so_far())
        if sheet and isinstance(refused, InvalidAnswer):
            sheet = answers.marked(sheet, refused.errors)
        status = 409 if isinstance(refused, StaleRevision) else 422
        return _show(session, page, sheet, refused=refused, status=status)


def _refreshed(page: TaskPage, received: Received) -> Sheet | None:
    if page.form is None:
        return None
    return answers.refresh(page.form, received.post, page.context, refused=received.refused)


def _answer(page: TaskPage, received: Received, *, draft: bool = False) -> Answer:
    """Read the form. Where it is not (or no longer) one's own to fill in, the engine alone says so."""
    form = page.form if "complete" in page.may else None
    return answers.read(form, received.post, page.context, draft=draft, refused=received.refused)


def _not_kept(sheet: Sheet | None) -> Response:
    """Say to a script which answers keep a draft from being kept."""
    wrong = [f"{problem.label} – {problem.message}" for problem in (sheet.problems if sheet else [])]
    return make_response(jsonify(said="; ".join(wrong)), 422)


def _done(session: Any, what: str, task_id: UUID) -> Response:
    return outcomes.lead(session, url_for("task.show", task_id=task_id), what)


def _show(
    session: Any, page: TaskPage, sheet: Sheet | None, *, refused: Refused | None = None, status: int = 200
) -> Response:
    sheet = uploads.shown(session, sheet, page.task.id)
    wrong = _wrong(page, refused)
    choices = [
        lanes.choice(asked.lane, asked.name, asked.agencies, guess=None, refused=refused, declined=asked.declined)
        for asked in page.lane_choices
    ]
    problems = (sheet.problems if sheet else []) + lanes.problems(choices) + _other_problems(wrong)
    return make_response(
        render_template(
            "task.html",
            page=page,
            task=page.task,
            sheet=sheet,
            dials=_dials(page.deadlines),
            first=answers.lines(page.form, page.draft or {}) if page.form and "confirm" in page.may else [],
            asked=answers.lines(page.request.form, page.request.values) if page.request else [],
            handed=answers.handed(page.handed),
            lanes=choices,
            wrong=wrong,
            problems=problems,
            problems_title=_title(sheet, refused) if problems or refused else None,
            posted=request.form,
            act=kept.act(),
            age_words=_age(page),
            **_telephones(session, page),
        ),
        status,
    )


def _telephones(session: Any, page: TaskPage) -> dict[str, object]:
    """Give whom to call for the step, and who calls her, to the people of a step that is to be done."""
    actor, task = sessions.actor(), page.task
    if task.state not in {TaskStatus.OPEN, TaskStatus.CLAIMED} or not lookup.visible(actor, task):
        return {"ring": None, "calls_her": False, "calling": None}
    climbs = any(rung.state is RungStatus.WAITING for row in page.deadlines for rung in row.rungs)
    calls_her = task.held_since is None and her_phone.asked_for(session, task)
    return {
        "ring": ringing.of_step(session, actor, task.id) if climbs else None,
        "calls_her": calls_her,
        "calling": her_phone.going_on(session, actor, task.case_id) if calls_her else None,
    }


def _age(page: TaskPage) -> str:
    """Say how old the woman is, as the form has it."""
    if page.right_case.age is None:
        return ""
    question, value = page.right_case.age
    told = next((option.label(sessions.language()) for option in question.options if option.value == value), value)
    return f"{question.label(sessions.language())}: {told}"


def _dials(deadlines: Sequence[DeadlineRow]) -> list[tuple[DeadlineRow, list[DeadlineRow]]]:
    """Give each clock once, as it runs or came out last, with what it was before the step was given back."""
    turns: dict[str, list[DeadlineRow]] = {}
    for row in sorted(deadlines, key=lambda row: row.starts_at, reverse=True):
        turns.setdefault(row.clock, []).append(row)
    dials = [(rows[0], rows[1:]) for rows in turns.values()]
    return sorted(dials, key=lambda dial: dial[0].due_at)


def _wrong(page: TaskPage, refused: Refused | None) -> dict[str, str]:
    """Say what is wrong with what is no question of the form, by the verb's name for it."""
    if isinstance(refused, InvalidValue) and not refused.field.startswith("lanes."):
        return {refused.field: words.wrong(refused, **_since(page, refused.code))}
    if isinstance(refused, Forbidden):
        return {"on_behalf_of": _("Dichiarare per conto di quale ente si registra.")}
    return {}


def _since(page: TaskPage, code: str) -> dict[str, str]:
    """Say since when what is too early could have been."""
    bounds = {"before_the_step": page.task.created_at, "before_the_taking": page.task.claim_happened_at}
    bound = bounds.get(code)
    return {"since": clocks.on(bound, clock.now())} if bound is not None else {}


def _title(sheet: Sheet | None, refused: Refused | None) -> str:
    if isinstance(refused, StaleRevision):
        return _("L'attività è cambiata da quando avete aperto la pagina: controllate e inviate di nuovo")
    if sheet and sheet.new and not sheet.errors:
        return _("Le risposte hanno aperto altre domande: guardatele, poi completate")
    return _("Non è stato registrato: c'è qualcosa da correggere")


def _other_problems(wrong: dict[str, str]) -> list[Problem]:
    """Say what is wrong with what is no question of the form."""
    act = (request.endpoint or "").rpartition(".")[2]
    labels = {
        "happened_at": ("quando", _("Quando è stato fatto")),
        "late_reason": ("perche-ora", _("Perché si registra solo ora")),
        "reason": (f"motivo-{act}", _("Motivo")),
        "on_behalf_of": ("per-conto", _("Per conto di")),
        "to": ("a", _("A chi")),
        "case": ("caso", _("Il caso")),
        "decided_by": ("deciso-da", _("Chi ha deciso")),
    }
    return [Problem(*labels.get(field, ("modulo", _("Modulo"))), message) for field, message in wrong.items()]
