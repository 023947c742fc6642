"""Command: what a Workflow Task returns.

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
class ScheduleActivityTask:
    """Run an activity.

    task_queue: Empty: the workflow's.
    user_metadata_summary: One line for people, set with the start; never acted on.
    priority_key: From 1 (first) on; 0: inherited, or the default.
    fairness_weight: 0: inherited, or 1.
    """

    SCHEMA_ID: ClassVar[int] = 70102
    activity_id: str
    activity_type: str
    task_queue: str = ""
    header: dict[str, Payload] = field(default_factory=dict[str, Payload])
    input: list[Payload] = field(default_factory=list[Payload])
    schedule_to_close_timeout_ms: int = 0
    schedule_to_start_timeout_ms: int = 0
    start_to_close_timeout_ms: int = 0
    heartbeat_timeout_ms: int = 0
    retry_policy: RetryPolicy | None = None
    user_metadata_summary: Payload | None = None
    priority_key: int = 0
    fairness_key: str = ""
    fairness_weight: float = 0.0


def _write_schedule_activity_task(r: ScheduleActivityTask) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x01\x11\xd6",
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


def _read_schedule_activity_task(data: bytes, at: int) -> tuple[ScheduleActivityTask, int]:
    activity_id, at = read_string(data, at)
    activity_type, at = read_string(data, at)
    task_queue, at = read_string(data, at)
    header, at = read_map(data, at, read_payload)
    input, at = read_array(data, at, read_payload)
    schedule_to_close_timeout_ms, at = read_long(data, at)
    schedule_to_start_timeout_ms, at = read_long(data, at)
    start_to_close_timeout_ms, at = read_long(data, at)
    heartbeat_timeout_ms, at = read_long(data, at)
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
    record = ScheduleActivityTask(
        activity_id=activity_id,
        activity_type=activity_type,
        task_queue=task_queue,
        header=header,
        input=input,
        schedule_to_close_timeout_ms=schedule_to_close_timeout_ms,
        schedule_to_start_timeout_ms=schedule_to_start_timeout_ms,
        start_to_close_timeout_ms=start_to_close_timeout_ms,
        heartbeat_timeout_ms=heartbeat_timeout_ms,
        retry_policy=retry_policy,
        user_metadata_summary=user_metadata_summary,
        priority_key=priority_key,
        fairness_key=fairness_key,
        fairness_weight=fairness_weight,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class RequestCancelActivityTask:
    """Ask to cancel an activity."""

    SCHEMA_ID: ClassVar[int] = 70201
    scheduled_event_id: int


def _write_request_cancel_activity_task(r: RequestCancelActivityTask) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x01\x129",
            (write_long(r.scheduled_event_id) if r.scheduled_event_id else b"\x00"),
        )
    )


def _read_request_cancel_activity_task(
    data: bytes, at: int
) -> tuple[RequestCancelActivityTask, int]:
    scheduled_event_id, at = read_long(data, at)
    record = RequestCancelActivityTask(
        scheduled_event_id=scheduled_event_id,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class StartTimer:
    """Set a timer.

    user_metadata_summary: One line for people, set with the start; never acted on.
    """

    SCHEMA_ID: ClassVar[int] = 70302
    timer_id: str
    start_to_fire_timeout_ms: int
    user_metadata_summary: Payload | None = None


def _write_start_timer(r: StartTimer) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x01\x12\x9e",
            (write_string(r.timer_id) if r.timer_id else b"\x00"),
            (write_long(r.start_to_fire_timeout_ms) if r.start_to_fire_timeout_ms else b"\x00"),
            (
                b"\x00"
                if r.user_metadata_summary is None
                else b"\x02" + write_payload(r.user_metadata_summary)
            ),
        )
    )


def _read_start_timer(data: bytes, at: int) -> tuple[StartTimer, int]:
    timer_id, at = read_string(data, at)
    start_to_fire_timeout_ms, at = read_long(data, at)
    present, at = read_branch(data, at)
    user_metadata_summary: Payload | None = None
    if present:
        user_metadata_summary, at = read_payload(data, at)
    record = StartTimer(
        timer_id=timer_id,
        start_to_fire_timeout_ms=start_to_fire_timeout_ms,
        user_metadata_summary=user_metadata_summary,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class CompleteWorkflowExecution:
    """Close the run with a result."""

    SCHEMA_ID: ClassVar[int] = 70401
    result: list[Payload] = field(default_factory=list[Payload])


def _write_complete_workflow_execution(r: CompleteWorkflowExecution) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x01\x13\x01",
            (write_array(r.result, write_payload) if r.result else b"\x00"),
        )
    )


def _read_complete_workflow_execution(
    data: bytes, at: int
) -> tuple[CompleteWorkflowExecution, int]:
    result, at = read_array(data, at, read_payload)
    record = CompleteWorkflowExecution(
        result=result,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class FailWorkflowExecution:
    """Close the run with a failure."""

    SCHEMA_ID: ClassVar[int] = 70502
    failure: Failure | None = None


def _write_fail_workflow_execution(r: FailWorkflowExecution) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x01\x13f",
            (b"\x00" if r.failure is None else b"\x02" + write_failure(r.failure)),
        )
    )


def _read_fail_workflow_execution(data: bytes, at: int) -> tuple[FailWorkflowExecution, int]:
    present, at = read_branch(data, at)
    failure: Failure | None = None
    if present:
        failure, at = read_failure(data, at)
    record = FailWorkflowExecution(
        failure=failure,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class CancelTimer:
    """Cancel a timer."""

    SCHEMA_ID: ClassVar[int] = 70601
    timer_id: str


def _write_cancel_timer(r: CancelTimer) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x01\x13\xc9",
            (write_string(r.timer_id) if r.timer_id else b"\x00"),
        )
    )


def _read_cancel_timer(data: bytes, at: int) -> tuple[CancelTimer, int]:
    timer_id, at = read_string(data, at)
    record = CancelTimer(
        timer_id=timer_id,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class CancelWorkflowExecution:
    """Close the run as cancelled."""

    SCHEMA_ID: ClassVar[int] = 70701
    details: list[Payload] = field(default_factory=list[Payload])


def _write_cancel_workflow_execution(r: CancelWorkflowExecution) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x01\x14-",
            (write_array(r.details, write_payload) if r.details else b"\x00"),
        )
    )


def _read_cancel_workflow_execution(data: bytes, at: int) -> tuple[CancelWorkflowExecution, int]:
    details, at = read_array(data, at, read_payload)
    record = CancelWorkflowExecution(
        details=details,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class RequestCancelExternalWorkflowExecution:
    """Ask another Workflow to cancel itself."""

    SCHEMA_ID: ClassVar[int] = 70801
    workflow_id: str
    run_id: str = ""
    reason: str = ""
    child_workflow_only: bool = False


def _write_request_cancel_external_workflow_execution(
    r: RequestCancelExternalWorkflowExecution,
) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x01\x14\x91",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_string(r.reason) if r.reason else b"\x00"),
            write_boolean(r.child_workflow_only),
        )
    )


def _read_request_cancel_external_workflow_execution(
    data: bytes, at: int
) -> tuple[RequestCancelExternalWorkflowExecution, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    reason, at = read_string(data, at)
    child_workflow_only, at = read_boolean(data, at)
    record = RequestCancelExternalWorkflowExecution(
        workflow_id=workflow_id,
        run_id=run_id,
        reason=reason,
        child_workflow_only=child_workflow_only,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class RecordMarker:
    """Note something that a replay must find again.

    marker_name: What it marks: core_local_activity, core_patch, …
    details: Opaque to the engine.
    """

    SCHEMA_ID: ClassVar[int] = 70901
    marker_name: str
    details: dict[str, Payload] = field(default_factory=dict[str, Payload])
    header: dict[str, Payload] = field(default_factory=dict[str, Payload])
    failure: Failure | None = None


def _write_record_marker(r: RecordMarker) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x01\x14\xf5",
            (write_string(r.marker_name) if r.marker_name else b"\x00"),
            (write_map(r.details, write_payload) if r.details else b"\x00"),
            (write_map(r.header, write_payload) if r.header else b"\x00"),
            (b"\x00" if r.failure is None else b"\x02" + write_failure(r.failure)),
        )
    )


def _read_record_marker(data: bytes, at: int) -> tuple[RecordMarker, int]:
    marker_name, at = read_string(data, at)
    details, at = read_map(data, at, read_payload)
    header, at = read_map(data, at, read_payload)
    present, at = read_branch(data, at)
    failure: Failure | None = None
    if present:
        failure, at = read_failure(data, at)
    record = RecordMarker(
        marker_name=marker_name,
        details=details,
        header=header,
        failure=failure,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class ContinueAsNewWorkflowExecution:
    """Go on as a new run. What is left at its default stays as it is, the input and the header apart.

    search_attributes: By name; metadata.type says which kind: Keyword, KeywordList, Int, Double, Bool, Datetime or Text.
    """

    SCHEMA_ID: ClassVar[int] = 71002
    workflow_type: str = ""
    task_queue: str = ""
    input: list[Payload] = field(default_factory=list[Payload])
    workflow_run_timeout_ms: int = 0
    workflow_task_timeout_ms: int = 0
    backoff_start_interval_ms: int = 0
    retry_policy: RetryPolicy | None = None
    header: dict[str, Payload] = field(default_factory=dict[str, Payload])
    memo: dict[str, Payload] = field(default_factory=dict[str, Payload])
    search_attributes: dict[str, Payload] = field(default_factory=dict[str, Payload])


def _write_continue_as_new_workflow_execution(r: ContinueAsNewWorkflowExecution) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x01\x15Z",
            (write_string(r.workflow_type) if r.workflow_type else b"\x00"),
            (write_string(r.task_queue) if r.task_queue else b"\x00"),
            (write_array(r.input, write_payload) if r.input else b"\x00"),
            (write_long(r.workflow_run_timeout_ms) if r.workflow_run_timeout_ms else b"\x00"),
            (write_long(r.workflow_task_timeout_ms) if r.workflow_task_timeout_ms else b"\x00"),
            (write_long(r.backoff_start_interval_ms) if r.backoff_start_interval_ms else b"\x00"),
            (b"\x00" if r.retry_policy is None else b"\x02" + write_retry_policy(r.retry_policy)),
            (write_map(r.header, write_payload) if r.header else b"\x00"),
            (write_map(r.memo, write_payload) if r.memo else b"\x00"),
            (write_map(r.search_attributes, write_payload) if r.search_attributes else b"\x00"),
        )
    )


def _read_continue_as_new_workflow_execution(
    data: bytes, at: int
) -> tuple[ContinueAsNewWorkflowExecution, int]:
    workflow_type, at = read_string(data, at)
    task_queue, at = read_string(data, at)
    input, at = read_array(data, at, read_payload)
    workflow_run_timeout_ms, at = read_long(data, at)
    workflow_task_timeout_ms, at = read_long(data, at)
    backoff_start_interval_ms, at = read_long(data, at)
    present, at = read_branch(data, at)
    retry_policy: RetryPolicy | None = None
    if present:
        retry_policy, at = read_retry_policy(data, at)
    header, at = read_map(data, at, read_payload)
    memo, at = read_map(data, at, read_payload)
    search_attributes, at = read_map(data, at, read_payload)
    record = ContinueAsNewWorkflowExecution(
        workflow_type=workflow_type,
        task_queue=task_queue,
        input=input,
        workflow_run_timeout_ms=workflow_run_timeout_ms,
        workflow_task_timeout_ms=workflow_task_timeout_ms,
        backoff_start_interval_ms=backoff_start_interval_ms,
        retry_policy=retry_policy,
        header=header,
        memo=memo,
        search_attributes=search_attributes,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class StartChildWorkflowExecution:
    """Start a child Workflow.

    task_queue: Empty: the parent's.
    search_attributes: By name; metadata.type says which kind: Keyword, KeywordList, Int, Double, Bool, Datetime or Text.
    user_metadata_summary: One line for people, set with the start; never acted on.
    user_metadata_details: Longer text for people, as the summary.
    priority_key: From 1 (first) on; 0: inherited, or the default.
    fairness_weight: 0: inherited, or 1.
    """

    SCHEMA_ID: ClassVar[int] = 71101
    workflow_id: str
    workflow_type: str
    task_queue: str = ""
    input: list[Payload] = field(default_factory=list[Payload])
    workflow_execution_timeout_ms: int = 0
    workflow_run_timeout_ms: int = 0
    workflow_task_timeout_ms: int = 0
    parent_close_policy: str = "TERMINATE"
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


def _write_start_child_workflow_execution(r: StartChildWorkflowExecution) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x01\x15\xbd",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
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


def _read_start_child_workflow_execution(
    data: bytes, at: int
) -> tuple[StartChildWorkflowExecution, int]:
    workflow_id, at = read_string(data, at)
    workflow_type, at = read_string(data, at)
    task_queue, at = read_string(data, at)
    input, at = read_array(data, at, read_payload)
    workflow_execution_timeout_ms, at = read_long(data, at)
    workflow_run_timeout_ms, at = read_long(data, at)
    workflow_task_timeout_ms, at = read_long(data, at)
    parent_close_policy, at = read_string(data, at)
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
    record = StartChildWorkflowExecution(
        workflow_id=workflow_id,
        workflow_type=workflow_type,
        task_queue=task_queue,
        input=input,
        workflow_execution_timeout_ms=workflow_execution_timeout_ms,
        workflow_run_timeout_ms=workflow_run_timeout_ms,
        workflow_task_timeout_ms=workflow_task_timeout_ms,
        parent_close_policy=parent_close_policy,
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
class SignalExternalWorkflowExecution:
    """Signal another Workflow."""

    SCHEMA_ID: ClassVar[int] = 71201
    workflow_id: str
    run_id: str = ""
    signal_name: str
    input: list[Payload] = field(default_factory=list[Payload])
    header: dict[str, Payload] = field(default_factory=dict[str, Payload])
    child_workflow_only: bool = False


def _write_signal_external_workflow_execution(r: SignalExternalWorkflowExecution) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x01\x16!",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_string(r.signal_name) if r.signal_name else b"\x00"),
            (write_array(r.input, write_payload) if r.input else b"\x00"),
            (write_map(r.header, write_payload) if r.header else b"\x00"),
            write_boolean(r.child_workflow_only),
        )
    )


def _read_signal_external_workflow_execution(
    data: bytes, at: int
) -> tuple[SignalExternalWorkflowExecution, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    signal_name, at = read_string(data, at)
    input, at = read_array(data, at, read_payload)
    header, at = read_map(data, at, read_payload)
    child_workflow_only, at = read_boolean(data, at)
    record = SignalExternalWorkflowExecution(
        workflow_id=workflow_id,
        run_id=run_id,
        signal_name=signal_name,
        input=input,
        header=header,
        child_workflow_only=child_workflow_only,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class UpsertWorkflowSearchAttributes:
    """Set or remove search attributes of this run.

    search_attributes: Merged by name; an empty value removes one.
    """

    SCHEMA_ID: ClassVar[int] = 71301
    search_attributes: dict[str, Payload] = field(default_factory=dict[str, Payload])


def _write_upsert_workflow_search_attributes(r: UpsertWorkflowSearchAttributes) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x01\x16\x85",
            (write_map(r.search_attributes, write_payload) if r.search_attributes else b"\x00"),
        )
    )


def _read_upsert_workflow_search_attributes(
    data: bytes, at: int
) -> tuple[UpsertWorkflowSearchAttributes, int]:
    search_attributes, at = read_map(data, at, read_payload)
    record = UpsertWorkflowSearchAttributes(
        search_attributes=search_attributes,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class ModifyWorkflowProperties:
    """Set or remove entries of this run's memo.

    upserted_memo: Merged by key; an empty value removes one.
    """

    SCHEMA_ID: ClassVar[int] = 71601
    upserted_memo: dict[str, Payload] = field(default_factory=dict[str, Payload])


def _write_modify_workflow_properties(r: ModifyWorkflowProperties) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x01\x17\xb1",
            (write_map(r.upserted_memo, write_payload) if r.upserted_memo else b"\x00"),
        )
    )


def _read_modify_workflow_properties(data: bytes, at: int) -> tuple[ModifyWorkflowProperties, int]:
    upserted_memo, at = read_map(data, at, read_payload)
    record = ModifyWorkflowProperties(
        upserted_memo=upserted_memo,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class AcceptWorkflowExecutionUpdate:
    """The validator passed: the update's handler runs."""

    SCHEMA_ID: ClassVar[int] = 72101
    update_id: str


def _write_accept_workflow_execution_update(r: AcceptWorkflowExecutionUpdate) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x01\x19\xa5",
            (write_string(r.update_id) if r.update_id else b"\x00"),
        )
    )


def _read_accept_workflow_execution_update(
    data: bytes, at: int
) -> tuple[AcceptWorkflowExecutionUpdate, int]:
    update_id, at = read_string(data, at)
    record = AcceptWorkflowExecutionUpdate(
        update_id=update_id,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class CompleteWorkflowExecutionUpdate:
    """The update's handler has ended."""

    SCHEMA_ID: ClassVar[int] = 72201
    update_id: str
    failure: Failure | None = None
    result: list[Payload] = field(default_factory=list[Payload])


def _write_complete_workflow_execution_update(r: CompleteWorkflowExecutionUpdate) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x01\x1a\t",
            (write_string(r.update_id) if r.update_id else b"\x00"),
            (b"\x00" if r.failure is None else b"\x02" + write_failure(r.failure)),
            (write_array(r.result, write_payload) if r.result else b"\x00"),
        )
    )


def _read_complete_workflow_execution_update(
    data: bytes, at: int
) -> tuple[CompleteWorkflowExecutionUpdate, int]:
    update_id, at = read_string(data, at)
    present, at = read_branch(data, at)
    failure: Failure | None = None
    if present:
        failure, at = read_failure(data, at)
    result, at = read_array(data, at, read_payload)
    record = CompleteWorkflowExecutionUpdate(
        update_id=update_id,
        failure=failure,
        result=result,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class RejectWorkflowExecutionUpdate:
    """The update is refused; it leaves no event."""

    SCHEMA_ID: ClassVar[int] = 72301
    update_id: str
    failure: Failure | None = None


def _write_reject_workflow_execution_update(r: RejectWorkflowExecutionUpdate) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x01\x1am",
            (write_string(r.update_id) if r.update_id else b"\x00"),
            (b"\x00" if r.failure is None else b"\x02" + write_failure(r.failure)),
        )
    )


def _read_reject_workflow_execution_update(
    data: bytes, at: int
) -> tuple[RejectWorkflowExecutionUpdate, int]:
    update_id, at = read_string(data, at)
    present, at = read_branch(data, at)
    failure: Failure | None = None
    if present:
        failure, at = read_failure(data, at)
    record = RejectWorkflowExecutionUpdate(
        update_id=update_id,
        failure=failure,
    )
    return record, at


Command = (
    ScheduleActivityTask
    | RequestCancelActivityTask
    | StartTimer
    | CompleteWorkflowExecution
    | FailWorkflowExecution
    | CancelTimer
    | CancelWorkflowExecution
    | RequestCancelExternalWorkflowExecution
    | RecordMarker
    | ContinueAsNewWorkflowExecution
    | StartChildWorkflowExecution
    | SignalExternalWorkflowExecution
    | UpsertWorkflowSearchAttributes
    | ModifyWorkflowProperties
    | AcceptWorkflowExecutionUpdate
    | CompleteWorkflowExecutionUpdate
    | RejectWorkflowExecutionUpdate
)

Reader = Callable[[bytes, int], tuple[Any, int]]
CODECS: Final[dict[type, tuple[Callable[[Any], bytes], Reader]]] = {
    ScheduleActivityTask: (_write_schedule_activity_task, _read_schedule_activity_task),
    RequestCancelActivityTask: (
        _write_request_cancel_activity_task,
        _read_request_cancel_activity_task,
    ),
    StartTimer: (_write_start_timer, _read_start_timer),
    CompleteWorkflowExecution: (
        _write_complete_workflow_execution,
        _read_complete_workflow_execution,
    ),
    FailWorkflowExecution: (_write_fail_workflow_execution, _read_fail_workflow_execution),
    CancelTimer: (_write_cancel_timer, _read_cancel_timer),
    CancelWorkflowExecution: (_write_cancel_workflow_execution, _read_cancel_workflow_execution),
    RequestCancelExternalWorkflowExecution: (
        _write_request_cancel_external_workflow_execution,
        _read_request_cancel_external_workflow_execution,
    ),
    RecordMarker: (_write_record_marker, _read_record_marker),
    ContinueAsNewWorkflowExecution: (
        _write_continue_as_new_workflow_execution,
        _read_continue_as_new_workflow_execution,
    ),
    StartChildWorkflowExecution: (
        _write_start_child_workflow_execution,
        _read_start_child_workflow_execution,
    ),
    SignalExternalWorkflowExecution: (
        _write_signal_external_workflow_execution,
        _read_signal_external_workflow_execution,
    ),
    UpsertWorkflowSearchAttributes: (
        _write_upsert_workflow_search_attributes,
        _read_upsert_workflow_search_attributes,
    ),
    ModifyWorkflowProperties: (_write_modify_workflow_properties, _read_modify_workflow_properties),
    AcceptWorkflowExecutionUpdate: (
        _write_accept_workflow_execution_update,
        _read_accept_workflow_execution_update,
    ),
    CompleteWorkflowExecutionUpdate: (
        _write_complete_workflow_execution_update,
        _read_complete_workflow_execution_update,
    ),
    RejectWorkflowExecutionUpdate: (
        _write_reject_workflow_execution_update,
        _read_reject_workflow_execution_update,
    ),
}
