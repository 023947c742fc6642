"""Event: what happened in a Workflow Execution; numbered, in order, never changed.

Generated from avsc/ by `make schemas`; change the .avsc, not this file.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from duralog.schemas.avro import (
    read_array,
    read_boolean,
    read_branch,
    read_double,
    read_long,
    read_map,
    read_string,
    write_array,
    write_boolean,
    write_double,
    write_long,
    write_map,
    write_string,
)
from duralog.schemas.payloads import (
    Failure,
    Payload,
    RetryPolicy,
    read_failure,
    read_payload,
    read_retry_policy,
    write_failure,
    write_payload,
    write_retry_policy,
)


@dataclass(slots=True, kw_only=True)
class WorkflowExecutionStarted:
    """The first event of every run.

    event_id: 1-based and gap-free within a run; 0 while the event is held back during a Workflow Task.
    event_time_ms: Engine time, ms since the epoch, UTC; never goes back within a partition.
    workflow_execution_timeout_ms: 0: none.
    workflow_run_timeout_ms: 0: none.
    workflow_execution_expiration_time_ms: When the execution timeout ends the whole chain; 0: never.
    first_workflow_task_backoff_ms: The start delay, or the pause before a retry.
    request_id: Identity of the start; one run per request id.
    traceparent: W3C trace context of the publisher.
    initiator: WORKFLOW: continued as new; RETRY: of its retry policy; CRON: of its cron schedule, also the first run; empty, else: the first run.
    continued_failure: Why the run before failed, if it did.
    last_completion_result: What the last run that completed returned.
    parent_workflow_id: Of a child; empty: it has no parent.
    parent_initiated_event_id: StartChildWorkflowExecutionInitiated in the parent's history.
    root_workflow_id: The first ancestor of a child.
    search_attributes: By name; metadata.type says which kind: Keyword, KeywordList, Int, Double, Bool, Datetime or Text.
    user_metadata_summary: One line for people, set with the start; never acted on.
    user_metadata_details: Longer text for people, as the summary.
    priority_key: From 1 (first) on; 0: inherited, or the default.
    fairness_weight: 0: inherited, or 1.
    cron_schedule: Five cron fields, @every or @hourly and its like, behind CRON_TZ= if need be; empty: none.
    """

    SCHEMA_ID: ClassVar[int] = 10103
    workflow_id: str
    run_id: str
    event_id: int
    event_time_ms: int
    workflow_type: str
    task_queue: str
    input: list[Payload] = field(default_factory=list[Payload])
    workflow_execution_timeout_ms: int = 0
    workflow_run_timeout_ms: int = 0
    workflow_task_timeout_ms: int = 10000
    workflow_execution_expiration_time_ms: int = 0
    original_execution_run_id: str = ""
    first_execution_run_id: str = ""
    continued_execution_run_id: str = ""
    attempt: int = 1
    retry_policy: RetryPolicy | None = None
    first_workflow_task_backoff_ms: int = 0
    identity: str = ""
    request_id: str = ""
    header: dict[str, Payload] = field(default_factory=dict[str, Payload])
    memo: dict[str, Payload] = field(default_factory=dict[str, Payload])
    traceparent: str = ""
    initiator: str = ""
    continued_failure: Failure | None = None
    last_completion_result: list[Payload] = field(default_factory=list[Payload])
    parent_workflow_namespace: str = ""
    parent_workflow_id: str = ""
    parent_run_id: str = ""
    parent_initiated_event_id: int = 0
    root_workflow_id: str = ""
    root_run_id: str = ""
    search_attributes: dict[str, Payload] = field(default_factory=dict[str, Payload])
    user_metadata_summary: Payload | None = None
    user_metadata_details: Payload | None = None
    priority_key: int = 0
    fairness_key: str = ""
    fairness_weight: float = 0.0
    cron_schedule: str = ""


def _write_workflow_execution_started(r: WorkflowExecutionStarted) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00'w",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.event_id) if r.event_id else b"\x00"),
            (write_long(r.event_time_ms) if r.event_time_ms else b"\x00"),
            (write_string(r.workflow_type) if r.workflow_type else b"\x00"),
            (write_string(r.task_queue) if r.task_queue else b"\x00"),
            (write_array(r.input, write_payload) if r.input else b"\x00"),
            (
                write_long(r.workflow_execution_timeout_ms)
                if r.workflow_execution_timeout_ms
                else b"\x00"
            ),
            (write_long(r.workflow_run_timeout_ms) if r.workflow_run_timeout_ms else b"\x00"),
            (write_long(r.workflow_task_timeout_ms) if r.workflow_task_timeout_ms else b"\x00"),
            (
                write_long(r.workflow_execution_expiration_time_ms)
                if r.workflow_execution_expiration_time_ms
                else b"\x00"
            ),
            (write_string(r.original_execution_run_id) if r.original_execution_run_id else b"\x00"),
            (write_string(r.first_execution_run_id) if r.first_execution_run_id else b"\x00"),
            (
                write_string(r.continued_execution_run_id)
                if r.continued_execution_run_id
                else b"\x00"
            ),
            (write_long(r.attempt) if r.attempt else b"\x00"),
            (b"\x00" if r.retry_policy is None else b"\x02" + write_retry_policy(r.retry_policy)),
            (
                write_long(r.first_workflow_task_backoff_ms)
                if r.first_workflow_task_backoff_ms
                else b"\x00"
            ),
            (write_string(r.identity) if r.identity else b"\x00"),
            (write_string(r.request_id) if r.request_id else b"\x00"),
            (write_map(r.header, write_payload) if r.header else b"\x00"),
            (write_map(r.memo, write_payload) if r.memo else b"\x00"),
            (write_string(r.traceparent) if r.traceparent else b"\x00"),
            (write_string(r.initiator) if r.initiator else b"\x00"),
            (
                b"\x00"
                if r.continued_failure is None
                else b"\x02" + write_failure(r.continued_failure)
            ),
            (
                write_array(r.last_completion_result, write_payload)
                if r.last_completion_result
                else b"\x00"
            ),
            (write_string(r.parent_workflow_namespace) if r.parent_workflow_namespace else b"\x00"),
            (write_string(r.parent_workflow_id) if r.parent_workflow_id else b"\x00"),
            (write_string(r.parent_run_id) if r.parent_run_id else b"\x00"),
            (write_long(r.parent_initiated_event_id) if r.parent_initiated_event_id else b"\x00"),
            (write_string(r.root_workflow_id) if r.root_workflow_id else b"\x00"),
            (write_string(r.root_run_id) if r.root_run_id else b"\x00"),
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
            (write_long(r.priority_key) if r.priority_key else b"\x00"),
            (write_string(r.fairness_key) if r.fairness_key else b"\x00"),
            write_double(r.fairness_weight),
            (write_string(r.cron_schedule) if r.cron_schedule else b"\x00"),
        )
    )


def _read_workflow_execution_started(data: bytes, at: int) -> tuple[WorkflowExecutionStarted, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    event_id, at = read_long(data, at)
    event_time_ms, at = read_long(data, at)
    workflow_type, at = read_string(data, at)
    task_queue, at = read_string(data, at)
    input, at = read_array(data, at, read_payload)
    workflow_execution_timeout_ms, at = read_long(data, at)
    workflow_run_timeout_ms, at = read_long(data, at)
    workflow_task_timeout_ms, at = read_long(data, at)
    workflow_execution_expiration_time_ms, at = read_long(data, at)
    original_execution_run_id, at = read_string(data, at)
    first_execution_run_id, at = read_string(data, at)
    continued_execution_run_id, at = read_string(data, at)
    attempt, at = read_long(data, at)
    present, at = read_branch(data, at)
    retry_policy: RetryPolicy | None = None
    if present:
        retry_policy, at = read_retry_policy(data, at)
    first_workflow_task_backoff_ms, at = read_long(data, at)
    identity, at = read_string(data, at)
    request_id, at = read_string(data, at)
    header, at = read_map(data, at, read_payload)
    memo, at = read_map(data, at, read_payload)
    traceparent, at = read_string(data, at)
    initiator, at = read_string(data, at)
    present, at = read_branch(data, at)
    continued_failure: Failure | None = None
    if present:
        continued_failure, at = read_failure(data, at)
    last_completion_result, at = read_array(data, at, read_payload)
    parent_workflow_namespace, at = read_string(data, at)
    parent_workflow_id, at = read_string(data, at)
    parent_run_id, at = read_string(data, at)
    parent_initiated_event_id, at = read_long(data, at)
    root_workflow_id, at = read_string(data, at)
    root_run_id, at = read_string(data, at)
    search_attributes, at = read_map(data, at, read_payload)
    present, at = read_branch(data, at)
    user_metadata_summary: Payload | None = None
    if present:
        user_metadata_summary, at = read_payload(data, at)
    present, at = read_branch(data, at)
    user_metadata_details: Payload | None = None
    if present:
        user_metadata_details, at = read_payload(data, at)
    priority_key, at = read_long(data, at)
    fairness_key, at = read_string(data, at)
    fairness_weight, at = read_double(data, at)
    cron_schedule, at = read_string(data, at)
    record = WorkflowExecutionStarted(
        workflow_id=workflow_id,
        run_id=run_id,
        event_id=event_id,
        event_time_ms=event_time_ms,
        workflow_type=workflow_type,
        task_queue=task_queue,
        input=input,
        workflow_execution_timeout_ms=workflow_execution_timeout_ms,
        workflow_run_timeout_ms=workflow_run_timeout_ms,
        workflow_task_timeout_ms=workflow_task_timeout_ms,
        workflow_execution_expiration_time_ms=workflow_execution_expiration_time_ms,
        original_execution_run_id=original_execution_run_id,
        first_execution_run_id=first_execution_run_id,
        continued_execution_run_id=continued_execution_run_id,
        attempt=attempt,
        retry_policy=retry_policy,
        first_workflow_task_backoff_ms=first_workflow_task_backoff_ms,
        identity=identity,
        request_id=request_id,
        header=header,
        memo=memo,
        traceparent=traceparent,
        initiator=initiator,
        continued_failure=continued_failure,
        last_completion_result=last_completion_result,
        parent_workflow_namespace=parent_workflow_namespace,
        parent_workflow_id=parent_workflow_id,
        parent_run_id=parent_run_id,
        parent_initiated_event_id=parent_initiated_event_id,
        root_workflow_id=root_workflow_id,
        root_run_id=root_run_id,
        search_attributes=search_attributes,
        user_metadata_summary=user_metadata_summary,
        user_metadata_details=user_metadata_details,
        priority_key=priority_key,
        fairness_key=fairness_key,
        fairness_weight=fairness_weight,
        cron_schedule=cron_schedule,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class WorkflowExecutionCompleted:
    """The workflow returned.

    event_id: 1-based and gap-free within a run; 0 while the event is held back during a Workflow Task.
    event_time_ms: Engine time, ms since the epoch, UTC; never goes back within a partition.
    new_execution_run_id: The run that follows; empty: none.
    """

    SCHEMA_ID: ClassVar[int] = 10202
    workflow_id: str
    run_id: str
    event_id: int
    event_time_ms: int
    result: list[Payload] = field(default_factory=list[Payload])
    workflow_task_completed_event_id: int = 0
    new_execution_run_id: str = ""


def _write_workflow_execution_completed(r: WorkflowExecutionCompleted) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00'\xda",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.event_id) if r.event_id else b"\x00"),
            (write_long(r.event_time_ms) if r.event_time_ms else b"\x00"),
            (write_array(r.result, write_payload) if r.result else b"\x00"),
            (
                write_long(r.workflow_task_completed_event_id)
                if r.workflow_task_completed_event_id
                else b"\x00"
            ),
            (write_string(r.new_execution_run_id) if r.new_execution_run_id else b"\x00"),
        )
    )


def _read_workflow_execution_completed(
    data: bytes, at: int
) -> tuple[WorkflowExecutionCompleted, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    event_id, at = read_long(data, at)
    event_time_ms, at = read_long(data, at)
    result, at = read_array(data, at, read_payload)
    workflow_task_completed_event_id, at = read_long(data, at)
    new_execution_run_id, at = read_string(data, at)
    record = WorkflowExecutionCompleted(
        workflow_id=workflow_id,
        run_id=run_id,
        event_id=event_id,
        event_time_ms=event_time_ms,
        result=result,
        workflow_task_completed_event_id=workflow_task_completed_event_id,
        new_execution_run_id=new_execution_run_id,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class WorkflowExecutionFailed:
    """The workflow raised.

    event_id: 1-based and gap-free within a run; 0 while the event is held back during a Workflow Task.
    event_time_ms: Engine time, ms since the epoch, UTC; never goes back within a partition.
    new_execution_run_id: The run that follows; empty: none.
    """

    SCHEMA_ID: ClassVar[int] = 10302
    workflow_id: str
    run_id: str
    event_id: int
    event_time_ms: int
    failure: Failure | None = None
    retry_state: str = ""
    workflow_task_completed_event_id: int = 0
    new_execution_run_id: str = ""


def _write_workflow_execution_failed(r: WorkflowExecutionFailed) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00(>",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.event_id) if r.event_id else b"\x00"),
            (write_long(r.event_time_ms) if r.event_time_ms else b"\x00"),
            (b"\x00" if r.failure is None else b"\x02" + write_failure(r.failure)),
            (write_string(r.retry_state) if r.retry_state else b"\x00"),
            (
                write_long(r.workflow_task_completed_event_id)
                if r.workflow_task_completed_event_id
                else b"\x00"
            ),
            (write_string(r.new_execution_run_id) if r.new_execution_run_id else b"\x00"),
        )
    )


def _read_workflow_execution_failed(data: bytes, at: int) -> tuple[WorkflowExecutionFailed, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    event_id, at = read_long(data, at)
    event_time_ms, at = read_long(data, at)
    present, at = read_branch(data, at)
    failure: Failure | None = None
    if present:
        failure, at = read_failure(data, at)
    retry_state, at = read_string(data, at)
    workflow_task_completed_event_id, at = read_long(data, at)
    new_execution_run_id, at = read_string(data, at)
    record = WorkflowExecutionFailed(
        workflow_id=workflow_id,
        run_id=run_id,
        event_id=event_id,
        event_time_ms=event_time_ms,
        failure=failure,
        retry_state=retry_state,
        workflow_task_completed_event_id=workflow_task_completed_event_id,
        new_execution_run_id=new_execution_run_id,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class WorkflowExecutionTimedOut:
    """The run or execution timeout passed.

    event_id: 1-based and gap-free within a run; 0 while the event is held back during a Workflow Task.
    event_time_ms: Engine time, ms since the epoch, UTC; never goes back within a partition.
    new_execution_run_id: The run that follows; empty: none.
    """

    SCHEMA_ID: ClassVar[int] = 10402
    workflow_id: str
    run_id: str
    event_id: int
    event_time_ms: int
    retry_state: str = ""
    new_execution_run_id: str = ""


def _write_workflow_execution_timed_out(r: WorkflowExecutionTimedOut) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00(\xa2",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.event_id) if r.event_id else b"\x00"),
            (write_long(r.event_time_ms) if r.event_time_ms else b"\x00"),
            (write_string(r.retry_state) if r.retry_state else b"\x00"),
            (write_string(r.new_execution_run_id) if r.new_execution_run_id else b"\x00"),
        )
    )


def _read_workflow_execution_timed_out(
    data: bytes, at: int
) -> tuple[WorkflowExecutionTimedOut, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    event_id, at = read_long(data, at)
    event_time_ms, at = read_long(data, at)
    retry_state, at = read_string(data, at)
    new_execution_run_id, at = read_string(data, at)
    record = WorkflowExecutionTimedOut(
        workflow_id=workflow_id,
        run_id=run_id,
        event_id=event_id,
        event_time_ms=event_time_ms,
        retry_state=retry_state,
        new_execution_run_id=new_execution_run_id,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class WorkflowTaskScheduled:
    """A Workflow Task was put on its Task Queue.

    event_id: 1-based and gap-free within a run; 0 while the event is held back during a Workflow Task.
    event_time_ms: Engine time, ms since the epoch, UTC; never goes back within a partition.
    """

    SCHEMA_ID: ClassVar[int] = 10501
    workflow_id: str
    run_id: str
    event_id: int
    event_time_ms: int
    task_queue: str = ""
    start_to_close_timeout_ms: int = 0
    attempt: int = 1


def _write_workflow_task_scheduled(r: WorkflowTaskScheduled) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00)\x05",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.event_id) if r.event_id else b"\x00"),
            (write_long(r.event_time_ms) if r.event_time_ms else b"\x00"),
            (write_string(r.task_queue) if r.task_queue else b"\x00"),
            (write_long(r.start_to_close_timeout_ms) if r.start_to_close_timeout_ms else b"\x00"),
            (write_long(r.attempt) if r.attempt else b"\x00"),
        )
    )


def _read_workflow_task_scheduled(data: bytes, at: int) -> tuple[WorkflowTaskScheduled, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    event_id, at = read_long(data, at)
    event_time_ms, at = read_long(data, at)
    task_queue, at = read_string(data, at)
    start_to_close_timeout_ms, at = read_long(data, at)
    attempt, at = read_long(data, at)
    record = WorkflowTaskScheduled(
        workflow_id=workflow_id,
        run_id=run_id,
        event_id=event_id,
        event_time_ms=event_time_ms,
        task_queue=task_queue,
        start_to_close_timeout_ms=start_to_close_timeout_ms,
        attempt=attempt,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class WorkflowTaskStarted:
    """A worker took the Workflow Task. Written when the task is answered, with the id and time announced to the worker.

    event_id: 1-based and gap-free within a run; 0 while the event is held back during a Workflow Task.
    event_time_ms: Engine time, ms since the epoch, UTC; never goes back within a partition.
    request_id: Delivery id of the claim; empty on the fresh path.
    """

    SCHEMA_ID: ClassVar[int] = 10601
    workflow_id: str
    run_id: str
    event_id: int
    event_time_ms: int
    scheduled_event_id: int = 0
    identity: str = ""
    request_id: str = ""
    history_size_bytes: int = 0
    suggest_continue_as_new: bool = False


def _write_workflow_task_started(r: WorkflowTaskStarted) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00)i",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.event_id) if r.event_id else b"\x00"),
            (write_long(r.event_time_ms) if r.event_time_ms else b"\x00"),
            (write_long(r.scheduled_event_id) if r.scheduled_event_id else b"\x00"),
            (write_string(r.identity) if r.identity else b"\x00"),
            (write_string(r.request_id) if r.request_id else b"\x00"),
            (write_long(r.history_size_bytes) if r.history_size_bytes else b"\x00"),
            write_boolean(r.suggest_continue_as_new),
        )
    )


def _read_workflow_task_started(data: bytes, at: int) -> tuple[WorkflowTaskStarted, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    event_id, at = read_long(data, at)
    event_time_ms, at = read_long(data, at)
    scheduled_event_id, at = read_long(data, at)
    identity, at = read_string(data, at)
    request_id, at = read_string(data, at)
    history_size_bytes, at = read_long(data, at)
    suggest_continue_as_new, at = read_boolean(data, at)
    record = WorkflowTaskStarted(
        workflow_id=workflow_id,
        run_id=run_id,
        event_id=event_id,
        event_time_ms=event_time_ms,
        scheduled_event_id=scheduled_event_id,
        identity=identity,
        request_id=request_id,
        history_size_bytes=history_size_bytes,
        suggest_continue_as_new=suggest_continue_as_new,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class WorkflowTaskCompleted:
    """The worker answered with Commands.

    event_id: 1-based and gap-free within a run; 0 while the event is held back during a Workflow Task.
    event_time_ms: Engine time, ms since the epoch, UTC; never goes back within a partition.
    completion_id: Random; names the cached run that may continue from here.
    """

    SCHEMA_ID: ClassVar[int] = 10701
    workflow_id: str
    run_id: str
    event_id: int
    event_time_ms: int
    scheduled_event_id: int = 0
    started_event_id: int = 0
    identity: str = ""
    completion_id: str = ""


def _write_workflow_task_completed(r: WorkflowTaskCompleted) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00)\xcd",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.event_id) if r.event_id else b"\x00"),
            (write_long(r.event_time_ms) if r.event_time_ms else b"\x00"),
            (write_long(r.scheduled_event_id) if r.scheduled_event_id else b"\x00"),
            (write_long(r.started_event_id) if r.started_event_id else b"\x00"),
            (write_string(r.identity) if r.identity else b"\x00"),
            (write_string(r.completion_id) if r.completion_id else b"\x00"),
        )
    )


def _read_workflow_task_completed(data: bytes, at: int) -> tuple[WorkflowTaskCompleted, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    event_id, at = read_long(data, at)
    event_time_ms, at = read_long(data, at)
    scheduled_event_id, at = read_long(data, at)
    started_event_id, at = read_long(data, at)
    identity, at = read_string(data, at)
    completion_id, at = read_string(data, at)
    record = WorkflowTaskCompleted(
        workflow_id=workflow_id,
        run_id=run_id,
        event_id=event_id,
        event_time_ms=event_time_ms,
        scheduled_event_id=scheduled_event_id,
        started_event_id=started_event_id,
        identity=identity,
        completion_id=completion_id,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class WorkflowTaskTimedOut:
    """No answer within the Workflow Task Timeout.

    event_id: 1-based and gap-free within a run; 0 while the event is held back during a Workflow Task.
    event_time_ms: Engine time, ms since the epoch, UTC; never goes back within a partition.
    """

    SCHEMA_ID: ClassVar[int] = 10801
    workflow_id: str
    run_id: str
    event_id: int
    event_time_ms: int
    scheduled_event_id: int = 0
    started_event_id: int = 0
    timeout_type: str = ""


def _write_workflow_task_timed_out(r: WorkflowTaskTimedOut) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00*1",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.event_id) if r.event_id else b"\x00"),
            (write_long(r.event_time_ms) if r.event_time_ms else b"\x00"),
            (write_long(r.scheduled_event_id) if r.scheduled_event_id else b"\x00"),
            (write_long(r.started_event_id) if r.started_event_id else b"\x00"),
            (write_string(r.timeout_type) if r.timeout_type else b"\x00"),
        )
    )


def _read_workflow_task_timed_out(data: bytes, at: int) -> tuple[WorkflowTaskTimedOut, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    event_id, at = read_long(data, at)
    event_time_ms, at = read_long(data, at)
    scheduled_event_id, at = read_long(data, at)
    started_event_id, at = read_long(data, at)
    timeout_type, at = read_string(data, at)
    record = WorkflowTaskTimedOut(
        workflow_id=workflow_id,
        run_id=run_id,
        event_id=event_id,
        event_time_ms=event_time_ms,
        scheduled_event_id=scheduled_event_id,
        started_event_id=started_event_id,
        timeout_type=timeout_type,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class WorkflowTaskFailed:
    """The worker could not run the workflow, or its Commands were refused.

    event_id: 1-based and gap-free within a run; 0 while the event is held back during a Workflow Task.
    event_time_ms: Engine time, ms since the epoch, UTC; never goes back within a partition.
    cause: Temporal's WorkflowTaskFailedCause without its prefix.
    """

    SCHEMA_ID: ClassVar[int] = 10902
    workflow_id: str
    run_id: str
    event_id: int
    event_time_ms: int
    scheduled_event_id: int = 0
    started_event_id: int = 0
    cause: str = ""
    failure: Failure | None = None
    identity: str = ""


def _write_workflow_task_failed(r: WorkflowTaskFailed) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00*\x96",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.event_id) if r.event_id else b"\x00"),
            (write_long(r.event_time_ms) if r.event_time_ms else b"\x00"),
            (write_long(r.scheduled_event_id) if r.scheduled_event_id else b"\x00"),
            (write_long(r.started_event_id) if r.started_event_id else b"\x00"),
            (write_string(r.cause) if r.cause else b"\x00"),
            (b"\x00" if r.failure is None else b"\x02" + write_failure(r.failure)),
            (write_string(r.identity) if r.identity else b"\x00"),
        )
    )


def _read_workflow_task_failed(data: bytes, at: int) -> tuple[WorkflowTaskFailed, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    event_id, at = read_long(data, at)
    event_time_ms, at = read_long(data, at)
    scheduled_event_id, at = read_long(data, at)
    started_event_id, at = read_long(data, at)
    cause, at = read_string(data, at)
    present, at = read_branch(data, at)
    failure: Failure | None = None
    if present:
        failure, at = read_failure(data, at)
    identity, at = read_string(data, at)
    record = WorkflowTaskFailed(
        workflow_id=workflow_id,
        run_id=run_id,
        event_id=event_id,
        event_time_ms=event_time_ms,
        scheduled_event_id=scheduled_event_id,
        started_event_id=started_event_id,
        cause=cause,
        failure=failure,
        identity=identity,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class ActivityTaskScheduled:
    """The workflow asked for an activity.

    event_id: 1-based and gap-free within a run; 0 while the event is held back during a Workflow Task.
    event_time_ms: Engine time, ms since the epoch, UTC; never goes back within a partition.
    user_metadata_summary: One line for people, set with the start; never acted on.
    priority_key: From 1 (first) on; 0: inherited, or the default.
    fairness_weight: 0: inherited, or 1.
    """

    SCHEMA_ID: ClassVar[int] = 11002
    workflow_id: str
    run_id: str
    event_id: int
    event_time_ms: int
    activity_id: str
    activity_type: str
    task_queue: str
    header: dict[str, Payload] = field(default_factory=dict[str, Payload])
    input: list[Payload] = field(default_factory=list[Payload])
    schedule_to_close_timeout_ms: int = 0
    schedule_to_start_timeout_ms: int = 0
    start_to_close_timeout_ms: int = 0
    heartbeat_timeout_ms: int = 0
    workflow_task_completed_event_id: int = 0
    retry_policy: RetryPolicy | None = None
    user_metadata_summary: Payload | None = None
    priority_key: int = 0
    fairness_key: str = ""
    fairness_weight: float = 0.0


def _write_activity_task_scheduled(r: ActivityTaskScheduled) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00*\xfa",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.event_id) if r.event_id else b"\x00"),
            (write_long(r.event_time_ms) if r.event_time_ms else b"\x00"),
            (write_string(r.activity_id) if r.activity_id else b"\x00"),
            (write_string(r.activity_type) if r.activity_type else b"\x00"),
            (write_string(r.task_queue) if r.task_queue else b"\x00"),
            (write_map(r.header, write_payload) if r.header else b"\x00"),
            (write_array(r.input, write_payload) if r.input else b"\x00"),
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
            (
                write_long(r.workflow_task_completed_event_id)
                if r.workflow_task_completed_event_id
                else b"\x00"
            ),
            (b"\x00" if r.retry_policy is None else b"\x02" + write_retry_policy(r.retry_policy)),
            (
                b"\x00"
                if r.user_metadata_summary is None
                else b"\x02" + write_payload(r.user_metadata_summary)
            ),
            (write_long(r.priority_key) if r.priority_key else b"\x00"),
            (write_string(r.fairness_key) if r.fairness_key else b"\x00"),
            write_double(r.fairness_weight),
        )
    )


def _read_activity_task_scheduled(data: bytes, at: int) -> tuple[ActivityTaskScheduled, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    event_id, at = read_long(data, at)
    event_time_ms, at = read_long(data, at)
    activity_id, at = read_string(data, at)
    activity_type, at = read_string(data, at)
    task_queue, at = read_string(data, at)
    header, at = read_map(data, at, read_payload)
    input, at = read_array(data, at, read_payload)
    schedule_to_close_timeout_ms, at = read_long(data, at)
    schedule_to_start_timeout_ms, at = read_long(data, at)
    start_to_close_timeout_ms, at = read_long(data, at)
    heartbeat_timeout_ms, at = read_long(data, at)
    workflow_task_completed_event_id, at = read_long(data, at)
    present, at = read_branch(data, at)
    retry_policy: RetryPolicy | None = None
    if present:
        retry_policy, at = read_retry_policy(data, at)
    present, at = read_branch(data, at)
    user_metadata_summary: Payload | None = None
    if present:
        user_metadata_summary, at = read_payload(data, at)
    priority_key, at = read_long(data, at)
    fairness_key, at = read_string(data, at)
    fairness_weight, at = read_double(data, at)
    record = ActivityTaskScheduled(
        workflow_id=workflow_id,
        run_id=run_id,
        event_id=event_id,
        event_time_ms=event_time_ms,
        activity_id=activity_id,
        activity_type=activity_type,
        task_queue=task_queue,
        header=header,
        input=input,
        schedule_to_close_timeout_ms=schedule_to_close_timeout_ms,
        schedule_to_start_timeout_ms=schedule_to_start_timeout_ms,
        start_to_close_timeout_ms=start_to_close_timeout_ms,
        heartbeat_timeout_ms=heartbeat_timeout_ms,
        workflow_task_completed_event_id=workflow_task_completed_event_id,
        retry_policy=retry_policy,
        user_metadata_summary=user_metadata_summary,
        priority_key=priority_key,
        fairness_key=fairness_key,
        fairness_weight=fairness_weight,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class ActivityTaskStarted:
    """The attempt that closed the activity. Written when the activity closes.

    event_id: 1-based and gap-free within a run; 0 while the event is held back during a Workflow Task.
    event_time_ms: Engine time, ms since the epoch, UTC; never goes back within a partition.
    last_failure: Of the attempt before.
    """

    SCHEMA_ID: ClassVar[int] = 11102
    workflow_id: str
    run_id: str
    event_id: int
    event_time_ms: int
    scheduled_event_id: int = 0
    identity: str = ""
    request_id: str = ""
    attempt: int = 1
    last_failure: Failure | None = None


def _write_activity_task_started(r: ActivityTaskStarted) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00+^",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.event_id) if r.event_id else b"\x00"),
            (write_long(r.event_time_ms) if r.event_time_ms else b"\x00"),
            (write_long(r.scheduled_event_id) if r.scheduled_event_id else b"\x00"),
            (write_string(r.identity) if r.identity else b"\x00"),
            (write_string(r.request_id) if r.request_id else b"\x00"),
            (write_long(r.attempt) if r.attempt else b"\x00"),
            (b"\x00" if r.last_failure is None else b"\x02" + write_failure(r.last_failure)),
        )
    )


def _read_activity_task_started(data: bytes, at: int) -> tuple[ActivityTaskStarted, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    event_id, at = read_long(data, at)
    event_time_ms, at = read_long(data, at)
    scheduled_event_id, at = read_long(data, at)
    identity, at = read_string(data, at)
    request_id, at = read_string(data, at)
    attempt, at = read_long(data, at)
    present, at = read_branch(data, at)
    last_failure: Failure | None = None
    if present:
        last_failure, at = read_failure(data, at)
    record = ActivityTaskStarted(
        workflow_id=workflow_id,
        run_id=run_id,
        event_id=event_id,
        event_time_ms=event_time_ms,
        scheduled_event_id=scheduled_event_id,
        identity=identity,
        request_id=request_id,
        attempt=attempt,
        last_failure=last_failure,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class ActivityTaskCompleted:
    """The activity returned.

    event_id: 1-based and gap-free within a run; 0 while the event is held back during a Workflow Task.
    event_time_ms: Engine time, ms since the epoch, UTC; never goes back within a partition.
    """

    SCHEMA_ID: ClassVar[int] = 11201
    workflow_id: str
    run_id: str
    event_id: int
    event_time_ms: int
    result: list[Payload] = field(default_factory=list[Payload])
    scheduled_event_id: int = 0
    started_event_id: int = 0
    identity: str = ""


def _write_activity_task_completed(r: ActivityTaskCompleted) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00+\xc1",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.event_id) if r.event_id else b"\x00"),
            (write_long(r.event_time_ms) if r.event_time_ms else b"\x00"),
            (write_array(r.result, write_payload) if r.result else b"\x00"),
            (write_long(r.scheduled_event_id) if r.scheduled_event_id else b"\x00"),
            (write_long(r.started_event_id) if r.started_event_id else b"\x00"),
            (write_string(r.identity) if r.identity else b"\x00"),
        )
    )


def _read_activity_task_completed(data: bytes, at: int) -> tuple[ActivityTaskCompleted, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    event_id, at = read_long(data, at)
    event_time_ms, at = read_long(data, at)
    result, at = read_array(data, at, read_payload)
    scheduled_event_id, at = read_long(data, at)
    started_event_id, at = read_long(data, at)
    identity, at = read_string(data, at)
    record = ActivityTaskCompleted(
        workflow_id=workflow_id,
        run_id=run_id,
        event_id=event_id,
        event_time_ms=event_time_ms,
        result=result,
        scheduled_event_id=scheduled_event_id,
        started_event_id=started_event_id,
        identity=identity,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class ActivityTaskFailed:
    """The activity failed for good.

    event_id: 1-based and gap-free within a run; 0 while the event is held back during a Workflow Task.
    event_time_ms: Engine time, ms since the epoch, UTC; never goes back within a partition.
    """

    SCHEMA_ID: ClassVar[int] = 11302
    workflow_id: str
    run_id: str
    event_id: int
    event_time_ms: int
    failure: Failure | None = None
    scheduled_event_id: int = 0
    started_event_id: int = 0
    identity: str = ""
    retry_state: str = ""


def _write_activity_task_failed(r: ActivityTaskFailed) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00,&",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.event_id) if r.event_id else b"\x00"),
            (write_long(r.event_time_ms) if r.event_time_ms else b"\x00"),
            (b"\x00" if r.failure is None else b"\x02" + write_failure(r.failure)),
            (write_long(r.scheduled_event_id) if r.scheduled_event_id else b"\x00"),
            (write_long(r.started_event_id) if r.started_event_id else b"\x00"),
            (write_string(r.identity) if r.identity else b"\x00"),
            (write_string(r.retry_state) if r.retry_state else b"\x00"),
        )
    )


def _read_activity_task_failed(data: bytes, at: int) -> tuple[ActivityTaskFailed, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    event_id, at = read_long(data, at)
    event_time_ms, at = read_long(data, at)
    present, at = read_branch(data, at)
    failure: Failure | None = None
    if present:
        failure, at = read_failure(data, at)
    scheduled_event_id, at = read_long(data, at)
    started_event_id, at = read_long(data, at)
    identity, at = read_string(data, at)
    retry_state, at = read_string(data, at)
    record = ActivityTaskFailed(
        workflow_id=workflow_id,
        run_id=run_id,
        event_id=event_id,
        event_time_ms=event_time_ms,
        failure=failure,
        scheduled_event_id=scheduled_event_id,
        started_event_id=started_event_id,
        identity=identity,
        retry_state=retry_state,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class ActivityTaskTimedOut:
    """The activity timed out for good.

    event_id: 1-based and gap-free within a run; 0 while the event is held back during a Workflow Task.
    event_time_ms: Engine time, ms since the epoch, UTC; never goes back within a partition.
    """

    SCHEMA_ID: ClassVar[int] = 11402
    workflow_id: str
    run_id: str
    event_id: int
    event_time_ms: int
    failure: Failure | None = None
    scheduled_event_id: int = 0
    started_event_id: int = 0
    retry_state: str = ""


def _write_activity_task_timed_out(r: ActivityTaskTimedOut) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00,\x8a",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.event_id) if r.event_id else b"\x00"),
            (write_long(r.event_time_ms) if r.event_time_ms else b"\x00"),
            (b"\x00" if r.failure is None else b"\x02" + write_failure(r.failure)),
            (write_long(r.scheduled_event_id) if r.scheduled_event_id else b"\x00"),
            (write_long(r.started_event_id) if r.started_event_id else b"\x00"),
            (write_string(r.retry_state) if r.retry_state else b"\x00"),
        )
    )


def _read_activity_task_timed_out(data: bytes, at: int) -> tuple[ActivityTaskTimedOut, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    event_id, at = read_long(data, at)
    event_time_ms, at = read_long(data, at)
    present, at = read_branch(data, at)
    failure: Failure | None = None
    if present:
        failure, at = read_failure(data, at)
    scheduled_event_id, at = read_long(data, at)
    started_event_id, at = read_long(data, at)
    retry_state, at = read_string(data, at)
    record = ActivityTaskTimedOut(
        workflow_id=workflow_id,
        run_id=run_id,
        event_id=event_id,
        event_time_ms=event_time_ms,
        failure=failure,
        scheduled_event_id=scheduled_event_id,
        started_event_id=started_event_id,
        retry_state=retry_state,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class ActivityTaskCancelRequested:
    """The workflow asked to cancel the activity.

    event_id: 1-based and gap-free within a run; 0 while the event is held back during a Workflow Task.
    event_time_ms: Engine time, ms since the epoch, UTC; never goes back within a partition.
    """

    SCHEMA_ID: ClassVar[int] = 11501
    workflow_id: str
    run_id: str
    event_id: int
    event_time_ms: int
    scheduled_event_id: int = 0
    workflow_task_completed_event_id: int = 0


def _write_activity_task_cancel_requested(r: ActivityTaskCancelRequested) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00,\xed",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.event_id) if r.event_id else b"\x00"),
            (write_long(r.event_time_ms) if r.event_time_ms else b"\x00"),
            (write_long(r.scheduled_event_id) if r.scheduled_event_id else b"\x00"),
            (
                write_long(r.workflow_task_completed_event_id)
                if r.workflow_task_completed_event_id
                else b"\x00"
            ),
        )
    )


def _read_activity_task_cancel_requested(
    data: bytes, at: int
) -> tuple[ActivityTaskCancelRequested, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    event_id, at = read_long(data, at)
    event_time_ms, at = read_long(data, at)
    scheduled_event_id, at = read_long(data, at)
    workflow_task_completed_event_id, at = read_long(data, at)
    record = ActivityTaskCancelRequested(
        workflow_id=workflow_id,
        run_id=run_id,
        event_id=event_id,
        event_time_ms=event_time_ms,
        scheduled_event_id=scheduled_event_id,
        workflow_task_completed_event_id=workflow_task_completed_event_id,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class ActivityTaskCanceled:
    """The activity ended as cancelled.

    event_id: 1-based and gap-free within a run; 0 while the event is held back during a Workflow Task.
    event_time_ms: Engine time, ms since the epoch, UTC; never goes back within a partition.
    """

    SCHEMA_ID: ClassVar[int] = 11601
    workflow_id: str
    run_id: str
    event_id: int
    event_time_ms: int
    details: list[Payload] = field(default_factory=list[Payload])
    latest_cancel_requested_event_id: int = 0
    scheduled_event_id: int = 0
    started_event_id: int = 0
    identity: str = ""


def _write_activity_task_canceled(r: ActivityTaskCanceled) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00-Q",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.event_id) if r.event_id else b"\x00"),
            (write_long(r.event_time_ms) if r.event_time_ms else b"\x00"),
            (write_array(r.details, write_payload) if r.details else b"\x00"),
            (
                write_long(r.latest_cancel_requested_event_id)
                if r.latest_cancel_requested_event_id
                else b"\x00"
            ),
            (write_long(r.scheduled_event_id) if r.scheduled_event_id else b"\x00"),
            (write_long(r.started_event_id) if r.started_event_id else b"\x00"),
            (write_string(r.identity) if r.identity else b"\x00"),
        )
    )


def _read_activity_task_canceled(data: bytes, at: int) -> tuple[ActivityTaskCanceled, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    event_id, at = read_long(data, at)
    event_time_ms, at = read_long(data, at)
    details, at = read_array(data, at, read_payload)
    latest_cancel_requested_event_id, at = read_long(data, at)
    scheduled_event_id, at = read_long(data, at)
    started_event_id, at = read_long(data, at)
    identity, at = read_string(data, at)
    record = ActivityTaskCanceled(
        workflow_id=workflow_id,
        run_id=run_id,
        event_id=event_id,
        event_time_ms=event_time_ms,
        details=details,
        latest_cancel_requested_event_id=latest_cancel_requested_event_id,
        scheduled_event_id=scheduled_event_id,
        started_event_id=started_event_id,
        identity=identity,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class TimerStarted:
    """The workflow set a timer.

    event_id: 1-based and gap-free within a run; 0 while the event is held back during a Workflow Task.
    event_time_ms: Engine time, ms since the epoch, UTC; never goes back within a partition.
    user_metadata_summary: One line for people, set with the start; never acted on.
    """

    SCHEMA_ID: ClassVar[int] = 11702
    workflow_id: str
    run_id: str
    event_id: int
    event_time_ms: int
    timer_id: str
    start_to_fire_timeout_ms: int
    workflow_task_completed_event_id: int = 0
    user_metadata_summary: Payload | None = None


def _write_timer_started(r: TimerStarted) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00-\xb6",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.event_id) if r.event_id else b"\x00"),
            (write_long(r.event_time_ms) if r.event_time_ms else b"\x00"),
            (write_string(r.timer_id) if r.timer_id else b"\x00"),
            (write_long(r.start_to_fire_timeout_ms) if r.start_to_fire_timeout_ms else b"\x00"),
            (
                write_long(r.workflow_task_completed_event_id)
                if r.workflow_task_completed_event_id
                else b"\x00"
            ),
            (
                b"\x00"
                if r.user_metadata_summary is None
                else b"\x02" + write_payload(r.user_metadata_summary)
            ),
        )
    )


def _read_timer_started(data: bytes, at: int) -> tuple[TimerStarted, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    event_id, at = read_long(data, at)
    event_time_ms, at = read_long(data, at)
    timer_id, at = read_string(data, at)
    start_to_fire_timeout_ms, at = read_long(data, at)
    workflow_task_completed_event_id, at = read_long(data, at)
    present, at = read_branch(data, at)
    user_metadata_summary: Payload | None = None
    if present:
        user_metadata_summary, at = read_payload(data, at)
    record = TimerStarted(
        workflow_id=workflow_id,
        run_id=run_id,
        event_id=event_id,
        event_time_ms=event_time_ms,
        timer_id=timer_id,
        start_to_fire_timeout_ms=start_to_fire_timeout_ms,
        workflow_task_completed_event_id=workflow_task_completed_event_id,
        user_metadata_summary=user_metadata_summary,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class TimerFired:
    """The timer reached its due time.

    event_id: 1-based and gap-free within a run; 0 while the event is held back during a Workflow Task.
    event_time_ms: Engine time, ms since the epoch, UTC; never goes back within a partition.
    """

    SCHEMA_ID: ClassVar[int] = 11801
    workflow_id: str
    run_id: str
    event_id: int
    event_time_ms: int
    timer_id: str
    started_event_id: int


def _write_timer_fired(r: TimerFired) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00.\x19",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.event_id) if r.event_id else b"\x00"),
            (write_long(r.event_time_ms) if r.event_time_ms else b"\x00"),
            (write_string(r.timer_id) if r.timer_id else b"\x00"),
            (write_long(r.started_event_id) if r.started_event_id else b"\x00"),
        )
    )


def _read_timer_fired(data: bytes, at: int) -> tuple[TimerFired, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    event_id, at = read_long(data, at)
    event_time_ms, at = read_long(data, at)
    timer_id, at = read_string(data, at)
    started_event_id, at = read_long(data, at)
    record = TimerFired(
        workflow_id=workflow_id,
        run_id=run_id,
        event_id=event_id,
        event_time_ms=event_time_ms,
        timer_id=timer_id,
        started_event_id=started_event_id,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class TimerCanceled:
    """The workflow cancelled the timer.

    event_id: 1-based and gap-free within a run; 0 while the event is held back during a Workflow Task.
    event_time_ms: Engine time, ms since the epoch, UTC; never goes back within a partition.
    """

    SCHEMA_ID: ClassVar[int] = 11901
    workflow_id: str
    run_id: str
    event_id: int
    event_time_ms: int
    timer_id: str
    started_event_id: int
    workflow_task_completed_event_id: int = 0
    identity: str = ""


def _write_timer_canceled(r: TimerCanceled) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00.}",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.event_id) if r.event_id else b"\x00"),
            (write_long(r.event_time_ms) if r.event_time_ms else b"\x00"),
            (write_string(r.timer_id) if r.timer_id else b"\x00"),
            (write_long(r.started_event_id) if r.started_event_id else b"\x00"),
            (
                write_long(r.workflow_task_completed_event_id)
                if r.workflow_task_completed_event_id
                else b"\x00"
            ),
            (write_string(r.identity) if r.identity else b"\x00"),
        )
    )


def _read_timer_canceled(data: bytes, at: int) -> tuple[TimerCanceled, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    event_id, at = read_long(data, at)
    event_time_ms, at = read_long(data, at)
    timer_id, at = read_string(data, at)
    started_event_id, at = read_long(data, at)
    workflow_task_completed_event_id, at = read_long(data, at)
    identity, at = read_string(data, at)
    record = TimerCanceled(
        workflow_id=workflow_id,
        run_id=run_id,
        event_id=event_id,
        event_time_ms=event_time_ms,
        timer_id=timer_id,
        started_event_id=started_event_id,
        workflow_task_completed_event_id=workflow_task_completed_event_id,
        identity=identity,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class WorkflowExecutionCancelRequested:
    """Somebody asked to cancel the run.

    event_id: 1-based and gap-free within a run; 0 while the event is held back during a Workflow Task.
    event_time_ms: Engine time, ms since the epoch, UTC; never goes back within a partition.
    external_workflow_id: Of a Workflow that sent it.
    """

    SCHEMA_ID: ClassVar[int] = 12002
    workflow_id: str
    run_id: str
    event_id: int
    event_time_ms: int
    cause: str = ""
    identity: str = ""
    request_id: str = ""
    external_workflow_id: str = ""
    external_run_id: str = ""
    external_initiated_event_id: int = 0


def _write_workflow_execution_cancel_requested(r: WorkflowExecutionCancelRequested) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00.\xe2",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.event_id) if r.event_id else b"\x00"),
            (write_long(r.event_time_ms) if r.event_time_ms else b"\x00"),
            (write_string(r.cause) if r.cause else b"\x00"),
            (write_string(r.identity) if r.identity else b"\x00"),
            (write_string(r.request_id) if r.request_id else b"\x00"),
            (write_string(r.external_workflow_id) if r.external_workflow_id else b"\x00"),
            (write_string(r.external_run_id) if r.external_run_id else b"\x00"),
            (
                write_long(r.external_initiated_event_id)
                if r.external_initiated_event_id
                else b"\x00"
            ),
        )
    )


def _read_workflow_execution_cancel_requested(
    data: bytes, at: int
) -> tuple[WorkflowExecutionCancelRequested, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    event_id, at = read_long(data, at)
    event_time_ms, at = read_long(data, at)
    cause, at = read_string(data, at)
    identity, at = read_string(data, at)
    request_id, at = read_string(data, at)
    external_workflow_id, at = read_string(data, at)
    external_run_id, at = read_string(data, at)
    external_initiated_event_id, at = read_long(data, at)
    record = WorkflowExecutionCancelRequested(
        workflow_id=workflow_id,
        run_id=run_id,
        event_id=event_id,
        event_time_ms=event_time_ms,
        cause=cause,
        identity=identity,
        request_id=request_id,
        external_workflow_id=external_workflow_id,
        external_run_id=external_run_id,
        external_initiated_event_id=external_initiated_event_id,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class WorkflowExecutionCanceled:
    """The workflow ended as cancelled.

    event_id: 1-based and gap-free within a run; 0 while the event is held back during a Workflow Task.
    event_time_ms: Engine time, ms since the epoch, UTC; never goes back within a partition.
    """

    SCHEMA_ID: ClassVar[int] = 12101
    workflow_id: str
    run_id: str
    event_id: int
    event_time_ms: int
    details: list[Payload] = field(default_factory=list[Payload])
    workflow_task_completed_event_id: int = 0


def _write_workflow_execution_canceled(r: WorkflowExecutionCanceled) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00/E",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.event_id) if r.event_id else b"\x00"),
            (write_long(r.event_time_ms) if r.event_time_ms else b"\x00"),
            (write_array(r.details, write_payload) if r.details else b"\x00"),
            (
                write_long(r.workflow_task_completed_event_id)
                if r.workflow_task_completed_event_id
                else b"\x00"
            ),
        )
    )


def _read_workflow_execution_canceled(
    data: bytes, at: int
) -> tuple[WorkflowExecutionCanceled, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    event_id, at = read_long(data, at)
    event_time_ms, at = read_long(data, at)
    details, at = read_array(data, at, read_payload)
    workflow_task_completed_event_id, at = read_long(data, at)
    record = WorkflowExecutionCanceled(
        workflow_id=workflow_id,
        run_id=run_id,
        event_id=event_id,
        event_time_ms=event_time_ms,
        details=details,
        workflow_task_completed_event_id=workflow_task_completed_event_id,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class RequestCancelExternalWorkflowExecutionInitiated:
    """Another Workflow is being asked to cancel itself.

    event_id: 1-based and gap-free within a run; 0 while the event is held back during a Workflow Task.
    event_time_ms: Engine time, ms since the epoch, UTC; never goes back within a partition.
    target_run_id: Empty: the current run.
    child_workflow_only: Refused when the target is no child of this run.
    """

    SCHEMA_ID: ClassVar[int] = 12201
    workflow_id: str
    run_id: str
    event_id: int
    event_time_ms: int
    target_workflow_id: str
    target_run_id: str = ""
    reason: str = ""
    child_workflow_only: bool = False
    workflow_task_completed_event_id: int = 0


def _write_request_cancel_external_workflow_execution_initiated(
    r: RequestCancelExternalWorkflowExecutionInitiated,
) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00/\xa9",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.event_id) if r.event_id else b"\x00"),
            (write_long(r.event_time_ms) if r.event_time_ms else b"\x00"),
            (write_string(r.target_workflow_id) if r.target_workflow_id else b"\x00"),
            (write_string(r.target_run_id) if r.target_run_id else b"\x00"),
            (write_string(r.reason) if r.reason else b"\x00"),
            write_boolean(r.child_workflow_only),
            (
                write_long(r.workflow_task_completed_event_id)
                if r.workflow_task_completed_event_id
                else b"\x00"
            ),
        )
    )


def _read_request_cancel_external_workflow_execution_initiated(
    data: bytes, at: int
) -> tuple[RequestCancelExternalWorkflowExecutionInitiated, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    event_id, at = read_long(data, at)
    event_time_ms, at = read_long(data, at)
    target_workflow_id, at = read_string(data, at)
    target_run_id, at = read_string(data, at)
    reason, at = read_string(data, at)
    child_workflow_only, at = read_boolean(data, at)
    workflow_task_completed_event_id, at = read_long(data, at)
    record = RequestCancelExternalWorkflowExecutionInitiated(
        workflow_id=workflow_id,
        run_id=run_id,
        event_id=event_id,
        event_time_ms=event_time_ms,
        target_workflow_id=target_workflow_id,
        target_run_id=target_run_id,
        reason=reason,
        child_workflow_only=child_workflow_only,
        workflow_task_completed_event_id=workflow_task_completed_event_id,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class RequestCancelExternalWorkflowExecutionFailed:
    """The cancel request reached nobody.

    event_id: 1-based and gap-free within a run; 0 while the event is held back during a Workflow Task.
    event_time_ms: Engine time, ms since the epoch, UTC; never goes back within a partition.
    target_run_id: Empty: the current run.
    cause: EXTERNAL_WORKFLOW_EXECUTION_NOT_FOUND, or why else.
    """

    SCHEMA_ID: ClassVar[int] = 12301
    workflow_id: str
    run_id: str
    event_id: int
    event_time_ms: int
    initiated_event_id: int = 0
    target_workflow_id: str
    target_run_id: str = ""
    cause: str = ""
    workflow_task_completed_event_id: int = 0


def _write_request_cancel_external_workflow_execution_failed(
    r: RequestCancelExternalWorkflowExecutionFailed,
) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x000\r",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.event_id) if r.event_id else b"\x00"),
            (write_long(r.event_time_ms) if r.event_time_ms else b"\x00"),
            (write_long(r.initiated_event_id) if r.initiated_event_id else b"\x00"),
            (write_string(r.target_workflow_id) if r.target_workflow_id else b"\x00"),
            (write_string(r.target_run_id) if r.target_run_id else b"\x00"),
            (write_string(r.cause) if r.cause else b"\x00"),
            (
                write_long(r.workflow_task_completed_event_id)
                if r.workflow_task_completed_event_id
                else b"\x00"
            ),
        )
    )


def _read_request_cancel_external_workflow_execution_failed(
    data: bytes, at: int
) -> tuple[RequestCancelExternalWorkflowExecutionFailed, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    event_id, at = read_long(data, at)
    event_time_ms, at = read_long(data, at)
    initiated_event_id, at = read_long(data, at)
    target_workflow_id, at = read_string(data, at)
    target_run_id, at = read_string(data, at)
    cause, at = read_string(data, at)
    workflow_task_completed_event_id, at = read_long(data, at)
    record = RequestCancelExternalWorkflowExecutionFailed(
        workflow_id=workflow_id,
        run_id=run_id,
        event_id=event_id,
        event_time_ms=event_time_ms,
        initiated_event_id=initiated_event_id,
        target_workflow_id=target_workflow_id,
        target_run_id=target_run_id,
        cause=cause,
        workflow_task_completed_event_id=workflow_task_completed_event_id,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class ExternalWorkflowExecutionCancelRequested:
    """The cancel request stands in the other Workflow's history.

    event_id: 1-based and gap-free within a run; 0 while the event is held back during a Workflow Task.
    event_time_ms: Engine time, ms since the epoch, UTC; never goes back within a partition.
    target_run_id: Empty: the current run.
    """

    SCHEMA_ID: ClassVar[int] = 12401
    workflow_id: str
    run_id: str
    event_id: int
    event_time_ms: int
    initiated_event_id: int = 0
    target_workflow_id: str
    target_run_id: str = ""


def _write_external_workflow_execution_cancel_requested(
    r: ExternalWorkflowExecutionCancelRequested,
) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x000q",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.event_id) if r.event_id else b"\x00"),
            (write_long(r.event_time_ms) if r.event_time_ms else b"\x00"),
            (write_long(r.initiated_event_id) if r.initiated_event_id else b"\x00"),
            (write_string(r.target_workflow_id) if r.target_workflow_id else b"\x00"),
            (write_string(r.target_run_id) if r.target_run_id else b"\x00"),
        )
    )


def _read_external_workflow_execution_cancel_requested(
    data: bytes, at: int
) -> tuple[ExternalWorkflowExecutionCancelRequested, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    event_id, at = read_long(data, at)
    event_time_ms, at = read_long(data, at)
    initiated_event_id, at = read_long(data, at)
    target_workflow_id, at = read_string(data, at)
    target_run_id, at = read_string(data, at)
    record = ExternalWorkflowExecutionCancelRequested(
        workflow_id=workflow_id,
        run_id=run_id,
        event_id=event_id,
        event_time_ms=event_time_ms,
        initiated_event_id=initiated_event_id,
        target_workflow_id=target_workflow_id,
        target_run_id=target_run_id,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class MarkerRecorded:
    """The workflow's worker noted something that a replay must find again.

    event_id: 1-based and gap-free within a run; 0 while the event is held back during a Workflow Task.
    event_time_ms: Engine time, ms since the epoch, UTC; never goes back within a partition.
    marker_name: What it marks: core_local_activity, core_patch, …
    details: Opaque to the engine.
    """

    SCHEMA_ID: ClassVar[int] = 12501
    workflow_id: str
    run_id: str
    event_id: int
    event_time_ms: int
    marker_name: str
    details: dict[str, Payload] = field(default_factory=dict[str, Payload])
    header: dict[str, Payload] = field(default_factory=dict[str, Payload])
    failure: Failure | None = None
    workflow_task_completed_event_id: int = 0


def _write_marker_recorded(r: MarkerRecorded) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x000\xd5",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.event_id) if r.event_id else b"\x00"),
            (write_long(r.event_time_ms) if r.event_time_ms else b"\x00"),
            (write_string(r.marker_name) if r.marker_name else b"\x00"),
            (write_map(r.details, write_payload) if r.details else b"\x00"),
            (write_map(r.header, write_payload) if r.header else b"\x00"),
            (b"\x00" if r.failure is None else b"\x02" + write_failure(r.failure)),
            (
                write_long(r.workflow_task_completed_event_id)
                if r.workflow_task_completed_event_id
                else b"\x00"
            ),
        )
    )


def _read_marker_recorded(data: bytes, at: int) -> tuple[MarkerRecorded, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    event_id, at = read_long(data, at)
    event_time_ms, at = read_long(data, at)
    marker_name, at = read_string(data, at)
    details, at = read_map(data, at, read_payload)
    header, at = read_map(data, at, read_payload)
    present, at = read_branch(data, at)
    failure: Failure | None = None
    if present:
        failure, at = read_failure(data, at)
    workflow_task_completed_event_id, at = read_long(data, at)
    record = MarkerRecorded(
        workflow_id=workflow_id,
        run_id=run_id,
        event_id=event_id,
        event_time_ms=event_time_ms,
        marker_name=marker_name,
        details=details,
        header=header,
        failure=failure,
        workflow_task_completed_event_id=workflow_task_completed_event_id,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class WorkflowExecutionSignaled:
    """A signal arrived.

    event_id: 1-based and gap-free within a run; 0 while the event is held back during a Workflow Task.
    event_time_ms: Engine time, ms since the epoch, UTC; never goes back within a partition.
    external_workflow_id: Of a Workflow that sent it.
    """

    SCHEMA_ID: ClassVar[int] = 12602
    workflow_id: str
    run_id: str
    event_id: int
    event_time_ms: int
    signal_name: str
    input: list[Payload] = field(default_factory=list[Payload])
    identity: str = ""
    header: dict[str, Payload] = field(default_factory=dict[str, Payload])
    request_id: str = ""
    external_workflow_id: str = ""
    external_run_id: str = ""
    external_initiated_event_id: int = 0


def _write_workflow_execution_signaled(r: WorkflowExecutionSignaled) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x001:",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.event_id) if r.event_id else b"\x00"),
            (write_long(r.event_time_ms) if r.event_time_ms else b"\x00"),
            (write_string(r.signal_name) if r.signal_name else b"\x00"),
            (write_array(r.input, write_payload) if r.input else b"\x00"),
            (write_string(r.identity) if r.identity else b"\x00"),
            (write_map(r.header, write_payload) if r.header else b"\x00"),
            (write_string(r.request_id) if r.request_id else b"\x00"),
            (write_string(r.external_workflow_id) if r.external_workflow_id else b"\x00"),
            (write_string(r.external_run_id) if r.external_run_id else b"\x00"),
            (
                write_long(r.external_initiated_event_id)
                if r.external_initiated_event_id
                else b"\x00"
            ),
        )
    )


def _read_workflow_execution_signaled(
    data: bytes, at: int
) -> tuple[WorkflowExecutionSignaled, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    event_id, at = read_long(data, at)
    event_time_ms, at = read_long(data, at)
    signal_name, at = read_string(data, at)
    input, at = read_array(data, at, read_payload)
    identity, at = read_string(data, at)
    header, at = read_map(data, at, read_payload)
    request_id, at = read_string(data, at)
    external_workflow_id, at = read_string(data, at)
    external_run_id, at = read_string(data, at)
    external_initiated_event_id, at = read_long(data, at)
    record = WorkflowExecutionSignaled(
        workflow_id=workflow_id,
        run_id=run_id,
        event_id=event_id,
        event_time_ms=event_time_ms,
        signal_name=signal_name,
        input=input,
        identity=identity,
        header=header,
        request_id=request_id,
        external_workflow_id=external_workflow_id,
        external_run_id=external_run_id,
        external_initiated_event_id=external_initiated_event_id,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class WorkflowExecutionTerminated:
    """The run was ended from outside.

    event_id: 1-based and gap-free within a run; 0 while the event is held back during a Workflow Task.
    event_time_ms: Engine time, ms since the epoch, UTC; never goes back within a partition.
    """

    SCHEMA_ID: ClassVar[int] = 12701
    workflow_id: str
    run_id: str
    event_id: int
    event_time_ms: int
    reason: str = ""
    details: list[Payload] = field(default_factory=list[Payload])
    identity: str = ""


def _write_workflow_execution_terminated(r: WorkflowExecutionTerminated) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x001\x9d",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.event_id) if r.event_id else b"\x00"),
            (write_long(r.event_time_ms) if r.event_time_ms else b"\x00"),
            (write_string(r.reason) if r.reason else b"\x00"),
            (write_array(r.details, write_payload) if r.details else b"\x00"),
            (write_string(r.identity) if r.identity else b"\x00"),
        )
    )


def _read_workflow_execution_terminated(
    data: bytes, at: int
) -> tuple[WorkflowExecutionTerminated, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    event_id, at = read_long(data, at)
    event_time_ms, at = read_long(data, at)
    reason, at = read_string(data, at)
    details, at = read_array(data, at, read_payload)
    identity, at = read_string(data, at)
    record = WorkflowExecutionTerminated(
        workflow_id=workflow_id,
        run_id=run_id,
        event_id=event_id,
        event_time_ms=event_time_ms,
        reason=reason,
        details=details,
        identity=identity,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class WorkflowExecutionContinuedAsNew:
    """The workflow goes on as a new run, with an empty history.

    event_id: 1-based and gap-free within a run; 0 while the event is held back during a Workflow Task.
    event_time_ms: Engine time, ms since the epoch, UTC; never goes back within a partition.
    workflow_run_timeout_ms: 0: none.
    backoff_start_interval_ms: The new run's first Workflow Task waits this long.
    search_attributes: By name; metadata.type says which kind: Keyword, KeywordList, Int, Double, Bool, Datetime or Text.
    """

    SCHEMA_ID: ClassVar[int] = 12802
    workflow_id: str
    run_id: str
    event_id: int
    event_time_ms: int
    new_execution_run_id: str
    workflow_type: str
    task_queue: str
    input: list[Payload] = field(default_factory=list[Payload])
    workflow_run_timeout_ms: int = 0
    workflow_task_timeout_ms: int = 0
    workflow_task_completed_event_id: int = 0
    backoff_start_interval_ms: int = 0
    initiator: str = ""
    failure: Failure | None = None
    last_completion_result: list[Payload] = field(default_factory=list[Payload])
    header: dict[str, Payload] = field(default_factory=dict[str, Payload])
    memo: dict[str, Payload] = field(default_factory=dict[str, Payload])
    search_attributes: dict[str, Payload] = field(default_factory=dict[str, Payload])


def _write_workflow_execution_continued_as_new(r: WorkflowExecutionContinuedAsNew) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x002\x02",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.event_id) if r.event_id else b"\x00"),
            (write_long(r.event_time_ms) if r.event_time_ms else b"\x00"),
            (write_string(r.new_execution_run_id) if r.new_execution_run_id else b"\x00"),
            (write_string(r.workflow_type) if r.workflow_type else b"\x00"),
            (write_string(r.task_queue) if r.task_queue else b"\x00"),
            (write_array(r.input, write_payload) if r.input else b"\x00"),
            (write_long(r.workflow_run_timeout_ms) if r.workflow_run_timeout_ms else b"\x00"),
            (write_long(r.workflow_task_timeout_ms) if r.workflow_task_timeout_ms else b"\x00"),
            (
                write_long(r.workflow_task_completed_event_id)
                if r.workflow_task_completed_event_id
                else b"\x00"
            ),
            (write_long(r.backoff_start_interval_ms) if r.backoff_start_interval_ms else b"\x00"),
            (write_string(r.initiator) if r.initiator else b"\x00"),
            (b"\x00" if r.failure is None else b"\x02" + write_failure(r.failure)),
            (
                write_array(r.last_completion_result, write_payload)
                if r.last_completion_result
                else b"\x00"
            ),
            (write_map(r.header, write_payload) if r.header else b"\x00"),
            (write_map(r.memo, write_payload) if r.memo else b"\x00"),
            (write_map(r.search_attributes, write_payload) if r.search_attributes else b"\x00"),
        )
    )


def _read_workflow_execution_continued_as_new(
    data: bytes, at: int
) -> tuple[WorkflowExecutionContinuedAsNew, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    event_id, at = read_long(data, at)
    event_time_ms, at = read_long(data, at)
    new_execution_run_id, at = read_string(data, at)
    workflow_type, at = read_string(data, at)
    task_queue, at = read_string(data, at)
    input, at = read_array(data, at, read_payload)
    workflow_run_timeout_ms, at = read_long(data, at)
    workflow_task_timeout_ms, at = read_long(data, at)
    workflow_task_completed_event_id, at = read_long(data, at)
    backoff_start_interval_ms, at = read_long(data, at)
    initiator, at = read_string(data, at)
    present, at = read_branch(data, at)
    failure: Failure | None = None
    if present:
        failure, at = read_failure(data, at)
    last_completion_result, at = read_array(data, at, read_payload)
    header, at = read_map(data, at, read_payload)
    memo, at = read_map(data, at, read_payload)
    search_attributes, at = read_map(data, at, read_payload)
    record = WorkflowExecutionContinuedAsNew(
        workflow_id=workflow_id,
        run_id=run_id,
        event_id=event_id,
        event_time_ms=event_time_ms,
        new_execution_run_id=new_execution_run_id,
        workflow_type=workflow_type,
        task_queue=task_queue,
        input=input,
        workflow_run_timeout_ms=workflow_run_timeout_ms,
        workflow_task_timeout_ms=workflow_task_timeout_ms,
        workflow_task_completed_event_id=workflow_task_completed_event_id,
        backoff_start_interval_ms=backoff_start_interval_ms,
        initiator=initiator,
        failure=failure,
        last_completion_result=last_completion_result,
        header=header,
        memo=memo,
        search_attributes=search_attributes,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class StartChildWorkflowExecutionInitiated:
    """A child Workflow is being started.

    event_id: 1-based and gap-free within a run; 0 while the event is held back during a Workflow Task.
    event_time_ms: Engine time, ms since the epoch, UTC; never goes back within a partition.
    parent_close_policy: TERMINATE, ABANDON or REQUEST_CANCEL.
    search_attributes: By name; metadata.type says which kind: Keyword, KeywordList, Int, Double, Bool, Datetime or Text.
    user_metadata_summary: One line for people, set with the start; never acted on.
    user_metadata_details: Longer text for people, as the summary.
    priority_key: From 1 (first) on; 0: inherited, or the default.
    fairness_weight: 0: inherited, or 1.
    """

    SCHEMA_ID: ClassVar[int] = 12901
    workflow_id: str
    run_id: str
    event_id: int
    event_time_ms: int
    child_workflow_id: str
    workflow_type: str
    task_queue: str
    input: list[Payload] = field(default_factory=list[Payload])
    workflow_execution_timeout_ms: int = 0
    workflow_run_timeout_ms: int = 0
    workflow_task_timeout_ms: int = 0
    parent_close_policy: str = "TERMINATE"
    workflow_task_completed_event_id: int = 0
    workflow_id_reuse_policy: str = "ALLOW_DUPLICATE"
    retry_policy: RetryPolicy | None = None
    header: dict[str, Payload] = field(default_factory=dict[str, Payload])
    memo: dict[str, Payload] = field(default_factory=dict[str, Payload])
    search_attributes: dict[str, Payload] = field(default_factory=dict[str, Payload])
    user_metadata_summary: Payload | None = None
    user_metadata_details: Payload | None = None
    priority_key: int = 0
    fairness_key: str = ""
    fairness_weight: float = 0.0


def _write_start_child_workflow_execution_initiated(
    r: StartChildWorkflowExecutionInitiated,
) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x002e",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.event_id) if r.event_id else b"\x00"),
            (write_long(r.event_time_ms) if r.event_time_ms else b"\x00"),
            (write_string(r.child_workflow_id) if r.child_workflow_id else b"\x00"),
            (write_string(r.workflow_type) if r.workflow_type else b"\x00"),
            (write_string(r.task_queue) if r.task_queue else b"\x00"),
            (write_array(r.input, write_payload) if r.input else b"\x00"),
            (
                write_long(r.workflow_execution_timeout_ms)
                if r.workflow_execution_timeout_ms
                else b"\x00"
            ),
            (write_long(r.workflow_run_timeout_ms) if r.workflow_run_timeout_ms else b"\x00"),
            (write_long(r.workflow_task_timeout_ms) if r.workflow_task_timeout_ms else b"\x00"),
            (write_string(r.parent_close_policy) if r.parent_close_policy else b"\x00"),
            (
                write_long(r.workflow_task_completed_event_id)
                if r.workflow_task_completed_event_id
                else b"\x00"
            ),
            (write_string(r.workflow_id_reuse_policy) if r.workflow_id_reuse_policy else b"\x00"),
            (b"\x00" if r.retry_policy is None else b"\x02" + write_retry_policy(r.retry_policy)),
            (write_map(r.header, write_payload) if r.header else b"\x00"),
            (write_map(r.memo, write_payload) if r.memo else b"\x00"),
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
            (write_long(r.priority_key) if r.priority_key else b"\x00"),
            (write_string(r.fairness_key) if r.fairness_key else b"\x00"),
            write_double(r.fairness_weight),
        )
    )


def _read_start_child_workflow_execution_initiated(
    data: bytes, at: int
) -> tuple[StartChildWorkflowExecutionInitiated, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    event_id, at = read_long(data, at)
    event_time_ms, at = read_long(data, at)
    child_workflow_id, at = read_string(data, at)
    workflow_type, at = read_string(data, at)
    task_queue, at = read_string(data, at)
    input, at = read_array(data, at, read_payload)
    workflow_execution_timeout_ms, at = read_long(data, at)
    workflow_run_timeout_ms, at = read_long(data, at)
    workflow_task_timeout_ms, at = read_long(data, at)
    parent_close_policy, at = read_string(data, at)
    workflow_task_completed_event_id, at = read_long(data, at)
    workflow_id_reuse_policy, at = read_string(data, at)
    present, at = read_branch(data, at)
    retry_policy: RetryPolicy | None = None
    if present:
        retry_policy, at = read_retry_policy(data, at)
    header, at = read_map(data, at, read_payload)
    memo, at = read_map(data, at, read_payload)
    search_attributes, at = read_map(data, at, read_payload)
    present, at = read_branch(data, at)
    user_metadata_summary: Payload | None = None
    if present:
        user_metadata_summary, at = read_payload(data, at)
    present, at = read_branch(data, at)
    user_metadata_details: Payload | None = None
    if present:
        user_metadata_details, at = read_payload(data, at)
    priority_key, at = read_long(data, at)
    fairness_key, at = read_string(data, at)
    fairness_weight, at = read_double(data, at)
    record = StartChildWorkflowExecutionInitiated(
        workflow_id=workflow_id,
        run_id=run_id,
        event_id=event_id,
        event_time_ms=event_time_ms,
        child_workflow_id=child_workflow_id,
        workflow_type=workflow_type,
        task_queue=task_queue,
        input=input,
        workflow_execution_timeout_ms=workflow_execution_timeout_ms,
        workflow_run_timeout_ms=workflow_run_timeout_ms,
        workflow_task_timeout_ms=workflow_task_timeout_ms,
        parent_close_policy=parent_close_policy,
        workflow_task_completed_event_id=workflow_task_completed_event_id,
        workflow_id_reuse_policy=workflow_id_reuse_policy,
        retry_policy=retry_policy,
        header=header,
        memo=memo,
        search_attributes=search_attributes,
        user_metadata_summary=user_metadata_summary,
        user_metadata_details=user_metadata_details,
        priority_key=priority_key,
        fairness_key=fairness_key,
        fairness_weight=fairness_weight,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class StartChildWorkflowExecutionFailed:
    """The child could not be started.

    event_id: 1-based and gap-free within a run; 0 while the event is held back during a Workflow Task.
    event_time_ms: Engine time, ms since the epoch, UTC; never goes back within a partition.
    cause: WORKFLOW_ALREADY_EXISTS, or why else.
    """

    SCHEMA_ID: ClassVar[int] = 13001
    workflow_id: str
    run_id: str
    event_id: int
    event_time_ms: int
    initiated_event_id: int = 0
    child_workflow_id: str
    workflow_type: str = ""
    cause: str = ""
    workflow_task_completed_event_id: int = 0


def _write_start_child_workflow_execution_failed(r: StartChildWorkflowExecutionFailed) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x002\xc9",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.event_id) if r.event_id else b"\x00"),
            (write_long(r.event_time_ms) if r.event_time_ms else b"\x00"),
            (write_long(r.initiated_event_id) if r.initiated_event_id else b"\x00"),
            (write_string(r.child_workflow_id) if r.child_workflow_id else b"\x00"),
            (write_string(r.workflow_type) if r.workflow_type else b"\x00"),
            (write_string(r.cause) if r.cause else b"\x00"),
            (
                write_long(r.workflow_task_completed_event_id)
                if r.workflow_task_completed_event_id
                else b"\x00"
            ),
        )
    )


def _read_start_child_workflow_execution_failed(
    data: bytes, at: int
) -> tuple[StartChildWorkflowExecutionFailed, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    event_id, at = read_long(data, at)
    event_time_ms, at = read_long(data, at)
    initiated_event_id, at = read_long(data, at)
    child_workflow_id, at = read_string(data, at)
    workflow_type, at = read_string(data, at)
    cause, at = read_string(data, at)
    workflow_task_completed_event_id, at = read_long(data, at)
    record = StartChildWorkflowExecutionFailed(
        workflow_id=workflow_id,
        run_id=run_id,
        event_id=event_id,
        event_time_ms=event_time_ms,
        initiated_event_id=initiated_event_id,
        child_workflow_id=child_workflow_id,
        workflow_type=workflow_type,
        cause=cause,
        workflow_task_completed_event_id=workflow_task_completed_event_id,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class ChildWorkflowExecutionStarted:
    """The child's first run is open.

    event_id: 1-based and gap-free within a run; 0 while the event is held back during a Workflow Task.
    event_time_ms: Engine time, ms since the epoch, UTC; never goes back within a partition.
    """

    SCHEMA_ID: ClassVar[int] = 13101
    workflow_id: str
    run_id: str
    event_id: int
    event_time_ms: int
    initiated_event_id: int = 0
    child_workflow_id: str
    child_run_id: str = ""
    workflow_type: str = ""
    header: dict[str, Payload] = field(default_factory=dict[str, Payload])


def _write_child_workflow_execution_started(r: ChildWorkflowExecutionStarted) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x003-",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.event_id) if r.event_id else b"\x00"),
            (write_long(r.event_time_ms) if r.event_time_ms else b"\x00"),
            (write_long(r.initiated_event_id) if r.initiated_event_id else b"\x00"),
            (write_string(r.child_workflow_id) if r.child_workflow_id else b"\x00"),
            (write_string(r.child_run_id) if r.child_run_id else b"\x00"),
            (write_string(r.workflow_type) if r.workflow_type else b"\x00"),
            (write_map(r.header, write_payload) if r.header else b"\x00"),
        )
    )


def _read_child_workflow_execution_started(
    data: bytes, at: int
) -> tuple[ChildWorkflowExecutionStarted, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    event_id, at = read_long(data, at)
    event_time_ms, at = read_long(data, at)
    initiated_event_id, at = read_long(data, at)
    child_workflow_id, at = read_string(data, at)
    child_run_id, at = read_string(data, at)
    workflow_type, at = read_string(data, at)
    header, at = read_map(data, at, read_payload)
    record = ChildWorkflowExecutionStarted(
        workflow_id=workflow_id,
        run_id=run_id,
        event_id=event_id,
        event_time_ms=event_time_ms,
        initiated_event_id=initiated_event_id,
        child_workflow_id=child_workflow_id,
        child_run_id=child_run_id,
        workflow_type=workflow_type,
        header=header,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class ChildWorkflowExecutionCompleted:
    """The child has returned.

    event_id: 1-based and gap-free within a run; 0 while the event is held back during a Workflow Task.
    event_time_ms: Engine time, ms since the epoch, UTC; never goes back within a partition.
    started_event_id: 0: it closed before its start was told.
    """

    SCHEMA_ID: ClassVar[int] = 13201
    workflow_id: str
    run_id: str
    event_id: int
    event_time_ms: int
    initiated_event_id: int = 0
    child_workflow_id: str
    child_run_id: str = ""
    workflow_type: str = ""
    started_event_id: int = 0
    result: list[Payload] = field(default_factory=list[Payload])


def _write_child_workflow_execution_completed(r: ChildWorkflowExecutionCompleted) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x003\x91",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.event_id) if r.event_id else b"\x00"),
            (write_long(r.event_time_ms) if r.event_time_ms else b"\x00"),
            (write_long(r.initiated_event_id) if r.initiated_event_id else b"\x00"),
            (write_string(r.child_workflow_id) if r.child_workflow_id else b"\x00"),
            (write_string(r.child_run_id) if r.child_run_id else b"\x00"),
            (write_string(r.workflow_type) if r.workflow_type else b"\x00"),
            (write_long(r.started_event_id) if r.started_event_id else b"\x00"),
            (write_array(r.result, write_payload) if r.result else b"\x00"),
        )
    )


def _read_child_workflow_execution_completed(
    data: bytes, at: int
) -> tuple[ChildWorkflowExecutionCompleted, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    event_id, at = read_long(data, at)
    event_time_ms, at = read_long(data, at)
    initiated_event_id, at = read_long(data, at)
    child_workflow_id, at = read_string(data, at)
    child_run_id, at = read_string(data, at)
    workflow_type, at = read_string(data, at)
    started_event_id, at = read_long(data, at)
    result, at = read_array(data, at, read_payload)
    record = ChildWorkflowExecutionCompleted(
        workflow_id=workflow_id,
        run_id=run_id,
        event_id=event_id,
        event_time_ms=event_time_ms,
        initiated_event_id=initiated_event_id,
        child_workflow_id=child_workflow_id,
        child_run_id=child_run_id,
        workflow_type=workflow_type,
        started_event_id=started_event_id,
        result=result,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class ChildWorkflowExecutionFailed:
    """The child has failed, and is not run again.

    event_id: 1-based and gap-free within a run; 0 while the event is held back during a Workflow Task.
    event_time_ms: Engine time, ms since the epoch, UTC; never goes back within a partition.
    started_event_id: 0: it closed before its start was told.
    """

    SCHEMA_ID: ClassVar[int] = 13301
    workflow_id: str
    run_id: str
    event_id: int
    event_time_ms: int
    initiated_event_id: int = 0
    child_workflow_id: str
    child_run_id: str = ""
    workflow_type: str = ""
    started_event_id: int = 0
    failure: Failure | None = None
    retry_state: str = ""


def _write_child_workflow_execution_failed(r: ChildWorkflowExecutionFailed) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x003\xf5",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.event_id) if r.event_id else b"\x00"),
            (write_long(r.event_time_ms) if r.event_time_ms else b"\x00"),
            (write_long(r.initiated_event_id) if r.initiated_event_id else b"\x00"),
            (write_string(r.child_workflow_id) if r.child_workflow_id else b"\x00"),
            (write_string(r.child_run_id) if r.child_run_id else b"\x00"),
            (write_string(r.workflow_type) if r.workflow_type else b"\x00"),
            (write_long(r.started_event_id) if r.started_event_id else b"\x00"),
            (b"\x00" if r.failure is None else b"\x02" + write_failure(r.failure)),
            (write_string(r.retry_state) if r.retry_state else b"\x00"),
        )
    )


def _read_child_workflow_execution_failed(
    data: bytes, at: int
) -> tuple[ChildWorkflowExecutionFailed, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    event_id, at = read_long(data, at)
    event_time_ms, at = read_long(data, at)
    initiated_event_id, at = read_long(data, at)
    child_workflow_id, at = read_string(data, at)
    child_run_id, at = read_string(data, at)
    workflow_type, at = read_string(data, at)
    started_event_id, at = read_long(data, at)
    present, at = read_branch(data, at)
    failure: Failure | None = None
    if present:
        failure, at = read_failure(data, at)
    retry_state, at = read_string(data, at)
    record = ChildWorkflowExecutionFailed(
        workflow_id=workflow_id,
        run_id=run_id,
        event_id=event_id,
        event_time_ms=event_time_ms,
        initiated_event_id=initiated_event_id,
        child_workflow_id=child_workflow_id,
        child_run_id=child_run_id,
        workflow_type=workflow_type,
        started_event_id=started_event_id,
        failure=failure,
        retry_state=retry_state,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class ChildWorkflowExecutionCanceled:
    """The child was cancelled.

    event_id: 1-based and gap-free within a run; 0 while the event is held back during a Workflow Task.
    event_time_ms: Engine time, ms since the epoch, UTC; never goes back within a partition.
    started_event_id: 0: it closed before its start was told.
    """

    SCHEMA_ID: ClassVar[int] = 13401
    workflow_id: str
    run_id: str
    event_id: int
    event_time_ms: int
    initiated_event_id: int = 0
    child_workflow_id: str
    child_run_id: str = ""
    workflow_type: str = ""
    started_event_id: int = 0
    details: list[Payload] = field(default_factory=list[Payload])


def _write_child_workflow_execution_canceled(r: ChildWorkflowExecutionCanceled) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x004Y",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.event_id) if r.event_id else b"\x00"),
            (write_long(r.event_time_ms) if r.event_time_ms else b"\x00"),
            (write_long(r.initiated_event_id) if r.initiated_event_id else b"\x00"),
            (write_string(r.child_workflow_id) if r.child_workflow_id else b"\x00"),
            (write_string(r.child_run_id) if r.child_run_id else b"\x00"),
            (write_string(r.workflow_type) if r.workflow_type else b"\x00"),
            (write_long(r.started_event_id) if r.started_event_id else b"\x00"),
            (write_array(r.details, write_payload) if r.details else b"\x00"),
        )
    )


def _read_child_workflow_execution_canceled(
    data: bytes, at: int
) -> tuple[ChildWorkflowExecutionCanceled, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    event_id, at = read_long(data, at)
    event_time_ms, at = read_long(data, at)
    initiated_event_id, at = read_long(data, at)
    child_workflow_id, at = read_string(data, at)
    child_run_id, at = read_string(data, at)
    workflow_type, at = read_string(data, at)
    started_event_id, at = read_long(data, at)
    details, at = read_array(data, at, read_payload)
    record = ChildWorkflowExecutionCanceled(
        workflow_id=workflow_id,
        run_id=run_id,
        event_id=event_id,
        event_time_ms=event_time_ms,
        initiated_event_id=initiated_event_id,
        child_workflow_id=child_workflow_id,
        child_run_id=child_run_id,
        workflow_type=workflow_type,
        started_event_id=started_event_id,
        details=details,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class ChildWorkflowExecutionTimedOut:
    """The child's time is over.

    event_id: 1-based and gap-free within a run; 0 while the event is held back during a Workflow Task.
    event_time_ms: Engine time, ms since the epoch, UTC; never goes back within a partition.
    started_event_id: 0: it closed before its start was told.
    """

    SCHEMA_ID: ClassVar[int] = 13501
    workflow_id: str
    run_id: str
    event_id: int
    event_time_ms: int
    initiated_event_id: int = 0
    child_workflow_id: str
    child_run_id: str = ""
    workflow_type: str = ""
    started_event_id: int = 0
    retry_state: str = ""


def _write_child_workflow_execution_timed_out(r: ChildWorkflowExecutionTimedOut) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x004\xbd",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.event_id) if r.event_id else b"\x00"),
            (write_long(r.event_time_ms) if r.event_time_ms else b"\x00"),
            (write_long(r.initiated_event_id) if r.initiated_event_id else b"\x00"),
            (write_string(r.child_workflow_id) if r.child_workflow_id else b"\x00"),
            (write_string(r.child_run_id) if r.child_run_id else b"\x00"),
            (write_string(r.workflow_type) if r.workflow_type else b"\x00"),
            (write_long(r.started_event_id) if r.started_event_id else b"\x00"),
            (write_string(r.retry_state) if r.retry_state else b"\x00"),
        )
    )


def _read_child_workflow_execution_timed_out(
    data: bytes, at: int
) -> tuple[ChildWorkflowExecutionTimedOut, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    event_id, at = read_long(data, at)
    event_time_ms, at = read_long(data, at)
    initiated_event_id, at = read_long(data, at)
    child_workflow_id, at = read_string(data, at)
    child_run_id, at = read_string(data, at)
    workflow_type, at = read_string(data, at)
    started_event_id, at = read_long(data, at)
    retry_state, at = read_string(data, at)
    record = ChildWorkflowExecutionTimedOut(
        workflow_id=workflow_id,
        run_id=run_id,
        event_id=event_id,
        event_time_ms=event_time_ms,
        initiated_event_id=initiated_event_id,
        child_workflow_id=child_workflow_id,
        child_run_id=child_run_id,
        workflow_type=workflow_type,
        started_event_id=started_event_id,
        retry_state=retry_state,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class ChildWorkflowExecutionTerminated:
    """The child was terminated.

    event_id: 1-based and gap-free within a run; 0 while the event is held back during a Workflow Task.
    event_time_ms: Engine time, ms since the epoch, UTC; never goes back within a partition.
    started_event_id: 0: it closed before its start was told.
    """

    SCHEMA_ID: ClassVar[int] = 13601
    workflow_id: str
    run_id: str
    event_id: int
    event_time_ms: int
    initiated_event_id: int = 0
    child_workflow_id: str
    child_run_id: str = ""
    workflow_type: str = ""
    started_event_id: int = 0


def _write_child_workflow_execution_terminated(r: ChildWorkflowExecutionTerminated) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x005!",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.event_id) if r.event_id else b"\x00"),
            (write_long(r.event_time_ms) if r.event_time_ms else b"\x00"),
            (write_long(r.initiated_event_id) if r.initiated_event_id else b"\x00"),
            (write_string(r.child_workflow_id) if r.child_workflow_id else b"\x00"),
            (write_string(r.child_run_id) if r.child_run_id else b"\x00"),
            (write_string(r.workflow_type) if r.workflow_type else b"\x00"),
            (write_long(r.started_event_id) if r.started_event_id else b"\x00"),
        )
    )


def _read_child_workflow_execution_terminated(
    data: bytes, at: int
) -> tuple[ChildWorkflowExecutionTerminated, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    event_id, at = read_long(data, at)
    event_time_ms, at = read_long(data, at)
    initiated_event_id, at = read_long(data, at)
    child_workflow_id, at = read_string(data, at)
    child_run_id, at = read_string(data, at)
    workflow_type, at = read_string(data, at)
    started_event_id, at = read_long(data, at)
    record = ChildWorkflowExecutionTerminated(
        workflow_id=workflow_id,
        run_id=run_id,
        event_id=event_id,
        event_time_ms=event_time_ms,
        initiated_event_id=initiated_event_id,
        child_workflow_id=child_workflow_id,
        child_run_id=child_run_id,
        workflow_type=workflow_type,
        started_event_id=started_event_id,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class SignalExternalWorkflowExecutionInitiated:
    """A signal is being sent to another Workflow.

    event_id: 1-based and gap-free within a run; 0 while the event is held back during a Workflow Task.
    event_time_ms: Engine time, ms since the epoch, UTC; never goes back within a partition.
    target_run_id: Empty: the current run.
    child_workflow_only: Refused when the target is no child of this run.
    """

    SCHEMA_ID: ClassVar[int] = 13701
    workflow_id: str
    run_id: str
    event_id: int
    event_time_ms: int
    target_workflow_id: str
    target_run_id: str = ""
    signal_name: str
    input: list[Payload] = field(default_factory=list[Payload])
    header: dict[str, Payload] = field(default_factory=dict[str, Payload])
    child_workflow_only: bool = False
    workflow_task_completed_event_id: int = 0


def _write_signal_external_workflow_execution_initiated(
    r: SignalExternalWorkflowExecutionInitiated,
) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x005\x85",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.event_id) if r.event_id else b"\x00"),
            (write_long(r.event_time_ms) if r.event_time_ms else b"\x00"),
            (write_string(r.target_workflow_id) if r.target_workflow_id else b"\x00"),
            (write_string(r.target_run_id) if r.target_run_id else b"\x00"),
            (write_string(r.signal_name) if r.signal_name else b"\x00"),
            (write_array(r.input, write_payload) if r.input else b"\x00"),
            (write_map(r.header, write_payload) if r.header else b"\x00"),
            write_boolean(r.child_workflow_only),
            (
                write_long(r.workflow_task_completed_event_id)
                if r.workflow_task_completed_event_id
                else b"\x00"
            ),
        )
    )


def _read_signal_external_workflow_execution_initiated(
    data: bytes, at: int
) -> tuple[SignalExternalWorkflowExecutionInitiated, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    event_id, at = read_long(data, at)
    event_time_ms, at = read_long(data, at)
    target_workflow_id, at = read_string(data, at)
    target_run_id, at = read_string(data, at)
    signal_name, at = read_string(data, at)
    input, at = read_array(data, at, read_payload)
    header, at = read_map(data, at, read_payload)
    child_workflow_only, at = read_boolean(data, at)
    workflow_task_completed_event_id, at = read_long(data, at)
    record = SignalExternalWorkflowExecutionInitiated(
        workflow_id=workflow_id,
        run_id=run_id,
        event_id=event_id,
        event_time_ms=event_time_ms,
        target_workflow_id=target_workflow_id,
        target_run_id=target_run_id,
        signal_name=signal_name,
        input=input,
        header=header,
        child_workflow_only=child_workflow_only,
        workflow_task_completed_event_id=workflow_task_completed_event_id,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class SignalExternalWorkflowExecutionFailed:
    """The signal reached nobody.

    event_id: 1-based and gap-free within a run; 0 while the event is held back during a Workflow Task.
    event_time_ms: Engine time, ms since the epoch, UTC; never goes back within a partition.
    target_run_id: Empty: the current run.
    cause: EXTERNAL_WORKFLOW_EXECUTION_NOT_FOUND, or why else.
    """

    SCHEMA_ID: ClassVar[int] = 13801
    workflow_id: str
    run_id: str
    event_id: int
    event_time_ms: int
    initiated_event_id: int = 0
    target_workflow_id: str
    target_run_id: str = ""
    cause: str = ""
    workflow_task_completed_event_id: int = 0


def _write_signal_external_workflow_execution_failed(
    r: SignalExternalWorkflowExecutionFailed,
) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x005\xe9",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.event_id) if r.event_id else b"\x00"),
            (write_long(r.event_time_ms) if r.event_time_ms else b"\x00"),
            (write_long(r.initiated_event_id) if r.initiated_event_id else b"\x00"),
            (write_string(r.target_workflow_id) if r.target_workflow_id else b"\x00"),
            (write_string(r.target_run_id) if r.target_run_id else b"\x00"),
            (write_string(r.cause) if r.cause else b"\x00"),
            (
                write_long(r.workflow_task_completed_event_id)
                if r.workflow_task_completed_event_id
                else b"\x00"
            ),
        )
    )


def _read_signal_external_workflow_execution_failed(
    data: bytes, at: int
) -> tuple[SignalExternalWorkflowExecutionFailed, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    event_id, at = read_long(data, at)
    event_time_ms, at = read_long(data, at)
    initiated_event_id, at = read_long(data, at)
    target_workflow_id, at = read_string(data, at)
    target_run_id, at = read_string(data, at)
    cause, at = read_string(data, at)
    workflow_task_completed_event_id, at = read_long(data, at)
    record = SignalExternalWorkflowExecutionFailed(
        workflow_id=workflow_id,
        run_id=run_id,
        event_id=event_id,
        event_time_ms=event_time_ms,
        initiated_event_id=initiated_event_id,
        target_workflow_id=target_workflow_id,
        target_run_id=target_run_id,
        cause=cause,
        workflow_task_completed_event_id=workflow_task_completed_event_id,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class ExternalWorkflowExecutionSignaled:
    """The signal stands in the other Workflow's history.

    event_id: 1-based and gap-free within a run; 0 while the event is held back during a Workflow Task.
    event_time_ms: Engine time, ms since the epoch, UTC; never goes back within a partition.
    target_run_id: Empty: the current run.
    """

    SCHEMA_ID: ClassVar[int] = 13901
    workflow_id: str
    run_id: str
    event_id: int
    event_time_ms: int
    initiated_event_id: int = 0
    target_workflow_id: str
    target_run_id: str = ""


def _write_external_workflow_execution_signaled(r: ExternalWorkflowExecutionSignaled) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x006M",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.event_id) if r.event_id else b"\x00"),
            (write_long(r.event_time_ms) if r.event_time_ms else b"\x00"),
            (write_long(r.initiated_event_id) if r.initiated_event_id else b"\x00"),
            (write_string(r.target_workflow_id) if r.target_workflow_id else b"\x00"),
            (write_string(r.target_run_id) if r.target_run_id else b"\x00"),
        )
    )


def _read_external_workflow_execution_signaled(
    data: bytes, at: int
) -> tuple[ExternalWorkflowExecutionSignaled, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    event_id, at = read_long(data, at)
    event_time_ms, at = read_long(data, at)
    initiated_event_id, at = read_long(data, at)
    target_workflow_id, at = read_string(data, at)
    target_run_id, at = read_string(data, at)
    record = ExternalWorkflowExecutionSignaled(
        workflow_id=workflow_id,
        run_id=run_id,
        event_id=event_id,
        event_time_ms=event_time_ms,
        initiated_event_id=initiated_event_id,
        target_workflow_id=target_workflow_id,
        target_run_id=target_run_id,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class UpsertWorkflowSearchAttributes:
    """The workflow set or removed search attributes of its own.

    event_id: 1-based and gap-free within a run; 0 while the event is held back during a Workflow Task.
    event_time_ms: Engine time, ms since the epoch, UTC; never goes back within a partition.
    search_attributes: Merged by name; an empty value removes one.
    """

    SCHEMA_ID: ClassVar[int] = 14001
    workflow_id: str
    run_id: str
    event_id: int
    event_time_ms: int
    search_attributes: dict[str, Payload] = field(default_factory=dict[str, Payload])
    workflow_task_completed_event_id: int = 0


def _write_upsert_workflow_search_attributes(r: UpsertWorkflowSearchAttributes) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x006\xb1",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.event_id) if r.event_id else b"\x00"),
            (write_long(r.event_time_ms) if r.event_time_ms else b"\x00"),
            (write_map(r.search_attributes, write_payload) if r.search_attributes else b"\x00"),
            (
                write_long(r.workflow_task_completed_event_id)
                if r.workflow_task_completed_event_id
                else b"\x00"
            ),
        )
    )


def _read_upsert_workflow_search_attributes(
    data: bytes, at: int
) -> tuple[UpsertWorkflowSearchAttributes, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    event_id, at = read_long(data, at)
    event_time_ms, at = read_long(data, at)
    search_attributes, at = read_map(data, at, read_payload)
    workflow_task_completed_event_id, at = read_long(data, at)
    record = UpsertWorkflowSearchAttributes(
        workflow_id=workflow_id,
        run_id=run_id,
        event_id=event_id,
        event_time_ms=event_time_ms,
        search_attributes=search_attributes,
        workflow_task_completed_event_id=workflow_task_completed_event_id,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class WorkflowExecutionUpdateAccepted:
    """The workflow took an update: its validator passed.

    event_id: 1-based and gap-free within a run; 0 while the event is held back during a Workflow Task.
    event_time_ms: Engine time, ms since the epoch, UTC; never goes back within a partition.
    protocol_instance_id: The update id.
    accepted_request_sequencing_event_id: The last event that the update has seen.
    update_name: Of the accepted request; so are the fields that follow.
    identity: Who asked, for people.
    """

    SCHEMA_ID: ClassVar[int] = 14101
    workflow_id: str
    run_id: str
    event_id: int
    event_time_ms: int
    protocol_instance_id: str
    accepted_request_message_id: str = ""
    accepted_request_sequencing_event_id: int = 0
    update_name: str = ""
    input: list[Payload] = field(default_factory=list[Payload])
    header: dict[str, Payload] = field(default_factory=dict[str, Payload])
    identity: str = ""


def _write_workflow_execution_update_accepted(r: WorkflowExecutionUpdateAccepted) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x007\x15",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.event_id) if r.event_id else b"\x00"),
            (write_long(r.event_time_ms) if r.event_time_ms else b"\x00"),
            (write_string(r.protocol_instance_id) if r.protocol_instance_id else b"\x00"),
            (
                write_string(r.accepted_request_message_id)
                if r.accepted_request_message_id
                else b"\x00"
            ),
            (
                write_long(r.accepted_request_sequencing_event_id)
                if r.accepted_request_sequencing_event_id
                else b"\x00"
            ),
            (write_string(r.update_name) if r.update_name else b"\x00"),
            (write_array(r.input, write_payload) if r.input else b"\x00"),
            (write_map(r.header, write_payload) if r.header else b"\x00"),
            (write_string(r.identity) if r.identity else b"\x00"),
        )
    )


def _read_workflow_execution_update_accepted(
    data: bytes, at: int
) -> tuple[WorkflowExecutionUpdateAccepted, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    event_id, at = read_long(data, at)
    event_time_ms, at = read_long(data, at)
    protocol_instance_id, at = read_string(data, at)
    accepted_request_message_id, at = read_string(data, at)
    accepted_request_sequencing_event_id, at = read_long(data, at)
    update_name, at = read_string(data, at)
    input, at = read_array(data, at, read_payload)
    header, at = read_map(data, at, read_payload)
    identity, at = read_string(data, at)
    record = WorkflowExecutionUpdateAccepted(
        workflow_id=workflow_id,
        run_id=run_id,
        event_id=event_id,
        event_time_ms=event_time_ms,
        protocol_instance_id=protocol_instance_id,
        accepted_request_message_id=accepted_request_message_id,
        accepted_request_sequencing_event_id=accepted_request_sequencing_event_id,
        update_name=update_name,
        input=input,
        header=header,
        identity=identity,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class WorkflowExecutionUpdateCompleted:
    """An accepted update has ended.

    event_id: 1-based and gap-free within a run; 0 while the event is held back during a Workflow Task.
    event_time_ms: Engine time, ms since the epoch, UTC; never goes back within a partition.
    identity: Who asked, for people.
    result: Without `failure`: what the handler returned.
    """

    SCHEMA_ID: ClassVar[int] = 14301
    workflow_id: str
    run_id: str
    event_id: int
    event_time_ms: int
    update_id: str
    identity: str = ""
    accepted_event_id: int = 0
    failure: Failure | None = None
    result: list[Payload] = field(default_factory=list[Payload])


def _write_workflow_execution_update_completed(r: WorkflowExecutionUpdateCompleted) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x007\xdd",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.event_id) if r.event_id else b"\x00"),
            (write_long(r.event_time_ms) if r.event_time_ms else b"\x00"),
            (write_string(r.update_id) if r.update_id else b"\x00"),
            (write_string(r.identity) if r.identity else b"\x00"),
            (write_long(r.accepted_event_id) if r.accepted_event_id else b"\x00"),
            (b"\x00" if r.failure is None else b"\x02" + write_failure(r.failure)),
            (write_array(r.result, write_payload) if r.result else b"\x00"),
        )
    )


def _read_workflow_execution_update_completed(
    data: bytes, at: int
) -> tuple[WorkflowExecutionUpdateCompleted, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    event_id, at = read_long(data, at)
    event_time_ms, at = read_long(data, at)
    update_id, at = read_string(data, at)
    identity, at = read_string(data, at)
    accepted_event_id, at = read_long(data, at)
    present, at = read_branch(data, at)
    failure: Failure | None = None
    if present:
        failure, at = read_failure(data, at)
    result, at = read_array(data, at, read_payload)
    record = WorkflowExecutionUpdateCompleted(
        workflow_id=workflow_id,
        run_id=run_id,
        event_id=event_id,
        event_time_ms=event_time_ms,
        update_id=update_id,
        identity=identity,
        accepted_event_id=accepted_event_id,
        failure=failure,
        result=result,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class WorkflowPropertiesModified:
    """The workflow set or removed entries of its memo.

    event_id: 1-based and gap-free within a run; 0 while the event is held back during a Workflow Task.
    event_time_ms: Engine time, ms since the epoch, UTC; never goes back within a partition.
    upserted_memo: Merged by key; an empty value removes one.
    """

    SCHEMA_ID: ClassVar[int] = 14601
    workflow_id: str
    run_id: str
    event_id: int
    event_time_ms: int
    upserted_memo: dict[str, Payload] = field(default_factory=dict[str, Payload])
    workflow_task_completed_event_id: int = 0


def _write_workflow_properties_modified(r: WorkflowPropertiesModified) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x009\t",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.event_id) if r.event_id else b"\x00"),
            (write_long(r.event_time_ms) if r.event_time_ms else b"\x00"),
            (write_map(r.upserted_memo, write_payload) if r.upserted_memo else b"\x00"),
            (
                write_long(r.workflow_task_completed_event_id)
                if r.workflow_task_completed_event_id
                else b"\x00"
            ),
        )
    )


def _read_workflow_properties_modified(
    data: bytes, at: int
) -> tuple[WorkflowPropertiesModified, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    event_id, at = read_long(data, at)
    event_time_ms, at = read_long(data, at)
    upserted_memo, at = read_map(data, at, read_payload)
    workflow_task_completed_event_id, at = read_long(data, at)
    record = WorkflowPropertiesModified(
        workflow_id=workflow_id,
        run_id=run_id,
        event_id=event_id,
        event_time_ms=event_time_ms,
        upserted_memo=upserted_memo,
        workflow_task_completed_event_id=workflow_task_completed_event_id,
    )
    return record, at


Event = (
    WorkflowExecutionStarted
    | WorkflowExecutionCompleted
    | WorkflowExecutionFailed
    | WorkflowExecutionTimedOut
    | WorkflowTaskScheduled
    | WorkflowTaskStarted
    | WorkflowTaskCompleted
    | WorkflowTaskTimedOut
    | WorkflowTaskFailed
    | ActivityTaskScheduled
    | ActivityTaskStarted
    | ActivityTaskCompleted
    | ActivityTaskFailed
    | ActivityTaskTimedOut
    | ActivityTaskCancelRequested
    | ActivityTaskCanceled
    | TimerStarted
    | TimerFired
    | TimerCanceled
    | WorkflowExecutionCancelRequested
    | WorkflowExecutionCanceled
    | RequestCancelExternalWorkflowExecutionInitiated
    | RequestCancelExternalWorkflowExecutionFailed
    | ExternalWorkflowExecutionCancelRequested
    | MarkerRecorded
    | WorkflowExecutionSignaled
    | WorkflowExecutionTerminated
    | WorkflowExecutionContinuedAsNew
    | StartChildWorkflowExecutionInitiated
    | StartChildWorkflowExecutionFailed
    | ChildWorkflowExecutionStarted
    | ChildWorkflowExecutionCompleted
    | ChildWorkflowExecutionFailed
    | ChildWorkflowExecutionCanceled
    | ChildWorkflowExecutionTimedOut
    | ChildWorkflowExecutionTerminated
    | SignalExternalWorkflowExecutionInitiated
    | SignalExternalWorkflowExecutionFailed
    | ExternalWorkflowExecutionSignaled
    | UpsertWorkflowSearchAttributes
    | WorkflowExecutionUpdateAccepted
    | WorkflowExecutionUpdateCompleted
    | WorkflowPropertiesModified
)

Reader = Callable[[bytes, int], tuple[Any, int]]
CODECS: Final[dict[type, tuple[Callable[[Any], bytes], Reader]]] = {
    WorkflowExecutionStarted: (_write_workflow_execution_started, _read_workflow_execution_started),
    WorkflowExecutionCompleted: (
        _write_workflow_execution_completed,
        _read_workflow_execution_completed,
    ),
    WorkflowExecutionFailed: (_write_workflow_execution_failed, _read_workflow_execution_failed),
    WorkflowExecutionTimedOut: (
        _write_workflow_execution_timed_out,
        _read_workflow_execution_timed_out,
    ),
    WorkflowTaskScheduled: (_write_workflow_task_scheduled, _read_workflow_task_scheduled),
    WorkflowTaskStarted: (_write_workflow_task_started, _read_workflow_task_started),
    WorkflowTaskCompleted: (_write_workflow_task_completed, _read_workflow_task_completed),
    WorkflowTaskTimedOut: (_write_workflow_task_timed_out, _read_workflow_task_timed_out),
    WorkflowTaskFailed: (_write_workflow_task_failed, _read_workflow_task_failed),
    ActivityTaskScheduled: (_write_activity_task_scheduled, _read_activity_task_scheduled),
    ActivityTaskStarted: (_write_activity_task_started, _read_activity_task_started),
    ActivityTaskCompleted: (_write_activity_task_completed, _read_activity_task_completed),
    ActivityTaskFailed: (_write_activity_task_failed, _read_activity_task_failed),
    ActivityTaskTimedOut: (_write_activity_task_timed_out, _read_activity_task_timed_out),
    ActivityTaskCancelRequested: (
        _write_activity_task_cancel_requested,
        _read_activity_task_cancel_requested,
    ),
    ActivityTaskCanceled: (_write_activity_task_canceled, _read_activity_task_canceled),
    TimerStarted: (_write_timer_started, _read_timer_started),
    TimerFired: (_write_timer_fired, _read_timer_fired),
    TimerCanceled: (_write_timer_canceled, _read_timer_canceled),
    WorkflowExecutionCancelRequested: (
        _write_workflow_execution_cancel_requested,
        _read_workflow_execution_cancel_requested,
    ),
    WorkflowExecutionCanceled: (
        _write_workflow_execution_canceled,
        _read_workflow_execution_canceled,
    ),
    RequestCancelExternalWorkflowExecutionInitiated: (
        _write_request_cancel_external_workflow_execution_initiated,
        _read_request_cancel_external_workflow_execution_initiated,
    ),
    RequestCancelExternalWorkflowExecutionFailed: (
        _write_request_cancel_external_workflow_execution_failed,
        _read_request_cancel_external_workflow_execution_failed,
    ),
    ExternalWorkflowExecutionCancelRequested: (
        _write_external_workflow_execution_cancel_requested,
        _read_external_workflow_execution_cancel_requested,
    ),
    MarkerRecorded: (_write_marker_recorded, _read_marker_recorded),
    WorkflowExecutionSignaled: (
        _write_workflow_execution_signaled,
        _read_workflow_execution_signaled,
    ),
    WorkflowExecutionTerminated: (
        _write_workflow_execution_terminated,
        _read_workflow_execution_terminated,
    ),
    WorkflowExecutionContinuedAsNew: (
        _write_workflow_execution_continued_as_new,
        _read_workflow_execution_continued_as_new,
    ),
    StartChildWorkflowExecutionInitiated: (
        _write_start_child_workflow_execution_initiated,
        _read_start_child_workflow_execution_initiated,
    ),
    StartChildWorkflowExecutionFailed: (
        _write_start_child_workflow_execution_failed,
        _read_start_child_workflow_execution_failed,
    ),
    ChildWorkflowExecutionStarted: (
        _write_child_workflow_execution_started,
        _read_child_workflow_execution_started,
    ),
    ChildWorkflowExecutionCompleted: (
        _write_child_workflow_execution_completed,
        _read_child_workflow_execution_completed,
    ),
    ChildWorkflowExecutionFailed: (
        _write_child_workflow_execution_failed,
        _read_child_workflow_execution_failed,
    ),
    ChildWorkflowExecutionCanceled: (
        _write_child_workflow_execution_canceled,
        _read_child_workflow_execution_canceled,
    ),
    ChildWorkflowExecutionTimedOut: (
        _write_child_workflow_execution_timed_out,
        _read_child_workflow_execution_timed_out,
    ),
    ChildWorkflowExecutionTerminated: (
        _write_child_workflow_execution_terminated,
        _read_child_workflow_execution_terminated,
    ),
    SignalExternalWorkflowExecutionInitiated: (
        _write_signal_external_workflow_execution_initiated,
        _read_signal_external_workflow_execution_initiated,
    ),
    SignalExternalWorkflowExecutionFailed: (
        _write_signal_external_workflow_execution_failed,
        _read_signal_external_workflow_execution_failed,
    ),
    ExternalWorkflowExecutionSignaled: (
        _write_external_workflow_execution_signaled,
        _read_external_workflow_execution_signaled,
    ),
    UpsertWorkflowSearchAttributes: (
        _write_upsert_workflow_search_attributes,
        _read_upsert_workflow_search_attributes,
    ),
    WorkflowExecutionUpdateAccepted: (
        _write_workflow_execution_update_accepted,
        _read_workflow_execution_update_accepted,
    ),
    WorkflowExecutionUpdateCompleted: (
        _write_workflow_execution_update_completed,
        _read_workflow_execution_update_completed,
    ),
    WorkflowPropertiesModified: (
        _write_workflow_properties_modified,
        _read_workflow_properties_modified,
    ),
}
