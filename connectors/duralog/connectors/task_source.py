"""Custody of the tasks of one Task Queue: who answers for a record (DESIGN 7).

A source has its own thread, which polls, reports starts, and commits; claims and answers go out on
the channel's threads; user code runs on neither.

Order for one record: deliver -> begin (fresh, or claim and accept) -> report after 200 ms, or at
revocation -> answer -> acknowledged -> offset committed once all before it are.

Crash points, each after `activities.` or `workflow-tasks.` (see `crash`):

    delivered       nobody knows that we have it
    claimed         the engine accepted our claim, no user code has run
    start-reported  a fresh start is on the log, user code runs
    answered        the answer is on the log, the offset is not committed
"""

import itertools
import logging
import threading
import uuid
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Any, Final, Generic

from duralog.connectors.broker import Record, TopicPartition
from duralog.connectors.channel import Channel
from duralog.connectors.clock import monotonic_ms
from duralog.connectors.crash import CrashPoint
from duralog.connectors.custody import Custody, Entry
from duralog.connectors.places import FixedPlaces, Places
from duralog.connectors.query_handle import QueryHandle
from duralog.connectors.task_handle import Start, T, TaskHandle
from duralog.connectors.transport import Feed, TransportError
from duralog.schemas.codec import DecodeError, decode
from duralog.schemas.tasks import QueryTask, WorkflowTask
from duralog.schemas.topics import slug

LOG: Final = logging.getLogger("duralog.tasks")
COMMIT_EVERY_MS: Final = 200
CLOCKS_EVERY_MS: Final = 30_000
CLOCKS_UNKNOWN_MS: Final = 1_000
POLL_MS: Final = 50  # A report is late by at most this.
PLACE_MS: Final = 5  # With a backlog, a place may become free at any time.
BACKLOG_MAX: Final = 64  # Records taken from Kafka while all places are busy, before we wait.
FULL_MS_MAX: Final = 500  # How long we wait for a place before we pause: a rebalance waits as long.
REVOKE_WAIT_S: Final = 3.0  # For reports and answers under way; the group waits for us.
TOPIC_RETRY_S: Final = 2.0

__all__ = ["Start", "TaskHandle", "TaskSource"]


class TaskSource(Generic[T]):
    """Takes the tasks of one Task Queue, as a member of the queue's consumer group.

    `deliver(handle)` is called on the source's thread: it must only hand over
    (`call_soon_threadsafe`); so must `deliver_query(handle)`, of Query Tasks. At most `tasks_max`
    handles are open at a time, or as many as `places` says; the rest stays in Kafka.
    identity: In requests about its tasks; empty: the channel's.
    """

    def __init__(
        self,
        channel: Channel,
        kind: type[T],
        *,
        task_queue: str,
        tasks_max: int,
        deliver: Callable[[TaskHandle[T]], None],
        deliver_query: Callable[[QueryHandle], None] | None = None,
        places: Places | None = None,
        identity: str = "",
    ) -> None:
        self.channel = channel
        self.identity = identity
        self._places = places or FixedPlaces(tasks_max)
        self._kind: type[T] = kind
        self._topic_kind = "workflow-tasks" if kind is WorkflowTask else "activities"
        self._task_queue = task_queue
        self._deliver = deliver
        self._deliver_query = deliver_query
        self._custody = Custody()
        # Random numbers come from a system call: once for a source, not for each task.
        self._deliveries = uuid.uuid4().hex
        self._delivery_numbers = itertools.count(1)
        self._crash = CrashPoint.of_environment()
        self._backlog: deque[tuple[T | QueryTask, Entry]] = deque()
        self._lock = threading.Lock()
        # With permit and task.
        self._handles: dict[Any, tuple[object, T | QueryTask]] = {}
        self._under_way: set[Future[None]] = set()
        self._paused = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(
            target=self._run, name=f"duralog-{self._topic_kind}", daemon=True
        )

    def start(self) -> None:
        """Create the queue's topic if it is missing, join the group. Errors go to the log."""
        self._thread.start()

    def pause(self) -> None:
        """Take no new tasks; open handles go on, the membership stays. For a graceful shutdown."""
        self._paused.set()

    def close(self) -> None:
        """Report started tasks, commit, leave the group. Blocks.

        Open handles stay usable while the channel lives.
        """
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def open_handles(self) -> int:
        """Delivered and neither answered, released nor refused."""
        return len(self._handles)

    def new_delivery_id(self) -> str:
        """One that no other receipt has: random per source, then counted. Called by handles."""
        return f"{self._deliveries}-{next(self._delivery_numbers)}"

    def track(self, future: Future[None]) -> None:
        """An answer is under way; a revocation waits for it a little. Called by handles."""
        with self._lock:
            self._under_way.add(future)
        future.add_done_callback(self._untrack)

    def reached(self, point: str) -> None:
        """A crash point. Called by handles."""
        self._crash.reached(f"{self._topic_kind}.{point}")

    def closed(self, handle: object) -> None:
        """A handle gave its place back. Called by handles."""
        with self._lock:
            place = self._handles.pop(handle, None)
        if place is not None:
            self._places.release(*place)

    def _untrack(self, future: Future[None]) -> None:
        with self._lock:
            self._under_way.discard(future)

    def _run(self) -> None:
        """The source's thread."""
        feed = self._join()
        if feed is None:
            return
        reading, commit_ms, clocks_ms, room_ms = True, 0, 0, monotonic_ms()
        while not self._stopped.is_set():
            now_ms = monotonic_ms()
            is_full = len(self._backlog) >= BACKLOG_MAX
            if not is_full:
                room_ms = now_ms
            # A pause throws away what was fetched, so a burst that is soon worked off is no reason.
            if reading and (self._paused.is_set() or now_ms - room_ms >= FULL_MS_MAX):
                feed.pause()
                reading = False
            elif not reading and not self._paused.is_set() and not self._backlog:
                feed.resume()
                reading = True
            if reading and is_full:
                self._stopped.wait(PLACE_MS / 1000)
            else:
                self._fill(feed)
            self._step()
            if now_ms >= commit_ms:
                feed.commit(self._custody.commits(), wait=False)
                commit_ms = now_ms + COMMIT_EVERY_MS
            if now_ms >= clocks_ms:
                clocks_ms = now_ms + self._ask_clocks()
        feed.close()

    def _ask_clocks(self) -> int:
        """Asking makes them known when a task arrives. Returns when to ask again."""
        clocks = [self.channel.clock(p) for p in range(self.channel.partitions)]
        return CLOCKS_EVERY_MS if None not in clocks else CLOCKS_UNKNOWN_MS

    def _fill(self, feed: Feed) -> None:
        """Poll once."""
        fed = feed.poll(wait_ms=PLACE_MS if self._backlog else POLL_MS, records_max=BACKLOG_MAX)
        for tp, end in fed.assigned.items():
            self._custody.assign(tp, end)
        for record in fed.records:
            self._take(record)

    def _step(self) -> None:
        """Deliver what there is place for, report what runs long."""
        while self._backlog and not self._paused.is_set():
            if not self._backlog[0][1].is_ours:
                self._backlog.popleft()
                continue
            permit = self._places.reserve()
            if permit is None:
                break
            self._hand_over(*self._backlog.popleft(), permit)
        now_ms = monotonic_ms()
        with self._lock:
            handles = list(self._handles)
        for handle in handles:
            handle.report_if_due(now_ms)

    def _hand_over(self, task: T | QueryTask, entry: Entry, permit: object) -> None:
        self._places.begin(permit, task)
        if isinstance(task, QueryTask):
            asked = QueryHandle(self, task, entry)
            with self._lock:
                self._handles[asked] = (permit, task)
            if self._deliver_query is not None:
                self._deliver_query(asked)
            return
        handle = TaskHandle(self, task, entry)
        with self._lock:
            self._handles[handle] = (permit, task)
        self._deliver(handle)

    def _take(self, record: Record) -> None:
        entry = self._custody.take(TopicPartition(record.topic, record.partition), record.offset)
        if entry is None:
            return
        try:
            task: object = decode(record.value or b"")
            cause = f"a {type(task).__name__} is no task of {record.topic}"
        except DecodeError as error:
            task, cause = None, str(error)
        queries = self._deliver_query is not None
        if isinstance(task, self._kind) or (isinstance(task, QueryTask) and queries):
            self._backlog.append((task, entry))
            return

        def done(_: Future[None]) -> None:
            entry.is_done = True  # Also when nobody may write letters: the log has said it.

        # The engine's sweeper dispatches a lost task again; one that cannot be read never comes
        # back.
        self.channel.put_aside(record, code="UNDECODABLE", cause=cause).add_done_callback(done)

    def _join(self) -> Feed | None:
        names, line = self.channel.names, self.channel.line
        topic = names.of(self._topic_kind, self._task_queue)
        while not self._stopped.is_set():
            try:
                line.ensure_topic(topic, self._topic_kind, names.of("requests"))
            except TransportError as error:
                LOG.warning("%s; trying again", error)
                self._stopped.wait(TOPIC_RETRY_S)
            else:
                namespace = slug(names.namespace)
                group = f"{names.prefix}.{namespace}.workers.{self._topic_kind}"
                return line.feed(topic, f"{group}.{slug(self._task_queue)}", self._before_revoke)
        return None

    def _before_revoke(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        """Tell the engine what runs here, before others get the partitions; then nothing is ours.

        Claims go on: whoever owns the partition next finds them decided. Returns what to commit.
        """
        # First of all: what begins from here on begins elsewhere.
        self._custody.disown(partitions)
        with self._lock:
            handles, answers = list(self._handles), list(self._under_way)
        reports = [future for handle in handles if (future := handle.report()) is not None]
        _, late = wait([*reports, *answers], timeout=REVOKE_WAIT_S)
        if late:
            LOG.warning(
                "%d reports are not acknowledged yet; the tasks may be claimed twice", len(late)
            )
        commits = self._custody.commits(partitions)
        self._custody.revoke(partitions)
        return commits
