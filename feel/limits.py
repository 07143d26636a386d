"""Bounds that keep any expression, however hostile, within about 100 ms and 50 MB.

The clock is not asked: the same expression on the same values must always end the same way.
Work is counted in steps instead; one step is about one node of an expression evaluated once.
"""

from feel import errors

MAX_TEXT = 10_000
"""Characters of one expression."""

MAX_DEPTH = 64
"""Brackets, operators and calls inside each other."""

MAX_CALLS = 40
"""Functions that are still running when another one starts: bounds recursion well below Python's own limit."""

MAX_STEPS = 50_000
"""Nodes evaluated in loops, elements visited in lists, and shares of long texts."""

MAX_LIST = 20_000
"""Elements of one list."""

MAX_STRING = 100_000
"""Characters of one text."""

CHARACTERS_PER_STEP = 16
"""Copying so many characters costs about as much as evaluating one node."""


class Budget:
    """The steps that one evaluation may still spend, and how many functions are running in it."""

    __slots__ = ("allowed", "calls", "steps")

    def __init__(self, steps: int = MAX_STEPS) -> None:
        """Start with the whole allowance, by default that of one expression."""
        self.allowed = self.steps = steps
        self.calls = 0

    def spend(self, steps: int) -> None:
        """Take steps off the allowance; raises FeelLimitError when it is used up."""
        self.steps -= steps
        if self.steps < 0:
            raise errors.FeelLimitError(f"the evaluation takes more than {self.allowed} steps")

    def text(self, length: int) -> None:
        """Pay for a text of so many characters before it is made; raises FeelLimitError."""
        if length > MAX_STRING:
            raise errors.FeelLimitError(f"a text grows longer than {MAX_STRING} characters")
        self.spend(length // CHARACTERS_PER_STEP)

    def items(self, length: int) -> None:
        """Pay for a list of so many elements before it is made; raises FeelLimitError."""
        if length > MAX_LIST:
            raise errors.FeelLimitError(f"a list grows longer than {MAX_LIST} elements")
        self.spend(length)

    def enter(self) -> None:
        """Note that a function starts; raises FeelLimitError when too many are running."""
        self.calls += 1
        if self.calls > MAX_CALLS:
            raise errors.FeelLimitError(f"functions call each other more than {MAX_CALLS} deep")

    def leave(self) -> None:
        """Note that a function has ended."""
        self.calls -= 1
