"""Both ends of a transfer: its Request at the target, its acknowledgement at the origin."""

from collections.abc import Callable, Mapping
from typing import Final

from duralog.orchestrator import workflow_task
from duralog.orchestrator.context import Context, Rejected
from duralog.orchestrator.due import DueTransfer, drop_entry
from duralog.orchestrator.runs import run_of
from duralog.orchestrator.step import Step
from duralog.orchestrator.transfers import send_again
from duralog.schemas import events
from duralog.schemas.codec import DecodeError, decode
from duralog.schemas.requests import (
    AcknowledgeTransfer,
    DeliverTransfer,
    RecordChildWorkflowExecutionClosed,
    Request,
    RequestCancelWorkflowExecution,
    SignalWorkflowExecution,
    StartWorkflowExecution,
    TerminateWorkflowExecution,
)
from duralog.schemas.transitions import PendingTransfer
from duralog.state import links
from duralog.state.partition import PartitionState

_NOBODY: Final = "EXTERNAL_WORKFLOW_EXECUTION_NOT_FOUND"
_SIGNAL_CAUSES: Final[Mapping[str, str]] = {
    "NOT_FOUND": _NOBODY,
    # What else can be wrong with a signal was checked when its Command was.
    "INVALID_ARGUMENT": "SIGNAL_COUNT_LIMIT_EXCEEDED",
}
CARRIED: Final = (  # What a run may want of another.
    StartWorkflowExecution,
    SignalWorkflowExecution,
    RequestCancelWorkflowExecution,
    TerminateWorkflowExecution,
    RecordChildWorkflowExecutionClosed,
)


def unwrap(delivery: DeliverTransfer) -> Request:
    """The Request that a transfer carries, answered to its origin. Raises DecodeError."""
    request: Request = decode(delivery.request)
    if type(request) not in CARRIED:
        raise DecodeError(f"a {type(request).__name__} is carried by no transfer")
    request.reply_partition = 0  # Handlers answer who waits; the Context knows where.
    return request


def check_target(partition: PartitionState, delivery: DeliverTransfer, request: Request) -> None:
    """Raises Rejected when the target is the origin itself, or no child where it must be one."""
    if isinstance(request, StartWorkflowExecution | RecordChildWorkflowExecutionClosed):
        return
    execution = run_of(partition, request)
    if execution is None:
        return  # The handler says so.
    state = execution.state
    is_child = state.parent_run_id == delivery.origin_run_id and (
        not delivery.initiated_event_id
        or state.parent_initiated_event_id == delivery.initiated_event_id
    )
    if state.run_id == delivery.origin_run_id or (delivery.child_workflow_only and not is_child):
        raise Rejected("NOT_FOUND", f"{state.workflow_id!r} is no target for this run")


def acknowledged(partition: PartitionState, request: AcknowledgeTransfer, context: Context) -> None:
    """The target has answered: the transfer ends, and the workflow learns what it asked for."""
    execution = run_of(partition, request)
    if execution is None:
        return
    known = request.transfer_id >= 0  # Else it has no key.
    transfer = links.transfer(partition, request.run_id, request.transfer_id) if known else None
    if transfer is None:
        return  # A second copy's answer.
    step = Step(partition, execution, context)
    step.forget_transfer(request.transfer_id)
    result = _RESULTS.get(transfer.kind)
    if execution.open and result is not None:
        workflow_task.happen(step, [result(step, transfer, request)])
    step.finish()


def due_transfer(partition: PartitionState, request: DueTransfer, context: Context) -> None:
    """Not acknowledged for long: send it again."""
    drop_entry(partition, request)
    execution = partition.run(request.run_id)
    transfer = links.transfer(partition, request.run_id, request.transfer_id)
    if execution is None or execution.state.quarantine_cause:
        return  # Its answer may be parked; the end of the quarantine arms all again.
    if transfer is not None:
        step = Step(partition, execution, context)
        send_again(step, transfer)
        step.finish()


def _start_result(
    step: Step, transfer: PendingTransfer, answer: AcknowledgeTransfer
) -> events.Event:
    initiated = decode(step.partition.event(step.execution, transfer.event_id))
    assert isinstance(initiated, events.StartChildWorkflowExecutionInitiated)
    if answer.code == "OK":
        return events.ChildWorkflowExecutionStarted(
            **step.head(),
            initiated_event_id=transfer.event_id,
            child_workflow_id=transfer.target_workflow_id,
            child_run_id=answer.target_run_id,
            workflow_type=initiated.workflow_type,
            header=initiated.header,
        )
    exists = answer.code == "ALREADY_EXISTS"
    return events.StartChildWorkflowExecutionFailed(
        **step.head(),
        initiated_event_id=transfer.event_id,
        child_workflow_id=transfer.target_workflow_id,
        workflow_type=initiated.workflow_type,
        cause="WORKFLOW_ALREADY_EXISTS" if exists else answer.code,
        workflow_task_completed_event_id=initiated.workflow_task_completed_event_id,
    )


def _signal_result(
    step: Step, transfer: PendingTransfer, answer: AcknowledgeTransfer
) -> events.Event:
    initiated = decode(step.partition.event(step.execution, transfer.event_id))
    if answer.code == "OK":
        return events.ExternalWorkflowExecutionSignaled(
            **step.head(),
            initiated_event_id=transfer.event_id,
            target_workflow_id=transfer.target_workflow_id,
            target_run_id=initiated.target_run_id,
        )
    return events.SignalExternalWorkflowExecutionFailed(
        **step.head(),
        initiated_event_id=transfer.event_id,
        target_workflow_id=transfer.target_workflow_id,
        target_run_id=initiated.target_run_id,
        cause=_SIGNAL_CAUSES.get(answer.code, answer.code),
    )


def _cancel_result(
    step: Step, transfer: PendingTransfer, answer: AcknowledgeTransfer
) -> events.Event:
    initiated = decode(step.partition.event(step.execution, transfer.event_id))
    if answer.code == "OK":
        return events.ExternalWorkflowExecutionCancelRequested(
            **step.head(),
            initiated_event_id=transfer.event_id,
            target_workflow_id=transfer.target_workflow_id,
            target_run_id=initiated.target_run_id,
        )
    return events.RequestCancelExternalWorkflowExecutionFailed(
        **step.head(),
        initiated_event_id=transfer.event_id,
        target_workflow_id=transfer.target_workflow_id,
        target_run_id=initiated.target_run_id,
        cause=_NOBODY if answer.code == "NOT_FOUND" else answer.code,
    )


Result = Callable[[Step, PendingTransfer, AcknowledgeTransfer], events.Event]

# What the workflow learns of an answer; of the other kinds, nothing.
_RESULTS: Final[Mapping[str, Result]] = {
    "start": _start_result,
    "signal": _signal_result,
    "cancel": _cancel_result,
}
