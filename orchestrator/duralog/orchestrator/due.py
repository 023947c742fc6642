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
class QueueReady:
    """A queue's topic exists now, or a partition was opened: dispatch what waits for it."""

    kind: str
    queue: str


Due = DueRun | DueActivity | DueTimer
Internal = Due | QueueReady


def due(partition: PartitionState, until_ms: int, limit: int) -> list[Due]:
    """Up to `limit` inputs due at `until_ms`, earliest first, for `process` in this order."""
    found: list[Due] = []
    for due_ms, kind, run_id, event_id in partition.due_entries(until_ms, limit):
        if kind == keys.DUE_RUN:
            found.append(DueRun(run_id, due_ms, until_ms))
        elif kind == keys.DUE_ACTIVITY:
            found.append(DueActivity(run_id, event_id, due_ms, until_ms))
        else:
            found.append(DueTimer(run_id, event_id, due_ms))
    return found


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
