"""What a running instance waits for, read off its tokens: people, times, messages, signals, and whoever mends it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from engine.bpmn import loops, model, rules, specs
from engine.bpmn.workflow import STARTED, Token


@dataclass(frozen=True, slots=True)
class WorkItem:
    """An open user task.

    `definition_id` is the process that it belongs to, perhaps a called one; `explains` is the token of the decision
    that the person has to see the reasons of; `places` say of which instances of activities with several it is a part.
    """

    id: UUID
    node: model.Node
    definition_id: UUID
    explains: UUID | None = None
    places: tuple[tuple[int, int | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Timer:
    """A timer that is running; due at an instant, aware UTC."""

    id: UUID
    node: model.Node
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Subscription:
    """A token that waits for a message of this name under this correlation key."""

    id: UUID
    node: model.Node
    definition_id: UUID
    name: str
    correlation_key: str


@dataclass(frozen=True, slots=True)
class SignalSubscription:
    """A token that waits for a signal of this name; `network` when it may come from another case too."""

    id: UUID
    node: model.Node
    name: str
    network: bool


@dataclass(frozen=True, slots=True)
class Job:
    """A function that is to be called, with these inputs."""

    id: UUID
    node: model.Node
    inputs: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Incident:
    """A token that cannot go on until somebody looks; `code` says why."""

    id: UUID
    node: model.Node
    code: str


def work_items(tokens: Iterable[Token]) -> list[WorkItem]:
    """Give the open user tasks."""
    return [
        WorkItem(
            token.id,
            token.task_spec.element,
            token.workflow.spec.definition_id,
            _explained(token),
            loops.places(token),
        )
        for token in tokens
        if isinstance(token.task_spec, specs.UserTask) and token.state == STARTED
    ]


def timers(tokens: Iterable[Token]) -> list[Timer]:
    """Give the timers that are running."""
    return [
        Timer(token.id, token.task_spec.element, token.internal_data["due"])
        for token in tokens
        if "due" in token.internal_data and "incident" not in token.internal_data
    ]


def subscriptions(tokens: Iterable[Token]) -> list[Subscription]:
    """Give the tokens that wait for a message."""
    return [
        Subscription(
            token.id,
            token.task_spec.element,
            token.workflow.spec.definition_id,
            token.task_spec.element.message.name,
            token.internal_data["key"],
        )
        for token in tokens
        if "key" in token.internal_data and token.state == STARTED
    ]


def signal_subscriptions(tokens: Iterable[Token]) -> list[SignalSubscription]:
    """Give the tokens that wait for a signal."""
    waiting = [(token, token.task_spec.element) for token in tokens if "signal" in token.internal_data]
    return [
        SignalSubscription(token.id, node, node.signal.name, node.signal.network)
        for token, node in waiting
        if token.state == STARTED
    ]


def jobs(tokens: Iterable[Token]) -> list[Job]:
    """Give the functions that are to be called."""
    found = [token for token in tokens if "job" in token.internal_data and token.state == STARTED]
    found = [token for token in found if "incident" not in token.internal_data]
    return [Job(token.id, token.task_spec.element, _listed(token)) for token in found]


def incidents(tokens: Iterable[Token]) -> list[Incident]:
    """Give the tokens that cannot go on."""
    return [
        Incident(token.id, token.task_spec.element, token.internal_data["incident"])
        for token in tokens
        if "incident" in token.internal_data
    ]


def _listed(token: Token) -> dict[str, Any]:
    seen = specs.variables(token)
    return {mapping.target: seen[mapping.target] for mapping in token.task_spec.element.inputs}


def _explained(token: Token) -> UUID | None:
    element_id = token.task_spec.element.explains
    return None if element_id is None else specs.variables(token).get(rules.trace_of(element_id))
