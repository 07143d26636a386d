"""What an agency may read of a process that was handed over to it: the fields named, and what its own lane wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.bpmn import model
from engine.bpmn.scopes import CASE_WIDE

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


def handed(process: model.Process, node: model.Node) -> frozenset[str]:
    """Give the fields that the hand-overs of a diagram let a step read: its own, else those of its lane."""
    if node.handover is not None and node.handover.until == "step":
        return frozenset(node.handover.fields)
    said = [other.handover for other in process.all_nodes.values() if other.lane == node.lane]
    return frozenset(name for each in said if each is not None and each.until != "step" for name in each.fields)


def readable(
    process: model.Process, node: model.Node, fields: Collection[str], routing: Mapping[str, Collection[str]]
) -> frozenset[str]:
    """Give the variables that a step may read where `fields` were handed over to its lane.

    `routing` are the keys by form that become variables. What a step is given (zeebe:input), or its lane wrote
    (zeebe:output), counts as far as it is made of nothing else.
    """
    known = frozenset(fields) | CASE_WIDE
    steps = [other for other in process.all_nodes.values() if other.lane == node.lane]
    before = frozenset[str]()
    while before != known:
        before = known
        for step in steps:
            if step.kind is not model.Kind.USER_TASK:
                continue
            own = known | frozenset(routing.get(step.form_id or "", ()))
            given = {mapping.target for mapping in step.inputs if mapping.source.names <= known}
            known |= {mapping.target for mapping in step.outputs if mapping.source.names <= own | given}
            known |= own if not step.outputs else frozenset()
    return known | {mapping.target for mapping in node.inputs if mapping.source.names <= known}
