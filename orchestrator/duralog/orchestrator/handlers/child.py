"""RecordChildWorkflowExecutionClosed: a parent learns how the last run of a child's chain ended."""

from collections.abc import Mapping
from typing import Any, Final

from duralog.orchestrator import workflow_task
from duralog.orchestrator.context import Context, Rejected
from duralog.orchestrator.runs import run_of
from duralog.orchestrator.step import Step
from duralog.orchestrator.transfers import transfer_id_of
from duralog.schemas import events
from duralog.schemas.codec import DecodeError, decode
from duralog.schemas.requests import RecordChildWorkflowExecutionClosed
from duralog.state import links
from duralog.state.partition import PartitionState


def closed(
    partition: PartitionState, request: RecordChildWorkflowExecutionClosed, context: Context
) -> None:
    """Append or hold the event; a parent that has closed, or knows it, need not be told."""
    close = _close_of(request)
    execution = run_of(partition, request)
    entry = None
    if execution is not None and execution.open:
        entry = links.child(partition, execution, request.initiated_event_id)
    if execution is not None and entry is not None:
        step = Step(partition, execution, context)
        about: dict[str, Any] = {
            **step.head(),
            "initiated_event_id": request.initiated_event_id,
            "child_workflow_id": request.child_workflow_id,
            "child_run_id": request.child_run_id,
            "workflow_type": request.workflow_type,
        }
        happened: list[events.Event] = []
        if not entry.run_id:  # The answer to its start is late or lost: this one answers it, too.
            transfer_id = transfer_id_of("start", request.initiated_event_id)
            if links.transfer(partition, request.run_id, transfer_id) is not None:
                step.forget_transfer(transfer_id)
            first: dict[str, Any] = {**about, "child_run_id": request.first_execution_run_id}
            happened.append(events.ChildWorkflowExecutionStarted(**first))
        kind, names = _CLOSES[type(close)]
        said = {name: getattr(close, name) for name in names}
        happened.append(kind(**about, **said, started_event_id=entry.started_event_id))
        workflow_task.happen(step, happened)
        step.finish()
    context.answer(request)


def _close_of(request: RecordChildWorkflowExecutionClosed) -> events.Event:
    """The child's last event. Raises Rejected: a stranger's request must not blame the parent."""
    try:
        close: events.Event = decode(request.close_event)
    except DecodeError as error:
        raise Rejected("INVALID_ARGUMENT", f"close_event cannot be read: {error}") from None
    if type(close) not in _CLOSES:
        raise Rejected("INVALID_ARGUMENT", f"a {type(close).__name__} closes no child")
    return close


# How a child's end reads in its parent's history, and what it takes from the child's.
_CLOSES: Final[Mapping[type[Any], tuple[type[Any], tuple[str, ...]]]] = {
    events.WorkflowExecutionCompleted: (events.ChildWorkflowExecutionCompleted, ("result",)),
    events.WorkflowExecutionFailed: (
        events.ChildWorkflowExecutionFailed,
        ("failure", "retry_state"),
    ),
    events.WorkflowExecutionCanceled: (events.ChildWorkflowExecutionCanceled, ("details",)),
    events.WorkflowExecutionTimedOut: (events.ChildWorkflowExecutionTimedOut, ("retry_state",)),
    events.WorkflowExecutionTerminated: (events.ChildWorkflowExecutionTerminated, ()),
}
