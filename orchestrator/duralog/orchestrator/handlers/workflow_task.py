"""What workers say about Workflow Tasks: started, completed, failed, released."""

from duralog.orchestrator import query, sizes, update, workflow_task
from duralog.orchestrator.bad_command import BadCommand
from duralog.orchestrator.commands import carry_out, check, settle
from duralog.orchestrator.context import Context, Rejected
from duralog.orchestrator.parts import reply_in_parts
from duralog.orchestrator.plan import Plan
from duralog.orchestrator.runs import open_step, run_of
from duralog.orchestrator.step import Step
from duralog.schemas.commands import RejectWorkflowExecutionUpdate
from duralog.schemas.events import WorkflowTaskCompleted
from duralog.schemas.payloads import Failure
from duralog.schemas.replies import Reply
from duralog.schemas.requests import (
    RecordWorkflowTaskStarted,
    ReleaseWorkflowTask,
    RespondWorkflowTaskCompleted,
    RespondWorkflowTaskFailed,
)
from duralog.schemas.states import RunState
from duralog.state.partition import PartitionState

Answer = RespondWorkflowTaskCompleted | RespondWorkflowTaskFailed


def started(
    partition: PartitionState, request: RecordWorkflowTaskStarted, context: Context
) -> None:
    """Accept or refuse a claim; or note that the fresh path runs."""
    execution = run_of(partition, request)
    if execution is None or not execution.open or not _current(execution.state, request):
        _refuse(context, request, "the Workflow Task is done, or was dispatched anew")
        return
    step = Step(partition, execution, context)
    state = step.state
    if request.claim:
        _claim(step, request)
    elif (
        not execution.task_started
        and not state.task_cold
        and request.started_event_id == execution.started_event_id_next
    ):
        _record_start(step, request, _announced_ms(step, request.dispatch_time_ms), "")
    step.finish()


def _claim(step: Step, request: RecordWorkflowTaskStarted) -> None:
    state, execution = step.state, step.execution
    if execution.task_started:
        if not request.delivery_id or state.task_delivery_id != request.delivery_id:
            _refuse(step.context, request, "another worker runs the Workflow Task")
            return
    else:
        if state.held_count and not execution.task_transient:
            workflow_task.flush_held(step)
        _record_start(step, request, step.now_ms, request.delivery_id)
    first = 1 if request.reset_sticky else max(request.started_event_id, 1)
    if execution.task_transient:
        first = 1 if request.reset_sticky else state.next_event_id
    reply = Reply(
        recipient="",
        correlation_id="",
        code="OK",
        workflow_id=state.workflow_id,
        run_id=state.run_id,
        delivery_id=request.delivery_id,
        started_event_id=state.task_started_event_id,
        started_time_ms=state.task_started_time_ms,
    )
    reply_in_parts(step.context, request, reply, step.partition.events(execution, first))


def _record_start(
    step: Step, request: RecordWorkflowTaskStarted, time_ms: int, delivery_id: str
) -> None:
    workflow_task.taken(step)
    transition = workflow_task.state_of(step.state)
    transition.started_time_ms, transition.delivery_id = time_ms, delivery_id
    transition.started_event_id = step.execution.started_event_id_next
    transition.identity = request.identity
    if not transition.dispatch_time_ms:  # A copy of a task that waits again for its queue.
        transition.dispatch_time_ms, transition.stalled = step.now_ms, ""
    step.record(transition)


def completed(
    partition: PartitionState, request: RespondWorkflowTaskCompleted, context: Context
) -> None:
    """Write what the workflow did; or fail the task when a Command is bad."""
    step = open_step(partition, request, context)
    if not _accepted(step, request):
        step.finish()
        return
    try:
        plan = check(step, request.commands)
    except BadCommand as error:
        _fail(
            step, request, error.cause, Failure(kind="server", source="Server", message=error.text)
        )
        step.finish()
        context.answer(request, "INVALID_ARGUMENT", f"{error.cause}: {error.text}")
        return
    if _leaves_nothing(step, plan, request):
        query.relay(step, request.query_results)
        carry_out(plan, 0)
        workflow_task.discard(step, request.completion_id)
    else:
        _write(step, plan, request)
    _go_on(step, plan, heartbeat=request.force_create_new_workflow_task)
    context.answer(request, run_id=step.state.run_id)


def _leaves_nothing(step: Step, plan: Plan, request: RespondWorkflowTaskCompleted) -> bool:
    """A speculative task that did nothing but reject updates was never there, as Temporal's."""
    return (
        step.state.task_speculative
        and not step.state.held_count
        and not request.force_create_new_workflow_task
        and bool(plan.commands)
        and all(isinstance(c, RejectWorkflowExecutionUpdate) for c in plan.commands)
    )


def _write(step: Step, plan: Plan, request: RespondWorkflowTaskCompleted) -> None:
    scheduled_event_id = step.state.task_scheduled_event_id
    workflow_task.write_started(
        step,
        started_event_id=request.started_event_id,
        started_time_ms=_announced_ms(step, request.dispatch_time_ms),
        identity=request.identity,
    )
    completed_id = step.add(
        WorkflowTaskCompleted(
            **step.head(),
            scheduled_event_id=scheduled_event_id,
            started_event_id=request.started_event_id,
            identity=request.identity,
            completion_id=request.completion_id,
        )
    )
    query.relay(step, request.query_results)
    carry_out(plan, completed_id)


def _go_on(step: Step, plan: Plan, *, heartbeat: bool) -> None:
    """Behind the Commands: what was held, what they settled, and the next task or queries."""
    if step.execution.open:
        flushed = workflow_task.flush_held(step)
        settle(plan)
        if flushed or plan.wants_task or heartbeat:
            workflow_task.want(step)
        update.want_task(step)
        workflow_task.enforce_limits(step)
    query.serve(step)
    step.finish()


def failed(partition: PartitionState, request: RespondWorkflowTaskFailed, context: Context) -> None:
    """The worker could not run it: try again."""
    step = open_step(partition, request, context)
    if _accepted(step, request):
        _fail(step, request, request.cause, _fitting(request.failure))
        context.answer(request, run_id=step.state.run_id)
    step.finish()


def _fitting(failure: Failure | None) -> Failure | None:
    """What was said, if the history has room for it."""
    problem = sizes.blob_problem("the failure", sizes.failure_bytes(failure))
    if failure is None or not problem:
        return failure
    return Failure(message=problem, source="Server", type=failure.type)


def _fail(step: Step, request: Answer, cause: str, failure: Failure | None) -> None:
    workflow_task.fail(
        step,
        cause=cause,
        failure=failure,
        started_event_id=request.started_event_id,
        started_time_ms=_announced_ms(step, request.dispatch_time_ms),
        identity=request.identity,
    )


def released(partition: PartitionState, request: ReleaseWorkflowTask, context: Context) -> None:
    """Its worker will not run or finish it: dispatch again. An unclaimed start has one."""
    step = open_step(partition, request, context)
    state = step.state
    owns = state.task_delivery_id in ("", request.delivery_id) and step.execution.task_started
    if not _current(state, request) or not owns:
        raise _stale()
    workflow_task.dispatch(step, copy=state.task_copy + 1)
    step.finish()
    context.answer(request, run_id=state.run_id)


def _accepted(step: Step, request: Answer) -> bool:
    """Whether the answer counts; raises Rejected when stale. False: dispatched again."""
    state, execution = step.state, step.execution
    if not _current(state, request):
        raise _stale()
    if execution.task_started:
        if state.task_delivery_id and state.task_delivery_id != request.delivery_id:
            raise _stale()
        if request.started_event_id != state.task_started_event_id:
            raise _stale()
        return True
    if request.started_event_id == execution.started_event_id_next:
        return True
    if state.task_dispatch_time_ms:  # Its record is gone with this answer, and events came.
        workflow_task.dispatch(step, copy=state.task_copy + 1)
    step.context.answer(request, "REFUSED", "the run has newer events: claim the new task")
    return False


def _current(
    state: RunState, request: RecordWorkflowTaskStarted | ReleaseWorkflowTask | Answer
) -> bool:
    return (
        state.task_scheduled_event_id == request.scheduled_event_id
        and state.task_attempt == request.attempt
        # The ids of a task that was discarded come again: it was dispatched before this one.
        and request.dispatch_time_ms >= state.task_scheduled_time_ms
    )


def _announced_ms(step: Step, dispatch_time_ms: int) -> int:
    """The time of WorkflowTaskStarted as the worker knows it: of the accept, or the dispatch."""
    state = step.state
    if state.task_started_time_ms:
        return state.task_started_time_ms
    return min(max(dispatch_time_ms, state.task_scheduled_time_ms), step.now_ms)


def _stale() -> Rejected:
    return Rejected("NOT_FOUND", "Workflow Task not found: it is done, or another worker has it")


def _refuse(context: Context, request: RecordWorkflowTaskStarted, text: str) -> None:
    if request.claim and request.reply_partition >= 0:
        reply = Reply(recipient="", correlation_id="", code="REFUSED", text=text)
        reply.workflow_id, reply.run_id = request.workflow_id, request.run_id
        reply.delivery_id = request.delivery_id
        context.reply(request, reply)
