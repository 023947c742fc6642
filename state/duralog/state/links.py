"""What a run has to do with others, as the Store keeps it: children, and transfers under way.

Each has its own key, so that an event costs the same however many there are.
"""

from duralog.schemas.codec import decode, encode
from duralog.schemas.states import ChildEntry
from duralog.schemas.transitions import PendingTransfer
from duralog.state import keys
from duralog.state.execution import Execution
from duralog.state.limits import SWEEP_IDLE_MS, SWEEP_IDLE_MS_MAX
from duralog.state.partition import PartitionState


def child(
    partition: PartitionState, execution: Execution, initiated_event_id: int
) -> ChildEntry | None:
    """A child that has not closed. Any number may be asked for: a request names it."""
    if not execution.state.children_count or initiated_event_id < 1:
        return None
    data = partition.get(keys.child(execution.run_id, initiated_event_id))
    return None if data is None else decode(data)


def children(partition: PartitionState, execution: Execution) -> list[ChildEntry]:
    """All children that have not closed, by their initiated event."""
    if not execution.state.children_count:
        return []
    prefix = keys.of_run(b"k", execution.run_id)
    return [decode(data) for _, data in partition.scan(prefix, keys.end_of(prefix))]


def put_child(partition: PartitionState, execution: Execution, entry: ChildEntry) -> None:
    """Keep what is known of a child."""
    partition.put(keys.child(execution.run_id, entry.initiated_event_id), encode(entry))


def drop_child(partition: PartitionState, execution: Execution, initiated_event_id: int) -> None:
    """The child has closed, or never started; said twice when that was held back."""
    if child(partition, execution, initiated_event_id) is not None:
        partition.delete(keys.child(execution.run_id, initiated_event_id))
        execution.state.children_count -= 1


def transfer(partition: PartitionState, run_id: str, transfer_id: int) -> PendingTransfer | None:
    """A transfer that is not acknowledged. Any number may be asked for: a request names it."""
    if transfer_id < 0:
        return None
    data = partition.get(keys.transfer(run_id, transfer_id))
    return None if data is None else decode(data)


def put_transfer(
    partition: PartitionState, execution: Execution, transfer_: PendingTransfer
) -> None:
    """Keep a transfer, and when it is repeated."""
    run_id, transfer_id = execution.run_id, transfer_.transfer_id
    drop_transfer(partition, execution, transfer_id)
    _count(execution, transfer_, 1)
    partition.put(keys.transfer(run_id, transfer_id), encode(transfer_))
    partition.put_deadline(_again_ms(transfer_), keys.DUE_TRANSFER, run_id, transfer_id)


def drop_transfer(partition: PartitionState, execution: Execution, transfer_id: int) -> bool:
    """The transfer is acknowledged. False: it was not there."""
    run_id = execution.run_id
    known = transfer(partition, run_id, transfer_id)
    if known is None:
        return False
    partition.delete(keys.transfer(run_id, transfer_id))
    partition.drop_deadline(_again_ms(known), keys.DUE_TRANSFER, run_id, transfer_id)
    _count(execution, known, -1)
    return True


def arm_transfers(partition: PartitionState, execution: Execution) -> None:
    """All are repeated when their time comes, though it has come before."""
    if not execution.state.transfers_count:
        return
    prefix = keys.of_run(b"l", execution.run_id)
    for _, data in list(partition.scan(prefix, keys.end_of(prefix))):
        known: PendingTransfer = decode(data)
        due_ms = _again_ms(known)
        partition.put_deadline(due_ms, keys.DUE_TRANSFER, execution.run_id, known.transfer_id)


def _count(execution: Execution, transfer_: PendingTransfer, more: int) -> None:
    state = execution.state
    state.transfers_count += more
    if transfer_.kind == "signal":
        state.signals_pending = max(state.signals_pending + more, 0)  # Older ones are not in it.
    elif transfer_.kind == "cancel":
        state.cancels_pending = max(state.cancels_pending + more, 0)


def _again_ms(transfer_: PendingTransfer) -> int:
    pause_ms = min(SWEEP_IDLE_MS << min(transfer_.copy, 10), SWEEP_IDLE_MS_MAX)
    return transfer_.sent_time_ms + pause_ms
