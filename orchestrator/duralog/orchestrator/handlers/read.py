"""Reads: describe, history, ping. They change nothing, and see what was processed before them."""

from duralog.orchestrator.context import Context
from duralog.orchestrator.describe import describe
from duralog.orchestrator.outputs import close_reply
from duralog.orchestrator.parts import reply_in_parts
from duralog.orchestrator.runs import found
from duralog.orchestrator.step import Step
from duralog.schemas.codec import encode
from duralog.schemas.replies import Reply
from duralog.schemas.requests import (
    DescribeWorkflowExecution,
    GetWorkflowExecutionHistory,
    Ping,
)
from duralog.state.partition import PartitionState


def describe_request(
    partition: PartitionState, request: DescribeWorkflowExecution, context: Context
) -> None:
    """Status, times and pending work of a run."""
    execution = found(partition, request)
    description = describe(partition, execution, context)
    reply = Reply(
        recipient="",
        correlation_id="",
        code="OK",
        workflow_id=request.workflow_id,
        run_id=execution.run_id,
        first_execution_run_id=execution.state.first_execution_run_id,
        body=[encode(description)],
    )
    context.reply(request, reply)


def history(
    partition: PartitionState, request: GetWorkflowExecutionHistory, context: Context
) -> None:
    """Events of a run; or, when asked to wait, its close event as soon as there is one."""
    execution = found(partition, request)
    state = execution.state
    if not request.wait_close:
        reply = Reply(recipient="", correlation_id="", code="OK", workflow_id=request.workflow_id)
        reply.run_id = execution.run_id
        reply.first_execution_run_id = state.first_execution_run_id
        first = max(request.first_event_id, 1)
        reply_in_parts(context, request, reply, partition.events(execution, first))
    elif not execution.open:
        step = Step(partition, execution, context)
        last = partition.event(execution, state.next_event_id - 1)
        context.reply(request, close_reply(step, last))
    elif request.reply_partition >= 0:
        waiter = (request.reply_partition, request.recipient, request.correlation_id)
        partition.wait(execution.run_id, waiter)


def ping(partition: PartitionState, request: Ping, context: Context) -> None:
    """The engine's clock."""
    del partition
    context.answer(request)
