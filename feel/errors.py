"""What can go wrong with an expression.

    FeelError
    ├── FeelSyntaxError   the text is not FEEL: found when it is compiled
    └── FeelLimitError    the text or its evaluation outgrew a limit of `feel.limits`

Nothing else leaves this package: wrong types and missing values are `null`, as FEEL says.
"""


class FeelError(Exception):
    """Something about an expression that its author has to change."""


class FeelSyntaxError(FeelError):
    """The text is not an expression; line and column count from one, the hint names the way out (or is empty)."""

    def __init__(self, message: str, line: int = 1, column: int = 1, hint: str = "") -> None:
        """Keep the parts as data, so that an editor can mark the place."""
        super().__init__(message, line, column, hint)
        self.message = message
        self.line = line
        self.column = column
        self.hint = hint

    def __str__(self) -> str:
        """Return the whole sentence for people."""
        text = f"{self.message} (line {self.line}, column {self.column})"
        return f"{text}: {self.hint}" if self.hint else text


class FeelLimitError(FeelError):
    """The expression is too long, too deep, or would cost too much time or memory."""
