"""Whether a run is Stalled, and which are."""

from duralog.schemas.transitions import WorkflowExecutionStalled
from duralog.state import keys
from duralog.state.execution import Execution
from duralog.state.partition import PartitionState


def stalled(
    partition: PartitionState, execution: Execution, transition: WorkflowExecutionStalled
) -> None:
    """It cannot progress, or goes on."""
    state = execution.state
    if state.stalled and not transition.cause:
        partition.delete(keys.stalled(state.run_id))
    elif transition.cause:
        partition.put(keys.stalled(state.run_id), transition.cause.encode())
    state.stalled, state.stalled_time_ms = transition.cause, transition.event_time_ms


def closed(partition: PartitionState, execution: Execution) -> None:
    """It needs nobody any more; no record says so, for the close does."""
    if execution.state.stalled:
        partition.delete(keys.stalled(execution.run_id))
        execution.state.stalled = ""


def counts(partition: PartitionState) -> dict[str, int]:
    """How many runs are Stalled, by cause: for a gauge. Costs a scan of those, and of no others."""
    found: dict[str, int] = {}
    for _, cause in partition.scan(b"s", b"t"):
        found[cause.decode()] = found.get(cause.decode(), 0) + 1
    return found
