"""Activity Tasks: how to dispatch, retry, time out, cancel, close; handlers decide when."""

from typing import TYPE_CHECKING

from duralog.orchestrator import workflow_task
from duralog.orchestrator.places import take_place
from duralog.orchestrator.retry import decide
from duralog.schemas.codec import encode
from duralog.schemas.events import (
    ActivityTaskCanceled,
    ActivityTaskCompleted,
    ActivityTaskFailed,
    ActivityTaskStarted,
    ActivityTaskTimedOut,
    Event,
)
from duralog.schemas.payloads import Failure, Payload
from duralog.schemas.replies import ActivityCancelNotice
from duralog.schemas.states import RunState
from duralog.schemas.tasks import ActivityTask
from duralog.schemas.transitions import ActivityRetry, ActivityState
from duralog.state.execution import Activity
from duralog.state.limits import (
    CANCEL_UNSTARTED_MS,
    LAST_FAILURE_BYTES_MAX,
    LAST_FAILURE_CAUSES_MAX,
)

if TYPE_CHECKING:
    from duralog.orchestrator.step import Step

KIND = "activities"


def claims_first(activity: Activity) -> bool:
    """Its tasks are never run unasked.

    A second run would break a promise, or a timeout waits for the start.
    """
    policy = activity.scheduled.retry_policy
    return (policy is not None and policy.maximum_attempts == 1) or (
        activity.scheduled.schedule_to_start_timeout_ms > 0
    )


def state_of(state: RunState, activity: Activity) -> ActivityState:
    """The activity as a Transition, to be changed and recorded."""
    entry = activity.entry
    return ActivityState(
        workflow_id=state.workflow_id,
        run_id=state.run_id,
        scheduled_event_id=entry.scheduled_event_id,
        attempt=entry.attempt,
        dispatch_time_ms=entry.dispatch_time_ms,
        copy=entry.copy,
        started_time_ms=entry.started_time_ms,
        delivery_id=entry.delivery_id,
        identity=entry.identity,
        last_heartbeat_time_ms=entry.last_heartbeat_time_ms,
        heartbeat_details=entry.heartbeat_details,
        stalled=entry.stalled,
    )


def retry_of(state: RunState, activity: Activity) -> ActivityRetry:
    """What its last retry has recorded, as a Transition."""
    entry, scheduled = activity.entry, activity.scheduled
    return ActivityRetry(
        workflow_id=state.workflow_id,
        run_id=state.run_id,
        activity_id=scheduled.activity_id,
        activity_type=scheduled.activity_type,
        task_queue=scheduled.task_queue,
        scheduled_event_id=scheduled.event_id,
        attempt=entry.attempt,
        due_time_ms=entry.attempt_time_ms,
        last_failure=entry.last_failure,
        heartbeat_details=entry.heartbeat_details,
        identity=entry.identity,
    )


def dispatch_first(step: "Step", activity: Activity) -> None:
    """The task of a new activity, in the transaction that schedules it: no Transition says so."""
    queue = activity.scheduled.task_queue
    placed, cause = take_place(step.partition, step.context, KIND, queue, ahead=False)
    if placed:
        _emit(step, activity)
        return
    state = state_of(step.state, activity)
    state.dispatch_time_ms, state.stalled = 0, cause
    step.record(state)


def dispatch(step: "Step", activity: Activity, *, copy: int = 0, ahead: bool = False) -> None:
    """The task of a later attempt, a repeated dispatch (copy > 0), an activity that waited."""
    queue = activity.scheduled.task_queue
    placed, cause = take_place(step.partition, step.context, KIND, queue, ahead=ahead or copy > 0)
    state = state_of(step.state, activity)
    state.dispatch_time_ms = step.now_ms if placed else 0
    state.copy, state.stalled = copy, cause
    state.started_time_ms = state.last_heartbeat_time_ms = 0
    state.delivery_id = ""
    step.record(state)
    if placed:
        _emit(step, activity)


def _emit(step: "Step", activity: Activity) -> None:
    entry, scheduled, state = activity.entry, activity.scheduled, step.state
    task = ActivityTask(
        workflow_id=state.workflow_id,
        run_id=state.run_id,
        workflow_type=state.workflow_type,
        task_queue=scheduled.task_queue,
        partition=step.partition.partition,
        activity_id=scheduled.activity_id,
        activity_type=scheduled.activity_type,
        scheduled_event_id=scheduled.event_id,
        attempt=entry.attempt,
        dispatch_time_ms=entry.dispatch_time_ms,
        copy=entry.copy,
        claim_first=claims_first(activity),
        scheduled_time_ms=scheduled.event_time_ms,
        input=scheduled.input,
        header=scheduled.header,
        heartbeat_details=entry.heartbeat_details,
        schedule_to_close_timeout_ms=scheduled.schedule_to_close_timeout_ms,
        schedule_to_start_timeout_ms=scheduled.schedule_to_start_timeout_ms,
        start_to_close_timeout_ms=scheduled.start_to_close_timeout_ms,
        heartbeat_timeout_ms=scheduled.heartbeat_timeout_ms,
        retry_policy=scheduled.retry_policy,
        priority_key=scheduled.priority_key,
        fairness_key=scheduled.fairness_key,
        fairness_weight=scheduled.fairness_weight,
    )
    context, queue = step.context, scheduled.task_queue
    partition = context.queues.activity_partition(queue, context.out.activity_partitions)
    context.out.task(KIND, queue, partition, None, encode(task))
    context.queues.dispatched(KIND, queue, state.run_id, scheduled.event_id, step.now_ms, partition)


def taken(step: "Step", activity: Activity) -> None:
    """Somebody has the task: its place in the window is free."""
    scheduled = activity.scheduled
    step.context.queues.taken(
        KIND, scheduled.task_queue, step.state.run_id, scheduled.event_id, step.now_ms
    )


def dropped(step: "Step", activity: Activity) -> None:
    """Nobody needs the task any more: its place in the window is free."""
    scheduled = activity.scheduled
    step.context.queues.dropped(KIND, scheduled.task_queue, step.state.run_id, scheduled.event_id)


def started_ms(step: "Step", activity: Activity, reported_ms: int) -> int:
    """The recorded start, or the one a fresh run reports, within what is possible."""
    entry = activity.entry
    if entry.started_time_ms:
        return entry.started_time_ms
    return min(max(reported_ms, entry.dispatch_time_ms), step.now_ms)


def complete(
    step: "Step", activity: Activity, result: list[Payload], reported_ms: int, identity: str
) -> None:
    """The attempt returned."""
    event = ActivityTaskCompleted(**step.head(), result=result, identity=identity)
    _close(step, activity, event, started_ms(step, activity, reported_ms), identity)


def cancel(
    step: "Step", activity: Activity, details: list[Payload], reported_ms: int, identity: str
) -> None:
    """The attempt ended as cancelled, as was asked."""
    event = ActivityTaskCanceled(
        **step.head(),
        details=details,
        latest_cancel_requested_event_id=activity.entry.cancel_requested_event_id,
        identity=identity,
    )
    _close(step, activity, event, started_ms(step, activity, reported_ms), identity)


def canceled_unstarted(step: "Step", activity: Activity) -> ActivityTaskCanceled:
    """The event that settles the cancellation of an activity that nobody runs."""
    return ActivityTaskCanceled(
        **step.head(),
        scheduled_event_id=activity.entry.scheduled_event_id,
        latest_cancel_requested_event_id=activity.entry.cancel_requested_event_id,
    )


def settles_unstarted(activity: Activity, now_ms: int) -> bool:
    """Nobody can be running it: it waits, or must be claimed, or would have reported by now."""
    entry = activity.entry
    return not entry.started_time_ms and (
        activity.waits
        or entry.copy > 0
        or claims_first(activity)
        or now_ms >= entry.dispatch_time_ms + CANCEL_UNSTARTED_MS
    )


def fail(
    step: "Step",
    activity: Activity,
    failure: Failure,
    details: list[Payload],
    reported_ms: int,
    identity: str,
) -> None:
    """The attempt failed: retry, or close."""
    decision = decide(activity, failure, step.now_ms)
    if decision.retry_state == "IN_PROGRESS":
        _retry(step, activity, failure, details, decision.due_ms, identity)
        return
    event = ActivityTaskFailed(
        **step.head(), failure=failure, identity=identity, retry_state=decision.retry_state
    )
    _close(step, activity, event, started_ms(step, activity, reported_ms), identity)


def time_out(step: "Step", activity: Activity, timeout_type: str) -> None:
    """A timeout of the activity passed: retry, or close."""
    entry = activity.entry
    failure = timeout_failure(timeout_type, entry.heartbeat_details, entry.last_failure)
    retry_state = "TIMEOUT"  # Neither schedule-to-start nor schedule-to-close is retried.
    if timeout_type in ("START_TO_CLOSE", "HEARTBEAT"):
        decision = decide(activity, failure, step.now_ms)
        retry_state = decision.retry_state
        if retry_state == "IN_PROGRESS":
            _notify(step, activity, "gone")
            _retry(
                step, activity, failure, entry.heartbeat_details, decision.due_ms, entry.identity
            )
            return
        if retry_state == "TIMEOUT":
            failure = timeout_failure("SCHEDULE_TO_CLOSE", entry.heartbeat_details, failure)
            failure.message = (
                "Not enough time to schedule next retry before activity ScheduleToClose timeout, "
                "giving up retrying"
            )
    event = ActivityTaskTimedOut(**step.head(), failure=failure, retry_state=retry_state)
    _notify(step, activity, "gone")
    _close(step, activity, event, entry.started_time_ms, entry.identity)


def timeout_failure(timeout_type: str, details: list[Payload], cause: Failure | None) -> Failure:
    """A timeout as the workflow sees it."""
    words = "".join(word.capitalize() for word in timeout_type.split("_"))
    return Failure(
        kind="timeout",
        message=f"activity {words} timeout",
        source="Server",
        timeout_type=timeout_type,
        details=details,
        cause=cause,
    )


def _retry(
    step: "Step",
    activity: Activity,
    failure: Failure,
    details: list[Payload],
    due_ms: int,
    identity: str,
) -> None:
    taken(step, activity)
    retry = retry_of(step.state, activity)
    retry.attempt, retry.due_time_ms = activity.entry.attempt + 1, due_ms
    retry.last_failure, retry.identity = _truncated(failure), identity
    retry.heartbeat_details = details or activity.entry.heartbeat_details
    step.record(retry)


def _close(
    step: "Step", activity: Activity, event: Event, started_time_ms: int, identity: str
) -> None:
    """Write ActivityTaskStarted, when there was a start, and the closing event; or hold both."""
    entry = activity.entry
    taken(step, activity)
    closing: list[Event] = [event]
    event.scheduled_event_id = entry.scheduled_event_id  # type: ignore[union-attr]
    if started_time_ms:
        started = ActivityTaskStarted(
            **step.head(),
            scheduled_event_id=entry.scheduled_event_id,
            identity=entry.identity if entry.started_time_ms else identity,
            request_id=entry.delivery_id,
            attempt=entry.attempt,
            last_failure=entry.last_failure,
        )
        started.event_time_ms = started_time_ms
        closing.insert(0, started)
    workflow_task.happen(step, closing)


def notify_cancel(step: "Step", activity: Activity) -> None:
    """Tell the worker that runs it to cancel it, if it is known where that is."""
    _notify(step, activity, "cancel requested")


def notify_gone(step: "Step", activity: Activity) -> None:
    """Tell the worker that runs it that nobody waits for it any more."""
    _notify(step, activity, "gone")


def _notify(step: "Step", activity: Activity, reason: str) -> None:
    if activity.inbox is None:
        return
    notice = ActivityCancelNotice(
        workflow_id=step.state.workflow_id,
        run_id=step.state.run_id,
        scheduled_event_id=activity.entry.scheduled_event_id,
        attempt=activity.entry.attempt,
        reason=reason,
    )
    step.context.send(*activity.inbox, encode(notice))


def _truncated(failure: Failure, causes: int = LAST_FAILURE_CAUSES_MAX) -> Failure:
    """What is kept of a failed attempt: it stands in every later record of the activity."""
    short = Failure(
        kind=failure.kind,
        message=failure.message[:LAST_FAILURE_BYTES_MAX],
        source=failure.source,
        stack_trace=failure.stack_trace[:LAST_FAILURE_BYTES_MAX],
        type=failure.type,
        non_retryable=failure.non_retryable,
        timeout_type=failure.timeout_type,
        retry_state=failure.retry_state,
    )
    size = sum(len(p.data) for p in failure.details)
    if size <= LAST_FAILURE_BYTES_MAX:
        short.details = failure.details
    if failure.cause is not None and causes:
        short.cause = _truncated(failure.cause, causes - 1)
    return short
