"""The last link of a client's chain of interceptors: it makes the requests."""

import uuid
from collections.abc import Sequence
from typing import Any

from duralog.client.ask_index import count_runs, list_runs
from duralog.client.async_activity import AsyncActivityRequests
from duralog.client.calls import call, check, decoded
from duralog.client.connection import HandleClient
from duralog.client.description import WorkflowExecutionDescription, describe
from duralog.client.events import WorkflowHistoryEventAsyncIterator
from duralog.client.handle import WorkflowHandle
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
)
from duralog.client.listing import WorkflowExecutionAsyncIterator, WorkflowExecutionCount
from duralog.client.options import options_of, signal_with_start_request, start_request
from duralog.client.query import ask_query
from duralog.client.update import (
    WorkflowUpdateHandle,
    ask_update,
    new_update_id,
    outcome_of,
    stage_name,
)
from duralog.client.with_start import ask_both
from duralog.common import QueryRejectCondition
from duralog.exceptions import WorkflowAlreadyStartedError
from duralog.schemas.requests import (
    DescribeWorkflowExecution,
    QueryWorkflow,
    RequestCancelWorkflowExecution,
    SignalWithStartWorkflowExecution,
    SignalWorkflowExecution,
    StartWorkflowExecution,
    TerminateWorkflowExecution,
    UpdateWorkflowExecution,
)
from duralog.workers.sizes import warn_of_size


class LastOutbound(AsyncActivityRequests):
    """Asks the engine."""

    def __init__(self, client: HandleClient) -> None:
        self._client = client

    async def start_workflow(self, input: StartWorkflowInput) -> WorkflowHandle[Any, Any]:
        """Start it; returns when its first event is recorded."""
        options, converter = options_of(input), self._client.data_converter
        start = start_request(input.workflow, input.args, options, converter)
        start.header = dict(input.headers)
        request: StartWorkflowExecution | SignalWithStartWorkflowExecution = start
        if input.start_signal is not None:
            request = signal_with_start_request(start, options, converter)
        reply = await call(self._client, request, input.rpc_timeout)
        if reply.code == "ALREADY_EXISTS":
            raise WorkflowAlreadyStartedError(
                request.workflow_id,
                input.workflow,
                run_id=reply.run_id,
                first_run_id=reply.first_execution_run_id or None,
            )
        check(reply)
        return WorkflowHandle(
            self._client,
            request.workflow_id,
            result_run_id=reply.run_id,
            first_execution_run_id=reply.first_execution_run_id or reply.run_id,
            result_type=input.ret_type,
        )

    async def cancel_workflow(self, input: CancelWorkflowInput) -> None:
        """Record the request."""
        request = RequestCancelWorkflowExecution(
            workflow_id=input.id,
            run_id=input.run_id or "",
            request_id=str(uuid.uuid4()),
            first_execution_run_id=input.first_execution_run_id or "",
            reason=input.reason,
        )
        check(await call(self._client, request, input.rpc_timeout))

    async def describe_workflow(self, input: DescribeWorkflowInput) -> WorkflowExecutionDescription:
        """Ask how a run stands."""
        request = DescribeWorkflowExecution(workflow_id=input.id, run_id=input.run_id or "")
        reply = check(await call(self._client, request, input.rpc_timeout))
        record = await decoded(self._client, reply.body[0])
        activities = [await decoded(self._client, frame) for frame in record.activities]
        return describe(
            record,
            activities,
            namespace=self._client.namespace,
            converter=self._client.data_converter,
        )

    def fetch_workflow_history_events(
        self, input: FetchWorkflowHistoryEventsInput
    ) -> WorkflowHistoryEventAsyncIterator:
        """Ask for the events when they are wanted."""
        return WorkflowHistoryEventAsyncIterator(self._client, input)

    async def query_workflow(self, input: QueryWorkflowInput) -> Any:
        """Ask the Workflow's code."""
        request = QueryWorkflow(
            workflow_id=input.id,
            run_id=input.run_id or "",
            query_type=input.query,
            query_args=self._client.data_converter.to_payloads(input.args),
            query_reject_condition=(input.reject_condition or QueryRejectCondition.NONE).name,
            header=dict(input.headers),
        )
        warn_of_size(request.query_args, f"the input of query {request.query_type}")
        return await ask_query(self._client, request, input.ret_type, input.rpc_timeout)

    async def signal_workflow(self, input: SignalWorkflowInput) -> None:
        """Record the Signal."""
        request = SignalWorkflowExecution(
            workflow_id=input.id,
            run_id=input.run_id or "",
            request_id=str(uuid.uuid4()),
            signal_name=input.signal,
            input=self._client.data_converter.to_payloads(input.args),
            header=dict(input.headers),
        )
        warn_of_size(request.input, f"the input of signal {request.signal_name}")
        check(await call(self._client, request, input.rpc_timeout))

    async def terminate_workflow(self, input: TerminateWorkflowInput) -> None:
        """End it."""
        request = TerminateWorkflowExecution(
            workflow_id=input.id,
            run_id=input.run_id or "",
            request_id=str(uuid.uuid4()),
            first_execution_run_id=input.first_execution_run_id or "",
            reason=input.reason or "",
            details=self._client.data_converter.to_payloads(input.args) if input.args else [],
        )
        check(await call(self._client, request, input.rpc_timeout))

    async def start_workflow_update(
        self, input: StartWorkflowUpdateInput
    ) -> WorkflowUpdateHandle[Any]:
        """Send it; returns when it has come as far as is waited for."""
        request = UpdateWorkflowExecution(
            workflow_id=input.id,
            run_id=input.run_id or "",
            first_execution_run_id=input.first_execution_run_id or "",
            update_id=input.update_id or new_update_id(),
            update_name=input.update,
            input=self._client.data_converter.to_payloads(input.args),
            header=dict(input.headers),
            wait_stage=stage_name(input.wait_for_stage),
        )
        warn_of_size(request.input, f"the input of update {request.update_name}")
        reply = check(await ask_update(self._client, request, input.rpc_timeout))
        return WorkflowUpdateHandle(
            self._client,
            request.update_id,
            request.workflow_id,
            workflow_run_id=reply.run_id,
            result_type=input.ret_type,
            known=await outcome_of(self._client, reply),
        )

    async def start_update_with_start_workflow(
        self, input: StartWorkflowUpdateWithStartInput
    ) -> WorkflowUpdateHandle[Any]:
        """Send both."""
        return await ask_both(self._client, input)

    def list_workflows(self, input: ListWorkflowsInput) -> WorkflowExecutionAsyncIterator:
        """Runs that match, from the index."""
        return list_runs(self._client, input)

    async def count_workflows(self, input: CountWorkflowsInput) -> WorkflowExecutionCount:
        """How many match, from the index."""
        return await count_runs(self._client, input)


def client_chain(interceptors: Sequence[Interceptor], client: HandleClient) -> OutboundInterceptor:
    """The first link; the first of `interceptors` is the outermost."""
    first: OutboundInterceptor = LastOutbound(client)
    for interceptor in reversed(interceptors):
        first = interceptor.intercept_client(first)
    return first
