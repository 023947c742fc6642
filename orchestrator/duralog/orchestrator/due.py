"""Inputs that the engine makes itself: what came due, and queues that became ready."""

from dataclasses import dataclass

from duralog.state import keys
from duralog.state.partition import PartitionState


@dataclass(slots=True, frozen=True)
class DueRun:
    """The deadline entry of a run came due. until_ms: no later deadline may fire yet."""

    run_id: str
    due_ms: int
    until_ms: int


@dataclass(slots=True, frozen=True)
class DueActivity:
    """The deadline entry of a pending activity came due."""

    run_id: str
    scheduled_event_id: int
    due_ms: int
    until_ms: int


@dataclass(slots=True, frozen=True)
class DueTimer:
    """A user timer came due."""

    run_id: str
    started_event_id: int
    due_ms: int


@dataclass(slots=True, frozen=True)
class DueTransfer:
    """A transfer was not acknowledged for long."""

    run_id: str
    transfer_id: int
    due_ms: int


@dataclass(slots=True, frozen=True)
class QueueReady:
    """A queue's topic exists now, or a partition was opened: dispatch what waits for it."""

    kind: str
    queue: str


Due = DueRun | DueActivity | DueTimer | DueTransfer
Internal = Due | QueueReady


def due(partition: PartitionState, until_ms: int, limit: int) -> list[Due]:
    """Up to `limit` inputs due at `until_ms`, earliest first, for `process` in this order."""
    found: list[Due] = []
    for due_ms, kind, run_id, event_id in partition.due_entries(until_ms, limit):
        if kind == keys.DUE_RUN:
            found.append(DueRun(run_id, due_ms, until_ms))
        elif kind == keys.DUE_ACTIVITY:
            found.append(DueActivity(run_id, event_id, due_ms, until_ms))
        elif kind == keys.DUE_TRANSFER:
            found.append(DueTransfer(run_id, event_id, due_ms))
        else:
            found.append(DueTimer(run_id, event_id, due_ms))
    return found


def drop_entry(partition: PartitionState, request: Due) -> None:
    """The deadline entry that `request` was made from is done with."""
    kind, event_id = keys.DUE_RUN, 0
    execution = partition.run(request.run_id)
    if isinstance(request, DueActivity):
        kind, event_id = keys.DUE_ACTIVITY, request.scheduled_event_id
        activity = None if execution is None else partition.activity(execution, event_id)
        if execution and activity and activity.entry.deadline_entry_ms == request.due_ms:
            partition.touch_activity(execution, activity)
            activity.entry.deadline_entry_ms = 0
    elif isinstance(request, DueTransfer):
        kind, event_id = keys.DUE_TRANSFER, request.transfer_id
    elif isinstance(request, DueTimer):
        kind, event_id = keys.DUE_TIMER, request.started_event_id
    elif execution and execution.state.deadline_entry_ms == request.due_ms:
        partition.touch(execution)
        execution.state.deadline_entry_ms = 0
    partition.drop_deadline(request.due_ms, kind, request.run_id, event_id)


def waiting_queues(partition: PartitionState) -> list[tuple[str, str]]:
    """(kind, queue) of all queues that tasks wait for.

    Ask for their topics, and process QueueReady for those that exist.
    """
    found: list[tuple[str, str]] = []
    start = b"z"
    while True:
        entry = next(partition.scan(start, b"{", 1), None)
        if entry is None:
            return found
        kind, queue, *_ = keys.parse_waiting(entry[0])
        found.append((kind, queue))
        start = keys.end_of(keys.waiting_prefix(kind, queue))
