"""The checker of the evidence finds what was planted, by the number of the invariant, and no more.

The innocent evidence is of one workflow: an activity with a retry, a timer, a signal, two updates.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from duralog.schemas import events as e
from duralog.schemas.payloads import Payload, RetryPolicy
from evidence.checker import INVARIANTS, check
from evidence.effects import attempts_ran_once
from evidence.model import BEGIN, DONE, FAILED, Call, Effect, Evidence, Fault, Report, Same, Usage
from evidence.model import Write as Record
from evidence.payloads import digest_of, digest_of_value

RUN, WORKFLOW = "run", "order-1"
NAMES: dict[str, Any] = {"workflow_id": WORKFLOW, "run_id": RUN}


def said(text: str) -> list[Payload]:
    return [Payload(metadata={"encoding": b"json/plain"}, data=f'"{text}"'.encode())]


def history() -> list[Any]:
    """Twelve events, 100 ms apart, but for the activity's start."""
    return [*beginning(), *rest()]


def beginning() -> list[Any]:
    """Up to the Commands of the first Workflow Task."""
    policy = RetryPolicy(maximum_attempts=2)
    return [
        e.WorkflowExecutionStarted(
            workflow_type="Order", task_queue="q", event_id=1, event_time_ms=100, **NAMES
        ),
        e.WorkflowTaskScheduled(task_queue="q", event_id=2, event_time_ms=200, **NAMES),
        e.WorkflowTaskStarted(scheduled_event_id=2, event_id=3, event_time_ms=300, **NAMES),
        e.WorkflowTaskCompleted(
            scheduled_event_id=2, started_event_id=3, event_id=4, event_time_ms=400, **NAMES
        ),
        e.ActivityTaskScheduled(
            activity_id="a1",
            activity_type="charge",
            task_queue="q",
            retry_policy=policy,
            event_id=5,
            event_time_ms=500,
            workflow_task_completed_event_id=4,
            **NAMES,
        ),
        e.TimerStarted(
            timer_id="t1",
            start_to_fire_timeout_ms=150,
            event_id=6,
            event_time_ms=600,
            workflow_task_completed_event_id=4,
            **NAMES,
        ),
    ]


def rest() -> list[Any]:
    """What came of them."""
    return [
        e.WorkflowExecutionSignaled(
            signal_name="add", input=said("s1"), event_id=7, event_time_ms=700, **NAMES
        ),
        e.WorkflowExecutionSignaled(
            signal_name="add", input=said("s2"), event_id=8, event_time_ms=800, **NAMES
        ),
        e.TimerFired(timer_id="t1", started_event_id=6, event_id=9, event_time_ms=900, **NAMES),
        e.ActivityTaskStarted(
            scheduled_event_id=5, attempt=2, event_id=10, event_time_ms=850, **NAMES
        ),
        e.ActivityTaskCompleted(
            result=said("paid"),
            scheduled_event_id=5,
            started_event_id=10,
            event_id=11,
            event_time_ms=1_000,
            **NAMES,
        ),
        e.WorkflowExecutionCompleted(
            result=said("done"),
            workflow_task_completed_event_id=4,
            event_id=12,
            event_time_ms=1_100,
            **NAMES,
        ),
    ]


def effect(what: str, attempt: int, time_ms: int, *, execution: str = "", pid: int = 1) -> Effect:
    return Effect(
        what=what,
        execution=execution or f"x{attempt}",
        workflow_id=WORKFLOW,
        run_id=RUN,
        activity_id="a1",
        attempt=attempt,
        pid=pid,
        time_ms=time_ms,
        digest=digest_of_value("paid") if what == DONE else "",
    )


def call(kind: str, begin_ms: int, argument: str = "", answer: str = "", **more: Any) -> Call:
    values: dict[str, Any] = {"outcome": "ok", "end_ms": begin_ms + 50, **more}
    return Call(
        kind=kind,
        workflow_id=WORKFLOW,
        begin_ms=begin_ms,
        argument=argument,
        answer=answer,
        **values,
    )


def record(seq: int, index: int, count: int, offset: int, **more: Any) -> Record:
    values: dict[str, Any] = {"incarnation": 1, "topic": "history", "source": (1, 0, seq), **more}
    return Record(partition=0, seq=seq, index=index, count=count, offset=offset, **values)


def writes() -> list[Record]:
    """Three transactions, the second of them torn first."""
    return [
        record(1, 0, 2, 0),
        record(1, 1, 2, 1),
        record(2, 0, 2, 2, incarnation=7),  # Torn, and redone by the next owner.
        record(2, 0, 2, 3),
        record(2, 1, 2, 4, topic="pending", void=(7, 2), source=None),
        record(3, 0, 1, 5, source=None),
        record(0, 0, 1, 6, incarnation=0, source=None),  # They end what was in doubt.
        record(0, 0, 1, 7, incarnation=0, source=None),
    ]


def innocent() -> Evidence:
    """Nothing is wrong with this."""
    return Evidence(
        histories={RUN: history()},
        written={(RUN, event.event_id): event.event_time_ms + 20 for event in history()},
        effects=[
            effect(BEGIN, 1, 510),
            effect(FAILED, 1, 520),
            effect(BEGIN, 2, 860),
            effect(DONE, 2, 870),
        ],
        calls=[
            call("start", 50, run_id=RUN),
            call("signal", 650, "s1", sender="c", number=1),
            call("signal", 750, "s2", sender="c", number=2),
            call("update", 300, "set x", ""),
            call("update", 400, "cas x y", "true"),
            call("result", 1_100, answer="WorkflowExecutionCompleted"),
        ],
        writes=writes(),
        reports=[
            Report(
                run_id=RUN,
                scheduled_event_id=5,
                attempt=2,
                time_ms=990,
                digest=digest_of_value("paid"),
            )
        ],
        same=[Same(what="partition 0", expected="a", found="a")],
        usage=[Usage(process="engine", what="RSS in MB", most=100, limit=500)],
        planted=["poison"],
        letters=["poison"],
        quiet_ms=60_000,
    )


def test_nothing_is_found_where_nothing_is_wrong() -> None:
    assert check(innocent()) == []


def drop_event(known: Evidence) -> None:
    del known.histories[RUN][6]


def lose_run(known: Evidence) -> None:
    known.histories.clear()
    known.effects.clear()
    known.calls = known.calls[:1]


def start_again(known: Evidence) -> None:
    events = [replace(event, run_id="other") for event in history()]
    known.histories["other"] = events
    known.effects += [replace(one, run_id="other") for one in known.effects]


def tell_another_end(known: Evidence) -> None:
    known.calls[-1] = replace(known.calls[-1], answer="WorkflowExecutionFailed")


def go_on_after_the_close(known: Evidence) -> None:
    last = known.histories[RUN][-1]
    known.histories[RUN].append(replace(last, event_id=13))


def turn_time_back(known: Evidence) -> None:
    known.histories[RUN][7].event_time_ms = 650


def write_of_the_future(known: Evidence) -> None:
    known.written[RUN, 9] -= 5_000


def record_what_was_never_done(known: Evidence) -> None:
    known.effects = known.effects[:-1]


def record_another_result(known: Evidence) -> None:
    known.histories[RUN][10].result = said("free")


def lose_an_answer(known: Evidence) -> None:
    known.histories[RUN] = known.histories[RUN][:9]
    known.calls = known.calls[:-1]
    known.quiet_ms = 0


def time_out_what_was_answered(known: Evidence) -> None:
    events = known.histories[RUN]
    events[10] = e.ActivityTaskTimedOut(
        scheduled_event_id=5, started_event_id=10, event_id=11, event_time_ms=9_000, **NAMES
    )
    events[11].event_time_ms = 9_000


def run_an_attempt_twice(known: Evidence) -> None:
    known.effects.append(effect(BEGIN, 2, 880, execution="again", pid=2))


def try_too_often(known: Evidence) -> None:
    known.effects.append(effect(FAILED, 2, 875))
    known.effects.append(effect(BEGIN, 3, 880))


def complete_twice(known: Evidence) -> None:
    events = known.histories[RUN]
    events.insert(11, replace(events[10], event_id=12))
    events[12].event_id = 13


def fire_early(known: Evidence) -> None:
    known.histories[RUN][5].start_to_fire_timeout_ms = 301


def lose_a_signal(known: Evidence) -> None:
    known.histories[RUN][6].input = said("other")


def double_a_signal(known: Evidence) -> None:
    known.histories[RUN][7].input = said("s1")
    known.calls = [one for one in known.calls if one.argument != "s2"]


def swap_signals(known: Evidence) -> None:
    first, second = known.histories[RUN][6:8]
    first.input, second.input = second.input, first.input


def answer_two_writers_alike(known: Evidence) -> None:
    known.calls.append(call("update", 500, "cas x z", "true"))


def lose_a_transaction(known: Evidence) -> None:
    known.writes = [one for one in known.writes if one.seq != 1]


def tear_a_transaction(known: Evidence) -> None:
    known.writes = known.writes[1:]


def lose_the_void(known: Evidence) -> None:
    known.writes[4] = replace(known.writes[4], void=None)


def apply_an_input_twice(known: Evidence) -> None:
    known.writes[5] = replace(known.writes[5], source=(1, 0, 1))


def let_a_disk_differ(known: Evidence) -> None:
    known.same[0] = replace(known.same[0], found="b")


def leave_a_run_open(known: Evidence) -> None:
    known.histories[RUN] = known.histories[RUN][:-1]
    known.calls = known.calls[:-1]


def lose_a_letter(known: Evidence) -> None:
    known.letters.clear()


def letter_a_good_record(known: Evidence) -> None:
    known.letters.append("a good one")


def grow(known: Evidence) -> None:
    known.usage[0] = replace(known.usage[0], most=501)


def log_an_error(known: Evidence) -> None:
    known.errors.append("AssertionError: something")


PLANTED: list[tuple[str, Callable[[Evidence], None]]] = [
    ("I1", lose_run),
    ("I1", start_again),
    ("I1", tell_another_end),
    ("I2", go_on_after_the_close),
    ("I3", drop_event),
    ("I3", turn_time_back),
    ("I3", write_of_the_future),
    ("I4", record_what_was_never_done),
    ("I4", record_another_result),
    ("I5", lose_an_answer),
    ("I5", time_out_what_was_answered),
    ("I6", run_an_attempt_twice),
    ("I6", try_too_often),
    ("I6", complete_twice),
    ("I7", fire_early),
    ("I8", lose_a_signal),
    ("I8", double_a_signal),
    ("I8", swap_signals),
    ("I8", answer_two_writers_alike),
    ("I9", lose_a_transaction),
    ("I9", tear_a_transaction),
    ("I9", lose_the_void),
    ("I10", apply_an_input_twice),
    ("I11", let_a_disk_differ),
    ("I12", leave_a_run_open),
    ("I13", lose_a_letter),
    ("I13", letter_a_good_record),
    ("I14", grow),
    ("I14", log_an_error),
]


@pytest.mark.parametrize(("name", "plant"), PLANTED, ids=[plant.__name__ for _, plant in PLANTED])
def test_what_was_planted_is_found(name: str, plant: Callable[[Evidence], None]) -> None:
    known = innocent()
    plant(known)
    assert name in {violation.invariant for violation in check(known)}


def test_something_is_planted_for_each_invariant() -> None:
    assert {name for name, _ in PLANTED} == set(INVARIANTS)


@pytest.mark.parametrize(
    ("fault", "is_explained"),
    [
        (Fault(kind="kill", target="worker", begin_ms=870, end_ms=870, pid=1), True),
        (Fault(kind="kill", target="worker", begin_ms=870, end_ms=870, pid=9), False),
        (Fault(kind="kill", target="engine", begin_ms=870, end_ms=871), True),
        (Fault(kind="kill", target="engine", begin_ms=9_000, end_ms=9_001), False),
    ],
)
def test_a_repeat_is_explained_by_what_hit_it(fault: Fault, is_explained: bool) -> None:
    known = innocent()
    run_an_attempt_twice(known)
    found, repeats = attempts_ran_once(known.histories, known.effects, [fault])
    assert repeats == 1
    assert (found == []) == is_explained


def test_a_call_without_an_answer_may_or_may_not_have_taken_effect() -> None:
    known = innocent()
    known.calls.append(call("update", 350, "set z", outcome="unknown"))
    known.calls.append(call("update", 9_000, "get", "z"))
    assert check(known) == []
    known.calls[-1] = call("update", 9_000, "get", "y")
    assert check(known) == []
    known.calls[-1] = call("update", 9_000, "get", "x")
    assert [violation.invariant for violation in check(known)] == ["I8"]


def test_what_a_fenced_producer_committed_late_does_not_count() -> None:
    known = innocent()
    known.writes.append(record(2, 0, 1, 8, incarnation=9))
    assert check(known) == []


def test_a_value_and_its_payload_have_one_digest() -> None:
    assert digest_of(said("paid")) == digest_of_value("paid")
