"""Wrong use of the engine: refused, and nothing has changed; never half done, never something else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import errors
from engine.bpmn import state
from engine.bpmn.expressions import Host
from engine.bpmn.runtime import Instance
from engine.bpmn.way_back import NoWayBack
from tests.engine.bpmn.diagram import catch, end, message, par, process, start, sub, task, timer, way, xor
from tests.engine.bpmn.play import NOW, Play, build

MSG = message("m1", "MSG")
FILE = process(
    start(),
    start("da_fuori", "m1"),
    xor("entra"),
    par("apri"),
    task("a"),
    timer("t", "a", "PT2H"),
    sub("s", start("si"), catch("c", "m1"), end("sf"), way("si c sf")),
    xor("x"),
    end(),
    way("inizio entra apri a fine"),
    way("da_fuori entra"),
    way("apri s fine"),
    way("t x fine"),
    top=MSG,
)
DEFINITION = build(FILE)
OTHER = build(process(start(), task("b"), end(), way("inizio b fine"), key="altro"))


def _play() -> Play:
    return Play(definition=DEFINITION)


def _id(play: Play, what: str) -> UUID:
    """The id of something in the instance that is not what the verb is for."""
    found = {
        "task": play.instance.work_items,
        "timer": play.instance.timers,
        "subscription": play.instance.subscriptions,
    }
    return uuid4() if what == "nothing" else found[what][0].id


@pytest.mark.parametrize("what", ["nothing", "timer", "subscription"])
def test_only_an_open_task_can_be_completed(what: str) -> None:
    play = _play()
    _is_refused(play, errors.TaskNotOpen, lambda: play.instance.complete(_id(play, what), {"n": 1}))


@pytest.mark.parametrize("what", ["nothing", "timer", "task"])
def test_a_message_is_given_only_to_what_waits_for_one(what: str) -> None:
    play = _play()
    _is_refused(play, errors.NobodyWaits, lambda: play.instance.deliver(_id(play, what), {"n": 1}))


@pytest.mark.parametrize("what", ["nothing", "timer", "task", "subscription"])
def test_only_an_incident_is_tried_again(what: str) -> None:
    play = _play()
    _is_refused(play, errors.NotFound, lambda: play.instance.retry(_id(play, what)))


def test_nothing_is_completed_or_delivered_twice() -> None:
    play = _play()
    task_id, waiting = _id(play, "task"), _id(play, "subscription")
    play.do("a")
    _is_refused(play, errors.TaskNotOpen, lambda: play.instance.complete(task_id, {}))
    play.deliver("MSG")
    _is_refused(play, errors.NobodyWaits, lambda: play.instance.deliver(waiting, {}))
    assert play.completed
    _is_refused(play, errors.TaskNotOpen, lambda: play.instance.complete(task_id, {}))
    _is_refused(play, errors.NobodyWaits, lambda: play.instance.deliver(waiting, {}))
    assert play.instance.advance(NOW + timedelta(days=9)) == 0


def test_what_was_ended_takes_nothing_any_more() -> None:
    play = _play()
    task_id, waiting = _id(play, "task"), _id(play, "subscription")
    play.instance.cancel()
    play.sleep()
    _is_refused(play, errors.TaskNotOpen, lambda: play.instance.complete(task_id, {}))
    _is_refused(play, errors.NobodyWaits, lambda: play.instance.deliver(waiting, {}))
    assert play.instance.advance(NOW + timedelta(days=9)) == 0
    play.instance.cancel()
    assert play.completed


@pytest.mark.parametrize(
    "value", [1.5, float("nan"), object(), {1, 2}, b"x", [1, {"y": 1j}]], ids=lambda value: type(value).__name__
)
def test_a_value_that_can_be_no_variable_is_refused_before_anything_happens(value: object) -> None:
    play = _play()
    for verb, key in ((play.instance.complete, "task"), (play.instance.deliver, "subscription")):
        _is_refused(play, errors.InvalidValue, lambda verb=verb, key=key: verb(_id(play, key), {"x": value}))
    with pytest.raises(errors.InvalidValue) as refused:
        Instance.start(DEFINITION, {"x": value}, play.host)
    assert (refused.value.field, refused.value.code) == ("x", "value_unusable")


def test_only_what_was_completed_is_taken_back_and_only_once() -> None:
    play = _play()
    task_id = _id(play, "task")
    for wrong in (task_id, uuid4(), _id(play, "subscription")):
        _is_refused(play, NoWayBack, lambda wrong=wrong: play.instance.reopen(wrong))
    play.do("a")
    play.instance.reopen(task_id)
    play.sleep()
    assert play.open == ["a"]
    _is_refused(play, NoWayBack, lambda: play.instance.reopen(task_id))
    play.do("a").deliver("MSG")
    _is_refused(play, NoWayBack, lambda: play.instance.reopen(task_id))


def test_a_signal_that_nobody_waits_for_changes_nothing() -> None:
    play = _play()
    before = play.instance.dump()
    assert (play.instance.signal("NESSUNO"), play.instance.signal("MSG")) == (0, 0)
    assert (play.instance.dump(), play.instance.take_journal(), play.instance.take_thrown()) == (before, [], [])
    play.instance.cancel()
    assert play.instance.signal("NESSUNO") == 0


def test_a_start_event_that_is_not_there_starts_nothing() -> None:
    for name in ("fine", "a", "si", "niente"):
        with pytest.raises(errors.NotFound):
            Instance.start(DEFINITION, {}, Host(NOW), start_event=name)


def test_the_clock_does_not_go_back_and_has_a_zone() -> None:
    play = _play()
    for wrong in (NOW - timedelta(seconds=1), datetime(2026, 3, 3, 8, 0)):  # noqa: DTZ001 - that is what is wrong
        _is_refused(play, errors.InvalidValue, lambda wrong=wrong: play.instance.advance(wrong))
    with pytest.raises(errors.InvalidValue):
        Host(datetime(2026, 3, 3, 8, 0))  # noqa: DTZ001 - that is what is wrong
    assert play.instance.host.now == NOW
    assert play.instance.advance(NOW) == 0


def test_variables_are_those_of_what_is_there() -> None:
    play = _play()
    with pytest.raises(errors.NotFound):
        play.instance.variables(uuid4())
    seen = play.variables
    seen["case_code"] = "BBBB"
    assert play.variables == {"case_code": "AAAA"}, "what was given out is a copy"


def test_a_state_that_was_cut_off_is_refused() -> None:
    content = _play().instance.dump()
    for length in range(len(content)):
        with pytest.raises(state.DamagedState):
            _restored(content[:length])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"{}",
        b"[]",
        b"[1,2,3]",
        b"[false,[],[]]",
        b"[false,[[]],[],[]]",
        b'{"$u":"x"}',
        b"\xff\xfe",
        b"[" * 9,
    ],
)
def test_what_is_no_state_is_refused(content: bytes) -> None:
    with pytest.raises(state.DamagedState):
        _restored(content)


def test_the_state_of_another_process_is_refused() -> None:
    with pytest.raises(state.DamagedState):
        Instance.restore(OTHER, _play().instance.dump(), state.FORMAT, Host(NOW))
    assert issubclass(state.DamagedState, errors.Failure)


@settings(max_examples=300)
@given(data=st.data())
def test_a_state_in_which_bytes_were_changed_is_refused_or_read(data: st.DataObject) -> None:
    content = bytearray(_play().instance.dump())
    for _count in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] = data.draw(st.sampled_from(b'0123456789abcdef"[]{},:$x\xff'))
    try:
        _restored(bytes(content))
    except errors.Failure:
        return


def _restored(content: bytes) -> Instance:
    return Instance.restore(DEFINITION, content, state.FORMAT, Host(NOW))


def _is_refused(play: Play, error: type[errors.StaffettaError], do: Callable[[], object]) -> None:
    """It raises, and nothing has happened."""
    before = play.instance.dump()
    with pytest.raises(error):
        do()
    assert play.instance.dump() == before
    assert play.instance.take_journal() == []
