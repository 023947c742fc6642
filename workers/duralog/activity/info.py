"""`activity.Info`: what an Activity can know about itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from duralog.common import Priority, RetryPolicy


@dataclass(slots=True, frozen=True, kw_only=True)
class Info:
    """The running attempt. Times are aware and UTC; a timeout that was not set is None.

    attempt: 1-based.
    heartbeat_details: What the attempt before heartbeated last; decoded without type hints.
    task_token: Names the attempt, for logs and idempotency keys.
    """

    activity_id: str
    activity_type: str
    attempt: int
    current_attempt_scheduled_time: datetime
    heartbeat_details: Sequence[Any]
    heartbeat_timeout: timedelta | None
    is_local: bool
    namespace: str
    priority: Priority = Priority.default
    retry_policy: RetryPolicy | None
    schedule_to_close_timeout: timedelta | None
    scheduled_time: datetime
    start_to_close_timeout: timedelta | None
    started_time: datetime
    task_queue: str
    task_token: bytes
    workflow_id: str
    workflow_run_id: str
    workflow_type: str

    @property
    def activity_run_id(self) -> str | None:
        """None: Activities run in Workflows only."""
        return None

    @property
    def in_workflow(self) -> bool:
        """True, always."""
        return bool(self.workflow_id)

    @property
    def workflow_namespace(self) -> str:
        """The namespace, by the name Temporal used first."""
        return self.namespace


@dataclass(slots=True, frozen=True, kw_only=True)
class ActivityCancellationDetails:
    """Why an Activity is cancelled; several can be true.

    not_found: The engine does not know this attempt any more: it closed, timed out or was retried.
    """

    not_found: bool = False
    cancel_requested: bool = False
    paused: bool = False
    timed_out: bool = False
    worker_shutdown: bool = False
    reset: bool = False
