"""One Workflow Execution in memory: scalars, and what is cached of history and activities."""

from dataclasses import dataclass, field

from duralog.schemas.events import ActivityTaskScheduled
from duralog.schemas.states import ActivityEntry, RunState


@dataclass(slots=True, kw_only=True)
class Activity:
    """One pending activity: what was scheduled, and what changed since.

    inbox: Partition and recipient of the worker that runs it; soft: heartbeats say the same later.
    """

    scheduled: ActivityTaskScheduled
    entry: ActivityEntry
    inbox: tuple[int, str] | None = None

    @property
    def waits(self) -> bool:
        """It is not on its topic: it waits for its retry, its queue or a place."""
        return self.entry.dispatch_time_ms == 0

    @property
    def started(self) -> bool:
        """A start is recorded."""
        return self.entry.started_time_ms > 0


@dataclass(slots=True, kw_only=True)
class Execution:
    """One run. Appliers change it, and nothing else does.

    events: The newest events, framed, without a gap up to the last one; None: not loaded.
    events_first: Event id of the first of `events`.
    activities: Pending activities that were touched; more may be in the Store.
    counts: What it counts for in the Store's tally (`duralog.state.tally`).
    """

    state: RunState
    events: list[bytes] | None = None
    events_first: int = 1
    activities: dict[int, Activity] = field(default_factory=dict[int, Activity])
    counts: tuple[int, int, int] = (0, 0, 0)
    dirty: bool = False
    dirty_activities: dict[int, Activity] = field(default_factory=dict[int, Activity])

    @property
    def run_id(self) -> str:
        """The Run ID."""
        return self.state.run_id

    @property
    def open(self) -> bool:
        """The run is not closed."""
        return self.state.status == "RUNNING"

    @property
    def task_pending(self) -> bool:
        """A Workflow Task was scheduled and is not done."""
        return self.state.task_scheduled_event_id > 0

    @property
    def task_transient(self) -> bool:
        """The pending Workflow Task is a repeated or speculative one, not in the history yet."""
        return self.state.task_attempt > 1 or self.state.task_speculative

    @property
    def completion_id(self) -> str:
        """The answer that a cached run must have given to go on from here."""
        return self.state.discarded_completion_id or self.state.previous_completion_id

    @property
    def task_started(self) -> bool:
        """A start of the pending Workflow Task is recorded."""
        return self.state.task_started_time_ms > 0

    @property
    def holds(self) -> bool:
        """New events must be held back: a worker may be at the pending Workflow Task."""
        state = self.state
        return state.task_started_time_ms > 0 or (
            state.task_dispatch_time_ms > 0 and not state.task_cold
        )

    @property
    def started_event_id_next(self) -> int:
        """The id that WorkflowTaskStarted of the pending Workflow Task would get now."""
        return self.state.next_event_id + (1 if self.task_transient else 0)
