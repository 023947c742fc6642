"""Workflow Tasks: schedule, dispatch, hold events, go cold, fail, time out; one per run.

While a task is out, new events are held; its answer writes WorkflowTaskStarted exactly as
announced, then what it did, then the held events. Attempts after the first leave nothing in the
history until one succeeds.
"""

from typing import TYPE_CHECKING

from duralog.orchestrator import query
from duralog.orchestrator.held import in_order
from duralog.orchestrator.places import take_place
from duralog.orchestrator.task_record import workflow_task_record
from duralog.schemas.codec import decode, encode
from duralog.schemas.events import (
    Event,
    WorkflowExecutionTerminated,
    WorkflowTaskFailed,
    WorkflowTaskScheduled,
    WorkflowTaskStarted,
    WorkflowTaskTimedOut,
)
from duralog.schemas.payloads import Failure, Payload
from duralog.schemas.states import RunState
from duralog.schemas.transitions import WorkflowTaskState
from duralog.state.limits import (
    HELD_BYTES_MAX,
    HELD_EVENTS_MAX,
    HISTORY_BYTES_MAX,
    HISTORY_BYTES_SUGGESTED,
    HISTORY_EVENTS_MAX,
    HISTORY_EVENTS_SUGGESTED,
    UPDATES_SUGGESTED,
    WORKFLOW_TASK_RETRY_MS,
    WORKFLOW_TASK_RETRY_MS_MAX,
)

if TYPE_CHECKING:
    from duralog.orchestrator.step import Step

KIND = "workflow-tasks"


def happen(step: "Step", events: list[Event]) -> None:
    """Something happened that no Command made: append or hold it, and wake the workflow."""
    if step.execution.holds:
        for event in events:
            step.hold(event)
        _relieve(step)
        return
    step.add_all(events)
    want(step)
    enforce_limits(step)


def want(step: "Step") -> None:
    """New events are in the history: a Workflow Task must bring them to the workflow."""
    state, execution = step.state, step.execution
    if not execution.open or state.first_task_due_ms:
        return
    if not execution.task_pending or (execution.task_transient and not execution.holds):
        schedule(step)  # A transient attempt that is not out becomes a normal task, attempt 1.


def want_for_updates(step: "Step") -> None:
    """Updates wait: any pending Workflow Task brings them, or a speculative one.

    Source: Temporal's. It enters the history with its answer, and not at all when that only
    rejects updates.
    """
    state = step.state
    if not step.execution.open or state.first_task_due_ms or step.execution.task_pending:
        return
    placed, cause = take_place(step.partition, step.context, KIND, state.task_queue, ahead=False)
    step.record(
        WorkflowTaskState(
            workflow_id=state.workflow_id,
            run_id=state.run_id,
            scheduled_event_id=state.next_event_id,
            attempt=1,
            scheduled_time_ms=step.now_ms,
            dispatch_time_ms=step.now_ms if placed else 0,
            stalled=cause,
            speculative=True,
        )
    )
    if placed:
        _emit(step)


def discard(step: "Step", completion_id: str) -> None:
    """The speculative task is done and leaves nothing; the worker's cached run stays good."""
    taken(step)
    step.forget_workflow_task()
    step.state.discarded_completion_id = completion_id


def schedule(step: "Step") -> None:
    """Write WorkflowTaskScheduled and dispatch."""
    state = step.state
    if step.execution.task_pending:
        dropped(step)
    step.add(
        WorkflowTaskScheduled(
            **step.head(),
            task_queue=state.task_queue,
            start_to_close_timeout_ms=state.workflow_task_timeout_ms,
        )
    )
    placed, cause = take_place(step.partition, step.context, KIND, state.task_queue, ahead=False)
    if placed:
        _emit(step)
        return
    transition = state_of(step.state)
    transition.dispatch_time_ms, transition.stalled = 0, cause
    step.record(transition)


def dispatch(step: "Step", *, copy: int = 0, ahead: bool = False) -> None:
    """Dispatch the pending task later than it was scheduled, or again (copy > 0)."""
    state = step.state
    placed, cause = take_place(
        step.partition, step.context, KIND, state.task_queue, ahead=ahead or copy > 0
    )
    transition = state_of(step.state)
    if step.execution.task_transient:
        transition.scheduled_event_id = state.next_event_id
    transition.dispatch_time_ms = step.now_ms if placed else 0
    transition.copy, transition.stalled = copy, cause
    transition.started_time_ms = transition.started_event_id = transition.retry_time_ms = 0
    transition.delivery_id = transition.identity = ""
    step.record(transition)
    if placed:
        _emit(step)


def state_of(state: RunState) -> WorkflowTaskState:
    """The pending task as a Transition, to be changed and recorded."""
    return WorkflowTaskState(
        workflow_id=state.workflow_id,
        run_id=state.run_id,
        scheduled_event_id=state.task_scheduled_event_id,
        attempt=state.task_attempt,
        scheduled_time_ms=state.task_scheduled_time_ms,
        dispatch_time_ms=state.task_dispatch_time_ms,
        copy=state.task_copy,
        cold=state.task_cold,
        started_time_ms=state.task_started_time_ms,
        started_event_id=state.task_started_event_id,
        delivery_id=state.task_delivery_id,
        identity=state.task_identity,
        stalled=state.task_stalled,
        retry_time_ms=state.task_retry_time_ms,
        speculative=state.task_speculative,
    )


def _emit(step: "Step") -> None:
    state, context, queue = step.state, step.context, step.state.task_queue
    data = encode(workflow_task_record(step))
    context.out.task(KIND, queue, step.partition.partition, state.workflow_id.encode(), data)
    due_ms = state.task_scheduled_time_ms
    context.queues.dispatched(KIND, queue, state.run_id, 0, step.now_ms, due_ms=due_ms)


def taken(step: "Step") -> None:
    """Somebody has the task: its place in the window is free."""
    state = step.state
    step.context.queues.taken(KIND, state.task_queue, state.run_id, 0, step.now_ms)


def dropped(step: "Step") -> None:
    """Nobody needs the task any more: its place in the window is free."""
    step.context.queues.dropped(KIND, step.state.task_queue, step.state.run_id, 0)


def write_started(
    step: "Step", *, started_event_id: int, started_time_ms: int, identity: str
) -> None:
    """WorkflowTaskStarted exactly as announced; of a repeated attempt, its Scheduled first."""
    state = step.state
    delivery_id, attempt = state.task_delivery_id, state.task_attempt
    scheduled_event_id, scheduled_time_ms = (
        state.task_scheduled_event_id,
        state.task_scheduled_time_ms,
    )
    taken(step)
    if step.execution.task_transient:
        scheduled = WorkflowTaskScheduled(
            **step.head(),
            task_queue=state.task_queue,
            start_to_close_timeout_ms=state.workflow_task_timeout_ms,
            attempt=attempt,
        )
        scheduled.event_time_ms = scheduled_time_ms
        scheduled_event_id = step.add(scheduled)
    started = WorkflowTaskStarted(
        **step.head(),
        scheduled_event_id=scheduled_event_id,
        identity=identity,
        request_id=delivery_id,
        history_size_bytes=state.history_size_bytes,
        suggest_continue_as_new=state.next_event_id >= HISTORY_EVENTS_SUGGESTED
        or state.history_size_bytes >= HISTORY_BYTES_SUGGESTED
        or state.updates_total >= UPDATES_SUGGESTED,
    )
    started.event_time_ms = started_time_ms
    event_id = step.add(started)
    assert event_id == started_event_id, f"Started {event_id}, announced {started_event_id}"


def fail(
    step: "Step",
    *,
    cause: str,
    failure: Failure | None,
    started_event_id: int,
    started_time_ms: int,
    identity: str,
) -> None:
    """The attempt failed: write it if it is the first, release held events, and try again."""
    state = step.state
    attempt, scheduled_event_id = state.task_attempt, state.task_scheduled_event_id
    if attempt == 1:
        write_started(
            step,
            started_event_id=started_event_id,
            started_time_ms=started_time_ms,
            identity=identity,
        )
        step.add(
            WorkflowTaskFailed(
                **step.head(),
                scheduled_event_id=scheduled_event_id,
                started_event_id=started_event_id,
                cause=cause,
                failure=failure,
                identity=identity,
            )
        )
    pause_ms = min(
        WORKFLOW_TASK_RETRY_MS << min(max(attempt - 2, 0), 10), WORKFLOW_TASK_RETRY_MS_MAX
    )
    _again(step, attempt, pause_ms if attempt > 1 else 0)


def time_out(step: "Step") -> None:
    """A started attempt was not answered in time; the timeout itself paces the attempts."""
    state = step.state
    attempt, scheduled_event_id = state.task_attempt, state.task_scheduled_event_id
    started_event_id = state.task_started_event_id
    if attempt == 1:
        write_started(
            step,
            started_event_id=started_event_id,
            started_time_ms=state.task_started_time_ms,
            identity=state.task_identity,
        )
        step.add(
            WorkflowTaskTimedOut(
                **step.head(),
                scheduled_event_id=scheduled_event_id,
                started_event_id=started_event_id,
                timeout_type="START_TO_CLOSE",
            )
        )
    _again(step, attempt, 0)


def _again(step: "Step", attempt: int, pause_ms: int) -> None:
    """After a failed attempt: with new events a normal task, else the next, transient attempt."""
    if flush_held(step):
        schedule(step)
        return
    state = step.state
    taken(step)
    transition = state_of(step.state)
    transition.attempt = attempt + 1
    transition.scheduled_event_id = state.next_event_id
    transition.scheduled_time_ms = step.now_ms
    transition.dispatch_time_ms = transition.started_time_ms = transition.started_event_id = 0
    transition.copy, transition.cold, transition.speculative = 0, False, False
    transition.delivery_id = transition.identity = transition.stalled = ""
    transition.retry_time_ms = step.now_ms + pause_ms
    if pause_ms:
        step.record(transition)
        query.refuse_failing(step)
        return
    transition.retry_time_ms = 0
    placed, cause = take_place(step.partition, step.context, KIND, state.task_queue, ahead=False)
    transition.dispatch_time_ms, transition.stalled = (step.now_ms if placed else 0), cause
    step.record(transition)
    if placed:
        _emit(step)


def flush_held(step: "Step") -> bool:
    """Append all held events, what closes activities and children last. True: some.

    Source: Temporal's order.
    """
    held = step.partition.held(step.execution)
    if not held:
        return False
    for index, _ in held:
        step.forget_held(index)
    step.add_all(in_order([decode(data) for _, data in held]))
    return True


def go_cold(step: "Step") -> None:
    """Nobody seems to run the task: append what was held; from here the task must be claimed."""
    if step.execution.task_transient:
        flush_held(step)
        schedule(step)  # As Temporal: new events turn a repeated attempt into a normal task.
        return
    transition = state_of(step.state)
    transition.cold = True
    step.record(transition)
    flush_held(step)


def _relieve(step: "Step") -> None:
    """Too much is held: the history takes it, whatever it costs the task."""
    state = step.state
    if state.held_count < HELD_EVENTS_MAX and state.held_bytes < HELD_BYTES_MAX:
        return
    if step.execution.task_started:
        force_fail(step)
        return
    go_cold(step)


def force_fail(step: "Step") -> None:
    """Take the task from whoever runs it, so that held events reach the history."""
    state = step.state
    fail(
        step,
        cause="FORCE_CLOSE_COMMAND",
        failure=None,
        started_event_id=state.task_started_event_id,
        started_time_ms=state.task_started_time_ms,
        identity=state.task_identity,
    )


def close_pending(step: "Step") -> None:
    """Before the run is closed from outside: fail a started task, append held events."""
    state = step.state
    if step.execution.task_started and not step.execution.task_transient:
        scheduled_event_id, started_event_id = (
            state.task_scheduled_event_id,
            state.task_started_event_id,
        )
        identity = state.task_identity
        write_started(
            step,
            started_event_id=started_event_id,
            started_time_ms=state.task_started_time_ms,
            identity=identity,
        )
        step.add(
            WorkflowTaskFailed(
                **step.head(),
                scheduled_event_id=scheduled_event_id,
                started_event_id=started_event_id,
                cause="FORCE_CLOSE_COMMAND",
                identity=identity,
            )
        )
    elif step.execution.task_pending:
        dropped(step)
    flush_held(step)


def terminate(step: "Step", reason: str, details: list[Payload], identity: str) -> None:
    """Write WorkflowExecutionTerminated; what is pending ends with it."""
    close_pending(step)
    step.add(
        WorkflowExecutionTerminated(
            **step.head(), reason=reason, details=details, identity=identity
        )
    )


def enforce_limits(step: "Step") -> None:
    """A history past its limits ends the run, as Temporal's does."""
    state = step.state
    if state.next_event_id > HISTORY_EVENTS_MAX or state.history_size_bytes > HISTORY_BYTES_MAX:
        terminate(step, "Workflow history size / count exceeds limit.", [], "engine")
