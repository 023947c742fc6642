"""Which tasks are with workers, read from the records: while there are some, time must not skip.

A task of a queue that no worker serves holds time for a moment only: its worker may be starting.
"""

from typing import Any, Final

from duralog.connectors.broker import TopicPartition
from duralog.connectors.clock import monotonic_ms
from duralog.connectors.memory import MemoryBroker
from duralog.schemas import events
from duralog.schemas.codec import decode
from duralog.schemas.tasks import QueryTask, WorkflowTask
from duralog.schemas.topics import TopicNames
from duralog.schemas.transitions import ActivityRetry, WorkflowTaskState

Key = tuple[str, int, int]  # Run ID, scheduled event id, attempt; attempt 0: of all attempts.

_TASK_ENDS: Final = (
    events.WorkflowTaskCompleted,
    events.WorkflowTaskFailed,
    events.WorkflowTaskTimedOut,
    events.ActivityTaskCompleted,
    events.ActivityTaskFailed,
    events.ActivityTaskTimedOut,
    events.ActivityTaskCanceled,
)
_RUN_ENDS: Final = (
    events.WorkflowExecutionCompleted,
    events.WorkflowExecutionFailed,
    events.WorkflowExecutionTimedOut,
    events.WorkflowExecutionContinuedAsNew,
    events.WorkflowExecutionCanceled,
    events.WorkflowExecutionTerminated,
)
_BATCH: Final = 1000
UNSERVED_MS: Final = 1000  # Of this machine's time; a worker joins within some hundredths of it.


def is_speculative(task: WorkflowTask) -> bool:
    """Whether a task is not in the history yet, and may never be."""
    if task.attempt > 1 or not task.events:
        return False
    return bool(decode(task.events[-1]).event_id < task.scheduled_event_id)


class Outstanding:
    """Tasks dispatched and not ended. Call `is_empty` between two transactions of the engine."""

    def __init__(self, broker: MemoryBroker, names: TopicNames) -> None:
        self._broker = broker
        self._names = names
        self._positions: dict[TopicPartition, int] = {}
        self._tasks: dict[Key, tuple[str, int]] = {}  # Its topic, and when it was first seen.
        self._ended: set[Key] = set()
        self._runs_ended: set[str] = set()
        # Speculative Workflow Tasks by run: a discarded one ends without an event.
        self._speculative: dict[str, int] = {}
        self._queues: dict[str, str] = {}  # The topic on which a run's tasks were last.

    def is_empty(self) -> bool:
        """Whether no worker has anything to do, or may soon have."""
        for topic in self._broker.topics():
            kind = topic.removeprefix(f"{self._names.prefix}.{self._names.namespace}.")
            if kind in ("history", "retries"):
                self._read(topic, self._end)
            elif kind == "pending":
                self._read(topic, self._aside, self._no_longer)
            elif kind.startswith(("workflow-tasks.", "activities.")):
                self._read(topic, self._begin)
        self._tasks = {t: place for t, place in self._tasks.items() if not self._is_over(t)}
        now_ms = monotonic_ms()
        aside = ((self._queues.get(run, ""), since) for run, since in self._speculative.items())
        return not any(
            now_ms - since_ms < UNSERVED_MS or self._broker.is_read(topic)
            for topic, since_ms in (*self._tasks.values(), *aside)
        )

    def _read(self, topic: str, take: Any, gone: Any = None) -> None:  # methods of ours
        for partition in range(self._broker.partitions(topic)):
            tp = TopicPartition(topic, partition)
            records, end = self._broker.read(tp, self._positions.get(tp, 0), records_max=_BATCH)
            while records:
                for record in records:
                    if record.value is not None:
                        take(topic, decode(record.value))
                    elif gone is not None:
                        gone(record.key)
                records, end = self._broker.read(tp, end, records_max=_BATCH)
            self._positions[tp] = end

    def _aside(self, _topic: str, record: Any) -> None:  # a Transition, or a held event
        if isinstance(record, WorkflowTaskState):
            if record.speculative and record.dispatch_time_ms:
                self._speculative.setdefault(record.run_id, monotonic_ms())
            else:
                self._speculative.pop(record.run_id, None)

    def _no_longer(self, key: bytes) -> None:
        run_id, *parts = key.decode().split("/")
        if parts == ["w"]:
            self._speculative.pop(run_id, None)

    def _begin(self, topic: str, task: Any) -> None:  # a Task
        if isinstance(task, QueryTask):
            return  # Nothing in a run waits for it.
        if isinstance(task, WorkflowTask):
            self._queues[task.run_id] = topic
            if is_speculative(task):
                return
        attempt = 1 if isinstance(task, WorkflowTask) else task.attempt
        key = (task.run_id, task.scheduled_event_id, attempt)
        self._tasks.setdefault(key, (topic, monotonic_ms()))

    def _end(self, _topic: str, record: Any) -> None:  # an Event or an ActivityRetry
        if isinstance(record, _TASK_ENDS):
            self._ended.add((record.run_id, record.scheduled_event_id, 0))
        elif isinstance(record, _RUN_ENDS):
            self._runs_ended.add(record.run_id)
        elif isinstance(record, ActivityRetry):
            self._ended.add((record.run_id, record.scheduled_event_id, record.attempt - 1))

    def _is_over(self, task: Key) -> bool:
        run_id, scheduled_event_id, _ = task
        return (
            task in self._ended
            or (run_id, scheduled_event_id, 0) in self._ended
            or run_id in self._runs_ended
        )
