"""Closures for literals, names, paths, operators and conditions."""

from collections.abc import Callable, Mapping
from typing import Any

from feel import arithmetic, kinds, logic, paths, syntax
from feel.compilation import BUDGET, CONTEXT, Code, Compilation, Frame
from feel.limits import Budget
from feel.values import Range, kind, order


def _constant(_: Compilation, node: syntax.Constant) -> Code:
    value = node.value
    return lambda _frame: value


def _name(compilation: Compilation, node: syntax.Name) -> Code:
    return compilation.variable(node.name)


def _path(compilation: Compilation, node: syntax.Path) -> Code:
    field = node.field
    if isinstance(node.base, syntax.Name) and compilation.is_global(node.base.name):
        return _global_path(compilation, node.base.name, field)
    base = compilation.compile(node.base)

    def select(frame: Frame) -> Any:
        value = base(frame)
        return value.get(field) if type(value) is dict else paths.select(value, field, frame[BUDGET])

    return select


def _global_path(compilation: Compilation, name: str, field: str) -> Code:
    compilation.free.add(name)

    def select(frame: Frame) -> Any:
        value = frame[CONTEXT].get(name)
        return value.get(field) if type(value) is dict else paths.select(value, field, frame[BUDGET])

    return select


def _elements(compilation: Compilation, node: syntax.Elements) -> Code:
    items = [compilation.compile(item) for item in node.items]
    return lambda frame: [item(frame) for item in items]


def _entries(compilation: Compilation, node: syntax.Entries) -> Code:
    bound: dict[str, int] = {}
    entries: list[tuple[str, int, Code]] = []
    with compilation.bound(bound):
        for key, value in node.entries:
            code = compilation.compile(value)
            bound[key] = compilation.slot()
            entries.append((key, bound[key], code))

    def context(frame: Frame) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key, slot, code in entries:
            result[key] = frame[slot] = code(frame)
        return result

    return context


def _interval(compilation: Compilation, node: syntax.Interval) -> Code:
    start = None if node.start is None else compilation.compile(node.start)
    end = None if node.end is None else compilation.compile(node.end)
    start_included, end_included = node.start_included, node.end_included

    def interval(frame: Frame) -> Range | None:
        low = None if start is None else start(frame)
        high = None if end is None else end(frame)
        if not _is_interval(low, high, is_open=start is None or end is None):
            return None
        return Range(low, high, start_included, end_included)

    return interval


def _is_interval(low: Any, high: Any, *, is_open: bool) -> bool:
    """Ends have to be of one kind that has an order; of a range without one end the other is enough."""
    if is_open:
        return order(low, low) is not None or order(high, high) is not None
    return kind(low) == kind(high) and order(low, high) is not None


def _negate(compilation: Compilation, node: syntax.Negate) -> Code:
    operand = compilation.compile(node.operand)
    return lambda frame: arithmetic.negate(operand(frame))


def _arithmetic(compilation: Compilation, node: syntax.Arithmetic) -> Code:
    operator = node.operator
    left, right = compilation.compile(node.left), compilation.compile(node.right)
    calculate = arithmetic.calculate
    if operator == "**":
        return _power(left, right)
    return lambda frame: calculate(operator, left(frame), right(frame), frame[BUDGET])


def _power(left: Code, right: Code) -> Code:
    def power(frame: Frame) -> Any:
        budget: Budget = frame[BUDGET]
        budget.spend(_POWER_STEPS)
        return arithmetic.calculate("**", left(frame), right(frame), budget)

    return power


def _comparison(compilation: Compilation, node: syntax.Comparison) -> Code:
    left = compilation.compile(node.left)
    if isinstance(node.right, syntax.Constant):
        special = logic.comparison_with_constant(node.operator, left, node.right.value)
        if special is not None:
            return special
    return logic.comparison(node.operator, left, compilation.compile(node.right))


def _logic(compilation: Compilation, node: syntax.Logic) -> Code:
    operands = [compilation.compile(operand) for operand in node.operands]
    return logic.conjunction(operands) if node.operator == "and" else logic.disjunction(operands)


def _between(compilation: Compilation, node: syntax.Between) -> Code:
    value = compilation.compile(node.value)
    low, high = compilation.compile(node.low), compilation.compile(node.high)

    def between(frame: Frame) -> bool | None:
        tested = value(frame)
        above, below = order(tested, low(frame)), order(tested, high(frame))
        if (above is not None and above < 0) or (below is not None and below > 0):
            return False
        return None if above is None or below is None else True

    return between


def _in(compilation: Compilation, node: syntax.In) -> Code:
    value = compilation.compile(node.value)
    tests = [_test(compilation, test) for test in node.tests]

    def member(frame: Frame) -> bool | None:
        tested = value(frame)
        return logic.any_of(test(frame, tested) for test in tests)

    return member


def unary(compilation: Compilation, node: syntax.UnaryTests) -> Code:
    """Return the closure that tests the value of `?` in the context."""
    tests = [_unary_test(compilation, test) for test in node.tests]
    negated = node.negated
    if len(tests) == 1 and not negated:
        only = tests[0]
        return lambda frame: only(frame, frame[CONTEXT].get("?"))

    def tested(frame: Frame) -> bool | None:
        value = frame[CONTEXT].get("?")
        result = logic.any_of(test(frame, value) for test in tests) if tests else True
        return logic.negation(result) if negated else result

    return tested


def _test(compilation: Compilation, node: syntax.Node | syntax.Test) -> Callable[[Frame, Any], bool | None]:
    fast = _constant_test(node)
    if fast is not None:
        compilation.size += 1
        return fast
    if isinstance(node, syntax.Test):
        operator, operand = node.operator, compilation.compile(node.operand)
        return lambda frame, value: logic.test(operator, value, operand(frame), frame[BUDGET])
    code = compilation.compile(node)
    if isinstance(node, syntax.Interval):
        return lambda frame, value: _within(value, code(frame), frame[BUDGET])
    return lambda frame, value: logic.member(value, code(frame), frame[BUDGET])


def _constant_test(node: syntax.Node | syntax.Test) -> Callable[[Frame, Any], bool | None] | None:
    """Most cells of decision tables are constants: these are compared without building anything."""
    if isinstance(node, syntax.Constant):
        return logic.test_with_constant("=", node.value)
    if isinstance(node, syntax.Test) and isinstance(node.operand, syntax.Constant):
        return logic.test_with_constant(node.operator, node.operand.value)
    if (
        isinstance(node, syntax.Interval)
        and isinstance(node.start, syntax.Constant)
        and isinstance(node.end, syntax.Constant)
        and _is_interval(node.start.value, node.end.value, is_open=False)
    ):
        return logic.test_with_range(Range(node.start.value, node.end.value, node.start_included, node.end_included))
    return None


def _within(value: Any, interval: Range | None, budget: Budget) -> bool | None:
    """A range with an end that is missing is unknown, and so is what lies in it."""
    return None if interval is None else logic.member(value, interval, budget)


def _unary_test(compilation: Compilation, node: syntax.Node | syntax.Test) -> Callable[[Frame, Any], bool | None]:
    """A test that speaks of `?` itself is true or false by itself, any other is compared with the value."""
    outer, compilation.free = compilation.free, set()
    test = _test(compilation, node)
    mentions_value = "?" in compilation.free
    compilation.free |= outer
    if not mentions_value or isinstance(node, syntax.Test):
        return test
    code = compilation.compile(node)

    def holds(frame: Frame, _: Any) -> bool | None:
        result = code(frame)
        return result if isinstance(result, bool) else None

    return holds


def _if(compilation: Compilation, node: syntax.If) -> Code:
    condition = compilation.compile(node.condition)
    yes, no = compilation.compile(node.yes), compilation.compile(node.no)
    return lambda frame: yes(frame) if condition(frame) is True else no(frame)


def _instance_of(compilation: Compilation, node: syntax.InstanceOf) -> Code:
    value = compilation.compile(node.value)
    matches = kinds.matcher(compilation, node.type)
    return lambda frame: matches(value(frame), frame[BUDGET])


_POWER_STEPS = 50
"""A power with a fraction takes about as long as so many other nodes."""

COMPILERS: Mapping[type, Callable[[Compilation, Any], Code]] = {
    syntax.Constant: _constant,
    syntax.Name: _name,
    syntax.Path: _path,
    syntax.Elements: _elements,
    syntax.Entries: _entries,
    syntax.Interval: _interval,
    syntax.Negate: _negate,
    syntax.Arithmetic: _arithmetic,
    syntax.Comparison: _comparison,
    syntax.Logic: _logic,
    syntax.Between: _between,
    syntax.In: _in,
    syntax.If: _if,
    syntax.InstanceOf: _instance_of,
}
