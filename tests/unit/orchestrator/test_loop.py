"""What the loop does with single inputs and errors; the simulator has the combinations."""

from typing import Any

import pytest

from duralog.connectors.broker import (
    UNREADABLE,
    FatalError,
    Flush,
    OutRecord,
    RecordError,
    TopicPartition,
)
from duralog.orchestrator import handlers, queue_topics
from duralog.orchestrator.marker import Marked
from duralog.schemas import commands as c
from duralog.schemas import requests as r
from duralog.schemas.codec import decode, encode
from duralog.schemas.identifiers import partition_of
from duralog.schemas.payloads import RetryPolicy
from duralog.schemas.replies import Description
from duralog.schemas.topics import HOUR_MS
from sim.bench import NAMES, Bench


def start(name: str = "w", **options: Any) -> r.StartWorkflowExecution:
    return r.StartWorkflowExecution(
        workflow_id=name, workflow_type="T", task_queue="q", request_id=f"{name}-1", **options
    )


def described(bench: Bench, name: str) -> Description:
    reply = bench.ask(r.DescribeWorkflowExecution(workflow_id=name))
    assert reply.code == "OK", reply.text
    found = decode(reply.body[0])
    assert isinstance(found, Description)
    return found


def input_of(name: str) -> TopicPartition:
    return TopicPartition(NAMES.of("requests"), partition_of(name, 2))


def answer(bench: Bench, *commands: Any) -> None:
    """Answer the newest Workflow Task with these Commands."""
    task = bench.records("workflow-tasks", "q")[-1]
    bench.send(
        r.RespondWorkflowTaskCompleted(
            workflow_id=task.workflow_id,
            run_id=task.run_id,
            scheduled_event_id=task.scheduled_event_id,
            attempt=task.attempt,
            dispatch_time_ms=task.dispatch_time_ms,
            started_event_id=task.started_event_id,
            commands=[encode(command) for command in commands],
        )
    )
    bench.run()


def test_a_task_waits_until_its_topic_is_there() -> None:
    bench = Bench()
    assert bench.ask(start()).code == "OK"
    (task,) = bench.records("workflow-tasks", "q")
    states = [s for s in bench.records("pending") if type(s).__name__ == "WorkflowTaskState"]
    assert [bool(s.stalled) for s in states] == [True, False]
    assert task.workflow_id == "w"


def test_every_transaction_names_its_owner_and_seq_at_the_anchor() -> None:
    bench = Bench()
    bench.ask(start())
    _, metadata = bench.broker.offsets[input_of("w")]
    assert '"transactional.id":"t.engine.0"' in metadata
    before = bench.broker.offsets[input_of("w")]
    answer(bench, c.StartTimer(timer_id="t", start_to_fire_timeout_ms=500))
    bench.advance(600)
    after = bench.broker.offsets[input_of("w")]
    assert "TimerFired" in [type(e).__name__ for e in bench.records("history")]
    assert after != before


def test_undecodable_input_is_put_aside_and_the_rest_goes_on() -> None:
    bench = Bench()
    bench.run()
    bench.broker.append(OutRecord(NAMES.of("requests"), 0, b"k", b"garbage"))
    assert bench.ask(start()).code == "OK"
    (letter,) = bench.records("dead-letters")
    assert (letter.code, letter.value, letter.key) == ("UNDECODABLE", b"garbage", b"k")


def test_a_record_whose_headers_cannot_be_read_is_put_aside() -> None:
    bench = Bench()
    bench.run()
    headers: Any = [UNREADABLE]
    bench.broker.append(OutRecord(NAMES.of("ingress"), 0, b"w", encode(start()), headers))
    assert bench.ask(start("v")).code == "OK"
    (letter,) = bench.records("dead-letters")
    assert (letter.code, letter.value) == ("UNDECODABLE", encode(start()))
    assert "header" in letter.cause


def test_a_bug_in_a_handler_sets_one_run_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    for name in ("w", "v"):
        bench.ask(start(name))
    signal = handlers.REQUESTS[r.SignalWorkflowExecution]

    def planted(partition: Any, request: Any, context: Any) -> None:
        signal(partition, request, context)
        if request.workflow_id == "w":
            raise ZeroDivisionError("planted")

    monkeypatch.setitem(handlers.REQUESTS, r.SignalWorkflowExecution, planted)
    for name in ("w", "v"):
        bench.send(r.SignalWorkflowExecution(workflow_id=name, signal_name="s"))
    bench.run()
    assert "planted" in described(bench, "w").stalled
    assert described(bench, "w").held_events == 0
    assert (described(bench, "v").stalled, described(bench, "v").held_events) == ("", 1)
    monkeypatch.undo()
    bench.ask(r.ResumeWorkflowExecution(workflow_id="w"))
    assert described(bench, "w").held_events == 1


def test_an_aborted_batch_is_done_again_once(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    bench.run()
    bench.slot.faults.abort = 1.0
    bench.send(start())
    for _ in range(60):
        bench.broker.now_ms = max(bench.broker.now_ms, bench.slot.wake_ms)
        bench.slot.step()
    assert bench.records("history") == []
    bench.slot.faults.abort = 0.0
    assert bench.ask(start()).code == "OK"
    assert [e.event_id for e in bench.records("history")] == [1, 2]


def test_a_record_that_is_always_refused_sets_its_run_aside() -> None:
    bench = Bench()
    bench.ask(start())
    bench.ask(start("v"))
    flush = bench.slot._producer.flush

    def refuse(_: Flush) -> None:
        staged = bench.slot._producer.staged
        held = [out.value or b"" for out in staged if b"/h/" in (out.key or b"")]
        if any(b"s-poison" in value for value in held):
            raise RecordError("not authorised", topic=NAMES.of("pending"))
        flush()

    bench.slot._performers[Flush] = refuse
    bench.send(r.SignalWorkflowExecution(workflow_id="w", signal_name="s-poison"))
    bench.send(r.SignalWorkflowExecution(workflow_id="v", signal_name="fine"))
    bench.run()
    assert described(bench, "v").held_events == 1
    assert "not authorised" in described(bench, "w").stalled


def test_a_start_that_is_always_refused_is_put_aside() -> None:
    bench = Bench()
    bench.run()
    flush = bench.slot._producer.flush

    def refuse(_: Flush) -> None:
        if any(out.topic == NAMES.of("history") for out in bench.slot._producer.staged):
            raise RecordError("not authorised", topic=NAMES.of("history"))
        flush()

    bench.slot._performers[Flush] = refuse
    bench.send(start())
    bench.run()
    assert [letter.code for letter in bench.records("dead-letters")] == ["REFUSED"]


def refuse(bench: Bench, topic: str, part: str) -> None:
    """The brokers take no record with this in it: the topic's limit was lowered, say."""

    def refused(_: Flush) -> None:
        producer = bench.slot._producer
        staged = [out for out in producer.staged if out.topic == topic]
        if any(part.encode() in (out.key or b"") + (out.value or b"") for out in staged):
            raise RecordError("too large", topic=topic)
        producer.flush()

    bench.slot._performers[Flush] = refused


def test_a_task_that_is_always_refused_sets_its_run_aside_and_not_its_queue() -> None:
    bench = Bench()
    run_id = bench.ask(start()).run_id
    answer(bench)
    refuse(bench, NAMES.of("workflow-tasks", "q"), run_id)
    bench.send(r.SignalWorkflowExecution(workflow_id="w", signal_name="s"))
    bench.send(start("v"))
    bench.run()
    assert "too large" in described(bench, "w").stalled
    assert "v" in [task.workflow_id for task in bench.records("workflow-tasks", "q")]


def test_a_due_entry_that_is_always_refused_sets_its_run_aside() -> None:
    bench = Bench()
    other = next(name for name in "abcd" if partition_of(name, 2) != partition_of("w", 2))
    run_ids: list[str] = []
    for name in ("w", other):
        run_ids.append(bench.ask(start(name)).run_id)
        answer(bench, c.StartTimer(timer_id="t", start_to_fire_timeout_ms=60_000))
    refuse(bench, NAMES.of("history"), f"{run_ids[0]}/6")  # The timer's end.
    bench.broker.now_ms += 65_000  # Both are due at once.
    bench.slot.wake_ms = bench.broker.now_ms
    bench.advance(5_000)
    fired = [e.run_id for e in bench.records("history") if type(e).__name__ == "TimerFired"]
    assert fired == run_ids[1:]
    assert "too large" in described(bench, "w").stalled


@pytest.mark.parametrize("alone", [False, True])
def test_an_input_in_which_the_process_died(alone: bool) -> None:
    bench = Bench()
    bench.ask(start())
    bench.crash()
    offset = len(bench.broker.log(input_of("w")).entries)
    bench.slot.marker.marked = Marked(input_of("w"), offset, alone)
    bench.send(r.SignalWorkflowExecution(workflow_id="w", signal_name="s"))
    bench.run()
    letters = [letter.code for letter in bench.records("dead-letters")]
    assert letters == (["POISON"] if alone else [])
    assert described(bench, "w").held_events == (0 if alone else 1)
    assert bench.slot.marker.marked is None


def test_an_answer_in_the_log_wins_over_a_timeout_that_came_later() -> None:
    bench = Bench()
    bench.ask(start())
    answer(
        bench,
        c.ScheduleActivityTask(
            activity_id="a",
            activity_type="A",
            task_queue="q",
            start_to_close_timeout_ms=1_000,
            retry_policy=RetryPolicy(maximum_attempts=1),
        ),
    )
    task = bench.records("activities", "q")[-1]
    token: dict[str, Any] = {
        "workflow_id": "w",
        "run_id": task.run_id,
        "scheduled_event_id": task.scheduled_event_id,
        "attempt": 1,
        "dispatch_time_ms": task.dispatch_time_ms,
    }
    claim = r.RecordActivityTaskStarted(**token, claim=True, delivery_id="d")
    assert bench.ask(claim).code == "OK"
    bench.broker.now_ms += 900
    bench.crash()
    bench.send(r.RespondActivityTaskCompleted(**token, delivery_id="d"))
    bench.broker.now_ms += 30_000
    bench.slot.wake_ms = bench.broker.now_ms
    bench.advance(1_000)
    names = [type(e).__name__ for e in bench.records("history")]
    assert "ActivityTaskCompleted" in names
    assert "ActivityTaskTimedOut" not in names


def test_a_clock_behind_the_brokers_stops_the_slot() -> None:
    bench = Bench(clock_skew_ms_max=2_000)
    bench.run()
    bench.broker.now_ms += 10_000
    bench.send(start())
    bench.broker.now_ms -= 10_000
    bench.run()  # Its restarts take until the clocks are near enough.
    assert bench.slot.counts.seen["fatal exits"] >= 1


def run_ahead(bench: Bench, ms: int) -> None:
    """From now on the slot's clock is that far ahead of the broker's."""
    append = bench.broker.append

    def late(out: OutRecord, txn: Any = None) -> int:
        bench.broker.now_ms -= ms
        try:
            return append(out, txn)
        finally:
            bench.broker.now_ms += ms

    bench.broker.append = late  # type: ignore[method-assign]
    bench.broker.now_ms += ms


def test_a_slot_whose_clock_is_ahead_writes_no_time_of_its_own() -> None:
    bench = Bench()
    bench.send(start())
    bench.run()
    answer(bench, c.StartTimer(timer_id="t", start_to_fire_timeout_ms=HOUR_MS))
    bench.crash()
    bench.send(start("other"))
    bench.send(start("another"))
    run_ahead(bench, 2 * HOUR_MS)
    with pytest.raises(AssertionError, match="come to rest"):
        bench.run(steps=300)
    assert bench.slot.counts.seen["fatal exits"] >= 1
    events = bench.records("history")
    assert "TimerFired" not in [type(event).__name__ for event in events]
    assert {event.workflow_id for event in events} == {"w", "other", "another"}
    assert max(event.event_time_ms for event in events) <= bench.broker.now_ms - 2 * HOUR_MS


@pytest.mark.parametrize("hours", [2, -2])
def test_a_clock_that_is_set_while_the_slot_serves_fires_nothing(hours: int) -> None:
    bench = Bench()
    bench.send(start())
    bench.run()
    answer(bench, c.StartTimer(timer_id="t", start_to_fire_timeout_ms=HOUR_MS))
    bench.run()
    bench.slot.skew_ms = hours * HOUR_MS
    bench.send(start("other"))
    with pytest.raises(AssertionError, match="come to rest"):
        bench.run(steps=300)
    assert bench.slot.counts.seen["fatal exits"] >= 1
    events = bench.records("history")
    assert "TimerFired" not in [type(event).__name__ for event in events]
    assert max(event.event_time_ms for event in events) <= bench.broker.now_ms
    bench.slot.skew_ms = 0
    bench.run()
    assert described(bench, "other").status == "RUNNING"


def test_a_clock_ahead_of_the_brokers_stops_the_slot() -> None:
    bench = Bench()
    run_ahead(bench, 10_000)
    with pytest.raises(AssertionError, match="come to rest"):
        bench.run(steps=300)
    assert bench.slot.counts.seen["fatal exits"] >= 1


def test_strangers_keys_are_forwarded_and_started_once() -> None:
    bench = Bench()
    bench.run()
    owner = partition_of("w", 2)
    bench.send(start(), kind="ingress", partition=1 - owner)
    bench.run()
    assert described(bench, "w").status == "RUNNING"
    assert len(bench.records("transfers")) == 1
    assert (
        sum(type(e).__name__ == "WorkflowExecutionStarted" for e in bench.records("history")) == 1
    )


def test_fatal_errors_leave_the_loop() -> None:
    bench = Bench()
    bench.run()
    bench.broker.initialise("t.engine.0")  # Another process of this slot.
    bench.send(start())
    with pytest.raises(FatalError, match="fenced"):
        bench.slot._loop.throw(FatalError("fenced"))


def test_task_queue_topics_are_bounded_whatever_names_are_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(queue_topics, "TASK_QUEUE_TOPICS_MAX", 3)
    bench = Bench()
    for number in range(6):
        start_of_queue = start(f"w{number}")
        start_of_queue.task_queue = f"q{number}"
        assert bench.ask(start_of_queue).code == "OK"
    topics = {tp.topic for tp in bench.broker.logs if ".workflow-tasks." in tp.topic}
    assert len(topics) == 3
