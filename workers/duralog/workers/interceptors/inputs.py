"""What the methods of Workflow interceptors are given: fields may be replaced and passed on."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from duralog.common import Priority, RetryPolicy
from duralog.schemas.payloads import Payload
from duralog.workflow.activities import ActivityCancellationType


@dataclass
class ExecuteWorkflowInput:
    """The start of a Workflow. run_fn: The `@workflow.run` method, unbound."""

    type: type
    run_fn: Callable[..., Awaitable[Any]]
    args: Sequence[Any]
    headers: Mapping[str, Payload]


@dataclass
class HandleSignalInput:
    """A Signal that has a handler. args: of the dynamic handler, its two arguments."""

    signal: str
    args: Sequence[Any]
    headers: Mapping[str, Payload]


@dataclass
class HandleQueryInput:
    """A Query that has a handler. args: of the dynamic handler, its two arguments."""

    id: str
    query: str
    args: Sequence[Any]
    headers: Mapping[str, Payload]


@dataclass
class HandleUpdateInput:
    """An Update that has a handler. args: of the dynamic handler, its two arguments."""

    id: str
    update: str
    args: Sequence[Any]
    headers: Mapping[str, Payload]


@dataclass
class StartActivityInput:
    """A call of `workflow.start_activity` or one of its kin.

    headers: Travel to the worker that runs the Activity.
    arg_types, ret_type: Type hints, where they are known.
    """

    activity: str
    args: Sequence[Any]
    activity_id: str | None
    task_queue: str | None
    schedule_to_close_timeout: timedelta | None
    schedule_to_start_timeout: timedelta | None
    start_to_close_timeout: timedelta | None
    heartbeat_timeout: timedelta | None
    retry_policy: RetryPolicy | None
    cancellation_type: ActivityCancellationType
    headers: Mapping[str, Payload]
    disable_eager_execution: bool
    summary: str | None
    priority: Priority
    arg_types: list[Any] | None
    ret_type: Any
