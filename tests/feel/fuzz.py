"""A fuzz target: random texts from the pieces of the language, for as long as one likes.

    python tests/feel/fuzz.py SEED SECONDS

Nothing but FeelError may leave the compiler or an evaluation, and nothing may take long. `test_fuzz.py` runs it for a
moment; whatever it finds becomes a test of its own.
"""

import random
import sys
import time
from collections.abc import Iterator

import feel
from feel import library

LONGEST = 0.5  # seconds for one text; five times what limits.py promises, for busy machines
VARIABLES = {"a": [1, {"x": 2}, "q"], "b-c": "text", "x": None, "d": feel.parse_date("2026-03-08")}
WORDS = """
1 2.5 1e30 0 -1 "a" "x" true null a b-c x d ? item partial + - * / ** = != < <= > >= ( ) [ ] { } , : . ..
and or not( in between if then else for return some every satisfies instance of number list string
@"P1D" @"2026-03-08" @"10:00:00Z" // /* */ ' ` \\ -> context< list< range< {b-c:
"""
PHRASES = (
    "for i in ",
    "1..3",
    "some i in ",
    "if a then ",
    "function(x) ",
    "[1..2]",
    "{a: 1}",
    "{b-c: 2, c: a}",
    "a[1]",
)
PIECES = [*WORDS.split(), *PHRASES, *(f"{name}(" for name in sorted(library.NAMES))]
CLOSING = {"(": ")", "[": "]", "{": "}"}


def texts(seed: int) -> Iterator[str]:
    """Yield random texts for ever, most of them with their brackets closed."""
    source = random.Random(seed)  # noqa: S311 - nothing is secret here
    while True:
        text = " ".join(source.choice(PIECES) for _ in range(source.randint(1, source.choice([6, 14, 30]))))
        yield closed(text) if source.random() < 0.7 else text


def closed(text: str) -> str:
    """Close the brackets that are still open."""
    open_: list[str] = []
    for letter in text:
        if letter in CLOSING:
            open_.append(CLOSING[letter])
        elif open_ and letter == open_[-1]:
            open_.pop()
    return text + "".join(reversed(open_))


def attempt(text: str) -> float:
    """Compile and evaluate a text both ways; return the seconds, raise what should not have left the library."""
    start = time.perf_counter()
    for compiled in (feel.compile, feel.compile_unary):
        try:
            compiled(text, VARIABLES).evaluate({**VARIABLES, "?": 3})
        except feel.FeelError:
            continue
    return time.perf_counter() - start


def main() -> int:
    """Run for some seconds; show the text that went wrong or took longest."""
    seed, seconds = int(sys.argv[1]), float(sys.argv[2])
    end, longest, count = time.monotonic() + seconds, (0.0, ""), 0
    for text in texts(seed):
        try:
            longest = max(longest, (attempt(text), text))
        except Exception:
            sys.stderr.write(f"{text!r}\n")
            raise
        count += 1
        if time.monotonic() > end:
            break
    sys.stdout.write(f"{count} texts, the longest took {longest[0] * 1000:.0f} ms: {longest[1]!r}\n")
    return int(longest[0] > LONGEST)


if __name__ == "__main__":
    sys.exit(main())
