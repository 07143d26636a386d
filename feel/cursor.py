"""Walks over the tokens of one expression and knows which names are in scope at each place."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from typing import NoReturn

from feel import errors, lexer, limits, names, syntax

_NAME_SIGNS = frozenset({"+", "-", "*", "/", "."})


class Cursor:
    """The place in the tokens, the scopes around it, and how to refuse what stands there."""

    def __init__(self, text: str, known: syntax.Known) -> None:
        """Cut the text into tokens; raises FeelSyntaxError, FeelLimitError."""
        self.text = text
        self.tokens = lexer.tokenize(text)
        self.at = 0
        self.depth = 0
        self.scopes: list[names.Index] = [names.index(known.names)]
        self.functions = names.index(known.functions)
        self.types = names.index(known.types)
        self.known = known
        self.known_fields = names.index(known.fields)
        self.fields: names.Index = {}

    @property
    def word(self) -> str:
        """The text of the token that comes next; a string literal keeps its quotes, the end is empty."""
        return self.tokens[self.at][1]

    @property
    def kind(self) -> str:
        """The kind of the token that comes next."""
        return self.tokens[self.at][0]

    def ahead(self, distance: int = 1) -> str:
        """Return the text of a later token, or nothing behind the end."""
        place = self.at + distance
        return self.tokens[place][1] if place < len(self.tokens) else ""

    def accept(self, token: str) -> bool:
        """Step over a token if it comes next."""
        if self.tokens[self.at][1] != token:
            return False
        self.at += 1
        return True

    def expect(self, token: str, purpose: str) -> None:
        """Step over a token that must come next; raises FeelSyntaxError."""
        if not self.accept(token):
            self.refuse(f"expected `{token}` {purpose}, found {self.described()}")

    def described(self) -> str:
        """Name the next token for people."""
        return "the end" if self.kind == "end" else f"`{self.word}`"

    def refuse(self, message: str, hint: str = "", *, at: int | None = None) -> NoReturn:
        """Raise FeelSyntaxError at a token, by default the next one."""
        offset = self.tokens[self.at if at is None else at][2]
        raise errors.FeelSyntaxError(message, *lexer.place(self.text, offset), hint)

    @contextmanager
    def scope(self, local_names: Iterable[str]) -> Iterator[names.Index]:
        """Let names be known inside a construct; the index is given out so that contexts can add to it."""
        index = names.build(local_names)
        self.scopes.append(index)
        try:
            yield index
        finally:
            self.scopes.pop()

    @contextmanager
    def element_scope(self) -> Iterator[None]:
        """Let the fields of an element and `item` be known inside a filter."""
        self.scopes.append(self.known_fields)
        try:
            with self.scope(("item",)):
                yield
        finally:
            self.scopes.pop()

    def declare(self, index: names.Index, name: str) -> None:
        """Add a name to a scope that is open."""
        for first, candidates in names.build([name]).items():
            known = index.setdefault(first, [])
            known.extend(candidates)
            known.sort(key=lambda candidate: len(candidate[0]), reverse=True)

    def descend(self) -> None:
        """Note one more level of nesting; raises FeelLimitError."""
        self.depth += 1
        if self.depth > limits.MAX_DEPTH:
            raise errors.FeelLimitError(f"the expression is nested more than {limits.MAX_DEPTH} deep")

    def variable(self) -> tuple[int, str, bool] | None:
        """Return the longest name in scope that comes next: its tokens, the name, whether it is local."""
        best: tuple[int, str, bool] | None = None
        for depth in range(len(self.scopes) - 1, -1, -1):
            found = names.longest(self.scopes[depth], self.tokens, self.at)
            if found is not None and (best is None or found[0] > best[0]):
                best = found[0], found[1], depth > 0
        return best

    def function(self) -> tuple[int, str] | None:
        """Return the longest function of the language or the host that comes next."""
        return names.longest(self.functions, self.tokens, self.at)

    def run(self, length: int) -> str:
        """Step over tokens and return them as written, with single blanks."""
        spelled = names.spelled(self.text, self.tokens, self.at, length)
        self.at += length
        return spelled

    def declared_name(self, *stops: str) -> str:
        """Read a name where one is declared: everything up to one of the stops; raises FeelSyntaxError."""
        start, quoted = self.at, self.kind == "quoted"
        if not quoted and (self.kind != "name" or self.word in names.KEYWORDS):
            self.refuse(f"expected a name, found {self.described()}")
        self.at += 1
        while (
            not quoted
            and self.word not in stops
            and (self.kind in {"name", "number", "symbol"} or self.word in _NAME_SIGNS)
        ):
            self.at += 1
        if self.word not in stops:
            self.refuse(f"expected {' or '.join(f'`{stop}`' for stop in stops)}, found {self.described()}")
        spelled = names.spelled(self.text, self.tokens, start, self.at - start)
        return spelled[1:-1] if quoted else spelled

    def field(self) -> str:
        """Read what stands after a dot: a field seen before, else the words side by side."""
        if self.kind == "quoted":
            return self.run(1)[1:-1]
        if self.kind != "name":
            self.refuse(f"expected a field after `.`, found {self.described()}")
        best = names.longest(self.fields, self.tokens, self.at)
        for scope in (self.known_fields, *self.scopes):
            found = names.longest(scope, self.tokens, self.at)
            if found is not None and (best is None or found[0] > best[0]):
                best = found
        length = names.unknown(self.tokens, self.at)
        if best is not None and best[0] >= length:
            self.at += best[0]
            return best[1]
        return self.run(length)

    def refuse_function(self, name: str, at: int) -> NoReturn:
        """Raise FeelSyntaxError for a call of a function that nobody defines."""
        if name in {"now", "today"}:
            hint = "the clock belongs to the host: it has to supply this function"
        else:
            close = get_close_matches(name[:60], self.known.functions, n=1)
            hint = f"did you mean `{close[0]}`?" if close else ""
        self.refuse(f"unknown function `{name}`", hint, at=at)
