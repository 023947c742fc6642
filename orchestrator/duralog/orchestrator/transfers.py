"""Transfers: what one run wants of another, wherever that lives; exactly once.

`send` writes a PendingTransfer and puts the Request for the target on its partition of `transfers`,
in the transaction of the event that wants it. The target's engine processes it as any Request, and
answers with AcknowledgeTransfer in the transaction of its effect. A transfer that stays
unacknowledged is sent again; the Request in it carries a request id, so that a second copy has no
effect but the same answer. Nothing but ids is kept of it: the Request follows from the event.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from duralog.schemas import events, requests
from duralog.schemas.codec import decode, encode
from duralog.schemas.identifiers import partition_of
from duralog.schemas.transitions import PendingTransfer

if TYPE_CHECKING:
    from duralog.orchestrator.step import Step

BY_POLICY: Final = ("terminate_child", "cancel_child")
_REASON: Final = "by parent close policy"
_IDENTITY: Final = "engine"


def send(step: "Step", kind: str, event_id: int, target_workflow_id: str) -> None:
    """Send what `event_id` asks for, for the first time."""
    _send(
        step,
        PendingTransfer(
            workflow_id=step.state.workflow_id,
            run_id=step.state.run_id,
            transfer_id=transfer_id_of(kind, event_id),
            kind=kind,
            event_id=event_id,
            target_workflow_id=target_workflow_id,
            sent_time_ms=step.now_ms,
        ),
    )


def transfer_id_of(kind: str, event_id: int) -> int:
    """Of what an event asks for at once, or its parent close policy later."""
    return 2 * event_id + (kind in BY_POLICY)


def send_again(step: "Step", transfer: PendingTransfer) -> None:
    """Nobody has acknowledged it for long."""
    transfer.copy += 1
    transfer.sent_time_ms = step.now_ms
    _send(step, transfer)


def _send(step: "Step", transfer: PendingTransfer) -> None:
    step.record(transfer)
    event = decode(step.partition.event(step.execution, transfer.event_id))
    request = _REQUESTS[transfer.kind](step, event)
    request.request_id = f"{transfer.run_id}/{transfer.transfer_id}"
    request.identity = request.identity or _IDENTITY
    state = step.state
    delivery = requests.DeliverTransfer(
        workflow_id=request.workflow_id,
        run_id=request.run_id,
        origin_workflow_id=state.workflow_id,
        origin_run_id=state.run_id,
        transfer_id=transfer.transfer_id,
        child_workflow_only=transfer.kind in BY_POLICY
        or bool(getattr(event, "child_workflow_only", False)),
        initiated_event_id=transfer.event_id if transfer.kind in (*BY_POLICY, "start") else 0,
        root_workflow_id=state.root_workflow_id or state.workflow_id,
        root_run_id=state.root_run_id or state.run_id,
        request=encode(request),
    )
    post(step, delivery)


def post(step: "Step", request: requests.DeliverTransfer) -> None:
    """Put a Request on the partition of `transfers` that its Workflow ID belongs to."""
    context = step.context
    partition = partition_of(request.workflow_id, context.queues.partitions)
    key = request.workflow_id.encode()
    context.out.task("transfers", "", partition, key, encode(request))


def _start(
    step: "Step", event: events.StartChildWorkflowExecutionInitiated
) -> requests.StartWorkflowExecution:
    del step
    return requests.StartWorkflowExecution(
        workflow_id=event.child_workflow_id,
        workflow_type=event.workflow_type,
        task_queue=event.task_queue,
        input=event.input,
        workflow_execution_timeout_ms=event.workflow_execution_timeout_ms,
        workflow_run_timeout_ms=event.workflow_run_timeout_ms,
        workflow_task_timeout_ms=event.workflow_task_timeout_ms,
        workflow_id_reuse_policy=event.workflow_id_reuse_policy,
        retry_policy=event.retry_policy,
        header=event.header,
        memo=event.memo,
        search_attributes=event.search_attributes,
        user_metadata_summary=event.user_metadata_summary,
        user_metadata_details=event.user_metadata_details,
        priority_key=event.priority_key,
        fairness_key=event.fairness_key,
        fairness_weight=event.fairness_weight,
    )


def _signal(
    step: "Step", event: events.SignalExternalWorkflowExecutionInitiated
) -> requests.SignalWorkflowExecution:
    del step
    return requests.SignalWorkflowExecution(
        workflow_id=event.target_workflow_id,
        run_id=event.target_run_id,
        signal_name=event.signal_name,
        input=event.input,
        header=event.header,
    )


def _cancel(
    step: "Step", event: events.RequestCancelExternalWorkflowExecutionInitiated
) -> requests.RequestCancelWorkflowExecution:
    del step
    return requests.RequestCancelWorkflowExecution(
        workflow_id=event.target_workflow_id, run_id=event.target_run_id, reason=event.reason
    )


def _closed(step: "Step", event: events.Event) -> requests.RecordChildWorkflowExecutionClosed:
    state = step.state
    return requests.RecordChildWorkflowExecutionClosed(
        workflow_id=state.parent_workflow_id,
        run_id=state.parent_run_id,
        initiated_event_id=state.parent_initiated_event_id,
        child_workflow_id=state.workflow_id,
        child_run_id=state.run_id,
        first_execution_run_id=state.first_execution_run_id,
        workflow_type=state.workflow_type,
        close_event=encode(event),
    )


def _terminate_child(
    step: "Step", event: events.StartChildWorkflowExecutionInitiated
) -> requests.TerminateWorkflowExecution:
    del step
    return requests.TerminateWorkflowExecution(workflow_id=event.child_workflow_id, reason=_REASON)


def _cancel_child(
    step: "Step", event: events.StartChildWorkflowExecutionInitiated
) -> requests.RequestCancelWorkflowExecution:
    del step
    return requests.RequestCancelWorkflowExecution(
        workflow_id=event.child_workflow_id, reason=_REASON
    )


_REQUESTS: Final[Mapping[str, Callable[["Step", Any], Any]]] = {
    "start": _start,
    "signal": _signal,
    "cancel": _cancel,
    "closed": _closed,
    "terminate_child": _terminate_child,
    "cancel_child": _cancel_child,
}
