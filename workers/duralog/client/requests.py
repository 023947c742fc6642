"""The last link of a client's chain of interceptors: it makes the requests."""

import uuid
from collections.abc import Sequence
from typing import Any, cast

from duralog.client.calls import call, check, decoded
from duralog.client.description import WorkflowExecutionDescription, describe
from duralog.client.handle import HandleClient, WorkflowHandle
from duralog.client.history import WorkflowHistory
from duralog.client.interceptor import (
    CancelWorkflowInput,
    DescribeWorkflowInput,
    FetchWorkflowHistoryEventsInput,
    Interceptor,
    OutboundInterceptor,
    SignalWorkflowInput,
    StartWorkflowInput,
    TerminateWorkflowInput,
)
from duralog.client.options import StartOptions, start_request
from duralog.exceptions import WorkflowAlreadyStartedError
from duralog.schemas.codec import decode
from duralog.schemas.requests import (
    DescribeWorkflowExecution,
    GetWorkflowExecutionHistory,
    RequestCancelWorkflowExecution,
    SignalWorkflowExecution,
    TerminateWorkflowExecution,
)
from duralog.workers.sizes import warn_of_size


class LastOutbound(OutboundInterceptor):
    """Asks the engine."""

    def __init__(self, client: HandleClient) -> None:
        self._client = client

    async def start_workflow(self, input: StartWorkflowInput) -> WorkflowHandle[Any, Any]:
        """Start it; returns when its first event is recorded."""
        options = {name: getattr(input, name) for name in StartOptions.__annotations__}
        request = start_request(
            input.workflow,
            input.args,
            cast(StartOptions, options),
            self._client.data_converter,
        )
        request.header = dict(input.headers)
        reply = await call(self._client, request, input.rpc_timeout)
        if reply.code == "ALREADY_EXISTS":
            raise WorkflowAlreadyStartedError(
                request.workflow_id, input.workflow, run_id=reply.run_id
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

    async def fetch_workflow_history_events(
        self, input: FetchWorkflowHistoryEventsInput
    ) -> WorkflowHistory:
        """Fetch all events so far; their Payloads stay encoded."""
        request = GetWorkflowExecutionHistory(workflow_id=input.id, run_id=input.run_id or "")
        reply = check(await call(self._client, request, input.rpc_timeout))
        return WorkflowHistory(input.id, [decode(data) for data in reply.body])

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


def client_chain(interceptors: Sequence[Interceptor], client: HandleClient) -> OutboundInterceptor:
    """The first link; the first of `interceptors` is the outermost."""
    first: OutboundInterceptor = LastOutbound(client)
    for interceptor in reversed(interceptors):
        first = interceptor.intercept_client(first)
    return first
