"""Of what a torn transaction has written over, the entries that still stand are written again."""

from collections.abc import Callable
from typing import Any

import pytest

from duralog.connectors.broker import TopicPartition
from duralog.orchestrator.batch import Work
from duralog.orchestrator.outbox import Change, Outbox
from duralog.orchestrator.partitions import open_unit
from duralog.orchestrator.renewal import renewed
from duralog.orchestrator.settings import LoopSettings
from duralog.schemas import changelog as log
from duralog.schemas import events
from duralog.schemas import transitions as t
from duralog.schemas.codec import encode
from duralog.schemas.payloads import Failure, Payload
from duralog.schemas.states import RunState
from duralog.schemas.topics import TopicNames
from duralog.state.appliers import workflow_task
from duralog.state.digest import digest
from duralog.state.execution import Execution
from duralog.state.folding import fold
from duralog.state.memory import MemoryDisk, MemoryStore
from duralog.state.partition import PartitionState

RUN = "0f"
HEAD: dict[str, Any] = {"workflow_id": "w", "run_id": RUN}
DETAILS = [Payload(metadata={"encoding": b"json/plain"}, data=b"1")]


def event(kind: Callable[..., object], event_id: int, **more: Any) -> bytes:
    return encode(kind(**HEAD, event_id=event_id, event_time_ms=event_id, **more))


def signaled(index: int) -> bytes:
    return event(events.WorkflowExecutionSignaled, 0, signal_name=f"s{index}")


def parked(index: int) -> bytes:
    return encode(t.ParkedRequest(**HEAD, index=index, request=b"abc", received_time_ms=8))


def admitted(index: int) -> bytes:
    update = t.AdmittedUpdate(
        **HEAD, index=index, update_id=f"u{index}", update_name="u", input=DETAILS
    )
    return encode(update)


TASK = t.WorkflowTaskState(
    **HEAD,
    scheduled_event_id=2,
    attempt=1,
    scheduled_time_ms=2,
    dispatch_time_ms=3,
    copy=1,
    cold=True,
    started_time_ms=4,
    started_event_id=3,
    delivery_id="d",
    identity="i",
)
STATE = t.ActivityState(
    **HEAD,
    scheduled_event_id=3,
    attempt=2,
    dispatch_time_ms=6,
    copy=1,
    started_time_ms=7,
    delivery_id="d",
    identity="i",
    last_heartbeat_time_ms=8,
    heartbeat_details=DETAILS,
)
RETRY = t.ActivityRetry(
    **HEAD,
    activity_id="a",
    activity_type="A",
    task_queue="q",
    scheduled_event_id=4,
    attempt=3,
    due_time_ms=99,
    last_failure=Failure(message="m", type="E"),
    heartbeat_details=DETAILS,
    identity="i",
)
QUARANTINE = t.Quarantine(**HEAD, cause="a bug", since_time_ms=9)
TRANSFER = t.PendingTransfer(
    **HEAD, transfer_id=4, kind="signal", event_id=2, target_workflow_id="v", sent_time_ms=8, copy=1
)
ENTRIES: dict[tuple[str, bytes], bytes] = {
    ("pending", log.workflow_task_key(RUN)): encode(TASK),
    ("pending", log.activity_key(RUN, 3)): encode(STATE),
    ("retries", log.retry_key(RUN, 4)): encode(RETRY),
    ("pending", log.quarantine_key(RUN)): encode(QUARANTINE),
    ("pending", log.transfer_key(RUN, 4)): encode(TRANSFER),
    ("pending", log.held_event_key(RUN, 0)): signaled(0),
    ("pending", log.held_event_key(RUN, 1)): signaled(1),
    ("pending", log.parked_key(RUN, 0)): parked(0),
    ("pending", log.parked_key(RUN, 1)): parked(1),
    ("pending", log.admitted_update_key(RUN, 0)): admitted(0),
    ("pending", log.admitted_update_key(RUN, 1)): admitted(1),
    ("pending", log.LEVEL_KEY): encode(t.FeatureLevel(level=3)),
}


def history() -> PartitionState:
    """A run with two activities, and a Workflow Task that is scheduled."""
    partition = PartitionState(MemoryStore(), "default", 0)
    activity = {"activity_type": "A", "task_queue": "q", "start_to_close_timeout_ms": 9_000}
    told = [
        event(events.WorkflowExecutionStarted, 1, workflow_type="T", task_queue="q"),
        event(events.WorkflowTaskScheduled, 2, task_queue="q"),
        event(events.ActivityTaskScheduled, 3, activity_id="b", **activity),
        event(events.ActivityTaskScheduled, 4, activity_id="a", **activity),
    ]
    for number, data in enumerate(told):
        fold(partition, "history", log.history_key(RUN, number + 1), data)
    return partition


def full() -> PartitionState:
    """The same run with one of each entry, and two of those that are counted."""
    partition = history()
    for (kind, key), value in ENTRIES.items():
        fold(partition, kind, key, value)
    return partition


def run_of(partition: PartitionState) -> Execution:
    found = partition.run(RUN)
    assert found is not None
    return found


@pytest.mark.parametrize("key", ENTRIES, ids=lambda key: key[1].decode().strip("/"))
def test_an_entry_is_written_again_as_it_was(key: tuple[str, bytes]) -> None:
    assert renewed(full(), {key}) == [Change(*key, ENTRIES[key], log.NO_SOURCE)]


def test_what_was_written_again_folds_to_the_same() -> None:
    partition, rebuilt = full(), history()
    for change in renewed(partition, set(ENTRIES)):
        fold(rebuilt, change.kind, change.key, change.value)
    partition.write()
    rebuilt.write()
    assert digest(rebuilt) == digest(partition)


def test_what_is_folded_twice_counts_once() -> None:
    once, twice = full(), full()
    for (kind, key), value in ENTRIES.items():
        fold(twice, kind, key, value)
    state = run_of(twice).state
    assert (state.held_count, state.parked_count, state.updates_admitted) == (2, 2, 2)
    assert (state.held_bytes, state.parked_bytes) == (2 * len(signaled(0)), 6)
    assert state.transfers_count == 1
    once.write()
    twice.write()
    assert digest(twice) == digest(once)


def test_of_what_is_counted_an_earlier_one_may_come_later() -> None:
    partition = history()
    for number in (1, 2, 0):
        fold(partition, "pending", log.held_event_key(RUN, number), signaled(number))
        fold(partition, "pending", log.parked_key(RUN, number), parked(number))
        fold(partition, "pending", log.admitted_update_key(RUN, number), admitted(number))
    state = run_of(partition).state
    assert (state.held_first_index, state.held_next_index) == (0, 3)
    assert (state.parked_first_index, state.parked_next_index) == (0, 3)
    assert state.updates_next_index == 3
    assert [index for index, _ in partition.held(run_of(partition))] == [0, 1, 2]


def test_what_does_not_stand_any_more_gets_a_tombstone_and_an_older_store_forgets_it() -> None:
    told, older, now = renewed(history(), set(ENTRIES)), full(), full()
    assert {(c.kind, c.key) for c in told} == set(ENTRIES) - {("pending", log.LEVEL_KEY)}
    assert {c.value for c in told} == {None}
    for change in told:
        fold(older, change.kind, change.key, None)
        fold(now, change.kind, change.key, None)
        fold(now, change.kind, change.key, None)
    state = run_of(older).state
    assert (state.held_count, state.parked_count, state.updates_admitted) == (0, 0, 0)
    assert (state.transfers_count, state.quarantine_cause) == (0, "")
    older.write()
    now.write()
    assert digest(now) == digest(older)


def test_timers_and_events_of_a_run_that_exists_are_not_written_again() -> None:
    timer = ("timers", log.timer_key(RUN, 2, "timer"))
    assert renewed(full(), {timer, ("history", log.history_key(RUN, 2))}) == []


def test_what_is_told_of_a_run_that_does_not_exist_is_deleted() -> None:
    hidden = {
        ("history", log.history_key("ghost", 1)),
        ("pending", log.workflow_task_key("ghost")),
        ("retries", log.retry_key("ghost", 3)),
        ("pending", log.POSITIONS_KEY),
        ("pending", log.void_key(1, 2)),
    }
    told = {(c.kind, c.key): c.value for c in renewed(full(), hidden)}
    assert told == dict.fromkeys(pair for pair in hidden if pair[1].startswith(b"ghost"))


def test_an_aborted_transaction_is_declared_void_and_what_it_wrote_over_is_written_again() -> None:
    anchor = TopicPartition(TopicNames(prefix="t", namespace="default").of("requests"), 0)
    settings = LoopSettings(transactional_id="t.engine.0", prefix="t", partitions=1)
    unit = open_unit(anchor, "default", settings, disk=MemoryDisk(), known=set())
    unit.offsets = dict.fromkeys(unit.inputs, 0)
    level = encode(t.FeatureLevel(level=3))
    fold(unit.state, "pending", log.LEVEL_KEY, level)
    unit.state.write()
    made = [Change("pending", log.LEVEL_KEY, None, log.NO_SOURCE)]
    aborted = Work(unit=unit, out=Outbox(changelog=made))
    aborted.close(1_000, interval_ms=60_000)
    aborted.undo(7)
    assert unit.torn == [(7, aborted.seq)]
    again = Work(unit=unit, out=Outbox())
    again.close(1_000, interval_ms=60_000)
    written = {change.key: change.value for change in again.out.changelog}
    assert written[log.LEVEL_KEY] == level
    assert {log.void_key(7, aborted.seq), log.POSITIONS_KEY} <= written.keys()
    assert again.seq == aborted.seq


def test_events_are_held_since_the_first_that_did_not_begin_long_ago() -> None:
    run = Execution(state=RunState(**HEAD), events=[])
    partition = PartitionState(MemoryStore(), "default", 0)
    since_ms = list[int]()
    for index, time_ms in enumerate((0, 5, 0, 9)):  # 0: an activity's start.
        workflow_task.held(partition, run, index, b"", time_ms)
        since_ms.append(run.state.held_since_ms)
    assert since_ms == [0, 5, 5, 5]
