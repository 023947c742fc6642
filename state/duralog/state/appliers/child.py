"""Children: initiated, started, closed."""

from duralog.schemas.events import (
    ChildWorkflowExecutionCompleted,
    ChildWorkflowExecutionStarted,
    StartChildWorkflowExecutionInitiated,
)
from duralog.schemas.states import ChildEntry
from duralog.state import links
from duralog.state.execution import Execution
from duralog.state.partition import PartitionState


def initiated(
    partition: PartitionState, execution: Execution, event: StartChildWorkflowExecutionInitiated
) -> None:
    """Pending from here, though nothing of it may have started."""
    entry = ChildEntry(
        initiated_event_id=event.event_id,
        workflow_id=event.child_workflow_id,
        workflow_type=event.workflow_type,
        parent_close_policy=event.parent_close_policy,
    )
    links.put_child(partition, execution, entry)
    execution.state.children_count += 1


def started(
    partition: PartitionState, execution: Execution, event: ChildWorkflowExecutionStarted
) -> None:
    """Its first run is open. Said twice when it was held first: then it had no event id."""
    entry = links.child(partition, execution, event.initiated_event_id)
    if entry is not None:
        entry.run_id, entry.started_event_id = event.child_run_id, event.event_id
        links.put_child(partition, execution, entry)


def ended(
    partition: PartitionState, execution: Execution, event: ChildWorkflowExecutionCompleted
) -> None:
    """It closed, or could not be started."""
    links.drop_child(partition, execution, event.initiated_event_id)
