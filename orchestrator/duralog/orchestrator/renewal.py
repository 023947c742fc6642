"""Entries that a torn transaction has written over are written again, with its Void (ADR 0009).

Its records count for nothing, yet to a compaction they are the last of their keys: it takes the
good ones before them, and a Store that is rebuilt later would not know of them, nor one that is
behind of the end of an entry. So what stands no more gets a tombstone.
Events need no renewal, for they have never had another value; nor do `timers`, which change nothing
when folded. (What stalls a run stands beside its events, and has.) But whoever reads `history` has
seen the events of runs that do not exist: they get tombstones, too.
"""

from collections.abc import Callable, Mapping

from duralog.orchestrator import activity_task, stalled, workflow_task
from duralog.orchestrator.outbox import Change
from duralog.schemas import changelog
from duralog.schemas.codec import encode
from duralog.schemas.transitions import Quarantine
from duralog.state import keys
from duralog.state.execution import Execution
from duralog.state.partition import PartitionState

Key = tuple[str, bytes]  # Topic kind and record key.
Records = dict[Key, bytes]


def renewed(partition: PartitionState, hidden: set[Key]) -> list[Change]:
    """The entries with these keys as they stand now."""
    found: dict[Key, bytes | None] = {}
    for kind, key in sorted(hidden):
        if kind == "timers":
            continue
        run_id, letter, number = _entry_of(kind, key)
        execution = partition.run(run_id) if run_id else None
        renew = _ENTRIES.get(letter)
        entries = {} if execution is None or renew is None else renew(partition, execution, number)
        found |= entries
        if key == changelog.LEVEL_KEY and (level := partition.get(keys.LEVEL)) is not None:
            found[kind, key] = level
        elif run_id and (kind, key) not in entries and (kind != "history" or execution is None):
            found[kind, key] = None
    return [Change(kind, key, value, changelog.NO_SOURCE) for (kind, key), value in found.items()]


def _entry_of(kind: str, key: bytes) -> tuple[str, str, int]:
    """Run ID, empty for what belongs to no run; letter as in `pending`; and number."""
    run_id, *parts = key.decode().split("/")
    if kind != "pending":
        return run_id, "a" if kind == "retries" else kind, int(parts[0])
    return run_id, parts[0], int(parts[1]) if run_id and len(parts) > 1 else 0


def _workflow_task(_: PartitionState, execution: Execution, __: int) -> Records:
    state = execution.state
    if not state.task_recorded:
        return {}
    key = changelog.workflow_task_key(state.run_id)
    return {("pending", key): encode(workflow_task.state_of(state))}


def _activity(partition: PartitionState, execution: Execution, number: int) -> Records:
    """Its retry and its state, in the order in which they came: the last one counts."""
    activity, run_id = partition.activity(execution, number), execution.run_id
    retries, states = Records(), Records()
    if activity is None:
        return {}
    if activity.entry.retry_recorded:
        retry = activity_task.retry_of(execution.state, activity)
        retries["retries", changelog.retry_key(run_id, number)] = encode(retry)
    if activity.entry.recorded:
        state = activity_task.state_of(execution.state, activity)
        states["pending", changelog.activity_key(run_id, number)] = encode(state)
    return states | retries if activity.entry.retry_time_ms else retries | states


def _stalled(partition: PartitionState, execution: Execution, number: int) -> Records:
    if number or not execution.open:
        return {}  # An event.
    key = changelog.history_key(execution.run_id, 0)
    return {("history", key): encode(stalled.record_of(partition, execution))}


def _quarantine(_: PartitionState, execution: Execution, __: int) -> Records:
    state = execution.state
    if not state.quarantine_cause:
        return {}
    record = Quarantine(
        workflow_id=state.workflow_id,
        run_id=state.run_id,
        cause=state.quarantine_cause,
        since_time_ms=state.quarantine_time_ms,
    )
    return {("pending", changelog.quarantine_key(state.run_id)): encode(record)}


def _stored(
    key_of: Callable[[str, int], bytes], place_of: Callable[[str, int], bytes]
) -> "Callable[[PartitionState, Execution, int], Records]":
    """Of what the Store keeps as it was written."""

    def renew(partition: PartitionState, execution: Execution, number: int) -> Records:
        data = partition.get(place_of(execution.run_id, number))
        return {} if data is None else {("pending", key_of(execution.run_id, number)): data}

    return renew


_ENTRIES: Mapping[str, Callable[[PartitionState, Execution, int], Records]] = {
    "w": _workflow_task,
    "a": _activity,
    "q": _quarantine,
    "history": _stalled,
    "h": _stored(changelog.held_event_key, keys.held),
    "p": _stored(changelog.parked_key, keys.parked),
    "o": _stored(changelog.transfer_key, keys.transfer),
    "u": _stored(changelog.admitted_update_key, keys.admitted),
}
