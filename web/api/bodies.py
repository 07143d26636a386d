"""What comes in: bodies and query strings. No key that is not declared, no value of another type."""

from __future__ import annotations

from datetime import timedelta

from engine.cases import openings
from engine.cases.messages import LONGEST_KEPT
from engine.cases.task_list import Order, Which
from forms import secrecy
from web.api.fields import Body, Choice, Count, Flag, Id, Instant, Lanes, Names, Renamed, Seconds, Text, Values, Whole

_LONGEST_NAME = 200
_LONGEST_REASON = 2_000
_PAGE = 100

_AT = {"description": "When it was done, if not just now: at most 30 days ago, not before there was anything to do."}
_LATE = {"description": "Why it is recorded only now; needed where it was done more than an hour ago."}
_RESERVED = {"description": "The code under which it began on paper (`/reserved-codes`); `happened_at` says when."}
_BEHALF = {"description": "The agency without the portal for which the act is recorded."}
_DECIDER = {"description": "Who decided there: name or role. Needed where the step is kept apart from another one."}
_LANES = {"description": "The agency that plays each lane; a lane that one agency alone can play may be left out."}
_AGENCY = {"description": "The agency for which it is opened; to be said by whoever works for several."}
_START = {"description": "The id of the start event; to be said where the process has several for people."}
_AGAIN = {"description": "Lanes that are given, on purpose, to an agency that has said no in them before."}
_KEY = {"description": "The key under which it is awaited, such as that of a request, if not the code of the case."}
_KEPT = {"description": "For how many seconds it is kept when nobody waits for it yet; else that is an error."}
_RENAMED = {"description": "Which element stands for an old one now, by its id; an empty text lets it fall away."}
_PURPOSE = {"description": f"What for: one of {', '.join(openings.Purpose)}."}
_KINDS = {"description": f"Kinds of secret: some of {', '.join(secrecy.KINDS)}."}
_VARIABLES = {"description": "The answers to the start form, or the declared variables of the process."}


class PageQuery(Body):
    """How much of a list, and from where."""

    limit = Whole(least=1, most=_PAGE, load_default=50)
    cursor = Text(longest=1_000, metadata={"description": "`next` of the page before."})


class TaskQuery(PageQuery):
    """Which tasks, in which order."""

    state = Choice(Which, metadata={"description": "All that are open when it is left out."})
    agency = Id()
    sort = Choice(Order, load_default=Order.DUE)


class StartProcess(Body):
    """A process to be started."""

    definition = Text(longest=_LONGEST_NAME, shortest=1, required=True, metadata={"description": "Key of the process."})
    lanes = Lanes(load_default=dict, metadata=_LANES)
    variables = Values(load_default=dict, metadata=_VARIABLES)
    happened_at = Instant(metadata=_AT)
    agency = Id(metadata=_AGENCY)
    start = Text(longest=_LONGEST_NAME, shortest=1, metadata=_START)


class StartCase(StartProcess):
    """A case to be opened; one that began on paper under the code that stood there."""

    late_reason = Text(longest=_LONGEST_REASON, metadata=_LATE)
    reserved_code = Text(longest=_LONGEST_NAME, shortest=1, metadata=_RESERVED)


class Reason(Body):
    """Why."""

    reason = Text(longest=_LONGEST_REASON, shortest=1, required=True)


class Said(Body):
    """When and for whom."""

    happened_at = Instant(metadata=_AT)
    on_behalf_of = Id(metadata=_BEHALF)


class Act(Said):
    """When and for whom, and why it is recorded only now."""

    late_reason = Text(longest=_LONGEST_REASON, metadata=_LATE)


class Refusal(Said):
    """Why not, when it was said and for whom."""

    reason = Text(longest=_LONGEST_REASON, shortest=1, required=True)


class Receiver(Body):
    """The agency to which a case is to be handed over."""

    to_agency = Id(required=True)


class Sending(Body):
    """The agency to which a case is handed over, if it was not chosen before."""

    to_agency = Id()
    again = Flag(load_default=False, metadata={"description": "It may be one that has declined this case before."})
    to_all = Flag(
        load_default=False,
        metadata={
            "description": "Offer it to all who may have it, where the diagram says so: the first to accept has it."
        },
    )


class Completion(Act):
    """The answers to the form of a step, and the agencies for the lanes that the step assigns."""

    values = Values(load_default=dict)
    decided_by = Text(longest=200, metadata=_DECIDER)
    lanes = Lanes(load_default=dict)
    lanes_again = Names(load_default=list, metadata=_AGAIN)


class Confirmation(Act):
    """When an answer was confirmed, and for an agency without the portal who decided there."""

    decided_by = Text(longest=200, metadata=_DECIDER)


class Correction(Body):
    """The answers as they should have been."""

    values = Values(required=True)
    reason = Text(longest=_LONGEST_REASON, shortest=1, required=True)
    happened_at = Instant(metadata=_AT)


class Purpose(Body):
    """What something secret is opened for."""

    purpose = Text(longest=_LONGEST_NAME, shortest=1, required=True, metadata=_PURPOSE)


class Opening(Purpose):
    """What is opened of an answer."""

    kinds = Names(required=True, metadata=_KINDS)


class DraftBody(Body):
    """The answers so far."""

    values = Values(required=True)


class MigrationPlan(Body):
    """A page of the running cases that are on other versions."""

    names = Renamed(load_default=dict, metadata=_RENAMED)
    limit = Count(least=1, most=_PAGE, load_default=50)
    cursor = Text(longest=1_000, metadata={"description": "`next` of the page before."})


class MigrationApply(MigrationPlan):
    """Which of them are to go."""

    groups = Names(required=True, metadata={"description": "Keys of groups, as a plan has just given them."})


class MessageBody(Body):
    """A message to the processes of a case."""

    name = Text(longest=_LONGEST_NAME, shortest=1, required=True)
    correlation = Text(longest=_LONGEST_NAME, shortest=1, required=True, metadata={"description": "Code of the case."})
    key = Text(longest=_LONGEST_NAME, load_default="", metadata=_KEY)
    time_to_live = Seconds(most=LONGEST_KEPT // timedelta(seconds=1), load_default=0, metadata=_KEPT)
    values = Values(load_default=dict)


class Offer(Body):
    """To which colleague a step is handed on, and why."""

    to = Id(required=True)
    reason = Text(required=True, shortest=1, longest=_LONGEST_REASON)


class Substitute(Body):
    """Who stands in for whom in an agency, from when (by default now) to when."""

    agency = Id(required=True)
    absent = Id(required=True)
    substitute = Id(required=True)
    since = Instant()
    until = Instant(required=True)


class Exclude(Body):
    """Whom to keep out of a case: one of a person, an agency, or an interpreter by what she is known by."""

    user_id = Id()
    agency_id = Id()
    interpreter = Text(longest=200)
    reason = Text(required=True, shortest=1, longest=_LONGEST_REASON)


class Alternate(Body):
    """Who is told what must not reach who is kept out; null for the lead of the agency that holds the case."""

    user_id = Id(required=True, allow_none=True)


class Entrust(Body):
    """A lane of an agency that is kept out, and the one that plays it from now on."""

    lane = Text(required=True, shortest=1, longest=200)
    agency_id = Id(required=True)
