"""The networks' table of deadlines, and when each of them reminds, is over and climbs: worked out by hand, naively.

Nothing here is the product's: lengths, reminders and classes are written down from the networks' own table, days are
counted one by one, and working time minute by minute.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from tests.engine.calendars import oracle
from tests.engine.calendars.oracle import DAY, MINUTE, ROME, Office

# term, clock, length, reminders ("%": of the time; "h", "d": since the start; "-d", "-h": left), class
TABLE = """
D01.alto  H   30m   50% 80%    E1 | D01.altro H   4h    50% 80%   E2 | D03.alto  H   1h    50% 80%    E1
D03.altro H   24h   50% 80%    E2 | D04.alto  H   24h   50% 80%   E2 | D04.medio H   72h   50% 80%    E2
D04.basso GC  7d    50% 80%    E2 | D05       H   20m   50% 75%   E0 | D06       H   2h    50% 80%    E1
D07       H   72h   -24h -12h  E1 | D08       H   1h    50% 80%   E1 | D09       H   48h   24h 40h    E1
D10       H   24h   50% 80%    E1 | D11       H   4h    50% 80%   E1 | D12       GCL 3d    1d 2d      E3
D13       GCL 30d   20d 27d    E3 | D14       GCL 20d   12d 18d   E3 | D15       H   48h   36h        E3
D16       H   48h   36h        E3 | D18       GCL 15d   10d       E3 | D19       H   1h    30m        E1
D20       GC  3M    -14d       E3 | D21       H   4h    50% 80%   E1 | D22       H   1h    30m        E1
D23       H   24h   12h 20h    E1 | D24       H   72h   48h       E3 | D25       H   48h   36h        E3
D26       H   48h   36h        E3 | D27       GCL 15d   10d       E3 | D28       GCL 15d   10d        E3
D29       GCL 10d   7d         E3 | D30       H   30m   15m 25m   E0 | D31       H   4h    50% 75%    E0
D32       GC  5d    3d 4d      E2 | D33       GC  15d   10d 13d   E2 | D34       GC  180d  -30d -15d  E2
D35       GC  365d  -60d -30d  E2 | D36.alto  GL  3d    50% 80%   E2 | D36.altro GL  10d   50% 80%    E2
D37       GC  30d   20d 27d    E2 | D38.alto  GC  30d   -7d       E2 | D38.altro GC  90d   -7d        E2
D39       H   24h   50% 80%    E1 | D39.riun  H   72h   50% 80%   E1 | D40       GL  2d    50% 80%    E2
D41       GL  5d    50% 80%    E2 | D43       GL  5d    50% 80%   E2 | D44       GC  30d   15d 25d    E2
D45       GC  30d   -5d        E2 | D47       GCL 30d   15d 25d   E3 | D48       GL  5d    50% 80%    E3
D49       GC  15d   7d 12d     E3 | D50       GC  15d   -10d -3d  E3 | D52       GCL 1M    15d 25d    E3
D53       H   72h   24h 48h    E1
"""
AFTER = {
    "E0": ["10m", "20m", "40m"],
    "E1": ["1h", "4h", "12h"],
    "E2": ["1w", "3w", "5w"],
    "E3": ["1w", "5w"],
}
"""What lies after the breach; w: working days of the agency that owes the step."""


@dataclass(frozen=True, slots=True)
class Term:
    name: str
    clock: str
    length: str
    reminders: tuple[str, ...]
    escalation: str

    def instants(self, start: datetime, office: Office) -> list[datetime]:
        """All instants of a term that starts there, UTC: reminders within it, its end, what lies after it."""
        due = self._due(start, office)
        reminders = sorted(self._reminder(text, start, due, office) for text in self.reminders)
        after = [_after(text, due, office) for text in AFTER[self.escalation]]
        return [*[at for at in reminders if start <= at <= due], due, *after]

    def _due(self, start: datetime, office: Office) -> datetime:
        number, unit = int(self.length[:-1]), self.length[-1]
        if self.clock == "H":
            return start + _elapsed(self.length)
        if self.clock == "GL":
            return office.later(start, number, 0)
        day = _day(start)
        if unit == "M":
            day = _months_later(day, number)
        else:
            for _ in range(number):
                day += DAY
        while self.clock == "GCL" and (day.isoweekday() == 7 or oracle.is_holiday(day)):
            day += DAY
        return _midnight_after(day)

    def _reminder(self, text: str, start: datetime, due: datetime, office: Office) -> datetime:
        if text.endswith("%"):
            return self._share(int(text[:-1]), start, due, office)
        if text.startswith("-"):
            if text.endswith("h"):
                return due - _elapsed(text[1:])
            last = _day(due - MINUTE)
            for _ in range(int(text[1:-1])):
                last -= DAY
            return _midnight_after(last - DAY)
        if text.endswith("d"):
            day = _day(start)
            for _ in range(int(text[:-1])):
                day += DAY
            return _midnight_after(day)
        return start + _elapsed(text)

    def _share(self, percent: int, start: datetime, due: datetime, office: Office) -> datetime:
        if self.clock != "GL":
            return start + (due - start) * percent / 100
        open_ones = []
        for minute in office.from_minute(start):
            if minute >= due:
                break
            open_ones.append(minute)
        wanted = len(open_ones) * percent / 100
        whole = -int(-wanted // 1) - 1
        return open_ones[whole] + (wanted - whole) * MINUTE


TERMS = {
    name: Term(name, clock, length, tuple(reminders), escalation)
    for name, clock, length, *reminders, escalation in [
        entry.split() for line in TABLE.strip().splitlines() for entry in line.split(" | ")
    ]
}


def parameters() -> str:
    """Give the table as a network's parameters."""
    return "".join(
        f'["{term.name}"]\nlength = "{_iso(term.length)}"\nclock = "{term.clock}"\nnature = "interno"\ntag = "D"\n'
        f'class = "{term.escalation}"\nreminders = [{", ".join(_quoted(text) for text in term.reminders)}]\n'
        f'title.it = "{term.name}"\ntitle.en = "{term.name}"\n'
        for term in TERMS.values()
    )


def _quoted(text: str) -> str:
    if text.endswith("%"):
        return f'"{text}"'
    return f'"-{_iso(text[1:])}"' if text.startswith("-") else f'"{_iso(text)}"'


def _iso(text: str) -> str:
    return f"PT{text[:-1]}{text[-1].upper()}" if text[-1] in "mh" else f"P{text.upper()}"


def _elapsed(text: str) -> timedelta:
    return timedelta(minutes=int(text[:-1])) * (60 if text[-1] == "h" else 1)


def _after(text: str, due: datetime, office: Office) -> datetime:
    return office.later(due, int(text[:-1]), 0) if text.endswith("w") else due + _elapsed(text)


def _day(at: datetime) -> date:
    return at.astimezone(ROME).date()


def _months_later(day: date, months: int) -> date:
    """Give the same day so many months later, or the last one that its month has (art. 2963 c.c.)."""
    first = day.replace(day=1)
    for _ in range(months):
        first = (first + 32 * DAY).replace(day=1)
    for number in range(day.day, 0, -1):
        try:
            return first.replace(day=number)
        except ValueError:
            continue
    raise AssertionError


def _midnight_after(day: date) -> datetime:
    return datetime.combine(day + DAY, time(), tzinfo=ROME).astimezone(UTC)
