"""Pending activities: scheduled, recorded, retried, closed."""

from duralog.schemas.events import ActivityTaskCancelRequested, ActivityTaskScheduled
from duralog.schemas.states import ActivityEntry
from duralog.schemas.transitions import ActivityRetry, ActivityState
from duralog.state import keys
from duralog.state.deadlines import arm_activity
from duralog.state.execution import Activity, Execution
from duralog.state.partition import PartitionState


def scheduled(
    partition: PartitionState, execution: Execution, event: ActivityTaskScheduled
) -> None:
    """Pending, and dispatched; an ActivityState behind this event says when it could not be."""
    entry = ActivityEntry(
        scheduled_event_id=event.event_id,
        attempt_time_ms=event.event_time_ms,
        dispatch_time_ms=event.event_time_ms,
    )
    activity = Activity(scheduled=event, entry=entry)
    partition.add_activity(execution, activity)
    arm_activity(partition, execution, activity)


def cancel_requested(
    partition: PartitionState, execution: Execution, event: ActivityTaskCancelRequested
) -> None:
    """The workflow asked to cancel it."""
    activity = partition.activity(execution, event.scheduled_event_id)
    if activity is not None:
        partition.touch_activity(execution, activity)
        activity.entry.cancel_requested_event_id = event.event_id
        arm_activity(partition, execution, activity)


def closed(partition: PartitionState, execution: Execution, scheduled_event_id: int) -> None:
    """Not pending any more; said twice when the closing event was held back first."""
    activity = partition.activity(execution, scheduled_event_id)
    if activity is not None:
        unwait(partition, execution, activity)
        partition.remove_activity(execution, activity)


def recorded(partition: PartitionState, execution: Execution, transition: ActivityState) -> None:
    """How the pending activity stands."""
    activity = partition.activity(execution, transition.scheduled_event_id)
    if activity is None:
        return  # Closed by an event that was read before, from a compacted log.
    partition.touch_activity(execution, activity)
    unwait(partition, execution, activity)
    entry = activity.entry
    entry.attempt, entry.copy = transition.attempt, transition.copy
    entry.dispatch_time_ms = transition.dispatch_time_ms
    entry.started_time_ms = transition.started_time_ms
    entry.delivery_id, entry.identity = transition.delivery_id, transition.identity
    entry.last_heartbeat_time_ms = transition.last_heartbeat_time_ms
    entry.heartbeat_details = transition.heartbeat_details
    entry.stalled = transition.stalled
    entry.retry_time_ms = 0
    entry.recorded = True
    if not entry.dispatch_time_ms:
        partition.put(_waiting(execution, activity), b"")
    arm_activity(partition, execution, activity)


def retried(partition: PartitionState, execution: Execution, transition: ActivityRetry) -> None:
    """The attempt failed, and the next one waits for its time."""
    activity = partition.activity(execution, transition.scheduled_event_id)
    if activity is None:
        return
    partition.touch_activity(execution, activity)
    unwait(partition, execution, activity)
    entry = activity.entry
    entry.attempt, entry.attempt_time_ms = transition.attempt, transition.due_time_ms
    entry.retry_time_ms = transition.due_time_ms
    entry.last_failure = transition.last_failure
    entry.heartbeat_details = transition.heartbeat_details
    entry.dispatch_time_ms = entry.copy = entry.started_time_ms = 0
    entry.last_heartbeat_time_ms = 0
    entry.delivery_id, entry.identity, entry.stalled = "", transition.identity, ""
    entry.retry_recorded = True
    activity.inbox = None
    arm_activity(partition, execution, activity)


def forgotten(partition: PartitionState, execution: Execution, event_id: int) -> None:
    """The ActivityState is gone: the activity is about to close."""
    activity = partition.activity(execution, event_id)
    if activity is not None:
        partition.touch_activity(execution, activity)
        activity.entry.recorded = False


def retry_forgotten(partition: PartitionState, execution: Execution, event_id: int) -> None:
    """The ActivityRetry is gone: the activity is about to close."""
    activity = partition.activity(execution, event_id)
    if activity is not None:
        partition.touch_activity(execution, activity)
        activity.entry.retry_recorded = False


def unwait(partition: PartitionState, execution: Execution, activity: Activity) -> None:
    """The activity does not wait for its queue."""
    if not activity.entry.dispatch_time_ms and not activity.entry.retry_time_ms:
        partition.delete(_waiting(execution, activity))


def _waiting(execution: Execution, activity: Activity) -> bytes:
    entry, queue = activity.entry, activity.scheduled.task_queue
    return keys.waiting(
        "activities", queue, entry.attempt_time_ms, execution.run_id, entry.scheduled_event_id
    )
