"""What workers and clients count about themselves, under the names and labels of Temporal's SDK.

Recorded through OpenTelemetry's global MeterProvider; until one is set, a value costs about a
microsecond and goes nowhere. Workflow code never comes here: what it did before is not counted
again by a replay, which is a metric of its own.
"""

from typing import Final

from duralog.common.metrics import instrument
from duralog.connectors.clock import monotonic_ms
from duralog.schemas.commands import (
    CancelWorkflowExecution,
    CompleteWorkflowExecution,
    ContinueAsNewWorkflowExecution,
    FailWorkflowExecution,
)
from duralog.schemas.requests import (
    RespondActivityTaskCanceled,
    RespondActivityTaskCompleted,
    RespondActivityTaskFailed,
    RespondWorkflowTaskCompleted,
)
from duralog.schemas.tasks import ActivityTask, WorkflowTask
from duralog.workers.outcomes import Completed, Counters, Outcome

SCOPE: Final = "duralog.sdk"  # The name of the meter.

# Each name with its kind and what it says. A histogram is of milliseconds.
METRICS: Final[dict[str, tuple[str, str]]] = {
    "temporal_request": ("counter", "requests to the engine"),
    "temporal_request_failure": ("counter", "requests that failed or were refused"),
    "temporal_request_latency": ("histogram", "from a request to its reply"),
    "temporal_long_request": ("counter", "requests that wait for an outcome"),
    "temporal_long_request_failure": ("counter", "waiting requests that failed"),
    "temporal_long_request_latency": ("histogram", "from a waiting request to its reply"),
    "temporal_worker_start": ("counter", "workers started"),
    "temporal_num_pollers": ("gauge", "memberships in a queue's consumer group"),
    "temporal_worker_task_slots_available": ("gauge", "tasks that could be taken at once"),
    "temporal_worker_task_slots_used": ("gauge", "tasks that run"),
    "temporal_workflow_completed": ("counter", "workflows that returned"),
    "temporal_workflow_canceled": ("counter", "workflows that obeyed a cancellation"),
    "temporal_workflow_failed": ("counter", "workflows that failed"),
    "temporal_workflow_continue_as_new": ("counter", "workflows that go on as a new run"),
    "temporal_workflow_endtoend_latency": ("histogram", "from a run's begin to its last task"),
    "temporal_workflow_task_queue_poll_succeed": ("counter", "workflow tasks taken"),
    "temporal_workflow_task_schedule_to_start_latency": ("histogram", "wait for a worker"),
    "temporal_workflow_task_execution_latency": ("histogram", "from taking a task to its answer"),
    "temporal_workflow_task_replay_latency": ("histogram", "tasks for which a run was replayed"),
    "temporal_workflow_task_execution_failed": ("counter", "workflow tasks that failed"),
    "temporal_sticky_cache_hit": ("counter", "tasks that found their run in the cache"),
    "temporal_sticky_cache_miss": ("counter", "tasks that should have found it, and did not"),
    "temporal_sticky_cache_size": ("gauge", "runs in the cache"),
    "temporal_sticky_cache_total_forced_eviction": ("counter", "runs that had to leave for others"),
    "temporal_activity_schedule_to_start_latency": ("histogram", "wait of an attempt for a worker"),
    "temporal_activity_execution_latency": ("histogram", "from an attempt's begin to its answer"),
    "temporal_activity_succeed_endtoend_latency": ("histogram", "from the schedule to success"),
    "temporal_activity_execution_failed": ("counter", "attempts that failed"),
    "temporal_activity_execution_cancelled": ("counter", "attempts that obeyed a cancellation"),
    "temporal_unregistered_activity_invocation": ("counter", "attempts of a type unknown here"),
    "temporal_local_activity_total": ("counter", "attempts of local activities"),
    "temporal_local_activity_execution_latency": ("histogram", "as of other activities"),
    "temporal_local_activity_succeed_endtoend_latency": ("histogram", "as of other activities"),
    "temporal_local_activity_execution_failed": ("counter", "as of other activities"),
    "temporal_local_activity_execution_cancelled": ("counter", "as of other activities"),
}

ENDS: Final[dict[type, str]] = {
    CompleteWorkflowExecution: "temporal_workflow_completed",
    CancelWorkflowExecution: "temporal_workflow_canceled",
    FailWorkflowExecution: "temporal_workflow_failed",
    ContinueAsNewWorkflowExecution: "temporal_workflow_continue_as_new",
}

ATTEMPT_ENDS: Final[dict[type, str]] = {
    RespondActivityTaskCompleted: "succeed_endtoend_latency",
    RespondActivityTaskFailed: "execution_failed",
    RespondActivityTaskCanceled: "execution_cancelled",
}


class Meters:
    """Records values with labels that all share: namespace and Task Queue."""

    def __init__(self, *, namespace: str, task_queue: str | None = None) -> None:
        self._shared = {"namespace": namespace}
        if task_queue is not None:
            self._shared["task_queue"] = task_queue

    def record(self, name: str, value: float, **labels: str) -> None:
        """Add to a counter, set a gauge, or put ms into a histogram; never a negative value."""
        kind, description = METRICS[name]
        unit = "ms" if kind == "histogram" else ""
        record = instrument(kind, name, description, unit, SCOPE)
        record(max(value, 0), {**self._shared, **labels})

    def slots(self, worker_type: str, *, used: int, slots_max: int | None) -> None:
        """How many tasks run, of how many; None: it depends."""
        self.record("temporal_worker_task_slots_used", used, worker_type=worker_type)
        if slots_max is not None:
            available = slots_max - used
            self.record("temporal_worker_task_slots_available", available, worker_type=worker_type)


class WorkflowMeters:
    """Those of Workflow Tasks. counters: The processor's."""

    def __init__(self, meters: Meters, counters: Counters) -> None:
        self._meters = meters
        self._counters = counters
        self._told = (0, 0, 0)
        self._replays = 0

    def started(self) -> None:
        """The worker has joined the queue."""
        self._meters.record("temporal_num_pollers", 1, poller_type="workflow_task")

    def stopped(self) -> None:
        """It has left."""
        self._meters.record("temporal_num_pollers", 0, poller_type="workflow_task")

    def taken(self) -> None:
        """A Workflow Task has come."""
        self._meters.record("temporal_workflow_task_queue_poll_succeed", 1)

    def begun(self, task: WorkflowTask, started_time_ms: int) -> None:
        """It may run."""
        self._meters.record(
            "temporal_workflow_task_schedule_to_start_latency",
            started_time_ms - task.dispatch_time_ms,
            workflow_type=task.workflow_type,
        )

    def ran(self, task: WorkflowTask, outcome: Outcome | None, began_ms: int) -> None:
        """Its code has run: by a replay of all before, if the run was not in the cache."""
        labels = {"workflow_type": task.workflow_type}
        if self._counters.replays > self._replays:
            self._replays = self._counters.replays
            latency_ms = monotonic_ms() - began_ms
            self._meters.record("temporal_workflow_task_replay_latency", latency_ms, **labels)
        if not isinstance(outcome, Completed):
            return
        for command in outcome.commands:
            name = ENDS.get(type(command))
            if name is not None:
                since_ms = task.started_time_ms - outcome.workflow_start_ms
                self._meters.record(name, 1, **labels)
                self._meters.record("temporal_workflow_endtoend_latency", since_ms, **labels)

    def failed(self, task: WorkflowTask, cause: str) -> None:
        """It has failed."""
        non_determinism = cause == "NON_DETERMINISTIC_ERROR"
        self._meters.record(
            "temporal_workflow_task_execution_failed",
            1,
            workflow_type=task.workflow_type,
            failure_reason="NonDeterminismError" if non_determinism else "WorkflowError",
        )

    def answered(self, task: WorkflowTask, request: object, taken_ms: int) -> None:
        """Its answer is on the way; those that failed have no latency, as in Temporal's SDK."""
        if isinstance(request, RespondWorkflowTaskCompleted):
            self._meters.record(
                "temporal_workflow_task_execution_latency",
                monotonic_ms() - taken_ms,
                workflow_type=task.workflow_type,
            )

    def state(self, *, cached: int, used: int, slots_max: int | None) -> None:
        """How full cache and slots are, and what the cache has done since this was told last."""
        counters = self._counters
        now = (counters.cache_hits, counters.cache_misses, counters.forced_evictions)
        for name, value, before in zip(_CACHE, now, self._told, strict=True):
            if value > before:
                self._meters.record(name, value - before)
        self._told = now
        self._meters.record("temporal_sticky_cache_size", cached)
        self._meters.slots("WorkflowWorker", used=used, slots_max=slots_max)


_CACHE: Final = (
    "temporal_sticky_cache_hit",
    "temporal_sticky_cache_miss",
    "temporal_sticky_cache_total_forced_eviction",
)


class ActivityMeters:
    """Those of attempts of Activities, local ones under names of their own."""

    def __init__(self, meters: Meters, *, is_local: bool = False) -> None:
        self._meters = meters
        self._is_local = is_local
        self._prefix = "temporal_local_activity" if is_local else "temporal_activity"
        self._worker_type = "LocalActivityWorker" if is_local else "ActivityWorker"

    def pollers(self, count: int) -> None:
        """How often the worker is a member of the queue."""
        self._meters.record("temporal_num_pollers", count, poller_type="activity_task")

    def begun(self, task: ActivityTask, started_time_ms: int) -> None:
        """An attempt begins that waited for a worker."""
        labels, waited_ms = {"activity_type": task.activity_type}, started_time_ms
        waited_ms -= task.dispatch_time_ms
        if self._is_local:
            self._meters.record("temporal_local_activity_total", 1, **labels)
        else:
            name = "temporal_activity_schedule_to_start_latency"
            self._meters.record(name, waited_ms, **labels)

    def unregistered(self, activity_type: str) -> None:
        """Nobody here knows this type."""
        name = "temporal_unregistered_activity_invocation"
        self._meters.record(name, 1, activity_type=activity_type)

    def answered(self, task: ActivityTask, answer: object, times: tuple[int, int]) -> None:
        """An attempt has ended.

        answer: The request that says how.
        times: When it began: by the engine's clock, and by the monotonic one.
        """
        started_time_ms, began_ms = times
        ran_ms = monotonic_ms() - began_ms
        labels = {"activity_type": task.activity_type}
        self._meters.record(f"{self._prefix}_execution_latency", ran_ms, **labels)
        value = 1
        if isinstance(answer, RespondActivityTaskCompleted):
            value = started_time_ms - task.scheduled_time_ms + ran_ms
        self._meters.record(f"{self._prefix}_{ATTEMPT_ENDS[type(answer)]}", value, **labels)

    def slots(self, *, used: int, slots_max: int | None) -> None:
        """How many attempts run, of how many."""
        self._meters.slots(self._worker_type, used=used, slots_max=slots_max)
