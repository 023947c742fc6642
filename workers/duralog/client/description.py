"""`WorkflowHandle.describe()`: status, times and pending work of a run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any

from duralog.common import SearchAttributes, TypedSearchAttributes
from duralog.common.hints import UNSET
from duralog.converter import (
    DataConverter,
    decode_search_attributes,
    decode_typed_search_attributes,
)
from duralog.schemas.payloads import Payload
from duralog.schemas.replies import Description, PendingActivity


class WorkflowExecutionStatus(IntEnum):
    """How a run stands. Numbers as Temporal's."""

    RUNNING = 1
    COMPLETED = 2
    FAILED = 3
    CANCELED = 4
    TERMINATED = 5
    CONTINUED_AS_NEW = 6
    TIMED_OUT = 7


class PendingActivityState(IntEnum):
    """How a pending activity stands. Numbers as Temporal's; here none is paused."""

    UNSPECIFIED = 0
    SCHEDULED = 1
    STARTED = 2
    CANCEL_REQUESTED = 3
    PAUSED = 4
    PAUSE_REQUESTED = 5


@dataclass(slots=True, frozen=True, kw_only=True)
class PendingActivityInfo:
    """An activity that has not closed.

    maximum_attempts: 0: no limit.
    next_attempt_time: None unless it waits for a retry.
    last_failure: Of the attempt before, as the error a workflow would see.
    stalled: Why it cannot progress; empty: it can.
    """

    activity_id: str
    activity_type: str
    state: PendingActivityState
    attempt: int
    maximum_attempts: int
    scheduled_time: datetime | None
    last_started_time: datetime | None
    last_heartbeat_time: datetime | None
    next_attempt_time: datetime | None
    last_failure: BaseException | None
    last_worker_identity: str
    stalled: str


@dataclass(slots=True, frozen=True, kw_only=True)
class WorkflowExecutionDescription:
    """A run as the engine sees it. Times are aware and UTC.

    close_time: None while open.
    stalled: Why the run cannot progress; empty: it can.
    pending_activities: The first 1,000; `pending_activities_count` counts all.
    raw_description: The record as the engine sent it.
    """

    id: str
    run_id: str
    first_execution_run_id: str
    workflow_type: str
    task_queue: str
    namespace: str
    status: WorkflowExecutionStatus | None
    start_time: datetime
    execution_time: datetime | None
    close_time: datetime | None
    history_length: int
    history_size_bytes: int
    cancel_requested: bool
    stalled: str
    pending_activities: Sequence[PendingActivityInfo]
    pending_activities_count: int
    pending_timers_count: int
    raw_description: Description
    data_converter: DataConverter

    async def memo(self) -> Mapping[str, Any]:
        """The memo as it is now."""
        memo = self.raw_description.memo
        values = self.data_converter.from_payloads(list(memo.values()))
        return dict(zip(memo, values, strict=True))

    async def memo_value(
        self, key: str, default: Any = UNSET, *, type_hint: type | None = None
    ) -> Any:  # the user's type
        """One memo value. Raises KeyError when it is missing and there is no default."""
        payload = self.raw_description.memo.get(key)
        if payload is not None:
            hints = None if type_hint is None else [type_hint]
            return self.data_converter.from_payloads([payload], hints)[0]
        if default is UNSET:
            raise KeyError(f"Memo does not have a value for key {key}")
        return default

    @property
    def typed_search_attributes(self) -> TypedSearchAttributes:
        """Search attributes as they are now."""
        return decode_typed_search_attributes(self.raw_description.search_attributes)

    @property
    def search_attributes(self) -> SearchAttributes:
        """The same, untyped; deprecated by Temporal."""
        return decode_search_attributes(self.raw_description.search_attributes)

    async def static_summary(self) -> str | None:
        """One line for people, set with the start."""
        return self._text(self.raw_description.user_metadata_summary)

    async def static_details(self) -> str | None:
        """Longer text for people, set with the start."""
        return self._text(self.raw_description.user_metadata_details)

    def _text(self, payload: Payload | None) -> str | None:
        if payload is None:
            return None
        text: str = self.data_converter.from_payloads([payload], [str])[0]
        return text


def aware(time_ms: int) -> datetime | None:
    """`time_ms` as an aware UTC datetime; None for 0."""
    return datetime.fromtimestamp(time_ms / 1000, UTC) if time_ms else None


def describe(
    record: Description,
    activities: Sequence[PendingActivity],
    *,
    namespace: str,
    converter: DataConverter,
) -> WorkflowExecutionDescription:
    """The user's view of `record` and its pending activities."""
    start_time = aware(record.start_time_ms)
    assert start_time is not None, f"run {record.run_id} without a start time"
    pending = [_pending(activity, converter) for activity in activities]
    return WorkflowExecutionDescription(
        id=record.workflow_id,
        run_id=record.run_id,
        first_execution_run_id=record.first_execution_run_id,
        workflow_type=record.workflow_type,
        task_queue=record.task_queue,
        namespace=namespace,
        status=WorkflowExecutionStatus.__members__.get(record.status),
        start_time=start_time,
        execution_time=aware(record.execution_time_ms),
        close_time=aware(record.close_time_ms),
        history_length=record.history_length,
        history_size_bytes=record.history_size_bytes,
        cancel_requested=record.cancel_requested,
        stalled=record.stalled,
        pending_activities=pending,
        pending_activities_count=record.activities_count,
        pending_timers_count=record.timers_count,
        raw_description=record,
        data_converter=converter,
    )


def _pending(record: PendingActivity, converter: DataConverter) -> PendingActivityInfo:
    failure = record.last_failure
    return PendingActivityInfo(
        activity_id=record.activity_id,
        activity_type=record.activity_type,
        state=PendingActivityState[record.state],
        attempt=record.attempt,
        maximum_attempts=record.maximum_attempts,
        scheduled_time=aware(record.scheduled_time_ms),
        last_started_time=aware(record.last_started_time_ms),
        last_heartbeat_time=aware(record.last_heartbeat_time_ms),
        next_attempt_time=aware(record.next_attempt_time_ms),
        last_failure=None if failure is None else converter.from_failure(failure),
        last_worker_identity=record.last_worker_identity,
        stalled=record.stalled,
    )
