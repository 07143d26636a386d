"""What has been completed and can be undone: kept with its scope, undone last first (BPMN 2.0.2, 13.5.5).

A scope keeps an activity only if there is something to undo it by: a handler on its border, or something of that kind
inside. Such an inside is kept with its variables as they were at its completion. What undoes is a token that names, as
`undoes`, the token that asked for it and waits; it goes nowhere from there.
"""

from uuid import UUID

from SpiffWorkflow.util.task import TaskState

from engine.bpmn.workflow import READY, Flat, Token, around


def remember(token: Token) -> None:
    """Keep an activity that is being completed, if there is something to undo it by."""
    spec, workflow = token.task_spec, token.workflow
    top, kept = workflow.top_workflow, dict[str, object]()
    if "undoes" in token.internal_data:
        return
    if spec.compensated_by is None:
        inner = top.subprocesses.get(token.id)
        if inner is None or not (inner.spec.undone_by or top.scopes.completed(token.id.hex)):
            return
        kept = {"snapshot": top.scopes.snapshot(token.id.hex)}
        if "called" in token.internal_data:
            kept["called"] = token.internal_data["called"]
    if "within" in token.internal_data:
        within = token.internal_data["within"]
        kept["instance"] = [within.removeprefix(workflow.scope_key), dict(top.scopes.own(within))]
    top.scopes.completed(workflow.scope_key).append([spec.name, kept or None])


def take(token: Token, activity: str | None = None) -> list[list[object]]:
    """Take what a token may undo, in the order of completion: all of its scope, or what was done of one activity.

    An event subprocess acts for the scope around it: what was completed there is within its reach too.
    """
    workflow: Flat = token.workflow
    found = _take(workflow, activity)
    while workflow is not workflow.top_workflow and workflow.host.task_spec.element.triggered:  # type: ignore[attr-defined]
        workflow = workflow.host.workflow  # type: ignore[attr-defined]
        found = _take(workflow, activity) + found
    return found


def undo_next(token: Token) -> bool:
    """Begin to undo the last of what a token has still to undo; say whether there was anything."""
    remaining = token.internal_data["undo"]
    if not remaining:
        return False
    scope_key, name, kept = remaining.pop()
    top = token.workflow.top_workflow
    workflow = top.subprocesses[UUID(scope_key)] if scope_key else top
    kept = dict(kept or {})
    if "instance" in kept:
        suffix, own = kept.pop("instance")
        kept |= {"within": scope_key + suffix, "number": int(suffix[1:])}
        top.scopes.open(scope_key + suffix, scope_key, own)
    handler = name if "snapshot" in kept else workflow.spec.task_specs[name].compensated_by
    workflow.place(handler, undoes=token.id.hex, **kept)
    return True


def is_undone_inside(token: Token) -> bool:
    """Say whether a token is there to undo what was completed inside its activity."""
    internal = token.internal_data
    return "undoes" in internal and ("snapshot" in internal or "undo" in internal)


def undo_inside(host: Token) -> bool | None:
    """Undo what was completed inside an activity, where it is as it was then; True when nothing is left."""
    top, internal = host.workflow.top_workflow, host.internal_data
    inner = top.subprocesses.get(host.id)
    if inner is None:
        inner = _reopen(host)
        if inner.spec.undone_by is not None:
            internal["undo"] = []
            inner.place(inner.spec.undone_by, undoes=host.id.hex)
            return None
        internal["undo"] = _take(inner, None)
    return None if undo_next(host) else True


def undone(token: Token) -> str | None:
    """Give the id of what a token undoes from outside: the activity of its handler, or the scope of its subprocess."""
    spec, scope = token.task_spec, token.workflow.spec
    if "undoes" not in token.internal_data:
        return None
    if spec.name == scope.undone_by:
        return str(scope.name)
    handled = (other.name for other in scope.task_specs.values() if other.compensated_by == spec.name)
    return next(handled, None)


def resume(token: Token) -> None:
    """Let who asked for it go on, now that a token has undone what it was there for."""
    waiting = token.internal_data.get("undoes")
    for workflow in token.workflow.top_workflow.workflows() if waiting else ():
        asking = workflow.tasks.get(UUID(waiting))
        if asking is not None:
            asking._set_state(READY)


def withdraw(token: Token) -> None:
    """Cancel what is being undone for a token."""
    for workflow in token.workflow.top_workflow.workflows():
        for other in workflow.live():
            if other.internal_data.get("undoes") == token.id.hex:
                other.cancel()


def _take(workflow: Flat, activity: str | None) -> list[list[object]]:
    kept = workflow.top_workflow.scopes.completed(workflow.scope_key)
    taken = [item for item in kept if activity in {None, item[0]}]
    kept[:] = [item for item in kept if activity not in {None, item[0]}]
    return [[workflow.scope_key, *item] for item in taken]


def _reopen(host: Token) -> Flat:
    top = host.workflow.top_workflow
    parent, values, completed = host.internal_data.pop("snapshot")
    host.internal_data["undo"] = []
    top.scopes.open(host.id.hex, None if parent is None else around(host), values, completed)
    inner: Flat = top.open_subprocess(host, host.task_spec.inside(host))
    # It does not begin again: its root has nothing to place.
    inner.task_tree._set_state(TaskState.COMPLETED)
    return inner
