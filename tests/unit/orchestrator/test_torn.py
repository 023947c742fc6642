"""A torn transaction counts for nothing: neither what it wrote over, nor what it began."""

import random  # noqa: TID251 every draw comes from the seed
from collections.abc import MutableSequence
from dataclasses import replace
from typing import Any

import pytest

from duralog.connectors.broker import Abort, AbortableError, FatalError, OutRecord, TopicPartition
from duralog.connectors.visibility.index import Index
from duralog.schemas import commands as c
from duralog.schemas import requests as r
from duralog.schemas.changelog import (
    NO_SOURCE,
    POSITIONS_KEY,
    TX_HEADER,
    VOID_PREFIX,
    history_key,
    pack_mark,
    unpack_mark,
    void_key,
)
from duralog.schemas.codec import decode, encode
from duralog.schemas.events import WorkflowExecutionSignaled, WorkflowExecutionStarted
from duralog.schemas.identifiers import partition_of
from duralog.schemas.payloads import RetryPolicy
from duralog.schemas.topics import CHANGELOGS
from duralog.schemas.transitions import Void
from duralog.state.digest import digest
from duralog.state.memory import MemoryStore
from duralog.state.partition import PartitionState
from sim.bench import NAMES, PARTITIONS, Bench
from sim.log import Txn
from unit.orchestrator.test_loop import answer
from unit.orchestrator.test_recovery import (
    PARTITION,
    cause,
    changelog,
    die_at,
    settled,
    signal,
    start,
)

TOKEN = ("workflow_id", "run_id", "scheduled_event_id", "attempt", "dispatch_time_ms")
Changes = list[tuple[str, bytes, bytes | None]]  # Topic kind, key and value.


class RequestsFirst(random.Random):
    """Chance that never strikes, and of all inputs brings `requests` before `ingress`."""

    def random(self) -> float:
        return 0.999

    def shuffle(self, x: MutableSequence[Any]) -> None:
        x[:] = sorted(x, reverse=True)


def token(task: Any) -> dict[str, Any]:
    return {name: getattr(task, name) for name in TOKEN}


def busy() -> Bench:
    """A run with two held events, two updates, two activities and a Workflow Task that is out.

    Its activity 5 waits for a retry, its activity 6 is started.
    """
    bench = Bench()
    assert bench.ask(start()).code == "OK"
    options: dict[str, Any] = {
        "activity_type": "A",
        "start_to_close_timeout_ms": 60_000,
        "retry_policy": RetryPolicy(initial_interval_ms=60_000),
    }
    answer(bench, *(c.ScheduleActivityTask(activity_id=name, **options) for name in "ab"))
    failing, running = bench.records("activities", "q")
    bench.send(r.RecordActivityTaskStarted(**token(failing), claim=True, delivery_id="d"))
    bench.send(r.RecordActivityTaskStarted(**token(running), claim=True, delivery_id="d"))
    bench.send(r.RespondActivityTaskFailed(**token(failing), delivery_id="d"))
    assert bench.ask(signal("wakes")).code == "OK"
    task = bench.records("workflow-tasks", "q")[-1]
    bench.send(r.RecordWorkflowTaskStarted(**token(task), claim=True, delivery_id="d"))
    for name in ("1", "2"):
        assert bench.ask(signal(name)).code == "OK"
        bench.send(r.UpdateWorkflowExecution(workflow_id="w", update_id=name, update_name="u"))
    bench.run()
    return bench


def state(bench: Bench) -> PartitionState:
    """Our partition, as its Store has it."""
    image = bench.slot.disk.images[f"default/{PARTITION}"]
    return PartitionState(MemoryStore(dict(image)), "default", PARTITION)


def counters(bench: Bench) -> tuple[int, int, int]:
    """How many events are held, updates admitted, activities pending."""
    partition = state(bench)
    run = partition.run(partition.current_run_id("w") or "")
    assert run is not None
    return run.state.held_count, run.state.updates_admitted, run.state.activities_count


def signals(bench: Bench) -> list[str]:
    """The signals in our Store, in histories or held."""
    entries = bench.slot.disk.images[f"default/{PARTITION}"].items()
    events = [decode(value) for key, value in entries if key[:1] in (b"h", b"e")]
    return sorted(e.signal_name for e in events if isinstance(e, WorkflowExecutionSignaled))


def latest(bench: Bench, kind: str) -> dict[bytes, bytes]:
    """What a changelog says of each key now, without those that are deleted."""
    records = bench.broker.log(changelog(kind)).committed()
    values = {record.key or b"": record.value for record in records}
    return {key: value for key, value in values.items() if value is not None}


def tear(bench: Bench, *torn: Changes) -> None:
    """Kill the slot; of its last transaction these were committed, and one more was not written.

    Of several, each took the number of the one before it, and declared that void.
    """
    bench.crash()
    records = [x for kind in CHANGELOGS for x in bench.broker.log(changelog(kind)).committed()]
    marks = [unpack_mark(dict(record.headers or ())[TX_HEADER] or b"") for record in records]
    seq = max(mark.seq for mark in marks) + 1
    for incarnation, changes in enumerate(torn):
        txn = Txn("t.engine.0", 0, bench.broker.now_ms, state="committed")
        void = encode(Void(incarnation=incarnation - 1, seq=seq))
        written = [*changes, ("pending", void_key(incarnation - 1, seq), void)]
        if not incarnation:
            written.pop()
        count = len(written) + 1
        for index, (kind, key, value) in enumerate(written):
            mark = pack_mark(
                incarnation=incarnation, seq=seq, index=index, count=count, source=NO_SOURCE
            )
            bench.broker.append(OutRecord(*changelog(kind), key, value, [(TX_HEADER, mark)]), txn)


def lose(bench: Bench) -> None:
    """The changelogs are compacted, then the Store is lost with its slot."""
    for tp in map(changelog, CHANGELOGS):
        bench.broker.compact(tp, bench.broker.extent(tp).end)
    bench.crash()
    bench.slot.disk.images.clear()


WRITTEN_OVER = {
    "the Workflow Task": ("pending", b"/w"),
    "the state of an activity": ("pending", b"/a/6"),
    "the retry of an activity": ("retries", b"/5"),
    "the state of an activity that waits for its retry": ("pending", b"/a/5"),
    "an earlier held event": ("pending", b"/h/0"),
    "a later held event": ("pending", b"/h/1"),
    "an earlier update": ("pending", b"/u/0"),
    "a later update": ("pending", b"/u/1"),
}


@pytest.mark.parametrize("name", WRITTEN_OVER)
def test_what_a_torn_transaction_has_written_over_survives_a_compaction(name: str) -> None:
    bench = busy()
    expected = digest(state(bench))
    kind, end = WRITTEN_OVER[name]
    (key,) = (key for key in latest(bench, kind) if key.endswith(end))
    tear(bench, [(kind, key, None)])
    assert cause(bench) == ""
    assert digest(state(bench)) == expected
    lose(bench)
    assert cause(bench) == ""
    assert counters(bench) == (2, 2, 2)
    assert digest(state(bench)) == expected


@pytest.mark.parametrize("store", ["kept", "lost"])
def test_what_stalls_a_run_survives_a_torn_transaction_that_says_otherwise(store: str) -> None:
    bench = settled()
    bench.advance(400_000)
    (key,) = (key for key in latest(bench, "history") if key.endswith(b"/0"))
    told = latest(bench, "history")[key]
    expected = digest(state(bench))
    tear(bench, [("history", key, encode(replace(decode(told), cause="")))])
    assert cause(bench) == ""
    assert latest(bench, "history")[key] == told
    if store == "lost":
        lose(bench)
    assert cause(bench) == ""
    assert digest(state(bench)) == expected


def test_what_the_first_of_two_torn_transactions_has_written_over_survives_as_well() -> None:
    bench = busy()
    expected = digest(state(bench))
    (key,) = (key for key in latest(bench, "pending") if key.endswith(b"/w"))
    tear(bench, [("pending", key, None)], [])
    assert cause(bench) == ""
    lose(bench)
    assert cause(bench) == ""
    assert digest(state(bench)) == expected


def test_positions_that_a_torn_transaction_has_written_over_survive_a_compaction() -> None:
    bench = busy()
    bench.advance(61_000)
    expected = state(bench).positions
    positions = latest(bench, "pending")[POSITIONS_KEY]
    tear(bench, [("pending", POSITIONS_KEY, positions)])
    die_at(bench, "after-write")
    assert any(key.startswith(VOID_PREFIX) for key in latest(bench, "pending"))
    lose(bench)
    die_at(bench, "recovery-before-resume")
    assert state(bench).positions.items() >= expected.items()


def test_of_a_run_that_only_a_torn_transaction_started_the_list_knows_nothing() -> None:
    bench = settled()
    ghost = WorkflowExecutionStarted(
        workflow_id="ghost",
        run_id="ghost",
        event_id=1,
        event_time_ms=bench.broker.now_ms,
        workflow_type="T",
        task_queue="q",
    )
    tear(bench, [("history", history_key("ghost", 1), encode(ghost))])
    assert cause(bench) == ""
    assert history_key("ghost", 1) not in latest(bench, "history")
    records = bench.broker.log(changelog("history")).committed()
    assert history_key("ghost", 1) in [record.key for record in records]
    end = bench.broker.extent(changelog("history")).end
    with Index.open(None) as index:
        index.rebuild("t", {PARTITION: 0}, 0)
        index.apply("t", records, begin={PARTITION: 0}, end={PARTITION: end})
        assert [row.workflow_id for row in index.search(None, limit=9)] == ["w"]


def test_an_aborted_transaction_that_comes_to_light_does_nothing_twice_or_in_vain() -> None:
    """A broker died before it had marked the abort in `pending`; the next commit, of
    another input, marks it there.
    """
    bench = settled()
    bench.run()
    slot, broker = bench.slot, bench.broker
    producer, flush = slot._producer, slot._producer.flush
    slot.chance = RequestsFirst()

    def written_then_lost() -> None:
        flush()
        producer.flush = flush  # type: ignore[method-assign]
        raise AbortableError("the connection is gone")

    def abort_in_parts(_: object) -> None:
        producer._dirty = True
        left = frozenset({changelog("pending")})
        broker.end(broker.open[producer.id], commit=False, unmarked=left)
        bench.send(signal("b"))

    producer.flush = written_then_lost  # type: ignore[method-assign]
    slot._performers[Abort] = abort_in_parts
    bench.send(signal("a"), kind="ingress")
    bench.run()
    slot._performers[Abort] = lambda _: slot._producer.abort()
    assert bench.ask(signal("c")).code == "OK"
    assert "fatal exits" not in slot.counts.seen
    assert signals(bench) == ["a", "b", "c"]
    bench.crash()
    slot.disk.images.clear()
    assert cause(bench) == ""
    assert signals(bench) == ["a", "b", "c"]


def test_the_dead_letter_of_a_refused_record_survives_a_torn_transaction() -> None:
    bench = settled()
    bench.run()
    producer = bench.slot._producer
    flush = producer.flush

    def torn() -> None:
        """A delayed EndTxn commits as soon as the changelogs are written."""
        logs = [record for record in producer.staged if record.topic.split(".")[-1] in CHANGELOGS]
        if not logs:
            flush()
            return
        bench.broker.produce(producer.id, producer.epoch, logs)
        bench.broker.commit(producer.id, producer.epoch)
        raise FatalError("INVALID_TXN_STATE")

    producer.flush = torn  # type: ignore[method-assign]
    name = next(f"x{i}" for i in range(99) if partition_of(f"x{i}", PARTITIONS) == PARTITION)
    refused = r.SignalWorkflowExecution(workflow_id=name, signal_name="nobody is there")
    place = TopicPartition(NAMES.of("ingress"), PARTITION)
    bench.broker.append(OutRecord(*place, name.encode(), encode(refused)))
    bench.run()
    assert bench.slot.counts.seen["fatal exits"] == 1
    bench.advance(60_000)
    (letter,) = bench.records("dead-letters")
    assert letter.value == encode(refused)
