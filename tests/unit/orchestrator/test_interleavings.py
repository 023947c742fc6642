"""Stories of two things in the wrong order that no other test tells; see tests/interleavings.md."""

from typing import Any

import pytest

from duralog.connectors.broker import OutRecord, ReadMore, TopicPartition
from duralog.schemas import commands as c
from duralog.schemas import requests as r
from duralog.schemas.codec import decode, encode
from duralog.schemas.identifiers import partition_of
from duralog.state.memory import MemoryStore
from sim.bench import NAMES, PARTITIONS, Bench
from sim.log import Txn

PARTITION = partition_of("w", PARTITIONS)


def start(name: str = "w", **options: Any) -> r.StartWorkflowExecution:
    return r.StartWorkflowExecution(
        workflow_id=name, workflow_type="T", task_queue="q", request_id=f"{name}-1", **options
    )


def answer(bench: Bench, *commands: Any) -> None:
    """Answer the newest Workflow Task with these Commands."""
    task = bench.records("workflow-tasks", "q")[-1]
    names = ("workflow_id", "run_id", "scheduled_event_id", "attempt", "dispatch_time_ms")
    bench.send(
        r.RespondWorkflowTaskCompleted(
            **{name: getattr(task, name) for name in names},
            started_event_id=task.started_event_id,
            commands=[encode(command) for command in commands],
        )
    )
    bench.run()


def seen(bench: Bench, name: str) -> int:
    """How many events a run has, those that are held included."""
    reply = bench.ask(r.DescribeWorkflowExecution(workflow_id=name))
    assert reply.code == "OK", reply.text
    description = decode(reply.body[0])
    return int(description.history_length + description.held_events)


def test_a_callers_hung_transaction_holds_nobody_elses_requests() -> None:
    bench = Bench()
    bench.run()
    hung = Txn("a caller", 1, bench.broker.now_ms)
    key, topic = b"w", NAMES.of("ingress")
    bench.broker.append(OutRecord(topic, PARTITION, key, encode(start())), hung)
    bench.broker.append(OutRecord(topic, PARTITION, key, encode(start())))
    bench.run()
    assert bench.records("history") == []
    assert bench.ask(start("v")).code == "OK"
    answer(bench, c.CompleteWorkflowExecution())
    assert type(bench.records("history")[-1]).__name__ == "WorkflowExecutionCompleted"
    hung.state = "aborted"
    bench.advance(2_000)
    started = [e for e in bench.records("history") if type(e).__name__.endswith("ExecutionStarted")]
    assert {event.workflow_id for event in started} == {"v", "w"}


def test_a_transfer_that_a_torn_transaction_lost_is_sent_again() -> None:
    bench = Bench()
    bench.ask(start())
    child = c.StartChildWorkflowExecution(workflow_id="child", workflow_type="T", task_queue="q")
    answer(bench, child)
    transfers = TopicPartition(NAMES.of("transfers"), partition_of("child", PARTITIONS))
    started = [e for e in bench.records("history") if getattr(e, "workflow_id", "") == "child"]
    assert started, "the child starts when nothing is lost"

    lost = Bench()
    lost.ask(start())
    append = lost.broker.append

    def without_transfers(out: OutRecord, txn: Txn | None = None) -> int:
        """As of a transaction that was committed before these were written."""
        return 0 if out.topic == transfers.topic else append(out, txn)

    lost.broker.append = without_transfers  # type: ignore[method-assign]
    answer(lost, child)
    lost.broker.append = append  # type: ignore[method-assign]
    lost.crash()
    assert not [e for e in lost.records("history") if getattr(e, "workflow_id", "") == "child"]
    lost.advance(70_000)
    assert [e for e in lost.records("history") if getattr(e, "workflow_id", "") == "child"]


def test_a_compaction_during_a_restore_is_no_corruption() -> None:
    """Events 1 to n are read, then the cleaner takes older states of what follows."""
    bench = Bench()
    for name in ("w", "v", "u"):
        bench.ask(start(name))
        for number in range(5):
            signal = r.SignalWorkflowExecution(workflow_id=name, signal_name=f"s{number}")
            bench.ask(signal)
    before = {name: seen(bench, name) for name in ("w", "v", "u")}
    assert before["w"] > 5
    bench.crash()
    bench.slot.disk.images.clear()
    read, cleaned = bench.slot._performers[ReadMore], 0

    def and_clean(effect: ReadMore) -> object:
        nonlocal cleaned
        result = read(effect)
        for kind in ("history", "pending", "retries", "timers"):
            for partition in range(PARTITIONS):
                tp = TopicPartition(NAMES.of(kind), partition)
                cleaned += bench.broker.compact(tp, bench.broker.extent(tp).end)
        return result

    bench.slot._performers[ReadMore] = and_clean
    assert {name: seen(bench, name) for name in before} == before
    assert cleaned


def test_a_signal_behind_more_starts_than_a_queue_takes_reaches_its_run() -> None:
    bench = Bench()
    bench.ask(start())
    others = [f"o{i}" for i in range(1_000) if partition_of(f"o{i}", PARTITIONS) == PARTITION]
    for name in others:
        bench.send(start(name), kind="ingress", partition=PARTITION)
    signal = r.SignalWorkflowExecution(workflow_id="w", signal_name="s")
    bench.send(signal, kind="ingress", partition=PARTITION)
    bench.run()
    window = len(bench.records("workflow-tasks", "q"))
    assert window < len(others), "most of them wait for a place"
    assert seen(bench, "w") == 3


def work_of_timeouts(count: int, monkeypatch: pytest.MonkeyPatch) -> float:
    """How many entries of the Store are looked at for each of `count` activities that time out."""
    bench, looked = Bench(), 0
    bench.ask(start())
    commands = [
        c.ScheduleActivityTask(
            activity_id=str(number),
            activity_type="A",
            task_queue="q",
            schedule_to_close_timeout_ms=60_000 + 500 * number,
        )
        for number in range(count)
    ]
    answer(bench, *commands)
    get, scan = MemoryStore.get, MemoryStore.scan

    def counted_get(store: MemoryStore, key: bytes) -> bytes | None:
        nonlocal looked
        looked += 1
        return get(store, key)

    def counted_scan(store: MemoryStore, first: bytes, end: bytes) -> Any:
        nonlocal looked
        for entry in scan(store, first, end):
            looked += 1
            yield entry

    monkeypatch.setattr(MemoryStore, "get", counted_get)
    monkeypatch.setattr(MemoryStore, "scan", counted_scan)
    bench.advance(65_000 + 500 * count)
    monkeypatch.undo()
    described = bench.ask(r.DescribeWorkflowExecution(workflow_id="w"))
    assert decode(described.body[0]).activities_count == 0
    return looked / count


def test_a_timeout_costs_the_same_beside_many_pending_activities(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    few, many = work_of_timeouts(15, monkeypatch), work_of_timeouts(150, monkeypatch)
    assert many < 2 * few
