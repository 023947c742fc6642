"""What an Activity Task says about itself: to its code, and to the log."""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

from duralog.activity.info import Info
from duralog.common import Priority, RetryPolicy
from duralog.converter import DataConverter
from duralog.exceptions import ApplicationError, ApplicationErrorCategory
from duralog.schemas.tasks import ActivityTask


def info_of(
    task: ActivityTask,
    converter: DataConverter,
    *,
    namespace: str,
    started_time_ms: int,
    token: bytes,
    is_local: bool = False,
) -> Info:
    """`activity.info()` of the attempt that runs `task`."""
    retry_policy = task.retry_policy
    return Info(
        activity_id=task.activity_id,
        activity_type=task.activity_type,
        attempt=task.attempt,
        current_attempt_scheduled_time=_aware(task.dispatch_time_ms),
        heartbeat_details=converter.from_payloads(task.heartbeat_details),
        heartbeat_timeout=_span(task.heartbeat_timeout_ms),
        is_local=is_local,
        namespace=namespace,
        priority=Priority.from_record(task),
        retry_policy=RetryPolicy.from_record(retry_policy) if retry_policy else None,
        schedule_to_close_timeout=_span(task.schedule_to_close_timeout_ms),
        scheduled_time=_aware(task.scheduled_time_ms),
        start_to_close_timeout=_span(task.start_to_close_timeout_ms),
        started_time=_aware(started_time_ms),
        task_queue=task.task_queue,
        task_token=token,
        workflow_id=task.workflow_id,
        workflow_run_id=task.run_id,
        workflow_type=task.workflow_type,
    )


def failure_level(error: BaseException) -> int:
    """How loud a failure is: users can say that one is expected."""
    benign = isinstance(error, ApplicationError) and (
        error.category is ApplicationErrorCategory.BENIGN
    )
    return logging.DEBUG if benign else logging.WARNING


def log_details(task: ActivityTask) -> dict[str, Any]:
    """What every log line about an attempt says."""
    return {
        "activity_id": task.activity_id,
        "activity_type": task.activity_type,
        "attempt": task.attempt,
        "task_queue": task.task_queue,
        "workflow_id": task.workflow_id,
        "workflow_run_id": task.run_id,
        "workflow_type": task.workflow_type,
    }


def _aware(time_ms: int) -> datetime:
    return datetime.fromtimestamp(time_ms / 1000, UTC)


def _span(timeout_ms: int) -> timedelta | None:
    return timedelta(milliseconds=timeout_ms) if timeout_ms else None
