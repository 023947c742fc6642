"""One handler per input: it validates first, then adds Events and Transitions."""

from collections.abc import Callable, Mapping
from typing import Any

from duralog.orchestrator import due as inputs
from duralog.orchestrator.context import Context
from duralog.orchestrator.handlers import (
    activity_task,
    child,
    due,
    level,
    query,
    read,
    signal,
    signal_with_start,
    start,
    terminate,
    transfer,
    update,
    workflow_task,
)
from duralog.schemas import requests
from duralog.state.partition import PartitionState

Handler = Callable[[PartitionState, Any, Context], None]

# ResumeWorkflowExecution and DeliverTransfer are missing here: `process` handles them, for they
# hand on other Requests.
REQUESTS: Mapping[type[requests.Request], Handler] = {
    requests.StartWorkflowExecution: start.start,
    requests.SignalWorkflowExecution: signal.signal,
    requests.SignalWithStartWorkflowExecution: signal_with_start.signal_with_start,
    requests.RequestCancelWorkflowExecution: signal.request_cancel,
    requests.TerminateWorkflowExecution: terminate.terminate_request,
    requests.DescribeWorkflowExecution: read.describe_request,
    requests.GetWorkflowExecutionHistory: read.history,
    requests.UpdateWorkflowExecution: update.update,
    requests.UpdateWithStartWorkflowExecution: update.update_with_start,
    requests.PollWorkflowExecutionUpdate: update.poll,
    requests.QueryWorkflow: query.query,
    requests.RespondQueryTaskCompleted: query.answered,
    requests.RecordWorkflowTaskStarted: workflow_task.started,
    requests.RespondWorkflowTaskCompleted: workflow_task.completed,
    requests.RespondWorkflowTaskFailed: workflow_task.failed,
    requests.RecordActivityTaskStarted: activity_task.started,
    requests.RecordActivityTaskHeartbeat: activity_task.heartbeat,
    requests.RespondActivityTaskCompleted: activity_task.completed,
    requests.RespondActivityTaskFailed: activity_task.failed,
    requests.RespondActivityTaskCanceled: activity_task.canceled,
    requests.ReleaseActivityTask: activity_task.released,
    requests.ReleaseWorkflowTask: workflow_task.released,
    requests.AcknowledgeTransfer: transfer.acknowledged,
    requests.RecordChildWorkflowExecutionClosed: child.closed,
    requests.Ping: read.ping,
    requests.SetFeatureLevel: level.set_level,
}

INTERNAL: Mapping[type[inputs.Internal], Handler] = {
    inputs.DueRun: due.due_run,
    inputs.DueActivity: due.due_activity,
    inputs.DueTimer: due.due_timer,
    inputs.DueTransfer: transfer.due_transfer,
    inputs.QueueReady: due.queue_ready,
}
