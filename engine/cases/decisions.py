"""Decisions that tables have made in a case: what was asked, what came out and why, kept sealed, and shown to a person.

A record is written in the step that made the decision and never changed. A task whose diagram says `staffetta:explains`
is tied to the record when it opens: whoever may read the step may read the reasons, and nobody else; where the step is
that of an agency without computers, only who plays another lane of its diagram.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select

from engine import clock, packing
from engine.cases import confidential, trail
from engine.cases.decision_models import DecisionRecord, TaskExplanation
from engine.definitions.models import ProcessDefinition

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.bpmn.journal import JournalLine
    from engine.bpmn.rules import Made
    from engine.cases.models import Case, UserTask
    from engine.dmn import Match, TableTrace
    from engine.participants.access import Actor


@dataclass(frozen=True, slots=True)
class Reasons:
    """What one decision on the way found, in the words of its table: language -> words."""

    heading: Mapping[str, str]
    remarks: tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a result came about, the result first and what it rests on after it, and the version of the tables."""

    made_at: datetime
    version: int
    parts: tuple[Reasons, ...]


def record(
    session: Session, case: Case, line: JournalLine, *, instance_id: UUID, happened_at: datetime | None = None
) -> None:
    """Keep a decision that the instance has just made; `happened_at` is when the act behind it was done."""
    if line.made is None:
        return
    values = _values(line.made)
    sealed = confidential.seal_decision(
        session, values, decision_id=line.token_id, case_id=case.id, network_id=case.network_id
    )
    session.add(
        DecisionRecord(
            id=line.token_id,
            network_id=case.network_id,
            case_id=case.id,
            instance_id=instance_id,
            definition_id=line.definition_id,
            element_id=line.node.id,
            happened_at=happened_at or clock.now(),
            key_version=sealed.key_version,
            sealed=sealed.blob,
        )
    )


def explain(session: Session, task: UserTask, decision_id: UUID) -> None:
    """Tie the reasons of a decision to a task that opens."""
    session.add(TaskExplanation(task_id=task.id, network_id=task.network_id, decision_id=decision_id))


def explanation(session: Session, actor: Actor, task: UserTask) -> Explanation | None:
    """Give the reasons that belong to a task which the caller has found for this actor; the reading is audited."""
    query = (
        select(DecisionRecord, ProcessDefinition.version)
        .join(TaskExplanation, TaskExplanation.decision_id == DecisionRecord.id)
        .join(ProcessDefinition, ProcessDefinition.id == DecisionRecord.definition_id)
        .where(TaskExplanation.task_id == task.id)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        return None
    row, version = found
    subject = ("decision_record", row.id)
    trail.note(session, actor, "decision.read", task.case_id, subject=subject, agency_id=task.agency_id)
    values = confidential.open_decision(session, row)
    if not values:
        return None
    labels = values["labels"]
    parts = (
        Reasons(labels.get(table["decision"], {}), tuple(rule["remarks"] for rule in table["rules"] if rule["remarks"]))
        for table in values["tables"]
    )
    return Explanation(row.happened_at, version, tuple(reversed([part for part in parts if part.remarks])))


def _values(made: Made) -> dict[str, Any]:
    decision = made.rule.decision
    return {
        "decision": decision.id,
        "file": decision.file,
        "digest": decision.digest,
        "inputs": dict(made.inputs),
        "result": made.outcome.value,
        # A range or a function on the way has no packed form; what it was made from is among the inputs.
        "decisions": {name: value for name, value in made.outcome.decisions.items() if packing.has_form(value)},
        "tables": [_table(table) for table in made.outcome.tables],
        "labels": {name: dict(words) for name, words in decision.labels.items()},
    }


def _table(table: TableTrace) -> dict[str, Any]:
    return {
        "decision": table.decision,
        "by_default": table.by_default,
        "rules": [
            {
                "number": match.number,
                "rule": match.rule,
                "remarks": _remarks(match),
            }
            for match in table.matches
        ],
    }


def _remarks(match: Match) -> dict[str, str]:
    """Give the words beside a rule by language; editors keep the Italian ones as the rule's description."""
    said = match.description or "; ".join(note for note in match.annotations if note)
    return {language: words for language, words in (("it", said), *match.descriptions) if words}
