"""Start, signal, cancel and watch Workflow Executions.

    client = await Client.connect("localhost:9092")
    greeting = await client.execute_workflow(
        GreetSomeone.run, "Ana", id="greeting-ana", task_queue="greetings"
    )

Everything here is async; a client is shared by all tasks of its event loop.
"""

from duralog.client.async_activity import AsyncActivityHandle, AsyncActivityIDReference
from duralog.client.client import Client, ClientConfig
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
    DescribeWorkflowInput,
    FetchWorkflowHistoryEventsInput,
    Interceptor,
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
    "DescribeWorkflowInput",
    "FetchWorkflowHistoryEventsInput",
    "Interceptor",
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
