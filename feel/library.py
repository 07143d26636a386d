"""All functions of the language by name."""

from feel import (
    builtins_contexts,
    builtins_lists,
    builtins_numbers,
    builtins_patterns,
    builtins_ranges,
    builtins_strings,
    builtins_temporal,
)
from feel.signatures import Builtin

BUILTINS: dict[str, Builtin] = {
    **builtins_strings.BUILTINS,
    **builtins_numbers.BUILTINS,
    **builtins_lists.BUILTINS,
    **builtins_temporal.BUILTINS,
    **builtins_contexts.BUILTINS,
    **builtins_ranges.BUILTINS,
    **builtins_patterns.BUILTINS,
}
NAMES = frozenset(BUILTINS)
WORDS = frozenset(name for name in NAMES if name.isalpha())
"""The functions that could be taken for a variable: declared as names, they are one wherever they are not called."""
