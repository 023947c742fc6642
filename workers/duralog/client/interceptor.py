"""Interceptors of clients: they see, change and add to what a client asks for.

A chain is a list of objects that each call the next; the last makes the request. What is not here
(for instance `result`, which waits for the end) is no request of its own, or asks for nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from duralog.common import (
    Priority,
    QueryRejectCondition,
    RetryPolicy,
    SearchAttributes,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from duralog.schemas.payloads import Payload

if TYPE_CHECKING:
    from duralog.client.description import WorkflowExecutionDescription
    from duralog.client.events import (
        WorkflowHistoryEventAsyncIterator,
        WorkflowHistoryEventFilterType,
    )
    from duralog.client.handle import WorkflowHandle
    from duralog.client.listing import WorkflowExecutionAsyncIterator, WorkflowExecutionCount
    from duralog.client.update import WorkflowUpdateHandle, WorkflowUpdateStage


@dataclass(frozen=True)
class AsyncActivityIDReference:
    """A pending Activity by its ids. run_id: None: of the current run."""

    workflow_id: str
    run_id: str | None
    activity_id: str


@dataclass
class StartWorkflowInput:
    """A start; see `StartOptions`. ret_type: type hint of the result, where it is known.

    start_signal: Given: the Signal that comes with it.
    """

    workflow: str
    args: Sequence[Any]
    id: str
    task_queue: str
    execution_timeout: timedelta | None
    run_timeout: timedelta | None
    task_timeout: timedelta | None
    id_reuse_policy: WorkflowIDReusePolicy
    id_conflict_policy: WorkflowIDConflictPolicy
    retry_policy: RetryPolicy | None
    cron_schedule: str
    memo: Mapping[str, Any] | None
    search_attributes: TypedSearchAttributes | SearchAttributes | None
    start_delay: timedelta | None
    headers: Mapping[str, Payload]
    start_signal: str | None
    start_signal_args: Sequence[Any]
    static_summary: str | None
    static_details: str | None
    ret_type: type | None
    priority: Priority
    request_id: str | None
    rpc_timeout: timedelta | None


@dataclass
class CancelWorkflowInput:
    """A request to cancel."""

    id: str
    run_id: str | None
    first_execution_run_id: str | None
    reason: str
    rpc_timeout: timedelta | None


@dataclass
class DescribeWorkflowInput:
    """A look at a run."""

    id: str
    run_id: str | None
    rpc_timeout: timedelta | None


@dataclass
class FetchWorkflowHistoryEventsInput:
    """A look at a run's events. wait_new_event: Until the run is closed."""

    id: str
    run_id: str | None
    page_size: int | None
    next_page_token: bytes | None
    wait_new_event: bool
    event_filter_type: "WorkflowHistoryEventFilterType"
    skip_archival: bool
    rpc_timeout: timedelta | None


@dataclass
class QueryWorkflowInput:
    """A Query. ret_type: type hint of the answer, where it is known."""

    id: str
    run_id: str | None
    query: str
    args: Sequence[Any]
    reject_condition: QueryRejectCondition | None
    headers: Mapping[str, Payload]
    ret_type: type | None
    rpc_timeout: timedelta | None


@dataclass
class SignalWorkflowInput:
    """A Signal."""

    id: str
    run_id: str | None
    signal: str
    args: Sequence[Any]
    headers: Mapping[str, Payload]
    rpc_timeout: timedelta | None


@dataclass
class TerminateWorkflowInput:
    """A termination. args: details for people."""

    id: str
    run_id: str | None
    first_execution_run_id: str | None
    args: Sequence[Any]
    reason: str | None
    rpc_timeout: timedelta | None


@dataclass
class StartWorkflowUpdateInput:
    """An Update. ret_type: type hint of the result, where it is known."""

    id: str
    run_id: str | None
    first_execution_run_id: str | None
    update_id: str | None
    update: str
    args: Sequence[Any]
    wait_for_stage: "WorkflowUpdateStage"
    headers: Mapping[str, Payload]
    ret_type: type | None
    rpc_timeout: timedelta | None


@dataclass
class UpdateWithStartUpdateWorkflowInput:
    """The Update of an update-with-start."""

    update_id: str | None
    update: str
    args: Sequence[Any]
    wait_for_stage: "WorkflowUpdateStage"
    headers: Mapping[str, Payload]
    ret_type: type | None


@dataclass
class UpdateWithStartStartWorkflowInput:
    """The start of an update-with-start; see `StartOptions`."""

    workflow: str
    args: Sequence[Any]
    id: str
    task_queue: str
    execution_timeout: timedelta | None
    run_timeout: timedelta | None
    task_timeout: timedelta | None
    id_reuse_policy: WorkflowIDReusePolicy
    id_conflict_policy: WorkflowIDConflictPolicy
    retry_policy: RetryPolicy | None
    cron_schedule: str
    memo: Mapping[str, Any] | None
    search_attributes: TypedSearchAttributes | SearchAttributes | None
    start_delay: timedelta | None
    headers: Mapping[str, Payload]
    static_summary: str | None
    static_details: str | None
    ret_type: type | None
    priority: Priority
    request_id: str | None


@dataclass
class StartWorkflowUpdateWithStartInput:
    """An Update and the start that comes with it.

    on_start, on_start_error: Tell the `WithStartWorkflowOperation` of its workflow, or why there
        is none; called by the last link.
    """

    start_workflow_input: UpdateWithStartStartWorkflowInput
    update_workflow_input: UpdateWithStartUpdateWorkflowInput
    rpc_timeout: timedelta | None
    on_start: "Callable[[WorkflowHandle[Any, Any]], None]"
    on_start_error: Callable[[BaseException], None]


@dataclass
class ListWorkflowsInput:
    """A list. query: None: all. limit: None: all that match."""

    query: str | None
    page_size: int
    next_page_token: bytes | None
    rpc_timeout: timedelta | None
    limit: int | None


@dataclass
class CountWorkflowsInput:
    """A count. query: None: all."""

    query: str | None
    rpc_timeout: timedelta | None


@dataclass
class HeartbeatAsyncActivityInput:
    """A heartbeat from outside of the worker."""

    id_or_token: AsyncActivityIDReference | bytes
    details: Sequence[Any]
    rpc_timeout: timedelta | None


@dataclass
class CompleteAsyncActivityInput:
    """A result from outside of the worker."""

    id_or_token: AsyncActivityIDReference | bytes
    result: Any | None
    rpc_timeout: timedelta | None


@dataclass
class FailAsyncActivityInput:
    """A failure from outside of the worker."""

    id_or_token: AsyncActivityIDReference | bytes
    error: Exception
    last_heartbeat_details: Sequence[Any]
    rpc_timeout: timedelta | None


@dataclass
class ReportCancellationAsyncActivityInput:
    """An obeyed cancellation, from outside of the worker."""

    id_or_token: AsyncActivityIDReference | bytes
    details: Sequence[Any]
    rpc_timeout: timedelta | None


class Interceptor:
    """What a client asks for its chain; extend it, and give it as `interceptors`.

    One that is also a `duralog.worker.Interceptor` serves the client's workers too.
    """

    def intercept_client(self, next: "OutboundInterceptor") -> "OutboundInterceptor":
        """The link before `next`; called once for a client."""
        return next


class OutboundInterceptor:
    """A link before what a client asks for; every method calls the next link."""

    def __init__(self, next: "OutboundInterceptor") -> None:
        self.next = next

    async def start_workflow(self, input: StartWorkflowInput) -> "WorkflowHandle[Any, Any]":
        """`Client.start_workflow`."""
        return await self.next.start_workflow(input)

    async def cancel_workflow(self, input: CancelWorkflowInput) -> None:
        """`WorkflowHandle.cancel`."""
        await self.next.cancel_workflow(input)

    async def describe_workflow(
        self, input: DescribeWorkflowInput
    ) -> "WorkflowExecutionDescription":
        """`WorkflowHandle.describe`."""
        return await self.next.describe_workflow(input)

    def fetch_workflow_history_events(
        self, input: FetchWorkflowHistoryEventsInput
    ) -> "WorkflowHistoryEventAsyncIterator":
        """`WorkflowHandle.fetch_history_events` and `fetch_history`."""
        return self.next.fetch_workflow_history_events(input)

    async def query_workflow(self, input: QueryWorkflowInput) -> Any:
        """`WorkflowHandle.query`."""
        return await self.next.query_workflow(input)

    async def signal_workflow(self, input: SignalWorkflowInput) -> None:
        """`WorkflowHandle.signal`."""
        await self.next.signal_workflow(input)

    async def terminate_workflow(self, input: TerminateWorkflowInput) -> None:
        """`WorkflowHandle.terminate`."""
        await self.next.terminate_workflow(input)

    async def start_workflow_update(
        self, input: StartWorkflowUpdateInput
    ) -> "WorkflowUpdateHandle[Any]":
        """`WorkflowHandle.start_update` and `execute_update`."""
        return await self.next.start_workflow_update(input)

    async def start_update_with_start_workflow(
        self, input: StartWorkflowUpdateWithStartInput
    ) -> "WorkflowUpdateHandle[Any]":
        """`Client.start_update_with_start_workflow` and `execute_update_with_start_workflow`."""
        return await self.next.start_update_with_start_workflow(input)

    async def heartbeat_async_activity(self, input: HeartbeatAsyncActivityInput) -> None:
        """`AsyncActivityHandle.heartbeat`."""
        await self.next.heartbeat_async_activity(input)

    async def complete_async_activity(self, input: CompleteAsyncActivityInput) -> None:
        """`AsyncActivityHandle.complete`."""
        await self.next.complete_async_activity(input)

    async def fail_async_activity(self, input: FailAsyncActivityInput) -> None:
        """`AsyncActivityHandle.fail`."""
        await self.next.fail_async_activity(input)

    async def report_cancellation_async_activity(
        self, input: ReportCancellationAsyncActivityInput
    ) -> None:
        """`AsyncActivityHandle.report_cancellation`."""
        await self.next.report_cancellation_async_activity(input)

    def list_workflows(self, input: ListWorkflowsInput) -> "WorkflowExecutionAsyncIterator":
        """`Client.list_workflows`."""
        return self.next.list_workflows(input)

    async def count_workflows(self, input: CountWorkflowsInput) -> "WorkflowExecutionCount":
        """`Client.count_workflows`."""
        return await self.next.count_workflows(input)
