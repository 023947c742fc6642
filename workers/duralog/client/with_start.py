"""The start that comes with an update."""

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, Unpack, overload

from duralog.client.calls import check
from duralog.client.connection import HandleClient
from duralog.client.errors import RPCError
from duralog.client.handle import WorkflowHandle
from duralog.client.interceptor import (
    StartWorkflowUpdateWithStartInput,
    UpdateWithStartStartWorkflowInput,
    UpdateWithStartUpdateWorkflowInput,
)
from duralog.client.options import StartOptions, options_of, start_request, with_start_input
from duralog.client.types import MethodAsyncNoParam, MethodAsyncSingleParam
from duralog.client.update import (
    UpdateOptions,
    WorkflowUpdateHandle,
    WorkflowUpdateStage,
    ask_update,
    check_options,
    new_update_id,
    outcome_of,
    stage_name,
    update_name_and_result_type,
)
from duralog.common import WorkflowIDConflictPolicy
from duralog.common.hints import UNSET, argument_list
from duralog.exceptions import TemporalError, WorkflowAlreadyStartedError
from duralog.schemas.requests import UpdateWithStartWorkflowExecution
from duralog.workers.sizes import warn_of_size
from duralog.workflow.definition import WorkflowDefinition

SelfType = TypeVar("SelfType")
ParamType = TypeVar("ParamType")
ReturnType = TypeVar("ReturnType")
Params = ParamSpec("Params")


class WithStartWorkflowOperation(Generic[SelfType, ReturnType]):
    """The start of an update-with-start; good for one.

    options: as of `Client.start_workflow`; `id_conflict_policy` must be given.
    """

    @overload
    def __init__(
        self,
        workflow: MethodAsyncNoParam[SelfType, ReturnType],
        **options: Unpack[StartOptions],
    ) -> None: ...

    @overload
    def __init__(
        self,
        workflow: MethodAsyncSingleParam[SelfType, ParamType, ReturnType],
        arg: ParamType,
        **options: Unpack[StartOptions],
    ) -> None: ...

    @overload
    def __init__(
        self,
        workflow: Callable[Concatenate[SelfType, Params], Awaitable[ReturnType]],
        *,
        args: Sequence[Any],
        **options: Unpack[StartOptions],
    ) -> None: ...

    @overload
    def __init__(
        self,
        workflow: str,
        arg: Any = ...,  # the user's type
        *,
        args: Sequence[Any] = ...,
        result_type: type | None = None,
        **options: Unpack[StartOptions],
    ) -> None: ...

    def __init__(
        self,
        workflow: str | Callable[..., Awaitable[Any]],
        arg: Any = UNSET,
        *,
        args: Sequence[Any] = (),
        result_type: type | None = None,
        **options: Unpack[StartOptions],
    ) -> None:
        policy = options.get("id_conflict_policy", WorkflowIDConflictPolicy.UNSPECIFIED)
        if policy is WorkflowIDConflictPolicy.UNSPECIFIED:
            raise ValueError("WorkflowIDConflictPolicy is required in WithStartWorkflowOperation")
        self.workflow_type, known_type = WorkflowDefinition.name_and_result_type(workflow)
        self.arguments = argument_list(arg, args)
        self.result_type = result_type or known_type
        self.options = options
        self.used = False
        self._handle: asyncio.Future[WorkflowHandle[SelfType, ReturnType]] | None = None

    async def workflow_handle(self) -> WorkflowHandle[SelfType, ReturnType]:
        """The handle of the workflow that has got the update, once that is known."""
        return await asyncio.shield(self._future())

    def settle(self, handle: WorkflowHandle[Any, Any]) -> None:
        """The workflow is known. Called by the client."""
        self._future().set_result(handle)

    def fail(self, error: BaseException) -> None:
        """There is no workflow. Called by the client."""
        self._future().set_exception(error)
        self._future().exception()  # Whoever sent the update has the error: nobody need ask.

    def _future(self) -> "asyncio.Future[WorkflowHandle[SelfType, ReturnType]]":
        if self._handle is None:
            self._handle = asyncio.get_running_loop().create_future()
        return self._handle


async def update_with_start(
    client: HandleClient,
    update: Any,  # a method or a name
    arguments: Sequence[Any],
    operation: WithStartWorkflowOperation[Any, Any],
    *,
    stage: WorkflowUpdateStage,
    result_type: type | None,
    options: UpdateOptions,
) -> WorkflowUpdateHandle[Any]:
    """Send both in one request; the operation learns of the workflow, or why there is none."""
    if operation.used:
        raise RuntimeError("WithStartWorkflowOperation cannot be reused")
    operation.used = True
    check_options(options)
    name, known_type = update_name_and_result_type(update)
    return await client.outbound.start_update_with_start_workflow(
        StartWorkflowUpdateWithStartInput(
            start_workflow_input=with_start_input(
                operation.workflow_type,
                operation.arguments,
                operation.options,
                operation.result_type,
            ),
            update_workflow_input=UpdateWithStartUpdateWorkflowInput(
                update_id=options.get("id"),
                update=name,
                args=arguments,
                wait_for_stage=stage,
                headers={},
                ret_type=result_type or known_type,
            ),
            rpc_timeout=options.get("rpc_timeout"),
            on_start=operation.settle,
            on_start_error=operation.fail,
        )
    )


async def ask_both(
    client: HandleClient, input: StartWorkflowUpdateWithStartInput
) -> WorkflowUpdateHandle[Any]:
    """The request of both."""
    start, update = input.start_workflow_input, input.update_workflow_input
    request = _request(client, start, update)
    try:
        reply = await ask_update(client, request, input.rpc_timeout)
        if reply.code == "ALREADY_EXISTS":
            raise WorkflowAlreadyStartedError(start.id, start.workflow, run_id=reply.run_id)
        check(reply)
    except (TemporalError, RPCError) as error:
        input.on_start_error(error)
        raise
    input.on_start(
        WorkflowHandle(
            client,
            start.id,
            result_run_id=reply.run_id,
            first_execution_run_id=reply.first_execution_run_id or reply.run_id,
            result_type=start.ret_type,
        )
    )
    return WorkflowUpdateHandle(
        client,
        request.update_id,
        request.workflow_id,
        workflow_run_id=reply.run_id,
        result_type=update.ret_type,
        known=await outcome_of(client, reply),
    )


def _request(
    client: HandleClient,
    start_input: UpdateWithStartStartWorkflowInput,
    update: UpdateWithStartUpdateWorkflowInput,
) -> UpdateWithStartWorkflowExecution:
    converter = client.data_converter
    start = start_request(
        start_input.workflow, start_input.args, options_of(start_input), converter
    )
    start.header = dict(start_input.headers)
    request = UpdateWithStartWorkflowExecution(
        **{field.name: getattr(start, field.name) for field in dataclasses.fields(start)},
        update_id=update.update_id or new_update_id(),
        update_name=update.update,
        update_input=converter.to_payloads(update.args),
        update_header=dict(update.headers),
        wait_stage=stage_name(update.wait_for_stage),
    )
    warn_of_size(request.update_input, f"the input of update {request.update_name}")
    return request
