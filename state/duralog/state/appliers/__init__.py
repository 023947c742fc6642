"""One applier per Event and per Transition: the only code that changes executions.

The live path and recovery use the same ones. An event that was held back is applied twice: its
effect when it is held, its place in the history when it is appended; so appliers of such events may
be repeated.
"""

from collections.abc import Callable, Mapping
from typing import Any

from duralog.schemas import events, transitions
from duralog.state.appliers import (
    activity,
    child,
    level,
    properties,
    quarantine,
    stalled,
    timer,
    transfer,
    update,
    workflow_execution,
    workflow_task,
)
from duralog.state.execution import Execution
from duralog.state.partition import PartitionState

__all__ = ["EVENTS", "TOMBSTONES", "TRANSITIONS", "append", "forget", "hold", "level", "record"]
Applier = Callable[[PartitionState, Execution, Any], None]


def _close(status: str) -> Applier:
    def applier(partition: PartitionState, execution: Execution, event: events.Event) -> None:
        workflow_execution.closed(partition, execution, status, event.event_time_ms)

    return applier


def _task_ended(partition: PartitionState, execution: Execution, _: events.Event) -> None:
    workflow_task.ended(partition, execution)


def _activity_closed(
    partition: PartitionState, execution: Execution, event: events.ActivityTaskCompleted
) -> None:
    activity.closed(partition, execution, event.scheduled_event_id)


def _timer_ended(partition: PartitionState, execution: Execution, event: events.TimerFired) -> None:
    timer.ended(partition, execution, event.timer_id, event.started_event_id)


def _nothing(partition: PartitionState, execution: Execution, event: events.Event) -> None:
    """The event says something that the state knows already."""
    del partition, execution, event


EVENTS: Mapping[type[events.Event], Applier] = {
    events.WorkflowExecutionStarted: workflow_execution.started,
    events.WorkflowExecutionCompleted: _close("COMPLETED"),
    events.WorkflowExecutionFailed: _close("FAILED"),
    events.WorkflowExecutionTimedOut: _close("TIMED_OUT"),
    events.WorkflowTaskScheduled: workflow_task.scheduled,
    events.WorkflowTaskStarted: _nothing,
    events.WorkflowTaskCompleted: workflow_task.completed,
    events.WorkflowTaskTimedOut: _task_ended,
    events.WorkflowTaskFailed: _task_ended,
    events.ActivityTaskScheduled: activity.scheduled,
    events.ActivityTaskStarted: _nothing,
    events.ActivityTaskCompleted: _activity_closed,
    events.ActivityTaskFailed: _activity_closed,
    events.ActivityTaskTimedOut: _activity_closed,
    events.ActivityTaskCancelRequested: activity.cancel_requested,
    events.ActivityTaskCanceled: _activity_closed,
    events.TimerStarted: timer.started,
    events.TimerFired: _timer_ended,
    events.TimerCanceled: _timer_ended,
    events.WorkflowExecutionCancelRequested: workflow_execution.cancel_requested,
    events.WorkflowExecutionCanceled: _close("CANCELED"),
    events.WorkflowExecutionSignaled: workflow_execution.signaled,
    events.WorkflowExecutionUpdateAccepted: update.accepted,
    events.WorkflowExecutionUpdateCompleted: update.completed,
    events.WorkflowExecutionTerminated: _close("TERMINATED"),
    events.WorkflowExecutionContinuedAsNew: _close("CONTINUED_AS_NEW"),
    events.MarkerRecorded: _nothing,
    events.UpsertWorkflowSearchAttributes: properties.upserted,
    events.WorkflowPropertiesModified: properties.modified,
    events.StartChildWorkflowExecutionInitiated: child.initiated,
    events.ChildWorkflowExecutionStarted: child.started,
    events.StartChildWorkflowExecutionFailed: child.ended,
    events.ChildWorkflowExecutionCompleted: child.ended,
    events.ChildWorkflowExecutionFailed: child.ended,
    events.ChildWorkflowExecutionCanceled: child.ended,
    events.ChildWorkflowExecutionTimedOut: child.ended,
    events.ChildWorkflowExecutionTerminated: child.ended,
    events.SignalExternalWorkflowExecutionInitiated: _nothing,
    events.SignalExternalWorkflowExecutionFailed: _nothing,
    events.ExternalWorkflowExecutionSignaled: _nothing,
    events.RequestCancelExternalWorkflowExecutionInitiated: _nothing,
    events.RequestCancelExternalWorkflowExecutionFailed: _nothing,
    events.ExternalWorkflowExecutionCancelRequested: _nothing,
}

# DeadLetter, FeatureLevel, Positions and Void change no run: folding knows them apart.
TRANSITIONS: Mapping[type[transitions.Transition], Applier] = {
    transitions.WorkflowTaskState: workflow_task.recorded,
    transitions.ActivityState: activity.recorded,
    transitions.ActivityRetry: activity.retried,
    transitions.Quarantine: quarantine.quarantined,
    transitions.ParkedRequest: quarantine.parked,
    transitions.PendingTransfer: transfer.pending,
    transitions.AdmittedUpdate: update.admitted,
    transitions.WorkflowExecutionStalled: stalled.stalled,
    transitions.PendingTimer: _nothing,  # TimerStarted or WorkflowExecutionStarted said it.
}


def _lifted(partition: PartitionState, execution: Execution, _: int) -> None:
    quarantine.lifted(partition, execution)


def _no_timer(partition: PartitionState, execution: Execution, _: int) -> None:
    """An event says what became of the timer."""
    del partition, execution


Tombstone = Callable[[PartitionState, Execution, int], None]

# By the letter in the key (`pending`) or the kind of topic: what the end of an entry changes.
TOMBSTONES: Mapping[str, Tombstone] = {
    "w": workflow_task.forgotten,
    "a": activity.forgotten,
    "h": workflow_task.released,
    "q": _lifted,
    "p": quarantine.unparked,
    "o": transfer.acknowledged,
    "u": update.settled,
    "retries": activity.retry_forgotten,
    "timers": _no_timer,
}


def append(
    partition: PartitionState, execution: Execution, event: events.Event, data: bytes
) -> None:
    """Append `event`, whose framed bytes are `data`, to the history and fold it."""
    expected = execution.state.next_event_id
    assert event.event_id == expected, f"event {event.event_id}, expected {expected}"
    partition.touch(execution)
    partition.append(execution, data)
    EVENTS[type(event)](partition, execution, event)


def hold(
    partition: PartitionState, execution: Execution, index: int, event: events.Event, data: bytes
) -> None:
    """Hold `event` back; its effect happens now."""
    partition.touch(execution)
    # An activity's start may be long ago; its close, right behind it, is what is held since now.
    started = isinstance(event, events.ActivityTaskStarted)
    since_ms = 0 if started else event.event_time_ms
    workflow_task.held(partition, execution, index, data, since_ms)
    EVENTS[type(event)](partition, execution, event)


def record(
    partition: PartitionState, execution: Execution, transition: transitions.Transition
) -> None:
    """Fold a Transition."""
    partition.touch(execution)
    TRANSITIONS[type(transition)](partition, execution, transition)


def forget(partition: PartitionState, execution: Execution, tombstone: str, number: int) -> None:
    """Fold the end of an entry.

    tombstone: A key of TOMBSTONES. number: The last part of the entry's key.
    """
    partition.touch(execution)
    TOMBSTONES[tombstone](partition, execution, number)
