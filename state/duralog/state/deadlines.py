"""When a run or a pending activity needs attention next, and its entry in the index.

A run has one entry, a pending activity one, a user timer one. An entry may be earlier than the
deadline it stands for, never later: when it comes due, the deadline is computed anew. So a healthy
run costs one put and one delete.
"""

from duralog.state import keys
from duralog.state.execution import Activity, Execution
from duralog.state.limits import (
    CANCEL_UNSTARTED_MS,
    HOLD_MS,
    STALLED_MS,
    SWEEP_IDLE_MS,
    SWEEP_IDLE_MS_MAX,
    SWEEP_MS,
)
from duralog.state.partition import PartitionState


def sweep_ms(dispatch_time_ms: int, copy: int) -> tuple[int, int]:
    """When a task nobody answers for is looked at: if it was overtaken, and in any case."""
    idle_ms = min(SWEEP_IDLE_MS << min(copy, 10), SWEEP_IDLE_MS_MAX)
    return dispatch_time_ms + SWEEP_MS, dispatch_time_ms + idle_ms


def next_sweep_ms(dispatch_time_ms: int, copy: int, time_ms: int) -> int:
    """The first of both looks that is still ahead at `time_ms`."""
    overtaken_ms, idle_ms = sweep_ms(dispatch_time_ms, copy)
    return overtaken_ms if overtaken_ms > time_ms else idle_ms


def workflow_task_deadline_ms(execution: Execution, time_ms: int) -> int:
    """When the pending Workflow Task needs attention; 0: never."""
    state = execution.state
    if not state.task_scheduled_event_id:
        return 0
    if state.task_started_time_ms:
        return state.task_started_time_ms + workflow_task_timeout_ms(execution)
    if state.task_retry_time_ms:
        return state.task_retry_time_ms
    if not state.task_dispatch_time_ms:
        is_news = state.task_stalled and not state.stalled
        return state.task_scheduled_time_ms + STALLED_MS if is_news else 0
    due_ms = next_sweep_ms(state.task_dispatch_time_ms, state.task_copy, time_ms)
    if state.held_count and not state.task_cold:
        due_ms = min(due_ms, state.held_since_ms + HOLD_MS)
    return due_ms


def workflow_task_timeout_ms(execution: Execution) -> int:
    """How long the pending Workflow Task may run: longer from the fourth attempt, as Temporal's."""
    state = execution.state
    if state.task_attempt < 4:
        return state.workflow_task_timeout_ms
    return state.workflow_task_timeout_ms + min(5_000 << min(state.task_attempt - 4, 7), 600_000)


def run_deadline_ms(execution: Execution, time_ms: int, retention_ms: int) -> int:
    """When the run needs attention, its activities and timers apart; 0: never."""
    state = execution.state
    if state.status != "RUNNING":
        kept = state.transfers_count > 0  # Its last word is not heard yet.
        return state.close_time_ms + retention_ms if retention_ms and not kept else 0
    if state.quarantine_cause:
        return 0
    due_ms = workflow_task_deadline_ms(execution, time_ms)
    for other_ms in (state.expires_ms, state.first_task_due_ms):
        if other_ms and (not due_ms or other_ms < due_ms):
            due_ms = other_ms
    return due_ms


def activity_deadlines(activity: Activity) -> list[tuple[int, str]]:
    """Every timeout that runs for the activity now: when, and which."""
    entry, scheduled = activity.entry, activity.scheduled
    found: list[tuple[int, str]] = []
    if scheduled.schedule_to_close_timeout_ms:
        close_ms = scheduled.event_time_ms + scheduled.schedule_to_close_timeout_ms
        found.append((close_ms, "SCHEDULE_TO_CLOSE"))
    if entry.started_time_ms:
        if scheduled.start_to_close_timeout_ms:
            end_ms = entry.started_time_ms + scheduled.start_to_close_timeout_ms
            found.append((end_ms, "START_TO_CLOSE"))
        if scheduled.heartbeat_timeout_ms:
            alive_ms = max(entry.started_time_ms, entry.last_heartbeat_time_ms)
            found.append((alive_ms + scheduled.heartbeat_timeout_ms, "HEARTBEAT"))
    elif scheduled.schedule_to_start_timeout_ms and not entry.retry_time_ms:
        start_ms = entry.attempt_time_ms + scheduled.schedule_to_start_timeout_ms
        found.append((start_ms, "SCHEDULE_TO_START"))
    return found


def activity_deadline_ms(activity: Activity, time_ms: int) -> int:
    """When the activity needs attention; 0: never."""
    entry = activity.entry
    due = [due_ms for due_ms, _ in activity_deadlines(activity)]
    if not entry.started_time_ms:
        if entry.retry_time_ms:
            due.append(entry.retry_time_ms)
        elif entry.dispatch_time_ms:
            due.append(next_sweep_ms(entry.dispatch_time_ms, entry.copy, time_ms))
            if entry.cancel_requested_event_id:
                due.append(entry.dispatch_time_ms + CANCEL_UNSTARTED_MS)
    return min(due) if due else 0


def arm_run(partition: PartitionState, execution: Execution) -> None:
    """See to it that the run's entry is no later than its deadline."""
    state = execution.state
    due_ms = run_deadline_ms(execution, partition.time_ms, partition.retention_ms)
    old_ms = state.deadline_entry_ms
    if old_ms and (due_ms == 0 or due_ms >= old_ms):
        return
    if due_ms == old_ms:
        return
    partition.touch(execution)
    if old_ms:
        partition.drop_deadline(old_ms, keys.DUE_RUN, state.run_id, 0)
    state.deadline_entry_ms = due_ms
    if due_ms:
        partition.put_deadline(due_ms, keys.DUE_RUN, state.run_id, 0)


def arm_activity(partition: PartitionState, execution: Execution, activity: Activity) -> None:
    """See to it that the activity's entry is no later than its deadline."""
    if execution.state.quarantine_cause:
        return
    entry = activity.entry
    due_ms = activity_deadline_ms(activity, partition.time_ms)
    old_ms = entry.deadline_entry_ms
    if (old_ms and (due_ms == 0 or due_ms >= old_ms)) or due_ms == old_ms:
        return
    partition.touch_activity(execution, activity)
    run_id, event_id = execution.run_id, entry.scheduled_event_id
    if old_ms:
        partition.drop_deadline(old_ms, keys.DUE_ACTIVITY, run_id, event_id)
    entry.deadline_entry_ms = due_ms
    partition.put_deadline(due_ms, keys.DUE_ACTIVITY, run_id, event_id)
