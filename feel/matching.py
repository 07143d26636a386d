"""Runs patterns over texts: backtracking, as groups and lazy repetition need it, but every step is paid for."""

from feel.characters import variants
from feel.limits import CHARACTERS_PER_STEP, Budget
from feel.patterns import Instruction, Pattern

_REGISTERS_PER_STEP = 16


def find(pattern: Pattern, text: str, start: int, budget: Budget) -> list[int] | None:
    """Return the registers of the first match from a place on: start and end of it, then of each group (or -1).

    Raises FeelLimitError when the search takes too long.
    """
    for begin in range(start, len(text) + 1):
        budget.spend(1)
        found = _match(pattern, text, begin, budget)
        if found is not None:
            return found
    return None


def _match(pattern: Pattern, text: str, begin: int, budget: Budget) -> list[int] | None:
    # Where else to go on: instruction, place in the text, registers as they were.
    branches: list[tuple[int, int, list[int]]] = []
    at, place, registers = 0, begin, [-1] * pattern.registers
    while True:
        budget.spend(1)
        instruction = pattern.program[at]
        operation, first, second, _ = instruction
        if operation == "split":
            budget.spend(len(registers) // _REGISTERS_PER_STEP)
            branches.append((at + second, place, registers.copy()))
            at += first
        elif operation == "jump":
            at += first
        elif operation == "again":
            at += second if registers[first] == place else 1
        elif operation == "save":
            registers[first] = place
            at += 1
        elif operation == "done":
            return registers
        else:
            consumed = _consumed(instruction, text, place, registers, budget)
            if consumed is not None:
                at, place = at + 1, place + consumed
            elif branches:
                at, place, registers = branches.pop()
            else:
                return None


def _consumed(instruction: Instruction, text: str, place: int, registers: list[int], budget: Budget) -> int | None:
    """Return how many characters an instruction takes, None when it does not hold here."""
    operation, group, ignore_case, test = instruction
    if test is not None:
        return 1 if place < len(text) and test(text[place]) else None
    if operation == "same":
        start, end = registers[2 * group], registers[2 * group + 1]
        if end < 0:
            return 0  # a group that took no part
        budget.spend((end - start) // CHARACTERS_PER_STEP)
        again = text[place : place + end - start]
        return end - start if _is_same(text[start:end], again, ignore_case=bool(ignore_case)) else None
    return 0 if _stands(operation, text, place) else None


def _is_same(once: str, again: str, *, ignore_case: bool) -> bool:
    if len(once) != len(again) or not ignore_case:
        return once == again
    return all(not variants(one).isdisjoint(variants(other)) for one, other in zip(once, again, strict=True))


def _stands(operation: str, text: str, place: int) -> bool:
    if operation == "begin":
        return place == 0
    if operation == "end":
        return place == len(text)
    if operation == "line begin":
        return place == 0 or (text[place - 1] == "\n" and place < len(text))
    return place == len(text) or text[place] == "\n"
