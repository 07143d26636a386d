"""The execution of BPMN diagrams: the only package that knows SpiffWorkflow.

The way of a diagram: `parsing.read` (XML to `model`) -> `profile.check` (is it meant, and can we keep it?) ->
`building.build` (to specifications, shared by all instances of a version) -> `runtime.Instance` (one running
instance) -> `state` (its flat, versioned form at rest).

SpiffWorkflow carries the tokens; variables, time, expressions, joins, boundary events and the stored form are ours,
because measurements showed that its own lose data or fire wrongly (docs/decisions/0002).
"""

import logging

# SpiffWorkflow lists all tasks at each state change when its loggers are below WARNING.
for _name in ("spiff", "spiff.workflow", "spiff.task"):
    logging.getLogger(_name).setLevel(logging.WARNING)
