"""Rebuild a partition from its changelog, in (seq, index) order, with the live appliers.

Tolerates what compaction and retention leave: older values of a key may be missing, tombstones too,
and runs without their first event are past their retention.
"""

from typing import Final

from duralog.schemas.changelog import LEVEL_KEY, POSITIONS_KEY, VOID_PREFIX
from duralog.schemas.codec import decode
from duralog.schemas.events import ActivityTaskStarted, Event, WorkflowExecutionStarted
from duralog.schemas.states import RunState
from duralog.schemas.transitions import (
    ActivityState,
    AdmittedUpdate,
    FeatureLevel,
    ParkedRequest,
    PendingTransfer,
    Positions,
    Quarantine,
    Transition,
    Void,
    WorkflowExecutionStalled,
    WorkflowTaskState,
)
from duralog.state import appliers, keys
from duralog.state.deadlines import arm_run
from duralog.state.execution import Execution
from duralog.state.partition import PartitionState

_OF_PARTITION: Final = frozenset({POSITIONS_KEY, LEVEL_KEY})
# When it happened, by what a Transition says; due times lie ahead.
_TIMES: Final[dict[type, tuple[str, ...]]] = {
    WorkflowTaskState: ("scheduled_time_ms", "dispatch_time_ms", "started_time_ms"),
    ActivityState: ("dispatch_time_ms", "started_time_ms", "last_heartbeat_time_ms"),
    AdmittedUpdate: ("admitted_time_ms",),
    Quarantine: ("since_time_ms",),
    ParkedRequest: ("received_time_ms",),
    PendingTransfer: ("sent_time_ms",),
}
# What is counted when it is folded, and never changes; a rebuilt Store takes its numbers again.
_NUMBERED: Final = {"h": keys.held, "p": keys.parked, "u": keys.admitted}


def fold(partition: PartitionState, kind: str, key: bytes, value: bytes | None) -> None:
    """Fold one record of changelog topic `kind`; None is a tombstone.

    The caller skips records of transactions that the Store has (seq), and of voided ones. Raises
    DecodeError.
    """
    if key in _OF_PARTITION or key.startswith(VOID_PREFIX):
        _fold_of_partition(partition, value)
        return
    run_id, *parts = key.decode().split("/")
    if kind == "history":
        _fold_history(partition, run_id, int(parts[0]), value)
    else:
        _fold_entry(partition, kind, run_id, parts, value)


def _fold_of_partition(partition: PartitionState, value: bytes | None) -> None:
    record = None if value is None else decode(value)
    if isinstance(record, Positions):
        places = zip(record.topics, record.partitions, record.offsets, strict=True)
        for topic, number, offset in places:
            partition.advance(topic, number, offset)
        partition.time_ms = max(partition.time_ms, record.time_ms)
    elif isinstance(record, FeatureLevel):
        appliers.level.raised(partition, record)
    else:
        assert record is None or isinstance(record, Void), "the caller skips voided transactions"


def _fold_history(
    partition: PartitionState, run_id: str, event_id: int, value: bytes | None
) -> None:
    execution = partition.run(run_id)
    if event_id == 0:
        _fold_stalled(partition, execution, value)
        return
    if value is None:
        partition.holes.pop(run_id, None)
        if execution is not None:
            forget_history(partition, execution)
        return
    if execution is None:
        if event_id != 1:
            return  # Its first event is gone: past retention.
        event = decode(value)
        assert isinstance(event, WorkflowExecutionStarted), f"event 1 of run {run_id}"
        execution = partition.create(RunState(workflow_id=event.workflow_id, run_id=run_id))
        _append(partition, execution, event, value)
        return
    expected = execution.state.next_event_id
    if event_id == expected:
        _append(partition, execution, decode(value), value)
    elif event_id > expected:
        partition.holes.setdefault(run_id, event_id)


def _fold_stalled(
    partition: PartitionState, execution: Execution | None, value: bytes | None
) -> None:
    """Beside the history; its tombstone says what those of the events say."""
    if execution is None or not execution.open or value is None:
        return
    transition: WorkflowExecutionStalled = decode(value)
    partition.time_ms = max(partition.time_ms, transition.event_time_ms)
    appliers.record(partition, execution, transition)
    arm_run(partition, execution)


def _append(partition: PartitionState, execution: Execution, event: Event, data: bytes) -> None:
    partition.time_ms = max(partition.time_ms, event.event_time_ms)
    appliers.append(partition, execution, event, data)
    arm_run(partition, execution)


def _fold_entry(
    partition: PartitionState, kind: str, run_id: str, parts: list[str], value: bytes | None
) -> None:
    execution = partition.run(run_id)
    letter = parts[0] if kind == "pending" else kind
    if execution is None or not (execution.open or letter == "o"):
        return  # Past retention, or closed by an event that was read before.
    number = int(parts[0] if kind != "pending" else parts[1] if len(parts) > 1 else "0")
    place = _NUMBERED.get(letter)
    known = None if value is None or place is None else partition.get(place(run_id, number))
    if known is not None:
        if known == value:
            return  # Written again, because a torn transaction had written over it.
        appliers.forget(partition, execution, letter, number)  # A compaction took its tombstone.
        if letter == "h":
            _hold_since(partition, execution)
    if value is None:
        appliers.forget(partition, execution, letter, number)
    elif letter == "h":
        event = decode(value)
        partition.time_ms = max(partition.time_ms, event.event_time_ms)
        appliers.hold(partition, execution, number, event, value)
    else:
        transition: Transition = decode(value)
        for name in _TIMES.get(type(transition), ()):
            partition.time_ms = max(partition.time_ms, getattr(transition, name))
        appliers.record(partition, execution, transition)
    arm_run(partition, execution)


def _hold_since(partition: PartitionState, execution: Execution) -> None:
    """By what is held now: what was since then is gone."""
    held = (decode(data) for _, data in partition.held(execution))
    times = [e.event_time_ms for e in held if not isinstance(e, ActivityTaskStarted)]
    execution.state.held_since_ms = min(times, default=0)


def forget_history(partition: PartitionState, execution: Execution) -> None:
    """Remove a closed run and all that is kept of it: its retention is over."""
    state = execution.state
    started = decode(partition.event(execution, 1))
    assert isinstance(started, WorkflowExecutionStarted)
    if state.status == "RUNNING":
        appliers.workflow_execution.closed(partition, execution, "TERMINATED", 0)
    for letter in (b"h", b"d", b"v"):
        prefix = keys.of_run(letter, state.run_id)
        for key, _ in list(partition.scan(prefix, keys.end_of(prefix))):
            partition.delete(key)
    if partition.get(keys.properties(state.run_id)) is not None:
        partition.delete(keys.properties(state.run_id))
    if partition.current_run_id(state.workflow_id) == state.run_id:
        partition.delete(keys.current(state.workflow_id))
    if started.request_id:
        partition.delete(keys.start(state.workflow_id, started.request_id))
    if state.deadline_entry_ms:
        partition.drop_deadline(state.deadline_entry_ms, keys.DUE_RUN, state.run_id, 0)
    partition.forget_run(execution)
