"""Updates of a run: admitted, then accepted or gone, then completed."""

from duralog.schemas.codec import decode, encode
from duralog.schemas.events import WorkflowExecutionUpdateAccepted, WorkflowExecutionUpdateCompleted
from duralog.schemas.states import UpdateEntry
from duralog.schemas.transitions import AdmittedUpdate
from duralog.state import keys
from duralog.state.execution import Execution
from duralog.state.partition import PartitionState


def entry_of(partition: PartitionState, run_id: str, update_id: str) -> UpdateEntry | None:
    """How an update stands; None: it is unknown, or was rejected."""
    data = partition.get(keys.update(run_id, update_id))
    return None if data is None else decode(data)


def entries(partition: PartitionState, run_id: str) -> list[tuple[str, UpdateEntry]]:
    """All updates of a run that are known, by update id."""
    prefix = keys.of_run(b"v", run_id)
    found = partition.scan(prefix, keys.end_of(prefix))
    return [(key[len(prefix) :].decode(), decode(data)) for key, data in found]


def waiting(partition: PartitionState, execution: Execution) -> list[AdmittedUpdate]:
    """Updates that are neither accepted nor rejected, in the order they were admitted."""
    if not execution.state.updates_admitted:
        return []
    prefix = keys.of_run(b"u", execution.run_id)
    return [decode(data) for _, data in partition.scan(prefix, keys.end_of(prefix))]


def admitted_one(
    partition: PartitionState, execution: Execution, update_id: str
) -> AdmittedUpdate | None:
    """The update as it was sent, while it is neither accepted nor rejected."""
    entry = entry_of(partition, execution.run_id, update_id)
    if entry is None or entry.accepted_event_id:
        return None
    data = partition.get(keys.admitted(execution.run_id, entry.admitted_index))
    return None if data is None else decode(data)


def admitted(partition: PartitionState, execution: Execution, transition: AdmittedUpdate) -> None:
    """A client sent it."""
    state, index = execution.state, transition.index
    partition.put(keys.admitted(state.run_id, index), encode(transition))
    entry = UpdateEntry(admitted_index=index)
    partition.put(keys.update(state.run_id, transition.update_id), encode(entry))
    state.updates_admitted += 1
    state.updates_next_index = max(state.updates_next_index, index + 1)


def settled(partition: PartitionState, execution: Execution, index: int) -> None:
    """It was accepted, which an event says, or is gone."""
    run_id = execution.run_id
    data = partition.get(keys.admitted(run_id, index))
    if data is None:
        return  # The log was compacted: what it was is gone already.
    transition: AdmittedUpdate = decode(data)
    partition.delete(keys.admitted(run_id, index))
    entry = entry_of(partition, run_id, transition.update_id)
    # A compaction may show the event first, or that it came again under another number.
    if entry is not None and not entry.accepted_event_id and entry.admitted_index == index:
        partition.delete(keys.update(run_id, transition.update_id))
    execution.state.updates_admitted -= 1


def accepted(
    partition: PartitionState, execution: Execution, event: WorkflowExecutionUpdateAccepted
) -> None:
    """Its handler runs."""
    entry = UpdateEntry(accepted_event_id=event.event_id)
    partition.put(keys.update(execution.run_id, event.protocol_instance_id), encode(entry))
    execution.state.updates_accepted += 1
    execution.state.updates_total += 1


def completed(
    partition: PartitionState, execution: Execution, event: WorkflowExecutionUpdateCompleted
) -> None:
    """Its outcome is known."""
    entry = UpdateEntry(
        accepted_event_id=event.accepted_event_id, completed_event_id=event.event_id
    )
    partition.put(keys.update(execution.run_id, event.update_id), encode(entry))
    execution.state.updates_accepted -= 1


def run_closed(partition: PartitionState, execution: Execution) -> None:
    """What was only admitted is gone; the rest stays to be asked for."""
    state = execution.state
    for update in waiting(partition, execution):
        partition.delete(keys.admitted(state.run_id, update.index))
        partition.delete(keys.update(state.run_id, update.update_id))
    state.updates_admitted = 0
