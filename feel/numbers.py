"""Decimal arithmetic with 34 digits (IEEE 754 decimal128), as FEEL asks; whole numbers stay int while they fit.

No result (None) where mathematics has none; a result beyond the range raises FeelLimitError.
"""

import re
from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import TypeAlias

from feel import errors

Number: TypeAlias = int | Decimal

TYPES = (int, Decimal)
DIGITS = 34
_NUMBER = re.compile(r"-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,9})?")
_LARGEST = 10**DIGITS
_EXPONENT = 6144
_EXACT_BITS = 112  # 34 decimal digits are just under 113 bits

CONTEXT = Context(
    prec=DIGITS,
    rounding=ROUND_HALF_EVEN,
    Emin=1 - _EXPONENT,
    Emax=_EXPONENT,
    traps=[InvalidOperation, DivisionByZero, Overflow],
)
"""Shared between threads: only its flags are ever written, and nobody reads them."""


def parse(text: str) -> Number:
    """Read digits, point and exponent, rounded to 34 digits; raises FeelLimitError."""
    if len(text) <= DIGITS and text.isdigit():
        return int(text)
    return fitting(lambda: CONTEXT.create_decimal(text))


def read(text: str) -> Number | None:
    """Read a number from text that is data, None when it is none; raises FeelLimitError."""
    if _NUMBER.fullmatch(text) is None:
        return None
    return negate(parse(text[1:])) if text.startswith("-") else parse(text)


def fitting(operation: Callable[[], Decimal]) -> Decimal:
    """Run an operation that always has a result; raises FeelLimitError beyond the range."""
    try:
        return operation()
    except Overflow as overflow:
        raise _too_large() from overflow


def is_number(value: object) -> bool:
    """Say whether a value is a finite number; a truth value is none."""
    if isinstance(value, Decimal):
        return value.is_finite()
    return isinstance(value, int) and not isinstance(value, bool)


def rounded(value: int) -> Number:
    """Keep a whole number of up to 34 digits, round a longer one."""
    return value if -_LARGEST < value < _LARGEST else fitting(lambda: CONTEXT.create_decimal(value))


def truncated(value: Number) -> int:
    """Cut off the fraction; beyond 34 digits take the bound, so that no exponent can make an int of thousands."""
    return int(value) if -_LARGEST < value < _LARGEST else (_LARGEST if value > 0 else -_LARGEST)


def whole(value: Number) -> Number:
    """Return a number without fraction as int, unless it has more than 34 digits."""
    return int(value) if -_LARGEST < value < _LARGEST else value


def negate(value: Number) -> Number:
    """Return the number with the other sign; zero has none."""
    return -value if isinstance(value, int) else CONTEXT.minus(value)


def add(left: Number, right: Number) -> Number:
    """Return the sum; raises FeelLimitError."""
    if isinstance(left, int) and isinstance(right, int):
        return rounded(left + right)
    return fitting(lambda: CONTEXT.add(left, right))


def subtract(left: Number, right: Number) -> Number:
    """Return the difference; raises FeelLimitError."""
    if isinstance(left, int) and isinstance(right, int):
        return rounded(left - right)
    return fitting(lambda: CONTEXT.subtract(left, right))


def multiply(left: Number, right: Number) -> Number:
    """Return the product; raises FeelLimitError."""
    if isinstance(left, int) and isinstance(right, int):
        return rounded(left * right)
    return fitting(lambda: CONTEXT.multiply(left, right))


def divide(left: Number, right: Number) -> Number | None:
    """Return the quotient, an int if it comes out even; None for a division by zero; raises FeelLimitError."""
    if right == 0:
        return None
    if isinstance(left, int) and isinstance(right, int) and left % right == 0:
        return rounded(left // right)
    return fitting(lambda: CONTEXT.divide(left, right))


def modulo(left: Number, right: Number) -> Number | None:
    """Return the remainder with the sign of the divisor; None for zero or when 34 digits cannot tell it."""
    if right == 0:
        return None
    if isinstance(left, int) and isinstance(right, int):
        return left % right
    try:
        remainder = CONTEXT.remainder(left, right)
    except InvalidOperation:
        return None
    return CONTEXT.add(remainder, right) if remainder and (remainder < 0) != (right < 0) else remainder


def power(base: Number, exponent: Number) -> Number | None:
    """Raise to a power; None where the result is not real; raises FeelLimitError."""
    if exponent == 0:
        return 1
    if base == 0 and exponent < 0:
        return None
    if isinstance(base, int) and isinstance(exponent, int) and 0 < exponent * base.bit_length() <= _EXACT_BITS:
        return rounded(int(base**exponent))
    return real(lambda: CONTEXT.power(base, exponent))


def real(operation: Callable[[], Decimal]) -> Decimal | None:
    """Run an operation that has a result for some numbers only; raises FeelLimitError beyond the range."""
    try:
        return operation()
    except Overflow as overflow:
        raise _too_large() from overflow
    except (InvalidOperation, DivisionByZero):
        return None


def text(value: Number) -> str:
    """Write a number without exponent and without trailing zeros."""
    if isinstance(value, int):
        # Only the host can give in longer ones; Python refuses to write them out beyond 4,300 digits.
        return str(value) if -_LARGEST < value < _LARGEST else text(CONTEXT.create_decimal(value))
    plain = format(value, "f")
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return "0" if plain == "-0" else plain


def _too_large() -> errors.FeelLimitError:
    return errors.FeelLimitError(f"a number grows beyond 10**{_EXPONENT}")
