"""Memo and search attributes that a run has changed; an entry of its own, written only then."""

from duralog.schemas.codec import decode, encode
from duralog.schemas.events import (
    UpsertWorkflowSearchAttributes,
    WorkflowExecutionStarted,
    WorkflowPropertiesModified,
)
from duralog.schemas.runs import merge
from duralog.schemas.states import RunProperties
from duralog.state import keys
from duralog.state.execution import Execution
from duralog.state.partition import PartitionState


def current(partition: PartitionState, execution: Execution) -> RunProperties:
    """Memo and search attributes of the run, the caller's to change."""
    data = partition.get(keys.properties(execution.run_id))
    if data is not None:
        found: RunProperties = decode(data)
        return found
    started = decode(partition.event(execution, 1))
    assert isinstance(started, WorkflowExecutionStarted)
    return RunProperties(memo=started.memo, search_attributes=started.search_attributes)


def upserted(
    partition: PartitionState, execution: Execution, event: UpsertWorkflowSearchAttributes
) -> None:
    """Search attributes were set or removed."""
    properties = current(partition, execution)
    merge(properties.search_attributes, event.search_attributes)
    partition.put(keys.properties(execution.run_id), encode(properties))


def modified(
    partition: PartitionState, execution: Execution, event: WorkflowPropertiesModified
) -> None:
    """Entries of the memo were set or removed."""
    properties = current(partition, execution)
    merge(properties.memo, event.upserted_memo)
    partition.put(keys.properties(execution.run_id), encode(properties))
