"""Quarantine: a run that the engine cannot process is set aside, its inputs are parked."""

from duralog.orchestrator.context import Addressed, Context, Rejected
from duralog.orchestrator.runs import found
from duralog.orchestrator.step import Step
from duralog.schemas import requests
from duralog.schemas.codec import encode
from duralog.schemas.transitions import ParkedRequest, Quarantine
from duralog.state.appliers.quarantine import waiting
from duralog.state.execution import Execution
from duralog.state.limits import PARKED_BYTES_MAX, PARKED_MAX
from duralog.state.partition import PartitionState

# Requests that a quarantined run still answers.
UNPARKED = (
    requests.StartWorkflowExecution,
    requests.DescribeWorkflowExecution,
    requests.GetWorkflowExecutionHistory,
    requests.QueryWorkflow,
    requests.RespondQueryTaskCompleted,
    requests.TerminateWorkflowExecution,
    requests.ResumeWorkflowExecution,
    requests.Ping,
    requests.SetFeatureLevel,
)


def park(
    partition: PartitionState, execution: Execution, request: Addressed, context: Context
) -> None:
    """Keep `request` for later; claims are refused, and what is too much is refused as well."""
    state = execution.state
    if getattr(request, "claim", False):
        raise Rejected("REFUSED", f"the run is quarantined: {state.quarantine_cause}")
    data = encode(request)
    if state.parked_count >= PARKED_MAX or state.parked_bytes + len(data) > PARKED_BYTES_MAX:
        raise Rejected(
            "RESOURCE_EXHAUSTED",
            f"run {state.run_id} is quarantined and has {state.parked_count} parked inputs; "
            "resume or terminate it first",
        )
    step = Step(partition, execution, context)
    step.record(
        ParkedRequest(
            workflow_id=state.workflow_id,
            run_id=state.run_id,
            index=state.parked_next_index,
            request=data,
            received_time_ms=step.now_ms,
        )
    )


def quarantine(
    partition: PartitionState, execution: Execution, context: Context, cause: str
) -> None:
    """Set the run aside."""
    step = Step(partition, execution, context)
    step.record(
        Quarantine(
            workflow_id=step.state.workflow_id,
            run_id=step.state.run_id,
            cause=cause,
            since_time_ms=step.now_ms,
        )
    )
    step.finish()


def unpark(
    partition: PartitionState, request: requests.ResumeWorkflowExecution, context: Context
) -> list[bytes]:
    """Lift the quarantine; what was parked, in arrival order, to be processed now."""
    execution = found(partition, request)
    if not execution.state.quarantine_cause:
        raise Rejected(
            "FAILED_PRECONDITION", f"run {execution.run_id} is not quarantined; nothing to resume"
        )
    step = Step(partition, execution, context)
    parked = waiting(partition, execution)
    for one in parked:
        step.forget_parked(one.index)
    step.forget_quarantine()
    step.finish()
    context.answer(request, run_id=execution.run_id)
    return [one.request for one in parked]
