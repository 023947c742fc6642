"""What must hold when all is quiet; the evidence is the logs, the clients, the disks."""

from collections import Counter
from typing import Any

from duralog.connectors.broker import TopicPartition
from duralog.orchestrator.merge import Change, Merge
from duralog.schemas import events as e
from duralog.schemas.changelog import NO_SOURCE, TX_HEADER, Source, unpack_mark
from duralog.schemas.codec import decode
from duralog.schemas.topics import CHANGELOGS, TopicNames
from duralog.state.digest import digest
from duralog.state.folding import fold
from duralog.state.memory import MemoryDisk, MemoryStore
from duralog.state.partition import PartitionState
from sim.broker import Broker
from sim.client import Client

CLOSES = (
    e.WorkflowExecutionCompleted,
    e.WorkflowExecutionFailed,
    e.WorkflowExecutionCanceled,
    e.WorkflowExecutionTerminated,
    e.WorkflowExecutionTimedOut,
    e.WorkflowExecutionContinuedAsNew,
)
ACTIVITY_CLOSES = (
    e.ActivityTaskCompleted,
    e.ActivityTaskFailed,
    e.ActivityTaskTimedOut,
    e.ActivityTaskCanceled,
)


def folded(broker: Broker, names: TopicNames, partition: int) -> tuple[PartitionState, list[str]]:
    """The state that the changelogs of a partition come to, by the merge that recovery uses.

    And the inputs that more than one transaction names as its cause: they were applied twice.
    """
    merge = Merge(CHANGELOGS, after_seq=0)
    for kind in CHANGELOGS:
        for record in broker.log(TopicPartition(names.of(kind), partition)).committed():
            mark = unpack_mark(dict(record.headers or [])[TX_HEADER] or b"")
            assert record.key is not None
            change = Change(kind, record.key, record.value, mark.source)
            merge.add(change, mark, offset=record.offset, time_ms=record.timestamp_ms)
        merge.finish(kind)
    state = PartitionState(MemoryStore(), names.namespace, partition)
    applied: dict[Source, int] = {}
    twice: list[str] = []
    for transaction in merge.take():
        for change in transaction.in_order():
            seq = applied.setdefault(change.source, transaction.seq)
            if change.source != NO_SOURCE and seq != transaction.seq:
                twice.append(f"{change.source} applied by {seq} and {transaction.seq}")
            fold(state, change.kind, change.key, change.value)
        state.seq = transaction.seq
    state.write()
    return state, twice


def histories(state: PartitionState) -> dict[str, list[Any]]:
    """Run id -> its events, of every run of a partition."""
    found: dict[str, list[Any]] = {}
    for key, data in state.store.scan(b"h", b"i"):
        found.setdefault(key[1:].split(b"\x00")[0].decode(), []).append(decode(data))
    return found


def check_history(run_id: str, events: list[Any]) -> list[str]:
    """Violations in one history."""
    found: list[str] = []
    ids = [event.event_id for event in events]
    if ids != list(range(1, len(ids) + 1)):
        found.append(f"{run_id}: event ids {ids}")
    closes = [event.event_id for event in events if isinstance(event, CLOSES)]
    if len(closes) > 1 or (closes and closes[0] != len(events)):
        found.append(f"{run_id}: close events {closes} of {len(events)}")
    found += _twice(run_id, "activity closed", events, ACTIVITY_CLOSES, "scheduled_event_id")
    timers = (e.TimerFired, e.TimerCanceled)
    found += _twice(run_id, "timer ended", events, timers, "started_event_id")
    tasks = (e.WorkflowTaskCompleted, e.WorkflowTaskFailed, e.WorkflowTaskTimedOut)
    found += _twice(run_id, "Workflow Task ended", events, tasks, "scheduled_event_id")
    ends = (e.WorkflowExecutionUpdateCompleted,)
    accepts = (e.WorkflowExecutionUpdateAccepted,)
    found += _twice(run_id, "update completed", events, ends, "update_id")
    found += _twice(run_id, "update accepted", events, accepts, "protocol_instance_id")
    timers_by_id = {v.event_id: v for v in events if isinstance(v, e.TimerStarted)}
    for event in events:
        if isinstance(event, e.TimerFired):
            started = timers_by_id[event.started_event_id]
            if event.event_time_ms < started.event_time_ms + started.start_to_fire_timeout_ms:
                found.append(f"{run_id}: timer {event.timer_id} fired early")
    return found


def check_clients(clients: list[Client], runs: dict[str, list[Any]]) -> list[str]:
    """Every client was told, of exactly one chain of runs, what its history says."""
    found: list[str] = []
    by_workflow: dict[str, list[str]] = {}
    for run_id, events in runs.items():
        by_workflow.setdefault(events[0].workflow_id, []).append(run_id)
    for client in clients:
        mine = by_workflow.get(client.workflow_id, [])
        firsts = [r for r in mine if not runs[r][0].continued_execution_run_id]
        chain = _chain(firsts[0], runs) if len(firsts) == 1 else []
        if set(chain) != set(mine) or not chain:
            found.append(f"{client.workflow_id}: runs {mine} are no chain {chain}")
            continue
        if client.run_ids - set(mine):
            found.append(f"{client.workflow_id}: acknowledged {client.run_ids}, exists {mine}")
        found += [f"{client.workflow_id}: {text}" for text in client.stale]
        for event in client.told:  # Without an id: the run closed before the update ended.
            if event.event_id and runs[event.run_id][event.event_id - 1] != event:
                found.append(f"{client.workflow_id}: told of an update what is not in the history")
        events = runs[chain[-1]]
        if not isinstance(events[-1], CLOSES):
            found.append(
                f"{client.workflow_id}: never closed, ends with {type(events[-1]).__name__}"
            )
        signaled = e.WorkflowExecutionSignaled
        signals = sum(isinstance(event, signaled) for run_id in chain for event in runs[run_id])
        if signals > client.signals:
            found.append(f"{client.workflow_id}: {signals} signals of {client.signals}")
        if client.close_events and client.close_events[-1] != events[-1]:
            found.append(f"{client.workflow_id}: told another end than the history's")
    return found


def _chain(run_id: str, runs: dict[str, list[Any]]) -> list[str]:
    """Run ids from the first to the last; each names the next, which names it."""
    chain = [run_id]
    while following := getattr(runs[chain[-1]][-1], "new_execution_run_id", ""):
        before = runs.get(following, [None])[0]
        if before is None or before.continued_execution_run_id != chain[-1]:
            return []
        chain.append(following)
    return chain


def check_partition(
    broker: Broker, names: TopicNames, partition: int, disk: MemoryDisk
) -> tuple[dict[str, list[Any]], list[str]]:
    """The histories of a partition, and violations: fold against Store, seq gap-free."""
    state, found = folded(broker, names, partition)
    stored = PartitionState(disk.open(f"{names.namespace}/{partition}"), names.namespace, partition)
    if digest(state) != digest(stored):
        found.append(
            f"partition {partition}: fold differs from the Store: {_differences(state, stored)}"
        )
    waiting = [decode(value) for _, value in stored.store.scan(b"l", b"m")]
    found += [f"partition {partition}: never acknowledged: {transfer}" for transfer in waiting]
    if state.seq != stored.seq:
        found.append(f"partition {partition}: folded {state.seq}, stored {stored.seq}")
    return histories(state), found


def _differences(a: PartitionState, b: PartitionState) -> str:
    left = {k: v for k, v in a.store.scan(b"", b"\xff") if k[:1] not in b"mx"}
    right = {k: v for k, v in b.store.scan(b"", b"\xff") if k[:1] not in b"mx"}
    keys = [k for k in left.keys() | right.keys() if left.get(k) != right.get(k)]
    shown = [
        f"{k!r}: {_shown(left.get(k))} against {_shown(right.get(k))}" for k in sorted(keys)[:3]
    ]
    return "; ".join(shown)


def _shown(value: bytes | None) -> str:
    try:
        return "nothing" if value is None else repr(decode(value))
    except ValueError:
        return repr(value)


def _twice(
    run_id: str, what: str, events: list[Any], kinds: tuple[type, ...], name: str
) -> list[str]:
    counts = Counter(getattr(event, name) for event in events if isinstance(event, kinds))
    return [f"{run_id}: {what} {n} times: {key}" for key, n in counts.items() if n > 1]
