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

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from duralog.converter import DataConverter
from duralog.schemas.commands import Command
from duralog.schemas.payloads import Failure
from duralog.schemas.tasks import WorkflowTask
from duralog.workflow.definition import WorkflowDefinition


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
    counters: Counters = field(default_factory=Counters)
    _runs: dict[str, Any] = field(default_factory=dict[str, Any])

    def process(self, task: WorkflowTask, extra_events: Sequence[bytes] = ()) -> Outcome:
        """Run one Workflow Task; see the module's first page for what the caller does next."""
        raise NotImplementedError(task.run_id, extra_events)

    def accepted(self, run_id: str, completion_id: str) -> None:
        """The answer to the run's last task carries this completion id."""
        raise NotImplementedError(run_id, completion_id)

    def evict(self, run_id: str) -> None:
        """Forget a run, if it is kept; its coroutines end without running on."""
        raise NotImplementedError(run_id)

    def abandon(self, run_id: str) -> None:
        """Give up the `process` of this run that is under way: its outcome will not be kept."""
        raise NotImplementedError(run_id)

    def blocked(self, run_id: str) -> int | None:
        """The thread id that runs user code of this run now; None when there is none."""
        raise NotImplementedError(run_id)

    def close(self) -> None:
        """Evict all runs."""
        raise NotImplementedError
