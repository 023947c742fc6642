"""Signals and cancel requests: once per request id, also after the close."""

from typing import TypedDict

from duralog.orchestrator import sizes, workflow_task
from duralog.orchestrator.context import Addressed, Context, Rejected
from duralog.orchestrator.handlers.terminate import check_chain
from duralog.orchestrator.runs import open_step, run_of, text_problem
from duralog.schemas.events import WorkflowExecutionCancelRequested, WorkflowExecutionSignaled
from duralog.schemas.requests import RequestCancelWorkflowExecution, SignalWorkflowExecution
from duralog.state.execution import Execution
from duralog.state.limits import CHAIN_SEEN_MAX, SIGNALS_TOTAL_MAX
from duralog.state.partition import PartitionState


def signal(partition: PartitionState, request: SignalWorkflowExecution, context: Context) -> None:
    """Append or hold WorkflowExecutionSignaled."""
    if _seen(partition, request, context):
        return
    step = open_step(partition, request, context)
    problem = text_problem("signal_name", request.signal_name)
    problem = problem or text_problem("request_id", request.request_id, required=False)
    problem = problem or sizes.blob_problem("the input", sizes.payloads_bytes(request.input))
    if problem:
        raise Rejected("INVALID_ARGUMENT", f"signal of {request.workflow_id!r}: {problem}")
    check_room(step.execution)
    event = WorkflowExecutionSignaled(
        **step.head(),
        signal_name=request.signal_name,
        input=request.input,
        identity=request.identity,
        header=request.header,
        request_id=request.request_id,
        **_sender(context),
    )
    workflow_task.happen(step, [event])
    step.finish()
    context.answer(request, run_id=step.state.run_id)


def check_room(execution: Execution) -> None:
    """Raises Rejected when the run takes no further signal."""
    if execution.state.signals_total >= SIGNALS_TOTAL_MAX:
        raise Rejected(
            "INVALID_ARGUMENT",
            f"exceeded workflow execution limit for signal events ({SIGNALS_TOTAL_MAX});"
            " continue as new",
        )


def request_cancel(
    partition: PartitionState, request: RequestCancelWorkflowExecution, context: Context
) -> None:
    """Append or hold WorkflowExecutionCancelRequested; a second request changes nothing."""
    if _seen(partition, request, context):
        return
    step = open_step(partition, request, context)
    check_chain(step, request)
    problem = text_problem("request_id", request.request_id, required=False)
    if problem:
        raise Rejected("INVALID_ARGUMENT", f"cancellation of {request.workflow_id!r}: {problem}")
    if not step.state.cancel_requested:
        event = WorkflowExecutionCancelRequested(
            **step.head(),
            cause=request.reason,
            identity=request.identity,
            request_id=request.request_id,
            **_sender(context),
        )
        workflow_task.happen(step, [event])
        step.finish()
    context.answer(request, run_id=step.state.run_id)


class Sender(TypedDict, total=False):
    """The Workflow that sent it; nothing when it was a client."""

    external_workflow_id: str
    external_run_id: str
    external_initiated_event_id: int


def _sender(context: Context) -> Sender:
    transfer = context.transfer
    if transfer is None:
        return {}
    return {
        "external_workflow_id": transfer.origin_workflow_id,
        "external_run_id": transfer.origin_run_id,
        "external_initiated_event_id": transfer.transfer_id // 2,
    }


def _seen(
    partition: PartitionState,
    request: SignalWorkflowExecution | RequestCancelWorkflowExecution,
    context: Context,
) -> bool:
    """The request had its effect before; it is answered as then."""
    execution = run_that_saw(partition, request) if request.request_id else None
    if execution is None:
        return False
    context.answer(request, run_id=execution.run_id)
    return True


def run_that_saw(partition: PartitionState, request: Addressed) -> Execution | None:
    """The run of the chain on which this request id had its effect."""
    execution = run_of(partition, request)
    for _ in range(CHAIN_SEEN_MAX):  # It may have reached a run before, whose answer was lost.
        if execution is None or partition.seen(execution.run_id, request.request_id):
            return execution
        before = execution.state.continued_execution_run_id
        execution = partition.run(before) if before else None
    return None
