"""Handles of other Workflows: to signal them, and to request their cancellation."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Generic, TypeVar, overload

from duralog.common.hints import UNSET, argument_list
from duralog.workflow.callables import (
    MethodAsyncNoParam,
    MethodAsyncSingleParam,
    MethodSyncOrAsyncNoParam,
    MethodSyncOrAsyncSingleParam,
)
from duralog.workflow.runtime import current

SelfType = TypeVar("SelfType")
ParamType = TypeVar("ParamType")


class ExternalWorkflowHandle(ABC, Generic[SelfType]):
    """Another Workflow; `get_external_workflow_handle` makes one of any Workflow ID."""

    @property
    @abstractmethod
    def id(self) -> str:
        """The Workflow ID."""

    @property
    @abstractmethod
    def run_id(self) -> str | None:
        """The Run ID; None: the current run."""

    @overload
    async def signal(self, signal: MethodSyncOrAsyncNoParam[SelfType]) -> None: ...

    @overload
    async def signal(
        self, signal: MethodSyncOrAsyncSingleParam[SelfType, ParamType], arg: ParamType
    ) -> None: ...

    @overload
    async def signal(self, signal: str, arg: Any = ..., *, args: Sequence[Any] = ...) -> None: ...

    async def signal(self, signal: Any, arg: Any = UNSET, *, args: Sequence[Any] = ()) -> None:
        """Send a signal; returns when it stands in the other Workflow's history.

        Raises ApplicationError when there is no such Workflow.
        """
        await self.send_signal(signal, argument_list(arg, args))

    @abstractmethod
    async def send_signal(self, signal: Any, arguments: Sequence[Any]) -> None:
        """What `signal` does once its arguments are known."""

    @abstractmethod
    async def cancel(self, *, reason: str = "") -> None:
        """Request its cancellation; returns when the request stands in its history.

        Raises ApplicationError when there is no such Workflow.
        """


def get_external_workflow_handle(
    workflow_id: str, *, run_id: str | None = None
) -> ExternalWorkflowHandle[Any]:
    """A handle of another Workflow; nothing is checked."""
    return current().get_external_workflow_handle(workflow_id, run_id=run_id)


@overload
def get_external_workflow_handle_for(
    workflow: MethodAsyncNoParam[SelfType, Any], workflow_id: str, *, run_id: str | None = None
) -> ExternalWorkflowHandle[SelfType]: ...


@overload
def get_external_workflow_handle_for(
    workflow: MethodAsyncSingleParam[SelfType, Any, Any],
    workflow_id: str,
    *,
    run_id: str | None = None,
) -> ExternalWorkflowHandle[SelfType]: ...


def get_external_workflow_handle_for(
    workflow: MethodAsyncNoParam[SelfType, Any] | MethodAsyncSingleParam[SelfType, Any, Any],
    workflow_id: str,
    *,
    run_id: str | None = None,
) -> ExternalWorkflowHandle[SelfType]:
    """The same, typed: `workflow` is its `@workflow.run` method."""
    del workflow
    return get_external_workflow_handle(workflow_id, run_id=run_id)
