"""The stored form of a running instance: flat, versioned, types kept; about a hundred bytes a token.

Nothing of the specification is in it. A format, once released, is read for ever: `_UPGRADES` lists, in order, the
functions that lift a state by one format, and golden files in the tests keep them honest.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from SpiffWorkflow.exceptions import WorkflowException

from engine import errors, packing
from engine.bpmn import way_back
from engine.bpmn.building import Definition
from engine.bpmn.scopes import ScopeTree
from engine.bpmn.workflow import READY, STARTED, WAITING, SubWorkflow, Token, Workflow

FORMAT = 3


def _remembers_completions(state: list[Any]) -> list[Any]:
    """Add the completions that can be undone (none is known of), after the variables."""
    return [*state, []]


def _keeps_what_can_be_undone(state: list[Any]) -> list[Any]:
    """Change nothing: a scope may hold, after its variables, what has been completed in it, and none did."""
    return state


# [format - 1] lifts a state of that format to the next one.
_UPGRADES: list[Callable[[list[Any]], list[Any]]] = [_remembers_completions, _keeps_what_can_be_undone]


class UnknownFormat(errors.Failure):
    """A stored state was written by a newer release than this one, or its format number is none."""


class DamagedState(errors.Failure):
    """What was stored is not the state of an instance of this definition: cut off, changed, or another one's."""


def plain(workflow: Workflow) -> list[Any]:
    """Give the plain form: [completed, tokens of the top, [[host, tokens] of each subprocess], scopes, ways back].

    Nothing in it changes when the workflow goes on.
    """
    inner = [[host.hex, _dump_tokens(sub.live())] for host, sub in workflow.subprocesses.items()]
    return [workflow.completed, _dump_tokens(workflow.live()), inner, workflow.scopes.dump(), [*workflow.ways_back]]


def dump(workflow: Workflow) -> bytes:
    """Give the stored form: the plain one, packed."""
    form = plain(workflow)
    workflow.ways_back = way_back.keep(workflow.ways_back, form)
    form[4] = [way.dump() for way in workflow.ways_back]
    return packing.dumps(form)


def load(definition: Definition, content: bytes, stored_format: int) -> Workflow:
    """Rebuild the workflow of a stored state. Raises UnknownFormat, DamagedState."""
    if not 1 <= stored_format <= FORMAT:
        message = f"state of format {stored_format}, this release reads 1 to {FORMAT}"
        raise UnknownFormat(message)
    try:
        return _load(definition, content, stored_format)
    except (ValueError, TypeError, LookupError, AttributeError, WorkflowException) as error:
        # What is in it stays out of the message: it is about a case.
        message = f"{type(error).__name__} in a state of {definition.id}"
        raise DamagedState(message) from error


def _load(definition: Definition, content: bytes, stored_format: int) -> Workflow:
    state = packing.loads(content)
    for upgrade in _UPGRADES[stored_format - 1 :]:
        state = upgrade(state)
    state[4] = [way_back.WayBack(*way) for way in state[4]]
    return rebuild(definition, state)


def rebuild(definition: Definition, form: list[Any]) -> Workflow:
    """Make the workflow of a plain form."""
    completed, tokens, inner, scopes, ways_back = form
    workflow = Workflow(definition.spec, restoring=True)
    _restore_root(workflow)
    workflow.completed = completed
    workflow.scopes = ScopeTree.load(scopes)
    workflow.ways_back = ways_back
    _restore_tokens(workflow, tokens)
    for host_hex, inner_tokens in inner:
        # Outer subprocesses were opened, and so stored, before the inner ones.
        host = workflow.get_task_from_id(UUID(host_hex))
        sub = SubWorkflow(host.task_spec.inside(host), host.id, workflow, restoring=True)
        _restore_root(sub)
        workflow.subprocesses[host.id] = sub
        _restore_tokens(sub, inner_tokens)
    return workflow


def _dump_tokens(tokens: list[Token]) -> list[list[Any]]:
    return [[token.id.hex, token.task_spec.name, token.state, _copied(token.internal_data)] for token in tokens]


def _copied(internal: dict[str, Any]) -> dict[str, Any]:
    return {name: [*value] if isinstance(value, list) else value for name, value in internal.items()}


def _restore_root(workflow: Workflow | SubWorkflow) -> None:
    workflow.task_tree = Token(workflow, workflow.spec.start)
    workflow.task_tree._state = _COMPLETED


def _restore_tokens(workflow: Workflow | SubWorkflow, tokens: list[list[Any]]) -> None:
    for key, name, token_state, internal in tokens:
        if token_state not in {READY, STARTED, WAITING} or not isinstance(internal, dict):
            message = f"not a live token: {name}"
            raise ValueError(message)
        token = Token(workflow, workflow.spec.task_specs[name], workflow.task_tree, token_state, UUID(key))
        token.internal_data = internal


_COMPLETED = 64
