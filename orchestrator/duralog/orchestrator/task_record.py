"""What a Workflow Task carries: new events, or all; updates and queries that wait for it."""

from typing import TYPE_CHECKING

from duralog.schemas.codec import encode
from duralog.schemas.tasks import WorkflowTask
from duralog.state.appliers.update import waiting
from duralog.state.limits import (
    QUERIES_BYTES_MAX,
    TASK_EVENTS_BYTES_MAX,
    WHOLE_HISTORY_BYTES_MAX,
)

if TYPE_CHECKING:
    from duralog.orchestrator.step import Step


def workflow_task_record(step: "Step") -> WorkflowTask:
    """The pending Workflow Task of the run, as it goes to its queue now."""
    state, partition = step.state, step.partition
    first = 1
    if state.history_size_bytes > WHOLE_HISTORY_BYTES_MAX:
        first = state.previous_started_event_id + 1
    events = partition.load_events(step.execution, first)
    completion_id = step.execution.completion_id
    updates = _updates(step)
    if (updates or state.history_size_bytes > TASK_EVENTS_BYTES_MAX) and (
        sum(map(len, events)) + sum(map(len, updates)) > TASK_EVENTS_BYTES_MAX
    ):
        events, first, completion_id = [], 0, ""  # No cache fits: the worker asks for all.
    return WorkflowTask(
        workflow_id=state.workflow_id,
        run_id=state.run_id,
        workflow_type=state.workflow_type,
        task_queue=state.task_queue,
        partition=partition.partition,
        scheduled_event_id=state.task_scheduled_event_id,
        started_event_id=step.execution.started_event_id_next,
        started_time_ms=state.task_dispatch_time_ms,
        attempt=state.task_attempt,
        dispatch_time_ms=state.task_dispatch_time_ms,
        copy=state.task_copy,
        previous_started_event_id=state.previous_started_event_id,
        previous_completion_id=completion_id,
        workflow_task_timeout_ms=state.workflow_task_timeout_ms,
        full=first == 1,
        events=events,
        queries=partition.queries.of(state.run_id, size_bytes_max=QUERIES_BYTES_MAX),
        updates=updates,
    )


def _updates(step: "Step") -> list[bytes]:
    """The updates that wait, oldest first, as many as find room; at least one."""
    found: list[bytes] = []
    room = TASK_EVENTS_BYTES_MAX
    for update in waiting(step.partition, step.execution):
        data = encode(update)
        room -= len(data)
        if found and room < 0:
            break
        found.append(data)
    return found
