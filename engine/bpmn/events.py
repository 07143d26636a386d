"""Events as SpiffWorkflow task specifications: what waits, what happens, what is thrown and who catches it.

A token that waits holds the instant (`due`) or the correlation key (`key`) of what it waits for. When that comes,
`happen` makes it the next token to run.
"""

from collections import ChainMap
from collections.abc import Callable, Mapping
from typing import Any

from engine.bpmn import expressions, model, specs
from engine.bpmn.expressions import ExpressionFailed
from engine.bpmn.workflow import HAPPENED, READY, Flat, Sent, Token, Workflow, around, only_listens


class BoundaryEvent(specs.Node):
    """An event on the border of an activity, alive as long as that is; unless it interrupts, it can come again."""

    def _execute(self, my_task: Token) -> bool | None:
        if still_waits(my_task):
            return None
        host = _host_of(my_task)
        if host is not None:
            # From here on it goes its own way: the end of the activity does not take it along.
            del my_task.internal_data["host"]
            if self.element.interrupting:
                host.cancel()
            my_task.workflow.top_workflow.note("fired", my_task)
        specs.write_outputs(my_task)
        return True


class Catch(specs.Node):
    """Waits for a time, a condition, or a message of its name under the correlation key that it had on arrival."""

    def _execute(self, my_task: Token) -> bool | None:
        if still_waits(my_task):
            return None
        specs.write_outputs(my_task)
        if _is_awaited(my_task):
            my_task.workflow.top_workflow.note("fired", my_task)
            my_task.workflow.discard(my_task)
            return None
        withdraw_rivals(my_task)
        return self._finish(my_task, "completed" if self.element.message is not None else "fired")


class Several(specs.Node):
    """Waits for one of several things at once, each with a token of its own, or for all of them."""

    parts: tuple[str, ...] = ()

    def _execute(self, my_task: Token) -> bool | None:
        return True

    def _given(self, my_task: Token) -> dict[str, Any]:
        here = [my_task.id.hex, self.name]
        race = my_task.internal_data.get("race")
        if self.element.for_all:
            return {"together": here} | ({"race": race} if race is not None else {})
        return {"race": race or here}

    def _ways_on(self, my_task: Token) -> list[tuple[str, str]]:
        return [(name, name) for name in self.parts]


class ReceiveTask(specs.Activity):
    """An activity that is done when its message comes."""

    def _execute(self, my_task: Token) -> bool | None:
        if has_happened(my_task):
            withdraw_rivals(my_task)
            my_task.internal_data["returned"] = True
        return super()._execute(my_task)

    def _open(self, my_task: Token, inputs: dict[str, Any]) -> None:
        if inputs:
            my_task.workflow.top_workflow.scopes.open(my_task.id.hex, around(my_task), inputs)
        wait(my_task)


class ServiceTask(specs.Activity):
    """An activity that is done when its function has given its outputs; calling it is for who moves the case."""

    def _open(self, my_task: Token, inputs: dict[str, Any]) -> None:
        my_task.workflow.top_workflow.scopes.open(my_task.id.hex, around(my_task), inputs)
        my_task.internal_data["job"] = True


class Throw(specs.Node):
    """An event on the way: throws what it has to throw, and goes on."""

    def _execute(self, my_task: Token) -> bool | None:
        _throw_each(my_task)
        return self._finish(my_task)


class EndEvent(specs.Node):
    """Uses up its token; the scope ends with its last one, or with one that terminates it."""

    def _execute(self, my_task: Token) -> bool | None:
        _throw_each(my_task)
        if any(part.terminates for part in self.element.each):
            end_others(my_task)
        return self._finish(my_task, "ended")


class ErrorEnd(specs.Node):
    """Throws its error to the nearest scope around it that catches it; uncaught, it stays as an incident."""

    def _execute(self, my_task: Token) -> bool | None:
        if not _throw(my_task, self._caught_by):
            code = "uncaught_error"
            raise ExpressionFailed(code)
        my_task.workflow.top_workflow.note("ended", my_task)
        # It has ended, so it is not among those that the end of the activity cancels.
        my_task.workflow.discard(my_task)
        return None

    def _caught_by(self, element: model.Node) -> int:
        if not element.is_error:
            return 0
        return 2 if element.error_code == self.element.error_code else int(element.error_code is None)


class EventSubprocess(specs.Subprocess):
    """A subprocess that its own event starts, while the scope around it runs; it takes the scope over or joins in.

    Its token waits (`listening`) from the beginning of the scope; what only waits does not keep the scope open.
    """

    def _execute(self, my_task: Token) -> bool | None:
        internal = my_task.internal_data
        if internal.get("listening"):
            if still_waits(my_task):
                return None
            specs.require_room(my_task)
            for name in ("listening", *HAPPENED):
                internal.pop(name, None)
            if self.element.interrupting:
                end_others(my_task)
            my_task.workflow.top_workflow.note("fired", my_task)
        return super()._execute(my_task)

    def _open(self, my_task: Token, inputs: dict[str, Any]) -> None:
        super()._open(my_task, inputs)
        for name, value in my_task.internal_data.pop("values", {}).items():
            my_task.workflow.top_workflow.scopes.write(my_task.id.hex, name, value, given=True)


def comes_late(token: Token) -> bool:
    """Say whether the token has to let all others go on first: it throws what they may wait for, or ends them."""
    if isinstance(token.task_spec, Throw | EndEvent):
        each = token.task_spec.element.each
        return any(part.signal is not None or part.sends is not None or part.terminates for part in each)
    loop = None if token.task_spec.repeated is None else token.task_spec.element.loop
    return isinstance(loop, model.MultiInstance) and loop.thrown is not None


def has_happened(token: Token) -> bool:
    """Say whether what the token waits for has come."""
    return any(token.internal_data.get(name) for name in HAPPENED)


def happen(token: Token, **internal: object) -> None:
    """Let what a token waits for have come: it runs next, before anything else moves."""
    token.internal_data.update(internal or {"firing": True})
    for name in ("due", "key", "signal", "holds", "incident"):
        token.internal_data.pop(name, None)
    token._set_state(READY)
    token.workflow.top_workflow.urgent.append(token)
    _renew(token)


def still_waits(token: Token) -> bool:
    """Say whether the token has to wait; if so, what it waits for is noted."""
    if not has_happened(token):
        wait(token)
    return not has_happened(token)


def wait(token: Token) -> None:
    """Note what the token waits for: an instant, a message under a key, or that its condition becomes true."""
    element, internal = token.task_spec.element, token.internal_data
    if element.timer is not None and "due" not in internal:
        value = element.timer.expression.evaluate(_view(token))
        if element.timer.kind is model.TimerKind.CYCLE:
            cycle, start = expressions.cycle_of(value), expressions.current_instant()
            internal.update(cycle=[cycle.times, cycle.span, start, 1], due=cycle.instant(start, 1))
        else:
            duration = element.timer.kind is model.TimerKind.DURATION
            internal["due"] = expressions.later(value) if duration else expressions.instant(value)
    elif element.message is not None:
        key = element.message.correlation.evaluate(_view(token))
        if not isinstance(key, str) or not key:
            code = "no_correlation_key"
            raise ExpressionFailed(code)
        internal["key"] = key
    elif element.signal is not None:
        internal["signal"] = element.signal.name
    elif element.condition is not None and _has_become_true(token):
        internal["firing"] = True
        _renew(token)


def look(token: Token) -> None:
    """Let a conditional event happen if its condition has become true, now that something was written."""
    if _has_become_true(token):
        happen(token)


def broadcast(workflow: Workflow, name: str, *, network: bool = False) -> int:
    """Let a signal happen to every token that waits for it; `network` when it comes from another case.

    Gives to how many. Who begins to wait because of it has not heard it.
    """
    waiting = [token for scope in workflow.workflows() for token in scope.live()]
    waiting = [token for token in waiting if token.internal_data.get("signal") == name]
    waiting = [token for token in waiting if token.task_spec.element.signal.network or not network]
    for token in waiting:
        happen(token)
    return len(waiting)


def throw_error(token: Token, code: str) -> bool:
    """Let an error come out of an activity: to its own border, else to who is around it; say whether it is caught."""

    def caught_by(element: model.Node) -> int:
        if not element.is_error:
            return 0
        return 2 if element.error_code == code else int(element.error_code is None)

    catcher = _best(bordering(token), caught_by)
    if catcher is None:
        return _throw(token, caught_by)
    happen(catcher)
    return True


def throw(token: Token, part: model.Node) -> None:
    """Throw an escalation or a signal from where a token stands."""
    top: Workflow = token.workflow.top_workflow
    if part.escalation is not None:
        _throw(token, _escalates(part.escalation.code))
    if part.signal is not None:
        broadcast(top, part.signal.name)
        top.thrown.append(part.signal)
        top.note("sent", token)


def _has_become_true(token: Token) -> bool:
    """Say whether the condition is true and was not when last looked at; null is not yet true."""
    value = token.task_spec.element.condition.evaluate(_view(token))
    if value is not None and not isinstance(value, bool):
        code = "condition_not_boolean"
        raise ExpressionFailed(code)
    before = token.internal_data.get("holds", False)
    token.internal_data["holds"] = value is True
    return value is True and not before


def withdraw_rivals(token: Token) -> None:
    """Take away the other events that an event-based gateway waits for."""
    race = token.internal_data.pop("race", None)
    for other in token.workflow.live() if race is not None else ():
        if other is not token and other.internal_data.get("race") == race:
            other.cancel()


def _is_awaited(token: Token) -> bool:
    """Say whether others wait for the rest of what has to come together; the last one goes on."""
    together = token.internal_data.get("together")
    return together is not None and any(
        other is not token and other.internal_data.get("together") == together for other in token.workflow.live()
    )


def _renew(token: Token) -> None:
    """Put another token beside one that has happened and does not interrupt, so that its event can come again at once.

    The next may come before this one runs: of two escalations that one event throws, each happens.
    """
    again = None if token.task_spec.element.interrupting else _again(token)
    if again is not None:
        place = {name: token.internal_data[name] for name in ("host", "listening") if name in token.internal_data}
        token.workflow.place(token.task_spec.name, **place, **again)


def _again(token: Token) -> dict[str, Any] | None:
    """Give what the next token of an event carries that can come again; None when it cannot."""
    if token.task_spec.element.condition is not None:
        return {"holds": True}
    if token.task_spec.element.timer is None:
        return {}
    if "cycle" not in token.internal_data:
        return None
    times, span, start, number = token.internal_data["cycle"]
    cycle = expressions.Cycle(times, span)
    following = cycle.after(start, number)
    if following is None:
        return None
    return {"cycle": [times, span, start, following], "due": cycle.instant(start, following)}


def _view(token: Token) -> Mapping[str, Any]:
    """Give what the time or key of an event may see: on a border, the inputs of the activity too."""
    host = token.internal_data.get("host")
    if host is None:
        found: Mapping[str, Any] = specs.variables(token)
        return found
    scopes = token.workflow.top_workflow.scopes
    return ChainMap(dict(scopes.view(scopes.nearest((host, token.workflow.scope_key)))), dict(specs.variables(token)))


def _host_of(token: Token) -> Token | None:
    """Give the activity that a boundary event sits on; None when it has already gone its own way."""
    host = token.internal_data.get("host")
    return next((other for other in token.workflow.live() if other.id.hex == host), None)


def end_others(token: Token) -> None:
    """Cancel everything else in the scope of a token."""
    for other in token.workflow.live():
        if other is not token:
            other.cancel()


def _throw_each(token: Token) -> None:
    """Throw all that an event throws, in the order of its definitions; what fails on the way has thrown nothing."""
    top: Workflow = token.workflow.top_workflow
    each = token.task_spec.element.each
    sent = [_sent(token, part.sends) for part in each if part.sends is not None]
    top.thrown += sent
    if sent and all(part.signal is None for part in each):
        top.note("sent", token)
    for part in each:
        throw(token, part)


def _sent(token: Token, publication: model.Publication) -> Sent:
    """Write a message: it carries what the input mappings say, and nothing else."""
    view = specs.variables(token)
    key = "" if publication.correlation is None else publication.correlation.evaluate(view)
    if not isinstance(key, str) or not key:
        code = "no_correlation_key"
        raise ExpressionFailed(code)
    kept_for = publication.time_to_live
    length = expressions.parameter(model.KEPT_FOR) if kept_for is None else kept_for.evaluate(view)
    return Sent(publication.name, key, specs.read_inputs(token), expressions.later(length))


def _throw(token: Token, caught_by: Callable[[model.Node], int]) -> bool:
    """Let what a token throws happen to its innermost catcher; say whether there is one.

    `caught_by` gives how well an element catches it: 0 not at all, 1 because it catches everything, 2 by its code.
    """
    workflow, within = token.workflow, None
    while True:
        host = None if workflow is workflow.top_workflow else workflow.host
        catcher = _best(_listening(workflow, within), caught_by) or _best(bordering(host), caught_by)
        if catcher is not None:
            happen(catcher)
            return True
        if host is None:
            return False
        workflow, within = host.workflow, host.task_spec


def _listening(workflow: Flat, within: object) -> list[Token]:
    """Give the event subprocesses that watch over a scope; none catches what comes out of itself."""
    return [token for token in workflow.live() if only_listens(token) and token.task_spec is not within]


def bordering(host: Token | None) -> list[Token]:
    """Give the events that wait on the border of an activity."""
    if host is None:
        return []
    around = [token for token in host.workflow.live() if token.internal_data.get("host") == host.id.hex]
    return [token for token in around if not has_happened(token)]


def _best(tokens: list[Token], caught_by: Callable[[model.Node], int]) -> Token | None:
    ranked = [(caught_by(token.task_spec.element), token) for token in tokens]
    best = max((rank for rank, _token in ranked), default=0)
    return next((token for rank, token in ranked if rank == best), None) if best else None


def _escalates(code: str | None) -> Callable[[model.Node], int]:
    def caught_by(element: model.Node) -> int:
        if element.escalation is None:
            return 0
        return 2 if element.escalation.code == code else int(element.escalation.code is None)

    return caught_by
