"""What follows from an event: entries that end with it; tasks, timers and replies it makes."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from duralog.orchestrator import activity_task, query, transfers, update
from duralog.schemas import events
from duralog.schemas.codec import encode
from duralog.schemas.replies import Reply
from duralog.schemas.transitions import PendingTimer
from duralog.state import links
from duralog.state.limits import PART_BYTES_MAX

if TYPE_CHECKING:
    from duralog.orchestrator.step import Step

Output = Callable[["Step", Any], None]
# What its parent's end means for a child; of others, nothing.
_POLICIES: Mapping[str, str] = {"TERMINATE": "terminate_child", "REQUEST_CANCEL": "cancel_child"}


def _task_ends(step: "Step", _: events.Event) -> None:
    if step.state.task_recorded:
        step.forget_workflow_task()


def _scheduled_ends(step: "Step", event: events.WorkflowTaskScheduled) -> None:
    _task_ends(step, event)
    if step.state.first_task_due_ms:
        step.forget_timer(1, "start_delay")


def _activity_ends(step: "Step", event: events.ActivityTaskCompleted) -> None:
    activity = step.partition.activity(step.execution, event.scheduled_event_id)
    if activity is None:
        return  # It ended when the event was held.
    if activity.entry.recorded:
        step.forget_activity(event.scheduled_event_id)
    if activity.entry.retry_recorded:
        step.forget_retry(event.scheduled_event_id)


def _timer_ends(step: "Step", event: events.TimerFired | events.TimerCanceled) -> None:
    timer = step.partition.timer(step.state.run_id, event.timer_id)
    if timer is not None and timer.event_id == event.started_event_id:
        step.forget_timer(event.started_event_id)


def _run_ends(step: "Step", event: events.Event) -> None:
    """Tombstones of all that is pending, and a word to workers that run its activities."""
    state, execution, partition = step.state, step.execution, step.partition
    _task_ends(step, event)
    if state.first_task_due_ms:
        step.forget_timer(1, "start_delay")
    for activity in partition.activities(execution):
        activity_task.dropped(step, activity)
        activity_task.notify_gone(step, activity)
        if activity.entry.recorded:
            step.forget_activity(activity.entry.scheduled_event_id)
        if activity.entry.retry_recorded:
            step.forget_retry(activity.entry.scheduled_event_id)
    for _, timer in partition.timers(execution):
        step.forget_timer(timer.event_id)
    _children_end(step)
    update.run_ends(step, event)
    for index, _ in partition.held(execution):
        step.forget_held(index)
    for index in range(state.parked_first_index, state.parked_next_index):
        step.forget_parked(index)
    if state.quarantine_cause:
        step.forget_quarantine()


def _children_end(step: "Step") -> None:
    """A word to each child, as its policy says; the order of the log has its start before it."""
    for child in links.children(step.partition, step.execution):
        kind = _POLICIES.get(child.parent_close_policy)
        if kind is not None:
            transfers.send(step, kind, child.initiated_event_id, child.workflow_id)


def _start_delay(step: "Step", event: events.WorkflowExecutionStarted) -> None:
    if event.first_workflow_task_backoff_ms:
        step.record(
            PendingTimer(
                workflow_id=event.workflow_id,
                run_id=event.run_id,
                kind="start_delay",
                event_id=1,
                due_time_ms=step.state.first_task_due_ms,
            )
        )


def _activity_starts(step: "Step", event: events.ActivityTaskScheduled) -> None:
    activity = step.partition.activity(step.execution, event.event_id)
    assert activity is not None
    activity_task.dispatch_first(step, activity)


def _timer_starts(step: "Step", event: events.TimerStarted) -> None:
    step.record(
        PendingTimer(
            workflow_id=event.workflow_id,
            run_id=event.run_id,
            kind="timer",
            event_id=event.event_id,
            timer_id=event.timer_id,
            due_time_ms=event.event_time_ms + event.start_to_fire_timeout_ms,
        )
    )


def _child_starts(step: "Step", event: events.StartChildWorkflowExecutionInitiated) -> None:
    transfers.send(step, "start", event.event_id, event.child_workflow_id)


def _signal_goes(step: "Step", event: events.SignalExternalWorkflowExecutionInitiated) -> None:
    transfers.send(step, "signal", event.event_id, event.target_workflow_id)


def _cancel_goes(
    step: "Step", event: events.RequestCancelExternalWorkflowExecutionInitiated
) -> None:
    transfers.send(step, "cancel", event.event_id, event.target_workflow_id)


def _run_ended(step: "Step", event: events.Event) -> None:
    """Whoever waits for the close learns it; a parent, when no run follows."""
    if step.state.parent_run_id and not getattr(event, "new_execution_run_id", ""):
        transfers.send(step, "closed", event.event_id, step.state.parent_workflow_id)
    for partition, recipient, correlation_id in step.partition.take_waiters(event.run_id):
        reply = close_reply(step, step.partition.event(step.execution, event.event_id))
        reply.recipient, reply.correlation_id = recipient, correlation_id
        step.context.send(partition, recipient, encode(reply))
    query.serve(step)
    update.run_ended(step)


def close_reply(step: "Step", data: bytes) -> Reply:
    """The answer to a wait for the close of a run: its close event."""
    assert len(data) <= 5 * PART_BYTES_MAX, "a close event fits an inbox record"
    state = step.state
    return Reply(
        recipient="",
        correlation_id="",
        code="OK",
        workflow_id=state.workflow_id,
        run_id=state.run_id,
        first_execution_run_id=state.first_execution_run_id,
        engine_time_ms=step.now_ms,
        body=[data],
    )


# Before the event: tombstones of what ends with it.
ENDS: Mapping[type[events.Event], Output] = {
    events.WorkflowTaskScheduled: _scheduled_ends,
    events.WorkflowTaskCompleted: _task_ends,
    events.WorkflowTaskFailed: _task_ends,
    events.WorkflowTaskTimedOut: _task_ends,
    events.ActivityTaskCompleted: _activity_ends,
    events.ActivityTaskFailed: _activity_ends,
    events.ActivityTaskTimedOut: _activity_ends,
    events.ActivityTaskCanceled: _activity_ends,
    events.TimerFired: _timer_ends,
    events.TimerCanceled: _timer_ends,
    events.WorkflowExecutionUpdateAccepted: update.accepting,
    events.WorkflowExecutionCompleted: _run_ends,
    events.WorkflowExecutionFailed: _run_ends,
    events.WorkflowExecutionCanceled: _run_ends,
    events.WorkflowExecutionTerminated: _run_ends,
    events.WorkflowExecutionTimedOut: _run_ends,
    events.WorkflowExecutionContinuedAsNew: _run_ends,
}

# Behind the event: what it starts.
OUTPUTS: Mapping[type[events.Event], Output] = {
    events.WorkflowExecutionStarted: _start_delay,
    events.ActivityTaskScheduled: _activity_starts,
    events.TimerStarted: _timer_starts,
    events.StartChildWorkflowExecutionInitiated: _child_starts,
    events.SignalExternalWorkflowExecutionInitiated: _signal_goes,
    events.RequestCancelExternalWorkflowExecutionInitiated: _cancel_goes,
    events.WorkflowExecutionUpdateAccepted: update.was_accepted,
    events.WorkflowExecutionUpdateCompleted: update.was_completed,
    events.WorkflowExecutionCompleted: _run_ended,
    events.WorkflowExecutionFailed: _run_ended,
    events.WorkflowExecutionCanceled: _run_ended,
    events.WorkflowExecutionTerminated: _run_ended,
    events.WorkflowExecutionTimedOut: _run_ended,
    events.WorkflowExecutionContinuedAsNew: _run_ended,
}
