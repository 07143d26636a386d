from collections.abc import Callable
from typing import Any

import pytest

import feel


@pytest.fixture
def value() -> Callable[..., Any]:
    """Evaluate a text on variables given as keywords, which are also the names in scope."""

    def evaluate(text: str, **variables: Any) -> Any:
        return feel.compile(text, variables).evaluate(variables)

    return evaluate
