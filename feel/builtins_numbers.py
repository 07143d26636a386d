"""The functions of FEEL on numbers and truth values (DMN 1.5, sections 10.3.4.2 and 10.3.4.5)."""

from collections.abc import Callable
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
    InvalidOperation,
)

from feel import numbers
from feel.numbers import CONTEXT, Number
from feel.signatures import Signature, one, table

_SMALLEST_SCALE, _LARGEST_SCALE = -6111, 6176


def _rounding(mode: str) -> Callable[[Number, Number], Number | None]:
    def to_scale(value: Number, scale: Number) -> Number | None:
        places = numbers.truncated(scale)
        if not _SMALLEST_SCALE <= places <= _LARGEST_SCALE:
            return None
        exact = Decimal(value)
        exponent = exact.as_tuple().exponent
        if isinstance(exponent, int) and exponent >= -places:
            return value
        try:
            result = exact.quantize(Decimal(1).scaleb(-places, CONTEXT), mode, CONTEXT)
        except InvalidOperation:
            return None
        return numbers.whole(result) if places <= 0 else result

    return to_scale


def _scaled(mode: str) -> Signature:
    return one(_rounding(mode), "n: number", "scale: number")


def _optionally_scaled(mode: str) -> tuple[Signature, Signature]:
    to_scale = _rounding(mode)
    return one(lambda value: to_scale(value, 0), "n: number"), _scaled(mode)


def _sqrt(value: Number) -> Number | None:
    return numbers.real(lambda: CONTEXT.sqrt(value))


def _log(value: Number) -> Number | None:
    return numbers.real(lambda: CONTEXT.ln(value)) if value > 0 else None


def _exp(value: Number) -> Number | None:
    return numbers.real(lambda: CONTEXT.exp(value))


def _remainder_of_two(value: Number) -> Number | None:
    return numbers.modulo(value, 2)


def _odd(value: Number) -> bool | None:
    rest = _remainder_of_two(value)
    return None if rest is None else rest == 1


def _even(value: Number) -> bool | None:
    rest = _remainder_of_two(value)
    return None if rest is None else rest == 0


def _not(value: object) -> bool | None:
    return not value if isinstance(value, bool) else None


BUILTINS = table(
    {
        "not": one(_not, "negand: any"),
        "decimal": _scaled(ROUND_HALF_EVEN),
        "floor": _optionally_scaled(ROUND_FLOOR),
        "ceiling": _optionally_scaled(ROUND_CEILING),
        "round up": _scaled(ROUND_UP),
        "round down": _scaled(ROUND_DOWN),
        "round half up": _scaled(ROUND_HALF_UP),
        "round half down": _scaled(ROUND_HALF_DOWN),
        "abs": (
            one(lambda value: value if value >= 0 else numbers.negate(value), "n: number"),
            one(abs, "n: days and time duration"),
            one(lambda span: type(span)(abs(span.months)), "n: years and months duration"),
        ),
        "modulo": one(numbers.modulo, "dividend: number", "divisor: number"),
        "sqrt": one(_sqrt, "number: number", steps=10),
        "log": one(_log, "number: number", steps=60),
        "exp": one(_exp, "number: number", steps=30),
        "odd": one(_odd, "number: number"),
        "even": one(_even, "number: number"),
    }
)
