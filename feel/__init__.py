"""FEEL, the expression language of DMN 1.5, compiled to Python closures.

    expression = feel.compile("livello = "ALTO" and eta.anni > 17", names={"livello", "eta"})
    expression.names                                       # frozenset({"livello", "eta"})
    expression.evaluate({"livello": "ALTO", "eta": {"anni": 18}})    # True

The library knows nothing of its users. It is safe on hostile texts: no attribute of a Python object is ever reached,
nothing is imported, and limits (`feel.limits`) end what would take too much time or memory. Wrong types and missing
values are null, as FEEL says; a clock exists only if the host supplies `now` and `today`.

The way of a text: `lexer` → `cursor`, `parser` → `syntax` (the tree) → `compilation`, `compile_*` (closures) →
`expression`. Values and what may be done with them: `values`, `numbers`, `temporal`, `arithmetic`, `logic`, `paths`,
`kinds`, `texts`; the functions of the language: `library`, `signatures`, `builtins_*`.
"""

from feel.compilation import UNKNOWN, Called
from feel.errors import FeelError, FeelLimitError, FeelSyntaxError
from feel.expression import Expression, compile, compile_tests, compile_unary  # noqa: A004 - the verb of this package
from feel.host import Host
from feel.library import WORDS
from feel.names import KEYWORDS
from feel.signatures import Builtin, HostFunctions, one, table
from feel.temporal import format_duration, parse_date, parse_date_time, parse_duration, parse_time
from feel.values import Function, Range, Value, YearsMonths

__all__ = [
    "KEYWORDS",
    "UNKNOWN",
    "WORDS",
    "Builtin",
    "Called",
    "Expression",
    "FeelError",
    "FeelLimitError",
    "FeelSyntaxError",
    "Function",
    "Host",
    "HostFunctions",
    "Range",
    "Value",
    "YearsMonths",
    "compile",
    "compile_tests",
    "compile_unary",
    "format_duration",
    "one",
    "parse_date",
    "parse_date_time",
    "parse_duration",
    "parse_time",
    "table",
]
