"""Signals, queries and updates of one Workflow Execution: the part of a handle that talks to it."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, Unpack, overload

from duralog.client.connection import HandleClient
from duralog.client.interceptor import (
    QueryWorkflowInput,
    SignalWorkflowInput,
    StartWorkflowUpdateInput,
)
from duralog.client.query import query_name_and_result_type
from duralog.client.types import (
    MethodSyncOrAsyncNoParam,
    MethodSyncOrAsyncSingleParam,
)
from duralog.client.update import (
    UpdateOptions,
    WorkflowUpdateHandle,
    WorkflowUpdateStage,
    check_options,
    update_name_and_result_type,
)
from duralog.common import QueryRejectCondition
from duralog.common.hints import UNSET, argument_list
from duralog.workflow.signals import SignalDefinition
from duralog.workflow.updates import UpdateMethodMultiParam

SelfType = TypeVar("SelfType")
ReturnType = TypeVar("ReturnType")
LocalReturnType = TypeVar("LocalReturnType")
ParamType = TypeVar("ParamType")
Params = ParamSpec("Params")


class Messages(Generic[SelfType]):
    """What a handle can say to the workflow; the base of `WorkflowHandle`, for its size alone."""

    _client: HandleClient
    _id: str
    _run_id: str | None
    _first_execution_run_id: str | None

    @overload
    async def signal(
        self,
        signal: MethodSyncOrAsyncNoParam[SelfType, None],
        *,
        rpc_timeout: timedelta | None = None,
    ) -> None: ...

    @overload
    async def signal(
        self,
        signal: MethodSyncOrAsyncSingleParam[SelfType, ParamType, None],
        arg: ParamType,
        *,
        rpc_timeout: timedelta | None = None,
    ) -> None: ...

    @overload
    async def signal(
        self,
        signal: Callable[Concatenate[SelfType, Params], Awaitable[None] | None],
        *,
        args: Sequence[Any],
        rpc_timeout: timedelta | None = None,
    ) -> None: ...

    @overload
    async def signal(
        self,
        signal: str,
        arg: Any = ...,  # the user's type
        *,
        args: Sequence[Any] = ...,
        rpc_timeout: timedelta | None = None,
    ) -> None: ...

    async def signal(
        self,
        signal: str | Callable[..., Any],
        arg: Any = UNSET,
        *,
        args: Sequence[Any] = (),
        rpc_timeout: timedelta | None = None,
    ) -> None:
        """Send a signal; returns when it is recorded.

        Raises RPCError: NOT_FOUND when the workflow is unknown or closed.
        """
        await self._client.outbound.signal_workflow(
            SignalWorkflowInput(
                id=self._id,
                run_id=self._run_id,
                signal=SignalDefinition.must_name(signal),
                args=argument_list(arg, args),
                headers={},
                rpc_timeout=rpc_timeout,
            )
        )

    @overload
    async def query(
        self,
        query: MethodSyncOrAsyncNoParam[SelfType, LocalReturnType],
        *,
        reject_condition: QueryRejectCondition | None = None,
        rpc_timeout: timedelta | None = None,
    ) -> LocalReturnType: ...

    @overload
    async def query(
        self,
        query: MethodSyncOrAsyncSingleParam[SelfType, ParamType, LocalReturnType],
        arg: ParamType,
        *,
        reject_condition: QueryRejectCondition | None = None,
        rpc_timeout: timedelta | None = None,
    ) -> LocalReturnType: ...

    @overload
    async def query(
        self,
        query: Callable[
            Concatenate[SelfType, Params], Awaitable[LocalReturnType] | LocalReturnType
        ],
        *,
        args: Sequence[Any],
        reject_condition: QueryRejectCondition | None = None,
        rpc_timeout: timedelta | None = None,
    ) -> LocalReturnType: ...

    @overload
    async def query(
        self,
        query: str,
        arg: Any = ...,  # the user's type
        *,
        args: Sequence[Any] = ...,
        result_type: type | None = None,
        reject_condition: QueryRejectCondition | None = None,
        rpc_timeout: timedelta | None = None,
    ) -> Any: ...  # the user's type

    async def query(
        self,
        query: str | Callable[..., Any],
        arg: Any = UNSET,
        *,
        args: Sequence[Any] = (),
        result_type: type | None = None,
        reject_condition: QueryRejectCondition | None = None,
        rpc_timeout: timedelta | None = None,
    ) -> Any:
        """Ask the workflow, open or closed; a worker answers.

        The answer has seen every signal that was recorded before.
        reject_condition: None: the client's default.
        Raises WorkflowQueryFailedError when the handler raises or is missing,
        WorkflowQueryRejectedError, and RPCError: DEADLINE_EXCEEDED when no worker answered.
        """
        name, known_type = query_name_and_result_type(query)
        condition = reject_condition or self._client.default_workflow_query_reject_condition
        return await self._client.outbound.query_workflow(
            QueryWorkflowInput(
                id=self._id,
                run_id=self._run_id,
                query=name,
                args=argument_list(arg, args),
                reject_condition=condition,
                headers={},
                ret_type=result_type or known_type,
                rpc_timeout=rpc_timeout,
            )
        )

    @overload
    async def execute_update(
        self,
        update: UpdateMethodMultiParam[[SelfType], LocalReturnType],
        **options: Unpack[UpdateOptions],
    ) -> LocalReturnType: ...

    @overload
    async def execute_update(
        self,
        update: UpdateMethodMultiParam[[SelfType, ParamType], LocalReturnType],
        arg: ParamType,
        **options: Unpack[UpdateOptions],
    ) -> LocalReturnType: ...

    @overload
    async def execute_update(
        self,
        update: UpdateMethodMultiParam[Params, LocalReturnType],
        *,
        args: Sequence[Any],
        **options: Unpack[UpdateOptions],
    ) -> LocalReturnType: ...

    @overload
    async def execute_update(
        self,
        update: str,
        arg: Any = ...,  # the user's type
        *,
        args: Sequence[Any] = ...,
        result_type: type | None = None,
        **options: Unpack[UpdateOptions],
    ) -> Any: ...  # the user's type

    async def execute_update(
        self,
        update: Any,
        arg: Any = UNSET,
        *,
        args: Sequence[Any] = (),
        result_type: type | None = None,
        **options: Unpack[UpdateOptions],
    ) -> Any:
        """`start_update`, then `WorkflowUpdateHandle.result`."""
        handle = await self.start_update(
            update,
            arg,
            wait_for_stage=WorkflowUpdateStage.COMPLETED,
            args=args,
            result_type=result_type,
            **options,
        )
        return await handle.result(rpc_timeout=options.get("rpc_timeout"))

    @overload
    async def start_update(
        self,
        update: UpdateMethodMultiParam[[SelfType], LocalReturnType],
        *,
        wait_for_stage: WorkflowUpdateStage,
        **options: Unpack[UpdateOptions],
    ) -> WorkflowUpdateHandle[LocalReturnType]: ...

    @overload
    async def start_update(
        self,
        update: UpdateMethodMultiParam[[SelfType, ParamType], LocalReturnType],
        arg: ParamType,
        *,
        wait_for_stage: WorkflowUpdateStage,
        **options: Unpack[UpdateOptions],
    ) -> WorkflowUpdateHandle[LocalReturnType]: ...

    @overload
    async def start_update(
        self,
        update: UpdateMethodMultiParam[Params, LocalReturnType],
        *,
        wait_for_stage: WorkflowUpdateStage,
        args: Sequence[Any],
        **options: Unpack[UpdateOptions],
    ) -> WorkflowUpdateHandle[LocalReturnType]: ...

    @overload
    async def start_update(
        self,
        update: str,
        arg: Any = ...,  # the user's type
        *,
        wait_for_stage: WorkflowUpdateStage,
        args: Sequence[Any] = ...,
        result_type: type | None = None,
        **options: Unpack[UpdateOptions],
    ) -> WorkflowUpdateHandle[Any]: ...

    async def start_update(
        self,
        update: Any,
        arg: Any = UNSET,
        *,
        wait_for_stage: WorkflowUpdateStage,
        args: Sequence[Any] = (),
        result_type: type | None = None,
        **options: Unpack[UpdateOptions],
    ) -> WorkflowUpdateHandle[Any]:
        """Send an update; returns when it has come to `wait_for_stage`, ACCEPTED or COMPLETED.

        options: see `duralog.client.UpdateOptions`. A rejected update counts as completed.
        Raises WorkflowUpdateRPCTimeoutOrCancelledError, which says nothing about the update, or
        RPCError.
        """
        name, known_type = update_name_and_result_type(update)
        check_options(options)
        return await self._client.outbound.start_workflow_update(
            StartWorkflowUpdateInput(
                id=self._id,
                run_id=self._run_id,
                first_execution_run_id=self._first_execution_run_id,
                update_id=options.get("id"),
                update=name,
                args=argument_list(arg, args),
                wait_for_stage=wait_for_stage,
                headers={},
                ret_type=result_type or known_type,
                rpc_timeout=options.get("rpc_timeout"),
            )
        )

    def get_update_handle(
        self,
        id: str,  # as in Temporal's SDK
        *,
        workflow_run_id: str | None = None,
        result_type: type | None = None,
    ) -> WorkflowUpdateHandle[Any]:
        """A handle for an update that was sent before; nothing is checked."""
        return WorkflowUpdateHandle(
            self._client,
            id,
            self._id,
            workflow_run_id=workflow_run_id or self._run_id,
            result_type=result_type,
        )

    def get_update_handle_for(
        self,
        update: UpdateMethodMultiParam[Any, LocalReturnType],
        id: str,  # as in Temporal's SDK
        *,
        workflow_run_id: str | None = None,
    ) -> WorkflowUpdateHandle[LocalReturnType]:
        """As `get_update_handle`, with the type of an `@workflow.update` method."""
        _, result_type = update_name_and_result_type(update)
        return self.get_update_handle(id, workflow_run_id=workflow_run_id, result_type=result_type)
