"""TerminateWorkflowExecution: end an open run at once."""

from duralog.orchestrator import sizes, workflow_task
from duralog.orchestrator.context import Context, Rejected
from duralog.orchestrator.runs import open_step
from duralog.orchestrator.step import Step
from duralog.schemas.requests import (
    RequestCancelWorkflowExecution,
    TerminateWorkflowExecution,
    UpdateWorkflowExecution,
)
from duralog.state.partition import PartitionState


def terminate_request(
    partition: PartitionState, request: TerminateWorkflowExecution, context: Context
) -> None:
    """End the run, also a quarantined one."""
    step = open_step(partition, request, context)
    check_chain(step, request)
    problem = sizes.blob_problem("details", sizes.payloads_bytes(request.details))
    if problem:
        raise Rejected("INVALID_ARGUMENT", f"termination of {request.workflow_id!r}: {problem}")
    workflow_task.terminate(step, request.reason, request.details, request.identity)
    step.finish()
    context.answer(request, run_id=step.state.run_id)


def check_chain(
    step: Step,
    request: TerminateWorkflowExecution | RequestCancelWorkflowExecution | UpdateWorkflowExecution,
) -> None:
    """Raises Rejected when the caller means another chain of runs."""
    first = request.first_execution_run_id
    if first and first != step.state.first_execution_run_id:
        raise Rejected(
            "NOT_FOUND",
            f"the open run of {request.workflow_id!r} does not descend from {first!r}",
        )
