"""Request: what clients and workers ask of one Workflow Execution.

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
class StartWorkflowExecution:
    """Open a new run.

    run_id: Empty: the current run.
    identity: Who asks, for people.
    request_id: Empty, or the identity of this request: it has effect once.
    reply_partition: Partition of the inbox topic for the reply; -1: no reply is wanted.
    recipient: Key of the reply in the inbox.
    correlation_id: Given back in the reply.
    workflow_task_timeout_ms: 0: 10 s.
    workflow_id_reuse_policy: ALLOW_DUPLICATE, ALLOW_DUPLICATE_FAILED_ONLY, REJECT_DUPLICATE or TERMINATE_IF_RUNNING.
    workflow_id_conflict_policy: FAIL, USE_EXISTING or TERMINATE_EXISTING.
    search_attributes: By name; metadata.type says which kind: Keyword, KeywordList, Int, Double, Bool, Datetime or Text.
    user_metadata_summary: One line for people, set with the start; never acted on.
    user_metadata_details: Longer text for people, as the summary.
    priority_key: From 1 (first) on; 0: inherited, or the default.
    fairness_weight: 0: inherited, or 1.
    cron_schedule: Five cron fields, @every or @hourly and its like, behind CRON_TZ= if need be; empty: none.
    """

    SCHEMA_ID: ClassVar[int] = 20103
    workflow_id: str
    run_id: str = ""
    identity: str = ""
    request_id: str = ""
    reply_partition: int = -1
    recipient: str = ""
    correlation_id: str = ""
    workflow_type: str
    task_queue: str
    input: list[Payload] = field(default_factory=list[Payload])
    workflow_execution_timeout_ms: int = 0
    workflow_run_timeout_ms: int = 0
    workflow_task_timeout_ms: int = 0
    workflow_id_reuse_policy: str = "ALLOW_DUPLICATE"
    workflow_id_conflict_policy: str = "FAIL"
    retry_policy: RetryPolicy | None = None
    start_delay_ms: int = 0
    header: dict[str, Payload] = field(default_factory=dict[str, Payload])
    memo: dict[str, Payload] = field(default_factory=dict[str, Payload])
    traceparent: str = ""
    search_attributes: dict[str, Payload] = field(default_factory=dict[str, Payload])
    user_metadata_summary: Payload | None = None
    user_metadata_details: Payload | None = None
    priority_key: int = 0
    fairness_key: str = ""
    fairness_weight: float = 0.0
    cron_schedule: str = ""


def _write_start_workflow_execution(r: StartWorkflowExecution) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00N\x87",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_string(r.identity) if r.identity else b"\x00"),
            (write_string(r.request_id) if r.request_id else b"\x00"),
            (write_long(r.reply_partition) if r.reply_partition else b"\x00"),
            (write_string(r.recipient) if r.recipient else b"\x00"),
            (write_string(r.correlation_id) if r.correlation_id else b"\x00"),
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
            (write_string(r.workflow_id_reuse_policy) if r.workflow_id_reuse_policy else b"\x00"),
            (
                write_string(r.workflow_id_conflict_policy)
                if r.workflow_id_conflict_policy
                else b"\x00"
            ),
            (b"\x00" if r.retry_policy is None else b"\x02" + write_retry_policy(r.retry_policy)),
            (write_long(r.start_delay_ms) if r.start_delay_ms else b"\x00"),
            (write_map(r.header, write_payload) if r.header else b"\x00"),
            (write_map(r.memo, write_payload) if r.memo else b"\x00"),
            (write_string(r.traceparent) if r.traceparent else b"\x00"),
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


def _read_start_workflow_execution(data: bytes, at: int) -> tuple[StartWorkflowExecution, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    identity, at = read_string(data, at)
    request_id, at = read_string(data, at)
    reply_partition, at = read_long(data, at)
    recipient, at = read_string(data, at)
    correlation_id, at = read_string(data, at)
    workflow_type, at = read_string(data, at)
    task_queue, at = read_string(data, at)
    input, at = read_array(data, at, read_payload)
    workflow_execution_timeout_ms, at = read_long(data, at)
    workflow_run_timeout_ms, at = read_long(data, at)
    workflow_task_timeout_ms, at = read_long(data, at)
    workflow_id_reuse_policy, at = read_string(data, at)
    workflow_id_conflict_policy, at = read_string(data, at)
    present, at = read_branch(data, at)
    retry_policy: RetryPolicy | None = None
    if present:
        retry_policy, at = read_retry_policy(data, at)
    start_delay_ms, at = read_long(data, at)
    header, at = read_map(data, at, read_payload)
    memo, at = read_map(data, at, read_payload)
    traceparent, at = read_string(data, at)
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
    record = StartWorkflowExecution(
        workflow_id=workflow_id,
        run_id=run_id,
        identity=identity,
        request_id=request_id,
        reply_partition=reply_partition,
        recipient=recipient,
        correlation_id=correlation_id,
        workflow_type=workflow_type,
        task_queue=task_queue,
        input=input,
        workflow_execution_timeout_ms=workflow_execution_timeout_ms,
        workflow_run_timeout_ms=workflow_run_timeout_ms,
        workflow_task_timeout_ms=workflow_task_timeout_ms,
        workflow_id_reuse_policy=workflow_id_reuse_policy,
        workflow_id_conflict_policy=workflow_id_conflict_policy,
        retry_policy=retry_policy,
        start_delay_ms=start_delay_ms,
        header=header,
        memo=memo,
        traceparent=traceparent,
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
class SignalWorkflowExecution:
    """Send a signal to an open run.

    run_id: Empty: the current run.
    identity: Who asks, for people.
    request_id: Empty, or the identity of this request: it has effect once.
    reply_partition: Partition of the inbox topic for the reply; -1: no reply is wanted.
    recipient: Key of the reply in the inbox.
    correlation_id: Given back in the reply.
    """

    SCHEMA_ID: ClassVar[int] = 20201
    workflow_id: str
    run_id: str = ""
    identity: str = ""
    request_id: str = ""
    reply_partition: int = -1
    recipient: str = ""
    correlation_id: str = ""
    signal_name: str
    input: list[Payload] = field(default_factory=list[Payload])
    header: dict[str, Payload] = field(default_factory=dict[str, Payload])


def _write_signal_workflow_execution(r: SignalWorkflowExecution) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00N\xe9",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_string(r.identity) if r.identity else b"\x00"),
            (write_string(r.request_id) if r.request_id else b"\x00"),
            (write_long(r.reply_partition) if r.reply_partition else b"\x00"),
            (write_string(r.recipient) if r.recipient else b"\x00"),
            (write_string(r.correlation_id) if r.correlation_id else b"\x00"),
            (write_string(r.signal_name) if r.signal_name else b"\x00"),
            (write_array(r.input, write_payload) if r.input else b"\x00"),
            (write_map(r.header, write_payload) if r.header else b"\x00"),
        )
    )


def _read_signal_workflow_execution(data: bytes, at: int) -> tuple[SignalWorkflowExecution, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    identity, at = read_string(data, at)
    request_id, at = read_string(data, at)
    reply_partition, at = read_long(data, at)
    recipient, at = read_string(data, at)
    correlation_id, at = read_string(data, at)
    signal_name, at = read_string(data, at)
    input, at = read_array(data, at, read_payload)
    header, at = read_map(data, at, read_payload)
    record = SignalWorkflowExecution(
        workflow_id=workflow_id,
        run_id=run_id,
        identity=identity,
        request_id=request_id,
        reply_partition=reply_partition,
        recipient=recipient,
        correlation_id=correlation_id,
        signal_name=signal_name,
        input=input,
        header=header,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class RequestCancelWorkflowExecution:
    """Ask the workflow to cancel itself.

    run_id: Empty: the current run.
    identity: Who asks, for people.
    request_id: Empty, or the identity of this request: it has effect once.
    reply_partition: Partition of the inbox topic for the reply; -1: no reply is wanted.
    recipient: Key of the reply in the inbox.
    correlation_id: Given back in the reply.
    """

    SCHEMA_ID: ClassVar[int] = 20301
    workflow_id: str
    run_id: str = ""
    identity: str = ""
    request_id: str = ""
    reply_partition: int = -1
    recipient: str = ""
    correlation_id: str = ""
    first_execution_run_id: str = ""
    reason: str = ""


def _write_request_cancel_workflow_execution(r: RequestCancelWorkflowExecution) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00OM",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_string(r.identity) if r.identity else b"\x00"),
            (write_string(r.request_id) if r.request_id else b"\x00"),
            (write_long(r.reply_partition) if r.reply_partition else b"\x00"),
            (write_string(r.recipient) if r.recipient else b"\x00"),
            (write_string(r.correlation_id) if r.correlation_id else b"\x00"),
            (write_string(r.first_execution_run_id) if r.first_execution_run_id else b"\x00"),
            (write_string(r.reason) if r.reason else b"\x00"),
        )
    )


def _read_request_cancel_workflow_execution(
    data: bytes, at: int
) -> tuple[RequestCancelWorkflowExecution, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    identity, at = read_string(data, at)
    request_id, at = read_string(data, at)
    reply_partition, at = read_long(data, at)
    recipient, at = read_string(data, at)
    correlation_id, at = read_string(data, at)
    first_execution_run_id, at = read_string(data, at)
    reason, at = read_string(data, at)
    record = RequestCancelWorkflowExecution(
        workflow_id=workflow_id,
        run_id=run_id,
        identity=identity,
        request_id=request_id,
        reply_partition=reply_partition,
        recipient=recipient,
        correlation_id=correlation_id,
        first_execution_run_id=first_execution_run_id,
        reason=reason,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class TerminateWorkflowExecution:
    """End an open run at once.

    run_id: Empty: the current run.
    identity: Who asks, for people.
    request_id: Empty, or the identity of this request: it has effect once.
    reply_partition: Partition of the inbox topic for the reply; -1: no reply is wanted.
    recipient: Key of the reply in the inbox.
    correlation_id: Given back in the reply.
    """

    SCHEMA_ID: ClassVar[int] = 20401
    workflow_id: str
    run_id: str = ""
    identity: str = ""
    request_id: str = ""
    reply_partition: int = -1
    recipient: str = ""
    correlation_id: str = ""
    first_execution_run_id: str = ""
    reason: str = ""
    details: list[Payload] = field(default_factory=list[Payload])


def _write_terminate_workflow_execution(r: TerminateWorkflowExecution) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00O\xb1",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_string(r.identity) if r.identity else b"\x00"),
            (write_string(r.request_id) if r.request_id else b"\x00"),
            (write_long(r.reply_partition) if r.reply_partition else b"\x00"),
            (write_string(r.recipient) if r.recipient else b"\x00"),
            (write_string(r.correlation_id) if r.correlation_id else b"\x00"),
            (write_string(r.first_execution_run_id) if r.first_execution_run_id else b"\x00"),
            (write_string(r.reason) if r.reason else b"\x00"),
            (write_array(r.details, write_payload) if r.details else b"\x00"),
        )
    )


def _read_terminate_workflow_execution(
    data: bytes, at: int
) -> tuple[TerminateWorkflowExecution, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    identity, at = read_string(data, at)
    request_id, at = read_string(data, at)
    reply_partition, at = read_long(data, at)
    recipient, at = read_string(data, at)
    correlation_id, at = read_string(data, at)
    first_execution_run_id, at = read_string(data, at)
    reason, at = read_string(data, at)
    details, at = read_array(data, at, read_payload)
    record = TerminateWorkflowExecution(
        workflow_id=workflow_id,
        run_id=run_id,
        identity=identity,
        request_id=request_id,
        reply_partition=reply_partition,
        recipient=recipient,
        correlation_id=correlation_id,
        first_execution_run_id=first_execution_run_id,
        reason=reason,
        details=details,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class DescribeWorkflowExecution:
    """Ask for status, times and pending work of a run.

    run_id: Empty: the current run.
    identity: Who asks, for people.
    request_id: Empty, or the identity of this request: it has effect once.
    reply_partition: Partition of the inbox topic for the reply; -1: no reply is wanted.
    recipient: Key of the reply in the inbox.
    correlation_id: Given back in the reply.
    """

    SCHEMA_ID: ClassVar[int] = 20501
    workflow_id: str
    run_id: str = ""
    identity: str = ""
    request_id: str = ""
    reply_partition: int = -1
    recipient: str = ""
    correlation_id: str = ""


def _write_describe_workflow_execution(r: DescribeWorkflowExecution) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00P\x15",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_string(r.identity) if r.identity else b"\x00"),
            (write_string(r.request_id) if r.request_id else b"\x00"),
            (write_long(r.reply_partition) if r.reply_partition else b"\x00"),
            (write_string(r.recipient) if r.recipient else b"\x00"),
            (write_string(r.correlation_id) if r.correlation_id else b"\x00"),
        )
    )


def _read_describe_workflow_execution(
    data: bytes, at: int
) -> tuple[DescribeWorkflowExecution, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    identity, at = read_string(data, at)
    request_id, at = read_string(data, at)
    reply_partition, at = read_long(data, at)
    recipient, at = read_string(data, at)
    correlation_id, at = read_string(data, at)
    record = DescribeWorkflowExecution(
        workflow_id=workflow_id,
        run_id=run_id,
        identity=identity,
        request_id=request_id,
        reply_partition=reply_partition,
        recipient=recipient,
        correlation_id=correlation_id,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class GetWorkflowExecutionHistory:
    """Ask for events of a run, or wait for its close.

    run_id: Empty: the current run.
    identity: Who asks, for people.
    request_id: Empty, or the identity of this request: it has effect once.
    reply_partition: Partition of the inbox topic for the reply; -1: no reply is wanted.
    recipient: Key of the reply in the inbox.
    correlation_id: Given back in the reply.
    wait_close: Answer when the run is closed, with its close event only.
    """

    SCHEMA_ID: ClassVar[int] = 20601
    workflow_id: str
    run_id: str = ""
    identity: str = ""
    request_id: str = ""
    reply_partition: int = -1
    recipient: str = ""
    correlation_id: str = ""
    first_event_id: int = 1
    wait_close: bool = False


def _write_get_workflow_execution_history(r: GetWorkflowExecutionHistory) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00Py",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_string(r.identity) if r.identity else b"\x00"),
            (write_string(r.request_id) if r.request_id else b"\x00"),
            (write_long(r.reply_partition) if r.reply_partition else b"\x00"),
            (write_string(r.recipient) if r.recipient else b"\x00"),
            (write_string(r.correlation_id) if r.correlation_id else b"\x00"),
            (write_long(r.first_event_id) if r.first_event_id else b"\x00"),
            write_boolean(r.wait_close),
        )
    )


def _read_get_workflow_execution_history(
    data: bytes, at: int
) -> tuple[GetWorkflowExecutionHistory, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    identity, at = read_string(data, at)
    request_id, at = read_string(data, at)
    reply_partition, at = read_long(data, at)
    recipient, at = read_string(data, at)
    correlation_id, at = read_string(data, at)
    first_event_id, at = read_long(data, at)
    wait_close, at = read_boolean(data, at)
    record = GetWorkflowExecutionHistory(
        workflow_id=workflow_id,
        run_id=run_id,
        identity=identity,
        request_id=request_id,
        reply_partition=reply_partition,
        recipient=recipient,
        correlation_id=correlation_id,
        first_event_id=first_event_id,
        wait_close=wait_close,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class RecordWorkflowTaskStarted:
    """A worker claims a Workflow Task, or reports that it runs one.

    run_id: Empty: the current run.
    identity: Who asks, for people.
    request_id: Empty, or the identity of this request: it has effect once.
    reply_partition: Partition of the inbox topic for the reply; -1: no reply is wanted.
    recipient: Key of the reply in the inbox.
    correlation_id: Given back in the reply.
    dispatch_time_ms: Of the task; with run, event and attempt it is the token that fences stale answers.
    delivery_id: Random per receipt of the task record.
    started_event_id: As the task announced it.
    claim: True: run only on the engine's accept. False: a report of the fresh path.
    reset_sticky: With claim: the accept carries the whole history.
    """

    SCHEMA_ID: ClassVar[int] = 20701
    workflow_id: str
    run_id: str = ""
    identity: str = ""
    request_id: str = ""
    reply_partition: int = -1
    recipient: str = ""
    correlation_id: str = ""
    scheduled_event_id: int
    attempt: int
    dispatch_time_ms: int
    delivery_id: str = ""
    started_event_id: int = 0
    claim: bool = False
    reset_sticky: bool = False
    started_time_ms: int = 0


def _write_record_workflow_task_started(r: RecordWorkflowTaskStarted) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00P\xdd",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_string(r.identity) if r.identity else b"\x00"),
            (write_string(r.request_id) if r.request_id else b"\x00"),
            (write_long(r.reply_partition) if r.reply_partition else b"\x00"),
            (write_string(r.recipient) if r.recipient else b"\x00"),
            (write_string(r.correlation_id) if r.correlation_id else b"\x00"),
            (write_long(r.scheduled_event_id) if r.scheduled_event_id else b"\x00"),
            (write_long(r.attempt) if r.attempt else b"\x00"),
            (write_long(r.dispatch_time_ms) if r.dispatch_time_ms else b"\x00"),
            (write_string(r.delivery_id) if r.delivery_id else b"\x00"),
            (write_long(r.started_event_id) if r.started_event_id else b"\x00"),
            write_boolean(r.claim),
            write_boolean(r.reset_sticky),
            (write_long(r.started_time_ms) if r.started_time_ms else b"\x00"),
        )
    )


def _read_record_workflow_task_started(
    data: bytes, at: int
) -> tuple[RecordWorkflowTaskStarted, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    identity, at = read_string(data, at)
    request_id, at = read_string(data, at)
    reply_partition, at = read_long(data, at)
    recipient, at = read_string(data, at)
    correlation_id, at = read_string(data, at)
    scheduled_event_id, at = read_long(data, at)
    attempt, at = read_long(data, at)
    dispatch_time_ms, at = read_long(data, at)
    delivery_id, at = read_string(data, at)
    started_event_id, at = read_long(data, at)
    claim, at = read_boolean(data, at)
    reset_sticky, at = read_boolean(data, at)
    started_time_ms, at = read_long(data, at)
    record = RecordWorkflowTaskStarted(
        workflow_id=workflow_id,
        run_id=run_id,
        identity=identity,
        request_id=request_id,
        reply_partition=reply_partition,
        recipient=recipient,
        correlation_id=correlation_id,
        scheduled_event_id=scheduled_event_id,
        attempt=attempt,
        dispatch_time_ms=dispatch_time_ms,
        delivery_id=delivery_id,
        started_event_id=started_event_id,
        claim=claim,
        reset_sticky=reset_sticky,
        started_time_ms=started_time_ms,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class RespondWorkflowTaskCompleted:
    """A worker answers a Workflow Task.

    run_id: Empty: the current run.
    identity: Who asks, for people.
    request_id: Empty, or the identity of this request: it has effect once.
    reply_partition: Partition of the inbox topic for the reply; -1: no reply is wanted.
    recipient: Key of the reply in the inbox.
    correlation_id: Given back in the reply.
    dispatch_time_ms: Of the task; with run, event and attempt it is the token that fences stale answers.
    delivery_id: Random per receipt of the task record.
    commands: Each a framed Avro record of duralog.commands.
    force_create_new_workflow_task: The worker is still at it, with local activities: another Workflow Task follows at once.
    query_results: Each a framed RespondQueryTaskCompleted.
    """

    SCHEMA_ID: ClassVar[int] = 20802
    workflow_id: str
    run_id: str = ""
    identity: str = ""
    request_id: str = ""
    reply_partition: int = -1
    recipient: str = ""
    correlation_id: str = ""
    scheduled_event_id: int
    attempt: int
    dispatch_time_ms: int
    delivery_id: str = ""
    started_event_id: int
    commands: list[bytes] = field(default_factory=list[bytes])
    completion_id: str = ""
    force_create_new_workflow_task: bool = False
    query_results: list[bytes] = field(default_factory=list[bytes])


def _write_respond_workflow_task_completed(r: RespondWorkflowTaskCompleted) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00QB",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_string(r.identity) if r.identity else b"\x00"),
            (write_string(r.request_id) if r.request_id else b"\x00"),
            (write_long(r.reply_partition) if r.reply_partition else b"\x00"),
            (write_string(r.recipient) if r.recipient else b"\x00"),
            (write_string(r.correlation_id) if r.correlation_id else b"\x00"),
            (write_long(r.scheduled_event_id) if r.scheduled_event_id else b"\x00"),
            (write_long(r.attempt) if r.attempt else b"\x00"),
            (write_long(r.dispatch_time_ms) if r.dispatch_time_ms else b"\x00"),
            (write_string(r.delivery_id) if r.delivery_id else b"\x00"),
            (write_long(r.started_event_id) if r.started_event_id else b"\x00"),
            (write_array(r.commands, write_bytes) if r.commands else b"\x00"),
            (write_string(r.completion_id) if r.completion_id else b"\x00"),
            write_boolean(r.force_create_new_workflow_task),
            (write_array(r.query_results, write_bytes) if r.query_results else b"\x00"),
        )
    )


def _read_respond_workflow_task_completed(
    data: bytes, at: int
) -> tuple[RespondWorkflowTaskCompleted, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    identity, at = read_string(data, at)
    request_id, at = read_string(data, at)
    reply_partition, at = read_long(data, at)
    recipient, at = read_string(data, at)
    correlation_id, at = read_string(data, at)
    scheduled_event_id, at = read_long(data, at)
    attempt, at = read_long(data, at)
    dispatch_time_ms, at = read_long(data, at)
    delivery_id, at = read_string(data, at)
    started_event_id, at = read_long(data, at)
    commands, at = read_array(data, at, read_bytes)
    completion_id, at = read_string(data, at)
    force_create_new_workflow_task, at = read_boolean(data, at)
    query_results, at = read_array(data, at, read_bytes)
    record = RespondWorkflowTaskCompleted(
        workflow_id=workflow_id,
        run_id=run_id,
        identity=identity,
        request_id=request_id,
        reply_partition=reply_partition,
        recipient=recipient,
        correlation_id=correlation_id,
        scheduled_event_id=scheduled_event_id,
        attempt=attempt,
        dispatch_time_ms=dispatch_time_ms,
        delivery_id=delivery_id,
        started_event_id=started_event_id,
        commands=commands,
        completion_id=completion_id,
        force_create_new_workflow_task=force_create_new_workflow_task,
        query_results=query_results,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class RespondWorkflowTaskFailed:
    """A worker could not run a Workflow Task.

    run_id: Empty: the current run.
    identity: Who asks, for people.
    request_id: Empty, or the identity of this request: it has effect once.
    reply_partition: Partition of the inbox topic for the reply; -1: no reply is wanted.
    recipient: Key of the reply in the inbox.
    correlation_id: Given back in the reply.
    dispatch_time_ms: Of the task; with run, event and attempt it is the token that fences stale answers.
    delivery_id: Random per receipt of the task record.
    """

    SCHEMA_ID: ClassVar[int] = 20902
    workflow_id: str
    run_id: str = ""
    identity: str = ""
    request_id: str = ""
    reply_partition: int = -1
    recipient: str = ""
    correlation_id: str = ""
    scheduled_event_id: int
    attempt: int
    dispatch_time_ms: int
    delivery_id: str = ""
    started_event_id: int
    cause: str = ""
    failure: Failure | None = None


def _write_respond_workflow_task_failed(r: RespondWorkflowTaskFailed) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00Q\xa6",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_string(r.identity) if r.identity else b"\x00"),
            (write_string(r.request_id) if r.request_id else b"\x00"),
            (write_long(r.reply_partition) if r.reply_partition else b"\x00"),
            (write_string(r.recipient) if r.recipient else b"\x00"),
            (write_string(r.correlation_id) if r.correlation_id else b"\x00"),
            (write_long(r.scheduled_event_id) if r.scheduled_event_id else b"\x00"),
            (write_long(r.attempt) if r.attempt else b"\x00"),
            (write_long(r.dispatch_time_ms) if r.dispatch_time_ms else b"\x00"),
            (write_string(r.delivery_id) if r.delivery_id else b"\x00"),
            (write_long(r.started_event_id) if r.started_event_id else b"\x00"),
            (write_string(r.cause) if r.cause else b"\x00"),
            (b"\x00" if r.failure is None else b"\x02" + write_failure(r.failure)),
        )
    )


def _read_respond_workflow_task_failed(
    data: bytes, at: int
) -> tuple[RespondWorkflowTaskFailed, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    identity, at = read_string(data, at)
    request_id, at = read_string(data, at)
    reply_partition, at = read_long(data, at)
    recipient, at = read_string(data, at)
    correlation_id, at = read_string(data, at)
    scheduled_event_id, at = read_long(data, at)
    attempt, at = read_long(data, at)
    dispatch_time_ms, at = read_long(data, at)
    delivery_id, at = read_string(data, at)
    started_event_id, at = read_long(data, at)
    cause, at = read_string(data, at)
    present, at = read_branch(data, at)
    failure: Failure | None = None
    if present:
        failure, at = read_failure(data, at)
    record = RespondWorkflowTaskFailed(
        workflow_id=workflow_id,
        run_id=run_id,
        identity=identity,
        request_id=request_id,
        reply_partition=reply_partition,
        recipient=recipient,
        correlation_id=correlation_id,
        scheduled_event_id=scheduled_event_id,
        attempt=attempt,
        dispatch_time_ms=dispatch_time_ms,
        delivery_id=delivery_id,
        started_event_id=started_event_id,
        cause=cause,
        failure=failure,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class RecordActivityTaskStarted:
    """A worker claims an Activity Task, or reports that it runs one.

    run_id: Empty: the current run.
    identity: Who asks, for people.
    request_id: Empty, or the identity of this request: it has effect once.
    reply_partition: Partition of the inbox topic for the reply; -1: no reply is wanted.
    recipient: Key of the reply in the inbox.
    correlation_id: Given back in the reply.
    dispatch_time_ms: Of the task; with run, event and attempt it is the token that fences stale answers.
    delivery_id: Random per receipt of the task record.
    claim: True: run only on the engine's accept. False: a report of the fresh path.
    """

    SCHEMA_ID: ClassVar[int] = 21001
    workflow_id: str
    run_id: str = ""
    identity: str = ""
    request_id: str = ""
    reply_partition: int = -1
    recipient: str = ""
    correlation_id: str = ""
    scheduled_event_id: int
    attempt: int
    dispatch_time_ms: int
    delivery_id: str = ""
    claim: bool = False
    started_time_ms: int = 0


def _write_record_activity_task_started(r: RecordActivityTaskStarted) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00R\t",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_string(r.identity) if r.identity else b"\x00"),
            (write_string(r.request_id) if r.request_id else b"\x00"),
            (write_long(r.reply_partition) if r.reply_partition else b"\x00"),
            (write_string(r.recipient) if r.recipient else b"\x00"),
            (write_string(r.correlation_id) if r.correlation_id else b"\x00"),
            (write_long(r.scheduled_event_id) if r.scheduled_event_id else b"\x00"),
            (write_long(r.attempt) if r.attempt else b"\x00"),
            (write_long(r.dispatch_time_ms) if r.dispatch_time_ms else b"\x00"),
            (write_string(r.delivery_id) if r.delivery_id else b"\x00"),
            write_boolean(r.claim),
            (write_long(r.started_time_ms) if r.started_time_ms else b"\x00"),
        )
    )


def _read_record_activity_task_started(
    data: bytes, at: int
) -> tuple[RecordActivityTaskStarted, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    identity, at = read_string(data, at)
    request_id, at = read_string(data, at)
    reply_partition, at = read_long(data, at)
    recipient, at = read_string(data, at)
    correlation_id, at = read_string(data, at)
    scheduled_event_id, at = read_long(data, at)
    attempt, at = read_long(data, at)
    dispatch_time_ms, at = read_long(data, at)
    delivery_id, at = read_string(data, at)
    claim, at = read_boolean(data, at)
    started_time_ms, at = read_long(data, at)
    record = RecordActivityTaskStarted(
        workflow_id=workflow_id,
        run_id=run_id,
        identity=identity,
        request_id=request_id,
        reply_partition=reply_partition,
        recipient=recipient,
        correlation_id=correlation_id,
        scheduled_event_id=scheduled_event_id,
        attempt=attempt,
        dispatch_time_ms=dispatch_time_ms,
        delivery_id=delivery_id,
        claim=claim,
        started_time_ms=started_time_ms,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class RecordActivityTaskHeartbeat:
    """The activity is alive.

    run_id: Empty: the current run.
    identity: Who asks, for people.
    request_id: Empty, or the identity of this request: it has effect once.
    reply_partition: Partition of the inbox topic for the reply; -1: no reply is wanted.
    recipient: Key of the reply in the inbox.
    correlation_id: Given back in the reply.
    dispatch_time_ms: Of the task; with run, event and attempt it is the token that fences stale answers.
    delivery_id: Random per receipt of the task record.
    activity_id: Instead of the token: the pending activity of this Activity ID, whichever attempt it is at.
    """

    SCHEMA_ID: ClassVar[int] = 21102
    workflow_id: str
    run_id: str = ""
    identity: str = ""
    request_id: str = ""
    reply_partition: int = -1
    recipient: str = ""
    correlation_id: str = ""
    scheduled_event_id: int
    attempt: int
    dispatch_time_ms: int
    delivery_id: str = ""
    details: list[Payload] = field(default_factory=list[Payload])
    started_time_ms: int = 0
    activity_id: str = ""


def _write_record_activity_task_heartbeat(r: RecordActivityTaskHeartbeat) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00Rn",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_string(r.identity) if r.identity else b"\x00"),
            (write_string(r.request_id) if r.request_id else b"\x00"),
            (write_long(r.reply_partition) if r.reply_partition else b"\x00"),
            (write_string(r.recipient) if r.recipient else b"\x00"),
            (write_string(r.correlation_id) if r.correlation_id else b"\x00"),
            (write_long(r.scheduled_event_id) if r.scheduled_event_id else b"\x00"),
            (write_long(r.attempt) if r.attempt else b"\x00"),
            (write_long(r.dispatch_time_ms) if r.dispatch_time_ms else b"\x00"),
            (write_string(r.delivery_id) if r.delivery_id else b"\x00"),
            (write_array(r.details, write_payload) if r.details else b"\x00"),
            (write_long(r.started_time_ms) if r.started_time_ms else b"\x00"),
            (write_string(r.activity_id) if r.activity_id else b"\x00"),
        )
    )


def _read_record_activity_task_heartbeat(
    data: bytes, at: int
) -> tuple[RecordActivityTaskHeartbeat, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    identity, at = read_string(data, at)
    request_id, at = read_string(data, at)
    reply_partition, at = read_long(data, at)
    recipient, at = read_string(data, at)
    correlation_id, at = read_string(data, at)
    scheduled_event_id, at = read_long(data, at)
    attempt, at = read_long(data, at)
    dispatch_time_ms, at = read_long(data, at)
    delivery_id, at = read_string(data, at)
    details, at = read_array(data, at, read_payload)
    started_time_ms, at = read_long(data, at)
    activity_id, at = read_string(data, at)
    record = RecordActivityTaskHeartbeat(
        workflow_id=workflow_id,
        run_id=run_id,
        identity=identity,
        request_id=request_id,
        reply_partition=reply_partition,
        recipient=recipient,
        correlation_id=correlation_id,
        scheduled_event_id=scheduled_event_id,
        attempt=attempt,
        dispatch_time_ms=dispatch_time_ms,
        delivery_id=delivery_id,
        details=details,
        started_time_ms=started_time_ms,
        activity_id=activity_id,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class RespondActivityTaskCompleted:
    """The activity returned.

    run_id: Empty: the current run.
    identity: Who asks, for people.
    request_id: Empty, or the identity of this request: it has effect once.
    reply_partition: Partition of the inbox topic for the reply; -1: no reply is wanted.
    recipient: Key of the reply in the inbox.
    correlation_id: Given back in the reply.
    dispatch_time_ms: Of the task; with run, event and attempt it is the token that fences stale answers.
    delivery_id: Random per receipt of the task record.
    activity_id: Instead of the token: the pending activity of this Activity ID, whichever attempt it is at.
    """

    SCHEMA_ID: ClassVar[int] = 21202
    workflow_id: str
    run_id: str = ""
    identity: str = ""
    request_id: str = ""
    reply_partition: int = -1
    recipient: str = ""
    correlation_id: str = ""
    scheduled_event_id: int
    attempt: int
    dispatch_time_ms: int
    delivery_id: str = ""
    result: list[Payload] = field(default_factory=list[Payload])
    started_time_ms: int = 0
    activity_id: str = ""


def _write_respond_activity_task_completed(r: RespondActivityTaskCompleted) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00R\xd2",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_string(r.identity) if r.identity else b"\x00"),
            (write_string(r.request_id) if r.request_id else b"\x00"),
            (write_long(r.reply_partition) if r.reply_partition else b"\x00"),
            (write_string(r.recipient) if r.recipient else b"\x00"),
            (write_string(r.correlation_id) if r.correlation_id else b"\x00"),
            (write_long(r.scheduled_event_id) if r.scheduled_event_id else b"\x00"),
            (write_long(r.attempt) if r.attempt else b"\x00"),
            (write_long(r.dispatch_time_ms) if r.dispatch_time_ms else b"\x00"),
            (write_string(r.delivery_id) if r.delivery_id else b"\x00"),
            (write_array(r.result, write_payload) if r.result else b"\x00"),
            (write_long(r.started_time_ms) if r.started_time_ms else b"\x00"),
            (write_string(r.activity_id) if r.activity_id else b"\x00"),
        )
    )


def _read_respond_activity_task_completed(
    data: bytes, at: int
) -> tuple[RespondActivityTaskCompleted, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    identity, at = read_string(data, at)
    request_id, at = read_string(data, at)
    reply_partition, at = read_long(data, at)
    recipient, at = read_string(data, at)
    correlation_id, at = read_string(data, at)
    scheduled_event_id, at = read_long(data, at)
    attempt, at = read_long(data, at)
    dispatch_time_ms, at = read_long(data, at)
    delivery_id, at = read_string(data, at)
    result, at = read_array(data, at, read_payload)
    started_time_ms, at = read_long(data, at)
    activity_id, at = read_string(data, at)
    record = RespondActivityTaskCompleted(
        workflow_id=workflow_id,
        run_id=run_id,
        identity=identity,
        request_id=request_id,
        reply_partition=reply_partition,
        recipient=recipient,
        correlation_id=correlation_id,
        scheduled_event_id=scheduled_event_id,
        attempt=attempt,
        dispatch_time_ms=dispatch_time_ms,
        delivery_id=delivery_id,
        result=result,
        started_time_ms=started_time_ms,
        activity_id=activity_id,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class RespondActivityTaskFailed:
    """The attempt failed.

    run_id: Empty: the current run.
    identity: Who asks, for people.
    request_id: Empty, or the identity of this request: it has effect once.
    reply_partition: Partition of the inbox topic for the reply; -1: no reply is wanted.
    recipient: Key of the reply in the inbox.
    correlation_id: Given back in the reply.
    dispatch_time_ms: Of the task; with run, event and attempt it is the token that fences stale answers.
    delivery_id: Random per receipt of the task record.
    activity_id: Instead of the token: the pending activity of this Activity ID, whichever attempt it is at.
    """

    SCHEMA_ID: ClassVar[int] = 21302
    workflow_id: str
    run_id: str = ""
    identity: str = ""
    request_id: str = ""
    reply_partition: int = -1
    recipient: str = ""
    correlation_id: str = ""
    scheduled_event_id: int
    attempt: int
    dispatch_time_ms: int
    delivery_id: str = ""
    failure: Failure | None = None
    last_heartbeat_details: list[Payload] = field(default_factory=list[Payload])
    started_time_ms: int = 0
    activity_id: str = ""


def _write_respond_activity_task_failed(r: RespondActivityTaskFailed) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00S6",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_string(r.identity) if r.identity else b"\x00"),
            (write_string(r.request_id) if r.request_id else b"\x00"),
            (write_long(r.reply_partition) if r.reply_partition else b"\x00"),
            (write_string(r.recipient) if r.recipient else b"\x00"),
            (write_string(r.correlation_id) if r.correlation_id else b"\x00"),
            (write_long(r.scheduled_event_id) if r.scheduled_event_id else b"\x00"),
            (write_long(r.attempt) if r.attempt else b"\x00"),
            (write_long(r.dispatch_time_ms) if r.dispatch_time_ms else b"\x00"),
            (write_string(r.delivery_id) if r.delivery_id else b"\x00"),
            (b"\x00" if r.failure is None else b"\x02" + write_failure(r.failure)),
            (
                write_array(r.last_heartbeat_details, write_payload)
                if r.last_heartbeat_details
                else b"\x00"
            ),
            (write_long(r.started_time_ms) if r.started_time_ms else b"\x00"),
            (write_string(r.activity_id) if r.activity_id else b"\x00"),
        )
    )


def _read_respond_activity_task_failed(
    data: bytes, at: int
) -> tuple[RespondActivityTaskFailed, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    identity, at = read_string(data, at)
    request_id, at = read_string(data, at)
    reply_partition, at = read_long(data, at)
    recipient, at = read_string(data, at)
    correlation_id, at = read_string(data, at)
    scheduled_event_id, at = read_long(data, at)
    attempt, at = read_long(data, at)
    dispatch_time_ms, at = read_long(data, at)
    delivery_id, at = read_string(data, at)
    present, at = read_branch(data, at)
    failure: Failure | None = None
    if present:
        failure, at = read_failure(data, at)
    last_heartbeat_details, at = read_array(data, at, read_payload)
    started_time_ms, at = read_long(data, at)
    activity_id, at = read_string(data, at)
    record = RespondActivityTaskFailed(
        workflow_id=workflow_id,
        run_id=run_id,
        identity=identity,
        request_id=request_id,
        reply_partition=reply_partition,
        recipient=recipient,
        correlation_id=correlation_id,
        scheduled_event_id=scheduled_event_id,
        attempt=attempt,
        dispatch_time_ms=dispatch_time_ms,
        delivery_id=delivery_id,
        failure=failure,
        last_heartbeat_details=last_heartbeat_details,
        started_time_ms=started_time_ms,
        activity_id=activity_id,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class RespondActivityTaskCanceled:
    """The activity ended as cancelled.

    run_id: Empty: the current run.
    identity: Who asks, for people.
    request_id: Empty, or the identity of this request: it has effect once.
    reply_partition: Partition of the inbox topic for the reply; -1: no reply is wanted.
    recipient: Key of the reply in the inbox.
    correlation_id: Given back in the reply.
    dispatch_time_ms: Of the task; with run, event and attempt it is the token that fences stale answers.
    delivery_id: Random per receipt of the task record.
    activity_id: Instead of the token: the pending activity of this Activity ID, whichever attempt it is at.
    """

    SCHEMA_ID: ClassVar[int] = 21402
    workflow_id: str
    run_id: str = ""
    identity: str = ""
    request_id: str = ""
    reply_partition: int = -1
    recipient: str = ""
    correlation_id: str = ""
    scheduled_event_id: int
    attempt: int
    dispatch_time_ms: int
    delivery_id: str = ""
    details: list[Payload] = field(default_factory=list[Payload])
    started_time_ms: int = 0
    activity_id: str = ""


def _write_respond_activity_task_canceled(r: RespondActivityTaskCanceled) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00S\x9a",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_string(r.identity) if r.identity else b"\x00"),
            (write_string(r.request_id) if r.request_id else b"\x00"),
            (write_long(r.reply_partition) if r.reply_partition else b"\x00"),
            (write_string(r.recipient) if r.recipient else b"\x00"),
            (write_string(r.correlation_id) if r.correlation_id else b"\x00"),
            (write_long(r.scheduled_event_id) if r.scheduled_event_id else b"\x00"),
            (write_long(r.attempt) if r.attempt else b"\x00"),
            (write_long(r.dispatch_time_ms) if r.dispatch_time_ms else b"\x00"),
            (write_string(r.delivery_id) if r.delivery_id else b"\x00"),
            (write_array(r.details, write_payload) if r.details else b"\x00"),
            (write_long(r.started_time_ms) if r.started_time_ms else b"\x00"),
            (write_string(r.activity_id) if r.activity_id else b"\x00"),
        )
    )


def _read_respond_activity_task_canceled(
    data: bytes, at: int
) -> tuple[RespondActivityTaskCanceled, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    identity, at = read_string(data, at)
    request_id, at = read_string(data, at)
    reply_partition, at = read_long(data, at)
    recipient, at = read_string(data, at)
    correlation_id, at = read_string(data, at)
    scheduled_event_id, at = read_long(data, at)
    attempt, at = read_long(data, at)
    dispatch_time_ms, at = read_long(data, at)
    delivery_id, at = read_string(data, at)
    details, at = read_array(data, at, read_payload)
    started_time_ms, at = read_long(data, at)
    activity_id, at = read_string(data, at)
    record = RespondActivityTaskCanceled(
        workflow_id=workflow_id,
        run_id=run_id,
        identity=identity,
        request_id=request_id,
        reply_partition=reply_partition,
        recipient=recipient,
        correlation_id=correlation_id,
        scheduled_event_id=scheduled_event_id,
        attempt=attempt,
        dispatch_time_ms=dispatch_time_ms,
        delivery_id=delivery_id,
        details=details,
        started_time_ms=started_time_ms,
        activity_id=activity_id,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class ReleaseActivityTask:
    """An accepted claim has no runner: dispatch again at once.

    run_id: Empty: the current run.
    identity: Who asks, for people.
    request_id: Empty, or the identity of this request: it has effect once.
    reply_partition: Partition of the inbox topic for the reply; -1: no reply is wanted.
    recipient: Key of the reply in the inbox.
    correlation_id: Given back in the reply.
    dispatch_time_ms: Of the task; with run, event and attempt it is the token that fences stale answers.
    delivery_id: Random per receipt of the task record.
    """

    SCHEMA_ID: ClassVar[int] = 21501
    workflow_id: str
    run_id: str = ""
    identity: str = ""
    request_id: str = ""
    reply_partition: int = -1
    recipient: str = ""
    correlation_id: str = ""
    scheduled_event_id: int
    attempt: int
    dispatch_time_ms: int
    delivery_id: str = ""


def _write_release_activity_task(r: ReleaseActivityTask) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00S\xfd",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_string(r.identity) if r.identity else b"\x00"),
            (write_string(r.request_id) if r.request_id else b"\x00"),
            (write_long(r.reply_partition) if r.reply_partition else b"\x00"),
            (write_string(r.recipient) if r.recipient else b"\x00"),
            (write_string(r.correlation_id) if r.correlation_id else b"\x00"),
            (write_long(r.scheduled_event_id) if r.scheduled_event_id else b"\x00"),
            (write_long(r.attempt) if r.attempt else b"\x00"),
            (write_long(r.dispatch_time_ms) if r.dispatch_time_ms else b"\x00"),
            (write_string(r.delivery_id) if r.delivery_id else b"\x00"),
        )
    )


def _read_release_activity_task(data: bytes, at: int) -> tuple[ReleaseActivityTask, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    identity, at = read_string(data, at)
    request_id, at = read_string(data, at)
    reply_partition, at = read_long(data, at)
    recipient, at = read_string(data, at)
    correlation_id, at = read_string(data, at)
    scheduled_event_id, at = read_long(data, at)
    attempt, at = read_long(data, at)
    dispatch_time_ms, at = read_long(data, at)
    delivery_id, at = read_string(data, at)
    record = ReleaseActivityTask(
        workflow_id=workflow_id,
        run_id=run_id,
        identity=identity,
        request_id=request_id,
        reply_partition=reply_partition,
        recipient=recipient,
        correlation_id=correlation_id,
        scheduled_event_id=scheduled_event_id,
        attempt=attempt,
        dispatch_time_ms=dispatch_time_ms,
        delivery_id=delivery_id,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class ReleaseWorkflowTask:
    """An accepted claim has no runner: dispatch again at once.

    run_id: Empty: the current run.
    identity: Who asks, for people.
    request_id: Empty, or the identity of this request: it has effect once.
    reply_partition: Partition of the inbox topic for the reply; -1: no reply is wanted.
    recipient: Key of the reply in the inbox.
    correlation_id: Given back in the reply.
    dispatch_time_ms: Of the task; with run, event and attempt it is the token that fences stale answers.
    delivery_id: Random per receipt of the task record.
    """

    SCHEMA_ID: ClassVar[int] = 21601
    workflow_id: str
    run_id: str = ""
    identity: str = ""
    request_id: str = ""
    reply_partition: int = -1
    recipient: str = ""
    correlation_id: str = ""
    scheduled_event_id: int
    attempt: int
    dispatch_time_ms: int
    delivery_id: str = ""


def _write_release_workflow_task(r: ReleaseWorkflowTask) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00Ta",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_string(r.identity) if r.identity else b"\x00"),
            (write_string(r.request_id) if r.request_id else b"\x00"),
            (write_long(r.reply_partition) if r.reply_partition else b"\x00"),
            (write_string(r.recipient) if r.recipient else b"\x00"),
            (write_string(r.correlation_id) if r.correlation_id else b"\x00"),
            (write_long(r.scheduled_event_id) if r.scheduled_event_id else b"\x00"),
            (write_long(r.attempt) if r.attempt else b"\x00"),
            (write_long(r.dispatch_time_ms) if r.dispatch_time_ms else b"\x00"),
            (write_string(r.delivery_id) if r.delivery_id else b"\x00"),
        )
    )


def _read_release_workflow_task(data: bytes, at: int) -> tuple[ReleaseWorkflowTask, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    identity, at = read_string(data, at)
    request_id, at = read_string(data, at)
    reply_partition, at = read_long(data, at)
    recipient, at = read_string(data, at)
    correlation_id, at = read_string(data, at)
    scheduled_event_id, at = read_long(data, at)
    attempt, at = read_long(data, at)
    dispatch_time_ms, at = read_long(data, at)
    delivery_id, at = read_string(data, at)
    record = ReleaseWorkflowTask(
        workflow_id=workflow_id,
        run_id=run_id,
        identity=identity,
        request_id=request_id,
        reply_partition=reply_partition,
        recipient=recipient,
        correlation_id=correlation_id,
        scheduled_event_id=scheduled_event_id,
        attempt=attempt,
        dispatch_time_ms=dispatch_time_ms,
        delivery_id=delivery_id,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class ResumeWorkflowExecution:
    """Lift the quarantine of a run and replay what was parked.

    run_id: Empty: the current run.
    identity: Who asks, for people.
    request_id: Empty, or the identity of this request: it has effect once.
    reply_partition: Partition of the inbox topic for the reply; -1: no reply is wanted.
    recipient: Key of the reply in the inbox.
    correlation_id: Given back in the reply.
    """

    SCHEMA_ID: ClassVar[int] = 21701
    workflow_id: str
    run_id: str = ""
    identity: str = ""
    request_id: str = ""
    reply_partition: int = -1
    recipient: str = ""
    correlation_id: str = ""


def _write_resume_workflow_execution(r: ResumeWorkflowExecution) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00T\xc5",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_string(r.identity) if r.identity else b"\x00"),
            (write_string(r.request_id) if r.request_id else b"\x00"),
            (write_long(r.reply_partition) if r.reply_partition else b"\x00"),
            (write_string(r.recipient) if r.recipient else b"\x00"),
            (write_string(r.correlation_id) if r.correlation_id else b"\x00"),
        )
    )


def _read_resume_workflow_execution(data: bytes, at: int) -> tuple[ResumeWorkflowExecution, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    identity, at = read_string(data, at)
    request_id, at = read_string(data, at)
    reply_partition, at = read_long(data, at)
    recipient, at = read_string(data, at)
    correlation_id, at = read_string(data, at)
    record = ResumeWorkflowExecution(
        workflow_id=workflow_id,
        run_id=run_id,
        identity=identity,
        request_id=request_id,
        reply_partition=reply_partition,
        recipient=recipient,
        correlation_id=correlation_id,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class Ping:
    """Ask for the engine's clock; changes nothing.

    run_id: Empty: the current run.
    identity: Who asks, for people.
    request_id: Empty, or the identity of this request: it has effect once.
    reply_partition: Partition of the inbox topic for the reply; -1: no reply is wanted.
    recipient: Key of the reply in the inbox.
    correlation_id: Given back in the reply.
    """

    SCHEMA_ID: ClassVar[int] = 21801
    workflow_id: str
    run_id: str = ""
    identity: str = ""
    request_id: str = ""
    reply_partition: int = -1
    recipient: str = ""
    correlation_id: str = ""


def _write_ping(r: Ping) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00U)",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_string(r.identity) if r.identity else b"\x00"),
            (write_string(r.request_id) if r.request_id else b"\x00"),
            (write_long(r.reply_partition) if r.reply_partition else b"\x00"),
            (write_string(r.recipient) if r.recipient else b"\x00"),
            (write_string(r.correlation_id) if r.correlation_id else b"\x00"),
        )
    )


def _read_ping(data: bytes, at: int) -> tuple[Ping, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    identity, at = read_string(data, at)
    request_id, at = read_string(data, at)
    reply_partition, at = read_long(data, at)
    recipient, at = read_string(data, at)
    correlation_id, at = read_string(data, at)
    record = Ping(
        workflow_id=workflow_id,
        run_id=run_id,
        identity=identity,
        request_id=request_id,
        reply_partition=reply_partition,
        recipient=recipient,
        correlation_id=correlation_id,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class DeliverTransfer:
    """Engine to engine, through `transfers`: what one run wants of another. Repeated until it is acknowledged; the Request in it dedupes by its request id.

    run_id: Empty: the current run.
    identity: Who asks, for people.
    request_id: Empty, or the identity of this request: it has effect once.
    reply_partition: Partition of the inbox topic for the reply; -1: no reply is wanted.
    recipient: Key of the reply in the inbox.
    correlation_id: Given back in the reply.
    origin_workflow_id: Whose run wants it.
    transfer_id: Which of that run's transfers.
    child_workflow_only: Only if the target is a child of the origin.
    initiated_event_id: Of the child in the origin's history; 0: does not matter.
    root_workflow_id: Of a child that is started.
    request: The framed Request that the target is to process.
    """

    SCHEMA_ID: ClassVar[int] = 22201
    workflow_id: str
    run_id: str = ""
    identity: str = ""
    request_id: str = ""
    reply_partition: int = -1
    recipient: str = ""
    correlation_id: str = ""
    origin_workflow_id: str
    origin_run_id: str
    transfer_id: int
    child_workflow_only: bool = False
    initiated_event_id: int = 0
    root_workflow_id: str = ""
    root_run_id: str = ""
    request: bytes


def _write_deliver_transfer(r: DeliverTransfer) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00V\xb9",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_string(r.identity) if r.identity else b"\x00"),
            (write_string(r.request_id) if r.request_id else b"\x00"),
            (write_long(r.reply_partition) if r.reply_partition else b"\x00"),
            (write_string(r.recipient) if r.recipient else b"\x00"),
            (write_string(r.correlation_id) if r.correlation_id else b"\x00"),
            (write_string(r.origin_workflow_id) if r.origin_workflow_id else b"\x00"),
            (write_string(r.origin_run_id) if r.origin_run_id else b"\x00"),
            (write_long(r.transfer_id) if r.transfer_id else b"\x00"),
            write_boolean(r.child_workflow_only),
            (write_long(r.initiated_event_id) if r.initiated_event_id else b"\x00"),
            (write_string(r.root_workflow_id) if r.root_workflow_id else b"\x00"),
            (write_string(r.root_run_id) if r.root_run_id else b"\x00"),
            (write_bytes(r.request) if r.request else b"\x00"),
        )
    )


def _read_deliver_transfer(data: bytes, at: int) -> tuple[DeliverTransfer, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    identity, at = read_string(data, at)
    request_id, at = read_string(data, at)
    reply_partition, at = read_long(data, at)
    recipient, at = read_string(data, at)
    correlation_id, at = read_string(data, at)
    origin_workflow_id, at = read_string(data, at)
    origin_run_id, at = read_string(data, at)
    transfer_id, at = read_long(data, at)
    child_workflow_only, at = read_boolean(data, at)
    initiated_event_id, at = read_long(data, at)
    root_workflow_id, at = read_string(data, at)
    root_run_id, at = read_string(data, at)
    request, at = read_bytes(data, at)
    record = DeliverTransfer(
        workflow_id=workflow_id,
        run_id=run_id,
        identity=identity,
        request_id=request_id,
        reply_partition=reply_partition,
        recipient=recipient,
        correlation_id=correlation_id,
        origin_workflow_id=origin_workflow_id,
        origin_run_id=origin_run_id,
        transfer_id=transfer_id,
        child_workflow_only=child_workflow_only,
        initiated_event_id=initiated_event_id,
        root_workflow_id=root_workflow_id,
        root_run_id=root_run_id,
        request=request,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class AcknowledgeTransfer:
    """Engine to engine: what became of a transfer; to the run it came from.

    run_id: Empty: the current run.
    identity: Who asks, for people.
    request_id: Empty, or the identity of this request: it has effect once.
    reply_partition: Partition of the inbox topic for the reply; -1: no reply is wanted.
    recipient: Key of the reply in the inbox.
    correlation_id: Given back in the reply.
    code: As of a Reply.
    """

    SCHEMA_ID: ClassVar[int] = 22301
    workflow_id: str
    run_id: str = ""
    identity: str = ""
    request_id: str = ""
    reply_partition: int = -1
    recipient: str = ""
    correlation_id: str = ""
    transfer_id: int
    code: str
    text: str = ""
    target_run_id: str = ""


def _write_acknowledge_transfer(r: AcknowledgeTransfer) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00W\x1d",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_string(r.identity) if r.identity else b"\x00"),
            (write_string(r.request_id) if r.request_id else b"\x00"),
            (write_long(r.reply_partition) if r.reply_partition else b"\x00"),
            (write_string(r.recipient) if r.recipient else b"\x00"),
            (write_string(r.correlation_id) if r.correlation_id else b"\x00"),
            (write_long(r.transfer_id) if r.transfer_id else b"\x00"),
            (write_string(r.code) if r.code else b"\x00"),
            (write_string(r.text) if r.text else b"\x00"),
            (write_string(r.target_run_id) if r.target_run_id else b"\x00"),
        )
    )


def _read_acknowledge_transfer(data: bytes, at: int) -> tuple[AcknowledgeTransfer, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    identity, at = read_string(data, at)
    request_id, at = read_string(data, at)
    reply_partition, at = read_long(data, at)
    recipient, at = read_string(data, at)
    correlation_id, at = read_string(data, at)
    transfer_id, at = read_long(data, at)
    code, at = read_string(data, at)
    text, at = read_string(data, at)
    target_run_id, at = read_string(data, at)
    record = AcknowledgeTransfer(
        workflow_id=workflow_id,
        run_id=run_id,
        identity=identity,
        request_id=request_id,
        reply_partition=reply_partition,
        recipient=recipient,
        correlation_id=correlation_id,
        transfer_id=transfer_id,
        code=code,
        text=text,
        target_run_id=target_run_id,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class RecordChildWorkflowExecutionClosed:
    """Engine to engine: the last run of a child's chain has closed; to its parent.

    run_id: Empty: the current run.
    identity: Who asks, for people.
    request_id: Empty, or the identity of this request: it has effect once.
    reply_partition: Partition of the inbox topic for the reply; -1: no reply is wanted.
    recipient: Key of the reply in the inbox.
    correlation_id: Given back in the reply.
    close_event: Framed.
    """

    SCHEMA_ID: ClassVar[int] = 22401
    workflow_id: str
    run_id: str = ""
    identity: str = ""
    request_id: str = ""
    reply_partition: int = -1
    recipient: str = ""
    correlation_id: str = ""
    initiated_event_id: int
    child_workflow_id: str
    child_run_id: str = ""
    first_execution_run_id: str = ""
    workflow_type: str = ""
    close_event: bytes


def _write_record_child_workflow_execution_closed(r: RecordChildWorkflowExecutionClosed) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00W\x81",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_string(r.identity) if r.identity else b"\x00"),
            (write_string(r.request_id) if r.request_id else b"\x00"),
            (write_long(r.reply_partition) if r.reply_partition else b"\x00"),
            (write_string(r.recipient) if r.recipient else b"\x00"),
            (write_string(r.correlation_id) if r.correlation_id else b"\x00"),
            (write_long(r.initiated_event_id) if r.initiated_event_id else b"\x00"),
            (write_string(r.child_workflow_id) if r.child_workflow_id else b"\x00"),
            (write_string(r.child_run_id) if r.child_run_id else b"\x00"),
            (write_string(r.first_execution_run_id) if r.first_execution_run_id else b"\x00"),
            (write_string(r.workflow_type) if r.workflow_type else b"\x00"),
            (write_bytes(r.close_event) if r.close_event else b"\x00"),
        )
    )


def _read_record_child_workflow_execution_closed(
    data: bytes, at: int
) -> tuple[RecordChildWorkflowExecutionClosed, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    identity, at = read_string(data, at)
    request_id, at = read_string(data, at)
    reply_partition, at = read_long(data, at)
    recipient, at = read_string(data, at)
    correlation_id, at = read_string(data, at)
    initiated_event_id, at = read_long(data, at)
    child_workflow_id, at = read_string(data, at)
    child_run_id, at = read_string(data, at)
    first_execution_run_id, at = read_string(data, at)
    workflow_type, at = read_string(data, at)
    close_event, at = read_bytes(data, at)
    record = RecordChildWorkflowExecutionClosed(
        workflow_id=workflow_id,
        run_id=run_id,
        identity=identity,
        request_id=request_id,
        reply_partition=reply_partition,
        recipient=recipient,
        correlation_id=correlation_id,
        initiated_event_id=initiated_event_id,
        child_workflow_id=child_workflow_id,
        child_run_id=child_run_id,
        first_execution_run_id=first_execution_run_id,
        workflow_type=workflow_type,
        close_event=close_event,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class QueryWorkflow:
    """Ask a workflow, open or closed, for something; it leaves no event.

    run_id: Empty: the current run.
    identity: Who asks, for people.
    request_id: Empty, or the identity of this request: it has effect once.
    reply_partition: Partition of the inbox topic for the reply; -1: no reply is wanted.
    recipient: Key of the reply in the inbox.
    correlation_id: Given back in the reply.
    query_reject_condition: NONE, NOT_OPEN or NOT_COMPLETED_CLEANLY.
    """

    SCHEMA_ID: ClassVar[int] = 22601
    workflow_id: str
    run_id: str = ""
    identity: str = ""
    request_id: str = ""
    reply_partition: int = -1
    recipient: str = ""
    correlation_id: str = ""
    query_type: str
    query_args: list[Payload] = field(default_factory=list[Payload])
    query_reject_condition: str = "NONE"
    header: dict[str, Payload] = field(default_factory=dict[str, Payload])


def _write_query_workflow(r: QueryWorkflow) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00XI",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_string(r.identity) if r.identity else b"\x00"),
            (write_string(r.request_id) if r.request_id else b"\x00"),
            (write_long(r.reply_partition) if r.reply_partition else b"\x00"),
            (write_string(r.recipient) if r.recipient else b"\x00"),
            (write_string(r.correlation_id) if r.correlation_id else b"\x00"),
            (write_string(r.query_type) if r.query_type else b"\x00"),
            (write_array(r.query_args, write_payload) if r.query_args else b"\x00"),
            (write_string(r.query_reject_condition) if r.query_reject_condition else b"\x00"),
            (write_map(r.header, write_payload) if r.header else b"\x00"),
        )
    )


def _read_query_workflow(data: bytes, at: int) -> tuple[QueryWorkflow, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    identity, at = read_string(data, at)
    request_id, at = read_string(data, at)
    reply_partition, at = read_long(data, at)
    recipient, at = read_string(data, at)
    correlation_id, at = read_string(data, at)
    query_type, at = read_string(data, at)
    query_args, at = read_array(data, at, read_payload)
    query_reject_condition, at = read_string(data, at)
    header, at = read_map(data, at, read_payload)
    record = QueryWorkflow(
        workflow_id=workflow_id,
        run_id=run_id,
        identity=identity,
        request_id=request_id,
        reply_partition=reply_partition,
        recipient=recipient,
        correlation_id=correlation_id,
        query_type=query_type,
        query_args=query_args,
        query_reject_condition=query_reject_condition,
        header=header,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class RespondQueryTaskCompleted:
    """A worker answers a query; the engine hands it to the client.

    run_id: The run that was asked.
    identity: Who asks, for people.
    request_id: Empty, or the identity of this request: it has effect once.
    reply_partition: Of the query: its client gets the answer.
    recipient: Of the query: its client gets the answer.
    correlation_id: Of the query: its client gets the answer.
    answer: Without `failure`: what the handler returned.
    """

    SCHEMA_ID: ClassVar[int] = 22701
    workflow_id: str
    run_id: str
    identity: str = ""
    request_id: str = ""
    reply_partition: int = -1
    recipient: str = ""
    correlation_id: str = ""
    failure: Failure | None = None
    answer: list[Payload] = field(default_factory=list[Payload])


def _write_respond_query_task_completed(r: RespondQueryTaskCompleted) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00X\xad",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_string(r.identity) if r.identity else b"\x00"),
            (write_string(r.request_id) if r.request_id else b"\x00"),
            (write_long(r.reply_partition) if r.reply_partition else b"\x00"),
            (write_string(r.recipient) if r.recipient else b"\x00"),
            (write_string(r.correlation_id) if r.correlation_id else b"\x00"),
            (b"\x00" if r.failure is None else b"\x02" + write_failure(r.failure)),
            (write_array(r.answer, write_payload) if r.answer else b"\x00"),
        )
    )


def _read_respond_query_task_completed(
    data: bytes, at: int
) -> tuple[RespondQueryTaskCompleted, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    identity, at = read_string(data, at)
    request_id, at = read_string(data, at)
    reply_partition, at = read_long(data, at)
    recipient, at = read_string(data, at)
    correlation_id, at = read_string(data, at)
    present, at = read_branch(data, at)
    failure: Failure | None = None
    if present:
        failure, at = read_failure(data, at)
    answer, at = read_array(data, at, read_payload)
    record = RespondQueryTaskCompleted(
        workflow_id=workflow_id,
        run_id=run_id,
        identity=identity,
        request_id=request_id,
        reply_partition=reply_partition,
        recipient=recipient,
        correlation_id=correlation_id,
        failure=failure,
        answer=answer,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class SignalWithStartWorkflowExecution:
    """Send a signal to the open run; without one, open a run that has it from the beginning.

    run_id: Empty: the current run.
    identity: Who asks, for people.
    request_id: Empty, or the identity of this request: it has effect once.
    reply_partition: Partition of the inbox topic for the reply; -1: no reply is wanted.
    recipient: Key of the reply in the inbox.
    correlation_id: Given back in the reply.
    workflow_task_timeout_ms: 0: 10 s.
    workflow_id_reuse_policy: ALLOW_DUPLICATE, ALLOW_DUPLICATE_FAILED_ONLY, REJECT_DUPLICATE or TERMINATE_IF_RUNNING.
    workflow_id_conflict_policy: USE_EXISTING or TERMINATE_EXISTING.
    header: Of the start and of the signal.
    search_attributes: By name; metadata.type says which kind: Keyword, KeywordList, Int, Double, Bool, Datetime or Text.
    user_metadata_summary: One line for people, set with the start; never acted on.
    user_metadata_details: Longer text for people, as the summary.
    priority_key: From 1 (first) on; 0: inherited, or the default.
    fairness_weight: 0: inherited, or 1.
    cron_schedule: Five cron fields, @every or @hourly and its like, behind CRON_TZ= if need be; empty: none.
    """

    SCHEMA_ID: ClassVar[int] = 22802
    workflow_id: str
    run_id: str = ""
    identity: str = ""
    request_id: str = ""
    reply_partition: int = -1
    recipient: str = ""
    correlation_id: str = ""
    workflow_type: str
    task_queue: str
    input: list[Payload] = field(default_factory=list[Payload])
    workflow_execution_timeout_ms: int = 0
    workflow_run_timeout_ms: int = 0
    workflow_task_timeout_ms: int = 0
    workflow_id_reuse_policy: str = "ALLOW_DUPLICATE"
    workflow_id_conflict_policy: str = "USE_EXISTING"
    retry_policy: RetryPolicy | None = None
    start_delay_ms: int = 0
    header: dict[str, Payload] = field(default_factory=dict[str, Payload])
    memo: dict[str, Payload] = field(default_factory=dict[str, Payload])
    traceparent: str = ""
    search_attributes: dict[str, Payload] = field(default_factory=dict[str, Payload])
    user_metadata_summary: Payload | None = None
    user_metadata_details: Payload | None = None
    priority_key: int = 0
    fairness_key: str = ""
    fairness_weight: float = 0.0
    signal_name: str
    signal_input: list[Payload] = field(default_factory=list[Payload])
    cron_schedule: str = ""


def _write_signal_with_start_workflow_execution(r: SignalWithStartWorkflowExecution) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00Y\x12",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_string(r.identity) if r.identity else b"\x00"),
            (write_string(r.request_id) if r.request_id else b"\x00"),
            (write_long(r.reply_partition) if r.reply_partition else b"\x00"),
            (write_string(r.recipient) if r.recipient else b"\x00"),
            (write_string(r.correlation_id) if r.correlation_id else b"\x00"),
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
            (write_string(r.workflow_id_reuse_policy) if r.workflow_id_reuse_policy else b"\x00"),
            (
                write_string(r.workflow_id_conflict_policy)
                if r.workflow_id_conflict_policy
                else b"\x00"
            ),
            (b"\x00" if r.retry_policy is None else b"\x02" + write_retry_policy(r.retry_policy)),
            (write_long(r.start_delay_ms) if r.start_delay_ms else b"\x00"),
            (write_map(r.header, write_payload) if r.header else b"\x00"),
            (write_map(r.memo, write_payload) if r.memo else b"\x00"),
            (write_string(r.traceparent) if r.traceparent else b"\x00"),
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
            (write_string(r.signal_name) if r.signal_name else b"\x00"),
            (write_array(r.signal_input, write_payload) if r.signal_input else b"\x00"),
            (write_string(r.cron_schedule) if r.cron_schedule else b"\x00"),
        )
    )


def _read_signal_with_start_workflow_execution(
    data: bytes, at: int
) -> tuple[SignalWithStartWorkflowExecution, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    identity, at = read_string(data, at)
    request_id, at = read_string(data, at)
    reply_partition, at = read_long(data, at)
    recipient, at = read_string(data, at)
    correlation_id, at = read_string(data, at)
    workflow_type, at = read_string(data, at)
    task_queue, at = read_string(data, at)
    input, at = read_array(data, at, read_payload)
    workflow_execution_timeout_ms, at = read_long(data, at)
    workflow_run_timeout_ms, at = read_long(data, at)
    workflow_task_timeout_ms, at = read_long(data, at)
    workflow_id_reuse_policy, at = read_string(data, at)
    workflow_id_conflict_policy, at = read_string(data, at)
    present, at = read_branch(data, at)
    retry_policy: RetryPolicy | None = None
    if present:
        retry_policy, at = read_retry_policy(data, at)
    start_delay_ms, at = read_long(data, at)
    header, at = read_map(data, at, read_payload)
    memo, at = read_map(data, at, read_payload)
    traceparent, at = read_string(data, at)
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
    signal_name, at = read_string(data, at)
    signal_input, at = read_array(data, at, read_payload)
    cron_schedule, at = read_string(data, at)
    record = SignalWithStartWorkflowExecution(
        workflow_id=workflow_id,
        run_id=run_id,
        identity=identity,
        request_id=request_id,
        reply_partition=reply_partition,
        recipient=recipient,
        correlation_id=correlation_id,
        workflow_type=workflow_type,
        task_queue=task_queue,
        input=input,
        workflow_execution_timeout_ms=workflow_execution_timeout_ms,
        workflow_run_timeout_ms=workflow_run_timeout_ms,
        workflow_task_timeout_ms=workflow_task_timeout_ms,
        workflow_id_reuse_policy=workflow_id_reuse_policy,
        workflow_id_conflict_policy=workflow_id_conflict_policy,
        retry_policy=retry_policy,
        start_delay_ms=start_delay_ms,
        header=header,
        memo=memo,
        traceparent=traceparent,
        search_attributes=search_attributes,
        user_metadata_summary=user_metadata_summary,
        user_metadata_details=user_metadata_details,
        priority_key=priority_key,
        fairness_key=fairness_key,
        fairness_weight=fairness_weight,
        signal_name=signal_name,
        signal_input=signal_input,
        cron_schedule=cron_schedule,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class UpdateWorkflowExecution:
    """Ask an open run to change, and wait for what becomes of it; once per update id.

    run_id: Empty: the current run.
    identity: Who asks, for people.
    request_id: Empty, or the identity of this request: it has effect once.
    reply_partition: Partition of the inbox topic for the reply; -1: no reply is wanted.
    recipient: Key of the reply in the inbox.
    correlation_id: Given back in the reply.
    first_execution_run_id: Empty, or the run must descend from this one.
    wait_stage: ACCEPTED or COMPLETED: when to answer.
    """

    SCHEMA_ID: ClassVar[int] = 22901
    workflow_id: str
    run_id: str = ""
    identity: str = ""
    request_id: str = ""
    reply_partition: int = -1
    recipient: str = ""
    correlation_id: str = ""
    first_execution_run_id: str = ""
    update_id: str
    update_name: str
    input: list[Payload] = field(default_factory=list[Payload])
    header: dict[str, Payload] = field(default_factory=dict[str, Payload])
    wait_stage: str = "COMPLETED"


def _write_update_workflow_execution(r: UpdateWorkflowExecution) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00Yu",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_string(r.identity) if r.identity else b"\x00"),
            (write_string(r.request_id) if r.request_id else b"\x00"),
            (write_long(r.reply_partition) if r.reply_partition else b"\x00"),
            (write_string(r.recipient) if r.recipient else b"\x00"),
            (write_string(r.correlation_id) if r.correlation_id else b"\x00"),
            (write_string(r.first_execution_run_id) if r.first_execution_run_id else b"\x00"),
            (write_string(r.update_id) if r.update_id else b"\x00"),
            (write_string(r.update_name) if r.update_name else b"\x00"),
            (write_array(r.input, write_payload) if r.input else b"\x00"),
            (write_map(r.header, write_payload) if r.header else b"\x00"),
            (write_string(r.wait_stage) if r.wait_stage else b"\x00"),
        )
    )


def _read_update_workflow_execution(data: bytes, at: int) -> tuple[UpdateWorkflowExecution, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    identity, at = read_string(data, at)
    request_id, at = read_string(data, at)
    reply_partition, at = read_long(data, at)
    recipient, at = read_string(data, at)
    correlation_id, at = read_string(data, at)
    first_execution_run_id, at = read_string(data, at)
    update_id, at = read_string(data, at)
    update_name, at = read_string(data, at)
    input, at = read_array(data, at, read_payload)
    header, at = read_map(data, at, read_payload)
    wait_stage, at = read_string(data, at)
    record = UpdateWorkflowExecution(
        workflow_id=workflow_id,
        run_id=run_id,
        identity=identity,
        request_id=request_id,
        reply_partition=reply_partition,
        recipient=recipient,
        correlation_id=correlation_id,
        first_execution_run_id=first_execution_run_id,
        update_id=update_id,
        update_name=update_name,
        input=input,
        header=header,
        wait_stage=wait_stage,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class UpdateWithStartWorkflowExecution:
    """Send an update to the open run; without one, open a run that has it from the beginning.

    run_id: Empty: the current run.
    identity: Who asks, for people.
    request_id: Empty, or the identity of this request: it has effect once.
    reply_partition: Partition of the inbox topic for the reply; -1: no reply is wanted.
    recipient: Key of the reply in the inbox.
    correlation_id: Given back in the reply.
    workflow_task_timeout_ms: 0: 10 s.
    workflow_id_reuse_policy: ALLOW_DUPLICATE, ALLOW_DUPLICATE_FAILED_ONLY, REJECT_DUPLICATE or TERMINATE_IF_RUNNING.
    workflow_id_conflict_policy: FAIL, USE_EXISTING or TERMINATE_EXISTING.
    search_attributes: By name; metadata.type says which kind: Keyword, KeywordList, Int, Double, Bool, Datetime or Text.
    user_metadata_summary: One line for people, set with the start; never acted on.
    user_metadata_details: Longer text for people, as the summary.
    priority_key: From 1 (first) on; 0: inherited, or the default.
    fairness_weight: 0: inherited, or 1.
    wait_stage: ACCEPTED or COMPLETED: when to answer.
    cron_schedule: Five cron fields, @every or @hourly and its like, behind CRON_TZ= if need be; empty: none.
    """

    SCHEMA_ID: ClassVar[int] = 23002
    workflow_id: str
    run_id: str = ""
    identity: str = ""
    request_id: str = ""
    reply_partition: int = -1
    recipient: str = ""
    correlation_id: str = ""
    workflow_type: str
    task_queue: str
    input: list[Payload] = field(default_factory=list[Payload])
    workflow_execution_timeout_ms: int = 0
    workflow_run_timeout_ms: int = 0
    workflow_task_timeout_ms: int = 0
    workflow_id_reuse_policy: str = "ALLOW_DUPLICATE"
    workflow_id_conflict_policy: str = "FAIL"
    retry_policy: RetryPolicy | None = None
    start_delay_ms: int = 0
    header: dict[str, Payload] = field(default_factory=dict[str, Payload])
    memo: dict[str, Payload] = field(default_factory=dict[str, Payload])
    traceparent: str = ""
    search_attributes: dict[str, Payload] = field(default_factory=dict[str, Payload])
    user_metadata_summary: Payload | None = None
    user_metadata_details: Payload | None = None
    priority_key: int = 0
    fairness_key: str = ""
    fairness_weight: float = 0.0
    update_id: str
    update_name: str
    update_input: list[Payload] = field(default_factory=list[Payload])
    update_header: dict[str, Payload] = field(default_factory=dict[str, Payload])
    wait_stage: str = "COMPLETED"
    cron_schedule: str = ""


def _write_update_with_start_workflow_execution(r: UpdateWithStartWorkflowExecution) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00Y\xda",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_string(r.identity) if r.identity else b"\x00"),
            (write_string(r.request_id) if r.request_id else b"\x00"),
            (write_long(r.reply_partition) if r.reply_partition else b"\x00"),
            (write_string(r.recipient) if r.recipient else b"\x00"),
            (write_string(r.correlation_id) if r.correlation_id else b"\x00"),
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
            (write_string(r.workflow_id_reuse_policy) if r.workflow_id_reuse_policy else b"\x00"),
            (
                write_string(r.workflow_id_conflict_policy)
                if r.workflow_id_conflict_policy
                else b"\x00"
            ),
            (b"\x00" if r.retry_policy is None else b"\x02" + write_retry_policy(r.retry_policy)),
            (write_long(r.start_delay_ms) if r.start_delay_ms else b"\x00"),
            (write_map(r.header, write_payload) if r.header else b"\x00"),
            (write_map(r.memo, write_payload) if r.memo else b"\x00"),
            (write_string(r.traceparent) if r.traceparent else b"\x00"),
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
            (write_string(r.update_id) if r.update_id else b"\x00"),
            (write_string(r.update_name) if r.update_name else b"\x00"),
            (write_array(r.update_input, write_payload) if r.update_input else b"\x00"),
            (write_map(r.update_header, write_payload) if r.update_header else b"\x00"),
            (write_string(r.wait_stage) if r.wait_stage else b"\x00"),
            (write_string(r.cron_schedule) if r.cron_schedule else b"\x00"),
        )
    )


def _read_update_with_start_workflow_execution(
    data: bytes, at: int
) -> tuple[UpdateWithStartWorkflowExecution, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    identity, at = read_string(data, at)
    request_id, at = read_string(data, at)
    reply_partition, at = read_long(data, at)
    recipient, at = read_string(data, at)
    correlation_id, at = read_string(data, at)
    workflow_type, at = read_string(data, at)
    task_queue, at = read_string(data, at)
    input, at = read_array(data, at, read_payload)
    workflow_execution_timeout_ms, at = read_long(data, at)
    workflow_run_timeout_ms, at = read_long(data, at)
    workflow_task_timeout_ms, at = read_long(data, at)
    workflow_id_reuse_policy, at = read_string(data, at)
    workflow_id_conflict_policy, at = read_string(data, at)
    present, at = read_branch(data, at)
    retry_policy: RetryPolicy | None = None
    if present:
        retry_policy, at = read_retry_policy(data, at)
    start_delay_ms, at = read_long(data, at)
    header, at = read_map(data, at, read_payload)
    memo, at = read_map(data, at, read_payload)
    traceparent, at = read_string(data, at)
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
    update_id, at = read_string(data, at)
    update_name, at = read_string(data, at)
    update_input, at = read_array(data, at, read_payload)
    update_header, at = read_map(data, at, read_payload)
    wait_stage, at = read_string(data, at)
    cron_schedule, at = read_string(data, at)
    record = UpdateWithStartWorkflowExecution(
        workflow_id=workflow_id,
        run_id=run_id,
        identity=identity,
        request_id=request_id,
        reply_partition=reply_partition,
        recipient=recipient,
        correlation_id=correlation_id,
        workflow_type=workflow_type,
        task_queue=task_queue,
        input=input,
        workflow_execution_timeout_ms=workflow_execution_timeout_ms,
        workflow_run_timeout_ms=workflow_run_timeout_ms,
        workflow_task_timeout_ms=workflow_task_timeout_ms,
        workflow_id_reuse_policy=workflow_id_reuse_policy,
        workflow_id_conflict_policy=workflow_id_conflict_policy,
        retry_policy=retry_policy,
        start_delay_ms=start_delay_ms,
        header=header,
        memo=memo,
        traceparent=traceparent,
        search_attributes=search_attributes,
        user_metadata_summary=user_metadata_summary,
        user_metadata_details=user_metadata_details,
        priority_key=priority_key,
        fairness_key=fairness_key,
        fairness_weight=fairness_weight,
        update_id=update_id,
        update_name=update_name,
        update_input=update_input,
        update_header=update_header,
        wait_stage=wait_stage,
        cron_schedule=cron_schedule,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class PollWorkflowExecutionUpdate:
    """Wait for what becomes of an update that was sent before.

    run_id: Empty: the current run.
    identity: Who asks, for people.
    request_id: Empty, or the identity of this request: it has effect once.
    reply_partition: Partition of the inbox topic for the reply; -1: no reply is wanted.
    recipient: Key of the reply in the inbox.
    correlation_id: Given back in the reply.
    wait_stage: ACCEPTED or COMPLETED: when to answer.
    """

    SCHEMA_ID: ClassVar[int] = 23101
    workflow_id: str
    run_id: str = ""
    identity: str = ""
    request_id: str = ""
    reply_partition: int = -1
    recipient: str = ""
    correlation_id: str = ""
    update_id: str
    wait_stage: str = "COMPLETED"


def _write_poll_workflow_execution_update(r: PollWorkflowExecutionUpdate) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00Z=",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_string(r.identity) if r.identity else b"\x00"),
            (write_string(r.request_id) if r.request_id else b"\x00"),
            (write_long(r.reply_partition) if r.reply_partition else b"\x00"),
            (write_string(r.recipient) if r.recipient else b"\x00"),
            (write_string(r.correlation_id) if r.correlation_id else b"\x00"),
            (write_string(r.update_id) if r.update_id else b"\x00"),
            (write_string(r.wait_stage) if r.wait_stage else b"\x00"),
        )
    )


def _read_poll_workflow_execution_update(
    data: bytes, at: int
) -> tuple[PollWorkflowExecutionUpdate, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    identity, at = read_string(data, at)
    request_id, at = read_string(data, at)
    reply_partition, at = read_long(data, at)
    recipient, at = read_string(data, at)
    correlation_id, at = read_string(data, at)
    update_id, at = read_string(data, at)
    wait_stage, at = read_string(data, at)
    record = PollWorkflowExecutionUpdate(
        workflow_id=workflow_id,
        run_id=run_id,
        identity=identity,
        request_id=request_id,
        reply_partition=reply_partition,
        recipient=recipient,
        correlation_id=correlation_id,
        update_id=update_id,
        wait_stage=wait_stage,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class SetFeatureLevel:
    """Raise the feature level of one engine partition, or ask for it; it never goes back.

    run_id: Empty: the current run.
    identity: Who asks, for people.
    request_id: Empty, or the identity of this request: it has effect once.
    reply_partition: Partition of the inbox topic for the reply; -1: no reply is wanted.
    recipient: Key of the reply in the inbox.
    correlation_id: Given back in the reply.
    level: 0: only tell how it is.
    """

    SCHEMA_ID: ClassVar[int] = 24101
    workflow_id: str
    run_id: str = ""
    identity: str = ""
    request_id: str = ""
    reply_partition: int = -1
    recipient: str = ""
    correlation_id: str = ""
    level: int = 0


def _write_set_feature_level(r: SetFeatureLevel) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00^%",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_string(r.identity) if r.identity else b"\x00"),
            (write_string(r.request_id) if r.request_id else b"\x00"),
            (write_long(r.reply_partition) if r.reply_partition else b"\x00"),
            (write_string(r.recipient) if r.recipient else b"\x00"),
            (write_string(r.correlation_id) if r.correlation_id else b"\x00"),
            (write_long(r.level) if r.level else b"\x00"),
        )
    )


def _read_set_feature_level(data: bytes, at: int) -> tuple[SetFeatureLevel, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    identity, at = read_string(data, at)
    request_id, at = read_string(data, at)
    reply_partition, at = read_long(data, at)
    recipient, at = read_string(data, at)
    correlation_id, at = read_string(data, at)
    level, at = read_long(data, at)
    record = SetFeatureLevel(
        workflow_id=workflow_id,
        run_id=run_id,
        identity=identity,
        request_id=request_id,
        reply_partition=reply_partition,
        recipient=recipient,
        correlation_id=correlation_id,
        level=level,
    )
    return record, at


Request = (
    StartWorkflowExecution
    | SignalWorkflowExecution
    | RequestCancelWorkflowExecution
    | TerminateWorkflowExecution
    | DescribeWorkflowExecution
    | GetWorkflowExecutionHistory
    | RecordWorkflowTaskStarted
    | RespondWorkflowTaskCompleted
    | RespondWorkflowTaskFailed
    | RecordActivityTaskStarted
    | RecordActivityTaskHeartbeat
    | RespondActivityTaskCompleted
    | RespondActivityTaskFailed
    | RespondActivityTaskCanceled
    | ReleaseActivityTask
    | ReleaseWorkflowTask
    | ResumeWorkflowExecution
    | Ping
    | DeliverTransfer
    | AcknowledgeTransfer
    | RecordChildWorkflowExecutionClosed
    | QueryWorkflow
    | RespondQueryTaskCompleted
    | SignalWithStartWorkflowExecution
    | UpdateWorkflowExecution
    | UpdateWithStartWorkflowExecution
    | PollWorkflowExecutionUpdate
    | SetFeatureLevel
)

Reader = Callable[[bytes, int], tuple[Any, int]]
CODECS: Final[dict[type, tuple[Callable[[Any], bytes], Reader]]] = {
    StartWorkflowExecution: (_write_start_workflow_execution, _read_start_workflow_execution),
    SignalWorkflowExecution: (_write_signal_workflow_execution, _read_signal_workflow_execution),
    RequestCancelWorkflowExecution: (
        _write_request_cancel_workflow_execution,
        _read_request_cancel_workflow_execution,
    ),
    TerminateWorkflowExecution: (
        _write_terminate_workflow_execution,
        _read_terminate_workflow_execution,
    ),
    DescribeWorkflowExecution: (
        _write_describe_workflow_execution,
        _read_describe_workflow_execution,
    ),
    GetWorkflowExecutionHistory: (
        _write_get_workflow_execution_history,
        _read_get_workflow_execution_history,
    ),
    RecordWorkflowTaskStarted: (
        _write_record_workflow_task_started,
        _read_record_workflow_task_started,
    ),
    RespondWorkflowTaskCompleted: (
        _write_respond_workflow_task_completed,
        _read_respond_workflow_task_completed,
    ),
    RespondWorkflowTaskFailed: (
        _write_respond_workflow_task_failed,
        _read_respond_workflow_task_failed,
    ),
    RecordActivityTaskStarted: (
        _write_record_activity_task_started,
        _read_record_activity_task_started,
    ),
    RecordActivityTaskHeartbeat: (
        _write_record_activity_task_heartbeat,
        _read_record_activity_task_heartbeat,
    ),
    RespondActivityTaskCompleted: (
        _write_respond_activity_task_completed,
        _read_respond_activity_task_completed,
    ),
    RespondActivityTaskFailed: (
        _write_respond_activity_task_failed,
        _read_respond_activity_task_failed,
    ),
    RespondActivityTaskCanceled: (
        _write_respond_activity_task_canceled,
        _read_respond_activity_task_canceled,
    ),
    ReleaseActivityTask: (_write_release_activity_task, _read_release_activity_task),
    ReleaseWorkflowTask: (_write_release_workflow_task, _read_release_workflow_task),
    ResumeWorkflowExecution: (_write_resume_workflow_execution, _read_resume_workflow_execution),
    Ping: (_write_ping, _read_ping),
    DeliverTransfer: (_write_deliver_transfer, _read_deliver_transfer),
    AcknowledgeTransfer: (_write_acknowledge_transfer, _read_acknowledge_transfer),
    RecordChildWorkflowExecutionClosed: (
        _write_record_child_workflow_execution_closed,
        _read_record_child_workflow_execution_closed,
    ),
    QueryWorkflow: (_write_query_workflow, _read_query_workflow),
    RespondQueryTaskCompleted: (
        _write_respond_query_task_completed,
        _read_respond_query_task_completed,
    ),
    SignalWithStartWorkflowExecution: (
        _write_signal_with_start_workflow_execution,
        _read_signal_with_start_workflow_execution,
    ),
    UpdateWorkflowExecution: (_write_update_workflow_execution, _read_update_workflow_execution),
    UpdateWithStartWorkflowExecution: (
        _write_update_with_start_workflow_execution,
        _read_update_with_start_workflow_execution,
    ),
    PollWorkflowExecutionUpdate: (
        _write_poll_workflow_execution_update,
        _read_poll_workflow_execution_update,
    ),
    SetFeatureLevel: (_write_set_feature_level, _read_set_feature_level),
}
