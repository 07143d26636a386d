"""Questions between agencies on a step."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from engine.cases import questions
from engine.cases.question_models import Question
from engine.participants.token_models import TokenScope
from web.api import identity, question_schemas
from web.api.routes import Routes, Session

routes = Routes("questions", "Questions between agencies on a step.")


@routes.reading("/questions", gives=question_schemas.Questions())
def list_questions(session: Session) -> questions.Lists:
    """List the questions that wait for one's agencies, the most urgent first, and those that they have asked."""
    return questions.lists(session, identity.actor())


@routes.command(
    "/tasks/<uuid:task_id>/questions",
    TokenScope.WORK,
    takes=question_schemas.Ask(),
    gives=question_schemas.Question(),
)
def ask_question(session: Session, body: dict[str, Any], task_id: UUID) -> Question:
    """Ask an agency that takes part in the case something on a step of one's own."""
    return questions.ask(session, identity.actor(), task_id, **body)


@routes.command(
    "/questions/<uuid:question_id>/answer",
    TokenScope.WORK,
    takes=question_schemas.Reply(),
    gives=question_schemas.Question(),
)
def answer_question(session: Session, body: dict[str, Any], question_id: UUID) -> Question:
    """Answer a question, or record the answer of an agency without computers."""
    return questions.answer(session, identity.actor(), question_id, **body)
