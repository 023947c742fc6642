"""Whether a run is Stalled."""

from duralog.schemas.transitions import WorkflowExecutionStalled
from duralog.state.execution import Execution
from duralog.state.partition import PartitionState


def stalled(
    partition: PartitionState, execution: Execution, transition: WorkflowExecutionStalled
) -> None:
    """It cannot progress, or goes on."""
    del partition
    state = execution.state
    state.stalled, state.stalled_time_ms = transition.cause, transition.event_time_ms
