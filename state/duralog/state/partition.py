"""One engine partition: committed state in a Store, and what the open transaction changed.

The Store and the cache of clean executions hold committed state only. Appliers change executions in
place and entries in `overlay`; `write_into` hands all of it to a batch of the Store after the
commit, `rollback` forgets it.
"""

from collections.abc import Callable, Iterator

from duralog.schemas.codec import decode, encode
from duralog.schemas.events import ActivityTaskScheduled
from duralog.schemas.states import PartitionMeta, RunState, TimerEntry
from duralog.state import keys, limits
from duralog.state.execution import Activity, Execution
from duralog.state.limits import WAITERS_MAX, WAITERS_PER_RUN_MAX
from duralog.state.overlay import Overlay
from duralog.state.queries import WaitingQueries
from duralog.state.run_cache import RunCache
from duralog.state.store import Batch, Store
from duralog.state.tally import Tally


class PartitionState:
    """State of one (namespace, partition).

    positions: Next offset by input topic kind and partition. scan_offsets: where the next recovery
    reads on, by changelog kind. seq, incarnation: of the last transaction applied. time_ms: engine
    time never goes below it.
    rollbacks: how often changes were forgotten; who keeps soft state beside this one looks at it.
    retention_ms: how long closed runs are kept; 0: for ever.
    get, put, put_new, delete, scan, scan_queue: entries of the Store, with the changes of the open
    transaction.
    waiters: clients that wait for the close of a run, by run id: inbox partition, recipient,
    correlation id (soft). queries: what workers are to answer after a Workflow Task (soft).
    holes: runs whose history has a gap while a fold is under way: the first event behind it; a
    tombstone of the run explains it, and what is left at the end of a recovery is corruption.
    """

    def __init__(
        self,
        store: Store,
        namespace: str,
        partition: int,
        *,
        cached_runs_max: int = limits.CACHED_RUNS_MAX,
        cached_bytes_max: int = limits.CACHED_RUNS_BYTES_MAX,
        retention_ms: int = 0,
    ) -> None:
        self.store = store
        self.namespace = namespace
        self.partition = partition
        self.positions: dict[tuple[str, int], int] = {}
        self.scan_offsets: dict[str, int] = {}
        self.seq = 0
        self.incarnation = 0
        self.time_ms = 0
        self.low_water_ms = 0
        self.waiters: dict[str, set[tuple[int, str, str]]] = {}
        self.queries = WaitingQueries()
        self.holes: dict[str, int] = {}
        self.retention_ms = retention_ms
        self.rollbacks = 0
        self._waiters_count = 0
        self._runs = RunCache(runs_max=cached_runs_max, bytes_max=cached_bytes_max)
        self._dirty: dict[str, Execution] = {}
        self._entries = entries = Overlay(store)
        self.get, self.put, self.put_new = entries.get, entries.put, entries.put_new
        self.delete, self.scan, self.scan_queue = entries.delete, entries.scan, entries.scan_queue
        self.tally = Tally(store)
        self._next_due_ms: int | None = None
        self._next_due_known = False
        self._load_meta()

    # Runs.

    def run(self, run_id: str) -> Execution | None:
        """The run of `run_id`, open or closed; None when there is none, or none any more."""
        execution = self._runs.get(run_id)
        if execution is not None:
            return execution
        data = self.get(keys.run(run_id))
        if data is None:
            return None
        execution = self.tally.loaded(decode(data))
        self._runs.keep(run_id, execution)
        return execution

    def create(self, state: RunState) -> Execution:
        """A new run; its WorkflowExecutionStarted is applied next."""
        execution = Execution(state=state, events=[])
        self._runs.keep(state.run_id, execution)
        self.touch(execution)
        return execution

    def touch(self, execution: Execution) -> None:
        """`execution` is about to change."""
        if not execution.dirty:
            execution.dirty = True
            self._dirty[execution.state.run_id] = execution

    def forget_run(self, execution: Execution) -> None:
        """Drop a run from the cache; its entries are deleted by the caller."""
        self._runs.drop(execution.run_id)
        self._dirty.pop(execution.run_id, None)
        self.tally.forget(execution)
        self.delete(keys.run(execution.run_id))

    def current_run_id(self, workflow_id: str) -> str | None:
        """The newest run of a Workflow ID, open or closed."""
        data = self.get(keys.current(workflow_id))
        return None if data is None else data.decode()

    def run_of_request(self, workflow_id: str, request_id: str) -> str | None:
        """The run that the start with this request id opened."""
        data = self.get(keys.start(workflow_id, request_id))
        return None if data is None else data.decode()

    def seen(self, run_id: str, request_id: str) -> bool:
        """A signal or cancel request with this request id had its effect on the run."""
        return bool(request_id) and self.get(keys.seen(run_id, request_id)) is not None

    # Histories.

    def append(self, execution: Execution, data: bytes) -> None:
        """Append one framed event: the run's next."""
        state = execution.state
        self.put_new(keys.history(state.run_id, state.next_event_id), data)
        state.next_event_id += 1
        state.history_size_bytes += len(data)
        if execution.events is not None:
            execution.events.append(data)

    def events(self, execution: Execution, first: int) -> list[bytes]:
        """Framed events from event id `first` to the newest."""
        if first >= execution.state.next_event_id:
            return []
        if execution.events is not None and execution.events_first <= first:
            return execution.events[first - execution.events_first :]
        return [data for _, data in self.history(execution, first)]

    def history(self, execution: Execution, first: int) -> Iterator[tuple[int, bytes]]:
        """Event id and framed event from `first` on; large histories stay out of the cache."""
        run_id, end = execution.run_id, execution.state.next_event_id
        expected = first
        for _, data in self.store.scan(keys.history(run_id, first), keys.history(run_id, end)):
            yield expected, data
            expected += 1
        for event_id in range(expected, end):
            yield event_id, self.event(execution, event_id)

    def event(self, execution: Execution, event_id: int) -> bytes:
        """One framed event."""
        if execution.events is not None and event_id >= execution.events_first:
            return execution.events[event_id - execution.events_first]
        data = self.get(keys.history(execution.run_id, event_id))
        assert data is not None, f"event {event_id} of run {execution.run_id} is not in the store"
        return data

    def load_events(self, execution: Execution, first: int) -> list[bytes]:
        """As `events`, and cached from `first` on: what the next Workflow Tasks carry."""
        if execution.events is None or execution.events_first > first:
            execution.events = [data for _, data in self.history(execution, first)]
            execution.events_first = first
        elif execution.events_first < first:
            del execution.events[: first - execution.events_first]
            execution.events_first = first
        return execution.events

    # Activities and timers.

    def activity(self, execution: Execution, scheduled_event_id: int) -> Activity | None:
        """A pending activity. Any number may be asked for: a request names it."""
        found = execution.activities.get(scheduled_event_id)
        if found is not None or not execution.state.activities_count or scheduled_event_id < 1:
            return found
        data = self.get(keys.activity(execution.run_id, scheduled_event_id))
        if data is None:
            return None
        scheduled = decode(self.event(execution, scheduled_event_id))
        assert isinstance(scheduled, ActivityTaskScheduled)
        found = Activity(scheduled=scheduled, entry=decode(data))
        execution.activities[scheduled_event_id] = found
        return found

    def activities(self, execution: Execution) -> list[Activity]:
        """All pending activities by scheduled event id."""
        if not execution.state.activities_count:
            return []
        ids = set(execution.activities)
        prefix = keys.of_run(b"a", execution.run_id)
        for key, _ in self.scan(prefix, keys.end_of(prefix)):
            ids.add(int.from_bytes(key[-8:], "big"))
        found = (self.activity(execution, i) for i in sorted(ids))
        return [a for a in found if a is not None]

    def touch_activity(self, execution: Execution, activity: Activity) -> None:
        """`activity` is about to change."""
        self.touch(execution)
        execution.dirty_activities[activity.entry.scheduled_event_id] = activity

    def add_activity(self, execution: Execution, activity: Activity) -> None:
        """A new pending activity."""
        event_id = activity.entry.scheduled_event_id
        execution.activities[event_id] = activity
        execution.dirty_activities[event_id] = activity
        self.put_new(keys.activity(execution.run_id, event_id), b"")
        # In a compacted log the close of its namesake, held back once, may come later.
        self.put(
            keys.activity_id(execution.run_id, activity.scheduled.activity_id),
            keys.number(event_id),
        )
        execution.state.activities_count += 1

    def remove_activity(self, execution: Execution, activity: Activity) -> None:
        """The activity is not pending any more."""
        event_id, entry = activity.entry.scheduled_event_id, activity.entry
        execution.activities.pop(event_id, None)
        execution.dirty_activities.pop(event_id, None)
        self.delete(keys.activity(execution.run_id, event_id))
        name = activity.scheduled.activity_id
        if self.activity_of_id(execution.run_id, name) == event_id:
            self.delete(keys.activity_id(execution.run_id, name))
        if entry.deadline_entry_ms:
            self.drop_deadline(
                entry.deadline_entry_ms, keys.DUE_ACTIVITY, execution.run_id, event_id
            )
        execution.state.activities_count -= 1

    def activity_of_id(self, run_id: str, activity_id: str) -> int | None:
        """Scheduled event id of the pending activity with this Activity ID."""
        data = self.get(keys.activity_id(run_id, activity_id))
        return None if data is None else int.from_bytes(data, "big")

    def timer(self, run_id: str, timer_id: str) -> TimerEntry | None:
        """A pending timer."""
        data = self.get(keys.timer(run_id, timer_id))
        return None if data is None else decode(data)

    def timers(self, execution: Execution) -> list[tuple[str, TimerEntry]]:
        """All pending timers with their Timer IDs."""
        if not execution.state.timers_count:
            return []
        prefix = keys.of_run(b"t", execution.run_id)
        return [
            (key[len(prefix) :].decode(), decode(data))
            for key, data in self.scan(prefix, keys.end_of(prefix))
        ]

    def held(self, execution: Execution) -> list[tuple[int, bytes]]:
        """Index and framed event of all held events, in arrival order."""
        state = execution.state
        if not state.held_count:
            return []
        indexes = range(state.held_first_index, state.held_next_index)
        found = ((i, self.get(keys.held(state.run_id, i))) for i in indexes)
        return [(i, data) for i, data in found if data is not None]

    # Deadlines.

    def put_deadline(self, due_ms: int, kind: bytes, run_id: str, event_id: int) -> None:
        """An entry of the deadline index."""
        self.put_new(keys.deadline(due_ms, kind, run_id, event_id), b"")
        self.low_water_ms = min(self.low_water_ms, due_ms)
        if self._next_due_known and (self._next_due_ms is None or due_ms < self._next_due_ms):
            self._next_due_ms = due_ms

    def drop_deadline(self, due_ms: int, kind: bytes, run_id: str, event_id: int) -> None:
        """Remove an entry of the deadline index."""
        self.delete(keys.deadline(due_ms, kind, run_id, event_id))
        if due_ms == self._next_due_ms:
            self._next_due_known = False

    def next_due_ms(self) -> int | None:
        """When the earliest deadline entry is due; None: there is none."""
        if not self._next_due_known:
            self._next_due_ms = None
            for key, _ in self.scan_queue(b"x", b"y", 1):
                self._next_due_ms = keys.parse_deadline(key)[0]
            if self._next_due_ms is not None:
                self.low_water_ms = self._next_due_ms
            self._next_due_known = True
        return self._next_due_ms

    def due_entries(self, now_ms: int, limit: int) -> Iterator[tuple[int, bytes, str, int]]:
        """Deadline entries due at `now_ms`, earliest first: due time, kind, run id, event id."""
        next_due_ms = self.next_due_ms()
        if next_due_ms is None or next_due_ms > now_ms:
            return
        for key, _ in self.scan_queue(b"x", b"x" + keys.number(now_ms + 1), limit):
            yield keys.parse_deadline(key)

    # Waiters.

    def wait(self, run_id: str, waiter: tuple[int, str, str]) -> None:
        """Remember who waits for the close of a run; with too many, the rest ask again."""
        waiters = self.waiters.setdefault(run_id, set())
        if (
            waiter not in waiters
            and len(waiters) < WAITERS_PER_RUN_MAX
            and self._waiters_count < WAITERS_MAX
        ):
            waiters.add(waiter)
            self._waiters_count += 1

    def take_waiters(self, run_id: str) -> list[tuple[int, str, str]]:
        """Who waits for the close of a run; they are forgotten."""
        waiters = self.waiters.pop(run_id, None)
        if not waiters:
            return []
        self._waiters_count -= len(waiters)
        return sorted(waiters)

    # Transactions.

    @property
    def dirty(self) -> bool:
        """Something changed since the last `write_into` or `rollback`."""
        return bool(self._dirty) or self._entries.dirty

    def advance(self, kind: str, partition: int, next_offset: int) -> None:
        """Input topic `kind` was consumed up to `next_offset`; never goes back."""
        if next_offset > self.positions.get((kind, partition), -1):
            self.positions[kind, partition] = next_offset

    def write_into(self, batch: Batch) -> None:
        """Put all changes, positions and seq into `batch`; they count as written from here."""
        for execution in self._dirty.values():
            state = execution.state
            for event_id, activity in execution.dirty_activities.items():
                self.put(keys.activity(state.run_id, event_id), encode(activity.entry))
            execution.dirty_activities.clear()
            batch.put(keys.run(state.run_id), encode(state))
            execution.dirty = False
        self._entries.write_into(batch)
        self.tally.write_into(batch, self._dirty.values())
        batch.put(keys.META, encode(self._meta()))
        self._runs.trim(self._dirty.values())
        self._dirty.clear()

    def rollback(self) -> None:
        """Forget all changes since the last `write_into`."""
        self.rollbacks += 1
        for run_id in self._dirty:
            self._runs.drop(run_id)
        self._dirty.clear()
        self._entries.clear()
        self.tally.clear()
        self._load_meta()

    def restore(
        self,
        changes: list[tuple[str, bytes, bytes | None]],
        fold: Callable[["PartitionState", str, bytes, bytes | None], None],
    ) -> None:
        """After an input that raised: committed state, and again `changes`, made before it."""
        positions = dict(self.positions)
        self.rollback()
        self.positions = positions
        for kind, key, value in changes:
            fold(self, kind, key, value)

    def write(self) -> None:
        """`write_into` a batch of the Store, and write it."""
        batch = self.store.batch()
        self.write_into(batch)
        self.store.write(batch)

    def _meta(self) -> PartitionMeta:
        positions, scans = sorted(self.positions.items()), sorted(self.scan_offsets.items())
        return PartitionMeta(
            position_topics=[topic for (topic, _), _ in positions],
            position_partitions=[partition for (_, partition), _ in positions],
            position_offsets=[offset for _, offset in positions],
            scan_kinds=[kind for kind, _ in scans],
            scan_offsets=[offset for _, offset in scans],
            seq=self.seq,
            incarnation=self.incarnation,
            time_ms=self.time_ms,
            low_water_ms=self.low_water_ms,
        )

    def _load_meta(self) -> None:
        data = self.store.get(keys.META)
        meta = PartitionMeta() if data is None else decode(data)
        topics = zip(meta.position_topics, meta.position_partitions, strict=True)
        self.positions = dict(zip(topics, meta.position_offsets, strict=True))
        self.scan_offsets = dict(zip(meta.scan_kinds, meta.scan_offsets, strict=True))
        self.seq, self.incarnation = meta.seq, meta.incarnation
        self.time_ms, self.low_water_ms = max(self.time_ms, meta.time_ms), meta.low_water_ms
        self._entries.begin_queue(b"x", b"x" + keys.number(self.low_water_ms))
        self._next_due_known = False
