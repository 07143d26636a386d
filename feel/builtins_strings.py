"""The functions of FEEL on texts (DMN 1.5, section 10.3.4.3), those with patterns left to `builtins_patterns`."""

from typing import Any

from feel import numbers, texts
from feel.limits import Budget
from feel.numbers import Number
from feel.signatures import one, table


def _substring(text: str, start: Number, length: Number | None) -> str | None:
    begin = numbers.truncated(start)
    if begin == 0 or abs(begin) > len(text) or (length is not None and length < 1):
        return None
    begin = begin - 1 if begin > 0 else len(text) + begin
    return text[begin:] if length is None else text[begin : begin + numbers.truncated(min(length, len(text)))]


def _before(text: str, match: str) -> str:
    return text.partition(match)[0] if match and match in text else ""


def _after(text: str, match: str) -> str:
    return text.partition(match)[2] if match else text


def _join(budget: Budget, elements: list[Any], delimiter: str | None) -> str | None:
    present = [element for element in elements if element is not None]
    if not all(isinstance(element, str) for element in present):
        return None
    glue = delimiter or ""
    budget.text(sum(map(len, present)) + len(glue) * len(present))
    return glue.join(present)


def _upper(budget: Budget, text: str) -> str:
    budget.text(3 * len(text))  # one letter can become three
    return text.upper()


def _lower(budget: Budget, text: str) -> str:
    budget.text(3 * len(text))
    return text.lower()


def _string(budget: Budget, value: Any) -> str | None:
    return texts.text(value, budget)


def _number(text: str, grouping: str | None, point: str | None) -> Number | None:
    if grouping not in {None, " ", ",", "."} or point not in {None, ",", "."} or (grouping and grouping == point):
        return None
    plain = text.replace(grouping, "") if grouping else text
    return numbers.read(plain.replace(point, ".") if point else plain)


BUILTINS = table(
    {
        "string": one(_string, "from: any", budgeted=True),
        "number": (
            one(numbers.read, "from: string"),
            one(lambda value: value, "from: number"),
            one(_number, "from: string", "grouping separator?: string", "decimal separator?: string"),
        ),
        "string length": one(len, "string: string"),
        "upper case": one(_upper, "string: string", budgeted=True),
        "lower case": one(_lower, "string: string", budgeted=True),
        "substring": one(_substring, "string: string", "start position: number", "length?: number"),
        "substring before": one(_before, "string: string", "match: string"),
        "substring after": one(_after, "string: string", "match: string"),
        "contains": one(lambda text, match: match in text, "string: string", "match: string"),
        "starts with": one(str.startswith, "string: string", "match: string"),
        "ends with": one(str.endswith, "string: string", "match: string"),
        "string join": one(_join, "list: list", "delimiter?: string", budgeted=True),
    }
)
