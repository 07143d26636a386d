"""What can be wrong: with a form, told to its designer; with an answer, told to who gave it.

    ValueError
     ├ FormProblems    the file is no form that we render and keep
     └ InvalidAnswer   the answer does not fit the form

Neither carries a value of an answer: only keys, codes and the limits that the form itself declares.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from forms.messages import MESSAGES


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a form: where it stands, why it is refused, and the way out. Italian, for designers."""

    where: str
    reason: str
    way_out: str


class FormProblems(ValueError):
    """The form is refused; `problems` lists everything, in the order of the file."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{problem.where}: {problem.reason}" for problem in self.problems))


@dataclass(frozen=True, slots=True)
class FieldError:
    """Why one field is refused: a code of `MESSAGES` and the limits that its text names."""

    code: str
    params: Mapping[str, object] = field(default_factory=dict)

    def message(self, lang: str = "it") -> str:
        """Give the text for a person. Raises KeyError for a language that we do not speak."""
        return MESSAGES[self.code][lang].format(**self.params)


class InvalidAnswer(ValueError):
    """The answer is refused; `errors` has one FieldError per key, and `__form__` for the whole."""

    def __init__(self, errors: Mapping[str, FieldError]) -> None:
        self.errors = dict(errors)
        super().__init__("; ".join(f"{key}: {error.code}" for key, error in self.errors.items()))
