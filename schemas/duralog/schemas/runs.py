"""The projection of a run's history onto one row: what lists and sinks show. Pure.

Rows grow from records of `history` in their order. Most events only make a run longer: their key
tells the run, so that they need not be decoded.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from duralog.schemas import codec, events
from duralog.schemas.events import WorkflowExecutionStarted
from duralog.schemas.payloads import Payload
from duralog.schemas.transitions import WorkflowExecutionStalled

RUNNING: Final = "RUNNING"
STATUS_OF_EVENT: Final[dict[type, str]] = {
    events.WorkflowExecutionCompleted: "COMPLETED",
    events.WorkflowExecutionFailed: "FAILED",
    events.WorkflowExecutionCanceled: "CANCELED",
    events.WorkflowExecutionTerminated: "TERMINATED",
    events.WorkflowExecutionContinuedAsNew: "CONTINUED_AS_NEW",
    events.WorkflowExecutionTimedOut: "TIMED_OUT",
}
STATUSES: Final = (RUNNING, *STATUS_OF_EVENT.values())
_PROJECTED: Final = frozenset(
    {
        events.WorkflowExecutionStarted,
        events.UpsertWorkflowSearchAttributes,
        events.WorkflowPropertiesModified,
        WorkflowExecutionStalled,
        *STATUS_OF_EVENT,
    }
)


@dataclass(slots=True, kw_only=True)
class RunRow:
    """One run. Times are ms since the epoch; close_time_ms 0: open. Empty texts: none.

    root_workflow_id, root_run_id: its own when it has no parent. stalled: why it cannot go on.
    """

    workflow_id: str
    run_id: str
    workflow_type: str
    task_queue: str
    status: str = RUNNING
    start_time_ms: int
    execution_time_ms: int
    close_time_ms: int = 0
    history_length: int = 0
    history_size_bytes: int = 0
    parent_workflow_id: str = ""
    parent_run_id: str = ""
    root_workflow_id: str = ""
    root_run_id: str = ""
    stalled: str = ""
    memo: dict[str, Payload] = field(default_factory=dict[str, Payload])
    search_attributes: dict[str, Payload] = field(default_factory=dict[str, Payload])


def run_of_key(key: bytes) -> tuple[str, int]:
    """Run ID and event id in a key of `history`. Raises ValueError when it is none."""
    run_id, _, event_id = key.decode().rpartition("/")
    if not run_id:
        raise ValueError(f"no key of an event: {len(key)} bytes")
    return run_id, int(event_id)


def projected(data: bytes) -> Any:  # noqa: ANN401 (any of the events that change a row)
    """The event in `data` when it changes more of a row than its length; None: it does not.

    Raises DecodeError.
    """
    schema_id = codec.schema_id_of(data)
    if schema_id not in codec.schemas():
        return None  # Of a newer version: it cannot be one of those, which only get new fields.
    kind = codec.CLASSES[codec.newest_id(schema_id)]
    return codec.decode(data) if kind in _PROJECTED else None


def row_of(started: WorkflowExecutionStarted) -> RunRow:
    """The row that a run's first event opens."""
    return RunRow(
        workflow_id=started.workflow_id,
        run_id=started.run_id,
        workflow_type=started.workflow_type,
        task_queue=started.task_queue,
        start_time_ms=started.event_time_ms,
        execution_time_ms=started.event_time_ms + started.first_workflow_task_backoff_ms,
        parent_workflow_id=started.parent_workflow_id,
        parent_run_id=started.parent_run_id,
        root_workflow_id=started.root_workflow_id or started.workflow_id,
        root_run_id=started.root_run_id or started.run_id,
        memo=dict(started.memo),
        search_attributes=dict(started.search_attributes),
    )


def merge(into: dict[str, Payload], upserted: dict[str, Payload]) -> None:
    """Set what `upserted` names; an empty value removes, as in Temporal."""
    for name, value in upserted.items():
        encoding = value.metadata.get("encoding")
        if encoding == b"binary/null" or (encoding == b"json/plain" and value.data == b"[]"):
            into.pop(name, None)
        else:
            into[name] = value
