"""What throws a compensation, as SpiffWorkflow task specifications; `completed` says what is undone, and how."""

from engine.bpmn import completed, events, model, specs
from engine.bpmn.workflow import ProcessSpec, Token


class Compensate(specs.Node):
    """Undoes what has been completed, the last first, and goes on when that is done: at once if it does not wait.

    In that case a token of its own stays behind (`apart`), to see it through.
    """

    def __init__(self, spec: ProcessSpec, name: str, element: model.Node, thrown: model.Compensation) -> None:
        super().__init__(spec, name, element)
        self.thrown = thrown

    def _execute(self, my_task: Token) -> bool | None:
        internal = my_task.internal_data
        if "undo" not in internal:
            undo = completed.take(my_task, self.thrown.activity)
            if not self.thrown.waits:
                my_task.workflow.place(self.name, undo=undo, apart=True)
                return self._done(my_task)
            internal["undo"] = undo
        if completed.undo_next(my_task):
            return None
        return True if internal.get("apart") else self._done(my_task)

    def _done(self, my_task: Token) -> bool:
        return self._finish(my_task, "ended" if self.element.kind is model.Kind.END else "completed")

    def _ways_on(self, my_task: Token) -> list[tuple[str, str]]:
        return [] if my_task.internal_data.get("apart") else super()._ways_on(my_task)

    def _leave(self, my_task: Token) -> None:
        completed.withdraw(my_task)


class CancelEnd(specs.Node):
    """Ends a transaction as if it had not been: what is open is cancelled, what was completed is undone.

    Then the transaction is left over its border.
    """

    def _execute(self, my_task: Token) -> bool | None:
        internal = my_task.internal_data
        if "undo" not in internal:
            events.end_others(my_task)
            internal["undo"] = completed.take(my_task)
        if completed.undo_next(my_task):
            return None
        my_task.workflow.top_workflow.note("ended", my_task)
        host = my_task.workflow.host
        # It has ended, so it is not among those that the end of the activity cancels.
        my_task.workflow.discard(my_task)
        events.happen(next(token for token in events.bordering(host) if token.task_spec.element.cancels))
        return None

    def _leave(self, my_task: Token) -> None:
        completed.withdraw(my_task)
