"""What came due: deadlines of runs and activities, user timers, and queues that have room."""

from duralog.orchestrator import activity_task, chain, query, workflow_task
from duralog.orchestrator.context import Context
from duralog.orchestrator.due import DueActivity, DueRun, DueTimer, QueueReady, drop_entry
from duralog.orchestrator.retention import expire
from duralog.orchestrator.step import Step
from duralog.schemas.codec import decode
from duralog.schemas.events import TimerFired, TimerStarted, WorkflowExecutionTimedOut
from duralog.state import keys
from duralog.state.deadlines import (
    activity_deadlines,
    arm_activity,
    sweep_ms,
    workflow_task_timeout_ms,
)
from duralog.state.execution import Activity
from duralog.state.limits import CANCEL_UNSTARTED_MS, HOLD_MS, WINDOW_FIRST
from duralog.state.partition import PartitionState


def due_run(partition: PartitionState, request: DueRun, context: Context) -> None:
    """A deadline of the run or its Workflow Task; the entry may be earlier than it."""
    drop_entry(partition, request)
    execution = partition.run(request.run_id)
    if execution is None:
        return
    step = Step(partition, execution, context)
    state = step.state
    if not execution.open:
        expire(step, request.until_ms)
    elif state.quarantine_cause:
        return
    elif state.expires_ms and state.expires_ms <= request.until_ms:
        _run_timed_out(step)
    elif state.first_task_due_ms and state.first_task_due_ms <= request.until_ms:
        workflow_task.schedule(step)
    elif execution.task_pending:
        _task_due(step, request.until_ms)
    step.finish()


def _run_timed_out(step: Step) -> None:
    """The run timeout is retried as the policy says; past the execution timeout no run fits."""
    workflow_task.close_pending(step)
    decision = chain.decide(step, chain.TIMEOUT)
    by_cron = not decision.again and chain.has_cron(step)
    run_id = chain.successor_id(step) if decision.again or by_cron else ""
    step.add(
        WorkflowExecutionTimedOut(
            **step.head(), retry_state=decision.retry_state, new_execution_run_id=run_id
        )
    )
    if by_cron:
        chain.cron(step, run_id=run_id, result=[], failure=chain.TIMEOUT)
    elif run_id:
        chain.retry(step, run_id=run_id, due_ms=decision.due_ms, failure=chain.TIMEOUT)


def _task_due(step: Step, until_ms: int) -> None:
    state, execution = step.state, step.execution
    if execution.task_started:
        if state.task_started_time_ms + workflow_task_timeout_ms(execution) <= until_ms:
            workflow_task.time_out(step)
    elif state.task_retry_time_ms:
        if state.task_retry_time_ms <= until_ms:
            workflow_task.dispatch(step)
    elif state.task_dispatch_time_ms:
        if state.held_count and state.held_since_ms + HOLD_MS <= until_ms:
            workflow_task.go_cold(step)
        elif _lost(
            step,
            workflow_task.KIND,
            state.task_queue,
            state.task_dispatch_time_ms,
            state.task_copy,
            until_ms,
        ):
            workflow_task.dispatch(step, copy=state.task_copy + 1)


def _lost(
    step: Step, kind: str, queue: str, dispatch_time_ms: int, copy: int, until_ms: int
) -> bool:
    """Nobody answers for the task: others were taken after it, or none for long."""
    overtaken_ms, idle_ms = sweep_ms(dispatch_time_ms, copy)
    if until_ms >= idle_ms:
        return True
    return until_ms >= overtaken_ms and step.context.queues.overtook(kind, queue, dispatch_time_ms)


def due_activity(partition: PartitionState, request: DueActivity, context: Context) -> None:
    """A deadline of a pending activity; the entry may be earlier than the deadline."""
    drop_entry(partition, request)
    execution = partition.run(request.run_id)
    if execution is None:
        return
    activity = partition.activity(execution, request.scheduled_event_id)
    if activity is None:
        return
    if execution.state.quarantine_cause:
        return
    step = Step(partition, execution, context)
    _activity_due(step, activity, request.until_ms)
    if partition.activity(execution, request.scheduled_event_id) is not None:
        arm_activity(partition, execution, activity)
    step.finish()


def _activity_due(step: Step, activity: Activity, until_ms: int) -> None:
    entry = activity.entry
    expired = [d for d in activity_deadlines(activity) if d[0] <= until_ms]
    if expired:
        activity_task.time_out(step, activity, min(expired)[1])
    elif entry.started_time_ms:
        return
    elif entry.retry_time_ms:
        if entry.retry_time_ms <= until_ms:
            activity_task.dispatch(step, activity)
    elif not entry.dispatch_time_ms:
        return
    elif entry.cancel_requested_event_id:
        if entry.dispatch_time_ms + CANCEL_UNSTARTED_MS <= until_ms:
            activity_task.dropped(step, activity)
            workflow_task.happen(step, [activity_task.canceled_unstarted(step, activity)])
    elif _lost(
        step,
        activity_task.KIND,
        activity.scheduled.task_queue,
        entry.dispatch_time_ms,
        entry.copy,
        until_ms,
    ):
        activity_task.dispatch(step, activity, copy=entry.copy + 1)


def due_timer(partition: PartitionState, request: DueTimer, context: Context) -> None:
    """A user timer fires, unless it is gone or its run is quarantined."""
    drop_entry(partition, request)
    execution = partition.run(request.run_id)
    if execution is None or not execution.open or execution.state.quarantine_cause:
        return
    started = decode(partition.event(execution, request.started_event_id))
    assert isinstance(started, TimerStarted)
    timer = partition.timer(request.run_id, started.timer_id)
    if timer is None or timer.event_id != request.started_event_id:
        return
    step = Step(partition, execution, context)
    event = TimerFired(
        **step.head(), timer_id=started.timer_id, started_event_id=request.started_event_id
    )
    workflow_task.happen(step, [event])
    step.finish()


def queue_ready(partition: PartitionState, request: QueueReady, context: Context) -> None:
    """Dispatch what waits for the queue, oldest first, as far as there are places."""
    queues, kind, queue = context.queues, request.kind, request.queue
    if not queues.known(kind, queue):
        return
    if kind == workflow_task.KIND:
        query.queue_ready(partition, queue, context)
    prefix = keys.waiting_prefix(kind, queue)
    served = 0
    for key, _ in partition.scan_queue(prefix, keys.end_of(prefix), WINDOW_FIRST):
        if not queues.has_place(kind, queue, context.now_ms):
            return
        served += 1
        *_, run_id, event_id = keys.parse_waiting(key)
        _serve(partition, context, key, run_id, event_id)
    if served < WINDOW_FIRST:
        queues.check(kind, queue, waits=False)


def _serve(
    partition: PartitionState, context: Context, key: bytes, run_id: str, event_id: int
) -> None:
    execution = partition.run(run_id)
    if execution is None or not execution.open:
        partition.delete(key)
        return
    step = Step(partition, execution, context)
    if not event_id:
        workflow_task.dispatch(step, copy=step.state.task_copy, ahead=True)
    else:
        activity = partition.activity(execution, event_id)
        assert activity is not None, (
            f"activity {event_id} of run {run_id} waits, but is not pending"
        )
        activity_task.dispatch(step, activity, copy=activity.entry.copy, ahead=True)
    step.finish()
