"""What records are made of: Payload, Failure, RetryPolicy, RecordHeader.

Generated from avsc/ by `make schemas`; change the .avsc, not this file.
"""

from __future__ import annotations

from dataclasses import dataclass, field

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
from duralog.schemas.payload_message import (
    PayloadMessage,
)


@dataclass(slots=True, kw_only=True)
class Payload(PayloadMessage):
    """One value: opaque bytes and metadata that says how to read them (metadata.encoding, as in Temporal).

    metadata: At least `encoding`: binary/null, binary/plain, json/plain, …
    data: The value, as the encoding says.
    """

    metadata: dict[str, bytes]
    data: bytes


def write_payload(r: Payload) -> bytes:
    """The Avro body of a `Payload`."""
    return b"".join(
        (
            (write_map(r.metadata, write_bytes) if r.metadata else b"\x00"),
            (write_bytes(r.data) if r.data else b"\x00"),
        )
    )


def read_payload(data: bytes, at: int) -> tuple[Payload, int]:
    """The `Payload` at `at`, and the position behind it."""
    metadata, at = read_map(data, at, read_bytes)
    data, at = read_bytes(data, at)
    record = Payload(
        metadata=metadata,
        data=data,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class RetryPolicy:
    """When a failed attempt runs again. Source: Temporal's RetryPolicy.

    maximum_interval_ms: 0: 100 × the initial interval.
    maximum_attempts: 0: no limit.
    """

    initial_interval_ms: int = 1000
    backoff_coefficient: float = 2.0
    maximum_interval_ms: int = 0
    maximum_attempts: int = 0
    non_retryable_error_types: list[str] = field(default_factory=list[str])


def write_retry_policy(r: RetryPolicy) -> bytes:
    """The Avro body of a `RetryPolicy`."""
    return b"".join(
        (
            (write_long(r.initial_interval_ms) if r.initial_interval_ms else b"\x00"),
            write_double(r.backoff_coefficient),
            (write_long(r.maximum_interval_ms) if r.maximum_interval_ms else b"\x00"),
            (write_long(r.maximum_attempts) if r.maximum_attempts else b"\x00"),
            (
                write_array(r.non_retryable_error_types, write_string)
                if r.non_retryable_error_types
                else b"\x00"
            ),
        )
    )


def read_retry_policy(data: bytes, at: int) -> tuple[RetryPolicy, int]:
    """The `RetryPolicy` at `at`, and the position behind it."""
    initial_interval_ms, at = read_long(data, at)
    backoff_coefficient, at = read_double(data, at)
    maximum_interval_ms, at = read_long(data, at)
    maximum_attempts, at = read_long(data, at)
    non_retryable_error_types, at = read_array(data, at, read_string)
    record = RetryPolicy(
        initial_interval_ms=initial_interval_ms,
        backoff_coefficient=backoff_coefficient,
        maximum_interval_ms=maximum_interval_ms,
        maximum_attempts=maximum_attempts,
        non_retryable_error_types=non_retryable_error_types,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class Failure:
    """An error with its chain of causes. Source: Temporal's Failure, one flat record for all kinds.

    kind: application, timeout, canceled, terminated, server, activity, child_workflow.
    type: Error type of an application failure.
    details: Details of an application or canceled failure; last heartbeat details of a timeout.
    next_retry_delay_ms: -1: as the retry policy says.
    timeout_type: START_TO_CLOSE, SCHEDULE_TO_START, SCHEDULE_TO_CLOSE or HEARTBEAT.
    retry_state: Temporal's RetryState without its prefix.
    workflow_id: Of a child_workflow failure, as the next three.
    initiated_event_id: Of the child, in its parent's history.
    """

    kind: str = "application"
    message: str = ""
    source: str = ""
    stack_trace: str = ""
    type: str = ""
    non_retryable: bool = False
    details: list[Payload] = field(default_factory=list[Payload])
    next_retry_delay_ms: int = -1
    timeout_type: str = ""
    activity_id: str = ""
    activity_type: str = ""
    identity: str = ""
    scheduled_event_id: int = 0
    started_event_id: int = 0
    retry_state: str = ""
    cause: Failure | None = None
    workflow_id: str = ""
    run_id: str = ""
    workflow_type: str = ""
    namespace: str = ""
    initiated_event_id: int = 0


def write_failure(r: Failure) -> bytes:
    """The Avro body of a `Failure`."""
    return b"".join(
        (
            (write_string(r.kind) if r.kind else b"\x00"),
            (write_string(r.message) if r.message else b"\x00"),
            (write_string(r.source) if r.source else b"\x00"),
            (write_string(r.stack_trace) if r.stack_trace else b"\x00"),
            (write_string(r.type) if r.type else b"\x00"),
            write_boolean(r.non_retryable),
            (write_array(r.details, write_payload) if r.details else b"\x00"),
            (write_long(r.next_retry_delay_ms) if r.next_retry_delay_ms else b"\x00"),
            (write_string(r.timeout_type) if r.timeout_type else b"\x00"),
            (write_string(r.activity_id) if r.activity_id else b"\x00"),
            (write_string(r.activity_type) if r.activity_type else b"\x00"),
            (write_string(r.identity) if r.identity else b"\x00"),
            (write_long(r.scheduled_event_id) if r.scheduled_event_id else b"\x00"),
            (write_long(r.started_event_id) if r.started_event_id else b"\x00"),
            (write_string(r.retry_state) if r.retry_state else b"\x00"),
            (b"\x00" if r.cause is None else b"\x02" + write_failure(r.cause)),
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_string(r.workflow_type) if r.workflow_type else b"\x00"),
            (write_string(r.namespace) if r.namespace else b"\x00"),
            (write_long(r.initiated_event_id) if r.initiated_event_id else b"\x00"),
        )
    )


def read_failure(data: bytes, at: int) -> tuple[Failure, int]:
    """The `Failure` at `at`, and the position behind it."""
    kind, at = read_string(data, at)
    message, at = read_string(data, at)
    source, at = read_string(data, at)
    stack_trace, at = read_string(data, at)
    type, at = read_string(data, at)
    non_retryable, at = read_boolean(data, at)
    details, at = read_array(data, at, read_payload)
    next_retry_delay_ms, at = read_long(data, at)
    timeout_type, at = read_string(data, at)
    activity_id, at = read_string(data, at)
    activity_type, at = read_string(data, at)
    identity, at = read_string(data, at)
    scheduled_event_id, at = read_long(data, at)
    started_event_id, at = read_long(data, at)
    retry_state, at = read_string(data, at)
    present, at = read_branch(data, at)
    cause: Failure | None = None
    if present:
        cause, at = read_failure(data, at)
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    workflow_type, at = read_string(data, at)
    namespace, at = read_string(data, at)
    initiated_event_id, at = read_long(data, at)
    record = Failure(
        kind=kind,
        message=message,
        source=source,
        stack_trace=stack_trace,
        type=type,
        non_retryable=non_retryable,
        details=details,
        next_retry_delay_ms=next_retry_delay_ms,
        timeout_type=timeout_type,
        activity_id=activity_id,
        activity_type=activity_type,
        identity=identity,
        scheduled_event_id=scheduled_event_id,
        started_event_id=started_event_id,
        retry_state=retry_state,
        cause=cause,
        workflow_id=workflow_id,
        run_id=run_id,
        workflow_type=workflow_type,
        namespace=namespace,
        initiated_event_id=initiated_event_id,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class RecordHeader:
    """One header of a Kafka record."""

    name: str
    value: bytes | None = None


def write_record_header(r: RecordHeader) -> bytes:
    """The Avro body of a `RecordHeader`."""
    return b"".join(
        (
            (write_string(r.name) if r.name else b"\x00"),
            (b"\x00" if r.value is None else b"\x02" + write_bytes(r.value)),
        )
    )


def read_record_header(data: bytes, at: int) -> tuple[RecordHeader, int]:
    """The `RecordHeader` at `at`, and the position behind it."""
    name, at = read_string(data, at)
    present, at = read_branch(data, at)
    value: bytes | None = None
    if present:
        value, at = read_bytes(data, at)
    record = RecordHeader(
        name=name,
        value=value,
    )
    return record, at
