"""Decisions as business rule tasks ask them: which inputs they are given, and when an answer may be acted upon."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.bpmn.expressions import ExpressionFailed, storable
from engine.dmn import Decision, Outcome


@dataclass(frozen=True, slots=True)
class Made:
    """A decision that was made in a case: by which rules, on which inputs, with which result and reasons."""

    rule: "Rule"
    inputs: Mapping[str, Any]
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Rule:
    """A decision of the bundle."""

    decision: Decision

    def decide(self, view: Mapping[str, Any]) -> Made:
        """Make the decision on the variables in sight; absent ones are null.

        Raises ExpressionFailed when anything on the way failed, and when the result is null or can be no variable:
        the case does not go on with half an answer.
        """
        inputs = {name: view.get(name) for name in sorted(self.decision.inputs)}
        outcome = self.decision.evaluate(inputs)
        if outcome.failures:
            raise ExpressionFailed(f"decision_{outcome.failures[0].code}")
        if outcome.value is None:
            code = "decision_without_result"
            raise ExpressionFailed(code)
        storable(outcome.value)
        return Made(self, inputs, outcome)


def trace_of(element_id: str) -> str:
    """Give the variable that holds which token last made the decision of an element; no expression can read it."""
    return f"#{element_id}"
