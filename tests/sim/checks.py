"""What must hold when all is quiet; the evidence is the logs, the clients, the disks.

A violation begins with its invariant: I1 one first run of each start, I2 one end and it is last, I3
event ids, times and the log itself, I4 results are those of the attempt that is recorded, I6 no
attempt runs twice unexplained, I7 timers, I8 signals and updates, I9 transactions, I10 each input
once and in order, I11 the fold is the Store is the index, I12 nothing is stuck, I13 dead letters,
I14 bounds. What the chaos test shows as well is judged by one function for both, in `evidence`.
"""

import json
import traceback
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from duralog.connectors.broker import TopicPartition
from duralog.schemas import events as e
from duralog.schemas.codec import decode
from duralog.schemas.identifiers import partition_of
from duralog.schemas.topics import CHANGELOGS, TopicNames
from duralog.state.digest import digest
from duralog.state.memory import MemoryStore
from duralog.state.partition import PartitionState
from evidence import histories as shared
from evidence import transactions
from evidence.histories import CLOSES
from evidence.model import Write
from sim import family
from sim.broker import Broker
from sim.client import Client
from sim.folds import differences, folded
from sim.lists import Lists

# The most in 400 seeds was 15 s after the last fault: sessions end, partitions are distributed,
# clocks that were set ahead are waited for.
LATE_MS_MAX: Final = 30_000


@dataclass(slots=True, kw_only=True)
class Evidence:
    """What a seed leaves behind.

    stores: of each partition; None: nobody serves it. poison: where records stand that nobody can
    read. torn: a transaction was committed in part. calm: nothing explains that an attempt ran
    twice. executions: how often each attempt of an activity ran. compacted: records are gone that
    were there, so that their marks prove nothing. quiet_ms: when the last fault was over.
    """

    broker: Broker
    names: TopicNames
    partitions: int
    stores: list[MemoryStore | None]
    clients: list[Client]
    poison: set[tuple[TopicPartition, int]]
    torn: bool
    compacted: bool
    calm: bool
    executions: Mapping[tuple[str, int, int], int]
    lists: Lists | None
    quiet_ms: int


def check(evidence: Evidence) -> tuple[dict[str, list[Any]], list[str]]:
    """All histories, and all violations."""
    runs: dict[str, list[Any]] = {}
    found: list[str] = []
    for partition, store in enumerate(evidence.stores):
        try:
            mine, violations = check_partition(evidence, partition, store)
        except Exception:  # noqa: BLE001 - the shell: a log that cannot be folded is a finding
            found.append(f"I3 partition {partition}: {traceback.format_exc(limit=-2)}")
            continue
        runs.update(mine)
        found += violations
    for run_id, events in runs.items():
        found += check_history(run_id, events)
        found += _check_lateness(run_id, events, evidence.quiet_ms)
    found += check_clients(evidence.clients, runs)
    found += [f"I8 {violation}" for violation in family.check(runs)]
    found += [
        f"I12 {c.workflow_id}: not answered to the end" for c in evidence.clients if not c.done
    ]
    found += _check_letters(evidence)
    if not evidence.compacted:
        writes = _writes(evidence)
        found += [f"I9 {text}" for text in transactions.whole(writes)]
        found += [f"I10 {text}" for text in transactions.applied_once(writes)]
    if evidence.calm:
        twice = {key: n for key, n in evidence.executions.items() if n > 1}
        found += [f"I6 {key}: ran {n} times" for key, n in twice.items()]
    if evidence.lists is not None:
        found += evidence.lists.check(runs)
    return runs, found


def _check_lateness(run_id: str, events: list[Any], quiet_ms: int) -> list[str]:
    """Timers that fired late though nothing was in their way any more: lost, and found again."""
    return [
        f"I7 {run_id}: a timer fired {late_ms} ms after the last fault"
        for late_ms in shared.lateness(events, quiet_ms)
        if late_ms > LATE_MS_MAX
    ]


def _writes(evidence: Evidence) -> list[Write]:
    """The marks of all changelogs."""
    return [
        transactions.write_of(kind, record)
        for kind in CHANGELOGS
        for partition in range(evidence.partitions)
        for record in evidence.broker.log(
            TopicPartition(evidence.names.of(kind), partition)
        ).committed()
    ]


def _check_letters(evidence: Evidence) -> list[str]:
    """All poison and nothing else is put aside; once, but where a transaction was torn."""
    letters: Counter[tuple[TopicPartition, int]] = Counter()
    for tp, log in evidence.broker.logs.items():
        if tp.topic == evidence.names.of("dead-letters"):
            for letter in (decode(record.value or b"") for record in log.committed()):
                at = TopicPartition(letter.source_topic, letter.source_partition)
                letters[at, letter.source_offset] += 1
    found = [f"I13 {at}: put aside, but is no poison" for at in letters.keys() - evidence.poison]
    found += [f"I13 {at}: poison that is nowhere" for at in evidence.poison - letters.keys()]
    if not evidence.torn:
        found += [f"I13 {at}: put aside {n} times" for at, n in letters.items() if n > 1]
    return found


def histories(state: PartitionState) -> dict[str, list[Any]]:
    """Run id -> its events, of every run of a partition."""
    found: dict[str, list[Any]] = {}
    for key, data in state.store.scan(b"h", b"i"):
        found.setdefault(key[1:].split(b"\x00")[0].decode(), []).append(decode(data))
    return found


def check_history(run_id: str, events: list[Any]) -> list[str]:
    """Violations in one history, by the checks that judge the chaos test, too."""
    return [
        *(f"I2 {text}" for text in shared.closes_once(run_id, events)),
        *(f"I3 {text}" for text in shared.is_gapless(run_id, events)),
        *(f"I6 {text}" for text in shared.nothing_twice(run_id, events)),
        *(f"I7 {text}" for text in shared.timers_fire(run_id, events)),
        *_check_results(run_id, events),
    ]


def _check_results(run_id: str, events: list[Any]) -> list[str]:
    """The recorded result is of the attempt, and of the delivery, that is recorded as started."""
    found = list[str]()
    starts = {v.scheduled_event_id: v for v in events if isinstance(v, e.ActivityTaskStarted)}
    for event in events:
        if not isinstance(event, e.ActivityTaskCompleted) or len(event.result) != 2:
            continue
        started = starts.get(event.scheduled_event_id)
        attempt, delivery_id = (json.loads(payload.data) for payload in event.result)
        name = f"I4 {run_id}: activity {event.scheduled_event_id}"
        if started is None:
            found.append(f"{name}: a result of attempt {attempt}, which never started")
        elif attempt != started.attempt:
            found.append(f"{name}: a result of attempt {attempt}, not {started.attempt}")
        elif started.request_id not in ("", delivery_id):
            found.append(f"{name}: a result of {delivery_id}, not of {started.request_id}")
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
            found.append(f"I1 {client.workflow_id}: runs {mine} are no chain {chain}")
            continue
        if client.run_ids - set(mine):
            found.append(f"I1 {client.workflow_id}: acknowledged {client.run_ids}, exists {mine}")
        found += [f"I8 {client.workflow_id}: {text}" for text in client.stale]
        for event in client.told:  # Without an id: the run closed before the update ended.
            if event.event_id and runs[event.run_id][event.event_id - 1] != event:
                found.append(
                    f"I8 {client.workflow_id}: told of an update what is not in the history"
                )
        events = runs[chain[-1]]
        if not isinstance(events[-1], CLOSES):
            found.append(
                f"I12 {client.workflow_id}: never closed, ends with {type(events[-1]).__name__}"
            )
        signaled = e.WorkflowExecutionSignaled
        signals = sum(isinstance(event, signaled) for run_id in chain for event in runs[run_id])
        if not sum(client.signaled.values()) <= signals <= client.signals:
            acknowledged = sum(client.signaled.values())
            text = f"{signals} signals of {client.signals}, {acknowledged} acknowledged"
            found.append(f"I8 {client.workflow_id}: {text}")
        if client.close_events and client.close_events[-1] != events[-1]:
            found.append(f"I2 {client.workflow_id}: told another end than the history's")
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
    evidence: Evidence, partition: int, store: MemoryStore | None
) -> tuple[dict[str, list[Any]], list[str]]:
    """The histories of a partition, and violations: fold against Store, inputs applied once."""
    names = evidence.names
    state, twice = folded(evidence.broker, names, partition)
    runs = histories(state)
    found = [f"I9 partition {partition}: {text}" for text in twice]
    for run_id, events in runs.items():
        owner = partition_of(events[0].workflow_id, evidence.partitions)
        if owner != partition:
            found.append(f"I1 {run_id}: on partition {partition}, belongs to {owner}")
    if not evidence.torn:
        found += _check_rows(evidence, partition, runs)
    waiting = [decode(value) for _, value in state.store.scan(b"l", b"m")]
    found += [f"I8 partition {partition}: never acknowledged: {transfer}" for transfer in waiting]
    if store is None:
        return runs, [*found, f"I12 partition {partition}: nobody serves it"]
    stored = PartitionState(store, names.namespace, partition)
    if digest(state) != digest(stored):
        text = f"fold differs from the Store: {differences(state, stored)}"
        found.append(f"I11 partition {partition}: {text}")
    if state.seq != stored.seq:
        found.append(f"I11 partition {partition}: folded {state.seq}, stored {stored.seq}")
    return runs, found


def _check_rows(evidence: Evidence, partition: int, runs: dict[str, list[Any]]) -> list[str]:
    """What stands in `timers` and `retries` is pending in a run that is open, and the other way."""
    found = list[str]()
    for kind, tag in (("timers", "I7"), ("retries", "I4")):
        live = dict[bytes | None, bytes | None]()
        for record in evidence.broker.log(
            TopicPartition(evidence.names.of(kind), partition)
        ).committed():
            live[record.key] = record.value
        rows = [decode(value) for value in live.values() if value is not None]
        standing = {(row.run_id, getattr(row, "event_id", 0)) for row in rows}
        if kind == "timers":
            pending = {(run_id, id_) for run_id in runs for id_ in _pending_timers(runs[run_id])}
            found += [f"{tag} {key}: no row in timers" for key in pending - standing]
        for row in rows:
            if isinstance(runs[row.run_id][-1], CLOSES):
                found.append(f"{tag} {row.run_id}: closed, but a row stands in {kind}: {row}")
    return found


def _pending_timers(events: list[Any]) -> set[int]:
    """Event ids of timers that have neither fired nor been cancelled, in a run that is open."""
    if isinstance(events[-1], CLOSES):
        return set()
    ended = {v.started_event_id for v in events if isinstance(v, e.TimerFired | e.TimerCanceled)}
    return {v.event_id for v in events if isinstance(v, e.TimerStarted)} - ended
