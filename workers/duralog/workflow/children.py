"""`start_child_workflow` and `execute_child_workflow`."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from enum import IntEnum
from typing import Any, Concatenate, Generic, ParamSpec, TypedDict, TypeVar, Unpack, overload

from duralog.common import (
    Priority,
    RetryPolicy,
    SearchAttributes,
    TypedSearchAttributes,
    WorkflowIDReusePolicy,
)
from duralog.common.hints import UNSET, argument_list
from duralog.workflow.callables import (
    MethodAsyncNoParam,
    MethodAsyncSingleParam,
    MethodSyncOrAsyncNoParam,
    MethodSyncOrAsyncSingleParam,
)
from duralog.workflow.definition import WorkflowDefinition
from duralog.workflow.runtime import ChildStart, current

SelfType = TypeVar("SelfType")
ParamType = TypeVar("ParamType")
ReturnType = TypeVar("ReturnType")
Params = ParamSpec("Params")


class ChildWorkflowCancellationType(IntEnum):
    """What cancelling a child's handle does. Numbers as Temporal's."""

    ABANDON = 0
    """Request nothing and raise at once."""
    TRY_CANCEL = 1
    """Request the cancellation and raise at once."""
    WAIT_CANCELLATION_COMPLETED = 2
    """Request the cancellation and wait for how the child ends."""
    WAIT_CANCELLATION_REQUESTED = 3
    """Request the cancellation and raise once the child has got the request."""


class ParentClosePolicy(IntEnum):
    """What its parent's end means for a child. Numbers as Temporal's."""

    UNSPECIFIED = 0
    TERMINATE = 1
    ABANDON = 2
    REQUEST_CANCEL = 3


class ChildWorkflowConfig(TypedDict, total=False):
    """Options of `start_child_workflow` and `execute_child_workflow`.

    id: The Workflow ID; None: a random one.
    task_queue: None: the parent's.
    cancellation_type: WAIT_CANCELLATION_COMPLETED by default.
    parent_close_policy: TERMINATE by default.
    execution_timeout: Of the whole chain of runs. run_timeout: of one. task_timeout: of one
        Workflow Task.
    retry_policy: When the child fails, run it again; never by default.
    search_attributes: By which the child is found; the form with lists is deprecated.
    static_summary, static_details: For people; kept with the child.
    priority: Order within the Task Queue; recorded.
    """

    id: str | None
    task_queue: str | None
    cancellation_type: ChildWorkflowCancellationType
    parent_close_policy: ParentClosePolicy
    execution_timeout: timedelta | None
    run_timeout: timedelta | None
    task_timeout: timedelta | None
    id_reuse_policy: WorkflowIDReusePolicy
    retry_policy: RetryPolicy | None
    memo: Mapping[str, Any] | None
    search_attributes: TypedSearchAttributes | SearchAttributes | None
    static_summary: str | None
    static_details: str | None
    priority: Priority


class ChildWorkflowHandle(asyncio.Future[ReturnType], Generic[SelfType, ReturnType]):
    """A started child: await it for its result, cancel it to request its cancellation.

    What a cancellation leads to depends on the `cancellation_type` that it was started with.
    Awaiting a child that does not complete raises ChildWorkflowError, whose cause says why.
    """

    @property
    def id(self) -> str:
        """The Workflow ID."""
        raise NotImplementedError

    @property
    def first_execution_run_id(self) -> str | None:
        """The Run ID of its first run."""
        raise NotImplementedError

    @overload
    async def signal(self, signal: MethodSyncOrAsyncNoParam[SelfType]) -> None: ...

    @overload
    async def signal(
        self, signal: MethodSyncOrAsyncSingleParam[SelfType, ParamType], arg: ParamType
    ) -> None: ...

    @overload
    async def signal(
        self,
        signal: Callable[Concatenate[SelfType, Params], Awaitable[None] | None],
        *,
        args: Sequence[Any],
    ) -> None: ...

    @overload
    async def signal(self, signal: str, arg: Any = ..., *, args: Sequence[Any] = ...) -> None: ...

    async def signal(self, signal: Any, arg: Any = UNSET, *, args: Sequence[Any] = ()) -> None:
        """Send a signal; returns when it stands in the child's history.

        Raises ApplicationError when the child has closed.
        """
        await self.send_signal(signal, argument_list(arg, args))

    async def send_signal(self, signal: Any, arguments: Sequence[Any]) -> None:
        """What `signal` does once its arguments are known."""
        raise NotImplementedError


async def start(
    workflow: Any, arg: Any, args: Sequence[Any], result_type: Any, config: ChildWorkflowConfig
) -> ChildWorkflowHandle[Any, Any]:
    """What all forms of `start_child_workflow` do."""
    runtime = current()
    name, known_type = WorkflowDefinition.name_and_result_type(workflow)
    return await runtime.start_child_workflow(
        ChildStart(
            workflow_type=name,
            workflow_id=config.get("id") or str(runtime.uuid4()),
            arguments=argument_list(arg, args),
            result_type=result_type or known_type,
            config=config,
        )
    )


@overload
async def start_child_workflow(
    workflow: MethodAsyncNoParam[SelfType, ReturnType], **config: Unpack[ChildWorkflowConfig]
) -> ChildWorkflowHandle[SelfType, ReturnType]: ...


@overload
async def start_child_workflow(
    workflow: MethodAsyncSingleParam[SelfType, ParamType, ReturnType],
    arg: ParamType,
    **config: Unpack[ChildWorkflowConfig],
) -> ChildWorkflowHandle[SelfType, ReturnType]: ...


@overload
async def start_child_workflow(
    workflow: Callable[Concatenate[SelfType, Params], Awaitable[ReturnType]],
    *,
    args: Sequence[Any],
    **config: Unpack[ChildWorkflowConfig],
) -> ChildWorkflowHandle[SelfType, ReturnType]: ...


@overload
async def start_child_workflow(
    workflow: str,
    arg: Any = ...,
    *,
    args: Sequence[Any] = ...,
    result_type: type | None = ...,
    **config: Unpack[ChildWorkflowConfig],
) -> ChildWorkflowHandle[Any, Any]: ...


async def start_child_workflow(
    workflow: Any,
    arg: Any = UNSET,
    *,
    args: Sequence[Any] = (),
    result_type: type | None = None,
    **config: Unpack[ChildWorkflowConfig],
) -> ChildWorkflowHandle[Any, Any]:
    """Start a child Workflow and return its handle once it runs; see ChildWorkflowConfig.

    workflow: The `@workflow.run` method, or the Workflow Type. arg: The only argument; `args` for
    several. result_type: Type hint of the result when the child is given by name.

    Raises WorkflowAlreadyStartedError when its Workflow ID is in use.
    """
    return await start(workflow, arg, args, result_type, config)


@overload
async def execute_child_workflow(
    workflow: MethodAsyncNoParam[SelfType, ReturnType], **config: Unpack[ChildWorkflowConfig]
) -> ReturnType: ...


@overload
async def execute_child_workflow(
    workflow: MethodAsyncSingleParam[SelfType, ParamType, ReturnType],
    arg: ParamType,
    **config: Unpack[ChildWorkflowConfig],
) -> ReturnType: ...


@overload
async def execute_child_workflow(
    workflow: Callable[Concatenate[SelfType, Params], Awaitable[ReturnType]],
    *,
    args: Sequence[Any],
    **config: Unpack[ChildWorkflowConfig],
) -> ReturnType: ...


@overload
async def execute_child_workflow(
    workflow: str,
    arg: Any = ...,
    *,
    args: Sequence[Any] = ...,
    result_type: type | None = ...,
    **config: Unpack[ChildWorkflowConfig],
) -> Any: ...


async def execute_child_workflow(
    workflow: Any,
    arg: Any = UNSET,
    *,
    args: Sequence[Any] = (),
    result_type: type | None = None,
    **config: Unpack[ChildWorkflowConfig],
) -> Any:
    """Start a child Workflow and wait for its result; as `start_child_workflow`.

    Raises ChildWorkflowError, whose cause says why it did not complete.
    """
    return await (await start(workflow, arg, args, result_type, config))
