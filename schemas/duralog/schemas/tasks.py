"""Task: what lies on a Task Queue topic.

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
    read_double,
    read_long,
    read_map,
    read_string,
    write_array,
    write_boolean,
    write_bytes,
    write_double,
    write_long,
    write_map,
    write_string,
)
from duralog.schemas.payloads import (
    Payload,
    RetryPolicy,
    read_payload,
    read_retry_policy,
    write_payload,
    write_retry_policy,
)


@dataclass(slots=True, kw_only=True)
class WorkflowTask:
    """What a workflow worker gets: the new events of a run.

    partition: Engine partition: answers go to this partition of `requests`.
    started_event_id: The id that WorkflowTaskStarted will have.
    started_time_ms: The time that WorkflowTaskStarted will have.
    copy: 0: the first dispatch of this attempt; more: claim before running.
    previous_started_event_id: Of the last completed Workflow Task; 0: none.
    previous_completion_id: A cached run may continue only if this was its own last answer.
    full: True: events start at 1.
    events: Framed Avro records of duralog.events, by event id.
    queries: Each a framed QueryWorkflow, to be answered as of the end of this task.
    updates: Each a framed AdmittedUpdate, to be accepted or rejected in this task.
    """

    SCHEMA_ID: ClassVar[int] = 30102
    workflow_id: str
    run_id: str
    workflow_type: str
    task_queue: str
    partition: int
    scheduled_event_id: int
    started_event_id: int
    started_time_ms: int
    attempt: int
    dispatch_time_ms: int
    copy: int = 0
    previous_started_event_id: int = 0
    previous_completion_id: str = ""
    workflow_task_timeout_ms: int = 10000
    full: bool = False
    events: list[bytes] = field(default_factory=list[bytes])
    queries: list[bytes] = field(default_factory=list[bytes])
    updates: list[bytes] = field(default_factory=list[bytes])


def _write_workflow_task(r: WorkflowTask) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00u\x96",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_string(r.workflow_type) if r.workflow_type else b"\x00"),
            (write_string(r.task_queue) if r.task_queue else b"\x00"),
            (write_long(r.partition) if r.partition else b"\x00"),
            (write_long(r.scheduled_event_id) if r.scheduled_event_id else b"\x00"),
            (write_long(r.started_event_id) if r.started_event_id else b"\x00"),
            (write_long(r.started_time_ms) if r.started_time_ms else b"\x00"),
            (write_long(r.attempt) if r.attempt else b"\x00"),
            (write_long(r.dispatch_time_ms) if r.dispatch_time_ms else b"\x00"),
            (write_long(r.copy) if r.copy else b"\x00"),
            (write_long(r.previous_started_event_id) if r.previous_started_event_id else b"\x00"),
            (write_string(r.previous_completion_id) if r.previous_completion_id else b"\x00"),
            (write_long(r.workflow_task_timeout_ms) if r.workflow_task_timeout_ms else b"\x00"),
            write_boolean(r.full),
            (write_array(r.events, write_bytes) if r.events else b"\x00"),
            (write_array(r.queries, write_bytes) if r.queries else b"\x00"),
            (write_array(r.updates, write_bytes) if r.updates else b"\x00"),
        )
    )


def _read_workflow_task(data: bytes, at: int) -> tuple[WorkflowTask, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    workflow_type, at = read_string(data, at)
    task_queue, at = read_string(data, at)
    partition, at = read_long(data, at)
    scheduled_event_id, at = read_long(data, at)
    started_event_id, at = read_long(data, at)
    started_time_ms, at = read_long(data, at)
    attempt, at = read_long(data, at)
    dispatch_time_ms, at = read_long(data, at)
    copy, at = read_long(data, at)
    previous_started_event_id, at = read_long(data, at)
    previous_completion_id, at = read_string(data, at)
    workflow_task_timeout_ms, at = read_long(data, at)
    full, at = read_boolean(data, at)
    events, at = read_array(data, at, read_bytes)
    queries, at = read_array(data, at, read_bytes)
    updates, at = read_array(data, at, read_bytes)
    record = WorkflowTask(
        workflow_id=workflow_id,
        run_id=run_id,
        workflow_type=workflow_type,
        task_queue=task_queue,
        partition=partition,
        scheduled_event_id=scheduled_event_id,
        started_event_id=started_event_id,
        started_time_ms=started_time_ms,
        attempt=attempt,
        dispatch_time_ms=dispatch_time_ms,
        copy=copy,
        previous_started_event_id=previous_started_event_id,
        previous_completion_id=previous_completion_id,
        workflow_task_timeout_ms=workflow_task_timeout_ms,
        full=full,
        events=events,
        queries=queries,
        updates=updates,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class ActivityTask:
    """What an activity worker gets.

    partition: Engine partition: answers go to this partition of `requests`.
    copy: 0: the first dispatch of this attempt; more: claim before running.
    claim_first: True: never the fresh path.
    scheduled_time_ms: Of the first attempt.
    heartbeat_details: Of the attempt before.
    priority_key: From 1 (first) on; 0: inherited, or the default.
    fairness_weight: 0: inherited, or 1.
    """

    SCHEMA_ID: ClassVar[int] = 30202
    workflow_id: str
    run_id: str
    workflow_type: str
    task_queue: str
    partition: int
    activity_id: str
    activity_type: str
    scheduled_event_id: int
    attempt: int
    dispatch_time_ms: int
    copy: int = 0
    claim_first: bool = False
    scheduled_time_ms: int = 0
    input: list[Payload] = field(default_factory=list[Payload])
    header: dict[str, Payload] = field(default_factory=dict[str, Payload])
    heartbeat_details: list[Payload] = field(default_factory=list[Payload])
    schedule_to_close_timeout_ms: int = 0
    schedule_to_start_timeout_ms: int = 0
    start_to_close_timeout_ms: int = 0
    heartbeat_timeout_ms: int = 0
    retry_policy: RetryPolicy | None = None
    priority_key: int = 0
    fairness_key: str = ""
    fairness_weight: float = 0.0


def _write_activity_task(r: ActivityTask) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00u\xfa",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_string(r.workflow_type) if r.workflow_type else b"\x00"),
            (write_string(r.task_queue) if r.task_queue else b"\x00"),
            (write_long(r.partition) if r.partition else b"\x00"),
            (write_string(r.activity_id) if r.activity_id else b"\x00"),
            (write_string(r.activity_type) if r.activity_type else b"\x00"),
            (write_long(r.scheduled_event_id) if r.scheduled_event_id else b"\x00"),
            (write_long(r.attempt) if r.attempt else b"\x00"),
            (write_long(r.dispatch_time_ms) if r.dispatch_time_ms else b"\x00"),
            (write_long(r.copy) if r.copy else b"\x00"),
            write_boolean(r.claim_first),
            (write_long(r.scheduled_time_ms) if r.scheduled_time_ms else b"\x00"),
            (write_array(r.input, write_payload) if r.input else b"\x00"),
            (write_map(r.header, write_payload) if r.header else b"\x00"),
            (write_array(r.heartbeat_details, write_payload) if r.heartbeat_details else b"\x00"),
            (
                write_long(r.schedule_to_close_timeout_ms)
                if r.schedule_to_close_timeout_ms
                else b"\x00"
            ),
            (
                write_long(r.schedule_to_start_timeout_ms)
                if r.schedule_to_start_timeout_ms
                else b"\x00"
            ),
            (write_long(r.start_to_close_timeout_ms) if r.start_to_close_timeout_ms else b"\x00"),
            (write_long(r.heartbeat_timeout_ms) if r.heartbeat_timeout_ms else b"\x00"),
            (b"\x00" if r.retry_policy is None else b"\x02" + write_retry_policy(r.retry_policy)),
            (write_long(r.priority_key) if r.priority_key else b"\x00"),
            (write_string(r.fairness_key) if r.fairness_key else b"\x00"),
            write_double(r.fairness_weight),
        )
    )


def _read_activity_task(data: bytes, at: int) -> tuple[ActivityTask, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    workflow_type, at = read_string(data, at)
    task_queue, at = read_string(data, at)
    partition, at = read_long(data, at)
    activity_id, at = read_string(data, at)
    activity_type, at = read_string(data, at)
    scheduled_event_id, at = read_long(data, at)
    attempt, at = read_long(data, at)
    dispatch_time_ms, at = read_long(data, at)
    copy, at = read_long(data, at)
    claim_first, at = read_boolean(data, at)
    scheduled_time_ms, at = read_long(data, at)
    input, at = read_array(data, at, read_payload)
    header, at = read_map(data, at, read_payload)
    heartbeat_details, at = read_array(data, at, read_payload)
    schedule_to_close_timeout_ms, at = read_long(data, at)
    schedule_to_start_timeout_ms, at = read_long(data, at)
    start_to_close_timeout_ms, at = read_long(data, at)
    heartbeat_timeout_ms, at = read_long(data, at)
    present, at = read_branch(data, at)
    retry_policy: RetryPolicy | None = None
    if present:
        retry_policy, at = read_retry_policy(data, at)
    priority_key, at = read_long(data, at)
    fairness_key, at = read_string(data, at)
    fairness_weight, at = read_double(data, at)
    record = ActivityTask(
        workflow_id=workflow_id,
        run_id=run_id,
        workflow_type=workflow_type,
        task_queue=task_queue,
        partition=partition,
        activity_id=activity_id,
        activity_type=activity_type,
        scheduled_event_id=scheduled_event_id,
        attempt=attempt,
        dispatch_time_ms=dispatch_time_ms,
        copy=copy,
        claim_first=claim_first,
        scheduled_time_ms=scheduled_time_ms,
        input=input,
        header=header,
        heartbeat_details=heartbeat_details,
        schedule_to_close_timeout_ms=schedule_to_close_timeout_ms,
        schedule_to_start_timeout_ms=schedule_to_start_timeout_ms,
        start_to_close_timeout_ms=start_to_close_timeout_ms,
        heartbeat_timeout_ms=heartbeat_timeout_ms,
        retry_policy=retry_policy,
        priority_key=priority_key,
        fairness_key=fairness_key,
        fairness_weight=fairness_weight,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class QueryTask:
    """What a workflow worker gets when a query is asked between Workflow Tasks.

    partition: Engine partition: answers go to this partition of `requests`.
    previous_completion_id: A cached run may answer only if this was its own last answer.
    full: True: events are the whole history; else ask for it when no cached run fits.
    events: Framed Avro records of duralog.events, by event id.
    query: A framed QueryWorkflow.
    """

    SCHEMA_ID: ClassVar[int] = 30301
    workflow_id: str
    run_id: str
    workflow_type: str
    task_queue: str
    partition: int
    dispatch_time_ms: int
    previous_completion_id: str = ""
    full: bool = False
    events: list[bytes] = field(default_factory=list[bytes])
    query: bytes


def _write_query_task(r: QueryTask) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00v]",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_string(r.workflow_type) if r.workflow_type else b"\x00"),
            (write_string(r.task_queue) if r.task_queue else b"\x00"),
            (write_long(r.partition) if r.partition else b"\x00"),
            (write_long(r.dispatch_time_ms) if r.dispatch_time_ms else b"\x00"),
            (write_string(r.previous_completion_id) if r.previous_completion_id else b"\x00"),
            write_boolean(r.full),
            (write_array(r.events, write_bytes) if r.events else b"\x00"),
            (write_bytes(r.query) if r.query else b"\x00"),
        )
    )


def _read_query_task(data: bytes, at: int) -> tuple[QueryTask, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    workflow_type, at = read_string(data, at)
    task_queue, at = read_string(data, at)
    partition, at = read_long(data, at)
    dispatch_time_ms, at = read_long(data, at)
    previous_completion_id, at = read_string(data, at)
    full, at = read_boolean(data, at)
    events, at = read_array(data, at, read_bytes)
    query, at = read_bytes(data, at)
    record = QueryTask(
        workflow_id=workflow_id,
        run_id=run_id,
        workflow_type=workflow_type,
        task_queue=task_queue,
        partition=partition,
        dispatch_time_ms=dispatch_time_ms,
        previous_completion_id=previous_completion_id,
        full=full,
        events=events,
        query=query,
    )
    return record, at


Task = WorkflowTask | ActivityTask | QueryTask

Reader = Callable[[bytes, int], tuple[Any, int]]
CODECS: Final[dict[type, tuple[Callable[[Any], bytes], Reader]]] = {
    WorkflowTask: (_write_workflow_task, _read_workflow_task),
    ActivityTask: (_write_activity_task, _read_activity_task),
    QueryTask: (_write_query_task, _read_query_task),
}
