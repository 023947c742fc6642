"""State: what the Store keeps of runs; internal, never on a topic.

Generated from avsc/ by `make schemas`; change the .avsc, not this file.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from duralog.schemas.avro import (
    read_array,
    read_boolean,
    read_branch,
    read_long,
    read_map,
    read_string,
    write_array,
    write_boolean,
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
class RunState:
    """Scalars of one run, as the Store keeps them. Rebuilt from the changelog topics; never on a topic.

    status: RUNNING, COMPLETED, FAILED, CANCELED, TERMINATED, TIMED_OUT or CONTINUED_AS_NEW.
    execution_time_ms: Start plus start delay.
    close_time_ms: 0: open.
    expires_ms: When the run or execution timeout ends it; 0: never.
    first_task_due_ms: The start delay ends then; 0: no delay, or over.
    previous_started_event_id: Of the last completed Workflow Task; 0: none.
    task_scheduled_event_id: Of the pending Workflow Task; 0: none.
    task_dispatch_time_ms: 0: waits for its queue or its retry.
    task_started_time_ms: 0: no start is recorded.
    task_recorded: A WorkflowTaskState stands in `pending`.
    held_since_ms: When the oldest held event happened; 0: none is held.
    quarantine_cause: Empty: not quarantined.
    deadline_entry_ms: Its entry in the deadline index; 0: none. Soft: lazily advanced.
    continued_execution_run_id: The run before, of the same chain.
    parent_workflow_id: Empty: no parent.
    transfers_count: Words to other runs that they have not acknowledged.
    updates_admitted: Neither accepted nor rejected yet.
    updates_accepted: Accepted and not completed.
    updates_total: Ever accepted.
    stalled: The cause of the newest WorkflowExecutionStalled; empty: it progresses.
    stalled_time_ms: When that was written; 0: never.
    signals_total: In the history; those held back come later.
    signals_pending: To other runs, not acknowledged.
    cancels_pending: Asked of other runs, not acknowledged.
    has_cron: Started with a cron schedule.
    task_speculative: The pending Workflow Task brings updates only and is not in the history yet.
    discarded_completion_id: Of the newest answer, when it only rejected updates and left nothing else.
    """

    SCHEMA_ID: ClassVar[int] = 80103
    workflow_id: str
    run_id: str
    workflow_type: str = ""
    task_queue: str = ""
    status: str = "RUNNING"
    first_execution_run_id: str = ""
    start_time_ms: int = 0
    execution_time_ms: int = 0
    close_time_ms: int = 0
    workflow_task_timeout_ms: int = 10000
    expires_ms: int = 0
    next_event_id: int = 1
    history_size_bytes: int = 0
    cancel_requested: bool = False
    first_task_due_ms: int = 0
    previous_started_event_id: int = 0
    previous_completion_id: str = ""
    task_scheduled_event_id: int = 0
    task_attempt: int = 0
    task_scheduled_time_ms: int = 0
    task_dispatch_time_ms: int = 0
    task_copy: int = 0
    task_cold: bool = False
    task_started_time_ms: int = 0
    task_started_event_id: int = 0
    task_delivery_id: str = ""
    task_identity: str = ""
    task_stalled: str = ""
    task_retry_time_ms: int = 0
    task_recorded: bool = False
    held_first_index: int = 0
    held_next_index: int = 0
    held_count: int = 0
    held_bytes: int = 0
    held_since_ms: int = 0
    activities_count: int = 0
    timers_count: int = 0
    quarantine_cause: str = ""
    quarantine_time_ms: int = 0
    parked_first_index: int = 0
    parked_next_index: int = 0
    parked_count: int = 0
    parked_bytes: int = 0
    deadline_entry_ms: int = 0
    continued_execution_run_id: str = ""
    parent_workflow_id: str = ""
    parent_run_id: str = ""
    parent_initiated_event_id: int = 0
    root_workflow_id: str = ""
    root_run_id: str = ""
    children_count: int = 0
    transfers_count: int = 0
    updates_admitted: int = 0
    updates_accepted: int = 0
    updates_total: int = 0
    updates_next_index: int = 0
    stalled: str = ""
    stalled_time_ms: int = 0
    signals_total: int = 0
    signals_pending: int = 0
    cancels_pending: int = 0
    has_cron: bool = False
    task_speculative: bool = False
    discarded_completion_id: str = ""


def _write_run_state(r: RunState) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x018\xe7",
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_string(r.workflow_type) if r.workflow_type else b"\x00"),
            (write_string(r.task_queue) if r.task_queue else b"\x00"),
            (write_string(r.status) if r.status else b"\x00"),
            (write_string(r.first_execution_run_id) if r.first_execution_run_id else b"\x00"),
            (write_long(r.start_time_ms) if r.start_time_ms else b"\x00"),
            (write_long(r.execution_time_ms) if r.execution_time_ms else b"\x00"),
            (write_long(r.close_time_ms) if r.close_time_ms else b"\x00"),
            (write_long(r.workflow_task_timeout_ms) if r.workflow_task_timeout_ms else b"\x00"),
            (write_long(r.expires_ms) if r.expires_ms else b"\x00"),
            (write_long(r.next_event_id) if r.next_event_id else b"\x00"),
            (write_long(r.history_size_bytes) if r.history_size_bytes else b"\x00"),
            write_boolean(r.cancel_requested),
            (write_long(r.first_task_due_ms) if r.first_task_due_ms else b"\x00"),
            (write_long(r.previous_started_event_id) if r.previous_started_event_id else b"\x00"),
            (write_string(r.previous_completion_id) if r.previous_completion_id else b"\x00"),
            (write_long(r.task_scheduled_event_id) if r.task_scheduled_event_id else b"\x00"),
            (write_long(r.task_attempt) if r.task_attempt else b"\x00"),
            (write_long(r.task_scheduled_time_ms) if r.task_scheduled_time_ms else b"\x00"),
            (write_long(r.task_dispatch_time_ms) if r.task_dispatch_time_ms else b"\x00"),
            (write_long(r.task_copy) if r.task_copy else b"\x00"),
            write_boolean(r.task_cold),
            (write_long(r.task_started_time_ms) if r.task_started_time_ms else b"\x00"),
            (write_long(r.task_started_event_id) if r.task_started_event_id else b"\x00"),
            (write_string(r.task_delivery_id) if r.task_delivery_id else b"\x00"),
            (write_string(r.task_identity) if r.task_identity else b"\x00"),
            (write_string(r.task_stalled) if r.task_stalled else b"\x00"),
            (write_long(r.task_retry_time_ms) if r.task_retry_time_ms else b"\x00"),
            write_boolean(r.task_recorded),
            (write_long(r.held_first_index) if r.held_first_index else b"\x00"),
            (write_long(r.held_next_index) if r.held_next_index else b"\x00"),
            (write_long(r.held_count) if r.held_count else b"\x00"),
            (write_long(r.held_bytes) if r.held_bytes else b"\x00"),
            (write_long(r.held_since_ms) if r.held_since_ms else b"\x00"),
            (write_long(r.activities_count) if r.activities_count else b"\x00"),
            (write_long(r.timers_count) if r.timers_count else b"\x00"),
            (write_string(r.quarantine_cause) if r.quarantine_cause else b"\x00"),
            (write_long(r.quarantine_time_ms) if r.quarantine_time_ms else b"\x00"),
            (write_long(r.parked_first_index) if r.parked_first_index else b"\x00"),
            (write_long(r.parked_next_index) if r.parked_next_index else b"\x00"),
            (write_long(r.parked_count) if r.parked_count else b"\x00"),
            (write_long(r.parked_bytes) if r.parked_bytes else b"\x00"),
            (write_long(r.deadline_entry_ms) if r.deadline_entry_ms else b"\x00"),
            (
                write_string(r.continued_execution_run_id)
                if r.continued_execution_run_id
                else b"\x00"
            ),
            (write_string(r.parent_workflow_id) if r.parent_workflow_id else b"\x00"),
            (write_string(r.parent_run_id) if r.parent_run_id else b"\x00"),
            (write_long(r.parent_initiated_event_id) if r.parent_initiated_event_id else b"\x00"),
            (write_string(r.root_workflow_id) if r.root_workflow_id else b"\x00"),
            (write_string(r.root_run_id) if r.root_run_id else b"\x00"),
            (write_long(r.children_count) if r.children_count else b"\x00"),
            (write_long(r.transfers_count) if r.transfers_count else b"\x00"),
            (write_long(r.updates_admitted) if r.updates_admitted else b"\x00"),
            (write_long(r.updates_accepted) if r.updates_accepted else b"\x00"),
            (write_long(r.updates_total) if r.updates_total else b"\x00"),
            (write_long(r.updates_next_index) if r.updates_next_index else b"\x00"),
            (write_string(r.stalled) if r.stalled else b"\x00"),
            (write_long(r.stalled_time_ms) if r.stalled_time_ms else b"\x00"),
            (write_long(r.signals_total) if r.signals_total else b"\x00"),
            (write_long(r.signals_pending) if r.signals_pending else b"\x00"),
            (write_long(r.cancels_pending) if r.cancels_pending else b"\x00"),
            write_boolean(r.has_cron),
            write_boolean(r.task_speculative),
            (write_string(r.discarded_completion_id) if r.discarded_completion_id else b"\x00"),
        )
    )


def _read_run_state(data: bytes, at: int) -> tuple[RunState, int]:
    workflow_id, at = read_string(data, at)
    run_id, at = read_string(data, at)
    workflow_type, at = read_string(data, at)
    task_queue, at = read_string(data, at)
    status, at = read_string(data, at)
    first_execution_run_id, at = read_string(data, at)
    start_time_ms, at = read_long(data, at)
    execution_time_ms, at = read_long(data, at)
    close_time_ms, at = read_long(data, at)
    workflow_task_timeout_ms, at = read_long(data, at)
    expires_ms, at = read_long(data, at)
    next_event_id, at = read_long(data, at)
    history_size_bytes, at = read_long(data, at)
    cancel_requested, at = read_boolean(data, at)
    first_task_due_ms, at = read_long(data, at)
    previous_started_event_id, at = read_long(data, at)
    previous_completion_id, at = read_string(data, at)
    task_scheduled_event_id, at = read_long(data, at)
    task_attempt, at = read_long(data, at)
    task_scheduled_time_ms, at = read_long(data, at)
    task_dispatch_time_ms, at = read_long(data, at)
    task_copy, at = read_long(data, at)
    task_cold, at = read_boolean(data, at)
    task_started_time_ms, at = read_long(data, at)
    task_started_event_id, at = read_long(data, at)
    task_delivery_id, at = read_string(data, at)
    task_identity, at = read_string(data, at)
    task_stalled, at = read_string(data, at)
    task_retry_time_ms, at = read_long(data, at)
    task_recorded, at = read_boolean(data, at)
    held_first_index, at = read_long(data, at)
    held_next_index, at = read_long(data, at)
    held_count, at = read_long(data, at)
    held_bytes, at = read_long(data, at)
    held_since_ms, at = read_long(data, at)
    activities_count, at = read_long(data, at)
    timers_count, at = read_long(data, at)
    quarantine_cause, at = read_string(data, at)
    quarantine_time_ms, at = read_long(data, at)
    parked_first_index, at = read_long(data, at)
    parked_next_index, at = read_long(data, at)
    parked_count, at = read_long(data, at)
    parked_bytes, at = read_long(data, at)
    deadline_entry_ms, at = read_long(data, at)
    continued_execution_run_id, at = read_string(data, at)
    parent_workflow_id, at = read_string(data, at)
    parent_run_id, at = read_string(data, at)
    parent_initiated_event_id, at = read_long(data, at)
    root_workflow_id, at = read_string(data, at)
    root_run_id, at = read_string(data, at)
    children_count, at = read_long(data, at)
    transfers_count, at = read_long(data, at)
    updates_admitted, at = read_long(data, at)
    updates_accepted, at = read_long(data, at)
    updates_total, at = read_long(data, at)
    updates_next_index, at = read_long(data, at)
    stalled, at = read_string(data, at)
    stalled_time_ms, at = read_long(data, at)
    signals_total, at = read_long(data, at)
    signals_pending, at = read_long(data, at)
    cancels_pending, at = read_long(data, at)
    has_cron, at = read_boolean(data, at)
    task_speculative, at = read_boolean(data, at)
    discarded_completion_id, at = read_string(data, at)
    record = RunState(
        workflow_id=workflow_id,
        run_id=run_id,
        workflow_type=workflow_type,
        task_queue=task_queue,
        status=status,
        first_execution_run_id=first_execution_run_id,
        start_time_ms=start_time_ms,
        execution_time_ms=execution_time_ms,
        close_time_ms=close_time_ms,
        workflow_task_timeout_ms=workflow_task_timeout_ms,
        expires_ms=expires_ms,
        next_event_id=next_event_id,
        history_size_bytes=history_size_bytes,
        cancel_requested=cancel_requested,
        first_task_due_ms=first_task_due_ms,
        previous_started_event_id=previous_started_event_id,
        previous_completion_id=previous_completion_id,
        task_scheduled_event_id=task_scheduled_event_id,
        task_attempt=task_attempt,
        task_scheduled_time_ms=task_scheduled_time_ms,
        task_dispatch_time_ms=task_dispatch_time_ms,
        task_copy=task_copy,
        task_cold=task_cold,
        task_started_time_ms=task_started_time_ms,
        task_started_event_id=task_started_event_id,
        task_delivery_id=task_delivery_id,
        task_identity=task_identity,
        task_stalled=task_stalled,
        task_retry_time_ms=task_retry_time_ms,
        task_recorded=task_recorded,
        held_first_index=held_first_index,
        held_next_index=held_next_index,
        held_count=held_count,
        held_bytes=held_bytes,
        held_since_ms=held_since_ms,
        activities_count=activities_count,
        timers_count=timers_count,
        quarantine_cause=quarantine_cause,
        quarantine_time_ms=quarantine_time_ms,
        parked_first_index=parked_first_index,
        parked_next_index=parked_next_index,
        parked_count=parked_count,
        parked_bytes=parked_bytes,
        deadline_entry_ms=deadline_entry_ms,
        continued_execution_run_id=continued_execution_run_id,
        parent_workflow_id=parent_workflow_id,
        parent_run_id=parent_run_id,
        parent_initiated_event_id=parent_initiated_event_id,
        root_workflow_id=root_workflow_id,
        root_run_id=root_run_id,
        children_count=children_count,
        transfers_count=transfers_count,
        updates_admitted=updates_admitted,
        updates_accepted=updates_accepted,
        updates_total=updates_total,
        updates_next_index=updates_next_index,
        stalled=stalled,
        stalled_time_ms=stalled_time_ms,
        signals_total=signals_total,
        signals_pending=signals_pending,
        cancels_pending=cancels_pending,
        has_cron=has_cron,
        task_speculative=task_speculative,
        discarded_completion_id=discarded_completion_id,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class ActivityEntry:
    """What changes about one pending activity, as the Store keeps it; the rest is in its ActivityTaskScheduled.

    attempt_time_ms: When this attempt was scheduled; schedule-to-start counts from it.
    dispatch_time_ms: 0: waits for its queue or its retry.
    started_time_ms: 0: no start is recorded.
    last_failure: Of the attempt before.
    retry_time_ms: The attempt is dispatched then; 0: it was.
    cancel_requested_event_id: 0: none.
    recorded: An ActivityState stands in `pending`.
    retry_recorded: An ActivityRetry stands in `retries`.
    deadline_entry_ms: Its entry in the deadline index; 0: none. Soft: lazily advanced.
    """

    SCHEMA_ID: ClassVar[int] = 80202
    scheduled_event_id: int
    attempt: int = 1
    attempt_time_ms: int = 0
    dispatch_time_ms: int = 0
    copy: int = 0
    started_time_ms: int = 0
    delivery_id: str = ""
    identity: str = ""
    last_heartbeat_time_ms: int = 0
    last_failure: Failure | None = None
    heartbeat_details: list[Payload] = field(default_factory=list[Payload])
    retry_time_ms: int = 0
    cancel_requested_event_id: int = 0
    stalled: str = ""
    recorded: bool = False
    retry_recorded: bool = False
    deadline_entry_ms: int = 0


def _write_activity_entry(r: ActivityEntry) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x019J",
            (write_long(r.scheduled_event_id) if r.scheduled_event_id else b"\x00"),
            (write_long(r.attempt) if r.attempt else b"\x00"),
            (write_long(r.attempt_time_ms) if r.attempt_time_ms else b"\x00"),
            (write_long(r.dispatch_time_ms) if r.dispatch_time_ms else b"\x00"),
            (write_long(r.copy) if r.copy else b"\x00"),
            (write_long(r.started_time_ms) if r.started_time_ms else b"\x00"),
            (write_string(r.delivery_id) if r.delivery_id else b"\x00"),
            (write_string(r.identity) if r.identity else b"\x00"),
            (write_long(r.last_heartbeat_time_ms) if r.last_heartbeat_time_ms else b"\x00"),
            (b"\x00" if r.last_failure is None else b"\x02" + write_failure(r.last_failure)),
            (write_array(r.heartbeat_details, write_payload) if r.heartbeat_details else b"\x00"),
            (write_long(r.retry_time_ms) if r.retry_time_ms else b"\x00"),
            (write_long(r.cancel_requested_event_id) if r.cancel_requested_event_id else b"\x00"),
            (write_string(r.stalled) if r.stalled else b"\x00"),
            write_boolean(r.recorded),
            write_boolean(r.retry_recorded),
            (write_long(r.deadline_entry_ms) if r.deadline_entry_ms else b"\x00"),
        )
    )


def _read_activity_entry(data: bytes, at: int) -> tuple[ActivityEntry, int]:
    scheduled_event_id, at = read_long(data, at)
    attempt, at = read_long(data, at)
    attempt_time_ms, at = read_long(data, at)
    dispatch_time_ms, at = read_long(data, at)
    copy, at = read_long(data, at)
    started_time_ms, at = read_long(data, at)
    delivery_id, at = read_string(data, at)
    identity, at = read_string(data, at)
    last_heartbeat_time_ms, at = read_long(data, at)
    present, at = read_branch(data, at)
    last_failure: Failure | None = None
    if present:
        last_failure, at = read_failure(data, at)
    heartbeat_details, at = read_array(data, at, read_payload)
    retry_time_ms, at = read_long(data, at)
    cancel_requested_event_id, at = read_long(data, at)
    stalled, at = read_string(data, at)
    recorded, at = read_boolean(data, at)
    retry_recorded, at = read_boolean(data, at)
    deadline_entry_ms, at = read_long(data, at)
    record = ActivityEntry(
        scheduled_event_id=scheduled_event_id,
        attempt=attempt,
        attempt_time_ms=attempt_time_ms,
        dispatch_time_ms=dispatch_time_ms,
        copy=copy,
        started_time_ms=started_time_ms,
        delivery_id=delivery_id,
        identity=identity,
        last_heartbeat_time_ms=last_heartbeat_time_ms,
        last_failure=last_failure,
        heartbeat_details=heartbeat_details,
        retry_time_ms=retry_time_ms,
        cancel_requested_event_id=cancel_requested_event_id,
        stalled=stalled,
        recorded=recorded,
        retry_recorded=retry_recorded,
        deadline_entry_ms=deadline_entry_ms,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class TimerEntry:
    """One pending timer, as the Store keeps it.

    event_id: Of TimerStarted.
    """

    SCHEMA_ID: ClassVar[int] = 80301
    event_id: int
    due_time_ms: int


def _write_timer_entry(r: TimerEntry) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x019\xad",
            (write_long(r.event_id) if r.event_id else b"\x00"),
            (write_long(r.due_time_ms) if r.due_time_ms else b"\x00"),
        )
    )


def _read_timer_entry(data: bytes, at: int) -> tuple[TimerEntry, int]:
    event_id, at = read_long(data, at)
    due_time_ms, at = read_long(data, at)
    record = TimerEntry(
        event_id=event_id,
        due_time_ms=due_time_ms,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class PartitionMeta:
    """How far the Store of an engine partition is.

    position_topics: Input topic kinds; one entry per position.
    position_offsets: The next offset to read.
    scan_kinds: Changelog kinds; one entry per scan offset.
    scan_offsets: Where the next recovery starts to read.
    seq: Of the last transaction applied.
    time_ms: Engine time never goes below it.
    low_water_ms: No deadline entry is due before it.
    """

    SCHEMA_ID: ClassVar[int] = 80401
    position_topics: list[str] = field(default_factory=list[str])
    position_partitions: list[int] = field(default_factory=list[int])
    position_offsets: list[int] = field(default_factory=list[int])
    scan_kinds: list[str] = field(default_factory=list[str])
    scan_offsets: list[int] = field(default_factory=list[int])
    seq: int = 0
    incarnation: int = 0
    time_ms: int = 0
    low_water_ms: int = 0


def _write_partition_meta(r: PartitionMeta) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x01:\x11",
            (write_array(r.position_topics, write_string) if r.position_topics else b"\x00"),
            (write_array(r.position_partitions, write_long) if r.position_partitions else b"\x00"),
            (write_array(r.position_offsets, write_long) if r.position_offsets else b"\x00"),
            (write_array(r.scan_kinds, write_string) if r.scan_kinds else b"\x00"),
            (write_array(r.scan_offsets, write_long) if r.scan_offsets else b"\x00"),
            (write_long(r.seq) if r.seq else b"\x00"),
            (write_long(r.incarnation) if r.incarnation else b"\x00"),
            (write_long(r.time_ms) if r.time_ms else b"\x00"),
            (write_long(r.low_water_ms) if r.low_water_ms else b"\x00"),
        )
    )


def _read_partition_meta(data: bytes, at: int) -> tuple[PartitionMeta, int]:
    position_topics, at = read_array(data, at, read_string)
    position_partitions, at = read_array(data, at, read_long)
    position_offsets, at = read_array(data, at, read_long)
    scan_kinds, at = read_array(data, at, read_string)
    scan_offsets, at = read_array(data, at, read_long)
    seq, at = read_long(data, at)
    incarnation, at = read_long(data, at)
    time_ms, at = read_long(data, at)
    low_water_ms, at = read_long(data, at)
    record = PartitionMeta(
        position_topics=position_topics,
        position_partitions=position_partitions,
        position_offsets=position_offsets,
        scan_kinds=scan_kinds,
        scan_offsets=scan_offsets,
        seq=seq,
        incarnation=incarnation,
        time_ms=time_ms,
        low_water_ms=low_water_ms,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class RunProperties:
    """Memo and search attributes of a run that has changed them; without this they are as at the start."""

    SCHEMA_ID: ClassVar[int] = 80901
    memo: dict[str, Payload] = field(default_factory=dict[str, Payload])
    search_attributes: dict[str, Payload] = field(default_factory=dict[str, Payload])


def _write_run_properties(r: RunProperties) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x01<\x05",
            (write_map(r.memo, write_payload) if r.memo else b"\x00"),
            (write_map(r.search_attributes, write_payload) if r.search_attributes else b"\x00"),
        )
    )


def _read_run_properties(data: bytes, at: int) -> tuple[RunProperties, int]:
    memo, at = read_map(data, at, read_payload)
    search_attributes, at = read_map(data, at, read_payload)
    record = RunProperties(
        memo=memo,
        search_attributes=search_attributes,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class ChildEntry:
    """One child of a run that has not closed, as the Store keeps it.

    run_id: Of its first run; empty: its start is not told yet.
    """

    SCHEMA_ID: ClassVar[int] = 81101
    initiated_event_id: int
    workflow_id: str
    workflow_type: str = ""
    run_id: str = ""
    started_event_id: int = 0
    parent_close_policy: str = "TERMINATE"


def _write_child_entry(r: ChildEntry) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x01<\xcd",
            (write_long(r.initiated_event_id) if r.initiated_event_id else b"\x00"),
            (write_string(r.workflow_id) if r.workflow_id else b"\x00"),
            (write_string(r.workflow_type) if r.workflow_type else b"\x00"),
            (write_string(r.run_id) if r.run_id else b"\x00"),
            (write_long(r.started_event_id) if r.started_event_id else b"\x00"),
            (write_string(r.parent_close_policy) if r.parent_close_policy else b"\x00"),
        )
    )


def _read_child_entry(data: bytes, at: int) -> tuple[ChildEntry, int]:
    initiated_event_id, at = read_long(data, at)
    workflow_id, at = read_string(data, at)
    workflow_type, at = read_string(data, at)
    run_id, at = read_string(data, at)
    started_event_id, at = read_long(data, at)
    parent_close_policy, at = read_string(data, at)
    record = ChildEntry(
        initiated_event_id=initiated_event_id,
        workflow_id=workflow_id,
        workflow_type=workflow_type,
        run_id=run_id,
        started_event_id=started_event_id,
        parent_close_policy=parent_close_policy,
    )
    return record, at


@dataclass(slots=True, kw_only=True)
class UpdateEntry:
    """How an update of a run stands.

    admitted_index: While it is admitted only.
    """

    SCHEMA_ID: ClassVar[int] = 82101
    admitted_index: int = 0
    accepted_event_id: int = 0
    completed_event_id: int = 0


def _write_update_entry(r: UpdateEntry) -> bytes:
    return b"".join(
        (
            b"\x00\x00\x01@\xb5",
            (write_long(r.admitted_index) if r.admitted_index else b"\x00"),
            (write_long(r.accepted_event_id) if r.accepted_event_id else b"\x00"),
            (write_long(r.completed_event_id) if r.completed_event_id else b"\x00"),
        )
    )


def _read_update_entry(data: bytes, at: int) -> tuple[UpdateEntry, int]:
    admitted_index, at = read_long(data, at)
    accepted_event_id, at = read_long(data, at)
    completed_event_id, at = read_long(data, at)
    record = UpdateEntry(
        admitted_index=admitted_index,
        accepted_event_id=accepted_event_id,
        completed_event_id=completed_event_id,
    )
    return record, at


StateRecord = (
    RunState | ActivityEntry | TimerEntry | PartitionMeta | RunProperties | ChildEntry | UpdateEntry
)

Reader = Callable[[bytes, int], tuple[Any, int]]
CODECS: Final[dict[type, tuple[Callable[[Any], bytes], Reader]]] = {
    RunState: (_write_run_state, _read_run_state),
    ActivityEntry: (_write_activity_entry, _read_activity_entry),
    TimerEntry: (_write_timer_entry, _read_timer_entry),
    PartitionMeta: (_write_partition_meta, _read_partition_meta),
    RunProperties: (_write_run_properties, _read_run_properties),
    ChildEntry: (_write_child_entry, _read_child_entry),
    UpdateEntry: (_write_update_entry, _read_update_entry),
}
