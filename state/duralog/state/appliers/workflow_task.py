"""The pending Workflow Task: scheduled, recorded, done; and events held back meanwhile."""

from duralog.schemas.events import WorkflowTaskCompleted, WorkflowTaskScheduled
from duralog.schemas.states import RunState
from duralog.schemas.transitions import WorkflowTaskState
from duralog.state import keys
from duralog.state.execution import Execution
from duralog.state.limits import WHOLE_HISTORY_BYTES_MAX
from duralog.state.partition import PartitionState


def clear(state: RunState) -> None:
    """No Workflow Task is pending."""
    state.task_scheduled_event_id = state.task_attempt = 0
    state.task_scheduled_time_ms = state.task_dispatch_time_ms = state.task_copy = 0
    state.task_cold = state.task_speculative = False
    state.task_started_time_ms = state.task_started_event_id = state.task_retry_time_ms = 0
    state.task_delivery_id = state.task_identity = state.task_stalled = ""


def scheduled(
    partition: PartitionState, execution: Execution, event: WorkflowTaskScheduled
) -> None:
    """A Workflow Task is pending, and dispatched if no WorkflowTaskState follows."""
    state = execution.state
    unwait(partition, state)
    clear(state)
    state.task_scheduled_event_id = event.event_id
    state.task_attempt = event.attempt
    state.task_scheduled_time_ms = event.event_time_ms
    state.task_dispatch_time_ms = event.event_time_ms
    state.first_task_due_ms = 0


def completed(
    partition: PartitionState, execution: Execution, event: WorkflowTaskCompleted
) -> None:
    """Done; the next task of a large history carries only what follows."""
    state = execution.state
    unwait(partition, state)
    clear(state)
    state.previous_started_event_id = event.started_event_id
    state.previous_completion_id = event.completion_id
    state.discarded_completion_id = ""
    if execution.events is not None and state.history_size_bytes > WHOLE_HISTORY_BYTES_MAX:
        keep = event.started_event_id + 1 - execution.events_first
        if keep > 0:
            del execution.events[:keep]
            execution.events_first += keep


def ended(partition: PartitionState, execution: Execution) -> None:
    """Failed or timed out: an attempt that follows is a WorkflowTaskState."""
    unwait(partition, execution.state)
    clear(execution.state)


def recorded(
    partition: PartitionState, execution: Execution, transition: WorkflowTaskState
) -> None:
    """How the pending Workflow Task stands."""
    state = execution.state
    unwait(partition, state)
    state.task_scheduled_event_id = transition.scheduled_event_id
    state.task_attempt = transition.attempt
    state.task_scheduled_time_ms = transition.scheduled_time_ms
    state.task_dispatch_time_ms = transition.dispatch_time_ms
    state.task_copy, state.task_cold = transition.copy, transition.cold
    state.task_started_time_ms = transition.started_time_ms
    state.task_started_event_id = transition.started_event_id
    state.task_delivery_id, state.task_identity = transition.delivery_id, transition.identity
    state.task_stalled, state.task_retry_time_ms = transition.stalled, transition.retry_time_ms
    state.task_speculative = transition.speculative
    state.task_recorded = True
    if not transition.dispatch_time_ms and not transition.retry_time_ms:
        partition.put(_waiting(state), b"")


def forgotten(partition: PartitionState, execution: Execution, event_id: int) -> None:
    """The WorkflowTaskState is gone; events say what became of the task.

    Of a speculative one this is the end, unless it follows in the history.
    """
    del event_id
    state = execution.state
    state.task_recorded = False
    if state.task_speculative:
        unwait(partition, state)
        clear(state)


def unwait(partition: PartitionState, state: RunState) -> None:
    """The pending Workflow Task does not wait for its queue."""
    if (
        state.task_scheduled_event_id
        and not state.task_dispatch_time_ms
        and not state.task_retry_time_ms
    ):
        partition.delete(_waiting(state))


def _waiting(state: RunState) -> bytes:
    return keys.waiting(
        "workflow-tasks", state.task_queue, state.task_scheduled_time_ms, state.run_id, 0
    )


def held(
    partition: PartitionState, execution: Execution, index: int, data: bytes, time_ms: int
) -> None:
    """An event is held back."""
    state = execution.state
    partition.put(keys.held(state.run_id, index), data)
    # Written again after a torn transaction, an earlier one may come later.
    state.held_first_index = min(state.held_first_index, index) if state.held_count else index
    if time_ms:
        state.held_since_ms = min(state.held_since_ms or time_ms, time_ms)
    state.held_next_index = max(state.held_next_index, index + 1)
    state.held_count += 1
    state.held_bytes += len(data)


def released(partition: PartitionState, execution: Execution, index: int) -> None:
    """A held event was appended or taken back."""
    state = execution.state
    key = keys.held(state.run_id, index)
    data = partition.get(key)
    if data is None:
        return  # The log was compacted: the event itself is gone already.
    partition.delete(key)
    state.held_count -= 1
    state.held_bytes -= len(data)
    if not state.held_count:
        state.held_since_ms = 0
