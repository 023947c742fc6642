"""What workers say about Activity Tasks: start, heartbeat, outcome, release."""

from typing import Protocol

from duralog.orchestrator import activity_task, sizes
from duralog.orchestrator.context import Addressed, Context, Rejected
from duralog.orchestrator.runs import open_step
from duralog.orchestrator.step import Step
from duralog.orchestrator.workflow_task import happen
from duralog.schemas.payloads import Failure
from duralog.schemas.replies import Reply
from duralog.schemas.requests import (
    RecordActivityTaskHeartbeat,
    RecordActivityTaskStarted,
    ReleaseActivityTask,
    RespondActivityTaskCanceled,
    RespondActivityTaskCompleted,
    RespondActivityTaskFailed,
)
from duralog.state.execution import Activity
from duralog.state.partition import PartitionState


class Token(Addressed, Protocol):
    """What every answer to an Activity Task carries."""

    scheduled_event_id: int
    attempt: int
    dispatch_time_ms: int
    delivery_id: str


def started(
    partition: PartitionState, request: RecordActivityTaskStarted, context: Context
) -> None:
    """Accept or refuse a claim; or note that the fresh path runs."""
    try:
        step = open_step(partition, request, context)
        activity = _activity(step, request)
    except Rejected as error:
        _refuse(context, request, error.text)
        return
    entry = activity.entry
    if request.claim and activity.started:
        if not request.delivery_id or entry.delivery_id != request.delivery_id:
            _refuse(context, request, "another worker runs the Activity Task")
            return
    elif request.claim and entry.cancel_requested_event_id:
        happen(step, [activity_task.canceled_unstarted(step, activity)])
        _refuse(context, request, "the activity is cancelled")
        step.finish()
        return
    elif not activity.started:
        _record_start(step, activity, request)
    if entry.delivery_id in ("", request.delivery_id):
        _remember_inbox(activity, request)
    step.finish()
    reply = _reply(step, activity)
    reply.delivery_id, reply.started_time_ms = request.delivery_id, entry.started_time_ms
    context.reply(request, reply)


def _record_start(step: Step, activity: Activity, request: RecordActivityTaskStarted) -> None:
    activity_task.taken(step, activity)
    state = activity_task.state_of(step.state, activity)
    if request.claim:
        state.started_time_ms, state.delivery_id = step.now_ms, request.delivery_id
    else:
        state.started_time_ms = activity_task.started_ms(step, activity, request.started_time_ms)
    state.identity = request.identity
    if not state.dispatch_time_ms:  # A copy of a task that waits again for its queue.
        state.dispatch_time_ms, state.stalled = step.now_ms, ""
    step.record(state)


def heartbeat(
    partition: PartitionState, request: RecordActivityTaskHeartbeat, context: Context
) -> None:
    """Keep details and the time; answer whether to cancel."""
    step = open_step(partition, request, context)
    activity = _activity(step, request)
    _check_owner(activity, request)
    problem = sizes.blob_problem("heartbeat details", sizes.payloads_bytes(request.details))
    if problem:
        failure, times = _too_large(problem), request.started_time_ms
        activity_task.fail(step, activity, failure, [], times, request.identity)
        step.finish()
        context.answer(request, "NOT_FOUND", problem)
        return
    state = activity_task.state_of(step.state, activity)
    if not activity.started:
        activity_task.taken(step, activity)
        state.started_time_ms = activity_task.started_ms(step, activity, request.started_time_ms)
        state.identity = request.identity
        state.dispatch_time_ms, state.stalled = state.dispatch_time_ms or step.now_ms, ""
    state.last_heartbeat_time_ms = step.now_ms
    state.heartbeat_details = request.details
    step.record(state)
    _remember_inbox(activity, request)
    step.finish()
    context.reply(request, _reply(step, activity))


def completed(
    partition: PartitionState, request: RespondActivityTaskCompleted, context: Context
) -> None:
    """The attempt returned: first answer wins."""
    step, activity = _answered(partition, request, context)
    problem = sizes.blob_problem("the result", sizes.payloads_bytes(request.result))
    if problem:
        failure, times = _too_large(problem), request.started_time_ms
        activity_task.fail(step, activity, failure, [], times, request.identity)
    else:
        started_ms = request.started_time_ms or (step.now_ms if request.activity_id else 0)
        activity_task.complete(step, activity, request.result, started_ms, request.identity)
    step.finish()
    context.answer(request, run_id=step.state.run_id)


def failed(partition: PartitionState, request: RespondActivityTaskFailed, context: Context) -> None:
    """The attempt failed: retry, or close."""
    step, activity = _answered(partition, request, context)
    failure = request.failure or Failure(message="the activity failed")
    details = request.last_heartbeat_details
    problem = sizes.blob_problem("the failure", sizes.failure_bytes(failure))
    if problem:  # Without its details and causes it is retried as it would be.
        failure = Failure(
            message=problem,
            source="Server",
            type=failure.type,
            non_retryable=failure.non_retryable,
            next_retry_delay_ms=failure.next_retry_delay_ms,
        )
    if sizes.blob_problem("heartbeat details", sizes.payloads_bytes(details)):
        details = []
    activity_task.fail(step, activity, failure, details, request.started_time_ms, request.identity)
    step.finish()
    context.answer(request, run_id=step.state.run_id)


def canceled(
    partition: PartitionState, request: RespondActivityTaskCanceled, context: Context
) -> None:
    """The attempt ended as cancelled, if that was asked for."""
    step, activity = _answered(partition, request, context)
    if not activity.entry.cancel_requested_event_id:
        raise Rejected(
            "INVALID_ARGUMENT",
            f"activity {activity.scheduled.activity_id!r} is cancelled, but nobody asked for it",
        )
    activity_task.cancel(step, activity, request.details, request.started_time_ms, request.identity)
    step.finish()
    context.answer(request, run_id=step.state.run_id)


def released(partition: PartitionState, request: ReleaseActivityTask, context: Context) -> None:
    """An accepted claim found no runner, or a worker stops that ran it unasked: dispatch again."""
    step = open_step(partition, request, context)
    activity = _activity(step, request)
    owner = activity.entry.delivery_id
    # Reported, not claimed: nobody else can have run this dispatch.
    unasked = activity.started and activity.entry.dispatch_time_ms == request.dispatch_time_ms
    if owner != request.delivery_id if owner else not unasked:
        raise _gone(request)
    activity.inbox = None
    if activity.entry.cancel_requested_event_id:
        happen(step, [activity_task.canceled_unstarted(step, activity)])
    else:
        activity_task.dispatch(step, activity, copy=activity.entry.copy + 1)
    step.finish()
    context.answer(request, run_id=step.state.run_id)


def _too_large(problem: str) -> Failure:
    """Sent again it would be as large: not retried."""
    return Failure(message=problem, source="Server", type="PayloadsTooLarge", non_retryable=True)


def _answered(partition: PartitionState, request: Token, context: Context) -> tuple[Step, Activity]:
    step = open_step(partition, request, context)
    activity = _activity(step, request)
    _check_owner(activity, request)
    return step, activity


def _activity(step: Step, request: Token) -> Activity:
    """The pending activity of the token, or of the Activity ID.

    Any copy of its task may answer: the first wins.
    """
    named = getattr(request, "activity_id", "")
    if named:
        return _named_activity(step, request, named)
    activity = step.partition.activity(step.execution, request.scheduled_event_id)
    if (
        activity is None
        or activity.entry.attempt != request.attempt
        or activity.entry.retry_time_ms
    ):
        raise _gone(request)
    return activity


def _named_activity(step: Step, request: Token, name: str) -> Activity:
    """Who answers by id need not know the attempt, nor who claimed it, as Temporal has it.

    Between two attempts, or before the first, an activity can be completed and nothing else.
    """
    event_id = step.partition.activity_of_id(step.state.run_id, name)
    activity = None if event_id is None else step.partition.activity(step.execution, event_id)
    completes = isinstance(request, RespondActivityTaskCompleted)
    if activity is None or (activity.entry.retry_time_ms and not completes):
        raise Rejected(
            "NOT_FOUND",
            f"no activity {name!r} is pending in {request.workflow_id!r}; has it ended?",
        )
    return activity


def _check_owner(activity: Activity, request: Token) -> None:
    """Raises Rejected when another worker has claimed the attempt."""
    owner = activity.entry.delivery_id
    by_id = getattr(request, "activity_id", "")
    if owner and owner != request.delivery_id and not by_id:
        raise _gone(request)


def _gone(request: Token) -> Rejected:
    return Rejected(
        "NOT_FOUND",
        f"attempt {request.attempt} of activity {request.scheduled_event_id} of "
        f"{request.workflow_id!r} is over, or another worker has it",
    )


def _remember_inbox(activity: Activity, request: Addressed) -> None:
    if request.reply_partition >= 0:
        activity.inbox = (request.reply_partition, request.recipient)


def _reply(step: Step, activity: Activity) -> Reply:
    return Reply(
        recipient="",
        correlation_id="",
        code="OK",
        workflow_id=step.state.workflow_id,
        run_id=step.state.run_id,
        cancel_requested=activity.entry.cancel_requested_event_id > 0,
    )


def _refuse(context: Context, request: RecordActivityTaskStarted, text: str) -> None:
    reply = Reply(recipient="", correlation_id="", code="REFUSED", text=text)
    reply.workflow_id, reply.run_id = request.workflow_id, request.run_id
    reply.delivery_id = request.delivery_id
    context.reply(request, reply)
