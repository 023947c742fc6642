"""What the methods of Workflow interceptors are given: fields may be replaced and passed on."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from duralog.common import (
    Priority,
    RetryPolicy,
    SearchAttributes,
    TypedSearchAttributes,
    WorkflowIDReusePolicy,
)
from duralog.schemas.payloads import Payload
from duralog.workflow.activities import ActivityCancellationType
from duralog.workflow.children import ChildWorkflowCancellationType, ParentClosePolicy


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
class ContinueAsNewInput:
    """A call of `workflow.continue_as_new`. workflow: None: the same. headers: Of the new run."""

    workflow: str | None
    args: Sequence[Any]
    task_queue: str | None
    run_timeout: timedelta | None
    task_timeout: timedelta | None
    backoff_start_interval: timedelta | None
    retry_policy: RetryPolicy | None
    memo: Mapping[str, Any] | None
    search_attributes: TypedSearchAttributes | SearchAttributes | None
    headers: Mapping[str, Payload]
    arg_types: list[Any] | None = None


@dataclass
class SignalChildWorkflowInput:
    """A call of `ChildWorkflowHandle.signal`."""

    signal: str
    args: Sequence[Any]
    child_workflow_id: str
    headers: Mapping[str, Payload]


@dataclass
class SignalExternalWorkflowInput:
    """A call of `ExternalWorkflowHandle.signal`."""

    signal: str
    args: Sequence[Any]
    namespace: str
    workflow_id: str
    workflow_run_id: str | None
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


@dataclass
class StartChildWorkflowInput:
    """A call of `workflow.start_child_workflow` or `execute_child_workflow`.

    headers: Of the child. arg_types, ret_type: Type hints, where they are known.
    """

    workflow: str
    args: Sequence[Any]
    id: str
    task_queue: str | None
    cancellation_type: ChildWorkflowCancellationType
    parent_close_policy: ParentClosePolicy
    execution_timeout: timedelta | None
    run_timeout: timedelta | None
    task_timeout: timedelta | None
    id_reuse_policy: WorkflowIDReusePolicy
    retry_policy: RetryPolicy | None
    memo: Mapping[str, Any] | None
    search_attributes: TypedSearchAttributes | SearchAttributes | None
    headers: Mapping[str, Payload]
    static_summary: str | None
    static_details: str | None
    priority: Priority
    arg_types: list[Any] | None
    ret_type: Any


@dataclass
class StartLocalActivityInput:
    """A call of `workflow.start_local_activity` or one of its kin.

    headers: For the Activity. arg_types, ret_type: Type hints, where they are known.
    """

    activity: str
    args: Sequence[Any]
    activity_id: str | None
    schedule_to_close_timeout: timedelta | None
    schedule_to_start_timeout: timedelta | None
    start_to_close_timeout: timedelta | None
    retry_policy: RetryPolicy | None
    local_retry_threshold: timedelta | None
    cancellation_type: ActivityCancellationType
    headers: Mapping[str, Payload]
    summary: str | None
    arg_types: list[Any] | None = None
    ret_type: Any = None
