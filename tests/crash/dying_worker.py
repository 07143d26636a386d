"""The real worker, which kills itself without a farewell where the environment says. For tests of crashes only.

DIE_BEFORE=n, DIE_AFTER=n   before or after the n-th commit
DIE_STATEMENT=n             after the n-th statement, in the middle of its transaction
DIE_CASE=id                 whenever it is about to do the due work of this case
HANG_CASE=id                not by itself: it never comes back from this case, and is stuck after 2 s
DIE_DONE=1                  not at all: it ends by itself when nothing is due any more
"""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from engine import settings, worker
from engine.cases import agenda, execution


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def at(number: int) -> Callable[..., None]:
    """Give what dies at the n-th call; what a savepoint has kept is no commit, and does not count."""
    calls = count(1)

    def called(happened: Any, *_arguments: Any) -> None:
        if isinstance(happened, Session) and happened.in_nested_transaction():
            return
        if next(calls) == number:
            die()

    return called


def hang() -> None:
    worker.STUCK_AFTER = timedelta(seconds=2)
    time.sleep(3600)


def _let(case_id: str, meet: Callable[[], None]) -> None:
    """Let this happen whenever the due work of a case is about to be done, under its lock."""
    before = agenda.instances_with_due_timers

    def met(session: Session, case: Any) -> Any:
        if str(case.id) == case_id:
            meet()
        return before(session, case)

    execution.agenda.instances_with_due_timers = met  # type: ignore[attr-defined]


def prepare() -> None:
    for name, target, happening in [
        ("DIE_BEFORE", Engine, "commit"),
        ("DIE_AFTER", Session, "after_commit"),
        ("DIE_STATEMENT", Engine, "after_cursor_execute"),
    ]:
        if name in os.environ:
            event.listen(target, happening, at(int(os.environ[name])))
    for name, meet in (("DIE_CASE", die), ("HANG_CASE", hang)):
        if name in os.environ:
            _let(os.environ[name], meet)
    if "DIE_DONE" in os.environ:
        before_round = worker._round

        def once(*given: Any) -> timedelta | None:
            pause = before_round(*given)
            os._exit(0 if pause is None or pause > timedelta(0) else 1)

        worker._round = once


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    prepare()
    worker.work(settings.load())
