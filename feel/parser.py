"""Turns the text of an expression into its syntax tree: operator precedence, one method per construct."""

from collections.abc import Callable
from typing import Final

from feel import lexer, names, numbers, parse_types, syntax, temporal
from feel.cursor import Cursor
from feel.syntax import Node

_OR, _AND, _COMPARISON, _SUM, _PRODUCT, _POWER, _POSTFIX = 1, 2, 3, 4, 5, 6, 8

_POWERS = {
    "or": _OR,
    "and": _AND,
    **dict.fromkeys(("=", "!=", "<", "<=", ">", ">=", "between", "in", "instance"), _COMPARISON),
    **dict.fromkeys("+-", _SUM),
    **dict.fromkeys("*/", _PRODUCT),
    "**": _POWER,
    **dict.fromkeys(".[(", _POSTFIX),
}
_TESTS = frozenset({"=", "!=", "<", "<=", ">", ">="})
_LITERALS = {"true": True, "false": False, "null": None}
_ENDS = frozenset(
    {"", ")", "]", "}", ",", "and", "or", "then", "else", "return", "satisfies", "in", "between"} | _TESTS
)


def parse(text: str, known: syntax.Known) -> Node:
    """Return the tree of a whole expression; raises FeelSyntaxError, FeelLimitError."""
    return _Parser(text, known).whole()


def parse_unary(text: str, known: syntax.Known) -> syntax.UnaryTests:
    """Return the tree of the tests in a cell of a decision table; raises FeelSyntaxError, FeelLimitError."""
    return _Parser(text, known).unary_tests()


class _Parser(Cursor):
    def whole(self) -> Node:
        tree = self._expression()
        self._expect_end()
        return tree

    def unary_tests(self) -> syntax.UnaryTests:
        if self.word == "-" and self.tokens[self.at + 1][0] == "end":
            return syntax.UnaryTests((), negated=False)
        negated = self.word == "not" and self.ahead() == "("
        if negated:
            self.at += 2
        tests = self._tests()
        if negated:
            self.expect(")", "after the tests of `not`")
        self._expect_end()
        return syntax.UnaryTests(tests, negated=negated)

    def _expect_end(self) -> None:
        if self.kind == "end":
            return
        hint = ""
        if self.word == "=" and self.ahead(-1) == "=":
            hint = "FEEL compares with a single `=`"
        elif self.kind == "symbol":
            hint = 'texts stand in double quotes: "..."'
        self.refuse(f"unexpected {self.described()}", hint)

    def _expression(self, power: int = 0, *, ends_range: bool = False) -> Node:
        """Read operators that bind more strongly than `power`; in the end of a range, `[` may close it."""
        self.descend()
        left = self._operand()
        while True:
            operator = self.word
            binding = _POWERS.get(operator, 0)
            if binding <= power or (ends_range and operator == "[" and self.ahead() in _ENDS):
                self.depth -= 1
                return left
            self.at += 1
            left = self._continue(left, operator, binding)

    def _continue(self, left: Node, operator: str, binding: int) -> Node:
        if binding in {_OR, _AND}:
            operands = [left, self._expression(binding)]
            while self.accept(operator):
                operands.append(self._expression(binding))
            return syntax.Logic(operator, tuple(operands))
        if operator in _TESTS:
            if operator == "=" and self.word == "=":
                self.refuse("unexpected `=`", "FEEL compares with a single `=`")
            return syntax.Comparison(operator, left, self._expression(binding))
        if binding in {_SUM, _PRODUCT, _POWER}:
            return syntax.Arithmetic(operator, left, self._expression(binding))
        return _CONTINUATIONS[operator](self, left)

    def between(self, left: Node) -> Node:
        low = self._expression(_COMPARISON)
        self.expect("and", "between the bounds of `between`")
        return syntax.Between(left, low, self._expression(_COMPARISON))

    def membership(self, left: Node) -> Node:
        if not self.accept("("):
            return syntax.In(left, (self._test(_COMPARISON),))
        first = self._test()
        if not isinstance(first, syntax.Test) and self.accept(".."):
            return syntax.In(left, (self._interval(first, start_included=False),))
        tests = [first]
        while self.accept(","):
            tests.append(self._test())
        self.expect(")", "after the tests of `in`")
        return syntax.In(left, tuple(tests))

    def _test(self, power: int = 0) -> Node | syntax.Test:
        operator = self.word
        if operator not in _TESTS:
            return self._expression(power)
        self.at += 1
        return syntax.Test(operator, self._expression(_COMPARISON))

    def _tests(self) -> tuple[Node | syntax.Test, ...]:
        tests = [self._test()]
        while self.accept(","):
            tests.append(self._test())
        return tuple(tests)

    def instance_of(self, left: Node) -> Node:
        self.expect("of", "after `instance`")
        return syntax.InstanceOf(left, parse_types.parse(self))

    def path(self, left: Node) -> Node:
        return syntax.Path(left, self.field())

    def filter(self, left: Node) -> Node:
        with self.element_scope():
            condition = self._expression()
        self.expect("]", "after a filter")
        return syntax.Filter(left, condition)

    def invocation(self, left: Node) -> Node:
        return syntax.Invocation(left, self._arguments())

    def _operand(self) -> Node:
        kind, token, _ = self.tokens[self.at]
        if kind == "name":
            return self._named()
        self.at += 1
        if kind == "number":
            return syntax.Constant(numbers.parse(token))
        if kind == "string":
            return syntax.Constant(lexer.unescape(token))
        if kind == "quoted":
            return syntax.Name(token[1:-1])
        prefix = _PREFIXES.get(token)
        if prefix is None:
            self.at -= 1
            hint = 'texts stand in double quotes: "..."' if kind == "symbol" else ""
            self.refuse(f"expected a value, found {self.described()}", hint)
        return prefix(self)

    def _named(self) -> Node:
        """Read what begins with a word: a construct, a function or a variable; the longest name in scope wins."""
        variable, function = self.variable(), self.function()
        length, name, local = variable or (0, "", False)
        if function is not None:
            called = self.ahead(function[0]) == "("
            if function[0] > length or (called and function[0] == length and not local):
                if called:
                    offset = self.tokens[self.at][2]
                    self.at += function[0] + 1
                    return syntax.Call(function[1], self._arguments(), offset)
                if not length and names.unknown(self.tokens, self.at + function[0] - 1) == 1:
                    self.at += function[0]
                    return syntax.FunctionName(function[1])
        if length <= 1 and self.word in names.KEYWORDS:
            return self._keyword()
        words = names.unknown(self.tokens, self.at + max(length, 1) - 1) + max(length, 1) - 1
        if words > length:
            return self._unknown(words)
        self.at += length
        return syntax.Name(name)

    def _unknown(self, words: int) -> Node:
        start = self.at
        name = self.run(words)
        if self.word == "(":
            self.refuse_function(name, start)
        return syntax.Name(name)

    def _keyword(self) -> Node:
        token = self.word
        if token in _LITERALS:
            self.at += 1
            return syntax.Constant(_LITERALS[token])
        construct = _CONSTRUCTS.get(token)
        if construct is None:
            self.refuse(f"expected a value, found {self.described()}")
        self.at += 1
        return construct(self)

    def negation(self) -> Node:
        operand = self._expression(_POSTFIX - 1)
        if isinstance(operand, syntax.Constant) and isinstance(operand.value, numbers.TYPES):
            return syntax.Constant(numbers.negate(operand.value))
        return syntax.Negate(operand)

    def bracketed(self) -> Node:
        if self.word in _TESTS:
            return self._open_interval()
        inner = self._expression()
        if self.accept(".."):
            return self._interval(inner, start_included=False)
        self.expect(")", "to close the bracket")
        return inner

    def _open_interval(self) -> Node:
        at, operator = self.at, self.word
        self.at += 1
        bound = self._expression(_COMPARISON)
        self.expect(")", "to close the range")
        if operator == "=":
            return syntax.Interval(bound, bound, start_included=True, end_included=True)
        if operator == "!=":
            self.refuse("`!=` does not make a range", at=at)
        included = operator.endswith("=")
        if operator.startswith("<"):
            return syntax.Interval(None, bound, start_included=False, end_included=included)
        return syntax.Interval(bound, None, start_included=included, end_included=False)

    def excluding_interval(self) -> Node:
        start = self._expression()
        self.expect("..", "in a range")
        return self._interval(start, start_included=False)

    def _interval(self, start: Node, *, start_included: bool) -> syntax.Interval:
        end = self._expression(ends_range=True)
        closing = self.word
        if closing not in {"]", ")", "["}:
            self.refuse(f"expected `]`, `)` or `[` to close the range, found {self.described()}")
        self.at += 1
        return syntax.Interval(start, end, start_included=start_included, end_included=closing == "]")

    def elements(self) -> Node:
        if self.accept("]"):
            return syntax.Elements(())
        items = [self._expression()]
        if self.accept(".."):
            return self._interval(items[0], start_included=True)
        while self.accept(","):
            items.append(self._expression())
        self.expect("]", "to close the list")
        return syntax.Elements(tuple(items))

    def context(self) -> Node:
        entries: list[tuple[str, Node]] = []
        with self.scope(()) as known:
            while self.word != "}" or entries:
                key = self._key()
                if any(key == before for before, _ in entries):
                    self.refuse(f"the entry `{key}` is there twice")
                self.expect(":", "after the name of an entry")
                entries.append((key, self._expression()))
                self.declare(known, key)
                self.declare(self.fields, key)
                if not self.accept(","):
                    break
        self.expect("}", "to close the context")
        return syntax.Entries(tuple(entries))

    def _key(self) -> str:
        if self.kind != "string":
            return self.declared_name(":")
        self.at += 1
        return lexer.unescape(self.ahead(-1))

    def at_literal(self) -> Node:
        if self.kind != "string":
            self.refuse(f'expected a text after `@`, as in @"2026-03-08", found {self.described()}')
        self.at += 1
        value = temporal.parse_literal(lexer.unescape(self.ahead(-1)))
        if value is None:
            hint = "write a date, a time, a date and time or a duration in ISO 8601"
            self.refuse(f"{self.ahead(-1)} is not a date, time or duration", hint, at=self.at - 1)
        return syntax.Constant(value)

    def conditional(self) -> Node:
        condition = self._expression()
        self.expect("then", "after the condition")
        yes = self._expression()
        self.expect("else", "after the first branch")
        return syntax.If(condition, yes, self._expression())

    def iteration(self) -> Node:
        loops, known = self._loops("return")
        with self.scope((*known, "partial")):
            return syntax.For(loops, self._expression())

    def some(self) -> Node:
        return self._quantified("some")

    def every(self) -> Node:
        return self._quantified("every")

    def _quantified(self, quantifier: str) -> Node:
        loops, known = self._loops("satisfies")
        with self.scope(known):
            return syntax.Quantified(quantifier, loops, self._expression())

    def _loops(self, stop: str) -> tuple[tuple[syntax.Loop, ...], list[str]]:
        loops: list[syntax.Loop] = []
        known: list[str] = []
        while True:
            name = self.declared_name("in")
            self.at += 1
            with self.scope(known):
                source = self._expression()
                steps = syntax.Steps(source, self._expression()) if self.accept("..") else None
            loops.append(syntax.Loop(name, steps or source))
            known.append(name)
            if not self.accept(","):
                break
        self.expect(stop, "after the loops")
        return tuple(loops), known

    def definition(self) -> Node:
        self.expect("(", "after `function`")
        parameters: list[tuple[str, syntax.Type | None]] = []
        while self.word != ")" or parameters:
            name = self.declared_name(":", ",", ")")
            parameters.append((name, parse_types.parse(self) if self.accept(":") else None))
            if not self.accept(","):
                break
        self.expect(")", "after the parameters")
        if self.word == "external":
            self.refuse("external functions are not allowed", "only FEEL is evaluated here")
        with self.scope(name for name, _ in parameters):
            return syntax.Definition(tuple(parameters), self._expression())

    def _arguments(self) -> syntax.Arguments:
        """Read the arguments of a call, behind its opening bracket."""
        values: list[Node] = []
        keys: list[str] = []
        while self.word != ")" or values:
            if self._is_named_argument():
                keys.append(self.declared_name(":"))
                self.at += 1
            values.append(self._expression())
            if keys and len(keys) != len(values):
                self.refuse("name all arguments or none")
            if not self.accept(","):
                break
        self.expect(")", "after the arguments")
        return syntax.Arguments(tuple(values), tuple(keys) if keys else None)

    def _is_named_argument(self) -> bool:
        distance = 0
        while self.tokens[self.at + distance][0] in {"name", "quoted"}:
            distance += 1
        return distance > 0 and self.ahead(distance) == ":"


_CONTINUATIONS: Final[dict[str, Callable[[_Parser, Node], Node]]] = {
    "between": _Parser.between,
    "in": _Parser.membership,
    "instance": _Parser.instance_of,
    ".": _Parser.path,
    "[": _Parser.filter,
    "(": _Parser.invocation,
}
_PREFIXES: Final[dict[str, Callable[[_Parser], Node]]] = {
    "-": _Parser.negation,
    "(": _Parser.bracketed,
    "[": _Parser.elements,
    "]": _Parser.excluding_interval,
    "{": _Parser.context,
    "@": _Parser.at_literal,
}
_CONSTRUCTS: Final[dict[str, Callable[[_Parser], Node]]] = {
    "if": _Parser.conditional,
    "for": _Parser.iteration,
    "some": _Parser.some,
    "every": _Parser.every,
    "function": _Parser.definition,
}
