"""Open, closed, cancel requested, signaled: what these events change."""

from duralog.schemas.events import (
    WorkflowExecutionCancelRequested,
    WorkflowExecutionSignaled,
    WorkflowExecutionStarted,
)
from duralog.state import keys, links
from duralog.state.appliers import update, workflow_task
from duralog.state.appliers.activity import unwait
from duralog.state.execution import Execution
from duralog.state.partition import PartitionState


def started(
    partition: PartitionState, execution: Execution, event: WorkflowExecutionStarted
) -> None:
    """The run is open, and the newest of its Workflow ID."""
    state = execution.state
    state.workflow_type, state.task_queue = event.workflow_type, event.task_queue
    state.has_cron = bool(event.cron_schedule)
    state.first_execution_run_id = event.first_execution_run_id
    state.continued_execution_run_id = event.continued_execution_run_id
    state.parent_workflow_id, state.parent_run_id = event.parent_workflow_id, event.parent_run_id
    state.parent_initiated_event_id = event.parent_initiated_event_id
    state.root_workflow_id, state.root_run_id = event.root_workflow_id, event.root_run_id
    state.start_time_ms = event.event_time_ms
    state.execution_time_ms = event.event_time_ms + event.first_workflow_task_backoff_ms
    state.workflow_task_timeout_ms = event.workflow_task_timeout_ms
    if event.first_workflow_task_backoff_ms:
        state.first_task_due_ms = state.execution_time_ms
    ends = [event.workflow_execution_expiration_time_ms]
    if event.workflow_run_timeout_ms:
        ends.append(state.execution_time_ms + event.workflow_run_timeout_ms)
    state.expires_ms = min((end for end in ends if end), default=0)
    partition.put(keys.current(state.workflow_id), state.run_id.encode())
    if event.request_id:
        key = keys.start(state.workflow_id, event.request_id)
        partition.put_new(key, state.run_id.encode())


def closed(partition: PartitionState, execution: Execution, status: str, time_ms: int) -> None:
    """Nothing is pending any more but transfers: who is told of the end, for one."""
    state = execution.state
    state.status, state.close_time_ms = status, time_ms
    state.first_task_due_ms = 0
    state.quarantine_cause, state.quarantine_time_ms = "", 0
    state.stalled = ""  # No record says so, for the close does.
    workflow_task.unwait(partition, state)
    workflow_task.clear(state)
    for activity in partition.activities(execution):
        unwait(partition, execution, activity)
        partition.remove_activity(execution, activity)
    for timer_id, timer in partition.timers(execution):
        partition.delete(keys.timer(state.run_id, timer_id))
        partition.drop_deadline(timer.due_time_ms, keys.DUE_TIMER, state.run_id, timer.event_id)
    state.timers_count = 0
    for child in links.children(partition, execution):
        links.drop_child(partition, execution, child.initiated_event_id)
    for index, _ in partition.held(execution):
        partition.delete(keys.held(state.run_id, index))
    for index in range(state.parked_first_index, state.parked_next_index):
        partition.delete(keys.parked(state.run_id, index))
    state.held_count = state.held_bytes = state.held_since_ms = 0
    state.parked_first_index = state.parked_next_index = 0
    state.parked_count = state.parked_bytes = 0
    update.run_closed(partition, execution)
    execution.events = None
    if state.deadline_entry_ms:
        partition.drop_deadline(state.deadline_entry_ms, keys.DUE_RUN, state.run_id, 0)
        state.deadline_entry_ms = 0


def cancel_requested(
    partition: PartitionState, execution: Execution, event: WorkflowExecutionCancelRequested
) -> None:
    """The workflow is asked to cancel itself; once per run."""
    execution.state.cancel_requested = True
    _see(partition, execution, event.request_id)


def signaled(
    partition: PartitionState, execution: Execution, event: WorkflowExecutionSignaled
) -> None:
    """The signal has had its effect; one that is held back has no id, and is counted later."""
    if event.event_id:
        execution.state.signals_total += 1
    _see(partition, execution, event.request_id)


def _see(partition: PartitionState, execution: Execution, request_id: str) -> None:
    if request_id:
        partition.put(keys.seen(execution.run_id, request_id), b"")
