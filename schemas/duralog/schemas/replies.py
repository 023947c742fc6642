"""Reply: what the engine answers through the inbox.

Generated from avsc/ by `make schemas`; change the .avsc, not this file.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from duralog.schemas.avro import (
    read_array,
    read_boolean,
    read_branch,
    read_bytes,
    read_long,
    read_map,
    read_string,
    write_array,
    write_boolean,
    write_bytes,
    write_long,
    write_map,
    write_string,
)
from duralog.schemas.payloads import (
    Failure,
    Payload,
    read_failure,
    read_payload,
    write_failure,
    write_payload,
)


@dataclass(slots=True, kw_only=True)
class Reply:
    """The engine's answer to one request, or a part of it.

    code: OK, or a stable error code.
    text: What is true and what to do, for people.
    started: Of a start: True when this request opened the run.
    delivery_id: Of a claim.
    cancel_requested: Of a start report or heartbeat of an activity.
    body: Framed Avro records: events, Description, ….
    """

    SCHEMA_ID: ClassVar[int] = 60101
    recipient: str
    correlation_id: str
    code: str
    text: str = ""
    workflow_id: str = ""
    run_id: str = ""
    first_execution_run_id: str = ""
    engine_time_ms: int = 0
    started: bool = False
    delivery_id: str = ""
    started_event_id: int = 0
    started_time_ms: int = 0
    cancel_requested: bool = False
    body: list[bytes] = field(default_factory=list[bytes])
    part: int = 0
    parts: int = 1


def _write_reply(r: Reply) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00\xea\xc5",
            (write_string(r.recipient) if r.recipient else b"\x00"),
            (write_string(r.correlation_id) if r.correlation_id else b"\x00"),
            (write_string(r.code) if r.code else b"\x00"),
            (write_string(r.text) if r.text else b"\x00"),
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_string(r.first_execution_run_id) if r.first_execution_run_id else b"\x00"),
            (write_long(r.engine_time_ms) if r.engine_time_ms else b"\x00"),
            write_boolean(r.started),
            (write_string(r.delivery_id) if r.delivery_id else b"\x00"),
            (write_long(r.started_event_id) if r.started_event_id else b"\x00"),
            (write_long(r.started_time_ms) if r.started_time_ms else b"\x00"),
            write_boolean(r.cancel_requested),
            (write_array(r.body, write_bytes) if r.body else b"\x00"),
            (write_long(r.part) if r.part else b"\x00"),
            (write_long(r.parts) if r.parts else b"\x00"),
        )
    )


def _read_reply(data: bytes, at: int) -> tuple[Reply, int]:
    recipient, at = read_string(data, at)
    correlation_id, at = read_string(data, at)
    code, at = read_string(data, at)
    text, at = read_string(data, at)
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    first_execution_run_id, at = read_string(data, at)
    engine_time_ms, at = read_long(data, at)
    started, at = read_boolean(data, at)
    delivery_id, at = read_string(data, at)
    started_event_id, at = read_long(data, at)
    started_time_ms, at = read_long(data, at)
    cancel_requested, at = read_boolean(data, at)
    body, at = read_array(data, at, read_bytes)
    part, at = read_long(data, at)
    parts, at = read_long(data, at)
    record = Reply(
        recipient=recipient,
        correlation_id=correlation_id,
        code=code,
        text=text,
        workflow_id=workflow_id,
        run_id=run_id,
        first_execution_run_id=first_execution_run_id,
        engine_time_ms=engine_time_ms,
        started=started,
        delivery_id=delivery_id,
        started_event_id=started_event_id,
        started_time_ms=started_time_ms,
        cancel_requested=cancel_requested,
        body=body,
        part=part,
        parts=parts,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class Description:
    """Status of a run.

    status: RUNNING, COMPLETED, FAILED, CANCELED, TERMINATED, TIMED_OUT.
    close_time_ms: 0: open.
    stalled: Why the run cannot progress; empty: it can.
    workflow_task: At most one framed WorkflowTaskState.
    activities: Framed PendingActivity records; the first 1,000.
    search_attributes: By name; metadata.type says which kind: Keyword, KeywordList, Int, Double, Bool, Datetime or Text.
    user_metadata_summary: One line for people, set with the start; never acted on.
    user_metadata_details: Longer text for people, as the summary.
    children: Framed PendingChild records, at most 1,000.
    """

    SCHEMA_ID: ClassVar[int] = 60202
    workflow_id: str
    run_id: str
    first_execution_run_id: str = ""
    workflow_type: str = ""
    task_queue: str = ""
    status: str = ""
    start_time_ms: int = 0
    execution_time_ms: int = 0
    close_time_ms: int = 0
    history_length: int = 0
    history_size_bytes: int = 0
    cancel_requested: bool = False
    stalled: str = ""
    memo: dict[str, Payload] = field(default_factory=dict[str, Payload])
    workflow_task: list[bytes] = field(default_factory=list[bytes])
    activities: list[bytes] = field(default_factory=list[bytes])
    activities_count: int = 0
    timers_count: int = 0
    held_events: int = 0
    search_attributes: dict[str, Payload] = field(default_factory=dict[str, Payload])
    user_metadata_summary: Payload | None = None
    user_metadata_details: Payload | None = None
    children: list[bytes] = field(default_factory=list[bytes])
    children_count: int = 0
    parent_workflow_id: str = ""
    parent_run_id: str = ""
    root_workflow_id: str = ""
    root_run_id: str = ""


def _write_description(r: Description) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00\xeb*",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_string(r.first_execution_run_id) if r.first_execution_run_id else b"\x00"),
            (write_string(r.workflow_type) if r.workflow_type else b"\x00"),
            (write_string(r.task_queue) if r.task_queue else b"\x00"),
            (write_string(r.status) if r.status else b"\x00"),
            (write_long(r.start_time_ms) if r.start_time_ms else b"\x00"),
            (write_long(r.execution_time_ms) if r.execution_time_ms else b"\x00"),
            (write_long(r.close_time_ms) if r.close_time_ms else b"\x00"),
            (write_long(r.history_length) if r.history_length else b"\x00"),
            (write_long(r.history_size_bytes) if r.history_size_bytes else b"\x00"),
            write_boolean(r.cancel_requested),
            (write_string(r.stalled) if r.stalled else b"\x00"),
            (write_map(r.memo, write_payload) if r.memo else b"\x00"),
            (write_array(r.workflow_task, write_bytes) if r.workflow_task else b"\x00"),
            (write_array(r.activities, write_bytes) if r.activities else b"\x00"),
            (write_long(r.activities_count) if r.activities_count else b"\x00"),
            (write_long(r.timers_count) if r.timers_count else b"\x00"),
            (write_long(r.held_events) if r.held_events else b"\x00"),
            (write_map(r.search_attributes, write_payload) if r.search_attributes else b"\x00"),
            (
                b"\x00"
                if r.user_metadata_summary is None
                else b"\x02" + write_payload(r.user_metadata_summary)
            ),
            (
                b"\x00"
                if r.user_metadata_details is None
                else b"\x02" + write_payload(r.user_metadata_details)
            ),
            (write_array(r.children, write_bytes) if r.children else b"\x00"),
            (write_long(r.children_count) if r.children_count else b"\x00"),
            (write_string(r.parent_workflow_id) if r.parent_workflow_id else b"\x00"),
            (write_string(r.parent_run_id) if r.parent_run_id else b"\x00"),
            (write_string(r.root_workflow_id) if r.root_workflow_id else b"\x00"),
            (write_string(r.root_run_id) if r.root_run_id else b"\x00"),
        )
    )


def _read_description(data: bytes, at: int) -> tuple[Description, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    first_execution_run_id, at = read_string(data, at)
    workflow_type, at = read_string(data, at)
    task_queue, at = read_string(data, at)
    status, at = read_string(data, at)
    start_time_ms, at = read_long(data, at)
    execution_time_ms, at = read_long(data, at)
    close_time_ms, at = read_long(data, at)
    history_length, at = read_long(data, at)
    history_size_bytes, at = read_long(data, at)
    cancel_requested, at = read_boolean(data, at)
    stalled, at = read_string(data, at)
    memo, at = read_map(data, at, read_payload)
    workflow_task, at = read_array(data, at, read_bytes)
    activities, at = read_array(data, at, read_bytes)
    activities_count, at = read_long(data, at)
    timers_count, at = read_long(data, at)
    held_events, at = read_long(data, at)
    search_attributes, at = read_map(data, at, read_payload)
    present, at = read_branch(data, at)
    user_metadata_summary: Payload | None = None
    if present:
        user_metadata_summary, at = read_payload(data, at)
    present, at = read_branch(data, at)
    user_metadata_details: Payload | None = None
    if present:
        user_metadata_details, at = read_payload(data, at)
    children, at = read_array(data, at, read_bytes)
    children_count, at = read_long(data, at)
    parent_workflow_id, at = read_string(data, at)
    parent_run_id, at = read_string(data, at)
    root_workflow_id, at = read_string(data, at)
    root_run_id, at = read_string(data, at)
    record = Description(
        workflow_id=workflow_id,
        run_id=run_id,
        first_execution_run_id=first_execution_run_id,
        workflow_type=workflow_type,
        task_queue=task_queue,
        status=status,
        start_time_ms=start_time_ms,
        execution_time_ms=execution_time_ms,
        close_time_ms=close_time_ms,
        history_length=history_length,
        history_size_bytes=history_size_bytes,
        cancel_requested=cancel_requested,
        stalled=stalled,
        memo=memo,
        workflow_task=workflow_task,
        activities=activities,
        activities_count=activities_count,
        timers_count=timers_count,
        held_events=held_events,
        search_attributes=search_attributes,
        user_metadata_summary=user_metadata_summary,
        user_metadata_details=user_metadata_details,
        children=children,
        children_count=children_count,
        parent_workflow_id=parent_workflow_id,
        parent_run_id=parent_run_id,
        root_workflow_id=root_workflow_id,
        root_run_id=root_run_id,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class PendingActivity:
    """A pending activity in a Description.

    state: SCHEDULED, STARTED or CANCEL_REQUESTED.
    next_attempt_time_ms: 0: none.
    """

    SCHEMA_ID: ClassVar[int] = 60302
    activity_id: str
    activity_type: str
    state: str
    attempt: int = 1
    maximum_attempts: int = 0
    scheduled_time_ms: int = 0
    last_started_time_ms: int = 0
    last_heartbeat_time_ms: int = 0
    next_attempt_time_ms: int = 0
    last_failure: Failure | None = None
    heartbeat_details: list[Payload] = field(default_factory=list[Payload])
    last_worker_identity: str = ""
    stalled: str = ""


def _write_pending_activity(r: PendingActivity) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00\xeb\x8e",
            (write_string(r.activity_id) if r.activity_id else b"\x00"),
            (write_string(r.activity_type) if r.activity_type else b"\x00"),
            (write_string(r.state) if r.state else b"\x00"),
            (write_long(r.attempt) if r.attempt else b"\x00"),
            (write_long(r.maximum_attempts) if r.maximum_attempts else b"\x00"),
            (write_long(r.scheduled_time_ms) if r.scheduled_time_ms else b"\x00"),
            (write_long(r.last_started_time_ms) if r.last_started_time_ms else b"\x00"),
            (write_long(r.last_heartbeat_time_ms) if r.last_heartbeat_time_ms else b"\x00"),
            (write_long(r.next_attempt_time_ms) if r.next_attempt_time_ms else b"\x00"),
            (b"\x00" if r.last_failure is None else b"\x02" + write_failure(r.last_failure)),
            (write_array(r.heartbeat_details, write_payload) if r.heartbeat_details else b"\x00"),
            (write_string(r.last_worker_identity) if r.last_worker_identity else b"\x00"),
            (write_string(r.stalled) if r.stalled else b"\x00"),
        )
    )


def _read_pending_activity(data: bytes, at: int) -> tuple[PendingActivity, int]:
    activity_id, at = read_string(data, at)
    activity_type, at = read_string(data, at)
    state, at = read_string(data, at)
    attempt, at = read_long(data, at)
    maximum_attempts, at = read_long(data, at)
    scheduled_time_ms, at = read_long(data, at)
    last_started_time_ms, at = read_long(data, at)
    last_heartbeat_time_ms, at = read_long(data, at)
    next_attempt_time_ms, at = read_long(data, at)
    present, at = read_branch(data, at)
    last_failure: Failure | None = None
    if present:
        last_failure, at = read_failure(data, at)
    heartbeat_details, at = read_array(data, at, read_payload)
    last_worker_identity, at = read_string(data, at)
    stalled, at = read_string(data, at)
    record = PendingActivity(
        activity_id=activity_id,
        activity_type=activity_type,
        state=state,
        attempt=attempt,
        maximum_attempts=maximum_attempts,
        scheduled_time_ms=scheduled_time_ms,
        last_started_time_ms=last_started_time_ms,
        last_heartbeat_time_ms=last_heartbeat_time_ms,
        next_attempt_time_ms=next_attempt_time_ms,
        last_failure=last_failure,
        heartbeat_details=heartbeat_details,
        last_worker_identity=last_worker_identity,
        stalled=stalled,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class ActivityCancelNotice:
    """Tells a worker that an activity it runs is to be cancelled.

    reason: cancel requested, or gone.
    """

    SCHEMA_ID: ClassVar[int] = 60401
    workflow_id: str
    run_id: str
    scheduled_event_id: int
    attempt: int = 0
    reason: str = ""


def _write_activity_cancel_notice(r: ActivityCancelNotice) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00\xeb\xf1",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.scheduled_event_id) if r.scheduled_event_id else b"\x00"),
            (write_long(r.attempt) if r.attempt else b"\x00"),
            (write_string(r.reason) if r.reason else b"\x00"),
        )
    )


def _read_activity_cancel_notice(data: bytes, at: int) -> tuple[ActivityCancelNotice, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    scheduled_event_id, at = read_long(data, at)
    attempt, at = read_long(data, at)
    reason, at = read_string(data, at)
    record = ActivityCancelNotice(
        workflow_id=workflow_id,
        run_id=run_id,
        scheduled_event_id=scheduled_event_id,
        attempt=attempt,
        reason=reason,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class PendingChild:
    """A child that has not closed, in a Description."""

    SCHEMA_ID: ClassVar[int] = 60501
    workflow_id: str
    run_id: str = ""
    workflow_type: str = ""
    initiated_event_id: int = 0
    parent_close_policy: str = ""


def _write_pending_child(r: PendingChild) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00\xecU",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_string(r.workflow_type) if r.workflow_type else b"\x00"),
            (write_long(r.initiated_event_id) if r.initiated_event_id else b"\x00"),
            (write_string(r.parent_close_policy) if r.parent_close_policy else b"\x00"),
        )
    )


def _read_pending_child(data: bytes, at: int) -> tuple[PendingChild, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    workflow_type, at = read_string(data, at)
    initiated_event_id, at = read_long(data, at)
    parent_close_policy, at = read_string(data, at)
    record = PendingChild(
        workflow_id=workflow_id,
        run_id=run_id,
        workflow_type=workflow_type,
        initiated_event_id=initiated_event_id,
        parent_close_policy=parent_close_policy,
    )
    return record, at


ReplyRecord = Reply | Description | PendingActivity | ActivityCancelNotice | PendingChild

Reader = Callable[[bytes, int], tuple[Any, int]]
CODECS: Final[dict[type, tuple[Callable[[Any], bytes], Reader]]] = {
    Reply: (_write_reply, _read_reply),
    Description: (_write_description, _read_description),
    PendingActivity: (_write_pending_activity, _read_pending_activity),
    ActivityCancelNotice: (_write_activity_cancel_notice, _read_activity_cancel_notice),
    PendingChild: (_write_pending_child, _read_pending_child),
}
