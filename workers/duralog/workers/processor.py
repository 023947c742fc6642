"""WorkflowTaskProcessor: a Workflow Task in, Commands out; keeps the runs that may continue.

Sans-IO: no clock, no network, no threads of its own. The runner calls, in this order:

1. `process(task)` on one of its threads, never two at once for one run. `blocked(run_id)` tells the
   thread that runs user code now, so that the runner can time it and print its stack.
2. `NeedsFullHistory`: claim the task with `reset_sticky`, then `process(task, extra_events)` with
   the history of the accept (all parts; framed events from 1). An accept with newer events only:
   `process(task, extra_events)` with these. In both cases `task.started_event_id` and
   `task.started_time_ms` must be the accept's.
3. `Completed`: draw a random completion id, call `accepted(run_id, completion_id)`, and send
   RespondWorkflowTaskCompleted with it. If the answer is lost or refused nothing need be undone:
   the next task will not name that completion id, and the run is replayed.
4. `Failed`: send RespondWorkflowTaskFailed with its cause and failure; the run is already evicted.

A thread that never comes back is given up with `abandon(run_id)`: its outcome will not be kept.
"""

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from duralog.converter import DataConverter
from duralog.exceptions import ApplicationError
from duralog.schemas.codec import decode
from duralog.schemas.commands import Command
from duralog.schemas.payloads import Failure
from duralog.schemas.tasks import WorkflowTask
from duralog.workers.history import HistoryGapError
from duralog.workers.instance import WorkflowRun
from duralog.workers.workflow_chain import InterceptorClasses
from duralog.workflow.definition import WorkflowDefinition
from duralog.workflow.errors import NondeterminismError
from duralog.workflow.sandbox import SandboxRestrictions

NON_DETERMINISTIC: Final = "NON_DETERMINISTIC_ERROR"
UNHANDLED: Final = "WORKFLOW_WORKER_UNHANDLED_FAILURE"


@dataclass(slots=True, kw_only=True)
class Completed:
    """The Workflow Task is done: the Commands are the answer. replayed: no cached run was used."""

    commands: list[Command]
    replayed: bool = False


@dataclass(slots=True, kw_only=True)
class Failed:
    """The Workflow Task failed, its run goes on. cause: Temporal's name, without prefix."""

    cause: str
    failure: Failure


@dataclass(slots=True, kw_only=True)
class NeedsFullHistory:
    """No cached run may continue, and the task does not carry the whole history."""


Outcome = Completed | Failed | NeedsFullHistory


@dataclass(slots=True, kw_only=True)
class Counters:
    """What happened since the start; read by telemetry."""

    activations: int = 0
    cache_hits: int = 0
    cache_misses: int = 0
    replays: int = 0
    evictions: int = 0
    failures: int = 0
    non_determinism: int = 0


@dataclass(slots=True, kw_only=True)
class WorkflowTaskProcessor:
    """Runs Workflow Tasks of one namespace and Task Queue.

    definitions: By Workflow Type.
    cache_size: Runs kept, at most; 0: every task is replayed.
    failure_exception_types: Exceptions that fail the Workflow Execution, not the Workflow Task.
    """

    definitions: Mapping[str, WorkflowDefinition]
    converter: DataConverter = DataConverter.default
    namespace: str = "default"
    cache_size: int = 1000
    failure_exception_types: Sequence[type[BaseException]] = ()
    interceptors: InterceptorClasses = ()
    restrictions: SandboxRestrictions | None = None
    counters: Counters = field(default_factory=Counters)
    _runs: OrderedDict[str, WorkflowRun] = field(
        default_factory=OrderedDict[str, WorkflowRun], init=False
    )
    _active: dict[str, WorkflowRun] = field(default_factory=dict[str, WorkflowRun], init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def process(self, task: WorkflowTask, extra_events: Sequence[bytes] = ()) -> Outcome:
        """Run one Workflow Task; see the module's first page for what the caller does next."""
        definition = self.definitions.get(task.workflow_type)
        if definition is None:
            return self._failed(self._unregistered(task.workflow_type))
        frames = [*task.events, *extra_events]
        full = task.full
        if extra_events and decode(extra_events[0]).event_id == 1:
            frames, full = list(extra_events), True
        run = self._take(task)
        if run is not None:
            outcome = self._feed(run, task, frames[run.last_event_id :] if full else frames)
            if not isinstance(outcome, NeedsFullHistory):
                return outcome
        if not full:
            return NeedsFullHistory()
        run = WorkflowRun(
            definition,
            converter=self.converter,
            namespace=self.namespace,
            failure_exception_types=self.failure_exception_types,
            interceptors=self.interceptors,
            restrictions=self.restrictions,
        )
        outcome = self._feed(run, task, frames)
        if isinstance(outcome, NeedsFullHistory):
            return self._failed(ValueError(f"the history of run {task.run_id} has a gap"))
        return outcome

    def accepted(self, run_id: str, completion_id: str) -> None:
        """The answer to the run's last task carries this completion id."""
        with self._lock:
            run = self._runs.get(run_id)
        if run is not None:
            run.completion_id = completion_id

    def evict(self, run_id: str) -> None:
        """Forget a run, if it is kept; its coroutines end without running on."""
        with self._lock:
            run = self._runs.pop(run_id, None)
        if run is not None:
            self._end(run)

    def abandon(self, run_id: str) -> None:
        """Give up the `process` of this run that is under way: its outcome will not be kept."""
        with self._lock:
            self._active.pop(run_id, None)

    def blocked(self, run_id: str) -> int | None:
        """The thread id that runs user code of this run now; None when there is none."""
        with self._lock:
            run = self._active.get(run_id)
        return None if run is None else run.thread_id

    def close(self) -> None:
        """Evict all runs."""
        for run_id in list(self._runs):
            self.evict(run_id)

    def _take(self, task: WorkflowTask) -> WorkflowRun | None:
        """The cached run, taken out, if it may continue: this task follows its own answer."""
        with self._lock:
            run = self._runs.pop(task.run_id, None)
        if run is None:
            # A run's first task cannot be a hit, and is no miss.
            self.counters.cache_misses += task.previous_started_event_id > 0
            return None
        if run.completion_id and run.completion_id == task.previous_completion_id:
            self.counters.cache_hits += 1
            return run
        self.counters.cache_misses += 1
        self._end(run)
        return None

    def _feed(self, run: WorkflowRun, task: WorkflowTask, frames: Sequence[bytes]) -> Outcome:
        before = run.activations
        with self._lock:
            self._active[task.run_id] = run
        try:
            commands = run.feed(
                frames,
                started_event_id=task.started_event_id,
                started_time_ms=task.started_time_ms,
                attempt=task.attempt,
            )
        except HistoryGapError:
            self._release(task.run_id, run, keep=False)
            return NeedsFullHistory()
        except Exception as error:  # noqa: BLE001
            self._release(task.run_id, run, keep=False)
            return self._failed(error)
        replays = run.activations - before - 1
        self.counters.activations += 1
        self.counters.replays += replays > 0
        self._release(task.run_id, run, keep=not run.closed)
        return Completed(commands=commands, replayed=replays > 0)

    def _release(self, run_id: str, run: WorkflowRun, *, keep: bool) -> None:
        """The run is done with this task: keep it for the next if there is room, or end it."""
        with self._lock:
            abandoned = self._active.get(run_id) is not run
            if not abandoned:
                del self._active[run_id]
            if keep and not abandoned:
                run.completion_id = ""
                self._runs[run_id] = run
                run_over = self._runs.popitem(last=False)[1] if self._is_over() else None
            else:
                run_over = run
        if run_over is not None:
            self._end(run_over)

    def _is_over(self) -> bool:
        return len(self._runs) > self.cache_size

    def _end(self, run: WorkflowRun) -> None:
        self.counters.evictions += 1
        run.evict()

    def _failed(self, error: Exception) -> Failed:
        self.counters.failures += 1
        cause = NON_DETERMINISTIC if isinstance(error, NondeterminismError) else UNHANDLED
        self.counters.non_determinism += cause is NON_DETERMINISTIC
        try:
            failure = self.converter.to_failure(error)
        except (TypeError, ValueError, RuntimeError) as misfit:
            text = f"Failed converting activation exception: {misfit}"
            failure = Failure(message=text, type=type(error).__name__, source="PythonSDK")
        return Failed(cause=cause, failure=failure)

    def _unregistered(self, workflow_type: str) -> ApplicationError:
        known = ", ".join(sorted(self.definitions)) or "none"
        return ApplicationError(
            f"Workflow class {workflow_type} is not registered on this worker, "
            f"available workflows: {known}",
            type="NotFoundError",
        )
