"""The ad-hoc subprocess as a SpiffWorkflow task specification: steps in any order, until it is enough.

What no flow leads to begins at once: all of it, or what an expression names. If the ordering is sequential there is one
activity at a time: in the order that the expression gives; else people choose, by taking one of the steps that are
offered to them. After each activity the completion condition says whether that is enough (BPMN 2.0.2, 10.3.5).
"""

from collections import ChainMap

from engine.bpmn import model, specs
from engine.bpmn.expressions import ExpressionFailed
from engine.bpmn.workflow import WAITING, Flat, SubWorkflow, Token, only_listens


class AdHocSubprocess(specs.Subprocess):
    """A subprocess without start and end; `startable` are its activities that no flow leads to, in document order."""

    characteristics: model.AdHoc
    startable: tuple[str, ...] = ()

    def _execute(self, my_task: Token) -> bool | None:
        internal = my_task.internal_data
        if internal.keys().isdisjoint({"left", "snapshot", "undo"}):
            internal["left"] = self._chosen(my_task)
            if not internal["left"]:
                internal["returned"] = True
        return super()._execute(my_task)

    @property
    def chosen_by_people(self) -> bool:
        """Whether people choose which of its steps is the next, one at a time."""
        return self.characteristics.sequential and self.characteristics.active is None

    def begin(self, workflow: SubWorkflow) -> None:
        """Let its activities begin, or the next of them; what nobody can choose goes before what people can."""
        internal = workflow.host.internal_data
        left: list[str] = internal["left"]
        if self.chosen_by_people:
            left = sorted(left, key=lambda name: _offered(workflow.spec.task_specs[name]))
            alone = not _offered(workflow.spec.task_specs[left[0]])
        else:
            alone = self.characteristics.sequential
        count = 1 if alone else len(left)
        internal["left"] = left[count:]
        for name in left[:count]:
            workflow.place(name)

    def gather(self, instance: Token) -> None:
        """Look whether it is enough, now that an activity in it is done; once it was, it is.

        An event on the way is no activity: it only leads to nothing any more. Raises ExpressionFailed.
        """
        condition, workflow = self.characteristics.completion, instance.workflow
        if workflow.host.internal_data.get("over"):
            instance.internal_data["enough"] = True
            return
        if condition is None or instance.task_spec.element.kind is model.Kind.CATCH:
            return
        enough = condition.evaluate(workflow.top_workflow.scopes.view(workflow.scope_key))
        if not isinstance(enough, bool):
            code = "condition_not_boolean"
            raise ExpressionFailed(code)
        if enough:
            instance.internal_data["enough"] = True

    def after(self, inside: Token) -> None:
        """End the rest when it is enough; else let the next activity begin, if one at a time may."""
        workflow = inside.workflow
        internal = workflow.host.internal_data
        element = inside.task_spec.element
        taken_over = element.triggered and element.interrupting
        if (inside.internal_data.get("enough") or taken_over) and not internal.get("over"):
            internal.update(left=[], over=True)
            self._withdraw_offered(workflow)
        if internal.get("over"):
            # What waits at a join waits for nothing any more.
            done = all(other.state == WAITING or only_listens(other) for other in workflow.live())
            for other in workflow.live() if done or self.characteristics.cancels_remaining else ():
                other.cancel()
        elif internal.get("left") and all(only_listens(other) for other in workflow.live()):
            self.begin(workflow)

    def rivals(self, step: Token) -> list[Token]:
        """Give the activities that cannot be in hand at the same time as one of its steps."""
        if not self.chosen_by_people:
            return []
        if "undoes" in step.internal_data:
            return []
        others = [token for token in step.workflow.live() if isinstance(token.task_spec, specs.Activity)]
        return [token for token in others if token is not step and not only_listens(token)]

    def _withdraw_offered(self, workflow: Flat) -> None:
        """Take back the steps that are only offered: they have not begun, there is nothing to come to its end."""
        for other in workflow.live() if self.chosen_by_people else ():
            if _offered(other.task_spec) and "undoes" not in other.internal_data:
                other.cancel()

    def _chosen(self, my_task: Token) -> list[str]:
        if self.characteristics.active is None:
            return list(self.startable)
        view = ChainMap(specs.read_inputs(my_task), dict(specs.variables(my_task)))
        found = self.characteristics.active.evaluate(view)
        if not isinstance(found, list) or any(name not in self.startable for name in found):
            code = "activities_unknown"
            raise ExpressionFailed(code)
        return found


def _offered(spec: specs.Node) -> bool:
    """Say whether a person takes it in hand; everything else begins by itself."""
    return isinstance(spec, specs.UserTask)
