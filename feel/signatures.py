"""How the functions of the language take their arguments: kinds, optional and repeated parameters, conversions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from feel import limits, numbers
from feel.limits import Budget
from feel.values import Value, kind


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter and the kinds of values that it takes; without kinds it takes any, null included."""

    name: str
    kinds: frozenset[str]
    optional: bool
    repeated: bool

    def accepts(self, value: Any) -> bool:
        """Say whether a value fits as it is."""
        if not self.kinds:
            return True
        name = kind(value)
        return (name in self.kinds and (name != "number" or numbers.is_number(value))) or (
            value is None and self.optional
        )


@dataclass(frozen=True, slots=True)
class Signature:
    """One way to call a function; `budgeted` ones get the budget as first argument and pay for what they build."""

    call: Callable[..., Value]
    parameters: tuple[Parameter, ...]
    budgeted: bool
    steps: int

    @property
    def repeated(self) -> bool:
        """Whether the last parameter takes all further arguments as one list."""
        return bool(self.parameters) and self.parameters[-1].repeated

    def takes(self, count: int) -> bool:
        """Say whether it can be called with so many positional arguments."""
        required = sum(not (parameter.optional or parameter.repeated) for parameter in self.parameters)
        return required + self.repeated <= count and (self.repeated or count <= len(self.parameters))

    def positions(self, names: Sequence[str]) -> tuple[int | None, ...] | None:
        """Map parameters to the places of named arguments; None when the names do not fit."""
        places = {name: place for place, name in enumerate(names)}
        own = {parameter.name for parameter in self.parameters}
        if len(places) != len(names) or not own.issuperset(places):
            return None
        if any(parameter.name not in places and not parameter.optional for parameter in self.parameters):
            return None
        return tuple(places.get(parameter.name) for parameter in self.parameters)

    def convert(self, arguments: Sequence[Any]) -> list[Any] | None:
        """Return the arguments as the function wants them; None when one does not fit."""
        if self.repeated:
            fixed = len(self.parameters) - 1
            arguments = [*arguments[:fixed], list(arguments[fixed:])]
        else:
            arguments = [*arguments, *[None] * (len(self.parameters) - len(arguments))]
        converted = []
        for parameter, value in zip(self.parameters, arguments, strict=True):
            if parameter.accepts(value) and not parameter.repeated:
                converted.append(value)
            elif parameter.repeated:
                if not all(parameter.accepts(element) for element in value):
                    return None
                converted.append(value)
            elif isinstance(value, list) and len(value) == 1 and parameter.accepts(value[0]):
                converted.append(value[0])
            elif "list" in parameter.kinds and value is not None:
                converted.append([value])
            else:
                return None
        return converted


@dataclass(frozen=True, slots=True)
class Builtin:
    """A function of the language, with all ways to call it."""

    name: str
    signatures: tuple[Signature, ...]

    def takes(self, count: int) -> bool:
        """Say whether it can be called with so many positional arguments."""
        return any(signature.takes(count) for signature in self.signatures)

    def usage(self) -> str:
        """Show people how to call it."""
        shown = [
            ", ".join(
                f"{parameter.name}{'?' if parameter.optional else ''}{'...' if parameter.repeated else ''}"
                for parameter in signature.parameters
            )
            for signature in self.signatures
        ]
        return " or ".join(f"{self.name}({parameters})" for parameters in shown)

    def invoke(self, budget: Budget, arguments: Sequence[Any]) -> Value:
        """Call it with positional arguments; null when they fit no signature; raises FeelLimitError."""
        count = len(arguments)
        for signature in self.signatures:
            if signature.takes(count):
                converted = signature.convert(arguments)
                if converted is not None:
                    return call(signature, budget, converted)
        return None


HostFunctions: TypeAlias = Mapping[str, Callable[..., Value] | Builtin]
"""What a host adds: Python functions, or functions that are described as the language's own are."""


def call(signature: Signature, budget: Budget, arguments: Sequence[Any]) -> Value:
    """Pay for reading the arguments, then call."""
    steps = signature.steps
    for argument in arguments:
        if type(argument) is str:
            steps += len(argument) // limits.CHARACTERS_PER_STEP
        elif type(argument) is list:
            steps += len(argument)
    budget.spend(steps)
    return signature.call(budget, *arguments) if signature.budgeted else signature.call(*arguments)


def one(call: Callable[..., Value], *parameters: str, budgeted: bool = False, steps: int = 2) -> Signature:
    """Describe a signature: `name: kind | kind`, with `?` (may be left out) or `*` (repeated) behind the name.

    A call costs so many steps, more when its arguments are long.
    """
    return Signature(call, tuple(_parameter(parameter) for parameter in parameters), budgeted, steps)


def table(functions: dict[str, Signature | tuple[Signature, ...]]) -> dict[str, Builtin]:
    """Return functions by name."""
    return {name: Builtin(name, found if isinstance(found, tuple) else (found,)) for name, found in functions.items()}


def _parameter(text: str) -> Parameter:
    name, _, kinds = text.partition(": ")
    return Parameter(
        name.rstrip("?*"),
        frozenset() if kinds == "any" else frozenset(kinds.split(" | ")),
        optional=name.endswith("?"),
        repeated=name.endswith("*"),
    )
