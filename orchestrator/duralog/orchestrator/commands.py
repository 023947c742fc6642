"""Commands of a Workflow Task: checked all together first, then each becomes its events."""

from collections.abc import Callable, Mapping
from typing import Any

from duralog.orchestrator import activity_task, chain, link_commands, properties, sizes, update
from duralog.orchestrator.bad_command import BadCommand, check_text, policy_problem
from duralog.orchestrator.plan import Plan
from duralog.orchestrator.retry import normalized
from duralog.orchestrator.step import Step
from duralog.schemas import commands as c
from duralog.schemas import events
from duralog.schemas.codec import DecodeError, decode
from duralog.schemas.payloads import Failure
from duralog.state.limits import DURATION_MS_MAX, PENDING_TIMERS_MAX

_CLOSING = (
    c.CompleteWorkflowExecution,
    c.FailWorkflowExecution,
    c.CancelWorkflowExecution,
    c.ContinueAsNewWorkflowExecution,
)


def check(step: Step, framed: list[bytes]) -> Plan:
    """Decode and check all Commands; raises BadCommand and has changed nothing."""
    try:
        decoded: list[c.Command] = [decode(data) for data in framed]
    except DecodeError as error:
        raise BadCommand("UNSPECIFIED", f"a Command cannot be read: {error}") from None
    plan = Plan(step, decoded)
    for index, command in enumerate(decoded):
        checker = CHECKS.get(type(command))
        if checker is None:
            raise BadCommand("UNSPECIFIED", f"{type(command).__name__} is no Command")
        if isinstance(command, _CLOSING) and index != len(decoded) - 1:
            raise BadCommand("UNSPECIFIED", "a Command follows the one that closes the run")
        checker(plan, command)
    return plan


def carry_out(plan: Plan, completed_event_id: int) -> None:
    """Write the events of all checked Commands."""
    for command in plan.commands:
        ACTIONS[type(command)](plan, command, completed_event_id)


def settle(plan: Plan) -> None:
    """Write the closes of cancelled activities that nobody runs, as Temporal's last of all."""
    step = plan.step
    for event_id in plan.settled:
        activity = step.partition.activity(step.execution, event_id)
        if activity is not None:
            activity_task.dropped(step, activity)
            step.add(activity_task.canceled_unstarted(step, activity))


def _check_activity(plan: Plan, command: c.ScheduleActivityTask) -> None:
    cause = "BAD_SCHEDULE_ACTIVITY_ATTRIBUTES"
    check_text("activity_id", command.activity_id, cause)
    check_text("activity_type", command.activity_type, cause)
    if command.task_queue:
        check_text("task_queue", command.task_queue, cause)
    timeouts = (
        command.schedule_to_close_timeout_ms,
        command.schedule_to_start_timeout_ms,
        command.start_to_close_timeout_ms,
        command.heartbeat_timeout_ms,
    )
    if min(timeouts) < 0 or max(timeouts) > DURATION_MS_MAX:
        raise BadCommand(
            cause, f"a timeout of activity {command.activity_id!r} is negative or past a century"
        )
    if not command.start_to_close_timeout_ms and not command.schedule_to_close_timeout_ms:
        raise BadCommand(
            cause,
            f"activity {command.activity_id!r} needs a start-to-close or schedule-to-close timeout",
        )
    properties.refuse_blob(
        f"the input of activity {command.activity_id!r}", sizes.payloads_bytes(command.input)
    )
    problem = policy_problem(command.retry_policy)
    if problem:
        raise BadCommand(cause, f"retry policy of activity {command.activity_id!r}: {problem}")
    step = plan.step
    if command.activity_id in plan.activity_ids or (
        step.partition.activity_of_id(step.state.run_id, command.activity_id) is not None
    ):
        raise BadCommand(
            "SCHEDULE_ACTIVITY_DUPLICATE_ID", f"activity {command.activity_id!r} is pending already"
        )
    plan.activity_ids.add(command.activity_id)
    if step.state.activities_count + len(plan.activity_ids) > step.context.pending_activities_max:
        raise BadCommand(
            "PENDING_ACTIVITIES_LIMIT_EXCEEDED",
            f"more than {step.context.pending_activities_max} activities would be pending",
        )


def _schedule_activity(plan: Plan, command: c.ScheduleActivityTask, completed_id: int) -> None:
    step = plan.step
    start_ms, close_ms = normalized_timeouts(command, step.now_ms, step.state.expires_ms)
    heartbeat_ms = command.heartbeat_timeout_ms
    step.add(
        events.ActivityTaskScheduled(
            **step.head(),
            activity_id=command.activity_id,
            activity_type=command.activity_type,
            task_queue=command.task_queue or step.state.task_queue,
            header=command.header,
            input=command.input,
            schedule_to_close_timeout_ms=close_ms,
            schedule_to_start_timeout_ms=command.schedule_to_start_timeout_ms,
            start_to_close_timeout_ms=start_ms,
            heartbeat_timeout_ms=min(heartbeat_ms, start_ms) if start_ms else heartbeat_ms,
            workflow_task_completed_event_id=completed_id,
            retry_policy=normalized(command.retry_policy),
            user_metadata_summary=command.user_metadata_summary,
            priority_key=command.priority_key,
            fairness_key=command.fairness_key,
            fairness_weight=command.fairness_weight,
        )
    )


def normalized_timeouts(
    command: c.ScheduleActivityTask, now_ms: int, expires_ms: int
) -> tuple[int, int]:
    """Start-to-close and schedule-to-close as they take effect, capped by the run's end.

    Unlike Temporal's, schedule-to-start stays 0 unless it was set: a set one makes every task claim
    first.
    """
    start_ms, close_ms = command.start_to_close_timeout_ms, command.schedule_to_close_timeout_ms
    left_ms = max(expires_ms - now_ms, 1) if expires_ms else 0
    if left_ms:
        close_ms = min(close_ms, left_ms) if close_ms else left_ms
    if not start_ms:
        start_ms = close_ms
    if close_ms:
        start_ms = min(start_ms, close_ms)
    return start_ms, close_ms


def _check_cancel_activity(plan: Plan, command: c.RequestCancelActivityTask) -> None:
    step, event_id = plan.step, command.scheduled_event_id
    if step.partition.activity(step.execution, event_id) is not None:
        return
    if step.state.held_count and any(
        getattr(event, "scheduled_event_id", 0) == event_id for event in plan.held().values()
    ):
        return  # It closed meanwhile, and the workflow does not know yet.
    raise BadCommand(
        "BAD_REQUEST_CANCEL_ACTIVITY_ATTRIBUTES", f"no activity is pending as event {event_id}"
    )


def _cancel_activity(plan: Plan, command: c.RequestCancelActivityTask, completed_id: int) -> None:
    step = plan.step
    step.add(
        events.ActivityTaskCancelRequested(
            **step.head(),
            scheduled_event_id=command.scheduled_event_id,
            workflow_task_completed_event_id=completed_id,
        )
    )
    activity = step.partition.activity(step.execution, command.scheduled_event_id)
    if activity is None:
        return
    if activity.started:
        activity_task.notify_cancel(step, activity)
    elif activity_task.settles_unstarted(activity, step.now_ms):
        plan.settled.append(command.scheduled_event_id)
        plan.wants_task = True


def _check_timer(plan: Plan, command: c.StartTimer) -> None:
    cause = "BAD_START_TIMER_ATTRIBUTES"
    check_text("timer_id", command.timer_id, cause)
    if not 0 <= command.start_to_fire_timeout_ms <= DURATION_MS_MAX:
        raise BadCommand(cause, f"timer {command.timer_id!r} would fire in the past, or never")
    if plan.timer_pending(command.timer_id):
        raise BadCommand(
            "START_TIMER_DUPLICATE_ID", f"timer {command.timer_id!r} is running already"
        )
    plan.timer_ids[command.timer_id] = True
    plan.timers_more += 1
    if plan.step.state.timers_count + plan.timers_more > PENDING_TIMERS_MAX:
        raise BadCommand(cause, f"more than {PENDING_TIMERS_MAX} timers would be pending")


def _start_timer(plan: Plan, command: c.StartTimer, completed_id: int) -> None:
    plan.step.add(
        events.TimerStarted(
            **plan.step.head(),
            timer_id=command.timer_id,
            start_to_fire_timeout_ms=command.start_to_fire_timeout_ms,
            workflow_task_completed_event_id=completed_id,
            user_metadata_summary=command.user_metadata_summary,
        )
    )


def _check_cancel_timer(plan: Plan, command: c.CancelTimer) -> None:
    timer_id = command.timer_id
    if plan.timer_pending(timer_id):
        plan.timer_ids[timer_id] = False
        plan.timers_more -= 1
        return
    index = plan.held_fire(timer_id)
    if index is None:
        raise BadCommand("BAD_CANCEL_TIMER_ATTRIBUTES", f"no timer {timer_id!r} is running")
    plan.unheld.add(index)


def _cancel_timer(plan: Plan, command: c.CancelTimer, completed_id: int) -> None:
    step, timer_id = plan.step, command.timer_id
    timer = step.partition.timer(step.state.run_id, timer_id)
    if timer is not None:
        started_event_id = timer.event_id
    else:
        held = plan.held_events or {}
        index, fired = next(
            (i, e)
            for i, e in held.items()
            if i in plan.unheld and isinstance(e, events.TimerFired) and e.timer_id == timer_id
        )
        started_event_id = fired.started_event_id
        del held[index]
        step.forget_held(index)
    step.add(
        events.TimerCanceled(
            **step.head(),
            timer_id=timer_id,
            started_event_id=started_event_id,
            workflow_task_completed_event_id=completed_id,
        )
    )


def _check_update(plan: Plan, command: c.Command) -> None:
    problem = update.problem(plan, command)
    if problem:
        raise BadCommand("BAD_UPDATE_WORKFLOW_EXECUTION_MESSAGE", problem)
    if isinstance(command, c.CompleteWorkflowExecutionUpdate):
        size_bytes = sizes.payloads_bytes(command.result) + sizes.failure_bytes(command.failure)
        properties.refuse_blob(f"the outcome of update {command.update_id!r}", size_bytes)


def _check_close(plan: Plan, command: c.Command) -> None:
    if plan.step.state.held_count and plan.held():
        raise BadCommand("UNHANDLED_COMMAND", "UnhandledCommand")
    if isinstance(command, c.CompleteWorkflowExecution):
        properties.refuse_blob("the result", sizes.payloads_bytes(command.result))
    elif isinstance(command, c.FailWorkflowExecution):
        properties.refuse_blob("the failure", sizes.failure_bytes(command.failure))
    elif isinstance(command, c.CancelWorkflowExecution):
        properties.refuse_blob("details", sizes.payloads_bytes(command.details))


def _complete(plan: Plan, command: c.CompleteWorkflowExecution, completed_id: int) -> None:
    step = plan.step
    run_id = chain.successor_id(step) if chain.has_cron(step) else ""
    step.add(
        events.WorkflowExecutionCompleted(
            **step.head(),
            result=command.result,
            workflow_task_completed_event_id=completed_id,
            new_execution_run_id=run_id,
        )
    )
    if run_id:
        chain.cron(step, run_id=run_id, result=command.result, failure=None)


def _fail(plan: Plan, command: c.FailWorkflowExecution, completed_id: int) -> None:
    step = plan.step
    failure = command.failure or Failure(message="the workflow failed")
    decision = chain.decide(step, failure)
    by_cron = not decision.again and chain.has_cron(step)
    run_id = chain.successor_id(step) if decision.again or by_cron else ""
    step.add(
        events.WorkflowExecutionFailed(
            **step.head(),
            failure=failure,
            retry_state=decision.retry_state,
            workflow_task_completed_event_id=completed_id,
            new_execution_run_id=run_id,
        )
    )
    if by_cron:
        chain.cron(step, run_id=run_id, result=[], failure=failure)
    elif run_id:
        chain.retry(step, run_id=run_id, due_ms=decision.due_ms, failure=failure)


def _check_continue(plan: Plan, command: c.ContinueAsNewWorkflowExecution) -> None:
    _check_close(plan, command)
    cause = "BAD_CONTINUE_AS_NEW_ATTRIBUTES"
    for name in ("workflow_type", "task_queue"):
        if getattr(command, name):
            check_text(name, getattr(command, name), cause)
    durations = (
        command.workflow_run_timeout_ms,
        command.workflow_task_timeout_ms,
        command.backoff_start_interval_ms,
    )
    if min(durations) < 0 or max(durations) > DURATION_MS_MAX:
        raise BadCommand(cause, "a timeout or the backoff is negative or past a century")
    problem = policy_problem(command.retry_policy)
    if problem:
        raise BadCommand(cause, f"retry policy of the next run: {problem}")
    properties.refuse_blob("the input of the next run", sizes.payloads_bytes(command.input))
    problem = sizes.memo_problem(command.memo)
    problem = problem or sizes.search_attributes_problem(command.search_attributes)
    if problem:
        raise BadCommand(cause, f"the next run: {problem}")


def _continue(plan: Plan, command: c.ContinueAsNewWorkflowExecution, completed_id: int) -> None:
    chain.continue_as_new(plan.step, command, completed_id)


def _cancel(plan: Plan, command: c.CancelWorkflowExecution, completed_id: int) -> None:
    plan.step.add(
        events.WorkflowExecutionCanceled(
            **plan.step.head(),
            details=command.details,
            workflow_task_completed_event_id=completed_id,
        )
    )


CHECKS: Mapping[type[c.Command], Callable[[Plan, Any], None]] = {
    c.ScheduleActivityTask: _check_activity,
    c.RequestCancelActivityTask: _check_cancel_activity,
    c.StartTimer: _check_timer,
    c.CancelTimer: _check_cancel_timer,
    c.AcceptWorkflowExecutionUpdate: _check_update,
    c.CompleteWorkflowExecutionUpdate: _check_update,
    c.RejectWorkflowExecutionUpdate: _check_update,
    c.CompleteWorkflowExecution: _check_close,
    c.FailWorkflowExecution: _check_close,
    c.CancelWorkflowExecution: _check_close,
    c.ContinueAsNewWorkflowExecution: _check_continue,
    **link_commands.CHECKS,
    c.RecordMarker: properties.check_marker,
    c.UpsertWorkflowSearchAttributes: properties.check_search_attributes,
    c.ModifyWorkflowProperties: properties.check_memo,
}

ACTIONS: Mapping[type[c.Command], Callable[[Plan, Any, int], None]] = {
    c.ScheduleActivityTask: _schedule_activity,
    c.RequestCancelActivityTask: _cancel_activity,
    c.StartTimer: _start_timer,
    c.CancelTimer: _cancel_timer,
    c.AcceptWorkflowExecutionUpdate: update.accept,
    c.CompleteWorkflowExecutionUpdate: update.complete,
    c.RejectWorkflowExecutionUpdate: update.reject,
    c.CompleteWorkflowExecution: _complete,
    c.FailWorkflowExecution: _fail,
    c.CancelWorkflowExecution: _cancel,
    c.ContinueAsNewWorkflowExecution: _continue,
    **link_commands.ACTIONS,
    c.RecordMarker: properties.record_marker,
    c.UpsertWorkflowSearchAttributes: properties.upsert_search_attributes,
    c.ModifyWorkflowProperties: properties.modify,
}
