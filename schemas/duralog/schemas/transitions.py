"""Transition: changes of state that stand outside the Event History.

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
    RecordHeader,
    read_failure,
    read_payload,
    read_record_header,
    write_failure,
    write_payload,
    write_record_header,
)


@dataclass(slots=True, kw_only=True)
class WorkflowTaskState:
    """How the pending Workflow Task of a run stands, where the history does not say.

    dispatch_time_ms: 0: not dispatched; it waits for its queue.
    cold: Held events were appended: only a claim may run it.
    started_time_ms: 0: no start is recorded.
    started_event_id: As told to the worker.
    delivery_id: Owner of the start; empty: the fresh path.
    stalled: Why it is not dispatched; empty: it is.
    retry_time_ms: When a failed attempt is dispatched again; 0: now.
    speculative: It brings updates only: in the history once it has done more than reject them.
    """

    SCHEMA_ID: ClassVar[int] = 40102
    workflow_id: str
    run_id: str
    scheduled_event_id: int
    attempt: int
    scheduled_time_ms: int = 0
    dispatch_time_ms: int = 0
    copy: int = 0
    cold: bool = False
    started_time_ms: int = 0
    started_event_id: int = 0
    delivery_id: str = ""
    identity: str = ""
    stalled: str = ""
    retry_time_ms: int = 0
    speculative: bool = False


def _write_workflow_task_state(r: WorkflowTaskState) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00\x9c\xa6",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.scheduled_event_id) if r.scheduled_event_id else b"\x00"),
            (write_long(r.attempt) if r.attempt else b"\x00"),
            (write_long(r.scheduled_time_ms) if r.scheduled_time_ms else b"\x00"),
            (write_long(r.dispatch_time_ms) if r.dispatch_time_ms else b"\x00"),
            (write_long(r.copy) if r.copy else b"\x00"),
            write_boolean(r.cold),
            (write_long(r.started_time_ms) if r.started_time_ms else b"\x00"),
            (write_long(r.started_event_id) if r.started_event_id else b"\x00"),
            (write_string(r.delivery_id) if r.delivery_id else b"\x00"),
            (write_string(r.identity) if r.identity else b"\x00"),
            (write_string(r.stalled) if r.stalled else b"\x00"),
            (write_long(r.retry_time_ms) if r.retry_time_ms else b"\x00"),
            write_boolean(r.speculative),
        )
    )


def _read_workflow_task_state(data: bytes, at: int) -> tuple[WorkflowTaskState, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    scheduled_event_id, at = read_long(data, at)
    attempt, at = read_long(data, at)
    scheduled_time_ms, at = read_long(data, at)
    dispatch_time_ms, at = read_long(data, at)
    copy, at = read_long(data, at)
    cold, at = read_boolean(data, at)
    started_time_ms, at = read_long(data, at)
    started_event_id, at = read_long(data, at)
    delivery_id, at = read_string(data, at)
    identity, at = read_string(data, at)
    stalled, at = read_string(data, at)
    retry_time_ms, at = read_long(data, at)
    speculative, at = read_boolean(data, at)
    record = WorkflowTaskState(
        workflow_id=workflow_id,
        run_id=run_id,
        scheduled_event_id=scheduled_event_id,
        attempt=attempt,
        scheduled_time_ms=scheduled_time_ms,
        dispatch_time_ms=dispatch_time_ms,
        copy=copy,
        cold=cold,
        started_time_ms=started_time_ms,
        started_event_id=started_event_id,
        delivery_id=delivery_id,
        identity=identity,
        stalled=stalled,
        retry_time_ms=retry_time_ms,
        speculative=speculative,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class ActivityState:
    """How a pending activity stands, where the history does not say.

    dispatch_time_ms: 0: not dispatched; it waits for its queue or its retry.
    started_time_ms: 0: no start is recorded.
    stalled: Why it is not dispatched; empty: it is.
    """

    SCHEMA_ID: ClassVar[int] = 40201
    workflow_id: str
    run_id: str
    scheduled_event_id: int
    attempt: int
    dispatch_time_ms: int = 0
    copy: int = 0
    started_time_ms: int = 0
    delivery_id: str = ""
    identity: str = ""
    last_heartbeat_time_ms: int = 0
    heartbeat_details: list[Payload] = field(default_factory=list[Payload])
    stalled: str = ""


def _write_activity_state(r: ActivityState) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00\x9d\t",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.scheduled_event_id) if r.scheduled_event_id else b"\x00"),
            (write_long(r.attempt) if r.attempt else b"\x00"),
            (write_long(r.dispatch_time_ms) if r.dispatch_time_ms else b"\x00"),
            (write_long(r.copy) if r.copy else b"\x00"),
            (write_long(r.started_time_ms) if r.started_time_ms else b"\x00"),
            (write_string(r.delivery_id) if r.delivery_id else b"\x00"),
            (write_string(r.identity) if r.identity else b"\x00"),
            (write_long(r.last_heartbeat_time_ms) if r.last_heartbeat_time_ms else b"\x00"),
            (write_array(r.heartbeat_details, write_payload) if r.heartbeat_details else b"\x00"),
            (write_string(r.stalled) if r.stalled else b"\x00"),
        )
    )


def _read_activity_state(data: bytes, at: int) -> tuple[ActivityState, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    scheduled_event_id, at = read_long(data, at)
    attempt, at = read_long(data, at)
    dispatch_time_ms, at = read_long(data, at)
    copy, at = read_long(data, at)
    started_time_ms, at = read_long(data, at)
    delivery_id, at = read_string(data, at)
    identity, at = read_string(data, at)
    last_heartbeat_time_ms, at = read_long(data, at)
    heartbeat_details, at = read_array(data, at, read_payload)
    stalled, at = read_string(data, at)
    record = ActivityState(
        workflow_id=workflow_id,
        run_id=run_id,
        scheduled_event_id=scheduled_event_id,
        attempt=attempt,
        dispatch_time_ms=dispatch_time_ms,
        copy=copy,
        started_time_ms=started_time_ms,
        delivery_id=delivery_id,
        identity=identity,
        last_heartbeat_time_ms=last_heartbeat_time_ms,
        heartbeat_details=heartbeat_details,
        stalled=stalled,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class Quarantine:
    """The engine could not process an input of this run; it is set aside until an operator resumes it.

    parked: How many inputs were parked.
    """

    SCHEMA_ID: ClassVar[int] = 40301
    workflow_id: str
    run_id: str
    cause: str = ""
    since_time_ms: int = 0
    parked: int = 0


def _write_quarantine(r: Quarantine) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00\x9dm",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_string(r.cause) if r.cause else b"\x00"),
            (write_long(r.since_time_ms) if r.since_time_ms else b"\x00"),
            (write_long(r.parked) if r.parked else b"\x00"),
        )
    )


def _read_quarantine(data: bytes, at: int) -> tuple[Quarantine, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    cause, at = read_string(data, at)
    since_time_ms, at = read_long(data, at)
    parked, at = read_long(data, at)
    record = Quarantine(
        workflow_id=workflow_id,
        run_id=run_id,
        cause=cause,
        since_time_ms=since_time_ms,
        parked=parked,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class ParkedRequest:
    """An input of a quarantined run, as it arrived."""

    SCHEMA_ID: ClassVar[int] = 40401
    workflow_id: str
    run_id: str
    index: int
    request: bytes
    received_time_ms: int = 0


def _write_parked_request(r: ParkedRequest) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00\x9d\xd1",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.index) if r.index else b"\x00"),
            (write_bytes(r.request) if r.request else b"\x00"),
            (write_long(r.received_time_ms) if r.received_time_ms else b"\x00"),
        )
    )


def _read_parked_request(data: bytes, at: int) -> tuple[ParkedRequest, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    index, at = read_long(data, at)
    request, at = read_bytes(data, at)
    received_time_ms, at = read_long(data, at)
    record = ParkedRequest(
        workflow_id=workflow_id,
        run_id=run_id,
        index=index,
        request=request,
        received_time_ms=received_time_ms,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class Positions:
    """Input positions of an engine partition, written once a minute when something was consumed.

    topics: The topic of each position.
    partitions: The partition of each position.
    offsets: The next offset to read of each position.
    """

    SCHEMA_ID: ClassVar[int] = 40501
    topics: list[str] = field(default_factory=list[str])
    partitions: list[int] = field(default_factory=list[int])
    offsets: list[int] = field(default_factory=list[int])
    time_ms: int = 0


def _write_positions(r: Positions) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00\x9e5",
            (write_array(r.topics, write_string) if r.topics else b"\x00"),
            (write_array(r.partitions, write_long) if r.partitions else b"\x00"),
            (write_array(r.offsets, write_long) if r.offsets else b"\x00"),
            (write_long(r.time_ms) if r.time_ms else b"\x00"),
        )
    )


def _read_positions(data: bytes, at: int) -> tuple[Positions, int]:
    topics, at = read_array(data, at, read_string)
    partitions, at = read_array(data, at, read_long)
    offsets, at = read_array(data, at, read_long)
    time_ms, at = read_long(data, at)
    record = Positions(
        topics=topics,
        partitions=partitions,
        offsets=offsets,
        time_ms=time_ms,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class Void:
    """A torn transaction that every fold must skip."""

    SCHEMA_ID: ClassVar[int] = 40601
    incarnation: int
    seq: int


def _write_void(r: Void) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00\x9e\x99",
            (write_long(r.incarnation) if r.incarnation else b"\x00"),
            (write_long(r.seq) if r.seq else b"\x00"),
        )
    )


def _read_void(data: bytes, at: int) -> tuple[Void, int]:
    incarnation, at = read_long(data, at)
    seq, at = read_long(data, at)
    record = Void(
        incarnation=incarnation,
        seq=seq,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class WorkflowExecutionStalled:
    """Beside the Event History, in the same topic: the run cannot progress, or goes on again. The newest of a run counts while it is open.

    event_id: Always 0: it is no event.
    cause: NO_QUEUE, NO_WORKER, WORKFLOW_TASK_FAILS or QUARANTINED; empty: it goes on.
    text: The cause in words.
    """

    SCHEMA_ID: ClassVar[int] = 40701
    workflow_id: str
    run_id: str
    event_id: int = 0
    event_time_ms: int = 0
    cause: str = ""
    text: str = ""


def _write_workflow_execution_stalled(r: WorkflowExecutionStalled) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00\x9e\xfd",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.event_id) if r.event_id else b"\x00"),
            (write_long(r.event_time_ms) if r.event_time_ms else b"\x00"),
            (write_string(r.cause) if r.cause else b"\x00"),
            (write_string(r.text) if r.text else b"\x00"),
        )
    )


def _read_workflow_execution_stalled(data: bytes, at: int) -> tuple[WorkflowExecutionStalled, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    event_id, at = read_long(data, at)
    event_time_ms, at = read_long(data, at)
    cause, at = read_string(data, at)
    text, at = read_string(data, at)
    record = WorkflowExecutionStalled(
        workflow_id=workflow_id,
        run_id=run_id,
        event_id=event_id,
        event_time_ms=event_time_ms,
        cause=cause,
        text=text,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class ActivityRetry:
    """A failed attempt that will run again: the live list of what is failing.

    attempt: The next attempt.
    identity: Of the worker that failed.
    """

    SCHEMA_ID: ClassVar[int] = 41002
    workflow_id: str
    run_id: str
    activity_id: str = ""
    activity_type: str = ""
    task_queue: str = ""
    scheduled_event_id: int
    attempt: int
    due_time_ms: int
    last_failure: Failure | None = None
    heartbeat_details: list[Payload] = field(default_factory=list[Payload])
    identity: str = ""


def _write_activity_retry(r: ActivityRetry) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00\xa0*",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_string(r.activity_id) if r.activity_id else b"\x00"),
            (write_string(r.activity_type) if r.activity_type else b"\x00"),
            (write_string(r.task_queue) if r.task_queue else b"\x00"),
            (write_long(r.scheduled_event_id) if r.scheduled_event_id else b"\x00"),
            (write_long(r.attempt) if r.attempt else b"\x00"),
            (write_long(r.due_time_ms) if r.due_time_ms else b"\x00"),
            (b"\x00" if r.last_failure is None else b"\x02" + write_failure(r.last_failure)),
            (write_array(r.heartbeat_details, write_payload) if r.heartbeat_details else b"\x00"),
            (write_string(r.identity) if r.identity else b"\x00"),
        )
    )


def _read_activity_retry(data: bytes, at: int) -> tuple[ActivityRetry, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    activity_id, at = read_string(data, at)
    activity_type, at = read_string(data, at)
    task_queue, at = read_string(data, at)
    scheduled_event_id, at = read_long(data, at)
    attempt, at = read_long(data, at)
    due_time_ms, at = read_long(data, at)
    present, at = read_branch(data, at)
    last_failure: Failure | None = None
    if present:
        last_failure, at = read_failure(data, at)
    heartbeat_details, at = read_array(data, at, read_payload)
    identity, at = read_string(data, at)
    record = ActivityRetry(
        workflow_id=workflow_id,
        run_id=run_id,
        activity_id=activity_id,
        activity_type=activity_type,
        task_queue=task_queue,
        scheduled_event_id=scheduled_event_id,
        attempt=attempt,
        due_time_ms=due_time_ms,
        last_failure=last_failure,
        heartbeat_details=heartbeat_details,
        identity=identity,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class PendingTimer:
    """A timer that is set.

    kind: timer: of the workflow; start_delay: of the first Workflow Task.
    event_id: TimerStarted, or 1.
    """

    SCHEMA_ID: ClassVar[int] = 41101
    workflow_id: str
    run_id: str
    kind: str
    event_id: int
    timer_id: str = ""
    due_time_ms: int


def _write_pending_timer(r: PendingTimer) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00\xa0\x8d",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_string(r.kind) if r.kind else b"\x00"),
            (write_long(r.event_id) if r.event_id else b"\x00"),
            (write_string(r.timer_id) if r.timer_id else b"\x00"),
            (write_long(r.due_time_ms) if r.due_time_ms else b"\x00"),
        )
    )


def _read_pending_timer(data: bytes, at: int) -> tuple[PendingTimer, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    kind, at = read_string(data, at)
    event_id, at = read_long(data, at)
    timer_id, at = read_string(data, at)
    due_time_ms, at = read_long(data, at)
    record = PendingTimer(
        workflow_id=workflow_id,
        run_id=run_id,
        kind=kind,
        event_id=event_id,
        timer_id=timer_id,
        due_time_ms=due_time_ms,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class PendingTransfer:
    """What a run wants of another run, until that acknowledges it.

    transfer_id: Twice the id of the event, and one more when the parent's close is the cause.
    kind: start, signal, cancel, closed, terminate_child or cancel_child.
    event_id: The event that says what is wanted.
    sent_time_ms: Of the last copy.
    copy: 0: the first.
    """

    SCHEMA_ID: ClassVar[int] = 41201
    workflow_id: str
    run_id: str
    transfer_id: int
    kind: str
    event_id: int
    target_workflow_id: str
    sent_time_ms: int = 0
    copy: int = 0


def _write_pending_transfer(r: PendingTransfer) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00\xa0\xf1",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.transfer_id) if r.transfer_id else b"\x00"),
            (write_string(r.kind) if r.kind else b"\x00"),
            (write_long(r.event_id) if r.event_id else b"\x00"),
            (write_string(r.target_workflow_id) if r.target_workflow_id else b"\x00"),
            (write_long(r.sent_time_ms) if r.sent_time_ms else b"\x00"),
            (write_long(r.copy) if r.copy else b"\x00"),
        )
    )


def _read_pending_transfer(data: bytes, at: int) -> tuple[PendingTransfer, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    transfer_id, at = read_long(data, at)
    kind, at = read_string(data, at)
    event_id, at = read_long(data, at)
    target_workflow_id, at = read_string(data, at)
    sent_time_ms, at = read_long(data, at)
    copy, at = read_long(data, at)
    record = PendingTransfer(
        workflow_id=workflow_id,
        run_id=run_id,
        transfer_id=transfer_id,
        kind=kind,
        event_id=event_id,
        target_workflow_id=target_workflow_id,
        sent_time_ms=sent_time_ms,
        copy=copy,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class AdmittedUpdate:
    """An update that waits for the workflow to accept or reject it.

    index: Counts the run's updates.
    """

    SCHEMA_ID: ClassVar[int] = 42101
    workflow_id: str
    run_id: str
    index: int
    update_id: str
    update_name: str
    input: list[Payload] = field(default_factory=list[Payload])
    header: dict[str, Payload] = field(default_factory=dict[str, Payload])
    identity: str = ""
    admitted_time_ms: int = 0


def _write_admitted_update(r: AdmittedUpdate) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00\xa4u",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.index) if r.index else b"\x00"),
            (write_string(r.update_id) if r.update_id else b"\x00"),
            (write_string(r.update_name) if r.update_name else b"\x00"),
            (write_array(r.input, write_payload) if r.input else b"\x00"),
            (write_map(r.header, write_payload) if r.header else b"\x00"),
            (write_string(r.identity) if r.identity else b"\x00"),
            (write_long(r.admitted_time_ms) if r.admitted_time_ms else b"\x00"),
        )
    )


def _read_admitted_update(data: bytes, at: int) -> tuple[AdmittedUpdate, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    index, at = read_long(data, at)
    update_id, at = read_string(data, at)
    update_name, at = read_string(data, at)
    input, at = read_array(data, at, read_payload)
    header, at = read_map(data, at, read_payload)
    identity, at = read_string(data, at)
    admitted_time_ms, at = read_long(data, at)
    record = AdmittedUpdate(
        workflow_id=workflow_id,
        run_id=run_id,
        index=index,
        update_id=update_id,
        update_name=update_name,
        input=input,
        header=header,
        identity=identity,
        admitted_time_ms=admitted_time_ms,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class FeatureLevel:
    """Which features an engine partition may write; an engine that knows less must not serve it.

    known: The highest level that the engine knows which wrote this.
    time_ms: Since when; 0: since the beginning.
    """

    SCHEMA_ID: ClassVar[int] = 44101
    level: int = 1
    known: int = 1
    time_ms: int = 0


def _write_feature_level(r: FeatureLevel) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00\xacE",
            (write_long(r.level) if r.level else b"\x00"),
            (write_long(r.known) if r.known else b"\x00"),
            (write_long(r.time_ms) if r.time_ms else b"\x00"),
        )
    )


def _read_feature_level(data: bytes, at: int) -> tuple[FeatureLevel, int]:
    level, at = read_long(data, at)
    known, at = read_long(data, at)
    time_ms, at = read_long(data, at)
    record = FeatureLevel(
        level=level,
        known=known,
        time_ms=time_ms,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class DeadLetter:
    """A record that could not be handled, with its cause.

    headers: The last value of each name; header_list has them as they were.
    code: A stable name of the cause.
    cause: What was found and what is expected, for people. Never payload data.
    header_list: Every header, in order, also those of one name.
    left_out_bytes: Of a record too large to travel with its cause: its size. Value and headers stand at its source only.
    """

    SCHEMA_ID: ClassVar[int] = 50102
    source_topic: str
    source_partition: int
    source_offset: int
    source_time_ms: int = 0
    key: bytes | None = None
    value: bytes | None = None
    headers: dict[str, bytes] = field(default_factory=dict[str, bytes])
    code: str
    cause: str
    time_ms: int = 0
    header_list: list[RecordHeader] = field(default_factory=list[RecordHeader])
    left_out_bytes: int = 0


def _write_dead_letter(r: DeadLetter) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00\xc3\xb6",
            (write_string(r.source_topic) if r.source_topic else b"\x00"),
            (write_long(r.source_partition) if r.source_partition else b"\x00"),
            (write_long(r.source_offset) if r.source_offset else b"\x00"),
            (write_long(r.source_time_ms) if r.source_time_ms else b"\x00"),
            (b"\x00" if r.key is None else b"\x02" + write_bytes(r.key)),
            (b"\x00" if r.value is None else b"\x02" + write_bytes(r.value)),
            (write_map(r.headers, write_bytes) if r.headers else b"\x00"),
            (write_string(r.code) if r.code else b"\x00"),
            (write_string(r.cause) if r.cause else b"\x00"),
            (write_long(r.time_ms) if r.time_ms else b"\x00"),
            (write_array(r.header_list, write_record_header) if r.header_list else b"\x00"),
            (write_long(r.left_out_bytes) if r.left_out_bytes else b"\x00"),
        )
    )


def _read_dead_letter(data: bytes, at: int) -> tuple[DeadLetter, int]:
    source_topic, at = read_string(data, at)
    source_partition, at = read_long(data, at)
    source_offset, at = read_long(data, at)
    source_time_ms, at = read_long(data, at)
    present, at = read_branch(data, at)
    key: bytes | None = None
    if present:
        key, at = read_bytes(data, at)
    present, at = read_branch(data, at)
    value: bytes | None = None
    if present:
        value, at = read_bytes(data, at)
    headers, at = read_map(data, at, read_bytes)
    code, at = read_string(data, at)
    cause, at = read_string(data, at)
    time_ms, at = read_long(data, at)
    header_list, at = read_array(data, at, read_record_header)
    left_out_bytes, at = read_long(data, at)
    record = DeadLetter(
        source_topic=source_topic,
        source_partition=source_partition,
        source_offset=source_offset,
        source_time_ms=source_time_ms,
        key=key,
        value=value,
        headers=headers,
        code=code,
        cause=cause,
        time_ms=time_ms,
        header_list=header_list,
        left_out_bytes=left_out_bytes,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class DeadLetterDecision:
    """What became of a dead letter, beside it in `dead-letters`: it was replayed or discarded, once.

    letter_partition: Of `dead-letters`.
    decision: REPLAYED or DISCARDED.
    source_topic: Where the letter's record stood.
    target_topic: Where it was put again, in the transaction of this record; empty: discarded.
    reason: For people.
    identity: Who decided.
    """

    SCHEMA_ID: ClassVar[int] = 50201
    letter_partition: int
    letter_offset: int
    decision: str
    source_topic: str = ""
    source_partition: int = -1
    source_offset: int = -1
    target_topic: str = ""
    target_partition: int = -1
    reason: str = ""
    identity: str = ""
    time_ms: int = 0


def _write_dead_letter_decision(r: DeadLetterDecision) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x00\xc4\x19",
            (write_long(r.letter_partition) if r.letter_partition else b"\x00"),
            (write_long(r.letter_offset) if r.letter_offset else b"\x00"),
            (write_string(r.decision) if r.decision else b"\x00"),
            (write_string(r.source_topic) if r.source_topic else b"\x00"),
            (write_long(r.source_partition) if r.source_partition else b"\x00"),
            (write_long(r.source_offset) if r.source_offset else b"\x00"),
            (write_string(r.target_topic) if r.target_topic else b"\x00"),
            (write_long(r.target_partition) if r.target_partition else b"\x00"),
            (write_string(r.reason) if r.reason else b"\x00"),
            (write_string(r.identity) if r.identity else b"\x00"),
            (write_long(r.time_ms) if r.time_ms else b"\x00"),
        )
    )


def _read_dead_letter_decision(data: bytes, at: int) -> tuple[DeadLetterDecision, int]:
    letter_partition, at = read_long(data, at)
    letter_offset, at = read_long(data, at)
    decision, at = read_string(data, at)
    source_topic, at = read_string(data, at)
    source_partition, at = read_long(data, at)
    source_offset, at = read_long(data, at)
    target_topic, at = read_string(data, at)
    target_partition, at = read_long(data, at)
    reason, at = read_string(data, at)
    identity, at = read_string(data, at)
    time_ms, at = read_long(data, at)
    record = DeadLetterDecision(
        letter_partition=letter_partition,
        letter_offset=letter_offset,
        decision=decision,
        source_topic=source_topic,
        source_partition=source_partition,
        source_offset=source_offset,
        target_topic=target_topic,
        target_partition=target_partition,
        reason=reason,
        identity=identity,
        time_ms=time_ms,
    )
    return record, at


Transition = (
    WorkflowTaskState
    | ActivityState
    | Quarantine
    | ParkedRequest
    | Positions
    | Void
    | WorkflowExecutionStalled
    | ActivityRetry
    | PendingTimer
    | PendingTransfer
    | AdmittedUpdate
    | FeatureLevel
    | DeadLetter
    | DeadLetterDecision
)

Reader = Callable[[bytes, int], tuple[Any, int]]
CODECS: Final[dict[type, tuple[Callable[[Any], bytes], Reader]]] = {
    WorkflowTaskState: (_write_workflow_task_state, _read_workflow_task_state),
    ActivityState: (_write_activity_state, _read_activity_state),
    Quarantine: (_write_quarantine, _read_quarantine),
    ParkedRequest: (_write_parked_request, _read_parked_request),
    Positions: (_write_positions, _read_positions),
    Void: (_write_void, _read_void),
    WorkflowExecutionStalled: (_write_workflow_execution_stalled, _read_workflow_execution_stalled),
    ActivityRetry: (_write_activity_retry, _read_activity_retry),
    PendingTimer: (_write_pending_timer, _read_pending_timer),
    PendingTransfer: (_write_pending_transfer, _read_pending_transfer),
    AdmittedUpdate: (_write_admitted_update, _read_admitted_update),
    FeatureLevel: (_write_feature_level, _read_feature_level),
    DeadLetter: (_write_dead_letter, _read_dead_letter),
    DeadLetterDecision: (_write_dead_letter_decision, _read_dead_letter_decision),
}
