"""StartWorkflowExecution: open a run, or say why not. Policies and their order are Temporal's."""

from collections.abc import Callable
from typing import Final, TypedDict

from duralog.orchestrator import cron, sizes, workflow_task
from duralog.orchestrator.bad_command import policy_problem
from duralog.orchestrator.context import Context, Rejected
from duralog.orchestrator.runs import run_id_of, text_problem
from duralog.orchestrator.step import Step
from duralog.schemas.changelog import SOURCE_INGRESS
from duralog.schemas.events import WorkflowExecutionStarted
from duralog.schemas.replies import Reply
from duralog.schemas.requests import DeliverTransfer, StartWorkflowExecution
from duralog.schemas.states import RunState
from duralog.state.execution import Execution
from duralog.state.limits import (
    DURATION_MS_MAX,
    WORKFLOW_TASK_TIMEOUT_MS,
    WORKFLOW_TASK_TIMEOUT_MS_MAX,
)
from duralog.state.partition import PartitionState

REUSE: Final = (
    "ALLOW_DUPLICATE",
    "ALLOW_DUPLICATE_FAILED_ONLY",
    "REJECT_DUPLICATE",
    "TERMINATE_IF_RUNNING",
)
CONFLICT: Final = ("FAIL", "USE_EXISTING", "TERMINATE_EXISTING")


def start(partition: PartitionState, request: StartWorkflowExecution, context: Context) -> None:
    """Open a run, or answer with the one that exists."""
    check(request, context.now_ms)
    if request.request_id:
        run_id = partition.run_of_request(request.workflow_id, request.request_id)
        if run_id is not None:
            answer(partition, request, context, run_id, started=True)
            return
    current = make_room(partition, request, context)
    if current is not None:
        answer(partition, request, context, current.run_id, started=False)
        return
    run_id = open_run(partition, request, context)
    answer(partition, request, context, run_id, started=True)


def check(request: StartWorkflowExecution, now_ms: int) -> None:
    """Raises Rejected when something is wrong with the request itself."""
    problem = _problem(request)
    if not problem and request.cron_schedule:
        problem = "a cron schedule and a start delay exclude each other"
        if not request.start_delay_ms:
            problem = cron.problem(request.cron_schedule, now_ms)
    if problem:
        raise Rejected("INVALID_ARGUMENT", f"start of {request.workflow_id!r}: {problem}")


def make_room(
    partition: PartitionState, request: StartWorkflowExecution, context: Context
) -> Execution | None:
    """The open run that is to be used; None: a new one may be opened. Raises Rejected."""
    current_id = partition.current_run_id(request.workflow_id)
    current = partition.run(current_id) if current_id else None
    if current is None or _may_open(partition, current, request, context):
        return None
    return current


def _problem(request: StartWorkflowExecution) -> str:
    names = ("workflow_id", "workflow_type", "task_queue", "request_id")
    for name in names:
        problem = text_problem(name, getattr(request, name), required=name != "request_id")
        if problem:
            return problem
    durations = (
        request.workflow_execution_timeout_ms,
        request.workflow_run_timeout_ms,
        request.workflow_task_timeout_ms,
        request.start_delay_ms,
    )
    if min(durations) < 0 or max(durations) > DURATION_MS_MAX:
        return "a timeout or the start delay is negative or longer than a century"
    reuse, conflict = request.workflow_id_reuse_policy, request.workflow_id_conflict_policy
    if reuse not in REUSE:
        return f"unknown workflow_id_reuse_policy {reuse!r}; one of {', '.join(REUSE)}"
    if conflict not in CONFLICT:
        return f"unknown workflow_id_conflict_policy {conflict!r}; one of {', '.join(CONFLICT)}"
    if reuse == "TERMINATE_IF_RUNNING" and conflict == "USE_EXISTING":
        return "TERMINATE_IF_RUNNING and USE_EXISTING exclude each other"
    return policy_problem(request.retry_policy) or _size_problem(request)


def _size_problem(request: StartWorkflowExecution) -> str:
    size_bytes = sizes.payloads_bytes(request.input)
    return (
        sizes.blob_problem("the input", size_bytes)
        or sizes.memo_problem(request.memo)
        or sizes.search_attributes_problem(request.search_attributes)
    )


def conflict_policy(request: StartWorkflowExecution, context: Context) -> str:
    """What is to become of an open run."""
    if request.workflow_id_reuse_policy == "TERMINATE_IF_RUNNING":
        return "TERMINATE_EXISTING"
    if context.source.kind == SOURCE_INGRESS and not request.request_id:
        return "USE_EXISTING"  # The same record again: nobody waits for an error.
    return request.workflow_id_conflict_policy


def _may_open(
    partition: PartitionState,
    current: Execution,
    request: StartWorkflowExecution,
    context: Context,
) -> bool:
    """Whether a new run may follow `current`, ended first if so asked; False: use `current`."""
    state, reuse = current.state, request.workflow_id_reuse_policy
    if current.open:
        conflict = conflict_policy(request, context)
        if conflict == "USE_EXISTING":
            return False
        if conflict == "FAIL":
            raise Rejected(
                "ALREADY_EXISTS",
                f"Workflow Execution {state.workflow_id!r} is running as {state.run_id}; "
                "use another Workflow ID, or a conflict policy",
                run_id=state.run_id,
            )
        step = Step(partition, current, context)
        workflow_task.terminate(step, "TerminateIfRunning Policy", [], request.identity)
        step.finish()
        return True
    if reuse == "REJECT_DUPLICATE" or (
        reuse == "ALLOW_DUPLICATE_FAILED_ONLY" and state.status == "COMPLETED"
    ):
        raise Rejected(
            "ALREADY_EXISTS",
            f"Workflow Execution {state.workflow_id!r} has run as {state.run_id}, "
            f"{state.status}; the reuse policy is {reuse}",
            run_id=state.run_id,
        )
    return True


def open_run(
    partition: PartitionState,
    request: StartWorkflowExecution,
    context: Context,
    before_task: Callable[[Step], object] | None = None,
) -> str:
    """Open a run; its Run ID. before_task: What its first Workflow Task is to bring."""
    previous = partition.current_run_id(request.workflow_id) or ""
    run_id = run_id_of(partition.namespace, context.source, previous)
    state = RunState(workflow_id=request.workflow_id, run_id=run_id)
    step = Step(partition, partition.create(state), context)
    step.add(_started(step, request))
    if before_task is not None:
        before_task(step)
    workflow_task.want(step)
    step.finish()
    return run_id


def _started(step: Step, request: StartWorkflowExecution) -> WorkflowExecutionStarted:
    run_id = step.state.run_id
    execution_ms, delay_ms = request.workflow_execution_timeout_ms, request.start_delay_ms
    if request.cron_schedule:
        now_ms = step.now_ms
        delay_ms = cron.backoff_ms(request.cron_schedule, begun_ms=now_ms, now_ms=now_ms)
    run_ms, task_ms = _timeouts(request)
    return WorkflowExecutionStarted(
        **step.head(),
        workflow_type=request.workflow_type,
        task_queue=request.task_queue,
        input=request.input,
        workflow_execution_timeout_ms=execution_ms,
        workflow_run_timeout_ms=run_ms,
        workflow_task_timeout_ms=task_ms,
        workflow_execution_expiration_time_ms=(
            step.now_ms + delay_ms + execution_ms if execution_ms else 0
        ),
        original_execution_run_id=run_id,
        first_execution_run_id=run_id,
        retry_policy=request.retry_policy,
        first_workflow_task_backoff_ms=delay_ms,
        identity=request.identity,
        request_id=request.request_id,
        header=request.header,
        memo=request.memo,
        traceparent=request.traceparent,
        search_attributes=request.search_attributes,
        user_metadata_summary=request.user_metadata_summary,
        user_metadata_details=request.user_metadata_details,
        priority_key=request.priority_key,
        fairness_key=request.fairness_key,
        fairness_weight=request.fairness_weight,
        cron_schedule=request.cron_schedule,
        initiator="CRON" if request.cron_schedule else "",
        **_parent(step.partition, step.context.transfer),
    )


def _timeouts(request: StartWorkflowExecution) -> tuple[int, int]:
    """Of the run and of its Workflow Tasks, as they take effect."""
    execution_ms = request.workflow_execution_timeout_ms
    run_ms = request.workflow_run_timeout_ms or execution_ms
    if execution_ms:
        run_ms = min(run_ms, execution_ms)
    task_ms = request.workflow_task_timeout_ms or WORKFLOW_TASK_TIMEOUT_MS
    return run_ms, min(task_ms, run_ms or task_ms, WORKFLOW_TASK_TIMEOUT_MS_MAX)


class Parent(TypedDict, total=False):
    """What the first event of a child says of its parent; of others, nothing."""

    parent_workflow_namespace: str
    parent_workflow_id: str
    parent_run_id: str
    parent_initiated_event_id: int
    root_workflow_id: str
    root_run_id: str


def _parent(partition: PartitionState, transfer: DeliverTransfer | None) -> Parent:
    if transfer is None:
        return {}
    return {
        "parent_workflow_namespace": partition.namespace,
        "parent_workflow_id": transfer.origin_workflow_id,
        "parent_run_id": transfer.origin_run_id,
        "parent_initiated_event_id": transfer.initiated_event_id,
        "root_workflow_id": transfer.root_workflow_id,
        "root_run_id": transfer.root_run_id,
    }


def answer(
    partition: PartitionState,
    request: StartWorkflowExecution,
    context: Context,
    run_id: str,
    *,
    started: bool,
) -> None:
    """Tell which run it is. started: This request opened it."""
    if request.reply_partition < 0:
        return
    execution = partition.run(run_id)
    reply = Reply(recipient="", correlation_id="", code="OK", workflow_id=request.workflow_id)
    reply.run_id, reply.started = run_id, started
    reply.first_execution_run_id = (
        execution.state.first_execution_run_id if execution is not None else run_id
    )
    context.reply(request, reply)
