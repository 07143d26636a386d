"""When an act was done, as against when it is typed in: people act first and record later."""

from __future__ import annotations

from datetime import datetime, timedelta

from engine import clock, errors

MAX_BACKDATING = timedelta(days=30)
"""How far back an act may lie; what is older needs a correction, with its reason."""

TO_EXPLAIN = timedelta(hours=1)
"""From this distance on, whoever takes or does a step says why she records it only now: kept or late hangs on it."""

LONGEST_REASON = 2_000
"""Characters of a reason in free text."""

LATE_ENTRY = timedelta(minutes=15)
"""From this distance on, the time of recording is shown beside the time of the act."""

_SKEW = timedelta(minutes=2)


def moment(happened_at: datetime | None) -> datetime:
    """Give the instant of the act: by default now. Raises InvalidValue when it lies in the future or too far back."""
    now = clock.now()
    if happened_at is None:
        return now
    if happened_at.tzinfo is None:
        raise errors.InvalidValue("happened_at", "without_zone")
    if happened_at > now + _SKEW:
        raise errors.InvalidValue("happened_at", "in_the_future")
    if happened_at < now - MAX_BACKDATING:
        raise errors.InvalidValue("happened_at", "too_far_back")
    return min(happened_at, now)


def since(moment: datetime, begun_at: datetime, code: str) -> datetime:
    """Give the instant of an act on something that exists since `begun_at`, never one before it.

    People say minutes: whoever names the minute in which it began means its beginning. Raises InvalidValue with `code`
    for anything earlier.
    """
    if moment < begun_at.replace(second=0, microsecond=0):
        raise errors.InvalidValue("happened_at", code)
    return max(moment, begun_at)


def explained(moment: datetime, late_reason: str | None) -> dict[str, str]:
    """Give what the history keeps of why an act is recorded only now.

    Raises InvalidValue when that must be said and is not, or is too long.
    """
    text = (late_reason or "").strip()
    if not text and clock.now() - moment > TO_EXPLAIN:
        raise errors.InvalidValue("late_reason", "required")
    if len(text) > LONGEST_REASON:
        raise errors.InvalidValue("late_reason", "too_long")
    return {"reason": text} if text else {}


def is_late_entry(happened_at: datetime, recorded_at: datetime) -> bool:
    """Tell whether an act was recorded noticeably after it was done."""
    return recorded_at - happened_at >= LATE_ENTRY
