"""The ad-hoc subprocess as a SpiffWorkflow task specification: steps in any order, until it is enough.

What no flow leads to begins at once, or one after the other if the ordering is sequential: all of it, or what an
expression names. After each activity the completion condition says whether that is enough (BPMN 2.0.2, 10.3.5).
"""

from collections import ChainMap

from engine.bpmn import model, specs
from engine.bpmn.expressions import ExpressionFailed
from engine.bpmn.workflow import WAITING, SubWorkflow, Token, only_listens


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

    def begin(self, workflow: SubWorkflow) -> None:
        """Let its activities begin, or the first of them."""
        internal = workflow.host.internal_data
        count = 1 if self.characteristics.sequential else len(internal["left"])
        begun, internal["left"] = internal["left"][:count], internal["left"][count:]
        for name in begun:
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
        if inside.internal_data.get("enough") or taken_over:
            internal.update(left=[], over=True)
        if internal.get("over"):
            # What waits at a join waits for nothing any more.
            done = all(other.state == WAITING or only_listens(other) for other in workflow.live())
            for other in workflow.live() if done or self.characteristics.cancels_remaining else ():
                other.cancel()
        elif internal.get("left") and all(only_listens(other) for other in workflow.live()):
            self.begin(workflow)

    def _chosen(self, my_task: Token) -> list[str]:
        if self.characteristics.active is None:
            return list(self.startable)
        view = ChainMap(specs.read_inputs(my_task), dict(specs.variables(my_task)))
        found = self.characteristics.active.evaluate(view)
        if not isinstance(found, list) or any(name not in self.startable for name in found):
            code = "activities_unknown"
            raise ExpressionFailed(code)
        return found
