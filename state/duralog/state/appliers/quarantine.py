"""Quarantine of a run, and what is parked meanwhile."""

from duralog.schemas.codec import decode, encode
from duralog.schemas.transitions import ParkedRequest, Quarantine
from duralog.state import keys, links
from duralog.state.deadlines import arm_activity
from duralog.state.execution import Execution
from duralog.state.partition import PartitionState


def quarantined(partition: PartitionState, execution: Execution, transition: Quarantine) -> None:
    """Set aside: its deadlines freeze, for their entries are dropped as they come due."""
    del partition
    execution.state.quarantine_cause = transition.cause
    execution.state.quarantine_time_ms = transition.since_time_ms


def lifted(partition: PartitionState, execution: Execution) -> None:
    """Goes on: all deadlines run again, and those that passed are due at once."""
    state = execution.state
    if not state.quarantine_cause:
        return  # Said twice after a torn transaction.
    state.quarantine_cause, state.quarantine_time_ms = "", 0
    for activity in partition.activities(execution):
        arm_activity(partition, execution, activity)
    for _, timer in partition.timers(execution):
        partition.put_deadline(timer.due_time_ms, keys.DUE_TIMER, state.run_id, timer.event_id)
    links.arm_transfers(partition, execution)


def parked(partition: PartitionState, execution: Execution, transition: ParkedRequest) -> None:
    """An input waits for the end of the quarantine."""
    state = execution.state
    partition.put(keys.parked(state.run_id, transition.index), encode(transition))
    # Written again after a torn transaction, an earlier one may come later.
    first = min(state.parked_first_index, transition.index)
    state.parked_first_index = first if state.parked_count else transition.index
    state.parked_next_index = max(state.parked_next_index, transition.index + 1)
    state.parked_count += 1
    state.parked_bytes += len(transition.request)


def unparked(partition: PartitionState, execution: Execution, index: int) -> None:
    """The input was replayed or dropped."""
    state = execution.state
    data = partition.get(keys.parked(state.run_id, index))
    if data is None:
        return
    partition.delete(keys.parked(state.run_id, index))
    state.parked_count -= 1
    state.parked_bytes -= len(decode(data).request)
    if not state.parked_count:
        state.parked_first_index = state.parked_next_index = 0


def waiting(partition: PartitionState, execution: Execution) -> list[ParkedRequest]:
    """What is parked, in arrival order."""
    state = execution.state
    indexes = range(state.parked_first_index, state.parked_next_index)
    found = (partition.get(keys.parked(state.run_id, i)) for i in indexes)
    return [decode(data) for data in found if data is not None]
