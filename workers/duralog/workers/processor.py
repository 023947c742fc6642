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
4. `Waiting`: local Activities run. Each end is given to `resolve`, which leads to the next outcome;
   before the Workflow Task times out, `heartbeat` leads to a Completed that asks for another.
5. `Failed`: send RespondWorkflowTaskFailed with its cause and failure; the run is already evicted.

A thread that never comes back is given up with `abandon(run_id)`: its outcome will not be kept.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Final, Protocol

from duralog.converter import DataConverter
from duralog.exceptions import ApplicationError
from duralog.schemas.codec import decode
from duralog.schemas.payloads import Failure
from duralog.schemas.requests import QueryWorkflow, RespondQueryTaskCompleted
from duralog.schemas.tasks import QueryTask, WorkflowTask
from duralog.workers.history import HistoryGapError
from duralog.workers.instance import WorkflowRun
from duralog.workers.machines.local_activity import LocalCall, LocalOutcome, LocalRun
from duralog.workers.outcomes import (
    Completed,
    Counters,
    Failed,
    NeedsFullHistory,
    Outcome,
    Waiting,
)
from duralog.workers.queries import failed
from duralog.workers.sizes import warn_of_history
from duralog.workers.workflow_chain import InterceptorClasses
from duralog.workflow.definition import WorkflowDefinition
from duralog.workflow.errors import NondeterminismError
from duralog.workflow.sandbox import SandboxRestrictions

NON_DETERMINISTIC: Final = "NON_DETERMINISTIC_ERROR"
UNHANDLED: Final = "WORKFLOW_WORKER_UNHANDLED_FAILURE"


class LocalWorker(Protocol):
    """Who runs local Activities; see LocalRunner."""

    def start(self, run: LocalRun, calls: list[LocalCall]) -> None:
        """Run these."""
        ...

    def cancel(self, run: LocalRun, seqs: list[int]) -> None:
        """Ask these to stop."""
        ...

    def drop(self, run: LocalRun) -> None:
        """Nobody waits for any of this run any more."""
        ...


@dataclass(slots=True, kw_only=True)
class WorkflowTaskProcessor:
    """Runs Workflow Tasks of one namespace and Task Queue.

    definitions: By Workflow Type; None: the dynamic one, for every other type.
    cache_size: Runs kept, at most; 0: every task is replayed.
    failure_exception_types: Exceptions that fail the Workflow Execution, not the Workflow Task.
    local: Runs local Activities; None: they never end.
    """

    definitions: Mapping[str | None, WorkflowDefinition]
    converter: DataConverter = DataConverter.default
    namespace: str = "default"
    cache_size: int = 4000
    failure_exception_types: Sequence[type[BaseException]] = ()
    interceptors: InterceptorClasses = ()
    restrictions: SandboxRestrictions | None = None
    counters: Counters = field(default_factory=Counters)
    local: LocalWorker | None = None
    _waiting: dict[str, WorkflowRun] = field(default_factory=dict[str, WorkflowRun], init=False)
    _keys: Iterator[int] = field(default_factory=lambda: count(1), init=False)
    _runs: OrderedDict[str, WorkflowRun] = field(
        default_factory=OrderedDict[str, WorkflowRun], init=False
    )
    _active: dict[str, WorkflowRun] = field(default_factory=dict[str, WorkflowRun], init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def process(self, task: WorkflowTask, extra_events: Sequence[bytes] = ()) -> Outcome:
        """Run one Workflow Task; see the module's first page for what the caller does next."""
        definition = self._definition(task.workflow_type)
        if definition is None:
            return self._failed(self._unregistered(task.workflow_type))
        frames = [*task.events, *extra_events]
        full = task.full
        if extra_events and decode(extra_events[0]).event_id == 1:
            frames, full = list(extra_events), True
        run = self._waiting.pop(task.run_id, None)
        if run is not None:
            self._end(run)  # The engine has given up the Workflow Task that it waited in.
        run = self._take(task)
        if run is not None:
            outcome = self._feed(run, task, frames[run.last_event_id :] if full else frames)
            if not isinstance(outcome, NeedsFullHistory):
                return outcome
        if not full:
            return NeedsFullHistory()
        run = self._new_run(definition)
        run.local_run = LocalRun(
            next(self._keys), task.workflow_id, task.run_id, task.workflow_type
        )
        outcome = self._feed(run, task, frames)
        if isinstance(outcome, NeedsFullHistory):
            return self._failed(ValueError(f"the history of run {task.run_id} has a gap"))
        return outcome

    def resolve(self, local_run: LocalRun, outcome: LocalOutcome) -> Outcome | None:
        """A local Activity has ended; None: its Workflow Task is not out, or nobody waits."""
        run_id = local_run.run_id
        run = self._waiting.get(run_id)
        if run is None or run.local_run is not local_run:
            with self._lock:
                kept = self._runs.get(run_id)
            if kept is not None and kept.local_run is local_run:
                kept.resolve(outcome, task_is_open=False)
            return None
        del self._waiting[run_id]
        with self._lock:
            self._active[run_id] = run
        try:
            commands = run.resolve(outcome, task_is_open=True)
        except Exception as error:  # noqa: BLE001 # user code raised
            self._release(run_id, run, keep=False)
            return self._failed(error)
        return self._rested(run_id, run, Completed(commands=commands))

    def heartbeat(self, run_id: str) -> Completed | None:
        """What to answer while local Activities run on; None: none of this run does."""
        run = self._waiting.pop(run_id, None)
        if run is None:
            return None
        with self._lock:
            self._active[run_id] = run
        completed = Completed(
            commands=run.commands(), force_create=True, query_results=run.answers()
        )
        self._release(run_id, run, keep=True)
        return completed

    def _rested(self, run_id: str, run: WorkflowRun, completed: Completed) -> Outcome:
        """The code rests: the Workflow Task is done, or waits for local Activities."""
        new, cancels = run.local.take_new(), run.local.take_cancels()
        if self.local is not None and run.local_run is not None:
            if cancels:
                self.local.cancel(run.local_run, cancels)
            if new and not run.closed:
                self.local.start(run.local_run, new)
        if run.closed or not run.local.waiting:
            completed.query_results = run.answers()
            completed.workflow_start_ms = run.workflow_start_ms
            self._release(run_id, run, keep=not run.closed)
            return completed
        with self._lock:
            abandoned = self._active.pop(run_id, None) is not run
        if abandoned:
            self._end(run)
        else:
            self._waiting[run_id] = run
        return Waiting()

    def query(
        self, task: QueryTask, query: QueryWorkflow, history: Sequence[bytes] = ()
    ) -> RespondQueryTaskCompleted | NeedsFullHistory:
        """Answer a query between Workflow Tasks; `history` when it was asked for before."""
        definition = self._definition(task.workflow_type)
        if definition is None:
            failure = self.converter.to_failure(self._unregistered(task.workflow_type))
            return failed(query, failure)
        with self._lock:
            run = self._runs.get(task.run_id)
        if run is not None and (
            not run.completion_id or run.completion_id != task.previous_completion_id
        ):
            run = None  # It is behind, or ahead of what the engine has accepted.
        frames = list(history) or task.events
        if run is not None:
            return self._query(run, query)
        if not history and not task.full:
            return NeedsFullHistory()
        run = self._new_run(definition)
        try:
            return self._query(run, query, frames)
        finally:
            run.evict()

    def _query(
        self, run: WorkflowRun, query: QueryWorkflow, frames: Sequence[bytes] = ()
    ) -> RespondQueryTaskCompleted:
        with self._lock:
            self._active[query.run_id] = run
        try:
            run.replay(frames)
            return run.query(query)
        except Exception as error:  # noqa: BLE001 # the replay's: the code has changed
            return failed(query, self._failed(error).failure)
        finally:
            with self._lock:
                if self._active.get(query.run_id) is run:
                    del self._active[query.run_id]

    def accepted(self, run_id: str, completion_id: str) -> None:
        """The answer to the run's last task carries this completion id."""
        with self._lock:
            run = self._runs.get(run_id)
        if run is not None:
            run.completion_id = completion_id

    def evict(self, run_id: str) -> None:
        """Forget a run, if it is kept; its coroutines end without running on."""
        waiting = self._waiting.pop(run_id, None)
        if waiting is not None:
            self._end(waiting)
        with self._lock:
            run = self._runs.pop(run_id, None)
        if run is not None:
            self._end(run)

    def abandon(self, run_id: str) -> None:
        """Give up the `process` or `query` of this run that is under way: its outcome will not be
        kept, nor the run, in which a thread is stuck.
        """
        with self._lock:
            self._active.pop(run_id, None)
            self._runs.pop(run_id, None)

    def blocked(self, run_id: str) -> int | None:
        """The thread id that runs user code of this run now; None when there is none."""
        with self._lock:
            run = self._active.get(run_id)
        return None if run is None else run.thread_id

    @property
    def cached(self) -> int:
        """How many runs are kept."""
        return len(self._runs) + len(self._waiting)

    def close(self) -> None:
        """Evict all runs."""
        for run_id in [*self._waiting, *self._runs]:
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
                scheduled_event_id=task.scheduled_event_id,
                updates=task.updates,
            )
        except HistoryGapError:
            self._release(task.run_id, run, keep=False)
            return NeedsFullHistory()
        except Exception as error:  # noqa: BLE001
            self._release(task.run_id, run, keep=False)
            return self._failed(error)
        replays = run.activations - before - 1
        if not run.warned:
            run.warned = warn_of_history(
                task.workflow_id,
                events=task.started_event_id,
                size_bytes=run.history_size_bytes,
            )
        self.counters.activations += 1
        self.counters.replays += replays > 0
        completed = Completed(commands=commands, replayed=replays > 0)
        run.queries = task.queries
        return self._rested(task.run_id, run, completed)

    def _definition(self, workflow_type: str) -> WorkflowDefinition | None:
        return self.definitions.get(workflow_type) or self.definitions.get(None)

    def _new_run(self, definition: WorkflowDefinition) -> WorkflowRun:
        return WorkflowRun(
            definition,
            converter=self.converter,
            namespace=self.namespace,
            failure_exception_types=self.failure_exception_types,
            interceptors=self.interceptors,
            restrictions=self.restrictions,
        )

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
                self.counters.forced_evictions += run_over is not None
            else:
                run_over = run
        if run_over is not None:
            self._end(run_over)

    def _is_over(self) -> bool:
        return len(self._runs) > self.cache_size

    def _end(self, run: WorkflowRun) -> None:
        self.counters.evictions += 1
        if self.local is not None and run.local_run is not None and run.local.waiting:
            self.local.drop(run.local_run)
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
        known = ", ".join(sorted(name for name in self.definitions if name)) or "none"
        return ApplicationError(
            f"Workflow class {workflow_type} is not registered on this worker, "
            f"available workflows: {known}",
            type="NotFoundError",
        )
