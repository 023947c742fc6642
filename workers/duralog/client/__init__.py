"""Start, signal, cancel and watch Workflow Executions.

    client = await Client.connect("localhost:9092")
    greeting = await client.execute_workflow(
        GreetSomeone.run, "Ana", id="greeting-ana", task_queue="greetings"
    )

Everything here is async; a client is shared by all tasks of its event loop.
"""

from duralog.activity.info import ActivityCancellationDetails
from duralog.client.async_activity import AsyncActivityHandle
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
from duralog.client.events import WorkflowHistoryEventAsyncIterator, WorkflowHistoryEventFilterType
from duralog.client.handle import WorkflowHandle
from duralog.client.history import WorkflowHistory
from duralog.client.interceptor import (
    AsyncActivityIDReference,
    CancelWorkflowInput,
    CompleteAsyncActivityInput,
    CountWorkflowsInput,
    DescribeWorkflowInput,
    FailAsyncActivityInput,
    FetchWorkflowHistoryEventsInput,
    HeartbeatAsyncActivityInput,
    Interceptor,
    ListWorkflowsInput,
    OutboundInterceptor,
    QueryWorkflowInput,
    ReportCancellationAsyncActivityInput,
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
from duralog.client.plugin import ConnectConfig, Plugin
from duralog.client.tls import TLSConfig
from duralog.client.update import UpdateOptions, WorkflowUpdateHandle, WorkflowUpdateStage
from duralog.client.with_start import WithStartWorkflowOperation
from duralog.common import HeaderCodecBehavior
from duralog.converter import DataConverter
from duralog.exceptions import WorkflowAlreadyStartedError

__all__ = [
    "ActivityCancellationDetails",
    "AsyncActivityCancelledError",
    "AsyncActivityHandle",
    "AsyncActivityIDReference",
    "CancelWorkflowInput",
    "Client",
    "ClientConfig",
    "CompleteAsyncActivityInput",
    "ConnectConfig",
    "CountWorkflowsInput",
    "DataConverter",
    "DescribeWorkflowInput",
    "FailAsyncActivityInput",
    "FetchWorkflowHistoryEventsInput",
    "HeaderCodecBehavior",
    "HeartbeatAsyncActivityInput",
    "Interceptor",
    "ListWorkflowsInput",
    "OutboundInterceptor",
    "PendingActivityInfo",
    "PendingActivityState",
    "Plugin",
    "QueryWorkflowInput",
    "RPCError",
    "RPCStatusCode",
    "RPCTimeoutOrCancelledError",
    "ReportCancellationAsyncActivityInput",
    "SignalWorkflowInput",
    "StartOptions",
    "StartWorkflowInput",
    "StartWorkflowUpdateInput",
    "StartWorkflowUpdateWithStartInput",
    "TLSConfig",
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
    "WorkflowHistoryEventAsyncIterator",
    "WorkflowHistoryEventFilterType",
    "WorkflowQueryFailedError",
    "WorkflowQueryRejectedError",
    "WorkflowUpdateFailedError",
    "WorkflowUpdateHandle",
    "WorkflowUpdateRPCTimeoutOrCancelledError",
    "WorkflowUpdateStage",
]
