"""Closures for calls of functions: of the language, of the host, and of functions that are values."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from feel import kinds, lexer, library, syntax, texts
from feel.compilation import BUDGET, UNKNOWN, Called, Code, Compilation, Frame
from feel.limits import Budget
from feel.signatures import Builtin, Parameter, Signature, call
from feel.values import Function, Value

_FOLDED = frozenset({"date", "time", "date and time", "duration"})
"""Functions that are as good as literals when their arguments are constants."""

_SLOTS_PER_STEP = 8


def _call(compilation: Compilation, node: syntax.Call) -> Code:
    builtin = compilation.functions.get(node.function)
    if builtin is None:
        builtin = library.BUILTINS[node.function]
    else:
        _note(compilation, node)
    if not isinstance(builtin, Builtin):
        return _host_call(compilation, node, builtin)
    codes = [compilation.compile(value) for value in node.arguments.values]
    if node.arguments.names is not None:
        return _named_call(compilation, node, builtin, codes)
    if not builtin.takes(len(codes)):
        compilation.refuse(f"`{builtin.name}` does not take {len(codes)} arguments", builtin.usage(), node.at)
    if builtin.name in _FOLDED and all(isinstance(value, syntax.Constant) for value in node.arguments.values):
        return _folded(compilation, node, builtin, codes)
    if node.function in compilation.functions:
        _doubt_literals(compilation, node, builtin)
    invoke = builtin.invoke
    return lambda frame: invoke(frame[BUDGET], [code(frame) for code in codes])


def _note(compilation: Compilation, node: syntax.Call) -> None:
    """Keep how a function of the host is called, for who knows what its arguments may be."""
    given = node.arguments.values
    literals = [value.value if isinstance(value, syntax.Constant) else UNKNOWN for value in given]
    keys: Sequence[int | str] = node.arguments.names or range(len(given))
    compilation.calls.append(Called(node.function, dict(zip(keys, literals, strict=True))))


def _doubt_literals(compilation: Compilation, node: syntax.Call, builtin: Builtin) -> None:
    """Doubt a call whose literals fit no signature, whatever the rest of its arguments may be."""
    given = node.arguments.values
    literals = [(place, value.value) for place, value in enumerate(given) if isinstance(value, syntax.Constant)]
    able = [signature.parameters for signature in builtin.signatures if signature.takes(len(given))]
    if not any(all(_of(parameters, place).accepts(value) for place, value in literals) for parameters in able):
        _doubt(compilation, node, ", ".join(texts.written(value, Budget()) for _place, value in literals))


def _of(parameters: tuple[Parameter, ...], place: int) -> Parameter:
    """Give the parameter that takes the argument at a place; the last one may take several."""
    return parameters[min(place, len(parameters) - 1)]


def _host_call(compilation: Compilation, node: syntax.Call, host: Callable[..., Value]) -> Code:
    codes = [compilation.compile(value) for value in node.arguments.values]
    names = node.arguments.names
    if names is not None:
        return _named_host_call(compilation, node, host, dict(zip(names, codes, strict=True)))
    if not _takes(host, [None] * len(codes), {}):
        compilation.refuse(f"`{node.function}` does not take {len(codes)} arguments", "", node.at)

    def invoke(frame: Frame) -> Value:
        frame[BUDGET].spend(1)
        return host(*[code(frame) for code in codes])

    return invoke


def _named_host_call(
    compilation: Compilation, node: syntax.Call, host: Callable[..., Value], codes: dict[str, Code]
) -> Code:
    """Names are those of the parameters in Python, with blanks for underscores."""
    keywords = {name.replace(" ", "_"): code for name, code in codes.items()}
    if len(keywords) != len(node.arguments.values) or not _takes(host, [], keywords):
        compilation.refuse(f"`{node.function}` does not take the arguments {', '.join(codes)}", "", node.at)

    def invoke(frame: Frame) -> Value:
        frame[BUDGET].spend(1)
        return host(**{name: code(frame) for name, code in keywords.items()})

    return invoke


def _takes(host: Callable[..., Value], positional: list[None], named: Mapping[str, object]) -> bool:
    try:
        signature = inspect.signature(host)
    except ValueError:  # a function written in C may not tell
        return not named
    try:
        signature.bind(*positional, **named)
    except TypeError:
        return False
    return True


def _folded(compilation: Compilation, node: syntax.Call, builtin: Builtin, codes: list[Code]) -> Code:
    arguments = [code([]) for code in codes]
    value = builtin.invoke(Budget(), arguments)
    if value is None:
        _doubt(compilation, node, ", ".join(texts.written(argument, Budget()) for argument in arguments))
    return lambda _: value


def _doubt(compilation: Compilation, node: syntax.Call, shown: str) -> None:
    line, column = lexer.place(compilation.text, node.at)
    compilation.doubts.append(f"`{node.function}({shown})` is always null (line {line}, column {column})")


def _named_call(compilation: Compilation, node: syntax.Call, builtin: Builtin, codes: list[Code]) -> Code:
    names = node.arguments.names or ()
    fitting = [
        (signature, places) for signature in builtin.signatures if (places := signature.positions(names)) is not None
    ]
    if not fitting:
        compilation.refuse(f"`{builtin.name}` does not take the arguments {', '.join(names)}", builtin.usage(), node.at)

    def invoke(frame: Frame) -> Value:
        given = [code(frame) for code in codes]
        for signature, places in fitting:
            arguments = _arranged(signature, places, given)
            if arguments is not None:
                return call(signature, frame[BUDGET], arguments)
        return None

    return invoke


def _arranged(signature: Signature, places: tuple[int | None, ...], given: list[Any]) -> list[Any] | None:
    if signature.repeated:
        *fixed, last = places
        rest = [] if last is None else given[last]
        spread = rest if isinstance(rest, list) else [rest]
        return signature.convert([*(None if place is None else given[place] for place in fixed), *spread])
    return signature.convert([None if place is None else given[place] for place in places])


def _function_name(compilation: Compilation, node: syntax.FunctionName) -> Code:
    found = compilation.functions.get(node.function) or library.BUILTINS[node.function]
    if not isinstance(found, Builtin):
        function = Function(None, found)
        return lambda _: function
    invoke = found.invoke
    function = Function(None, lambda *arguments: invoke(Budget(), arguments), invoke)
    return lambda _: function


def _invocation(compilation: Compilation, node: syntax.Invocation) -> Code:
    callee = compilation.compile(node.callee)
    codes = [compilation.compile(value) for value in node.arguments.values]
    names = node.arguments.names

    def invoke(frame: Frame) -> Value:
        function = callee(frame)
        arguments = [code(frame) for code in codes]
        if not isinstance(function, Function):
            return None
        if names is None:
            return function.invoke(frame[BUDGET], arguments)
        if function.parameters is None or sorted(names) != sorted(function.parameters):
            return None
        named = dict(zip(names, arguments, strict=True))
        return function.invoke(frame[BUDGET], [named[parameter] for parameter in function.parameters])

    return invoke


def _definition(compilation: Compilation, node: syntax.Definition) -> Code:
    slots = {name: compilation.slot() for name, _ in node.parameters}
    matchers = [None if wanted is None else kinds.matcher(compilation, wanted) for _, wanted in node.parameters]
    with compilation.bound(slots):
        body, cost = compilation.measured(node.body)
    parameters = tuple(slots)
    places = tuple(zip(slots.values(), matchers, strict=True))

    def define(frame: Frame) -> Function:
        # Loops reuse their slots: what the function sees of them has to stay as it is now.
        captured = frame.copy()

        def run(budget: Budget, arguments: Sequence[Any]) -> Value:
            if len(arguments) != len(places):
                return None
            budget.enter()
            budget.spend(cost + len(captured) // _SLOTS_PER_STEP + 1)
            inner = captured.copy()
            inner[BUDGET] = budget
            for (slot, matches), argument in zip(places, arguments, strict=True):
                fitted = argument if matches is None else kinds.fit(argument, matches, budget)
                if fitted is kinds.MISMATCH:
                    budget.leave()
                    return None
                inner[slot] = fitted
            result: Value = body(inner)
            budget.leave()
            return result

        return Function(parameters, lambda *arguments: run(Budget(), arguments), run)

    return define


COMPILERS: Mapping[type, Callable[[Compilation, Any], Code]] = {
    syntax.Call: _call,
    syntax.FunctionName: _function_name,
    syntax.Invocation: _invocation,
    syntax.Definition: _definition,
}
