"""Start, signal, cancel and watch Workflow Executions.

    client = await Client.connect("localhost:9092")
    greeting = await client.execute_workflow(
        GreetSomeone.run, "Ana", id="greeting-ana", task_queue="greetings"
    )

Everything here is async; a client is shared by all tasks of its event loop.
"""

from duralog.client.async_activity import AsyncActivityHandle, AsyncActivityIDReference
from duralog.client.client import Client
from duralog.client.config import ClientConfig
from duralog.client.description import (
    PendingActivityInfo,
    PendingActivityState,
    WorkflowExecutionDescription,
    WorkflowExecutionStatus,
)
from duralog.client.errors import (
    AsyncActivityCancelledError,
    RPCError,
    RPCStatusCode,
    RPCTimeoutOrCancelledError,
    WorkflowContinuedAsNewError,
    WorkflowFailureError,
    WorkflowQueryFailedError,
    WorkflowQueryRejectedError,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from duralog.client.handle import WorkflowHandle
from duralog.client.history import WorkflowHistory
from duralog.client.interceptor import (
    CancelWorkflowInput,
    CountWorkflowsInput,
    DescribeWorkflowInput,
    FetchWorkflowHistoryEventsInput,
    Interceptor,
    ListWorkflowsInput,
    OutboundInterceptor,
    QueryWorkflowInput,
    SignalWorkflowInput,
    StartWorkflowInput,
    StartWorkflowUpdateInput,
    StartWorkflowUpdateWithStartInput,
    TerminateWorkflowInput,
    UpdateWithStartStartWorkflowInput,
    UpdateWithStartUpdateWorkflowInput,
)
from duralog.client.listing import (
    WorkflowExecution,
    WorkflowExecutionAsyncIterator,
    WorkflowExecutionCount,
    WorkflowExecutionCountAggregationGroup,
)
from duralog.client.options import StartOptions
from duralog.client.update import UpdateOptions, WorkflowUpdateHandle, WorkflowUpdateStage
from duralog.client.with_start import WithStartWorkflowOperation
from duralog.exceptions import WorkflowAlreadyStartedError

__all__ = [
    "AsyncActivityCancelledError",
    "AsyncActivityHandle",
    "AsyncActivityIDReference",
    "CancelWorkflowInput",
    "Client",
    "ClientConfig",
    "CountWorkflowsInput",
    "DescribeWorkflowInput",
    "FetchWorkflowHistoryEventsInput",
    "Interceptor",
    "ListWorkflowsInput",
    "OutboundInterceptor",
    "PendingActivityInfo",
    "PendingActivityState",
    "QueryWorkflowInput",
    "RPCError",
    "RPCStatusCode",
    "RPCTimeoutOrCancelledError",
    "SignalWorkflowInput",
    "StartOptions",
    "StartWorkflowInput",
    "StartWorkflowUpdateInput",
    "StartWorkflowUpdateWithStartInput",
    "TerminateWorkflowInput",
    "UpdateOptions",
    "UpdateWithStartStartWorkflowInput",
    "UpdateWithStartUpdateWorkflowInput",
    "WithStartWorkflowOperation",
    "WorkflowAlreadyStartedError",
    "WorkflowContinuedAsNewError",
    "WorkflowExecution",
    "WorkflowExecutionAsyncIterator",
    "WorkflowExecutionCount",
    "WorkflowExecutionCountAggregationGroup",
    "WorkflowExecutionDescription",
    "WorkflowExecutionStatus",
    "WorkflowFailureError",
    "WorkflowHandle",
    "WorkflowHistory",
    "WorkflowQueryFailedError",
    "WorkflowQueryRejectedError",
    "WorkflowUpdateFailedError",
    "WorkflowUpdateHandle",
    "WorkflowUpdateRPCTimeoutOrCancelledError",
    "WorkflowUpdateStage",
]
