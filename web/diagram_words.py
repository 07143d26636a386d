"""The words of clocks and ladders on the shapes of a diagram, and beneath it for who reads instead of looking."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from engine.cases.step_clocks import RungMark, StepClock
from web import clocks, ladder_words, sessions, words
from web.translation import gettext as _


def on_shapes(found: Iterable[StepClock], now: datetime) -> list[dict[str, object]]:
    """Give for each clock what stands on its shape (`mark`, `rungs`) and what is read beneath (`said`, `ladder`)."""
    return [
        {
            "element": one.element_id,
            "mark": _mark(one, now),
            "rungs": [_rung(rung, now) for rung in _nearest(one)],
            "late": one.due_at is not None and clocks.late(one.due_at, now),
            "said": _said(one, now),
            "ladder": [_rung(rung, now) for rung in one.rungs],
        }
        for one in found
    ]


def _mark(one: StepClock, now: datetime) -> str:
    until = ladder_words.length(one.length) if one.due_at is None else clocks.on(one.due_at, now)
    return " · ".join(part for part in (str(words.CLOCKS[one.clock]), one.escalation_class, until) if part)


def _said(one: StepClock, now: datetime) -> str:
    said = [f"{one.name}: {str(words.CLOCKS[one.clock]).lower()}"]
    if one.escalation_class is not None:
        said.append(_("classe %(name)s", name=f"{one.escalation_class} ({ladder_words.CLASSES[one.escalation_class]})"))
    counted = words.COUNTED[one.counts]
    said.append(ladder_words.length(one.length) + (f" ({counted})" if counted else ""))
    if one.nature:
        said.append(str(words.NATURES[one.nature]).lower())
    if one.due_at is not None:
        said.append(clocks.remaining(one.due_at, now))
    follows = getattr(one, f"consequence_{sessions.language()}")
    return ", ".join(said) + (f". {_('Se passa:')} {follows}" if follows else "")


def _nearest(one: StepClock) -> list[RungMark]:
    """Give the last step of a ladder that was climbed, and the next one; of a clock that does not run, none."""
    rungs = one.rungs if one.due_at is not None else ()
    return [rung for rung in rungs if rung.fired][-1:] + [rung for rung in rungs if not rung.fired][:1]


def _rung(rung: RungMark, now: datetime) -> str:
    """Say a step of a ladder: done, next, or as the ladder of its class has it."""
    aimed = ladder_words.aimed(rung.targets)
    if rung.due_at is None:
        return f"{ladder_words.rung_at(rung.at)}: {aimed}"
    said = _("avvisi mandati %(when)s: %(who)s") if rung.fired else _("se nessuno risponde, %(when)s: %(who)s")
    return said % {"when": clocks.on(rung.due_at, now), "who": aimed}
