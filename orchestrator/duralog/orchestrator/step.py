"""One input against one run: handlers read the execution, add Events and Transitions, no more."""

from collections.abc import Callable, Mapping
from typing import Any, TypedDict

from duralog.orchestrator import stalled
from duralog.orchestrator.context import Context
from duralog.orchestrator.outbox import Change
from duralog.orchestrator.outputs import ENDS, OUTPUTS
from duralog.schemas import changelog
from duralog.schemas.codec import encode
from duralog.schemas.events import ActivityTaskStarted, ChildWorkflowExecutionStarted, Event
from duralog.schemas.transitions import (
    ActivityRetry,
    ActivityState,
    AdmittedUpdate,
    ParkedRequest,
    PendingTimer,
    PendingTransfer,
    Quarantine,
    Transition,
    WorkflowExecutionStalled,
    WorkflowTaskState,
)
from duralog.state import appliers
from duralog.state.deadlines import arm_run
from duralog.state.execution import Execution
from duralog.state.partition import PartitionState

# Where a Transition stands: its changelog topic and its key there.
PLACES: Mapping[type[Transition], tuple[str, Callable[[Any], bytes]]] = {
    WorkflowTaskState: ("pending", lambda t: changelog.workflow_task_key(t.run_id)),
    ActivityState: ("pending", lambda t: changelog.activity_key(t.run_id, t.scheduled_event_id)),
    Quarantine: ("pending", lambda t: changelog.quarantine_key(t.run_id)),
    ParkedRequest: ("pending", lambda t: changelog.parked_key(t.run_id, t.index)),
    PendingTransfer: ("pending", lambda t: changelog.transfer_key(t.run_id, t.transfer_id)),
    AdmittedUpdate: ("pending", lambda t: changelog.admitted_update_key(t.run_id, t.index)),
    WorkflowExecutionStalled: ("history", lambda t: changelog.history_key(t.run_id, 0)),
    ActivityRetry: ("retries", lambda t: changelog.retry_key(t.run_id, t.scheduled_event_id)),
    PendingTimer: ("timers", lambda t: changelog.timer_key(t.run_id, t.event_id, t.kind)),
}


class Head(TypedDict):
    """The first fields of every event."""

    workflow_id: str
    run_id: str
    event_id: int
    event_time_ms: int


class Step:
    """One input against one run. `add` appends and applies, so what follows sees its effect."""

    __slots__ = ("context", "execution", "now_ms", "partition", "state")

    def __init__(self, partition: PartitionState, execution: Execution, context: Context) -> None:
        self.partition = partition
        self.execution = execution
        self.state = execution.state
        self.context = context
        self.now_ms = context.now_ms

    def head(self) -> Head:
        """The first fields of an event that happens now; `add` numbers it."""
        state = self.state
        return {
            "workflow_id": state.workflow_id,
            "run_id": state.run_id,
            "event_id": 0,
            "event_time_ms": self.now_ms,
        }

    def add(self, event: Event) -> int:
        """Append `event` to the history; its id."""
        state = self.state
        event_id = event.event_id = state.next_event_id
        kind = type(event)
        ends = ENDS.get(kind)
        if ends is not None:
            ends(self, event)
        data = encode(event)
        appliers.append(self.partition, self.execution, event, data)
        self._change("history", changelog.history_key(state.run_id, event_id), data)
        outputs = OUTPUTS.get(kind)
        if outputs is not None:
            outputs(self, event)
        return event_id

    def add_all(self, events: list[Event]) -> None:
        """Append events that no Command made: what closes an activity or a child learns the id of
        its Started.
        """
        started: dict[int, int] = {}  # By scheduled or initiated event: these ids never meet.
        for event in events:
            if isinstance(event, ActivityTaskStarted):
                started[event.scheduled_event_id] = self.add(event)
                continue
            if isinstance(event, ChildWorkflowExecutionStarted):
                started[event.initiated_event_id] = self.add(event)
                continue
            origin = getattr(event, "scheduled_event_id", 0) or getattr(
                event, "initiated_event_id", 0
            )
            if origin in started:
                event.started_event_id = started[origin]  # type: ignore[union-attr]
            self.add(event)

    def hold(self, event: Event) -> None:
        """Hold `event` back until the Workflow Task is answered; its effect happens now."""
        state = self.state
        ends = ENDS.get(type(event))
        if ends is not None:
            ends(self, event)
        index, data = state.held_next_index, encode(event)
        appliers.hold(self.partition, self.execution, index, event, data)
        self._change("pending", changelog.held_event_key(state.run_id, index), data)

    def record(self, transition: Transition) -> None:
        """Write and apply a Transition."""
        kind, key_of = PLACES[type(transition)]
        appliers.record(self.partition, self.execution, transition)
        self._change(kind, key_of(transition), encode(transition))

    def forget_workflow_task(self) -> None:
        """Tombstone of the WorkflowTaskState."""
        appliers.forget(self.partition, self.execution, "w", 0)
        self._change("pending", changelog.workflow_task_key(self.state.run_id), None)

    def forget_activity(self, scheduled_event_id: int) -> None:
        """Tombstone of an ActivityState."""
        appliers.forget(self.partition, self.execution, "a", scheduled_event_id)
        key = changelog.activity_key(self.state.run_id, scheduled_event_id)
        self._change("pending", key, None)

    def forget_retry(self, scheduled_event_id: int) -> None:
        """Tombstone of an ActivityRetry."""
        appliers.forget(self.partition, self.execution, "retries", scheduled_event_id)
        self._change("retries", changelog.retry_key(self.state.run_id, scheduled_event_id), None)

    def forget_timer(self, event_id: int, kind: str = "timer") -> None:
        """Tombstone of a PendingTimer."""
        appliers.forget(self.partition, self.execution, "timers", event_id)
        self._change("timers", changelog.timer_key(self.state.run_id, event_id, kind), None)

    def forget_held(self, index: int) -> None:
        """Tombstone of a held event."""
        appliers.forget(self.partition, self.execution, "h", index)
        self._change("pending", changelog.held_event_key(self.state.run_id, index), None)

    def forget_quarantine(self) -> None:
        """Tombstone of the Quarantine."""
        appliers.forget(self.partition, self.execution, "q", 0)
        self._change("pending", changelog.quarantine_key(self.state.run_id), None)

    def forget_parked(self, index: int) -> None:
        """Tombstone of a ParkedRequest."""
        appliers.forget(self.partition, self.execution, "p", index)
        self._change("pending", changelog.parked_key(self.state.run_id, index), None)

    def forget_transfer(self, transfer_id: int) -> None:
        """Tombstone of a PendingTransfer."""
        appliers.forget(self.partition, self.execution, "o", transfer_id)
        self._change("pending", changelog.transfer_key(self.state.run_id, transfer_id), None)

    def forget_update(self, index: int) -> None:
        """Tombstone of an AdmittedUpdate."""
        appliers.forget(self.partition, self.execution, "u", index)
        self._change("pending", changelog.admitted_update_key(self.state.run_id, index), None)

    def finish(self) -> None:
        """The run's deadline is as its state says, and so is whether it is stalled."""
        stalled.note(self)
        arm_run(self.partition, self.execution)

    def _change(self, kind: str, key: bytes, value: bytes | None) -> None:
        context = self.context
        context.out.changelog.append(Change(kind, key, value, context.source))
